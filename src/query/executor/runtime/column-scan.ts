/**
 * Reads rows from columns, a batch at a time: predicates first, on codes where it can be, then the wanted columns of the rows that
 * are left. The pipeline's code reads values from `vectors`, whatever they came from.
 *
 * Rows come from row groups of column files; from rows in no file yet; and, where a file cannot tell a column (it was written before
 * the column came) or the transaction has changes of its own, from whole rows. Every predicate is applied to all of them.
 *
 * A predicate over integers is a range, compared with codes and with what the directory says of a segment; any other is asked once
 * for each code of a segment that has few.
 */
import type { ColumnAccess, ColumnReader } from '../../../model/table/contracts.ts';
import { ColumnCursor } from '../../../storage/column/column-cursor.ts';
import type { ColumnFile } from '../../../storage/column/column-file.ts';
import type { PoolEntry } from '../../../storage/column/column-pool.ts';
import type { ColumnScratch } from '../../../storage/column/column-scratch.ts';
import { type ColumnSegment, GROUP_ROWS, INTEGERS, SLOTS } from '../../../storage/column/column-segment.ts';
import type { ColumnView } from '../../../storage/column/column-view.ts';
import { writeInteger } from '../../../storage/column/row-joiner.ts';
import type { Cursor } from '../../../storage/contracts.ts';
import type { EntrySource } from '../../../storage/entry-source.ts';
import type { Merge } from '../../../storage/merge.ts';
import type { Transaction } from '../../../transaction/contracts.ts';
import { dateFromInt32 } from '../../../value/key-parts.ts';
import type { FixedValue, VariableValue } from '../../../value/row-values.ts';
import { SelectionKernel } from './kernel-tests.ts';
import { BATCH_ROWS, type PartedSource } from './parted-probe.ts';
import { type ProbeShape, ScanProbe } from './scan-probe.ts';

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** A predicate as it is compiled: over one column, by its place among the readers. */
export interface ScanPredicate {
	readonly column: number;
	/** A comparison of an integer column with a value. */
	readonly comparison: Comparison | null;
}

/** A predicate as it runs. */
export interface ScanTest {
	readonly column: number;
	/** True when a value that may be NULL is let through. */
	readonly passes: (value: unknown) => boolean;
	/** Of integers: the values between which it lets through; NaN when it is no range. */
	least: number;
	most: number;
	/** For each code of a segment without NULL: 1 when its value is let through. */
	table(segment: ColumnSegment): Uint8Array;
}

/** What may take a whole row group, in place of its rows one by one. */
export interface GroupKernel {
	/** False when it has not. */
	consume(host: KernelHost, files: readonly ColumnFile[]): boolean;
	/** Behind the last row group: does some of what is left to do; false when that is nothing. */
	goOn(): boolean;
	/** The segments are about to go: nobody reads them when it returns. */
	settle(): void;
}

/** The row group at which a scan stands, as a kernel sees it. */
export interface KernelHost {
	readonly tests: readonly ScanTest[];
	/** Rows of the group. */
	readonly rows: number;
	/** Some of them do not count. */
	readonly isHiding: boolean;
	/** Replaced by those who want it elsewhere. */
	selection: Uint16Array;
	/** A segment of the group, which stays until the scan goes on. */
	segment(column: number): ColumnSegment;
	/** Selects the rows that count and pass the tests; returns how many they are. */
	select(tests: readonly ScanTest[]): number;
	/** Between what a column's values lie in the group; NaN where that is not known. */
	facts(column: number): { readonly least: number; readonly most: number };
	/** Memory beside the pool's segments, to be released; the selection lies there from now on. */
	scratch(): ColumnScratch;
	/** More of it, for other threads. */
	scratchBeside(): ColumnScratch;
	/** The segments asked for, which stay until they are let go (`pins`), also when the scan goes on. */
	takePins(): PoolEntry[];
	/** Between what a column's values lie in all files; least above most when there are none. */
	range(column: number): { readonly least: number; readonly most: number };
}

