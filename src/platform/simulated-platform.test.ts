import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IoError, LimitError } from './errors.ts';
import type { FileHandle } from './files.ts';
import { SECTOR_BYTES, SimulatedCrash } from './simulated-disk.ts';
import { microtasks, SimulatedWorld } from './simulated-platform.ts';
import { SimulatedRandom } from './simulated-random.ts';

const SEEDS = 200;

/** Runs `write` in one life and `look` in the next, after a loss of power, for many seeds; tells how often each answer came. */
function afterPowerLoss(write: (world: SimulatedWorld) => void, look: (world: SimulatedWorld) => string): Map<string, number> {
	const answers = new Map<string, number>();
	for (let seed = 1; seed <= SEEDS; seed++) {
		const world = new SimulatedWorld(seed);
		write(world);
		world.crash();
		const answer = look(world);
		answers.set(answer, (answers.get(answer) ?? 0) + 1);
	}
	return answers;
}

function text(file: FileHandle): string {
	const bytes = new Uint8Array(file.bytes());
	file.read(bytes, 0, bytes.length, 0);
	return Buffer.from(bytes).toString('latin1');
}

function put(file: FileHandle, value: string, position = 0): void {
	file.write(Buffer.from(value, 'latin1'), 0, value.length, position);
}

const contentOf = (path: string) => (world: SimulatedWorld) => {
	const { files } = world.start();
	return files.exists(path) ? text(files.open(path, 'read')) : 'absent';
};

test('what is synced, name included, survives; without the sync of its directory a name may be lost', () => {
	const write = (syncDirectory: boolean) => (world: SimulatedWorld) => {
		const { files } = world.start();
		const file = files.open('/f', 'create');
		put(file, 'hello');
		file.syncData();
		if (syncDirectory) files.syncDirectory('/');
	};
	assert.deepEqual([...afterPowerLoss(write(true), contentOf('/f')).keys()], ['hello']);
	assert.deepEqual([...afterPowerLoss(write(false), contentOf('/f')).keys()].sort(), ['absent', 'hello']);
});

test('of unsynced sectors any subset survives, and a write may be torn between two', () => {
	const zeros = '-'.repeat(SECTOR_BYTES);
	const ones = '+'.repeat(SECTOR_BYTES);
	const answers = afterPowerLoss(
		(world) => {
			const { files } = world.start();
			const file = files.open('/f', 'create');
			put(file, zeros + zeros + zeros);
			file.sync();
			files.syncDirectory('/');
			put(file, ones + ones + ones);
		},
		(world) => {
			const content = contentOf('/f')(world);
			return [0, 1, 2].map((sector) => content[sector * SECTOR_BYTES]).join('');
		},
	);
	assert.equal(answers.size, 8, [...answers.keys()].join());
});

test('a killed process loses nothing that it wrote', () => {
	const world = new SimulatedWorld(1);
	put(world.start().files.open('/f', 'create'), 'kept');
	world.kill();
	assert.equal(contentOf('/f')(world), 'kept');
});

test('renames survive whole or not at all, and before the sync of the directory either way', () => {
	const answers = afterPowerLoss(
		(world) => {
			const { files } = world.start();
			for (const name of ['old', 'new']) {
				const file = files.open(`/${name}`, 'create');
				put(file, name);
				file.sync();
			}
			files.syncDirectory('/');
			files.rename('/new', '/old');
		},
		(world) => {
			const { files } = world.start();
			return `${files.list('/').sort().join()} ${text(files.open('/old', 'read'))}`;
		},
	);
	assert.deepEqual([...answers.keys()].sort(), ['new,old old', 'old new']);
});

test('a removal that was not synced may be undone', () => {
	const answers = afterPowerLoss((world) => {
		const { files } = world.start();
		const file = files.open('/f', 'create');
		put(file, 'here');
		file.sync();
		files.syncDirectory('/');
		file.close();
		files.remove('/f');
	}, contentOf('/f'));
	assert.deepEqual([...answers.keys()].sort(), ['absent', 'here']);
});

test('allocated space may hold bytes of removed files', () => {
	let stale = 0;
	for (let seed = 1; seed <= SEEDS; seed++) {
		const { files } = new SimulatedWorld(seed).start();
		const old = files.open('/old', 'create');
		put(old, 'secret '.repeat(100));
		files.remove('/old');
		const file = files.open('/f', 'create');
		file.allocate(2000);
		assert.equal(file.bytes(), 2000);
		if (text(file).includes('secret')) stale++;
	}
	assert.ok(stale > 20);
});

