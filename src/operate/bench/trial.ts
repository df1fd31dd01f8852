/**
 * One trial: a new database with one keyspace of one engine is loaded, worked on in an open or a closed loop, measured, closed and
 * opened again.
 *
 * Counting begins when the load has been checkpointed, and ends with a checkpoint after the work, so the bytes written hold
 * everything that the work caused up to then. What goes to files is what the engines and the log say that they wrote;
 * reads from files are counted where they are made. Memory is that of the whole process, less what it had before the database was opened.
 */
import type { Database } from '../../database/embedded/database.ts';
import type { BatchOperation, KeyspaceEngine, KeyspaceHandle } from '../../database/embedded/keyspace.ts';
import { openDatabase } from '../../database/open.ts';
import type { Durability } from '../../log/log.ts';
import { memoryPlatform } from '../../platform/memory-platform.ts';
import type { Platform } from '../../platform/platform.ts';
import { realPlatform } from '../../platform/real-platform.ts';
import { countingPlatform, directoryBytes, type ReadCounts } from './counting-files.ts';
import { KeyspaceWork } from './keyspace-work.ts';
import type { HistogramBuckets } from './latency-histogram.ts';
import { OperationStream } from './operation-stream.ts';
import { type PaceResult, runClosedLoop, runOpenLoop } from './pacing.ts';
import { RecordMaker } from './record-maker.ts';
import { OPERATION_KINDS, type OperationKind, type Workload } from './workload.ts';

/** How the work is paced: `rate` operations a second, or up to `inFlight` at a time. */
export type Pace = { readonly kind: 'open'; readonly rate: number } | { readonly kind: 'closed'; readonly inFlight: number };

export interface TrialSettings {
	readonly durability: Durability;
	/** Null: the database's default. */
	readonly cacheBytes: number | null;
	readonly memoryBytes: number | null;
	readonly compression: 'none' | 'lz4';
	/** Of the recorded part. */
	readonly seconds: number;
	readonly warmUpSeconds: number;
}

export interface Trial {
	readonly engine: KeyspaceEngine;
	readonly workload: Workload;
	readonly pace: Pace;
	readonly settings: TrialSettings;
	readonly seed: number;
}

export interface TrialResult {
	readonly engine: KeyspaceEngine;
	readonly pace: Pace;
	readonly operations: number;
	readonly operationsPerSecond: number;
	readonly isOverloaded: boolean;
	readonly backlog: number;
	readonly latencies: { readonly [kind in OperationKind]?: HistogramBuckets };
	readonly loadedPerSecond: number;
	/** Keys and values that the work gave to be written, and bytes written into the log and into the engine's files for them. */
	readonly givenBytes: number;
	readonly logWrittenBytes: number;
	readonly storeWrittenBytes: number;
	/** Reads of the recorded part: operations, reads from files, their bytes, and bytes of the records found. */
	readonly readOperations: number;
	readonly fileReads: number;
	readonly fileReadBytes: number;
	readonly returnedBytes: number;
	/** At the end: bytes of keys and values, of the engine's files, of the log. */
	readonly liveBytes: number;
	readonly storeBytes: number;
	readonly logBytes: number;
	/** Most memory of the process above what it had before the database was opened. */
	readonly memoryBytes: number;
	/** Time from the call of `open` after a clean close to the first value read. */
	readonly openMs: number;
}

const LOAD_BATCH = 1000;
const SAMPLE_MS = 50;
const LOOK_MS = 20;
const QUIET_LOOKS = 5;
const SETTLE_LOOKS_MAX = 1500;
const KEYSPACE = 'bench';
export const MEMORY_DIRECTORY = ':memory:';

interface Stage {
	readonly platform: Platform;
	readonly directory: string;
	readonly counts: ReadCounts;
}

/** Runs a trial in this thread and closes `real`, the outside world. `directory` must not exist; ':memory:' keeps files in memory. It is left behind. */
export async function runTrial(trial: Trial, directory: string, real: Platform = realPlatform()): Promise<TrialResult> {
	const isInMemory = directory === MEMORY_DIRECTORY;
	const counts: ReadCounts = { reads: 0, bytes: 0 };
	// The platform outlives the database that is closed and opened again.
	const lasting: Platform = { ...countingPlatform(isInMemory ? memoryPlatform(real) : real, counts), close: async () => undefined };
	try {
		return await runStaged(trial, { platform: lasting, directory: isInMemory ? '/memory' : directory, counts });
	} finally {
		await real.close();
	}
}

