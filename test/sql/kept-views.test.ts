/**
 * Materialized views with `refresh = commit` equal their queries after every commit: random histories of statements, savepoints, and
 * transactions of three sessions side by side, over tables with nulls, foreign keys and outer joins; after a restart too.
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

const RUNS = Number(process.env.POLYLOG_RUNS ?? 3);
const STEPS = 80;
/** Queries are answered from the tables, not from the views that they are compared with. */
const OPTIONS = { user: 'polylog', settings: { enable_kept_views: 'off' } } as const;

const TABLES = [
	'CREATE TABLE customer (id int PRIMARY KEY, region text, credit numeric)',
	'CREATE TABLE purchase (id int PRIMARY KEY, customer_id int REFERENCES customer ON DELETE CASCADE, amount numeric(8,2), units int, note text)',
	'CREATE TABLE refund (purchase_id int, part numeric)',
	'CREATE INDEX ON purchase (customer_id)',
];

const VIEWS: Readonly<Record<string, string>> = {
	filtered: `SELECT id, upper(region) AS region, credit * 2 AS twice FROM customer WHERE credit > 10 OR region IS NULL`,
	joined:
		'SELECT p.id, c.region, p.amount, r.part FROM customer c JOIN purchase p ON p.customer_id = c.id JOIN refund r ON r.purchase_id = p.id WHERE p.units > 2',
	outside:
		'SELECT c.id, p.id AS purchase, r.part FROM customer c LEFT JOIN purchase p ON p.customer_id = c.id AND p.units > 3 LEFT JOIN refund r ON r.purchase_id = p.id',
	turned: 'SELECT c.region, r.part FROM refund r RIGHT JOIN (purchase p JOIN customer c ON c.id = p.customer_id) ON r.purchase_id = p.id',
	selfish: 'SELECT one.id, other.id AS other FROM customer one JOIN customer other ON other.region = one.region AND other.id > one.id',
	totals: `SELECT region, count(*) AS n, count(credit) AS some, sum(credit) AS sum, avg(credit) AS mean, min(credit) AS least, max(id) AS last FROM customer GROUP BY region`,
	busy: `SELECT c.region, sum(p.units) + 1 AS units, avg(p.units) AS mean, max(p.note) AS note, count(*) FILTER (WHERE p.units > 5) AS large
		FROM customer c JOIN purchase p ON p.customer_id = c.id GROUP BY c.region HAVING count(*) > 2`,
	lists: `SELECT units, string_agg(note, ',' ORDER BY id) AS notes, count(DISTINCT customer_id) AS customers, stddev(amount) AS spread FROM purchase GROUP BY units`,
	whole: 'SELECT count(*) AS n, sum(amount) AS sum, min(units) AS least FROM purchase',
	regions: 'SELECT DISTINCT region, credit IS NULL AS poor FROM customer',
	either: 'SELECT id, region AS what FROM customer UNION ALL SELECT units, note FROM purchase WHERE units < 4',
	cube: `SELECT c.region, p.units, p.customer_id, GROUPING(c.region, p.units) AS level, count(*) AS n, sum(p.amount) AS sum, min(p.amount) AS least
		FROM customer c JOIN purchase p ON p.customer_id = c.id GROUP BY CUBE (c.region, p.units, p.customer_id)`,
	rollup: `SELECT region, credit > 10 AS rich, count(credit) AS n, max(id) AS last, string_agg(region, '') AS text FROM customer
		GROUP BY ROLLUP (region, credit > 10) HAVING count(*) > 1 OR GROUPING(region) = 1`,
	sets: 'SELECT units, note, avg(amount) AS mean FROM purchase GROUP BY GROUPING SETS ((units), (note, units), (units), ())',
	complete: 'SELECT c.id, c.region, p.id AS purchase, p.note FROM customer c FULL JOIN purchase p ON p.customer_id = c.id AND p.units > 2',
	full_using: 'SELECT id, region, part FROM customer FULL JOIN (SELECT purchase_id AS id, part FROM refund) r USING (id) WHERE id > 3 OR region IS NULL',
	full_of_joins: `SELECT c.region, p.units, r.part FROM (customer c JOIN purchase p ON p.customer_id = c.id)
		FULL JOIN (refund r LEFT JOIN customer o ON o.id = r.purchase_id) ON r.purchase_id = p.id AND o.id IS NOT NULL`,
	full_groups: `SELECT c.region, count(*) AS n, count(c.id) AS some, sum(r.part) AS sum, max(r.part) AS most, min(r.purchase_id) AS least FROM customer c FULL JOIN refund r ON r.purchase_id = c.id GROUP BY c.region`,
	either_groups:
		'SELECT what, count(*) AS n, max(id) AS last FROM (SELECT id, region AS what FROM customer UNION ALL SELECT units, note FROM purchase) x GROUP BY what',
	either_joined: 'SELECT e.id, p.amount FROM (SELECT id FROM customer UNION ALL SELECT purchase_id FROM refund) e LEFT JOIN purchase p ON p.id = e.id',
	first: 'SELECT id, region, credit FROM customer ORDER BY credit DESC NULLS LAST, id LIMIT 4',
	latest:
		'SELECT p.id, c.region, p.amount * 2 AS twice FROM purchase p JOIN customer c ON c.id = p.customer_id WHERE p.units > 1 ORDER BY p.note, p.id DESC LIMIT 6',
	best: `SELECT region, id, rn * 10 AS place, units FROM (SELECT c.region, p.id, p.units, row_number() OVER (PARTITION BY c.region ORDER BY p.units DESC, p.id) AS rn
		FROM customer c JOIN purchase p ON p.customer_id = c.id) x WHERE rn <= 3`,
	one_each:
		'SELECT * FROM (SELECT c.id, r.part, row_number() OVER (PARTITION BY c.id ORDER BY r.part, r.purchase_id) AS n FROM customer c LEFT JOIN refund r ON r.purchase_id = c.id) x WHERE n = 1',
	nested: 'SELECT region, sum(n) AS n FROM totals WHERE n > 1 GROUP BY region',
};

