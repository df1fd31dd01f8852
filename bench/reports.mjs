/**
 * node bench/reports.mjs [--rows 3000000] [--seconds 10] [--rate 300] [--threads 1,2]: what a report over columns does to the latency of point selects
 * of the same server. Point selects come at a fixed rate, whether those before were answered or not (open loop), over one connection each of four;
 * the report is asked for again and again over another. The server is a process of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { open, serve } from 'polylog';

const { values } = parseArgs({
	options: {
		rows: { type: 'string', default: '3000000' },
		seconds: { type: 'string', default: '10' },
		rate: { type: 'string', default: '300' },
		threads: { type: 'string', default: '1,2' },
		server: { type: 'string' },
	},
});
const CONNECTIONS = 4;
const ACCOUNTS = 100_000;
const REPORT =
	'SELECT kind, shop % 10, count(*), sum(amount * tax), min(amount), max(tax) FROM sale JOIN shop ON shop.id = sale.shop WHERE tax < 90 GROUP BY kind, shop';

if (values.server !== undefined) {
	const db = await open(values.server, { durability: 'os', threads: Number(values.threads) });
	const server = await serve(db, { postgres: 0 });
	console.log(server.addresses.postgres);
} else await measure();

async function load(directory) {
	const db = await open(directory, { durability: 'os' });
	await db.sql('CREATE TABLE shop (id int PRIMARY KEY, kind text NOT NULL) USING columnar');
	await db.sql("INSERT INTO shop SELECT n, 'kind ' || n % 20 FROM generate_series(0, 499) n");
	await db.sql('CREATE TABLE sale (id int NOT NULL, shop int NOT NULL, amount int NOT NULL, tax int NOT NULL) USING columnar');
	for (let from = 0; from < Number(values.rows); from += 500_000)
		await db.sql(
			`INSERT INTO sale SELECT n, n * 7 % 500, n % 10007, n % 101 FROM generate_series(${from + 1}, ${Math.min(Number(values.rows), from + 500_000)}) n`,
		);
	await db.sql('CREATE TABLE account (id int PRIMARY KEY, owner text, balance int)');
	await db.sql(`INSERT INTO account SELECT n, 'owner ' || n, n % 1000 FROM generate_series(1, ${ACCOUNTS}) n`);
	await db.checkpoint();
	await db.close();
}

async function client(port) {
	const { default: pg } = await import('pg');
	const made = new pg.Client({ host: '127.0.0.1', port, user: 'polylog', database: 'polylog' });
	await made.connect();
	return made;
}

/** Latencies of point selects in milliseconds, from when each was due; and how many reports ended meanwhile. */
async function round(port, withReport) {
	const clients = [];
	for (let i = 0; i < CONNECTIONS; i++) clients.push(await client(port));
	const reporter = await client(port);
	let reports = 0;
	let isOver = false;
	const reporting = (async () => {
		while (withReport && !isOver) {
			await reporter.query(REPORT);
			reports++;
		}
	})();
	const latencies = [];
	const asked = [];
	const rate = Number(values.rate);
	const start = performance.now() + 500;
	for (let i = 0; i < rate * Number(values.seconds); i++) {
		const due = start + (i * 1000) / rate;
		while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
		const query = { name: 'point', text: 'SELECT owner, balance FROM account WHERE id = $1', values: [1 + ((i * 7919) % ACCOUNTS)] };
		asked.push(clients[i % CONNECTIONS].query(query).then(() => latencies.push(performance.now() - due)));
	}
	await Promise.all(asked);
	isOver = true;
	await reporting;
	for (const one of [...clients, reporter]) await one.end();
	latencies.sort((a, b) => a - b);
	return { latencies, reports };
}

async function measure() {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-reports-'));
	await load(join(directory, 'db'));
	console.log('| threads | report | p50 | p99 | reports per second |\n|--:|---|--:|--:|--:|');
	for (const threads of values.threads.split(',')) {
		const server = spawn(process.execPath, [fileURLToPath(import.meta.url), '--server', join(directory, 'db'), '--threads', threads], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const [line] = await once(server.stdout, 'data');
		const port = Number(/\d+\s*$/.exec(String(line))[0]);
		await round(port, true);
		for (const withReport of [false, true, false, true]) {
			const { latencies, reports } = await round(port, withReport);
			const at = (share) => latencies[Math.floor((latencies.length - 1) * share)].toFixed(2);
			console.log(`| ${threads} | ${withReport ? 'running' : 'none'} | ${at(0.5)} ms | ${at(0.99)} ms | ${(reports / Number(values.seconds)).toFixed(1)} |`);
		}
		server.kill('SIGTERM');
		await once(server, 'exit');
	}
	rmSync(directory, { recursive: true });
}
