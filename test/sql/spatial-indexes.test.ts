/**
 * Spatial indexes: what windows find is what a scan of the whole table finds, whatever the values, the history, the engine and
 * the reader's snapshot; and what CREATE INDEX … USING rtree says, shows and refuses.
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

type Random = (below: number) => number;

async function rowsOf(session: Session, text: string): Promise<string[] | string> {
	try {
		return (await runText(session, text)).map((row) => row.map((value) => value ?? '∅').join('|'));
	} catch (error) {
		return (error as { sqlstate?: string }).sqlstate ?? String(error);
	}
}

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

/** Tables with their indexes; `columns` are those of the index. */
const SHAPES = [
	{ columns: ['x', 'y'], types: 'x float8, y float8', index: '(x, y)' },
	{ columns: ['x', 'y'], types: 'x int, y numeric', index: '(x, y) INCLUDE (x, y)' },
	{ columns: ['x', 'y', 'z'], types: 'x float8, y float4, z int8', index: "(x, y, z) WITH (bounds = '0 100, 0 100, -5 5')" },
	{ columns: ['x0', 'x1', 'y0', 'y1'], types: 'x0 float8, x1 float8, y0 float8, y1 float8', index: '(x0, x1, y0, y1) WITH (engine = btree)' },
] as const;
type Shape = (typeof SHAPES)[number];

function valueFor(shape: Shape, random: Random): string[] {
	const isFloat = (j: number): boolean => /float/.test(shape.types.split(', ')[j]!);
	const one = (j: number): string => {
		if (random(12) === 0) return 'NULL';
		if (isFloat(j) && random(15) === 0) return ["'NaN'", "'Infinity'", "'-Infinity'", '-0.0', '1e30', '-1e-30'][random(6)]!;
		return isFloat(j) || / numeric/.test(shape.types.split(', ')[j]!) ? String((random(20_000) - 5000) / 100) : String(random(200) - 50);
	};
	const values = shape.columns.map((_, j) => one(j));
	if (shape.columns.length === 4 && random(4) !== 0) {
		const [x, y] = [random(15_000) / 100, random(15_000) / 100];
		const side = random(8) === 0 ? 80 : 1 + random(3);
		return [x, x + side, y, y + side].map(String);
	}
	return values;
}

function condition(shape: Shape, random: Random): string {
	if (shape.columns.length === 4 && random(3) !== 0) {
		const [x, y, side] = [random(150), random(150), 1 + random(20)];
		return `x0 <= ${x + side} AND x1 >= ${x} AND y0 < ${y + side} AND y1 > ${y}`;
	}
	const parts = shape.columns.flatMap((column) => {
		const low = random(200) - 60;
		switch (random(7)) {
			case 0:
				return [];
			case 1:
				return [`${column} > ${low}`];
			case 2:
				return [`${low + 30} >= ${column}`];
			case 3:
				return [`${column} = ${low}`];
			default:
				return [`${column} BETWEEN ${low} AND ${low + 10 + random(80)}`];
		}
	});
	return parts.length === 0 ? 'true' : parts.join(' AND ');
}

/** The window through the index, and through a scan of everything. */
async function compareWindow(session: Session, shape: Shape, random: Random, seed: number): Promise<number> {
	const where = condition(shape, random);
	const found = await rowsOf(session, `SELECT id FROM t WHERE ${where} ORDER BY id`);
	const expected = await rowsOf(session, `SELECT id FROM (SELECT * FROM t OFFSET 0) t WHERE ${where} ORDER BY id`);
	assert.ok(Array.isArray(expected), `${where}: ${expected}`);
	assert.deepEqual(found, expected, `${where} (POLYLOG_SEED=${seed})`);
	return expected.length;
}

