/**
 * A byte buffer that grows: what encoders write into. `bytes[0, length)` is the content; `bytes` is replaced when the buffer
 * grows, so it must be read again after every call. Numbers are little-endian. `reset` keeps the memory for the next use:
 * one writer serves a hot path without allocating.
 */
import { varintBytes, writeVarint, zigzag } from './varint.ts';

export class ByteWriter {
	bytes: Buffer;
	length: number;

	constructor(initialBytes = 256) {
		this.bytes = Buffer.allocUnsafeSlow(initialBytes);
		this.length = 0;
	}

	reset(): void {
		this.length = 0;
	}

	/** Makes room for `count` more bytes; returns where they begin. `length` does not change. */
	reserve(count: number): number {
		const needed = this.length + count;
		if (needed > this.bytes.length) this.#grow(needed);
		return this.length;
	}

	uint8(value: number): void {
		const at = this.reserve(1);
		this.bytes[at] = value;
		this.length = at + 1;
	}

	uint16(value: number): void {
		const at = this.reserve(2);
		this.length = this.bytes.writeUInt16LE(value, at);
	}

	uint32(value: number): void {
		const at = this.reserve(4);
		const bytes = this.bytes;
		bytes[at] = value;
		bytes[at + 1] = value >>> 8;
		bytes[at + 2] = value >>> 16;
		bytes[at + 3] = value >>> 24;
		this.length = at + 4;
	}

	/** A safe integer, 0 to 2^53 − 1, in 8 bytes. */
	uint64(value: number): void {
		this.uint32(value % 0x100000000);
		this.uint32(Math.floor(value / 0x100000000));
	}

	float64(value: number): void {
		const at = this.reserve(8);
		this.length = this.bytes.writeDoubleLE(value, at);
	}

	/** An unsigned safe integer in 1 to 8 bytes; see `varint.ts`. */
	varint(value: number): void {
		const at = this.reserve(varintBytes(value));
		this.length = writeVarint(this.bytes, at, value);
	}

	/** A signed integer within ±2^52. */
	signedVarint(value: number): void {
		this.varint(zigzag(value));
	}

	/** The bytes `from[start, end)` as they are. */
	raw(from: Uint8Array, start = 0, end = from.length): void {
		const count = end - start;
		const at = this.reserve(count);
		const bytes = this.bytes;
		if (count < 24) for (let index = 0; index < count; index++) bytes[at + index] = from[start + index]!;
		else bytes.set(start === 0 && end === from.length ? from : from.subarray(start, end), at);
		this.length = at + count;
	}

	/** The count of bytes as a varint, then the bytes. */
	blob(from: Uint8Array, start = 0, end = from.length): void {
		this.varint(end - start);
		this.raw(from, start, end);
	}

	/** The text as UTF-8, its byte count as a varint before it. */
	text(value: string): void {
		const bytes = Buffer.byteLength(value, 'utf8');
		this.varint(bytes);
		const at = this.reserve(bytes);
		this.bytes.write(value, at, bytes, 'utf8');
		this.length = at + bytes;
	}

	/** A copy of the content. */
	copy(): Uint8Array {
		return new Uint8Array(this.bytes.subarray(0, this.length));
	}

	#grow(needed: number): void {
		const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
		grown.set(this.bytes.subarray(0, this.length));
		this.bytes = grown;
	}
}
