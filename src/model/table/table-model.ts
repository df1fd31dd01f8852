/**
 * Tables over transactions: the `TableModel` that executors use. One per open database.
 */
import { sqlError } from '../../platform/errors.ts';
import type { AdjacencySource } from '../../storage/adjacency/adjacency-reader.ts';
import type { IntegerIndexSource } from '../../storage/adjacency/integer-index-reader.ts';
import type { IndexObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import type { StoredExpressions, TableModel, TableWriter, TriggerScope, TriggerSource } from './contracts.ts';
import { LockWait, StatementRestart } from './contracts.ts';
import { DeferredConstraints } from './deferred-constraints.ts';
import { isFollowed } from './followed-tables.ts';
import { UniqueSuspects } from './index-build.ts';
import type { IntegerIndexes } from './integer-indexes.ts';
import { PartitionWriter, SpreadWriter, WriterLoader } from './partition-writer.ts';
import { spreads } from './partitions.ts';
import { RowNumbers } from './row-numbers.ts';
import { type ScopeParts, StatementScope, WriteBuffers } from './statement-scope.ts';
import { type CodecTableAccess, type KeyspaceLookup, TableAccessCache } from './table-access.ts';
import { tableCodec } from './table-codec.ts';
import { SortedTableLoader, TableLoader } from './table-loader.ts';
import { RowWriter } from './table-writer.ts';
import { hasTriggers, InsteadWriter, ownTriggers, TriggeredLoader, TriggeredWriter } from './triggered-writer.ts';
import { type WritePlan, WritePlans } from './write-plan.ts';

const BULK_ROWS_MIN = 10_000;

export interface TableOptions {
	/** Rows of one COPY or rewrite from which on they are loaded past log and memtable; default 10,000. */
	readonly bulkRowsMin?: number;
}

export class Tables implements TableModel, ScopeParts {
	readonly keyspaces: KeyspaceLookup;
	readonly plans: WritePlans;
	readonly buffers = new WriteBuffers();
	readonly rowNumbers = new RowNumbers();
	readonly suspects = new UniqueSuspects();
	readonly parentSearches: ScopeParts['parentSearches'] = new WeakMap();
	readonly childSearches: ScopeParts['childSearches'] = new WeakMap();
	readonly #access: TableAccessCache;
	/** How the adjacency of a table is found: given by the floor of graphs. */
	adjacencies: ((catalog: CatalogVersion, table: TableObject) => AdjacencySource | null) | null = null;
	/** Runs the triggers of tables: given by the floor of sessions. */
	triggers: TriggerSource | null = null;
	/** Given by who opens the database. */
	integerIndexes: IntegerIndexes | null = null;
	readonly #deferred = new WeakMap<Transaction, DeferredConstraints>();

	/** Rows of one statement from which on they are loaded in bulk. */
	readonly bulkRowsMin: number;

	/** `keyspaces` is `TransactionManager.keyspace`; `expressions` compiles what tables store as SQL. */
	constructor(keyspaces: KeyspaceLookup, expressions: StoredExpressions, options: TableOptions = {}) {
		this.bulkRowsMin = options.bulkRowsMin ?? BULK_ROWS_MIN;
		this.keyspaces = keyspaces;
		this.plans = new WritePlans(expressions);
		this.#access = new TableAccessCache(keyspaces);
	}

	access(catalog: CatalogVersion, table: TableObject): CodecTableAccess {
		return this.#access.get(tableCodec(catalog, table));
	}

	integerIndexOf(table: TableObject, index: IndexObject | null): IntegerIndexSource | null {
		return this.integerIndexes?.of(table, index) ?? null;
	}

	adjacencyOf(catalog: CatalogVersion, table: TableObject): AdjacencySource | null {
		return this.adjacencies === null ? null : this.adjacencies(catalog, table);
	}

	/** Takes the table's shared lock. Throws `LockWait` while its definition is being changed, `StatementRestart` when `table` is not the definition in force. */
	writer(transaction: Transaction, table: TableObject): TableWriter {
		if (transaction.catalog.get(table.id)?.kind === 'view') return this.#viewWriter(transaction, table);
		const writer = this.rowWriter(transaction, table);
		if (spreads(table))
			return this.#triggered(transaction, table, new SpreadWriter(transaction, table, (leaf) => this.#leafWriter(transaction, table, leaf)), 'statement');
		return this.#triggered(transaction, table, table.partitionOf === undefined ? writer : new PartitionWriter(transaction, table, writer), 'all');
	}

	#viewWriter(transaction: Transaction, table: TableObject): TableWriter {
		if (transaction.refusesWrites) throw sqlError('25006', `cannot write to view "${table.name}" in a read-only transaction`);
		const triggers = this.triggers?.forStatement(transaction, table, 'all') ?? null;
		if (triggers === null) throw new StatementRestart();
		return new InsteadWriter(triggers);
	}

	/** Of the tables below one that a statement names, the triggers of rows run. */
	#leafWriter(transaction: Transaction, named: TableObject, leaf: TableObject): TableWriter {
		return this.#triggered(transaction, leaf, this.rowWriter(transaction, leaf), named.id === leaf.id ? 'named rows' : 'rows');
	}

	#triggered(transaction: Transaction, table: TableObject, writer: TableWriter, which: TriggerScope): TableWriter {
		if (this.triggers === null || !ownTriggers(transaction.catalog, table)) return writer;
		const triggers = this.triggers.forStatement(transaction, table, which);
		return triggers === null ? writer : new TriggeredWriter(writer, triggers);
	}

	/** The writer of one table's own rows. */
	rowWriter(transaction: Transaction, table: TableObject): RowWriter {
		if (transaction.refusesWrites) throw sqlError('25006', `cannot write to table "${table.name}" in a read-only transaction`);
		if (transaction.lockObject(table.id, 'shared', false) === 'wait') throw new LockWait();
		if (transaction.catalog.get(table.id) !== table) throw new StatementRestart();
		return new RowWriter(this.plan(transaction.catalog, table), transaction, new StatementScope(this, transaction), false);
	}

	/** For many rows: see `table-loader.ts`. `mayBulk`: the statement is the whole transaction. */
	loader(transaction: Transaction, table: TableObject, mayBulk: boolean): TableLoader | WriterLoader | TriggeredLoader {
		if (hasTriggers(transaction.catalog, table)) return new TriggeredLoader(() => this.writer(transaction, table));
		if (table.partitionBy !== undefined || table.partitionOf !== undefined) return new WriterLoader(this.writer(transaction, table));
		return new TableLoader(this, transaction, table, mayBulk && !isFollowed(transaction.catalog, table), false);
	}

	sortedLoader(transaction: Transaction, table: TableObject, apart: readonly IndexObject[]): SortedTableLoader | null {
		if (table.partitionBy !== undefined || table.partitionOf !== undefined || isFollowed(transaction.catalog, table)) return null;
		return SortedTableLoader.begin(this, transaction, table, apart);
	}

	truncate(transaction: Transaction, table: TableObject): void {
		if (transaction.lockObject(table.id, 'exclusive', false) === 'wait') throw new LockWait();
		const keyspaceId = transaction.newId();
		for (const id of table.indexIds) {
			const index = transaction.catalog.get(id);
			if (index?.kind !== 'index') continue;
			transaction.changeCatalog(id, { ...index, keyspaceId: index.primary ? keyspaceId : transaction.newId() });
		}
		transaction.changeCatalog(table.id, { ...table, keyspaceId });
	}

	/** SET CONSTRAINTS: `ids` null for ALL. Throws the error of one that is made immediate and does not hold. */
	setConstraints(transaction: Transaction, ids: readonly ObjectId[] | null, deferred: boolean): void {
		this.deferred(transaction).set(ids, deferred);
	}

	plan(catalog: CatalogVersion, table: TableObject): WritePlan {
		return this.plans.get(catalog, table);
	}

	deferred(transaction: Transaction): DeferredConstraints {
		let deferred = this.#deferred.get(transaction);
		if (deferred === undefined) {
			deferred = new DeferredConstraints(transaction);
			this.#deferred.set(transaction, deferred);
		}
		return deferred;
	}
}
