/**
 * Functions of text: lengths, cutting, searching, padding, case, concatenation, format, quoting. Positions count characters (code
 * points) from 1; strings without surrogates, nearly all, take a path on which a character is a UTF-16 unit.
 *
 * Source: PostgreSQL manual §9.4.
 */
import { sqlError } from '../../platform/errors.ts';
import { PgArray } from '../../value/pg-array.ts';
import { compareText } from '../../value/text-order.ts';
import type { CallInfo, FunctionContext, OperatorEntry, ScalarFunction } from './contracts.ts';
import { bound, boundContextual, operator, scalar } from './define.ts';
import { formatText } from './text-format.ts';
import { type Formatter, valueFormatter } from './value-conversion.ts';

const SURROGATE = /[\ud800-\udfff]/;
/** The longest string of the engine, in UTF-16 units. */
const TEXT_BYTES_MAX = 0x1fffffe8;

/** Number of characters. */
export function characterCount(text: string): number {
	if (!SURROGATE.test(text)) return text.length;
	let count = 0;
	for (const _ of text) count++;
	return count;
}

/** Characters `start` up to `end`, counted from 0; both within the text or beyond its end. */
export function sliceCharacters(text: string, start: number, end: number): string {
	if (!SURROGATE.test(text)) return text.slice(start, end);
	return Array.from(text).slice(start, end).join('');
}

const utf8Length = (text: string): number => Buffer.byteLength(text, 'utf8');

function checkTextBytes(bytes: number): void {
	if (bytes >= TEXT_BYTES_MAX) throw sqlError('54000', 'requested length too large');
}

/** substr(text, start): positions before 1 count against the length. */
function substringFrom(text: string, start: number): string {
	return sliceCharacters(text, Math.max(start - 1, 0), Number.POSITIVE_INFINITY);
}

function substringFor(text: string, start: number, count: number): string {
	if (count < 0) throw sqlError('22011', 'negative substring length not allowed');
	const end = start + count - 1;
	if (end < 1) return '';
	return sliceCharacters(text, Math.max(start - 1, 0), end);
}

function overlay(text: string, replacement: string, start: number, count: number): string {
	if (start <= 0) throw sqlError('22011', 'negative substring length not allowed');
	return substringFor(text, 1, start - 1) + replacement + substringFrom(text, start + count);
}

const overlayFrom = (text: string, replacement: string, start: number): string => overlay(text, replacement, start, characterCount(replacement));

function position(text: string, part: string): number {
	const at = text.indexOf(part);
	if (at <= 0) return at + 1;
	return characterCount(text.slice(0, at)) + 1;
}

function trimStart(text: string, characters: string): string {
	if (characters === ' ') return text.replace(/^ +/, '');
	const set = new Set(characters);
	let at = 0;
	for (const character of text) {
		if (!set.has(character)) break;
		at += character.length;
	}
	return text.slice(at);
}

function trimEnd(text: string, characters: string): string {
	if (characters === ' ') return trimTrailingSpaces(text);
	const set = new Set(characters);
	const all = Array.from(text);
	let count = all.length;
	while (count > 0 && set.has(all[count - 1]!)) count--;
	return all.slice(0, count).join('');
}

/** A bpchar as text. */
export function trimTrailingSpaces(text: string): string {
	let end = text.length;
	while (end > 0 && text.charCodeAt(end - 1) === 32) end--;
	return end === text.length ? text : text.slice(0, end);
}

const trimBoth = (text: string, characters: string): string => trimEnd(trimStart(text, characters), characters);

/** What lpad and rpad put beside a text, or null when it must be cut. */
function padding(count: number, have: number, fill: string): string | null {
	if (have >= count) return null;
	checkTextBytes(count);
	const missing = count - have;
	const fillCount = characterCount(fill);
	if (fillCount === 0) return '';
	return sliceCharacters(fill.repeat(Math.ceil(missing / fillCount)), 0, missing);
}

function padLeft(text: string, count: number, fill: string): string {
	const pad = padding(count, characterCount(text), fill);
	return pad === null ? sliceCharacters(text, 0, Math.max(count, 0)) : pad + text;
}

function padRight(text: string, count: number, fill: string): string {
	const pad = padding(count, characterCount(text), fill);
	return pad === null ? sliceCharacters(text, 0, Math.max(count, 0)) : text + pad;
}

function repeat(text: string, count: number): string {
	if (count <= 0 || text === '') return '';
	checkTextBytes(utf8Length(text) * count);
	return text.repeat(count);
}

