/**
 * Operators and functions of bit and varbit. Bits count from the left, from 0 in get_bit and set_bit, from 1 in substring.
 *
 * Source: PostgreSQL manual §9.6.
 */
import { sqlError } from '../../platform/errors.ts';
import { BitString } from '../../value/bit-string.ts';
import type { OperatorEntry, ScalarFunction } from './contracts.ts';
import { operator, scalar } from './define.ts';

function combine(operation: (a: number, b: number) => number, verb: string): (a: BitString, b: BitString) => BitString {
	return (a, b) => {
		if (a.bitCount !== b.bitCount) throw sqlError('22026', `cannot ${verb} bit strings of different sizes`);
		return new BitString(
			a.bitCount,
			a.bytes.map((byte, index) => operation(byte, b.bytes[index]!)),
		);
	};
}

const text = (bits: BitString): string => {
	let result = '';
	for (let index = 0; index < bits.bitCount; index++) result += bits.bit(index);
	return result;
};

const concatenate = (a: BitString, b: BitString): BitString => BitString.parse(text(a) + text(b));

function complement(bits: BitString): BitString {
	const inverted = new BitString(
		bits.bytes.length * 8,
		bits.bytes.map((byte) => ~byte & 255),
	);
	return inverted.resize(bits.bitCount);
}

function shiftLeft(bits: BitString, count: number): BitString {
	if (count < 0) return shiftRight(bits, -count);
	const shift = Math.min(count, bits.bitCount);
	return BitString.parse(text(bits).slice(shift) + '0'.repeat(shift));
}

function shiftRight(bits: BitString, count: number): BitString {
	if (count < 0) return shiftLeft(bits, -count);
	const shift = Math.min(count, bits.bitCount);
	return BitString.parse('0'.repeat(shift) + text(bits).slice(0, bits.bitCount - shift));
}

const substringFrom = (bits: BitString, start: number): BitString => BitString.parse(text(bits).slice(Math.max(start - 1, 0)));

function substringFor(bits: BitString, start: number, count: number): BitString {
	if (count < 0) throw sqlError('22011', 'negative substring length not allowed');
	const end = start + count - 1;
	return BitString.parse(end < 1 ? '' : text(bits).slice(Math.max(start - 1, 0), end));
}

function overlay(bits: BitString, replacement: BitString, start: number, count = replacement.bitCount): BitString {
	if (start <= 0) throw sqlError('22011', 'negative substring length not allowed');
	const whole = text(bits);
	return BitString.parse(whole.slice(0, start - 1) + text(replacement) + whole.slice(start - 1 + count));
}

const position = (bits: BitString, part: BitString): number => text(bits).indexOf(text(part)) + 1;

function checkIndex(bits: BitString, index: number): void {
	if (index < 0 || index >= bits.bitCount) throw sqlError('2202E', `bit index ${index} out of valid range (0..${bits.bitCount - 1})`);
}

function getBit(bits: BitString, index: number): number {
	checkIndex(bits, index);
	return bits.bit(index);
}

function setBit(bits: BitString, index: number, bit: number): BitString {
	checkIndex(bits, index);
	if (bit !== 0 && bit !== 1) throw sqlError('22023', 'new bit must be 0 or 1');
	const bytes = bits.bytes.slice();
	const mask = 0x80 >> (index & 7);
	bytes[index >> 3] = bit === 1 ? bytes[index >> 3]! | mask : bytes[index >> 3]! & ~mask;
	return new BitString(bits.bitCount, bytes);
}

function bitCount(bits: BitString): number {
	let count = 0;
	for (const byte of bits.bytes) for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
	return count;
}

export const bitOperators: readonly OperatorEntry[] = [
	operator(
		1791,
		'bit & bit',
		scalar(
			1673,
			'bitand(bit, bit) bit',
			combine((a, b) => a & b, 'AND'),
		),
		'&',
	),
	operator(
		1792,
		'bit | bit',
		scalar(
			1674,
			'bitor(bit, bit) bit',
			combine((a, b) => a | b, 'OR'),
		),
		'|',
	),
	operator(
		1793,
		'bit # bit',
		scalar(
			1675,
			'bitxor(bit, bit) bit',
			combine((a, b) => a ^ b, 'XOR'),
		),
		'#',
	),
	operator(1794, '~ bit', scalar(1676, 'bitnot(bit) bit', complement)),
	operator(1795, 'bit << int4', scalar(1677, 'bitshiftleft(bit, int4) bit', shiftLeft)),
	operator(1796, 'bit >> int4', scalar(1678, 'bitshiftright(bit, int4) bit', shiftRight)),
	operator(1797, 'varbit || varbit', scalar(1679, 'bitcat(varbit, varbit) varbit', concatenate)),
];

export const bitFunctions: readonly ScalarFunction[] = [
	scalar(1681, 'length(bit) int4', (bits: BitString) => bits.bitCount),
	scalar(1812, 'bit_length(bit) int4', (bits: BitString) => bits.bitCount),
	scalar(1682, 'octet_length(bit) int4', (bits: BitString) => bits.bytes.length),
	scalar(6162, 'bit_count(bit) int8', bitCount),
	scalar(1680, 'substring(bit, int4, int4) bit', substringFor),
	scalar(1699, 'substring(bit, int4) bit', substringFrom),
	scalar(3030, 'overlay(bit, bit, int4, int4) bit', overlay),
	scalar(3031, 'overlay(bit, bit, int4) bit', overlay),
	scalar(1698, 'position(bit, bit) int4', position),
	scalar(3032, 'get_bit(bit, int4) int4', getBit),
	scalar(3033, 'set_bit(bit, int4, int4) bit', setBit),
];
