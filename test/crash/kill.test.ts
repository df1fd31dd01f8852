/**
 * A real process killed (-9) at random moments under concurrent writers: after each time the database opens again with every
 * acknowledged commit, none in part, and rows and indexes agree. The same directory goes on from round to round.
 *
 * POLYLOG_KILLS sets how often (20; the nightly form runs 200), POLYLOG_SEED replays the moments.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Database, open } from '../../src/index.ts';
import { SimulatedRandom } from '../../src/platform/simulated-random.ts';

const KILLS = Number(process.env.POLYLOG_KILLS ?? 20);
const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));
const seed = Number(process.env.POLYLOG_SEED ?? Math.floor(Math.random() * 2 ** 32));
const directory = mkdtempSync(join(tmpdir(), 'polylog-kill-'));
after(() => rmSync(directory, { recursive: true }));

/** Runs writers from number `first` on and kills them once so many commits were acknowledged; returns the acknowledged numbers. */
function killedWriters(first: number, writers: number, acknowledgements: number): Promise<number[]> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [WRITER, join(directory, 'data'), String(first), String(writers)], { stdio: ['ignore', 'pipe', 'pipe'] });
		let out = '';
		let errors = '';
		let count = 0;
		child.stderr.on('data', (chunk) => (errors += chunk));
		child.stdout.on('data', (chunk: Buffer) => {
			out += chunk;
			for (const byte of chunk) if (byte === 10) count++;
			if (count > acknowledgements) child.kill('SIGKILL');
		});
		child.on('error', reject);
		child.on('close', (code, signal) => {
			if (signal !== 'SIGKILL') reject(new Error(`the writers ended by themselves (${code ?? signal}): ${errors}`));
			else resolve([...out.matchAll(/^ack (\d+)\n/gm)].map((match) => Number(match[1])));
		});
	});
}

/** The graph and the triples say the same as the tables. */
function checkModels(db: Database, entries: ReadonlyMap<number, number>): void {
	const nodes = db.graph().cypher('MATCH (e:Entry)-[:OF]->(a:Account) RETURN e.id AS id, e.amount AS amount, a.id AS of').all();
	assert.equal(nodes.length, entries.size, 'each commit makes one node with its relationship');
	for (const { id, amount, of } of nodes) assert.deepEqual([amount, of], [entries.get(id as number), (id as number) % 10], `commit ${id} is there in part`);
	const triples = db.triples().sparql('SELECT ?entry ?amount { ?entry <urn:amount> ?amount }').all();
	assert.equal(triples.length, entries.size, 'each commit makes one triple');
	for (const { entry, amount } of triples) assert.equal(Number(amount?.value), entries.get(Number(entry?.value.slice('urn:entry:'.length))));
	for (const id of [...entries.keys()].slice(-5))
		assert.deepEqual(db.graph().cypher('MATCH (e:Entry {id: $id}) RETURN e.amount AS amount', { id }).all(), [{ amount: entries.get(id) }]);
	assert.deepEqual(db.sql('select part, problem from polylog.check').all(), []);
}

/** Opens the database and checks it; returns the highest number found. */
async function check(acknowledged: ReadonlySet<number>): Promise<number> {
	const db = await open(join(directory, 'data'));
	try {
		const entries = new Map<number, number>();
		for (const row of db.sql`select id, amount from entry`.iterate()) entries.set(row.id as number, row.amount as number);
		for (const id of acknowledged) assert.ok(entries.has(id), `commit ${id} was acknowledged and is gone`);
		const shadows = db.sql`select id, amount from shadow`.all();
		assert.equal(shadows.length, entries.size, 'each commit writes one row into each table');
		for (const { id, amount } of shadows) assert.equal(entries.get(id as number), amount, `commit ${id} is there in part`);
		checkModels(db, entries);
		const expected = new Array<number>(10).fill(0);
		for (const [id, amount] of entries) {
			expected[id % 10]! -= amount;
			expected[(id * 7 + 3) % 10]! += amount;
		}
		assert.deepEqual(
			db.sql`select balance from account order by id`.all().map((row) => row.balance),
			expected,
		);
		for (const id of [...entries.keys()].slice(-50)) {
			const text = `entry ${id} ${'.'.repeat(id % 200)}`;
			assert.deepEqual(db.sql`select id from entry where text = ${text}`.all(), [{ id }], 'the unique index finds the row');
		}
		assert.deepEqual(db.engine.store.verify(), []);
		return Math.max(0, ...entries.keys());
	} finally {
		await db.close();
	}
}

test(`what was acknowledged survives ${KILLS} kills under concurrent writers (POLYLOG_SEED=${seed})`, { timeout: KILLS * 30_000 }, async () => {
	const random = new SimulatedRandom(seed);
	const acknowledged = new Set<number>();
	let next = 1;
	for (let round = 0; round < KILLS; round++) {
		const acknowledgements = random.pick([0, 1, random.below(30), random.below(800)]);
		for (const id of await killedWriters(next, random.between(1, 8), acknowledgements)) {
			acknowledged.add(id);
			next = Math.max(next, id);
		}
		// Numbers of commits that were under way may or may not have been used.
		next = Math.max(next, await check(acknowledged)) + 100;
	}
});
