/**
 * One seed of the whole-database simulation: several lives of one database on a simulated machine, and what must be true of it
 * after each opening.
 *
 * **Faults.** Loss of power (between two statements, or in the middle of any file operation, recovery included), kill -9, failed
 * syncs, I/O errors, a full disk, a clock that steps back, stale bytes in new space; what the disk does with unsynced data is
 * described in `simulated-disk.ts`.
 *
 * **Invariants**, checked after every opening. (1) Every acknowledged commit is there; after a kill, every written one. (2) What
 * is there is the state after some prefix of the decided commits: none in part, none out of order. (3) Tables and rows are
 * those of the model; every index gives the same rows. (4) Every checksum is right and the chain of the log whole. (5) Every
 * keyspace, recovered from its own checkpoint, is byte for byte what a replay of the whole log gives, of which the harness
 * keeps a copy aside. (6) What one opening has shown, the next one shows.
 */
import assert from 'node:assert/strict';
import type { Database } from '../../src/database/embedded/database.ts';
import { type OpenOptions, openDatabase } from '../../src/database/open.ts';
import type { EmbeddedLog } from '../../src/log/embedded-log.ts';
import { ClosedError, CorruptionError, PolylogError, UnsupportedError } from '../../src/platform/errors.ts';
import { SimulatedCrash } from '../../src/platform/simulated-disk.ts';
import { microtasks, type SimulatedProcess, SimulatedWorld } from '../../src/platform/simulated-platform.ts';
import type { SimulatedRandom } from '../../src/platform/simulated-random.ts';
import { LogAside } from './log-aside.ts';
import { type Effect, Model } from './model.ts';
import { SqlClient } from './sql-client.ts';
import { checkState, KEPT_VIEWS } from './state-check.ts';
import { ACCOUNTS, type Level, WorkloadClient, type WorkloadHost } from './workload.ts';

export const DIRECTORY = '/data';
const STEPS_MAX = 250;

const SET_UP: readonly { readonly table: string; readonly index: string | null; readonly text: string; readonly effects: readonly Effect[] }[] = [
	{
		table: 'account',
		index: null,
		text: 'create table account (id int primary key, owner text not null, balance int not null)',
		effects: [{ kind: 'create table', table: 'account', columns: ['id', 'owner', 'balance'] }],
	},
	{
		table: 'account',
		index: 'account_owner',
		text: 'create index account_owner on account (owner)',
		effects: [{ kind: 'create index', table: 'account', index: 'account_owner', column: 'owner' }],
	},
	{
		table: 'item',
		index: null,
		text: 'create table item (id int primary key, name text unique, qty int, note text)',
		effects: [
			{ kind: 'create table', table: 'item', columns: ['id', 'name', 'qty', 'note'] },
			{ kind: 'create index', table: 'item', index: 'item_name_key', column: 'name' },
		],
	},
	{
		table: 'item',
		index: 'item_qty',
		text: 'create index item_qty on item (qty)',
		effects: [{ kind: 'create index', table: 'item', index: 'item_qty', column: 'qty' }],
	},
	{
		table: 'item',
		index: 'item_place',
		text: 'create index item_place on item using rtree (id, qty)',
		effects: [{ kind: 'create index', table: 'item', index: 'item_place', column: 'qty' }],
	},
	{
		table: 'item',
		index: 'item_columns',
		text: "create index item_columns on item using columnar (id, qty) with (sort = 'qty')",
		effects: [{ kind: 'create index', table: 'item', index: 'item_columns', column: 'qty' }],
	},
];

/** What a run of many seeds must have met. */
export const STATES = [
	'flush',
	'compaction',
	'segment roll',
	'segment deletion',
	'bulk adoption',
	'manifest swap',
	'spill',
	'torn frame',
	'cut with whole frames after it',
	'power in operation',
	'crash in recovery',
	'schema change between two checkpoints',
	'sync error',
	'disk full',
	'spanning transaction',
	'conflict',
	'deadlock',
	'unique violation',
	'kill',
	'clean close',
	'bit rot',
] as const;

export type State = (typeof STATES)[number];

export interface HistoryOptions {
	readonly memoryBytes: number;
	readonly cacheBytes: number;
	readonly logBytesMax: number;
	readonly segmentBytes: number;
	readonly compression: 'none' | 'lz4';
	readonly largeValueBytes: number;
	readonly parts: Required<NonNullable<OpenOptions['parts']>>;
}

