/** Call threads run functions over shared memory, beside their owner; what fails there fails where it is waited for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallThread } from './platform.ts';
import { RealCallThreads } from './real-call-threads.ts';
import { webAssembly } from './web-assembly.ts';

/** `run(address, value)` stores a word. */
const STORE = Uint8Array.from([
	...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
	...[0x01, 0x06, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x00],
	...[0x02, 0x09, 0x01, 0x01, 0x65, 0x01, 0x6d, 0x02, 0x03, 0x01, 0x0a],
	...[0x03, 0x02, 0x01, 0x00],
	...[0x07, 0x07, 0x01, 0x03, 0x72, 0x75, 0x6e, 0x00, 0x00],
	...[0x0a, 0x0b, 0x01, 0x09, 0x00, 0x20, 0x00, 0x20, 0x01, 0x36, 0x02, 0x00, 0x0b],
]);

async function ready(threads: RealCallThreads, count: number): Promise<readonly CallThread[]> {
	for (;;) {
		const found = threads.threads(count);
		if (found.length === count) return found;
		await new Promise((resolve) => setImmediate(resolve));
	}
}

test('calls of several threads and functions are run, in order', { timeout: 60_000 }, async () => {
	const threads = new RealCallThreads();
	try {
		assert.equal(threads.threads(2).length, 0, 'they are only being started');
		const both = await ready(threads, 2);
		const memory = new webAssembly.Memory({ initial: 1, maximum: 10, shared: true });
		const words = new Int32Array(memory.buffer);
		const modules = [new webAssembly.Module(STORE), new webAssembly.Module(STORE)];
		for (let round = 1; round <= 50; round++) {
			const calls = both.map((thread, t) => {
				let last = 0;
				for (let i = 0; thread.canCall && i < 20; i++) last = thread.call(modules[i % 2]!, memory, [(t * 100 + i) * 4, round * 1000 + i]);
				return last;
			});
			both.forEach((thread, t) => {
				thread.wait(calls[t]!);
				assert.ok(thread.hasEnded(calls[t]!));
				assert.equal(words[t * 100], round * 1000);
			});
		}
	} finally {
		await threads.close();
	}
	assert.equal(threads.threads(1).length, 0, 'none are started behind the close');
});

test('a call is taken back or run, never both', { timeout: 60_000 }, async () => {
	const threads = new RealCallThreads();
	try {
		const [thread] = await ready(threads, 1);
		const memory = new webAssembly.Memory({ initial: 1, maximum: 10, shared: true });
		const words = new Int32Array(memory.buffer);
		const module = new webAssembly.Module(STORE);
		for (let round = 1; round <= 300; round++) {
			const first = thread!.call(module, memory, [0, round]);
			const second = thread!.call(module, memory, [4, round]);
			const isBack = thread!.takeBack(second);
			if (round % 2 === 0) while (!thread!.hasEnded(second)) thread!.waitBriefly(second);
			thread!.wait(second);
			assert.equal(words[0], round);
			assert.equal(words[1] === round, !isBack);
			assert.ok(thread!.hasEnded(first) && !thread!.takeBack(first));
			words[1] = 0;
		}
	} finally {
		await threads.close();
	}
});

test('a call that fails is told to who waits, and the thread is not used again', { timeout: 60_000 }, async () => {
	const threads = new RealCallThreads();
	try {
		const [thread] = await ready(threads, 1);
		const memory = new webAssembly.Memory({ initial: 1, maximum: 10, shared: true });
		const module = new webAssembly.Module(STORE);
		const call = thread!.call(module, memory, [0x7fff_0000, 1]);
		assert.throws(() => thread!.wait(call), { sqlstate: '58030' });
		assert.equal(thread!.canCall, false);
		assert.notEqual((await ready(threads, 1))[0], thread);
	} finally {
		await threads.close();
	}
});
