/**
 * Buffers that connections write into before they send: taken when something is to be said, given back as soon as the kernel has taken their
 * bytes, so an idle connection holds none. A buffer that the socket could not pass on at once belongs to the socket.
 */

/** The part of a socket that output needs. */
export interface ByteTarget {
	write(bytes: Buffer): boolean;
	readonly writableLength: number;
}

/** What a writer has before it has written. */
export const NO_BYTES = Buffer.alloc(0);

export class BufferPool {
	readonly #free: Buffer[] = [];
	readonly #bufferBytes: number;
	readonly #countMax: number;

	/** Buffers have `bufferBytes`; at most `countMax` are kept. */
	constructor(bufferBytes: number, countMax: number) {
		this.#bufferBytes = bufferBytes;
		this.#countMax = countMax;
	}

	/** A buffer of `needed` bytes or more that begins with the first `length` of `old`, which goes back. Larger ones than the pool's are made for once. */
	grow(old: Buffer, length: number, needed: number): Buffer {
		const larger =
			needed <= this.#bufferBytes ? (this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bufferBytes)) : Buffer.allocUnsafeSlow(needed + (needed >> 1));
		old.copy(larger, 0, 0, length);
		this.giveBack(old);
		return larger;
	}

	/** Hands the first `length` bytes to the socket, and the buffer back if it is free again; false when the socket has kept it. */
	send(target: ByteTarget, bytes: Buffer, length: number): boolean {
		target.write(length === bytes.length ? bytes : bytes.subarray(0, length));
		// Nothing waiting means that the kernel has copied the bytes.
		if (target.writableLength !== 0) return false;
		this.giveBack(bytes);
		return true;
	}

	giveBack(bytes: Buffer): void {
		if (bytes.length === this.#bufferBytes && this.#free.length < this.#countMax) this.#free.push(bytes);
	}
}
