/**
 * Cypher's functions of time: `date`, `localtime`, `time`, `localdatetime`, `datetime` (of text, of a map, of another value, of the
 * clock), their `.truncate`, `.transaction`, `.statement` and `.realtime`, `datetime.fromepoch…`, `duration` and
 * `duration.between/inMonths/inDays/inSeconds`. The zone of values that name none is UTC.
 *
 * The clock of a call without arguments is that of the statement. Every function gives null for a null argument.
 *
 * Source: openCypher, CIP2015-08-06 (dates and times); Neo4j's manual where that is silent.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import { type DynamicMap, type DynamicValue, IntegralFloat, isIntegerValue, isMapValue, kindName } from '../../../value/dynamic.ts';
import { addInt8 } from '../../../value/int8.ts';
import { NANOSECONDS_PER_SECOND } from '../../../value/temporal/calendar.ts';
import { CypherDate } from '../../../value/temporal/cypher-date.ts';
import { CypherDateTime } from '../../../value/temporal/cypher-date-time.ts';
import { CypherDuration } from '../../../value/temporal/cypher-duration.ts';
import { CypherLocalDateTime } from '../../../value/temporal/cypher-local-date-time.ts';
import { CypherLocalTime } from '../../../value/temporal/cypher-local-time.ts';
import { CypherTime } from '../../../value/temporal/cypher-time.ts';
import { durationBetween, durationInDays, durationInMonths, durationInSeconds } from '../../../value/temporal/duration-between.ts';
import { durationOfFields, parseDuration } from '../../../value/temporal/duration-construction.ts';
import {
	dateOfFields,
	dateTimeOfFields,
	type FieldDefaults,
	localDateTimeOfFields,
	localTimeOfFields,
	splitMilliseconds,
	type TemporalFields,
	timeOfFieldMap,
	zoneField,
} from '../../../value/temporal/temporal-fields.ts';
import { parseDate, parseDateTime, parseLocalDateTime, parseLocalTime, parseTime } from '../../../value/temporal/temporal-text.ts';
import { truncateDate, truncateDateTime, truncateLocalDateTime, truncateLocalTime, truncateTime } from '../../../value/temporal/temporal-truncation.ts';
import { type Instant, type InstantKind, isInstant, requiredTime } from '../../../value/temporal/temporal-value.ts';
import { parseZone, type TemporalZone, UTC_ZONE } from '../../../value/temporal/temporal-zone.ts';
import type { FunctionContext, ScalarFunction } from '../contracts.ts';
import { contextual, scalar } from '../define.ts';

/** What makes values of one kind. */
interface Maker {
	readonly kind: InstantKind;
	ofText(text: string, defaults: FieldDefaults): Instant;
	ofFields(fields: TemporalFields, defaults: FieldDefaults): Instant;
	ofInstant(value: Instant, defaults: FieldDefaults): Instant;
	/** What a clock shows in a zone. */
	ofClock(now: CypherDateTime): Instant;
	truncate(unit: string, value: Instant, fields: TemporalFields, defaults: FieldDefaults): Instant;
}