/** While a commit is decided: what it does, and the newest offset given out. */
interface Window {
	readonly effects: readonly Effect[];
	offset: number;
}

export class DatabaseHistory implements WorkloadHost {
	readonly world: SimulatedWorld;
	readonly reached = new Set<State>();
	readonly options: HistoryOptions;
	readonly #random: SimulatedRandom;
	/** Two in each history: every commit and every check pays for each. */
	readonly #views: readonly (typeof KEPT_VIEWS)[number][];
	readonly #aside = new LogAside();
	/** Effects by offset; index 0 stays empty. */
	#effects: (readonly Effect[])[] = [[]];
	#acknowledged = 0;
	/** Processes so far. */
	#life = 0;
	/** What a process that was killed has written, at least. */
	#written = 0;
	#freshNumber = 1000;
	#window: Window | null = null;
	#filesWindow: Window | null = null;
	/** Commits that are decided some time later, by a text that only their changes hold. */
	readonly #marked = new Map<string, Window>();
	#unexpected: unknown = null;
	#checkpointed = false;
	#schemaChangedSinceCheckpoint = false;

	constructor(seed: number) {
		const world = new SimulatedWorld(seed);
		const random = world.random;
		this.world = world;
		this.#random = random;
		const first = random.below(KEPT_VIEWS.length);
		this.#views = [KEPT_VIEWS[first]!, KEPT_VIEWS[(first + 1) % KEPT_VIEWS.length]!];
		world.disk.writeBackChance = random.pick([0, 0, 0.05, 0.5]);
		world.clock.backwardChance = random.pick([0, 0.1]);
		this.options = {
			memoryBytes: random.pick([16 << 10, 64 << 10, 1 << 20]),
			cacheBytes: random.pick([8 << 10, 1 << 20]),
			compression: random.pick(['none', 'lz4'] as const),
			largeValueBytes: random.pick([0, 16, 64, 2048]),
			logBytesMax: random.pick([8 << 10, 64 << 10]),
			segmentBytes: random.pick([2 << 10, 8 << 10, 64 << 10]),
			parts: {
				blockBytes: random.pick([128, 512, 4096]),
				sstableBytes: random.pick([1 << 10, 8 << 10, 64 << 10]),
				level0Files: random.pick([1, 2, 4]),
				levelBytes: random.pick([2 << 10, 32 << 10]),
				manifestBytes: random.pick([256, 2048, 64 << 10]),
				frameBytesMax: random.pick([512, 4 << 10, 1 << 20]),
				bulkRowsMin: random.pick([10, 40]),
				transactionMemoryBytes: random.pick([256, 16 << 20]),
			},
		};
	}

