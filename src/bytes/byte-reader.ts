/**
 * Reads what `ByteWriter` wrote: `position` moves on with every call and never passes `end`; a read past it throws
 * RangeError. Numbers are little-endian.
 */
import { readVarint, unzigzag, varintBytes } from './varint.ts';

export class ByteReader {
	bytes: Buffer;
	position: number;
	end: number;

	constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
		this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		this.position = start;
		this.end = end;
	}

	get atEnd(): boolean {
		return this.position >= this.end;
	}

	/** Moves past `count` bytes and returns where they begin. */
	skip(count: number): number {
		const at = this.position;
		if (count < 0 || at + count > this.end) throw new RangeError(`${count} bytes wanted at place ${at}, the end is at ${this.end}`);
		this.position = at + count;
		return at;
	}

	uint8(): number {
		return this.bytes[this.skip(1)]!;
	}

	uint16(): number {
		return this.bytes.readUInt16LE(this.skip(2));
	}

	uint32(): number {
		return this.bytes.readUInt32LE(this.skip(4));
	}

	/** A safe integer; throws RangeError for one past 2^53 − 1. */
	uint64(): number {
		const low = this.uint32();
		const value = this.uint32() * 0x100000000 + low;
		if (!Number.isSafeInteger(value)) throw new RangeError(`the integer at place ${this.position - 8} is past 2^53 - 1`);
		return value;
	}

	float64(): number {
		return this.bytes.readDoubleLE(this.skip(8));
	}

	varint(): number {
		const value = readVarint(this.bytes, this.position);
		this.skip(varintBytes(value));
		return value;
	}

	signedVarint(): number {
		return unzigzag(this.varint());
	}

	/** A view (not a copy) of the next `count` bytes. */
	raw(count: number): Uint8Array {
		const at = this.skip(count);
		return this.bytes.subarray(at, at + count);
	}

	/** A view of bytes whose count stands before them as a varint. */
	blob(): Uint8Array {
		return this.raw(this.varint());
	}

	text(): string {
		const count = this.varint();
		const at = this.skip(count);
		return this.bytes.toString('utf8', at, at + count);
	}
}
