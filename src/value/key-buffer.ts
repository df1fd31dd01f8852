/** A byte buffer that grows, for keys, rows and binary values. */
/** What encoders append to: `bytes` is replaced when it grows. `KeyBuffer` of tables and `ByteWriter` are such. */
export interface KeyTarget {
	bytes: Uint8Array;
	length: number;
}
/** Makes room for `count` more bytes. */
export function reserveBytes(target: KeyTarget, count: number): void {
	const needed = target.length + count;
	if (needed <= target.bytes.length) return;
	const grown = Buffer.allocUnsafeSlow(Math.max(needed, target.bytes.length * 2));
	grown.set(target.bytes.subarray(0, target.length));
	target.bytes = grown;
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
		return Uint8Array.prototype.slice.call(this.bytes, 0, this.length);
	}
}
