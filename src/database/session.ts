/**
 * A session: settings, at most one transaction, and the statements that run in it. Protocols and the embedded API drive it
 * through `contracts.ts`; utility statements (`utility/`) work on it from inside.
 *
 * Invariants: (1) an implicit transaction of one statement ends with the statement, before its result is told; (2) a result is
 * told only once everything it read, and its own commit, is visible; (3) after an error the session is where PostgreSQL's would
 * be: out of a transaction, or in a failed block.
 */

import type { AstNode } from '../language/sql/ast.ts';
import { parseStatement } from '../language/sql/parser.ts';
import { splitStatements } from '../language/sql/scanner.ts';
import type { Durability } from '../log/log.ts';
import { LockWait, StatementRestart } from '../model/table/contracts.ts';
import { ClosedError, PolylogError, sqlError } from '../platform/errors.ts';
import type { CallThread } from '../platform/platform.ts';
import type { Expression } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import type { Program, RowSink } from '../query/executor/contracts.ts';
import type { CatalogVersion, CommitTicket, Isolation } from '../transaction/contracts.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import type { TextSettings } from '../value/text-settings.ts';
import type { TypeLookup } from '../value/type.ts';
import { analyse } from './analysis.ts';
import { checkedSetting } from './checked-setting.ts';
import { collectRows, RowList } from './collect-rows.ts';
import type { LanguageSession, Notice, Portal, PreparedStatement, SessionOptions } from './contracts.ts';
import { type DerivedSettings, deriveSettings } from './derived-settings.ts';
import type { Engine } from './engine.ts';
import type { GraphWork } from './graph-work.ts';
import type { Language, LanguageSource } from './language.ts';
import { LiftedStatements } from './lifted-statements.ts';
import { PendingNotices } from './pending-notices.ts';
import { ExplainPortal, QueryPortal, type UtilityOutcome, UtilityPortal } from './portal.ts';
import { type Analysed, languageKey, Prepared, type StatementMaker } from './prepared.ts';
import { PreparedCache } from './prepared-cache.ts';
import { NestedCalls } from './procedural/nested-calls.ts';
import type { Programs } from './programs.ts';
import { Run } from './run.ts';
import { RunContext } from './run-context.ts';
import { SequenceMemory } from './sequence-memory.ts';
import type { SessionActivity } from './session-activity.ts';
import { SessionFunctions } from './session-functions.ts';
import { isWanted, logConnected, logDisconnected, logEnded, logFailure, logSlowStatement, logStatement } from './session-messages.ts';
import { SessionSettings, type SettingsMark } from './session-state.ts';
import { StatementControl } from './statement-control.ts';
import { TemporaryObjects } from './temporary-objects.ts';
import { textSettingsOf } from './text-settings.ts';
import { TransactionBlock } from './transaction-block.ts';
import { runUtilityStatement } from './utility/dispatch.ts';

/** Statements that a failed block still takes. */
const PASSES_FAILED = new Set(['ROLLBACK', 'COMMIT', 'ROLLBACK TO', 'PREPARE TRANSACTION']);

const NO_THREADS: readonly CallThread[] = [];
const DEFAULT_THREADS_MAX = 4;

