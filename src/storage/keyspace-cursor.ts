/**
 * The cursor of a keyspace: one version of each key as of an offset, tombstones left out, from memtables and base together.
 *
 * The files of a base may be replaced between two calls; the keyspace's `serial` tells, and the cursor then starts again
 * after its last key over the new files. So an abandoned cursor holds no file. With one source, entries are passed on
 * without a comparison.
 *
 * An engine without order enumerates through the same merge, since its files are sorted runs, and can go on behind a key; other
 * bounds and the way back are refused.
 */
import type { Cursor, Offset } from './contracts.ts';
import { type EntrySource, NO_BYTES } from './entry-source.ts';
import { Merge } from './merge.ts';
import { unordered, type VersionedKeyspace } from './versioned-keyspace.ts';

export class KeyspaceCursor implements Cursor {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	readonly #keyspace: VersionedKeyspace;
	readonly #reverse: boolean;
	readonly #offset: Offset;
	#lower: Uint8Array | null;
	#upper: Uint8Array | null;
	#serial: number;
	#single: EntrySource | null;
	#merge: Merge | null;
	#state: 'before' | 'on' | 'after' | 'closed';

	constructor(keyspace: VersionedKeyspace, reverse: boolean, offset: Offset) {
		this.keyBuffer = NO_BYTES;
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = NO_BYTES;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.#keyspace = keyspace;
		this.#reverse = reverse;
		this.#offset = offset;
		this.#lower = null;
		this.#upper = null;
		this.#serial = -1;
		this.#single = null;
		this.#merge = null;
		this.#state = 'after';
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		if (this.#state === 'closed') throw new TypeError('the cursor is closed');
		if (upper !== null && !this.#keyspace.abilities.ordered) throw unordered(this.#keyspace.abilities, 'read a range');
		this.#lower = lower;
		this.#upper = upper;
		this.#state = 'before';
		this.#seekSources(lower, upper);
	}

	next(): boolean {
		if (this.#serial !== this.#keyspace.serial) this.#resume();
		if (this.#state !== 'before' && this.#state !== 'on') return false;
		let source = this.#single;
		if (source !== null) {
			do {
				if (!source.next()) return this.#finish();
			} while (source.isTombstone);
		} else {
			const merge = this.#merge;
			if (merge === null) return this.#finish();
			do {
				if (!merge.next()) return this.#finish();
				source = merge.top!;
			} while (source.isTombstone);
		}
		this.keyBuffer = source.keyBuffer;
		this.keyStart = source.keyStart;
		this.keyEnd = source.keyEnd;
		this.valueBuffer = source.valueBuffer;
		this.valueStart = source.valueStart;
		this.valueEnd = source.valueEnd;
		this.#state = 'on';
		return true;
	}

	close(): void {
		this.#state = 'closed';
		this.#single = null;
		this.#merge = null;
	}

	#finish(): boolean {
		this.#state = 'after';
		return false;
	}

	#seekSources(lower: Uint8Array | null, upper: Uint8Array | null): void {
		if (this.#serial !== this.#keyspace.serial) {
			const sources: EntrySource[] = [];
			this.#keyspace.addSources(this.#reverse, this.#offset, sources);
			this.#single = sources.length === 1 ? sources[0]! : null;
			this.#merge = sources.length > 1 ? new Merge(sources, this.#reverse) : null;
			this.#serial = this.#keyspace.serial;
		}
		if (this.#single !== null) this.#single.seek(lower, upper);
		else this.#merge?.seek(lower, upper);
	}

	/** The base was replaced: goes on behind the last key over the new one. */
	#resume(): void {
		if (this.#state === 'before') {
			this.#seekSources(this.#lower, this.#upper);
		} else if (this.#state === 'on') {
			const length = this.keyEnd - this.keyStart;
			// The key with a zero byte behind it is the next possible key.
			const last = new Uint8Array(this.#reverse ? length : length + 1);
			last.set(this.keyBuffer.subarray(this.keyStart, this.keyEnd));
			if (this.#reverse) this.#seekSources(this.#lower, last);
			else this.#seekSources(last, this.#upper);
		}
	}
}
