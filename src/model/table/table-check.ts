/**
 * Checking the rows that are there against a new constraint: ALTER TABLE ADD CONSTRAINT, VALIDATE CONSTRAINT, SET NOT NULL. The
 * table is locked against writers by the caller.
 */
import { PolylogError, sqlError } from '../../platform/errors.ts';
import type { Slot } from '../../storage/contracts.ts';
import type { ConstraintObject, ObjectId } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { missingParent, mixedNulls } from './constraint-errors.ts';
import { LockWait } from './contracts.ts';
import { ParentSearch } from './foreign-key-search.ts';
import type { Pause } from './index-build.ts';
import type { CodecTableAccess } from './table-access.ts';
import type { Tables } from './table-model.ts';
import { TableScan } from './table-scan.ts';
import { foreignKey } from './write-plan.ts';

const STEP_ROWS = 2000;

/** Visits every row's values in steps; throws what `visit` throws. */
export async function eachRow(
	tables: Tables,
	transaction: Transaction,
	tableId: ObjectId,
	pause: Pause,
	visit: (row: readonly unknown[]) => void,
): Promise<void> {
	const access = accessOf(tables, transaction, tableId);
	const scan = new TableScan(access);
	while (!scan.step(transaction, STEP_ROWS, (_key, _keyStart, _keyEnd, row, start, end) => visit(access.decode(row, start, end)))) await pause();
}

/** Throws the constraint's error when a row breaks it: 23514 or 23503. Keys are checked by filling their index. */
export async function checkConstraint(tables: Tables, transaction: Transaction, constraint: ConstraintObject, pause: Pause): Promise<void> {
	if (constraint.type === 'check') await checkRows(tables, transaction, constraint, pause);
	else if (constraint.type === 'foreign') await checkReferences(tables, transaction, constraint, pause);
}

/** Throws 23502 when a row has null in the column. */
export async function checkNotNull(tables: Tables, transaction: Transaction, tableId: ObjectId, number: number, pause: Pause): Promise<void> {
	const { codec, table } = accessOf(tables, transaction, tableId);
	const place = codec.placeOf(number);
	const { schemaName } = tables.plan(transaction.catalog, table);
	await eachRow(tables, transaction, tableId, pause, (row) => {
		if (row[place] !== null) return;
		const column = codec.live[place]!.name;
		throw sqlError('23502', `column "${column}" of relation "${table.name}" contains null values`, { schema: schemaName, table: table.name, column });
	});
}

function accessOf(tables: Tables, transaction: Transaction, tableId: ObjectId): CodecTableAccess {
	const table = transaction.catalog.get(tableId);
	if (table?.kind !== 'table') throw sqlError('42P01', `table with id ${tableId} does not exist`);
	return tables.access(transaction.catalog, table);
}

/** The compiled checks of the table include the new one, and name it in their error. */
async function checkRows(tables: Tables, transaction: Transaction, constraint: ConstraintObject, pause: Pause): Promise<void> {
	const { table } = accessOf(tables, transaction, constraint.tableId);
	const { program, schemaName } = tables.plan(transaction.catalog, table);
	if (program === null) return;
	await eachRow(tables, transaction, constraint.tableId, pause, (row) => {
		try {
			program.check(row);
		} catch (error) {
			if (!(error instanceof PolylogError) || error.sqlstate !== '23514' || error.constraint !== constraint.name) throw error;
			throw sqlError('23514', `check constraint "${constraint.name}" of relation "${table.name}" is violated by some row`, {
				schema: schemaName,
				table: table.name,
				constraint: constraint.name,
			});
		}
	});
}

async function checkReferences(tables: Tables, transaction: Transaction, constraint: ConstraintObject, pause: Pause): Promise<void> {
	const key = foreignKey(transaction.catalog, constraint);
	const search = new ParentSearch(key, transaction.catalog, tables.keyspaces);
	const { codec, table } = accessOf(tables, transaction, constraint.tableId);
	const { schemaName } = tables.plan(transaction.catalog, table);
	if (transaction.lockObject(key.parent.id, 'shared', false) === 'wait') throw new LockWait();
	const probe = new GrowingKeyBuffer(64);
	const slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	await eachRow(tables, transaction, constraint.tableId, pause, (row) => {
		const nulls = key.childPlaces.reduce((count, place) => count + (row[place] === null ? 1 : 0), 0);
		if (nulls > 0) {
			if (constraint.matchFull && nulls < key.childPlaces.length) throw mixedNulls(key, schemaName);
			return;
		}
		search.writeFromChild(row, probe);
		if (!search.exists(transaction, probe, slot)) throw missingParent(key, codec, schemaName, row);
	});
}
