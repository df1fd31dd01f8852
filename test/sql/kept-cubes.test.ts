/**
 * Queries that the optimizer answers from kept cubes and other grouped views: they give what the tables give, after random histories of commits,
 * within transactions that have changed the tables, and at snapshots from before a commit or a definition; and near misses, which no view may answer.
 *
 * A failure prints its seed; `POLYLOG_SEED` replays it, `POLYLOG_RUNS` sets how many histories run.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Session } from '../../src/database/contracts.ts';
import { openDatabase } from '../../src/database/open.ts';
import { seededRandom } from '../../src/storage/engine.suite.ts';
import { runText } from '../operator/session-text.ts';

const RUNS = Number(process.env.POLYLOG_RUNS ?? 2);
const STEPS = 16;

const TABLES = [
	'CREATE TABLE shop (id int PRIMARY KEY, region text, size numeric(6,1))',
	'CREATE TABLE sale (id int PRIMARY KEY, shop int NOT NULL, kind text, day timestamp, amount numeric(10,2), price numeric, units int, weight float8)',
	"INSERT INTO shop SELECT n, CASE n % 4 WHEN 0 THEN NULL ELSE 'region ' || n % 4 END, n FROM generate_series(0, 11) n",
	`INSERT INTO sale SELECT n, n % 12, CASE n % 5 WHEN 0 THEN NULL ELSE 'k' || n % 5 END, timestamp '2026-01-01' + (n % 50) * interval '1 day', n % 90, n % 7 / 8.0,
		CASE n % 6 WHEN 0 THEN NULL ELSE n % 11 END, n / 3.0 FROM generate_series(1, 4000) n`,
];

const VIEWS: Readonly<Record<string, string>> = {
	cube: `SELECT shop, kind, date_trunc('month', day) AS month, count(*) AS n, sum(amount) AS total, avg(units) AS mean, min(day) AS first, max(amount) AS most,
		count(*) FILTER (WHERE units > 5) AS large FROM sale GROUP BY CUBE (shop, kind, date_trunc('month', day))`,
	joined: `SELECT s.region, x.kind, x.shop, sum(x.price) AS price, count(x.units) AS some, max(x.units) AS most FROM sale x JOIN shop s ON x.shop = s.id
		GROUP BY GROUPING SETS ((s.region, x.kind), (x.shop), ())`,
	partly: "SELECT kind, shop, sum(units) AS units FROM sale WHERE amount > 10 AND kind <> 'k2' GROUP BY kind, shop HAVING count(*) > 3",
};

/** Each with the view that is to answer it. */
const ANSWERED: Readonly<Record<string, string>> = {
	'SELECT shop, count(*), sum(amount), avg(units), min(day), max(amount) FROM sale GROUP BY shop': 'cube',
	'SELECT count(*), sum(units), count(units), avg(amount), max(amount) FROM sale': 'cube',
	"SELECT count(*) FROM sale WHERE kind = 'k1'": 'cube',
	'SELECT shop + 1, upper(kind), sum(amount) / count(*) FROM sale WHERE shop IN (1, 3, 5) OR kind IS NULL GROUP BY shop + 1, upper(kind) HAVING sum(units) > 3':
		'cube',
	"SELECT kind, date_trunc('month', day) AS m, sum(amount) FILTER (WHERE shop > 3), GROUPING(kind) FROM sale GROUP BY ROLLUP (kind, date_trunc('month', day))":
		'cube',
	'SELECT s.region, sum(x.units), count(DISTINCT x.kind), count(*) FROM sale x JOIN shop s ON s.id = x.shop GROUP BY s.region': 'cube',
	'SELECT s.size, max(x.day), min(x.day), sum(x.amount) FROM sale x, shop s WHERE s.id = x.shop AND s.size > 4 GROUP BY s.size': 'none but min',
	'SELECT s.size, min(x.day), sum(x.amount) FROM sale x, shop s WHERE s.id = x.shop AND s.size > 4 GROUP BY s.size': 'cube',
	'SELECT DISTINCT kind FROM sale WHERE shop < 4': 'none: DISTINCT is no aggregate',
	'SELECT shop, count(*) FILTER (WHERE units > 5) FROM sale GROUP BY shop': 'cube',
	"SELECT date_trunc('month', day), count(*) FROM sale WHERE date_trunc('month', day) >= '2026-02-01' GROUP BY 1": 'cube',
	'SELECT region, sum(price), count(units) FROM shop JOIN sale ON id_of_shop = shop GROUP BY region': 'joined',
	'SELECT sum(price), max(units) FROM sale x, shop s WHERE s.id = x.shop': 'joined',
	'SELECT s.id, avg(price) FROM sale x JOIN shop s ON s.id = x.shop WHERE s.id > 3 GROUP BY s.id': 'joined',
	"SELECT kind, sum(units) FROM sale WHERE kind <> 'k2' AND amount > 10 GROUP BY kind": 'partly',
	"SELECT kind, sum(units) FROM sale WHERE kind <> 'k2' AND amount > 10 AND shop <> 3 GROUP BY kind": 'partly',
	"SELECT sum(units) FROM sale WHERE kind <> 'k2' AND amount > 10": 'partly',
	'SELECT a.kind, a.n, b.n FROM (SELECT kind, count(*) AS n FROM sale GROUP BY kind) a LEFT JOIN (SELECT kind, count(*) n FROM sale WHERE shop = 1 GROUP BY kind) b USING (kind)':
		'cube',
	'SELECT id, (SELECT max(amount) FROM sale) FROM shop': 'cube',
};

