/**
 * The rows of one window partition by position, and its groups of peers, taken from a sorter. Without buffers the rows stay in
 * the sorter, whose memory must hold them all; with buffers they are copied, and may spill.
 *
 * Calls: `open`, then `collect` until it says that a partition is whole, again for the next, until there is none.
 */
import type { Equality } from '../../functions/contracts.ts';
import { IndexedRows } from './indexed-rows.ts';
import type { MemoryAccount } from './memory-account.ts';
import { compareKeys, type OrderedKey } from './ordered-aggregate.ts';
import type { RowBuffer } from './row-buffer.ts';
import type { Sorter } from './sorter.ts';

export interface PartitionShape {
	readonly partition: readonly { readonly column: number; readonly equality: Equality }[];
	/** The sort keys with their columns. */
	readonly order: readonly { readonly column: number; readonly key: OrderedKey }[];
}

/** What `collect` says. */
export const NO_PARTITION = 0;
export const PARTITION = 1;
export const NOT_YET = -1;

/** Rows taken from the sorter by one call. */
const COLLECTED_ROWS = 4096;
const INITIAL_ROWS = 64;

export class WindowPartition {
	count = 0;
	groupCount = 0;
	readonly #shape: PartitionShape;
	/** Rows by position, with the group as last column; first position of each group. */
	readonly #kept: RowBuffer | null;
	readonly #starts: RowBuffer | null;
	readonly #keptRows: IndexedRows | null;
	readonly #startRows: IndexedRows | null;
	#sorter: Sorter | null = null;
	#columns: readonly unknown[][] = [];
	#account: MemoryAccount | null = null;
	/** In the sorter's columns: rows by position. */
	#order = new Uint32Array(INITIAL_ROWS);
	#groups = new Uint32Array(INITIAL_ROWS);
	#groupStarts = new Uint32Array(INITIAL_ROWS);
	/** The sorter's row that begins the next partition; −1: to be asked for. */
	#held = -1;
	#isGrowing = false;
	/** Of the row taken last. */
	readonly #partitionValues: unknown[];
	readonly #orderValues: unknown[];

	constructor(shape: PartitionShape, kept: RowBuffer | null = null, starts: RowBuffer | null = null) {
		this.#shape = shape;
		this.#kept = kept;
		this.#starts = starts;
		this.#keptRows = kept === null ? null : new IndexedRows(kept);
		this.#startRows = starts === null ? null : new IndexedRows(starts);
		this.#partitionValues = shape.partition.map(() => null);
		this.#orderValues = shape.order.map(() => null);
	}

	open(sorter: Sorter, account: MemoryAccount): void {
		this.#sorter = sorter;
		this.#columns = sorter.columns;
		this.#account = account;
		this.#held = -1;
		this.#isGrowing = false;
		sorter.rewind();
	}

	/** Takes rows up to the end of the next partition, or as many as one call may. */
	collect(): number {
		const sorter = this.#sorter!;
		if (!this.#isGrowing) this.#begin();
		for (let i = 0; i < COLLECTED_ROWS; i++) {
			const row = this.#held >= 0 ? this.#held : sorter.next();
			this.#held = -1;
			if (row < 0) return this.#end();
			if (this.count > 0 && !this.#isSamePartition(row)) {
				this.#held = row;
				return this.#end();
			}
			this.#add(row);
		}
		return NOT_YET;
	}

	#begin(): void {
		this.count = 0;
		this.groupCount = 0;
		this.#isGrowing = true;
		this.#kept?.open(this.#account!);
		this.#starts?.open(this.#account!);
	}

	#end(): number {
		this.#isGrowing = false;
		this.#kept?.finish();
		this.#starts?.finish();
		this.#keptRows?.reset();
		this.#startRows?.reset();
		return this.count > 0 ? PARTITION : NO_PARTITION;
	}

	#isSamePartition(row: number): boolean {
		const columns = this.#columns;
		const { partition } = this.#shape;
		for (let i = 0; i < partition.length; i++) {
			const a = this.#partitionValues[i];
			const b = columns[partition[i]!.column]![row];
			if (a !== b && (a === null || b === null || !partition[i]!.equality.equals(a, b))) return false;
		}
		return true;
	}

	#isPeer(row: number): boolean {
		const columns = this.#columns;
		const { order } = this.#shape;
		for (let i = 0; i < order.length; i++) {
			const a = this.#orderValues[i];
			const b = columns[order[i]!.column]![row];
			if (a !== b && compareKeys(order[i]!.key, a, b) !== 0) return false;
		}
		return true;
	}

	#add(row: number): void {
		const columns = this.#columns;
		const { partition, order } = this.#shape;
		const position = this.count++;
		if (position === 0) for (let i = 0; i < partition.length; i++) this.#partitionValues[i] = columns[partition[i]!.column]![row];
		if (position === 0 || !this.#isPeer(row)) {
			this.#addGroup(position);
			for (let i = 0; i < order.length; i++) this.#orderValues[i] = columns[order[i]!.column]![row];
		}
		if (this.#kept !== null) {
			for (let c = 0; c < columns.length; c++) this.#kept.columns[c]!.push(columns[c]![row]);
			this.#kept.columns[columns.length]!.push(this.groupCount - 1);
			this.#kept.added();
			return;
		}
		if (position === this.#order.length) {
			this.#order = doubled(this.#order);
			this.#groups = doubled(this.#groups);
		}
		this.#order[position] = row;
		this.#groups[position] = this.groupCount - 1;
	}

	#addGroup(start: number): void {
		const group = this.groupCount++;
		if (this.#starts !== null) {
			this.#starts.columns[0]!.push(start);
			this.#starts.added();
			return;
		}
		if (group === this.#groupStarts.length) this.#groupStarts = doubled(this.#groupStarts);
		this.#groupStarts[group] = start;
	}

	value(column: number, position: number): unknown {
		return this.#keptRows === null ? this.#columns[column]![this.#order[position]!] : this.#keptRows.value(column, position);
	}

	/** The row's index in the sorter's columns, where they are not copied. */
	rowAt(position: number): number {
		return this.#order[position]!;
	}

	groupOf(position: number): number {
		return this.#keptRows === null ? this.#groups[position]! : (this.#keptRows.value(this.#kept!.columns.length - 1, position) as number);
	}

	groupStart(group: number): number {
		if (group >= this.groupCount) return this.count;
		return this.#startRows === null ? this.#groupStarts[group]! : (this.#startRows.value(0, group) as number);
	}

	clear(): void {
		this.#kept?.clear();
		this.#starts?.clear();
		this.#keptRows?.clear();
		this.#startRows?.clear();
		this.#sorter = null;
		this.#columns = [];
		this.#order = new Uint32Array(INITIAL_ROWS);
		this.#groups = new Uint32Array(INITIAL_ROWS);
		this.#groupStarts = new Uint32Array(INITIAL_ROWS);
		this.#partitionValues.fill(null);
		this.#orderValues.fill(null);
		this.count = 0;
	}
}

function doubled(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
	const to = new Uint32Array(from.length * 2);
	to.set(from);
	return to;
}
