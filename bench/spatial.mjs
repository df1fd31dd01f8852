// Blocks read and time of windows on latitude and longitude at once: node bench/spatial.mjs [points]. Through a spatial index, through
// two B-tree ranges, through an index on both columns. Everything is flushed and cached; a block is counted each time it is asked for.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from '../dist/index.js';

const points = Number(process.argv[2] ?? 300_000);
const WINDOWS = 30;
const directory = mkdtempSync(join(tmpdir(), 'polylog-bench-'));
const db = await open(directory, { durability: 'os', cacheBytes: 512 << 20 });

let state = 12345;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;

const TABLES = {
	spatial: ['using rtree (lat, lon)'],
	covering: ['using rtree (lat, lon) include (lat, lon)'],
	ranges: ['(lat) include (lat)', '(lon) include (lon)'],
	composite: ['(lat, lon) include (lat, lon)'],
};
await db.sql('create table point (id int primary key, lat float8, lon float8, name text)');
await db.sql('select setseed(0.5)');
await db.sql(`insert into point select g, random() * 180 - 90, random() * 360 - 180, 'point number ' || g from generate_series(1, ${points}) g`);
for (const [name, indexes] of Object.entries(TABLES)) {
	await db.sql(`create table ${name} (id int primary key, lat float8, lon float8, name text)`);
	await db.sql(`insert into ${name} select * from point`);
	for (const index of indexes) await db.sql(`create index on ${name} ${index}`);
}
await db.checkpoint();
await db.sql('analyze');

const blocksRead = () => Number(db.sql`select sum(value) as n from polylog.statistics where name in ('cacheHits', 'cacheMisses')`.get().n);

const within = ([lat, lon], side) => `lat between ${lat} and ${lat + side} and lon between ${lon} and ${lon + side}`;
const bothRanges = ([lat, lon], side, columns) =>
	`select ${columns} from ranges where lat between ${lat} and ${lat + side} intersect select ${columns} from ranges where lon between ${lon} and ${lon + side}`;
const QUERIES = {
	'spatial index, rows': (at, side) => `select name from spatial where ${within(at, side)}`,
	'spatial index that includes the columns': (at, side) => `select id from covering where ${within(at, side)}`,
	'two B-tree ranges, entries alone, intersected': (at, side) => bothRanges(at, side, 'id'),
	'one B-tree range, rows': (at, side) => `select name from ranges where ${within(at, side)}`,
	'B-tree on (lat, lon) that includes them': (at, side) => `select id from composite where ${within(at, side)}`,
};

console.log(`${points} points`);
for (const side of [0.1, 1, 5, 20]) {
	const corners = Array.from({ length: WINDOWS }, () => [random() * (170 - side) - 85, random() * (350 - side) - 175]);
	for (const [name, text] of Object.entries(QUERIES)) {
		for (const at of corners) db.sql(text(at, side)).all();
		const before = blocksRead();
		const own = blocksRead() - before;
		const start = performance.now();
		let rows = 0;
		for (const at of corners) rows += db.sql(text(at, side)).all().length;
		const ms = performance.now() - start;
		const blocks = blocksRead() - before - 2 * own;
		console.log(`${side}°  ${name}: ${(rows / WINDOWS).toFixed(1)} rows, ${(blocks / WINDOWS).toFixed(1)} blocks, ${(ms / WINDOWS).toFixed(3)} ms`);
	}
}
for (const [name, table] of [
	['spatial index', 'spatial'],
	['sort of all', '(select * from ranges offset 0) r'],
]) {
	const texts = Array.from({ length: table === 'spatial' ? WINDOWS : 3 }, () => [random() * 180 - 90, random() * 360 - 180]).map(
		([lat, lon]) => `select name from ${table} order by polylog.distance(array[lat, lon], array[${lat}, ${lon}]) limit 10`,
	);
	for (const text of texts) db.sql(text).all();
	const before = blocksRead();
	const start = performance.now();
	for (const text of texts) db.sql(text).all();
	const ms = performance.now() - start;
	console.log(`nearest 10, ${name}: ${((blocksRead() - before) / texts.length).toFixed(1)} blocks, ${(ms / texts.length).toFixed(3)} ms`);
}
await db.close();
rmSync(directory, { recursive: true });