/** Near misses: what no view may answer, and why. */
const REFUSED: Readonly<Record<string, string>> = {
	'SELECT units, count(*) FROM sale GROUP BY units': 'a group that the view has not',
	'SELECT shop, max(day) FROM sale GROUP BY shop': 'an aggregate that the view has not',
	'SELECT shop, sum(weight) FROM sale GROUP BY shop': 'a sum of floats',
	'SELECT shop, sum(amount + 1) FROM sale GROUP BY shop': 'another argument',
	'SELECT shop, sum(DISTINCT amount) FROM sale GROUP BY shop': 'values, not groups, that are different',
	'SELECT count(*) FROM sale WHERE units > 3': 'a condition on what is not grouped by',
	'SELECT sum(amount) FILTER (WHERE units > 3) FROM sale': 'a filter on what is not grouped by',
	"SELECT date_trunc('year', day), count(*) FROM sale GROUP BY 1": 'another function of the column',
	'SELECT sum(units) FROM sale WHERE amount > 11': "a narrower condition than the view's, on what is not grouped by",
	'SELECT region, sum(price) FROM sale x LEFT JOIN shop s ON s.id = x.shop GROUP BY region': 'an outer join',
	'SELECT region, sum(price) FROM sale x JOIN shop s ON s.id = x.shop + 1 GROUP BY region': 'another join',
	'SELECT a.shop, count(*) FROM sale a JOIN sale b ON b.id = a.id GROUP BY a.shop': 'the table twice',
	'SELECT shop, array_agg(kind) FROM sale GROUP BY shop': 'an aggregate for which repeated values matter',
	'SELECT count(*) FROM sale WHERE random() < 2': 'a volatile condition',
	'SELECT count(*) FROM sale WHERE shop IN (SELECT id FROM shop WHERE size > 3)': 'a semi-join',
	"SELECT kind, day FROM sale WHERE shop = 1 AND kind = 'k3' AND id < 100": 'no aggregate',
	'SELECT sum(amount * size) FROM sale JOIN shop s ON s.id = shop': 'an argument over a further table',
};

type Random = (below: number) => number;

