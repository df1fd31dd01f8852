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
import { attempt, OPTIONS, shown, statement, TABLES, transaction, VIEWS } from './view-histories.ts';

const RUNS = Number(process.env.POLYLOG_RUNS ?? 3);
const STEPS = 80;
async function compare(session: Session, step: string): Promise<void> {
	for (const [name, query] of Object.entries(VIEWS)) {
		const kept = shown(await runText(session, `SELECT * FROM ${name}`));
		const asked = shown(await runText(session, query));
		assert.deepEqual(kept, asked, `${name} after ${step}`);
	}
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
