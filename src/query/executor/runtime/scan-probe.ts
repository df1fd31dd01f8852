/**
 * A look-up in the table of a hash join that a scan does for its rows, on codes and before anything else of them is decoded: rows that
 * find nothing are given up there, and what is found comes beside the batch's values. A key of several parts is looked up by its hash.
 */
import { type ColumnSegment, GROUP_ROWS } from '../../../storage/column/column-segment.ts';
import type { ColumnJoinTable } from './column-join-table.ts';
import { type IntKeyMap, mixPart } from './int-key-map.ts';
import type { MemoryAccount } from './memory-account.ts';
import type { CarriedColumn } from './parted-build.ts';
import { PartedProbe } from './parted-probe.ts';
import type { SpillDirectory } from './spill-file.ts';

/** A look-up as it is compiled. */
export interface ProbeShape {
	/** The key's parts, by their places among the scan's columns. */
	readonly columns: readonly number[];
	/** What is wanted of the scan's rows, for those that are put in parts; null: they cannot be. */
	readonly carried: readonly CarriedColumn[] | null;
}

export class ScanProbe {
	/** The key's parts, by their places among the scan's columns. */
	readonly columns: readonly number[];
	/** By row of the batch: the last row of the table that has the row's key, or −1. Emptied, never replaced. */
	readonly vector: number[];
	#map: IntKeyMap | null;
	#keepsMisses: boolean;
	/** By row of the group. */
	readonly found: Int32Array;
	/** Rows are put aside in parts, as the table's. */
	parted: PartedProbe | null;
	readonly #carried: readonly CarriedColumn[] | null;
	/** Of a key of several parts, by place in the selection. */
	readonly #hashes: Int32Array;

	constructor({ columns, carried }: ProbeShape) {
		this.columns = columns;
		this.parted = null;
		this.#carried = carried;
		this.vector = [];
		this.#map = null;
		this.#keepsMisses = false;
		this.found = new Int32Array(GROUP_ROWS);
		this.#hashes = new Int32Array(columns.length > 1 ? GROUP_ROWS : 0);
	}

	/** `keepsMisses`: rows that find nothing are wanted as well. */
	open(map: IntKeyMap, keepsMisses: boolean): void {
		this.#map = map;
		this.#keepsMisses = keepsMisses;
	}

	/** Takes the table of a large join: rows are parted when its are. `others`: so many other probes. */
	openTable(table: ColumnJoinTable, keepsMisses: boolean, others: number, account: MemoryAccount, spill: SpillDirectory): void {
		this.open(table.last, keepsMisses);
		if (table.parted === null) return;
		this.parted = new PartedProbe(table.parted, this.columns, this.#carried!, others, keepsMisses, account, spill);
	}

	/** Looks up the selected rows of a group, by the segments of the key's parts; returns how many of them are left. */
	select(segments: readonly ColumnSegment[], selection: Uint16Array, count: number): number {
		if (segments.length === 1) return this.#map!.probe(segments[0]!, selection, count, this.found, this.#keepsMisses);
		const hashes = this.#hashes.fill(0, 0, count);
		for (const { codes, least } of segments) for (let i = 0; i < count; i++) hashes[i] = mixPart(hashes[i]!, least + codes[selection[i]!]!);
		return this.#map!.probeKeys(hashes, nullsOf(segments), selection, count, this.found, this.#keepsMisses);
	}

	/** Fills the vector for rows of the group. */
	gather(selection: Uint16Array, from: number, to: number): void {
		const [found, vector] = [this.found, this.vector];
		for (let i = from; i < to; i++) vector[i - from] = found[selection[i]!]!;
	}

	/** The same for a row that came whole; false when it is not wanted. */
	take(parts: readonly (number | null)[], row: number): boolean {
		let key: number | null = parts[0]!;
		if (parts.length > 1) {
			key = 0;
			for (const part of parts) key = key === null || part === null ? null : mixPart(key, part);
		}
		const found = key === null ? undefined : this.#map!.get(key);
		this.vector[row] = found ?? -1;
		return found !== undefined || this.#keepsMisses;
	}

	/** The end of a reading. */
	close(): void {
		this.parted?.clear();
		this.parted = null;
	}

	clear(): void {
		this.close();
		this.#map = null;
		this.vector.length = 0;
	}
}

/** By row: 1 where any of the segments is NULL; null when none ever is. */
function nullsOf(segments: readonly ColumnSegment[]): Uint8Array | null {
	let all: Uint8Array | null = null;
	for (const { nulls, count } of segments) {
		if (nulls === null) continue;
		all ??= new Uint8Array(count);
		for (let row = 0; row < count; row++) all[row]! |= nulls[row]!;
	}
	return all;
}
