/** Functions of time and points as queries call them: by name and arguments, with a clock that stands still. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../../../platform/errors.ts';
import { type DynamicValue, floatValue, IntegralFloat } from '../../../value/dynamic.ts';
import { Point } from '../../../value/spatial/point.ts';
import type { FunctionContext } from '../contracts.ts';
import { pointComponent, spatialFunctions } from './spatial-functions.ts';
import { temporalDifference, temporalProduct, temporalQuotient, temporalSum } from './temporal-arithmetic.ts';
import { temporalFunctions } from './temporal-functions.ts';

/** 2021-02-03T04:05:06.000007Z, one and two seconds later. */
const context = {
	transactionTimeUs: Date.UTC(2021, 1, 3, 4, 5, 6) * 1000 + 7,
	statementTimeUs: Date.UTC(2021, 1, 3, 4, 5, 7) * 1000 + 7,
	clockUs: () => Date.UTC(2021, 1, 3, 4, 5, 8) * 1000 + 7,
} as unknown as FunctionContext;

function call(name: string, ...values: DynamicValue[]): DynamicValue {
	const found = [...temporalFunctions, ...spatialFunctions].find((f) => f.name === name && f.argumentOids.length === values.length);
	assert.ok(found?.evaluate !== undefined, `${name}/${values.length}`);
	const evaluate = found.evaluate as (...values: unknown[]) => DynamicValue;
	return found.context ? evaluate(context, ...values) : evaluate(...values);
}

const text = (name: string, ...values: DynamicValue[]): string => String(call(name, ...values));
const map = (object: Readonly<Record<string, DynamicValue>>): DynamicValue => new Map(Object.entries(object));

function refused(action: () => unknown, condition: string): void {
	assert.throws(action, (error) => error instanceof PolylogError && error.condition === condition);
}

test('without arguments the clock of the statement is read', () => {
	assert.equal(text('datetime'), '2021-02-03T04:05:07.000007Z');
	assert.equal(text('date'), '2021-02-03');
	assert.equal(text('localtime.transaction'), '04:05:06.000007');
	assert.equal(text('time.realtime'), '04:05:08.000007Z');
	assert.equal(text('localdatetime.statement', 'Asia/Tokyo'), '2021-02-03T13:05:07.000007');
	assert.equal(text('datetime', map({ timezone: 'Asia/Tokyo' })), '2021-02-03T13:05:07.000007+09:00[Asia/Tokyo]');
	assert.equal(text('date.truncate', 'month'), '2021-02-01');
	refused(() => call('date.realtime', 3), 'TypeError');
	refused(() => call('date.realtime', map({ zone: 'UTC' })), 'TypeError');
});

test('of a text, a map, or another value', () => {
	const value = call('datetime', '2003-04-05T06:07:08+01:00');
	assert.equal(text('date', value), '2003-04-05');
	assert.equal(text('localtime', value), '06:07:08');
	assert.equal(text('time', value), '06:07:08+01:00');
	assert.equal(text('localdatetime', value), '2003-04-05T06:07:08');
	assert.equal(text('datetime', call('date', value)), '2003-04-05T00:00Z');
	assert.equal(text('time', call('localtime', '10:11')), '10:11Z');
	refused(() => call('date', call('localtime', '10:11')), 'ArgumentError');
	refused(() => call('localtime', call('date', '2003-04-05')), 'ArgumentError');
	refused(() => call('date', 5), 'TypeError');
	refused(() => call('date', map({ year: new IntegralFloat(1984) })), 'TypeError');
	refused(() => call('date', 'never'), 'ArgumentError');
});

test('since the epoch', () => {
	assert.equal(text('datetime.fromepoch', -1, 1_500_000_000), '1970-01-01T00:00:00.500Z');
	assert.equal(text('datetime.fromepochmillis', -1), '1969-12-31T23:59:59.999Z');
	refused(() => call('datetime.fromepoch', 1.5, 0), 'TypeError');
});

test('durations and differences', () => {
	assert.equal(text('duration', map({ days: new IntegralFloat(2), hours: 0.5 })), 'P2DT30M');
	assert.equal(text('duration', call('duration', 'PT1S')), 'PT1S');
	assert.equal(text('duration.between', call('date', '2003-04-05'), call('date', '2004-05-06')), 'P1Y1M1D');
	assert.equal(text('duration.indays', call('date', '2003-04-05'), call('date', '2003-03-05')), 'P-31D');
	assert.equal(text('duration.inmonths', call('date', '2003-04-05'), call('date', '2004-05-06')), 'P1Y1M');
	assert.equal(text('duration.inseconds', call('localtime', '10:00'), call('localtime', '09:59')), 'PT-1M');
	refused(() => call('duration', 3), 'TypeError');
	refused(() => call('duration', map({ days: 'x' })), 'TypeError');
	refused(() => call('duration', map({ eons: 3 })), 'ArgumentError');
	refused(() => call('duration.between', 'a', 'b'), 'TypeError');
});

