/**
 * Ids of terms, and the terms that are their own id. An id is a safe integer: 0 is the default graph, positive ones name entries
 * of a store's dictionary (IRIs below `FIRST_LITERAL_ID`, literals from it on), negative ones hold a short term inline:
 *
 *     id + 2^53 = tag × 2^48 + payload,   1 ≤ tag ≤ 30,   0 ≤ payload < 2^48
 *
 * | tag | term | payload |
 * |---|---|---|
 * | 1 | blank node `b<payload>` | its number in the store |
 * | 2 | xsd:boolean `false`, `true` | 0, 1 |
 * | 3 | xsd:integer | value + 2^47 |
 * | 4 | xsd:decimal, at most 6 digits after the point | (value × 10^6 + 2^44) × 8 + count of digits after the point |
 * | 5–14 | xsd:int, long, short, byte, nonNegativeInteger, positiveInteger, unsignedInt, unsignedShort, unsignedByte, unsignedLong | value + 2^47 |
 * | 15 | xsd:date without a zone | days since 1970-01-01 + 2^47 |
 * | 16 | xsd:dateTime in UTC (`Z`), milliseconds | ms since 1970 + 2^47 |
 * | 17 | xsd:dateTime without a zone, milliseconds | the same, as if in UTC |
 * | 18 | xsd:string of 0 to 6 characters U+0001 to U+007F | their codes, eight bits each, first highest |
 * | 30 | a constant of a query that the store lacks; never stored | its number in the query |
 *
 * Invariants: (1) a literal is inline exactly when its lexical form is the one that `inlineTerm` gives back, so a term has one id;
 * (2) within a tag ids are ordered as the values; (3) −1 (`NO_TERM`) is no id. Tags are never given another meaning: ids are stored.
 */
import { BlankNode, Literal, NamedNode, type RdfTerm, XSD, XSD_BOOLEAN, XSD_DATE, XSD_DATE_TIME, XSD_DECIMAL, XSD_INTEGER, XSD_STRING } from './rdf-term.ts';

export const DEFAULT_GRAPH_ID = 0;
/** "There is no such term": no term has this id. */
export const NO_TERM = -1;
/** The first id of the dictionary's IRIs. */
export const FIRST_IRI_ID = 1;
/** The first id of the dictionary's literals. */
export const FIRST_LITERAL_ID: number = 2 ** 52;

const BASE = 2 ** 53;
const STEP = 2 ** 48;
const BIAS = 2 ** 47;
const DECIMAL_BIAS = 2 ** 44;
const DECIMAL_UNITS = 1_000_000;

export const TAG_BLANK = 1;
export const TAG_BOOLEAN = 2;
export const TAG_INTEGER = 3;
export const TAG_DECIMAL = 4;
const TAG_FIRST_DERIVED = 5;
export const TAG_DATE = 15;
export const TAG_INSTANT = 16;
export const TAG_LOCAL_DATE_TIME = 17;
export const TAG_STRING = 18;

/** Datatypes of tags 5 to 14, with their least and greatest value. */
const DERIVED: readonly (readonly [name: string, least: number, greatest: number])[] = [
	['int', -(2 ** 31), 2 ** 31 - 1],
	['long', -BIAS, BIAS - 1],
	['short', -32768, 32767],
	['byte', -128, 127],
	['nonNegativeInteger', 0, BIAS - 1],
	['positiveInteger', 1, BIAS - 1],
	['unsignedInt', 0, 2 ** 32 - 1],
	['unsignedShort', 0, 65535],
	['unsignedByte', 0, 255],
	['unsignedLong', 0, BIAS - 1],
];

/** Ids within one execution of a query. */
const TAG_LOCAL = 30;

const TAG_LAST_DERIVED = TAG_FIRST_DERIVED + DERIVED.length - 1;

/** By tag, for those whose payload is an integer. */
const integerDatatypes: (NamedNode | undefined)[] = [];
integerDatatypes[TAG_INTEGER] = XSD_INTEGER;
DERIVED.forEach(([name], i) => {
	integerDatatypes[TAG_FIRST_DERIVED + i] = new NamedNode(XSD + name);
});

type Encoder = (lexical: string) => number;

