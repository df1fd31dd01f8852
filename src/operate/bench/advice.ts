/**
 * Which engine to take for a workload, from a comparison, and why, in words and figures.
 *
 * Engines that cannot do the whole mix are out; so are those that fell behind the rate, if another kept up. Of the rest the one with
 * the most operations a second is taken, if its rounds lie clear of those of the others. Between engines that are as good as equal the
 * first clear difference decides, in this order: latency at p99, bytes written, space; then the default engine.
 *
 * A difference is clear when the ranges of the rounds do not meet and the medians differ by a tenth or more.
 */
import type { KeyspaceEngine } from '../../database/embedded/keyspace.ts';
import { DEFAULT_ENGINE } from '../../storage/engine-abilities.ts';
import { type Comparison, type EngineFigures, type Figure, isWritingSustained } from './comparison.ts';
import { latencyLoop } from './comparison-rows.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { shownCount, shownDuration, shownFactor, shownSize } from './quantities.ts';
import { hasWrites, OPERATION_KINDS, shownShare } from './workload.ts';

export interface Advice {
	/** Null when none of the engines can do the mix. */
	readonly engine: KeyspaceEngine | null;
	/** The first sentence says which; the others why, at what price, and how far to trust it. */
	readonly words: readonly string[];
}

const CLEAR_FACTOR = 1.1;
/** Rounds that spread over more of their median are called noisy. */
const NOISY_SPREAD = 0.25;
const DEFAULT_CACHE_BYTES = 128 * 2 ** 20;

interface Measure {
	readonly name: string;
	readonly pick: (of: EngineFigures) => Figure | null;
	readonly shown: (value: number) => string;
	readonly isLessBetter: boolean;
	/** "It … 3.1 × as many bytes": what is said of the engine taken, with the factor for @. */
	readonly says: string;
}

const THROUGHPUT: Measure = {
	name: 'operations a second',
	pick: (of) => of.closed.operationsPerSecond,
	shown: shownCount,
	isLessBetter: false,
	says: 'does @ the operations a second',
};

const WRITTEN: Measure = { name: 'bytes written', pick: (of) => of.writeAmplification, shown: shownFactor, isLessBetter: true, says: 'writes @ the bytes' };

const PRICES: readonly Measure[] = [
	{ name: 'latency at p99', pick: (of) => latencyLoop(of).p99Ns, shown: shownDuration, isLessBetter: true, says: 'has @ the latency at p99' },
	WRITTEN,
	{ name: 'space', pick: (of) => of.spaceAmplification, shown: shownFactor, isLessBetter: true, says: 'takes @ the space on disk' },
	{ name: 'memory', pick: (of) => of.memoryBytes, shown: shownSize, isLessBetter: true, says: 'takes @ the memory' },
	{ name: 'opening time', pick: (of) => of.openMs, shown: (ms) => shownDuration(ms * 1e6), isLessBetter: true, says: 'takes @ the time to open' },
];

/** Differences that decide between engines of equal throughput. */
const DECIDING = PRICES.slice(0, 3);

export function adviseEngine(comparison: Comparison): Advice {
	const able = comparison.engines.filter(({ lacksRanges }) => !lacksRanges);
	if (able.length === 0)
		return { engine: null, words: ['None of these engines can do this mix: it has ranges, and a hash keyspace has none. Compare lsm or btree too.'] };
	const keeping = able.filter(({ open }) => open === null || open.overloadedRounds * 2 < comparison.plan.rounds);
	const candidates = keeping.length > 0 ? keeping : able;
	// Few writes, written out by the checkpoint at the end, say nothing about a sustained load.
	const measures = isWritingSustained(comparison) ? PRICES : PRICES.filter((measure) => measure !== WRITTEN);
	const { taken, by, words } = choose(
		candidates,
		measures.filter((measure) => DECIDING.includes(measure)),
	);
	return {
		engine: taken.engine,
		words: [
			...(isNoisy(comparison) ? words.map((line) => line.replace(`Take ${taken.engine}`, `Take ${taken.engine}, tentatively`)) : words),
			...(keeping.length === able.length ? [] : [keepingUp(comparison, able, keeping)]),
			...able
				.filter((other) => other !== taken)
				.flatMap((other) =>
					prices(
						taken,
						other,
						measures.filter((measure) => measure !== by),
					),
				),
			...comparison.engines.filter(({ lacksRanges }) => lacksRanges).flatMap((other) => withoutRangesToo(comparison, taken, other)),
			...caveats(comparison, taken),
		],
	};
}

/** `by`: the measure that decided. */
function choose(candidates: readonly EngineFigures[], deciding: readonly Measure[]): { taken: EngineFigures; by: Measure | null; words: string[] } {
	const [first, ...others] = [...candidates].sort((a, b) => b.closed.operationsPerSecond.median - a.closed.operationsPerSecond.median) as [
		EngineFigures,
		...EngineFigures[],
	];
	if (others.length === 0) return { taken: first, by: null, words: [`Take ${first.engine}: it is the only one of these engines that does the whole of it.`] };
	const equal = [first, ...others.filter((other) => !isClear(THROUGHPUT, first, other))];
	if (equal.length === 1)
		return { taken: first, by: THROUGHPUT, words: [`Take ${first.engine}: it ${others.map((other) => against(THROUGHPUT, first, other)).join('; ')}.`] };
	const names = listed(equal.map(({ engine }) => engine));
	for (const by of deciding) {
		const taken = equal.find((one) => equal.every((other) => other === one || (isClear(by, one, other) && isBetter(by, one, other))));
		if (taken === undefined) continue;
		const shown = (of: EngineFigures): string => by.shown(by.pick(of)!.median);
		const rest = equal.filter((other) => other !== taken).map((other) => `${shown(other)} (${other.engine})`);
		const words = [
			`Take ${taken.engine}: ${names} do about as many operations a second, and it is clearly the best in ${by.name}: ${shown(taken)} against ${listed(rest)}.`,
		];
		return { taken, by, words };
	}
	const taken = equal.find(({ engine }) => engine === DEFAULT_ENGINE) ?? first;
	const why = taken.engine === DEFAULT_ENGINE ? 'it is the default' : 'it had the most by a little';
	return { taken, by: null, words: [`It hardly matters: between ${names} the differences are within the spread of the rounds. Take ${taken.engine}: ${why}.`] };
}

