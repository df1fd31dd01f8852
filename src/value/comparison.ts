/**
 * Equality and order of values, per type, as PostgreSQL's default btree operator classes have them: text by bytes, NaN
 * greatest, blanks at the end of bpchar ignored, arrays and records element by element with NULL last.
 */

import { BitString, compareBits } from './bit-string.ts';
import { baseTypeOf, elementOf } from './builtin-types.ts';
import { compareTimeTz, TimeTz } from './date-time.ts';
import { Decimal } from './decimal.ts';
import type { DynamicValue } from './dynamic.ts';
import { compareDynamic, dynamicKey } from './dynamic-comparison.ts';
import { GEOMETRY_KINDS } from './geometry.ts';
import { compareInet } from './inet.ts';
import { compareInterval, Interval, intervalKey } from './interval.ts';
import { compareJsonb, type Jsonb, jsonbEqualityKey } from './jsonb.ts';
import { rangeValues } from './load-ranges.ts';
import { PgArray } from './pg-array.ts';
import type { PropertyMap } from './property-map.ts';
import { representationOf } from './representation.ts';
import { compareText } from './text-order.ts';
import type { Type, TypeLookup } from './type.ts';

/** Negative, 0 or positive; both values not null. */
export type Comparator = (left: unknown, right: unknown) => number;

/** Types without an order or equality of values in PostgreSQL. */
const UNORDERED: ReadonlySet<string> = new Set(['json', 'xml', 'unknown', 'pg_node_tree', 'xid', 'cid', ...GEOMETRY_KINDS]);

/** undefined for a type without an order (json, xml). */
export function comparatorOf(type: Type, lookup: TypeLookup): Comparator | undefined {
	const base = baseTypeOf(type, lookup);
	if (UNORDERED.has(base.name) && base.oid < 16384) return undefined;
	switch (representationOf(base, lookup)) {
		case 'float4':
		case 'float8':
			return compareFloats as Comparator;
		case 'numeric':
			return compareDecimals as Comparator;
		case 'text':
			return compareText as Comparator;
		case 'bpchar':
			return compareBlankPadded as Comparator;
		case 'bytea':
			return compareBytes as Comparator;
		case 'interval':
			return compareInterval as Comparator;
		case 'timetz':
			return compareTimeTz as Comparator;
		case 'jsonb':
			return compareJsonb as Comparator;
		case 'bit':
			return compareBits as Comparator;
		case 'inet':
			return compareInet as Comparator;
		case 'dynamic':
			return compareDynamic as Comparator;
		case 'properties':
			return (left, right) => compareDynamic((left as PropertyMap).entries(), (right as PropertyMap).entries());
		case 'enum':
			return enumComparator(base);
		case 'array':
			return arrayComparator(base, lookup);
		case 'range':
		case 'multirange':
			return rangeValues().rangeComparator(base, lookup);
		case 'record':
			return recordComparator(base, lookup);
		default:
			return comparePrimitives;
	}
}

export function equalsOf(type: Type, lookup: TypeLookup): ((left: unknown, right: unknown) => boolean) | undefined {
	const base = baseTypeOf(type, lookup);
	if (base.name === 'xid' || base.name === 'cid') return same;
	const representation = representationOf(base, lookup);
	if (isIdentity(base, lookup)) return UNORDERED.has(base.name) ? undefined : representation === 'float4' || representation === 'float8' ? sameFloat : same;
	const compare = comparatorOf(base, lookup);
	return compare === undefined ? undefined : (left, right) => compare(left, right) === 0;
}

function same(left: unknown, right: unknown): boolean {
	return left === right;
}

function sameFloat(left: unknown, right: unknown): boolean {
	return left === right || (Number.isNaN(left) && Number.isNaN(right));
}

export interface EqualityKey {
	/** The same primitive, by Map's rule, exactly for equal values. */
	readonly key: (value: unknown) => string | number | bigint | boolean;
	/** The key is the value itself. */
	readonly identity: boolean;
}

/** undefined for a type without an equality (json, xml). */
export function equalityKey(type: Type, lookup: TypeLookup): EqualityKey | undefined {
	const base = baseTypeOf(type, lookup);
	if (base.name === 'xid' || base.name === 'cid') return IDENTITY;
	if (UNORDERED.has(base.name) && base.oid < 16384) return undefined;
	if (isIdentity(base, lookup)) return IDENTITY;
	const key = keyFunction(base, lookup);
	return key === undefined ? undefined : { key, identity: false };
}

const IDENTITY: EqualityKey = { key: (value) => value as string | number | bigint | boolean, identity: true };

