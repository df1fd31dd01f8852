/** Texts of dates and times: every form, what is refused, and back from a value's own text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PolylogError } from '../../platform/errors.ts';
import { daysOfCivil, NANOSECONDS_PER_DAY, YEAR_MAX, YEAR_MIN } from './calendar.ts';
import { CypherDate } from './cypher-date.ts';
import { CypherDateTime } from './cypher-date-time.ts';
import { CypherLocalDateTime } from './cypher-local-date-time.ts';
import { CypherLocalTime } from './cypher-local-time.ts';
import { parseDate, parseDateTime, parseLocalDateTime, parseLocalTime, parseTime } from './temporal-text.ts';
import { parseZone, UTC_ZONE } from './temporal-zone.ts';

function refused(action: () => unknown): void {
	assert.throws(action, (error) => error instanceof PolylogError && error.condition === 'ArgumentError');
}

test('dates are read in every form', () => {
	const cases = {
		'1999-12-31': '1999-12-31',
		'19991231': '1999-12-31',
		'1999-2-3': '1999-02-03',
		'1999-12': '1999-12-01',
		'199912': '1999-12-01',
		'2020-W53-7': '2021-01-03',
		'2020W537': '2021-01-03',
		'2020-W01': '2019-12-30',
		'2020W10': '2020-03-02',
		'2020-Q3-92': '2020-09-30',
		'2020Q2': '2020-04-01',
		'2020-366': '2020-12-31',
		'2020060': '2020-02-29',
		'0044': '0044-01-01',
		'-0044-03-15': '-0044-03-15',
		'+12345-06-07': '+12345-06-07',
		'-999999999-01-01': '-999999999-01-01',
		'+999999999-12-31': '+999999999-12-31',
	};
	for (const [text, expected] of Object.entries(cases)) assert.equal(parseDate(text).toString(), expected, text);
});

test('dates that the calendar does not have are refused', () => {
	const bad = [
		'2019-366',
		'2019-02-29',
		'2019-W53',
		'2019-13',
		'2019-00',
		'2019-Q5',
		'2019-Q1-91',
		'20191301',
		'yesterday',
		'',
		'2019-1-1-1',
		'+1999999999-01-01',
		' 2019',
	];
	for (const text of bad) refused(() => parseDate(text));
});

test('local times are read in every form', () => {
	const cases = {
		'1:02:03': '01:02:03',
		'010203,5': '01:02:03.500',
		'0102': '01:02',
		'23': '23:00',
		T0930: '09:30',
		'09:30:00.000000001': '09:30:00.000000001',
	};
	for (const [text, expected] of Object.entries(cases)) assert.equal(parseLocalTime(text).toString(), expected, text);
	for (const text of ['24:00', '12:60', '12:30:60', '12:30:10.1234567890', '12-30', '12:3030', '1']) {
		if (text === '1') assert.equal(parseLocalTime(text).toString(), '01:00');
		else refused(() => parseLocalTime(text));
	}
});

test('times have an offset, or that of a zone', () => {
	const summer = Date.UTC(2020, 6, 1) / 1000;
	const read = (text: string): string => parseTime(text, UTC_ZONE, summer).toString();
	assert.equal(read('08:15+0530'), '08:15+05:30');
	assert.equal(read('081500-03:25:30'), '08:15-03:25:30');
	assert.equal(read('08'), '08:00Z');
	assert.equal(read('08:00z'), '08:00Z');
	assert.equal(read('08:00[America/Chicago]'), '08:00-05:00');
	assert.equal(parseTime('08:00', parseZone('america/chicago'), summer).toString(), '08:00-05:00');
	refused(() => read('08:00+18:01'));
	refused(() => read('08:00+01:00[America/Chicago]'));
	refused(() => read('08:00[Mars/Olympus]'));
});

test('datetimes take their zone from the text', () => {
	const read = (text: string): string => parseDateTime(text, UTC_ZONE).toString();
	assert.equal(read('2001-02-03'), '2001-02-03T00:00Z');
	assert.equal(read('2001-02-03T04:05-0600'), '2001-02-03T04:05-06:00');
	assert.equal(read('2001-02-03T04:05[Asia/Kolkata]'), '2001-02-03T04:05+05:30[Asia/Kolkata]');
	assert.equal(read('1890-05-06T07:08[Europe/Amsterdam]').slice(0, 20), '1890-05-06T07:08+00:');
	// New York's clock shows 01:30 twice on that day: the offset tells which.
	assert.equal(read('2021-11-07T01:30[America/New_York]'), '2021-11-07T01:30-04:00[America/New_York]');
	assert.equal(read('2021-11-07T01:30-05:00[America/New_York]'), '2021-11-07T01:30-05:00[America/New_York]');
	// And never 02:30 on this one.
	assert.equal(read('2021-03-14T02:30[America/New_York]'), '2021-03-14T03:30-04:00[America/New_York]');
	refused(() => read('2001-02-03T04:05+01:00[Asia/Kolkata]'));
	refused(() => read('2001-02-03T04:05+01:00Z'));
});

test('a value is read back from its own text', () => {
	const days = fc.integer({ min: daysOfCivil(YEAR_MIN, 1, 1), max: daysOfCivil(YEAR_MAX, 12, 31) });
	const nanoseconds = fc.integer({ min: 0, max: NANOSECONDS_PER_DAY - 1 });
	const zones = fc.constantFrom('Z', '+05:45', '-11:59:01', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Europe/Dublin');
	fc.assert(
		fc.property(days, nanoseconds, zones, (day, time, zone) => {
			assert.ok(parseDate(new CypherDate(day).toString()).equals(new CypherDate(day)));
			assert.ok(parseLocalTime(new CypherLocalTime(time).toString()).equals(new CypherLocalTime(time)));
			const local = new CypherLocalDateTime(day, time);
			assert.ok(parseLocalDateTime(local.toString()).equals(local));
			assert.ok(CypherLocalDateTime.ofEpochSecond(local.epochSecond, local.nanosecond).equals(local));
			const zoned = CypherDateTime.ofLocal(day, time, parseZone(zone));
			assert.ok(parseDateTime(zoned.toString(), UTC_ZONE).equals(zoned));
			assert.ok(CypherDateTime.ofEpochSecond(zoned.epochSecond, zoned.nanosecond, parseZone(zone)).equals(zoned));
		}),
	);
});
