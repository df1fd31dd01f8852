/**
 * Tables in each engine, and as heaps: the same statements give the same answers whatever keeps the rows, plans know what an
 * engine can do, and a table changes its engine within a transaction.
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

const SHAPES = [
	'USING lsm',
	'USING btree',
	'USING hash',
	'WITH (organization = heap)',
	'USING btree WITH (organization = heap)',
	'USING hash WITH (organization = heap)',
	'USING columnar',
	'USING columnar WITH (organization = heap)',
	"USING columnar WITH (sort = 'a, c')",
];

async function rowsOf(session: Session, text: string): Promise<string[] | string> {
	try {
		return (await runText(session, text)).map((row) => row.map((value) => value ?? '∅').join('|'));
	} catch (error) {
		return (error as { sqlstate?: string }).sqlstate ?? String(error);
	}
}

/** A statement of a random history over table `t (id, a, b, c)`. */
function statement(random: (below: number) => number): string {
	const id = random(60);
	switch (random(13)) {
		case 0:
		case 1:
			return `INSERT INTO t VALUES (${id}, ${random(9)}, 'v${random(30)}', ${random(2) === 0 ? 'NULL' : random(99)})`;
		case 2:
			return `INSERT INTO t SELECT i, i % 7, 'w' || i, i FROM generate_series(${id}, ${id + 5}) i ON CONFLICT DO NOTHING`;
		case 3:
			return `INSERT INTO t VALUES (${id}, 1, 'u${random(30)}') ON CONFLICT (id) DO UPDATE SET a = t.a + 1 RETURNING id, a`;
		case 4:
			return `UPDATE t SET a = a + 1, b = b || 'x' WHERE id = ${id} RETURNING *`;
		case 5:
			return `UPDATE t SET id = id + 1000 WHERE id = ${id}`;
		case 6:
			return `DELETE FROM t WHERE id BETWEEN ${id} AND ${id + 2} RETURNING id`;
		case 7:
			return `SELECT * FROM t WHERE id IN (${id}, ${random(60)}, ${random(60)}) ORDER BY id`;
		case 8:
			return `SELECT id, a FROM t WHERE id >= ${id} ORDER BY id DESC LIMIT 5`;
		case 9:
			return random(2) === 0 ? 'SELECT count(*), sum(a), min(id), max(id) FROM t' : 'SELECT id, b, count(*) FROM t GROUP BY id ORDER BY id LIMIT 3';
		case 10:
			return `SELECT id FROM t WHERE a = ${random(9)} ORDER BY id`;
		case 11:
			return `SELECT x.id, y.id FROM t x JOIN t y ON y.id = x.a ORDER BY 1, 2 LIMIT 9`;
		default:
			return `SELECT * FROM t WHERE id = ${id}`;
	}
}

async function history(shape: string, seed: number): Promise<(readonly string[] | string)[]> {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-engines-'));
	const random = seededRandom(seed);
	const answers: (readonly string[] | string)[] = [];
	try {
		let database = await openDatabase(directory, { durability: 'os' });
		let session = database.connect({ user: 'polylog' });
		await runText(session, `CREATE TABLE t (id int PRIMARY KEY, a int, b text UNIQUE, c int) ${shape}`);
		await runText(session, 'CREATE INDEX ON t (a) INCLUDE (c)');
		for (let step = 0; step < 120; step++) {
			if (random(60) === 0) {
				session.close();
				await database.close();
				database = await openDatabase(directory, { durability: 'os' });
				session = database.connect({ user: 'polylog' });
			} else if (random(30) === 0) await database.checkpoint();
			answers.push(await rowsOf(session, statement(random)));
		}
		answers.push(await rowsOf(session, 'SELECT * FROM t ORDER BY id'));
		session.close();
		await database.close();
	} finally {
		rmSync(directory, { recursive: true });
	}
	return answers;
}

