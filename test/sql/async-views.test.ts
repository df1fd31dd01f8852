/**
 * Materialized views with `refresh = async` equal their queries at the offset that they state, at every moment: in random histories of statements
 * and transactions, with the job held back and let go, small batches and large ones, definitions that change, restarts and crashes.
 *
 * A failure prints its seed; `POLYLOG_SEED` replays it, `POLYLOG_RUNS` sets how many histories run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../../src/database/embedded/database.ts';
import { seededRandom } from '../../src/storage/engine.suite.ts';
import { SimulatedDatabase } from '../operator/simulated-database.ts';
import { attempt, type Random, shown, statement, TABLES, transaction, VIEWS } from './view-histories.ts';

const RUNS = Number(process.env.POLYLOG_RUNS ?? 3);
const STEPS = 40;
/** Views of all kinds, of which each history has a few. */
const VIEWS_KEPT = 6;

/** What queries gave, by the offset at which they were asked. */
class Answers {
	readonly #asked: { readonly before: number; readonly offset: number; readonly answers: ReadonlyMap<string, readonly string[]> }[] = [];

	/** What was changed was changed after `before`, and at or before `offset`. */
	add(before: number, offset: number, answers: ReadonlyMap<string, readonly string[]>): void {
		this.#asked.push({ before, offset, answers });
	}

	/** Undefined where it is not known. */
	at(offset: number, view: string): readonly string[] | undefined {
		const place = this.#asked.findLastIndex((one) => one.offset <= offset);
		const next = this.#asked[place + 1];
		return next !== undefined && offset > next.before ? undefined : this.#asked[place]?.answers.get(view);
	}
}

class History {
	readonly #random: Random;
	readonly #queries: ReadonlyMap<string, string>;
	readonly #answers = new Answers();
	#opened: SimulatedDatabase;
	#compared = 0;

	constructor(random: Random, opened: SimulatedDatabase) {
		this.#random = random;
		this.#opened = opened;
		const names = Object.keys(VIEWS).filter((name) => name !== 'nested');
		const first = random(names.length);
		this.#queries = new Map(Array.from({ length: VIEWS_KEPT }, (_, i) => names[(first + i * 5) % names.length]!).map((name) => [name, VIEWS[name]!]));
	}

	async run(): Promise<void> {
		const random = this.#random;
		for (const sql of TABLES) await this.#sql(sql);
		for (let i = 0; i < 10; i++) await this.#do((db) => attempt(db.session, statement(random)));
		await this.#ask(0);
		for (const [name, query] of this.#queries) await this.#sql(`CREATE MATERIALIZED VIEW ${name} WITH (refresh = async) AS ${query}`);
		await this.#sql(`CREATE MATERIALIZED VIEW beneath WITH (refresh = async) AS ${VIEWS.totals}`);
		await this.#sql('CREATE MATERIALIZED VIEW above WITH (refresh = async) AS SELECT n, count(*) AS c FROM beneath GROUP BY n');
		await this.#sql('CREATE MATERIALIZED VIEW above_now WITH (refresh = commit) AS SELECT n, count(*) AS c FROM beneath GROUP BY n');
		for (let step = 0; step < STEPS; step++) {
			await this.#step(step);
		}
		await this.#end();
	}

	async #step(step: number): Promise<void> {
		const random = this.#random;
		this.#engine.asyncViews.batchRows = [1, 3, 1000][random(3)]!;
		const what = random(20);
		if (what < 3) await this.#change(step, (db) => transaction(db.session, random));
		else if (what === 3) await this.#change(step, (db) => attempt(db.session, 'CREATE INDEX ON refund (purchase_id)'));
		else if (what === 4) await this.#change(step, (db) => attempt(db.session, `ALTER TABLE customer ADD COLUMN extra_${random(1000)} int DEFAULT 3`));
		else if (what === 5)
			await this.#change(step, (db) => attempt(db.session, `REFRESH MATERIALIZED VIEW ${[...this.#queries.keys()][random(this.#queries.size)]}`));
		else if (what === 6) await this.#change(step, (db) => db.reopen(random(2) === 0 ? 'power' : 'kill'));
		else for (let count = random(6); count > 0; count--) await this.#change(step, (db) => attempt(db.session, statement(random)));
	}

