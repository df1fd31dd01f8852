/** bit and varbit values. */
export class BitString {
	readonly bitCount: number;
	/** ceil(bitCount / 8) bytes, first bit highest; unused bits 0. */
	readonly bytes: Uint8Array;
	constructor(bitCount: number, bytes: Uint8Array) {
		this.bitCount = bitCount;
		this.bytes = bytes;
	}
	/** From '0101' (or B'…', X'…' text forms 'b01', 'x1F'). */
	static parse(text: string): BitString {
		throw new Error('value: not built yet');
	}
	toString(): string {
		throw new Error('value: not built yet');
	}
}
export function compareBits(left: BitString, right: BitString): number {
	throw new Error('value: not built yet');
}