const MAKERS: readonly Maker[] = [
	{
		kind: 'date',
		ofText: parseDate,
		ofFields: dateOfFields,
		ofInstant: (value) => dateOfFields(new Map([['date', value]])),
		ofClock: (now) => new CypherDate(now.epochDay),
		truncate: truncateDate,
	},
	{
		kind: 'localtime',
		ofText: parseLocalTime,
		ofFields: localTimeOfFields,
		ofInstant: (value) => new CypherLocalTime(requiredTime(value)),
		ofClock: (now) => new CypherLocalTime(now.nanosecondOfDay),
		truncate: truncateLocalTime,
	},
	{
		kind: 'time',
		ofText: (text, defaults) => parseTime(text, defaults.zone, defaults.nowSecond),
		ofFields: timeOfFieldMap,
		ofInstant: (value, defaults) => timeOfFieldMap(new Map([['time', value]]), defaults),
		ofClock: (now) => new CypherTime(now.nanosecondOfDay, now.offsetSeconds),
		truncate: truncateTime,
	},
	{
		kind: 'localdatetime',
		ofText: parseLocalDateTime,
		ofFields: localDateTimeOfFields,
		ofInstant: (value) => localDateTimeOfFields(new Map([['datetime', value]])),
		ofClock: (now) => new CypherLocalDateTime(now.epochDay, now.nanosecondOfDay),
		truncate: truncateLocalDateTime,
	},
	{
		kind: 'datetime',
		ofText: (text, defaults) => parseDateTime(text, defaults.zone),
		ofFields: dateTimeOfFields,
		ofInstant: (value, defaults) => dateTimeOfFields(new Map([['datetime', value]]), defaults),
		ofClock: (now) => now,
		truncate: truncateDateTime,
	},
];

const CLOCKS: Readonly<Record<string, (context: FunctionContext) => number>> = {
	transaction: (context) => context.transactionTimeUs,
	statement: (context) => context.statementTimeUs,
	realtime: (context) => context.clockUs(),
};

function defaultsOf(context: FunctionContext): FieldDefaults {
	return { zone: UTC_ZONE, nowSecond: Math.floor(context.statementTimeUs / 1_000_000) };
}

function clockIn(zone: TemporalZone, microseconds: number): CypherDateTime {
	const second = Math.floor(microseconds / 1_000_000);
	return CypherDateTime.ofEpochSecond(second, (microseconds - second * 1_000_000) * 1000, zone);
}

function construct(maker: Maker, context: FunctionContext, value: DynamicValue): Instant {
	const defaults = defaultsOf(context);
	if (typeof value === 'string') return maker.ofText(value, defaults);
	if (isInstant(value)) return maker.ofInstant(value, defaults);
	if (!isMapValue(value)) throw cypherError('TypeError', `${maker.kind}() takes a string, a map or a temporal value, not ${kindName(value)}`);
	// A map with a zone alone asks what the clock there shows.
	if (value.size === 1 && value.has('timezone')) return maker.ofClock(clockIn(zoneField(value) ?? UTC_ZONE, context.statementTimeUs));
	return maker.ofFields(value, defaults);
}

/** The zone of `date.realtime('Europe/Berlin')` or `date.realtime({timezone: 'Europe/Berlin'})`. */
function zoneArgument(name: string, value: DynamicValue): TemporalZone {
	if (typeof value === 'string') return parseZone(value);
	if (isMapValue(value) && value.size === 1) {
		const zone = zoneField(value);
		if (zone !== null) return zone;
	}
	throw cypherError('TypeError', `${name}() takes a time zone, not ${kindName(value)}`);
}

function truncated(maker: Maker, context: FunctionContext, unit: DynamicValue, value: DynamicValue, fields: DynamicValue): Instant {
	if (typeof unit !== 'string') throw cypherError('TypeError', `the unit of ${maker.kind}.truncate() must be a string, not ${kindName(unit)}`);
	if (!isInstant(value)) throw cypherError('TypeError', `${maker.kind}.truncate() takes a temporal value, not ${kindName(value)}`);
	if (!isMapValue(fields)) throw cypherError('TypeError', `the fields of ${maker.kind}.truncate() must be a map, not ${kindName(fields)}`);
	return maker.truncate(unit, value, fields, defaultsOf(context));
}

const NO_FIELDS: DynamicMap = new Map();

