/**
 * The plots of a comparison. Each is a panel of fixed width whose colours are classes, so that a page or file gives them for light and dark:
 * `lsm`, `btree` and `hash` for the engines, `ink`, `faint` and `line` for the rest.
 */
import { allLatencies, type Comparison, type EngineFigures, type Figure } from './comparison.ts';
import { kindsOf, latencyLoop } from './comparison-rows.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { shownCount, shownDuration, shownFactor, shownSize } from './quantities.ts';
import { decadeTicks, element, textElement } from './svg.ts';

export interface Panel {
	readonly title: string;
	/** What is better, and what is shown. */
	readonly note: string;
	readonly height: number;
	/** Elements within PANEL_WIDTH × height. */
	readonly body: string;
}

export const PANEL_WIDTH = 440;
const NAME_WIDTH = 56;
const VALUE_WIDTH = 92;
const BAR_HEIGHT = 22;
const BAR_GAP = 12;
const CHART_HEIGHT = 220;
const AXIS_WIDTH = 62;

/** Shares below which latencies are shown; each further one is as far along the axis as the one before. */
const SHARES: readonly (readonly [string, number])[] = [
	['p50', 0.5],
	['p90', 0.9],
	['p99', 0.99],
	['p99.9', 0.999],
	['p99.99', 0.9999],
];

export const PLOT_STYLE = `text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.ink{fill:var(--ink)}.faint{fill:var(--faint)}.line{stroke:var(--line);stroke-width:1}.whisker{stroke:var(--ink);stroke-width:1.5}
text.small{font-size:11.5px}
rect.lsm,circle.lsm{fill:var(--lsm)}rect.btree,circle.btree{fill:var(--btree)}rect.hash,circle.hash{fill:var(--hash)}
path{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}path.lsm{stroke:var(--lsm)}path.btree{stroke:var(--btree)}path.hash{stroke:var(--hash)}
text.lsm{fill:var(--lsm)}text.btree{fill:var(--btree)}text.hash{fill:var(--hash)}`;

/** Blue, vermilion and green that people with colour blindness tell apart; lighter ones on dark ground. */
export const LIGHT_COLORS = '--ground:#f6f7f9;--card:#ffffff;--ink:#1b2430;--faint:#5d6b7c;--line:#dde3ea;--lsm:#0b6bb5;--btree:#c8500a;--hash:#13805f';
export const DARK_COLORS = '--ground:#11161d;--card:#1a212b;--ink:#e8edf3;--faint:#9aa8b8;--line:#2e3946;--lsm:#5cb3f2;--btree:#f59b4b;--hash:#45cfa0';

export function comparisonPanels(comparison: Comparison): Panel[] {
	const { engines, rate } = comparison;
	const bars = (title: string, note: string, pick: (of: EngineFigures) => Figure | null, shown: (value: number) => string) =>
		barPanel(engines, title, note, pick, shown);
	const loop = rate === null ? 'closed loop' : `open loop at ${shownCount(rate)} a second`;
	return [
		bars('Throughput', 'operations a second, closed loop; more is better', (of) => of.closed.operationsPerSecond, shownCount),
		bars('Latency, p99 of all operations', `${loop}; less is better`, (of) => latencyLoop(of).p99Ns, shownDuration),
		...kindsOf(comparison).map((kind) =>
			latencyPanel(engines, `Latency of ${kind}`, `${loop}, all rounds; logarithmic`, (of) => {
				const buckets = latencyLoop(of).latencies[kind];
				return buckets === undefined ? null : LatencyHistogram.fromBuckets(buckets);
			}),
		),
		latencyPanel(engines, 'Latency of all operations', `${loop}, all rounds; logarithmic`, (of) => allLatencies(latencyLoop(of))),
		bars('Write amplification', 'bytes written to files for a byte given; less is better', (of) => of.writeAmplification, shownFactor),
		bars('Read amplification', 'bytes read from files for a byte found; less is better', (of) => of.readAmplification, shownFactor),
		bars('Space amplification', 'bytes of files for a byte of live records; less is better', (of) => of.spaceAmplification, shownFactor),
		bars('Memory above idle', 'of the whole process, at its peak; less is better', (of) => of.memoryBytes, shownSize),
		bars(
			'Open and first read',
			'after a clean close; less is better',
			(of) => of.openMs,
			(value) => shownDuration(value * 1e6),
		),
	];
}

