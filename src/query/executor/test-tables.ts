/**
 * Tables in memory for the tests of the executor: a `TableModel` over sorted arrays, and small functions, equalities and orderings.
 * A row's bytes are four: its number in the table's list. Keys are order-preserving for integers and text.
 */
import type { IndexAccess, KeyPartWriter, TableAccess, TableModel, TableWriter } from '../../model/table/contracts.ts';
import type { Cursor, Keyspace, Slot } from '../../storage/contracts.ts';
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import { GrowingKeyBuffer, reserveBytes } from '../../value/key-buffer.ts';
import type { ColumnPart } from '../../value/row-format.ts';
import type { Type } from '../../value/type.ts';
import type { FunctionContext } from '../functions/contracts.ts';
import type { Execution, ExecutionContext, Program, RowSink } from './contracts.ts';

function testType(oid: number, name: string, category: Type['category'], length: number): Type {
	return {
		oid,
		name,
		schema: 'pg_catalog',
		kind: 'base',
		category,
		preferred: false,
		length,
		elementOid: 0,
		arrayOid: 0,
		baseOid: 0,
		baseTypmod: -1,
		enumLabels: [],
		fields: [],
	};
}
export const INT = testType(23, 'int4', 'N', 4);
export const TEXT = testType(25, 'text', 'S', -1);
export const BOOL = testType(16, 'bool', 'B', 1);

const writePart: KeyPartWriter = (value, target) => {
	reserveBytes(target, 16);
	// Nulls last, as indexes have them by default.
	if (value === null) {
		target.bytes[target.length++] = 2;
		return;
	}
	target.bytes[target.length++] = 1;
	if (typeof value === 'number') {
		const number = value + 2 ** 31;
		for (let shift = 24; shift >= 0; shift -= 8) target.bytes[target.length++] = Math.floor(number / 2 ** shift) & 255;
		return;
	}
	const bytes = Buffer.from(`${String(value)}\0`);
	reserveBytes(target, bytes.length);
	for (const byte of bytes) target.bytes[target.length++] = byte;
};

const writeDescending: KeyPartWriter = (value, target) => {
	const start = target.length;
	writePart(value, target);
	for (let i = start; i < target.length; i++) target.bytes[i] = 255 - target.bytes[i]!;
};

interface Entry {
	readonly key: Uint8Array;
	readonly value: Uint8Array;
}

class MemoryKeyspace implements Keyspace {
	observer = null;
	readonly id: number;
	readonly abilities = { name: 'lsm' as const, ordered: true, snapshots: true, removesRanges: false };
	entries: Entry[] = [];

	constructor(id: number) {
		this.id = id;
	}

	find(key: Uint8Array): number {
		let low = 0;
		let high = this.entries.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (Buffer.compare(this.entries[middle]!.key, key) < 0) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	store(key: Uint8Array, value: Uint8Array): void {
		const at = this.find(key);
		const exists = at < this.entries.length && Buffer.compare(this.entries[at]!.key, key) === 0;
		this.entries.splice(at, exists ? 1 : 0, { key, value });
	}

	remove(key: Uint8Array): void {
		const at = this.find(key);
		if (at < this.entries.length && Buffer.compare(this.entries[at]!.key, key) === 0) this.entries.splice(at, 1);
	}

	get(key: Uint8Array, keyLength: number, _offset: number, slot: Slot): boolean {
		const wanted = key.subarray(0, keyLength);
		const entry = this.entries[this.find(wanted)];
		if (entry === undefined || Buffer.compare(entry.key, wanted) !== 0) return false;
		slot.buffer = entry.value;
		slot.start = 0;
		slot.end = entry.value.length;
		return true;
	}

	newestOffset(): number {
		return 0;
	}

	cursor(lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean): Cursor {
		return new MemoryCursor(this, lower, upper, reverse);
	}

	put(): void {
		throw new Error('use store');
	}

	columns(): null {
		return null;
	}

	estimate(): { entries: number; bytes: number } {
		return { entries: this.entries.length, bytes: 0 };
	}
}

const NO_BYTES = new Uint8Array(0);
export let openCursors = 0;

class MemoryCursor implements Cursor {
	keyBuffer: Uint8Array = NO_BYTES;
	keyStart = 0;
	keyEnd = 0;
	valueBuffer: Uint8Array = NO_BYTES;
	valueStart = 0;
	valueEnd = 0;
	readonly #space: MemoryKeyspace;
	readonly #reverse: boolean;
	#entries: readonly Entry[] = [];
	#at = 0;

