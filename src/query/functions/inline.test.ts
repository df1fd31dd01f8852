/**
 * The JavaScript that generated code puts in place of a call must give what the call gives. Every function and aggregate with such
 * text is run both ways over values of its types, corner cases first, then random ones (the seed is printed on failure).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { builtinTypes } from '../../value/builtin-types.ts';
import type { AggregateFunction, CallInfo, ScalarFunction } from './contracts.ts';
import { testContext } from './function-cases.suite.ts';
import { sqlFunctions } from './sql-functions.ts';

const RUNS = 300;

const int8 = fc.oneof(
	fc.maxSafeInteger(),
	fc.bigInt(2n ** 53n, 2n ** 63n - 1n),
	fc.bigInt(-(2n ** 63n), -(2n ** 53n)),
	fc.constantFrom(0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
const float8 = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, 0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));
const times = fc.oneof(int8, fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));
const text = fc.oneof(fc.string(), fc.constantFrom('', 'a', 'ß', '\u{1f600}', "'"));

/** Values by type; a function with another type is not tried. */
const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
	bool: fc.boolean(),
	int2: fc.integer({ min: -32768, max: 32767 }),
	int4: fc.integer({ min: -2147483648, max: 2147483647 }),
	int8,
	oid: fc.integer({ min: 0, max: 4294967295 }),
	xid: fc.integer({ min: 0, max: 4294967295 }),
	cid: fc.integer({ min: 0, max: 4294967295 }),
	xid8: int8,
	money: int8,
	float4: float8.map(Math.fround),
	float8,
	text,
	name: text,
	char: text,
	uuid: fc.uuid(),
	date: fc.oneof(fc.integer({ min: -100000, max: 3000000 }), fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)),
	time: fc.integer({ min: 0, max: 86_400_000_000 }),
	timestamp: times,
	timestamptz: times,
};

function arbitraries(oids: readonly number[]): fc.Arbitrary<unknown>[] | null {
	const found = oids.map((oid) => VALUES[builtinTypes.typeByOid(oid)?.name ?? '']);
	return found.every((value) => value !== undefined) ? (found as fc.Arbitrary<unknown>[]) : null;
}

const infoOf = (entry: ScalarFunction | AggregateFunction): CallInfo => ({
	argumentTypes: entry.argumentOids.map((oid) => builtinTypes.typeByOid(oid)!),
	returnType: builtinTypes.typeByOid(entry.returnOid)!,
	typmod: -1,
	types: builtinTypes,
	variadic: false,
});

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `a${index}`);

const scalars = new Map<string, ScalarFunction>();
for (const entry of sqlFunctions.allFunctions()) if (entry.kind === 'scalar' && entry.inline !== undefined) scalars.set(`${entry.oid} ${entry.name}`, entry);

for (const [key, entry] of scalars) {
	const values = arbitraries(entry.argumentOids);
	if (values === null) continue;
	test(`inline text of ${key} agrees with its function`, () => {
		const call = (entry.bind === undefined ? entry.evaluate! : entry.bind(infoOf(entry))) as (...all: unknown[]) => unknown;
		const inline = new Function(...names(values.length), `return ${entry.inline!(names(values.length))}`) as (...all: unknown[]) => unknown;
		fc.assert(
			fc.property(fc.tuple(...values), (all) => {
				const plain = entry.context ? call(testContext, ...all) : call(...all);
				assert.deepEqual(inline(...all), plain);
			}),
			{ numRuns: RUNS },
		);
	});
}

test('there are inline texts to test', () => {
	assert.ok(scalars.size > 100);
});

for (const entry of sqlFunctions.allFunctions()) {
	if (entry.kind !== 'aggregate') continue;
	const values = arbitraries(entry.argumentOids);
	if (values === null || values.length > 1) continue;
	const implementation = entry.bind(infoOf(entry), () => testContext);
	if (implementation.inline === undefined) continue;
	test(`inline text of the aggregate ${entry.oid} ${entry.name} agrees with its steps`, () => {
		const { create, step, finish } = implementation.inline!;
		const args = names(values.length);
		const inline = new Function('rows', `let s = ${create}; for (const [${args}] of rows) s = ${step('s', args)}; return ${finish('s')}`) as (
			rows: readonly unknown[][],
		) => unknown;
		fc.assert(
			fc.property(fc.array(fc.tuple(...values), { maxLength: 20 }), (rows) => {
				let state = implementation.create();
				for (const row of rows) state = implementation.step(state as never, ...(row as never[]));
				assert.deepEqual(inline(rows), implementation.finish(state as never));
			}),
			{ numRuns: RUNS },
		);
	});
}

test('no two functions have one name and the same arguments', () => {
	const seen = new Map<string, number>();
	for (const entry of sqlFunctions.allFunctions()) {
		const key = `${entry.name}(${entry.argumentOids.join(',')})`;
		const isOrderedSet = entry.kind === 'aggregate' && entry.aggregateKind !== 'n';
		if (!isOrderedSet) assert.equal(seen.get(key), undefined, key);
		seen.set(key, entry.oid);
	}
});

test('commutators and negators of operators exist, and point back', () => {
	for (const entry of sqlFunctions.allOperators()) {
		if (entry.negator !== undefined) {
			const negator = sqlFunctions.operators(entry.negator).find((other) => other.leftOid === entry.leftOid && other.rightOid === entry.rightOid);
			assert.equal(negator?.negator, entry.name, `negator of ${entry.name} ${entry.leftOid} ${entry.rightOid}`);
		}
		if (entry.commutator !== undefined) {
			const commutator = sqlFunctions.operators(entry.commutator).find((other) => other.leftOid === entry.rightOid && other.rightOid === entry.leftOid);
			assert.equal(commutator?.commutator, entry.name, `commutator of ${entry.name} ${entry.leftOid} ${entry.rightOid}`);
		}
	}
});
