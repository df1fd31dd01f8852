/**
 * What a connection is about to send: messages are written one behind the other into one buffer, which goes to the socket once per turn (one write
 * per message was measured 3.2 times slower). What a message is, each protocol's own class says.
 *
 * Memory: buffers come from a pool that all connections share, and go back once sent (`buffer-pool.ts`).
 * Invariants: (1) content is `bytes[0, length)`; (2) `messageAt` is where the open message notes its size, −1 when none is open.
 */
import { BufferPool, type ByteTarget, NO_BYTES } from './buffer-pool.ts';

const BUFFER_BYTES = 64 * 1024;
const POOLED_MAX = 64;

const pool = new BufferPool(BUFFER_BYTES, POOLED_MAX);

export abstract class PooledOutput {
	bytes: Buffer = NO_BYTES;
	length = 0;
	messageAt = -1;

	/** Makes room for `count` more bytes and returns where they begin; `bytes` may be replaced. */
	reserve(count: number): number {
		if (this.length + count > this.bytes.length) this.bytes = pool.grow(this.bytes, this.length, this.length + count);
		return this.length;
	}

	/** Hands everything to the socket. */
	flush(target: ByteTarget): void {
		if (this.length === 0) return;
		pool.send(target, this.bytes, this.length);
		this.length = 0;
		this.bytes = NO_BYTES;
	}

	/** Gives the buffer back without sending. */
	discard(): void {
		pool.giveBack(this.bytes);
		this.bytes = NO_BYTES;
		this.length = 0;
		this.messageAt = -1;
	}
}
