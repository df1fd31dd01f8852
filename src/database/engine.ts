/**
 * One open database: what all its sessions share. Opened by `open.ts`, used by sessions, protocols and the embedded API.
 */

import { AsyncViews } from '../derive/async-views.ts';
import { KeptViews } from '../derive/kept-views.ts';
import type { AstNode } from '../language/sql/ast.ts';
import { parseSql } from '../language/sql/parser.ts';
import { StatementContext, type VirtualTable } from '../language/sql/statement-context.ts';
import { defaultExpression } from '../language/sql/stored-text.ts';
import type { EmbeddedLog } from '../log/embedded-log.ts';
import type { Durability } from '../log/log.ts';
import { graphOf } from '../model/graph/graph-adjacencies.ts';
import { buildConcurrently, fillNow, fillWithin } from '../model/table/index-build.ts';
import { dropCascading } from '../model/table/own-objects.ts';
import { measureFrames } from '../model/table/spatial-frames.ts';
import { checkConstraint, checkNotNull, eachRow } from '../model/table/table-check.ts';
import type { Tables } from '../model/table/table-model.ts';
import { rewriteTable } from '../model/table/table-rewrite.ts';
import { sqlError } from '../platform/errors.ts';
import type { FileSystem } from '../platform/files.ts';
import { LazyModule } from '../platform/lazy-module.ts';
import type { Platform } from '../platform/platform.ts';
import type { Column, Expression } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import { compile } from '../query/executor/compile-program.ts';
import type { ExecutionContext, Program } from '../query/executor/contracts.ts';
import { RowEvaluator } from '../query/executor/row-evaluator.ts';
import type { GraphTable, OptimizerContext } from '../query/optimizer/context.ts';
import { estimateRows } from '../query/optimizer/estimate.ts';
import { optimize } from '../query/optimizer/optimize.ts';
import type { ValueUse } from '../query/optimizer/value-statistics.ts';
import type { KeyspaceStore } from '../storage/keyspace-store.ts';
import type { FrameShape } from '../storage/rtree/coordinate-frame.ts';
import type { ConstraintObject, TableObject } from '../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../transaction/contracts.ts';
import type { OwnedTransaction, TransactionManager } from '../transaction/manager.ts';
import { defaultTextSettings, type TextSettings } from '../value/text-settings.ts';
import { AdvisoryLocks } from './advisory-locks.ts';
import { analysisContext } from './analysis.ts';
import { computedRows, computedTable } from './computed-tables.ts';
import type { Portal, SessionOptions } from './contracts.ts';
import type { ImportDirectory } from './csv-files.ts';
import { domainChecker } from './domain-checker.ts';

import { asyncHost, KeptViewHost } from './kept-view-host.ts';
import { loadLoads } from './load-engine.ts';

import { LookupStatistics } from './lookup-statistics.ts';
import type { Prepared } from './prepared.ts';
import { Programs } from './programs.ts';
import { RunContext } from './run-context.ts';
import { DatabaseSession } from './session.ts';
import type { TableExpressions } from './stored-expressions.ts';
import type { SystemContext } from './system-catalog/system-table.ts';
import { SessionSystemContext } from './system-context.ts';
import { TripleStores } from './triple-stores.ts';
import { Notifications } from './utility/notify.ts';
import { ValueStatistics } from './value-statistics/value-statistics.ts';

export interface EngineParts {
	readonly platform: Platform;
	readonly directory: string;
	readonly log: EmbeddedLog;
	readonly store: KeyspaceStore;
	readonly manager: TransactionManager;
	readonly tables: Tables;
	readonly durability: Durability;
	readonly settingDefaults: ReadonlyMap<string, string>;
	/** Where LOAD CSV finds its files; null: nowhere. */
	readonly importDirectory: ImportDirectory | null;
	/** Directory for spill files, null: statements stay in memory. */
	readonly spill: { readonly files: FileSystem; readonly directory: string } | null;
}

export interface OperatorLog {
	write(level: 'error' | 'warn' | 'info' | 'debug', message: string): void;
}

const systemCatalog = new LazyModule<typeof import('./system-catalog/system-catalog.ts')>(new URL('./system-catalog/system-catalog.ts', import.meta.url));

/** Commits after which the size of a table is looked at again. */
const ROW_COUNT_OFFSETS = 500;

