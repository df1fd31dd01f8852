/**
 * The log on the simulated disk: thousands of seeds, each several lives of one log that end by loss of power, by kill, by a
 * failed sync or in the middle of an operation, recovery included. After each opening: every commit acknowledged on the disk
 * is there (after a kill, every written one), nothing is there in part, what is there is a prefix of what was decided, and
 * what one opening has shown, the next one shows too.
 *
 * The last test takes the harness's own measure: with any one of the log's syncs swallowed, some seed must fail.
 *
 * POLYLOG_SEED replays one seed; POLYLOG_RUNS sets how many are run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimitError, PolylogError } from '../platform/errors.ts';
import { SimulatedCrash } from '../platform/simulated-disk.ts';
import { type SimulatedProcess, SimulatedWorld } from '../platform/simulated-platform.ts';
import type { SimulatedRandom } from '../platform/simulated-random.ts';
import { type EmbeddedLog, type LogOptions, openLog } from './embedded-log.ts';
import { type BulkFile, changesOf } from './log.ts';

const DIRECTORY = '/data/log';
const LIVES_MAX = 5;
const STEPS_MAX = 60;
/** Each state must have been reached by so many seeds out of a thousand. */
const REACHED_LEAST = 20;

interface Committed {
	readonly bytes: Uint8Array;
	readonly files: readonly BulkFile[];
}

type State =
	| 'roll'
	| 'release'
	| 'cut'
	| 'cut with frames after'
	| 'spanning'
	| 'sync failure'
	| 'disk full'
	| 'power in operation'
	| 'power in recovery'
	| 'kill'
	| 'power'
	| 'bulk'
	| 'clean close';

/** One seed: the world, the log's lives in it, and what must be true of it. */
class History {
	readonly world: SimulatedWorld;
	readonly reached = new Set<State>();
	readonly #random: SimulatedRandom;
	readonly #options: LogOptions;
	/** What was decided, by offset; index 0 stays empty. */
	#decided: (Committed | null)[] = [null];
	/** The next opening must show everything up to here after a loss of power, or after a kill. */
	#onDisk = 0;
	#written = 0;
	#released = 0;

	constructor(seed: number) {
		this.world = new SimulatedWorld(seed);
		const random = this.world.random;
		this.#random = random;
		const { disk, clock } = this.world;
		disk.writeBackChance = random.pick([0, 0, 0.05, 0.5]);
		clock.backwardChance = random.pick([0, 0.1]);
		this.#options = { segmentBytes: random.pick([1024, 3000, 20_000]), frameBytesMax: random.pick([512, 1500, 60_000]), syncDelayMs: random.pick([0, 5, 500]) };
	}

	async run(): Promise<void> {
		this.world.start().files.makeDirectory('/data');
		this.#syncRoot();
		const lives = this.#random.between(2, LIVES_MAX);
		for (let life = 0; life < lives; life++) await this.#live(life === lives - 1);
	}

