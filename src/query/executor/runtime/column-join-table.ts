/**
 * The build side of a hash join over columns: rows come in batches from a scan, integers go to typed arrays, and the map from key to
 * rows is made once all are there, in the size that they need. To those that probe it looks as a `JoinTable` does.
 *
 * A key of several integers is found by a hash of them (`mixPart`): whoever probes compares the parts.
 *
 * Calls: `open`; `addBatch` per batch of the scan; `finish`; then it is probed.
 *
 * Cost: 8 bytes a row, 4 or 8 for each value, and the map's (`IntKeyMap.bytesFor`); counted against the statement's account, past
 * which the statement begins again with tables that spill.
 */
import type { ColumnSegment } from '../../../storage/column/column-segment.ts';
import type { CarriedKind } from './carried-values.ts';
import type { ColumnScan } from './column-scan.ts';
import { IntKeyMap, mixPart } from './int-key-map.ts';
import { type MemoryAccount, outOfMemory, valueBytes } from './memory-account.ts';
import { PartedBuild } from './parted-build.ts';
import type { SpillDirectory } from './spill-file.ts';

const FIRST_ROWS = 1024;
/** What a text takes beside its characters. */
const ENTRY_BYTES = 24;
/** A table of more rows, which does not lie in the caches, is parted. */
const WHOLE_ROWS_MAX = 2 ** 17;
const PIECE_ROWS = 8192;

/** A column of the table: of integers that are never NULL typed, else of any values. */
export interface TableColumn {
	/** Its place among the scan's. */
	readonly place: number;
	/** How a parted table has it, 'integer' in typed arrays also while the table is whole; null: a parted one cannot. */
	readonly carried: CarriedKind | null;
}

/** What is decided when the whole pipeline is known: whoever probes the table can part its own rows as well. */
export interface JoinTableChoice {
	canPart: boolean;
}

export class ColumnJoinTable {
	/** Replaced as the table grows; right once `finish` was called. */
	readonly columns: (Int32Array | unknown[])[];
	readonly last: IntKeyMap;
	ring: Int32Array;
	count: number;
	/** A row whose key was null was met; a row was met. */
	hasNull: boolean;
	hasRows: boolean;
	readonly #shape: readonly TableColumn[];
	/** Places of the key's parts among the scan's columns. */
	readonly #parts: readonly number[];
	/** Of a key of several: the hashes of a batch, null where a part is NULL. */
	readonly #hashes: (number | null)[];
	#keys: Int32Array;
	#least: number;
	#most: number;
	#account: MemoryAccount | null;
	#takenBytes: number;
	/** By column: the dictionary that its values came from last. */
	readonly #dictionaries: (ColumnSegment | null)[];
	readonly #choice: JoinTableChoice;
	#spill: SpillDirectory | null;
	/** In place of all else when there are too many rows. */
	parted: PartedBuild | null;

	constructor(shape: readonly TableColumn[], parts: readonly number[], choice: JoinTableChoice) {
		this.#choice = choice;
		this.#spill = null;
		this.parted = null;
		this.columns = shape.map(({ carried }) => (carried === 'integer' ? NO_KEYS : []));
		this.last = new IntKeyMap();
		this.ring = NO_KEYS;
		this.count = 0;
		this.hasNull = false;
		this.hasRows = false;
		this.#shape = shape;
		this.#parts = parts;
		this.#hashes = [];
		this.#keys = NO_KEYS;
		this.#least = Number.POSITIVE_INFINITY;
		this.#most = Number.NEGATIVE_INFINITY;
		this.#account = null;
		this.#takenBytes = 0;
		this.#dictionaries = shape.map(() => null);
	}

	open(account: MemoryAccount, spill: SpillDirectory): void {
		this.clear();
		this.#account = account;
		this.#spill = spill;
		this.hasNull = false;
		this.hasRows = false;
	}