export class DatabaseSession implements LanguageSession, StatementMaker {
	readonly engine: Engine;
	readonly processId: number;
	readonly user: string;
	readonly startUs: number;
	readonly settings: SessionSettings;
	readonly functions: SessionFunctions;
	readonly activity: SessionActivity;
	readonly control: StatementControl;
	readonly sequences = new SequenceMemory();
	readonly notices = new PendingNotices();
	/** Statements made by PREPARE, cursors made by DECLARE, by name. */
	readonly preparedStatements = new Map<string, { readonly statement: Prepared; readonly madeUs: number; readonly text: string }>();
	readonly cursors = new Map<string, import('./utility/cursors.ts').Cursor>();
	readonly nested = new NestedCalls();
	/** Every call must end within the current turn: locks are refused rather than waited for. */
	synchronous = false;
	client: { readonly address: string; readonly port?: number; readonly applicationName: string } = { address: '', applicationName: '' };
	onParameter: ((name: string, value: string) => void) | null = null;
	onNotice: ((notice: Notice) => void) | null = null;
	onNotification: ((processId: number, channel: string, payload: string) => void) | null = null;
	onTerminate: ((reason: unknown) => void) | null = null;
	block: TransactionBlock | null = null;
	/** The engine's count of turns at this session's last. */
	turn = 0;
	/** When others were last seen to have had a turn between two of its own, in milliseconds of the monotonic clock. */
	sharedMs = Number.NEGATIVE_INFINITY;
	/** The transaction of the portal that works right now: one that was suspended may go on when others have begun and ended since. */
	running: OwnedTransaction | null = null;
	/** What the statement that runs now does to graphs; null: nothing so far. */
	graphWork: GraphWork | null = null;
	/** Id of this session's schema of temporary objects; 0 until it has one. */
	temporarySchemaId = 0;
	readonly temporary: TemporaryObjects = new TemporaryObjects(this);
	#implicitText = false;
	/** The transaction of a single statement outside any block, while it runs. */
	#statementTransaction: OwnedTransaction | null = null;
	readonly #prepared = new PreparedCache();
	readonly #lifted = new LiftedStatements(this.#prepared);
	#closed = false;
	/** The statement is at its end, though its client may have sent the next one already. */
	#hasEnded = false;
	readonly #firstSettings: SettingsMark;
	#derivedSettings: DerivedSettings | null = null;
	#planKey: object | null = null;
	#planCatalog: CatalogVersion | null = null;
	#planEpoch = -1;
	#planSchemaId = 0;
	#textSettings: TextSettings | null = null;
	#stopIdleTimer: (() => void) | null = null;

	constructor(engine: Engine, processId: number, options: SessionOptions) {
		this.engine = engine;
		this.processId = processId;
		this.user = options.user;
		this.startUs = engine.platform.clock.nowUs();
		this.settings = new SessionSettings(engine.settingDefaults);
		this.settings.force('session_authorization', options.user, false);
		for (const [name, value] of Object.entries(options.settings ?? {})) this.setChecked(name, value, false);
		this.#firstSettings = this.settings.mark();
		this.settings.computed = (key) => this.#computedSetting(key);
		this.settings.onChange = (name, value) => this.#settingChanged(name, value);
		this.functions = new SessionFunctions(this);
		this.control = new StatementControl(engine.platform.clock, engine.platform.timers);
		this.activity = { state: 'idle', query: '', queryStartUs: 0, stateChangeUs: this.startUs, rows: 0 };
	}

	// ---- what others may know ----

	get transactionStatus(): 'idle' | 'transaction' | 'failed' {
		if (this.block === null || !this.block.explicit) return 'idle';
		return this.block.failed ? 'failed' : 'transaction';
	}

	/** Who the session acts as: SET ROLE's role, or else the session's user. */
	get currentUser(): string {
		const role = this.settings.get('role')!;
		return role === 'none' ? this.settings.get('session_authorization')! : role;
	}

