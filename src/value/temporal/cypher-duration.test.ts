/** Durations: texts, fields, arithmetic, differences of dates and times. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PolylogError } from '../../platform/errors.ts';
import { CypherDuration } from './cypher-duration.ts';
import { addDurations, addToInstant, divideDuration, multiplyDuration, subtractDurations, subtractFromInstant } from './duration-arithmetic.ts';
import { durationBetween, durationInDays, durationInMonths, durationInSeconds } from './duration-between.ts';
import { durationOfFields, parseDuration } from './duration-construction.ts';
import { temporalComponent } from './temporal-components.ts';
import { parseDate, parseDateTime, parseLocalDateTime, parseLocalTime, parseTime } from './temporal-text.ts';
import type { Instant } from './temporal-value.ts';
import { UTC_ZONE } from './temporal-zone.ts';

function fields(object: Readonly<Record<string, unknown>>): CypherDuration {
	return durationOfFields(new Map(Object.entries(object)));
}

/** Any value by its text. */
function instant(text: string): Instant {
	if (/^[^T]*-.*T.*(?:Z|[+-]\d\d:\d\d|\])$/.test(text)) return parseDateTime(text, UTC_ZONE);
	if (text.includes('T')) return parseLocalDateTime(text);
	if (/^\d\d:.*(?:Z|[+-])/.test(text)) return parseTime(text, UTC_ZONE, 0);
	return text.includes(':') ? parseLocalTime(text) : parseDate(text);
}

test('fractions of a part go to the next smaller ones', () => {
	assert.equal(fields({ years: 1.25, weeks: 0.5 }).toString(), 'P1Y3M3DT12H');
	assert.equal(fields({ months: -0.5 }).toString(), 'P-15DT-5H-14M-33S');
	assert.equal(fields({ quarters: 3, hours: 1.1 }).toString(), 'P9MT1H6M');
	assert.equal(fields({ seconds: 0.29 }).toString(), 'PT0.29S');
	assert.equal(fields({ seconds: 1.0000000019 }).toString(), 'PT1.000000001S');
	assert.equal(fields({ milliseconds: 1.5, microseconds: 2500 }).toString(), 'PT0.004S');
	assert.equal(fields({ days: 0 }).toString(), 'PT0S');
	assert.equal(fields({ minutes: -1, milliseconds: 500 }).toString(), 'PT-59.5S');
});

test('texts are read in every form', () => {
	const cases = {
		P1Y2M3W4DT5H6M7S: 'P1Y2M25DT5H6M7S',
		'-P1Y-2M': 'P-10M',
		'P-1.5D': 'P-1DT-12H',
		'PT0,25S': 'PT0.25S',
		P1Q: 'P3M',
		'P0001-02-03T04:05:06.7': 'P1Y2M3DT4H5M6.7S',
		P00010203T040506: 'P1Y2M3DT4H5M6S',
		'-P0000-00-01': 'P-1D',
		pt90m: 'PT1H30M',
	};
	for (const [text, expected] of Object.entries(cases)) assert.equal(parseDuration(text).toString(), expected, text);
	for (const bad of ['P', 'PT', '1Y', 'P1S', 'P1DT', 'P1H', 'P1.D', 'PT1S2M', '']) {
		assert.throws(
			() => parseDuration(bad),
			(error) => error instanceof PolylogError && error.condition === 'ArgumentError',
			bad,
		);
	}
});

test('a duration is read back from its own text', () => {
	const part = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
	fc.assert(
		fc.property(part, part, part, fc.integer({ min: 0, max: 999_999_999 }), (months, days, seconds, nanoseconds) => {
			const duration = CypherDuration.of(months, days, seconds, nanoseconds);
			assert.ok(parseDuration(duration.toString()).equals(duration));
			assert.equal(subtractDurations(addDurations(duration, duration), duration).toString(), duration.toString());
			assert.ok(divideDuration(multiplyDuration(duration, 3), 3).equals(duration));
		}),
	);
});

test('multiplied and divided, each part by itself', () => {
	const duration = parseDuration('P1Y1M3DT1H0.000000003S');
	assert.equal(multiplyDuration(duration, -2).toString(), 'P-2Y-2M-6DT-2H-0.000000006S');
	assert.equal(multiplyDuration(duration, 0.5).toString(), 'P6M16DT17H44M33.000000001S');
	assert.equal(divideDuration(duration, 2).toString(), 'P6M16DT17H44M33.000000001S');
	assert.equal(divideDuration(duration, -1).toString(), 'P-1Y-1M-3DT-1H-0.000000003S');
	assert.throws(() => divideDuration(duration, 0), /division by zero/);
	assert.throws(() => multiplyDuration(duration, 2 ** 53), /out of range/);
	assert.throws(() => multiplyDuration(duration, Number.NaN), /finite/);
});