/** What is known of the codes of a segment: 0 not asked, 1 no, 2 yes. */
type Memo = Uint8Array;

/** Of a budget in rows, about: a batch of rows that are selected already; a row group, which takes up to a millisecond. */
const BATCH_COST = 64;
const GROUP_COST = 2048;

const MEMO_CODES_MAX = 1 << 16;
/** Of smaller groups codes do not lie in the pool's memory. */
const KERNEL_ROWS_MIN = 8192;

export class ColumnScan implements KernelHost {
	/** Is offered every row group first. */
	kernel: GroupKernel | null;
	/** Values of the batch, by column; only those `wanted`. */
	readonly vectors: unknown[][];
	/** Look-ups of rows that pass the predicates. */
	readonly probes: readonly ScanProbe[];
	/** Rows in the batch. */
	count: number;
	/** What looking for it takes from the budget. */
	cost: number;
	readonly #access: ColumnAccess;
	readonly #readers: readonly ColumnReader[];
	readonly #wanted: readonly boolean[];
	readonly #predicates: readonly ScanPredicate[];
	tests: ScanTest[];
	#isEmpty: boolean;
	/** Brings a bound up to date. */
	#tighten: (() => void) | null;
	#view: ColumnView | null;
	#isPrepared: boolean;
	#file: number;
	#group: number;
	/** Places of the readers' columns in the file; empty: its rows are read whole. */
	#places: number[];
	#pinned: (PoolEntry | null)[];
	selection: Uint16Array;
	/** Rows of the group that are selected, and those of them that were given out. */
	#selected: number;
	#given: number;
	#rows: EntrySource | Cursor | null;
	/** The source in `#rows` has shown its last row. */
	#areRowsDone: boolean;
	#merge: Merge | null;
	readonly #scratch: Uint8Array;
	/** Selects rows of large groups, when that was asked for; its memory. */
	#selecting: SelectionKernel | null;
	#memory: ColumnScratch | null;
	/** The batch's rows are of a row group. */
	#isOfGroup: boolean;

	constructor(
		access: ColumnAccess,
		attributes: readonly number[],
		wanted: readonly boolean[],
		predicates: readonly ScanPredicate[],
		probed: readonly ProbeShape[] = [],
	) {
		this.vectors = attributes.map(() => []);
		this.probes = probed.map((shape) => new ScanProbe(shape));
		this.#selecting = null;
		this.#memory = null;
		this.#isOfGroup = false;
		this.kernel = null;
		this.count = 0;
		this.cost = BATCH_COST;
		this.#access = access;
		this.#readers = attributes.map((attribute) => access.column(attribute));
		this.#wanted = wanted;
		this.#predicates = predicates;
		this.tests = [];
		this.#isEmpty = false;
		this.#tighten = null;
		this.#view = null;
		this.#isPrepared = false;
		this.#file = 0;
		this.#group = -1;
		this.#places = [];
		this.#pinned = [];
		this.selection = new Uint16Array(GROUP_ROWS);
		this.#selected = 0;
		this.#given = 0;
		this.#rows = null;
		this.#areRowsDone = false;
		this.#merge = null;
		this.#scratch = new Uint8Array(16);
	}

