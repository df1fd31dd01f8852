/** The calendar beside the runtime's own, and at the ends of its range. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
	civilOfDays,
	dayOfWeek,
	daysOfCivil,
	firstWeekStart,
	timeText,
	weekOf,
	weeksInWeekYear,
	weekYearOf,
	YEAR_MAX,
	YEAR_MIN,
	yearText,
} from './calendar.ts';

const MS_PER_DAY = 86_400_000;

test('days and dates are those of the runtime, as far as it goes', () => {
	fc.assert(
		fc.property(fc.integer({ min: -90_000_000, max: 90_000_000 }), (epochDay) => {
			const date = new Date(epochDay * MS_PER_DAY);
			const civil = civilOfDays(epochDay);
			assert.deepEqual(civil, { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() });
			assert.equal(daysOfCivil(civil.year, civil.month, civil.day), epochDay);
			assert.equal(dayOfWeek(epochDay) % 7, date.getUTCDay());
		}),
	);
});

test('weeks begin on Monday and belong to the year of their Thursday', () => {
	fc.assert(
		fc.property(fc.integer({ min: -4_000_000, max: 4_000_000 }), (epochDay) => {
			const year = weekYearOf(epochDay);
			const week = weekOf(epochDay);
			assert.ok(week >= 1 && week <= weeksInWeekYear(year));
			assert.equal(firstWeekStart(year) + (week - 1) * 7 + dayOfWeek(epochDay) - 1, epochDay);
			const thursday = civilOfDays(epochDay - dayOfWeek(epochDay) + 4);
			assert.equal(thursday.year, year);
		}),
	);
});

test('the ends of the range are exact', () => {
	for (const year of [YEAR_MIN, YEAR_MAX]) {
		for (const [month, day] of [
			[1, 1],
			[12, 31],
		] as const) {
			assert.deepEqual(civilOfDays(daysOfCivil(year, month, day)), { year, month, day });
		}
	}
});

test('years have four digits and past them a sign', () => {
	assert.deepEqual([2015, 7, 0, -1, -12345, 10000].map(yearText), ['2015', '0007', '0000', '-0001', '-12345', '+10000']);
});

test('fractions of a second have three, six or nine digits', () => {
	const base = (4 * 3600 + 5 * 60) * 1_000_000_000;
	assert.deepEqual([base, base + 6_000_000_000, base + 500_000_000, base + 20_000, base + 1].map(timeText), [
		'04:05',
		'04:05:06',
		'04:05:00.500',
		'04:05:00.000020',
		'04:05:00.000000001',
	]);
});