/** The nearest rows by the index, and by sorting everything: their distances, as rows may be equally far. */
async function compareNearest(session: Session, shape: Shape, random: Random, seed: number): Promise<void> {
	const isBox = shape.columns.length === 4;
	const origin = Array.from({ length: isBox ? 2 : shape.columns.length }, () =>
		random(30) === 0 ? ['NULL', "'NaN'", "'Infinity'"][random(3)]! : random(200) - 50,
	);
	const distance = `polylog.${isBox ? 'box_distance' : 'distance'}(ARRAY[${shape.columns.join(', ')}]::float8[], ARRAY[${origin.join(', ')}]::float8[])`;
	const where = random(2) === 0 ? 'true' : `note <= ${random(3)}`;
	const limit = [1, 5, 40, 1000][random(4)]!;
	const offset = random(3);
	const text = (from: string): string => `SELECT ${distance} AS d FROM ${from} WHERE ${where} ORDER BY d LIMIT ${limit} OFFSET ${offset}`;
	const found = await rowsOf(session, text('t'));
	const expected = await rowsOf(session, text('(SELECT * FROM t OFFSET 0) t'));
	assert.ok(Array.isArray(expected), `${text('t')}: ${expected}`);
	assert.deepEqual(found, expected, `${text('t')} (POLYLOG_SEED=${seed})`);
}

function change(shape: Shape, random: Random): string {
	const id = random(400);
	const values = (): string => valueFor(shape, random).join(', ');
	switch (random(6)) {
		case 0:
			return `DELETE FROM t WHERE id BETWEEN ${id} AND ${id + 3}`;
		case 1:
			return `UPDATE t SET (${shape.columns.join(', ')}) = ROW(${values()}) WHERE id = ${id}`;
		case 2:
			return `UPDATE t SET note = note + 1 WHERE ${condition(shape, random)}`;
		case 3:
			return `DELETE FROM t WHERE ${condition(shape, random)} AND id % 7 = 0`;
		default:
			return `INSERT INTO t VALUES ${Array.from({ length: 8 }, (_, i) => `(${id + i}, 0, ${values()})`).join(', ')} ON CONFLICT DO NOTHING`;
	}
}

async function history(shape: Shape, seed: number): Promise<void> {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-spatial-'));
	const random = seededRandom(seed);
	try {
		let database = await openDatabase(directory, { durability: 'os' });
		let session = database.connect({ user: 'polylog' });
		await runText(session, `CREATE TABLE t (id int PRIMARY KEY, note int, ${shape.types})`);
		if (random(2) === 0) for (let i = 0; i < 20; i++) await rowsOf(session, change(shape, random));
		await runText(session, `CREATE INDEX t_place ON t USING rtree ${shape.index}`);
		let count = 0;
		for (let step = 0; step < 150; step++) {
			const kind = random(40);
			if (kind === 0) {
				session.close();
				await database.close();
				database = await openDatabase(directory, { durability: 'os' });
				session = database.connect({ user: 'polylog' });
			} else if (kind < 3) await database.checkpoint();
			else if (kind < 6) await withRollback(session, shape, random, seed);
			else if (kind < 20) await rowsOf(session, change(shape, random));
			else if (kind < 25) await compareNearest(session, shape, random, seed);
			else count += await compareWindow(session, shape, random, seed);
		}
		const narrow = shape.columns.map((column) => `${column} BETWEEN 1 AND 2`).join(' AND ');
		assert.match(String(await rowsOf(session, `EXPLAIN SELECT * FROM t WHERE ${narrow}`)), /using t_place on t/);
		assert.ok(count > 0, `some window held rows (POLYLOG_SEED=${seed})`);
		assert.deepEqual(await rowsOf(session, 'SELECT * FROM polylog.check'), [], `POLYLOG_SEED=${seed}`);
		session.close();
		await database.close();
	} finally {
		rmSync(directory, { recursive: true });
	}
}

/** Own changes are seen within the transaction, those undone are gone. */
async function withRollback(session: Session, shape: Shape, random: Random, seed: number): Promise<void> {
	await runText(session, 'BEGIN');
	await rowsOf(session, change(shape, random));
	await compareWindow(session, shape, random, seed);
	await runText(session, 'SAVEPOINT s');
	await rowsOf(session, change(shape, random));
	await compareWindow(session, shape, random, seed);
	await runText(session, 'ROLLBACK TO s');
	await compareWindow(session, shape, random, seed);
	await runText(session, random(2) === 0 ? 'COMMIT' : 'ROLLBACK');
}

