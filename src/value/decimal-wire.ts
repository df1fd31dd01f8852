/**
 * numeric's binary form on the wire, big-endian: count of digits of base 10000, 2; weight of the first, 2; sign, 2 (0 positive, 0x4000
 * negative, 0xC000 NaN, 0xD000 ∞, 0xF000 −∞); display scale, 2; digits, 2 each. Source: PostgreSQL 15 `numeric_send`.
 */
import { sqlError } from '../platform/errors.ts';
import { Decimal, tenToThe } from './decimal.ts';
import { fromBigInt } from './int8.ts';
import { type KeyTarget, reserveBytes } from './key-buffer.ts';

const NEGATIVE = 0x4000;
const NAN = 0xc000;
const INFINITY = 0xd000;
const NEGATIVE_INFINITY = 0xf000;

function writeInt16(target: KeyTarget, value: number): void {
	reserveBytes(target, 2);
	target.bytes[target.length++] = value >> 8;
	target.bytes[target.length++] = value;
}

export function writeDecimalWire(value: Decimal, target: KeyTarget): void {
	const coefficient = value.coefficient;
	if (!value.isFinite) {
		writeInt16(target, 0);
		writeInt16(target, 0);
		writeInt16(target, value.isNaN ? NAN : value.sign > 0 ? INFINITY : NEGATIVE_INFINITY);
		// PostgreSQL shows infinities with this scale; readers pass over it.
		writeInt16(target, value.isNaN ? 0 : 32);
		return;
	}
	const negative = coefficient < 0;
	const digits = (negative ? -coefficient : coefficient).toString();
	// Groups of four are counted from the point: pad the fraction on the right, the whole on the left.
	const right = (4 - (value.scale % 4)) % 4;
	const padded = digits + '0'.repeat(right);
	const left = (4 - (padded.length % 4)) % 4;
	const text = '0'.repeat(left) + padded;
	let first = 0;
	let last = text.length / 4;
	const group = (index: number): number => Number(text.slice(index * 4, index * 4 + 4));
	let weight = last - (value.scale + right) / 4 - 1;
	while (first < last && group(first) === 0) {
		first++;
		weight--;
	}
	while (last > first && group(last - 1) === 0) last--;
	writeInt16(target, last - first);
	writeInt16(target, first === last ? 0 : weight);
	writeInt16(target, negative ? NEGATIVE : 0);
	writeInt16(target, value.scale);
	for (let index = first; index < last; index++) writeInt16(target, group(index));
}

export function readDecimalWire(bytes: Uint8Array, start: number, end: number): Decimal {
	const int16 = (at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
	const count = end - start < 8 ? -1 : int16(start);
	if (count < 0 || end - start !== 8 + 2 * count) throw sqlError('22P03', 'invalid length in external "numeric" value');
	const weight = (int16(start + 2) << 16) >> 16;
	const sign = int16(start + 4);
	const scale = int16(start + 6);
	if (sign === NAN) return Decimal.nan;
	if (sign === INFINITY || sign === NEGATIVE_INFINITY) return sign === INFINITY ? Decimal.infinity : Decimal.negativeInfinity;
	if (sign !== 0 && sign !== NEGATIVE) throw sqlError('22P03', 'invalid sign in external "numeric" value');
	if (scale > 16383) throw sqlError('22P03', 'invalid scale in external "numeric" value');
	let text = '';
	for (let index = 0; index < count; index++) {
		const digit = int16(start + 8 + 2 * index);
		if (digit > 9999) throw sqlError('22P03', 'invalid digit in external "numeric" value');
		text += String(digit).padStart(4, '0');
	}
	if (text === '') return new Decimal(0, scale);
	// text × 10^(4 (weight − count + 1)), shown with `scale` digits; digits past the scale are cut.
	const shift = 4 * (weight - count + 1) + scale;
	const magnitude = shift >= 0 ? BigInt(text) * tenToThe(shift) : BigInt(text) / tenToThe(-shift);
	return new Decimal(fromBigInt(sign === NEGATIVE ? -magnitude : magnitude), scale);
}
