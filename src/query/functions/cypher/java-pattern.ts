/**
 * Regular expressions of `=~` and `replace`-like functions, which Cypher writes as Java does, as JavaScript's. Both are Perl's for the
 * most part. Read differently: flags in front (`(?i)`, `(?s)`, `(?m)`, `(?u)`, `(?x)`), `\Q…\E`, `\A`, `\z`, `\Z`, `\h`, and the
 * POSIX classes `\p{Alpha}` and the like. Possessive quantifiers and atomic groups are refused.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import { guardedRegExp, type Repetition } from '../guarded-regular-expression.ts';

const POSIX_CLASSES: Readonly<Record<string, string>> = {
	Lower: 'a-z',
	Upper: 'A-Z',
	ASCII: '\\x00-\\x7f',
	Alpha: 'a-zA-Z',
	Digit: '0-9',
	Alnum: 'a-zA-Z0-9',
	Punct: '!-\\/:-@\\[-`\\{-~',
	Graph: '!-~',
	Print: ' -~',
	Blank: ' \\t',
	Cntrl: '\\x00-\\x1f\\x7f',
	XDigit: '0-9a-fA-F',
	Space: ' \\t\\n\\x0b\\f\\r',
	IsAlphabetic: '\\p{Alphabetic}',
	IsLetter: '\\p{L}',
	IsDigit: '\\p{Nd}',
	IsUppercase: '\\p{Uppercase}',
	IsLowercase: '\\p{Lowercase}',
	IsWhite_Space: '\\p{White_Space}',
};

const PATTERNS_MAX = 256;
const known = new Map<string, RegExp>();

/** `whole`: must match the whole text; `part`: any part of it, again and again. A SyntaxError for a pattern that is none. */
export function compiledPattern(pattern: string, extent: 'whole' | 'part'): RegExp {
	const name = `${extent}:${pattern}`;
	let compiled = known.get(name);
	if (compiled === undefined) {
		compiled = compile(pattern, extent);
		if (known.size >= PATTERNS_MAX) known.delete(known.keys().next().value as string);
		known.set(name, compiled);
	}
	compiled.lastIndex = 0;
	return compiled;
}

function compile(pattern: string, extent: 'whole' | 'part'): RegExp {
	const flags = new Set(extent === 'part' ? 'gu' : 'u');
	const rest = takeFlags(pattern, flags);
	const source = new PatternReader(rest, pattern).source();
	try {
		return guardedRegExp(extent === 'whole' ? `^(?:${source})$` : source, [...flags].join(''), repetitionOf(source));
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
		throw badPattern(pattern, error.message, error);
	}
}

function badPattern(pattern: string, why: string, cause?: unknown): Error {
	return cypherError('SyntaxError', `'${pattern}' is no regular expression: ${why}`, cause === undefined ? {} : { cause });
}

/** `(?is)` in front; `d`, `u` and `U` say what holds anyway. */
function takeFlags(pattern: string, flags: Set<string>): string {
	const match = /^\(\?([a-zA-Z]+)\)/.exec(pattern);
	if (match === null) return pattern;
	for (const flag of match[1]!) {
		if (flag === 'i' || flag === 's' || flag === 'm') flags.add(flag);
		else if (flag !== 'u' && flag !== 'U' && flag !== 'd') throw badPattern(pattern, `the flag ${flag} is not supported`);
	}
	return takeFlags(pattern.slice(match[0].length), flags);
}

class PatternReader {
	readonly #text: string;
	readonly #whole: string;
	#at = 0;
	#classDepth = 0;

	constructor(text: string, whole: string) {
		this.#text = text;
		this.#whole = whole;
	}

	source(): string {
		let out = '';
		while (this.#at < this.#text.length) out += this.#next();
		return out;
	}

	#next(): string {
		const char = this.#text[this.#at++]!;
		if (char === '\\') return this.#escape();
		if (char === '[') {
			this.#classDepth++;
			if (this.#classDepth > 1) throw badPattern(this.#whole, 'classes inside classes are not supported');
			return char;
		}
		if (char === ']' && this.#classDepth > 0) {
			this.#classDepth--;
			return char;
		}
		if (this.#classDepth > 0) return char;
		if (char === ']' || char === '}') return `\\${char}`;
		if (char === '{') return this.#braces();
		if ((char === '*' || char === '+' || char === '?') && this.#text[this.#at] === '+')
			throw badPattern(this.#whole, 'possessive quantifiers are not supported');
		if (char === '(' && this.#text.startsWith('?>', this.#at)) throw badPattern(this.#whole, 'atomic groups are not supported');
		return char;
	}

	/** A count stays one; any other brace is itself. */
	#braces(): string {
		const match = /^\d+(?:,\d*)?\}/.exec(this.#text.slice(this.#at));
		if (match === null) return '\\{';
		this.#at += match[0].length;
		return `{${match[0]}`;
	}

	#escape(): string {
		const char = this.#text[this.#at++];
		if (char === undefined) throw badPattern(this.#whole, 'it ends with a backslash');
		switch (char) {
			case 'Q':
				return this.#quoted();
			case 'A':
				return '(?<![\\s\\S])';
			case 'z':
				return '(?![\\s\\S])';
			case 'Z':
				return '(?=\\n?(?![\\s\\S]))';
			case 'h':
				return this.#classDepth > 0 ? ' \\t\\u00a0' : '[ \\t\\u00a0]';
			case 'p':
			case 'P':
				return this.#property(char);
			default:
				if (/[a-zA-Z0-9]/.test(char)) return `\\${char}`;
				return '^$\\.*+?()[]{}|/-'.includes(char) ? (char === '-' && this.#classDepth === 0 ? '-' : `\\${char}`) : char;
		}
	}

	#quoted(): string {
		const end = this.#text.indexOf('\\E', this.#at);
		const text = this.#text.slice(this.#at, end === -1 ? undefined : end);
		this.#at = end === -1 ? this.#text.length : end + 2;
		return text.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&');
	}

	#property(letter: string): string {
		const match = /^(?:\{(\w+)\}|(\w))/.exec(this.#text.slice(this.#at));
		if (match === null) throw badPattern(this.#whole, `\\${letter} without a name`);
		this.#at += match[0].length;
		const name = match[1] ?? match[2]!;
		const posix = POSIX_CLASSES[name];
		if (posix === undefined) return `\\${letter}{${name.replace(/^Is/, '')}}`;
		if (this.#classDepth === 0) return `[${letter === 'P' ? '^' : ''}${posix}]`;
		if (letter === 'P') throw badPattern(this.#whole, `\\P{${name}} inside a class is not supported`);
		return posix;
	}
}

/** How a source repeats, from its quantifiers: those behind a group that holds one are nested. */
function repetitionOf(source: string): Repetition {
	let unboundedCount = 0;
	let isNested = /\\[1-9]/.test(source);
	const quantified: boolean[] = [];
	let closed = false;
	for (const [token] of source.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\{\d+(,?)\d*\}|[\s\S]/g)) {
		const isQuantifier = token === '*' || token === '+' || /^\{\d+,/.test(token);
		if (token === '(') quantified.push(false);
		if (isQuantifier) {
			if (!/,\d/.test(token)) unboundedCount++;
			if (closed) isNested = true;
			if (quantified.length > 0) quantified[quantified.length - 1] = true;
		}
		closed = false;
		if (token === ')') {
			closed = quantified.pop() ?? false;
			if (closed && quantified.length > 0) quantified[quantified.length - 1] = true;
		}
	}
	return { isNested, unboundedCount };
}
