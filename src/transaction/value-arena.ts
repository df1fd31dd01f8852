/**
 * The values that a transaction has written: appended one behind the other, in chunks. Past a limit the oldest chunks go to a
 * temporary file; a value in one of them is read from there each time.
 *
 * A place is `chunk << 20 | offset in it`, an unsigned 32-bit integer; values that are longer than what is left of a chunk begin
 * the next, which is as long as they are if need be. The first chunk begins small and grows: most transactions need no other.
 *
 * Invariant: chunks before `#firstKept` are in the file, the others in memory; the last one always is.
 */
import { sqlError } from '../platform/errors.ts';
import { TemporaryFile } from '../platform/temporary-file.ts';
import type { Slot } from '../storage/contracts.ts';
import type { ChangeSpace } from './spilled-changes.ts';

const CHUNK_BITS = 20;
const CHUNK_BYTES = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_BYTES - 1;
const CHUNK_COUNT_MAX = 1 << (32 - CHUNK_BITS);
const FIRST_BYTES = 1024;
const LOOP_COPY_BYTES = 64;
const READ_AHEAD_BYTES = 32768;
const NO_BYTES = new Uint8Array(0);

export class ValueArena {
	/** Where chunks go past `keptBytes`; null: they stay in memory. */
	space: ChangeSpace | null = null;
	keptBytes = Number.POSITIVE_INFINITY;
	/** Bytes of memory held. */
	capacityBytes = FIRST_BYTES;
	/** The last chunk, and how much of it is used. */
	#chunk: Uint8Array = new Uint8Array(FIRST_BYTES);
	#used = 0;
	#chunks: (Uint8Array | null)[] = [this.#chunk];
	#firstKept = 0;
	/** Where the chunks before `#firstKept` are in the file, and how long they are. */
	#positions: number[] = [];
	#file: TemporaryFile | null = null;
	/** What was read from the file last, and from where. Never written to again: readers hold parts of it. */
	#ahead: Uint8Array = NO_BYTES;
	#aheadAt = 0;

	/** Copies a value; returns its place. */
	append(from: Uint8Array, start: number, length: number): number {
		if (this.#used + length > this.#chunk.length || this.#used >= CHUNK_BYTES) this.#makeRoom(length);
		const [chunk, at] = [this.#chunk, this.#used];
		if (length < LOOP_COPY_BYTES) for (let index = 0; index < length; index++) chunk[at + index] = from[start + index]!;
		else chunk.set(start === 0 && length === from.length ? from : from.subarray(start, start + length), at);
		this.#used = at + length;
		return (((this.#chunks.length - 1) << CHUNK_BITS) | at) >>> 0;
	}

	#makeRoom(length: number): void {
		const last = this.#chunks.length - 1;
		const needed = this.#used + length;
		if (last === 0 && needed <= CHUNK_BYTES && this.#used < CHUNK_BYTES) {
			const grown = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(this.#chunk.length * 2, needed)));
			grown.set(this.#chunk.subarray(0, this.#used));
			this.capacityBytes += grown.length - this.#chunk.length;
			this.#chunk = grown;
			this.#chunks[0] = grown;
			return;
		}
		if (last + 1 === CHUNK_COUNT_MAX)
			throw sqlError('53200', 'out of memory', {
				detail: 'The values that the transaction has written exceed 4 GiB.',
				hint: 'Split it into several transactions.',
			});
		while (this.space !== null && this.#firstKept <= last && this.capacityBytes + CHUNK_BYTES > this.keptBytes) this.#spillOldest(this.space);
		this.#chunk = new Uint8Array(Math.max(CHUNK_BYTES, length));
		this.#chunks.push(this.#chunk);
		this.#used = 0;
		this.capacityBytes += this.#chunk.length;
	}

	#spillOldest(space: ChangeSpace): void {
		const number = this.#firstKept;
		const chunk = this.#chunks[number]!;
		this.#file ??= new TemporaryFile(space.files, space.directory);
		const position = this.#positions[number] ?? 0;
		this.#file.handle.write(chunk, 0, chunk.length, position);
		this.#positions[number] = position;
		this.#positions[number + 1] = position + chunk.length;
		this.#chunks[number] = null;
		this.#firstKept++;
		this.capacityBytes -= chunk.length;
	}

	/** Where the value at a place is: in memory, or in a copy of a piece of the file. */
	read(place: number, length: number, slot: Slot): void {
		const chunk = this.#chunks[place >>> CHUNK_BITS]!;
		const at = place & CHUNK_MASK;
		if (chunk !== null) {
			slot.buffer = chunk;
			slot.start = at;
			slot.end = at + length;
			return;
		}
		const position = this.#positions[place >>> CHUNK_BITS]! + at;
		if (position < this.#aheadAt || position + length > this.#aheadAt + this.#ahead.length) {
			const count = Math.max(length, Math.min(READ_AHEAD_BYTES, this.#positions[this.#firstKept]! - position));
			this.#ahead = new Uint8Array(count);
			this.#aheadAt = position;
			this.#file!.handle.read(this.#ahead, 0, count, position);
		}
		slot.buffer = this.#ahead;
		slot.start = position - this.#aheadAt;
		slot.end = slot.start + length;
	}

	/** Forgets the value at a place and all behind it. */
	truncate(place: number): void {
		const number = place >>> CHUNK_BITS;
		for (let chunk = this.#chunks.length - 1; chunk > number; chunk--) this.capacityBytes -= this.#chunks[chunk]?.length ?? 0;
		this.#chunks.length = number + 1;
		this.#forgetAhead();
		if (this.#chunks[number] === null) this.#load(number);
		this.#chunk = this.#chunks[number]!;
		this.#used = place & CHUNK_MASK;
	}

	/** Takes the last chunk back from the file. */
	#load(number: number): void {
		const position = this.#positions[number]!;
		const chunk = new Uint8Array(this.#positions[number + 1]! - position);
		this.#file!.handle.read(chunk, 0, chunk.length, position);
		this.#chunks[number] = chunk;
		this.#firstKept = number;
		this.capacityBytes += chunk.length;
	}

	#forgetAhead(): void {
		this.#ahead = NO_BYTES;
		this.#aheadAt = 0;
	}

	/** Forgets everything; keeps the first chunk for the next transaction. */
	reset(): void {
		this.close();
		if (this.#chunks.length > 1) {
			this.#chunk = this.#chunks[0] ?? new Uint8Array(FIRST_BYTES);
			this.#chunks = [this.#chunk];
			this.capacityBytes = this.#chunk.length;
		}
		this.#used = 0;
		this.#firstKept = 0;
	}

	/** Removes the file; what is in it is gone. */
	close(): void {
		this.#file?.close();
		this.#file = null;
		this.#positions = [];
		this.#forgetAhead();
	}
}
