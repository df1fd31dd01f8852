import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CorruptionError, LimitError, PolylogError, UnavailableError } from '../platform/errors.ts';
import type { FaultKind } from '../platform/simulated-disk.ts';
import { type SimulatedProcess, SimulatedWorld } from '../platform/simulated-platform.ts';
import { type EmbeddedLog, type LogOptions, openLog } from './embedded-log.ts';
import { changesOf } from './log.ts';
import { findSegments } from './recovery.ts';
import { segmentName } from './segment-format.ts';

const DIRECTORY = '/log';

class Fixture {
	readonly world: SimulatedWorld;
	process: SimulatedProcess;
	log: EmbeddedLog;
	readonly options: LogOptions;

	constructor(options: LogOptions = {}, seed = 7) {
		this.world = new SimulatedWorld(seed);
		this.options = options;
		this.process = this.world.start();
		this.log = openLog(this.process, DIRECTORY, options).log;
	}

	append(text: string): number {
		const bytes = Buffer.from(text);
		return this.log.append(bytes, bytes.length, 0).offset;
	}

	/** Ends the process without closing, and opens again. */
	reopen(options: LogOptions = this.options): void {
		this.world.kill();
		this.process = this.world.start();
		this.log = openLog(this.process, DIRECTORY, options).log;
	}

	contents(from = 0): string[] {
		const found: string[] = [];
		for (const one of this.log.read(from)) found.push(`${one.offset} ${Buffer.from(changesOf(one)).toString()}`);
		return found;
	}

	durable(offset: number, level: 'memory' | 'os' | 'disk'): Promise<void> {
		return new Promise((resolve, reject) => this.log.whenDurable(offset, level, (error) => (error === null ? resolve() : reject(error))));
	}
}

test('what is appended is read back, across reopening', () => {
	const one = new Fixture();
	assert.deepEqual([one.append('a'), one.append(''), one.append('ccc')], [1, 2, 3]);
	assert.deepEqual(one.contents(), ['1 a', '2 ', '3 ccc']);
	assert.deepEqual(one.contents(2), ['3 ccc']);
	one.log.syncNow();
	one.reopen();
	assert.equal(one.append('d'), 4);
	assert.deepEqual(one.contents(), ['1 a', '2 ', '3 ccc', '4 d']);
	assert.deepEqual(one.log.verify(), []);
});

test('transactions of any length come back whole, with their files and catalog offsets', () => {
	fc.assert(
		fc.property(
			fc.array(fc.tuple(fc.nat({ max: 5000 }), fc.boolean(), fc.option(fc.nat({ max: 5000 }))), { maxLength: 30 }),
			fc.constantFrom(512, 700, 4000),
			fc.constantFrom(1024, 5000),
			(sizes, frameBytesMax, segmentBytes) => {
				const one = new Fixture({ frameBytesMax, segmentBytes });
				const expected = sizes.map(([bytes, isBulk, aheadBytes], index) => {
					const changes = Buffer.concat([Buffer.alloc(aheadBytes ?? 0, 0xee), Buffer.alloc(bytes, index + 1)]);
					const read = (into: Uint8Array, at: number, count: number, position: number): void => into.set(changes.subarray(position, position + count), at);
					const ahead = aheadBytes === null ? null : { bytes: aheadBytes, read };
					const files = isBulk ? [{ name: `f${index}`, bytes, hash: 'ab' }] : [];
					const { offset, timeUs } = one.log.append(changes.subarray(aheadBytes ?? 0), bytes, index, files, ahead);
					return { offset, timeUs, catalogOffset: index, changes: changes.toString('hex'), files };
				});
				one.log.syncNow();
				one.reopen();
				const found: unknown[] = [];
				for (const read of one.log.read(0))
					found.push({
						offset: read.offset,
						timeUs: read.timeUs,
						catalogOffset: read.catalogOffset,
						files: read.files,
						changes: Buffer.from(changesOf(read)).toString('hex'),
					});
				assert.deepEqual(found, expected);
			},
		),
		{ numRuns: 40 },
	);
});

