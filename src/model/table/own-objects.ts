/**
 * Objects that a model makes for itself, as CREATE TABLE, INDEX and SEQUENCE would: tables of columns without defaults, keys, indexes,
 * sequences. They are ordinary objects of the catalog, made within the transaction that makes the model's own.
 */
import type { ColumnObject, IndexObject, ObjectId, SchemaObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { INT8 } from '../../value/builtin-types.ts';

/** Where objects are made, and whose they are. */
export interface Place {
	readonly transaction: Transaction;
	readonly schema: SchemaObject;
	readonly owner: string;
}

export function putTable({ transaction, schema, owner }: Place, name: string, columns: readonly ColumnObject[]): ObjectId {
	const id = transaction.newId();
	transaction.changeCatalog(id, {
		kind: 'table',
		id,
		name,
		schemaId: schema.id,
		owner,
		columns,
		schemaVersion: 1,
		primaryKey: [],
		keyspaceId: transaction.newId(),
		indexIds: [],
		constraintIds: [],
		options: {},
		engine: 'lsm',
		persistence: 'p',
	});
	return id;
}

/** An index over columns by number. A primary key clusters its table; it and a unique index come with their constraint. */
export function putIndex(
	transaction: Transaction,
	tableId: ObjectId,
	name: string,
	numbers: readonly number[],
	kind: 'primary' | 'unique' | 'plain',
	more: Partial<Pick<IndexObject, 'columns' | 'holdsRowKey'>> = {},
): IndexObject {
	const table = transaction.catalog.get(tableId) as TableObject;
	const isPrimary = kind === 'primary';
	const index: IndexObject = {
		kind: 'index',
		id: transaction.newId(),
		name,
		schemaId: table.schemaId,
		tableId,
		keyspaceId: isPrimary ? table.keyspaceId : transaction.newId(),
		unique: kind !== 'plain',
		nullsNotDistinct: false,
		primary: isPrimary,
		columns: numbers.map((column) => ({ column, expressionText: null, descending: false, nullsFirst: false })),
		include: [],
		predicateText: null,
		ready: true,
		method: 'btree',
		...(isPrimary ? {} : { engine: 'lsm' }),
		...more,
	};
	transaction.changeCatalog(index.id, index);
	transaction.changeCatalog(tableId, {
		...table,
		indexIds: isPrimary ? [index.id, ...table.indexIds] : [...table.indexIds, index.id],
		constraintIds: kind === 'plain' ? table.constraintIds : [...table.constraintIds, putConstraint(transaction, table, index)],
		...(isPrimary ? { primaryKey: numbers } : {}),
	});
	return index;
}

function putConstraint(transaction: Transaction, table: TableObject, index: IndexObject): ObjectId {
	const id = transaction.newId();
	transaction.changeCatalog(id, {
		kind: 'constraint',
		id,
		name: index.name,
		schemaId: table.schemaId,
		tableId: table.id,
		type: index.primary ? 'primary' : 'unique',
		columns: index.columns.map((column) => column.column),
		indexId: index.id,
		checkText: null,
		foreignTableId: 0,
		foreignColumns: [],
		onDelete: 'no action',
		onUpdate: 'no action',
		matchFull: false,
		deferrable: false,
		initiallyDeferred: false,
		validated: true,
	});
	return id;
}

/** A sequence of the numbers from `start` to `maximum`, which goes with the first column of a table. */
export function putSequence({ transaction, schema, owner }: Place, name: string, ownerTableId: ObjectId, start: number, maximum: number): ObjectId {
	const id = transaction.newId();
	transaction.changeCatalog(id, {
		kind: 'sequence',
		id,
		name,
		schemaId: schema.id,
		owner,
		typeOid: INT8.oid,
		start: String(start),
		increment: '1',
		minimum: String(start),
		maximum: String(maximum),
		cache: 1,
		cycle: false,
		ownerTableId,
		ownerColumn: 1,
		persistence: 'p',
	});
	return id;
}

/** Removes objects and all that depends on them. */
export function dropCascading(transaction: Transaction, ids: readonly ObjectId[]): void {
	const gone = new Set<ObjectId>();
	const visit = (id: ObjectId): void => {
		if (gone.has(id)) return;
		gone.add(id);
		for (const dependent of transaction.catalog.dependents(id)) visit(dependent.id);
	};
	for (const id of ids) visit(id);
	for (const id of gone) transaction.changeCatalog(id, null);
}