const replaceAll = (text: string, from: string, to: string): string => (from === '' ? text : text.replaceAll(from, () => to));

const reverse = (text: string): string => Array.from(text).reverse().join('');

function left(text: string, count: number): string {
	return sliceCharacters(text, 0, count >= 0 ? count : Math.max(characterCount(text) + count, 0));
}

function right(text: string, count: number): string {
	const have = characterCount(text);
	return sliceCharacters(text, count >= 0 ? Math.max(have - count, 0) : Math.min(-count, have), have);
}

function translate(text: string, from: string, to: string): string {
	const targets = Array.from(to);
	const map = new Map<string, string>();
	let index = 0;
	for (const character of from) {
		if (!map.has(character)) map.set(character, targets[index] ?? '');
		index++;
	}
	let result = '';
	for (const character of text) result += map.get(character) ?? character;
	return result;
}

function splitPart(text: string, delimiter: string, field: number): string {
	if (field === 0) throw sqlError('22023', 'field position must not be zero');
	if (text === '') return '';
	if (delimiter === '') return field === 1 || field === -1 ? text : '';
	const parts = text.split(delimiter);
	return parts[field > 0 ? field - 1 : parts.length + field] ?? '';
}

const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** Upper case after every character that is neither letter nor digit. */
function initialCapitals(text: string): string {
	let result = '';
	let inWord = false;
	for (const character of text) {
		result += inWord ? toLower(character) : toUpper(character);
		inWord = LETTER_OR_DIGIT.test(character);
	}
	return result;
}

const NOT_ASCII = /[^\0-\x7f]/;
/** One character for one: those whose other case is longer (ß) keep theirs. */
const mapCase = (text: string, convert: (character: string) => string): string => {
	let result = '';
	for (const character of text) {
		const converted = convert(character);
		result += converted.length === character.length ? converted : character;
	}
	return result;
};
const toLower = (text: string): string => (NOT_ASCII.test(text) ? mapCase(text, (character) => character.toLowerCase()) : text.toLowerCase());
const toUpper = (text: string): string => (NOT_ASCII.test(text) ? mapCase(text, (character) => character.toUpperCase()) : text.toUpperCase());

const ascii = (text: string): number => text.codePointAt(0) ?? 0;

function character(code: number): string {
	if (code < 0) throw sqlError('54000', 'character number must be positive');
	if (code === 0) throw sqlError('54000', 'null character not permitted');
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw sqlError('54000', `requested character too large for encoding: ${code}`);
	return String.fromCodePoint(code);
}

type NormalForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

function normalForm(name: string): NormalForm {
	const upper = name.toUpperCase();
	if (upper === 'NFC' || upper === 'NFD' || upper === 'NFKC' || upper === 'NFKD') return upper;
	throw sqlError('22023', `invalid normalization form: ${name}`);
}

const normalize = (text: string, form: string): string => text.normalize(normalForm(form));
const isNormalized = (text: string, form: string): boolean => text.normalize(normalForm(form)) === text;

const UNICODE_ESCAPE = /\\(?:\\|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4})|(?=(.|$)))/gsu;

/** Reads \XXXX, \+XXXXXX, \uXXXX and \UXXXXXXXX. */
function unescapeUnicode(text: string): string {
	return text.replace(UNICODE_ESCAPE, (all, short, long, plus, plain) => {
		const digits = short ?? long ?? plus ?? plain;
		if (digits === undefined) {
			if (all === '\\\\') return '\\';
			throw sqlError('42601', 'invalid Unicode escape', { hint: 'Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.' });
		}
		const code = Number.parseInt(digits, 16);
		if (code > 0x10ffff) throw sqlError('22023', 'invalid Unicode code point');
		return code >= 0xd800 && code <= 0xdfff ? String.fromCharCode(code) : String.fromCodePoint(code);
	});
}

/** Splits a text at a delimiter; null splits into characters. Pieces equal to `nullText` are null. */
export function splitText(text: string | null, delimiter: string | null, nullText: string | null): (string | null)[] | null {
	if (text === null) return null;
	if (text === '') return [];
	const pieces = delimiter === null ? Array.from(text) : delimiter === '' ? [text] : text.split(delimiter);
	return nullText === null ? pieces : pieces.map((piece) => (piece === nullText ? null : piece));
}

function stringToArray(text: string | null, delimiter: string | null, nullText: string | null = null): PgArray | null {
	const pieces = splitText(text, delimiter, nullText);
	if (pieces === null) return null;
	return pieces.length === 0 ? PgArray.empty : PgArray.of(pieces);
}