	/** True when nothing is left in it of what ran before, so that somebody else may have it. */
	get isPristine(): boolean {
		return (
			this.settings.isAt(this.#firstSettings) &&
			this.temporarySchemaId === 0 &&
			this.cursors.size === 0 &&
			this.preparedStatements.size === 0 &&
			this.engine.advisoryLocks.isEmpty &&
			!this.engine.notifications.isListening(this)
		);
	}

	/** The transaction of the statement that runs now. */
	get currentTransaction(): OwnedTransaction | null {
		return this.running ?? this.nested.transaction ?? this.block?.transaction ?? this.#statementTransaction;
	}

	/** True inside a block begun by BEGIN. */
	get inBlock(): boolean {
		return this.nested.transaction !== null || (this.block?.explicit ?? false);
	}

	get catalog(): CatalogVersion {
		return (this.nested.transaction ?? this.block?.transaction)?.catalog ?? this.engine.manager.catalog;
	}

	/** What the statement that runs now sees, a single one's own changes of the schema included. */
	get statementCatalog(): CatalogVersion {
		return this.currentTransaction?.catalog ?? this.catalog;
	}

	get lookup(): TypeLookup {
		return this.catalog;
	}

	get planKey(): object {
		const catalog = this.catalog;
		if (this.#planKey === null || catalog !== this.#planCatalog || this.engine.planEpoch !== this.#planEpoch || this.temporarySchemaId !== this.#planSchemaId) {
			this.#planCatalog = catalog;
			this.#planEpoch = this.engine.planEpoch;
			this.#planSchemaId = this.temporarySchemaId;
			this.#planKey = this.engine.planKey(catalog, this.searchPathKey);
		}
		return this.#planKey;
	}

	get searchPathKey(): string {
		const get = (name: string): string => this.settings.get(name)!;
		return `${get('search_path')}\u0000${this.temporarySchemaId}\u0000${get('TimeZone')}\u0000${get('DateStyle')}\u0000${get('IntervalStyle')}\u0000${get('enable_kept_views')}`;
	}

	get textSettings(): TextSettings {
		this.#textSettings ??= textSettingsOf(this);
		return this.#textSettings;
	}

	get durability(): Durability {
		return this.#derived.durability;
	}

	get memoryBytes(): number {
		return this.#derived.memoryBytes;
	}

	/** The threads beside this one that a statement may have now. */
	callThreads(): readonly CallThread[] {
		const { calls } = this.engine.platform;
		if (calls === null) return NO_THREADS;
		const { threads } = this.#derived;
		const all = threads > 0 ? threads : Math.min(DEFAULT_THREADS_MAX, calls.processors - 1);
		return all <= 1 ? NO_THREADS : calls.threads(all - 1);
	}

	/** What settings mean, worked out once per change of a setting. */
	get #derived(): DerivedSettings {
		this.#derivedSettings ??= deriveSettings((name) => this.settings.get(name)!, this.engine.durability);
		return this.#derivedSettings;
	}

