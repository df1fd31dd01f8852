/** Cypher's library, by the values that functions give: written as Cypher would write them, called as the executor calls them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { arbitraryDynamic } from '../../../value/arbitrary-dynamic.testing.ts';
import { BOOL, builtinTypes, DYNAMIC, INT8, TEXT } from '../../../value/builtin-types.ts';
import { type DynamicValue, Edge, floatValue, type GraphPath, IntegralFloat, Vertex } from '../../../value/dynamic.ts';
import { compareDynamic } from '../../../value/dynamic-comparison.ts';
import { PropertyMap } from '../../../value/property-map.ts';
import { CypherDuration } from '../../../value/temporal/cypher-duration.ts';
import type { Type } from '../../../value/type.ts';
import type { AggregateFunction, AggregateImplementation, FunctionContext, ScalarFunction } from '../contracts.ts';
import { CYPHER_EQUALITY, CYPHER_EQUIVALENCE, compareValues, equalValues } from './cypher-comparison.ts';
import { cypherFunctions, cypherLibrary } from './cypher-library.ts';

const { operators } = cypherLibrary;
const context = {
	random: () => 0.25,
	randomBytes: (count: number) => new Uint8Array(count).fill(0xff),
	statementTimeUs: 1_500_000_000_123_456,
} as unknown as FunctionContext;

function apply(definition: ScalarFunction, values: readonly unknown[]): unknown {
	if (definition.strict && values.includes(null)) return null;
	return definition.evaluate!(...([...(definition.context ? [context] : []), ...values] as never[]));
}

/** Calls a function by name with as many arguments. */
function call(name: string, ...values: readonly unknown[]): unknown {
	const found = cypherLibrary
		.functions(name.toLowerCase())
		.find((f) => f.kind === 'scalar' && (f.argumentOids.length === values.length || f.variadicOid !== 0));
	assert.ok(found !== undefined, `${name} of ${values.length} is there`);
	return apply(found as ScalarFunction, values);
}

function op(name: keyof typeof operators, ...values: readonly unknown[]): unknown {
	return apply(operators[name], values);
}

function aggregated(name: string, ...rows: readonly (readonly unknown[])[]): unknown {
	const definition = cypherLibrary.functions(name).find((f) => f.kind === 'aggregate') as AggregateFunction;
	const info = { argumentTypes: [DYNAMIC], returnType: DYNAMIC, typmod: -1, types: builtinTypes, variadic: false };
	const implementation = definition.bind(info, () => context) as AggregateImplementation;
	let state = implementation.create();
	for (const row of rows) if (!definition.strict || !row.includes(null)) state = implementation.step(state as never, ...(row as never[]));
	return implementation.finish(state as never);
}

const float = floatValue;
const fails = (kind: string, work: () => unknown): void => assert.throws(work, { condition: kind });

test('arithmetic of integers is exact, stays in 64 bits, and fails beyond', () => {
	const max = 2n ** 63n - 1n;
	const integer = fc.bigInt({ min: -(2n ** 63n), max }).map(normal);
	const exact: readonly (readonly [keyof typeof operators, (a: bigint, b: bigint) => bigint])[] = [
		['add', (a, b) => a + b],
		['subtract', (a, b) => a - b],
		['multiply', (a, b) => a * b],
		['divide', (a, b) => a / b],
		['modulo', (a, b) => a % b],
	];
	const small = fc.oneof(integer, fc.integer({ min: -9, max: 9 }));
	fc.assert(
		fc.property(fc.constantFrom(...exact), small, small, ([name, oracle], left, right) => {
			if ((name === 'divide' || name === 'modulo') && right === 0) {
				fails('ArithmeticError', () => op(name, left, right));
				return;
			}
			const result = oracle(BigInt(left), BigInt(right));
			if (BigInt.asIntN(64, result) !== result) fails('ArithmeticError', () => op(name, left, right));
			else assert.equal(op(name, left, right), normal(result));
		}),
	);
	fails('ArithmeticError', () => op('negate', -(2n ** 63n)));
	assert.equal(op('negate', normal(max)), -max);
});

