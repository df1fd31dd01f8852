/**
 * Writing a table anew under a changed definition (ALTER COLUMN TYPE, ADD PRIMARY KEY, SET ACCESS METHOD): fresh keyspaces for its rows and
 * indexes, every row converted and checked. The table is locked exclusively by the caller; the old keyspaces go at the commit.
 */
import { sqlError } from '../../platform/errors.ts';
import { orderedBeside } from '../../storage/engine-abilities.ts';
import type { ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import type { Pause } from './index-build.ts';
import { TableLoader } from './table-loader.ts';
import type { Tables } from './table-model.ts';
import { TableScan } from './table-scan.ts';

const STEP_ROWS = 1000;
const STEP_ENTRIES = 20_000;

/**
 * `after` is the new definition of the table that the transaction's catalog still has in its old form; its indexes may have
 * been changed already. `mayBulk`: the transaction changes and reads nothing of the table afterwards, but commits. `convert` turns a row's old values into the new ones, one per live column of `after`. `readBy` is the catalog
 * that rows are read by, where their types have been changed already. Returns the table as it is now in the catalog.
 */
export async function rewriteTable(
	tables: Tables,
	transaction: Transaction,
	after: TableObject,
	convert: (row: readonly unknown[]) => unknown[],
	pause: Pause,
	mayBulk = false,
	readBy: CatalogVersion = transaction.catalog,
): Promise<TableObject> {
	const before = readBy.get(after.id);
	if (before?.kind !== 'table') throw sqlError('42P01', `table "${after.name}" does not exist`);
	const source = tables.access(readBy, before);
	const table = withFreshKeyspaces(transaction, after);
	const loader = new TableLoader(tables, transaction, table, mayBulk, true);
	const scan = new TableScan(source);
	for (let isDone = false; !isDone; ) {
		const rows: unknown[][] = [];
		isDone = scan.step(transaction, STEP_ROWS, (_key, _keyStart, _keyEnd, row, start, end) => {
			rows.push(convert(source.decode(row, start, end)));
		});
		loader.insert(rows);
		await pause();
	}
	while (!loader.step(STEP_ENTRIES)) await pause();
	return table;
}

function withFreshKeyspaces(transaction: Transaction, after: TableObject): TableObject {
	const keyspaceId = transaction.newId();
	const table: TableObject = { ...after, keyspaceId };
	for (const id of after.indexIds) freshIndex(transaction, id, table);
	transaction.changeCatalog(table.id, table);
	return table;
}

/** An index follows the engine of its table, unless its own was chosen. */
function freshIndex(transaction: Transaction, id: ObjectId, table: TableObject): void {
	const index = transaction.catalog.get(id);
	if (index?.kind !== 'index') return;
	const follows = !index.primary && index.isEngineChosen !== true;
	transaction.changeCatalog(id, {
		...index,
		ready: true,
		keyspaceId: index.primary ? table.keyspaceId : transaction.newId(),
		...(follows ? { engine: orderedBeside(table.engine) } : {}),
	});
}