	constructor(space: MemoryKeyspace, lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean) {
		this.#space = space;
		this.#reverse = reverse;
		openCursors++;
		this.seek(lower, upper);
	}

	next(): boolean {
		const entry = this.#entries[this.#at++];
		if (entry === undefined) return false;
		this.keyBuffer = entry.key;
		this.keyEnd = entry.key.length;
		this.valueBuffer = entry.value;
		this.valueEnd = entry.value.length;
		return true;
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		const from = lower === null ? 0 : this.#space.find(lower);
		const to = upper === null ? this.#space.entries.length : this.#space.find(upper);
		this.#entries = this.#space.entries.slice(from, Math.max(from, to));
		if (this.#reverse) this.#entries = [...this.#entries].reverse();
		this.#at = 0;
	}

	close(): void {
		openCursors--;
	}
}

function numberBytes(value: number): Uint8Array {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes;
}

/** One table with its indexes. Changes are immediate: there is no transaction to undo them. */
export class MemoryTable implements TableAccess {
	readonly table: TableObject;
	readonly rows: MemoryKeyspace;
	readonly list: unknown[][] = [];
	readonly indexes: readonly IndexObject[];
	readonly primary: IndexAccess | null;
	readonly #indexAccess = new Map<number, IndexAccess & { readonly keyspace: MemoryKeyspace }>();
	#hidden = 0;
	/** Called before each change; may throw. */
	beforeChange: () => void = () => {};
	changesFinished = 0;

	constructor(table: TableObject, indexes: readonly IndexObject[] = []) {
		this.table = table;
		this.indexes = indexes;
		this.rows = new MemoryKeyspace(table.keyspaceId);
		for (const index of indexes) this.#indexAccess.set(index.id, this.#makeIndex(index));
		this.primary =
			table.primaryKey.length === 0
				? null
				: {
						keyspace: this.rows,
						parts: table.primaryKey.map(() => writePart),
						hasUniqueKeys: true,
						spatial: null,
						entryGetter: () => null,
						rowKey: (buffer, start, end, _v, _s, _e, target) => append(target, buffer.subarray(start, end)),
					};
	}

	#makeIndex(index: IndexObject): IndexAccess & { readonly keyspace: MemoryKeyspace } {
		const keyspace = new MemoryKeyspace(index.keyspaceId);
		return {
			keyspace,
			hasUniqueKeys: index.unique,
			spatial: null,
			parts: index.columns.map((c) => (c.descending ? writeDescending : writePart)),
			entryGetter: (attribute) => (index.columns.some((c) => c.column === attribute) ? (_k, _ks, _ke, value) => this.#rowOfValue(value)[attribute - 1] : null),
			rowKey: (_k, _ks, _ke, value, start, _end, target) => append(target, this.#keyOfNumber(Buffer.from(value).readUInt32LE(start))),
		};
	}

	readonly #keys: Uint8Array[] = [];

	#keyOfNumber(number: number): Uint8Array {
		return this.#keys[number]!;
	}

	#rowOfValue(value: Uint8Array, start = 0): unknown[] {
		return this.list[Buffer.from(value.buffer, value.byteOffset, value.byteLength).readUInt32LE(start)]!;
	}

	getter(attribute: number): (buffer: Uint8Array, start: number, end: number) => unknown {
		return (buffer, start) => this.#rowOfValue(buffer, start)[attribute - 1];
	}