test('all commits of a turn share one frame and one sync; what comes during a sync shares the next', async () => {
	const one = new Fixture();
	const before = one.log.statistics();
	const waits: Promise<void>[] = [];
	for (let index = 0; index < 50; index++) waits.push(one.durable(one.append(`row ${index}`), 'disk'));
	assert.equal(one.log.writtenOffset, 0);
	one.process.pump();
	assert.deepEqual([one.log.writtenOffset, one.log.syncedOffset], [50, 0]);
	for (let index = 0; index < 10; index++) waits.push(one.durable(one.append('late'), 'disk'));
	let done = false;
	void Promise.all(waits).then(() => (done = true));
	await one.process.settle(() => done);
	const after = one.log.statistics();
	assert.ok(after.framesWritten - before.framesWritten === 2 && after.syncs - before.syncs <= 2);
	assert.equal(one.log.syncedOffset, 60);
});

test('each level answers when it is reached, and progress is told before those who wait', async () => {
	const one = new Fixture();
	const told: string[] = [];
	one.log.onProgress = () => told.push(`progress ${one.log.writtenOffset} ${one.log.syncedOffset}`);
	const offset = one.append('x');
	one.log.whenDurable(offset, 'disk', () => told.push('disk'));
	one.log.whenDurable(offset, 'os', () => told.push('os'));
	one.log.whenDurable(offset, 'memory', () => told.push('memory'));
	await one.process.idle();
	assert.deepEqual(told, ['memory', 'progress 1 0', 'os', 'progress 1 1', 'disk']);
	assert.throws(() => one.log.whenDurable(2, 'disk', () => {}), RangeError);
});

test('commits nobody waits for are synced after a while', () => {
	const one = new Fixture({ syncDelayMs: 30 });
	one.append('x');
	while (one.process.pump(false));
	assert.deepEqual([one.log.writtenOffset, one.log.syncedOffset], [1, 0]);
	const before = one.world.clock.monotonicMs();
	while (one.process.pump());
	assert.equal(one.log.syncedOffset, 1);
	assert.ok(one.world.clock.monotonicMs() - before >= 30);
});

test('record time never goes backwards, whatever the clock does', () => {
	const one = new Fixture();
	one.world.clock.backwardChance = 0.5;
	let last = 0;
	for (let index = 0; index < 300; index++) {
		const { timeUs } = one.log.append(new Uint8Array(1), 1, 0);
		assert.ok(timeUs > last);
		last = timeUs;
		if (index % 7 === 0) one.log.writeNow();
		if (index % 49 === 0) one.reopen();
	}
	assert.deepEqual(one.log.verify(), []);
});

test('after a failed sync who waits is told that the outcome is unknown, and nothing is appended until reopened', async () => {
	const one = new Fixture();
	one.append('kept');
	one.log.syncNow();
	const wait = one.durable(one.append('lost'), 'disk');
	one.world.disk.failSyncChance = 1;
	const refused = assert.rejects(wait, (error) => error instanceof PolylogError && error.code === 'outcome-unknown' && error.sqlstate === '58030');
	await one.process.idle();
	await refused;
	assert.equal(one.log.syncedOffset, 1);
	assert.throws(
		() => one.append('more'),
		(error) => error instanceof UnavailableError && error.code === 'log-failed',
	);
	await assert.rejects(one.durable(2, 'disk'), /may or may not/);
	await one.durable(1, 'disk');
	assert.throws(() => one.log.syncNow(), PolylogError);
	await one.log.close();
	one.world.disk.failSyncChance = 0;
	one.reopen();
	// The cache calls the sectors clean that the failed sync dropped; opening has written them once more.
	const shown = one.contents();
	one.world.crash();
	one.process = one.world.start();
	one.log = openLog(one.process, DIRECTORY).log;
	assert.deepEqual(one.contents(), shown);
});

