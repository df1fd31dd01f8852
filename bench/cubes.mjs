/**
 * node bench/cubes.mjs [--rows 1000000] [--engine columnar]: what a kept cube over three dimensions gives and costs: aggregates of growing coarseness from
 * the cube and from a table of the same rows without one, by turns, and commits of one row with the cube and without.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { open } from 'polylog';

const { values } = parseArgs({
	options: { rows: { type: 'string', default: '1000000' }, engine: { type: 'string', default: 'lsm' }, repeats: { type: 'string', default: '9' } },
});
const rows = Number(values.rows);
const QUERIES = {
	'by shop and kind': 'SELECT shop, kind, count(*), sum(amount), max(amount) FROM sale GROUP BY shop, kind',
	'by shop': 'SELECT shop, count(*), sum(amount), avg(amount) FROM sale GROUP BY shop',
	'by region of shops': 'SELECT s.region, sum(x.amount) FROM sale x JOIN shop s ON s.id = x.shop GROUP BY s.region',
	'one kind': "SELECT count(*), sum(amount) FROM sale WHERE kind = 'kind 3'",
	everything: 'SELECT count(*), sum(amount) FROM sale',
};
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

const directory = mkdtempSync(join(tmpdir(), 'polylog-cubes-'));
const db = await open(join(directory, 'db'), { durability: 'os' });
for (const table of ['sale', 'plain']) {
	await db.sql(`CREATE TABLE ${table} (id int PRIMARY KEY, shop int NOT NULL, kind text, month int, amount int) USING ${values.engine}`);
	await db.sql(`INSERT INTO ${table} SELECT n, n % 100, 'kind ' || n % 7, n % 24, n % 1000 FROM generate_series(1, ${rows}) n`);
}
await db.sql('CREATE TABLE shop (id int PRIMARY KEY, region text)');
await db.sql("INSERT INTO shop SELECT n, 'region ' || n % 5 FROM generate_series(0, 99) n");
const start = performance.now();
await db.sql(
	`CREATE MATERIALIZED VIEW cube WITH (refresh = commit) AS SELECT shop, kind, month, count(*) AS n, sum(amount) AS total, max(amount) AS most
	FROM sale GROUP BY CUBE (shop, kind, month)`,
);
console.log(
	`cube of ${(await db.sql('SELECT count(*) AS n FROM cube'))[0].n} groups over ${rows} rows (${values.engine}), made in ${(performance.now() - start).toFixed(0)} ms\n`,
);
console.log('| aggregate | from the cube | from the table | ratio |');
console.log('|---|--:|--:|--:|');
for (const [name, query] of Object.entries(QUERIES)) {
	const times = { sale: [], plain: [] };
	for (let i = 0; i <= Number(values.repeats); i++) {
		for (const table of ['sale', 'plain']) {
			const before = performance.now();
			await db.sql(query.replace('FROM sale', `FROM ${table}`));
			// The first one compiles.
			if (i > 0) times[table].push(performance.now() - before);
		}
	}
	const [cube, plain] = [median(times.sale), median(times.plain)];
	console.log(`| ${name} | ${cube.toFixed(2)} ms | ${plain.toFixed(2)} ms | ${(plain / cube).toFixed(0)} |`);
}
const commits = { sale: [], plain: [] };
for (let i = 1; i <= 400; i++) {
	for (const table of ['plain', 'sale']) {
		const before = performance.now();
		await db.sql(`INSERT INTO ${table} VALUES ($1, $2, $3, $4, $5)`, rows + i, i % 100, `kind ${i % 7}`, i % 24, 5);
		commits[table].push(performance.now() - before);
	}
}
console.log(
	`\ncommit of one row: ${(median(commits.plain) * 1000).toFixed(0)} µs without, ${(median(commits.sale) * 1000).toFixed(0)} µs with the cube (8 groups)`,
);
await db.close();
rmSync(directory, { recursive: true });
