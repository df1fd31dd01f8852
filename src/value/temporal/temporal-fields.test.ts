/** Dates and times from fields and from each other; truncation; components. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../../platform/errors.ts';
import { CypherDate } from './cypher-date.ts';
import { CypherTime } from './cypher-time.ts';
import { temporalComponent } from './temporal-components.ts';
import { dateOfFields, dateTimeOfFields, localDateTimeOfFields, localTimeOfFields, timeOfFieldMap } from './temporal-fields.ts';
import { parseDate, parseDateTime, parseLocalDateTime, parseLocalTime, parseTime } from './temporal-text.ts';
import { truncateDate, truncateDateTime, truncateLocalDateTime, truncateLocalTime, truncateTime } from './temporal-truncation.ts';
import { parseZone, UTC_ZONE } from './temporal-zone.ts';

const defaults = { zone: UTC_ZONE, nowSecond: Date.UTC(2020, 0, 1) / 1000 };
const map = (object: Readonly<Record<string, unknown>>) => new Map(Object.entries(object));
const date = (object: Readonly<Record<string, unknown>>): string => dateOfFields(map(object)).toString();
const time = (object: Readonly<Record<string, unknown>>): string => timeOfFieldMap(map(object), defaults).toString();
const dateTime = (object: Readonly<Record<string, unknown>>): string => dateTimeOfFields(map(object), defaults).toString();

function refused(action: () => unknown, condition = 'ArgumentError'): void {
	assert.throws(action, (error) => error instanceof PolylogError && error.condition === condition);
}

test('a date with replaced fields keeps what the calendar allows', () => {
	const base = parseDate('2020-05-31');
	assert.equal(date({ date: base, month: 2 }), '2020-02-29');
	assert.equal(date({ date: base, year: 2021, month: 2 }), '2021-02-28');
	assert.equal(date({ date: base, quarter: 1 }), '2020-02-29');
	assert.equal(date({ date: base, dayOfQuarter: 3 }), '2020-04-03');
	assert.equal(date({ date: base, week: 1 }), '2020-01-05');
	assert.equal(date({ date: base, dayOfWeek: 1 }), '2020-05-25');
	assert.equal(date({ date: base, ordinalDay: 366 }), '2020-12-31');
	assert.equal(date({ date: parseLocalDateTime('1999-09-09T09:09'), day: 1 }), '1999-09-01');
	refused(() => date({ date: base, month: 2, day: 30 }));
	refused(() => date({ date: parseLocalTime('10:00') }));
	refused(() => date({ date: 'text' }), 'TypeError');
});

test('fields that do not go together are refused', () => {
	refused(() => date({ year: 2020, month: 1, week: 2 }));
	refused(() => date({ month: 1 }));
	refused(() => date({ year: 2020, day: 3 }));
	refused(() => date({ year: 2020, dayOfWeek: 3 }));
	refused(() => date({ year: 2019, week: 53 }));
	refused(() => date({ year: 2019, hour: 3 }));
	refused(() => date({ year: 2019.5 }), 'TypeError');
	refused(() => time({ minute: 3 }));
	refused(() => time({ hour: 1, second: 3 }));
	refused(() => time({ hour: 1, minute: 1, second: 3, millisecond: 1, nanosecond: 1_000_000 }));
	refused(() => dateTime({ epochSeconds: 1, year: 2020 }));
	refused(() => dateTime({ epochSeconds: 1, epochMillis: 1 }));
	refused(() => dateTime({ datetime: parseLocalDateTime('1999-09-09T09:09'), time: parseLocalTime('10:00') }));
	refused(() => dateTime({ year: 2020, timezone: 3 }), 'TypeError');
	refused(() => dateTime({ year: 2020, timezone: 'UTC+3' }));
});

test('a time from another moves with its zone, or only says it', () => {
	const base = parseTime('22:45:10.5+02:00', UTC_ZONE, 0);
	assert.equal(time({ time: base }), '22:45:10.500+02:00');
	assert.equal(time({ time: base, hour: 1, timezone: '-03:00' }), '20:45:10.500-03:00');
	assert.equal(time({ time: base, second: 0, microsecond: 7 }), '22:45:00.000007+02:00');
	assert.equal(time({ time: parseLocalTime('22:45'), timezone: '-03:00' }), '22:45-03:00');
	assert.equal(time({ hour: 5, timezone: 'Asia/Tokyo' }), '05:00+09:00');
	assert.equal(localTimeOfFields(map({ time: base, minute: 0 })).toString(), '22:00:10.500');
});

test('a datetime from parts of others', () => {
	const day = parseDate('2020-07-01');
	const clock = parseTime('22:45+02:00', UTC_ZONE, 0);
	const zoned = parseDateTime('2020-01-01T12:00[Europe/Rome]', UTC_ZONE);
	assert.equal(dateTime({ date: day, time: clock }), '2020-07-01T22:45+02:00');
	assert.equal(dateTime({ date: day, time: clock, timezone: 'Asia/Tokyo' }), '2020-07-02T05:45+09:00[Asia/Tokyo]');
	assert.equal(dateTime({ date: day, time: zoned }), '2020-07-01T12:00+02:00[Europe/Rome]');
	assert.equal(dateTime({ datetime: zoned, month: 7, timezone: '-01:00' }), '2020-07-01T09:00-01:00');
	assert.equal(dateTime({ datetime: parseLocalDateTime('2020-01-01T12:00'), timezone: '-01:00' }), '2020-01-01T12:00-01:00');
	assert.equal(dateTime({ date: zoned, hour: 3 }), '2020-01-01T03:00Z');
	assert.equal(dateTime({ epochMillis: -1, nanosecond: 5 }), '1969-12-31T23:59:59.999000005Z');
	assert.equal(dateTime({ epochSeconds: 86_400, millisecond: 5, timezone: '+01:00' }), '1970-01-02T01:00:00.005+01:00');
	assert.equal(localDateTimeOfFields(map({ datetime: zoned, day: 9 })).toString(), '2020-01-09T12:00');
	assert.equal(localDateTimeOfFields(map({ date: day, time: clock })).toString(), '2020-07-01T22:45');
});

test('dates are truncated to every unit', () => {
	const value = parseDate('1987-08-20');
	const cases = {
		millennium: '1000-01-01',
		CENTURY: '1900-01-01',
		decade: '1980-01-01',
		year: '1987-01-01',
		weekYear: '1986-12-29',
		quarter: '1987-07-01',
		month: '1987-08-01',
		week: '1987-08-17',
		day: '1987-08-20',
	};
	for (const [unit, expected] of Object.entries(cases)) assert.equal(truncateDate(unit, value, new Map()).toString(), expected, unit);
	assert.equal(truncateDate('week', value, map({ dayOfWeek: 7 })).toString(), '1987-08-23');
	assert.equal(truncateDate('year', value, map({ month: 2, day: 28 })).toString(), '1987-02-28');
	assert.equal(truncateDate('century', parseDate('-0001-05-05'), new Map()).toString(), '-0100-01-01');
	refused(() => truncateDate('hour', value, new Map()));
	refused(() => truncateDate('constructor', value, new Map()));
	refused(() => truncateDate('year', value, map({ date: value })));
});

test('times are truncated, and fields below the unit put in', () => {
	const value = parseLocalTime('11:22:33.444555666');
	const cases = { day: '00:00', hour: '11:00', minute: '11:22', second: '11:22:33', millisecond: '11:22:33.444', microsecond: '11:22:33.444555' };
	for (const [unit, expected] of Object.entries(cases)) assert.equal(truncateLocalTime(unit, value, new Map()).toString(), expected, unit);
	assert.equal(truncateLocalTime('second', value, map({ nanosecond: 9 })).toString(), '11:22:33.000000009');
	assert.equal(truncateLocalTime('millisecond', value, map({ nanosecond: 9 })).toString(), '11:22:33.444000009');
	assert.equal(truncateLocalTime('microsecond', value, map({ nanosecond: 9 })).toString(), '11:22:33.444555009');
	refused(() => truncateLocalTime('month', value, new Map()));
	refused(() => truncateLocalTime('hour', parseDate('2020-01-01'), new Map()));
	assert.equal(truncateTime('hour', new CypherTime(value.nanosecondOfDay, 3600), map({ timezone: '-01:00' }), defaults).toString(), '11:00-01:00');
	assert.equal(truncateTime('minute', value, new Map(), defaults).toString(), '11:22Z');
});

test('a truncated datetime keeps its clock, and its zone unless another is named', () => {
	const value = parseDateTime('2020-07-15T18:19:20.5[Europe/Rome]', UTC_ZONE);
	const at = (unit: string, fields = {}): string => truncateDateTime(unit, value, map(fields), defaults).toString();
	assert.equal(at('year'), '2020-01-01T00:00+01:00[Europe/Rome]');
	assert.equal(at('hour'), '2020-07-15T18:00+02:00[Europe/Rome]');
	assert.equal(at('month', { day: 3, timezone: '-02:00' }), '2020-07-03T00:00-02:00');
	assert.equal(
		truncateDateTime('week', new CypherDate(0), map({}), { ...defaults, zone: parseZone('Asia/Tokyo') }).toString(),
		'1969-12-29T00:00+09:00[Asia/Tokyo]',
	);
	assert.equal(truncateLocalDateTime('quarter', value, map({ hour: 5 })).toString(), '2020-07-01T05:00');
	refused(() => truncateLocalDateTime('hour', parseDate('2020-01-01'), new Map()));
});

test('components', () => {
	const value = parseDateTime('2021-01-03T18:19:20.123456789[Europe/Rome]', UTC_ZONE);
	const parts = (names: string) => names.split(' ').map((name) => temporalComponent(value, name));
	assert.deepEqual(parts('year quarter month week weekYear day ordinalDay dayOfWeek weekDay dayOfQuarter'), [2021, 1, 1, 53, 2020, 3, 3, 7, 7, 3]);
	assert.deepEqual(parts('hour minute second millisecond microsecond nanosecond'), [18, 19, 20, 123, 123456, 123456789]);
	assert.deepEqual(parts('timezone offset offsetMinutes offsetSeconds epochSeconds epochMillis'), [
		'Europe/Rome',
		'+01:00',
		60,
		3600,
		1609694360,
		1609694360123,
	]);
	refused(() => temporalComponent(value, 'epochWeeks'));
	refused(() => temporalComponent(parseDate('2020-01-01'), 'hour'));
	refused(() => temporalComponent(parseLocalTime('10:00'), 'timezone'));
});

test('equal are only values with the same zone, ordered they are by moment', () => {
	const rome = parseDateTime('2020-07-15T18:00+02:00[Europe/Rome]', UTC_ZONE);
	const utc = parseDateTime('2020-07-15T16:00Z', UTC_ZONE);
	assert.equal(rome.equals(utc), false);
	assert.ok(utc.compareTo(rome) < 0 && rome.compareTo(utc) > 0);
	assert.ok(parseDateTime('2020-07-15T23:00-12:00', UTC_ZONE).compareTo(parseDateTime('2020-07-16T01:00+12:00', UTC_ZONE)) > 0);
	assert.ok(new CypherTime(3600e9, 3600).compareTo(new CypherTime(0, 0)) > 0);
	assert.ok(new CypherTime(3600e9, 3600).compareTo(new CypherTime(1e9, 0)) < 0);
});
