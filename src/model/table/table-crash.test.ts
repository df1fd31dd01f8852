/**
 * Histories drawn from a seed: rows, schema changes, index builds, checkpoints and flushes on a simulated disk that loses power.
 *
 * Faults: power cuts and kills at any operation, also during recovery; writes that fail with EIO; syncs that fail; sectors
 * written back in any order, torn and stale. After every life: each acknowledged commit is there, no commit in part, rows and
 * indexes agree, and all keyspaces equal a replay of the whole log that the harness keeps aside.
 *
 * `POLYLOG_SEED=n` replays one seed, `POLYLOG_RUNS=n` runs more of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../../platform/errors.ts';
import { SimulatedCrash } from '../../platform/simulated-disk.ts';
import { SimulatedWorld } from '../../platform/simulated-platform.ts';
import type { SimulatedRandom } from '../../platform/simulated-random.ts';
import { type KeptLog, SimulatedDatabase, type SimulatedOptions } from '../../transaction/simulated-database.ts';
import type { LogTransaction } from '../../transaction/transaction.ts';
import { LockWait } from './contracts.ts';
import { buildConcurrently, dropUnfinished, fillNow } from './index-build.ts';
import { TableApplier } from './table-applier.ts';
import { rewriteTable } from './table-rewrite.ts';
import { TableTestDatabase } from './table-test-database.ts';

const RUNS = 150;
const LIVES_MAX = 4;
const STEPS_MAX = 60;
const TABLES = ['a', 'b', 'c'];

/** A row's columns after its id. */
type Rows = ReadonlyMap<number, readonly unknown[]>;
type State = ReadonlyMap<string, Rows>;

type Reached =
	| 'flush'
	| 'concurrent build'
	| 'build cut off'
	| 'rewrite'
	| 'conflict'
	| 'power'
	| 'kill'
	| 'clean close'
	| 'sync failure'
	| 'recovery cut off'
	| 'log released'
	| 'truncate'
	| 'bulk';

/** A transaction under way, and the rows it has written: they replace the committed ones at its commit. */
interface OpenWork {
	readonly tx: LogTransaction;
	readonly rows: Map<string, Map<number, readonly unknown[] | null>>;
}

class History {
	readonly reached = new Set<Reached>();
	readonly #world: SimulatedWorld;
	readonly #random: SimulatedRandom;
	readonly #options: SimulatedOptions;
	readonly #kept: KeptLog = { payloads: [], files: new Map() };
	/** What is committed as of each offset; commits that change no rows repeat the state before. */
	#states: State[] = [new Map()];
	/** The next life must show everything up to here, after a loss of power and after a kill. */
	#onDisk = 0;
	#written = 0;
	#open: OpenWork[] = [];
	#nextName = 0;

