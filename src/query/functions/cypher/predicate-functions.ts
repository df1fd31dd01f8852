/**
 * Cypher's predicates that are no comparisons: XOR, IN, STARTS WITH, ENDS WITH, CONTAINS, =~, and what takes a value for a boolean
 * or a list. String predicates over anything but strings are unknown.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import { type DynamicList, type DynamicMap, type DynamicValue, IntegralFloat, isIntegerValue, kindName } from '../../../value/dynamic.ts';
import type { ScalarFunction } from '../contracts.ts';
import { scalar, set } from '../define.ts';
import { COMPARISONS } from './comparison-functions.ts';
import { CYPHER_EQUIVALENCE, equalValues } from './cypher-comparison.ts';
import { compiledPattern } from './java-pattern.ts';

/** The value as a truth value; a TypeError for what is none. For operands of AND, OR, NOT and WHERE whose static type says nothing. */
export const AS_BOOLEAN: ScalarFunction = scalar(0, 'asBoolean(dynamic) bool', (value: DynamicValue) => {
	if (typeof value === 'boolean') return value;
	throw cypherError('TypeError', `${kindName(value)} is no truth value`);
});

/** The value as a list; a TypeError for what is none. For what UNWIND, comprehensions, quantifiers and reduce go over. */
export const AS_LIST: ScalarFunction = scalar(0, 'asList(dynamic) dynamic', (value: DynamicValue) => {
	if (Array.isArray(value)) return value;
	throw cypherError('TypeError', `${kindName(value)} is no list`);
});

export const XOR: ScalarFunction = scalar(0, 'xor(bool, bool) bool', (left: boolean, right: boolean) => left !== right, {
	inline: ([left, right]) => `(${left} !== ${right})`,
});

/** Lists from here on are not gone through for every row. */
const LONG_LIST = 16;

/** What is equal as keys of a Set are. */
type Simple = string | number | boolean;

/** The elements of a list of nothing but nulls, texts, booleans and numbers of which none needs 64 bits. */
interface SimpleMembers {
	readonly values: ReadonlySet<Simple>;
	readonly hasNull: boolean;
}

/** By list: nothing before it is met, then 'met', then its members, or 'other' where not all are simple. */
const simpleMembers = new WeakMap<DynamicList, SimpleMembers | 'met' | 'other'>();

/** From the second time on that something is sought in the same list. */
function simpleMembersOf(list: DynamicList): SimpleMembers | null {
	const known = simpleMembers.get(list);
	if (typeof known === 'object') return known;
	if (known !== 'met') {
		if (known === undefined) simpleMembers.set(list, 'met');
		return null;
	}
	const values = new Set<Simple>();
	let hasNull = false;
	for (const item of list) {
		const simple = item === null ? undefined : simpleOf(item);
		if (item === null) hasNull = true;
		else if (simple === undefined) {
			simpleMembers.set(list, 'other');
			return null;
		} else if (!Number.isNaN(simple)) values.add(simple);
	}
	const members = { values, hasNull };
	simpleMembers.set(list, members);
	return members;
}

function simpleOf(value: DynamicValue): Simple | undefined {
	if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
	return value instanceof IntegralFloat ? value.value : undefined;
}

function isIn(value: DynamicValue, list: DynamicValue): boolean | null {
	if (list === null) return null;
	if (!Array.isArray(list)) throw cypherError('TypeError', `IN takes a list, not ${kindName(list)}`);
	const items = list as DynamicList;
	if (items.length === 0) return false;
	if (value === null) return null;
	const simple = items.length < LONG_LIST ? null : simpleMembersOf(items);
	if (simple !== null) {
		const known = simpleOf(value);
		if (known !== undefined) return simple.values.has(known) ? true : simple.hasNull ? null : false;
	}
	let unknown = false;
	for (let index = 0; index < items.length; index++) {
		const item = items[index]!;
		const same = item === null ? null : equalValues(value, item);
		if (same === true) return true;
		if (same === null) unknown = true;
	}
	return unknown ? null : false;
}

function stringTest(name: string, test: (text: string, part: string) => boolean): ScalarFunction {
	return scalar(0, `${name}(dynamic, dynamic) bool`, (text: DynamicValue, part: DynamicValue) =>
		typeof text === 'string' && typeof part === 'string' ? test(text, part) : null,
	);
}

/** By symbol. */
export const STRING_PREDICATES: Readonly<Record<'STARTS WITH' | 'ENDS WITH' | 'CONTAINS' | '=~', ScalarFunction>> = {
	'STARTS WITH': { ...stringTest('startsWith', (text, part) => text.startsWith(part)), prefixTest: true },
	'ENDS WITH': stringTest('endsWith', (text, part) => text.endsWith(part)),
	CONTAINS: stringTest('contains', (text, part) => text.includes(part)),
	'=~': stringTest('matches', (text, pattern) => compiledPattern(pattern, 'whole').test(text)),
};

/** What of a list something may equal: without nulls, and of those that equal each other one. */
const MEMBERS = set(0, 'members(dynamic) dynamic', (list: DynamicValue) => {
	if (!Array.isArray(list)) throw cypherError('TypeError', `IN takes a list, not ${kindName(list)}`);
	const members = new Map<unknown, DynamicValue>();
	for (const item of list as DynamicList) if (item !== null) members.set(CYPHER_EQUIVALENCE.key(item), item);
	return members.values();
});

export const IN: ScalarFunction = {
	...scalar(0, 'in(dynamic, dynamic) bool', isIn, { strict: false }),
	membership: { elements: MEMBERS, equals: COMPARISONS['='] },
};

/** The value as a count of rows, for SKIP and LIMIT. */
export const ROW_COUNT: ScalarFunction = scalar(
	0,
	'rowCount(dynamic) int8',
	(value: DynamicValue) => {
		if (!isIntegerValue(value)) throw cypherError('SyntaxError', `InvalidArgumentType: SKIP and LIMIT take an Integer, not ${kindName(value)}`);
		if (value < 0) throw cypherError('SyntaxError', `NegativeIntegerArgument: SKIP and LIMIT take no negative number: ${value}`);
		return value;
	},
	{ strict: false },
);

/** `isEmpty` of a string, list or map. */
export const IS_EMPTY: ScalarFunction = scalar(0, 'isEmpty(dynamic) bool', (value: DynamicValue) => {
	if (typeof value === 'string') return value === '';
	if (Array.isArray(value)) return value.length === 0;
	if (value instanceof Map) return (value as DynamicMap).size === 0;
	throw cypherError('TypeError', `isEmpty() takes a string, a list or a map, not ${kindName(value)}`);
});