test('a history of statements gives the same answers in every engine and organization', async () => {
	const chosen = process.env.POLYLOG_SEED;
	for (let seed = 1; seed <= Number(process.env.POLYLOG_RUNS ?? 1); seed++) {
		const used = chosen === undefined ? seed : Number(chosen);
		const expected = await history(SHAPES[0]!, used);
		for (const shape of SHAPES.slice(1)) assert.deepEqual(await history(shape, used), expected, `${shape} differs (POLYLOG_SEED=${used})`);
	}
});

async function follow(steps: readonly (readonly [string, readonly string[] | string | null])[]): Promise<void> {
	const database = await openDatabase(':memory:');
	const session = database.connect({ user: 'polylog' });
	for (const [text, expected] of steps) {
		const got = await rowsOf(session, text);
		if (expected === null) assert.ok(Array.isArray(got), `${text}: ${String(got)}`);
		else assert.deepEqual(got, expected, text);
	}
	session.close();
	await database.close();
}

test('the engine of a table is chosen, shown, and kept by its indexes unless it has no order', () =>
	follow([
		['CREATE TABLE h (id int PRIMARY KEY, a int UNIQUE) USING hash', null],
		['CREATE TABLE b (id int PRIMARY KEY, a int UNIQUE) USING btree', null],
		['CREATE TABLE p (id int PRIMARY KEY) USING heap', null],
		[
			"SELECT relname, amname FROM pg_class c JOIN pg_am m ON m.oid = relam WHERE relkind = 'r' AND relname IN ('h', 'b', 'p') ORDER BY 1",
			['b|btree', 'h|hash', 'p|heap'],
		],
		['SET default_table_access_method = hash', null],
		['CREATE TABLE d AS SELECT 1 AS a', null],
		["SELECT amname FROM pg_class JOIN pg_am m ON m.oid = relam WHERE relname = 'd'", ['hash']],
		['SET default_table_access_method = nothing', '22023'],
		['CREATE TABLE x (a int) USING parquet', '42704'],
		['CREATE INDEX ON h USING btree (a)', null],
		['CREATE INDEX hb ON h (a) WITH (engine = btree)', null],
		["SELECT pg_get_indexdef('hb'::regclass)", ["CREATE INDEX hb ON public.h USING btree (a) WITH (engine='btree')"]],
		['CREATE INDEX ON h (a) WITH (engine = hash)', '0A000'],
		['CREATE INDEX ON h (a) WITH (engine = nothing)', '22023'],
		['CREATE TABLE x (a int) WITH (organization = nothing)', '22023'],
	]));

test('plans of a hash table find whole keys, and sort and filter the rest', () =>
	follow([
		['CREATE TABLE h (a int, b int, c int, PRIMARY KEY (a, b)) USING hash', null],
		['INSERT INTO h SELECT i / 10, i % 10, i FROM generate_series(0, 999) i', null],
		['EXPLAIN SELECT c FROM h WHERE a = 5 AND b = 3', ['Project', '  Output: c', '  ->  Key Scan on h', '        Key Condition: a = 5 AND b = 3']],
		['SELECT c FROM h WHERE a = 5 AND b = 3', ['53']],
		['EXPLAIN SELECT c FROM h WHERE a = 5', ['Project', '  Output: c', '  ->  Filter', '        Condition: (a = 5)', '        ->  Scan on h']],
		['SELECT c FROM h WHERE a = 5 AND b < 2 ORDER BY b DESC', ['51', '50']],
		['SELECT c FROM h ORDER BY a DESC, b DESC LIMIT 2', ['999', '998']],
		['SELECT c FROM h WHERE (a, b) IN ((1, 1), (2, 2)) ORDER BY 1', ['11', '22']],
		['SELECT min(c), max(c) FROM h WHERE a > 97', ['980|999']],
		['CREATE TABLE n (a int) USING hash', null],
		['INSERT INTO n SELECT * FROM generate_series(1, 3)', null],
		['DELETE FROM n WHERE a = 2 RETURNING a', ['2']],
		['SELECT sum(a) FROM n', ['4']],
	]));

