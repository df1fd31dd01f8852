/** The text of every type, against what PostgreSQL 15 said to the same text (`value-text.cases.ts`), and back and forth for random values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PolylogError } from '../platform/errors.ts';
import { ARBITRARY_VALUES, testLookup } from './arbitrary-values.testing.ts';
import { BIT, BOOL, BPCHAR, builtinTypes, INT4, NUMERIC, RECORD, REGCLASS, TEXT, TIMESTAMP, VARBIT, VARCHAR } from './builtin-types.ts';
import { equalsOf } from './comparison.ts';
import { Decimal, numericTypmod } from './decimal.ts';
import { PgArray } from './pg-array.ts';
import { defaultTextSettings, parseDateStyle, type TextSettings } from './text-settings.ts';
import { sessionTimeZone } from './time-zone.ts';
import { TEXT_CASES } from './value-text.cases.ts';
import { formatText, parseText } from './value-text.ts';

function result(type: string, text: string, settings: TextSettings): string {
	try {
		const found = builtinTypes.byName(type)!;
		return formatText(found, parseText(found, text, -1, builtinTypes, settings), builtinTypes, settings);
	} catch (error) {
		if (!(error instanceof PolylogError)) throw error;
		return `!${error.sqlstate} ${error.message}${error.detail === undefined ? '' : ` / ${error.detail}`}`;
	}
}

for (const group of TEXT_CASES) {
	test(`text of ${group.type} is PostgreSQL's (${group.dateStyle}; ${group.timeZone}; ${group.intervalStyle})`, () => {
		const style = parseDateStyle(group.dateStyle, defaultTextSettings)!;
		const settings = { ...defaultTextSettings, ...style, timeZone: sessionTimeZone(group.timeZone)!, intervalStyle: group.intervalStyle };
		for (const [text, expected] of group.cases) assert.equal(result(group.type, text, settings), expected, JSON.stringify(text));
	});
}

for (const [type, values] of ARBITRARY_VALUES) {
	test(`text of ${type.name} reads back as the same value`, () => {
		fc.assert(
			fc.property(values, (value) => {
				const text = formatText(type, value, testLookup, defaultTextSettings);
				const again = parseText(type, text, -1, testLookup, defaultTextSettings);
				assert.equal(formatText(type, again, testLookup, defaultTextSettings), text);
				assert.ok(equalsOf(type, testLookup)!(again, value), `${text} read as another value`);
			}),
			{ numRuns: 300 },
		);
	});
}

test('lengths, precisions and scales hold when text is read', () => {
	const read = (type: typeof TEXT, text: string, typmod: number): unknown => parseText(type, text, typmod, builtinTypes, defaultTextSettings);
	assert.equal(read(VARCHAR, 'abc  ', 7), 'abc');
	assert.equal(read(VARCHAR, 'a\ud83d\ude00b', 7), 'a\ud83d\ude00b');
	assert.throws(() => read(VARCHAR, 'abcd', 7), { sqlstate: '22001', message: 'value too long for type character varying(3)' });
	assert.equal(read(BPCHAR, 'ab', 8), 'ab  ');
	assert.throws(() => read(BPCHAR, 'abcde', 8), { sqlstate: '22001', message: 'value too long for type character(4)' });
	assert.equal(String(read(NUMERIC, '1.005', numericTypmod(5, 2))), '1.01');
	assert.throws(() => read(NUMERIC, '1000', numericTypmod(5, 2)), {
		sqlstate: '22003',
		detail: 'A field with precision 5, scale 2 must round to an absolute value less than 10^3.',
	});
	assert.throws(() => read(BIT, '101', 4), { sqlstate: '22026', message: 'bit string length 3 does not match type bit(4)' });
	assert.throws(() => read(VARBIT, '10101', 4), { sqlstate: '22001', message: 'bit string too long for type bit varying(4)' });
	assert.equal(read(TIMESTAMP, '2020-01-02 03:04:05.678', 1), 1577934245700000);
});

test('booleans are read from words and what tells them apart', () => {
	const read = (text: string): unknown => parseText(BOOL, text, -1, builtinTypes, defaultTextSettings);
	for (const text of ['t', 'TRUE', ' tru ', 'y', 'ye', 'on', '1']) assert.equal(read(text), true, text);
	for (const text of ['f', 'False', 'no', 'n', 'of', 'off', '0']) assert.equal(read(text), false, text);
	for (const text of ['', 'o', '2', 'truex'])
		assert.throws(() => read(text), { sqlstate: '22P02', message: `invalid input syntax for type boolean: "${text}"` });
});

test('records are read and printed with their quotes', () => {
	const fields = [INT4, TEXT, NUMERIC].map((type, index) => ({ name: `f${index}`, typeOid: type.oid, typmod: -1 }));
	const type = { ...RECORD, name: 'triple', kind: 'composite' as const, oid: 90_010, fields };
	const read = (text: string): unknown => parseText(type, text, -1, builtinTypes, defaultTextSettings);
	const print = (value: unknown): string => formatText(type, value, builtinTypes, defaultTextSettings);
	assert.deepEqual(read('(1,"a""b\\\\c",)'), [1, 'a"b\\c', null]);
	assert.deepEqual(read('( 1 , x y ,2.5)'), [1, ' x y ', Decimal.parse('2.5')]);
	assert.equal(print([1, 'a"b\\c, ()', null]), '(1,"a""b\\\\c, ()",)');
	assert.equal(print([null, '', Decimal.parse('1.50')]), '(,"",1.50)');
	const refusals: readonly (readonly [string, string])[] = [
		['(1,2)', 'Too few columns.'],
		['(1,2,3,4)', 'Too many columns.'],
		['1,2,3', 'Missing left parenthesis.'],
		['(1,2,3)x', 'Junk after right parenthesis.'],
		['(1,"2,3', 'Unexpected end of input.'],
	];
	for (const [text, detail] of refusals) assert.throws(() => read(text), { sqlstate: '22P02', message: `malformed record literal: "${text}"`, detail });
});

test('anonymous records are printed by the form of their values', () => {
	const value = [1, 'a b', null, '', true, PgArray.of([1, 2]), [1, 'x y']];
	assert.equal(formatText(RECORD, value, builtinTypes, defaultTextSettings), '(1,"a b",,"",t,"{1,2}","(1,""x y"")")');
});

test('names of objects are asked of the catalog', () => {
	const names = { nameOf: (_: number, oid: number) => (oid === 7 ? 'album' : undefined), oidOf: () => 7 };
	const settings = { ...defaultTextSettings, names };
	assert.equal(parseText(REGCLASS, 'album', -1, builtinTypes, settings), 7);
	assert.equal(parseText(REGCLASS, '12', -1, builtinTypes, settings), 12);
	assert.deepEqual(
		[0, 7, 8].map((oid) => formatText(REGCLASS, oid, builtinTypes, settings)),
		['-', 'album', '8'],
	);
	assert.throws(() => parseText(REGCLASS, 'album', -1, builtinTypes, defaultTextSettings), { sqlstate: '0A000' });
});

test('text with a 0 character is refused', () => {
	assert.throws(() => parseText(TEXT, 'a\0b', -1, builtinTypes, defaultTextSettings), { sqlstate: '22021' });
});
