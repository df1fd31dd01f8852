/**
 * Under strace: every commit at `disk` has a returned sync of the log of its own before its acknowledgement leaves the process,
 * embedded and over the wire. Skips where there is no strace (or it may not trace).
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const COMMITS = 200;
const WRITER = fileURLToPath(new URL('./durable-writer.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'polylog-strace-'));
const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
const skip = canTrace ? false : 'strace is not here, or may not trace';
after(() => rmSync(directory, { recursive: true }));

function traced(form: string): { child: ChildProcess; trace: string } {
	const trace = join(directory, `${form}.trace`);
	const watch = ['-f', '-y', '-e', 'trace=fsync,fdatasync,write,writev,sendto,sendmsg', '-s', '400', '-o', trace];
	const child = spawn('strace', [...watch, process.execPath, WRITER, join(directory, form), form], { stdio: ['ignore', 'pipe', 'inherit'] });
	return { child, trace };
}

/** Counts, in the order of the trace, returned syncs of a log segment and acknowledgements; each needs a sync of its own before it. */
function checkTrace(path: string, acknowledgement: RegExp): void {
	let syncs = 0;
	let acknowledged = 0;
	let syncsAtStart = 0;
	/** Threads inside a sync of the log that has not returned. */
	const inside = new Set<string>();
	for (const line of readFileSync(path, 'utf8').split('\n')) {
		const thread = line.slice(0, line.indexOf(' '));
		const isSync = /f(data)?sync(\(| resumed)/.test(line);
		if (isSync && line.includes('<unfinished') && /\.log>/.test(line)) inside.add(thread);
		else if (isSync && / = 0$/.test(line) && (/\.log>/.test(line) || inside.delete(thread))) syncs++;
		else if (acknowledgement.test(line)) {
			if (acknowledged === 0) syncsAtStart = syncs - 1;
			acknowledged++;
			assert.ok(syncs - syncsAtStart >= acknowledged, `acknowledgement ${acknowledged} was sent after ${syncs - syncsAtStart} syncs: ${line}`);
		}
	}
	assert.equal(acknowledged, COMMITS);
}

test('embedded, each of 200 commits is synced before it is acknowledged', { skip, timeout: 120_000 }, async () => {
	const { child, trace } = traced('embedded');
	child.stdout!.resume();
	await new Promise((resolve) => child.on('close', resolve));
	checkTrace(trace, /write\(1<.*"ack \d+\\n"/);
});

test('over the wire, each of 200 commits is synced before its CommandComplete is sent', { skip, timeout: 120_000 }, async () => {
	const { child, trace } = traced('served');
	const port = await new Promise<number>((resolve) => child.stdout!.once('data', (chunk) => resolve(Number(/port (\d+)/.exec(String(chunk))![1]))));
	const client = new pg.Client({ host: '127.0.0.1', port, user: 'polylog', database: 'polylog' });
	await client.connect();
	for (let id = 1; id <= COMMITS; id++) await client.query('insert into t values ($1)', [id]);
	await client.end();
	const processId = readFileSync(trace, 'utf8').slice(0, 12).trim().split(' ')[0]!;
	const closed = new Promise((resolve) => child.on('close', resolve));
	process.kill(Number(processId), 'SIGKILL');
	await closed;
	checkTrace(trace, /INSERT 0 1/);
});
