/**
 * node scripts/soak.mjs [--minutes N] [--seed N] [--stall-ms N]: mixed load on all engines and a table in a process of little memory, which is
 * killed and started again; at the end everything acknowledged must be there. Fails when the process grows past its limit, when a
 * round of writes waits longer than `--stall-ms` (1000), or when the files grow past a few times what they hold. 60 minutes for a
 * night; the check before a change lands runs 3.
 */
import { fork, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { open } from 'polylog';
import { ACCOUNTS, BALANCE, ENGINES, KEYS, keyOf, roundOf, writtenValue } from './soak/load.mjs';

const MEBIBYTE = 1 << 20;
const RSS_MAX = 256 * MEBIBYTE;
/** Files beside the log may be so many times what they hold while merges go on. */
const SPACE_MAX = 5;
const SETTLED_SPACE_MAX = 2;
const SETTINGS = { durability: 'os', memoryBytes: 16 * MEBIBYTE, cacheBytes: 24 * MEBIBYTE, logBytesMax: 32 * MEBIBYTE, hashDirectoryBytes: 16 * MEBIBYTE };

const { values } = parseArgs({
	options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string' }, 'stall-ms': { type: 'string', default: '1000' } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const directory = mkdtempSync(join(tmpdir(), 'polylog-soak-'));
const acknowledged = join(directory, 'acknowledged');
const database = join(directory, 'db');
const worst = { rssMax: 0, stallMs: 0, bytesMax: 0 };
const problems = [];

/** Runs one life of so many milliseconds, then kills it; returns the number of rounds acknowledged so far. */
function live(firstRound, lifeMs) {
	return new Promise((resolve, reject) => {
		const child = fork(
			new URL('./soak/worker.mjs', import.meta.url),
			[JSON.stringify({ directory: database, acknowledged, seed, firstRound, settings: SETTINGS })],
			{
				execArgv: ['--max-old-space-size=96', '--max-semi-space-size=4'],
				// As docs/guide/operating.md advises where memory is short: each thread's allocator would keep some tens of MiB for itself.
				env: { ...process.env, MALLOC_ARENA_MAX: '2' },
			},
		);
		child.on('message', (told) => {
			for (const name of Object.keys(worst)) worst[name] = Math.max(worst[name], told[name]);
		});
		const timer = setTimeout(() => child.kill('SIGKILL'), lifeMs);
		child.on('exit', (code, signal) => {
			clearTimeout(timer);
			if (signal !== 'SIGKILL') reject(new Error(`the load ended with ${code ?? signal}`));
			else resolve(Math.max(firstRound, readMark()));
		});
	});
}

function readMark() {
	const mark = readFileSync(acknowledged);
	return mark.length === 8 ? mark.readDoubleLE(0) : 0;
}

/** Everything of the acknowledged rounds, and of the one under way at most. */
async function check(rounds) {
	const checked = spawnSync(process.execPath, [fileURLToPath(new URL('../dist/bundle/cli.js', import.meta.url)), 'check', database], { encoding: 'utf8' });
	if (checked.status !== 0) problems.push(`check: ${checked.stdout}${checked.stderr}`);
	const db = await open(database, SETTINGS);
	let liveBytes = 0;
	ENGINES.forEach((engine, e) => {
		const keyspace = db.keyspace(`soak_${engine}`, { engine });
		const expected = new Uint32Array(KEYS);
		for (let round = 0; round < rounds; round++) for (const { index, version } of roundOf(seed, round).writes[e]) expected[index] = version;
		const underWay = new Map();
		for (const { index, version } of roundOf(seed, rounds).writes[e]) underWay.set(index, [...(underWay.get(index) ?? []), version]);
		for (let index = 0; index < KEYS; index++) {
			const value = keyspace.get(keyOf(index));
			const version = value === undefined ? 0 : Buffer.from(value).readUInt32LE(4);
			liveBytes += value === undefined ? 0 : value.length + 12;
			const isExpected = version === expected[index] || underWay.get(index)?.includes(version);
			if (!isExpected) problems.push(`${engine}: ${keyOf(index)} is of write ${version}, not ${expected[index]}`);
			else if (version > 0 && Buffer.compare(value, writtenValue(index, version)) !== 0) problems.push(`${engine}: ${keyOf(index)} is damaged`);
		}
	});
	const [{ sum, count }] = db.sql`SELECT sum(balance)::int8 AS sum, count(*)::int8 AS count FROM account`.all();
	if (sum !== ACCOUNTS * BALANCE || count !== ACCOUNTS) problems.push(`accounts: ${count} with ${sum} in all`);
	await db.compact();
	await db.checkpoint();
	const { store } = db.statistics();
	await db.close();
	return { liveBytes, diskBytes: store.diskBytes };
}

const end = Date.now() + Number(values.minutes) * 60_000;
let rounds = 0;
let lives = 0;
const lifeMs = Math.max(10_000, Math.min(300_000, (end - Date.now()) / 5));
while (Date.now() < end) {
	rounds = await live(rounds, Math.min(lifeMs, Math.max(5000, end - Date.now())));
	lives++;
	// The round under way when it was killed may be there in part: it is done again, with the same writes.
}
const { liveBytes, diskBytes } = await check(rounds);
const mib = (bytes) => (bytes / MEBIBYTE).toFixed(0);
console.log(
	`seed ${seed}: ${rounds} rounds in ${lives} lives; memory up to ${mib(worst.rssMax)} MiB, longest wait ${worst.stallMs.toFixed(0)} ms, ` +
		`files up to ${mib(worst.bytesMax)} MiB with the log, ${mib(diskBytes)} MiB at the end for ${mib(liveBytes)} MiB`,
);
if (worst.rssMax > RSS_MAX) problems.push(`memory: ${mib(worst.rssMax)} MiB`);
if (worst.stallMs > Number(values['stall-ms'])) problems.push(`a round waited ${worst.stallMs.toFixed(0)} ms`);
if (worst.bytesMax > SPACE_MAX * liveBytes + 4 * SETTINGS.logBytesMax) problems.push(`files grew to ${mib(worst.bytesMax)} MiB`);
if (diskBytes > SETTLED_SPACE_MAX * liveBytes) problems.push(`files stay at ${mib(diskBytes)} MiB`);
rmSync(directory, { recursive: true, force: true });
for (const problem of problems.slice(0, 20)) console.error(problem);
if (problems.length > 0) process.exit(1);
