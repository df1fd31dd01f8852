/**
 * node bench/views.mjs [--rows 10000,100000,1000000]: what a materialized view with refresh = commit costs a commit, for tables of growing size: single-row inserts
 * and updates without views, with a view that groups, and with one that joins and groups; and REFRESH beside it. Times of each
 * size are taken by turns.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { open } from 'polylog';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '10000,100000,1000000' }, writes: { type: 'string', default: '400' } } });
const writes = Number(values.writes);
const GROUPED = 'SELECT shop, count(*) AS n, sum(amount) AS sum, max(amount) AS most FROM sale GROUP BY shop';
const JOINED = 'SELECT s.region, count(*) AS n, sum(x.amount) AS sum FROM sale x JOIN shop s ON s.id = x.shop GROUP BY s.region';

async function timed(run) {
	const start = performance.now();
	await run();
	return performance.now() - start;
}

console.log('| rows | insert, no view | with both views | update, no view | with both views | REFRESH of the two |');
console.log('|--:|--:|--:|--:|--:|--:|');
for (const rows of values.rows.split(',').map(Number)) {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-views-'));
	const db = await open(join(directory, 'db'), { durability: 'os' });
	for (const table of ['sale', 'plain']) {
		await db.sql(`CREATE TABLE ${table} (id int PRIMARY KEY, shop int, amount int)`);
		await db.sql(`INSERT INTO ${table} SELECT n, n % 500, n % 1000 FROM generate_series(1, ${rows}) n`);
		await db.sql(`CREATE INDEX ON ${table} (shop)`);
	}
	await db.sql('CREATE TABLE shop (id int PRIMARY KEY, region text)');
	await db.sql("INSERT INTO shop SELECT n, 'region ' || n % 20 FROM generate_series(0, 499) n");
	await db.sql(`CREATE MATERIALIZED VIEW grouped WITH (refresh = commit) AS ${GROUPED}`);
	await db.sql(`CREATE MATERIALIZED VIEW joined WITH (refresh = commit) AS ${JOINED}`);
	await db.sql(`CREATE MATERIALIZED VIEW by_hand AS ${GROUPED}`);
	await db.sql(`CREATE MATERIALIZED VIEW joined_by_hand AS ${JOINED}`);
	const times = { plain: { insert: [], update: [] }, sale: { insert: [], update: [] } };
	for (let i = 1; i <= writes; i++) {
		for (const table of ['plain', 'sale']) {
			times[table].insert.push(await timed(() => db.sql(`INSERT INTO ${table} VALUES ($1, $2, $3)`, rows + i, i % 500, 5)));
			times[table].update.push(await timed(() => db.sql(`UPDATE ${table} SET amount = amount + 1 WHERE id = $1`, (i * 7919) % rows)));
		}
	}
	const refresh = await timed(async () => {
		await db.sql('REFRESH MATERIALIZED VIEW by_hand');
		await db.sql('REFRESH MATERIALIZED VIEW joined_by_hand');
	});
	const shown = (list) => `${(list.sort((a, b) => a - b)[list.length >> 1] * 1000).toFixed(0)} µs`;
	console.log(
		`| ${rows} | ${shown(times.plain.insert)} | ${shown(times.sale.insert)} | ${shown(times.plain.update)} | ${shown(times.sale.update)} | ${refresh.toFixed(0)} ms |`,
	);
	await db.close();
	rmSync(directory, { recursive: true });
}