type Random = (below: number) => number;

const pick = (random: Random, from: readonly string[]): string => from[random(from.length)]!;
const text = (random: Random): string => pick(random, ["'north'", "'south'", "'east'", 'NULL', "'it''s'"]);
const amount = (random: Random): string => pick(random, ['NULL', '1', '2.5', '10.00', '10.125', '99.99', '-3', "'NaN'"]);

function statement(random: Random): string {
	const id = random(30);
	switch (random(14)) {
		case 0:
		case 1:
			return `INSERT INTO customer VALUES (${id}, ${text(random)}, ${amount(random)}) ON CONFLICT (id) DO UPDATE SET region = EXCLUDED.region`;
		case 2:
			return `INSERT INTO purchase SELECT i, ${random(30)}, i % 5, i % 7, 'n' || i FROM generate_series(${id}, ${id + 4}) i ON CONFLICT DO NOTHING`;
		case 3:
		case 4:
			return `INSERT INTO purchase VALUES (${random(90)}, ${id}, 12.25, ${random(9)}, ${text(random)}) ON CONFLICT DO NOTHING`;
		case 5:
			return `INSERT INTO refund VALUES (${random(90)}, ${amount(random)}), (${random(90)}, 1)`;
		case 6:
			return `UPDATE customer SET credit = ${amount(random)} WHERE id % 4 = ${random(4)}`;
		case 7:
			return `UPDATE purchase SET units = units + 1, customer_id = ${id} WHERE id < ${random(40)}`;
		case 8:
			return `UPDATE refund SET part = part + 1 WHERE purchase_id > ${random(90)}`;
		case 9:
			return `DELETE FROM customer WHERE id = ${id}`;
		case 10:
			return `DELETE FROM purchase WHERE units > ${random(12)}`;
		case 11:
			return `DELETE FROM refund WHERE purchase_id < ${random(30)}`;
		case 12:
			return random(12) === 0
				? 'TRUNCATE refund'
				: `UPDATE customer SET id = id + 100 WHERE id = ${id} AND NOT EXISTS (SELECT 1 FROM purchase WHERE customer_id = ${id})`;
		default:
			return `UPDATE purchase SET note = NULL WHERE id % 3 = ${random(3)}`;
	}
}

async function attempt(session: Session, sql: string): Promise<boolean> {
	try {
		await runText(session, sql);
		return true;
	} catch (error) {
		const { sqlstate } = error as { sqlstate?: string };
		assert.ok(sqlstate !== undefined && !sqlstate.startsWith('XX'), `${sql}: ${error instanceof Error ? error.stack : String(error)}`);
		return false;
	}
}

const shown = (rows: readonly (readonly (string | null)[])[]): string[] => rows.map((row) => row.map((value) => value ?? '∅').join('|')).sort();

async function compare(session: Session, step: string): Promise<void> {
	for (const [name, query] of Object.entries(VIEWS)) {
		const kept = shown(await runText(session, `SELECT * FROM ${name}`));
		const asked = shown(await runText(session, query));
		assert.deepEqual(kept, asked, `${name} after ${step}`);
	}
}

/** A transaction of several statements, some of them taken back. */
async function transaction(session: Session, random: Random): Promise<void> {
	await attempt(session, pick(random, ['BEGIN', 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'BEGIN ISOLATION LEVEL SERIALIZABLE']));
	for (let count = random(4); count >= 0; count--) {
		await attempt(session, 'SAVEPOINT s');
		const isDone = await attempt(session, statement(random));
		if (!isDone || random(4) === 0) await attempt(session, 'ROLLBACK TO s');
	}
	await attempt(session, random(5) === 0 ? 'ROLLBACK' : 'COMMIT');
}

