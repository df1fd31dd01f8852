/**
 * Tables as the executor sees them. A row in memory is an array with one value per *live* column (not dropped), in attribute
 * order. Implemented by `table-access.ts` and `table-writer.ts`.
 */
import type { AdjacencySource } from '../../storage/adjacency/adjacency-reader.ts';
import type { IntegerIndexSource } from '../../storage/adjacency/integer-index-reader.ts';
import type { Keyspace } from '../../storage/contracts.ts';
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import type { Representation } from '../../value/representation.ts';
import type { ColumnPart } from '../../value/row-format.ts';
import type { RowValue } from '../../value/row-values.ts';
import type { ColumnLoad } from './column-load.ts';
import type { SpatialAccess } from './spatial-access.ts';

export { LockWait, StatementRestart } from '../../transaction/signals.ts';

/** Bytes of a row at `buffer[start, end)` → the value of one column. */
export type ColumnGetter = (buffer: Uint8Array, start: number, end: number) => unknown;

/** How to read a table and build bounds over it, for one version of its definition; cached by the model per TableObject. */
export interface TableAccess {
	readonly table: TableObject;
	readonly rows: Keyspace;
	/** Getter for an attribute number from a row's bytes. Also right for rows of older schema versions. */
	getter(attribute: number): ColumnGetter;
	/** As `getter` of a column of variable length, for a part of its value. */
	partGetter(attribute: number, part: ColumnPart): ColumnGetter;
	/** JavaScript text that reads a column without a call, for rows of the current schema version (`isCurrent`); null where there is no short form. `buffer` and `start` are texts of local variables; column values may be null. */
	inlineGetter(attribute: number, buffer: string, start: string): string | null;
	/** JavaScript text, true when the row at buffer/start has the current schema version. */
	inlineIsCurrent(buffer: string, start: string): string;
	/** Row bytes → array of live values. */
	decode(buffer: Uint8Array, start: number, end: number): unknown[];
	/** The key bytes of a row from its values. */
	key(row: readonly unknown[]): Uint8Array;
	indexAccess(index: IndexObject): IndexAccess;
	/** The columns of a table kept in columns (`index` null), or of a columnar index. */
	columnAccess(index: IndexObject | null): ColumnAccess;
	/** For the primary key (rows clustered), as an index. */
	readonly primary: IndexAccess | null;
}

/** How values come out of column segments. */
export interface ColumnReader {
	readonly attribute: number;
	readonly representation: Representation;
	/** Of a value's bytes, as they are in a row. */
	readonly value: RowValue;
	/** From the bytes of a whole row, or index entry. */
	readonly getter: ColumnGetter;
}

export interface ColumnAccess {
	readonly keyspace: Keyspace;
	column(attribute: number): ColumnReader;
}

/** Writes key bytes of bound values into a buffer that grows; returns the new end. `null` sorts as the index says. */
export type KeyPartWriter = (value: unknown, target: KeyBuffer) => void;

/** A growing buffer for keys, reused between executions. */
export interface KeyBuffer {
	bytes: Uint8Array;
	length: number;
	reset(): void;
	/** A copy of what is in it. */
	copy(): Uint8Array;
}

export interface IndexAccess {
	readonly keyspace: Keyspace;
	/** One writer per key column, in order. */
	readonly parts: readonly KeyPartWriter[];
	/** The columns, when none is null, are the whole key of one entry: not so for an index of a deferrable constraint, be it unique. */
	readonly hasUniqueKeys: boolean;
	/** Of a spatial index: how it is read. Its keys have no ranges of columns. */
	readonly spatial: SpatialAccess | null;
	/** Getter from an *entry's* bytes for a column that the index holds (key columns of reversible types, INCLUDE, and the row key); null where only the row has it. */
	entryGetter(
		attribute: number,
	): ((keyBuffer: Uint8Array, keyStart: number, keyEnd: number, valueBuffer: Uint8Array, valueStart: number, valueEnd: number) => unknown) | null;
	/** Where the row's key lies within an entry: copies it to `target`. Entries of a unique index keep it in the value, others at the end of the key. */
	rowKey(keyBuffer: Uint8Array, keyStart: number, keyEnd: number, valueBuffer: Uint8Array, valueStart: number, valueEnd: number, target: KeyBuffer): void;
}