	/** Of texts, from their bytes. */
	partGetter(attribute: number, part: ColumnPart): (buffer: Uint8Array, start: number, end: number) => unknown {
		return (buffer, start) => {
			const value = this.#rowOfValue(buffer, start)[attribute - 1] as string | null;
			if (value === null) return null;
			const bytes = Buffer.from(`(${value})`, 'utf8');
			return part.read(bytes, 1, bytes.length - 1);
		};
	}

	inlineGetter(): string | null {
		return null;
	}

	inlineIsCurrent(): string {
		return 'true';
	}

	decode(buffer: Uint8Array, start: number): unknown[] {
		return [...this.#rowOfValue(buffer, start)];
	}

	key(row: readonly unknown[]): Uint8Array {
		const key = new GrowingKeyBuffer();
		for (const number of this.table.primaryKey) writePart(row[number - 1], key);
		return key.copy();
	}

	columnAccess(): never {
		throw new Error('no table here keeps columns');
	}

	indexAccess(index: IndexObject): IndexAccess {
		return this.#indexAccess.get(index.id)!;
	}

	#indexKey(index: IndexObject, row: readonly unknown[], number: number): Uint8Array {
		const key = new GrowingKeyBuffer();
		const access = this.#indexAccess.get(index.id)!;
		index.columns.forEach((c, i) => {
			access.parts[i]!(row[c.column - 1], key);
		});
		if (!index.unique || index.columns.some((c) => row[c.column - 1] === null)) append(key, numberBytes(number));
		return key.copy();
	}

