/** The table of a comparison: a row per figure, a column per engine. Terminal, HTML and tests read the same rows. */
import { type Comparison, type EngineFigures, type Figure, gatheredBytes, isWritingSustained, type LoopFigures } from './comparison.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { shownCount, shownDuration, shownFactor, shownSize } from './quantities.ts';
import { describeWorkload, hasWrites, OPERATION_KINDS, type OperationKind, shownShare } from './workload.ts';

export interface Row {
	/** A row without cells is a heading. */
	readonly label: string;
	readonly cells: readonly string[];
}

export const QUANTILES: readonly (readonly [string, number])[] = [
	['p50', 0.5],
	['p95', 0.95],
	['p99', 0.99],
	['p99.9', 0.999],
];

const NO_RANGES = 'no ranges';
const NONE = '–';

export function headLines({ plan, rate }: Comparison): string[] {
	const { workload, settings, inFlight, rounds, seed } = plan;
	const { durability, cacheBytes, memoryBytes, compression, seconds } = settings;
	const sizes = `${cacheBytes === null ? '' : `, cache ${shownSize(cacheBytes)}`}${memoryBytes === null ? '' : `, memory ${shownSize(memoryBytes)}`}${compression === 'none' ? '' : `, compression ${compression}`}`;
	const loops = `closed loop with ${inFlight} in flight${rate === null ? '' : `, open loop at ${shownCount(rate)} a second`}`;
	return [describeWorkload(workload), `durability ${durability}${sizes}; ${loops}; ${rounds} × ${seconds} s each; seed ${seed}`];
}

export function comparisonRows(comparison: Comparison): Row[] {
	const { engines, rate } = comparison;
	const row = (label: string, cell: (of: EngineFigures) => string): Row => ({ label, cells: engines.map(cell) });
	const ofFigure = (label: string, pick: (of: EngineFigures) => Figure | null, shown: (value: number) => string): Row =>
		row(label, (of) => {
			const found = pick(of);
			return found === null ? NONE : shown(found.median);
		});
	return [
		{ label: 'throughput (closed loop)', cells: [] },
		row('operations / s', (of) => `${shownCount(of.closed.operationsPerSecond.median)}${of.lacksRanges ? '*' : ''}`),
		row('  least to most', (of) => `${shownCount(of.closed.operationsPerSecond.least)} … ${shownCount(of.closed.operationsPerSecond.most)}`),
		ofFigure('records loaded / s', (of) => of.loadedPerSecond, shownCount),
		{ label: rate === null ? 'latency (closed loop: waiting is not in it)' : `latency at ${shownCount(rate)} / s (open loop)`, cells: [] },
		...latencyRows(comparison),
		...(rate === null ? [] : [row('kept up', (of) => keptUp(of.open!, comparison.plan.rounds))]),
		{ label: 'amplification', cells: [] },
		ofFigure('written: bytes to files / byte given', (of) => of.writeAmplification, shownFactor),
		ofFigure('read: bytes from files / byte found', (of) => of.readAmplification, shownFactor),
		ofFigure(
			'  file reads / read',
			(of) => of.fileReadsPerRead,
			(value) => value.toFixed(2),
		),
		ofFigure('space: bytes of files / live byte', (of) => of.spaceAmplification, shownFactor),
		{ label: 'other', cells: [] },
		ofFigure('memory above idle', (of) => of.memoryBytes, shownSize),
		ofFigure('log kept', (of) => of.logBytes, shownSize),
		ofFigure(
			'open and first read',
			(of) => of.openMs,
			(value) => shownDuration(value * 1e6),
		),
	];
}

/** The loop that latencies are taken from. */
export function latencyLoop(of: EngineFigures): LoopFigures {
	return of.open ?? of.closed;
}

/** The kinds of operation that there are figures of. */
export function kindsOf({ plan }: Comparison): OperationKind[] {
	return OPERATION_KINDS.filter((kind) => plan.workload.mix[kind] > 0);
}

function latencyRows(comparison: Comparison): Row[] {
	return kindsOf(comparison).flatMap((kind) => {
		const histograms = comparison.engines.map((of) => {
			const buckets = latencyLoop(of).latencies[kind];
			return buckets === undefined ? null : LatencyHistogram.fromBuckets(buckets);
		});
		return QUANTILES.map(([name, share], at) => ({
			label: `${at === 0 ? kind : ''.padEnd(kind.length)} ${name}`,
			cells: histograms.map((histogram, engine) => {
				if (histogram !== null) return shownDuration(histogram.quantileNs(share));
				return kind === 'range' && comparison.engines[engine]!.lacksRanges ? NO_RANGES : NONE;
			}),
		}));
	});
}

function keptUp({ overloadedRounds }: LoopFigures, rounds: number): string {
	if (overloadedRounds === 0) return 'yes';
	return overloadedRounds === rounds ? 'OVERLOADED' : `overloaded in ${overloadedRounds} of ${rounds}`;
}

/** What must be said under the table. */
export function footnotes(comparison: Comparison): string[] {
	const { plan, engines, unable } = comparison;
	const notes: string[] = [];
	const share = shownShare(plan.workload.mix.range);
	for (const { engine, lacksRanges } of engines)
		if (lacksRanges) notes.push(`* A ${engine} keyspace has no ranges: it did the rest of the mix, without the ${share} ranges.`);
	for (const engine of unable) notes.push(`A ${engine} keyspace has no ranges, and the mix is nothing else: it was left out.`);
	if (engines.some(({ open }) => (open?.overloadedRounds ?? 0) > 0))
		notes.push('An overloaded engine did less than the rate asks for: its latencies grow with the length of the run. Choose a lower --rate to compare them.');
	if (hasWrites(plan.workload) && !isWritingSustained(comparison)) {
		const given = shownSize(Math.min(...engines.map(({ givenBytes }) => givenBytes.median)));
		notes.push(
			`Bytes written tell little here: only ${given} were given, and the checkpoint at the end wrote them out, not want of memory (${shownSize(gatheredBytes(plan))}). Raise --seconds, or lower --memory.`,
		);
	}
	return notes;
}

/** Lines for a terminal. */
export function comparisonTable(comparison: Comparison): string[] {
	const rows = comparisonRows(comparison);
	const names = comparison.engines.map(({ engine }) => engine);
	const labelWidth = Math.max(...rows.map(({ label }) => label.length)) + 4;
	const widths = names.map((name, at) => Math.max(name.length, ...rows.map(({ cells }) => (cells[at] ?? '').length)) + 3);
	const line = (label: string, cells: readonly string[]): string =>
		(label.padEnd(labelWidth) + cells.map((cell, at) => cell.padStart(widths[at]!)).join('')).trimEnd();
	return [
		...headLines(comparison),
		'',
		line('', names),
		...rows.map(({ label, cells }) => (cells.length === 0 ? label : line(`  ${label}`, cells))),
		...footnotes(comparison)
			.flatMap((note) => ['', note])
			.slice(0),
	];
}