test('a failed sync leaves its sectors clean and lost; writing them again and syncing keeps them', () => {
	const world = (again: boolean) => (one: SimulatedWorld) => {
		const { files } = one.start();
		const file = files.open('/f', 'create');
		files.syncDirectory('/');
		put(file, 'lost?');
		one.disk.failSyncChance = 1;
		assert.throws(() => file.syncData(), IoError);
		one.disk.failSyncChance = 0;
		assert.equal(text(file), 'lost?');
		if (again) put(file, 'lost?');
		file.syncData();
	};
	assert.deepEqual([...afterPowerLoss(world(true), contentOf('/f')).keys()], ['lost?']);
	assert.ok([...afterPowerLoss(world(false), contentOf('/f')).keys()].some((one) => one === '\0\0\0\0\0'));
});

test('a full disk refuses to grow, and takes what fits once something is removed', () => {
	const { files } = (() => {
		const world = new SimulatedWorld(1);
		world.disk.capacityBytes = 1000;
		return world.start();
	})();
	const one = files.open('/one', 'create');
	one.allocate(600);
	const two = files.open('/two', 'create');
	assert.throws(
		() => two.allocate(600),
		(error) => error instanceof LimitError && error.sqlstate === '53100',
	);
	assert.throws(() => put(two, 'x'.repeat(600)), LimitError);
	put(one, 'inside', 10);
	files.remove('/one');
	two.allocate(600);
	two.truncate(0);
	assert.equal(two.bytes(), 0);
});

test('the n-th operation fails as told; after a loss of power in the middle of one, every call throws', () => {
	const world = new SimulatedWorld(1);
	const { files } = world.start();
	const file = files.open('/f', 'create');
	world.disk.fault = { operation: world.disk.operationCount + 1, kind: 'io' };
	put(file, 'a');
	assert.throws(() => put(file, 'b'), IoError);
	world.disk.fault = { operation: world.disk.operationCount, kind: 'full' };
	assert.throws(() => file.allocate(10_000), LimitError);
	world.disk.fault = { operation: world.disk.operationCount, kind: 'power' };
	assert.throws(() => put(file, 'c'), SimulatedCrash);
	assert.throws(() => file.bytes(), SimulatedCrash);
	assert.throws(() => files.exists('/f'), SimulatedCrash);
});

test('a sync on the sync thread covers what was written before it was asked for, and is done at a pump', () => {
	const answers = afterPowerLoss((world) => {
		const process = world.start();
		const file = process.files.open('/f', 'create');
		process.files.syncDirectory('/');
		put(file, 'before');
		let isDone = false;
		process.syncer.syncData(file, (error) => (isDone = error === null));
		put(file, 'AFTER', 6);
		put(file, 'B');
		assert.equal(isDone, false);
		while (process.pump(false));
		assert.equal(isDone, true);
	}, contentOf('/f'));
	assert.ok([...answers.keys()].every((one) => /^[bB]efore/.test(one)) && answers.size > 2, [...answers.keys()].join());
});

test('tasks run on copies at a pump, errors reject, and nothing of a dead process runs', async () => {
	const world = new SimulatedWorld(1);
	const process = world.start();
	const module = new URL(import.meta.url);
	const input = { list: [1, 2] };
	const results: unknown[] = [];
	const done = (error: Error | null, output: unknown): void => void results.push(error?.message ?? output);
	process.tasks.run({ module, run: (given: { list: number[] }) => given.list.reduce((one, other) => one + other) }, input, done);
	input.list.push(100);
	while (process.pump(false));
	process.tasks.run({ module, run: () => assert.fail('no') }, 0, done);
	process.tasks.run({ module, run: () => 5 }, 0, done);
	process.tasks.drain();
	assert.deepEqual(results, [3, 'no', 5]);
	let ran = false;
	process.timers.soon(() => (ran = true));
	world.crash();
	assert.throws(() => process.pump(), SimulatedCrash);
	await microtasks();
	assert.equal(ran, false);
});

test('timers run in order of time, and only when nothing else is due', () => {
	const process = new SimulatedWorld(4).start();
	const order: string[] = [];
	process.timers.after(20, () => order.push('20'));
	const cancel = process.timers.after(15, () => order.push('cancelled'));
	process.timers.after(10, () => order.push('10'));
	process.timers.soon(() => order.push('soon'));
	cancel();
	while (process.pump());
	assert.deepEqual(order, ['soon', '10', '20']);
	assert.ok(process.clock.monotonicMs() >= 20);
});

test('one seed gives one world', () => {
	const run = (seed: number) => {
		const world = new SimulatedWorld(seed);
		const { files } = world.start();
		const file = files.open('/f', 'create');
		put(file, 'x'.repeat(5000));
		file.allocate(9000);
		world.crash();
		return `${contentOf('/f')(world)} ${world.random.word()}`;
	};
	const answers = new Set<string>();
	for (let seed = 1; seed < 50; seed++) {
		assert.equal(run(seed), run(seed));
		answers.add(run(seed));
	}
	assert.ok(answers.size > 40);
	const random = new SimulatedRandom(9);
	let sum = 0;
	for (let index = 0; index < 10_000; index++) sum += random.below(10);
	assert.ok(Math.abs(sum / 10_000 - 4.5) < 0.15);
});