test('added to dates and times', () => {
	const add = (text: string, duration: string): string => addToInstant(instant(text), parseDuration(duration)).toString();
	assert.equal(add('2020-01-31', 'P1M'), '2020-02-29');
	assert.equal(add('2020-01-31', 'PT47H'), '2020-02-01');
	assert.equal(add('2020-01-31', 'PT-47H'), '2020-01-30');
	assert.equal(add('23:30', 'P5DT45M'), '00:15');
	assert.equal(add('00:15', 'PT-45M'), '23:30');
	assert.equal(add('23:30+02:00', 'PT1H'), '00:30+02:00');
	assert.equal(add('2020-12-31T23:59:59.999999999', 'PT0.000000001S'), '2021-01-01T00:00');
	assert.equal(add('2020-12-31T23:59:59Z', 'PT1S'), '2021-01-01T00:00Z');
	// A day on the calendar is not always 24 hours.
	assert.equal(add('2021-03-13T12:00-05:00[America/New_York]', 'P1D'), '2021-03-14T12:00-04:00[America/New_York]');
	assert.equal(add('2021-03-13T12:00-05:00[America/New_York]', 'PT24H'), '2021-03-14T13:00-04:00[America/New_York]');
	assert.equal(subtractFromInstant(instant('2020-03-31'), parseDuration('P1M')).toString(), '2020-02-29');
	assert.throws(() => add('+999999999-12-31', 'P1D'), /out of range/);
});

test('between two values, in months, days and seconds', () => {
	const between = (from: string, to: string): string => durationBetween(instant(from), instant(to)).toString();
	assert.equal(between('2018-01-31', '2020-03-01'), 'P2Y1M1D');
	assert.equal(between('2020-03-01', '2018-01-31'), 'P-2Y-1M-1D');
	assert.equal(between('2018-01-31', '06:30'), 'PT6H30M');
	assert.equal(between('06:30', '2018-01-31'), 'PT-6H-30M');
	assert.equal(between('06:30:00.5', '06:30:01.25'), 'PT0.75S');
	assert.equal(between('06:30:01.25', '06:30:00.5'), 'PT-0.75S');
	assert.equal(between('06:30+02:00', '06:30Z'), 'PT2H');
	assert.equal(between('06:30+02:00', '06:30'), 'PT0S');
	assert.equal(between('2018-05-01T10:00', '2018-06-01T09:00'), 'P30DT23H');
	assert.equal(between('2018-05-01T10:00+03:00', '2018-05-02T10:00Z'), 'P1DT3H');
	assert.equal(between('2018-05-01T10:00Z', '2018-05-02'), 'PT14H');
});

test('in one unit alone', () => {
	assert.equal(durationInMonths(instant('2018-05-31'), instant('2018-06-30')).toString(), 'PT0S');
	assert.equal(durationInMonths(instant('2018-05-30T10:00'), instant('2019-05-30T09:00')).toString(), 'P11M');
	assert.equal(durationInMonths(instant('10:00'), instant('11:00')).toString(), 'PT0S');
	assert.equal(durationInDays(instant('2018-05-01T10:00'), instant('2018-05-03T09:00')).toString(), 'P1D');
	assert.equal(durationInSeconds(instant('2018-05-01'), instant('2018-05-03T00:00:01')).toString(), 'PT48H1S');
	// The clock in Berlin was put forward in between.
	assert.equal(durationInSeconds(instant('2022-03-27T00:00+01:00[Europe/Berlin]'), instant('06:00')).toString(), 'PT5H');
	assert.equal(durationInSeconds(instant('2022-03-27'), instant('2022-03-27T06:00+02:00[Europe/Berlin]')).toString(), 'PT5H');
});

test('past 2^53 seconds everything is exact', () => {
	const from = instant('-999999999-01-01');
	const to = instant('+999999999-12-31T23:59:59');
	assert.equal(durationInSeconds(from, to).seconds, 63_113_903_968_377_599n);
	assert.equal(durationInSeconds(from, to).toString(), 'PT17531639991215H59M59S');
	assert.equal(durationInSeconds(to, from).toString(), 'PT-17531639991215H-59M-59S');
	assert.equal(addToInstant(instant('-999999999-01-01T00:00'), durationInSeconds(from, to)).toString(), '+999999999-12-31T23:59:59');
	assert.throws(() => fields({ years: 300_000_000_000 }), /out of range/);
});

test('components of a negative duration', () => {
	const duration = parseDuration('P-1Y-5M-9DT-1H-1.25S');
	const component = (name: string) => temporalComponent(duration, name);
	assert.deepEqual(['years', 'quarters', 'months', 'monthsOfYear', 'quartersOfYear', 'monthsOfQuarter'].map(component), [-1, -5, -17, -5, -1, -2]);
	assert.deepEqual(['weeks', 'days', 'daysOfWeek', 'seconds', 'milliseconds'].map(component), [-1, -9, -2, -3602, -3601250]);
	assert.throws(() => component('fortnights'), /no component/);
});

test('durations are sorted by their average length', () => {
	const texts = ['P1M', 'P30D', 'P31D', 'PT0.5S', 'P-1D', 'PT730H'];
	const sorted = texts.map(parseDuration).sort((left, right) => left.compareTo(right));
	assert.deepEqual(sorted.map(String), ['P-1D', 'PT0.5S', 'P30D', 'PT730H', 'P1M', 'P31D']);
});
