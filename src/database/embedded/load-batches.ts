/**
 * Loads a file of rows into one table: batches of values by column become rows of the table without a detour over text where the types are alike. All rows or
 * none; into an empty table past the memtable, as COPY does.
 */
import { toValue } from '../../encoding/tabular/column-conversion.ts';
import { FILE_START, type TabularBatch, type TabularColumn, type TabularSource } from '../../encoding/tabular/tabular-source.ts';
import type { TableRowLoader } from '../../model/table/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import type { ColumnObject } from '../../transaction/catalog-objects.ts';
import { rowDefaults } from '../copy/row-defaults.ts';
import { listName, requireTable } from '../ddl/names.ts';
import type { DatabaseSession } from '../session.ts';
import { locatedIn, placeOf } from './batch-places.ts';
import { ColumnBatches } from './column-batches.ts';
import { finishLoad, undoneToWait } from './load-rows.ts';
import { wholeLoad } from './whole-load.ts';

/** Rows between which others get a turn: about a millisecond of them. */
const TURN_ROWS = 1000;

/** A column of the file and the one of the table that it goes to, at `place` among the table's. */
export interface LoadedColumn {
	readonly place: number;
	readonly source: number;
	readonly column: TabularColumn;
	readonly target: ColumnObject;
}

/**
 * Loads all rows; returns how many. `names`: columns to take, null for all. `onProgress` is told what of the source's `bytesTotal` is done.
 * Throws SQL's errors of values and constraints, with file, row and column in CONTEXT.
 */
export async function loadBatches(
	session: DatabaseSession,
	tableName: string,
	source: TabularSource,
	fileName: string,
	names: readonly string[] | null,
	onProgress: (bytesDone: number) => void,
): Promise<number> {
	return wholeLoad(session, async (transaction) => {
		const table = requireTable(session, listName(tableName.split('.')));
		const live = table.columns.filter((c) => !c.dropped);
		const loaded = matchColumns(source.columns, live, table.name, fileName, names);
		const complete = rowDefaults(
			session,
			table,
			loaded.map((l) => l.target),
		);
		const isWhole = loaded.length === live.length && loaded.every((l, i) => l.target === live[i]);
		const rows = new BatchRows(session, loaded, fileName, isWhole ? null : complete);
		const loader = session.engine.tables.loader(transaction, table, session.block === null);
		let direct: ColumnBatches | null = null;
		for await (const batch of source.batches(FILE_START)) {
			rows.begin(batch);
			direct ??= loaded.length === live.length ? directColumns(session, loader, loaded) : null;
			if (direct !== null) {
				direct.take(batch, fileName);
				await session.pause();
				onProgress(batch.bytesDone);
				continue;
			}
			for (let from = 0; from < batch.rowCount; from += TURN_ROWS) {
				const part = rows.part(from, Math.min(batch.rowCount, from + TURN_ROWS));
				await undoneToWait(session, transaction, loader, (l: TableRowLoader) => l.insert(part));
				await session.pause();
			}
			onProgress(batch.bytesDone);
		}
		await finishLoad(session, transaction, loader);
		return loader.rowCount;
	});
}

/** Once rows go into files of columns, batches need not become rows. */
function directColumns(session: DatabaseSession, loader: TableRowLoader, loaded: readonly LoadedColumn[]): ColumnBatches | null {
	const load = loader.columns?.() ?? null;
	return load === null ? null : new ColumnBatches(session, load, loaded);
}

/** By name; a column of the file that the table lacks is an error, unless the columns to take were named. */
function matchColumns(
	columns: readonly TabularColumn[],
	live: readonly ColumnObject[],
	tableName: string,
	fileName: string,
	names: readonly string[] | null,
): LoadedColumn[] {
	const wanted = names ?? columns.map((c) => c.name);
	return wanted.map((name) => {
		const source = columns.findIndex((c) => c.name === name);
		if (source < 0) throw sqlError('42703', `${fileName} has no column "${name}"`);
		const target = live.find((c) => c.name === name);
		if (target === undefined)
			throw sqlError('42703', `column "${name}" of relation "${tableName}" does not exist`, { hint: 'Add it, or name the columns to take.' });
		if (target.generatedText !== null) throw sqlError('428C9', `column "${name}" is a generated column`);
		return { source, column: columns[source]!, target, place: live.indexOf(target) };
	});
}

/** Rows of the table from a batch of columns. */
class BatchRows {
	readonly #columns: readonly LoadedColumn[];
	readonly #converts: readonly (((value: unknown) => unknown) | null)[];
	readonly #fileName: string;
	/** null: a row has all columns of the table, in their order. */
	readonly #complete: ((row: readonly unknown[]) => unknown[]) | null;
	#batch: TabularBatch | null = null;

	constructor(session: DatabaseSession, columns: readonly LoadedColumn[], fileName: string, complete: ((row: readonly unknown[]) => unknown[]) | null) {
		const { lookup, textSettings } = session;
		this.#columns = columns;
		this.#fileName = fileName;
		this.#complete = complete;
		this.#converts = columns.map((c) => toValue(c.column, { type: lookup.typeByOid(c.target.typeOid)!, typmod: c.target.typmod }, lookup, textSettings));
	}

	begin(batch: TabularBatch): void {
		const failure = batch.unreadable?.entries().next().value;
		if (failure !== undefined) throw sqlError('22P04', `${failure[1]} (${placeOf(batch, failure[0], this.#fileName)})`);
		this.#batch = batch;
	}

	part(from: number, to: number): unknown[][] {
		const batch = this.#batch!;
		const rows = new Array<unknown[]>(to - from);
		for (let r = 0; r < rows.length; r++) rows[r] = new Array<unknown>(this.#columns.length);
		for (let c = 0; c < this.#columns.length; c++) this.#fill(rows, batch, c, from);
		return this.#complete === null ? rows : rows.map(this.#complete);
	}

	#fill(rows: unknown[][], batch: TabularBatch, c: number, from: number): void {
		const values = batch.columns[this.#columns[c]!.source]!;
		const convert = this.#converts[c]!;
		let r = 0;
		try {
			if (convert === null) for (; r < rows.length; r++) rows[r]![c] = values[from + r];
			else
				for (; r < rows.length; r++) {
					const value = values[from + r];
					rows[r]![c] = value === null ? null : convert(value);
				}
		} catch (error) {
			throw locatedIn(batch, from + r, this.#fileName, this.#columns[c]!.target.name, error);
		}
	}
}
