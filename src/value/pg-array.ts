/**
 * Arrays as PostgreSQL has them: any number of dimensions up to six, each with its own lower bound, elements flat in row-major
 * order, null for NULL. The empty array has no dimensions.
 *
 * Text: `{1,2}`, nested braces per dimension, and `[0:1]={1,2}` where a lower bound is not 1 (PostgreSQL's manual, 8.15).
 */
import { sqlError } from '../platform/errors.ts';

export const ARRAY_DIMENSIONS_MAX = 6;
/** No array has more elements. */
export const ARRAY_ELEMENTS_MAX = 134_217_727;

/** An upper bound is below this, so that it can be counted past. */
const BOUND_MAX = 2147483647;

export class PgArray {
	/** Length of each dimension; empty for the empty array. */
	readonly dimensions: readonly number[];
	readonly lowerBounds: readonly number[];
	readonly elements: readonly unknown[];

	constructor(dimensions: readonly number[], lowerBounds: readonly number[], elements: readonly unknown[]) {
		this.dimensions = dimensions;
		this.lowerBounds = lowerBounds;
		this.elements = elements;
	}

	static readonly empty: PgArray = new PgArray([], [], []);

	/** One dimension, lower bound 1; the empty array for no elements. */
	static of(elements: readonly unknown[]): PgArray {
		return elements.length === 0 ? PgArray.empty : new PgArray([elements.length], ONE, elements);
	}
}

const ONE: readonly number[] = [1];

/** Reads an array literal; the text of each element that is not NULL goes through `parseElement`. */
export function parseArray(text: string, parseElement: (text: string) => unknown, delimiter = ','): PgArray {
	return new ArrayParser(text, parseElement, delimiter).parse();
}

const DECORATION = /^[ \t\n\v\f\r]*\[([+-]?[0-9]+)(?::([+-]?[0-9]+))?\]/;

class ArrayParser {
	readonly #text: string;
	readonly #parseElement: (text: string) => unknown;
	/** Stands between elements: `;` for boxes, `,` for all others. */
	readonly #delimiter: string;
	#at = 0;
	/** Length per depth, −1 where not yet known. */
	readonly #lengths: number[] = [];
	/** Texts; they are read as values only when the whole literal has been found well formed. */
	readonly #elements: (string | null)[] = [];
	/** Depth at which elements stand, once one has been met. */
	#elementDepth = -1;

	constructor(text: string, parseElement: (text: string) => unknown, delimiter: string) {
		this.#text = text;
		this.#parseElement = parseElement;
		this.#delimiter = delimiter;
	}

	parse(): PgArray {
		const written = this.#decoration();
		this.#skipSpace();
		if (this.#text[this.#at] !== '{') {
			throw this.#malformed(this.#startDetail(written !== null));
		}
		this.#level(0);
		this.#skipSpace();
		if (this.#at < this.#text.length) throw this.#malformed('Junk after closing right brace.');
		return this.#result(written);
	}

	#startDetail(hasDimensions: boolean): string {
		if (hasDimensions) return 'Array contents must start with "{".';
		return this.#text[this.#at] === '['
			? '"[" must introduce explicitly-specified array dimensions.'
			: 'Array value must start with "{" or dimension information.';
	}

	#result(written: { lower: number[]; upper: number[] } | null): PgArray {
		if (this.#elements.length === 0) {
			if (this.#lengths.length > 1) throw this.#malformed('Unexpected "}" character.');
			return PgArray.empty;
		}
		const bounds = written?.lower ?? this.#lengths.map(() => 1);
		if (written !== null) this.#checkWritten(written);
		const values: unknown[] = this.#elements.map((text) => (text === null ? null : this.#parseElement(text)));
		return new PgArray(this.#lengths, bounds, values);
	}

	#checkWritten(written: { lower: number[]; upper: number[] }): void {
		const matches =
			written.lower.length === this.#lengths.length && written.lower.every((lower, index) => written.upper[index]! - lower + 1 === this.#lengths[index]);
		if (!matches) throw this.#malformed('Specified array dimensions do not match array contents.');
	}