type SystemService = (context: SystemContext, args: readonly unknown[]) => unknown;

/** Names that are no system table's for certain: unqualified names are looked up in pg_catalog first. */
function mayBeSystemTable(schema: string, name: string): boolean {
	return schema === 'pg_catalog' ? name.startsWith('pg_') : schema === 'information_schema';
}

export class Engine {
	readonly platform: Platform;
	readonly directory: string;
	readonly log: EmbeddedLog;
	readonly store: KeyspaceStore;
	readonly manager: TransactionManager;
	readonly tables: Tables;
	readonly durability: Durability;
	readonly settingDefaults: ReadonlyMap<string, string>;
	readonly spill: EngineParts['spill'];
	readonly importDirectory: ImportDirectory | null;
	readonly notifications = new Notifications();
	readonly advisoryLocks = new AdvisoryLocks();
	readonly tripleStores: TripleStores = new TripleStores(this);
	readonly #lookups = new LookupStatistics(this);
	readonly valueStatistics: ValueStatistics = new ValueStatistics(this);
	/** Statements may share a plan. */
	readonly #programs = new WeakMap<Plan, { readonly catalog: CatalogVersion; readonly epoch: number; readonly programs: Programs }>();
	readonly sessions = new Map<number, DatabaseSession>();
	/** Stored texts of values are independent of any session's settings. */
	readonly storedTextSettings: TextSettings = defaultTextSettings;
	readonly startedUs: number;
	/** Raised when all programs are to be made anew. */
	planEpoch = 0;
	#planKeys = new WeakMap<CatalogVersion, Map<string, object>>();
	readonly #rowCounts = new Map<number, { readonly rows: number; readonly offset: number }>();
	#nextProcessId: number;
	#systemSession: DatabaseSession | null = null;
	/** Protocol → host:port, for those who find the directory in use. */
	readonly addresses: Record<string, string> = {};
	/** What tables keep as SQL. */
	expressions: TableExpressions | null = null;
	/** Where the operator's messages go; null: nowhere. */
	operatorLog: OperatorLog | null = null;
	closed = false;
	/** The session whose statement works right now. */
	working: DatabaseSession | null = null;
	/** The session that had the last turn, and how often another had one than before. */
	#lastTurn: DatabaseSession | null = null;
	#turns = 0;
	readonly keptViews: KeptViews;
	readonly asyncViews: AsyncViews;

	constructor(parts: EngineParts) {
		this.platform = parts.platform;
		this.directory = parts.directory;
		this.log = parts.log;
		this.store = parts.store;
		this.manager = parts.manager;
		this.tables = parts.tables;
		this.durability = parts.durability;
		this.settingDefaults = parts.settingDefaults;
		this.spill = parts.spill;
		this.importDirectory = parts.importDirectory;
		const host = new KeptViewHost(this);
		this.keptViews = new KeptViews(host, () => parts.manager.catalog);
		this.asyncViews = new AsyncViews(asyncHost(this, host));
		parts.manager.maintain = (transaction) => {
			this.keptViews.maintain(transaction);
			this.asyncViews.note(transaction);
		};
		this.startedUs = parts.platform.clock.nowUs();
		this.#nextProcessId = 1 + Math.floor(parts.platform.random.next() * 1000);
	}

	// ---- sessions ----

	connect(options: SessionOptions): DatabaseSession {
		if (this.closed) throw sqlError('57P03', 'the database is closed');
		const session = new DatabaseSession(this, this.#nextProcessId++, options);
		this.sessions.set(session.processId, session);
		return session;
	}

	/** Gives back what a session held. Its temporary objects are dropped in a transaction of their own. */
	sessionClosed(session: DatabaseSession): void {
		this.sessions.delete(session.processId);
		this.notifications.unlistenAll(session);
		this.advisoryLocks.releaseSession(session.processId);
		if (session.temporarySchemaId !== 0 && !this.closed) this.#dropSchema(session.temporarySchemaId);
	}

	/** Drops what crashed sessions left. */
	dropLeftTemporaries(): void {
		for (const object of [...this.manager.catalog.objects()]) if (object.kind === 'schema' && object.name.startsWith('pg_temp_')) this.#dropSchema(object.id);
	}

	#dropSchema(schemaId: number): void {
		if (this.manager.failure !== null) return;
		const transaction = this.manager.begin({ transient: true });
		dropCascading(transaction, [schemaId]);
		transaction.commit('os').onDurable(() => undefined);
	}