test('windows find what a scan finds, over histories with nulls, NaN, infinities, rollbacks, checkpoints and restarts', async () => {
	const chosen = process.env.POLYLOG_SEED;
	for (let run = 1; run <= Number(process.env.POLYLOG_RUNS ?? 1); run++)
		for (const shape of SHAPES) await history(shape, chosen === undefined ? run : Number(chosen));
});

test('a reader keeps its snapshot while rows move', async () => {
	const database = await openDatabase(':memory:');
	const [reader, writer] = [database.connect({ user: 'polylog' }), database.connect({ user: 'polylog' })];
	await runText(writer, 'CREATE TABLE t (id int PRIMARY KEY, x float8, y float8)');
	await runText(writer, 'CREATE INDEX ON t USING rtree (x, y)');
	await runText(writer, 'INSERT INTO t SELECT i, i % 100, i / 100 FROM generate_series(0, 9999) i');
	const window = 'SELECT count(*), sum(id) FROM t WHERE x BETWEEN 10 AND 20 AND y BETWEEN 30 AND 35';
	await runText(reader, 'BEGIN ISOLATION LEVEL REPEATABLE READ');
	const before = await rowsOf(reader, window);
	assert.deepEqual(before, [`66|${Array.from({ length: 66 }, (_, i) => 10 + (i % 11) + 100 * (30 + Math.floor(i / 11))).reduce((a, b) => a + b, 0)}`]);
	await runText(writer, 'UPDATE t SET x = x + 50 WHERE x BETWEEN 15 AND 30');
	await runText(writer, 'DELETE FROM t WHERE y BETWEEN 30 AND 31');
	await database.checkpoint();
	assert.deepEqual(await rowsOf(reader, window), before);
	await runText(reader, 'COMMIT');
	assert.deepEqual(await rowsOf(reader, window), await rowsOf(writer, window.replace('FROM t', 'FROM (SELECT * FROM t OFFSET 0) t')));
	reader.close();
	writer.close();
	await database.close();
});

test('serializable readers of a window conflict with what others put into it', async () => {
	const database = await openDatabase(':memory:');
	const [one, other] = [database.connect({ user: 'polylog' }), database.connect({ user: 'polylog' })];
	await runText(one, 'CREATE TABLE t (id int PRIMARY KEY, x float8, y float8)');
	await runText(one, 'CREATE INDEX ON t USING rtree (x, y)');
	await runText(one, 'INSERT INTO t SELECT i, i % 50, i / 50 FROM generate_series(0, 2499) i');
	for (const session of [one, other]) await runText(session, 'BEGIN ISOLATION LEVEL SERIALIZABLE');
	for (const session of [one, other]) await runText(session, 'SELECT count(*) FROM t WHERE x BETWEEN 4.2 AND 4.8 AND y BETWEEN 4.2 AND 4.8');
	await runText(one, 'INSERT INTO t VALUES (9001, 4.5, 4.5)');
	await runText(other, 'INSERT INTO t VALUES (9002, 4.5, 4.6)');
	assert.deepEqual(await rowsOf(one, 'COMMIT'), []);
	assert.equal(await rowsOf(other, 'COMMIT'), '40001');
	one.close();
	other.close();
	await database.close();
});

