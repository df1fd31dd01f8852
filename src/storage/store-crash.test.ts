/**
 * Keyspaces on the simulated disk: random histories in which power fails, processes are killed, operations fail and the disk
 * runs full, again during recovery. The log is the harness's own and perfect: after a crash it holds everything that was
 * durable and perhaps a little more; what came after is lost, and its offsets are given to other commits.
 *
 * What must hold after every restart: the store holds exactly what the log says; what it once reported as applied (so that
 * the log could be released) it still has; its files pass `verify`.
 *
 * `POLYLOG_SEED` replays one seed, `POLYLOG_RUNS` sets how many run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../platform/errors.ts';
import { SimulatedCrash } from '../platform/simulated-disk.ts';
import { microtasks, type SimulatedProcess, SimulatedWorld } from '../platform/simulated-platform.ts';
import type { SimulatedRandom } from '../platform/simulated-random.ts';
import { KeyspaceStore } from './keyspace-store.ts';
import type { KeyspaceStoreOptions } from './keyspace-store-options.ts';
import type { EngineName } from './manifest.ts';

const DIRECTORY = '/db';
const RUNS = 240;
const LIVES = 6;
/** Each keyspace gets one of them. */
const ENGINES: readonly EngineName[] = ['lsm', 'btree', 'hash', 'columnar'];

type Step =
	| { readonly kind: 'puts'; readonly entries: readonly { readonly id: number; readonly key: string; readonly value: string | null }[] }
	| {
			readonly kind: 'bulk';
			readonly id: number;
			readonly entries: ReadonlyMap<string, string>;
			readonly files: readonly { name: string; bytes: number; hash: string }[];
	  }
	| { readonly kind: 'range'; readonly id: number; readonly lower: string; readonly upper: string }
	| { readonly kind: 'create'; readonly id: number; readonly engine: EngineName }
	| { readonly kind: 'drop'; readonly id: number };

export interface Reached {
	flushes: number;
	compactions: number;
	moves: number;
	hashFlushes: number;
	treeFlushes: number;
	treeRewrites: number;
	merges: number;
	columnFlushes: number;
	columnMerges: number;
	bulks: number;
	rangesRemoved: number;
	drops: number;
	powerCuts: number;
	kills: number;
	crashesInRecovery: number;
	faults: number;
}

/** One machine, its perfect log, and the lives of the process on it. */
class Machine {
	readonly world: SimulatedWorld;
	readonly random: SimulatedRandom;
	readonly reached: Reached;
	readonly options: KeyspaceStoreOptions;
	/** Commit at offset i + 1. */
	readonly log: Step[] = [];
	durable = 0;
	/** The highest `appliedOffset` ever seen: the log below it may be gone. */
	released = 0;
	nextId = 1;
	process!: SimulatedProcess;
	store!: KeyspaceStore;

	constructor(seed: number, reached: Reached) {
		this.world = new SimulatedWorld(seed);
		this.random = this.world.random;
		this.reached = reached;
		const random = this.random;
		this.options = {
			memtableBytes: random.pick([6000, 20_000, 200_000]),
			pinnedBytes: 1 << 30,
			blockBytes: random.pick([64, 256, 4096]),
			largeValueBytes: random.pick([0, 1, 12, 2048]),
			sstableBytes: random.pick([1024, 4096, 1 << 20]),
			indexPartBytes: seed % 2 === 0 ? 32 : 1 << 14,
			levelBytes: random.pick([1024, 8192]),
			levelFactor: 2,
			level0Files: random.between(1, 4),
			compactionOf: (id) => ((id + seed) % 3 === 0 ? 'tiered' : 'levelled'),
			pageBytes: random.pick([512, 4096]),
			hashSliceEntries: random.pick([1, 7, 1000]),
			cacheBytes: random.pick([1, 10_000, 1 << 20]),
			openFilesMax: 4,
			requestSync: () => this.process.timers.soon(() => this.syncLog()),
			syncNow: () => this.syncLog(),
		};
		this.world.disk.writeBackChance = random.pick([0, 0.1]);
	}