function listed(names: readonly string[]): string {
	return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function isBetter({ pick, isLessBetter }: Measure, one: EngineFigures, other: EngineFigures): boolean {
	return isLessBetter ? pick(one)!.median < pick(other)!.median : pick(one)!.median > pick(other)!.median;
}

/** Whether the ranges lie apart and the medians differ enough. */
function isClear({ pick }: Measure, one: EngineFigures, other: EngineFigures): boolean {
	const a = pick(one);
	const b = pick(other);
	if (a === null || b === null || a.median <= 0 || b.median <= 0) return false;
	const apart = a.least > b.most || b.least > a.most;
	return apart && Math.max(a.median / b.median, b.median / a.median) >= CLEAR_FACTOR;
}

/** `does 1.40 × the operations a second of lsm (412,000 against 294,000)` */
function against({ pick, shown, says }: Measure, one: EngineFigures, other: EngineFigures): string {
	const a = pick(one)!.median;
	const b = pick(other)!.median;
	return `${says.replace('@', shownFactor(a / b))} of ${other.engine} (${shown(a)} against ${shown(b)})`;
}

/** Clear differences beside the one that decided, good and bad. */
function prices(taken: EngineFigures, other: EngineFigures, measures: readonly Measure[]): string[] {
	const clear = measures.filter((measure) => isClear(measure, taken, other));
	const worse = clear.filter((measure) => !isBetter(measure, taken, other)).map((measure) => against(measure, taken, other));
	const better = clear.filter((measure) => isBetter(measure, taken, other)).map((measure) => against(measure, taken, other));
	return [...(worse.length === 0 ? [] : [`The price: it ${worse.join('; ')}.`]), ...(better.length === 0 ? [] : [`Besides, it ${better.join('; ')}.`])];
}

function keepingUp({ rate }: Comparison, able: readonly EngineFigures[], keeping: readonly EngineFigures[]): string {
	if (keeping.length === 0) return `None of them keeps up with ${shownCount(rate!)} operations a second on this machine.`;
	const behind = able.filter((one) => !keeping.includes(one)).map(({ engine }) => engine);
	return `${behind.join(' and ')} fell behind ${shownCount(rate!)} operations a second.`;
}

/** What an engine without ranges would do for the rest of the mix. */
function withoutRangesToo({ plan }: Comparison, taken: EngineFigures, other: EngineFigures): string[] {
	const kind = OPERATION_KINDS.find((one) => one !== 'range' && taken.closed.latencies[one] !== undefined && other.closed.latencies[one] !== undefined);
	if (kind === undefined) return [];
	const medianNs = (of: EngineFigures): number => LatencyHistogram.fromBuckets(of.closed.latencies[kind]!).quantileNs(0.5);
	const factor = medianNs(taken) / Math.max(1, medianNs(other));
	const share = shownShare(plan.workload.mix.range);
	if (factor < CLEAR_FACTOR) return [`${other.engine} is out, since the mix has ${share} ranges; it would not be faster for the rest.`];
	return [
		`${other.engine} would be faster still for the rest (${kind} at p50 ${shownDuration(medianNs(other))} against ${shownDuration(medianNs(taken))}), but the mix has ${share} ranges, which it cannot do.`,
	];
}

/** How far the rounds of one engine lie apart, as a share of their median. */
function spreadOf({ engines }: Comparison): number {
	return Math.max(...engines.map(({ closed: { operationsPerSecond: of } }) => (of.most - of.least) / of.median));
}

function isNoisy(comparison: Comparison): boolean {
	return spreadOf(comparison) > NOISY_SPREAD;
}

function caveats(comparison: Comparison, taken: EngineFigures): string[] {
	const { plan, engines } = comparison;
	const words: string[] = [];
	if (plan.rounds === 1) words.push('One round says nothing about noise: run it again with --rounds 3 or more.');
	else if (isNoisy(comparison))
		words.push(
			`Rounds of one engine differed by up to ${shownShare(spreadOf(comparison))}: the machine did other work too. More --rounds and longer --seconds tell more.`,
		);
	const cacheBytes = plan.settings.cacheBytes ?? DEFAULT_CACHE_BYTES;
	const largest = Math.max(...engines.map(({ liveBytes }) => liveBytes.median));
	if (largest < cacheBytes)
		words.push(
			`All records (${shownSize(largest)}) fit the cache (${shownSize(cacheBytes)}). If yours will not, say so with --keys, or with a smaller --cache.`,
		);
	if (plan.settings.durability === 'disk' && hasWrites(plan.workload))
		words.push('Writes wait for the disk to sync the log, which is the same for every engine; the more of them, the more alike the engines are.');
	if (taken.engine === 'hash')
		words.push('A hash keyspace holds all keys in memory and never gives ranges or an order: take btree or lsm if that may be wanted later.');
	return words;
}