test('plans take a window where it pays, in joins too, and show it', () =>
	follow([
		['CREATE TABLE t (id int PRIMARY KEY, x float8, y float8)', null],
		['INSERT INTO t SELECT i, i % 100, i / 100 FROM generate_series(0, 9999) i', null],
		['CREATE INDEX t_xy ON t USING rtree (x, y)', null],
		[
			'EXPLAIN SELECT id FROM t WHERE x BETWEEN 10 AND 20 AND y < 5',
			[
				'Project',
				'  Output: id',
				'  ->  Filter',
				'        Condition: ((x >= 10) AND (x <= 20) AND (y < 5))',
				'        ->  Index Scan using t_xy on t',
				'              Index Condition: x >= 10 AND x <= 20 AND y <= 5',
				'              Expected Rows: 128',
			],
		],
		['SELECT count(*) FROM t WHERE x BETWEEN 10 AND 20 AND y < 5', ['55']],
		['CREATE TABLE area (name text, x0 float8, x1 float8, y0 float8, y1 float8)', null],
		["INSERT INTO area VALUES ('a', 1, 3, 1, 2), ('b', 50, 50.5, 7, 9), ('c', 200, 210, 1, 2)", null],
		['SELECT name, count(t.id) FROM area LEFT JOIN t ON x BETWEEN x0 AND x1 AND y BETWEEN y0 AND y1 GROUP BY name ORDER BY name', ['a|6', 'b|3', 'c|0']],
		[
			'EXPLAIN SELECT name, id FROM area JOIN t ON x BETWEEN x0 AND x1 AND y BETWEEN y0 AND y1',
			[
				'Project',
				'  Output: name, id',
				'  ->  Apply',
				'        ->  Scan on area',
				'        ->  Filter',
				'              Condition: ((x >= x0) AND (x <= x1) AND (y >= y0) AND (y <= y1))',
				'              ->  Index Scan using t_xy on t',
				'                    Index Condition: x >= x0 AND x <= x1 AND y >= y0 AND y <= y1',
				'                    Expected Rows: 1',
			],
		],
		['CREATE INDEX area_box ON area USING rtree (x0, x1, y0, y1)', null],
		['SELECT name FROM area WHERE x0 <= 2 AND x1 >= 2 AND y0 <= 2 AND y1 >= 2', ['a']],
		['UPDATE t SET x = x + 1 WHERE x BETWEEN 10 AND 11 AND y = 3', []],
		['SELECT id, x FROM t WHERE x BETWEEN 10 AND 12 AND y = 3 ORDER BY id', ['310|11', '311|12', '312|12']],
		['SELECT count(*) FROM t WHERE x BETWEEN NULL AND 12 AND y = 3', ['0']],
	]));

test('the nearest rows come through the index, filtered on the way', () =>
	follow([
		['CREATE TABLE t (id int PRIMARY KEY, x float8, y float8, kind int)', null],
		['INSERT INTO t SELECT i, i % 100, i / 100, i % 3 FROM generate_series(0, 9999) i', null],
		['INSERT INTO t VALUES (-1, NULL, 5, 0)', null],
		['CREATE INDEX t_xy ON t USING rtree (x, y)', null],
		[
			'EXPLAIN SELECT id FROM t ORDER BY polylog.distance(ARRAY[x, y], ARRAY[10.1, 20.2]) LIMIT 3',
			[
				'Project',
				'  Output: id',
				'  ->  Limit',
				'        Count: 3',
				'        ->  Project',
				'              Output: id',
				'              ->  Index Scan using t_xy on t',
				'                    Order By: distance from _float8(ARRAY[10.1, 20.2])',
			],
		],
		['SELECT id FROM t ORDER BY polylog.distance(ARRAY[x, y], ARRAY[10.1, 20.2]) LIMIT 3', ['2010', '2110', '2011']],
		['SELECT id FROM t WHERE kind = 0 ORDER BY polylog.distance(ARRAY[x, y], ARRAY[10.1, 20.2]) LIMIT 3', ['2010', '2109', '1911']],
		['SELECT id FROM t ORDER BY polylog.distance(ARRAY[10.1, 20.2], ARRAY[x, y]) LIMIT 1 OFFSET 10000', ['-1']],
		[
			'SELECT q.n, (SELECT id FROM t ORDER BY polylog.distance(ARRAY[x, y], ARRAY[q.n, q.n]) LIMIT 1) FROM generate_series(3, 5) q(n)',
			['3|303', '4|404', '5|505'],
		],
		[
			'SELECT polylog.distance(ARRAY[0, 0], ARRAY[3, 4]), polylog.box_distance(ARRAY[1, 2, 1, 2], ARRAY[5, 6]), polylog.distance(ARRAY[1, NULL], ARRAY[1, 2])',
			['5|5|∅'],
		],
		['CREATE TABLE n (id int, a int, b numeric)', null],
		['INSERT INTO n SELECT i, i % 100, i / 100 + 0.5 FROM generate_series(0, 9999) i', null],
		['CREATE INDEX n_ab ON n USING rtree (a, b)', null],
		['SELECT id FROM n ORDER BY polylog.distance(ARRAY[a, b], ARRAY[7, 8.4]) LIMIT 2', ['807', '707']],
		[
			'EXPLAIN SELECT id FROM n ORDER BY polylog.distance(ARRAY[a, b], ARRAY[7, 8]) LIMIT 2',
			[
				'Project',
				'  Output: id',
				'  ->  Limit',
				'        Count: 2',
				'        ->  Project',
				'              Output: id',
				'              ->  Index Scan using n_ab on n',
				'                    Order By: distance from _float8(ARRAY[7, 8])',
			],
		],
		['SELECT polylog.distance(ARRAY[1, 2], ARRAY[1])', '22023'],
		['SELECT polylog.box_distance(ARRAY[1, 2, 3], ARRAY[1])', '22023'],
		['SELECT id FROM t ORDER BY polylog.distance(ARRAY[x, y], ARRAY[1]) LIMIT 1', '22023'],
		['SELECT distance(ARRAY[1, 2], ARRAY[1, 2])', '42883'],
		['SELECT polylog.lower(1)', '3F000'],
	]));