	syncLog(): void {
		this.durable = this.log.length;
		this.store.setDurable(this.durable);
	}

	/** Starts a process and recovers; the power may fail meanwhile. */
	async open(): Promise<void> {
		for (let attempt = 0; ; attempt++) {
			this.process = this.world.start();
			if (attempt < 3 && this.random.chance(0.3)) this.planFault(['power'], 30);
			try {
				this.recover();
				// What was started in the background may have met it unseen.
				if (this.world.disk.isCrashed) throw new SimulatedCrash();
				this.world.disk.fault = null;
				break;
			} catch (error) {
				if (!(error instanceof SimulatedCrash)) throw error;
				this.reached.crashesInRecovery++;
				this.world.crash();
			}
		}
		this.check();
		assert.deepEqual(this.store.verify(), []);
	}

	recover(): void {
		// As the log does: what survived is synced before it is read.
		this.durable = this.log.length;
		this.store = KeyspaceStore.open(this.process, DIRECTORY, this.options);
		const start = this.store.appliedOffset;
		assert.ok(start >= this.released, `applied up to ${start}, but ${this.released} was reported and released`);
		assert.ok(start <= this.durable, `applied up to ${start}, but only ${this.durable} is durable`);
		const live = this.liveAt(start);
		for (const [id, engine] of live) this.store.create(id, engine);
		for (let offset = start + 1; offset <= this.log.length; offset++) this.apply(offset, true);
		this.store.finishRecovery(new Set(this.liveAt(this.log.length).keys()));
		this.syncLog();
	}

	liveAt(offset: number): Map<number, EngineName> {
		const live = new Map<number, EngineName>();
		for (const step of this.log.slice(0, offset)) {
			if (step.kind === 'create') live.set(step.id, step.engine);
			else if (step.kind === 'drop') live.delete(step.id);
		}
		return live;
	}

	apply(offset: number, isReplay: boolean): void {
		const step = this.log[offset - 1]!;
		if (step.kind === 'create') {
			this.store.create(step.id, step.engine);
		} else if (step.kind === 'drop') {
			this.store.drop(step.id, offset);
			if (!isReplay) this.reached.drops++;
		} else if (step.kind === 'bulk') {
			if (this.store.has(step.id)) this.store.ingest(step.id, step.files, offset);
		} else if (step.kind === 'range') {
			this.store.removeRange(step.id, { lower: Buffer.from(step.lower, 'latin1'), upper: Buffer.from(step.upper, 'latin1') }, offset);
		} else {
			for (const { id, key, value } of step.entries) {
				if (!this.store.needsReplay(id, offset)) continue;
				const bytes = Buffer.from(key, 'latin1');
				const valueBytes = value === null ? null : Buffer.from(value, 'latin1');
				this.store.keyspace(id).put(bytes, 0, bytes.length, valueBytes, 0, valueBytes?.length ?? 0, offset);
			}
		}
		this.store.setApplied(offset);
	}