	/** Adds the rows of the scan's batch. */
	addBatch(scan: ColumnScan): void {
		const { count } = scan;
		if (count === 0) return;
		this.hasRows = true;
		if (this.#shouldPart(count)) this.#part();
		if (this.parted !== null) {
			this.parted.add(
				this.#parts.map((place) => scan.vectors[place]! as (number | null)[]),
				this.#shape.map(({ place }) => scan.vectors[place]!),
				0,
				count,
			);
			return;
		}
		this.#reserve(this.count + count);
		const keys = this.#keysOf(scan);
		const rows = this.#addKeys(keys, count);
		const isWhole = rows === count;
		for (let c = 0; c < this.#shape.length; c++) {
			const vector = scan.vectors[this.#shape[c]!.place]!;
			const column = this.columns[c]!;
			let at = this.count;
			if (this.#shape[c]!.carried === 'integer') {
				const integers = column as Int32Array;
				for (let i = 0; i < count; i++) if (isWhole || keys[i] !== null) integers[at++] = vector[i] as number;
			} else {
				let bytes = 8 * rows + this.#dictionaryBytes(scan, c);
				const isShared = this.#dictionaries[c] !== null;
				for (let i = 0; i < count; i++) {
					if (!isWhole && keys[i] === null) continue;
					column[at++] = vector[i];
					if (!isShared) bytes += valueBytes(vector[i]);
				}
				this.#take(bytes);
			}
		}
		this.count += rows;
	}

	/** There are many rows of a key of several integers, or no room for the next ones. */
	#shouldPart(more: number): boolean {
		if (this.parted !== null || !this.#choice.canPart) return false;
		const rows = this.count + more;
		if (this.#parts.length > 1 && rows > WHOLE_ROWS_MAX) return true;
		const growth = rows > this.#keys.length ? this.#keys.length * this.#rowBytes : 0;
		return this.#account!.usedBytes + growth + this.#bytesForMap(rows) > this.#account!.limitBytes;
	}

	#bytesForMap(rows: number): number {
		return rows * 4 + (this.#most >= this.#least ? IntKeyMap.bytesFor(rows, this.#least, this.#most) : 0);
	}

	/** Bytes of a row's key, its place in the ring and its integers. */
	get #rowBytes(): number {
		return 4 * (2 + this.#shape.reduce((sum, { carried }) => sum + (carried === 'integer' ? 1 : 0), 0));
	}

	/** Goes on with a parted table, to which the rows go that are there. */
	#part(): void {
		const parted = new PartedBuild(
			this.#parts,
			this.#shape.map(({ place, carried }) => ({ place, kind: carried! })),
			this.#account!,
			this.#spill!,
		);
		const keys = this.#parts.map((place) =>
			this.#parts.length === 1 ? this.#keys : (this.columns[this.#shape.findIndex((c) => c.place === place)] as Int32Array),
		);
		for (let row = 0; row < this.count; row += PIECE_ROWS) parted.add(keys, this.columns, row, Math.min(this.count, row + PIECE_ROWS));
		this.#forget();
		this.parted = parted;
	}

	/** What a dictionary takes that was not met before: its values are in memory once. */
	#dictionaryBytes(scan: ColumnScan, c: number): number {
		const segment = scan.dictionaryOf(this.#shape[c]!.place);
		const isKnown = segment === this.#dictionaries[c];
		this.#dictionaries[c] = segment;
		return segment === null || isKnown ? 0 : segment.entryBytes + segment.entryCount * ENTRY_BYTES;
	}

	/** Keys of a batch; returns how many are not NULL. */
	#addKeys(vector: readonly (number | null)[], count: number): number {
		const keys = this.#keys;
		let [least, most] = [this.#least, this.#most];
		let at = this.count;
		for (let i = 0; i < count; i++) {
			const key = vector[i]!;
			if (key === null) {
				this.hasNull = true;
				continue;
			}
			keys[at++] = key;
			if (key < least) least = key;
			if (key > most) most = key;
		}
		this.#least = least;
		this.#most = most;
		return at - this.count;
	}

	/** The keys of the batch, or their hashes. */
	#keysOf(scan: ColumnScan): readonly (number | null)[] {
		const [first] = this.#parts;
		if (this.#parts.length === 1) return scan.vectors[first!] as (number | null)[];
		const hashes = this.#hashes;
		for (let i = 0; i < scan.count; i++) {
			let hash: number | null = 0;
			for (const part of this.#parts) {
				const value = scan.vectors[part]![i] as number | null;
				hash = hash === null || value === null ? null : mixPart(hash, value);
			}
			hashes[i] = hash;
		}
		return hashes;
	}

	/** Makes room for so many rows. */
	#reserve(rows: number): void {
		if (rows <= this.#keys.length) return;
		const capacity = Math.max(FIRST_ROWS, rows, this.#keys.length * 2);
		this.#take((capacity - this.#keys.length) * this.#rowBytes);
		this.#keys = longer(this.#keys, capacity);
		for (let c = 0; c < this.#shape.length; c++) if (this.#shape[c]!.carried === 'integer') this.columns[c] = longer(this.columns[c] as Int32Array, capacity);
	}

	#take(bytes: number): void {
		this.#takenBytes += bytes;
		if (!this.#account!.take(bytes)) throw outOfMemory('the table of a hash join', this.#account!.limitBytes);
	}

	/** All rows are there. */
	finish(): void {
		const isSparse = this.count > WHOLE_ROWS_MAX && !IntKeyMap.isDense(this.count, this.#least, this.#most);
		if (this.parted === null && isSparse && this.#choice.canPart) this.#part();
		if (this.parted !== null) {
			this.parted.seal();
			this.parted.columns.forEach((column, c) => {
				this.columns[c] = column;
			});
			this.ring = this.parted.ring;
			return;
		}
		if (this.count === 0) return;
		this.#take(IntKeyMap.bytesFor(this.count, this.#least, this.#most));
		this.ring = new Int32Array(this.count);
		this.last.fill(this.#keys, this.count, this.#least, this.#most, this.ring);
		this.#keys = NO_KEYS;
	}

	clear(): void {
		this.parted?.clear();
		if (this.#takenBytes > 0 || this.parted !== null) this.#forget();
		this.parted = null;
	}

	#forget(): void {
		this.columns.forEach((_, c) => {
			if (this.#shape[c]!.carried === 'integer') this.columns[c] = NO_KEYS;
			else this.columns[c] = [];
		});
		this.#dictionaries.fill(null);
		this.last.clear();
		this.ring = NO_KEYS;
		this.#keys = NO_KEYS;
		this.count = 0;
		this.#least = Number.POSITIVE_INFINITY;
		this.#most = Number.NEGATIVE_INFINITY;
		this.#account?.give(this.#takenBytes);
		this.#takenBytes = 0;
	}
}

function longer(from: Int32Array, count: number): Int32Array {
	const to = new Int32Array(count);
	to.set(from);
	return to;
}

const NO_KEYS = new Int32Array(0);