test('a spatial index follows bulk loads, rewrites, renames, truncation and changes of engine', () =>
	follow([
		['CREATE TABLE s AS SELECT i AS id, (i % 200)::float8 AS x, (i / 200)::float8 AS y FROM generate_series(0, 19999) i', null],
		['CREATE TABLE t (id int PRIMARY KEY, x float8, y float8)', null],
		["CREATE INDEX t_xy ON t USING rtree (x, y) WITH (bounds = '0 200, 0 100')", null],
		['INSERT INTO t SELECT * FROM s', null],
		['SELECT count(*), min(id) FROM t WHERE x BETWEEN 10 AND 12 AND y BETWEEN 48 AND 52', ['15|9610']],
		['ALTER TABLE t SET ACCESS METHOD btree', null],
		['SELECT count(*), min(id) FROM t WHERE x BETWEEN 10 AND 12 AND y BETWEEN 48 AND 52', ['15|9610']],
		['ALTER TABLE t SET ACCESS METHOD hash', null],
		['SELECT count(*), min(id) FROM t WHERE x BETWEEN 10 AND 12 AND y BETWEEN 48 AND 52', ['15|9610']],
		['SELECT id FROM t ORDER BY polylog.distance(ARRAY[x, y], ARRAY[10, 48.1]) LIMIT 1', ['9610']],
		['ALTER TABLE t RENAME COLUMN x TO lon', null],
		['ALTER TABLE t ALTER COLUMN lon TYPE int', null],
		['SELECT count(*) FROM t WHERE lon BETWEEN 10 AND 12 AND y BETWEEN 48 AND 52', ['15']],
		['ALTER TABLE t ADD COLUMN z int DEFAULT 3', null],
		['SELECT sum(z) FROM t WHERE lon BETWEEN 10 AND 12 AND y BETWEEN 48 AND 52', ['45']],
		['SELECT problem FROM polylog.check', []],
		['TRUNCATE t', null],
		['SELECT count(*) FROM t WHERE lon BETWEEN 10 AND 12 AND y BETWEEN 48 AND 52', ['0']],
		['DROP INDEX t_xy', null],
		['CREATE INDEX CONCURRENTLY ON t USING rtree (lon, y)', null],
		['SELECT problem FROM polylog.check', []],
	]));

test('partitions have parts of a spatial index, each used by itself', () =>
	follow([
		['CREATE TABLE t (id int, x float8, y float8) PARTITION BY RANGE (id)', null],
		['CREATE TABLE t_low PARTITION OF t FOR VALUES FROM (0) TO (5000)', null],
		['CREATE TABLE t_high PARTITION OF t FOR VALUES FROM (5000) TO (10000)', null],
		['INSERT INTO t SELECT i, i % 100, i / 100 FROM generate_series(0, 9999) i', null],
		['CREATE INDEX ON t USING rtree (x, y)', null],
		["SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%USING rtree%'", ['3']],
		['SELECT count(*), min(id), max(id) FROM t WHERE x BETWEEN 10 AND 12 AND y BETWEEN 48 AND 52', ['15|4810|5212']],
		['SELECT problem FROM polylog.check', []],
	]));

