/** Random values of every type, for the property tests of this floor and of those above. Not used outside tests. */
import fc from 'fast-check';
import { BitString } from './bit-string.ts';
import * as types from './builtin-types.ts';
import { TimeTz } from './date-time.ts';
import { Decimal } from './decimal.ts';
import { fromBigInt, type Int8 } from './int8.ts';
import { Interval } from './interval.ts';
import { JSON_NULL, type Jsonb, JsonbArray, JsonbObject } from './jsonb.ts';
import { PgArray } from './pg-array.ts';
import type { Type } from './type.ts';

/** Many equal and near values, so that ties and common prefixes occur. */
function near<T>(few: readonly T[], many: fc.Arbitrary<T>): fc.Arbitrary<T> {
	return fc.oneof(fc.constantFrom(...few), many);
}

const int8: fc.Arbitrary<Int8> = near<Int8>(
	[0, 1, -1, 2 ** 31, 2 ** 32, -(2 ** 32), 2 ** 53 - 1, 2n ** 53n, -(2 ** 53) + 1, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)],
	fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(fromBigInt),
);
const timestamp: fc.Arbitrary<Int8> = near<Int8>(
	[0, -1, 946684800000000, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 9224318015999999999n, -210866803200000000n],
	fc.bigInt({ min: -210866803200000000n, max: 9224318015999999999n }).map(fromBigInt),
);
const text = near(
	['', 'a', 'b', 'aa', 'ab', 'a ', 'é', '\ud83d\ude00', '\uffff', '\ue000', 'abcdefghijkl', 'abcdefghijklm'],
	fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.replaceAll('\0', '')),
);
const float8 = near([0, -0, 1, -1, 0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1e300], fc.double());
const bytea = near(
	[new Uint8Array(0), new Uint8Array([0]), new Uint8Array([0, 0]), new Uint8Array([0, 255]), new Uint8Array([255])],
	fc.uint8Array({ maxLength: 20 }),
);

const decimal: fc.Arbitrary<Decimal> = near(
	[
		'0',
		'0.00',
		'1',
		'1.0',
		'1.5',
		'1.50',
		'-1.5',
		'10',
		'100',
		'99',
		'-99',
		'0.01',
		'0.001',
		'-0.001',
		'1e50',
		'-1e50',
		'1e-60',
		'1e41',
		'1e40',
		'1e39',
		'1e-41',
		'1e-40',
		'NaN',
		'Infinity',
		'-Infinity',
		'12345678901234567890',
	].map((value) => Decimal.parse(value)),
	fc
		.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }))
		.map(([value, cut, scale]) => new Decimal(fromBigInt(value / 10n ** BigInt(cut)), scale)),
);

const interval = near(
	[Interval.zero, new Interval(1, 0, 0), new Interval(0, 30, 0), new Interval(0, 0, 2592000000000), new Interval(-1, 30, 0)],
	fc
		.tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), int8)
		.map(([months, days, time]) => new Interval(months, days, time)),
);

const bits = fc.array(fc.boolean(), { maxLength: 20 }).map((list) => BitString.parse(list.map(Number).join('')));
const uuid = near(['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'], fc.uuid());
const json: fc.Arbitrary<Jsonb> = fc.letrec<{ value: Jsonb }>((tie) => ({
	value: fc.oneof(
		{ maxDepth: 3, withCrossShrink: true },
		fc.constantFrom<Jsonb>(JSON_NULL, true, false, '', 'a', new JsonbArray([]), new JsonbObject([], [])),
		text,
		decimal.filter((value) => value.isFinite),
		fc.array(tie('value'), { maxLength: 4 }).map((items) => new JsonbArray(items)),
		fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((entries) => JsonbObject.from(entries)),
	),
})).value;

function arrayOfArbitrary(element: fc.Arbitrary<unknown>): fc.Arbitrary<PgArray> {
	const items = fc.option(element, { nil: null });
	const flat = fc.array(items, { maxLength: 4 }).map((list) => PgArray.of(list));
	const bounded = fc
		.tuple(fc.array(items, { minLength: 2, maxLength: 2 }), fc.integer({ min: -3, max: 3 }))
		.map(([list, bound]) => new PgArray([1, 2], [bound, 1], list));
	return fc.oneof(flat, bounded);
}

