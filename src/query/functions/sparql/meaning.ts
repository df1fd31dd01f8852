/**
 * What literals mean: the value behind a lexical form, by datatype. It is worked out once and kept with the literal.
 *
 * | rank | value |
 * |---|---|
 * | INVALID | no value: the lexical form is not one of its datatype |
 * | OTHER | no value known: a datatype that has no meaning here |
 * | STRING, LANG_STRING | the lexical form itself |
 * | BOOLEAN | boolean |
 * | INTEGER | number when safe, else bigint, of any size; all integer datatypes |
 * | DECIMAL | Decimal |
 * | FLOAT, DOUBLE | number |
 * | DATE_TIME, DATE, TIME, GREGORIAN | Moment |
 * | DURATION | Span |
 *
 * INTEGER to DOUBLE are in the order of numeric promotion (XPath and XQuery Functions and Operators, section 6.2).
 */
import { Decimal } from '../../../value/decimal.ts';
import { fromBigInt, type Int8 } from '../../../value/int8.ts';
import { Literal, type NamedNode, RDF, type RdfTerm, XSD, XSD_BOOLEAN, XSD_DECIMAL, XSD_DOUBLE, XSD_FLOAT, XSD_INTEGER } from '../../../value/rdf-term.ts';
import { type Moment, parseMoment } from './moment.ts';
import { parseSpan, type Span } from './span.ts';

export const INVALID = 0;
export const OTHER = 1;
export const STRING = 2;
export const LANG_STRING = 3;
export const BOOLEAN = 4;
export const INTEGER = 5;
export const DECIMAL = 6;
export const FLOAT = 7;
export const DOUBLE = 8;
export const DATE_TIME = 9;
export const DATE = 10;
export const TIME = 11;
export const GREGORIAN = 12;
export const DURATION = 13;

/** `value` is of the form that `rank` says. */
export class Meaning {
	readonly rank: number;
	readonly value: unknown;

	constructor(rank: number, value: unknown) {
		this.rank = rank;
		this.value = value;
	}
}

const NONE = new Meaning(INVALID, null);
const UNKNOWN = new Meaning(OTHER, null);
const TRUE = new Meaning(BOOLEAN, true);
const FALSE = new Meaning(BOOLEAN, false);
const TEXT = new Meaning(STRING, null);
const LANG_TEXT = new Meaning(LANG_STRING, null);

type Read = (text: string) => Meaning;

/** Integer datatypes, with their bounds. */
const INTEGERS: readonly (readonly [string, bigint | null, bigint | null])[] = [
	['integer', null, null],
	['nonPositiveInteger', null, 0n],
	['negativeInteger', null, -1n],
	['nonNegativeInteger', 0n, null],
	['positiveInteger', 1n, null],
	['long', -(2n ** 63n), 2n ** 63n - 1n],
	['int', -(2n ** 31n), 2n ** 31n - 1n],
	['short', -32768n, 32767n],
	['byte', -128n, 127n],
	['unsignedLong', 0n, 2n ** 64n - 1n],
	['unsignedInt', 0n, 2n ** 32n - 1n],
	['unsignedShort', 0n, 65535n],
	['unsignedByte', 0n, 255n],
];

const readers = new Map<string, Read>([
	[`${XSD}string`, () => TEXT],
	[`${RDF}langString`, () => LANG_TEXT],
	[`${XSD}boolean`, readBoolean],
	[`${XSD}decimal`, readDecimal],
	[`${XSD}double`, (text) => readDouble(text, DOUBLE)],
	[`${XSD}float`, (text) => readDouble(text, FLOAT)],
	...INTEGERS.map(([name, least, greatest]): [string, Read] => [XSD + name, (text) => readInteger(text, least, greatest)]),
	...(
		[
			['dateTime', DATE_TIME],
			['dateTimeStamp', DATE_TIME],
			['date', DATE],
			['time', TIME],
			['gYear', GREGORIAN],
			['gYearMonth', GREGORIAN],
			['gMonth', GREGORIAN],
			['gMonthDay', GREGORIAN],
			['gDay', GREGORIAN],
		] as const
	).map(([name, rank]): [string, Read] => [XSD + name, (text) => of(rank, parseMoment(text, name))]),
	...['duration', 'dayTimeDuration', 'yearMonthDuration'].map((name): [string, Read] => [XSD + name, (text) => of(DURATION, parseSpan(text, name))]),
]);