test('what is shown of a spatial index', () =>
	follow([
		['CREATE TABLE t (lat float8, lon numeric, at timestamptz, name text)', null],
		["CREATE INDEX place ON t USING rtree (lat, lon) INCLUDE (name) WITH (bounds = '-90 90, -180 180') WHERE name IS NOT NULL", null],
		["CREATE INDEX ON t USING rtree (lat, lon, at) WITH (bounds = '-90 90, -180.5 180.5, 2025-01-01 2026-06-30T12:00Z')", null],
		[
			"SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 't' ORDER BY 1",
			[
				"place|CREATE INDEX place ON public.t USING rtree (lat, lon) INCLUDE (name) WITH (bounds='-90 90, -180 180') WHERE (name IS NOT NULL)",
				"t_lat_lon_at_idx|CREATE INDEX t_lat_lon_at_idx ON public.t USING rtree (lat, lon, at) WITH (bounds='-90 90, -180.5 180.5, 2025-01-01 2026-06-30T12:00Z')",
			],
		],
		["SELECT amname, amtype FROM pg_class c JOIN pg_am m ON m.oid = relam WHERE relname = 'place'", ['rtree|i']],
		[
			"SELECT opcname, amname FROM pg_index i JOIN pg_opclass o ON o.oid = ANY (i.indclass) JOIN pg_am m ON m.oid = opcmethod WHERE indexrelid = 'place'::regclass ORDER BY 1",
			['float8_ops|rtree', 'numeric_ops|rtree'],
		],
		["SELECT pg_indexam_has_property(402, 'can_unique'), pg_index_has_property('place'::regclass, 'backward_scan')", ['f|f']],
		['INSERT INTO t SELECT i, i, now(), i FROM generate_series(1, 10) i', null],
		['CREATE TABLE u (LIKE t INCLUDING ALL)', null],
		["SELECT count(*) FROM pg_indexes WHERE tablename = 'u' AND indexdef LIKE '%rtree%'", ['2']],
		['SELECT problem FROM polylog.check', []],
	]));

test('what a spatial index refuses', () =>
	follow([
		['CREATE TABLE t (x float8, y float8, z int, w int, v int, name text)', null],
		['CREATE UNIQUE INDEX ON t USING rtree (x, y)', '0A000'],
		['CREATE INDEX ON t USING rtree (x)', '0A000'],
		['CREATE INDEX ON t USING rtree (x, y, z, w, v)', '0A000'],
		['CREATE INDEX ON t USING rtree (x DESC, y)', '0A000'],
		['CREATE INDEX ON t USING rtree (x NULLS FIRST, y)', '0A000'],
		['CREATE INDEX ON t USING rtree (x, (y + 1))', '0A000'],
		['CREATE INDEX ON t USING rtree (x float8_ops, y)', '0A000'],
		['CREATE INDEX ON t USING rtree (x, name)', '42704'],
		['CREATE INDEX ON t USING rtree (x, nothing)', '42703'],
		["CREATE INDEX ON t USING rtree (x, y) WITH (bounds = '0 1')", '22023'],
		["CREATE INDEX ON t USING rtree (x, y) WITH (bounds = '0 1, 5 5')", '22023'],
		["CREATE INDEX ON t USING rtree (x, z) WITH (bounds = '0 1, 5 6.5')", '22023'],
		["CREATE INDEX ON t USING rtree (x, y) WITH (bounds = '0 1, 5 Infinity')", '22023'],
		['CREATE INDEX ON t USING rtree (x, y) WITH (fillfactor = 70)', '22023'],
		["CREATE INDEX ON t (x, y) WITH (bounds = '0 1, 0 1')", '22023'],
		['CREATE INDEX i ON t USING rtree (x, y)', null],
		['ALTER TABLE t ALTER COLUMN x TYPE text', '42704'],
		['ALTER TABLE t ALTER COLUMN x TYPE numeric', null],
		['INSERT INTO t (x, y) VALUES (1.5, 2)', null],
		['SELECT x FROM t WHERE x BETWEEN 1 AND 2 AND y BETWEEN 1 AND 2', ['1.5']],
		['ALTER TABLE t DROP COLUMN y', null],
		["SELECT count(*) FROM pg_indexes WHERE tablename = 't'", ['0']],
	]));
