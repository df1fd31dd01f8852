/**
 * Rows that an import sets aside: one JSON object a line, with where the row is, why it could not be taken, and the row itself. The file's length is part of what an import
 * remembers, so that one that goes on writes no row twice.
 */
import { appendFileSync, existsSync, truncateSync, writeFileSync } from 'node:fs';
import { InputError } from '../platform/errors.ts';

export interface BadRow {
	readonly file: string;
	/** From 1. */
	readonly row: number;
	/** null for formats without lines. */
	readonly line: number | null;
	readonly code: string | null;
	readonly reason: string;
	/** The row's text, or its values by column. */
	readonly record: unknown;
}

export class BadRows {
	/** How many there are, and the bytes they take in the file. */
	count: number;
	bytes: number;
	readonly #path: string | null;
	readonly #countMax: number;

	/** `path` null: the first bad row is an error. `count`, `bytes`: what an import that goes on has of it; the rest is cut off. */
	constructor(path: string | null, countMax: number, count: number, bytes: number) {
		this.#path = path;
		this.#countMax = countMax;
		this.count = count;
		this.bytes = bytes;
		if (path === null) return;
		if (bytes === 0 || !existsSync(path)) writeFileSync(path, '');
		else truncateSync(path, bytes);
	}

	/** Throws when there is no file for bad rows, or when there are too many of them. */
	add(bad: BadRow): void {
		const place = `${bad.file}${bad.line === null ? `, row ${bad.row}` : `:${bad.line}`}`;
		if (this.#path === null)
			throw new InputError('input', `${place}: ${bad.reason}${bad.code === null ? '' : ` (${bad.code})`}`, {
				hint: 'Set rows like this one aside by --bad-rows FILE.',
			});
		if (this.count >= this.#countMax)
			throw new InputError('input', `${place} is one bad row too many: ${bad.reason}`, {
				hint: `${this.count} of them are in ${this.#path}. Allow more by --max-bad-rows.`,
			});
		const line = Buffer.from(`${JSON.stringify(bad)}\n`);
		appendFileSync(this.#path, line);
		this.count++;
		this.bytes += line.length;
	}
}
