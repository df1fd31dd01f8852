/** Errors as Redis words them: what a client is sent after the minus sign, its first word being the kind. */
import { LimitError, type PolylogError, UnavailableError } from '../../platform/errors.ts';

export class RedisError extends Error {
	constructor(message: string) {
		super(message);
		this.name = 'RedisError';
	}
}

/** Thrown again and again: they need no stack. */
function constant(message: string): RedisError {
	const limit = Error.stackTraceLimit;
	Error.stackTraceLimit = 0;
	const error = new RedisError(message);
	Error.stackTraceLimit = limit;
	return error;
}

export const WRONG_TYPE = constant('WRONGTYPE Operation against a key holding the wrong kind of value');
export const SYNTAX = constant('ERR syntax error');
export const NOT_AN_INTEGER = constant('ERR value is not an integer or out of range');
export const NOT_A_FLOAT = constant('ERR value is not a valid float');
export const NO_SUCH_KEY = constant('ERR no such key');
export const OUT_OF_RANGE = constant('ERR index out of range');
export const NOT_POSITIVE = constant('ERR value is out of range, must be positive');

export function wrongArguments(command: string): RedisError {
	return new RedisError(`ERR wrong number of arguments for '${command}' command`);
}

/** A request that breaks the protocol: it is answered, then the connection ends. */
export class ProtocolError extends RedisError {
	constructor(message: string) {
		super(`ERR Protocol error: ${message}`);
	}
}

/** Errors of the house in Redis' form. */
export function houseError(error: PolylogError): string {
	if (error instanceof UnavailableError) return `MISCONF Errors writing to the log: ${error.message}`;
	if (error instanceof LimitError && error.code !== 'key-too-long') return `OOM ${error.message}`;
	return `ERR ${error.message}`;
}