	async run(): Promise<void> {
		const lives = this.#random.between(2, 4);
		for (let life = 0; life < lives; life++) await this.#live(life === lives - 1);
		if (this.#random.chance(0.2)) await this.#rot();
	}

	/**
	 * (7) A flipped bit is reported, or changes nothing. The newest segment of the log is left alone: damage at its end cannot be
	 * told from a torn write.
	 */
	async #rot(): Promise<void> {
		const { disk } = this.world;
		const log = (path: string) => path.startsWith(`${DIRECTORY}/log/`);
		const newest = [...disk.paths()].filter(log).sort().at(-1);
		const files = [...disk.paths()].filter((path) => path !== newest && (log(path) || path.startsWith(`${DIRECTORY}/store/`)) && disk.bytes(path) > 0);
		if (files.length === 0) return;
		const path = this.#random.pick(files);
		const position = this.#random.below(disk.bytes(path));
		disk.flipBit(path, position, this.#random.below(8));
		this.reached.add('bit rot');
		const process = this.world.start();
		try {
			const db = await this.#settled(process, openDatabase(DIRECTORY, { ...this.options, platform: process, onBackgroundFailure: () => {} }));
			const reported = [...(db.engine.log as EmbeddedLog).verify(), ...db.engine.store.verify()];
			if (reported.length > 0) return;
			const last = (db.engine.log as EmbeddedLog).openedOffset;
			assert.ok(last >= this.#acknowledged, `a bit of "${path}" flipped at ${position}, and commits up to ${this.#acknowledged} went in silence`);
			checkState(db, Model.after(this.#effects.slice(0, last + 1)));
		} catch (error) {
			// A checkpoint before the log's start, or a version that nobody has written, is a report too.
			const isReport =
				error instanceof CorruptionError || error instanceof UnsupportedError || (error instanceof PolylogError && error.code === 'log-released');
			if (!isReport) throw error;
		}
	}

	// ---- what the workload tells ----

	async committing(effects: readonly Effect[], level: Level, commit: () => Promise<unknown>): Promise<void> {
		const window: Window = { effects, offset: 0 };
		this.#window = window;
		const done = commit();
		this.#window = null;
		await this.#acknowledge(window, level, done);
	}

	/** As `committing`, for a statement that may wait before it decides, while nobody else is at work. */
	async #committingAlone(effects: readonly Effect[], commit: () => Promise<unknown>): Promise<void> {
		const window: Window = { effects, offset: 0 };
		this.#window = window;
		await this.#acknowledge(
			window,
			'disk',
			commit().finally(() => {
				// A statement of a life that has ended may come to its end only now.
				if (this.#window === window) this.#window = null;
			}),
		);
	}

	async committingAt(mark: string, effects: readonly Effect[], level: Level, commit: () => Promise<unknown>): Promise<void> {
		const window: Window = { effects, offset: 0 };
		this.#marked.set(mark, window);
		await this.#acknowledge(window, level, commit());
	}

	async committingFiles(effects: readonly Effect[], level: Level, commit: () => Promise<unknown>): Promise<boolean> {
		if (this.#filesWindow !== null) return false;
		const window: Window = { effects, offset: 0 };
		this.#filesWindow = window;
		// Few rows come in the log itself; nobody else can have the table yet, whose first row tells.
		const first = effects[0];
		const mark = first?.kind === 'put' ? String(first.row.name) : '';
		this.#marked.set(mark, window);
		try {
			await this.#acknowledge(window, level, commit());
		} finally {
			if (this.#filesWindow === window) this.#filesWindow = null;
			this.#marked.delete(mark);
		}
		return true;
	}

	async #acknowledge(window: Window, level: Level, done: Promise<unknown>): Promise<void> {
		const life = this.#life;
		await done;
		// Of a process that is no more nobody hears.
		if (this.world.disk.isCrashed || life !== this.#life) return;
		if (window.offset === 0 && window.effects.length > 0) assert.fail('a commit with effects was acknowledged, but decided nothing while it was watched');
		if (level === 'disk') this.#acknowledged = Math.max(this.#acknowledged, window.offset);
		else this.#written = Math.max(this.#written, window.offset);
	}

	failedWith(sqlstate: string): void {
		if (sqlstate === '40P01') this.reached.add('deadlock');
		else if (sqlstate === '40001') this.reached.add('conflict');
		else if (sqlstate === '23505') this.reached.add('unique violation');
		else if (sqlstate === '53100') this.reached.add('disk full');
	}

	schemaChanged(): void {
		if (this.#checkpointed) this.#schemaChangedSinceCheckpoint = true;
	}

	fresh(): number {
		return this.#freshNumber++;
	}

	// ---- one life ----

	async #live(isLast: boolean): Promise<void> {
		const { world } = this;
		const { disk } = world;
		const random = this.#random;
		const process = world.start();
		this.#life++;
		// Commits of the life before that never came to their end.
		this.#window = null;
		this.#filesWindow = null;
		this.#marked.clear();
		disk.onOperation = (path) => {
			if (path.startsWith(`${DIRECTORY}/spill/`)) this.reached.add('spill');
		};
		if (!isLast && random.chance(0.35)) {
			disk.fault = { operation: disk.operationCount + random.below(random.pick([8, 60, 400])), kind: random.chance(0.75) ? 'power' : 'io' };
		}
		let db: Database | null = null;
		try {
			db = await this.#open(process);
			await this.#setUp(process, db);
			disk.failSyncChance = !isLast && random.chance(0.15) ? 0.05 : 0;
			await this.#work(process, db, isLast);
			if (random.chance(0.25)) await this.#close(process, db);
		} catch (error) {
			if (!(error instanceof SimulatedCrash) && !disk.isCrashed && !isBroughtAbout(error)) throw error;
			if (disk.isCrashed) this.reached.add(db === null ? 'crash in recovery' : 'power in operation');
		}
		if (this.#unexpected !== null) throw this.#unexpected;
		this.#end(db);
	}

	async #open(process: SimulatedProcess): Promise<Database> {
		const db = await this.#settled(process, openDatabase(DIRECTORY, { ...this.options, platform: process, onBackgroundFailure: () => {} }));
		const log = db.engine.log as EmbeddedLog;
		const last = log.openedOffset;
		const needed = Math.max(this.#acknowledged, this.#written);
		assert.ok(last >= needed, `offset ${needed} was acknowledged, but the log ends at ${last}`);
		this.#aside.cut(last);
		// What opening itself has committed (it drops unfinished indexes) comes without effects.
		this.#aside.add(log.read(last));
		this.#effects.length = last + 1;
		for (let offset = 0; offset <= log.decidedOffset; offset++) this.#effects[offset] ??= [];
		this.#acknowledged = last;
		this.#written = last;
		this.#aside.watch(log, `${DIRECTORY}/store`, process.files, (offset, changes, hasFiles) => this.#decided(offset, changes, hasFiles));
		const cut = log.recoveredCut;
		if (cut !== null) this.reached.add(cut.framesAfter > 0 ? 'cut with whole frames after it' : 'torn frame');
		checkState(db, Model.after(this.#effects));
		await this.#aside.compare(db, DIRECTORY);
		return db;
	}

	#decided(offset: number, changes: Uint8Array, hasFiles: boolean): void {
		if (hasFiles) this.reached.add('bulk adoption');
		const window = hasFiles ? this.#filesWindow : (this.#window ?? this.#markedIn(changes));
		if (window === null) return;
		// A commit's own record is the last that it appends; what comes before is logged aside (values of sequences).
		if (window.offset > 0) this.#effects[window.offset] = [];
		window.offset = offset;
		this.#effects[offset] = window.effects;
	}

	/** The commit that waits to be decided and whose mark the changes hold. */
	#markedIn(changes: Uint8Array): Window | null {
		const bytes = Buffer.from(changes.buffer, changes.byteOffset, changes.length);
		for (const [mark, window] of this.#marked) {
			if (!bytes.includes(mark)) continue;
			this.#marked.delete(mark);
			return window;
		}
		return null;
	}

	/** Makes what is missing of the tables that every history has. */
	async #setUp(process: SimulatedProcess, db: Database): Promise<void> {
		const client = new SqlClient(db.engine);
		const model = Model.after(this.#effects);
		for (const { table, index, text, effects } of SET_UP) {
			if (index === null ? model.tables.has(table) : model.tables.get(table)?.indexes.has(index)) continue;
			await this.#settled(
				process,
				this.#committingAlone(effects, () => client.run(text)),
			);
		}
		for (const { name, query } of this.#views) {
			const text = `create materialized view if not exists ${name} with (refresh = commit) as ${query}`;
			await this.#settled(
				process,
				this.#committingAlone([], () => client.run(text)),
			);
		}
		if ((model.tables.get('account')?.rows.size ?? 0) > 0) return;
		const rows = Array.from({ length: ACCOUNTS }, (_, id): Effect => ({ kind: 'put', table: 'account', row: { id, owner: `owner ${id % 4}`, balance: 0 } }));
		await this.#settled(
			process,
			this.#committingAlone(rows, () => client.run(`insert into account select g, 'owner ' || g % 4, 0 from generate_series(0, ${ACCOUNTS - 1}) g`)),
		);
	}

	async #work(process: SimulatedProcess, db: Database, isLast: boolean): Promise<void> {
		const random = this.#random;
		const { disk } = this.world;
		const relaxedShare = random.pick([0, 0.25, 1]);
		const clients = Array.from(
			{ length: random.between(1, 4) },
			() => new WorkloadClient(db.engine, random, this, random.chance(relaxedShare) ? 'os' : 'disk'),
		);
		const insertsSync = random.pick([1, 1, 1, 10]);
		let limitedFor = 0;
		for (let steps = random.between(1, STEPS_MAX); steps > 0; steps--) {
			const client = random.pick(clients);
			const choice = random.below(100);
			if (choice < insertsSync) {
				// In bursts, so that the store must make room within the calls.
				const burst = random.pick([1, 2, 15]);
				if (burst > 2 && !isLast && random.chance(0.3)) disk.fault = { operation: disk.operationCount + random.below(400), kind: 'power' };
				for (let rest = burst; rest > 0; rest--) this.#insertSync(db);
			} else if (choice < 55 && !client.isBusy) client.start((error) => (this.#unexpected ??= error));
			else if (choice < 96) process.pump();
			else if (choice < 98) this.#checkpoint(db);
			else if (random.chance(0.3)) {
				disk.capacityBytes = disk.usedBytes + random.below(4000);
				limitedFor = 20;
			}
			await microtasks();
			if (--limitedFor === 0) disk.capacityBytes = Number.POSITIVE_INFINITY;
			if (this.#unexpected !== null) throw this.#unexpected;
			this.#note(db);
			if (db.engine.log.failure !== null) {
				this.reached.add('sync error');
				return;
			}
		}
	}

	/** A transaction that is decided, written and synced within the call. */
	#insertSync(db: Database): void {
		const effects: Effect[] = [];
		const count = this.#random.pick([1, 3, 40]);
		const window: Window = { effects, offset: 0 };
		this.#window = window;
		try {
			db.transactionSync((tx) => {
				effects.length = 0;
				for (let rest = count; rest > 0; rest--) {
					const id = this.fresh();
					const row = { id, name: `sync ${id}`, qty: id % 10, note: 'n'.repeat(200) };
					tx.sql`insert into item values (${row.id}, ${row.name}, ${row.qty}, ${row.note})`;
					effects.push({ kind: 'put', table: 'item', row });
				}
			});
			this.#acknowledged = Math.max(this.#acknowledged, window.offset);
		} catch (error) {
			if (error instanceof PolylogError && /^(40001|40P01|55P03|53100|58030|08007)$/.test(error.sqlstate ?? '')) this.failedWith(error.sqlstate ?? '');
			else throw error;
		} finally {
			this.#window = null;
		}
	}

	#checkpoint(db: Database): void {
		db.checkpoint().then(
			() => {
				if (this.#schemaChangedSinceCheckpoint) this.reached.add('schema change between two checkpoints');
				this.#checkpointed = true;
				this.#schemaChangedSinceCheckpoint = false;
			},
			(error) => {
				if (!(error instanceof SimulatedCrash) && !this.world.disk.isCrashed && !isBroughtAbout(error)) this.#unexpected ??= error;
			},
		);
	}

	#note(db: Database): void {
		const log = db.engine.log as EmbeddedLog;
		this.#written = Math.max(this.#written, log.writtenOffset);
		const { segmentsMade, segmentsReleased, spanningTransactions } = log.statistics();
		if (segmentsMade > 0) this.reached.add('segment roll');
		if (segmentsReleased > 0) this.reached.add('segment deletion');
		if (spanningTransactions > 0) this.reached.add('spanning transaction');
		const { flushes, compactions, manifestRolls } = db.engine.store.statistics();
		// The first manifest of a new store is not a swap.
		if ((manifestRolls ?? 0) > (log.openedOffset === 0 ? 1 : 0)) this.reached.add('manifest swap');
		if ((flushes ?? 0) > 0) this.reached.add('flush');
		if ((compactions ?? 0) > 0) this.reached.add('compaction');
	}

	async #close(process: SimulatedProcess, db: Database): Promise<void> {
		await this.#settled(process, db.close());
		if (db.engine.log.failure !== null) return;
		this.#acknowledged = db.engine.log.decidedOffset;
		this.reached.add('clean close');
	}

	#end(db: Database | null): void {
		const { disk } = this.world;
		disk.capacityBytes = Number.POSITIVE_INFINITY;
		disk.failSyncChance = 0;
		if (db !== null) this.#written = Math.max(this.#written, db.engine.log.writtenOffset);
		if (!disk.isCrashed && this.#random.chance(0.3)) {
			this.reached.add('kill');
			this.world.kill();
			return;
		}
		this.#written = this.#acknowledged;
		this.world.crash();
	}

	/** Pumps until the promise is settled. */
	async #settled<T>(process: SimulatedProcess, promise: Promise<T>): Promise<T> {
		let isSettled = false;
		const settle = () => {
			isSettled = true;
		};
		promise.then(settle, settle);
		await process.settle(() => isSettled);
		return promise;
	}
}

/** Errors that a life may end with: what the harness itself brought about. */
function isBroughtAbout(error: unknown): boolean {
	return (
		error instanceof ClosedError ||
		(error instanceof PolylogError && (/^(58030|53100|08007|57P01|57P03)$/.test(error.sqlstate ?? '') || error.message.includes('(simulated)')))
	);
}