/**
 * Stored expressions of a table, compiled by a floor above (they are SQL) and injected into the model: CHECK constraints,
 * generated columns, keys and predicates of indexes over expressions. All run on a row array.
 */
export interface RowProgram {
	/** Fills generated columns in place. */
	generate(row: unknown[]): void;
	/** Throws 23514 with the constraint's name when one fails. */
	check(row: readonly unknown[]): void;
	/** Key values of an index with expressions or a predicate; null when the row is not in it. */
	indexValues(index: IndexObject, row: readonly unknown[]): unknown[] | null;
	/** Computes the keys of these rows in all indexes at once, for the calls of `indexValues` until `release`. The rows may not change in between. */
	hold(...rows: readonly (readonly unknown[] | null)[]): void;
	release(): void;
	/** DEFAULT values, for SET DEFAULT actions of foreign keys. */
	defaultValue(attribute: number): unknown;
}

export interface StoredExpressions {
	/** null where the table has none of it. */
	forTable(catalog: CatalogVersion, table: TableObject): RowProgram | null;
}

/**
 * Changes to one table in one statement. Every call may throw `LockWait` (below): the statement must then be undone to its
 * savepoint, wait for `Transaction.waiting` and run again. Constraint errors are PostgreSQL's, with their fields:
 * 23502, 23503, 23505, 23514.
 */
export interface TableWriter {
	/** Fills generated columns of `row` in place, checks it, stores it. False: a trigger kept it from being stored (it may also change `row`). */
	insert(row: unknown[]): boolean;
	/** The key of the existing row with which `row` would conflict on one of the indexes (null: all unique ones), or null. Locks it. */
	findConflict(row: readonly unknown[], indexes: readonly IndexObject[] | null): Uint8Array | null;
	/** The newest version of the row with this key, or null. */
	fetch(key: Uint8Array): unknown[] | null;
	/**
	 * Locks the row for an update (or a delete). 'changed': it was changed since the snapshot under read committed (the caller
	 * restarts the statement); the stricter levels throw 40001. 'skipped': it is locked and `wait` is 'skip', or this very
	 * statement has changed it before (an update then leaves it alone; ON CONFLICT DO UPDATE fails with 21000).
	 */
	lock(key: Uint8Array, strength: 'key share' | 'share' | 'no key update' | 'update', wait: 'wait' | 'nowait' | 'skip'): 'granted' | 'changed' | 'skipped';
	/** `assigned`: the numbers of the columns that the statement sets. False as of `insert`. */
	update(key: Uint8Array, oldRow: readonly unknown[], newRow: unknown[], assigned: readonly number[]): boolean;
	delete(key: Uint8Array, oldRow: readonly unknown[]): boolean;
	/** A statement of this kind begins: only asked of tables with triggers (`hasTriggers`). */
	begin?(event: 'insert' | 'update' | 'delete', assigned: readonly number[]): void;
	/** End of the statement: foreign keys, their actions, unique checks that were put off, triggers; with `putsOff` those of what actions changed wait for `finishActions`. */
	finish(putsOff?: boolean): void;
	finishActions?(): void;
}