function change(random: Random): string {
	const id = random(5000);
	switch (random(8)) {
		case 0:
			return `INSERT INTO sale SELECT i, i % 12, 'k' || i % 6, timestamp '2026-03-01' + i % 20 * interval '1 day', i % 300, i % 13 / 4.0, i % 17, 1 FROM generate_series(${id}, ${id + 9}) i ON CONFLICT (id) DO NOTHING`;
		case 1:
			return `UPDATE sale SET shop = ${random(12)}, units = units + 1 WHERE id BETWEEN ${id} AND ${id + 20}`;
		case 2:
			return `DELETE FROM sale WHERE id BETWEEN ${id} AND ${id + 10}`;
		case 3:
			return `UPDATE sale SET amount = NULL, kind = 'k2' WHERE id = ${id}`;
		case 4:
			return `UPDATE shop SET region = 'region ${random(3)}' WHERE id = ${random(12)}`;
		case 5:
			return `DELETE FROM sale WHERE shop = ${random(12)} AND kind = 'k${random(5)}'`;
		case 6:
			return `UPDATE shop SET id = id + 20 WHERE id = ${random(12)}`;
		default:
			return `UPDATE sale SET price = ${random(100)} / 4.0, day = day + interval '9 days' WHERE id % 40 = ${random(40)}`;
	}
}

const queries = Object.keys(ANSWERED).map((query) => query.replace('id_of_shop', 'shop.id'));
const shown = (rows: readonly (readonly (string | null)[])[]): string[] => rows.map((row) => row.map((value) => value ?? '∅').join('|')).sort();
const explained = async (session: Session, query: string): Promise<string> => (await runText(session, `EXPLAIN ${query}`)).join('\n');

async function compare(session: Session, step: string): Promise<void> {
	for (const query of queries) {
		await runText(session, 'SET enable_kept_views = on');
		const answered = shown(await runText(session, query));
		await runText(session, 'SET enable_kept_views = off');
		assert.deepEqual(answered, shown(await runText(session, query)), `${query} after ${step}`);
	}
	await runText(session, 'SET enable_kept_views = on');
}

async function withDatabase(run: (connect: () => Session) => Promise<void>): Promise<void> {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-cubes-'));
	const opened = await openDatabase(join(directory, 'db'), { durability: 'os' });
	const sessions: Session[] = [];
	const connect = (): Session => {
		const session = opened.connect({ user: 'polylog' });
		sessions.push(session);
		return session;
	};
	try {
		const session = connect();
		for (const sql of TABLES) await runText(session, sql);
		for (const [name, query] of Object.entries(VIEWS)) await runText(session, `CREATE MATERIALIZED VIEW ${name} WITH (refresh = commit) AS ${query}`);
		await run(connect);
	} finally {
		for (const session of sessions) session.close();
		await opened.close();
		rmSync(directory, { recursive: true, force: true });
	}
}

/** A transaction that reads before and after its own changes and those of others. */
async function readWithin(session: Session, other: Session, random: Random, step: string): Promise<void> {
	const level = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE', 'REPEATABLE READ READ ONLY'][random(4)]!;
	await runText(session, `BEGIN ISOLATION LEVEL ${level}`);
	await compare(session, `${step}, ${level}`);
	await runText(other, change(random));
	if (random(3) === 0) {
		await runText(other, 'DROP MATERIALIZED VIEW partly');
		await runText(other, `CREATE MATERIALIZED VIEW partly WITH (refresh = commit) AS ${VIEWS['partly']}`);
	}
	await compare(session, `${step}, ${level}, a change of another transaction`);
	if (!level.endsWith('ONLY')) {
		await runText(session, 'SAVEPOINT s');
		await runText(session, 'INSERT INTO sale VALUES (-1, 3, NULL, NULL, 5, 5, 5, 5)');
		await compare(session, `${step}, ${level}, own changes`);
		if (random(2) === 0) await runText(session, 'ROLLBACK TO s');
		if (random(3) === 0) await runText(session, 'CREATE TABLE own (a int)');
		await compare(session, `${step}, ${level}, own changes taken back`);
	}
	await runText(session, 'ROLLBACK');
}

