/**
 * Writes of one turn of one client, gathered into one commit: pipelined commands that each change one key are logged together,
 * which costs a fraction of as many commits. What is gathered is not seen by reads, so a command on a key that is in the batch
 * has the batch committed before it; so has every command that is not about one key alone.
 *
 * Keys are remembered by their hash: two of the same hash only end a batch early.
 */
import type { RedisSpace } from '../../model/redis/redis-space.ts';

const SLOTS = 1024;
const KEYS_MAX = 256;
const BYTES_MAX = 64 * 1024;

export class WriteBatch {
	/** The database it is about; null while it is empty. */
	space: RedisSpace | null;
	/** Replies since it began, its own and those of reads between. */
	replies: number;
	/** Where they begin in the client's output. */
	mark: number;
	#count: number;
	readonly #hashes: Int32Array;
	/** The generation that wrote a slot: others are empty. */
	readonly #generations: Int32Array;
	#generation: number;

	constructor() {
		this.space = null;
		this.replies = 0;
		this.mark = 0;
		this.#count = 0;
		this.#hashes = new Int32Array(SLOTS);
		this.#generations = new Int32Array(SLOTS);
		this.#generation = 1;
	}

	get isFull(): boolean {
		return this.#count >= KEYS_MAX || (this.space !== null && this.space.change.length >= BYTES_MAX);
	}

	has(hash: number): boolean {
		let at = hash & (SLOTS - 1);
		while (this.#generations[at] === this.#generation) {
			if (this.#hashes[at] === hash) return true;
			at = (at + 1) & (SLOTS - 1);
		}
		return false;
	}

	/** A command that changes the key of this hash joins; `mark` is where its reply will be. */
	add(space: RedisSpace, hash: number, mark: number): void {
		if (this.space === null) {
			this.space = space;
			this.mark = mark;
			this.replies = 0;
		}
		this.#count++;
		let at = hash & (SLOTS - 1);
		while (this.#generations[at] === this.#generation) at = (at + 1) & (SLOTS - 1);
		this.#generations[at] = this.#generation;
		this.#hashes[at] = hash;
	}

	/** Empties it; what was gathered has been committed. */
	reset(): void {
		this.space = null;
		this.#count = 0;
		this.#generation = (this.#generation + 1) | 0;
	}
}

export function hashKey(bytes: Uint8Array, start: number, end: number): number {
	let hash = end - start;
	for (let at = start; at < end; at++) hash = (Math.imul(hash, 0x01000193) ^ bytes[at]!) | 0;
	return hash ^ (hash >>> 15);
}