	/** The store holds what the log says, no more and no less. */
	check(): void {
		const expected = new Map<number, Map<string, string>>();
		for (const step of this.log) {
			if (step.kind === 'create') expected.set(step.id, new Map());
			else if (step.kind === 'drop') expected.delete(step.id);
			else if (step.kind === 'bulk') for (const [key, value] of step.entries) expected.get(step.id)!.set(key, value);
			else if (step.kind === 'range') {
				for (const key of expected.get(step.id)!.keys()) if (key >= step.lower && key < step.upper) expected.get(step.id)!.delete(key);
			} else {
				for (const { id, key, value } of step.entries) {
					if (value === null) expected.get(id)!.delete(key);
					else expected.get(id)!.set(key, value);
				}
			}
		}
		for (const [id, entries] of expected) {
			const cursor = this.store.keyspace(id).cursor(null, null, false, this.log.length);
			const found: [string, string][] = [];
			while (cursor.next()) {
				found.push([
					Buffer.from(cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd)).toString('latin1'),
					Buffer.from(cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd)).toString('latin1'),
				]);
			}
			cursor.close();
			// Engines without order enumerate.
			assert.deepEqual(this.store.keyspace(id).abilities.ordered ? found : found.sort(), [...entries].sort());
		}
	}

	/** One life: work until something ends it. */
	async live(): Promise<void> {
		const { random } = this;
		const { disk } = this.world;
		if (random.chance(0.5)) this.planFault(['io', 'full', 'power'], 150);
		disk.failSyncChance = random.pick([0, 0, 0.05]);
		try {
			for (let left = random.between(5, 80); left > 0; left--) {
				await this.work();
				this.released = Math.max(this.released, this.store.appliedOffset);
			}
		} catch (error) {
			if (!(error instanceof SimulatedCrash)) throw error;
		}
		const statistics = this.store.statistics();
		for (const counter of [
			'flushes',
			'compactions',
			'moves',
			'hashFlushes',
			'treeFlushes',
			'treeRewrites',
			'merges',
			'columnFlushes',
			'columnMerges',
			'rangesRemoved',
		] as const)
			this.reached[counter] += statistics[counter] ?? 0;
		disk.failSyncChance = 0;
		disk.fault = null;
		if (disk.isCrashed || random.chance(0.6)) {
			this.reached.powerCuts++;
			this.world.crash();
			// The log keeps what is durable, and sometimes more.
			this.log.length = random.between(this.durable, this.log.length);
		} else {
			this.reached.kills++;
			this.world.kill();
		}
		await microtasks();
	}

	async work(): Promise<void> {
		const { random } = this;
		const choice = random.below(100);
		if (choice < 40) this.commitPuts();
		else if (choice < 43) this.commitBulk();
		else if (choice < 45) this.commitRange();
		else if (choice < 48) this.commitKeyspace();
		else if (choice < 60) this.syncLog();
		else if (choice < 90) this.process.pump(choice < 70);
		else if (choice < 94) this.store.checkpoint().catch(expectFailureOrCrash);
		else if (choice < 96) this.tolerate(() => this.store.checkpointNow());
		else if (choice < 98) this.tolerate(() => this.store.relieveNow());
		else this.check();
		await microtasks();
	}

	/** Calls what may meet a planned fault. */
	tolerate(call: () => void): boolean {
		try {
			call();
			return true;
		} catch (error) {
			expectFailure(error);
			this.reached.faults++;
			return false;
		}
	}

	commit(step: Step): void {
		this.log.push(step);
		this.apply(this.log.length, false);
	}

	commitPuts(): void {
		const { random } = this;
		const ids = [...this.liveAt(this.log.length).keys()];
		if (ids.length === 0) return;
		const entries = Array.from({ length: random.between(1, 12) }, () => ({
			id: random.pick(ids),
			key: this.key(),
			value: random.chance(0.2) ? null : 'v'.repeat(random.below(random.chance(0.05) ? 4000 : 60)) + this.log.length,
		}));
		this.commit({ kind: 'puts', entries });
	}

	commitBulk(): void {
		const { random } = this;
		const ids = [...this.liveAt(this.log.length).keys()];
		if (ids.length === 0) return;
		const entries = new Map(Array.from({ length: random.between(1, 60) }, () => [this.key(), `bulk ${this.log.length}`]));
		this.tolerate(() => {
			const builder = this.store.bulkBuilder({ sortBytes: 2000 });
			for (const [key, value] of entries) {
				const bytes = Buffer.from(key, 'latin1');
				const valueBytes = Buffer.from(value, 'latin1');
				builder.add(bytes, 0, bytes.length, valueBytes, 0, valueBytes.length);
			}
			const files = builder.finish();
			this.reached.bulks++;
			this.commit({ kind: 'bulk', id: random.pick(ids), entries, files });
		});
	}

	commitRange(): void {
		const ids = [...this.liveAt(this.log.length).keys()].filter((id) => this.store.keyspace(id).abilities.removesRanges);
		if (ids.length === 0) return;
		const [lower, upper] = [this.key(), this.key()].sort() as [string, string];
		this.commit({ kind: 'range', id: this.random.pick(ids), lower, upper });
	}

	commitKeyspace(): void {
		const ids = [...this.liveAt(this.log.length).keys()];
		if (ids.length > 3) this.commit({ kind: 'drop', id: this.random.pick(ids) });
		else this.commit({ kind: 'create', id: this.nextId++, engine: this.random.pick(ENGINES) });
	}

	key(): string {
		return this.random.chance(0.5) ? `key ${this.random.below(60)}` : String.fromCharCode(this.random.below(256), this.random.below(3));
	}

	planFault(kinds: readonly ('io' | 'full' | 'power')[], within: number): void {
		this.world.disk.fault = { operation: this.world.disk.operationCount + this.random.below(within), kind: this.random.pick(kinds) };
	}
}

