/**
 * Durations from fields, from text, and from fractions of their parts. A fraction of a month goes on as days and seconds by the
 * average month (30.436875 days), a fraction of a day as seconds of 24 hours; what is left below a nanosecond is dropped.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import { fromBigInt, type Int8 } from '../int8.ts';
import { checkField, daysInMonth, NANOSECONDS_PER_SECOND, YEAR_MAX } from './calendar.ts';
import { AVERAGE_SECONDS_PER_MONTH, CypherDuration, durationOutOfRange } from './cypher-duration.ts';
import { nanosecondOfDay } from './cypher-local-time.ts';
import { addFractions, type Fraction, fractionOf, fractionOfText, scaleFraction } from './exact-number.ts';

type Part = 'months' | 'days' | 'seconds' | 'nanoseconds';

/** What a unit of a map counts for. */
const UNITS: ReadonlyMap<string, readonly [Part, bigint]> = new Map([
	['years', ['months', 12n]],
	['quarters', ['months', 3n]],
	['months', ['months', 1n]],
	['weeks', ['days', 7n]],
	['days', ['days', 1n]],
	['hours', ['seconds', 3600n]],
	['minutes', ['seconds', 60n]],
	['seconds', ['seconds', 1n]],
	['milliseconds', ['nanoseconds', 1_000_000n]],
	['microseconds', ['nanoseconds', 1000n]],
	['nanoseconds', ['nanoseconds', 1n]],
]);

const ZERO: Fraction = { numerator: 0n, denominator: 1n };
const SECONDS_PER_DAY = 86_400n;
const NANOSECONDS = BigInt(NANOSECONDS_PER_SECOND);

/** `{years: 12.5, days: -14}`: numbers, of which any may have fractions. */
export function durationOfFields(fields: ReadonlyMap<string, unknown>): CypherDuration {
	const parts = { months: ZERO, days: ZERO, seconds: ZERO, nanoseconds: ZERO };
	if (fields.size === 0) throw cypherError('ArgumentError', 'a duration needs at least one field');
	for (const [name, value] of fields) {
		const unit = UNITS.get(name);
		if (unit === undefined) throw cypherError('ArgumentError', `a duration has no field '${name}'`);
		if (typeof value !== 'number' && typeof value !== 'bigint') throw cypherError('TypeError', `${name} must be a number`);
		parts[unit[0]] = addFractions(parts[unit[0]], scaleFraction(fractionOf(value), unit[1]));
	}
	return durationOfParts(parts.months, parts.days, parts.seconds, parts.nanoseconds);
}

/** A duration whose parts are fractions, each carried to the next smaller part. */
export function durationOfParts(months: Fraction, days: Fraction, seconds: Fraction, nanoseconds: Fraction): CypherDuration {
	const [wholeMonths, monthRest] = split(months);
	// Days are counted in seconds here, so that the part of a month adds without loss.
	const daySeconds = addFractions(scaleFraction(days, SECONDS_PER_DAY), scaleFraction(monthRest, BigInt(AVERAGE_SECONDS_PER_MONTH)));
	const wholeDays = daySeconds.numerator / (daySeconds.denominator * SECONDS_PER_DAY);
	const dayRest = { numerator: daySeconds.numerator - wholeDays * daySeconds.denominator * SECONDS_PER_DAY, denominator: daySeconds.denominator };
	const [wholeSeconds, secondRest] = split(addFractions(seconds, dayRest));
	const [wholeNanoseconds] = split(addFractions(nanoseconds, scaleFraction(secondRest, NANOSECONDS)));
	return CypherDuration.of(inRange(wholeMonths), inRange(wholeDays), inRange(wholeSeconds), inRange(wholeNanoseconds));
}

/** Towards zero, and what is left. */
function split(fraction: Fraction): readonly [bigint, Fraction] {
	const whole = fraction.numerator / fraction.denominator;
	return [whole, { numerator: fraction.numerator - whole * fraction.denominator, denominator: fraction.denominator }];
}

function inRange(value: bigint): Int8 {
	if (BigInt.asIntN(64, value) !== value) throw durationOutOfRange();
	return fromBigInt(value);
}

const NUMBER = '[-+]?\\d+(?:[.,]\\d+)?';
const UNIT_PATTERN = new RegExp(
	`^([-+]?)P(?=.)(?:(?<years>${NUMBER})Y)?(?:(?<quarters>${NUMBER})Q)?(?:(?<months>${NUMBER})M)?(?:(?<weeks>${NUMBER})W)?(?:(?<days>${NUMBER})D)?` +
		`(?:T(?=.)(?:(?<hours>${NUMBER})H)?(?:(?<minutes>${NUMBER})M)?(?:(?<seconds>${NUMBER})S)?)?$`,
	'i',
);
const DATE_PATTERN = /^([-+]?)P(?:(\d{4})-(\d{2})-(\d{2})|(\d{4})(\d{2})(\d{2}))(?:T(?:(\d{2}):(\d{2}):(\d{2})|(\d{2})(\d{2})(\d{2}))(?:[.,](\d{1,9}))?)?$/i;

/** `P12Y5M14DT16H12M70.5S`, `P2.5W`, `P2012-02-02T14:37:21.545`; an ArgumentError for anything else. */
export function parseDuration(text: string): CypherDuration {
	const units = UNIT_PATTERN.exec(text);
	if (units !== null) return durationOfUnits(units);
	const date = DATE_PATTERN.exec(text);
	if (date === null) throw cypherError('ArgumentError', `text cannot be read as a duration: '${text}'`);
	const sign = date[1] === '-' ? -1 : 1;
	const years = checkField('years', Number(date[2] ?? date[5]), 0, YEAR_MAX);
	const months = checkField('months', Number(date[3] ?? date[6]), 0, 12);
	const days = checkField('days', Number(date[4] ?? date[7]), 0, daysInMonth(2000, 1));
	const fraction = Number((date[14] ?? '').padEnd(9, '0'));
	const time = nanosecondOfDay(Number(date[8] ?? date[11] ?? 0), Number(date[9] ?? date[12] ?? 0), Number(date[10] ?? date[13] ?? 0), fraction);
	return CypherDuration.of(sign * (years * 12 + months) + 0, sign * days + 0, 0, sign * time + 0);
}

function durationOfUnits(match: RegExpExecArray): CypherDuration {
	const sign = match[1] === '-' ? -1n : 1n;
	const parts = { months: ZERO, days: ZERO, seconds: ZERO, nanoseconds: ZERO };
	for (const [name, text] of Object.entries(match.groups ?? {})) {
		const unit = UNITS.get(name);
		if (text === undefined || unit === undefined) continue;
		parts[unit[0]] = addFractions(parts[unit[0]], scaleFraction(fractionOfText(text), unit[1] * sign));
	}
	return durationOfParts(parts.months, parts.days, parts.seconds, parts.nanoseconds);
}