	/** A session of the database itself, for expressions that run outside any user's. */
	get systemSession(): DatabaseSession {
		this.#systemSession ??= new DatabaseSession(this, 0, { user: 'polylog' });
		return this.#systemSession;
	}

	/** The surroundings of a stored expression that runs over one row. */
	rowContext(row: readonly unknown[]): ExecutionContext {
		const context = this.systemSession;
		return {
			transaction: null as never,
			tables: this.tables,
			parameters: row,
			functions: context.functions,
			virtualRows: () => [],
			memoryBytes: context.memoryBytes,
			checkCancelled: () => undefined,
			spill: null,
		};
	}

	/** A session's statement goes on: the number of its turn, which rises when others had theirs between. */
	turnOf(session: DatabaseSession): number {
		if (this.#lastTurn !== session) {
			this.#lastTurn = session;
			this.#turns++;
		}
		return this.#turns;
	}

	// ---- statements ----

	/** An object that stands for (catalog, search path): programs made under the same one mean the same. */
	planKey(catalog: CatalogVersion, path: string): object {
		let paths = this.#planKeys.get(catalog);
		if (paths === undefined) this.#planKeys.set(catalog, (paths = new Map()));
		let key = paths.get(path);
		if (key === undefined) paths.set(path, (key = {}));
		return key;
	}

	/** Sizes of tables are looked at anew: all programs are made again at their next use. */
	sizesChanged(): void {
		this.planEpoch++;
		this.#rowCounts.clear();
		this.#planKeys = new WeakMap();
	}

	/** About how many rows a table has: looked at again once some hundred commits have passed. */
	rowCount(table: TableObject): number {
		const now = this.manager.decidedOffset;
		const known = this.#rowCounts.get(table.keyspaceId);
		if (known !== undefined && now - known.offset < ROW_COUNT_OFFSETS) return known.rows;
		const rows = this.store.has(table.keyspaceId) ? this.manager.keyspace(table.keyspaceId).estimate(null, null).entries : 1000;
		this.#rowCounts.set(table.keyspaceId, { rows, offset: now });
		return rows;
	}

	optimizePlan(plan: Plan, catalog: CatalogVersion, usesKeptViews: boolean): Plan {
		return optimize(plan, this.optimizerContext(catalog, usesKeptViews));
	}

	/** What the optimizer may ask. */
	optimizerContext(catalog: CatalogVersion, usesKeptViews: boolean): OptimizerContext {
		return {
			catalog,
			...(usesKeptViews ? { storedGroups: (tableId: number) => this.keptViews.storedGroups(catalog, tableId) } : {}),
			rowCount: (table) => this.rowCount(table),
			tableStatistics: (table) => this.valueStatistics.of(table, catalog),
			indexTerms: (table, index) => this.expressions?.indexTerms(catalog, table, index) ?? null,
			graphTable: (table) => this.#graphTable(catalog, table),
			lookupRows: (table, index, known, open) => this.#lookups.rows(catalog, table, index, known, open),
		};
	}

	/** How many rows the optimizer expects of the operators of a plan that it made. */
	estimated(catalog: CatalogVersion): (plan: Plan) => number {
		const context = this.optimizerContext(catalog, true);
		return (plan) => estimateRows(plan, context);
	}