function expectFailure(error: unknown): void {
	if (error instanceof SimulatedCrash) throw error;
	assert.ok(error instanceof PolylogError && error.code !== 'invariant' && error.code !== 'corruption', String(error));
}

function expectFailureOrCrash(error: unknown): void {
	if (!(error instanceof SimulatedCrash)) expectFailure(error);
}

async function runSeed(seed: number, reached: Reached, prepare?: (machine: Machine) => void): Promise<void> {
	const machine = new Machine(seed, reached);
	prepare?.(machine);
	await machine.open();
	machine.commit({ kind: 'create', id: machine.nextId++, engine: ENGINES[seed % ENGINES.length]! });
	for (let life = 0; life < LIVES; life++) {
		await machine.live();
		await machine.open();
	}
}

function nothingReached(): Reached {
	return {
		flushes: 0,
		compactions: 0,
		moves: 0,
		hashFlushes: 0,
		treeFlushes: 0,
		treeRewrites: 0,
		merges: 0,
		columnFlushes: 0,
		columnMerges: 0,
		bulks: 0,
		rangesRemoved: 0,
		drops: 0,
		powerCuts: 0,
		kills: 0,
		crashesInRecovery: 0,
		faults: 0,
	};
}

test('after any crash the store and the log together hold exactly what was committed', async () => {
	const chosen = process.env.POLYLOG_SEED;
	const first = chosen === undefined ? 1 : Number(chosen);
	const runs = chosen === undefined ? Number(process.env.POLYLOG_RUNS ?? RUNS) : 1;
	const reached = nothingReached();
	for (let seed = first; seed < first + runs; seed++) {
		try {
			await runSeed(seed, reached);
		} catch (error) {
			const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
			throw new Error(`seed ${seed} (replay with POLYLOG_SEED=${seed}): ${text}`, { cause: error });
		}
	}
	if (chosen === undefined) for (const [state, count] of Object.entries(reached)) assert.ok(count >= 20, `${state} was reached only ${count} times`);
});

test('leaving out any kind of sync is noticed', async () => {
	const kinds: [string, (path: string, kind: string) => boolean][] = [
		['files of sstables', (path, kind) => path.endsWith('.sst') && kind !== 'directory'],
		['B-trees', (path, kind) => path.endsWith('.btree') && kind !== 'directory'],
		['segments', (path, kind) => path.endsWith('.hash') && kind !== 'directory'],
		['the manifest', (path, kind) => path.endsWith('/manifest') && kind !== 'directory'],
		['a new manifest', (path) => path.endsWith('/manifest.new')],
		['the directory', (path, kind) => path === DIRECTORY && kind === 'directory'],
	];
	for (const [name, swallow] of kinds) {
		let isNoticed = false;
		for (let seed = 1; seed <= 100 && !isNoticed; seed++) {
			try {
				await runSeed(seed, nothingReached(), (machine) => {
					machine.world.disk.swallowSync = swallow;
				});
			} catch {
				isNoticed = true;
			}
		}
		assert.ok(isNoticed, `no seed fails without the sync of ${name}`);
	}
});