	#decoration(): { lower: number[]; upper: number[] } | null {
		const lower: number[] = [];
		const upper: number[] = [];
		for (;;) {
			const match = DECORATION.exec(this.#text.slice(this.#at, this.#at + 100));
			if (match === null) break;
			if (lower.length === ARRAY_DIMENSIONS_MAX) throw tooManyDimensions(lower.length + 1);
			const first = match[2] === undefined ? 1 : Number(match[1]);
			const last = Number(match[2] ?? match[1]);
			if (last < first) throw sqlError('2202E', 'upper bound cannot be less than lower bound');
			if (last >= BOUND_MAX) throw sqlError('54000', `array lower bound is too large: ${first}`);
			lower.push(first);
			upper.push(last);
			this.#at += match[0].length;
		}
		if (lower.length === 0) return null;
		this.#skipSpace();
		if (this.#text[this.#at] !== '=') throw this.#malformed('Missing "=" after array dimensions.');
		this.#at++;
		return { lower, upper };
	}

	/** From an opening brace to after its closing one. */
	#level(depth: number): void {
		if (depth === ARRAY_DIMENSIONS_MAX) throw tooManyDimensions(depth + 1);
		if (this.#lengths.length === depth) this.#lengths.push(-1);
		this.#at++;
		let count = 0;
		for (;;) {
			this.#skipSpace();
			const first = this.#text[this.#at];
			if (first === '}') {
				// Only the empty array may have a brace closed before any item.
				if (count > 0 || depth > 0) throw this.#malformed('Unexpected "}" character.');
				this.#at++;
				break;
			}
			if (first === '{') {
				if (this.#elementDepth === depth) throw this.#malformed('Unexpected "{" character.');
				this.#level(depth + 1);
			} else this.#element(depth);
			count++;
			this.#skipSpace();
			const next = this.#text[this.#at];
			if (next === undefined) throw this.#malformed('Unexpected end of input.');
			this.#at++;
			if (next === '}') break;
			if (next !== this.#delimiter) throw this.#malformed(next === '{' ? 'Unexpected "{" character.' : 'Unexpected array element.');
		}
		const expected = this.#lengths[depth]!;
		if (expected === -1) this.#lengths[depth] = count;
		else if (expected !== count) throw this.#malformed('Multidimensional arrays must have sub-arrays with matching dimensions.');
	}

	#element(depth: number): void {
		const first = this.#text[this.#at];
		if (first === undefined) throw this.#malformed('Unexpected end of input.');
		if (first === this.#delimiter) throw this.#malformed(`Unexpected "${first}" character.`);
		if (this.#elementDepth !== -1 && this.#elementDepth !== depth) throw this.#malformed('Unexpected array element.');
		if (this.#elementDepth === -1 && this.#lengths.length > depth + 1) throw this.#malformed('Unexpected array element.');
		this.#elementDepth = depth;
		if (this.#elements.length === ARRAY_ELEMENTS_MAX) throw sqlError('54000', `array size exceeds the maximum allowed (${ARRAY_ELEMENTS_MAX})`);
		if (first === '"') this.#elements.push(this.#quoted());
		else {
			const { text, isNull } = this.#unquoted();
			this.#elements.push(isNull ? null : text);
		}
	}

	#quoted(): string {
		const text = this.#text;
		let begin = ++this.#at;
		let result = '';
		for (;;) {
			const character = text[this.#at];
			if (character === undefined) throw this.#malformed('Unexpected end of input.');
			if (character === '"') break;
			if (character === '\\') {
				result += text.slice(begin, this.#at);
				begin = this.#at + 1;
				this.#at += 2;
			} else this.#at++;
		}
		result += text.slice(begin, this.#at);
		this.#at++;
		return result;
	}

	#unquoted(): { text: string; isNull: boolean } {
		const text = this.#text;
		let result = '';
		// Length up to which trailing blanks are part of the element, because the last one was escaped.
		let kept = 0;
		let escaped = false;
		for (;;) {
			const character = text[this.#at];
			if (character === undefined) throw this.#malformed('Unexpected end of input.');
			if (character === this.#delimiter || character === '}') break;
			if (character === '"') throw this.#malformed('Unexpected array element.');
			if (character === '{') throw this.#malformed('Unexpected "{" character.');
			if (character === '\\') {
				const next = text[this.#at + 1];
				if (next === undefined) throw this.#malformed('Unexpected end of input.');
				result += next;
				kept = result.length;
				escaped = true;
				this.#at += 2;
			} else {
				result += character;
				if (!isSpace(character.charCodeAt(0))) kept = result.length;
				this.#at++;
			}
		}
		const trimmed = result.slice(0, kept);
		return { text: trimmed, isNull: !escaped && trimmed.length === 4 && trimmed.toLowerCase() === 'null' };
	}

	#skipSpace(): void {
		while (this.#at < this.#text.length && isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
	}

	#malformed(detail: string): Error {
		return sqlError('22P02', `malformed array literal: "${this.#text}"`, { detail });
	}
}

function tooManyDimensions(count: number): Error {
	return sqlError('54000', `number of array dimensions (${count}) exceeds the maximum allowed (${ARRAY_DIMENSIONS_MAX})`);
}

function isSpace(code: number): boolean {
	return code === 32 || (code >= 9 && code <= 13);
}

/** The literal of an array; `formatElement` gives the text of one that is not null. */
export function formatArray(array: PgArray, formatElement: (value: unknown) => string, delimiter = ','): string {
	if (array.dimensions.length === 0) return '{}';
	const texts = array.elements.map((element) => (element === null ? 'NULL' : quoteElement(formatElement(element), delimiter)));
	const plain = array.lowerBounds.every((bound) => bound === 1);
	const bounds = plain ? '' : `${array.dimensions.map((length, index) => `[${array.lowerBounds[index]}:${array.lowerBounds[index]! + length - 1}]`).join('')}=`;
	let level = texts;
	for (let depth = array.dimensions.length - 1; depth >= 0; depth--) {
		const length = array.dimensions[depth]!;
		const next: string[] = [];
		for (let index = 0; index < level.length; index += length) next.push(`{${level.slice(index, index + length).join(delimiter)}}`);
		level = next;
	}
	return bounds + level[0]!;
}

const PLAIN_ELEMENT = /^[^\s{},"\\]+$/;

function quoteElement(text: string, delimiter: string): string {
	if (PLAIN_ELEMENT.test(text) && !(text.length === 4 && text.toLowerCase() === 'null')) return text;
	// \s has more than PostgreSQL's six blanks: those others need no quotes.
	if (text !== '' && !/[ \t\n\v\f\r{}"\\]/.test(text) && !text.includes(delimiter) && text.toLowerCase() !== 'null') return text;
	return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
