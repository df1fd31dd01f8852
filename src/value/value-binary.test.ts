/** Binary forms: the bytes of PostgreSQL 15's send functions, and back and forth for random values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ARBITRARY_VALUES, testLookup } from './arbitrary-values.testing.ts';
import { builtinTypes, INT4, JSONB, NUMERIC, TEXT, UUID, VARCHAR } from './builtin-types.ts';
import { GrowingKeyBuffer } from './key-buffer.ts';
import { defaultTextSettings } from './text-settings.ts';
import type { Type } from './type.ts';
import { binaryDecoder, binaryEncoder } from './value-binary.ts';
import { parseText } from './value-text.ts';

function encode(type: Type, value: unknown): Uint8Array {
	const target = new GrowingKeyBuffer(1);
	binaryEncoder(type, testLookup)(value, target);
	return target.copy();
}

/** [type, text, hexadecimal of its send function] */
const SENT: readonly (readonly [string, string, string])[] = [
	['bool', 't', '01'],
	['bool', 'f', '00'],
	['int2', '-5', 'fffb'],
	['int2', '32767', '7fff'],
	['int4', '-7', 'fffffff9'],
	['int4', '2147483647', '7fffffff'],
	['int8', '1', '0000000000000001'],
	['int8', '-9223372036854775808', '8000000000000000'],
	['int8', '9223372036854775807', '7fffffffffffffff'],
	['int8', '-5', 'fffffffffffffffb'],
	['int8', '9007199254740993', '0020000000000001'],
	['float4', '1.5', '3fc00000'],
	['float4', 'NaN', '7fc00000'],
	['float4', '-0', '80000000'],
	['float8', '0.1', '3fb999999999999a'],
	['float8', '-Infinity', 'fff0000000000000'],
	['float8', '5e-324', '0000000000000001'],
	['numeric', '0', '0000000000000000'],
	['numeric', '0.00', '0000000000000002'],
	['numeric', '1', '00010000000000000001'],
	['numeric', '10000', '00010001000000000001'],
	['numeric', '12345.678', '0003000100000003000109291a7c'],
	['numeric', '-0.0001', '0001ffff400000040001'],
	['numeric', '0.00001', '0001fffe0000000503e8'],
	['numeric', '1e20', '00010005000000000001'],
	['numeric', 'NaN', '00000000c0000000'],
	['numeric', 'Infinity', '00000000d0000020'],
	['numeric', '-Infinity', '00000000f0000020'],
	['numeric', '100000000.00010000', '00040002000000080001000000000001'],
	['numeric', '9999', '0001000000000000270f'],
	['numeric', '0.5', '0001ffff000000011388'],
	['numeric', '123456789012345678901234567890.123', '0009000700000003000c0d801ed204d2162e23340d801ed204ce'],
	['text', '', ''],
	['text', 'aé😀', '61c3a9f09f9880'],
	['date', '2000-01-01', '00000000'],
	['date', '1999-12-31', 'ffffffff'],
	['date', 'infinity', '7fffffff'],
	['date', '-infinity', '80000000'],
	['date', '4714-11-24 BC', 'ffda97a7'],
	['time', '24:00', '000000141dd76000'],
	['time', '10:20:30.5', '00000008ab1c58a0'],
	['timetz', '10:00+05:30', '0000000861c46800ffffb2a8'],
	['timetz', '10:00-08', '0000000861c4680000007080'],
	['timestamp', '2020-01-02 03:04:05.678', '00023e1e36f96bb0'],
	['timestamp', 'infinity', '7fffffffffffffff'],
	['timestamp', '-infinity', '8000000000000000'],
	['timestamp', '294276-12-31 23:59:59.999999', '7fffff5bb3b29fff'],
	['timestamp', '4714-11-24 BC', 'fd0f7cc1411fa000'],
	['timestamp', '1970-01-01', 'fffca2fec4c82000'],
	['timestamptz', '2020-01-02 03:04:05.678+02', '00023e1c89d223b0'],
	['interval', '1 year -2 days 03:04:05.6', '00000002925e7b00fffffffe0000000c'],
	['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc999c0b4ef8bb6d6bb9bd380a11'],
	['jsonb', '{"a":[1,2.50,null]}', '017b2261223a205b312c20322e35302c206e756c6c5d7d'],
	['varbit', '101', '00000003a0'],
	['varbit', '', '00000000'],
	['int4range', '[1,5)', '0200000004000000010000000400000005'],
	['int4range', 'empty', '01'],
	['numrange', '(,)', '18'],
	['int4multirange', '{[1,2)}', '00000001000000110200000004000000010000000400000002'],
	['point', '(1,-2.5)', '3ff0000000000000c004000000000000'],
	['box', '(3,4),(1,2)', '400800000000000040100000000000003ff00000000000004000000000000000'],
	['path', '[(1,2)]', '00000000013ff00000000000004000000000000000'],
	['polygon', '((1,2))', '000000013ff00000000000004000000000000000'],
	['circle', '<(1,2),3>', '3ff000000000000040000000000000004008000000000000'],
	['varbit', '10101010101', '0000000baaa0'],
	['inet', '1.2.3.4', '0220000401020304'],
	['inet', '10.0.0.0/8', '020800040a000000'],
	['inet', '::1', '0380001000000000000000000000000000000001'],
	['cidr', '10/8', '020801040a000000'],
	['_int4', '{}', '000000000000000000000017'],
	['_int4', '{1,NULL,3}', '00000001000000010000001700000003000000010000000400000001ffffffff0000000400000003'],
	['_int4', '[0:1]={1,2}', '000000010000000000000017000000020000000000000004000000010000000400000002'],
	['_int4', '{{1,2},{3,4}}', '000000020000000000000017000000020000000100000002000000010000000400000001000000040000000200000004000000030000000400000004'],
	['_text', '{a,"b c",NULL}', '0000000100000001000000190000000300000001000000016100000003622063ffffffff'],
	['_numeric', '{1.50,NaN}', '0000000100000000000006a400000002000000010000000c0002000000000002000113880000000800000000c0000000'],
	['bytea', '\\x00ff', '00ff'],
	['oid', '4294967295', 'ffffffff'],
	['int2vector', '1 2', '0000000100000000000000150000000200000000000000020001000000020002'],
	['tid', '(5,6)', '000000050006'],
	['money', '-12.34', 'fffffffffffffb2e'],
];