/** A bar per engine as long as the median, with a line from the least to the most of the rounds. */
function barPanel(
	engines: readonly EngineFigures[],
	title: string,
	note: string,
	pick: (of: EngineFigures) => Figure | null,
	shown: (value: number) => string,
): Panel {
	const longest = Math.max(Number.MIN_VALUE, ...engines.map((of) => pick(of)?.most ?? 0));
	const width = PANEL_WIDTH - NAME_WIDTH - VALUE_WIDTH;
	const parts: string[] = [];
	engines.forEach((of, at) => {
		const y = at * (BAR_HEIGHT + BAR_GAP);
		const middle = y + BAR_HEIGHT / 2;
		const found = pick(of);
		parts.push(textElement('text', { class: 'ink', x: 0, y: middle + 4.5 }, of.engine));
		if (found === null) {
			parts.push(textElement('text', { class: 'faint', x: NAME_WIDTH, y: middle + 4.5 }, 'nothing to measure in this mix'));
			return;
		}
		const x = (value: number): number => NAME_WIDTH + (value / longest) * width;
		parts.push(element('rect', { class: of.engine, x: NAME_WIDTH, y, width: Math.max(1.5, x(found.median) - NAME_WIDTH), height: BAR_HEIGHT, rx: 3 }));
		if (found.most > found.least) {
			parts.push(element('line', { class: 'whisker', x1: x(found.least), x2: x(found.most), y1: middle, y2: middle }));
			for (const end of [found.least, found.most]) parts.push(element('line', { class: 'whisker', x1: x(end), x2: x(end), y1: middle - 4, y2: middle + 4 }));
		}
		parts.push(
			textElement(
				'text',
				{ class: 'ink', x: x(found.most) + 8, y: middle + 4.5 },
				`${shown(found.median)}${of.lacksRanges && title === 'Throughput' ? '*' : ''}`,
			),
		);
	});
	return { title, note, height: engines.length * (BAR_HEIGHT + BAR_GAP) - BAR_GAP + 4, body: parts.join('') };
}

/** Quantiles of each engine as a line; an engine without figures is named as such. */
function latencyPanel(engines: readonly EngineFigures[], title: string, note: string, pick: (of: EngineFigures) => LatencyHistogram | null): Panel {
	const found = engines.map((of) => ({ of, histogram: pick(of) }));
	const values = found.flatMap(({ histogram }) => (histogram === null ? [] : SHARES.map(([, share]) => Math.max(1, histogram.quantileNs(share)))));
	const ticks = values.length === 0 ? [1e3, 1e6] : decadeTicks(Math.min(...values), Math.max(...values));
	const low = Math.log10(ticks[0]!);
	const high = Math.log10(ticks.at(-1)!);
	const right = PANEL_WIDTH - 12;
	const y = (ns: number): number => 10 + (CHART_HEIGHT - 40) * (1 - (Math.log10(Math.max(1, ns)) - low) / (high - low));
	const x = (at: number): number => AXIS_WIDTH + 14 + ((right - AXIS_WIDTH - 28) * at) / (SHARES.length - 1);
	const parts = ticks.flatMap((tick) => [
		element('line', { class: 'line', x1: AXIS_WIDTH, x2: right, y1: y(tick), y2: y(tick) }),
		textElement('text', { class: 'faint small', x: AXIS_WIDTH - 8, y: y(tick) + 4, 'text-anchor': 'end' }, shownTick(tick)),
	]);
	SHARES.forEach(([name], at) => {
		parts.push(textElement('text', { class: 'faint small', x: x(at), y: CHART_HEIGHT - 10, 'text-anchor': 'middle' }, name));
	});
	for (const { of, histogram } of found) if (histogram !== null) parts.push(quantileLine(of.engine, histogram, x, y));
	return { title, note, height: CHART_HEIGHT + 22, body: parts.join('') + legend(found) };
}

function quantileLine(engine: string, histogram: LatencyHistogram, x: (at: number) => number, y: (ns: number) => number): string {
	const points = SHARES.map(([name, share], at) => ({ name, ns: histogram.quantileNs(share), at }));
	const path = points.map(({ ns, at }) => `${at === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(ns).toFixed(1)}`).join('');
	const dots = points.map(({ name, ns, at }) =>
		element('circle', { class: engine, cx: x(at), cy: y(ns), r: 3.5 }, textElement('title', {}, `${engine} ${name}: ${shownDuration(ns)}`)),
	);
	return element('path', { class: engine, d: path }) + dots.join('');
}

function legend(found: readonly { of: EngineFigures; histogram: LatencyHistogram | null }[]): string {
	const parts: string[] = [];
	let x = AXIS_WIDTH;
	for (const { of, histogram } of found) {
		const text = histogram === null ? `${of.engine}: no ranges` : of.engine;
		parts.push(element('circle', { class: of.engine, cx: x + 5, cy: CHART_HEIGHT + 12, r: 5 }));
		parts.push(textElement('text', { class: histogram === null ? 'faint' : 'ink', x: x + 15, y: CHART_HEIGHT + 16.5 }, text));
		x += 40 + text.length * 7.5;
	}
	return parts.join('');
}

function shownTick(ns: number): string {
	if (ns < 1e3) return `${ns} ns`;
	if (ns < 1e6) return `${ns / 1e3} µs`;
	return ns < 1e9 ? `${ns / 1e6} ms` : `${ns / 1e9} s`;
}
