/**
 * A database of tables without SQL, for the tests of this floor: tables are described in a line, rows are arrays.
 */
import { PUBLIC_SCHEMA_ID } from '../../transaction/catalog.ts';
import type { ColumnObject, ConstraintObject, IndexObject, ReferentialAction, TableObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import type { BeginOptions, OwnedTransaction } from '../../transaction/manager.ts';
import { TestDatabase } from '../../transaction/test-database.ts';
import type { LogTransaction } from '../../transaction/transaction.ts';
import type { LogTransactions } from '../../transaction/transaction-manager.ts';
import { builtinTypes } from '../../value/builtin-types.ts';
import type { RowProgram, StoredExpressions } from './contracts.ts';
import { TableApplier } from './table-applier.ts';
import { findRowKey, type RowKeyPlace } from './table-codec.ts';
import { Tables } from './table-model.ts';

export interface TableDraft {
	/** 'id int4 not null' … */
	readonly columns: readonly string[];
	readonly primaryKey?: readonly string[];
	/** The primary key is a deferrable constraint. */
	readonly deferrable?: boolean;
}

export interface IndexDraft {
	readonly name: string;
	readonly columns: readonly string[];
	readonly unique?: boolean;
	readonly include?: readonly string[];
	readonly nullsNotDistinct?: boolean;
	readonly predicateText?: string;
	readonly ready?: boolean;
	/** A deferrable unique constraint stands behind it. */
	readonly deferrable?: boolean;
}

export interface ForeignKeyDraft {
	readonly name: string;
	readonly columns: readonly string[];
	readonly parent: string;
	readonly foreignColumns: readonly string[];
	readonly onDelete?: ReferentialAction;
	readonly onUpdate?: ReferentialAction;
	readonly matchFull?: boolean;
	readonly deferrable?: boolean;
	readonly initiallyDeferred?: boolean;
}

function columnOf(text: string, at: number): ColumnObject {
	const [name, typeName, ...rest] = text.split(' ');
	const type = builtinTypes.byName(typeName ?? '');
	if (name === undefined || type === undefined) throw new TypeError(`no column: ${text}`);
	return {
		name,
		number: at + 1,
		typeOid: type.oid,
		typmod: -1,
		notNull: rest.join(' ').includes('not null'),
		defaultText: null,
		generatedText: null,
		identity: '',
		sequenceId: 0,
		dropped: false,
		addedIn: 1,
		missingText: null,
	};
}

/** What it needs of the database below. */
export interface TestBase {
	readonly manager: LogTransactions;
	begin(options?: BeginOptions): LogTransaction;
}

export class TableTestDatabase<Base extends TestBase = TestDatabase> {
	readonly base: Base;
	readonly tables: Tables;
	/** Stored expressions by table name. */
	readonly programs: Map<string, RowProgram>;

	constructor(base?: Base, programs = new Map<string, RowProgram>()) {
		this.base = base ?? (new TestDatabase({ appliers: [new TableApplier()] }) as unknown as Base);
		this.programs = programs;
		const expressions: StoredExpressions = { forTable: (_catalog, table) => programs.get(table.name) ?? null };
		this.tables = new Tables((id) => this.base.manager.keyspace(id), expressions, { bulkRowsMin: 50 });
	}

	/** Only over a `TestDatabase`. */
	reopen(offset?: number): TableTestDatabase {
		if (!(this.base instanceof TestDatabase)) throw new TypeError('only a test database is reopened');
		return new TableTestDatabase(this.base.reopen(offset), this.programs);
	}

	table(name: string, tx?: Transaction): TableObject {
		const found = (tx?.catalog ?? this.base.manager.catalog).find(PUBLIC_SCHEMA_ID, 'relation', name);
		if (found?.kind !== 'table') throw new TypeError(`no table ${name}`);
		return found;
	}

	index(name: string, tx?: Transaction): IndexObject {
		const found = (tx?.catalog ?? this.base.manager.catalog).find(PUBLIC_SCHEMA_ID, 'relation', name);
		if (found?.kind !== 'index') throw new TypeError(`no index ${name}`);
		return found;
	}

	numbers(table: TableObject, names: readonly string[]): number[] {
		return names.map((name) => table.columns.find((column) => column.name === name)!.number);
	}

	/** Runs in its own transaction, committed and synced. */
	change<Result>(work: (tx: OwnedTransaction) => Result): Result {
		const tx = this.base.begin();
		tx.startStatement();
		const result = work(tx);
		tx.commit('disk').waitSync();
		return result;
	}

	createTable(name: string, draft: TableDraft, within?: OwnedTransaction): void {
		const make = (tx: OwnedTransaction): void => {
			const id = tx.newId();
			const columns = draft.columns.map(columnOf);
			const primaryKey = (draft.primaryKey ?? []).map((key) => columns.find((column) => column.name === key)!.number);
			const keyspaceId = tx.newId();
			const indexIds = primaryKey.length === 0 ? [] : [tx.newId()];
			const shared = { schemaId: PUBLIC_SCHEMA_ID, keyspaceId, engine: 'lsm' as const, persistence: 'p' as const };
			const table: TableObject = { kind: 'table', id, name, columns, schemaVersion: 1, primaryKey, indexIds, constraintIds: [], options: {}, ...shared };
			tx.changeCatalog(id, table);
			if (primaryKey.length > 0) {
				tx.changeCatalog(indexIds[0]!, {
					...indexDefaults,
					kind: 'index',
					id: indexIds[0]!,
					name: `${name}_pkey`,
					schemaId: PUBLIC_SCHEMA_ID,
					tableId: id,
					keyspaceId,
					unique: true,
					primary: true,
					columns: primaryKey.map((column) => ({ column, expressionText: null, descending: false, nullsFirst: false })),
				});
			}
			if (draft.deferrable === true) {
				const constraintId = tx.newId();
				const constraint = { ...constraintDefaults, id: constraintId, name: `${name}_pkey`, tableId: id, type: 'primary' as const, columns: primaryKey };
				tx.changeCatalog(constraintId, { ...constraint, indexId: indexIds[0]!, deferrable: true });
				tx.changeCatalog(id, { ...table, constraintIds: [constraintId] });
			}
		};
		if (within !== undefined) make(within);
		else this.change(make);
	}

	createIndex(tableName: string, draft: IndexDraft, within?: OwnedTransaction): void {
		const make = (tx: OwnedTransaction): void => {
			const table = this.table(tableName, tx);
			const id = tx.newId();
			tx.changeCatalog(id, {
				...indexDefaults,
				kind: 'index',
				id,
				name: draft.name,
				schemaId: PUBLIC_SCHEMA_ID,
				tableId: table.id,
				keyspaceId: tx.newId(),
				unique: draft.unique ?? false,
				nullsNotDistinct: draft.nullsNotDistinct ?? false,
				columns: this.numbers(table, draft.columns).map((column) => ({ column, expressionText: null, descending: false, nullsFirst: false })),
				include: this.numbers(table, draft.include ?? []),
				predicateText: draft.predicateText ?? null,
				ready: draft.ready ?? true,
			});
			let constraintIds = table.constraintIds;
			if (draft.deferrable === true) {
				const constraintId = tx.newId();
				const constraint = {
					...constraintDefaults,
					id: constraintId,
					name: draft.name,
					tableId: table.id,
					type: 'unique' as const,
					indexId: id,
					deferrable: true,
				};
				tx.changeCatalog(constraintId, { ...constraint, columns: this.numbers(table, draft.columns) });
				constraintIds = [...constraintIds, constraintId];
			}
			tx.changeCatalog(table.id, { ...table, indexIds: [...table.indexIds, id], constraintIds });
		};
		if (within !== undefined) make(within);
		else this.change(make);
	}

	createForeignKey(tableName: string, draft: ForeignKeyDraft): void {
		this.change((tx) => {
			const table = this.table(tableName, tx);
			const parent = this.table(draft.parent, tx);
			const foreignColumns = this.numbers(parent, draft.foreignColumns);
			const indexId = parent.indexIds.find((id) => {
				const index = tx.catalog.get(id);
				return index?.kind === 'index' && index.unique && index.columns.every(({ column }) => foreignColumns.includes(column));
			})!;
			const id = tx.newId();
			tx.changeCatalog(id, {
				...constraintDefaults,
				id,
				name: draft.name,
				tableId: table.id,
				type: 'foreign',
				columns: this.numbers(table, draft.columns),
				indexId,
				foreignTableId: parent.id,
				foreignColumns,
				onDelete: draft.onDelete ?? 'no action',
				onUpdate: draft.onUpdate ?? 'no action',
				matchFull: draft.matchFull ?? false,
				deferrable: draft.deferrable ?? false,
				initiallyDeferred: draft.initiallyDeferred ?? false,
			});
			const current = this.table(tableName, tx);
			tx.changeCatalog(table.id, { ...current, constraintIds: [...current.constraintIds, id] });
		});
	}

	insert(tx: Transaction, tableName: string, ...rows: unknown[][]): void {
		tx.startStatement();
		const writer = this.tables.writer(tx, this.table(tableName, tx));
		for (const row of rows) writer.insert(row);
		writer.finish();
	}

	/** Sets columns of the rows that match, in key order. */
	update(tx: Transaction, tableName: string, matches: (row: readonly unknown[]) => boolean, change: (row: unknown[]) => void): number {
		return this.#eachMatch(tx, tableName, matches, (writer, key, row) => {
			const changed = [...row];
			change(changed);
			writer.update(key, row, changed, []);
		});
	}

	delete(tx: Transaction, tableName: string, matches: (row: readonly unknown[]) => boolean): number {
		return this.#eachMatch(tx, tableName, matches, (writer, key, row) => writer.delete(key, row));
	}

	/** The rows as the transaction sees them, in key order. */
	rows(tx: Transaction, tableName: string): unknown[][] {
		const access = this.tables.access(tx.catalog, this.table(tableName, tx));
		const cursor = tx.cursor(access.rows, null, null, false);
		const found: unknown[][] = [];
		while (cursor.next()) found.push(access.decode(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd));
		cursor.close();
		return found;
	}

	/** All committed rows. */
	all(tableName: string): unknown[][] {
		const tx = this.base.begin({ transient: true });
		const found = this.rows(tx, tableName);
		tx.rollback();
		return found;
	}

	/** Asserts that every index has exactly the entries of the rows; returns what is wrong. */
	inconsistencies(tableName: string): string[] {
		const tx = this.base.begin({ transient: true });
		const table = this.table(tableName, tx);
		const access = this.tables.access(tx.catalog, table);
		const wrong: string[] = [];
		const rowKeys = new Set<string>();
		const rows = tx.cursor(access.rows, null, null, false);
		while (rows.next()) rowKeys.add(Buffer.from(rows.keyBuffer.subarray(rows.keyStart, rows.keyEnd)).toString('hex'));
		for (const codec of access.codec.secondary) {
			if (codec.isComputed) continue;
			const place: RowKeyPlace = { inKey: false, start: 0, length: 0 };
			const seen = new Set<string>();
			const entries = tx.cursor(this.base.manager.keyspace(codec.index.keyspaceId), null, null, false);
			while (entries.next()) {
				findRowKey(entries.keyEnd, entries.valueBuffer, entries.valueStart, place);
				const from = place.inKey ? entries.keyBuffer : entries.valueBuffer;
				const rowKey = Buffer.from(from.subarray(place.start, place.start + place.length)).toString('hex');
				if (!rowKeys.has(rowKey) || seen.has(rowKey)) wrong.push(`${codec.index.name} has an entry of row ${rowKey} too many`);
				seen.add(rowKey);
			}
			for (const rowKey of rowKeys) if (!seen.has(rowKey)) wrong.push(`${codec.index.name} has no entry of row ${rowKey}`);
		}
		tx.rollback();
		return wrong;
	}

	#eachMatch(
		tx: Transaction,
		tableName: string,
		matches: (row: readonly unknown[]) => boolean,
		visit: (writer: ReturnType<Tables['writer']>, key: Uint8Array, row: unknown[]) => void,
	): number {
		tx.startStatement();
		const access = this.tables.access(tx.catalog, this.table(tableName, tx));
		const writer = this.tables.writer(tx, access.table);
		const cursor = tx.cursor(access.rows, null, null, false);
		let count = 0;
		while (cursor.next()) {
			const row = access.decode(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
			if (!matches(row)) continue;
			const key = new Uint8Array(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd));
			visit(writer, key, row);
			count++;
		}
		cursor.close();
		writer.finish();
		return count;
	}
}

const indexDefaults = { nullsNotDistinct: false, primary: false, include: [], predicateText: null, ready: true, method: 'btree' } as const;

const constraintDefaults: Omit<ConstraintObject, 'id' | 'name' | 'tableId' | 'type' | 'columns' | 'indexId'> = {
	kind: 'constraint',
	schemaId: PUBLIC_SCHEMA_ID,
	checkText: null,
	foreignTableId: 0,
	foreignColumns: [],
	onDelete: 'no action',
	onUpdate: 'no action',
	matchFull: false,
	deferrable: false,
	initiallyDeferred: false,
	validated: true,
};
