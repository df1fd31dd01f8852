/** Partitioned tables: each statement gives what it gives on a plain table with the same rows, and rows lie where PostgreSQL puts them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../src/database/open.ts';
import { runText } from '../operator/session-text.ts';

interface Both {
	/** Runs a statement with `t` for the table's name on both tables, and compares rows or SQLSTATEs. */
	both(text: string): Promise<void>;
	rows(text: string): Promise<string[]>;
	fails(text: string, sqlstate: string): Promise<void>;
}

async function within(work: (db: Both) => Promise<void>): Promise<void> {
	const database = await openDatabase(':memory:');
	const session = database.connect({ user: 'polylog' });
	const rows = async (text: string): Promise<string[]> => (await runText(session, text)).map((row) => row.map((v) => v ?? '∅').join('|'));
	const outcome = (text: string): Promise<string[]> => rows(text).catch((error: { sqlstate?: string }) => [error.sqlstate ?? String(error)]);
	try {
		await work({
			rows,
			async both(text) {
				const [parted, plain] = [await outcome(text.replace(/\bt\b/g, 'parted')), await outcome(text.replace(/\bt\b/g, 'plain'))];
				assert.deepEqual(parted.sort(), plain.sort(), text);
			},
			fails: (text, sqlstate) => assert.rejects(rows(text), (error: { sqlstate?: string }) => error.sqlstate === sqlstate, text),
		});
	} finally {
		session.close();
		await database.close();
	}
}

const COLUMNS = 'a int, b text, c int DEFAULT 5 CHECK (c > 0), PRIMARY KEY (a, b)';

test('statements on a partitioned table answer like those on a plain one', () =>
	within(async ({ both, rows }) => {
		await rows(`CREATE TABLE plain (${COLUMNS})`);
		await rows(`CREATE TABLE parted (${COLUMNS}) PARTITION BY RANGE (a)`);
		await rows('CREATE TABLE p1 PARTITION OF parted FOR VALUES FROM (MINVALUE) TO (10)');
		await rows('CREATE TABLE p2 PARTITION OF parted FOR VALUES FROM (10) TO (20) PARTITION BY LIST (b)');
		await rows("CREATE TABLE p2x PARTITION OF p2 FOR VALUES IN ('x', 'y')");
		await rows('CREATE TABLE p2d PARTITION OF p2 DEFAULT');
		// A partition with its columns in another order.
		await rows('CREATE TABLE p3 (c int DEFAULT 5 CONSTRAINT parted_c_check CHECK (c > 0), b text NOT NULL, a int NOT NULL, PRIMARY KEY (a, b))');
		await rows('ALTER TABLE parted ATTACH PARTITION p3 FOR VALUES FROM (20) TO (MAXVALUE)');
		for (const text of [
			"INSERT INTO t SELECT g, 'k' || g % 3, g FROM generate_series(1, 30) g",
			"INSERT INTO t VALUES (12, 'x'), (13, 'y') RETURNING *",
			'SELECT * FROM t ORDER BY a, b',
			'SELECT * FROM t WHERE a = 12 ORDER BY b',
			'SELECT * FROM t WHERE a IN (3, 25) ORDER BY a',
			"SELECT count(*), sum(c) FROM t WHERE a > 8 AND a <= 21 AND b <> 'x'",
			"INSERT INTO t VALUES (3, 'k0')",
			"INSERT INTO t VALUES (3, 'k0', -1)",
			"INSERT INTO t VALUES (25, 'k1', 100) ON CONFLICT (a, b) DO UPDATE SET c = t.c + excluded.c RETURNING *",
			"INSERT INTO t VALUES (3, 'k0') ON CONFLICT DO NOTHING RETURNING *",
			'UPDATE t SET c = c + 1 WHERE a % 2 = 0 RETURNING a, c',
			'UPDATE t SET a = a + 15 WHERE a = 2 RETURNING *',
			"UPDATE t SET b = 'z' WHERE b = 'x' RETURNING *",
			'DELETE FROM t WHERE a IN (5, 17, 29) RETURNING a, b',
			'SELECT * FROM t ORDER BY a, b',
			'BEGIN',
			'SELECT a FROM t WHERE a < 4 ORDER BY a FOR UPDATE',
			'UPDATE t SET c = 1000',
			'SAVEPOINT s',
			'DELETE FROM t',
			'ROLLBACK TO s',
			'SELECT count(*), sum(c) FROM t',
			'ROLLBACK',
			"WITH i AS (INSERT INTO t VALUES (99, 'w') RETURNING a) SELECT (SELECT count(*) FROM t), a FROM i",
			'SELECT x.a, y.b FROM t x JOIN t y ON x.a = y.a + 1 WHERE x.a BETWEEN 9 AND 21 ORDER BY 1, 2',
			"MERGE INTO t USING (VALUES (1, 'k1'), (77, 'new')) v(a, b) ON t.a = v.a AND t.b = v.b WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (v.a, v.b)",
			'ALTER TABLE t ADD COLUMN d text DEFAULT lower(upper($$new$$))',
			'ALTER TABLE t RENAME COLUMN c TO cc',
			'SELECT * FROM t ORDER BY a, b',
			"UPDATE t SET d = 'old' WHERE a > 20",
			'SELECT d, count(*) FROM t GROUP BY d ORDER BY d',
			'ALTER TABLE t ALTER cc SET NOT NULL',
			"INSERT INTO t VALUES (1, 'q', NULL)",
			'ALTER TABLE t DROP COLUMN cc',
			'CREATE UNIQUE INDEX ON t (d, a, b)',
			'ALTER TABLE t DROP CONSTRAINT t_pkey'.replace('t_pkey', 'nosuch'),
			'TRUNCATE t',
			'SELECT count(*) FROM t',
		])
			await both(text);
	}));