/** Arguments of a call with a VARIADIC "any", as (value, formatter) pairs. */
function anyArguments(info: CallInfo, skip: number): (context: FunctionContext, values: readonly unknown[]) => (string | null)[] {
	if (info.variadic) {
		const elementType = info.types.typeByOid(info.argumentTypes[skip]?.elementOid ?? 0);
		if (elementType === undefined) throw sqlError('42804', 'VARIADIC argument must be an array');
		const format = valueFormatter(elementType, info.types);
		return (context, values) => {
			const array = values[skip] as PgArray | null;
			return array === null ? [] : array.elements.map((value) => (value === null ? null : format(context, value)));
		};
	}
	const formatters = info.argumentTypes.slice(skip).map((type) => valueFormatter(type, info.types));
	return (context, values) => formatters.map((format, index) => (values[index + skip] === null ? null : format(context, values[index + skip])));
}

function bindConcat(info: CallInfo) {
	const texts = anyArguments(info, 0);
	return (context: FunctionContext, ...values: unknown[]): string | null => {
		if (info.variadic && values[0] === null) return null;
		return texts(context, values).join('');
	};
}

function bindConcatWithSeparator(info: CallInfo) {
	const texts = anyArguments(info, 1);
	return (context: FunctionContext, ...values: unknown[]): string | null => {
		if (values[0] === null || (info.variadic && values[1] === null)) return null;
		return texts(context, values)
			.filter((text) => text !== null)
			.join(values[0] as string);
	};
}

function bindFormat(info: CallInfo) {
	const texts = anyArguments(info, 1);
	return (context: FunctionContext, ...values: unknown[]): string | null =>
		values[0] === null ? null : formatText(values[0] as string, texts(context, values));
}

/** Text as a cast to text gives it, which of bool is not its output. */
function castFormatter(info: CallInfo, argument: number): Formatter {
	const type = info.argumentTypes[argument]!;
	return type.name === 'bool' ? (_, value) => (value === true ? 'true' : 'false') : valueFormatter(type, info.types);
}

/** `text || any` and `any || text`. */
function bindTextAny(info: CallInfo) {
	const format = castFormatter(info, 1);
	return (context: FunctionContext, text: string, value: unknown): string => text + format(context, value);
}

function bindAnyText(info: CallInfo) {
	const format = castFormatter(info, 0);
	return (context: FunctionContext, value: unknown, text: string): string => format(context, value) + text;
}

const concatenate = (a: string, b: string): string => a + b;
const startsWith = (text: string, prefix: string): boolean => text.startsWith(prefix);

function toAscii(): never {
	throw sqlError('0A000', 'encoding conversion from UTF8 to ASCII not supported');
}

const textOperator = (inline: string) => ({ inline: ([a, b]: readonly string[]) => `(${a} ${inline} ${b})` });
const bpcharCompare = (a: string, b: string): number => compareText(trimTrailingSpaces(a), trimTrailingSpaces(b));

export const textOperators: readonly OperatorEntry[] = [
	operator(654, 'text || text', scalar(1258, 'textcat(text, text) text', concatenate, textOperator('+'))),
	operator(2779, 'text || anynonarray', boundContextual(2003, 'textanycat(text, anynonarray) text', bindTextAny)),
	operator(2780, 'anynonarray || text', boundContextual(2004, 'anytextcat(anynonarray, text) text', bindAnyText)),
	operator(3877, 'text ^@ text', scalar(3696, 'starts_with(text, text) bool', startsWith)),
	operator(
		2314,
		'text ~<~ text',
		scalar(2160, 'text_pattern_lt(text, text) bool', (a: string, b: string) => compareText(a, b) < 0),
		'~>~',
		'~>=~',
	),
	operator(
		2315,
		'text ~<=~ text',
		scalar(2161, 'text_pattern_le(text, text) bool', (a: string, b: string) => compareText(a, b) <= 0),
		'~>=~',
		'~>~',
	),
	operator(
		2317,
		'text ~>=~ text',
		scalar(2163, 'text_pattern_ge(text, text) bool', (a: string, b: string) => compareText(a, b) >= 0),
		'~<=~',
		'~<~',
	),
	operator(
		2318,
		'text ~>~ text',
		scalar(2164, 'text_pattern_gt(text, text) bool', (a: string, b: string) => compareText(a, b) > 0),
		'~<~',
		'~<=~',
	),
];

const bpcharLength = (text: string): number => characterCount(trimTrailingSpaces(text));

