/**
 * Functions that return sets: series of numbers and times, elements of arrays, pieces of texts. They are lazy where a set may be
 * long; those of json are in `json-functions.ts`, those of regular expressions in `pattern-functions.ts`.
 */
import { sqlError } from '../../platform/errors.ts';
import { timestampPlusInterval, timestamptzPlusInterval } from '../../value/date-time.ts';
import { Decimal } from '../../value/decimal.ts';
import type { Int8 } from '../../value/int8.ts';
import { compareInterval, Interval } from '../../value/interval.ts';
import type { PgArray } from '../../value/pg-array.ts';
import type { CallInfo, FunctionContext, SetFunction } from './contracts.ts';
import { boundSet, set } from './define.ts';
import { sessionTimeZone } from './session-settings.ts';
import { splitText } from './text-functions.ts';

const zeroStep = (): Error => sqlError('22023', 'step size cannot equal zero');

function* integerSeries(start: number, stop: number, step = 1): Generator<number> {
	if (step === 0) throw zeroStep();
	if (step > 0) for (let value = start; value <= stop; value += step) yield value;
	else for (let value = start; value >= stop; value += step) yield value;
}

const isSafeSeries = (start: Int8, stop: Int8, step: Int8): boolean =>
	typeof start === 'number' && typeof stop === 'number' && typeof step === 'number' && Math.abs(start) < 2 ** 52 && Math.abs(stop) + Math.abs(step) < 2 ** 52;

function bigintSeries(start: Int8, stop: Int8, step: Int8 = 1): Iterable<Int8> {
	if (isSafeSeries(start, stop, step)) return integerSeries(start as number, stop as number, step as number);
	return wideSeries(BigInt(start), BigInt(stop), BigInt(step));
}

const normal = (value: bigint): Int8 => (value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value);

function* wideSeries(start: bigint, stop: bigint, step: bigint): Generator<Int8> {
	if (step === 0n) throw zeroStep();
	for (let value = start; step > 0n ? value <= stop : value >= stop; value += step) yield normal(value);
}

function* numericSeries(start: Decimal, stop: Decimal, step: Decimal = Decimal.one): Generator<Decimal> {
	for (const [value, name] of [
		[start, 'start'],
		[stop, 'stop'],
		[step, 'step'],
	] as const) {
		const what = name === 'step' ? 'step size' : `${name} value`;
		if (value.isNaN) throw sqlError('22023', `${what} cannot be NaN`);
		if (!value.isFinite) throw sqlError('22023', `${what} cannot be infinity`);
	}
	if (step.sign === 0) throw zeroStep();
	for (let value = start; step.sign > 0 ? value.compare(stop) <= 0 : value.compare(stop) >= 0; value = value.add(step)) yield value;
}

const ZERO_INTERVAL = new Interval(0, 0, 0);

function* timeSeries(start: Int8, stop: Int8, step: Interval, add: (time: Int8, step: Interval) => Int8): Generator<Int8> {
	const direction = compareInterval(step, ZERO_INTERVAL);
	if (direction === 0) throw zeroStep();
	for (let time = start; direction > 0 ? time <= stop : time >= stop; time = add(time, step)) {
		yield time;
		if (time === Number.POSITIVE_INFINITY || time === Number.NEGATIVE_INFINITY) return;
	}
}

const timestampSeries = (start: Int8, stop: Int8, step: Interval): Iterable<Int8> => timeSeries(start, stop, step, timestampPlusInterval);

function instantSeries(context: FunctionContext, start: Int8, stop: Int8, step: Interval): Iterable<Int8> {
	const zone = sessionTimeZone(context);
	return timeSeries(start, stop, step, (instant, interval) => timestamptzPlusInterval(instant, interval, zone));
}

function subscripts(array: PgArray, dimension: number, reverse = false): Iterable<number> {
	const length = array.dimensions[dimension - 1];
	if (length === undefined) return [];
	const lower = array.lowerBounds[dimension - 1]!;
	return reverse ? integerSeries(lower + length - 1, lower, -1) : integerSeries(lower, lower + length - 1);
}