	/** Begins anew. `passes` and `bounds` are parallel to the predicates: what they ask of a value, and the value of a comparison. */
	open(transaction: Transaction, passes: readonly ((value: unknown) => boolean)[], bounds: readonly unknown[]): void {
		this.close();
		this.#isEmpty = false;
		this.#tighten = null;
		const tests = this.#predicates.map(({ column, comparison }, i) => {
			const reader = this.#readers[column]!;
			const table = (segment: ColumnSegment): Uint8Array => this.#tableOf(segment, reader, passes[i]!);
			const test: ScanTest = { column, passes: passes[i]!, least: Number.NaN, most: Number.NaN, table };
			if (comparison !== null) this.#setRange(test, comparison, bounds[i]);
			return test;
		});
		this.tests = withRangesJoined(tests);
		this.count = 0;
		this.#selected = 0;
		this.#given = 0;
		this.#file = 0;
		this.#group = -1;
		this.#isPrepared = false;
		this.#areRowsDone = false;
		this.#view = transaction.columns(this.#access.keyspace);
		if (this.#view === null) this.#rows = transaction.cursor(this.#access.keyspace, null, null, false);
	}

	/** Rows whose integer in a column comes behind `bound()`, as soon as that is a number, are not wanted any more. The column has no NULL. */
	boundBy(column: number, descending: boolean, bound: () => unknown): void {
		const [reader, passes] = [this.#readers[column]!, () => true];
		const table = (segment: ColumnSegment): Uint8Array => this.#tableOf(segment, reader, passes);
		const test: ScanTest = { column, passes, least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY, table };
		this.tests.push(test);
		this.#tighten = () => {
			const value = bound();
			if (typeof value !== 'number') return;
			if (descending) test.least = value;
			else test.most = value;
		};
	}

	#setRange(test: ScanTest, comparison: Comparison, bound: unknown): void {
		if (bound === null) this.#isEmpty = true;
		if (typeof bound !== 'number' || !Number.isSafeInteger(bound) || comparison === '<>') return;
		test.least = comparison === '=' || comparison === '>=' ? bound : comparison === '>' ? bound + 1 : Number.NEGATIVE_INFINITY;
		test.most = comparison === '=' || comparison === '<=' ? bound : comparison === '<' ? bound - 1 : Number.POSITIVE_INFINITY;
	}

	/** The dictionary segment that the batch's values of a column come from: equal ones are one value in memory. Else null. */
	dictionaryOf(column: number): ColumnSegment | null {
		const segment = this.#isOfGroup ? this.#pinned[column]!.segment! : null;
		return segment?.hasDictionary && segment.derived !== null ? segment : null;
	}

	/** Goes on by about a batch; false at the end. The batch may be empty. */
	nextBatch(): boolean {
		this.count = 0;
		this.cost = BATCH_COST;
		if (this.#isEmpty) return false;
		const view = this.#view;
		if (view === null) return this.#fillFromRows() || this.#fillFromParts();
		if (!this.#isPrepared) {
			this.#isPrepared = view.prepare();
			return true;
		}
		if (this.#given < this.#selected) {
			this.#gather();
			return true;
		}
		if (this.#rows !== null) {
			if (this.#fillFromRows()) return true;
			this.#rows = null;
		}
		return this.#nextGroup(view) || this.#fillFromParts() || this.#isKernelAtWork();
	}

	/** Other threads have not done yet: the step ends, so that others may have their turn. */
	#isKernelAtWork(): boolean {
		if (this.kernel === null || !this.kernel.goOn()) return false;
		this.cost = GROUP_COST * 2;
		return true;
	}

	/** The probe that puts rows aside. */
	get #parting(): ScanProbe | null {
		for (const probe of this.probes) if (probe.parted !== null) return probe;
		return null;
	}

	/** A batch of rows that were put aside; false when all are done. */
	#fillFromParts(): boolean {
		const parting = this.#parting;
		if (parting === null) return false;
		this.#letGo();
		this.#isOfGroup = false;
		const others = this.probes.filter((probe) => probe !== parting).map(({ vector }) => vector);
		this.count = parting.parted!.fill(this.vectors, parting.vector, others);
		return this.count > 0;
	}

	/** Selects rows of the next group; false when all are done. */
	#nextGroup(view: ColumnView): boolean {
		this.#letGo();
		this.#tighten?.();
		this.cost = GROUP_COST;
		for (;;) {
			const file = view.files[this.#file];
			if (file === undefined) return this.#startRowsAbove(view);
			if (this.#group < 0 && !this.#enterFile(view, file)) return true;
			this.#group++;
			if (this.#group >= file.directory.groups.length) {
				this.#file++;
				this.#group = -1;
				continue;
			}
			if (!this.#mayHold(file)) continue;
			if (this.kernel === null || !this.kernel.consume(this, view.files)) this.#selectAll();
			return true;
		}
	}

	/** Rows that are in no file: once, behind all files. */
	#startRowsAbove(view: ColumnView): boolean {
		if (this.#merge !== null || view.rowsAbove === 0) return false;
		this.#merge = view.rows();
		this.#rows = new LiveRows(this.#merge);
		this.#areRowsDone = false;
		return true;
	}

	/** False when the rows of the file are read whole, which has begun then. */
	#enterFile(view: ColumnView, file: ColumnFile): boolean {
		const { shape } = file.directory;
		const first = shape?.isEntry ? 1 : 0;
		const places = this.#readers.map(({ attribute }) => (shape === null ? -1 : shape.columns.findIndex((column) => column.attribute === attribute)));
		if (shape !== null && !places.includes(-1)) {
			this.#places = places.map((place) => place + first);
			return true;
		}
		const cursor = new ColumnCursor(file, view.hidden[this.#file]!, false);
		cursor.seek(null, null);
		this.#rows = cursor;
		this.#areRowsDone = false;
		this.#file++;
		return false;
	}

	/** False when the directory tells that no row of the group is let through. */
	#mayHold(file: ColumnFile): boolean {
		const { columns } = file.directory.groups[this.#group]!;
		for (const { column, least, most } of this.tests) {
			if (Number.isNaN(least)) continue;
			const facts = columns[this.#places[column]!]!.facts!;
			if (facts.least > most || facts.most < least) return false;
		}
		return true;
	}

	get rows(): number {
		return this.#view!.files[this.#file]!.directory.groups[this.#group]!.rows;
	}

	get isHiding(): boolean {
		return this.#view!.hidden[this.#file] !== null;
	}

	select(tests: readonly ScanTest[]): number {
		const { rows, firstRow } = this.#view!.files[this.#file]!.directory.groups[this.#group]!;
		const hidden = this.#view!.hidden[this.#file]!;
		const { selection } = this;
		let count = 0;
		if (hidden === null) for (; count < rows; count++) selection[count] = count;
		else for (let row = 0, at = firstRow; row < rows; row++, at++) if ((hidden[at >> 3]! & (1 << (at & 7))) === 0) selection[count++] = row;
		return this.#filterAll(tests, count);
	}

	#filterAll(tests: readonly ScanTest[], selected: number): number {
		let count = selected;
		for (const test of tests) {
			if (count === 0) break;
			count = this.#filter(this.segment(test.column), test, count);
		}
		return count;
	}

	facts(column: number): { readonly least: number; readonly most: number } {
		return this.#view!.files[this.#file]!.directory.groups[this.#group]!.columns[this.#places[column]!]!.facts!;
	}

	scratch(): ColumnScratch {
		const scratch = this.scratchBeside();
		this.selection = scratch.selection(GROUP_ROWS);
		return scratch;
	}

	scratchBeside(): ColumnScratch {
		return this.#view!.files[0]!.pool.scratch();
	}

	takePins(): PoolEntry[] {
		const taken: PoolEntry[] = [];
		for (let i = 0; i < this.#pinned.length; i++) {
			const entry = this.#pinned[i];
			if (entry) taken.push(entry);
			this.#pinned[i] = null;
		}
		return taken;
	}

	#selectAll(): void {
		this.#selected = this.#selectByKernel();
		const parting = this.#parting;
		for (const probe of this.probes) {
			if (this.#selected === 0) break;
			if (probe === parting) continue;
			const segments = probe.columns.map((column) => this.segment(column));
			this.#selected = probe.select(segments, this.selection, this.#selected);
		}
		this.#given = 0;
		if (this.#selected === 0) return;
		if (parting !== null) {
			parting.parted!.putGroup(this.#partedSource(parting), this.selection, this.#selected);
			this.#selected = 0;
			return;
		}
		for (let column = 0; column < this.#readers.length; column++) if (this.#wanted[column]) this.segment(column);
		this.#gather();
	}

	#partedSource(parting: ScanProbe): PartedSource {
		return {
			segment: (column) => this.segment(column),
			valueOf: (segment, column, row) => this.#valueAt(segment, this.#readers[column]!, row),
			others: this.probes.filter((probe) => probe !== parting).map(({ found }) => found),
		};
	}

	/** Selects the rows of the group that count and pass all predicates. */
	#selectByKernel(): number {
		if (this.rows < KERNEL_ROWS_MIN || this.tests.length === 0) return this.select(this.tests);
		if (this.#memory === null) {
			this.#memory = this.scratch();
			this.#selecting = new SelectionKernel(this.#memory);
		}
		const selected = this.#selecting!.select(this);
		return selected === null ? this.select(this.tests) : this.#filterAll(selected.rest, selected.count);
	}

	range(column: number): { readonly least: number; readonly most: number } {
		const { attribute } = this.#readers[column]!;
		let least = Number.POSITIVE_INFINITY;
		let most = Number.NEGATIVE_INFINITY;
		for (const file of this.#view!.files) {
			const { shape, groups } = file.directory;
			const place = shape === null ? -1 : shape.columns.findIndex((c) => c.attribute === attribute);
			if (place < 0) continue;
			for (const group of groups) {
				const facts = group.columns[place + (shape!.isEntry ? 1 : 0)]!.facts!;
				if (facts.least < least) least = facts.least;
				if (facts.most > most) most = facts.most;
			}
		}
		return { least, most };
	}

	segment(column: number): ColumnSegment {
		const file = this.#view!.files[this.#file]!;
		let entry = this.#pinned[column];
		if (entry === undefined || entry === null) {
			entry = file.acquire(this.#group, this.#places[column]!);
			this.#pinned[column] = entry;
		}
		return entry.segment!;
	}

	#letGo(): void {
		for (let i = 0; i < this.#pinned.length; i++) {
			const entry = this.#pinned[i];
			if (entry) entry.pins--;
			this.#pinned[i] = null;
		}
	}

	#tableOf(segment: ColumnSegment, reader: ColumnReader, passes: (value: unknown) => boolean): Uint8Array {
		const codeCount = segment.kind === INTEGERS ? segment.most - segment.least + 1 : segment.entryCount;
		const table = new Uint8Array(codeCount);
		for (let code = 0; code < codeCount; code++) if (passes(codeValue(segment, reader, code, this.#scratch))) table[code] = 1;
		return table;
	}

	#filter(segment: ColumnSegment, test: ScanTest, count: number): number {
		const reader = this.#readers[test.column]!;
		if (!Number.isNaN(test.least) && segment.kind === INTEGERS) {
			const from = Math.max(0, test.least - segment.least);
			const to = test.most - segment.least;
			return keepRange(segment, this.selection, count, from, to);
		}
		const codes = segment.kind === INTEGERS ? segment.most - segment.least + 1 : segment.hasDictionary ? segment.entryCount : Number.POSITIVE_INFINITY;
		return codes <= MEMO_CODES_MAX ? this.#keepKnown(segment, reader, test, count, codes) : this.#keepAsked(segment, reader, test, count);
	}

	/** Asks a predicate at most once for each code. */
	#keepKnown(segment: ColumnSegment, reader: ColumnReader, test: ScanTest, count: number, codeCount: number): number {
		const memo: Memo = new Uint8Array(codeCount);
		const { codes, nulls } = segment;
		const selection = this.selection;
		const ofNull = nulls !== null && test.passes(null);
		let kept = 0;
		for (let i = 0; i < count; i++) {
			const row = selection[i]!;
			if (nulls !== null && nulls[row] !== 0) {
				if (ofNull) selection[kept++] = row;
				continue;
			}
			const code = codes[row]!;
			let known = memo[code]!;
			if (known === 0) {
				known = test.passes(this.#valueAt(segment, reader, row)) ? 2 : 1;
				memo[code] = known;
			}
			if (known === 2) selection[kept++] = row;
		}
		return kept;
	}

	#keepAsked(segment: ColumnSegment, reader: ColumnReader, test: ScanTest, count: number): number {
		const selection = this.selection;
		let kept = 0;
		for (let i = 0; i < count; i++) {
			const row = selection[i]!;
			const value = segment.isNull(row) ? null : this.#valueAt(segment, reader, row);
			if (test.passes(value)) selection[kept++] = row;
		}
		return kept;
	}

	/** Fills the vectors with the next selected rows. */
	#gather(): void {
		const from = this.#given;
		const to = Math.min(this.#selected, from + BATCH_ROWS);
		for (let column = 0; column < this.#readers.length; column++) {
			if (!this.#wanted[column]) continue;
			this.#gatherColumn(this.#pinned[column]!.segment!, this.#readers[column]!, this.vectors[column]!, from, to);
		}
		for (const probe of this.probes) probe.gather(this.selection, from, to);
		this.#isOfGroup = true;
		this.#given = to;
		this.count = to - from;
	}

	#gatherColumn(segment: ColumnSegment, reader: ColumnReader, vector: unknown[], from: number, to: number): void {
		const selection = this.selection;
		const { codes, nulls, least } = segment;
		if (segment.kind === INTEGERS && isPlain(reader)) {
			for (let i = from; i < to; i++) {
				const row = selection[i]!;
				vector[i - from] = nulls !== null && nulls[row] !== 0 ? null : least + codes[row]!;
			}
			return;
		}
		for (let i = from; i < to; i++) {
			const row = selection[i]!;
			vector[i - from] = nulls !== null && nulls[row] !== 0 ? null : this.#valueAt(segment, reader, row);
		}
	}

	#valueAt(segment: ColumnSegment, reader: ColumnReader, row: number): unknown {
		return columnValue(segment, reader, row, this.#scratch);
	}

	/** A batch of whole rows; false at their end. */
	#fillFromRows(): boolean {
		this.#isOfGroup = false;
		if (this.#areRowsDone) return false;
		const rows = this.#rows!;
		const readers = this.#readers;
		const parting = this.#parting;
		let count = 0;
		for (let left = BATCH_ROWS; left > 0; left--) {
			if (!rows.next()) {
				this.count = count;
				this.#areRowsDone = true;
				return count > 0;
			}
			const { valueBuffer, valueStart, valueEnd } = rows;
			let isKept = true;
			for (const { column, passes } of this.tests) {
				if (passes(readers[column]!.getter(valueBuffer, valueStart, valueEnd))) continue;
				isKept = false;
				break;
			}
			for (const probe of this.probes) {
				if (probe === parting) continue;
				const parts = probe.columns.map((column) => readers[column]!.getter(valueBuffer, valueStart, valueEnd) as number | null);
				if (isKept && !probe.take(parts, count)) isKept = false;
			}
			if (!isKept) continue;
			if (parting !== null) {
				const found = this.probes.filter((probe) => probe !== parting).map(({ vector }) => vector[count]!);
				parting.parted!.putRow((column) => readers[column]!.getter(valueBuffer, valueStart, valueEnd), found);
				continue;
			}
			for (let column = 0; column < readers.length; column++) {
				if (this.#wanted[column]) this.vectors[column]![count] = readers[column]!.getter(valueBuffer, valueStart, valueEnd);
			}
			count++;
		}
		this.count = count;
		return true;
	}

	close(): void {
		this.kernel?.settle();
		this.#letGo();
		for (const probe of this.probes) probe.close();
		this.#memory?.release();
		this.#memory = null;
		this.#selecting = null;
		// That of a scratch is somebody else's from now on.
		if (this.selection.buffer instanceof SharedArrayBuffer) this.selection = new Uint16Array(GROUP_ROWS);
		if (this.#rows !== null && 'close' in this.#rows) this.#rows.close();
		this.#rows = null;
		this.#merge = null;
		this.#view?.close();
		this.#view = null;
		this.count = 0;
	}

	/** The end of an execution. */
	clear(): void {
		this.close();
		this.tests = [];
		for (const vector of this.vectors) vector.length = 0;
		for (const probe of this.probes) probe.clear();
	}
}

/** BETWEEN is two comparisons: ranges of one column become one. */
function withRangesJoined(tests: readonly ScanTest[]): ScanTest[] {
	const joined: ScanTest[] = [];
	for (const test of tests) {
		const at = joined.findIndex((other) => other.column === test.column && !Number.isNaN(other.least));
		if (Number.isNaN(test.least) || at < 0) {
			joined.push(test);
			continue;
		}
		const { passes, least, most } = joined[at]!;
		const both = (value: unknown): boolean => passes(value) && test.passes(value);
		joined[at] = { ...test, passes: both, least: Math.max(least, test.least), most: Math.min(most, test.most) };
	}
	return joined;
}

/** Integers whose JavaScript value is the number that they are kept as. */
function isPlain({ representation }: ColumnReader): boolean {
	return representation === 'int4' || representation === 'int2' || representation === 'int8';
}

/** A value that is not NULL. `scratch`: 16 bytes. */
export function columnValue(segment: ColumnSegment, reader: ColumnReader, row: number, scratch: Uint8Array): unknown {
	return codeValue(segment, reader, segment.kind === INTEGERS ? segment.codes[row]! : segment.entryOf(row), scratch);
}

/** The value of a code of integers, or of an entry. */
function codeValue(segment: ColumnSegment, reader: ColumnReader, code: number, scratch: Uint8Array): unknown {
	const { value, representation } = reader;
	if (segment.kind === INTEGERS) {
		const number = segment.least + code;
		switch (representation) {
			case 'int2':
			case 'int4':
			case 'int8':
				return number;
			case 'bool':
				return number !== 0;
			case 'date':
				return dateFromInt32(number);
			case 'oid':
				return number >>> 0;
			default:
				writeInteger(number, value.width, scratch, 0);
				return (value as FixedValue).read(scratch, 0);
		}
	}
	const entry = code;
	if (segment.kind === SLOTS) return (value as FixedValue).read(segment.entries, entry * segment.width);
	if (segment.hasDictionary && (representation === 'text' || representation === 'bpchar' || representation === 'enum')) return textsOf(segment, reader)[entry];
	return (value as VariableValue).read(segment.entries, segment.entryStart(entry), segment.entryEnd(entry));
}

/** The texts of a dictionary, decoded once. */
export function textsOf(segment: ColumnSegment, reader: ColumnReader): readonly string[] {
	if (segment.derived !== null) return segment.derived as string[];
	const texts: string[] = [];
	for (let entry = 0; entry < segment.entryCount; entry++) {
		texts.push((reader.value as VariableValue).read(segment.entries, segment.entryStart(entry), segment.entryEnd(entry)) as string);
	}
	segment.derived = texts;
	return texts;
}

/** Keeps the rows whose code lies in a range and that are not NULL. */
function keepRange(segment: ColumnSegment, selection: Uint16Array, count: number, from: number, to: number): number {
	const { codes, nulls } = segment;
	const whole = from <= 0 && segment.most - segment.least <= to;
	if (whole && nulls === null) return count;
	let kept = 0;
	for (let i = 0; i < count; i++) {
		const row = selection[i]!;
		const code = codes[row]!;
		if (code >= from && code <= to && (nulls === null || nulls[row] === 0)) selection[kept++] = row;
	}
	return kept;
}

/** The rows of layers that are not removals, as a source of rows. */
class LiveRows implements EntrySource {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	isTombstone: boolean;
	readonly #merge: Merge;

	constructor(merge: Merge) {
		this.keyBuffer = EMPTY;
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = EMPTY;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.isTombstone = false;
		this.#merge = merge;
	}

	seek(): void {
		throw new TypeError('rows above a base are walked once');
	}

	next(): boolean {
		let source: EntrySource;
		do {
			if (!this.#merge.next()) return false;
			source = this.#merge.top!;
		} while (source.isTombstone);
		this.valueBuffer = source.valueBuffer;
		this.valueStart = source.valueStart;
		this.valueEnd = source.valueEnd;
		return true;
	}
}

const EMPTY = new Uint8Array(0);