async function history(seed: number): Promise<void> {
	const random = seededRandom(seed);
	const directory = mkdtempSync(join(tmpdir(), 'polylog-kept-'));
	const options = { durability: 'os', parts: { bulkRowsMin: 3 } } as const;
	try {
		let opened = await openDatabase(join(directory, 'db'), options);
		let sessions = Array.from({ length: 3 }, () => opened.connect(OPTIONS));
		for (const sql of TABLES) await runText(sessions[0]!, sql);
		for (let i = 0; i < 10; i++) await attempt(sessions[0]!, statement(random));
		for (const [name, query] of Object.entries(VIEWS)) await runText(sessions[0]!, `CREATE MATERIALIZED VIEW ${name} WITH (refresh = commit) AS ${query}`);
		await compare(sessions[0]!, 'creation');
		for (let step = 0; step < STEPS; step++) {
			if (random(3) === 0) await Promise.all(sessions.map((session) => transaction(session, random)));
			else await attempt(sessions[0]!, statement(random));
			await compare(sessions[0]!, `step ${step}`);
			if (random(40) > 0) continue;
			for (const session of sessions) session.close();
			await opened.close();
			opened = await openDatabase(join(directory, 'db'), options);
			sessions = Array.from({ length: 3 }, () => opened.connect(OPTIONS));
			await compare(sessions[0]!, `a restart at step ${step}`);
		}
		for (const session of sessions) session.close();
		await opened.close();
	} finally {
		rmSync(directory, { recursive: true, force: true });
	}
}

test('views that are kept by commits equal their queries after every step', async () => {
	const chosen = process.env.POLYLOG_SEED;
	const seeds = chosen === undefined ? Array.from({ length: RUNS }, (_, i) => 7000 + i) : [Number(chosen)];
	for (const seed of seeds) {
		try {
			await history(seed);
		} catch (error) {
			throw new Error(`seed ${seed} (replay with POLYLOG_SEED=${seed}): ${error instanceof Error ? error.message : String(error)}`, { cause: error });
		}
	}
});

test('what cannot be kept is refused by name, and changes nothing', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-kept-'));
	const opened = await openDatabase(join(directory, 'db'), { durability: 'os' });
	const session = opened.connect({ user: 'polylog' });
	await runText(session, 'CREATE TABLE t (a int, b text)');
	const refused: Readonly<Record<string, RegExp>> = {
		'SELECT a FROM t LIMIT 3': /LIMIT without ORDER BY/,
		'SELECT a FROM t ORDER BY b LIMIT 3 OFFSET 1': /OFFSET/,
		'SELECT a FROM t ORDER BY b LIMIT 3000': /more than 1000 rows/,
		'SELECT a FROM t ORDER BY b FETCH FIRST 3 ROWS WITH TIES': /WITH TIES/,
		'SELECT * FROM (SELECT a, rank() OVER (ORDER BY b) AS r FROM t) x WHERE r <= 3': /window functions/,
		'SELECT * FROM (SELECT a, row_number() OVER (ORDER BY b) AS r FROM t) x WHERE r <= 3 AND a > 2': /window functions/,
		'SELECT a, row_number() OVER () FROM t': /window functions/,
		'SELECT a FROM t WHERE a IN (SELECT 1)': /a subquery in an expression/,
		'SELECT a, random() FROM t': /function random, which is volatile/,
		'SELECT a FROM t WHERE b > now()::text': /which is stable/,
		'SELECT x.a FROM t x LEFT JOIN (t y FULL JOIN t z ON y.a = z.a) ON x.a = y.a': /a full join on the right of a left join/,
		'WITH w AS (SELECT a FROM t) SELECT w.a FROM w, w v': /WITH/,
		'SELECT DISTINCT ON (a) a, b FROM t': /DISTINCT ON/,
		'SELECT n FROM generate_series(1, 3) n': /functions in FROM/,
		'SELECT count(*) FROM pg_class': /tables of the system/,
		'SELECT count(*) FROM (SELECT a, count(*) FROM t GROUP BY a) x': /an aggregate inside of another query/,
	};
	for (const [query, reason] of Object.entries(refused)) {
		await assert.rejects(runText(session, `CREATE MATERIALIZED VIEW v WITH (refresh = commit) AS ${query}`), (error: Error & { sqlstate?: string }) => {
			assert.match(error.message, reason, query);
			assert.equal(error.sqlstate, '0A000');
			return true;
		});
	}
	await assert.rejects(runText(session, 'CREATE MATERIALIZED VIEW v WITH (refresh = daily) AS SELECT a FROM t'), /invalid value for enum option "refresh"/);
	await assert.rejects(runText(session, 'CREATE MATERIALIZED VIEW v WITH (refresh = commit) AS SELECT a FROM t WITH NO DATA'), /WITH NO DATA/);
	assert.deepEqual(await runText(session, "SELECT relname FROM pg_class WHERE relname LIKE 'v%' AND relnamespace = 2200"), []);
	session.close();
	await opened.close();
	rmSync(directory, { recursive: true, force: true });
});