	put(row: unknown[], key?: Uint8Array): Uint8Array {
		const number = this.list.push(row) - 1;
		const rowKey = key ?? (this.table.primaryKey.length > 0 ? this.key(row) : numberBytes(this.#hidden++).reverse());
		this.#keys.push(rowKey);
		this.rows.store(rowKey, numberBytes(number));
		for (const index of this.indexes) this.#indexAccess.get(index.id)!.keyspace.store(this.#indexKey(index, row, number), numberBytes(number));
		return rowKey;
	}

	take(key: Uint8Array): void {
		const slot: Slot = { buffer: NO_BYTES, start: 0, end: 0 };
		if (!this.rows.get(key, key.length, 0, slot)) throw new Error('no such row');
		const number = Buffer.from(slot.buffer).readUInt32LE(0);
		for (const index of this.indexes) this.#indexAccess.get(index.id)!.keyspace.remove(this.#indexKey(index, this.list[number]!, number));
		this.rows.remove(key);
	}

	/** The rows as they are, in key order. */
	contents(): unknown[][] {
		return this.rows.entries.map((e) => this.#rowOfValue(e.value));
	}
}

function append(target: { bytes: Uint8Array; length: number }, bytes: Uint8Array): void {
	reserveBytes(target, bytes.length);
	target.bytes.set(bytes, target.length);
	target.length += bytes.length;
}

export class MemoryModel implements TableModel {
	readonly tables = new Map<number, MemoryTable>();

	add(table: MemoryTable): MemoryTable {
		this.tables.set(table.table.id, table);
		return table;
	}

	access(_catalog: CatalogVersion, table: TableObject): TableAccess {
		return this.tables.get(table.id)!;
	}

	writer(_transaction: Transaction, table: TableObject): TableWriter {
		return new MemoryWriter(this.tables.get(table.id)!);
	}

	loader(): never {
		throw new Error('not in tests');
	}

	sortedLoader(): null {
		return null;
	}

	truncate(): void {
		throw new Error('not in tests');
	}
}

class MemoryWriter implements TableWriter {
	readonly #table: MemoryTable;
	readonly #changed = new Set<string>();

	constructor(table: MemoryTable) {
		this.#table = table;
	}

	insert(row: unknown[]): boolean {
		this.#mark(this.#table.put(row));
		return true;
	}

	findConflict(row: readonly unknown[], indexes: readonly IndexObject[] | null): Uint8Array | null {
		const { table } = this.#table;
		const keys = indexes === null ? [table.primaryKey] : indexes.map((i) => i.columns.map((c) => c.column));
		for (const entry of this.#table.rows.entries) {
			const slot: Slot = { buffer: NO_BYTES, start: 0, end: 0 };
			this.#table.rows.get(entry.key, entry.key.length, 0, slot);
			const existing = this.#table.decode(slot.buffer, 0);
			if (keys.some((key) => key.length > 0 && key.every((n) => row[n - 1] !== null && existing[n - 1] === row[n - 1]))) return entry.key;
		}
		return null;
	}

	fetch(key: Uint8Array): unknown[] | null {
		const slot: Slot = { buffer: NO_BYTES, start: 0, end: 0 };
		return this.#table.rows.get(key, key.length, 0, slot) ? this.#table.decode(slot.buffer, slot.start) : null;
	}

	lock(key: Uint8Array): 'granted' | 'skipped' {
		return this.#changed.has(Buffer.from(key).toString('hex')) ? 'skipped' : 'granted';
	}

	#mark(key: Uint8Array): void {
		this.#table.beforeChange();
		this.#changed.add(Buffer.from(key).toString('hex'));
	}

	update(key: Uint8Array, _oldRow: readonly unknown[], newRow: unknown[]): boolean {
		this.#mark(key);
		this.#table.take(key);
		this.#table.put(newRow, this.#table.table.primaryKey.length > 0 ? undefined : key);
		return true;
	}

	delete(key: Uint8Array): boolean {
		this.#mark(key);
		this.#table.take(key);
		return true;
	}

	finish(): void {
		this.#table.changesFinished++;
	}
}

/** Collects rows; refuses more after every `refuseEvery`-th. */
export class RowCollector implements RowSink {
	readonly rows: unknown[][] = [];
	readonly writers: ((value: unknown) => void)[];
	#row: unknown[] = [];
	readonly #refuseEvery: number;

	constructor(columnCount: number, refuseEvery = 0) {
		this.#refuseEvery = refuseEvery;
		this.writers = Array.from({ length: columnCount }, () => (value: unknown) => {
			if (value === undefined) throw new Error('a column is undefined');
			this.#row.push(value);
		});
	}

	begin(): void {
		this.#row = [];
	}

	end(): boolean {
		this.rows.push(this.#row);
		return this.#refuseEvery === 0 || this.rows.length % this.#refuseEvery !== 0;
	}
}

export const TEST_CATALOG = { get: () => undefined, typeByOid: (oid: number) => [INT, TEXT, BOOL].find((t) => t.oid === oid) } as unknown as CatalogVersion;

/** A context over tables in memory. */
export function testContext(model: MemoryModel, options: Partial<ExecutionContext> = {}): ExecutionContext {
	const transaction = {
		get: (space: Keyspace, key: Uint8Array, length: number, slot: Slot) => space.get(key, length, 0, slot),
		cursor: (space: Keyspace, lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean) => space.cursor(lower, upper, reverse, 0),
	} as unknown as Transaction;
	return {
		transaction,
		tables: model,
		parameters: [],
		functions: { random: () => 0.5 } as unknown as FunctionContext,
		virtualRows: () => [],
		memoryBytes: 1 << 28,
		checkCancelled: () => {},
		spill: null,
		...options,
	};
}

/** Runs a program to its end in steps of a budget, and gives its rows. */
export function runProgram(program: Program, context: ExecutionContext, budget = 100000, refuseEvery = 0): unknown[][] {
	const sink = new RowCollector(program.columns.length, refuseEvery);
	const execution: Execution = program.start(context, sink);
	try {
		for (let steps = 0; ; steps++) {
			const result = execution.step(budget);
			if (result === 'done') return sink.rows;
			if (result !== 'more') throw new Error(`the statement is ${result}`);
			if (steps > 1000000) throw new Error('the program does not end');
		}
	} finally {
		execution.close();
	}
}
