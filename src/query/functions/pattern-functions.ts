/**
 * Pattern matching: LIKE, ILIKE, SIMILAR TO, regular expressions and the regexp_ functions. Call sites keep the matcher of the
 * last pattern they met.
 *
 * Source: PostgreSQL manual §9.7.
 */
import { sqlError } from '../../platform/errors.ts';
import { LazyModule } from '../../platform/lazy-module.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { OperatorEntry, ScalarFunction, SetFunction } from './contracts.ts';
import { bound, operator, scalar, set } from './define.ts';
import { guardedRegExp } from './guarded-regular-expression.ts';
import { likeEscape, likeMatcher, type Matcher, similarToRegularExpression } from './like-pattern.ts';
import type { CompiledRegex } from './regular-expression.ts';
import { characterCount } from './text-functions.ts';

/** For the operators and functions of regular expressions; LIKE does without. */
const expressions = new LazyModule<typeof import('./regular-expression.ts')>(new URL('./regular-expression.ts', import.meta.url));
const compileRegex = (pattern: string, flags?: string): CompiledRegex => expressions.get().compileRegex(pattern, flags);

type PatternTest = (text: string, pattern: string) => boolean;

/** A test that keeps the matcher of its last pattern. */
function remembering(compile: (pattern: string) => Matcher): () => PatternTest {
	return () => {
		let last = '';
		let matcher: Matcher | null = null;
		return (text, pattern) => {
			if (matcher === null || pattern !== last) {
				matcher = compile(pattern);
				last = pattern;
			}
			return matcher(text);
		};
	};
}

function negated(make: () => PatternTest): () => PatternTest {
	return () => {
		const test = make();
		return (text, pattern) => !test(text, pattern);
	};
}

function ignoringCase(pattern: string): Matcher {
	const matcher = likeMatcher(pattern.toLowerCase());
	return (text) => matcher(text.toLowerCase());
}

function regexMatcher(flags: string): (pattern: string) => Matcher {
	return (pattern) => {
		const { regExp } = compileRegex(pattern, flags);
		return (text) => {
			regExp.lastIndex = 0;
			return regExp.test(text);
		};
	};
}

const like = remembering(likeMatcher);
const iLike = remembering(ignoringCase);
const regex = remembering(regexMatcher(''));
const iRegex = remembering(regexMatcher('i'));

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
const byteaLike = (value: Uint8Array, pattern: Uint8Array): boolean => likeMatcher(latin1(pattern))(latin1(value));

function byteaLikeEscape(pattern: Uint8Array, escapeWith: Uint8Array): Uint8Array {
	return new Uint8Array(Buffer.from(likeEscape(latin1(pattern), latin1(escapeWith)), 'latin1'));
}

/** UTF-16 index of the character at a position counted from 1. */
function indexOfPosition(text: string, position: number): number {
	if (position <= 1) return 0;
	let index = 0;
	let left = position - 1;
	for (const character of text) {
		if (left-- === 0) return index;
		index += character.length;
	}
	return left > 0 ? text.length + 1 : index;
}

function checkPositive(value: number, name: string): void {
	if (value <= 0) throw sqlError('22023', `invalid value for parameter "${name}": ${value}`);
}

function checkNotNegative(value: number, name: string): void {
	if (value < 0) throw sqlError('22023', `invalid value for parameter "${name}": ${value}`);
}

function refuseGlobal(compiled: CompiledRegex, name: string, hint = ''): CompiledRegex {
	if (!compiled.global) return compiled;
	throw sqlError('22023', `${name} does not support the "global" option`, hint === '' ? {} : { hint });
}

/** Matches in order from a UTF-16 index; after an empty one the search goes on a character further. */
function* matchesOf(compiled: CompiledRegex, text: string, from = 0): Generator<RegExpExecArray> {
	const { regExp } = compiled;
	let at = from;
	while (at <= text.length) {
		regExp.lastIndex = at;
		const match = regExp.exec(text);
		if (match === null) return;
		yield match;
		const end = match.index + match[0].length;
		at = match[0] === '' ? end + (text.codePointAt(end)! > 0xffff ? 2 : 1) : end;
	}
}