test('values are sent as PostgreSQL sends them', () => {
	for (const [name, text, hex] of SENT) {
		const type = builtinTypes.byName(name)!;
		assert.equal(Buffer.from(encode(type, parseText(type, text, -1, builtinTypes, defaultTextSettings))).toString('hex'), hex, `${name} ${text}`);
	}
});

for (const [type, values] of ARBITRARY_VALUES) {
	test(`binary ${type.name} is received as it was sent`, () => {
		fc.assert(
			fc.property(values, (value) => {
				const bytes = encode(type, value);
				const framed = Buffer.concat([Buffer.from([1, 2]), bytes, Buffer.from([3])]);
				assert.deepEqual(binaryDecoder(type, -1, testLookup)(framed, 2, 2 + bytes.length), value);
			}),
			{ numRuns: 300 },
		);
	});

	test(`malformed binary ${type.name} is refused or read, and never breaks`, () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
				try {
					binaryDecoder(type, -1, testLookup)(bytes, 0, bytes.length);
				} catch (error) {
					assert.match(String((error as { sqlstate?: string }).sqlstate), /^(22|42804|0A000|54)/, String(error));
				}
			}),
			{ numRuns: 300 },
		);
	});
}

test('wrong lengths, versions and UTF-8 are refused', () => {
	const read = (type: Type, bytes: readonly number[], typmod = -1): unknown =>
		binaryDecoder(type, typmod, builtinTypes)(Uint8Array.from(bytes), 0, bytes.length);
	assert.throws(() => read(INT4, [1, 2, 3]), { sqlstate: '22P03' });
	assert.throws(() => read(UUID, [1]), { sqlstate: '22P03' });
	assert.throws(() => read(JSONB, [2, 49]), { sqlstate: '22P03', message: 'unsupported jsonb version number 2' });
	assert.throws(() => read(TEXT, [97, 0xff]), { sqlstate: '22021', message: 'invalid byte sequence for encoding "UTF8": 0xff' });
	assert.throws(() => read(TEXT, [97, 0xc3]), { sqlstate: '22021', message: 'invalid byte sequence for encoding "UTF8": 0xc3' });
	assert.throws(() => read(TEXT, [97, 0]), { sqlstate: '22021', message: 'invalid byte sequence for encoding "UTF8": 0x00' });
	assert.equal(read(TEXT, [0xef, 0xbf, 0xbd]), '\ufffd');
	assert.throws(() => read(VARCHAR, [97, 98, 99, 100], 7), { sqlstate: '22001' });
	assert.throws(() => read(NUMERIC, [0, 1, 0, 0, 0, 0, 0, 0, 0x27, 0x10]), { sqlstate: '22P03', message: 'invalid digit in external "numeric" value' });
	// An array that claims more elements than its bytes can hold.
	assert.throws(() => read(builtinTypes.byName('_int4')!, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1]), { sqlstate: '22P03' });
});
