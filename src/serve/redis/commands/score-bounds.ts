/** Bounds of ranges of sorted sets, as arguments give them. */
import type { NameRange, ScoreRange } from '../../../model/redis/sorted-set.ts';
import { RedisError } from '../redis-error.ts';
import { parseFloating, type Request } from '../request.ts';

const NOT_A_SCORE = 'ERR min or max is not a float';
const NOT_A_NAME = 'ERR min or max not valid string range item';

function score(request: Request, index: number): { readonly value: number; readonly isExclusive: boolean } {
	const text = request.text(index);
	const isExclusive = text.startsWith('(');
	const value = parseFloating(isExclusive ? text.slice(1) : text);
	if (value === undefined) throw new RedisError(NOT_A_SCORE);
	return { value, isExclusive };
}

export function scoreRange(request: Request, minAt: number, maxAt: number): ScoreRange {
	const min = score(request, minAt);
	const max = score(request, maxAt);
	return { min: min.value, minExclusive: min.isExclusive, max: max.value, maxExclusive: max.isExclusive };
}

interface NameBound {
	/** '-' and '+' have no name. */
	readonly kind: '-' | '+' | '[' | '(';
	readonly name: Uint8Array | null;
}

function name(request: Request, index: number): NameBound {
	const bytes = request.view(index);
	const kind = String.fromCharCode(bytes[0] ?? 0);
	if ((kind === '-' || kind === '+') && bytes.length === 1) return { kind, name: null };
	if (kind === '[' || kind === '(') return { kind, name: new Uint8Array(bytes.subarray(1)) };
	throw new RedisError(NOT_A_NAME);
}

export function nameRange(request: Request, minAt: number, maxAt: number): NameRange {
	const min = name(request, minAt);
	const max = name(request, maxAt);
	return {
		min: min.name,
		minExclusive: min.kind === '(',
		max: max.name,
		maxExclusive: max.kind === '(',
		nothing: min.kind === '+' || max.kind === '-',
	};
}
