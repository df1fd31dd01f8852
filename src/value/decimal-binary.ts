/**
 * Decimals in rows: one byte of scale (0–250; 251: the scale follows in two bytes; 252 NaN, 253 ∞, 254 −∞), then the
 * coefficient in two's complement, little-endian, in the fewest bytes; none for 0. The end is known from outside.
 */
import { Decimal } from './decimal.ts';
import { fromBigInt } from './int8.ts';
import { type KeyTarget, reserveBytes } from './key-buffer.ts';

const WIDE_SCALE = 251;
const NAN = 252;
const INFINITY = 253;
const NEGATIVE_INFINITY = 254;

export function writeDecimal(value: Decimal, target: KeyTarget): void {
	reserveBytes(target, 16);
	const bytes = target.bytes;
	let at = target.length;
	const coefficient = value.coefficient;
	if (!value.isFinite) bytes[at++] = value.isNaN ? NAN : value.sign > 0 ? INFINITY : NEGATIVE_INFINITY;
	else {
		if (value.scale < WIDE_SCALE) bytes[at++] = value.scale;
		else {
			bytes[at++] = WIDE_SCALE;
			bytes[at++] = value.scale;
			bytes[at++] = value.scale >>> 8;
		}
		if (typeof coefficient === 'number') at = writeSafeInteger(coefficient, bytes, at);
		else {
			target.length = at;
			writeBigInteger(coefficient, target);
			return;
		}
	}
	target.length = at;
}

function writeSafeInteger(value: number, bytes: Uint8Array, start: number): number {
	let at = start;
	let rest = value;
	// Floor division by 256 leaves −1 for negative numbers, whose sign bit the last byte must show.
	while (rest !== 0 && rest !== -1) {
		const next = Math.floor(rest / 256);
		bytes[at++] = rest - next * 256;
		rest = next;
	}
	const signBit = at > start && bytes[at - 1]! >= 0x80;
	if (rest === -1 && !signBit) bytes[at++] = 0xff;
	else if (rest === 0 && signBit) bytes[at++] = 0;
	return at;
}

function writeBigInteger(value: bigint, target: KeyTarget): void {
	const magnitude = value < 0n ? ~value : value;
	const count = (magnitude.toString(16).length * 4 + 1 + 7) >> 3;
	reserveBytes(target, count);
	const unsigned = BigInt.asUintN(count * 8, value);
	const hex = unsigned.toString(16).padStart(count * 2, '0');
	for (let index = 0; index < count; index++) {
		const from = (count - 1 - index) * 2;
		target.bytes[target.length + index] = Number.parseInt(hex.slice(from, from + 2), 16);
	}
	target.length += count;
}

export function readDecimal(bytes: Uint8Array, start: number, end: number): Decimal {
	let at = start;
	let scale = bytes[at++]!;
	if (scale >= WIDE_SCALE) {
		if (scale === NAN) return Decimal.nan;
		if (scale !== WIDE_SCALE) return scale === INFINITY ? Decimal.infinity : Decimal.negativeInfinity;
		scale = bytes[at]! | (bytes[at + 1]! << 8);
		at += 2;
	}
	const count = end - at;
	if (count === 0) return new Decimal(0, scale);
	if (count > 7) return new Decimal(readBigInteger(bytes, at, end), scale);
	let value = bytes[end - 1]! >= 0x80 ? bytes[end - 1]! - 256 : bytes[end - 1]!;
	for (let index = end - 2; index >= at; index--) value = value * 256 + bytes[index]!;
	return new Decimal(Number.isSafeInteger(value) ? value : readBigInteger(bytes, at, end), scale);
}

function readBigInteger(bytes: Uint8Array, start: number, end: number): number | bigint {
	let hex = '';
	for (let index = end - 1; index >= start; index--) hex += (bytes[index]! + 256).toString(16).slice(1);
	return fromBigInt(BigInt.asIntN((end - start) * 8, BigInt(`0x${hex}`)));
}