/** The n-th match, counted from 1. */
function nthMatch(compiled: CompiledRegex, text: string, from: number, n: number): RegExpExecArray | null {
	let count = 0;
	for (const match of matchesOf(compiled, text, from)) if (++count === n) return match;
	return null;
}

/** Captures, or the whole match where there are none. */
function captures(match: RegExpExecArray): PgArray {
	return PgArray.of(match.length === 1 ? [match[0]] : match.slice(1).map((capture) => capture ?? null));
}

function regexpMatch(text: string, pattern: string, flags = ''): PgArray | null {
	const compiled = refuseGlobal(compileRegex(pattern, flags), 'regexp_match()', 'Use the regexp_matches function instead.');
	const match = nthMatch(compiled, text, 0, 1);
	return match === null ? null : captures(match);
}

function* regexpMatches(text: string, pattern: string, flags = ''): Generator<PgArray> {
	const compiled = compileRegex(pattern, flags);
	for (const match of matchesOf(compiled, text)) {
		yield captures(match);
		if (!compiled.global) return;
	}
}

/** `\1` to `\9`, `\&` and `\\` in a replacement; other characters stand for themselves. */
function expandReplacement(replacement: string, match: RegExpExecArray): string {
	if (!replacement.includes('\\')) return replacement;
	return replacement.replace(/\\([1-9&\\])/g, (_, code: string) => {
		if (code === '\\') return '\\';
		return code === '&' ? match[0] : (match[Number(code)] ?? '');
	});
}

/** Replaces the n-th match from an index, or all of them when n is 0. */
function replaceMatches(compiled: CompiledRegex, text: string, replacement: string, from: number, n: number): string {
	let result = '';
	let done = 0;
	let count = 0;
	for (const match of matchesOf(compiled, text, from)) {
		count++;
		if (n > 0 && count < n) continue;
		result += text.slice(done, match.index) + expandReplacement(replacement, match);
		done = match.index + match[0].length;
		if (n > 0) break;
	}
	return result + text.slice(done);
}

function regexpReplace(text: string, pattern: string, replacement: string, flags = ''): string {
	if (/^[0-9]/.test(flags)) {
		throw sqlError('22023', `invalid regular expression option: "${flags[0]}"`, {
			hint: 'If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.',
		});
	}
	const compiled = compileRegex(pattern, flags);
	return replaceMatches(compiled, text, replacement, 0, compiled.global ? 0 : 1);
}

function regexpReplaceFrom(text: string, pattern: string, replacement: string, start: number, n = 1, flags = ''): string {
	checkPositive(start, 'start');
	checkNotNegative(n, 'n');
	return replaceMatches(compileRegex(pattern, flags), text, replacement, indexOfPosition(text, start), n);
}

/** Pieces between matches; an empty match at either end, or right after another, does not split. */
function splitAtMatches(text: string, pattern: string, flags: string, name: string): string[] {
	const compiled = refuseGlobal(compileRegex(pattern, flags), name);
	const pieces: string[] = [];
	let done = 0;
	for (const match of matchesOf(compiled, text)) {
		const end = match.index + match[0].length;
		if (match[0] === '' && (match.index === done || match.index >= text.length)) continue;
		pieces.push(text.slice(done, match.index));
		done = end;
	}
	pieces.push(text.slice(done));
	return pieces;
}

const splitToArray = (text: string, pattern: string, flags = ''): PgArray => PgArray.of(splitAtMatches(text, pattern, flags, 'regexp_split_to_array()'));
const splitToTable = (text: string, pattern: string, flags = ''): string[] => splitAtMatches(text, pattern, flags, 'regexp_split_to_table()');

function regexpCount(text: string, pattern: string, start = 1, flags = ''): number {
	checkPositive(start, 'start');
	const compiled = refuseGlobal(compileRegex(pattern, flags), 'regexp_count()');
	let count = 0;
	for (const _ of matchesOf(compiled, text, indexOfPosition(text, start))) count++;
	return count;
}

function regexpLike(text: string, pattern: string, flags = ''): boolean {
	const { regExp } = refuseGlobal(compileRegex(pattern, flags), 'regexp_like()');
	regExp.lastIndex = 0;
	return regExp.test(text);
}

