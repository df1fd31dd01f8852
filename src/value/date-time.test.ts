/** Calendar and arithmetic of dates and times, with results of PostgreSQL 15. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as dateTime from './date-time.ts';
import { formatTimestamp, formatTimestamptz, parseTimestamp, parseTimestamptz } from './date-time-text.ts';
import * as interval from './interval.ts';
import { formatInterval, parseInterval } from './interval-text.ts';
import { defaultTextSettings, parseDateStyle } from './text-settings.ts';
import { fixedTimeZone, namedZone, sessionTimeZone, timeZoneByName } from './time-zone.ts';

const utc = defaultTextSettings;
const newYork = { ...utc, timeZone: namedZone('America/New_York')! };
const berlin = { ...utc, timeZone: namedZone('europe/berlin')! };
const span = (text: string): interval.Interval => parseInterval(text, -1, 'postgres');
const show = (value: interval.Interval): string => formatInterval(value, 'postgres');
const at = (text: string): number | bigint => parseTimestamp(text, -1, utc);

test('days and dates are each other’s inverse and follow the calendar', () => {
	fc.assert(
		fc.property(fc.integer({ min: -2440588, max: 2145042905 }), (days) => {
			const { year, month, day } = dateTime.partsOfDate(days);
			assert.equal(dateTime.daysFromParts(year, month, day), days);
			assert.ok(day >= 1 && day <= dateTime.daysInMonth(year, month));
			if (Math.abs(days) < 90_000_000) assert.equal(new Date(days * 86_400_000).getUTCDay(), dateTime.dayOfWeek(days));
		}),
		{ numRuns: 2000 },
	);
	assert.equal(dateTime.daysFromParts(1970, 1, 1), 0);
	assert.equal(dateTime.daysFromParts(0, 12, 31), -719163);
});

test('months are added on the calendar, days in local time, hours on the clock', () => {
	const plus = (text: string, by: string): string => formatTimestamp(dateTime.timestampPlusInterval(at(text), span(by)), utc);
	assert.equal(plus('2020-01-31', '1 mon'), '2020-02-29 00:00:00');
	assert.equal(plus('2020-02-29', '1 year'), '2021-02-28 00:00:00');
	assert.equal(plus('2020-03-31', '-1 mon'), '2020-02-29 00:00:00');
	assert.equal(plus('2020-01-31', '1 mon 1 day'), '2020-03-01 00:00:00');
	assert.equal(plus('infinity', '1 mon'), 'infinity');
	assert.throws(() => plus('294276-12-31', '1 mon'), { sqlstate: '22008', message: 'timestamp out of range' });
	const plusZoned = (text: string, by: string): string =>
		formatTimestamptz(dateTime.timestamptzPlusInterval(parseTimestamptz(text, -1, newYork), span(by), newYork.timeZone), newYork);
	assert.equal(plusZoned('2020-03-07 02:30', '1 day'), '2020-03-08 03:30:00-04');
	assert.equal(plusZoned('2020-03-07 12:00', '24 hours'), '2020-03-08 13:00:00-04');
	assert.equal(plusZoned('2020-11-01 00:30', '1 hour'), '2020-11-01 01:30:00-04');
	assert.equal(plusZoned('2020-11-01 00:30', '2 hours'), '2020-11-01 01:30:00-05');
});

test('differences and ages', () => {
	assert.equal(show(dateTime.timestampDifference(at('2020-03-01'), at('2020-02-28 12:00'))), '1 day 12:00:00');
	assert.equal(show(dateTime.timestampAge(at('2020-03-01'), at('2019-12-31 12:00'))), '2 mons 12:00:00');
	assert.equal(show(dateTime.timestampAge(at('2001-04-10'), at('1957-06-13'))), '43 years 9 mons 27 days');
	assert.throws(() => dateTime.timestampDifference(at('infinity'), at('2020-01-01')), { sqlstate: '22008', message: 'cannot subtract infinite timestamps' });
});

test('intervals are scaled, justified and cut', () => {
	assert.equal(show(interval.multiplyInterval(span('1 mon 1 day 03:04:05'), 1.5)), '1 mon 16 days 16:36:07.5');
	assert.equal(show(interval.multiplyInterval(span('1 year'), 0.1)), '1 mon 6 days');
	assert.equal(show(interval.divideInterval(span('-1 mon 1 day 03:04:05'), 3.7)), '-8 days +04:43:15.955286');
	assert.equal(show(interval.justifyInterval(span('-1 mon 1 hour'))), '-29 days -23:00:00');
	assert.equal(show(interval.justifyDays(span('-35 days'))), '-1 mons -5 days');
	assert.equal(show(interval.justifyHours(span('-1 day 50:00'))), '1 day 02:00:00');
	assert.equal(show(parseInterval('1.23456 sec', (interval.INTERVAL_FULL_RANGE << 16) | 2, 'postgres')), '00:00:01.23');
	assert.equal(
		show(parseInterval('1 year 2 mons 3 days 04:05:06.7', ((interval.INTERVAL_YEAR | interval.INTERVAL_MONTH) << 16) | 0xffff, 'postgres')),
		'1 year 2 mons',
	);
	assert.equal(show(parseInterval('1 day 04:05:06.7', (interval.INTERVAL_MINUTE << 16) | 0xffff, 'postgres')), '1 day 04:05:00');
	assert.throws(() => interval.divideInterval(span('1 day'), 0), { sqlstate: '22012' });
	assert.throws(() => interval.multiplyInterval(span('1 year'), 1e12), { sqlstate: '22008', message: 'interval out of range' });
});

test('weeks and days of the year are those of ISO 8601', () => {
	const days = (text: string): number => dateTime.timestampToDate(at(text));
	assert.deepEqual(dateTime.isoWeekOf(days('2021-01-03')), { year: 2020, week: 53 });
	assert.deepEqual(dateTime.isoWeekOf(days('2018-12-31')), { year: 2019, week: 1 });
	assert.equal(dateTime.isoWeekStart(2020, 53), days('2020-12-28'));
	assert.equal(dateTime.dayOfYear(days('2020-12-31')), 366);
	assert.equal(dateTime.julianDayOf(days('2000-01-01')), 2451545);
});

test('offsets of a zone are those of its time, to the second', () => {
	const shown = (text: string): string => formatTimestamptz(parseTimestamptz(text, -1, berlin), berlin);
	assert.equal(shown('1880-01-01'), '1880-01-01 00:00:00+00:53:28');
	assert.equal(shown('1945-07-01'), '1945-07-01 00:00:00+03');
	assert.equal(shown('2020-07-01'), '2020-07-01 00:00:00+02');
	assert.equal(shown('2500-07-01 12:00'), '2500-07-01 12:00:00+02');
	assert.equal(shown('2020-03-29 02:30'), '2020-03-29 03:30:00+02');
	assert.equal(shown('2020-10-25 02:30'), '2020-10-25 02:30:00+01');
});

test('the offset before and after each change of a zone is the runtime’s', () => {
	const zone = namedZone('America/New_York')!;
	const change = Date.UTC(2020, 2, 8, 7) * 1000;
	assert.equal(zone.offsetAt(change - 1), -5 * 3600);
	assert.equal(zone.offsetAt(change), -4 * 3600);
});

test('zones are found by name, abbreviation, POSIX text and hours', () => {
	assert.equal(namedZone('asia/kolkata')!.name, 'Asia/Kolkata');
	assert.equal(namedZone('Nowhere/At_All'), undefined);
	assert.equal(timeZoneByName('pdt')!.offsetAt(0), -7 * 3600);
	assert.equal(sessionTimeZone('PDT'), undefined);
	assert.equal(timeZoneByName('UTC+3')!.offsetAt(0), -3 * 3600);
	assert.equal(timeZoneByName('+05:30')!.offsetAt(0), -19_800);
	assert.deepEqual([sessionTimeZone('5.5')!.name, sessionTimeZone('5.5')!.offsetAt(0)], ['<+05:30>-05:30', 19_800]);
	assert.deepEqual([sessionTimeZone('-7')!.name, sessionTimeZone('-7')!.offsetAt(0)], ['<-07>+07', -25_200]);
	assert.equal(fixedTimeZone(-28_800).name, '<-08>+08');
	assert.equal(sessionTimeZone('utc')!.name, 'UTC');
});

test('DateStyle is read over the one before', () => {
	const before = { dateStyle: 'ISO', dateOrder: 'MDY' } as const;
	assert.deepEqual(parseDateStyle('SQL, DMY', before), { dateStyle: 'SQL', dateOrder: 'DMY' });
	assert.deepEqual(parseDateStyle('european', before), { dateStyle: 'ISO', dateOrder: 'DMY' });
	assert.deepEqual(parseDateStyle('German', before), { dateStyle: 'German', dateOrder: 'DMY' });
	assert.equal(parseDateStyle('ISO, SQL', before), undefined);
	assert.equal(parseDateStyle('foo', before), undefined);
});

test('words that name a moment are taken from the clock that is given', () => {
	const settings = { ...newYork, nowUs: () => Date.UTC(2020, 5, 15, 2, 30) * 1000 };
	assert.equal(formatTimestamp(parseTimestamp('now', -1, settings), settings), '2020-06-14 22:30:00');
	assert.equal(formatTimestamp(parseTimestamp('today', -1, settings), settings), '2020-06-14 00:00:00');
	assert.equal(formatTimestamp(parseTimestamp('tomorrow 10:00', -1, settings), settings), '2020-06-15 10:00:00');
	assert.equal(formatTimestamptz(parseTimestamptz('yesterday', -1, settings), settings), '2020-06-13 00:00:00-04');
});
