/**
 * A byte buffer that grows, for keys, rows and binary values, and the smallest contract of such buffers: encoders append to a
 * `KeyTarget`, which `GrowingKeyBuffer`, the tables' `KeyBuffer` and `ByteWriter` all are. `bytes` is replaced when it grows.
 */

export interface KeyTarget {
	bytes: Uint8Array;
	length: number;
}

/** Makes room for `count` more bytes; `length` does not change. */
export function reserveBytes(target: KeyTarget, count: number): void {
	const needed = target.length + count;
	if (needed > target.bytes.length) grow(target, needed);
}

function grow(target: KeyTarget, needed: number): void {
	const grown = Buffer.allocUnsafeSlow(Math.max(needed, target.bytes.length * 2));
	grown.set(target.bytes.subarray(0, target.length));
	target.bytes = grown;
}

/** Appends `from[start, end)`. */
export function appendBytes(target: KeyTarget, from: Uint8Array, start = 0, end = from.length): void {
	const count = end - start;
	reserveBytes(target, count);
	const { bytes, length } = target;
	copyBytes(from, start, end, bytes, length);
	target.length = length + count;
}

/** Copies `from[start, end)` to `to[at…]`. */
export function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
	const count = end - start;
	// `set` of a subarray costs more than a loop for keys and short rows.
	if (count <= 96) for (let index = 0; index < count; index++) to[at + index] = from[start + index]!;
	else to.set(start === 0 && end === from.length ? from : from.subarray(start, end), at);
}

export class GrowingKeyBuffer implements KeyTarget {
	bytes: Uint8Array;
	length: number;

	constructor(initialBytes = 256) {
		this.bytes = Buffer.allocUnsafeSlow(initialBytes);
		this.length = 0;
	}

	reset(): void {
		this.length = 0;
	}

	/** A copy of what is in it. */
	copy(): Uint8Array {
		const copy = new Uint8Array(this.length);
		const bytes = this.bytes;
		// `set` of a subarray costs more than a loop for keys of usual lengths.
		if (this.length <= 48) for (let index = 0; index < copy.length; index++) copy[index] = bytes[index]!;
		else copy.set(bytes.subarray(0, this.length));
		return copy;
	}
}