/** The triggers of one table in one statement; injected by a floor above, as what they do is SQL. */
export interface StatementTriggers {
	/** BEFORE triggers of the statement; once per event. */
	begin(event: 'insert' | 'update' | 'delete', assigned: readonly number[]): void;
	/** BEFORE triggers of a row, which may change the new one in place. False: the row is left alone. */
	beforeInsert(row: unknown[]): boolean;
	beforeUpdate(oldRow: readonly unknown[], newRow: unknown[], assigned: readonly number[]): boolean;
	beforeDelete(oldRow: readonly unknown[]): boolean;
	/** INSTEAD OF triggers of a view's row, which may change the new one in place. False: nothing was done. */
	instead(event: 'insert' | 'update' | 'delete', oldRow: readonly unknown[] | null, newRow: unknown[] | null): boolean;
	/** What happened, for AFTER triggers. */
	inserted(row: readonly unknown[]): void;
	updated(oldRow: readonly unknown[], newRow: readonly unknown[], assigned: readonly number[]): void;
	deleted(oldRow: readonly unknown[]): void;
	/** AFTER triggers, once the statement's own checks have passed. */
	finish(): void;
}

/** Which triggers run: all; those of the statement that names a partitioned or inherited table; those of the rows of a table below it; of its own rows. */
export type TriggerScope = 'all' | 'statement' | 'rows' | 'named rows';

export interface TriggerSource {
	/** Null where a table has no triggers that could run. */
	forStatement(transaction: Transaction, table: TableObject, scope: TriggerScope): StatementTriggers | null;
}

/** Rows in batches. Both calls may throw `LockWait`; nothing of the batch was taken then: the call is made again after the wait. */
export interface TableRowLoader {
	readonly rowCount: number;
	insert(rows: readonly unknown[][]): void;
	/** Rows may now come by column too, between calls of `insert`: the columns that they go to; null: they may not. */
	columns?(): ColumnLoad | null;
	/** After the last row: ends the load in steps of about `budget` entries; true when it is complete. */
	step(budget: number): boolean;
}

/** Rows as bytes: `integers` has the int8 columns at their places, all below 2^53, and `bytes[start, end)` is the last column's value as it is in a row. */
export interface SortedRowTemplate {
	/** False: the row is too long, and goes the way of `SortedRowLoader.add`. */
	add(integers: Float64Array, bytes: Uint8Array, start: number, end: number): boolean;
	/** The entry of the row in the index at this place of `apart`. */
	addEntry(place: number, integers: Float64Array): void;
}

/** Rows into an empty table, each keyspace's in the order of its keys; those of indexes that are `apart` by calls of their own. No call waits. */
export interface SortedRowLoader {
	add(rows: readonly unknown[][]): void;
	/** The same rows, for the index at this place of `apart`. */
	addEntries(place: number, rows: readonly (readonly unknown[])[]): void;
	/** For rows that are like this one but in their int8 columns and in the last column; null when they can only go the way of `add`. */
	template(sample: readonly unknown[]): SortedRowTemplate | null;
	/** As `TableRowLoader.step`. */
	step(budget: number): boolean;
}

export interface TableModel {
	/** The adjacency of the graph whose edges or vertices the table holds; null where it has none. */
	adjacencyOf?(catalog: CatalogVersion, table: TableObject): AdjacencySource | null;
	/** The index of integers in memory of a table's index (null: its key); null where there can be none. */
	integerIndexOf?(table: TableObject, index: IndexObject | null): IntegerIndexSource | null;
	access(catalog: CatalogVersion, table: TableObject): TableAccess;
	writer(transaction: Transaction, table: TableObject): TableWriter;
	/** For many rows (COPY): past some number of them they are loaded in bulk, if the table is empty and `mayBulk` (the statement is the whole transaction). */
	loader(transaction: Transaction, table: TableObject, mayBulk: boolean): TableRowLoader;
	/** For rows that the caller has sorted, in a transaction that is nothing but this load; null when the table is not empty, or is loaded by `loader` only. */
	sortedLoader(transaction: Transaction, table: TableObject, apart: readonly IndexObject[]): SortedRowLoader | null;
	/** TRUNCATE: gives the table fresh keyspaces (a catalog change of this transaction). */
	truncate(transaction: Transaction, table: TableObject): void;
}