/** A composite type for tests: (int4, text, numeric). */
export const TEST_COMPOSITE: Type = {
	...types.RECORD,
	oid: 90_001,
	name: 'test_composite',
	schema: 'public',
	kind: 'composite',
	category: 'C',
	fields: [
		{ name: 'a', typeOid: types.INT4.oid, typmod: -1 },
		{ name: 'b', typeOid: types.TEXT.oid, typmod: -1 },
		{ name: 'c', typeOid: types.NUMERIC.oid, typmod: -1 },
	],
};

export const TEST_ENUM: Type = {
	...types.TEXT,
	oid: 90_002,
	name: 'test_enum',
	schema: 'public',
	kind: 'enum',
	category: 'E',
	enumLabels: ['low', 'middle', 'high', 'abc'],
};

export const TEST_DOMAIN: Type = { ...types.INT4, oid: 90_003, name: 'test_domain', schema: 'public', kind: 'domain', baseOid: types.INT4.oid };

const nullable = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.option(value, { nil: null });
const int4 = near([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)], fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
const date = near([0, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -2440588, 2145042905], fc.integer({ min: -2440588, max: 2145042905 }));
const inet = fc.constantFrom(
	'1.2.3.4',
	'1.2.3.0/24',
	'10.0.0.0/8',
	'10.0.0.0/9',
	'10.0.0.1/8',
	'10.0.0.0',
	'0.0.0.0/0',
	'::1',
	'::/0',
	'2001:db8::/32',
	'255.255.255.255',
);

/** [type, its values]. */
export const ARBITRARY_VALUES: readonly (readonly [Type, fc.Arbitrary<unknown>])[] = [
	[types.BOOL, fc.boolean()],
	[types.INT2, near([0, -1, 32767, -32768], fc.integer({ min: -32768, max: 32767 }))],
	[types.INT4, int4],
	[types.INT8, int8],
	[types.OID, near([0, 2 ** 32 - 1, 2 ** 31], fc.integer({ min: 0, max: 2 ** 32 - 1 }))],
	[types.FLOAT4, float8.map(Math.fround)],
	[types.FLOAT8, float8],
	[types.NUMERIC, decimal],
	[types.TEXT, text],
	[types.VARCHAR, text],
	[types.BPCHAR, near(['a', 'a ', 'a  ', 'ab', ' '], text)],
	[types.BYTEA, bytea],
	[types.UUID, uuid],
	[types.DATE, date],
	[types.TIME, near([0, 86_400_000_000], fc.integer({ min: 0, max: 86_400_000_000 }))],
	[
		types.TIMETZ,
		fc.tuple(fc.integer({ min: 0, max: 86_400_000_000 }), fc.constantFrom(0, 3600, -3600, 19800, 1, -57599)).map(([time, zone]) => new TimeTz(time, zone)),
	],
	[types.TIMESTAMP, timestamp],
	[types.TIMESTAMPTZ, timestamp],
	[types.INTERVAL, interval],
	[types.BIT, bits],
	[types.VARBIT, bits],
	[types.JSONB, json],
	[types.INET, inet],
	[types.arrayOf(types.INT4)!, arrayOfArbitrary(int4)],
	[types.arrayOf(types.TEXT)!, arrayOfArbitrary(text)],
	[types.arrayOf(types.NUMERIC)!, arrayOfArbitrary(decimal)],
	[types.arrayOf(types.TIMESTAMP)!, arrayOfArbitrary(timestamp)],
	[TEST_COMPOSITE, fc.tuple(nullable(int4), nullable(text), nullable(decimal))],
	[TEST_ENUM, fc.constantFrom(...TEST_ENUM.enumLabels)],
	[TEST_DOMAIN, int4],
];

/** Finds the built-in types and the three of the tests. */
export const testLookup = {
	typeByOid: (oid: number): Type | undefined => [TEST_COMPOSITE, TEST_ENUM, TEST_DOMAIN].find((type) => type.oid === oid) ?? types.builtinTypes.typeByOid(oid),
};