async function runStaged(trial: Trial, stage: Stage): Promise<TrialResult> {
	const { engine, workload, pace, seed } = trial;
	const { clock, files } = stage.platform;
	const memory = new MemoryWatch();
	const db = await openStage(trial, stage);
	const maker = new RecordMaker(workload, seed);
	const before = { readOperations: 0, returnedBytes: 0, fileReads: 0, fileReadBytes: 0 };
	const work: KeyspaceWork = new KeyspaceWork(db.keyspace(KEYSPACE, { engine }), workload, new OperationStream(workload, seed), maker, () => {
		Object.assign(before, readTotals(work, stage.counts));
		memory.sample();
	});
	const loadedPerSecond = await load(db.keyspace(KEYSPACE, { engine }), work, maker, workload.keys, stage.platform, memory);
	await db.checkpoint();
	await settle(db, stage.platform);
	const loaded = writtenTotals(db);
	const paced = await paceWork(trial, work, stage.platform, memory);
	const after = readTotals(work, stage.counts);
	await db.checkpoint();
	const done = writtenTotals(db);
	memory.sample();
	const measured = {
		givenBytes: work.writtenBytes,
		logWrittenBytes: done.log - loaded.log,
		storeWrittenBytes: done.store - loaded.store,
		readOperations: after.readOperations - before.readOperations,
		fileReads: after.fileReads - before.fileReads,
		fileReadBytes: after.fileReadBytes - before.fileReadBytes,
		returnedBytes: after.returnedBytes - before.returnedBytes,
		liveBytes: work.liveBytes,
		storeBytes: directoryBytes(files, `${stage.directory}/store`),
		logBytes: directoryBytes(files, `${stage.directory}/log`),
		memoryBytes: memory.growthBytes,
	};
	await db.close();
	const openMs = await timeOpening(trial, stage, maker, clock.monotonicMs());
	return { engine, pace, ...summaryOf(paced), loadedPerSecond, ...measured, openMs };
}

function openStage({ settings }: Trial, { platform, directory }: Stage): Promise<Database> {
	const { durability, cacheBytes, memoryBytes, compression } = settings;
	return openDatabase(directory, {
		platform,
		durability,
		compression,
		...(cacheBytes === null ? {} : { cacheBytes }),
		...(memoryBytes === null ? {} : { memoryBytes }),
	});
}

async function timeOpening(trial: Trial, stage: Stage, maker: RecordMaker, startMs: number): Promise<number> {
	const db = await openStage(trial, stage);
	db.keyspace(KEYSPACE).get(maker.key(0));
	const openMs = stage.platform.clock.monotonicMs() - startMs;
	await db.close();
	return openMs;
}

/** Loads the records in the order of their numbers; returns how many a second. */
async function load(keyspace: KeyspaceHandle, work: KeyspaceWork, maker: RecordMaker, count: number, platform: Platform, memory: MemoryWatch): Promise<number> {
	const { clock, timers } = platform;
	const startMs = clock.monotonicMs();
	for (let first = 0; first < count; first += LOAD_BATCH) {
		const operations: BatchOperation[] = [];
		for (let number = first; number < Math.min(count, first + LOAD_BATCH); number++) {
			operations.push({ type: 'put', key: maker.key(number).slice(), value: maker.value(number) });
			work.loaded(number);
		}
		await keyspace.batch(operations);
		await new Promise<void>((resolve) => timers.soon(resolve));
		memory.sampleAt(clock.monotonicMs());
	}
	return (count * 1000) / Math.max(1e-3, clock.monotonicMs() - startMs);
}

/** Waits until nothing has been done in the background for a while, but not for ever: what the load left behind is not the work's. */
async function settle(db: Database, { timers }: Platform): Promise<void> {
	let quiet = 0;
	for (let look = 0; quiet < QUIET_LOOKS && look < SETTLE_LOOKS_MAX; look++) {
		await new Promise<void>((resolve) => void timers.after(LOOK_MS, resolve));
		quiet = (db.statistics()['store']?.['runningTasks'] ?? 0) > 0 ? 0 : quiet + 1;
	}
}

function paceWork({ pace, settings }: Trial, work: KeyspaceWork, { clock, timers }: Platform, memory: MemoryWatch): Promise<PaceResult> {
	const sampling = {
		after: timers.after.bind(timers),
		soon(callback: () => void): void {
			memory.sampleAt(clock.monotonicMs());
			timers.soon(callback);
		},
	};
	const options = { clock, timers: sampling, kinds: OPERATION_KINDS.length, seconds: settings.seconds, warmUpSeconds: settings.warmUpSeconds };
	return pace.kind === 'open' ? runOpenLoop(work, pace.rate, options) : runClosedLoop(work, pace.inFlight, options);
}

function readTotals(work: KeyspaceWork, counts: ReadCounts) {
	return { readOperations: work.reads, returnedBytes: work.returnedBytes, fileReads: counts.reads, fileReadBytes: counts.bytes };
}

function writtenTotals(db: Database): { log: number; store: number } {
	const { log, store } = db.statistics();
	return { log: log?.['bytesWritten'] ?? 0, store: store?.['bytesWritten'] ?? 0 };
}

function summaryOf({ latencies, operations, seconds, isOverloaded, backlog }: PaceResult) {
	const byKind: { [kind in OperationKind]?: HistogramBuckets } = {};
	OPERATION_KINDS.forEach((kind, at) => {
		const histogram = latencies[at] ?? null;
		if (histogram !== null) byKind[kind] = histogram.toBuckets();
	});
	return { operations, operationsPerSecond: operations / Math.max(1e-6, seconds), isOverloaded, backlog, latencies: byKind };
}

/** The process' resident memory above what it was at first. */
class MemoryWatch {
	readonly #firstBytes = process.memoryUsage.rss();
	#mostBytes = 0;
	#sampledMs = Number.NEGATIVE_INFINITY;

	sample(): void {
		this.#mostBytes = Math.max(this.#mostBytes, process.memoryUsage.rss());
	}

	/** Samples at most every so often. */
	sampleAt(nowMs: number): void {
		if (nowMs - this.#sampledMs < SAMPLE_MS) return;
		this.#sampledMs = nowMs;
		this.sample();
	}

	get growthBytes(): number {
		return Math.max(0, this.#mostBytes - this.#firstBytes);
	}
}