/** Elements in row-major order; of an array of composites, their fields as columns. */
function bindUnnest(_: CallInfo): (array: PgArray) => Iterable<unknown> {
	return (array) => array.elements;
}

const textPieces = (text: string | null, delimiter: string | null, nullText: string | null = null): Iterable<unknown> =>
	splitText(text, delimiter, nullText) ?? [];

export const setFunctions: readonly SetFunction[] = [
	set(1067, 'generate_series(int4, int4) int4', integerSeries),
	set(1066, 'generate_series(int4, int4, int4) int4', integerSeries),
	set(1069, 'generate_series(int8, int8) int8', bigintSeries),
	set(1068, 'generate_series(int8, int8, int8) int8', bigintSeries),
	set(3260, 'generate_series(numeric, numeric) numeric', numericSeries),
	set(3259, 'generate_series(numeric, numeric, numeric) numeric', numericSeries),
	set(938, 'generate_series(timestamp, timestamp, interval) timestamp', timestampSeries),
	set(939, 'generate_series(timestamptz, timestamptz, interval) timestamptz', instantSeries, { context: true, volatility: 'stable' }),
	set(1192, 'generate_subscripts(anyarray, int4) int4', subscripts),
	set(1191, 'generate_subscripts(anyarray, int4, bool) int4', subscripts),
	boundSet(2331, 'unnest(anyarray) anyelement', bindUnnest),
	set(6160, 'string_to_table(text, text) text', textPieces, { strict: false }),
	set(6161, 'string_to_table(text, text, text) text', textPieces, { strict: false }),
	...servedSets(),
];

/** Elements with their places, counted from 1. */
function* expandedArray(array: PgArray): Iterable<readonly unknown[]> {
	for (const [index, element] of array.elements.entries()) yield [element, index + 1];
}

/** A set whose rows only the database knows: an array per row, in the order of `outputs`. */
function servedSet(oid: number, signature: string, outputs: string): SetFunction {
	const name = signature.slice(0, signature.indexOf('('));
	const evaluate = (context: FunctionContext, ...values: unknown[]): Iterable<unknown> => context.service(name, ...values) as Iterable<unknown>;
	return set(oid, signature, evaluate, { context: true, volatility: 'stable', ...(outputs === '' ? {} : { outputs }) });
}

function servedSets(): SetFunction[] {
	return [
		servedSet(1686, 'pg_get_keywords() record', 'word text, catcode char, barelabel bool, catdesc text, baredesc text'),
		servedSet(2289, 'pg_options_to_table(options_array _text) record', 'option_name text, option_value text'),
		servedSet(2856, 'pg_timezone_names() record', 'name text, abbrev text, utc_offset interval, is_dst bool'),
		servedSet(2599, 'pg_timezone_abbrevs() record', 'abbrev text, utc_offset interval, is_dst bool'),
		servedSet(3082, 'pg_available_extensions() record', 'name name, default_version text, comment text'),
		servedSet(
			2510,
			'pg_prepared_statement() record',
			'name text, statement text, prepare_time timestamptz, parameter_types _regtype, from_sql bool, generic_plans int8, custom_plans int8',
		),
		servedSet(2511, 'pg_cursor() record', 'name text, statement text, is_holdable bool, is_binary bool, is_scrollable bool, creation_time timestamptz'),
		servedSet(3035, 'pg_listening_channels() text', ''),
		{ ...servedSet(3425, 'pg_partition_ancestors(partitionid regclass) regclass', ''), columnName: 'relid' },
		servedSet(3423, 'pg_partition_tree(rootrelid regclass) record', 'relid regclass, parentrelid regclass, isleaf bool, level int4'),
		// information_schema's, which drivers call to take index keys apart.
		set(0, '_pg_expandarray(int2vector) record', expandedArray, { outputs: 'x int2, n int4' }),
		set(0, '_pg_expandarray(oidvector) record', expandedArray, { outputs: 'x oid, n int4' }),
		set(0, '_pg_expandarray(_int2) record', expandedArray, { outputs: 'x int2, n int4' }),
	];
}
