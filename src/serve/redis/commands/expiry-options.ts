/** Times to live as commands are given them: seconds or milliseconds, from now or absolute. */
import { RedisError } from '../redis-error.ts';
import type { Request } from '../request.ts';

/** Later ones are no safe integers, or no dates that anybody means. */
const EXPIRY_MS_MAX = Number.MAX_SAFE_INTEGER;

export function invalidExpiry(command: string): RedisError {
	return new RedisError(`ERR invalid expire time in '${command}' command`);
}

/** Milliseconds since 1970 of a time given in an argument. It may lie in the past. Throws where it cannot be told. */
export function expiryMs(request: Request, index: number, unitMs: number, isAbsolute: boolean, nowMs: number, command: string): number {
	const value = request.integer(index);
	const result = value * unitMs + (isAbsolute ? 0 : nowMs);
	if (Number.isNaN(value) || Math.abs(result) > EXPIRY_MS_MAX) throw invalidExpiry(command);
	return result;
}
