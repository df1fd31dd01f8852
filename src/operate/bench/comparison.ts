/**
 * The same workload on several engines, by turns: each round runs a trial on each engine, in an order that turns from round to round,
 * so that what else the machine does meets all of them. First come rounds in a closed loop, which say how much an engine can do; then
 * rounds in an open loop at one rate for all, which say how long an operation takes at a load that all can bear.
 *
 * Figures are medians of the rounds, with their least and greatest. A difference counts when the ranges of two engines do not overlap.
 *
 * An engine without ranges does the other operations of the mix in their proportions; its throughput is then of another mix, and says so.
 */
import type { KeyspaceEngine } from '../../database/embedded/keyspace.ts';
import { ENGINE_ABILITIES } from '../../storage/engine-abilities.ts';
import { type HistogramBuckets, LatencyHistogram } from './latency-histogram.ts';
import type { Pace, Trial, TrialResult, TrialSettings } from './trial.ts';
import { OPERATION_KINDS, type OperationKind, type Workload, withoutRanges } from './workload.ts';

export interface ComparisonPlan {
	readonly engines: readonly KeyspaceEngine[];
	readonly workload: Workload;
	readonly settings: TrialSettings;
	/** Of the closed loop. */
	readonly inFlight: number;
	/** Operations a second of the open loop; 'auto': a third of what the slowest engine did in the closed loop; 'none': no open loop. */
	readonly rate: number | 'auto' | 'none';
	readonly rounds: number;
	readonly seed: number;
}

/** One value a round. */
export interface Figure {
	readonly median: number;
	readonly least: number;
	readonly most: number;
	readonly rounds: readonly number[];
}

export interface LoopFigures {
	readonly operationsPerSecond: Figure;
	/** Of all operations together. */
	readonly p99Ns: Figure;
	/** Of all rounds together. */
	readonly latencies: { readonly [kind in OperationKind]?: HistogramBuckets };
	/** Rounds in which the engine fell behind the rate. */
	readonly overloadedRounds: number;
}

export interface EngineFigures {
	readonly engine: KeyspaceEngine;
	/** The mix has ranges and this engine has none: it did the rest. */
	readonly lacksRanges: boolean;
	readonly closed: LoopFigures;
	/** Null without an open loop. */
	readonly open: LoopFigures | null;
	readonly loadedPerSecond: Figure;
	// Amplification and sizes are those of the closed loop, which does most.
	/** Bytes written into files for a byte given; null when the mix writes nothing. */
	readonly writeAmplification: Figure | null;
	/** Keys and values given to be written. */
	readonly givenBytes: Figure;
	/** Bytes read from files for a byte found, and reads of files for each operation that reads; null when the mix reads nothing. */
	readonly readAmplification: Figure | null;
	readonly fileReadsPerRead: Figure | null;
	/** Bytes of the engine's files for a byte of live records. */
	readonly spaceAmplification: Figure;
	readonly liveBytes: Figure;
	readonly logBytes: Figure;
	readonly memoryBytes: Figure;
	readonly openMs: Figure;
}

export interface Comparison {
	readonly plan: ComparisonPlan;
	/** Of the open loop; null without. */
	readonly rate: number | null;
	readonly engines: readonly EngineFigures[];
	/** Engines that can do nothing of the mix. */
	readonly unable: readonly KeyspaceEngine[];
}

/** Half of the database's default memory for recent writes: so much is gathered before it is written out. */
const GATHERED_BYTES = 32 * 2 ** 20;

/** How many bytes must be given before they are written out for want of memory, not for the checkpoint at the end. */
export function gatheredBytes({ settings: { memoryBytes } }: ComparisonPlan): number {
	return memoryBytes === null ? GATHERED_BYTES : memoryBytes / 2;
}

/** Whether enough was written for write amplification to be that of a sustained load. */
export function isWritingSustained({ plan, engines }: Comparison): boolean {
	return engines.every(({ givenBytes }) => givenBytes.median >= gatheredBytes(plan));
}

export type TrialRunner = (trial: Trial) => Promise<TrialResult>;

