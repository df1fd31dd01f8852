/**
 * Indexes of integers over their life: of a table all of whose columns are int8 and not null, an index that holds every column is
 * kept in memory once its use has paid for that. Each execution says how many rows it expects to read; when those of all together
 * are a hundredth of the table's (`WANTED_SHARE`), the next builds it before it runs, in steps as everything else. Then it follows
 * every commit; a bulk load throws it away. What is asked once after a start is answered from the files.
 *
 * While it is built, commits are noted and applied at its end. Nothing but the entries themselves is kept.
 */
import { PolylogError } from '../../platform/errors.ts';
import { IntegerIndex } from '../../storage/adjacency/integer-index.ts';
import type { IntegerIndexSource } from '../../storage/adjacency/integer-index-reader.ts';
import type { Cursor, EntryObserver, Keyspace, Offset } from '../../storage/contracts.ts';
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { INT8 } from '../../value/builtin-types.ts';

const WANTED_SHARE = 0.01;
/** Smaller tables are kept at once. */
const WANTED_MIN = 2000;
/** Entries between two looks at the budget, about a millisecond. */
const STEP_ENTRIES = 2048;
const COLUMNS_MAX = 4;
/** The most memory that all of a database take together. */
const BYTES_MAX = 1 << 30;
const NOTED_MAX = 1_000_000;
const SOURCES_MAX = 1000;
/** A byte that says "not null", then the int8, big-endian, its sign bit flipped. */
const PART_BYTES = 9;

/** True for a table and index that can be kept: the columns of the index are those of the table. */
export function holdsIntegers(table: TableObject, index: IndexObject | null): boolean {
	if (table.columns.length > COLUMNS_MAX || table.columns.some((c) => c.dropped || !c.notNull || c.typeOid !== INT8.oid)) return false;
	if (table.partitionBy !== undefined || table.isInherited === true) return false;
	if (index === null || index.primary) return table.primaryKey.length === table.columns.length;
	return index.columns.length === table.columns.length && index.columns.every((c) => c.column > 0 && !c.descending && !c.nullsFirst);
}

/** The attributes of an index's key (null: the table's), in order. */
export function keyAttributes(table: TableObject, index: IndexObject | null): readonly number[] {
	return index === null || index.primary ? table.primaryKey : index.columns.map((c) => c.column);
}

/** What it needs of the database. */
interface Host {
	readonly decidedOffset: Offset;
	keyspace(id: number): Keyspace;
	retainSnapshot(offset: Offset): void;
	releaseSnapshot(offset: Offset): void;
}

export class IntegerIndexes {
	readonly #host: Host;
	readonly #known = new Map<number, KeptIndex>();

