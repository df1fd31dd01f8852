/**
 * Regular expressions of XPath (XQuery 1.0 and XPath 2.0 Functions and Operators, section 7.6.1) in terms of JavaScript's: flags
 * s, m, i, x, q, subtraction of character classes, \i and \c. Kept per pattern and flags; guarded against endless backtracking.
 */
import { guardedRegExp } from '../guarded-regular-expression.ts';

const NAME_START =
	':A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}';
const NAME = `${NAME_START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}`;

const CACHE_MAX = 512;
const cache = new Map<string, RegExp | null>();

/** The expression, or null when pattern or flags are none. `global`: for replacing. */
export function compilePattern(pattern: string, flags: string, global = false): RegExp | null {
	const key = `${global ? 'g' : ''}${flags}/${pattern}`;
	const known = cache.get(key);
	if (known !== undefined) return known;
	if (cache.size >= CACHE_MAX) cache.clear();
	const made = compile(pattern, flags, global);
	cache.set(key, made);
	return made;
}

function compile(pattern: string, flags: string, global: boolean): RegExp | null {
	if (!/^[smixq]*$/.test(flags)) return null;
	const options = new Set(flags);
	const source = options.has('q') ? pattern.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&') : translate(pattern, options.has('x'));
	const letters = `${global ? 'g' : ''}${options.has('i') ? 'i' : ''}${options.has('m') ? 'm' : ''}${options.has('s') ? 's' : ''}v`;
	try {
		return guardedRegExp(source, letters, repetitionOf(source));
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

/** Rewrites what the two syntaxes say differently. */
function translate(pattern: string, expanded: boolean): string {
	let result = '';
	/** Where the open classes begin in the result. */
	const starts: number[] = [];
	for (let i = 0; i < pattern.length; i++) {
		const c = pattern[i]!;
		if (c === '\\') {
			const next = pattern[++i] ?? '';
			result += escapeOf(next, starts.length > 0);
		} else if (c === '[') {
			starts.push(result.length);
			result += c;
		} else if (c === ']') {
			starts.pop();
			result += c;
		} else if (starts.length > 0) {
			// [a-z-[aeiou]] is subtraction, whose operands JavaScript wants in brackets.
			const start = starts.at(-1)!;
			if (c === '-' && pattern[i + 1] === '[') result = `${result.slice(0, start)}[${result.slice(start)}]--`;
			else if (c === '-' && (pattern[i + 1] === ']' || pattern[i - 1] === '[' || (pattern[i - 1] === '^' && pattern[i - 2] === '['))) result += '\\-';
			else result += /[()/{}|&!#%,:;<=>@`~]/.test(c) ? `\\${c}` : c;
		} else if (!(expanded && /\s/.test(c))) result += c === '/' ? '\\/' : c;
	}
	return result;
}

function escapeOf(letter: string, inClass: boolean): string {
	const wrap = (set: string): string => (inClass ? set : `[${set}]`);
	switch (letter) {
		case 'i':
			return wrap(NAME_START);
		case 'I':
			return `[^${NAME_START}]`;
		case 'c':
			return wrap(NAME);
		case 'C':
			return `[^${NAME}]`;
		default:
			return `\\${letter}`;
	}
}

/** How the source repeats, roughly: for the guard. */
function repetitionOf(source: string): { isNested: boolean; unboundedCount: number } {
	const bare = source.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
	return { isNested: /[*+}][^()]*\)[*+{]/.test(bare) || /\\[1-9]/.test(source), unboundedCount: (bare.match(/[*+]|,\}/g) ?? []).length };
}