const encoders = new Map<string, Encoder>([
	[XSD_STRING.value, stringId],
	[XSD_INTEGER.value, (text) => integerId(text, TAG_INTEGER, -BIAS, BIAS - 1)],
	[XSD_DECIMAL.value, decimalId],
	[XSD_BOOLEAN.value, (text) => (text === 'true' ? idOf(TAG_BOOLEAN, 1) : text === 'false' ? idOf(TAG_BOOLEAN, 0) : NO_TERM)],
	[XSD_DATE.value, dateId],
	[XSD_DATE_TIME.value, dateTimeId],
	...DERIVED.map(([name, least, greatest], i): [string, Encoder] => [XSD + name, (text) => integerId(text, TAG_FIRST_DERIVED + i, least, greatest)]),
]);

function idOf(tag: number, payload: number): number {
	return tag * STEP + payload - BASE;
}

/** The id of the first term with a tag; the last is `firstInlineId(tag + 1) − 1`. */
export function firstInlineId(tag: number): number {
	return idOf(tag, 0);
}

/** The tag of an inline id, 0 for one of the dictionary. */
export function inlineTag(id: number): number {
	return id < 0 ? Math.floor((id + BASE) / STEP) : 0;
}

/** What stands behind the tag. */
export function inlinePayload(id: number): number {
	return id + BASE - inlineTag(id) * STEP;
}

/** The id of blank node number `number` of a store. */
export function blankNodeId(number: number): number {
	return idOf(TAG_BLANK, number);
}

/** The inline id of an xsd:integer, `NO_TERM` if it is too large for one. */
export function inlineInteger(value: number): number {
	return value >= -BIAS && value < BIAS ? idOf(TAG_INTEGER, value + BIAS) : NO_TERM;
}

/** The id of a literal by lexical form and datatype, `NO_TERM` if it is not inline. Literals with a language never are. */
export function inlineLiteralId(lexical: string, datatype: string): number {
	const encode = encoders.get(datatype);
	return encode === undefined ? NO_TERM : encode(lexical);
}

/** The id of a term that is inline, `NO_TERM` for those that are in the dictionary. Blank nodes count if they are a store's (`b12`). */
export function inlineId(term: RdfTerm): number {
	switch (term.termType) {
		case 'Literal':
			return term.language === '' ? inlineLiteralId(term.value, term.datatype.value) : NO_TERM;
		case 'BlankNode': {
			const number = /^b(0|[1-9]\d{0,14})$/.test(term.value) ? Number(term.value.slice(1)) : STEP;
			return number < STEP ? idOf(TAG_BLANK, number) : NO_TERM;
		}
		case 'DefaultGraph':
			return DEFAULT_GRAPH_ID;
		case 'NamedNode':
			return NO_TERM;
	}
}

/** The term of a negative id. */
export function inlineTerm(id: number): BlankNode | Literal {
	const tag = Math.floor((id + BASE) / STEP);
	const payload = id + BASE - tag * STEP;
	const datatype = integerDatatypes[tag];
	if (datatype !== undefined) return new Literal(String(payload - BIAS), '', datatype);
	switch (tag) {
		case TAG_BLANK:
			return new BlankNode(`b${payload}`);
		case TAG_STRING:
			return new Literal(stringOf(payload), '', XSD_STRING);
		case TAG_DECIMAL:
			return new Literal(decimalText(payload), '', XSD_DECIMAL);
		case TAG_BOOLEAN:
			return new Literal(payload === 1 ? 'true' : 'false', '', XSD_BOOLEAN);
		case TAG_DATE:
			return new Literal(dateText(payload - BIAS), '', XSD_DATE);
		case TAG_INSTANT:
			return new Literal(`${dateTimeText(payload - BIAS)}Z`, '', XSD_DATE_TIME);
		case TAG_LOCAL_DATE_TIME:
			return new Literal(dateTimeText(payload - BIAS), '', XSD_DATE_TIME);
		default:
			throw new RangeError(`${id} is not the id of a term`);
	}
}

/** The value of an inline number of any integer or decimal datatype, as the nearest double; NaN for every other id. Different values are different doubles, in the same order. */
export function inlineNumber(id: number): number {
	if (id >= 0) return Number.NaN;
	const tag = Math.floor((id + BASE) / STEP);
	const payload = id + BASE - tag * STEP;
	if (tag === TAG_INTEGER || (tag >= TAG_FIRST_DERIVED && tag <= TAG_LAST_DERIVED)) return payload - BIAS;
	return tag === TAG_DECIMAL ? (Math.floor(payload / 8) - DECIMAL_BIAS) / DECIMAL_UNITS : Number.NaN;
}

