/** TABLESAMPLE and approximate aggregates, through SQL: over rows and columns, repeatable, refused as PostgreSQL refuses. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Session } from '../../src/database/contracts.ts';
import { openDatabase } from '../../src/database/open.ts';
import { runText } from '../operator/session-text.ts';

async function withSession(run: (session: Session) => Promise<void>): Promise<void> {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-sample-'));
	const opened = await openDatabase(join(directory, 'db'), { durability: 'os' });
	const session = opened.connect({ user: 'polylog' });
	try {
		for (const engine of ['lsm', 'columnar']) {
			await runText(session, `CREATE TABLE ${engine} (a int PRIMARY KEY, b text) USING ${engine}`);
			await runText(session, `INSERT INTO ${engine} SELECT n, 'b' || n % 100 FROM generate_series(1, 20000) n`);
		}
		await runText(session, 'CREATE TABLE parts (a int, b text) PARTITION BY LIST (a)');
		await runText(session, 'CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1)');
		await runText(session, 'INSERT INTO parts SELECT 1, n::text FROM generate_series(1, 2000) n');
		await runText(session, 'CREATE MATERIALIZED VIEW kept WITH (refresh = commit) AS SELECT a, count(*) AS n FROM lsm GROUP BY a HAVING max(a) > 10000');
		await run(session);
	} finally {
		session.close();
		await opened.close();
		rmSync(directory, { recursive: true, force: true });
	}
}

test('a sample has about its share of the rows, of tables in rows and in columns, and the same rows for the same seed', async () => {
	await withSession(async (session) => {
		const rows = async (from: string): Promise<string[]> => (await runText(session, `SELECT a FROM ${from} ORDER BY a`)).map((row) => row[0]!);
		for (const table of ['lsm', 'columnar']) {
			for (const method of ['BERNOULLI', 'pg_catalog.system']) {
				const sample = await rows(`${table} TABLESAMPLE ${method} (20) REPEATABLE (42)`);
				// System draws blocks of up to 256 rows: 79 of them.
				const [least, most] = method === 'BERNOULLI' ? [3700, 4300] : [1500, 7500];
				assert.ok(sample.length > least && sample.length < most, `${table} ${method}: ${sample.length}`);
				assert.deepEqual(await rows(`${table} AS x TABLESAMPLE ${method} (20) REPEATABLE (42)`), sample);
				assert.notDeepEqual(await rows(`${table} TABLESAMPLE ${method} (20) REPEATABLE (43)`), sample);
				assert.deepEqual(
					await rows(`${table} TABLESAMPLE ${method} (20) REPEATABLE (42) WHERE a < 9000`),
					sample.filter((a) => Number(a) < 9000),
				);
				assert.equal((await rows(`${table} TABLESAMPLE ${method} (100)`)).length, 20_000);
				assert.equal((await rows(`${table} TABLESAMPLE ${method} (0)`)).length, 0);
			}
		}
		const free = [await rows('lsm TABLESAMPLE BERNOULLI (5)'), await rows('lsm TABLESAMPLE BERNOULLI (5)')];
		assert.notDeepEqual(free[0], free[1], 'without a seed each execution draws anew');
		const kept = await rows('kept TABLESAMPLE BERNOULLI (20) REPEATABLE (1)');
		assert.ok(kept.length > 1700 && kept.length < 2300 && kept.every((a) => Number(a) > 10_000));
		const parts = await rows('parts TABLESAMPLE BERNOULLI (50) REPEATABLE (1)');
		assert.ok(parts.length > 850 && parts.length < 1150);
		const each = await runText(
			session,
			'SELECT p, count(*) FROM (VALUES (0), (100)) v(p) LEFT JOIN LATERAL (SELECT * FROM lsm TABLESAMPLE SYSTEM (v.p)) x ON true GROUP BY p ORDER BY p',
		);
		assert.deepEqual(each, [
			['0', '1'],
			['100', '20000'],
		]);
		await runText(session, 'CREATE VIEW some AS SELECT a FROM lsm TABLESAMPLE bernoulli (20) REPEATABLE (42)'.replace('some', 'sampled'));
		assert.deepEqual(await rows('sampled'), await rows('lsm TABLESAMPLE BERNOULLI (20) REPEATABLE (42)'));
	});
});

/** As PostgreSQL 15 answers. */
const REFUSED: Readonly<Record<string, readonly [string, RegExp]>> = {
	'lsm TABLESAMPLE bernoulli (NULL)': ['2202H', /^TABLESAMPLE parameter cannot be null$/],
	'lsm TABLESAMPLE bernoulli (101)': ['2202H', /^sample percentage must be between 0 and 100$/],
	'lsm TABLESAMPLE system (-1)': ['2202H', /^sample percentage must be between 0 and 100$/],
	"lsm TABLESAMPLE system ('NaN')": ['2202H', /^sample percentage must be between 0 and 100$/],
	'lsm TABLESAMPLE bernoulli (1) REPEATABLE (NULL)': ['2202G', /^TABLESAMPLE REPEATABLE parameter cannot be null$/],
	'lsm TABLESAMPLE foo (1)': ['42704', /^tablesample method foo does not exist$/],
	'lsm TABLESAMPLE public.system (1)': ['42704', /^tablesample method public.system does not exist$/],
	'lsm TABLESAMPLE bernoulli (1, 2)': ['2202H', /^tablesample method bernoulli requires 1 argument, not 2$/],
	"lsm TABLESAMPLE bernoulli ('x')": ['22P02', /^invalid input syntax for type real: "x"$/],
	'lsm TABLESAMPLE bernoulli (true)': ['42804', /^argument of TABLESAMPLE must be type real, not type boolean$/],
	"lsm TABLESAMPLE bernoulli (1) REPEATABLE ('a')": ['22P02', /^invalid input syntax for type double precision: "a"$/],
	'lsm TABLESAMPLE bernoulli (a)': ['42703', /^column "a" does not exist$/],
	'lsm TABLESAMPLE bernoulli (count(*))': ['42803', /^aggregate functions are not allowed in functions in FROM$/],
	'pg_class TABLESAMPLE system (1)': ['0A000', /./],
	'plain TABLESAMPLE system (1)': ['0A000', /^TABLESAMPLE clause can only be applied to tables and materialized views$/],
};

