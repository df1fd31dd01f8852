/**
 * Serializable transactions: what one has read (`ReadSet`), what the latest commits wrote (`CommitRing`), and whether the two
 * meet. A serializable transaction may commit when nothing it read was written by a commit after its snapshot: it could then
 * have run as a whole at its commit. Optimistic validation, backward, after Kung and Robinson (1981).
 *
 * The ring is kept only while a serializable transaction is open across turns; it is bounded in bytes. A transaction whose
 * snapshot is older than the ring reaches is refused with 40001.
 *
 * Cost: one string per point read; at commit, one look-up per entry written since the snapshot.
 */
import { compareBytes } from '../bytes/compare-bytes.ts';
import type { Offset } from '../storage/contracts.ts';
import type { WriteSet } from './write-set.ts';

const POINTS_MAX = 100_000;
const RANGES_MAX = 10_000;

interface Range {
	readonly lower: Uint8Array | null;
	/** Exclusive. */
	readonly upper: Uint8Array | null;
}

interface KeyspaceReads {
	points: Set<string>;
	ranges: Range[];
	/** Too much was read to remember: any write of the keyspace conflicts. */
	all: boolean;
}

/** Bytes as a string of the same order and length, for use in maps. */
export function keyText(key: Uint8Array, start: number, end: number): string {
	return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1', start, end);
}

export class ReadSet {
	/** Cursors still open: each knows how far it has read. */
	readonly openCursors = new Set<{ record(): void }>();
	readonly #keyspaces = new Map<number, KeyspaceReads>();

	/** Takes in what open cursors have read so far; called before `CommitRing.check`. */
	settle(): void {
		for (const cursor of this.openCursors) cursor.record();
	}

	point(keyspaceId: number, key: Uint8Array, keyLength: number): void {
		const reads = this.#of(keyspaceId);
		if (reads.all) return;
		reads.points.add(keyText(key, 0, keyLength));
		if (reads.points.size > POINTS_MAX) this.#giveUp(reads);
	}

	range(keyspaceId: number, lower: Uint8Array | null, upper: Uint8Array | null): void {
		const reads = this.#of(keyspaceId);
		if (reads.all) return;
		reads.ranges.push({ lower, upper });
		if (reads.ranges.length > RANGES_MAX) this.#giveUp(reads);
	}

	/** True when a key of the keyspace lies in what was read. */
	contains(keyspaceId: number, key: Uint8Array, start: number, end: number): boolean {
		const reads = this.#keyspaces.get(keyspaceId);
		if (reads === undefined) return false;
		if (reads.all || (reads.points.size > 0 && reads.points.has(keyText(key, start, end)))) return true;
		for (const range of reads.ranges) {
			if (range.lower !== null && compareBytes(key, start, end, range.lower, 0, range.lower.length) < 0) continue;
			if (range.upper === null || compareBytes(key, start, end, range.upper, 0, range.upper.length) < 0) return true;
		}
		return false;
	}

	#of(keyspaceId: number): KeyspaceReads {
		let reads = this.#keyspaces.get(keyspaceId);
		if (reads === undefined) {
			reads = { points: new Set(), ranges: [], all: false };
			this.#keyspaces.set(keyspaceId, reads);
		}
		return reads;
	}

	#giveUp(reads: KeyspaceReads): void {
		reads.all = true;
		reads.points = new Set();
		reads.ranges = [];
	}
}

interface RingCommit {
	readonly offset: Offset;
	/** (keyspace id, key start, key end) triples into `keys`. */
	readonly places: Int32Array;
	readonly keys: Uint8Array;
}

export class CommitRing {
	readonly #bytesMax: number;
	#commits: RingCommit[];
	#bytes: number;
	/** Commits after it are all in the ring. */
	#completeAfter: Offset;

	constructor(bytesMax: number, completeAfter: Offset) {
		this.#bytesMax = bytesMax;
		this.#commits = [];
		this.#bytes = 0;
		this.#completeAfter = completeAfter;
	}

	get bytes(): number {
		return this.#bytes;
	}

	add(offset: Offset, writes: WriteSet): void {
		let count = 0;
		let keyBytes = 0;
		for (let entry = 0; entry < writes.count; entry++) {
			if (writes.isSuperseded(entry)) continue;
			count++;
			keyBytes += writes.keyLength(entry);
		}
		const places = new Int32Array(count * 3);
		const keys = new Uint8Array(keyBytes);
		let at = 0;
		let end = 0;
		for (let entry = 0; entry < writes.count; entry++) {
			if (writes.isSuperseded(entry)) continue;
			const start = writes.keyStart(entry);
			const length = writes.keyLength(entry);
			places[at] = writes.keyspaceId(entry);
			places[at + 1] = end;
			for (let index = 0; index < length; index++) keys[end + index] = writes.arena[start + index]!;
			end += length;
			places[at + 2] = end;
			at += 3;
		}
		this.#commits.push({ offset, places, keys });
		this.#bytes += keyBytes + count * 12 + 64;
		this.#trim();
	}

	/** Commits up to `offset` are of no use any more. */
	forget(offset: Offset): void {
		let count = 0;
		while (count < this.#commits.length && this.#commits[count]!.offset <= offset) count++;
		if (count > 0) this.#drop(count);
		if (offset > this.#completeAfter) this.#completeAfter = offset;
	}

	/** 'conflict' when a commit after `since` wrote what was read; 'unknown' when the ring does not reach back that far. */
	check(reads: ReadSet, since: Offset): 'none' | 'conflict' | 'unknown' {
		if (since < this.#completeAfter) return 'unknown';
		for (let index = this.#commits.length - 1; index >= 0; index--) {
			const commit = this.#commits[index]!;
			if (commit.offset <= since) break;
			const { places, keys } = commit;
			for (let at = 0; at < places.length; at += 3) {
				if (reads.contains(places[at]!, keys, places[at + 1]!, places[at + 2]!)) return 'conflict';
			}
		}
		return 'none';
	}

	#trim(): void {
		let count = 0;
		let bytes = this.#bytes;
		while (bytes > this.#bytesMax && count < this.#commits.length) bytes -= ringBytes(this.#commits[count++]!);
		if (count > 0) this.#drop(count);
	}

	#drop(count: number): void {
		for (let index = 0; index < count; index++) this.#bytes -= ringBytes(this.#commits[index]!);
		this.#completeAfter = Math.max(this.#completeAfter, this.#commits[count - 1]!.offset);
		this.#commits = this.#commits.slice(count);
	}
}

function ringBytes(commit: RingCommit): number {
	return commit.keys.length + commit.places.length * 4 + 64;
}