	#computedSetting(key: string): string | undefined {
		if (key === 'transaction_isolation') return this.block?.transaction.isolation ?? this.settings.get('default_transaction_isolation');
		if (key === 'transaction_deferrable') return (this.block?.isDeferrable ?? this.settings.get('default_transaction_deferrable') === 'on') ? 'on' : 'off';
		if (key === 'transaction_read_only')
			return (this.block?.transaction.refusesWrites ?? this.settings.get('default_transaction_read_only') === 'on') ? 'on' : 'off';
		return undefined;
	}

	setting(name: string): string | undefined {
		return this.settings.get(name);
	}

	setSetting(name: string, value: string): void {
		this.setChecked(name, value, false);
	}

	/** Sets a setting to a value in any form it may be written in; throws 22023 when it makes no sense. */
	setChecked(name: string, value: string, local: boolean): void {
		this.settings.set(name, checkedSetting(this, name, value), local);
	}

	describe(client: { readonly address: string; readonly port?: number; readonly applicationName: string }): void {
		this.client = { ...client };
		logConnected(this);
		if (client.applicationName !== '') this.settings.force('application_name', client.applicationName, false);
	}

	notice(severity: Notice['severity'], sqlstate: string, message: string, more: Partial<Notice> = {}): void {
		if (isWanted(severity, this.settings.get('client_min_messages')!)) this.onNotice?.({ severity, sqlstate, message, ...more });
	}

	// ---- statements ----

	split(text: string): readonly { readonly text: string; readonly start: number }[] {
		return splitStatements(text);
	}

	prepare(text: string, parameterOids: readonly number[], start = 0): PreparedStatement {
		this.checkOpen();
		this.#beginStatement(text);
		const known = this.block?.failed ? null : this.#prepared.find(text, parameterOids, start, this);
		if (known !== null) return known;
		const lifted = parameterOids.length > 0 || this.block?.failed ? null : this.#lifted.prepare(this, text, start);
		if (lifted !== null) return lifted;
		try {
			const prepared = this.prepareNode(parseStatement(text), text, parameterOids, start);
			this.#prepared.add(prepared);
			return prepared;
		} catch (error) {
			if (start > 0 && error instanceof PolylogError && error.position !== undefined) error.position += start;
			throw error;
		}
	}

	/** `isCursor`: its rows name rows of tables where they can. */
	prepareNode(node: AstNode | null, text: string, parameterOids: readonly number[], start: number, isCursor = false): Prepared {
		return Prepared.analyse(text, node, parameterOids, start, this, isCursor);
	}

	prepareLanguage(language: Language, target: string, text: string): PreparedStatement {
		this.checkOpen();
		this.#beginStatement(text);
		if (this.block?.failed) throw inFailedTransaction();
		const source: LanguageSource = { language, target };
		const known = this.#prepared.find(languageKey(source, text), [], 0, this);
		if (known !== null) return known;
		const prepared = Prepared.ofLanguage(text, source, this);
		this.#prepared.add(prepared);
		return prepared;
	}

	analyseLanguage({ language, target }: LanguageSource, text: string): Analysed {
		return { ...language.analyse(this, text, target), parameterTypes: [] };
	}

	bindNamed(statement: PreparedStatement, values: ReadonlyMap<string, unknown>): Portal {
		return this.bind(
			statement,
			(statement as Prepared).namedValues(this, (name) => values.get(name)),
		);
	}

	annotate(note: string): void {
		this.activity.query = `${this.activity.query} ${note}`;
	}

	bind(statement: PreparedStatement, parameters: readonly unknown[]): Portal {
		this.checkOpen();
		const prepared = statement as Prepared;
		// One that was prepared long ago begins here.
		if (this.activity.state !== 'active' || this.#hasEnded) this.#beginStatement(prepared.text);
		const analysed = prepared.analysed(this);
		if (this.engine.operatorLog !== null && this.#derived.logsStatements) logStatement(this, analysed.command);
		if (analysed.kind === 'utility' && analysed.copy !== null) return this.engine.copyPortal(this, prepared);
		if (analysed.kind !== 'query') return new UtilityPortal(this, prepared, parameters);
		return analysed.mode === 'explain' ? new ExplainPortal(this, prepared) : new QueryPortal(this, prepared, parameters);
	}

	analyse(node: AstNode | null, text: string, parameterOids: readonly number[], isCursor: boolean): Analysed {
		const analysed = analyse(this, node, text, parameterOids, isCursor);
		if (this.block?.failed && !PASSES_FAILED.has(analysed.command)) throw inFailedTransaction();
		return analysed;
	}

	compile(plan: Plan): Program {
		return this.programs(plan).for(null);
	}

	programs(plan: Plan): Programs {
		return this.engine.programs(plan, this.catalog, this.#derived.usesKeptViews);
	}

	optimizePlan(plan: Plan): Plan {
		return this.engine.optimizePlan(plan, this.catalog, this.#derived.usesKeptViews);
	}

	compileInstrumented(plan: Plan): Program {
		return this.engine.compilePlan(plan, this.catalog, true);
	}

	// ---- running queries ----

	/** Begins (or joins) the transaction that a query runs in. */
	startRun(statement: Prepared, parameters: readonly unknown[], sink: RowSink): Run {
		this.checkOpen();
		if (this.block?.failed) throw inFailedTransaction();
		const program = statement.program(this, parameters)!;
		const transaction = this.statementTransaction(!program.writes && !program.locks);
		this.startControl();
		this.#setTime(transaction);
		const context = new RunContext(this, transaction, statement.ownParameters(this.functions) ?? parameters);
		return new Run(program, context, transaction, sink, statement);
	}

	/** A transaction of one statement begins with it: constants such as 'now' were read at that time. */
	#setTime(transaction: OwnedTransaction): void {
		this.functions.begin(transaction === this.#statementTransaction ? this.functions.statementTimeUs : transaction.startTimeUs);
	}

	/** The transaction for the next statement: the open block's, or a new one of its own. */
	statementTransaction(readOnly: boolean): OwnedTransaction {
		if (this.nested.transaction !== null) {
			this.nested.transaction.startStatement();
			return this.nested.transaction;
		}
		if (this.#implicitText && this.block === null) this.openBlock(false, {});
		if (this.block !== null) {
			this.block.used = true;
			this.block.transaction.startStatement();
			return this.block.transaction;
		}
		const { isolation, readOnly: isReadOnly } = this.#derived;
		this.#statementTransaction = this.engine.manager.begin({
			isolation,
			readOnly: readOnly || isReadOnly,
			transient: true,
			owner: this.processId,
		});
		this.#statementTransaction.sealChanges();
		if (!readOnly) this.temporary.begin(this.#statementTransaction);
		return this.#statementTransaction;
	}

	/** True when the transaction belongs to one statement only. */
	#ownsStatement(transaction: OwnedTransaction): boolean {
		return this.nested.transaction === null && this.block?.transaction !== transaction;
	}

	/** Ends a statement that came to its end: commits its own transaction; null when its result may be told at once. */
	endRun(run: Run): Promise<void> | null {
		run.close();
		this.activity.rows = run.program.columns.length > 0 ? run.rows : run.changedRows;
		return this.endStatement(run.transaction, run.program.columns.length > 0);
	}

	endStatement(transaction: OwnedTransaction, showsRows: boolean): Promise<void> | null {
		if (this.nested.transaction !== null) return null;
		if (this.cursors.size > 0 && this.block === null) this.#closeCursors(false);
		this.control.end();
		this.#hasEnded = true;
		this.#statementTransaction = null;
		if (this.#ownsStatement(transaction)) return this.commitTransaction(transaction);
		if (showsRows && transaction.readOffset > this.engine.manager.visibleOffset) return this.#whenVisible(transaction.readOffset);
		return null;
	}

	/** Commits and says when it is durable; null when it is already. */
	commitTransaction(transaction: OwnedTransaction): Promise<void> | null {
		let ticket: CommitTicket;
		try {
			ticket = transaction.commit(this.durability);
		} catch (error) {
			// A deferred check met a lock: the transaction is open as before.
			if (error instanceof LockWait) return this.waitForLockOf(transaction).then(() => this.commitTransaction(transaction) ?? undefined);
			throw error;
		}
		if (ticket.durable) return null;
		if (this.synchronous) {
			ticket.waitSync();
			return null;
		}
		return ticket.wait();
	}

	#whenVisible(offset: number): Promise<void> | null {
		const manager = this.engine.manager;
		if (this.synchronous) {
			manager.syncNow();
			return null;
		}
		return new Promise((resolve, reject) => manager.whenVisible(offset, (error) => (error === null ? resolve() : reject(error))));
	}

	/** A run that goes on in a later turn. */
	suspendRun(run: Run): void {
		run.transaction.hold();
	}

	closeRun(run: Run): void {
		run.close();
		this.leaveStatement(run.transaction);
	}

	abandonRun(run: Run): void {
		if (this.nested.transaction === null) this.control.end();
		this.closeRun(run);
	}

	/** Ends a statement whose rest nobody wants. */
	leaveStatement(transaction: OwnedTransaction): void {
		if (this.nested.transaction !== null) return;
		this.#statementTransaction = null;
		if (this.#ownsStatement(transaction) && transaction.state === 'open') transaction.rollback();
	}

	/**
	 * Resolves when the lock that a statement waits for may be had; rejects when cancelled, timed out or deadlocked. One that is part of
	 * another statement: that one is undone, waits, and is run again.
	 */
	waitForLockOf(transaction: OwnedTransaction): Promise<void> {
		if (this.nested.transaction !== null) throw new LockWait();
		return this.lockFree(transaction);
	}

	lockFree(transaction: OwnedTransaction): Promise<void> {
		if (this.synchronous)
			throw sqlError('55P03', 'the row is locked by another transaction', {
				hint: 'Await the statement instead of running it synchronously: it can then wait for the lock.',
			});
		transaction.hold();
		return this.control.wait(transaction, this.#derived.lockMs) ?? Promise.resolve();
	}

	/** Between two steps of a long utility statement: lets others run, and stops when cancelled. */
	async pause(): Promise<void> {
		this.checkCancelled();
		const { token } = this.nested;
		await this.nextTurn();
		await this.engine.relieve();
		this.nested.requireCurrent(token);
	}

	nextTurn(): Promise<void> {
		return new Promise((resolve) => this.engine.platform.timers.soon(resolve));
	}

	/** A statement begins to run: its time counts, and what was cancelled before is past. */
	startControl(): void {
		if (this.nested.transaction !== null) return;
		this.control.begin(this.#derived.statementMs);
	}

	/** Called from inside running statements. */
	checkCancelled(): void {
		this.control.check();
	}

	// ---- utility statements ----

	/** Runs a statement that is not a query; it is undone and run again when it meets a lock to wait for. */
	runUtility(statement: Prepared, parameters: readonly unknown[]): UtilityOutcome | Promise<UtilityOutcome> {
		this.checkOpen();
		const analysed = statement.analysed(this);
		if (analysed.kind === 'query') throw new TypeError('not a utility statement');
		if (this.block?.failed && !PASSES_FAILED.has(analysed.command)) throw inFailedTransaction();
		this.startControl();
		if (analysed.kind === 'command') return analysed.run(this, parameters);
		return runUtilityStatement(this, analysed.node, statement, parameters);
	}

	/** Runs `work` inside the statement's transaction, waiting for locks and running it again as needed, and ends the statement. */
	inTransaction<T>(work: (transaction: OwnedTransaction) => T | Promise<T>): T | Promise<T> {
		const transaction = this.statementTransaction(false);
		this.#setTime(transaction);
		const savepoint = transaction.savepoint('');
		const { token } = this.nested;
		const finish = (value: T): T | Promise<T> => {
			this.nested.requireCurrent(token);
			transaction.release(savepoint);
			const wait = this.endStatement(transaction, false);
			return wait === null ? value : wait.then(() => value);
		};
		const failed = (error: unknown): never => {
			if (this.#ownsStatement(transaction) && transaction.state === 'open') transaction.rollback();
			throw error;
		};
		const attempt = (): T | Promise<T> => {
			try {
				const value = work(transaction);
				if (value instanceof Promise) {
					transaction.hold();
					return value.then(finish, caught);
				}
				return finish(value);
			} catch (error) {
				return caught(error);
			}
		};
		const caught = (error: unknown): T | Promise<T> => {
			this.nested.requireCurrent(token);
			if (!(error instanceof LockWait) && !(error instanceof StatementRestart)) return failed(error);
			transaction.rollbackTo(savepoint);
			this.control.undone();
			if (error instanceof StatementRestart) {
				transaction.startStatement();
				return attempt();
			}
			return this.waitForLockOf(transaction).then(() => {
				transaction.startStatement();
				return attempt();
			}, failed);
		};
		return attempt();
	}

	/** Runs one more statement inside the current one (an element of CREATE SCHEMA); the block is open. */
	runNode(node: AstNode, statement: Prepared): UtilityOutcome | Promise<UtilityOutcome> {
		const inner = this.prepareNode(node, statement.text, [], statement.start);
		const collected = collectRows(this, inner, []);
		return collected instanceof Promise ? collected.then((c) => ({ tag: c.tag })) : { tag: collected.tag };
	}

	/** Evaluates an expression without columns. */
	evaluate(expression: Expression): unknown {
		const column = { id: -1, name: '', type: expression.type, typmod: -1, origin: null };
		const plan: Plan = { kind: 'values', rows: [[expression]], columns: [column] };
		const transaction = this.block?.transaction ?? this.engine.manager.begin({ readOnly: true, transient: true });
		const sink = new RowList(1);
		const run = new Run(this.engine.compilePlan(plan, this.catalog, false), new RunContext(this, transaction, []), transaction, sink);
		try {
			run.advance(true);
		} finally {
			run.close();
			if (this.#ownsStatement(transaction)) transaction.rollback();
		}
		return sink.rows[0]![0];
	}

	/** Runs `work` inside a block, so that statements run within it share one transaction; the block ends with it unless it was open before. */
	inNestedBlock(work: (transaction: OwnedTransaction) => UtilityOutcome | Promise<UtilityOutcome>): UtilityOutcome | Promise<UtilityOutcome> {
		const outer = this.block !== null || this.#implicitText;
		const block = this.block ?? this.openBlock(this.#implicitText ? false : true, {});
		block.used = true;
		block.transaction.startStatement();
		this.functions.begin(block.transaction.startTimeUs);
		const finish = (outcome: UtilityOutcome): UtilityOutcome | Promise<UtilityOutcome> => {
			const wait = outer ? null : this.closeBlock(true);
			return wait === null ? outcome : wait.then(() => outcome);
		};
		const failed = (error: unknown): never => {
			if (!outer) this.closeBlock(false);
			if (error instanceof LockWait)
				throw sqlError('55P03', 'an object that the statement needs is locked by another transaction', { hint: 'Try again when it has ended.' });
			throw error;
		};
		try {
			const outcome = work(block.transaction);
			return outcome instanceof Promise ? outcome.then(finish).catch(failed) : finish(outcome);
		} catch (error) {
			return failed(error);
		}
	}

	// ---- transactions ----

	beginImplicit(): void {
		this.#implicitText = true;
	}

	endImplicit(failed: boolean): void | Promise<void> {
		this.#implicitText = false;
		const block = this.block;
		if (block === null || block.explicit) return;
		if (failed || block.failed) {
			this.closeBlock(false);
			return;
		}
		return this.closeBlock(true) ?? undefined;
	}

	openBlock(explicit: boolean, options: { isolation?: Isolation | undefined; readOnly?: boolean | undefined }): TransactionBlock {
		const defaults = this.#derived;
		const isolation = options.isolation ?? defaults.isolation;
		const readOnly = options.readOnly ?? defaults.readOnly;
		const mark = this.settings.mark();
		this.block = new TransactionBlock(this.#beginForBlock(isolation, readOnly), mark, explicit);
		return this.block;
	}

	#beginForBlock(isolation: Isolation, readOnly: boolean): OwnedTransaction {
		const transaction = this.engine.manager.begin({ isolation, readOnly, owner: this.processId });
		this.temporary.begin(transaction);
		return transaction;
	}

	/** Ends the open block; null when nothing must be waited for. A block that failed is rolled back whatever was asked. */
	closeBlock(commit: boolean): Promise<void> | null {
		const block = this.block;
		if (block === null) return null;
		const doCommit = commit && !block.failed;
		this.#closeCursors(!doCommit);
		try {
			if (!doCommit) {
				if (block.transaction.state === 'open' || block.transaction.state === 'failed') block.transaction.rollback();
				this.settings.rollbackTo(block.settings);
				return null;
			}
			const wait = this.commitTransaction(block.transaction);
			this.settings.committed(block.settings);
			return wait;
		} catch (error) {
			this.settings.rollbackTo(block.settings);
			throw error;
		} finally {
			this.block = null;
			this.engine.advisoryLocks.releaseTransaction(this.processId);
		}
	}

	/** SET TRANSACTION before the first query: the block's transaction is begun again with other properties. */
	replaceTransaction(block: TransactionBlock, isolation: Isolation, readOnly: boolean): void {
		block.transaction.rollback();
		block.transaction = this.#beginForBlock(isolation, readOnly);
	}

	/** At the end of a transaction: those that are not held beyond it, or all. */
	#closeCursors(all: boolean): void {
		for (const [name, cursor] of this.cursors) {
			if (cursor.held && !all) {
				cursor.isPast = true;
				continue;
			}
			cursor.close();
			this.cursors.delete(name);
		}
	}

	failed(error: unknown): void {
		logFailure(this, error);
		this.control.end();
		if (this.block !== null) {
			this.block.failed = true;
			this.#abort(this.block);
			if (!this.block.explicit && !this.#implicitText) this.closeBlock(false);
		}
		this.idle();
	}

	/** A failed block holds nothing that others wait for but what it had at the savepoint that may bring it back. */
	#abort(block: TransactionBlock): void {
		if (block.transaction.state !== 'open') return;
		const newest = block.undoToNewest();
		if (newest !== null) {
			block.transaction.fail();
			this.engine.advisoryLocks.releaseSince(this.processId, newest.advisoryCount);
			return;
		}
		block.transaction.rollback();
		this.engine.advisoryLocks.releaseTransaction(this.processId);
	}

	// ---- idle time, cancelling, ending ----

	#beginStatement(text: string): void {
		this.#stopIdleTimer?.();
		this.#stopIdleTimer = null;
		if (this.#hasEnded && this.activity.state === 'active') logSlowStatement(this, this.#derived.slowMs);
		this.#hasEnded = false;
		const now = this.engine.platform.clock.nowUs();
		this.activity.state = 'active';
		this.activity.rows = 0;
		this.activity.query = text;
		this.activity.queryStartUs = now;
		this.activity.stateChangeUs = now;
		this.functions.statementTimeUs = now;
		// Constants such as 'now' are read during the analysis, before the statement's own transaction begins.
		this.functions.begin(this.block === null ? now : this.block.transaction.startTimeUs);
	}

	/** Called by the protocol when it waits for the client (ReadyForQuery). */
	idle(): void {
		if (this.#closed) return;
		const inBlock = this.block?.explicit ?? false;
		if (this.activity.state === 'active') logSlowStatement(this, this.#derived.slowMs);
		this.activity.state = !inBlock ? 'idle' : this.block!.failed ? 'idle in transaction (aborted)' : 'idle in transaction';
		this.activity.stateChangeUs = this.engine.platform.clock.nowUs();
		this.#stopIdleTimer?.();
		this.#stopIdleTimer = null;
		const idleMs = inBlock ? this.#derived.idleInBlockMs : this.#derived.idleMs;
		if (idleMs === 0) return;
		const error = inBlock
			? sqlError('25P03', 'terminating connection due to idle-in-transaction timeout')
			: sqlError('57P05', 'terminating connection due to idle-session timeout');
		this.#stopIdleTimer = this.engine.platform.timers.after(idleMs, () => this.terminate(error));
	}

	cancel(): void {
		const error = sqlError('57014', 'canceling statement due to user request');
		if (this.activity.state === 'active') this.control.cancel(error);
	}

	terminate(reason: Error = sqlError('57P01', 'terminating connection due to administrator command')): void {
		if (this.#closed) return;
		logEnded(this, reason);
		this.control.cancel(reason);
		this.onTerminate?.(reason);
		this.close();
	}

	get isOpen(): boolean {
		return !this.#closed;
	}

	checkOpen(): void {
		if (this.#closed) throw new ClosedError('session-closed', 'the session is closed', { sqlstate: '57P01' });
	}

	close(): void {
		if (this.#closed) return;
		this.#stopIdleTimer?.();
		this.closeBlock(false);
		// A statement that was cut off between two of its rows: nobody goes on with it.
		if (this.#statementTransaction?.state === 'open') this.#statementTransaction.rollback();
		this.#statementTransaction = null;
		this.#closed = true;
		logDisconnected(this);
		this.engine.sessionClosed(this);
	}

	#settingChanged(name: string, value: string): void {
		this.#textSettings = null;
		this.#derivedSettings = null;
		this.#planKey = null;
		this.onParameter?.(name, value);
	}
}

function inFailedTransaction(): Error {
	return sqlError('25P02', 'current transaction is aborted, commands ignored until end of transaction block');
}
