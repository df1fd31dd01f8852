/** The order of values: lists as `ORDER BY` of PostgreSQL 15 (C collation) sorted them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { builtinTypes, JSON_TYPE, RECORD, TEXT, XML } from './builtin-types.ts';
import { comparatorOf, equalityKey, equalsOf, isPrimitiveOrder } from './comparison.ts';
import { compareText } from './text-order.ts';
import { defaultTextSettings } from './text-settings.ts';
import { formatText, parseText } from './value-text.ts';

const SORTED: readonly (readonly [string, readonly string[]])[] = [
	[
		'jsonb',
		[
			'[]',
			'null',
			'""',
			'"a"',
			'"aa"',
			'"b"',
			'-1',
			'1',
			'1.5',
			'false',
			'true',
			'[null]',
			'[1]',
			'[2]',
			'[[]]',
			'[{}]',
			'[1, 2]',
			'{}',
			'{"a": 1}',
			'{"b": 0}',
			'{"a": 1, "b": 2}',
		],
	],
	['float8', ['-Infinity', '-1', '0', '1', '1.5', 'Infinity', 'NaN']],
	['numeric', ['-Infinity', '-1e50', '-1', '0', '1.0', '1.5', '1e50', 'Infinity', 'NaN']],
	['_int4', ['{}', '{1}', '[0:1]={1,2}', '{1,2}', '{{1,2}}', '{{1},{2}}', '{1,NULL}', '{2}', '{NULL}']],
	['timetz', ['10:00:00+02', '11:00:00+01', '10:00:00+00', '09:00:00-01', '10:00:00-12']],
	['inet', ['0.0.0.0/0', '1.2.3.0/24', '1.2.3.4', '10.0.0.0/8', '10.0.0.1/8', '10.0.0.0/9', '10.0.0.0', '255.255.255.255', '::/0', '::1', '2001:db8::/32']],
	['varbit', ['', '0', '00', '000', '01', '1', '10', '10000000', '100000000']],
	['text', ['a', 'z', 'é', '\ue000', '\uffff', '\ud83d\ude00']],
	['date', ['-infinity', '0044-03-15 BC', '1970-01-01', '2020-02-29', 'infinity']],
	['interval', ['-1 days', '00:00:00', '29 days 23:59:59', '30 days', '31 days', '1 year']],
	['bytea', ['\\x', '\\x00', '\\x0000', '\\x01', '\\xff', '\\xff00']],
	['bool', ['f', 't']],
	['uuid', ['00000000-0000-0000-0000-000000000001', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ffffffff-ffff-ffff-ffff-ffffffffffff']],
];

for (const [name, texts] of SORTED) {
	test(`${name} sorts as in PostgreSQL`, () => {
		const type = builtinTypes.byName(name)!;
		const values = texts.map((text) => parseText(type, text, -1, builtinTypes, defaultTextSettings));
		const compare = comparatorOf(type, builtinTypes)!;
		for (let a = 0; a < values.length; a++) {
			for (let b = 0; b < values.length; b++) assert.equal(Math.sign(compare(values[a], values[b])), Math.sign(a - b), `${texts[a]} and ${texts[b]}`);
		}
		assert.deepEqual(
			[...values].sort(compare).map((value) => formatText(type, value, builtinTypes, defaultTextSettings)),
			values.map((value) => formatText(type, value, builtinTypes, defaultTextSettings)),
		);
	});
}

test('equal values of different forms are equal and share a key', () => {
	const pairs: readonly (readonly [string, string, string])[] = [
		['numeric', '1.0', '1.000000000000000000000'],
		['numeric', '12345678901234567890.50', '12345678901234567890.5'],
		['interval', '1 mon', '30 days'],
		['interval', '1 day', '24:00:00'],
		['bpchar', 'a', 'a   '],
		['jsonb', '{"a": 1.0, "b": 2}', '{"b": 2.00, "a": 1}'],
		['float8', '0', '-0'],
		['float8', 'NaN', 'NaN'],
		['_numeric', '{1.0,2}', '{1,2.0}'],
	];
	for (const [name, left, right] of pairs) {
		const type = builtinTypes.byName(name)!;
		const [a, b] = [left, right].map((text) => parseText(type, text, -1, builtinTypes, defaultTextSettings));
		assert.ok(equalsOf(type, builtinTypes)!(a, b), `${name} ${left}`);
		const key = equalityKey(type, builtinTypes)!;
		assert.equal(new Set([key.key(a), key.key(b)]).size, 1, `${name} ${left}`);
	}
});

test('types without an order have none', () => {
	for (const type of [JSON_TYPE, XML]) {
		assert.equal(comparatorOf(type, builtinTypes), undefined);
		assert.equal(equalityKey(type, builtinTypes), undefined);
		assert.equal(equalsOf(type, builtinTypes), undefined);
	}
	assert.equal(comparatorOf(builtinTypes.byName('_json')!, builtinTypes), undefined);
	assert.equal(isPrimitiveOrder(TEXT), false);
});

test('anonymous records are compared field by field, NULL last', () => {
	const compare = comparatorOf(RECORD, builtinTypes)!;
	const rows = [
		[1, 'a'],
		[1, 'b'],
		[1, null],
		[2, 'a'],
		[null, 'a'],
	];
	for (let a = 0; a < rows.length; a++) for (let b = 0; b < rows.length; b++) assert.equal(Math.sign(compare(rows[a], rows[b])), Math.sign(a - b));
});

test('text is ordered by its UTF-8 bytes', () => {
	const text = fc.string({
		unit: fc.oneof(fc.constantFrom('a', 'b', '\uffff', '\ue000', '\ud83d\ude00', 'é'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
		maxLength: 6,
	});
	fc.assert(
		fc.property(text, text, (left, right) => {
			assert.equal(Math.sign(compareText(left, right)), Buffer.compare(Buffer.from(left), Buffer.from(right)));
		}),
		{ numRuns: 2000 },
	);
});