/** Start and end (UTF-16) of a capture; the whole match for 0. A RegExp without indices is searched again with them. */
function captureRange(compiled: CompiledRegex, text: string, match: RegExpExecArray, group: number): readonly [number, number] | null {
	if (group === 0) return [match.index, match.index + match[0].length];
	const indexed = guardedRegExp(compiled.regExp.source, `${compiled.regExp.flags}d`, compiled.repetition);
	indexed.lastIndex = match.index;
	return indexed.exec(text)?.indices?.[group] ?? null;
}

function regexpPosition(text: string, pattern: string, start = 1, n = 1, end = 0, flags = '', group = 0): number {
	checkPositive(start, 'start');
	checkPositive(n, 'n');
	if (end !== 0 && end !== 1) throw sqlError('22023', `invalid value for parameter "endoption": ${end}`);
	checkNotNegative(group, 'subexpr');
	const compiled = refuseGlobal(compileRegex(pattern, flags), 'regexp_instr()');
	if (group > compiled.groupCount) return 0;
	const match = nthMatch(compiled, text, indexOfPosition(text, start), n);
	const range = match === null ? null : captureRange(compiled, text, match, group);
	return range === null ? 0 : characterCount(text.slice(0, range[end])) + 1;
}

function regexpSubstring(text: string, pattern: string, start = 1, n = 1, flags = '', group = 0): string | null {
	checkPositive(start, 'start');
	checkPositive(n, 'n');
	checkNotNegative(group, 'subexpr');
	const compiled = refuseGlobal(compileRegex(pattern, flags), 'regexp_substr()');
	if (group > compiled.groupCount) return null;
	return nthMatch(compiled, text, indexOfPosition(text, start), n)?.[group] ?? null;
}

/** substring(text FROM pattern): the first capture, or the whole match. */
function substringMatching(text: string, pattern: string): string | null {
	const match = nthMatch(compileRegex(pattern), text, 0, 1);
	if (match === null) return null;
	return (match.length === 1 ? match[0] : match[1]) ?? null;
}

const substringSimilar = (text: string, pattern: string, escapeWith: string): string | null =>
	substringMatching(text, similarToRegularExpression(pattern, escapeWith));
const similarEscape = (pattern: string | null, escapeWith: string | null): string | null =>
	pattern === null ? null : similarToRegularExpression(pattern, escapeWith ?? '\\');

/** The match operators exist for name, text and bpchar on the left. */
const LEFT_TYPES = ['name', 'text', 'bpchar'] as const;
type Triple = readonly [number, number, number];

function matchOperators(
	symbol: string,
	names: readonly [string, string, string],
	operators: Triple,
	functions: Triple,
	make: () => PatternTest,
	negator: string,
): OperatorEntry[] {
	return LEFT_TYPES.map((type, index) =>
		operator(operators[index]!, `${type} ${symbol} text`, bound(functions[index]!, `${names[index]!}(${type}, text) bool`, make), '', negator),
	);
}

export const patternOperators: readonly OperatorEntry[] = [
	...matchOperators('~~', ['namelike', 'textlike', 'bpcharlike'], [1207, 1209, 1211], [858, 850, 1631], like, '!~~'),
	...matchOperators('!~~', ['namenlike', 'textnlike', 'bpcharnlike'], [1208, 1210, 1212], [859, 851, 1632], negated(like), '~~'),
	...matchOperators('~~*', ['nameiclike', 'texticlike', 'bpchariclike'], [1625, 1627, 1629], [1635, 1633, 1660], iLike, '!~~*'),
	...matchOperators('!~~*', ['nameicnlike', 'texticnlike', 'bpcharicnlike'], [1626, 1628, 1630], [1636, 1634, 1661], negated(iLike), '~~*'),
	...matchOperators('~', ['nameregexeq', 'textregexeq', 'bpcharregexeq'], [639, 641, 1055], [79, 1254, 1658], regex, '!~'),
	...matchOperators('!~', ['nameregexne', 'textregexne', 'bpcharregexne'], [640, 642, 1056], [1252, 1256, 1659], negated(regex), '~'),
	...matchOperators('~*', ['nameicregexeq', 'texticregexeq', 'bpcharicregexeq'], [1226, 1228, 1234], [1240, 1238, 1656], iRegex, '!~*'),
	...matchOperators('!~*', ['nameicregexne', 'texticregexne', 'bpcharicregexne'], [1227, 1229, 1235], [1241, 1239, 1657], negated(iRegex), '~*'),
	operator(2016, 'bytea ~~ bytea', scalar(2005, 'bytealike(bytea, bytea) bool', byteaLike), '', '!~~'),
	operator(
		2017,
		'bytea !~~ bytea',
		scalar(2006, 'byteanlike(bytea, bytea) bool', (a: Uint8Array, b: Uint8Array) => !byteaLike(a, b)),
		'',
		'~~',
	),
];