export const textFunctions: readonly ScalarFunction[] = [
	scalar(1620, 'ascii(text) int4', ascii),
	scalar(1811, 'bit_length(text) int4', (text: string) => utf8Length(text) * 8),
	scalar(884, 'btrim(text, text) text', trimBoth),
	scalar(885, 'btrim(text) text', (text: string) => trimBoth(text, ' ')),
	scalar(1372, 'char_length(bpchar) int4', bpcharLength),
	scalar(1381, 'char_length(text) int4', characterCount),
	scalar(1367, 'character_length(bpchar) int4', bpcharLength),
	scalar(1369, 'character_length(text) int4', characterCount),
	scalar(1317, 'length(text) int4', characterCount),
	scalar(1318, 'length(bpchar) int4', bpcharLength),
	scalar(1257, 'textlen(text) int4', characterCount),
	scalar(1621, 'chr(int4) text', character),
	boundContextual(3058, 'concat(variadic any) text', bindConcat, { strict: false }),
	boundContextual(3059, 'concat_ws(text, variadic any) text', bindConcatWithSeparator, { strict: false }),
	boundContextual(3539, 'format(text, variadic any) text', bindFormat, { strict: false }),
	scalar(3540, 'format(text) text', (text: string | null) => (text === null ? null : formatText(text, [])), { strict: false, volatility: 'stable' }),
	scalar(872, 'initcap(text) text', initialCapitals),
	scalar(4351, 'is_normalized(text, text) bool', isNormalized, { defaults: ['NFC'] }),
	scalar(4350, 'normalize(text, text) text', normalize, { defaults: ['NFC'] }),
	scalar(3060, 'left(text, int4) text', left),
	scalar(3061, 'right(text, int4) text', right),
	scalar(870, 'lower(text) text', toLower),
	scalar(871, 'upper(text) text', toUpper),
	scalar(873, 'lpad(text, int4, text) text', padLeft),
	scalar(879, 'lpad(text, int4) text', (text: string, count: number) => padLeft(text, count, ' ')),
	scalar(874, 'rpad(text, int4, text) text', padRight),
	scalar(880, 'rpad(text, int4) text', (text: string, count: number) => padRight(text, count, ' ')),
	scalar(875, 'ltrim(text, text) text', trimStart),
	scalar(881, 'ltrim(text) text', (text: string) => trimStart(text, ' ')),
	scalar(876, 'rtrim(text, text) text', trimEnd),
	scalar(882, 'rtrim(text) text', trimTrailingSpaces),
	scalar(1374, 'octet_length(text) int4', utf8Length),
	scalar(1375, 'octet_length(bpchar) int4', utf8Length),
	scalar(1404, 'overlay(text, text, int4, int4) text', overlay),
	scalar(1405, 'overlay(text, text, int4) text', overlayFrom),
	scalar(849, 'position(text, text) int4', position),
	scalar(868, 'strpos(text, text) int4', position),
	scalar(1622, 'repeat(text, int4) text', repeat),
	scalar(2087, 'replace(text, text, text) text', replaceAll),
	scalar(3062, 'reverse(text) text', reverse),
	scalar(2088, 'split_part(text, text, int4) text', splitPart),
	scalar(376, 'string_to_array(text, text, text) _text', stringToArray, { strict: false }),
	scalar(394, 'string_to_array(text, text) _text', stringToArray, { strict: false }),
	scalar(877, 'substr(text, int4, int4) text', substringFor),
	scalar(883, 'substr(text, int4) text', substringFrom),
	scalar(936, 'substring(text, int4, int4) text', substringFor),
	scalar(937, 'substring(text, int4) text', substringFrom),
	scalar(458, 'text_larger(text, text) text', (a: string, b: string) => (compareText(a, b) > 0 ? a : b)),
	scalar(459, 'text_smaller(text, text) text', (a: string, b: string) => (compareText(a, b) < 0 ? a : b)),
	scalar(1063, 'bpchar_larger(bpchar, bpchar) bpchar', (a: string, b: string) => (bpcharCompare(a, b) >= 0 ? a : b)),
	scalar(1064, 'bpchar_smaller(bpchar, bpchar) bpchar', (a: string, b: string) => (bpcharCompare(a, b) <= 0 ? a : b)),
	scalar(1845, 'to_ascii(text) text', toAscii),
	scalar(878, 'translate(text, text, text) text', translate),
	scalar(6198, 'unistr(text) text', unescapeUnicode),
	bound(2166, 'bttext_pattern_cmp(text, text) int4', () => compareText),
];
