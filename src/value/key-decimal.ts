/**
 * Order-preserving bytes of decimals; equal values give equal bytes whatever their scale, so the scale cannot be read back.
 *
 * A value is 0.d1d2d3… × 10^exponent with d1 ≠ 0. First a class byte, then for values other than 0 the exponent where it is not in the
 * class byte, then the digits in pairs as bytes 1 to 100 and an end byte 0. Negative values invert every byte.
 *
 * | class byte | value |
 * |---|---|
 * | 0x10, 0xf0, 0xf1 | −∞, ∞, NaN |
 * | 0x80 | 0 |
 * | 0x82 | positive, exponent below −40: the exponent + 2^23 in 3 bytes follows |
 * | 0x83 … 0xd3 | positive, exponent −40 … 40 |
 * | 0xd4 | positive, exponent above 40: in 3 bytes |
 * | inverted 0x82 … 0xd4 | the same for negative values |
 */
import type { Decimal } from './decimal.ts';
import { type KeyTarget, reserveBytes } from './key-buffer.ts';

const ZERO = 0x80;
const SMALL = 0x82;
const MIDDLE = 0x83 + 40;
const LARGE = 0xd4;
const EXPONENT_BIAS = 0x800000;

export function writeDecimalKey(value: Decimal, target: KeyTarget): void {
	const coefficient = value.coefficient;
	if (!value.isFinite || coefficient === 0) {
		reserveBytes(target, 1);
		target.bytes[target.length++] = coefficient === 0 ? ZERO : value.isNaN ? 0xf1 : value.sign > 0 ? 0xf0 : 0x10;
		return;
	}
	const negative = coefficient < 0;
	const text = coefficient.toString();
	const begin = negative ? 1 : 0;
	let end = text.length;
	while (text.charCodeAt(end - 1) === 48) end--;
	const exponent = text.length - begin - value.scale;
	reserveBytes(target, 6 + (end - begin));
	const bytes = target.bytes;
	const mask = negative ? 0xff : 0;
	let at = target.length;
	if (exponent >= -40 && exponent <= 40) bytes[at++] = (MIDDLE + exponent) ^ mask;
	else {
		const biased = exponent + EXPONENT_BIAS;
		bytes[at++] = (exponent < 0 ? SMALL : LARGE) ^ mask;
		bytes[at++] = ((biased >>> 16) & 0xff) ^ mask;
		bytes[at++] = ((biased >>> 8) & 0xff) ^ mask;
		bytes[at++] = (biased & 0xff) ^ mask;
	}
	for (let index = begin; index < end; index += 2) {
		const second = index + 1 < end ? text.charCodeAt(index + 1) - 48 : 0;
		bytes[at++] = ((text.charCodeAt(index) - 48) * 10 + second + 1) ^ mask;
	}
	bytes[at++] = mask;
	target.length = at;
}

/** The place after the decimal that begins at `start`; every byte is first combined with `mask` (0 or 255). */
export function decimalKeyEnd(bytes: Uint8Array, start: number, mask: number): number {
	const first = bytes[start]! ^ mask;
	if (first === ZERO || first === 0x10 || first >= 0xf0) return start + 1;
	const end = first > ZERO ? mask : mask ^ 0xff;
	const magnitude = first > ZERO ? first : first ^ 0xff;
	let at = start + (magnitude === SMALL || magnitude === LARGE ? 4 : 1);
	while (bytes[at] !== end) at++;
	return at + 1;
}
