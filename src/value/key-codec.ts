/** Order-preserving key bytes. */
import type { KeyTarget } from './key-buffer.ts';
import type { Type, TypeLookup } from './type.ts';
export type KeyWriter = (value: unknown, target: KeyTarget) => void;
/** Reads one key part back. */
export interface KeyReader {
	/** The value of the part that begins at `start`. */
	read(bytes: Uint8Array, start: number): unknown;
}
export function keyWriter(type: Type, descending: boolean, nullsFirst: boolean, lookup: TypeLookup): KeyWriter {
	throw new Error('value: not built yet');
}
/** null where the exact value cannot be restored from the key (numeric, interval, jsonb, arrays, bpchar …). */
export function keyReader(type: Type, descending: boolean, nullsFirst: boolean, lookup: TypeLookup): KeyReader | null {
	throw new Error('value: not built yet');
}
/** (bytes, start) → place after the key part that begins at `start`. */
export function keySkipper(type: Type, descending: boolean, nullsFirst: boolean, lookup: TypeLookup): (bytes: Uint8Array, start: number) => number {
	throw new Error('value: not built yet');
}
