/** Result rows for people (a table) and for programs (CSV, JSON lines). */

export type RowFormat = 'table' | 'csv' | 'jsonl';

export type TextRow = readonly (string | null)[];

function csvField(text: string | null): string {
	if (text === null) return '';
	return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvLine(row: TextRow): string {
	return row.map(csvField).join(',');
}

const NUMERIC_OIDS = new Set([20, 21, 23, 26, 700, 701, 1700]);
const JSON_OIDS = new Set([114, 3802]);

/** A value's text as JSON of the column's type. int8 beyond 2^53 stays text, so that nothing is lost. */
export function jsonValue(text: string | null, oid: number): unknown {
	if (text === null) return null;
	if (oid === 16) return text === 't';
	if (JSON_OIDS.has(oid)) return JSON.parse(text);
	if (NUMERIC_OIDS.has(oid) && oid !== 1700) {
		const value = Number(text);
		return Number.isFinite(value) && (oid !== 20 || Number.isSafeInteger(value)) ? value : text;
	}
	return text;
}

function width(text: string): number {
	return Math.max(...text.split('\n').map((line) => [...line].length));
}

/** An aligned table with a line of counts, as psql prints. */
export function tableText(names: readonly string[], oids: readonly number[], rows: readonly TextRow[]): string {
	const widths = names.map((name, i) => Math.max(width(name), ...rows.map((r) => width(r[i] ?? ''))));
	const line = (cells: readonly string[], right: (i: number) => boolean): string =>
		cells.map((c, i) => (right(i) ? c.padStart(widths[i]!) : i === cells.length - 1 ? c : c.padEnd(widths[i]!))).join(' | ');
	const lines = [line(names, () => false), widths.map((w) => '-'.repeat(w)).join('-+-')];
	for (const row of rows)
		lines.push(
			line(
				row.map((v) => (v ?? '').replaceAll('\n', '\\n')),
				(i) => NUMERIC_OIDS.has(oids[i]!),
			),
		);
	lines.push(`(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`);
	return lines.map((l) => ` ${l}`).join('\n');
}