test('kept views answer what the tables answer, after random histories', async () => {
	const chosen = process.env.POLYLOG_SEED;
	const seeds = chosen === undefined ? Array.from({ length: RUNS }, (_, i) => 8100 + i) : [Number(chosen)];
	for (const seed of seeds) {
		const random = seededRandom(seed);
		try {
			await withDatabase(async (connect) => {
				const [session, other] = [connect(), connect()];
				for (let step = 0; step < STEPS; step++) {
					await runText(other, change(random)).catch((error: { sqlstate?: string }) => assert.equal(error.sqlstate?.slice(0, 2), '23'));
					if (random(4) === 0) await compare(session, `step ${step}`);
					if (random(6) === 0) await readWithin(session, other, random, `step ${step}`);
				}
				await runText(other, 'TRUNCATE sale');
				await compare(session, 'TRUNCATE');
			});
		} catch (error) {
			throw new Error(`seed ${seed} (replay with POLYLOG_SEED=${seed}): ${error instanceof Error ? error.message : String(error)}`, { cause: error });
		}
	}
});

test('EXPLAIN shows which view answers, and near misses are answered from the tables', async () => {
	await withDatabase(async (connect) => {
		const session = connect();
		for (const [query, view] of Object.entries(ANSWERED)) {
			const plan = await explained(session, query.replace('id_of_shop', 'shop.id'));
			const used = [...plan.matchAll(/Kept View (\w+)/g)].map((found) => found[1]);
			if (view.startsWith('none')) assert.deepEqual(used, [], query);
			else assert.ok(used.length > 0 && used.every((name) => name === view), `${query} by ${view}\n${plan}`);
		}
		for (const [query, reason] of Object.entries(REFUSED)) {
			const plan = await explained(session, query);
			assert.doesNotMatch(plan, /Kept View/, `${query}: ${reason}`);
		}
		await compare(session, 'creation');
		assert.match(await explained(session, 'SELECT count(*) FROM sale'), /Kept View cube\s+Instead Of: sale/);
		await runText(session, 'SET enable_kept_views = off');
		assert.doesNotMatch(await explained(session, 'SELECT count(*) FROM sale'), /Kept View/);
	});
});

test('a view is read where it may be and the tables where not, as EXPLAIN ANALYZE tells', async () => {
	const query = 'EXPLAIN ANALYZE SELECT shop, count(*) FROM sale GROUP BY shop';
	const readsView = async (session: Session): Promise<boolean> => /Key Scan on cube[^\n]*actual/.test((await runText(session, query)).join('\n'));
	await withDatabase(async (connect) => {
		const [session, other] = [connect(), connect()];
		assert.ok(await readsView(session));
		await runText(session, 'BEGIN ISOLATION LEVEL REPEATABLE READ');
		await runText(session, 'SELECT 1');
		assert.ok(await readsView(session));
		await runText(other, 'DELETE FROM sale WHERE id = 1');
		assert.ok(await readsView(session), 'a snapshot is read in the view as well');
		await runText(other, 'CREATE TABLE newer (a int)');
		assert.ok(!(await readsView(session)), 'a snapshot older than the catalog may be older than the view');
		await runText(session, 'ROLLBACK');
		await runText(session, 'BEGIN');
		assert.ok(await readsView(session));
		await runText(session, 'UPDATE sale SET units = 0 WHERE id = 7');
		assert.ok(!(await readsView(session)), 'own changes are not in the view');
		await runText(session, 'COMMIT');
		assert.ok(await readsView(session));
		await runText(session, 'BEGIN ISOLATION LEVEL SERIALIZABLE');
		assert.ok(!(await readsView(session)), 'what is read is to be validated');
		await runText(session, 'ROLLBACK');
	});
});

test('a parameter in the place of a constant of the view is looked at when the statement runs', async () => {
	await withDatabase(async (connect) => {
		const session = connect();
		await runText(session, 'PREPARE p (text) AS SELECT sum(units) FROM sale WHERE amount > 10 AND kind <> $1');
		for (const kind of ['k2', 'k3', 'k2', 'none']) {
			const given = await runText(session, `EXECUTE p('${kind}')`);
			await runText(session, 'SET enable_kept_views = off');
			assert.deepEqual(given, await runText(session, `SELECT sum(units) FROM sale WHERE amount > 10 AND kind <> '${kind}'`), kind);
			await runText(session, 'SET enable_kept_views = on');
		}
		assert.equal((await runText(session, 'EXECUTE p(NULL)'))[0]![0], null);
	});
});
