/** PostgreSQL's binary forms (send and receive functions). */
import type { KeyTarget } from './key-buffer.ts';
import type { Type, TypeLookup } from './type.ts';
/** Appends the value's bytes (without a length word). Big-endian. */
export function binaryEncoder(type: Type, lookup: TypeLookup): (value: unknown, target: KeyTarget) => void {
	throw new Error('value: not built yet');
}
export function binaryDecoder(type: Type, typmod: number, lookup: TypeLookup): (bytes: Uint8Array, start: number, end: number) => unknown {
	throw new Error('value: not built yet');
}
