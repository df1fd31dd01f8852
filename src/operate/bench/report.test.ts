/** Reports are whole: well-formed, with every figure of the table, and nothing that must be fetched from elsewhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareEngines } from './comparison.ts';
import { comparisonRows } from './comparison-rows.ts';
import { comparisonPanels } from './plots.ts';
import { type ReportFacts, reportPage, reportSvg } from './report.ts';
import { decadeTicks, escaped } from './svg.ts';
import { assertGolden, madeUpRunner, planOf } from './test-trials.ts';

const FACTS: ReportFacts = { title: 'Engines <compared>', words: ['Take btree & be happy.'], origin: ['2026-11-23', 'polylog bench'] };
const VOID_ELEMENTS = new Set(['meta', '!doctype']);

async function compared() {
	return compareEngines(planOf({}), madeUpRunner({ lsm: 90_000, btree: 120_000, hash: 300_000 }, 0.1));
}

/** Fails when elements are not closed in order; gives their names in order, each with its classes. */
function outline(text: string): string[] {
	const open: string[] = [];
	const names: string[] = [];
	for (const [, close, name, attributes, selfClosed] of text.replaceAll(/<style>[\s\S]*?<\/style>/g, '').matchAll(/<(\/?)([!\w]+)([^>]*?)(\/?)>/g)) {
		if (close === '/') assert.equal(open.pop(), name);
		else {
			names.push(`${'  '.repeat(open.length)}${name}${/ class="([^"]*)"/.exec(attributes!)?.[1]?.replace(/^/, '.') ?? ''}`);
			if (selfClosed !== '/' && !VOID_ELEMENTS.has(name!)) open.push(name!);
		}
	}
	assert.deepEqual(open, []);
	return names;
}

test('the page has every cell of the table and needs nothing else', async () => {
	const comparison = await compared();
	const page = reportPage(comparison, FACTS);
	for (const { label, cells } of comparisonRows(comparison)) for (const text of [label, ...cells]) assert.ok(page.includes(`>${escaped(text)}<`), text);
	assert.ok(page.includes('Engines &lt;compared&gt;') && page.includes('Take btree &amp; be happy.'));
	assert.doesNotMatch(page, /https?:|src=|<link|<script|@import|url\(/);
	assert.match(page, /prefers-color-scheme:dark/);
});

test('the structure of the page', async () => {
	assertGolden('report-page.golden.txt', `${outline(reportPage(await compared(), FACTS)).join('\n')}\n`);
});

test('the SVG file is well-formed and has every panel', async () => {
	const comparison = await compared();
	const svg = reportSvg(comparison, FACTS);
	const shape = outline(svg);
	assert.equal(shape[0], 'svg');
	const panels = comparisonPanels(comparison);
	assert.equal(panels.length, 11);
	for (const { title } of panels) assert.ok(svg.includes(`>${title}<`), title);
	assert.equal(svg.split('http').length, 2, 'its own namespace is the only address');
	assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
});

test('a scale of decades has at least one step and holds its ends', () => {
	assert.deepEqual(decadeTicks(1000, 1000), [1000, 10_000]);
	assert.deepEqual(decadeTicks(1500, 90_000), [1000, 10_000, 100_000]);
});
