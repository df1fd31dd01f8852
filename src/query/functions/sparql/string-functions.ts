/** Functions on strings: SPARQL 1.1 Query Language, section 17.4.3. Results keep the language of their first argument; an error is null. */
import { Literal, type RdfTerm, stringLiteral } from '../../../value/rdf-term.ts';
import { INTEGER, isNumericRank, LANG_STRING, meaningOf, STRING } from './meaning.ts';
import { toDouble } from './numeric.ts';
import { compilePattern } from './pattern.ts';

/** A string or a string with a language, or null. */
export function stringOf(term: RdfTerm): Literal | null {
	if (term.termType !== 'Literal') return null;
	const { rank } = meaningOf(term);
	return rank === STRING || rank === LANG_STRING ? term : null;
}

/** A string without a language, or null. */
export function plainOf(term: RdfTerm): string | null {
	return term.termType === 'Literal' && meaningOf(term).rank === STRING ? term.value : null;
}

/** The text with the language of `like`. */
function alike(text: string, like: Literal): Literal {
	return like.language === '' ? stringLiteral(text) : new Literal(text, like.language, like.datatype);
}

/** Section 17.4.3.1.2: the second has no language, or that of the first. */
function compatible(a: RdfTerm, b: RdfTerm): readonly [Literal, Literal] | null {
	const left = stringOf(a);
	const right = stringOf(b);
	if (left === null || right === null) return null;
	return right.language === '' || right.language.toLowerCase() === left.language.toLowerCase() ? [left, right] : null;
}

export function mapText(term: RdfTerm, map: (text: string) => string): Literal | null {
	const string = stringOf(term);
	return string === null ? null : alike(map(string.value), string);
}

export function characterCount(text: string): number {
	let count = 0;
	for (const _ of text) count++;
	return count;
}

/** substring() of XPath: positions count characters from 1, and are rounded. */
export function substring(term: RdfTerm, start: RdfTerm, length: RdfTerm | undefined): Literal | null {
	const string = stringOf(term);
	const from = numberOf(start);
	const count = length === undefined ? Number.POSITIVE_INFINITY : numberOf(length);
	if (string === null || from === null || count === null) return null;
	const first = Math.round(from);
	const end = first + Math.round(count);
	let text = '';
	let position = 0;
	for (const character of string.value) {
		position++;
		if (position >= first && position < end) text += character;
	}
	return alike(text, string);
}

function numberOf(term: RdfTerm): number | null {
	if (term.termType !== 'Literal') return null;
	const { rank, value } = meaningOf(term);
	return isNumericRank(rank) ? (rank === INTEGER ? Number(value) : toDouble(rank, value)) : null;
}

export function testText(a: RdfTerm, b: RdfTerm, test: (text: string, part: string) => boolean): boolean | null {
	const pair = compatible(a, b);
	return pair === null ? null : test(pair[0].value, pair[1].value);
}

export function before(a: RdfTerm, b: RdfTerm): Literal | null {
	const pair = compatible(a, b);
	if (pair === null) return null;
	const at = pair[0].value.indexOf(pair[1].value);
	return at < 0 ? stringLiteral('') : alike(pair[0].value.slice(0, at), pair[0]);
}

export function after(a: RdfTerm, b: RdfTerm): Literal | null {
	const pair = compatible(a, b);
	if (pair === null) return null;
	const at = pair[0].value.indexOf(pair[1].value);
	return at < 0 ? stringLiteral('') : alike(pair[0].value.slice(at + pair[1].value.length), pair[0]);
}

/** The language stays when all have it. */
export function concat(terms: readonly RdfTerm[]): Literal | null {
	let text = '';
	let like: Literal | null = null;
	let isOne = true;
	for (const term of terms) {
		const string = stringOf(term);
		if (string === null) return null;
		text += string.value;
		if (like === null) like = string;
		else if (like.language.toLowerCase() !== string.language.toLowerCase()) isOne = false;
	}
	return like === null || !isOne ? stringLiteral(text) : alike(text, like);
}

export function encodeForUri(text: string): string {
	return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** RFC 4647, basic filtering. */
export function langMatches(tag: string, range: string): boolean {
	if (range === '*') return tag !== '';
	const [have, want] = [tag.toLowerCase(), range.toLowerCase()];
	return want !== '' && (have === want || have.startsWith(`${want}-`));
}

export function matches(term: RdfTerm, pattern: RdfTerm, flags: RdfTerm | undefined): boolean | null {
	const string = stringOf(term);
	const source = plainOf(pattern);
	const letters = flags === undefined ? '' : plainOf(flags);
	if (string === null || source === null || letters === null) return null;
	return compilePattern(source, letters)?.test(string.value) ?? null;
}

/** replace() of XPath: `$1` are groups, `\$` and `\\` themselves; a pattern that matches nothing at all is an error. */
export function replace(term: RdfTerm, pattern: RdfTerm, replacement: RdfTerm, flags: RdfTerm | undefined): Literal | null {
	const string = stringOf(term);
	const source = plainOf(pattern);
	const text = plainOf(replacement);
	const letters = flags === undefined ? '' : plainOf(flags);
	if (string === null || source === null || text === null || letters === null) return null;
	const expression = compilePattern(source, letters, true);
	if (expression === null || compilePattern(source, letters)?.test('') !== false) return null;
	const isLiteral = letters.includes('q');
	if (!isLiteral && /(?:^|[^\\])(?:\\\\)*(?:\\(?![\\$])|\$(?!\d))/.test(text)) return null;
	const fill = (groups: readonly unknown[]): string =>
		isLiteral
			? text
			: text.replace(/\\([\\$])|\$(\d)/g, (_, escaped: string | undefined, digit: string | undefined) => escaped ?? String(groups[Number(digit)] ?? ''));
	return alike(
		string.value.replace(expression, (...match: unknown[]) => fill(match)),
		string,
	);
}