/** Values are primitives of one form each: Map's rule of sameness is the type's equality. */
function isIdentity(type: Type, lookup: TypeLookup): boolean {
	switch (representationOf(type, lookup)) {
		case 'numeric':
		case 'bpchar':
		case 'bytea':
		case 'interval':
		case 'timetz':
		case 'jsonb':
		case 'bit':
		case 'inet':
		case 'geometry':
		case 'range':
		case 'multirange':
		case 'array':
		case 'record':
		case 'dynamic':
		case 'properties':
			return false;
		default:
			return true;
	}
}

function keyFunction(type: Type, lookup: TypeLookup): EqualityKey['key'] | undefined {
	switch (representationOf(type, lookup)) {
		case 'numeric':
			return (value) => (value as Decimal).toKey();
		case 'bpchar':
			return (value) => trimBlanks(value as string);
		case 'bytea':
			return (value) => latin1(value as Uint8Array);
		case 'interval':
			return (value) => intervalKey(value as Interval);
		case 'timetz':
			return (value) => `${(value as TimeTz).microseconds}/${(value as TimeTz).secondsEast}`;
		case 'jsonb':
			return (value) => jsonbEqualityKey(value as Jsonb);
		case 'bit':
			return (value) => (value as BitString).toString();
		case 'inet':
			return (value) => value as string;
		case 'dynamic':
			return (value) => dynamicKey(value as DynamicValue);
		case 'properties':
			return (value) => dynamicKey((value as PropertyMap).entries());
		case 'array':
			return arrayKey(type, lookup);
		case 'range':
		case 'multirange':
			return rangeValues().rangeKey(type, lookup);
		case 'record':
			return recordKey(type, lookup);
		default:
			return IDENTITY.key;
	}
}

/** JavaScript's `<` gives the type's order. */
export function isPrimitiveOrder(type: Type): boolean {
	switch (type.kind === 'domain' ? '' : representationOf(type, NO_LOOKUP)) {
		case 'bool':
		case 'int2':
		case 'int4':
		case 'oid':
		case 'int8':
		case 'date':
		case 'time':
		case 'timestamp':
		case 'uuid':
			return true;
		default:
			return false;
	}
}

const NO_LOOKUP: TypeLookup = { typeByOid: () => undefined };

function comparePrimitives(left: unknown, right: unknown): number {
	return (left as number) < (right as number) ? -1 : (left as number) > (right as number) ? 1 : 0;
}

function compareFloats(left: number, right: number): number {
	if (left < right) return -1;
	if (left > right) return 1;
	if (left === right) return 0;
	return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
}

function compareDecimals(left: Decimal, right: Decimal): number {
	return left.compare(right);
}

/** Without the blanks at its end. */
export function trimBlanks(text: string): string {
	let end = text.length;
	while (end > 0 && text.charCodeAt(end - 1) === 32) end--;
	return end === text.length ? text : text.slice(0, end);
}

function compareBlankPadded(left: string, right: string): number {
	return left === right ? 0 : compareText(trimBlanks(left), trimBlanks(right));
}

export function compareBytes(left: Uint8Array, right: Uint8Array): number {
	const common = Math.min(left.length, right.length);
	for (let index = 0; index < common; index++) {
		const difference = left[index]! - right[index]!;
		if (difference !== 0) return difference;
	}
	return left.length - right.length;
}

