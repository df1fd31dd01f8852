/** Eight-byte numbers inside keys, in their order as unsigned bytes. */
import type { Int8 } from './int8.ts';
import * as wide from './wide-integer.ts';

/** The sign bit is flipped, and all bits of negative numbers inverted. */
export function writeFloat64(bytes: Uint8Array, at: number, value: number): void {
	// −0 equals 0; every NaN is the same one.
	wide.writeFloat64Be(bytes, at, value === 0 ? 0 : Number.isNaN(value) ? Number.NaN : value);
	if (value < 0) for (let index = at; index < at + 8; index++) bytes[index]! ^= 0xff;
	else bytes[at]! ^= 0x80;
}

/** The sign bit is flipped. */
export function writeInt8(bytes: Uint8Array, at: number, value: Int8): void {
	wide.writeInt8Be(bytes, at, value);
	bytes[at]! ^= 0x80;
}
