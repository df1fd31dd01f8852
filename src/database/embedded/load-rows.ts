/**
 * Loads many rows from the program into one table, as COPY does from a client: values are converted by the columns' types,
 * columns that are left out get their defaults, constraints and indexes are kept. Into an empty table the rows go past the
 * memtable, sorted, straight into files that the log names.
 */
import { LockWait, type TableRowLoader } from '../../model/table/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import type { ColumnObject } from '../../transaction/catalog-objects.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { rowDefaults } from '../copy/row-defaults.ts';
import { listName, requireTable } from '../ddl/names.ts';
import type { DatabaseSession } from '../session.ts';
import { fromJs } from './js-values.ts';
import { wholeLoad } from './whole-load.ts';

const BATCH_ROWS = 1000;
const STEP_ENTRIES = 20_000;

/**
 * A row to load: column name → value.
 *
 * @since 0.1.0
 */
export type LoadRow = Readonly<Record<string, unknown>>;

/**
 * Loads all rows or none; returns how many.
 * @internal
 */
export async function loadRows(
	session: DatabaseSession,
	tableName: string,
	rows: Iterable<LoadRow> | AsyncIterable<LoadRow>,
	names: readonly string[] | null,
): Promise<number> {
	return wholeLoad(session, async (transaction) => {
		const table = requireTable(session, listName(tableName.split('.')));
		const columns = loadedColumns(table.columns, table.name, names);
		const converts = columns.map((c) => fromJs(session.lookup.typeByOid(c.typeOid)!, session.lookup, session.textSettings));
		const complete = rowDefaults(session, table, columns);
		const loader = session.engine.tables.loader(transaction, table, session.block === null);
		let batch: unknown[][] = [];
		const store = async (): Promise<void> => {
			await undoneToWait(session, transaction, loader, (l) => l.insert(batch));
			batch = [];
			await session.pause();
		};
		for await (const row of rows) {
			batch.push(complete(columns.map((c, i) => converts[i]!(row[c.name]))));
			if (batch.length >= BATCH_ROWS) await store();
		}
		if (batch.length > 0) await store();
		await finishLoad(session, transaction, loader);
		return loader.rowCount;
	});
}

function loadedColumns(all: readonly ColumnObject[], tableName: string, names: readonly string[] | null): ColumnObject[] {
	const live = all.filter((c) => !c.dropped);
	if (names === null) return live.filter((c) => c.generatedText === null);
	return names.map((name) => {
		const column = live.find((c) => c.name === name);
		if (column === undefined) throw sqlError('42703', `column "${name}" of relation "${tableName}" does not exist`);
		if (column.generatedText !== null) throw sqlError('428C9', `column "${name}" is a generated column`);
		return column;
	});
}

/** Ends a load in steps, between which others get a turn. */
export async function finishLoad(session: DatabaseSession, transaction: OwnedTransaction, loader: TableRowLoader): Promise<void> {
	for (let isDone = false; !isDone; ) {
		await undoneToWait(session, transaction, loader, (l) => {
			isDone = l.step(STEP_ENTRIES);
		});
		if (!isDone) await session.pause();
	}
}

/** Does a step; when it meets a lock, undoes it, waits for the lock, and does it again. */
export async function undoneToWait(
	session: DatabaseSession,
	transaction: OwnedTransaction,
	loader: TableRowLoader,
	step: (loader: TableRowLoader) => void,
): Promise<void> {
	for (;;) {
		const savepoint = transaction.savepoint('');
		try {
			step(loader);
			transaction.release(savepoint);
			return;
		} catch (error) {
			if (!(error instanceof LockWait)) throw error;
			transaction.rollbackTo(savepoint);
			await session.waitForLockOf(transaction);
		}
	}
}