	constructor(commits: Pick<Host, 'decidedOffset' | 'keyspace'>, snapshots: Pick<Host, 'retainSnapshot' | 'releaseSnapshot'>) {
		this.#host = {
			get decidedOffset() {
				return commits.decidedOffset;
			},
			keyspace: (id) => commits.keyspace(id),
			retainSnapshot: (offset) => snapshots.retainSnapshot(offset),
			releaseSnapshot: (offset) => snapshots.releaseSnapshot(offset),
		};
	}

	get bytes(): number {
		let total = 0;
		for (const kept of this.#known.values()) total += kept.bytes;
		return total;
	}

	/** The index in memory of a table's index (null: its key); null where there can be none. */
	of(table: TableObject, index: IndexObject | null): IntegerIndexSource | null {
		if (!holdsIntegers(table, index)) return null;
		const keyspaceId = index?.keyspaceId ?? table.keyspaceId;
		let found = this.#known.get(keyspaceId);
		if (found === undefined) {
			found = new KeptIndex(this.#host.keyspace(keyspaceId), table.columns.length, this.#host, () => BYTES_MAX - this.bytes);
			// Those of dropped tables hold nothing any more: their keyspaces told them.
			if (this.#known.size >= SOURCES_MAX) this.#known.clear();
			this.#known.set(keyspaceId, found);
		}
		return found;
	}
}

/** One index being built. */
interface Build {
	readonly index: IntegerIndex;
	readonly cursor: Cursor;
	/** Commits since it was begun: rows of `width + 2` numbers, the values, whether it is there, the offset. */
	readonly noted: number[];
}

class KeptIndex implements IntegerIndexSource {
	readonly #keyspace: Keyspace;
	readonly #width: number;
	readonly #host: Host;
	readonly #bytesLeft: () => number;
	readonly #row: Float64Array;
	#index: IntegerIndex | null = null;
	#build: Build | null = null;
	/** Rows that executions would have read, since there is no index. */
	#wanted = 0;
	#isImpossible = false;

	constructor(keyspace: Keyspace, width: number, host: Host, bytesLeft: () => number) {
		this.#keyspace = keyspace;
		this.#width = width;
		this.#host = host;
		this.#bytesLeft = bytesLeft;
		this.#row = new Float64Array(COLUMNS_MAX);
	}

	get bytes(): number {
		return this.#index?.bytes ?? 0;
	}

	current(): IntegerIndex | null {
		return this.#index;
	}

	offsetOf(transaction: unknown): Offset {
		return (transaction as Transaction).derivedOffset(this.#keyspace);
	}

	prepare(expectedRows: number): boolean {
		if (this.#index !== null || this.#isImpossible) return true;
		if (this.#build === null && !this.#begin(expectedRows)) return true;
		return this.#advance(this.#build!);
	}

	#begin(expectedRows: number): boolean {
		const { entries } = this.#keyspace.estimate(null, null);
		this.#wanted += Math.min(expectedRows, entries);
		if (this.#wanted < Math.max(WANTED_MIN, entries * WANTED_SHARE)) return false;
		if (entries * this.#width * 11 > this.#bytesLeft()) return false;
		const offset = this.#host.decidedOffset;
		this.#host.retainSnapshot(offset);
		this.#keyspace.observer = this.#observer;
		this.#build = { index: new IntegerIndex(this.#width, offset), cursor: this.#keyspace.cursor(null, null, false, offset), noted: [] };
		return true;
	}

	/** True when it is done, or given up. */
	#advance(build: Build): boolean {
		const { index, cursor } = build;
		try {
			for (let left = STEP_ENTRIES; left > 0; left--) {
				if (!cursor.next()) {
					this.#finish(build);
					return true;
				}
				if (!this.#read(cursor.keyBuffer, cursor.keyStart)) {
					this.#giveUp();
					return true;
				}
				index.append(this.#row);
			}
		} catch (error) {
			// A build that nobody went on with for too long: its snapshot was given up. It is begun anew when it is wanted again.
			if (!(error instanceof PolylogError) || error.sqlstate !== '72000') throw error;
			this.#drop();
			return true;
		}
		return false;
	}

	#finish(build: Build): void {
		const { index, noted } = build;
		const stride = this.#width + 2;
		index.finish();
		this.#endBuild(build);
		for (let i = 0; i < noted.length; i += stride) {
			for (let c = 0; c < this.#width; c++) this.#row[c] = noted[i + c]!;
			index.change(this.#row, noted[i + this.#width] === 1, noted[i + this.#width + 1]!);
		}
		this.#index = index;
		this.#wanted = 0;
	}

	#endBuild(build: Build): void {
		build.cursor.close();
		this.#host.releaseSnapshot(build.index.builtOffset);
		this.#build = null;
	}

	#drop(): void {
		if (this.#build !== null) this.#endBuild(this.#build);
		this.#keyspace.observer = null;
		this.#index = null;
	}

	/** An integer beyond 2^53 stands in the table. */
	#giveUp(): void {
		this.#isImpossible = true;
		this.#drop();
	}

	/** Reads a key into the row; false when it does not fit into doubles. */
	#read(key: Uint8Array, start: number): boolean {
		for (let c = 0; c < this.#width; c++) {
			const at = start + c * PART_BYTES + 1;
			const high = ((key[at]! ^ 0x80) << 24) | (key[at + 1]! << 16) | (key[at + 2]! << 8) | key[at + 3]! | 0;
			const low = ((key[at + 4]! << 24) | (key[at + 5]! << 16) | (key[at + 6]! << 8) | key[at + 7]!) >>> 0;
			const value = high * 4_294_967_296 + low;
			if (!Number.isSafeInteger(value)) return false;
			this.#row[c] = value;
		}
		return true;
	}

	readonly #observer: EntryObserver = {
		put: (key, keyStart, _keyLength, value, _valueStart, _valueLength, offset) => {
			if (!this.#read(key, keyStart)) this.#giveUp();
			else if (this.#index !== null) this.#index.change(this.#row, value !== null, offset);
			else if (this.#build !== null) {
				const { noted } = this.#build;
				for (let c = 0; c < this.#width; c++) noted.push(this.#row[c]!);
				noted.push(value === null ? 0 : 1, offset);
				if (noted.length > NOTED_MAX) this.#drop();
			}
		},
		invalidate: () => this.#drop(),
	};
}