test('operators with a temporal side', () => {
	const day = call('date', '2003-04-05');
	const week = call('duration', 'P7D');
	assert.equal(String(temporalSum(day, week)), '2003-04-12');
	assert.equal(String(temporalSum(week, day)), '2003-04-12');
	assert.equal(String(temporalSum(week, week)), 'P14D');
	assert.equal(String(temporalDifference(day, week)), '2003-03-29');
	assert.equal(String(temporalProduct(3, week)), 'P21D');
	assert.equal(String(temporalProduct(week, floatValue(0.5))), 'P3DT12H');
	assert.equal(String(temporalQuotient(week, floatValue(2))), 'P3DT12H');
	for (const none of [temporalSum(day, day), temporalSum(1, week), temporalDifference(week, day), temporalProduct(week, week), temporalQuotient(2, week)]) {
		assert.equal(none, undefined);
	}
});

test('points are made in the system that their fields tell', () => {
	assert.equal(text('point', map({ x: 1, y: 2.5 })), "point({x: 1.0, y: 2.5, crs: 'cartesian'})");
	assert.equal(text('point', map({ x: 1, y: 2, z: 3 })), "point({x: 1.0, y: 2.0, z: 3.0, crs: 'cartesian-3d'})");
	assert.equal(text('point', map({ longitude: 190, latitude: 45 })), "point({x: -170.0, y: 45.0, crs: 'wgs-84'})");
	assert.equal(text('point', map({ x: 1, y: 2, height: 3, srid: 4979 })), "point({x: 1.0, y: 2.0, z: 3.0, crs: 'wgs-84-3d'})");
	assert.equal(text('point', map({ x: 1, y: 2, crs: 'WGS-84' })), "point({x: 1.0, y: 2.0, crs: 'wgs-84'})");
	assert.equal(call('point', map({ x: null, y: 2 })), null);
	refused(() => call('point', map({ x: 1 })), 'ArgumentError');
	refused(() => call('point', map({ x: 1, y: 2, srid: 9157 })), 'ArgumentError');
	refused(() => call('point', map({ x: 1, y: 2, srid: 1 })), 'ArgumentError');
	refused(() => call('point', map({ x: 1, y: 2, w: 1 })), 'ArgumentError');
	refused(() => call('point', map({ x: 1, y: 91, crs: 'wgs-84' })), 'ArgumentError');
	refused(() => call('point', map({ longitude: 1, latitude: 2, crs: 'cartesian' })), 'ArgumentError');
	refused(() => call('point', map({ x: 'a', y: 2 })), 'TypeError');
	refused(() => call('point', 1), 'TypeError');
});

test('distances and boxes', () => {
	const at = (fields: Readonly<Record<string, DynamicValue>>): DynamicValue => call('point', map(fields));
	assert.equal(String(call('point.distance', at({ x: 0, y: 0 }), at({ x: 3, y: 4 }))), '5.0');
	assert.equal(String(call('distance', at({ x: 0, y: 0, z: 0 }), at({ x: 2, y: 3, z: 6 }))), '7.0');
	const quarter = call('point.distance', at({ longitude: 0, latitude: 0 }), at({ longitude: 0, latitude: 90 }));
	assert.ok(Math.abs(Number(quarter) - (6_378_140 * Math.PI) / 2) < 1e-6);
	assert.equal(String(call('point.distance', at({ longitude: 5, latitude: 5, height: 10 }), at({ longitude: 5, latitude: 5, height: 35 }))), '25.0');
	assert.equal(call('point.distance', at({ x: 0, y: 0 }), at({ longitude: 3, latitude: 4 })), null);
	assert.equal(call('point.distance', 1, 2), null);
	const within = (x: number, west: number, east: number) =>
		call('point.withinbbox', at({ longitude: x, latitude: 5 }), at({ longitude: west, latitude: 0 }), at({ longitude: east, latitude: 10 }));
	assert.deepEqual([within(5, 0, 10), within(11, 0, 10), within(179, 170, -170), within(0, 170, -170)], [true, false, true, false]);
	assert.equal(call('point.withinbbox', at({ x: 1, y: 1 }), at({ x: 0, y: 2 }), at({ x: 2, y: 3 })), false);
});

test('components of points', () => {
	const place = new Point(4979, 12, 56.7, 100);
	assert.deepEqual(
		['x', 'longitude', 'latitude', 'height', 'crs', 'srid'].map((name) => String(pointComponent(place, name))),
		['12.0', '12.0', '56.7', '100.0', 'wgs-84-3d', '4979'],
	);
	assert.equal(pointComponent(new Point(7203, 1, 2, Number.NaN), 'z'), null);
	assert.equal(pointComponent(new Point(7203, 1, 2, Number.NaN), 'longitude'), null);
	refused(() => pointComponent(place, 'w'), 'ArgumentError');
});