const integerNames = new Set(INTEGERS.map(([name]) => XSD + name));

function of(rank: number, value: Moment | Span | null): Meaning {
	return value === null ? NONE : new Meaning(rank, value);
}

/** The meaning of a literal. */
export function meaningOf(literal: Literal): Meaning {
	if (literal.meaning === null)
		literal.meaning = (readers.get(literal.datatype.value) ?? (() => UNKNOWN))(literal.value.trim() === literal.value ? literal.value : trimmed(literal));
	return literal.meaning as Meaning;
}

/** Whitespace around a form of any datatype but strings has no meaning. */
function trimmed(literal: Literal): string {
	return literal.value.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
}

/** The rank of any term; −1 when it is no literal. */
export function rankOf(term: RdfTerm): number {
	return term.termType === 'Literal' ? meaningOf(term).rank : -1;
}

export function isNumericRank(rank: number): boolean {
	return rank >= INTEGER && rank <= DOUBLE;
}

/** True for the datatypes of numbers. */
export function isNumericDatatype(datatype: string): boolean {
	return integerNames.has(datatype) || datatype === XSD_DECIMAL.value || datatype === XSD_DOUBLE.value || datatype === XSD_FLOAT.value;
}

/** The meaning of an integer with the bounds of its datatype. */
function readInteger(text: string, least: bigint | null, greatest: bigint | null): Meaning {
	if (!/^[+-]?\d+$/.test(text)) return NONE;
	const value = text.length <= 15 ? Number(text) + 0 : fromBigInt(BigInt(text.startsWith('+') ? text.slice(1) : text));
	if ((least !== null && value < least) || (greatest !== null && value > greatest)) return NONE;
	return new Meaning(INTEGER, value);
}

function readDecimal(text: string): Meaning {
	if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text)) return NONE;
	return new Meaning(DECIMAL, Decimal.parse(text.endsWith('.') ? text.slice(0, -1) : text));
}

function readDouble(text: string, rank: number): Meaning {
	let value: number;
	if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) value = Number(text);
	else if (text === 'INF' || text === '+INF') value = Number.POSITIVE_INFINITY;
	else if (text === '-INF') value = Number.NEGATIVE_INFINITY;
	else if (text === 'NaN') value = Number.NaN;
	else return NONE;
	return new Meaning(rank, rank === FLOAT ? Math.fround(value) : value);
}

function readBoolean(text: string): Meaning {
	if (text === 'true' || text === '1') return TRUE;
	return text === 'false' || text === '0' ? FALSE : NONE;
}

// ---- literals of values ----

function literalOf(text: string, datatype: NamedNode, meaning: Meaning): Literal {
	const literal = new Literal(text, '', datatype);
	literal.meaning = meaning;
	return literal;
}

export const TRUE_LITERAL: Literal = literalOf('true', XSD_BOOLEAN, TRUE);
export const FALSE_LITERAL: Literal = literalOf('false', XSD_BOOLEAN, FALSE);

export function booleanLiteral(value: boolean): Literal {
	return value ? TRUE_LITERAL : FALSE_LITERAL;
}

export function integerLiteral(value: Int8): Literal {
	return literalOf(String(value), XSD_INTEGER, new Meaning(INTEGER, value));
}

export function decimalLiteral(value: Decimal): Literal {
	const short = value.trimScale();
	return literalOf(short.toString(), XSD_DECIMAL, new Meaning(DECIMAL, short));
}

/** In the canonical form of XML Schema: one digit before the point, at least one after it, an exponent. */
export function doubleText(value: number): string {
	if (Number.isNaN(value)) return 'NaN';
	if (!Number.isFinite(value)) return value > 0 ? 'INF' : '-INF';
	const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
	const sign = Object.is(value, -0) ? '-' : '';
	return `${sign}${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

export function doubleLiteral(value: number): Literal {
	return literalOf(doubleText(value), XSD_DOUBLE, new Meaning(DOUBLE, value));
}

export function floatLiteral(value: number): Literal {
	const rounded = Math.fround(value);
	// The shortest text that reads as the same float.
	let text = doubleText(rounded);
	for (let digits = 1; digits < 9; digits++) {
		const short = Number(rounded.toPrecision(digits));
		if (Math.fround(short) === rounded) {
			text = doubleText(short);
			break;
		}
	}
	return literalOf(text, XSD_FLOAT, new Meaning(FLOAT, rounded));
}
