/** Type modifiers: what PostgreSQL accepts, refuses and prints. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BitString } from './bit-string.ts';
import { BIT, BPCHAR, builtinTypes, INT4, NUMERIC, TEXT, TIMESTAMP, VARBIT, VARCHAR } from './builtin-types.ts';
import { numericTypmod } from './decimal.ts';
import { PgArray } from './pg-array.ts';
import { applyTypmod, formatTypeName, typmodFromModifiers } from './typmod.ts';

const name = (type: string, typmod: number): string => formatTypeName(builtinTypes.byName(type)!, typmod, builtinTypes);

test('names of types are those of format_type', () => {
	const names: readonly (readonly [string, number, string])[] = [
		['numeric', numericTypmod(10, 2), 'numeric(10,2)'],
		['_numeric', numericTypmod(5, -2), 'numeric(5,-2)[]'],
		['varchar', 7, 'character varying(3)'],
		['bpchar', 5, 'character(1)'],
		['bit', 3, 'bit(3)'],
		['varbit', -1, 'bit varying'],
		['timestamp', 3, 'timestamp(3) without time zone'],
		['timestamptz', -1, 'timestamp with time zone'],
		['timetz', 6, 'time(6) with time zone'],
		['interval', (4 << 16) | 0xffff, 'interval year'],
		['interval', (0x7fff << 16) | 3, 'interval(3)'],
		['_int4', -1, 'integer[]'],
		['char', -1, '"char"'],
		['any', -1, '"any"'],
		['_record', -1, 'record[]'],
		['oidvector', -1, 'oidvector'],
		['int8', -1, 'bigint'],
		['float4', -1, 'real'],
		['regclass', -1, 'regclass'],
	];
	for (const [type, typmod, expected] of names) assert.equal(name(type, typmod), expected);
});

test('modifiers out of range are refused', () => {
	const refusals: readonly (readonly [typeof INT4, readonly number[], string, string])[] = [
		[NUMERIC, [0], '22023', 'NUMERIC precision 0 must be between 1 and 1000'],
		[NUMERIC, [5, -1001], '22023', 'NUMERIC scale -1001 must be between -1000 and 1000'],
		[NUMERIC, [1, 2, 3], '22023', 'invalid NUMERIC type modifier'],
		[VARCHAR, [0], '22023', 'length for type varchar must be at least 1'],
		[BPCHAR, [10485761], '22023', 'length for type char cannot exceed 10485760'],
		[BIT, [0], '22023', 'length for type bit must be at least 1'],
		[VARBIT, [83886081], '22023', 'length for type varbit cannot exceed 83886080'],
		[INT4, [3], '42601', 'type modifier is not allowed for type "int4"'],
		[TEXT, [3], '42601', 'type modifier is not allowed for type "text"'],
	];
	for (const [type, modifiers, sqlstate, message] of refusals) assert.throws(() => typmodFromModifiers(type, modifiers), { sqlstate, message });
	assert.equal(typmodFromModifiers(VARCHAR, [3]), 7);
	assert.equal(typmodFromModifiers(NUMERIC, [10, 2]), numericTypmod(10, 2));
	assert.equal(typmodFromModifiers(TIMESTAMP, [7]), 6);
	assert.equal(typmodFromModifiers(NUMERIC, []), -1);
});

test('an explicit cast cuts, an implicit one refuses', () => {
	assert.equal(applyTypmod(VARCHAR, 'abcd', 7, true, builtinTypes), 'abc');
	assert.throws(() => applyTypmod(VARCHAR, 'abcd', 7, false, builtinTypes), { sqlstate: '22001' });
	assert.equal(applyTypmod(BPCHAR, 'a\ud83d\ude00', 8, false, builtinTypes), 'a\ud83d\ude00  ');
	assert.equal(String(applyTypmod(BIT, BitString.parse('101'), 4, true, builtinTypes)), '1010');
	assert.equal(String(applyTypmod(VARBIT, BitString.parse('10101'), 4, true, builtinTypes)), '1010');
	assert.deepEqual((applyTypmod(builtinTypes.byName('_varchar')!, PgArray.of(['abcd', null]), 7, true, builtinTypes) as PgArray).elements, ['abc', null]);
});
