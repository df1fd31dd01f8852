/**
 * The default equality and ordering of SQL's types, one object per family of types whose values compare with each other
 * (all integers share one, text and varchar and name share one), so that an index on one serves a comparison with another.
 */
import { sqlError } from '../../platform/errors.ts';
import { baseTypeOf } from '../../value/builtin-types.ts';
import { type Comparator, comparatorOf, equalityKey, equalsOf, isPrimitiveOrder } from '../../value/comparison.ts';
import { compareText } from '../../value/text-order.ts';
import type { Type, TypeLookup } from '../../value/type.ts';
import { formatTypeName } from '../../value/typmod.ts';
import type { Equality, Ordering } from './contracts.ts';

/** bool, integers, date, time, timestamps: `===` is equality and `<` the order. */
export const PRIMITIVE_EQUALITY: Equality = {
	name: 'primitive',
	equals: (left, right) => left === right,
	key: (value) => value as number,
	identity: true,
};

export const PRIMITIVE_ORDERING: Ordering = {
	name: 'primitive',
	compare: (left, right) => comparePrimitive(left as number, right as number),
	primitive: true,
};

export const TEXT_EQUALITY: Equality = {
	name: 'text',
	equals: (left, right) => left === right,
	key: (value) => value as string,
	identity: true,
};

export const TEXT_ORDERING: Ordering = {
	name: 'text',
	compare: (left, right) => compareText(left as string, right as string),
	primitive: false,
};

/** NaN equals NaN, which Map's rule grants but `===` does not: hence not an identity. */
export const FLOAT_EQUALITY: Equality = {
	name: 'float',
	equals: (left, right) => left === right || (Number.isNaN(left) && Number.isNaN(right)),
	key: (value) => value as number,
	identity: false,
};

export const FLOAT_ORDERING: Ordering = {
	name: 'float',
	compare: (left, right) => compareFloat(left as number, right as number),
	primitive: false,
};

/** `(block,place)`, by its numbers. */
const TID_ORDERING: Ordering = {
	name: 'tid',
	compare(left, right) {
		const [a, b] = [left, right].map((tid) => /^\((\d+),(\d+)\)$/.exec(tid as string));
		return Number(a?.[1]) - Number(b?.[1]) || Number(a?.[2]) - Number(b?.[2]);
	},
	primitive: false,
};

function comparePrimitive(left: number, right: number): number {
	return left < right ? -1 : left > right ? 1 : 0;
}

/** NaN is greatest and equal to itself. */
export function compareFloat(left: number, right: number): number {
	if (left < right) return -1;
	if (left > right) return 1;
	if (left === right) return 0;
	return Number.isNaN(left) ? (Number.isNaN(right) ? 0 : 1) : -1;
}

const TEXT_LIKE: ReadonlySet<string> = new Set(['text', 'varchar', 'name', 'unknown', 'cstring', 'uuid', 'char', 'tid']);
const PRIMITIVE: ReadonlySet<string> = new Set(['bool', 'int2', 'int4', 'int8', 'oid', 'xid8', 'date', 'time', 'timestamp', 'timestamptz', 'money']);

/** Built-in types compared by a function of `value/`, which is looked up at its first use: the operator table names them all at start. */
const COMPARED: ReadonlySet<string> = new Set([
	'bytea',
	'numeric',
	'interval',
	'timetz',
	'bit',
	'varbit',
	'jsonb',
	'bpchar',
	'oidvector',
	'int2vector',
	'inet',
	'cidr',
	'dynamic',
	'properties',
]);

const equalities = new WeakMap<Type, Equality>();
const orderings = new WeakMap<Type, Ordering>();

/** The default equality of a type; undefined where it has none (json, xml). */
export function equalityOf(type: Type, types: TypeLookup): Equality | undefined {
	const known = equalities.get(type);
	if (known !== undefined) return known;
	const made = makeEquality(baseTypeOf(type, types), types);
	if (made !== undefined && isLasting(type)) equalities.set(type, made);
	return made;
}

