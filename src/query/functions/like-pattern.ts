/**
 * LIKE: patterns of `%` (any characters), `_` (one character) and a backslash that takes the next character for itself. Most
 * patterns are a text with `%` at an end, for which a matcher of string methods is made; others become a RegExp.
 *
 * Matchers are kept in a bounded cache, and call sites keep their last one, since patterns are nearly always constant.
 */
import { sqlError } from '../../platform/errors.ts';
import { guardedRegExp } from './guarded-regular-expression.ts';

export type Matcher = (text: string) => boolean;

const CACHE_MAX = 512;
const cache = new Map<string, Matcher>();

/** The matcher of a pattern. */
export function likeMatcher(pattern: string): Matcher {
	const known = cache.get(pattern);
	if (known !== undefined) return known;
	const made = compileLike(pattern);
	if (cache.size >= CACHE_MAX) cache.clear();
	cache.set(pattern, made);
	return made;
}

/** A pattern as literal texts and wildcards; a backslash at the very end is wrong, but only if a text gets as far as it. */
type Piece = { readonly text: string } | { readonly wildcard: '%' | '_' | '\\' };

function parseLike(pattern: string): Piece[] {
	const pieces: Piece[] = [];
	let text = '';
	const flush = (): void => {
		if (text !== '') pieces.push({ text });
		text = '';
	};
	for (let at = 0; at < pattern.length; at++) {
		const character = pattern[at]!;
		if (character === '%' || character === '_') {
			flush();
			pieces.push({ wildcard: character });
		} else if (character === '\\') {
			at++;
			if (at < pattern.length) text += pattern[at];
			else {
				flush();
				pieces.push({ wildcard: '\\' });
			}
		} else text += character;
	}
	flush();
	return pieces;
}

function compileLike(pattern: string): Matcher {
	const pieces = parseLike(pattern);
	const last = pieces[pieces.length - 1];
	if (last !== undefined && 'wildcard' in last && last.wildcard === '\\') return danglingMatcher(pieces.slice(0, -1));
	const simple = simpleMatcher(pieces);
	if (simple !== undefined) return simple;
	const unboundedCount = pieces.filter((piece) => 'wildcard' in piece && piece.wildcard === '%').length;
	const regExp = guardedRegExp(`^${sourceOf(pieces)}$`, 'u', { isNested: false, unboundedCount });
	return (text) => regExp.test(text);
}

const sourceOf = (pieces: readonly Piece[]): string =>
	pieces.map((piece) => ('text' in piece ? escapeRegExp(piece.text) : piece.wildcard === '%' ? '[^]*' : '[^]')).join('');

function danglingMatcher(before: readonly Piece[]): Matcher {
	const reached = new RegExp(`^${sourceOf(before)}[^]`, 'u');
	return (text) => {
		if (reached.test(text)) throw sqlError('22025', 'LIKE pattern must not end with escape character');
		return false;
	};
}

/** Matchers without a RegExp: for texts with `%` on either side, both or none. */
function simpleMatcher(pieces: readonly Piece[]): Matcher | undefined {
	const isPercent = (piece: Piece | undefined): boolean => piece !== undefined && 'wildcard' in piece && piece.wildcard === '%';
	const textOf = (piece: Piece | undefined): string | undefined => (piece !== undefined && 'text' in piece ? piece.text : undefined);
	if (pieces.length === 0) return (text) => text === '';
	if (pieces.length === 1) {
		if (isPercent(pieces[0])) return () => true;
		const only = textOf(pieces[0]);
		return only === undefined ? undefined : (text) => text === only;
	}
	if (pieces.length === 2) {
		const first = textOf(pieces[0]);
		if (first !== undefined && isPercent(pieces[1])) return (text) => text.startsWith(first);
		const second = textOf(pieces[1]);
		return isPercent(pieces[0]) && second !== undefined ? (text) => text.endsWith(second) : undefined;
	}
	const middle = textOf(pieces[1]);
	if (pieces.length === 3 && middle !== undefined && isPercent(pieces[0]) && isPercent(pieces[2])) return (text) => text.includes(middle);
	return undefined;
}

export function escapeRegExp(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Rewrites a pattern with another escape character (none when empty) to one with backslashes. */
export function likeEscape(pattern: string, escapeWith: string): string {
	if (escapeWith === '\\') return pattern;
	if (escapeWith === '') return pattern.replaceAll('\\', '\\\\');
	if (Array.from(escapeWith).length > 1) throw invalidEscape();
	let result = '';
	let escaped = false;
	for (const character of pattern) {
		if (character === escapeWith && !escaped) {
			result += '\\';
			escaped = true;
			continue;
		}
		result += character === '\\' && !escaped ? '\\\\' : character;
		escaped = false;
	}
	return result;
}

function invalidEscape(): Error {
	return sqlError('22025', 'invalid escape string', { hint: 'Escape string must be empty or one character.' });
}

/**
 * A SIMILAR TO pattern as an advanced regular expression over the whole text. `escape"` (twice) marks the part that
 * substring(… SIMILAR …) gives back: the pieces around it match as little, and it as much, as they can.
 */
export function similarToRegularExpression(pattern: string, escapeWith: string): string {
	if (Array.from(escapeWith).length > 1) throw invalidEscape();
	let result = '^(?:';
	let separators = 0;
	let bracketDepth = 0;
	let escaped = false;
	for (const character of pattern) {
		if (escaped) {
			if (character === '"' && bracketDepth === 0) {
				separators++;
				if (separators > 2) throw sqlError('2200C', 'SQL regular expression may not contain more than two escape-double-quote separators');
				result += separators === 1 ? '){1,1}?(' : '){1,1}(?:';
			} else result += `\\${character}`;
			escaped = false;
		} else if (character === escapeWith) {
			escaped = true;
		} else if (bracketDepth > 0) {
			result += character === '\\' ? '\\\\' : character;
			if (character === ']') bracketDepth = 0;
		} else {
			if (character === '[') bracketDepth = 1;
			result += SIMILAR_CHARACTERS.get(character) ?? character;
		}
	}
	return `${result})$`;
}

const SIMILAR_CHARACTERS: ReadonlyMap<string, string> = new Map([
	['%', '.*'],
	['_', '.'],
	['(', '(?:'],
	['\\', '\\\\'],
	['.', '\\.'],
	['^', '\\^'],
	['$', '\\$'],
]);
