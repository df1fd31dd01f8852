/** Equality and order of values, per type, as PostgreSQL's btree operator classes. */
import type { Type, TypeLookup } from './type.ts';
export type Comparator = (left: unknown, right: unknown) => number;
/** Both not null; undefined for a type without an order (json, xml). */
export function comparatorOf(type: Type, lookup: TypeLookup): Comparator | undefined {
	throw new Error('value: not built yet');
}
export function equalsOf(type: Type, lookup: TypeLookup): ((left: unknown, right: unknown) => boolean) | undefined {
	throw new Error('value: not built yet');
}
export interface EqualityKey {
	/** The same primitive, by Map's rule, exactly for equal values. */
	readonly key: (value: unknown) => string | number | bigint | boolean;
	/** The key is the value itself. */
	readonly identity: boolean;
}
export function equalityKey(type: Type, lookup: TypeLookup): EqualityKey | undefined {
	throw new Error('value: not built yet');
}
/** JavaScript's `<` gives the type's order. */
export function isPrimitiveOrder(type: Type): boolean {
	throw new Error('value: not built yet');
}
