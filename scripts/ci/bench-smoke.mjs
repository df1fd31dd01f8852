// A short benchmark that judges answers, not speed: opens a database, loads rows, reads, writes and scans them embedded, then
// the same and a COPY over the wire, and prints the rates. Fails when an answer is wrong or it takes longer than its limit.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { prepare, root } from '../prepare.mjs';

const ROWS = 20_000;
const READS = 20_000;
const WRITES = 300;
const WIRE_READS = 5_000;
const COPY_ROWS = 50_000;
const LIMIT_MS = 60_000;

prepare();
const { open, serve } = await import(pathToFileURL(join(root, 'dist', 'bundle', 'index.js')).href);
const directory = mkdtempSync(join(tmpdir(), 'polylog-bench-'));
const limit = setTimeout(() => {
	console.error(`the benchmark smoke took longer than ${LIMIT_MS / 1000} s`);
	process.exit(1);
}, LIMIT_MS);

try {
	await embedded();
	await wire();
} finally {
	clearTimeout(limit);
	rmSync(directory, { recursive: true, force: true });
}

/** Runs `work`, which returns how many things it did, and prints how many that is per second. */
async function measure(name, work) {
	const startMs = performance.now();
	const count = await work();
	const seconds = (performance.now() - startMs) / 1000;
	console.log(
		`${name.padEnd(34)} ${Math.round(count / seconds)
			.toLocaleString('en')
			.padStart(12)} /s`,
	);
}

function nameOf(id) {
	return `item ${id}`;
}

async function embedded() {
	const db = await open(join(directory, 'data'));
	await db.sql`CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, price numeric(8,2) NOT NULL)`;
	await db.sql`CREATE INDEX item_price ON item (price)`;
	await measure('embedded load, 1000 rows a commit', async () => {
		for (let first = 0; first < ROWS; first += 1000) {
			await db.transaction((tx) => {
				for (let id = first; id < first + 1000; id++) tx.sql`INSERT INTO item VALUES (${id}, ${nameOf(id)}, ${id % 100})`;
			});
		}
		return ROWS;
	});
	await measure('embedded point select', () => {
		for (let i = 0; i < READS; i++) {
			const id = (i * 7919) % ROWS;
			assert.equal(db.sql`SELECT name FROM item WHERE id = ${id}`.get().name, nameOf(id));
		}
		return READS;
	});
	await measure('embedded 100-row range', () => {
		for (let first = 0; first < ROWS; first += 200) {
			const rows = db.sql`SELECT id FROM item WHERE id >= ${first} AND id < ${first + 100} ORDER BY id`.all();
			assert.equal(rows.length, 100);
			assert.equal(rows[99].id, first + 99);
		}
		return ROWS / 200;
	});
	await measure('embedded insert, each on disk', async () => {
		for (let i = 0; i < WRITES; i++) await db.sql`INSERT INTO item VALUES (${ROWS + i}, ${nameOf(ROWS + i)}, 1)`;
		return WRITES;
	});
	assert.deepEqual(db.sql`SELECT count(*) AS count, sum(id) AS sum FROM item`.get(), {
		count: ROWS + WRITES,
		sum: ((ROWS + WRITES) * (ROWS + WRITES - 1)) / 2,
	});
	await db.close();
}

async function wire() {
	const db = await open(join(directory, 'data'));
	const served = await serve(db, { postgres: 0 });
	const client = new pg.Client({ connectionString: `postgresql://polylog@${served.addresses.postgres}/polylog` });
	await client.connect();
	await measure('wire point select, one client', async () => {
		for (let i = 0; i < WIRE_READS; i++) {
			const id = (i * 7919) % ROWS;
			const { rows } = await client.query({ name: 'point', text: 'SELECT name FROM item WHERE id = $1', values: [id] });
			assert.equal(rows[0].name, nameOf(id));
		}
		return WIRE_READS;
	});
	await measure('wire insert, each on disk', async () => {
		for (let i = ROWS + WRITES; i < ROWS + 2 * WRITES; i++) {
			const { rowCount } = await client.query({ name: 'insert', text: 'INSERT INTO item VALUES ($1, $2, 1)', values: [i, nameOf(i)] });
			assert.equal(rowCount, 1);
		}
		return WRITES;
	});
	await client.query('CREATE TABLE copied (id int PRIMARY KEY, name text)');
	await measure('wire COPY, rows', async () => {
		const stream = client.query(copyFrom('COPY copied FROM STDIN'));
		const done = new Promise((resolve, reject) => stream.on('finish', resolve).on('error', reject));
		for (let first = 0; first < COPY_ROWS; first += 1000) {
			let text = '';
			for (let id = first; id < first + 1000; id++) text += `${id}\t${nameOf(id)}\n`;
			if (!stream.write(text)) await new Promise((resolve) => stream.once('drain', resolve));
		}
		stream.end();
		await done;
		return COPY_ROWS;
	});
	const { rows } = await client.query('SELECT count(*)::int AS count, sum(id)::text AS sum, max(name) AS name FROM copied');
	assert.deepEqual(rows, [{ count: COPY_ROWS, sum: String((COPY_ROWS * (COPY_ROWS - 1)) / 2), name: 'item 9999' }]);
	await client.end();
	await served.close();
	await db.close();
}