function functionsOf(maker: Maker): ScalarFunction[] {
	const { kind } = maker;
	const statementClock = (context: FunctionContext) => maker.ofClock(clockIn(UTC_ZONE, context.statementTimeUs));
	const functions = [
		contextual(0, `${kind}() dynamic`, statementClock),
		contextual(0, `${kind}(dynamic) dynamic`, (context: FunctionContext, value: DynamicValue) => construct(maker, context, value)),
		contextual(0, `${kind}.truncate(dynamic) dynamic`, (context: FunctionContext, unit: DynamicValue) =>
			truncated(maker, context, unit, clockIn(UTC_ZONE, context.statementTimeUs), NO_FIELDS),
		),
		contextual(0, `${kind}.truncate(dynamic, dynamic) dynamic`, (context: FunctionContext, unit: DynamicValue, value: DynamicValue) =>
			truncated(maker, context, unit, value, NO_FIELDS),
		),
		contextual(
			0,
			`${kind}.truncate(dynamic, dynamic, dynamic) dynamic`,
			(context: FunctionContext, unit: DynamicValue, value: DynamicValue, fields: DynamicValue) => truncated(maker, context, unit, value, fields),
		),
	];
	for (const [clock, now] of Object.entries(CLOCKS)) {
		const name = `${kind}.${clock}`;
		const options = { volatility: clock === 'realtime' ? ('volatile' as const) : ('stable' as const) };
		functions.push(
			contextual(0, `${name}() dynamic`, (context: FunctionContext) => maker.ofClock(clockIn(UTC_ZONE, now(context))), options),
			contextual(
				0,
				`${name}(dynamic) dynamic`,
				(context: FunctionContext, zone: DynamicValue) => maker.ofClock(clockIn(zoneArgument(name, zone), now(context))),
				options,
			),
		);
	}
	return functions;
}

function integerArgument(name: string, value: DynamicValue): number | bigint {
	if (!isIntegerValue(value)) throw cypherError('TypeError', `${name}() takes integers, not ${kindName(value)}`);
	return value;
}

function fromEpoch(seconds: DynamicValue, nanoseconds: DynamicValue): CypherDateTime {
	const below = Number(integerArgument('datetime.fromepoch', nanoseconds));
	const carried = Math.floor(below / NANOSECONDS_PER_SECOND);
	const second = addInt8(integerArgument('datetime.fromepoch', seconds), carried);
	return CypherDateTime.ofEpochSecond(second, below - carried * NANOSECONDS_PER_SECOND, UTC_ZONE);
}

function fromEpochMillis(milliseconds: DynamicValue): CypherDateTime {
	const { second, nanosecond } = splitMilliseconds(integerArgument('datetime.fromepochmillis', milliseconds));
	return CypherDateTime.ofEpochSecond(second, nanosecond, UTC_ZONE);
}

function duration(value: DynamicValue): CypherDuration {
	if (typeof value === 'string') return parseDuration(value);
	if (value instanceof CypherDuration) return value;
	if (!isMapValue(value)) throw cypherError('TypeError', `duration() takes a string or a map, not ${kindName(value)}`);
	const fields = new Map<string, unknown>();
	for (const [name, field] of value) fields.set(name, field instanceof IntegralFloat ? field.value : field);
	return durationOfFields(fields);
}

function difference(name: string, of: (from: Instant, to: Instant) => CypherDuration): ScalarFunction {
	return scalar(0, `${name}(dynamic, dynamic) dynamic`, (from: DynamicValue, to: DynamicValue) => {
		if (isInstant(from) && isInstant(to)) return of(from, to);
		throw cypherError('TypeError', `${name}() takes two temporal values, not ${kindName(isInstant(from) ? to : from)}`);
	});
}

export const temporalFunctions: readonly ScalarFunction[] = [
	...MAKERS.flatMap(functionsOf),
	scalar(0, 'datetime.fromepoch(dynamic, dynamic) dynamic', fromEpoch),
	scalar(0, 'datetime.fromepochmillis(dynamic) dynamic', fromEpochMillis),
	scalar(0, 'duration(dynamic) dynamic', duration),
	difference('duration.between', durationBetween),
	difference('duration.inmonths', durationInMonths),
	difference('duration.indays', durationInDays),
	difference('duration.inseconds', durationInSeconds),
];
