/** bit and varbit values: a count of bits, and bytes with the first bit highest and unused bits 0. */
import { sqlError } from '../platform/errors.ts';

export class BitString {
	readonly bitCount: number;
	/** ceil(bitCount / 8) bytes. */
	readonly bytes: Uint8Array;

	constructor(bitCount: number, bytes: Uint8Array) {
		this.bitCount = bitCount;
		this.bytes = bytes;
	}

	/** From '0101', 'b0101' or 'x1F'. */
	static parse(text: string): BitString {
		const first = text.charAt(0).toLowerCase();
		if (first === 'x') return parseHexadecimal(text.slice(1));
		const digits = first === 'b' ? text.slice(1) : text;
		const bytes = new Uint8Array((digits.length + 7) >> 3);
		for (let index = 0; index < digits.length; index++) {
			const code = digits.charCodeAt(index);
			if (code === 49) bytes[index >> 3]! |= 0x80 >> (index & 7);
			else if (code !== 48) throw sqlError('22P02', `"${characterAt(digits, index)}" is not a valid binary digit`);
		}
		return new BitString(digits.length, bytes);
	}

	/** Bit `index` from the left, 0 or 1. */
	bit(index: number): number {
		return (this.bytes[index >> 3]! >> (7 - (index & 7))) & 1;
	}

	/** The first `count` bits, with zeros added on the right if there are fewer. */
	resize(count: number): BitString {
		if (count === this.bitCount) return this;
		const bytes = new Uint8Array((count + 7) >> 3);
		bytes.set(this.bytes.subarray(0, bytes.length));
		if ((count & 7) !== 0 && count < this.bitCount) bytes[bytes.length - 1]! &= 0xff << (8 - (count & 7));
		return new BitString(count, bytes);
	}

	toString(): string {
		let text = '';
		for (const byte of this.bytes) text += byte.toString(2).padStart(8, '0');
		return text.slice(0, this.bitCount);
	}
}

/** Bytes first, then the count of bits: PostgreSQL's order. */
export function compareBits(left: BitString, right: BitString): number {
	const common = Math.min(left.bytes.length, right.bytes.length);
	for (let index = 0; index < common; index++) {
		const difference = left.bytes[index]! - right.bytes[index]!;
		if (difference !== 0) return difference;
	}
	return left.bitCount - right.bitCount;
}

function parseHexadecimal(digits: string): BitString {
	const bytes = new Uint8Array((digits.length + 1) >> 1);
	for (let index = 0; index < digits.length; index++) {
		const digit = Number.parseInt(digits.charAt(index), 16);
		if (Number.isNaN(digit)) throw sqlError('22P02', `"${characterAt(digits, index)}" is not a valid hexadecimal digit`);
		bytes[index >> 1]! |= (index & 1) === 0 ? digit << 4 : digit;
	}
	return new BitString(digits.length * 4, bytes);
}

function characterAt(text: string, index: number): string {
	return String.fromCodePoint(text.codePointAt(index)!);
}