	#graphTable(catalog: CatalogVersion, table: TableObject): GraphTable | null {
		const graph = graphOf(catalog, table);
		return graph === null ? null : { part: graph.part, degree: this.rowCount(graph.edges) / Math.max(1, this.rowCount(graph.vertices)) };
	}

	compilePlan(plan: Plan, catalog: CatalogVersion, instrument: boolean): Program {
		return compile(plan, catalog, { instrument, tables: this.tables });
	}

	compile(plan: Plan, catalog: CatalogVersion, usesKeptViews: boolean): Program {
		return this.programs(plan, catalog, usesKeptViews).for(null);
	}

	/** The programs of a plan, one of which is to be chosen by the values of its parameters. */
	programs(plan: Plan, catalog: CatalogVersion, usesKeptViews: boolean): Programs {
		const known = this.#programs.get(plan);
		if (known !== undefined && known.catalog === catalog && known.epoch === this.planEpoch) return known.programs;
		const programs = new Programs((parameterValues) => {
			const uses = new Map<string, ValueUse>();
			const noteUse = (use: ValueUse): unknown => uses.set(use.name, use);
			const optimized = optimize(plan, { ...this.optimizerContext(catalog, usesKeptViews), parameterValues, noteUse });
			return { program: this.compilePlan(optimized, catalog, false), uses: [...uses.values()] };
		});
		this.#programs.set(plan, { catalog, epoch: this.planEpoch, programs });
		return programs;
	}

	parseExpression(text: string): AstNode {
		const select = this.parseSelect(`SELECT ${text}`);
		const target = (select.SelectStmt?.targetList as AstNode[] | undefined)?.[0]?.ResTarget;
		return target?.val as AstNode;
	}

	parseSelect(text: string): AstNode {
		return parseSql(text)[0]!.node;
	}

	/** Waits while the store has more in memory than it may; undefined when it has room. */
	relieve(): Promise<void> | undefined {
		return this.store.pressure() === 'none' ? undefined : this.store.whenRelieved();
	}

	copyPortal(session: DatabaseSession, statement: Prepared): Portal {
		return loadLoads().copyPortal(session, statement);
	}

	// ---- the system catalog ----

	virtualTable(schema: string, name: string): VirtualTable | undefined {
		const computed = computedTable(schema, name);
		if (computed !== undefined) return computed;
		if (!mayBeSystemTable(schema, name)) return undefined;
		const table = systemCatalog.get().systemTables.get(`${schema}.${name}`);
		return table === undefined ? undefined : { id: table.oid, schema, name, provider: `${schema}.${name}`, columns: table.columns };
	}

	virtualRows(session: DatabaseSession, provider: string, args: readonly unknown[]): Iterable<readonly unknown[]> {
		if (provider === 'sequence_state') {
			const state = this.systemContext(session).sequenceValue(Number(args[0]));
			// No values are logged ahead of their use, as log_cnt would count.
			return [[state.lastValue, 0, state.isCalled]];
		}
		const computed = computedRows(this, provider);
		if (computed !== null) return computed;
		const table = systemCatalog.get().systemTables.get(provider);
		if (table === undefined) throw sqlError('42P01', `relation "${provider}" does not exist`);
		return table.rows(this.systemContext(session));
	}

	systemContext(session: DatabaseSession): SystemContext {
		return new SessionSystemContext(session);
	}

	systemService(name: string): SystemService | undefined {
		return systemCatalog.get().systemServices.get(name);
	}

	// ---- changing tables that have rows ----

	/** Fills a new index: beside writers when the statement is a transaction of its own, else within it. */
	async buildIndex(session: DatabaseSession, transaction: OwnedTransaction, tableId: number, indexId: number): Promise<void> {
		await fillWithin(this.tables, transaction, tableId, indexId, () => session.pause());
	}

	/** Fills an index that is committed but not ready, beside writers. */
	async buildIndexConcurrently(session: DatabaseSession, tableId: number, indexId: number): Promise<void> {
		await buildConcurrently(this.tables, this.manager, tableId, indexId, () => session.pause());
	}

	/** Frames for a spatial index on columns of a table, from its rows. */
	measureFrames(session: DatabaseSession, transaction: OwnedTransaction, table: TableObject, names: readonly string[]): Promise<FrameShape[]> {
		return measureFrames(this.tables, transaction, table, names, () => session.pause());
	}

	/** Fills an index in this turn when the table is small, else in steps. */
	buildIndexNow(session: DatabaseSession, transaction: OwnedTransaction, tableId: number, indexId: number): void | Promise<void> {
		if (this.isEmpty(transaction, tableId)) {
			fillNow(this.tables, transaction, tableId, indexId);
			return;
		}
		return fillWithin(this.tables, transaction, tableId, indexId, () => session.pause());
	}

	/** True when the transaction sees no row of the table. */
	isEmpty(transaction: OwnedTransaction, tableId: number): boolean {
		const table = transaction.catalog.get(tableId);
		if (table?.kind !== 'table') return true;
		const cursor = transaction.cursorNewest(this.manager.keyspace(table.keyspaceId), null, null, false);
		const empty = !cursor.next();
		cursor.close();
		return empty;
	}

	checkNotNull(session: DatabaseSession, transaction: OwnedTransaction, table: TableObject, number: number): void | Promise<void> {
		if (this.isEmpty(transaction, table.id)) return;
		return checkNotNull(this.tables, transaction, table.id, number, () => session.pause());
	}

	validateConstraint(session: DatabaseSession, transaction: OwnedTransaction, table: TableObject, constraint: ConstraintObject): void | Promise<void> {
		if (this.isEmpty(transaction, table.id)) return;
		return checkConstraint(this.tables, transaction, constraint, () => session.pause());
	}

	/** Writes the rows of `before` anew as `after` says; `change` computes one column from the old row. */
	rewriteTable(
		{ session, transaction, isWhole }: { readonly session: DatabaseSession; readonly transaction: OwnedTransaction; readonly isWhole: boolean },
		before: TableObject,
		after: TableObject,
		change: { readonly number: number; readonly expression: Expression; readonly columns: readonly Column[] } | null,
	): Promise<void> {
		const old = before.columns.filter((c) => !c.dropped);
		const live = after.columns.filter((c) => !c.dropped);
		const places = live.map((c) => old.findIndex((o) => o.number === c.number));
		const target = change === null ? -1 : live.findIndex((c) => c.number === change.number);
		const context = (row: readonly unknown[]): ExecutionContext => new RunContext(session, transaction, row);
		const evaluator = change === null ? null : new RowEvaluator([change.expression], change.columns, transaction.catalog, context);
		const convert = (row: readonly unknown[]): unknown[] => {
			const converted = places.map((place) => (place < 0 ? null : row[place]));
			if (evaluator !== null) converted[target] = evaluator.evaluate(row)[0];
			return converted;
		};
		// The rewrite reads by the definition that the catalog has: the old one.
		transaction.changeCatalog(before.id, { ...before, indexIds: after.indexIds, constraintIds: after.constraintIds });
		return rewriteTable(this.tables, transaction, after, convert, () => session.pause(), isWhole).then(() => undefined);
	}

	/** Gives rows that are there the default or generated value of a new column. */
	fillColumn(session: DatabaseSession, transaction: OwnedTransaction, tableId: number, number: number): Promise<void> {
		const after = transaction.catalog.get(tableId) as TableObject;
		const column = after.columns.find((c) => c.number === number)!;
		const before: TableObject = { ...after, columns: after.columns.filter((c) => c.number !== number), schemaVersion: after.schemaVersion - 1 };
		if (column.generatedText !== null) return this.rewriteTable({ session, transaction, isWhole: false }, before, after, null);
		const context = new StatementContext(analysisContext(session, [], false), '');
		return this.rewriteTable({ session, transaction, isWhole: false }, before, after, {
			number,
			expression: defaultExpression(context, after, column),
			columns: [],
		});
	}

	/** Checks the rows of all tables that use a domain against its constraints. */
	async checkDomainRows(session: DatabaseSession, transaction: OwnedTransaction, domainId: number): Promise<void> {
		for (const object of transaction.catalog.dependents(domainId)) {
			if (object.kind !== 'table' || this.isEmpty(transaction, object.id)) continue;
			const live = object.columns.filter((c) => !c.dropped);
			const places = live.flatMap((c, i) => (c.typeOid === domainId ? [i] : []));
			const type = transaction.catalog.typeByOid(domainId)!;
			const check = domainChecker(session, transaction, type);
			await eachRow(
				this.tables,
				transaction,
				object.id,
				() => session.pause(),
				(row) => {
					for (const place of places) {
						if (check(row[place])) continue;
						throw sqlError('23514', `column "${live[place]!.name}" of table "${object.name}" contains values that violate the new constraint`);
					}
				},
			);
		}
	}

	/** Writes tables anew whose keys hold values of a type that has changed; `before` is the catalog with the type as it was. */
	async rewriteKeysOf(
		session: DatabaseSession,
		transaction: OwnedTransaction,
		before: CatalogVersion,
		tables: readonly TableObject[],
		convertOf: (table: TableObject) => (row: readonly unknown[]) => unknown[] = () => (row) => [...row],
	): Promise<void> {
		for (const table of tables) await rewriteTable(this.tables, transaction, table, convertOf(table), () => session.pause(), false, before);
	}
}