	/** The directory of the database is made, and made durable, by the floor above. */
	#syncRoot(): void {
		const swallow = this.world.disk.swallowSync;
		this.world.disk.swallowSync = null;
		this.world.disk.syncNames('/');
		this.world.disk.swallowSync = swallow;
		this.world.kill();
	}

	async #live(isLast: boolean): Promise<void> {
		const { world } = this;
		const random = this.#random;
		const process = world.start();
		if (!isLast && random.chance(0.3))
			world.disk.fault = { operation: world.disk.operationCount + random.below(random.pick([4, 40, 200])), kind: random.chance(0.7) ? 'power' : 'io' };
		world.disk.failSyncChance = !isLast && random.chance(0.15) ? 0.1 : 0;
		let log: EmbeddedLog | null = null;
		try {
			log = this.#open(process);
			await this.#work(process, log);
			if (random.chance(0.2)) await this.#close(log);
		} catch (error) {
			if (!(error instanceof SimulatedCrash) && !world.disk.isCrashed && !isExpected(error)) throw error;
			if (world.disk.isCrashed) this.reached.add(log === null ? 'power in recovery' : 'power in operation');
		}
		this.#end(log);
	}

	#open(process: SimulatedProcess): EmbeddedLog {
		const { log, cut } = openLog(process, DIRECTORY, this.#options);
		if (cut !== null) this.reached.add(cut.framesAfter > 0 ? 'cut with frames after' : 'cut');
		this.#checkRecovered(log);
		return log;
	}

	#checkRecovered(log: EmbeddedLog): void {
		const last = log.decidedOffset;
		const needed = Math.max(this.#written, this.#onDisk);
		assert.ok(last >= needed, `offset ${needed} was acknowledged, but the log ends at ${last}`);
		assert.ok(last < this.#decided.length, `the log ends at ${last}, but only ${this.#decided.length - 1} was decided`);
		this.#decided.length = last + 1;
		this.#onDisk = last;
		this.#written = last;
		assert.ok(log.firstOffset <= this.#released + 1, `offset ${log.firstOffset} is the first, but only ${this.#released} was released`);
		this.#checkContent(log);
		assert.deepEqual(log.verify(), []);
	}

	#checkContent(log: EmbeddedLog): void {
		let offset = this.#released;
		let timeUs = 0;
		for (const transaction of log.read(this.#released)) {
			offset++;
			assert.equal(transaction.offset, offset);
			const expected = this.#decided[offset]!;
			assert.ok(Buffer.from(expected.bytes).equals(changesOf(transaction)), `the changes of offset ${offset} differ`);
			assert.deepEqual(transaction.files, expected.files);
			assert.ok(transaction.timeUs > timeUs);
			assert.equal(transaction.catalogOffset, offset >> 1);
			timeUs = transaction.timeUs;
		}
		assert.equal(offset, log.decidedOffset);
	}

	async #work(process: SimulatedProcess, log: EmbeddedLog): Promise<void> {
		const random = this.#random;
		for (let steps = random.between(1, STEPS_MAX); steps > 0; steps--) {
			const choice = random.below(100);
			if (choice < 45) this.#append(log);
			else if (choice < 80) process.pump(true);
			else if (choice < 85) log.writeNow();
			else if (choice < 89) this.#syncNow(log);
			else if (choice < 93) this.#release(log);
			else if (choice < 96) this.#checkContent(log);
			else await process.idle();
			if (log.writtenOffset > this.#written) this.#written = log.writtenOffset;
			if (log.failure !== null) {
				this.reached.add('sync failure');
				assert.throws(() => this.#append(log), PolylogError);
				return;
			}
		}
	}

	#append(log: EmbeddedLog): void {
		const random = this.#random;
		const bytes = random.bytes(random.pick([0, 1, 20, 100, random.below(600), random.below(3000)]));
		const files = random.chance(0.1) ? [{ name: `bulk-${random.below(100)}`, bytes: random.below(1 << 30), hash: 'c0ffee' }] : [];
		if (random.chance(0.05)) this.world.disk.capacityBytes = this.world.disk.usedBytes + random.below(200);
		const expected = log.decidedOffset + 1;
		let decided: { offset: number };
		try {
			decided = log.append(bytes, bytes.length, expected >> 1, files);
		} catch (error) {
			if (!(error instanceof LimitError)) throw error;
			this.reached.add('disk full');
			assert.equal(log.decidedOffset, expected - 1);
			assert.equal(log.failure, null);
			this.world.disk.capacityBytes = Number.POSITIVE_INFINITY;
			decided = log.append(bytes, bytes.length, expected >> 1, files);
		}
		const { offset } = decided;
		assert.equal(offset, expected);
		this.#decided[offset] = { bytes, files };
		if (files.length > 0) this.reached.add('bulk');
		if (bytes.length > this.#options.frameBytesMax!) this.reached.add('spanning');
		if (random.chance(0.7)) log.whenDurable(offset, 'disk', (error) => this.#acknowledge(log, offset, error));
		if (random.chance(0.2)) log.whenDurable(offset, 'os', (error) => assert.ok(error !== null || log.writtenOffset >= offset));
	}

	#acknowledge(log: EmbeddedLog, offset: number, error: Error | null): void {
		if (this.world.disk.isCrashed) return;
		if (error !== null) {
			assert.equal((error as PolylogError).code, 'outcome-unknown');
			assert.notEqual(log.failure, null);
			return;
		}
		assert.ok(log.syncedOffset >= offset);
		this.#onDisk = Math.max(this.#onDisk, offset);
	}

	#syncNow(log: EmbeddedLog): void {
		log.syncNow();
		assert.equal(log.syncedOffset, log.decidedOffset);
		this.#onDisk = log.decidedOffset;
	}

	#release(log: EmbeddedLog): void {
		const upTo = this.#random.between(this.#released, Math.max(this.#released, log.syncedOffset));
		this.#released = upTo;
		if (log.statistics().segments > 1) this.reached.add('roll');
		const before = log.firstOffset;
		log.release(upTo);
		if (log.firstOffset > before) this.reached.add('release');
	}

	async #close(log: EmbeddedLog): Promise<void> {
		await log.close();
		if (log.failure !== null) return;
		this.#onDisk = log.decidedOffset;
		this.reached.add('clean close');
	}

	#end(log: EmbeddedLog | null): void {
		const { disk } = this.world;
		disk.capacityBytes = Number.POSITIVE_INFINITY;
		if (log !== null) this.#written = Math.max(this.#written, Math.min(log.writtenOffset, this.#decided.length - 1));
		// When the power failed in the middle of an operation, the process cannot be all that ends.
		const isKill = !disk.isCrashed && this.#random.chance(0.3);
		this.reached.add(isKill ? 'kill' : 'power');
		if (isKill) this.world.kill();
		else {
			this.#written = this.#onDisk;
			this.world.crash();
		}
	}
}