test('on a full disk an append is refused and decides nothing; the log goes on when there is space', async () => {
	const one = new Fixture({ segmentBytes: 4096 });
	one.append('before');
	one.log.syncNow();
	one.world.disk.capacityBytes = one.world.disk.usedBytes;
	const big = 'x'.repeat(10_000);
	assert.throws(
		() => one.append(big),
		(error) => error instanceof LimitError && error.code === 'disk-full' && error.sqlstate === '53100',
	);
	assert.deepEqual([one.log.decidedOffset, one.log.failure], [1, null]);
	assert.deepEqual(one.contents(), ['1 before']);
	one.world.disk.capacityBytes = Number.POSITIVE_INFINITY;
	await Promise.all([one.durable(one.append('after'), 'disk'), one.process.idle()]);
	one.reopen();
	assert.deepEqual(one.contents(), ['1 before', '2 after']);
});

test('a write that meets a full disk inside allocated space is tried again at the same position', async () => {
	const one = new Fixture();
	const wait = one.durable(one.append('first'), 'disk');
	const { disk } = one.world;
	disk.fault = { operation: disk.operationCount, kind: 'full' };
	one.process.pump();
	assert.equal(one.log.writtenOffset, 0);
	disk.fault = { operation: disk.operationCount, kind: 'full' };
	assert.throws(() => one.append('second'), LimitError);
	assert.equal(one.append('third'), 2);
	await Promise.all([wait, one.process.idle()]);
	assert.deepEqual(one.contents(), ['1 first', '2 third']);
	const alone = one.durable(one.append('alone'), 'disk');
	disk.fault = { operation: disk.operationCount, kind: 'full' };
	let done = false;
	void alone.then(() => (done = true));
	await one.process.settle(() => done);
	assert.deepEqual(one.contents(2), ['3 alone']);
});

/** A log of several segments with a synced history. */
function several(): Fixture {
	const one = new Fixture({ segmentBytes: 1024 });
	for (let index = 0; index < 40; index++) {
		one.append(`row ${index} ${'.'.repeat(60)}`);
		one.log.syncNow();
	}
	return one;
}

test('segments are released only below the offset, never the newest, and what is gone cannot be read', () => {
	const one = several();
	const segments = one.log.statistics().segments;
	assert.ok(segments >= 4);
	one.log.release(0);
	assert.equal(one.log.statistics().segments, segments);
	one.log.release(20);
	assert.ok(one.log.firstOffset > 1 && one.log.firstOffset <= 21);
	assert.equal(one.contents(20).length, 20);
	assert.throws(
		() => one.contents(0),
		(error) => error instanceof UnavailableError && error.code === 'log-released',
	);
	one.log.release(40);
	assert.equal(one.log.statistics().segments, 1);
	one.reopen();
	assert.equal(one.append('next'), 41);
	assert.deepEqual(one.log.verify(), []);
});

test('damage at or below the synced mark is refused, naming file and position', () => {
	for (let flip = 0; flip < 60; flip++) {
		const one = several();
		const segments = findSegments(one.process.files, DIRECTORY);
		const damaged = segments[flip % segments.length]!;
		const isNewest = damaged === segments.at(-1);
		const frames = [...one.log.describe(0)].filter((frame) => frame.path === damaged.path);
		// The last frames of the newest segment lie above the mark: their damage cannot be told from a torn write.
		const frame = frames[(flip * 7) % (isNewest ? frames.length - 1 : frames.length)]!;
		one.world.disk.flipBit(damaged.path, frame.position + (flip % frame.bytes), flip % 8);
		assert.match(one.log.verify().join(), new RegExp(`${damaged.path}.*position ${frame.position}`));
		const isRefused = (error: unknown) =>
			error instanceof CorruptionError && error.message.includes(damaged.path) && error.message.includes(`position ${frame.position}`);
		if (isNewest) assert.throws(() => one.reopen(), isRefused);
		else {
			one.reopen();
			assert.throws(() => one.contents(), isRefused);
		}
	}
});

