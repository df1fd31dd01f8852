/**
 * A cursor over a snapshot with the transaction's own entries laid over it. It shows the own entries numbered below `limit`;
 * what is written while it is open does not move it.
 *
 * A cursor must not be used after a rollback to a savepoint set before it was opened.
 */
import { compareBytes } from '../bytes/compare-bytes.ts';
import type { Cursor, Slot } from '../storage/contracts.ts';
import type { OrderedEntries } from './ordered-entries.ts';
import type { WriteSet } from './write-set.ts';

const NO_BYTES = new Uint8Array(0);

export class MergeCursor implements Cursor {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	readonly #base: Cursor;
	readonly #entries: WriteSet;
	readonly #ordered: OrderedEntries;
	readonly #reverse: boolean;
	readonly #limit: number;
	#lower: Uint8Array | null;
	#upper: Uint8Array | null;
	/** The base stands on an entry not given out yet. */
	#baseReady: boolean;
	#baseDone: boolean;
	/** The own entry that `#place` holds (newest of its key), or −1 at the end. */
	#own: number;
	/** Its version below the limit; −1 when the key is skipped. */
	#ownVersion: number;
	#place: number;
	#generation: number;
	#started: boolean;
	/** The own value that is shown. */
	readonly #slot: Slot;

	constructor(base: Cursor, entries: WriteSet, ordered: OrderedEntries, lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean, limit: number) {
		this.keyBuffer = NO_BYTES;
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = NO_BYTES;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.#base = base;
		this.#entries = entries;
		this.#ordered = ordered;
		this.#reverse = reverse;
		this.#limit = limit;
		this.#lower = lower;
		this.#upper = upper;
		this.#baseReady = false;
		this.#baseDone = false;
		this.#own = -1;
		this.#ownVersion = -1;
		this.#place = -1;
		this.#generation = -1;
		this.#started = false;
		this.#slot = { buffer: NO_BYTES, start: 0, end: 0 };
	}

	next(): boolean {
		if (!this.#started) {
			this.#started = true;
			this.#seekOwn();
		}
		for (;;) {
			if (!this.#baseReady && !this.#baseDone) {
				if (this.#base.next()) this.#baseReady = true;
				else this.#baseDone = true;
			}
			const order = this.#compare();
			if (order === 2) return false;
			if (order < 0) {
				this.#baseReady = false;
				this.#showBase();
				return true;
			}
			if (order === 0) this.#baseReady = false;
			const version = this.#ownVersion;
			const shown = this.#entries.valueLength(version) >= 0;
			if (shown) this.#showOwn(version);
			this.#advanceOwn();
			if (shown) return true;
		}
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		this.#base.seek(lower, upper);
		this.#lower = lower;
		this.#upper = upper;
		this.#baseReady = false;
		this.#baseDone = false;
		this.#started = false;
	}

	close(): void {
		this.#base.close();
		this.#baseDone = true;
		this.#baseReady = false;
		this.#own = -1;
		this.#ownVersion = -1;
		this.#started = true;
	}

	/** Negative: the base's entry comes first; 0: both have the key; 1: the own entry; 2: neither is left. */
	#compare(): number {
		if (this.#own < 0) return this.#baseReady ? -1 : 2;
		if (!this.#baseReady) return 1;
		const base = this.#base;
		const start = this.#entries.keyStart(this.#own);
		const order = compareBytes(base.keyBuffer, base.keyStart, base.keyEnd, this.#entries.arena, start, start + this.#entries.keyLength(this.#own));
		if (order === 0) return 0;
		return order < 0 !== this.#reverse ? -1 : 1;
	}

	#showBase(): void {
		const base = this.#base;
		this.keyBuffer = base.keyBuffer;
		this.keyStart = base.keyStart;
		this.keyEnd = base.keyEnd;
		this.valueBuffer = base.valueBuffer;
		this.valueStart = base.valueStart;
		this.valueEnd = base.valueEnd;
	}

	#showOwn(version: number): void {
		const entries = this.#entries;
		this.keyBuffer = entries.arena;
		this.keyStart = entries.keyStart(version);
		this.keyEnd = this.keyStart + entries.keyLength(version);
		const slot = this.#slot;
		entries.value(version, slot);
		this.valueBuffer = slot.buffer;
		this.valueStart = slot.start;
		this.valueEnd = slot.end;
	}

	#seekOwn(): void {
		const ordered = this.#ordered;
		if (this.#reverse) {
			if (this.#upper === null) this.#place = ordered.last();
			else this.#place = ordered.previous(ordered.seek(this.#upper, 0, this.#upper.length));
		} else {
			this.#place = this.#lower === null ? ordered.first() : ordered.seek(this.#lower, 0, this.#lower.length);
		}
		this.#settleOwn();
	}

	#advanceOwn(): void {
		const ordered = this.#ordered;
		if (ordered.generation !== this.#generation) {
			const start = this.#entries.keyStart(this.#own);
			this.#place = ordered.seek(this.#entries.arena, start, start + this.#entries.keyLength(this.#own));
		}
		this.#place = this.#reverse ? ordered.previous(this.#place) : ordered.next(this.#place);
		this.#settleOwn();
	}

	/** From `#place` on, finds the next own key within the bounds that has a version below the limit. */
	#settleOwn(): void {
		const ordered = this.#ordered;
		const entries = this.#entries;
		this.#generation = ordered.generation;
		for (;;) {
			let own = ordered.at(this.#place);
			if (own < 0 && !this.#reverse && this.#place >= 0) {
				// One past a run: the next run goes on, if there is one.
				this.#place = ordered.next(this.#place);
				own = ordered.at(this.#place);
			}
			this.#own = own;
			if (own < 0 || !this.#withinBounds(own)) {
				this.#own = -1;
				this.#ownVersion = -1;
				return;
			}
			this.#ownVersion = entries.before(own, this.#limit);
			if (this.#ownVersion >= 0) return;
			this.#place = this.#reverse ? ordered.previous(this.#place) : ordered.next(this.#place);
		}
	}

	#withinBounds(own: number): boolean {
		const start = this.#entries.keyStart(own);
		const end = start + this.#entries.keyLength(own);
		if (this.#reverse) return this.#lower === null || compareBytes(this.#entries.arena, start, end, this.#lower, 0, this.#lower.length) >= 0;
		return this.#upper === null || compareBytes(this.#entries.arena, start, end, this.#upper, 0, this.#upper.length) < 0;
	}
}