function normal(value: bigint): number | bigint {
	return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

test('a float makes the result a float, and floats divide by zero', () => {
	assert.deepEqual(op('add', 1, float(2)), float(3));
	assert.deepEqual(op('multiply', float(1.5), 2), float(3));
	assert.deepEqual(op('divide', 7, 2), 3);
	assert.deepEqual(op('divide', -7, 2), -3);
	assert.deepEqual(op('divide', float(7), 2), 3.5);
	assert.deepEqual(op('divide', 1, float(0)), Number.POSITIVE_INFINITY);
	assert.deepEqual(op('divide', float(0), float(0)), Number.NaN);
	assert.deepEqual(op('modulo', 5.5, 2), 1.5);
	assert.deepEqual(op('power', 2, 3), float(8));
	assert.deepEqual(op('negate', float(0)), float(-0));
	assert.deepEqual(op('add', null, 1), null);
});

test('+ joins strings and lists; what has no sum is a TypeError', () => {
	assert.equal(op('add', 'a', 1), 'a1');
	assert.equal(op('add', float(1), 'a'), '1.0a');
	assert.deepEqual(op('add', [1], 2), [1, 2]);
	assert.deepEqual(op('add', 1, [2]), [1, 2]);
	assert.deepEqual(op('add', [1], [2]), [1, 2]);
	assert.deepEqual(op('add', [1], null), [1, null]);
	assert.deepEqual(op('concatenate', [1], [2]), [1, 2]);
	fails('TypeError', () => op('add', true, 1));
	fails('TypeError', () => op('add', 1, new Map()));
	fails('TypeError', () => op('subtract', 'a', 1));
	fails('TypeError', () => op('concatenate', 'a', 1));
});

test('equality knows of unknowns inside lists and maps', () => {
	const map = (entries: Record<string, DynamicValue>): DynamicValue => new Map(Object.entries(entries));
	const cases: readonly (readonly [DynamicValue, DynamicValue, boolean | null])[] = [
		[1, float(1), true],
		[2n ** 53n, float(2 ** 53), true],
		[2n ** 53n + 1n, float(2 ** 53), false],
		[Number.NaN, Number.NaN, false],
		['1', 1, false],
		[[1, 2], [1], false],
		[[null], [1], null],
		[[[1], [2, 3]], [[1], [null]], false],
		[[[1], [2]], [[1], [null]], null],
		[map({ k: null }), map({}), false],
		[map({ k: null }), map({ k: null }), null],
		[map({ k: 1, l: null }), map({ k: 2, l: null }), false],
		[new CypherDuration(1, 0, 0, 0), new CypherDuration(0, 30, 0, 0), false],
	];
	for (const [left, right, expected] of cases) {
		assert.equal(op('equal', left, right), expected);
		assert.equal(op('equal', right, left), expected);
		assert.equal(op('notEqual', left, right), expected === null ? null : !expected);
	}
});

test('comparison is unknown between kinds, false with NaN, and goes through lists', () => {
	assert.equal(op('less', 1, 'a'), null);
	assert.equal(op('less', Number.NaN, 1), false);
	assert.equal(op('greaterOrEqual', Number.NaN, Number.NaN), false);
	assert.equal(op('less', Number.NaN, 'a'), null);
	assert.equal(op('greaterOrEqual', [1, 2], [1, null]), null);
	assert.equal(op('greaterOrEqual', [1, 2], [3, null]), false);
	assert.equal(op('greaterOrEqual', [1, null], [1]), true);
	assert.equal(op('less', new Map(), new Map()), null);
	assert.equal(op('less', false, true), true);
	assert.equal(op('less', 2n ** 60n, 2n ** 60n + 1n), true);
	assert.equal(op('lessOrEqual', new CypherDuration(1, 0, 0, 0), new CypherDuration(1, 0, 0, 0)), null);
});

test('what can be compared is in the order of ORDER BY, and = agrees with it', () => {
	fc.assert(
		fc.property(arbitraryDynamic, arbitraryDynamic, (left, right) => {
			if (left === null || right === null) return;
			const order = compareValues(left, right);
			if (order !== null && !Number.isNaN(order)) assert.equal(Math.sign(order), Math.sign(compareDynamic(left, right)));
			const same = equalValues(left, right);
			if (same === true) assert.equal(compareDynamic(left, right), 0);
			if (same === false && equalValues(left, left) === true) assert.notEqual(compareDynamic(left, right), 0);
			assert.equal(CYPHER_EQUALITY.equals(left, right), same === true);
			assert.equal(new Set([CYPHER_EQUALITY.key(left), CYPHER_EQUALITY.key(right)]).size === 1, same === true);
			assert.equal(CYPHER_EQUIVALENCE.equals(left, right), compareDynamic(left, right) === 0);
		}),
		{ numRuns: 1000 },
	);
});

test('operators for static types agree with those for any', () => {
	const typeOf = (value: DynamicValue): Type =>
		typeof value === 'string' ? TEXT : typeof value === 'boolean' ? BOOL : typeof value === 'bigint' || Number.isInteger(value) ? INT8 : DYNAMIC;
	const near = fc.oneof(arbitraryDynamic, fc.constantFrom<DynamicValue>(0, 1, float(1), 2n ** 53n, float(2 ** 53), 'a', 'b', true, false, Number.NaN));
	fc.assert(
		fc.property(
			fc.constantFrom('equal', 'notEqual', 'less', 'lessOrEqual', 'greater', 'greaterOrEqual'),
			near,
			near,
			fc.boolean(),
			fc.boolean(),
			(name, left, right, a, b) => {
				if (left === null || right === null) return;
				const general = operators[name as 'equal'];
				const special = general.specialize!([a ? typeOf(left) : DYNAMIC, b ? typeOf(right) : DYNAMIC], builtinTypes);
				assert.equal(apply(special, [left, right]), apply(general, [left, right]));
				const text = special.inline?.(['a', 'b']);
				if (text !== undefined) assert.equal(new Function('a', 'b', `return ${text}`)(left, right), apply(general, [left, right]), text);
			},
		),
		{ numRuns: 2000 },
	);
});

test('IN is unknown where a null would decide', () => {
	assert.equal(op('in', 1, [1, null]), true);
	assert.equal(op('in', 2, [1, null]), null);
	assert.equal(op('in', 2, [1]), false);
	assert.equal(op('in', null, []), false);
	assert.equal(op('in', null, [1]), null);
	assert.equal(op('in', [1, 2], [[1, null]]), null);
	assert.equal(op('in', 1, null), null);
	fails('TypeError', () => op('in', 1, 'a'));
});

test('string predicates are unknown but of two strings', () => {
	assert.equal(op('startsWith', 'abc', 'ab'), true);
	assert.equal(op('endsWith', 'abc', 'ab'), false);
	assert.equal(op('contains', 'abc', ''), true);
	assert.equal(op('contains', 1, 'a'), null);
	assert.equal(op('contains', 'a', null), null);
});

test('regular expressions are Java’s', () => {
	const matches = (text: string, pattern: string): unknown => op('matches', text, pattern);
	assert.equal(matches('abc', 'b'), false);
	assert.equal(matches('aBc', '(?i)abc'), true);
	assert.equal(matches('a\nc', 'a.c'), false);
	assert.equal(matches('a\nc', '(?s)a.c'), true);
	assert.equal(matches('a.c', '\\Qa.c\\E'), true);
	assert.equal(matches('abc', '\\Qa.c\\E'), false);
	assert.equal(matches('Äb', '\\p{Lu}\\p{Lower}'), true);
	assert.equal(matches('a-b', '[\\w-]+'), true);
	assert.equal(matches('{x}', '{x}'), true);
	assert.equal(matches('a/b', 'a/b|c'), true);
	fails('SyntaxError', () => matches('a', '('));
	fails('SyntaxError', () => matches('a', 'a*+'));
	assert.throws(() => matches(`${'a'.repeat(40)}b`, '(a+)+'), { sqlstate: '2201B' });
});

test('subscripts and slices count from both ends', () => {
	assert.equal(op('index', [1, 2, 3], -1), 3);
	assert.equal(op('index', [1, 2, 3], 3), null);
	assert.equal(op('index', new Map([['a', 1]]), 'a'), 1);
	assert.deepEqual(op('slice', [1, 2, 3], -3, -1), [1, 2]);
	assert.deepEqual(op('slice', [1, 2, 3], 3, 1), []);
	assert.deepEqual(op('slice', [1, 2, 3], -5, 5), [1, 2, 3]);
	assert.deepEqual(op('sliceFrom', [1, 2, 3], 1), [2, 3]);
	assert.deepEqual(op('sliceTo', [1, 2, 3], 2), [1, 2]);
	assert.equal(op('sliceTo', [1], null), null);
	fails('TypeError', () => op('index', [1], 'a'));
	fails('TypeError', () => op('index', [1], float(0)));
	fails('TypeError', () => op('index', new Map(), 0));
	fails('TypeError', () => op('index', 1, 0));
});

test('range counts to its end, both ways', () => {
	assert.deepEqual(call('range', 1, 3), [1, 2, 3]);
	assert.deepEqual(call('range', 3, 1, -2), [3, 1]);
	assert.deepEqual(call('range', 0, 1, -1), []);
	assert.deepEqual(call('range', 0, 1, -123), []);
	assert.deepEqual(call('range', 0, -1, 123), []);
	assert.deepEqual(call('range', 2n ** 63n - 2n, 2n ** 63n - 1n), [2n ** 63n - 2n, 2n ** 63n - 1n]);
	fails('ArgumentError', () => call('range', 0, 1, 0));
	fails('ArgumentError', () => call('range', float(0), 1));
	fails('ArgumentError', () => call('range', 0, 2n ** 62n));
	const rows = (...args: unknown[]): unknown[] => [
		...cypherLibrary.elementsOf(cypherLibrary.functions('range').find((f) => f.argumentOids.length === args.length) as ScalarFunction)!.evaluate!(
			...(args as never[]),
		),
	];
	for (const args of [
		[1, 3],
		[3, 1],
		[3, 1, -1],
		[0, 7, 3],
		[2n ** 63n - 3n, 2n ** 63n - 1n],
		[-(2n ** 63n) + 2n, -(2n ** 63n), -2],
	]) {
		assert.deepEqual(rows(...args), call('range', ...args));
	}
	assert.equal(
		(
			cypherLibrary.elementsOf(cypherLibrary.functions('range')[0] as ScalarFunction)!.evaluate!(...([0, 2n ** 62n] as never[])) as IterableIterator<unknown>
		).next().value,
		0,
	);
	fails('ArgumentError', () => rows(1, 2, 0));
});

test('lists, maps and strings as sequences', () => {
	assert.equal(call('size', 'äb'), 2);
	assert.equal(call('size', [1, null]), 2);
	assert.equal(call('head', []), null);
	assert.equal(call('last', [1, 2]), 2);
	assert.deepEqual(call('tail', [1, 2]), [2]);
	assert.equal(call('reverse', 'a😀'), '😀a');
	assert.deepEqual(call('reverse', [1, 2]), [2, 1]);
	assert.equal(call('isEmpty', new Map()), true);
	assert.deepEqual(op('list', 1, null), [1, null]);
	assert.deepEqual(op('map', 'a', 1, 'b', null, 'a', 2), new Map<string, unknown>([['a', 2], ['b', null]])); // biome-ignore format: one row
	assert.deepEqual(op('mergeMaps', new Map([['a', 1]]), new Map([['a', 2]])), new Map([['a', 2]]));
	assert.deepEqual([...cypherLibrary.unwind.evaluate!(...([[1, 2]] as never[]))], [1, 2]);
	assert.deepEqual([...cypherLibrary.unwind.evaluate!(...([5] as never[]))], [5]);
	fails('TypeError', () => call('size', 1));
	fails('TypeError', () => op('asList', 1));
	fails('TypeError', () => op('asBoolean', 1));
	fails('SyntaxError', () => op('rowCount', -1));
	fails('SyntaxError', () => op('rowCount', null));
});

const empty = PropertyMap.empty;
const ann = new Vertex(1, ['Person', 'Admin'], PropertyMap.of([['name', 'Ann']]));
const knows = new Edge(7, 'KNOWS', 1, 2, PropertyMap.of([['since', 2000]]));

test('nodes, relationships and paths', () => {
	assert.deepEqual(call('labels', ann), ['Person', 'Admin']);
	assert.equal(call('type', knows), 'KNOWS');
	assert.equal(call('id', knows), 7);
	assert.equal(call('elementId', ann), '1');
	assert.equal(op('property', ann, 'name'), 'Ann');
	assert.equal(op('property', knows, 'absent'), null);
	assert.equal(op('propertyOfMap', ann.properties, 'name'), 'Ann');
	assert.deepEqual(call('keys', knows), ['since']);
	assert.deepEqual(call('properties', ann), new Map([['name', 'Ann']]));
	assert.equal(op('hasLabel', ann, 'Admin'), true);
	const path = op('path', ann, knows, new Vertex(2, [], empty)) as GraphPath;
	assert.equal(call('length', path), 1);
	assert.deepEqual(call('relationships', path), [knows]);
	assert.equal((call('nodes', path) as unknown[]).length, 2);
	fails('TypeError', () => call('labels', knows));
	fails('TypeError', () => call('type', ann));
	fails('TypeError', () => op('property', 1, 'a'));
	fails('TypeError', () => call('id', 1));
});

test('conversions give null for texts that say nothing, and fail for other kinds', () => {
	assert.equal(call('toInteger', 2.9), 2);
	assert.equal(call('toInteger', ' -12 '), -12);
	assert.equal(call('toInteger', '2.9'), 2);
	assert.equal(call('toInteger', '9223372036854775808'), null);
	assert.equal(call('toInteger', 'x'), null);
	assert.deepEqual(call('toFloat', '1'), float(1));
	assert.deepEqual(call('toFloat', 2), float(2));
	assert.equal(call('toString', float(1)), '1.0');
	assert.equal(call('toString', 2n ** 60n), '1152921504606846976');
	assert.equal(call('toBoolean', 'TRUE'), true);
	assert.equal(call('toBoolean', 0), false);
	assert.equal(call('toBoolean', 'yes'), null);
	assert.equal(call('toIntegerOrNull', []), null);
	assert.deepEqual(call('toFloatList', ['1', null, 'x']), [float(1), null, null]);
	assert.equal(call('valueType', [1, float(1)]), 'LIST<FLOAT NOT NULL | INTEGER NOT NULL> NOT NULL');
	for (const value of [[], new Map(), ann, float(1)]) fails('TypeError', () => call('toBoolean', value));
	for (const value of [true, [], knows]) fails('TypeError', () => call('toInteger', value));
	for (const value of [true, [], new Map()]) fails('TypeError', () => call('toFloat', value));
	for (const value of [[], new Map(), ann]) fails('TypeError', () => call('toString', value));
});

test('strings', () => {
	assert.equal(call('substring', 'hello', 1, 3), 'ell');
	assert.equal(call('substring', 'hello', 9), '');
	assert.equal(call('left', 'ab', 9), 'ab');
	assert.equal(call('right', 'abc', 2), 'bc');
	assert.deepEqual(call('split', 'a,b;c', [',', ';']), ['a', 'b', 'c']);
	assert.equal(call('replace', 'a.b.c', '.', '$&'), 'a$&b$&c');
	assert.equal(call('trim', ' a '), 'a');
	assert.equal(call('ltrim', 'xxa', 'x'), 'a');
	assert.equal(call('toUpper', 'ß'), 'SS');
	assert.equal(call('left', null, -1), null);
	fails('ArgumentError', () => call('left', 'a', -1));
	fails('ArgumentError', () => call('substring', 'a', -1));
	fails('TypeError', () => call('toUpper', 1));
	fails('ArgumentError', () => call('normalize', 'a', 'NFX'));
});

test('numbers', () => {
	assert.deepEqual(call('round', 2.5), float(3));
	assert.deepEqual(call('round', -2.5), float(-2));
	assert.deepEqual(call('round', 1.005, 2), 1.01);
	assert.deepEqual(call('round', -1.25, 1), -1.3);
	assert.deepEqual(call('round', 1.25, 1, 'half_even'), 1.2);
	assert.deepEqual(call('round', 0.49999999999999994), float(0));
	assert.deepEqual(call('ceil', 1.1), float(2));
	assert.equal(call('abs', -5), 5);
	assert.equal(call('sign', -0.5), -1);
	assert.equal(call('rand'), 0.25);
	assert.equal(call('randomUUID'), 'ffffffff-ffff-4fff-bfff-ffffffffffff');
	assert.equal(call('timestamp'), 1_500_000_000_123);
	assert.equal(call('isNaN', Number.NaN), true);
	fails('TypeError', () => call('sqrt', 'a'));
	fails('ArithmeticError', () => call('abs', -(2n ** 63n)));
	fails('ArgumentError', () => call('round', 1.5, -1));
});

test('aggregates', () => {
	const rows = (...values: readonly unknown[]): unknown[][] => values.map((value) => [value]);
	assert.equal(aggregated('sum'), 0);
	assert.equal(aggregated('sum', ...rows(1, null, 2)), 3);
	assert.deepEqual(aggregated('sum', ...rows(1, 1.5, 1.5)), float(4));
	assert.equal(aggregated('sum', ...rows(2n ** 63n - 1n, 1, -1)), 2n ** 63n - 1n);
	fails('ArithmeticError', () => aggregated('sum', ...rows(2n ** 63n - 1n, 1)));
	fails('TypeError', () => aggregated('sum', ['a']));
	assert.equal(aggregated('avg'), null);
	assert.deepEqual(aggregated('avg', ...rows(1, 2, 3)), float(2));
	assert.equal(String(aggregated('avg', ...rows(new CypherDuration(0, 1, 0, 0), new CypherDuration(0, 3, 0, 0)))), 'P2D');
	assert.deepEqual(aggregated('max', ...rows(1, 'a', [1, 2], 0.2)), 1);
	assert.deepEqual(aggregated('min', ...rows(1, 'a', [1, 2], null)), [1, 2]);
	assert.deepEqual(aggregated('collect', ...rows(1, null, 'a')), [1, 'a']);
	assert.equal(aggregated('stdev', ...rows(1, 2, 3, 4)), Math.sqrt(5 / 3));
	assert.deepEqual(aggregated('stdevp', [5]), float(0));
	assert.deepEqual(aggregated('percentilecont', [10, 0.25], [20, 0.25], [30, 0.25]), float(15));
	assert.deepEqual(aggregated('percentiledisc', [10, 0.5], [20, 0.5], [30, 0.5]), 20);
	assert.equal(aggregated('percentilecont'), null);
	fails('ArgumentError', () => aggregated('percentiledisc', [10, 1.1]));
});

test('no function throws anything but errors of Cypher, whatever it is given', () => {
	const scalars = cypherFunctions().filter((f): f is ScalarFunction => f.kind === 'scalar' && f.name !== 'range' && !f.context);
	fc.assert(
		fc.property(fc.constantFrom(...scalars), fc.array(arbitraryDynamic, { minLength: 3, maxLength: 3 }), (definition, values) => {
			let result: unknown;
			try {
				result = apply(definition, values.slice(0, definition.argumentOids.length));
			} catch (error) {
				assert.ok(error instanceof Error && 'code' in error, String((error as Error).stack));
				return;
			}
			assert.notEqual(result, undefined, definition.name);
			if (typeof result === 'bigint') assert.ok(!Number.isSafeInteger(Number(result)), definition.name);
			if (result instanceof IntegralFloat) assert.ok(Number.isInteger(result.value), definition.name);
		}),
		{ numRuns: 5000 },
	);
});
