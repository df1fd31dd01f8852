import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { IoError, LimitError } from './errors.ts';
import type { Platform, Task } from './platform.ts';
import { fileError } from './real-files.ts';
import { type Input, run } from './real-platform.task.ts';
import { realPlatform } from './real-platform.ts';
import { RealTaskRunner } from './real-tasks.ts';

const directory = mkdtempSync(join(tmpdir(), 'polylog-platform-'));
after(() => rmSync(directory, { recursive: true }));

const here = new URL(import.meta.url);
const task: Task<Input, number> = { module: new URL('./real-platform.task.ts', here), run };

function runTask(platform: Platform, input: Input): Promise<number> {
	return new Promise((resolve, reject) => platform.tasks.run(task, input, (error, output) => (error === null ? resolve(output!) : reject(error))));
}

test('a file reads back what was written, short at its end', () => {
	const { files } = realPlatform();
	const path = join(directory, 'one');
	const file = files.open(path, 'create');
	file.write(Buffer.from('xhellox'), 1, 5, 3);
	file.syncData();
	const into = new Uint8Array(20);
	assert.equal(file.read(into, 2, 18, 3), 5);
	assert.equal(Buffer.from(into.subarray(2, 7)).toString(), 'hello');
	file.allocate(100_000);
	assert.equal(file.bytes(), 100_000);
	file.truncate(4);
	assert.equal(file.bytes(), 4);
	file.close();
	assert.throws(
		() => files.open(path, 'create'),
		(error) => error instanceof IoError && error.message.includes(path),
	);
	files.rename(path, `${path}2`);
	assert.deepEqual(files.list(directory).sort(), ['one2']);
	files.makeDirectory(join(directory, 'sub'));
	files.syncDirectory(directory);
	files.remove(join(directory, 'sub'));
	files.remove(`${path}2`);
	assert.deepEqual(files.list(directory), []);
	assert.throws(
		() => files.open(path, 'read'),
		(error) => error instanceof IoError && error.sqlstate === '58P01',
	);
});

test('a full disk is a limit error with 53100, anything else an IoError that names the path', () => {
	const full = fileError('write', '/x/y', Object.assign(new Error('no'), { code: 'ENOSPC' }));
	assert.ok(full instanceof LimitError);
	assert.equal(full.code, 'disk-full');
	assert.equal(full.sqlstate, '53100');
	const other = fileError('write', '/x/y', Object.assign(new Error('no'), { code: 'EIO' }));
	assert.ok(other instanceof IoError);
	assert.match(other.message, /\/x\/y.*EIO/);
});

test('the sync thread syncs many files in order, inline at first and by the thread later, and reports errors', async () => {
	const platform = realPlatform();
	const file = platform.files.open(join(directory, 'synced'), 'create');
	const order: number[] = [];
	for (let index = 0; index < 60; index++) {
		file.write(Buffer.from('x'), 0, 1, index);
		await Promise.all(
			[0, 1].map(
				(half) =>
					new Promise<void>((resolve) =>
						platform.syncer.syncData(file, (error) => {
							assert.equal(error, null);
							order.push(index * 2 + half);
							resolve();
						}),
					),
			),
		);
	}
	assert.deepEqual(order, [...order.keys()]);
	const closed = { ...file, path: 'gone', descriptor: 987654, syncData: () => assert.fail('inline') };
	let waited = 0;
	for (; waited < 1_000_000; waited++) {
		// Once the thread is up, the request goes to it; until then it would be synced inline.
		const error = await new Promise<Error | null>((resolve) => platform.syncer.syncData({ ...closed, syncData: () => {} } as never, resolve));
		if (error === null) continue;
		assert.match(error.message, /gone.*EBADF/);
		break;
	}
	assert.ok(waited < 1_000_000, 'the thread never came up');
	let drained = 0;
	platform.syncer.syncData(file, () => drained++);
	platform.syncer.syncData(file, () => drained++);
	platform.syncer.drain();
	assert.equal(drained, 2);
	await new Promise((resolve) => setImmediate(resolve));
	assert.equal(drained, 2);
	file.close();
	await platform.close();
	const late = await new Promise<Error | null>((resolve) => platform.syncer.syncData(file, resolve));
	assert.equal((late as { code?: string }).code, 'closed');
});

test('a task runs in a worker with real files; its errors keep class, code and hint', async () => {
	const platform = realPlatform();
	assert.equal(await runTask(platform, { path: join(directory, 'made'), fail: false }), 15);
	await assert.rejects(
		runTask(platform, { path: '', fail: true }),
		(error) => error instanceof LimitError && error.code === 'disk-full' && error.hint === 'Free some.',
	);
	await platform.close();
	await assert.rejects(runTask(platform, { path: '', fail: true }), /closed/);
});

test('drain waits for tasks in this thread', async () => {
	const platform = realPlatform();
	const bytes: (number | null)[] = [];
	for (let index = 0; index < 5; index++) {
		platform.tasks.run(task, { path: join(directory, `drained${index}`), fail: index === 4 }, (error, output) => bytes.push(error === null ? output : -1));
	}
	platform.tasks.drain();
	assert.deepEqual(bytes.sort(), [-1, 15, 15, 15, 15]);
	platform.tasks.drain();
	assert.equal(await runTask(platform, { path: join(directory, 'after'), fail: false }), 15);
	await platform.close();
});

test('a worker that is idle ends, and the next task starts another', async () => {
	const tasks = new RealTaskRunner(2, 1);
	const run = (name: string): Promise<number> =>
		new Promise((resolve, reject) => {
			tasks.run(task, { path: join(directory, name), fail: false }, (error, output) => (error === null ? resolve(output as number) : reject(error)));
		});
	for (const name of ['idle1', 'idle2']) {
		assert.ok((await run(name)) > 0);
		while (tasks.workerCount > 0) await new Promise((resolve) => setImmediate(resolve));
	}
	await tasks.close();
});

test('a closing pool rejects what waits', async () => {
	const platform = realPlatform();
	const runs = [0, 1, 2].map((index) => runTask(platform, { path: join(directory, `late${index}`), fail: false }));
	const settled = Promise.allSettled(runs);
	await platform.close();
	for (const one of await settled) assert.ok(one.status === 'fulfilled' || one.reason.code === 'closed');
});

test('idle threads do not keep the process alive, a pending sync or task does', () => {
	const script = `
		import { realPlatform } from ${JSON.stringify(new URL('./real-platform.js', here).href)};
		const platform = realPlatform();
		const file = platform.files.open(${JSON.stringify(join(directory, 'alive'))}, 'create');
		for (let i = 0; i < 200; i++) await new Promise((resolve) => platform.syncer.syncData(file, resolve));
		const task = { module: new URL(${JSON.stringify(new URL('./real-platform.task.js', here).href)}) };
		await new Promise((resolve) => platform.tasks.run(task, { path: ${JSON.stringify(join(directory, 'alive2'))}, fail: false }, resolve));
		platform.syncer.syncData(file, () => console.log('synced'));
	`;
	const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 20_000 });
	assert.equal(out, 'synced\n');
});

test('the clock counts microseconds near the system clock', () => {
	const { clock } = realPlatform();
	for (let index = 0; index < 1000; index++) {
		const before = Date.now();
		const now = clock.nowUs();
		const later = Date.now();
		assert.ok(Number.isSafeInteger(now));
		assert.ok(now >= before * 1000 && now < (later + 1) * 1000);
	}
});