test('rows lie in the partition of their key, by range, list and hash', () =>
	within(async ({ rows, fails }) => {
		await rows('CREATE TABLE r (a int, b int) PARTITION BY RANGE (a, b)');
		await rows('CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (MINVALUE, MINVALUE) TO (10, 5)');
		await rows('CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (10, 5) TO (10, MAXVALUE)');
		await fails('CREATE TABLE rx PARTITION OF r FOR VALUES FROM (10, 4) TO (10, 6)', '42P17');
		await fails('CREATE TABLE rx PARTITION OF r FOR VALUES FROM (12, 4) TO (12, 4)', '42P17');
		await rows('INSERT INTO r VALUES (1, 100), (10, 4), (10, 5), (10, 900)');
		assert.deepEqual(await rows('SELECT tableoid::regclass, * FROM r ORDER BY 2, 3'), ['r1|1|100', 'r1|10|4', 'r2|10|5', 'r2|10|900']);
		await fails('INSERT INTO r VALUES (11, 0)', '23514');
		await fails('INSERT INTO r VALUES (NULL, 0)', '23514');
		await fails('INSERT INTO r1 VALUES (10, 5)', '23514');
		await fails('UPDATE r1 SET a = 10, b = 7', '23514');
		await rows('CREATE TABLE rd PARTITION OF r DEFAULT');
		await rows('INSERT INTO r VALUES (11, 0)');
		await fails('CREATE TABLE r3 PARTITION OF r FOR VALUES FROM (11, MINVALUE) TO (12, MINVALUE)', '23514');

		await rows('CREATE TABLE l (v text) PARTITION BY LIST (v)');
		await rows("CREATE TABLE l1 PARTITION OF l FOR VALUES IN ('a', NULL)");
		await fails("CREATE TABLE lx PARTITION OF l FOR VALUES IN ('b', 'a')", '42P17');
		await rows("INSERT INTO l VALUES ('a'), (NULL)");
		await fails("INSERT INTO l VALUES ('b')", '23514');

		// As PostgreSQL 15 spreads them.
		await rows('CREATE TABLE h (a int, b text) PARTITION BY HASH (a, b)');
		for (const remainder of [0, 1, 2, 3]) await rows(`CREATE TABLE h${remainder} PARTITION OF h FOR VALUES WITH (MODULUS 4, REMAINDER ${remainder})`);
		await rows("INSERT INTO h SELECT g, 'k' || g FROM generate_series(1, 200) g");
		assert.deepEqual(await rows('SELECT tableoid::regclass, count(*) FROM h GROUP BY 1 ORDER BY 1'), HASHED);
		await fails('CREATE TABLE hx PARTITION OF h FOR VALUES WITH (MODULUS 3, REMAINDER 0)', '42P17');
	}));

const HASHED = ['h0|49', 'h1|62', 'h2|47', 'h3|42'];

test('partitions are attached, detached, dropped and left out of reads', () =>
	within(async ({ rows, fails }) => {
		await rows('CREATE TABLE t (a int, b int) PARTITION BY LIST (a)');
		await rows('CREATE INDEX t_b ON t (b)');
		await rows('CREATE TABLE one (b int, a int)');
		await rows('INSERT INTO one VALUES (5, 1), (6, 2)');
		await fails('ALTER TABLE t ATTACH PARTITION one FOR VALUES IN (1)', '23514');
		await rows('DELETE FROM one WHERE a = 2');
		await rows('ALTER TABLE t ATTACH PARTITION one FOR VALUES IN (1)');
		await rows('CREATE TABLE two PARTITION OF t FOR VALUES IN (2)');
		await rows('INSERT INTO t VALUES (1, 7), (2, 8)');
		assert.deepEqual(await rows('SELECT tableoid::regclass, a, b FROM t ORDER BY b'), ['one|1|5', 'one|1|7', 'two|2|8']);
		assert.deepEqual(await rows('SELECT a, b FROM t WHERE b = 7'), ['1|7']);
		const plan = (await rows('EXPLAIN (COSTS OFF) SELECT * FROM t WHERE a = 2')).join('\n');
		assert.ok(plan.includes('two') && !plan.includes('one'), plan);
		assert.deepEqual(
			await rows("SELECT c.relname, pg_get_expr(relpartbound, c.oid) FROM pg_class c JOIN pg_inherits ON inhrelid = c.oid WHERE relkind = 'r' ORDER BY 1"),
			['one|FOR VALUES IN (1)', 'two|FOR VALUES IN (2)'],
		);
		assert.deepEqual(await rows("SELECT pg_get_partkeydef('t'::regclass), count(*) FROM pg_partition_tree('t')"), ['LIST (a)|3']);
		await fails('ALTER TABLE t ADD UNIQUE (b)', '0A000');
		await fails('ALTER TABLE t DROP COLUMN a', '42P16');
		await fails('CREATE TABLE ref (x int REFERENCES t)', '0A000');
		await rows('ALTER TABLE t DETACH PARTITION one');
		assert.deepEqual(await rows('SELECT count(*) FROM t'), ['1']);
		await rows('INSERT INTO one VALUES (1, 99)');
		await fails('INSERT INTO t VALUES (1, 1)', '23514');
		await rows('DROP TABLE t');
		await fails('SELECT * FROM two', '42P01');
		assert.deepEqual(await rows('SELECT count(*) FROM one'), ['3']);
	}));