test('a damaged or missing header is refused', () => {
	const one = several();
	for (const segment of findSegments(one.process.files, DIRECTORY)) {
		one.world.disk.flipBit(segment.path, 20, 0);
		assert.throws(
			() => one.reopen(),
			(error) => error instanceof CorruptionError && error.message.includes(segment.path),
		);
		one.world.disk.flipBit(segment.path, 20, 0);
	}
	one.reopen();
	assert.equal(one.contents().length, 40);
});

test('a log that ends before what a store has made durable is refused', () => {
	const one = new Fixture();
	one.append('only');
	one.log.syncNow();
	assert.throws(
		() => one.reopen({ checkpointOffset: 2 }),
		(error) => error instanceof CorruptionError && /offset 2 was synced/.test(error.message),
	);
	one.reopen({ checkpointOffset: 1 });
	one.world.kill();
	const empty = new SimulatedWorld(1).start();
	assert.throws(() => openLog(empty, DIRECTORY, { checkpointOffset: 1 }), CorruptionError);
});

test('a torn tail is cut off with the whole frames after it, and they can never chain again', () => {
	const one = new Fixture();
	one.append('kept');
	one.log.syncNow();
	// Long ones: what takes the place of the torn frame does not reach the last of them.
	for (const text of ['torn', 'whole', 'whole too'].map((word) => word.padEnd(5000, '.'))) {
		one.append(text);
		one.log.writeNow();
	}
	const torn = [...one.log.describe(2)][0]!;
	one.world.disk.flipBit(torn.path, torn.position + 70, 1);
	one.world.kill();
	one.process = one.world.start();
	const { log, cut } = openLog(one.process, DIRECTORY);
	one.log = log;
	assert.deepEqual(cut, { path: torn.path, position: torn.position, reason: 'its checksum is wrong', framesAfter: 2 });
	assert.deepEqual(one.contents(), ['1 kept']);
	one.append('new');
	one.log.syncNow();
	one.reopen();
	assert.deepEqual(one.contents(), ['1 kept', '2 new']);
	const claims = [...one.log.describe(0)].flatMap((frame) =>
		frame.records.flatMap((record) => (record.kind === 'claim' ? [`${frame.epoch} ${record.reason}`] : [])),
	);
	assert.deepEqual(claims, ['1 created', '2 cut', '3 cut']);
});

test('an owner that may block syncs by itself, at the end of the turn', async () => {
	const one = new Fixture();
	one.log.mayBlock = () => true;
	const offset = one.append('alone');
	let isDone = false;
	one.log.whenDurable(offset, 'disk', () => (isDone = true));
	assert.equal(isDone, false);
	const before = one.log.statistics().syncs;
	await one.process.idle();
	assert.equal(isDone, true);
	assert.equal(one.log.syncedOffset, offset);
	assert.equal(one.log.statistics().syncs, before + 1);
});

test('a lone commit on a quick disk is synced by the owner itself, and others by the sync thread', async () => {
	const one = new Fixture({ ownSyncMsMax: 1 });
	/** Whether commits are durable at the end of their turn; else their sync takes so long. */
	const isSyncedAtOnce = async (count: number, ms: number): Promise<boolean> => {
		let left = count;
		for (let i = 0; i < count; i++) one.log.whenDurable(one.append('x'), 'disk', () => left--);
		one.process.pump();
		const isDone = left === 0;
		one.process.clock.advanceMs(ms);
		await one.process.idle();
		assert.equal(left, 0);
		return isDone;
	};
	assert.equal(await isSyncedAtOnce(1, 0.5), false);
	assert.equal(await isSyncedAtOnce(1, 0), true);
	assert.equal(await isSyncedAtOnce(2, 1.5), false);
	assert.equal(await isSyncedAtOnce(1, 0.3), false, 'the last one was slow');
	assert.equal(await isSyncedAtOnce(1, 0), true);
	one.log.mayBlock = () => false;
	assert.equal(await isSyncedAtOnce(1, 0), false);
});