// ---- integers, decimals ----

const INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;

function integerId(text: string, tag: number, least: number, greatest: number): number {
	if (!INTEGER.test(text)) return NO_TERM;
	const value = Number(text);
	return value >= least && value <= greatest ? idOf(tag, value + BIAS) : NO_TERM;
}

const DECIMAL = /^(-?)(0|[1-9]\d{0,7})(?:\.(\d{1,6}))?$/;

function decimalId(text: string): number {
	const match = DECIMAL.exec(text);
	if (match === null) return NO_TERM;
	const fraction = match[3] ?? '';
	const units = Number(match[2]) * DECIMAL_UNITS + Number(fraction.padEnd(6, '0'));
	if (units >= DECIMAL_BIAS || (units === 0 && match[1] !== '')) return NO_TERM;
	return idOf(TAG_DECIMAL, ((match[1] === '' ? units : -units) + DECIMAL_BIAS) * 8 + fraction.length);
}

function decimalText(payload: number): string {
	const digits = payload % 8;
	const units = (payload - digits) / 8 - DECIMAL_BIAS;
	const size = Math.abs(units);
	const whole = Math.floor(size / DECIMAL_UNITS);
	const sign = units < 0 ? '-' : '';
	if (digits === 0) return `${sign}${whole}`;
	const fraction = String(size - whole * DECIMAL_UNITS).padStart(6, '0');
	return `${sign}${whole}.${fraction.slice(0, digits)}`;
}

// ---- short strings ----

function stringId(text: string): number {
	if (text.length > 6) return NO_TERM;
	let payload = 0;
	for (let i = 0; i < 6; i++) {
		const code = i < text.length ? text.charCodeAt(i) : 0;
		if (code > 127 || (code === 0 && i < text.length)) return NO_TERM;
		payload = payload * 256 + code;
	}
	return idOf(TAG_STRING, payload);
}

function stringOf(payload: number): string {
	let text = '';
	let rest = payload;
	for (let i = 0; i < 6; i++) {
		const code = rest % 256;
		if (code !== 0) text = String.fromCharCode(code) + text;
		rest = (rest - code) / 256;
	}
	return text;
}

// ---- dates ----

const DAY_MS = 86_400_000;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?(Z?)$/;

/** Milliseconds of a day of the Gregorian calendar, NaN if there is no such day; years 1 to 9999. */
function dayMs(year: string, month: string, day: string): number {
	const date = new Date(0);
	date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
	return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) && year !== '0000' ? date.getTime() : Number.NaN;
}

function dateId(text: string): number {
	const match = DATE.exec(text);
	if (match === null) return NO_TERM;
	const ms = dayMs(match[1]!, match[2]!, match[3]!);
	return Number.isNaN(ms) ? NO_TERM : idOf(TAG_DATE, ms / DAY_MS + BIAS);
}

function dateText(days: number): string {
	return new Date(days * DAY_MS).toISOString().slice(0, 10);
}

function dateTimeId(text: string): number {
	const match = DATE_TIME.exec(text);
	if (match === null) return NO_TERM;
	const [, year, month, day, hour, minute, second, fraction = '', zone] = match;
	const ms = dayMs(year!, month!, day!);
	// 24:00:00 and leap seconds are not the form that comes back; a fraction ends in no zero.
	if (Number.isNaN(ms) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59 || fraction.endsWith('0')) return NO_TERM;
	const whole = ms + Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second) * 1000 + Number(fraction.padEnd(3, '0'));
	if (whole < -BIAS || whole >= BIAS) return NO_TERM;
	return idOf(zone === 'Z' ? TAG_INSTANT : TAG_LOCAL_DATE_TIME, whole + BIAS);
}

function dateTimeText(ms: number): string {
	const text = new Date(ms).toISOString();
	return text.endsWith('.000Z') ? text.slice(0, 19) : text.slice(0, -1).replace(/0+$/, '');
}

/** The id of term number `index` of one execution of a query: in no store. */
export function localId(index: number): number {
	return idOf(TAG_LOCAL, index);
}

/** Which term of the execution an id names; −1 when it is not of that kind. */
export function localIndex(id: number): number {
	return id >= TAG_LOCAL * STEP - BASE && id < (TAG_LOCAL + 1) * STEP - BASE ? id - (TAG_LOCAL * STEP - BASE) : -1;
}
