/** Type modifiers: lengths, precisions, scales. */
import type { Type, TypeLookup } from './type.ts';
/** Applies a length, precision or scale to a value of its type. An explicit cast cuts strings; otherwise 22001. */
export function applyTypmod(type: Type, value: unknown, typmod: number, explicit: boolean, lookup: TypeLookup): unknown {
	throw new Error('value: not built yet');
}
/** typmod from the written modifiers, such as [10, 2] of numeric(10,2); throws 22023. Interval takes its own form. */
export function typmodFromModifiers(type: Type, modifiers: readonly number[]): number {
	throw new Error('value: not built yet');
}
/** format_type(): 'numeric(10,2)', 'character varying(3)', 'timestamp(3) with time zone', 'integer[]'. */
export function formatTypeName(type: Type, typmod: number, lookup: TypeLookup): string {
	throw new Error('value: not built yet');
}