export const patternFunctions: readonly ScalarFunction[] = [
	bound(1569, 'like(text, text) bool', like),
	bound(1571, 'like(name, text) bool', like),
	scalar(2007, 'like(bytea, bytea) bool', byteaLike),
	bound(1570, 'notlike(text, text) bool', negated(like)),
	bound(1572, 'notlike(name, text) bool', negated(like)),
	scalar(2008, 'notlike(bytea, bytea) bool', (a: Uint8Array, b: Uint8Array) => !byteaLike(a, b)),
	scalar(1637, 'like_escape(text, text) text', likeEscape),
	scalar(2009, 'like_escape(bytea, bytea) bytea', byteaLikeEscape),
	scalar(1623, 'similar_escape(text, text) text', similarEscape, { strict: false }),
	scalar(1986, 'similar_to_escape(text, text) text', similarToRegularExpression),
	scalar(1987, 'similar_to_escape(text) text', (pattern: string) => similarToRegularExpression(pattern, '\\')),
	scalar(2073, 'substring(text, text) text', substringMatching),
	scalar(2074, 'substring(text, text, text) text', substringSimilar),
	scalar(3396, 'regexp_match(text, text) _text', regexpMatch),
	scalar(3397, 'regexp_match(text, text, text) _text', regexpMatch),
	scalar(2284, 'regexp_replace(text, text, text) text', regexpReplace),
	scalar(2285, 'regexp_replace(text, text, text, text) text', regexpReplace),
	scalar(6253, 'regexp_replace(text, text, text, int4) text', regexpReplaceFrom),
	scalar(6252, 'regexp_replace(text, text, text, int4, int4) text', regexpReplaceFrom),
	scalar(6251, 'regexp_replace(text, text, text, int4, int4, text) text', regexpReplaceFrom),
	scalar(2767, 'regexp_split_to_array(text, text) _text', splitToArray),
	scalar(2768, 'regexp_split_to_array(text, text, text) _text', splitToArray),
	scalar(6254, 'regexp_count(text, text) int4', regexpCount),
	scalar(6255, 'regexp_count(text, text, int4) int4', regexpCount),
	scalar(6256, 'regexp_count(text, text, int4, text) int4', regexpCount),
	scalar(6257, 'regexp_instr(text, text) int4', regexpPosition),
	scalar(6258, 'regexp_instr(text, text, int4) int4', regexpPosition),
	scalar(6259, 'regexp_instr(text, text, int4, int4) int4', regexpPosition),
	scalar(6260, 'regexp_instr(text, text, int4, int4, int4) int4', regexpPosition),
	scalar(6261, 'regexp_instr(text, text, int4, int4, int4, text) int4', regexpPosition),
	scalar(6262, 'regexp_instr(text, text, int4, int4, int4, text, int4) int4', regexpPosition),
	scalar(6263, 'regexp_like(text, text) bool', regexpLike),
	scalar(6264, 'regexp_like(text, text, text) bool', regexpLike),
	scalar(6265, 'regexp_substr(text, text) text', regexpSubstring),
	scalar(6266, 'regexp_substr(text, text, int4) text', regexpSubstring),
	scalar(6267, 'regexp_substr(text, text, int4, int4) text', regexpSubstring),
	scalar(6268, 'regexp_substr(text, text, int4, int4, text) text', regexpSubstring),
	scalar(6269, 'regexp_substr(text, text, int4, int4, text, int4) text', regexpSubstring),
];

export const patternSets: readonly SetFunction[] = [
	set(2763, 'regexp_matches(text, text) _text', regexpMatches),
	set(2764, 'regexp_matches(text, text, text) _text', regexpMatches),
	set(2765, 'regexp_split_to_table(text, text) text', splitToTable),
	set(2766, 'regexp_split_to_table(text, text, text) text', splitToTable),
];
