/** Reports of a comparison: a page that needs nothing else, or its plots as one SVG file. Both follow the reader's choice of light or dark. */
import type { Comparison } from './comparison.ts';
import { comparisonRows, footnotes, headLines, type Row } from './comparison-rows.ts';
import { comparisonPanels, DARK_COLORS, LIGHT_COLORS, PANEL_WIDTH, type Panel, PLOT_STYLE } from './plots.ts';
import { element, escaped, textElement } from './svg.ts';

export interface ReportFacts {
	readonly title: string;
	/** What is said before everything else, a paragraph each. */
	readonly words: readonly string[];
	/** Machine, versions, date, command. */
	readonly origin: readonly string[];
}

const HEAD_HEIGHT = 50;
const GAP = 32;
const COLUMNS = 2;

const PAGE_STYLE = `:root{color-scheme:light dark;${LIGHT_COLORS}}
@media(prefers-color-scheme:dark){:root{${DARK_COLORS}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1040px;margin:0 auto;padding:40px 24px 64px}
h1{font-size:28px;line-height:1.2;margin:0 0 12px}h2{font-size:16px;margin:0}
.lead{color:var(--faint);margin:0 0 4px;max-width:75ch}
.words{margin:20px 0 0;padding:16px 20px;background:var(--card);border:1px solid var(--line);border-left:4px solid var(--lsm);border-radius:8px}
.words p{margin:0 0 8px;max-width:80ch}.words p:first-child{font-size:17px;font-weight:600}.words p:last-child{margin:0}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:18px;margin:28px 0}
figure{margin:0;padding:18px 20px 20px;background:var(--card);border:1px solid var(--line);border-radius:10px}
figcaption{margin-bottom:14px}figcaption p{margin:2px 0 0;color:var(--faint);font-size:13px}
svg{display:block;width:100%;height:auto}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:6px 18px;text-align:right;white-space:nowrap;font-weight:400}th:first-child{text-align:left;white-space:pre}
thead th{font-weight:600;border-bottom:1px solid var(--line);padding-top:12px}
tr.heading th{font-weight:600;padding-top:16px;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{padding-bottom:14px}
.notes{color:var(--faint);font-size:13.5px;max-width:85ch}
footer{margin-top:36px;color:var(--faint);font-size:13px}footer p{margin:0;overflow-wrap:anywhere}
${PLOT_STYLE}`;

export function reportPage(comparison: Comparison, { title, words, origin }: ReportFacts): string {
	const paragraphs = (lines: readonly string[], attributes: Readonly<Record<string, string>> = {}): string =>
		lines.map((line) => textElement('p', attributes, line)).join('\n');
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${paragraphs(headLines(comparison), { class: 'lead' })}
${words.length === 0 ? '' : `<section class="words">\n${paragraphs(words)}\n</section>`}
<section class="panels">
${comparisonPanels(comparison).map(panelFigure).join('\n')}
</section>
<div class="scroll">
${table(comparison)}
</div>
${paragraphs(footnotes(comparison), { class: 'notes' })}
<footer>
${paragraphs(origin)}
</footer>
</main>
</body>
</html>
`;
}

function panelFigure({ title, note, height, body }: Panel): string {
	const svg = element('svg', { viewBox: `0 0 ${PANEL_WIDTH} ${height}`, role: 'img', 'aria-label': `${title}: ${note}` }, body);
	return `<figure><figcaption><h2>${escaped(title)}</h2>${textElement('p', {}, note)}</figcaption>${svg}</figure>`;
}

function table(comparison: Comparison): string {
	const names = comparison.engines.map(({ engine }) => textElement('th', { scope: 'col' }, engine)).join('');
	const row = ({ label, cells }: Row): string =>
		cells.length === 0
			? `<tr class="heading">${textElement('th', { scope: 'rowgroup', colspan: comparison.engines.length + 1 }, label)}</tr>`
			: `<tr>${textElement('th', { scope: 'row' }, label)}${cells.map((cell) => textElement('td', {}, cell)).join('')}</tr>`;
	return `<table>\n<thead><tr><th></th>${names}</tr></thead>\n<tbody>\n${comparisonRows(comparison).map(row).join('\n')}\n</tbody>\n</table>`;
}

/** All plots in one file, two beside each other. */
export function reportSvg(comparison: Comparison, { title, words, origin }: ReportFacts): string {
	const panels = comparisonPanels(comparison);
	const width = GAP + COLUMNS * (PANEL_WIDTH + GAP);
	const lines = [...headLines(comparison), ...words];
	let y = 56 + lines.length * 20 + 24;
	const parts = [
		textElement('text', { class: 'ink title', x: GAP, y: 42 }, title),
		...lines.map((line, at) => textElement('text', { class: 'faint', x: GAP, y: 66 + at * 20 }, line)),
	];
	for (let first = 0; first < panels.length; first += COLUMNS) {
		const beside = panels.slice(first, first + COLUMNS);
		beside.forEach((panel, at) => {
			parts.push(element('g', { transform: `translate(${GAP + at * (PANEL_WIDTH + GAP)} ${y})` }, panelGroup(panel)));
		});
		y += HEAD_HEIGHT + Math.max(...beside.map(({ height }) => height)) + GAP;
	}
	for (const line of [...footnotes(comparison), ...origin]) {
		parts.push(textElement('text', { class: 'faint small', x: GAP, y }, line));
		y += 18;
	}
	const style = `:root{${LIGHT_COLORS}}@media(prefers-color-scheme:dark){:root{${DARK_COLORS}}}${PLOT_STYLE}.ground{fill:var(--card)}text.title{font-size:22px;font-weight:600}text.head{font-weight:600;font-size:15px}`;
	return `${element(
		'svg',
		{ xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${y + 12}`, width, height: y + 12 },
		element('style', {}, style),
		element('rect', { class: 'ground', width: '100%', height: '100%' }),
		...parts,
	)}\n`;
}

function panelGroup({ title, note, body }: Panel): string {
	return [
		textElement('text', { class: 'ink head', x: 0, y: 14 }, title),
		textElement('text', { class: 'faint small', x: 0, y: 32 }, note),
		element('g', { transform: `translate(0 ${HEAD_HEIGHT})` }, body),
	].join('');
}