	get #engine(): Database['engine'] {
		return this.#opened.db.engine;
	}

	/** Does something, and compares what is there then. */
	async #change(step: number, work: (db: SimulatedDatabase) => Promise<unknown>): Promise<void> {
		const before = this.#engine.manager.decidedOffset;
		await this.#do(work);
		await this.#ask(before);
		// The job goes on while time does.
		if (this.#random(2) === 0) await this.#sql(`SELECT pg_sleep(${this.#random(30) / 1000})`);
		this.#compare(`step ${step}`);
	}

	#do<T>(work: (db: SimulatedDatabase) => Promise<T>): Promise<T> {
		return this.#opened.wait(work(this.#opened));
	}

	#sql(text: string): Promise<(string | null)[][]> {
		return this.#opened.run(text);
	}

	/** Notes what the queries give now, and since which of the commits after `before`; the views stay out of it. */
	async #ask(before: number): Promise<void> {
		const changed = `changes ~ '(insert|update|delete) (customer|purchase|refund)|catalog'`;
		const [[first, last]] = (await this.#sql(
			`SELECT min(commit_offset), max(commit_offset) FROM polylog.log WHERE commit_offset > ${before} AND ${changed}`,
		)) as [[string | null, string | null]];
		if (first === null) return;
		const answers = new Map<string, readonly string[]>();
		await this.#sql('SET enable_kept_views = off');
		for (const [name, query] of this.#queries) answers.set(name, shown(await this.#sql(query)));
		this.#answers.add(Number(first) - 1, Number(last), answers);
	}

	/** Every view against its query at the offset that it states, in one turn. */
	#compare(when: string): void {
		const { db } = this.#opened;
		const now = db.sql`SELECT n, count(*) AS c FROM beneath GROUP BY n ORDER BY n`.all();
		assert.deepEqual(db.sql`SELECT * FROM above_now ORDER BY n`.all(), now, `above_now, ${when}`);
		for (const row of db.sql`SELECT * FROM polylog.kept_views WHERE refresh = 'async'`.all()) {
			const view = String(row.view_name);
			assert.equal(row.problem, '', `${view} ${when}`);
			const asked = this.#answers.at(Number(row.view_offset), view);
			if (asked === undefined) continue;
			assert.deepEqual(this.#rowsOf(db, view), asked, `${view} at ${row.view_offset}, ${when}`);
			this.#compared++;
		}
	}

	#rowsOf(db: Database, view: string): string[] {
		const columns = db.sql(`SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = '${view}'::regclass AND attnum > 0 ORDER BY attnum`).all();
		const texts = columns.map(({ name }, i) => `CASE WHEN ${name} IS NOT NULL THEN format('%s', ${name}) END AS c${i}`).join(', ');
		const rows = db.sql(`SELECT ${texts} FROM ${view}`).all();
		return shown(rows.map((row) => Object.values(row).map((value) => (value === null ? null : String(value)))));
	}

	/** Left alone, every view comes to the newest offset. */
	async #end(): Promise<void> {
		assert.ok(this.#compared > STEPS * VIEWS_KEPT, `offsets that views state are mostly known: ${this.#compared}`);
		for (const name of [...this.#queries.keys(), 'beneath', 'above']) await this.#sql(`REFRESH MATERIALIZED VIEW ${name}`);
		assert.deepEqual(await this.#sql("SELECT sum(lag_offsets) FROM polylog.kept_views WHERE view_name <> 'above_now'"), [['0']]);
		for (const [name, query] of this.#queries) assert.deepEqual(shown(await this.#sql(`SELECT * FROM ${name}`)), shown(await this.#sql(query)), name);
		assert.deepEqual(await this.#sql('SELECT * FROM above ORDER BY 1'), await this.#sql('SELECT n, count(*) FROM beneath GROUP BY n ORDER BY 1'));
		assert.deepEqual(shown(await this.#sql('SELECT * FROM beneath')), shown(await this.#sql(VIEWS.totals!)));
		await this.#opened.wait(this.#opened.db.close());
	}
}

test('views that follow the log equal their queries at the offset that they state', async () => {
	const chosen = process.env.POLYLOG_SEED;
	const seeds = chosen === undefined ? Array.from({ length: RUNS }, (_, i) => 8000 + i) : [Number(chosen)];
	for (const seed of seeds) {
		const random = seededRandom(seed);
		try {
			await new History(random, await SimulatedDatabase.open(seed, { durability: 'disk' })).run();
		} catch (error) {
			throw new Error(`seed ${seed} (replay with POLYLOG_SEED=${seed}): ${error instanceof Error ? error.message : String(error)}`, { cause: error });
		}
	}
});

test('a view goes between commit, async and manual', async () => {
	const opened = await SimulatedDatabase.open(1);
	await opened.run('CREATE TABLE t (id int PRIMARY KEY, g text)');
	await opened.run("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
	await opened.run('CREATE MATERIALIZED VIEW v WITH (refresh = async) AS SELECT g, count(*) AS n FROM t GROUP BY g');
	const rows = () => opened.run('SELECT g, n FROM v ORDER BY g');
	const refresh = async () => (await opened.run("SELECT refresh FROM polylog.kept_views WHERE view_name = 'v'"))[0]?.[0];
	await opened.run('ALTER MATERIALIZED VIEW v SET (refresh = manual)');
	await opened.run("INSERT INTO t VALUES (3, 'c')");
	assert.deepEqual(await rows(), [
		['a', '1'],
		['b', '1'],
	]);
	await opened.run('REFRESH MATERIALIZED VIEW v');
	assert.equal((await rows()).length, 3);
	await opened.run('ALTER MATERIALIZED VIEW v SET (refresh = commit)');
	await opened.run("INSERT INTO t VALUES (4, 'd')");
	assert.equal((await rows()).length, 4);
	await opened.run('BEGIN');
	await opened.run("INSERT INTO t VALUES (5, 'e')");
	await opened.run('ALTER MATERIALIZED VIEW v SET (refresh = async)');
	await opened.run('COMMIT');
	assert.equal(await refresh(), 'async');
	assert.equal((await rows()).length, 5);
	await opened.run('DELETE FROM t WHERE id < 3');
	await opened.run('REFRESH MATERIALIZED VIEW v');
	assert.deepEqual(await rows(), [
		['c', '1'],
		['d', '1'],
		['e', '1'],
	]);
	await opened.run('CREATE MATERIALIZED VIEW plain AS SELECT g FROM t');
	assert.equal(await opened.outcome('ALTER MATERIALIZED VIEW plain SET (refresh = async)'), '0A000');
	assert.equal(await opened.outcome('ALTER MATERIALIZED VIEW v SET (refresh = sometimes)'), '22023');
	assert.equal(await opened.outcome('ALTER MATERIALIZED VIEW v SET (fillfactor = 50)'), '0A000');
	await opened.run('DROP MATERIALIZED VIEW v');
	assert.deepEqual(await opened.run('SELECT * FROM polylog.kept_views'), []);
	await opened.wait(opened.db.close());
});

test('a view that is far behind goes on from the log after a crash, not from all rows', async () => {
	const opened = await SimulatedDatabase.open(3, { durability: 'disk', logBytesMax: 16 << 10, segmentBytes: 4 << 10 });
	await opened.run('CREATE TABLE t (id int PRIMARY KEY, g int)');
	await opened.run('INSERT INTO t SELECT n, n % 7 FROM generate_series(1, 500) n');
	await opened.run('CREATE MATERIALIZED VIEW v WITH (refresh = async) AS SELECT g, count(*) AS n, max(id) AS last FROM t GROUP BY g');
	const keyspace = (): unknown => {
		const { catalog } = opened.db.engine.manager;
		const view = [...catalog.objects()].find((object) => object.kind === 'view' && object.name === 'v');
		const rows = view?.kind === 'view' ? catalog.get(view.materializedTableId) : undefined;
		return rows?.kind === 'table' ? rows.keyspaceId : null;
	};
	const first = keyspace();
	for (let life = 0; life < 4; life++) {
		// Flushed stores have no state to go back to: it is made from the log alone.
		for (let i = 0; i < 30; i++) await opened.run(`UPDATE t SET g = g + 1 WHERE id % 30 = ${i}`);
		await opened.run(`DELETE FROM t WHERE id BETWEEN ${life * 20} AND ${life * 20 + 9}`);
		await opened.wait(opened.db.engine.manager.checkpoint());
		await opened.reopen(life % 2 === 0 ? 'power' : 'kill');
	}
	await opened.run('REFRESH MATERIALIZED VIEW v');
	assert.equal(keyspace(), first);
	assert.deepEqual(await opened.run('SELECT * FROM v ORDER BY g'), await opened.run('SELECT g, count(*), max(id) FROM t GROUP BY g ORDER BY g'));
	await opened.wait(opened.db.close());
});
