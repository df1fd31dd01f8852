/** Texts of ranges, `[1,5)`, and of multiranges, `{[1,3),[5,8)}` (PostgreSQL's manual, 8.17). */
import { sqlError } from '../platform/errors.ts';
import { type Multirange, Range, type RangeRules } from './range.ts';

type Parse = (text: string) => unknown;
type Format = (value: unknown) => string;

/** Texts of a range's parts: they are read as values only when what is around them has been found well formed. */
interface Bounds {
	readonly lower: string | null;
	readonly upper: string | null;
	readonly isLowerInclusive: boolean;
	readonly isUpperInclusive: boolean;
}

function rangeWith({ lower, upper, isLowerInclusive, isUpperInclusive }: Bounds, rules: RangeRules, parseBound: Parse): Range {
	const value = (bound: string | null): unknown => (bound === null ? null : parseBound(bound));
	return rules.make(value(lower), value(upper), isLowerInclusive, isUpperInclusive);
}

const SPACE = /[ \t\n\v\f\r]/;

export function parseRange(text: string, rules: RangeRules, parseBound: Parse): Range {
	return new RangeReader(text, 'range').range(rules, parseBound);
}

export function parseMultirange(text: string, rules: RangeRules, parseBound: Parse): Multirange {
	return new RangeReader(text, 'multirange').multirange(rules, parseBound);
}

class RangeReader {
	readonly #text: string;
	readonly #what: 'range' | 'multirange';
	#at = 0;

	constructor(text: string, what: 'range' | 'multirange') {
		this.#text = text;
		this.#what = what;
	}

	#malformed(detail: string): Error {
		return sqlError('22P02', `malformed ${this.#what} literal: "${this.#text}"`, { detail });
	}

	#skipSpace(): void {
		while (SPACE.test(this.#text.charAt(this.#at))) this.#at++;
	}

	range(rules: RangeRules, parseBound: Parse): Range {
		this.#skipSpace();
		if (/^empty/i.test(this.#text.slice(this.#at))) {
			this.#at += 5;
			this.#skipSpace();
			if (this.#at < this.#text.length) throw this.#malformed('Junk after "empty" key word.');
			return Range.empty;
		}
		const range = this.#bounded();
		this.#skipSpace();
		if (this.#at < this.#text.length) throw this.#malformed('Junk after right parenthesis or bracket.');
		return rangeWith(range, rules, parseBound);
	}

	#bounded(): Bounds {
		const open = this.#text[this.#at++];
		if (open !== '[' && open !== '(') throw this.#malformed('Missing left parenthesis or bracket.');
		const lower = this.#bound();
		if (this.#text[this.#at++] !== ',') throw this.#malformed('Missing comma after lower bound.');
		const upper = this.#bound();
		const close = this.#text[this.#at++];
		if (close === ',') throw this.#malformed('Too many commas.');
		return { lower, upper, isLowerInclusive: open === '[', isUpperInclusive: close === ']' };
	}

	/** The text up to a comma, bracket or parenthesis; null where there is none. */
	#bound(): string | null {
		const text = this.#text;
		if (/[,)\]]/.test(text.charAt(this.#at))) return null;
		let bound = '';
		let isQuoted = false;
		for (;;) {
			const character = text[this.#at];
			if (character === undefined) throw this.#malformed('Unexpected end of input.');
			if (!isQuoted && (character === ',' || character === ')' || character === ']')) return bound;
			this.#at++;
			if (character === '\\') {
				if (this.#at === text.length) throw this.#malformed('Unexpected end of input.');
				bound += text[this.#at++];
			} else if (character !== '"') bound += character;
			else if (isQuoted && text[this.#at] === '"') {
				bound += '"';
				this.#at++;
			} else isQuoted = !isQuoted;
		}
	}

	multirange(rules: RangeRules, parseBound: Parse): Multirange {
		this.#skipSpace();
		if (this.#text[this.#at++] !== '{') throw this.#malformed('Missing left brace.');
		const ranges: Range[] = [];
		this.#skipSpace();
		if (this.#text[this.#at] === '}') this.#at++;
		else {
			for (;;) {
				ranges.push(this.#member(rules, parseBound));
				this.#skipSpace();
				const after = this.#text[this.#at++];
				if (after === '}') break;
				if (after === undefined) throw this.#malformed('Unexpected end of input.');
				if (after !== ',') throw this.#malformed('Expected comma or end of multirange.');
			}
		}
		this.#skipSpace();
		if (this.#at < this.#text.length) throw this.#malformed('Junk after closing right brace.');
		return rules.multirange(ranges);
	}

	#member(rules: RangeRules, parseBound: Parse): Range {
		this.#skipSpace();
		if (this.#at >= this.#text.length) throw this.#malformed('Unexpected end of input.');
		if (/^empty/i.test(this.#text.slice(this.#at))) {
			this.#at += 5;
			return Range.empty;
		}
		if (!/[[(]/.test(this.#text.charAt(this.#at))) throw this.#malformed('Expected range start.');
		return rangeWith(this.#bounded(), rules, parseBound);
	}
}

export function formatRange(range: Range, formatBound: Format): string {
	if (range.isEmpty) return 'empty';
	const lower = range.lower === null ? '' : quoteBound(formatBound(range.lower));
	const upper = range.upper === null ? '' : quoteBound(formatBound(range.upper));
	return `${range.isLowerInclusive ? '[' : '('}${lower},${upper}${range.isUpperInclusive ? ']' : ')'}`;
}

export function formatMultirange({ ranges }: Multirange, formatBound: Format): string {
	return `{${ranges.map((range) => formatRange(range, formatBound)).join(',')}}`;
}

function quoteBound(text: string): string {
	if (text !== '' && !/["\\()[\],\s]/.test(text)) return text;
	return `"${text.replace(/["\\]/g, '$&$&')}"`;
}
