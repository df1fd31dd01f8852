/**
 * The text of a date, time or interval cut into fields, and the words that may stand in them: the first half of PostgreSQL's
 * lenient grammar (`ParseDateTime` and the token tables of `datetime.c`, written anew).
 */

export type FieldKind = 'number' | 'string' | 'date' | 'time' | 'zone' | 'special';

export interface Field {
	readonly kind: FieldKind;
	/** Lower case, except within names of zones. */
	readonly text: string;
}

const FIELDS_MAX = 25;

/** null when a character has no place in such a text. */
export function splitFields(text: string): Field[] | null {
	const fields: Field[] = [];
	let at = 0;
	while (at < text.length) {
		const rest = text.slice(at);
		const blank = /^[ \t\n\v\f\r]+/.exec(rest);
		if (blank !== null) {
			at += blank[0].length;
			continue;
		}
		if (fields.length >= FIELDS_MAX) return null;
		const field = readField(rest);
		if (field === null) {
			// Other punctuation is passed over.
			if (!/^[!-/:-@[-`{-~]/.test(rest)) return null;
			at++;
			continue;
		}
		if (field === 'bad') return null;
		fields.push({ kind: field.kind, text: field.text });
		at += field.length;
	}
	return fields;
}

interface ReadField extends Field {
	readonly length: number;
}

function made(kind: FieldKind, match: string, text = match.toLowerCase()): ReadField {
	return { kind, text, length: match.length };
}

function readField(rest: string): ReadField | 'bad' | null {
	const first = rest.charCodeAt(0);
	if (first >= 48 && first <= 57) return readDigits(rest);
	if (first === 46) return made('number', /^\.[0-9]*/.exec(rest)![0]);
	if (isLetter(first)) return readWord(rest);
	if (first === 43 || first === 45) return readSigned(rest);
	return null;
}

function isLetter(code: number): boolean {
	return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function readDigits(rest: string): ReadField {
	const digits = /^[0-9]+/.exec(rest)![0];
	const delimiter = rest[digits.length] ?? '';
	if (delimiter === ':') return made('time', /^[0-9]+:[0-9:.]*/.exec(rest)![0]);
	if (delimiter !== '-' && delimiter !== '/' && delimiter !== '.') return made('number', digits);
	const escaped = `\\${delimiter}`;
	if (/[0-9]/.test(rest[digits.length + 1] ?? '')) {
		const three = new RegExp(`^[0-9]+${escaped}[0-9]+${escaped}[0-9${escaped}]*`).exec(rest);
		if (three !== null) return made('date', three[0]);
		const two = new RegExp(`^[0-9]+${escaped}[0-9]+`).exec(rest)![0];
		return made(delimiter === '.' ? 'number' : 'date', two);
	}
	return made('date', new RegExp(`^[0-9]+${escaped}[0-9a-zA-Z${escaped}]*`).exec(rest)![0]);
}

function readWord(rest: string): ReadField {
	const word = /^[a-zA-Z]+/.exec(rest)![0];
	const next = rest[word.length] ?? '';
	const isDate = next === '-' || next === '/' || next === '.' || ((next === '+' || /[0-9]/.test(next)) && !dateWords.has(word.toLowerCase()));
	if (!isDate) return made('string', word);
	return made('date', /^[a-zA-Z]+[+\-/_.:0-9a-zA-Z]*/.exec(rest)![0]);
}

function readSigned(rest: string): ReadField | 'bad' {
	const zone = /^([+-])[ \t\n\v\f\r]*([0-9][0-9:.-]*)/.exec(rest);
	if (zone !== null) return made('zone', zone[0], zone[1]! + zone[2]!);
	const word = /^([+-])[ \t\n\v\f\r]*([a-zA-Z]+)/.exec(rest);
	return word === null ? 'bad' : made('special', word[0], (word[1]! + word[2]!).toLowerCase());
}

/** The fields that dates, times and intervals have in common. */
export type DateTimeField =
	| 'microsecond'
	| 'millisecond'
	| 'second'
	| 'minute'
	| 'hour'
	| 'day'
	| 'week'
	| 'month'
	| 'quarter'
	| 'year'
	| 'decade'
	| 'century'
	| 'millennium'
	| 'julian'
	| 'dow'
	| 'doy'
	| 'isodow'
	| 'isoyear';

export type UnitName = DateTimeField | 'time';

/** What a word of a date means. */
export type DateWord =
	| { readonly kind: 'month' | 'weekday'; readonly value: number }
	| { readonly kind: 'meridiem'; readonly value: 'am' | 'pm' }
	| { readonly kind: 'era'; readonly value: 'ad' | 'bc' }
	| { readonly kind: 'unit'; readonly value: UnitName }
	| { readonly kind: 'iso time' }
	| { readonly kind: 'ignored' }
	| { readonly kind: 'daylight saving' }
	| { readonly kind: 'reserved'; readonly value: 'now' | 'today' | 'yesterday' | 'tomorrow' | 'epoch' | 'infinity' | '-infinity' | 'allballs' };

const dateWords = new Map<string, DateWord>();

function define(words: string, word: DateWord): void {
	for (const name of words.split(' ')) dateWords.set(name, word);
}

const MONTH_WORDS = [
	'jan january',
	'feb february',
	'mar march',
	'apr april',
	'may',
	'jun june',
	'jul july',
	'aug august',
	'sep sept september',
	'oct october',
	'nov november',
	'dec december',
];
MONTH_WORDS.forEach((words, index) => {
	define(words, { kind: 'month', value: index + 1 });
});
const WEEKDAY_WORDS = ['sun sunday', 'mon monday', 'tue tues tuesday', 'wed weds wednesday', 'thu thur thurs thursday', 'fri friday', 'sat saturday'];
WEEKDAY_WORDS.forEach((words, index) => {
	define(words, { kind: 'weekday', value: index });
});
define('am', { kind: 'meridiem', value: 'am' });
define('pm', { kind: 'meridiem', value: 'pm' });
define('ad', { kind: 'era', value: 'ad' });
define('bc', { kind: 'era', value: 'bc' });
define('at on', { kind: 'ignored' });
define('dst', { kind: 'daylight saving' });
define('t', { kind: 'iso time' });
define('now', { kind: 'reserved', value: 'now' });
define('today', { kind: 'reserved', value: 'today' });
define('yesterday', { kind: 'reserved', value: 'yesterday' });
define('tomorrow', { kind: 'reserved', value: 'tomorrow' });
define('epoch', { kind: 'reserved', value: 'epoch' });
define('infinity', { kind: 'reserved', value: 'infinity' });
define('-infinity', { kind: 'reserved', value: '-infinity' });
define('allballs', { kind: 'reserved', value: 'allballs' });
define('d', { kind: 'unit', value: 'day' });
define('dow', { kind: 'unit', value: 'dow' });
define('doy', { kind: 'unit', value: 'doy' });
define('h', { kind: 'unit', value: 'hour' });
define('isodow', { kind: 'unit', value: 'isodow' });
define('isoyear', { kind: 'unit', value: 'isoyear' });
define('j jd julian', { kind: 'unit', value: 'julian' });
define('m', { kind: 'unit', value: 'month' });
define('mm', { kind: 'unit', value: 'minute' });
define('s', { kind: 'unit', value: 'second' });
define('y', { kind: 'unit', value: 'year' });

/** Words longer than ten characters are told by their first ten. */
const WORD_CHARACTERS = 10;

export function dateWord(word: string): DateWord | undefined {
	return dateWords.get(word.slice(0, WORD_CHARACTERS));
}

const unitWords = new Map<string, UnitName | 'ago' | 'ignored'>();
const UNIT_WORDS: Readonly<Record<string, string>> = {
	ignored: '@',
	ago: 'ago',
	century: 'c cent centuries century',
	day: 'd day days',
	decade: 'dec decade decades decs',
	hour: 'h hour hours hr hrs',
	microsecond: 'microsecon us usec usecond useconds usecs',
	millennium: 'mil millennia millennium mils',
	millisecond: 'millisecon ms msec msecond mseconds msecs',
	minute: 'm min mins minute minutes',
	month: 'mon mons month months',
	quarter: 'qtr quarter',
	second: 's sec second seconds secs',
	week: 'w week weeks',
	year: 'y year years yr yrs',
};
for (const [unit, words] of Object.entries(UNIT_WORDS)) for (const word of words.split(' ')) unitWords.set(word, unit as UnitName | 'ago' | 'ignored');

/** A unit of intervals by any of its names. */
export function unitWord(word: string): UnitName | 'ago' | 'ignored' | undefined {
	return unitWords.get(word.slice(0, WORD_CHARACTERS));
}