/** Errors that a life may end with: what the harness itself brought about. */
function isExpected(error: unknown): boolean {
	return (
		error instanceof PolylogError &&
		(error.code === 'log-failed' || error.code === 'outcome-unknown' || (error.code === 'io' && error.message.includes('simulated')))
	);
}

async function runSeed(seed: number): Promise<History> {
	const history = new History(seed);
	try {
		await history.run();
	} catch (error) {
		const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
		throw new Error(`seed ${seed} failed (replay with POLYLOG_SEED=${seed} node --test dist/log/log-crash.test.js): ${text}`, { cause: error });
	}
	return history;
}

test('acknowledged commits survive, whole and in order, whatever the disk loses', async () => {
	const only = process.env.POLYLOG_SEED;
	const runs = only !== undefined ? 1 : Number(process.env.POLYLOG_RUNS ?? 3000);
	const first = only !== undefined ? Number(only) : 1;
	const reached = new Map<State, number>();
	for (let seed = first; seed < first + runs; seed++) {
		const history = await runSeed(seed);
		for (const state of history.reached) reached.set(state, (reached.get(state) ?? 0) + 1);
	}
	if (runs < 1000) return;
	const states: State[] = [
		'roll',
		'release',
		'cut',
		'cut with frames after',
		'spanning',
		'sync failure',
		'disk full',
		'power in operation',
		'power in recovery',
		'kill',
		'power',
		'bulk',
		'clean close',
	];
	for (const state of states) assert.ok((reached.get(state) ?? 0) >= REACHED_LEAST, `only ${reached.get(state) ?? 0} seeds reached "${state}"`);
});

/** The line of the log's code that asked for the sync. */
function callSite(): string {
	const lines = (new Error().stack ?? '').split('\n');
	const line = lines.find((one) => one.includes('/log/') && !one.includes('.test.js'));
	return line?.replace(/^.*\/log\//, '').replace(/:\d+\)?$/, '') ?? 'unknown';
}

test('with any one sync of the log removed, some seed fails', { skip: process.env.POLYLOG_SEED !== undefined }, async () => {
	const sites = new Set<string>();
	for (let seed = 1; seed <= 40; seed++) {
		const history = new History(seed);
		history.world.disk.swallowSync = (_, kind) => {
			sites.add(`${callSite()} ${kind}`);
			return false;
		};
		await history.run();
	}
	assert.ok(sites.size >= 5, `only ${sites.size} places sync: ${[...sites].join(', ')}`);
	for (const site of sites) assert.ok(await someSeedFails(site), `no seed noticed that ${site} was removed`);
});

async function someSeedFails(site: string): Promise<boolean> {
	for (let seed = 1; seed <= 1500; seed++) {
		const history = new History(seed);
		history.world.disk.swallowSync = (_, kind) => `${callSite()} ${kind}` === site;
		try {
			await history.run();
		} catch {
			return true;
		}
	}
	return false;
}