/** Runs all trials; `onProgress` is told how many of how many are done. */
export async function compareEngines(
	plan: ComparisonPlan,
	run: TrialRunner,
	onProgress: (done: number, total: number) => void = () => undefined,
): Promise<Comparison> {
	const able = plan.engines.filter((engine) => workloadFor(engine, plan.workload) !== null);
	const total = able.length * plan.rounds * (plan.rate === 'none' ? 1 : 2);
	const results: TrialResult[] = [];
	const rounds = async (pace: Pace): Promise<TrialResult[]> => {
		const done: TrialResult[] = [];
		for (let round = 0; round < plan.rounds; round++) {
			for (let turn = 0; turn < able.length; turn++) {
				const engine = able[(turn + round) % able.length]!;
				const trial = { engine, workload: workloadFor(engine, plan.workload)!, pace, settings: plan.settings, seed: plan.seed + round };
				done.push(await run(trial));
				results.push(done.at(-1)!);
				onProgress(results.length, total);
			}
		}
		return done;
	};
	const closed = await rounds({ kind: 'closed', inFlight: plan.inFlight });
	const rate = able.length === 0 ? null : rateOf(plan, closed);
	const open = rate === null ? [] : await rounds({ kind: 'open', rate });
	const of = (from: readonly TrialResult[], engine: KeyspaceEngine) => from.filter((result) => result.engine === engine);
	return {
		plan,
		rate,
		engines: able.map((engine) => figuresOf(engine, plan.workload, of(closed, engine), of(open, engine))),
		unable: plan.engines.filter((engine) => !able.includes(engine)),
	};
}

function workloadFor(engine: KeyspaceEngine, workload: Workload): Workload | null {
	return ENGINE_ABILITIES[engine].ordered ? workload : withoutRanges(workload);
}

function rateOf({ rate }: ComparisonPlan, closed: readonly TrialResult[]): number | null {
	if (rate === 'none') return null;
	if (rate !== 'auto') return rate;
	const slowest = Math.min(...closed.map(({ operationsPerSecond }) => operationsPerSecond));
	// Two digits: a rate that a person would choose.
	const third = Math.max(1, slowest / 3);
	const unit = 10 ** Math.max(0, Math.floor(Math.log10(third)) - 1);
	return Math.max(1, Math.floor(third / unit) * unit);
}

function figuresOf(engine: KeyspaceEngine, workload: Workload, closed: readonly TrialResult[], open: readonly TrialResult[]): EngineFigures {
	const all = [...closed, ...open];
	return {
		engine,
		lacksRanges: workload.mix.range > 0 && !ENGINE_ABILITIES[engine].ordered,
		closed: loopFigures(closed),
		open: open.length === 0 ? null : loopFigures(open),
		loadedPerSecond: figure(all.map(({ loadedPerSecond }) => loadedPerSecond)),
		writeAmplification: ratios(
			closed,
			(result) => result.logWrittenBytes + result.storeWrittenBytes,
			(result) => result.givenBytes,
		),
		givenBytes: figure(closed.map((result) => result.givenBytes)),
		readAmplification: ratios(
			closed,
			(result) => result.fileReadBytes,
			(result) => result.returnedBytes,
		),
		fileReadsPerRead: ratios(
			closed,
			(result) => result.fileReads,
			(result) => result.readOperations,
		),
		spaceAmplification: figure(closed.map((result) => result.storeBytes / Math.max(1, result.liveBytes))),
		liveBytes: figure(closed.map((result) => result.liveBytes)),
		logBytes: figure(closed.map((result) => result.logBytes)),
		memoryBytes: figure(all.map((result) => result.memoryBytes)),
		openMs: figure(all.map((result) => result.openMs)),
	};
}

function loopFigures(results: readonly TrialResult[]): LoopFigures {
	return {
		operationsPerSecond: figure(results.map(({ operationsPerSecond }) => operationsPerSecond)),
		p99Ns: figure(results.map(({ latencies }) => merged(Object.values(latencies)).quantileNs(0.99))),
		latencies: latenciesOf(results),
		overloadedRounds: results.filter(({ isOverloaded }) => isOverloaded).length,
	};
}

function latenciesOf(results: readonly TrialResult[]): LoopFigures['latencies'] {
	const byKind: { [kind in OperationKind]?: HistogramBuckets } = {};
	for (const kind of OPERATION_KINDS) {
		const found = results.flatMap(({ latencies }) => (latencies[kind] === undefined ? [] : [latencies[kind]]));
		if (found.length > 0) byKind[kind] = merged(found).toBuckets();
	}
	return byKind;
}

function merged(histograms: readonly HistogramBuckets[]): LatencyHistogram {
	const all = new LatencyHistogram();
	for (const buckets of histograms) all.add(LatencyHistogram.fromBuckets(buckets));
	return all;
}

/** Of all kinds together. */
export function allLatencies({ latencies }: LoopFigures): LatencyHistogram {
	return merged(Object.values(latencies));
}

/** Null when there is nothing to divide by. */
function ratios(results: readonly TrialResult[], above: (result: TrialResult) => number, below: (result: TrialResult) => number): Figure | null {
	const found = results.filter((result) => below(result) > 0).map((result) => above(result) / below(result));
	return found.length === 0 ? null : figure(found);
}

/** What rounds gave, in one figure. */
export function figure(rounds: readonly number[]): Figure {
	const sorted = [...rounds].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
	return { median, least: sorted[0]!, most: sorted.at(-1)!, rounds };
}
