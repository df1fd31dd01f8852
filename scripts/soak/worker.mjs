/** One life of a soak: goes on with the load after the last acknowledged round until it is killed, and tells of memory, stalls and size. */
import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { open } from 'polylog';
import { ACCOUNTS, BALANCE, ENGINES, generator, KEYS, keyOf, roundOf, writtenValue } from './load.mjs';

const { directory, acknowledged, seed, firstRound, settings } = JSON.parse(process.argv[2]);
const READS = 40;

const db = await open(directory, settings);
const keyspaces = ENGINES.map((engine) => db.keyspace(`soak_${engine}`, { engine }));
await db.sql`CREATE TABLE IF NOT EXISTS account (id int PRIMARY KEY, balance bigint NOT NULL, touched int NOT NULL)`;
await db.sql`CREATE INDEX IF NOT EXISTS account_touched ON account (touched)`;
await db.sql`INSERT INTO account SELECT n, ${BALANCE}, 0 FROM generate_series(0, ${ACCOUNTS} - 1) n ON CONFLICT DO NOTHING`;

const file = openSync(acknowledged, 'w');
const mark = Buffer.alloc(8);
const random = generator(seed ^ firstRound);
const told = { rssMax: 0, stallMs: 0, bytesMax: 0 };
const bytesOf = (path) => readdirSync(path, { withFileTypes: true, recursive: true }).reduce((sum, entry) => sum + sizeOf(entry), 0);
function sizeOf(entry) {
	try {
		return entry.isFile() ? statSync(`${entry.parentPath ?? entry.path}/${entry.name}`).size : 0;
	} catch {
		return 0; // removed meanwhile
	}
}

function read(keyspace, engine) {
	for (let i = 0; i < READS; i++) {
		const index = random(KEYS);
		const value = keyspace.get(keyOf(index));
		if (value === undefined) continue;
		const version = Buffer.from(value).readUInt32LE(4);
		if (Buffer.compare(value, writtenValue(index, version)) !== 0) throw new Error(`${engine}: ${keyOf(index)} holds bytes that were never written`);
	}
	if (engine === 'hash') return;
	for (const _ of keyspace.range({ gte: keyOf(random(KEYS)), limit: 100 }));
}

process.on('disconnect', () => process.exit(0));
for (let round = firstRound; ; round++) {
	const { writes, transfers } = roundOf(seed, round);
	const start = performance.now();
	await Promise.all([
		...keyspaces.map((keyspace, e) =>
			keyspace.batch(
				writes[e].map(({ index, version }) =>
					version === 0 ? { type: 'del', key: keyOf(index) } : { type: 'put', key: keyOf(index), value: writtenValue(index, version) },
				),
			),
		),
		...transfers.map(({ from, to, amount }) =>
			db.transaction((tx) => {
				tx.sql`UPDATE account SET balance = balance - ${amount}, touched = ${round} WHERE id = ${from}`;
				tx.sql`UPDATE account SET balance = balance + ${amount}, touched = ${round} WHERE id = ${to}`;
			}),
		),
	]);
	told.stallMs = Math.max(told.stallMs, performance.now() - start);
	mark.writeDoubleLE(round + 1);
	writeSync(file, mark, 0, 8, 0);
	for (const [e, keyspace] of keyspaces.entries()) read(keyspace, ENGINES[e]);
	told.rssMax = Math.max(told.rssMax, process.memoryUsage.rss());
	if (round % 500 === 0) {
		told.bytesMax = Math.max(told.bytesMax, bytesOf(directory));
		process.send?.({ ...told, round });
		told.stallMs = 0;
	}
	if (!process.connected) closeSync(file);
}