function latin1(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function enumComparator(type: Type): Comparator {
	const places = new Map(type.enumLabels.map((label, index) => [label, index]));
	return (left, right) => (places.get(left as string) ?? -1) - (places.get(right as string) ?? -1);
}

/** NULL equals NULL and is greatest. */
function withNulls(compare: Comparator): Comparator {
	return (left, right) => {
		if (left === null) return right === null ? 0 : 1;
		return right === null ? -1 : compare(left, right);
	};
}

function arrayComparator(type: Type, lookup: TypeLookup): Comparator | undefined {
	const element = elementOf(type, lookup);
	const compare = element === undefined ? undefined : comparatorOf(element, lookup);
	if (compare === undefined) return undefined;
	const compareElements = withNulls(compare);
	return (left, right) => compareArrays(left as PgArray, right as PgArray, compareElements);
}

function compareArrays(left: PgArray, right: PgArray, compare: Comparator): number {
	const common = Math.min(left.elements.length, right.elements.length);
	for (let index = 0; index < common; index++) {
		const order = compare(left.elements[index], right.elements[index]);
		if (order !== 0) return order;
	}
	if (left.elements.length !== right.elements.length) return left.elements.length - right.elements.length;
	if (left.dimensions.length !== right.dimensions.length) return left.dimensions.length - right.dimensions.length;
	return compareNumberLists(left.dimensions, right.dimensions) || compareNumberLists(left.lowerBounds, right.lowerBounds);
}

function compareNumberLists(left: readonly number[], right: readonly number[]): number {
	for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return left[index]! - right[index]!;
	return 0;
}

function recordComparator(type: Type, lookup: TypeLookup): Comparator | undefined {
	// Records whose fields are not known (of type `record`) are compared by the form of their values.
	if (type.fields.length === 0) return (left, right) => compareFields(left as readonly unknown[], right as readonly unknown[], null);
	const comparators: Comparator[] = [];
	for (const field of type.fields) {
		const fieldType = field.type ?? lookup.typeByOid(field.typeOid);
		const compare = fieldType === undefined ? undefined : comparatorOf(fieldType, lookup);
		if (compare === undefined) return undefined;
		comparators.push(withNulls(compare));
	}
	return (left, right) => compareFields(left as readonly unknown[], right as readonly unknown[], comparators);
}

const compareUntypedWithNulls = withNulls(compareUntyped);

function compareFields(left: readonly unknown[], right: readonly unknown[], comparators: readonly Comparator[] | null): number {
	const common = Math.min(left.length, right.length);
	for (let index = 0; index < common; index++) {
		const order = (comparators?.[index] ?? compareUntypedWithNulls)(left[index], right[index]);
		if (order !== 0) return order;
	}
	return left.length - right.length;
}

/** Compares values of one unknown type by their form in memory. */
export function compareUntyped(left: unknown, right: unknown): number {
	if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
	if (left instanceof Decimal && right instanceof Decimal) return left.compare(right);
	if (left instanceof Interval && right instanceof Interval) return compareInterval(left, right);
	if (left instanceof Uint8Array && right instanceof Uint8Array) return compareBytes(left, right);
	if (left instanceof TimeTz && right instanceof TimeTz) return compareTimeTz(left, right);
	if (left instanceof BitString && right instanceof BitString) return compareBits(left, right);
	if (left instanceof PgArray && right instanceof PgArray) return compareArrays(left, right, compareUntypedWithNulls);
	if (Array.isArray(left) && Array.isArray(right)) return compareFields(left, right, null);
	if (typeof left === 'number' && typeof right === 'number') return compareFloats(left, right);
	if (typeof left === 'object') return compareJsonb(left as Jsonb, right as Jsonb);
	return comparePrimitives(left, right);
}

/** A text in which parts cannot run into each other. */
function joinKeys(keys: readonly (string | number | bigint | boolean | null)[]): string {
	let text = '';
	for (const key of keys) text += key === null ? '~' : typeof key === 'string' ? `${key.length}:${key}` : `${String(key)};`;
	return text;
}

function arrayKey(type: Type, lookup: TypeLookup): EqualityKey['key'] | undefined {
	const element = elementOf(type, lookup);
	const inner = element === undefined ? undefined : equalityKey(element, lookup);
	if (inner === undefined) return undefined;
	return (value) => {
		const array = value as PgArray;
		const keys = array.elements.map((item) => (item === null ? null : inner.key(item)));
		return `${array.dimensions.join('x')}@${array.lowerBounds.join(',')}=${joinKeys(keys)}`;
	};
}

function recordKey(type: Type, lookup: TypeLookup): EqualityKey['key'] | undefined {
	const inner: EqualityKey[] = [];
	for (const field of type.fields) {
		const fieldType = field.type ?? lookup.typeByOid(field.typeOid);
		const key = fieldType === undefined ? undefined : equalityKey(fieldType, lookup);
		if (key === undefined) return undefined;
		inner.push(key);
	}
	return (value) => joinKeys((value as readonly unknown[]).map((item, index) => (item === null ? null : (inner[index]?.key ?? untypedKey)(item))));
}

function untypedKey(value: unknown): string | number | bigint | boolean {
	if (value instanceof Decimal) return value.toKey();
	if (value instanceof Interval) return intervalKey(value);
	if (value instanceof Uint8Array) return latin1(value);
	if (value instanceof TimeTz) return `${value.microseconds}/${value.secondsEast}`;
	if (value instanceof BitString) return value.toString();
	if (value instanceof PgArray) return joinKeys(value.elements.map((item) => (item === null ? null : untypedKey(item))));
	if (Array.isArray(value)) return joinKeys(value.map((item) => (item === null ? null : untypedKey(item))));
	if (typeof value === 'object') return jsonbEqualityKey(value as Jsonb);
	return value as string | number | bigint | boolean;
}
