/**
 * A cursor that tells a serializable transaction's read set which range was really read: up to the last entry shown, or to the
 * bound when the end was reached.
 */
import type { Cursor } from '../storage/contracts.ts';
import type { ReadSet } from './validation.ts';

export class TrackingCursor implements Cursor {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	readonly #inner: Cursor;
	readonly #reads: ReadSet;
	readonly #keyspaceId: number;
	readonly #reverse: boolean;
	#lower: Uint8Array | null;
	#upper: Uint8Array | null;
	#started: boolean;
	#ended: boolean;

	constructor(inner: Cursor, reads: ReadSet, keyspaceId: number, lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean) {
		this.keyBuffer = inner.keyBuffer;
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = inner.valueBuffer;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.#inner = inner;
		this.#reads = reads;
		this.#keyspaceId = keyspaceId;
		this.#reverse = reverse;
		this.#lower = lower;
		this.#upper = upper;
		this.#started = false;
		this.#ended = false;
		reads.openCursors.add(this);
	}

	next(): boolean {
		const inner = this.#inner;
		this.#started = true;
		if (!inner.next()) {
			this.#ended = true;
			return false;
		}
		this.keyBuffer = inner.keyBuffer;
		this.keyStart = inner.keyStart;
		this.keyEnd = inner.keyEnd;
		this.valueBuffer = inner.valueBuffer;
		this.valueStart = inner.valueStart;
		this.valueEnd = inner.valueEnd;
		return true;
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		this.record();
		this.#inner.seek(lower, upper);
		this.#lower = lower;
		this.#upper = upper;
		this.#started = false;
		this.#ended = false;
	}

	close(): void {
		this.record();
		this.#started = false;
		this.#reads.openCursors.delete(this);
		this.#inner.close();
	}

	/** Adds the range read so far to the read set. */
	record(): void {
		if (!this.#started) return;
		const lower = this.#lower === null ? null : new Uint8Array(this.#lower);
		const upper = this.#upper === null ? null : new Uint8Array(this.#upper);
		if (this.#ended) this.#reads.range(this.#keyspaceId, lower, upper);
		else if (this.#reverse) this.#reads.range(this.#keyspaceId, this.#lastKey(0), upper);
		else this.#reads.range(this.#keyspaceId, lower, this.#lastKey(1));
	}

	/** A copy of the last key shown, with `zeros` bytes of 0 after it: its successor with one. */
	#lastKey(zeros: number): Uint8Array {
		const key = new Uint8Array(this.keyEnd - this.keyStart + zeros);
		key.set(this.keyBuffer.subarray(this.keyStart, this.keyEnd));
		return key;
	}
}
