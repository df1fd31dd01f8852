/** What the owner and a task worker send each other; an error loses its class on the way, so it is packed and unpacked. */
import { ConflictError, CorruptionError, InputError, IoError, LimitError, PolylogError, UnavailableError, UnsupportedError } from './errors.ts';

/** What a worker is started with: the port for requests and replies, and a shared counter of replies (one Int32). */
export interface TaskWorkerData<Port> {
	readonly port: Port;
	readonly replies: Int32Array;
}

export interface TaskRequest {
	readonly module: string;
	readonly input: unknown;
}

export interface PackedError {
	readonly name: string;
	readonly message: string;
	readonly stack: string;
	readonly code: string | null;
	readonly sqlstate: string | null;
	readonly hint: string | null;
	readonly detail: string | null;
	readonly retryable: boolean;
}

export interface TaskReply {
	readonly output: unknown;
	readonly error: PackedError | null;
}

const FAMILIES: Readonly<Record<string, typeof PolylogError>> = {
	ConflictError,
	CorruptionError,
	InputError,
	IoError,
	LimitError,
	UnavailableError,
	UnsupportedError,
};

export function packError(error: unknown): PackedError {
	const known = error instanceof PolylogError ? error : null;
	const plain = error instanceof Error ? error : new Error(String(error));
	return {
		name: plain.name,
		message: plain.message,
		stack: plain.stack ?? '',
		code: known?.code ?? null,
		sqlstate: known?.sqlstate ?? null,
		hint: known?.hint ?? null,
		detail: known?.detail ?? null,
		retryable: known?.retryable ?? false,
	};
}

export function unpackError(packed: PackedError): Error {
	const cause = new Error(packed.message);
	cause.name = packed.name;
	cause.stack = packed.stack;
	if (packed.code === null) return cause;
	const family = Object.hasOwn(FAMILIES, packed.name) ? FAMILIES[packed.name]! : PolylogError;
	return new family(packed.code, packed.message, {
		cause,
		retryable: packed.retryable,
		...(packed.sqlstate === null ? {} : { sqlstate: packed.sqlstate }),
		...(packed.hint === null ? {} : { hint: packed.hint }),
		...(packed.detail === null ? {} : { detail: packed.detail }),
	});
}