test('wrong samples are refused as PostgreSQL refuses them, of empty tables too', async () => {
	await withSession(async (session) => {
		await runText(session, 'CREATE VIEW plain AS SELECT * FROM lsm');
		await runText(session, 'CREATE TABLE nothing (a int)');
		for (const [from, [code, message]] of Object.entries(REFUSED)) {
			for (const one of [from, from.replace(/^lsm/, 'nothing')]) {
				if (one !== from && code === '42703') continue;
				await assert.rejects(runText(session, `SELECT count(*) FROM ${one}`), (error: Error & { sqlstate?: string }) => {
					assert.equal(error.sqlstate, code, `${one}: ${error.message}`);
					assert.match(error.message, message, one);
					return true;
				});
			}
		}
	});
});

test('approximate aggregates are near the exact ones', async () => {
	await withSession(async (session) => {
		for (const table of ['lsm', 'columnar']) {
			const [row] = await runText(
				session,
				`SELECT approx_count_distinct(b), approx_count_distinct(a), approx_percentile(a, 0.5), approx_percentile(a, ARRAY[0, 0.9, NULL]), approx_count_distinct(NULL::int), approx_percentile(NULL, 0.5)
				FROM ${table}`,
			);
			assert.equal(row![0], '100');
			assert.ok(Math.abs(Number(row![1]) / 20_000 - 1) < 0.065, row![1]!);
			assert.ok(Math.abs(Number(row![2]) / 10_000 - 1) < 0.006, row![2]!);
			assert.match(row![3]!, /^\{1,(179|180)\d\d[.\d]*,NULL\}$/);
			assert.deepEqual(row!.slice(4), ['0', null]);
		}
		const merged = `SELECT approx_distinct_estimate(approx_distinct_merge(s)) FROM (SELECT approx_distinct_sketch(a) AS s FROM lsm GROUP BY a % 7) x`;
		assert.deepEqual(await runText(session, merged), await runText(session, 'SELECT approx_count_distinct(a) FROM lsm'));
		await assert.rejects(runText(session, 'SELECT approx_percentile(a, 1.5) FROM lsm'), /percentile value 1.5 is not between 0 and 1/);
		await assert.rejects(runText(session, "SELECT approx_distinct_estimate('\\x05')"), /no distinct sketch/);
	});
});