test('a long segment is sealed when the log is closed, and found again', async () => {
	const one = new Fixture();
	for (let i = 0; i < 70; i++) {
		one.append('x'.repeat(5000));
		one.log.writeNow();
	}
	const before = one.log.statistics().segments;
	const closing = one.log.close();
	await one.process.idle();
	await closing;
	const { log } = openLog(one.process, DIRECTORY);
	one.log = log;
	assert.equal(log.statistics().segments, before + 1);
	assert.equal(one.contents().length, 70);
	assert.deepEqual([...log.read(70)], []);
	assert.equal(one.append('after'), 71);
});

test('a segment that is missing from the middle is noticed', () => {
	const one = several();
	const segments = findSegments(one.process.files, DIRECTORY);
	one.process.files.remove(segments[1]!.path);
	one.reopen();
	assert.equal(one.log.firstOffset, segments[2]!.firstOffset);
	assert.throws(() => one.contents(0), /the log holds offsets from/);
	assert.ok(!one.process.files.exists(`${DIRECTORY}/${segmentName(1)}`));
});

function describeAll(log: EmbeddedLog): string[] {
	const found: string[] = [];
	for (const one of log.read(log.firstOffset - 1)) found.push(`${one.offset}: ${one.end - one.start} bytes`);
	return found;
}

/** A short history that does everything once; returns what is in the log at the end. */
function everything(world: SimulatedWorld): string[] {
	const options = { segmentBytes: 1024, frameBytesMax: 512 };
	for (let life = 0; ; life++) {
		const process = world.start();
		const { log } = openLog(process, DIRECTORY, options);
		if (life === 1) return describeAll(log);
		for (const bytes of [10, 200, 1500, 30, 300, 400]) {
			log.append(new Uint8Array(bytes), bytes, 0);
			log.syncNow();
			log.release(log.syncedOffset);
		}
		world.kill();
	}
}

test('whatever operation fails, and however, the log opens again with what was synced', () => {
	const untouched = new SimulatedWorld(3);
	const expected = everything(untouched);
	const total = untouched.disk.operationCount;
	for (const kind of ['io', 'full', 'power'] as FaultKind[]) {
		for (let operation = 0; operation < total; operation++) {
			const world = new SimulatedWorld(3);
			world.disk.fault = { operation, kind };
			try {
				const found = everything(world);
				assert.deepEqual(found, expected, `${kind} at ${operation} went unnoticed and changed the outcome`);
			} catch (error) {
				if (error instanceof assert.AssertionError || error instanceof CorruptionError) throw error;
			}
			if (kind === 'power') world.crash();
			else world.kill();
			const { log } = openLog(world.start(), DIRECTORY);
			assert.deepEqual(log.verify(), []);
		}
	}
});

test('closing syncs what is pending; afterwards nothing is accepted', async () => {
	const one = new Fixture();
	const wait = one.durable(one.append('x'), 'disk');
	await one.log.close();
	await wait;
	assert.equal(one.log.syncedOffset, 1);
	assert.throws(
		() => one.append('y'),
		(error) => error instanceof PolylogError && error.code === 'closed',
	);
	one.world.crash();
	one.process = one.world.start();
	one.log = openLog(one.process, DIRECTORY).log;
	assert.deepEqual(one.contents(), ['1 x']);
});

test('options out of range are refused by name', () => {
	const process = new SimulatedWorld(1).start();
	for (const options of [{ segmentBytes: 10 }, { frameBytesMax: 1.5 }, { syncDelayMs: -1 }]) {
		assert.throws(
			() => openLog(process, `/${Object.keys(options)[0]}`, options),
			(error) => error instanceof RangeError && error.message.includes(Object.keys(options)[0]!),
		);
	}
});
