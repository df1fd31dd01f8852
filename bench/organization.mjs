// Rows clustered by their primary key against a heap beside it, and covering indexes: node bench/organization.mjs [rows].
// Random text keys of 32 bytes, rows of about 200 bytes, a second column with 1,000 values. Each cell is the time of a statement's row, the
// best of interleaved rounds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'polylog';

const rows = Number(process.argv[2] ?? 100_000);
const SHAPES = { clustered: '', heap: 'WITH (organization = heap)', 'clustered, USING hash': 'USING hash' };
const results = {};
const note = (what, shape, micros) => {
	results[what] ??= {};
	results[what][shape] = Math.min(results[what][shape] ?? Number.POSITIVE_INFINITY, micros);
};

async function measure(shape, options) {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-organization-'));
	const db = await open(directory, { durability: 'os' });
	const sql = (text) => db.sql(text);
	await sql(`CREATE TABLE t (id text PRIMARY KEY, a int, b text, c int) ${options}`);
	await sql('CREATE INDEX ta ON t (a)');
	const start = performance.now();
	for (let from = 0; from < rows; from += 1000)
		await sql(`INSERT INTO t SELECT md5(i::text), i % 1000, repeat('b', 150), i FROM generate_series(${from}, ${from + 999}) i`);
	note('insert, a row', shape, ((performance.now() - start) * 1000) / rows);
	await db.checkpoint();
	const keys = [];
	for (let i = 0; i < 5000; i++) keys.push((await sql(`SELECT md5('${(i * 7919) % rows}') AS k`))[0].k);
	const point = db.prepare('SELECT b FROM t WHERE id = $1');
	const byIndex = db.prepare('SELECT sum(length(b)) FROM t WHERE a = $1');
	const covered = db.prepare('SELECT sum(c) FROM t WHERE a = $1');
	const range = db.prepare('SELECT count(b) FROM (SELECT b FROM t WHERE id >= $1 ORDER BY id LIMIT 100) x');
	for (let round = 0; round < 2; round++) {
		await timedAsync('row by its key', shape, keys.length, async () => {
			for (const key of keys) await point.all([key]);
		});
		await timedAsync(
			'100 rows from a key on, a row',
			shape,
			200 * 100,
			async () => {
				for (const key of options.includes('hash') ? keys.slice(0, 2) : keys.slice(0, 200)) await range.all([key]);
			},
			options.includes('hash') ? 100 : 1,
		);
		await timedAsync('rows by a second index, a row', shape, 100 * (rows / 1000), async () => {
			for (let a = 0; a < 100; a++) await byIndex.all([a]);
		});
	}
	const size = async () => Number((await sql("SELECT pg_total_relation_size('t') AS s"))[0].s);
	note('bytes on disk, a row', shape, (await size()) / rows);
	await sql('CREATE INDEX tc ON t (a) INCLUDE (c)');
	for (let round = 0; round < 3; round++)
		await timedAsync('the same, covered by INCLUDE', shape, 100 * (rows / 1000), async () => {
			for (let a = 0; a < 100; a++) await covered.all([a]);
		});
	await db.close();
	rmSync(directory, { recursive: true });
}

async function timedAsync(what, shape, count, run, factor = 1) {
	const start = performance.now();
	await run();
	note(what, shape, (((performance.now() - start) * 1000) / count) * factor);
}

for (let round = 0; round < 3; round++) for (const [shape, options] of Object.entries(SHAPES)) await measure(shape, options);
console.log(`| ${rows} rows | ${Object.keys(SHAPES).join(' | ')} |`);
for (const [what, of] of Object.entries(results))
	console.log(
		`| ${what} | ${Object.keys(SHAPES)
			.map((shape) => of[shape].toFixed(2))
			.join(' | ')} |`,
	);
