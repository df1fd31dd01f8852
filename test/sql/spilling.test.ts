/**
 * Every kind of statement with the least memory it may be given: the rows must be those it gives with much, and nothing may be
 * left in the directory of spill files, also after an error, a cancel and a portal that is closed half way.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Database } from '../../src/database/embedded/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { memoryPlatform } from '../../src/platform/memory-platform.ts';
import type { Platform } from '../../src/platform/platform.ts';
import { realPlatform } from '../../src/platform/real-platform.ts';
import { runText } from '../operator/session-text.ts';

const STATEMENTS: Readonly<Record<string, string>> = {
	'an inner join of wide keys': 'SELECT count(*), sum(t.k), max(u.w) FROM t JOIN u ON t.w = u.w',
	'a left join': 'SELECT count(*), sum(t.k), max(u.w), count(u.k) FROM t LEFT JOIN u ON t.w = u.w AND t.k % 3 = 0',
	'a right join': 'SELECT count(*), sum(t.k), sum(u.k), max(u.w) FROM t RIGHT JOIN u ON t.w = u.w',
	'a full join': 'SELECT count(*), sum(t.k), sum(u.k), max(u.w), max(t.w) FROM t FULL JOIN u ON t.g = u.g AND t.k < u.k',
	'a full join of few keys': 'SELECT count(*), sum(t.k), max(u.w) FROM few t FULL JOIN few u ON t.k % 2 = u.k % 3 AND t.k < u.k',
	'a cross join': 'SELECT count(*), max(t.w || u.w) FROM few t CROSS JOIN few u',
	'a join by an inequality': 'SELECT count(*), max(t.w) FROM few t LEFT JOIN few u ON t.k > u.k + 200',
	'a semi-join': 'SELECT count(*), max(w) FROM t WHERE EXISTS (SELECT FROM u WHERE u.w = t.w AND u.k < t.k)',
	'an anti-join': 'SELECT count(*), max(w) FROM t WHERE NOT EXISTS (SELECT FROM u WHERE u.w = t.w)',
	IN: 'SELECT count(*), max(w) FROM t WHERE w IN (SELECT w FROM u)',
	'NOT IN': 'SELECT count(*), max(w) FROM t WHERE w NOT IN (SELECT w FROM u)',
	'NOT IN with a null': 'SELECT count(*) FROM t WHERE w NOT IN (SELECT nullif(w, $$wide 7$$) FROM u)',
	'IN as a value': 'SELECT count(*) FILTER (WHERE w IN (SELECT w FROM u)), count(*) FILTER (WHERE w IN (SELECT w FROM u) OR k = 7) FROM t',
	'windows of many partitions':
		'SELECT k, row_number() OVER (PARTITION BY g ORDER BY k), lag(w) OVER (PARTITION BY s ORDER BY k), sum(k) OVER (ORDER BY k) FROM t',
	'windows of one partition':
		'SELECT k, ntile(9) OVER (ORDER BY w), last_value(k) OVER (ORDER BY g RANGE BETWEEN 2 PRECEDING AND 5 FOLLOWING), sum(k) OVER () FROM t',
	INTERSECT: 'SELECT w FROM t INTERSECT SELECT w FROM u',
	'INTERSECT ALL': 'SELECT s, g % 5 FROM t INTERSECT ALL SELECT s, g % 7 FROM u',
	EXCEPT: 'SELECT w FROM t EXCEPT SELECT w FROM u',
	'EXCEPT ALL': 'SELECT s FROM t EXCEPT ALL SELECT s FROM u',
	UNION: 'SELECT w, s FROM t UNION SELECT w, s FROM u',
	'DISTINCT ON': 'SELECT DISTINCT ON (s) s, k, w FROM t ORDER BY s, k DESC',
	'count(DISTINCT)': 'SELECT count(DISTINCT w), count(DISTINCT s) FROM t',
	groups: 'SELECT g, s, count(*), max(w) FROM t GROUP BY CUBE (g, s)',
	'a CTE that is read twice': 'WITH c AS (SELECT * FROM t) SELECT count(*), max(a.w), max(b.s) FROM c a JOIN c b ON a.k = b.k + 1',
	'a CTE that is read in subqueries':
		'WITH c AS MATERIALIZED (SELECT * FROM t) SELECT (SELECT count(*) FROM c), (SELECT max(w) FROM c), k FROM few WHERE k IN (SELECT g FROM c)',
	recursion: 'WITH RECURSIVE r(n, w) AS (SELECT k, w FROM t UNION ALL SELECT n + 3000, w FROM r WHERE n < 9000) SELECT count(*), sum(n), max(w) FROM r',
	'recursion without repetition':
		'WITH RECURSIVE r(n, w) AS (SELECT k, w FROM t UNION SELECT n * 17 % 5000, w FROM r WHERE n < 4000) SELECT count(*), sum(n), max(w) FROM r',
	'recursion with a join':
		'WITH RECURSIVE r(k, d) AS (SELECT k, 0 FROM t UNION ALL SELECT u.g, d + 1 FROM r JOIN u ON u.k = r.k WHERE d < 3) SELECT d, count(*), sum(k) FROM r GROUP BY d',
	'a subquery for each row': 'SELECT k, (SELECT count(*) FROM (SELECT DISTINCT w, s FROM u WHERE u.k > few.k) q) FROM few WHERE k < 9',
	'a join behind rows that are out': 'SELECT w FROM t UNION ALL SELECT q.w FROM few, LATERAL (SELECT u.w FROM u JOIN t ON u.w = t.w WHERE t.k % 300 = few.k) q',
	'a sort': 'SELECT w, s FROM t ORDER BY s, w DESC',
	'the first rows of a sort': 'SELECT w, s FROM t ORDER BY s, w DESC LIMIT 900',
	'several at once':
		'SELECT a.g, count(*), rank() OVER (ORDER BY count(*), a.g) FROM t a JOIN u b ON a.g = b.g LEFT JOIN t c ON c.w = b.w GROUP BY a.g ORDER BY 3 DESC, 1',
	'a change with a join': 'WITH d AS (DELETE FROM u WHERE w IN (SELECT w FROM t) RETURNING w, k) SELECT count(*), max(w), sum(k) FROM d',
	'a change by a join': 'UPDATE t SET w = t.w || u.w FROM u WHERE u.w = t.w RETURNING t.k, t.w',
};

let database: Database;
let platform: Platform;

before(async () => {
	platform = memoryPlatform(realPlatform());
	database = await openDatabase('/db', { platform });
	const session = database.connect({ user: 'polylog' });
	for (const name of ['t', 'u']) await runText(session, `CREATE TABLE ${name} (k int PRIMARY KEY, g int, s text, w text)`);
	const wide = (n: string): string => `'wide ' || ${n} || repeat('é', 40)`;
	await runText(session, `INSERT INTO t SELECT i, i * 7919 % 800, 'x' || i * 31 % 1100, ${wide('i')} FROM generate_series(1, 3000) i`);
	await runText(session, `INSERT INTO u SELECT i, i * 104729 % 900, 'x' || i * 37 % 1300, ${wide('i + 700')} FROM generate_series(1, 3000) i`);
	await runText(session, 'CREATE VIEW few AS SELECT * FROM t WHERE k <= 250');
	session.close();
});

after(() => database.close());

function spillFiles(): string[] {
	return platform.files.list('/db/spill');
}

async function rowsWith(text: string, memory: string): Promise<(string | null)[][]> {
	const session = database.connect({ user: 'polylog' });
	try {
		await runText(session, `SET work_mem = '${memory}'`);
		await runText(session, 'BEGIN');
		const rows = await runText(session, text);
		await runText(session, 'ROLLBACK');
		return rows;
	} finally {
		session.close();
	}
}

for (const [name, text] of Object.entries(STATEMENTS))
	test(name, async () => {
		const [much, little] = [await rowsWith(text, '1GB'), await rowsWith(text, '64kB')];
		const isOrdered = /ORDER BY [^)]*$/.test(text);
		const shown = (rows: (string | null)[][]): string[] => (isOrdered ? rows.map(String) : rows.map(String).sort());
		assert.deepEqual(shown(little), shown(much));
		assert.ok(much.length > 0);
		assert.deepEqual(spillFiles(), []);
	});

test('20,000 wide keys are joined with the least memory', async () => {
	const wide = "md5(i::text) || repeat('k', 100)";
	const text = `SELECT count(*), sum(a.i), sum(b.i) FROM (SELECT i, ${wide} AS w FROM generate_series(1, 20000) i) a
		JOIN (SELECT i, ${wide} AS w FROM generate_series(10001, 30000) i) b ON a.w = b.w`;
	assert.deepEqual(await rowsWith(text, '64kB'), [['10000', '150005000', '150005000']]);
	assert.deepEqual(spillFiles(), []);
});

test('files are removed when a statement fails, is cancelled, or its portal is closed half way', async () => {
	const session = database.connect({ user: 'polylog' });
	await runText(session, "SET work_mem = '64kB'");
	await assert.rejects(runText(session, 'SELECT 1 / (t.k - 2500) FROM t FULL JOIN u ON t.w = u.w ORDER BY t.k'), { sqlstate: '22012' });
	assert.deepEqual(spillFiles(), []);
	const portal = session.bind(session.prepare('SELECT t.w, count(*) OVER () FROM t FULL JOIN u ON t.w = u.w', []), []);
	let rows = 0;
	const writers = [(): void => undefined, (): void => undefined];
	await portal.run({ writers, begin: () => undefined, end: () => ++rows < 10 });
	assert.equal(rows, 10);
	assert.ok(spillFiles().length > 0);
	portal.close();
	assert.deepEqual(spillFiles(), []);
	const cancelled = session.bind(session.prepare('SELECT t.w, u.w FROM t FULL JOIN u ON t.g = u.g', []), []);
	const cancel = (): boolean => {
		if (++rows === 20) session.cancel();
		return true;
	};
	await assert.rejects(async () => cancelled.run({ writers, begin: () => undefined, end: cancel }), { sqlstate: '57014' });
	cancelled.close();
	assert.deepEqual(spillFiles(), []);
	session.close();
});