/** The default ordering of a type; undefined where it has none. */
export function orderingOf(type: Type, types: TypeLookup): Ordering | undefined {
	const known = orderings.get(type);
	if (known !== undefined) return known;
	const made = makeOrdering(baseTypeOf(type, types), types);
	if (made !== undefined && isLasting(type)) orderings.set(type, made);
	return made;
}

/** A type that refers to others by oid may outlive what those oids meant: only self-contained ones are remembered. */
function isLasting(type: Type): boolean {
	return type.kind === 'base' || type.kind === 'enum' || (type.kind === 'array' && type.oid < 16384);
}

function isRegistered(type: Type): boolean {
	return type.name.startsWith('reg') && type.category === 'N';
}

function makeEquality(type: Type, types: TypeLookup): Equality | undefined {
	if (PRIMITIVE.has(type.name) || isRegistered(type)) return PRIMITIVE_EQUALITY;
	// Transaction and command numbers wrap around: they are equal or not, but have no order.
	if (type.name === 'xid' || type.name === 'cid') return PRIMITIVE_EQUALITY;
	if (TEXT_LIKE.has(type.name) || type.kind === 'enum') return TEXT_EQUALITY;
	if (type.name === 'float8' || type.name === 'float4') return FLOAT_EQUALITY;
	if (COMPARED.has(type.name)) return lazyEquality(type, types);
	const equals = equalsOf(type, types);
	const key = equalityKey(type, types);
	if (equals === undefined || key === undefined) return undefined;
	return { name: type.name, equals, key: key.key, identity: key.identity };
}

function makeOrdering(type: Type, types: TypeLookup): Ordering | undefined {
	if (PRIMITIVE.has(type.name) || isRegistered(type)) return PRIMITIVE_ORDERING;
	if (type.name === 'xid' || type.name === 'cid') return undefined;
	if (type.name === 'tid') return TID_ORDERING;
	if (TEXT_LIKE.has(type.name)) return TEXT_ORDERING;
	if (type.name === 'float8' || type.name === 'float4') return FLOAT_ORDERING;
	if (type.kind === 'enum') return enumOrdering(type);
	if (COMPARED.has(type.name)) return lazyOrdering(type, types);
	const compare = comparatorOf(type, types);
	return compare === undefined ? undefined : { name: type.name, compare, primitive: isPrimitiveOrder(type) };
}

function lazyEquality(type: Type, types: TypeLookup): Equality {
	let equals: ReturnType<typeof equalsOf>;
	let key: ReturnType<typeof equalityKey>;
	return {
		name: type.name,
		equals: (left, right) => (equals ??= equalsOf(type, types)!)(left, right),
		key: (value) => (key ??= equalityKey(type, types)!).key(value),
		identity: false,
	};
}

function lazyOrdering(type: Type, types: TypeLookup): Ordering {
	let compare: Comparator | undefined;
	return { name: type.name, compare: (left, right) => (compare ??= comparatorOf(type, types)!)(left, right), primitive: false };
}

function enumOrdering(type: Type): Ordering {
	const ranks = new Map(type.enumLabels.map((label, rank) => [label, rank] as const));
	const rank = (label: unknown): number => ranks.get(label as string) ?? -1;
	return { name: type.name, compare: (left, right) => rank(left) - rank(right), primitive: false };
}

/** The comparator of a type, or 42883 naming it. */
export function requireOrdering(type: Type, types: TypeLookup): Comparator {
	const ordering = orderingOf(type, types);
	if (ordering === undefined) throw noComparison(type);
	return ordering.compare;
}

export function requireEquality(type: Type, types: TypeLookup): Equality {
	const equality = equalityOf(type, types);
	if (equality === undefined) throw noComparison(type);
	return equality;
}

function noComparison(type: Type): Error {
	return sqlError('42883', `could not identify a comparison function for type ${formatTypeName(type, -1, { typeByOid: () => undefined })}`);
}