	constructor(seed: number) {
		this.#world = new SimulatedWorld(seed);
		const random = this.#world.random;
		this.#random = random;
		this.#world.disk.writeBackChance = random.pick([0, 0.05, 0.5]);
		this.#options = {
			log: { segmentBytes: random.pick([1500, 8000, 60_000]), frameBytesMax: random.pick([600, 5000]), syncDelayMs: random.pick([0, 50]) },
			store: {
				memtableBytes: random.pick([30_000, 100_000, 1_000_000]),
				blockBytes: random.pick([128, 1024]),
				sstableBytes: random.pick([2000, 20_000]),
				level0Files: random.pick([2, 4]),
				levelBytes: 20_000,
			},
			transactions: { logBytesMax: random.pick([2000, 20_000, 1 << 20]), ringBytes: random.pick([300, 20_000]) },
			appliers: () => [new TableApplier()],
		};
	}

	async run(): Promise<void> {
		this.#world.start().files.makeDirectory('/data');
		this.#world.disk.syncNames('/');
		this.#world.kill();
		const lives = this.#random.between(2, LIVES_MAX);
		for (let life = 0; life < lives; life++) await this.#live(life === lives - 1);
	}

	async #live(isLast: boolean): Promise<void> {
		const { disk } = this.#world;
		const random = this.#random;
		if (!isLast && random.chance(0.4))
			disk.fault = { operation: disk.operationCount + random.below(random.pick([10, 60, 400])), kind: random.chance(0.7) ? 'power' : 'io' };
		disk.failSyncChance = !isLast && random.chance(0.1) ? 0.05 : 0;
		let db: SimulatedDatabase | null = null;
		this.#open = [];
		try {
			db = SimulatedDatabase.open(this.#world, this.#options, this.#kept);
			const tables = new TableTestDatabase(db);
			this.#checkRecovered(db, tables);
			dropUnfinished(db.manager);
			this.#decided(db, this.#states.at(-1)!);
			if (!isLast || random.chance(0.5)) await this.#work(db, tables);
			if (random.chance(0.3)) await this.#close(db);
		} catch (error) {
			if (!(error instanceof SimulatedCrash) && !disk.isCrashed && !isExpected(error)) throw error;
			if (db === null) this.reached.add('recovery cut off');
			else if (db.log.failure !== null) this.reached.add('sync failure');
		}
		await this.#end(db);
	}

	#checkRecovered(db: SimulatedDatabase, tables: TableTestDatabase<SimulatedDatabase>): void {
		const last = db.log.decidedOffset;
		const needed = Math.max(this.#onDisk, this.#written);
		assert.ok(last >= needed, `offset ${needed} was acknowledged, but the log ends at ${last}`);
		assert.ok(last < this.#states.length, `the log ends at ${last}, but only ${this.#states.length - 1} was decided`);
		this.#states.length = last + 1;
		this.#onDisk = last;
		this.#written = last;
		db.compareWithReplay(this.#options, this.#kept);
		this.#checkContent(tables);
	}

	/** Committed rows equal the model, and every index its rows. */
	#checkContent(tables: TableTestDatabase<SimulatedDatabase>): void {
		const state = this.#states.at(-1)!;
		const tx = tables.base.begin({ transient: true });
		for (const name of TABLES) {
			const rows = state.get(name);
			const isThere = tx.catalog.find(2200, 'relation', name) !== undefined;
			assert.equal(isThere, rows !== undefined, `table ${name}`);
			if (rows === undefined) continue;
			const found = tables.rows(tx, name);
			const expected = [...rows].sort(([left], [right]) => left - right).map(([id, rest]) => [id, ...rest]);
			assert.deepEqual(found, expected, `rows of ${name}`);
			assert.deepEqual(tables.inconsistencies(name), []);
		}
		tx.rollback();
	}

	/** After commits: their states are remembered, up to the newest offset. */
	#decided(db: SimulatedDatabase, state: State): void {
		const before = this.#states.at(-1)!;
		while (this.#states.length < db.manager.decidedOffset) this.#states.push(before);
		if (this.#states.length === db.manager.decidedOffset) this.#states.push(state);
		if (db.log.syncedOffset > this.#onDisk) this.#onDisk = db.log.syncedOffset;
		if (db.log.writtenOffset > this.#written) this.#written = db.log.writtenOffset;
	}

	async #work(db: SimulatedDatabase, tables: TableTestDatabase<SimulatedDatabase>): Promise<void> {
		const random = this.#random;
		for (let steps = random.between(5, STEPS_MAX); steps > 0; steps--) {
			const choice = random.below(100);
			if (choice < 45) this.#changeRows(db, tables);
			else if (choice < 60) this.#endWork(db);
			else if (choice < 64) this.#createTable(db, tables);
			else if (choice < 68) this.#load(db, tables);
			else if (choice < 75) await this.#changeSchema(db, tables);
			else if (choice < 78) db.manager.syncNow();
			else if (choice < 82) await this.#checkpoint(db);
			else if (choice < 85 && this.#open.length === 0) this.#checkContent(tables);
			else db.process.pump(false);
			this.#decided(db, this.#states.at(-1)!);
			if (db.store.statistics().flushes! > 0) this.reached.add('flush');
			if (db.log.firstOffset > 1) this.reached.add('log released');
			if (db.log.failure !== null) {
				this.reached.add('sync failure');
				return;
			}
		}
	}

	async #checkpoint(db: SimulatedDatabase): Promise<void> {
		let isDone = false;
		let failure: unknown = null;
		void db.manager.checkpoint().then(
			() => {
				isDone = true;
			},
			(error) => {
				isDone = true;
				failure = error;
			},
		);
		if (this.#random.chance(0.5)) await db.process.settle(() => isDone);
		if (failure !== null && !isExpected(failure)) throw failure;
	}

	/** One statement in a transaction that is open already, or in one of its own. */
	#changeRows(db: SimulatedDatabase, tables: TableTestDatabase<SimulatedDatabase>): void {
		const random = this.#random;
		const names = [...this.#states.at(-1)!.keys()];
		if (names.length === 0) return;
		const isNew = this.#open.length === 0 || (this.#open.length < 3 && random.chance(0.5));
		const work: OpenWork = isNew
			? { tx: db.begin({ isolation: random.pick(['read committed', 'repeatable read', 'serializable']) }), rows: new Map() }
			: random.pick(this.#open);
		if (isNew) this.#open.push(work);
		const name = random.pick(names);
		const savepoint = work.tx.savepoint('statement');
		const before = new Map([...work.rows].map(([table, rows]) => [table, new Map(rows)]));
		try {
			this.#statement(tables, work, name);
		} catch (error) {
			if (!(error instanceof LockWait) && !(error instanceof PolylogError && ['23505', '40001', '40P01'].includes(error.sqlstate ?? ''))) throw error;
			this.reached.add('conflict');
			work.tx.rollbackTo(savepoint);
			work.rows.clear();
			for (const [table, rows] of before) work.rows.set(table, rows);
			if (error instanceof PolylogError && error.sqlstate !== '23505') this.#forget(work).rollback();
		}
		if (isNew && work.tx.state === 'open' && random.chance(0.6)) this.#commit(db, work);
	}

	#statement(tables: TableTestDatabase<SimulatedDatabase>, work: OpenWork, name: string): void {
		const random = this.#random;
		const written = work.rows.get(name) ?? new Map<number, readonly unknown[] | null>();
		work.rows.set(name, written);
		const target = random.below(40);
		const isTarget = ([id]: readonly unknown[]): boolean => (id as number) % 40 === target || (id as number) === target + 1;
		const value = random.chance(0.2) ? null : random.below(1000);
		const text = random.chance(0.1) ? null : `text ${random.below(500)} ${'x'.repeat(random.below(60))}`;
		const kind = random.below(10);
		if (kind < 5) {
			const id = random.below(200);
			tables.insert(work.tx, name, [id, value, text]);
			written.set(id, [value, text]);
		} else if (kind < 8) {
			tables.update(work.tx, name, isTarget, (row) => {
				row[1] = value;
				written.set(row[0] as number, row.slice(1));
			});
		} else if (kind < 9) {
			tables.update(
				work.tx,
				name,
				([id]) => id === target,
				(row) => {
					written.set(row[0] as number, null);
					row[0] = 300 + random.below(1000);
					written.set(row[0] as number, row.slice(1));
				},
			);
		} else {
			tables.delete(work.tx, name, (row) => {
				if (isTarget(row)) written.set(row[0] as number, null);
				return isTarget(row);
			});
		}
	}

	#endWork(db: SimulatedDatabase): void {
		if (this.#open.length === 0) return;
		const work = this.#random.pick(this.#open);
		if (this.#random.chance(0.3)) this.#forget(work).rollback();
		else this.#commit(db, work);
	}

	#forget(work: OpenWork): LogTransaction {
		this.#open = this.#open.filter((other) => other !== work);
		return work.tx;
	}

	#commit(db: SimulatedDatabase, work: OpenWork): void {
		this.#forget(work);
		const offset = db.manager.decidedOffset;
		this.#decided(db, this.#states.at(-1)!);
		try {
			const ticket = work.tx.commit(this.#random.pick(['disk', 'os', 'memory']));
			if (ticket.offset > 0 && this.#random.chance(0.5)) ticket.onDurable(() => undefined);
		} catch (error) {
			if (!(error instanceof PolylogError) || error.sqlstate !== '40001') throw error;
			this.reached.add('conflict');
			return;
		}
		if (db.manager.decidedOffset === offset) return;
		const state = new Map(this.#states.at(-1)!);
		for (const [name, written] of work.rows) {
			const rows = new Map(state.get(name));
			for (const [id, row] of written) {
				if (row === null) rows.delete(id);
				else rows.set(id, row);
			}
			state.set(name, rows);
		}
		this.#decided(db, state);
	}

	#createTable(db: SimulatedDatabase, tables: TableTestDatabase<SimulatedDatabase>): void {
		const name = TABLES.find((one) => !this.#states.at(-1)!.has(one));
		if (name === undefined) return;
		const tx = db.begin();
		tx.startStatement();
		tables.createTable(name, { columns: ['id int4 not null', 'n int4', 'name text'], primaryKey: ['id'] }, tx);
		this.#decided(db, this.#states.at(-1)!);
		tx.commit('disk');
		this.#decided(db, new Map(this.#states.at(-1)!).set(name, new Map()));
	}

	/** Many rows at once, as COPY does. */
	#load(db: SimulatedDatabase, tables: TableTestDatabase<SimulatedDatabase>): void {
		const random = this.#random;
		const name = [...this.#states.at(-1)!].find(([, rows]) => rows.size === 0)?.[0];
		if (name === undefined) return;
		const tx = db.begin();
		tx.startStatement();
		const loader = tables.tables.loader(tx, tables.table(name, tx), true);
		const written = new Map<number, readonly unknown[]>();
		const isDuplicate = random.chance(0.2);
		const multiplier = random.pick([1, 7]);
		try {
			for (let batch = random.between(1, 5); batch > 0; batch--) {
				const rows = Array.from({ length: 25 }, () => {
					const id = ((written.size * multiplier) % 201) + 1000;
					const row = [isDuplicate && written.size === 70 ? 1000 : id, random.below(9), `load ${written.size}`];
					written.set(id, row.slice(1));
					return row;
				});
				loader.insert(rows);
			}
			while (!loader.step(20));
		} catch (error) {
			tx.rollback();
			if (!(error instanceof LockWait) && !(error instanceof PolylogError && error.sqlstate === '23505')) throw error;
			return;
		}
		if (loader.isBulk) this.reached.add('bulk');
		this.#decided(db, this.#states.at(-1)!);
		if (random.chance(0.1)) tx.rollback();
		else {
			tx.commit(random.pick(['disk', 'os']));
			this.#decided(db, new Map(this.#states.at(-1)!).set(name, written));
		}
	}

	/** Runs alone: open transactions are ended first, as DDL would wait for them. */
	async #changeSchema(db: SimulatedDatabase, tables: TableTestDatabase<SimulatedDatabase>): Promise<void> {
		const random = this.#random;
		const names = [...this.#states.at(-1)!.keys()];
		if (names.length === 0) return;
		const name = random.pick(names);
		for (const work of [...this.#open]) this.#forget(work).rollback();
		const kind = random.below(6);
		const table = tables.table(name);
		if (kind === 0 && table.indexIds.length < 4) await this.#buildIndex(db, tables, name);
		else if (kind === 1 && table.indexIds.length < 4) this.#makeIndex(db, tables, name);
		else if (kind === 2 && table.indexIds.length > 1) this.#dropIndex(db, tables, name);
		else if (kind === 3) this.#dropOrTruncate(db, tables, name);
		else if (kind === 4) await this.#rewrite(db, tables, name);
	}

	async #buildIndex(db: SimulatedDatabase, tables: TableTestDatabase<SimulatedDatabase>, name: string): Promise<void> {
		const indexName = `index_${this.#nextName++}`;
		const isUnique = this.#random.chance(0.3);
		const tx = db.begin();
		tx.startStatement();
		tables.createIndex(name, { name: indexName, columns: [isUnique ? 'name' : 'n'], unique: isUnique, ready: false }, tx);
		tx.commit('disk');
		this.#decided(db, this.#states.at(-1)!);
		let isDone = false;
		let failure: unknown = null;
		const indexId = tables.index(indexName).id;
		const pause = async (): Promise<void> => {
			this.#changeRows(db, tables);
			while (this.#open.length > 0) this.#endWork(db);
		};
		buildConcurrently(tables.tables, db.manager, tables.table(name).id, indexId, pause).then(
			() => (isDone = true),
			(error) => {
				isDone = true;
				failure = error;
			},
		);
		if (this.#random.chance(0.1)) {
			this.reached.add('build cut off');
			throw new SimulatedCrash();
		}
		await db.process.settle(() => isDone);
		this.#decided(db, this.#states.at(-1)!);
		this.reached.add('concurrent build');
		if (failure !== null && !isExpected(failure) && !(failure instanceof PolylogError && failure.sqlstate === '23505')) throw failure;
	}

	#makeIndex(db: SimulatedDatabase, tables: TableTestDatabase<SimulatedDatabase>, name: string): void {
		const indexName = `index_${this.#nextName++}`;
		const tx = db.begin();
		tx.startStatement();
		tables.createIndex(name, { name: indexName, columns: ['name', 'n'], include: ['n'], ready: false }, tx);
		fillNow(tables.tables, tx, tables.table(name, tx).id, tables.index(indexName, tx).id);
		if (this.#random.chance(0.2)) tx.rollback();
		else tx.commit('os');
	}

	#dropIndex(db: SimulatedDatabase, tables: TableTestDatabase<SimulatedDatabase>, name: string): void {
		const tx = db.begin();
		tx.startStatement();
		const table = tables.table(name, tx);
		const id = table.indexIds.at(-1)!;
		tx.changeCatalog(table.id, { ...table, indexIds: table.indexIds.filter((other) => other !== id) });
		tx.changeCatalog(id, null);
		tx.commit('disk');
	}

	#dropOrTruncate(db: SimulatedDatabase, tables: TableTestDatabase<SimulatedDatabase>, name: string): void {
		const tx = db.begin();
		tx.startStatement();
		const table = tables.table(name, tx);
		const isDrop = this.#random.chance(0.4);
		if (isDrop) for (const id of [...table.indexIds, table.id]) tx.changeCatalog(id, null);
		else tables.tables.truncate(tx, table);
		this.reached.add('truncate');
		this.#decided(db, this.#states.at(-1)!);
		tx.commit('disk');
		const state = new Map(this.#states.at(-1)!);
		if (isDrop) state.delete(name);
		else state.set(name, new Map());
		this.#decided(db, state);
	}

	async #rewrite(db: SimulatedDatabase, tables: TableTestDatabase<SimulatedDatabase>, name: string): Promise<void> {
		const tx = db.begin();
		tx.startStatement();
		const table = tables.table(name, tx);
		await rewriteTable(
			tables.tables,
			tx,
			{ ...table, schemaVersion: table.schemaVersion + 1 },
			([id, n, text]) => [id, n === null ? 0 : n, text],
			async () => undefined,
		);
		this.#decided(db, this.#states.at(-1)!);
		try {
			tx.commit('disk');
		} finally {
			tx.rollback();
		}
		const state = new Map(this.#states.at(-1)!);
		const rewritten = new Map<number, readonly unknown[]>();
		for (const [id, [n, text]] of state.get(name)!) rewritten.set(id, [n ?? 0, text]);
		state.set(name, rewritten);
		this.#decided(db, state);
		this.reached.add('rewrite');
	}

	async #close(db: SimulatedDatabase): Promise<void> {
		await db.close();
		if (db.log.failure !== null) return;
		this.#decided(db, this.#states.at(-1)!);
		this.#onDisk = db.log.decidedOffset;
		this.reached.add('clean close');
	}

	async #end(db: SimulatedDatabase | null): Promise<void> {
		const { disk } = this.#world;
		const newest = Math.max(this.#states.length, (db?.log.decidedOffset ?? 0) + 1);
		while (this.#states.length < newest) this.#states.push(this.#states.at(-1)!);
		if (db !== null) this.#written = Math.max(this.#written, Math.min(db.log.writtenOffset, this.#states.length - 1));
		const isKill = !disk.isCrashed && this.#random.chance(0.3);
		this.reached.add(isKill ? 'kill' : 'power');
		if (isKill) this.#world.kill();
		else {
			this.#written = this.#onDisk;
			this.#world.crash();
		}
		await new Promise((resolve) => setImmediate(resolve));
	}
}

/** Errors that a life may end with: what the harness itself brought about. */
function isExpected(error: unknown): boolean {
	if (error instanceof SimulatedCrash) return true;
	if (!(error instanceof PolylogError)) return false;
	return ['log-failed', 'outcome-unknown', 'closed'].includes(error.code) || (error.code === 'io' && error.message.includes('simulated'));
}

async function runSeed(seed: number): Promise<History> {
	const history = new History(seed);
	try {
		await history.run();
	} catch (error) {
		const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
		throw new Error(`seed ${seed} failed (replay with POLYLOG_SEED=${seed} node --test dist/model/table/table-crash.test.js): ${text}`, { cause: error });
	}
	return history;
}

test('rows, indexes and schema survive whatever the disk loses, and equal a replay of the whole log', async () => {
	const only = process.env.POLYLOG_SEED;
	const runs = only !== undefined ? 1 : Number(process.env.POLYLOG_RUNS ?? RUNS);
	const first = only !== undefined ? Number(only) : 1;
	const reached = new Map<Reached, number>();
	for (let seed = first; seed < first + runs; seed++) {
		const history = await runSeed(seed);
		for (const state of history.reached) reached.set(state, (reached.get(state) ?? 0) + 1);
	}
	if (runs < RUNS) return;
	const states: Reached[] = [
		'flush',
		'concurrent build',
		'rewrite',
		'conflict',
		'power',
		'kill',
		'clean close',
		'sync failure',
		'recovery cut off',
		'log released',
		'truncate',
		'bulk',
	];
	for (const state of states) assert.ok((reached.get(state) ?? 0) >= 3, `only ${reached.get(state) ?? 0} seeds reached "${state}"`);
});