test('SET ACCESS METHOD and SET (organization) are part of their transaction, and reads go on beside them', async () => {
	const database = await openDatabase(':memory:');
	const [one, two] = [database.connect({ user: 'polylog' }), database.connect({ user: 'polylog' })];
	await runText(one, 'CREATE TABLE t (id int PRIMARY KEY, a int)');
	await runText(one, 'CREATE INDEX ti ON t (a)');
	await runText(one, 'CREATE INDEX tl ON t (a) WITH (engine = lsm)');
	await runText(one, 'CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t) USING hash');
	await runText(one, 'INSERT INTO t SELECT i, i % 10 FROM generate_series(1, 3000) i');
	await runText(one, 'INSERT INTO child VALUES (1, 5)');
	const method = "SELECT amname FROM pg_class JOIN pg_am m ON m.oid = relam WHERE relname = 't'";
	const answers = ['SELECT count(*), sum(id), sum(a) FROM t', 'SELECT id FROM t WHERE a = 3 ORDER BY id LIMIT 3', 'SELECT a FROM t WHERE id = 77'];
	const expected = await Promise.all(answers.map((text) => rowsOf(one, text)));
	for (const command of [
		'SET ACCESS METHOD hash',
		'SET (organization = heap)',
		'SET ACCESS METHOD btree',
		'RESET (organization)',
		'SET ACCESS METHOD DEFAULT',
	]) {
		const before = await rowsOf(one, method);
		for (const end of ['ROLLBACK', 'COMMIT']) {
			await runText(one, 'BEGIN');
			await runText(one, `ALTER TABLE t ${command}`);
			for (const session of [one, two])
				for (const [i, text] of answers.entries()) assert.deepEqual(await rowsOf(session, text), expected[i], `${command}: ${text}`);
			assert.deepEqual(await rowsOf(two, method), before);
			await runText(one, end);
			if (end === 'ROLLBACK') assert.deepEqual(await rowsOf(one, method), before);
			for (const [i, text] of answers.entries()) assert.deepEqual(await rowsOf(two, text), expected[i], `${command}, ${end}: ${text}`);
		}
		assert.equal(await rowsOf(one, 'INSERT INTO t VALUES (77, 0)'), '23505', command);
		assert.equal(await rowsOf(one, 'DELETE FROM t WHERE id = 5'), '23503', command);
		assert.deepEqual(await rowsOf(one, 'SELECT problem FROM polylog.check'), []);
	}
	one.close();
	two.close();
	await database.close();
});

test('at the limit of the key directories commits that add to hash tables are refused, removals and other tables are not', async () => {
	const database = await openDatabase(':memory:', { hashDirectoryBytes: 20_000, memoryBytes: 400_000 });
	const session = database.connect({ user: 'polylog' });
	await runText(session, 'CREATE TABLE h (id int PRIMARY KEY, a text) USING hash');
	await runText(session, 'CREATE TABLE l (id int PRIMARY KEY)');
	let refused: string[] | string = [];
	let next = 0;
	for (; next < 4000 && Array.isArray(refused); next += 50) {
		refused = await rowsOf(session, `INSERT INTO h SELECT i, repeat('x', 100) FROM generate_series(${next}, ${next + 49}) i`);
		await database.checkpoint();
		await new Promise((resolve) => setImmediate(resolve));
	}
	assert.equal(refused, '53200');
	assert.ok(next > 500, `refused at ${next}`);
	assert.equal(await rowsOf(session, 'UPDATE h SET a = a WHERE id = 1'), '53200');
	assert.throws(() => database.keyspace('k', { engine: 'hash' }).putSync('a', 'b'), { sqlstate: '53200', message: /hashDirectoryBytes/ });
	assert.deepEqual(await rowsOf(session, 'INSERT INTO l VALUES (1) RETURNING id'), ['1']);
	assert.deepEqual(await rowsOf(session, 'DELETE FROM h WHERE id < 10 RETURNING 1'), Array(10).fill('1'));
	assert.deepEqual(await rowsOf(session, 'SELECT count(*) FROM h'), [String(next - 60)]);
	session.close();
	await database.close();
});
