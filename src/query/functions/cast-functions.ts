/**
 * Casts between types, with PostgreSQL's contexts; casts of arrays by their elements; length and precision coercions; and the
 * input and output functions of every type, used where no cast is listed.
 *
 * oid and the reg* types hold unsigned 32-bit numbers, int4 signed ones: casts between those two rewrite the sign.
 */
import { sqlError } from '../../platform/errors.ts';
import { BitString } from '../../value/bit-string.ts';
import { BOOL, builtinTypes, CSTRING } from '../../value/builtin-types.ts';
import { dateToTimestamp, dateToTimestamptz, instantToLocal, localToInstant, TimeTz, timestampToDate, timestampToTime } from '../../value/date-time.ts';
import { Decimal } from '../../value/decimal.ts';
import { checkInt2, checkInt8, floatToInt2, floatToInt4, floatToInt8, type Int8, int8ToInt4 } from '../../value/int8.ts';
import { Interval } from '../../value/interval.ts';
import { formatJsonb, type Jsonb, jsonbKind, parseJsonb } from '../../value/jsonb.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { Type } from '../../value/type.ts';
import { applyTypmod } from '../../value/typmod.ts';
import { byteChar, byteOfChar, parseByteChar } from '../../value/value-text.ts';
import type { CallInfo, CastEntry, FunctionContext, ScalarFunction } from './contracts.ts';
import { bound, cast, contextual, type Evaluate, scalar } from './define.ts';
import { templates } from './load-templates.ts';
import { sessionTimeZone } from './session-settings.ts';
import { trimTrailingSpaces } from './text-functions.ts';
import { valueFormatter, valueParser } from './value-conversion.ts';

const MICROSECONDS_PER_DAY = 86_400_000_000;

const same = (value: unknown): unknown => value;
const int8ToInt2 = (value: Int8): number => checkInt2(typeof value === 'number' ? value : Number.POSITIVE_INFINITY);

function int8ToOid(value: Int8): number {
	if (value < 0 || value > 4294967295) throw sqlError('22003', 'OID out of range');
	return Number(value);
}

const int4ToOid = (value: number): number => value >>> 0;
const oidToInt4 = (value: number): number => value | 0;

function floatToFloat4(value: number): number {
	const result = Math.fround(value);
	if (!Number.isFinite(result) && Number.isFinite(value)) throw sqlError('22003', 'value out of range: overflow');
	if (result === 0 && value !== 0) throw sqlError('22003', 'value out of range: underflow');
	return result;
}

const int8ToFloat = (value: Int8): number => Number(value);
const int8ToFloat4 = (value: Int8): number => Math.fround(Number(value));
const decimalToFloat4 = (value: Decimal): number => {
	const double = value.toNumber();
	const result = Math.fround(double);
	if ((!Number.isFinite(result) && Number.isFinite(double)) || (result === 0 && double !== 0)) {
		throw sqlError('22003', `"${value.toString()}" is out of range for type real`);
	}
	return result;
};

/** The low bits of an integer, sign-extended to the left when the bit string is longer. */
function bindIntegerToBits(width: 32 | 64): (info: CallInfo) => Evaluate {
	return (info) => {
		const bitCount = info.typmod > 0 ? info.typmod : 1;
		return (value: Int8) => {
			const low = BigInt.asUintN(width, BigInt(value)).toString(2).padStart(width, '0');
			const bits = bitCount <= width ? low.slice(width - bitCount) : low[0]!.repeat(bitCount - width) + low;
			return BitString.parse(bits);
		};
	};
}

function bitsToInteger(value: BitString, width: 32 | 64): Int8 {
	if (value.bitCount > width) throw sqlError('22003', width === 32 ? 'integer out of range' : 'bigint out of range');
	return checkInt8(BigInt.asIntN(width, BigInt(`0b${value.toString() || '0'}`)));
}

const booleanText = (value: boolean): string => (value ? 'true' : 'false');
/** The byte as a signed number. */
const charToInt4 = (value: string): number => (byteOfChar(value) << 24) >> 24;

function int4ToChar(value: number): string {
	if (value < -128 || value > 127) throw sqlError('22003', '"char" out of range');
	return byteChar(value & 255);
}

const NAME_BYTES_MAX = 63;

/** Cut to 63 bytes at a character's end. */
export function toName(text: string): string {
	if (text.length <= 15 || Buffer.byteLength(text, 'utf8') <= NAME_BYTES_MAX) return text;
	let bytes = 0;
	let result = '';
	for (const character of text) {
		bytes += Buffer.byteLength(character, 'utf8');
		if (bytes > NAME_BYTES_MAX) break;
		result += character;
	}
	return result;
}

const bpcharToName = (text: string): string => toName(trimTrailingSpaces(text));

function timeToTimeTz(context: FunctionContext, time: number): TimeTz {
	const zone = sessionTimeZone(context);
	return new TimeTz(time, zone.offsetAt(context.transactionTimeUs));
}

function instantToTimeTz(context: FunctionContext, instant: Int8): TimeTz | null {
	if (!isFiniteTime(instant)) return null;
	const zone = sessionTimeZone(context);
	return new TimeTz(timestampToTime(instantToLocal(instant, zone)), zone.offsetAt(instant));
}

const isFiniteTime = (value: Int8): boolean => typeof value === 'bigint' || Number.isFinite(value);
const localTime = (timestamp: Int8): number | null => (isFiniteTime(timestamp) ? timestampToTime(timestamp) : null);

function intervalToTime(value: Interval): number {
	const rest = Number(BigInt(value.microseconds) % BigInt(MICROSECONDS_PER_DAY));
	return rest < 0 ? rest + MICROSECONDS_PER_DAY : rest;
}

function jsonbScalar(value: Jsonb, kind: 'number' | 'boolean', typeName: string): Decimal | boolean {
	const found = jsonbKind(value);
	if (found === kind) return value as Decimal | boolean;
	const name = found === 'number' ? 'numeric' : found;
	const described = found === 'array' || found === 'object' ? `jsonb ${name}` : `jsonb ${name}`;
	throw sqlError('22023', `cannot cast ${described} to type ${typeName}`);
}

const jsonbNumber = (value: Jsonb, typeName: string): Decimal => jsonbScalar(value, 'number', typeName) as Decimal;

function jsonToJsonb(text: string): Jsonb {
	return parseJsonb(text);
}

function xmlOf(text: string): string {
	return text;
}

const BIT8 = scalar(2076, 'int8(bit) int8', (value: BitString) => bitsToInteger(value, 64));
const TO_TEXT_FROM_BOOL = scalar(2971, 'text(bool) text', booleanText, { inline: ([a]) => `(${a} ? 'true' : 'false')` });
const TO_TEXT_FROM_CHAR = scalar(946, 'text(char) text', same);
const TO_TEXT_FROM_BPCHAR = scalar(401, 'text(bpchar) text', trimTrailingSpaces);
const TO_CHAR = scalar(944, 'char(text) char', parseByteChar);
const OID_TO_INT8 = scalar(1288, 'int8(oid) int8', same);
const INT8_TO_OID = scalar(1287, 'oid(int8) oid', int8ToOid);
const INT2_TO_OID = scalar(313, 'int4(int2) int4', int4ToOid);
const TO_REGCLASS = contextual(1079, 'regclass(text) regclass', (context: FunctionContext, text: string) =>
	context.service('object_oid', builtinTypes.byName('regclass')!.oid, text),
);
const TO_XML = scalar(2896, 'xml(text) xml', xmlOf, { volatility: 'stable' });

const REG_TYPES = ['regproc', 'regprocedure', 'regoper', 'regoperator', 'regclass', 'regtype', 'regnamespace', 'regrole', 'regcollation'] as const;

const regCasts = (): CastEntry[] => {
	const entries: CastEntry[] = [];
	for (const name of ['oid', ...REG_TYPES]) {
		entries.push(cast('int8', name, 'implicit', INT8_TO_OID), cast('int2', name, 'implicit', INT2_TO_OID));
		entries.push(cast('int4', name, 'implicit', scalar(0, `int4_to_oid(int4) ${name}`, int4ToOid)));
		entries.push(cast(name, 'int8', 'assignment', OID_TO_INT8));
		entries.push(cast(name, 'int4', 'assignment', scalar(0, `oid_to_int4(${name}) int4`, oidToInt4)));
		if (name !== 'oid') entries.push(cast(name, 'oid', 'implicit', null), cast('oid', name, 'implicit', null));
	}
	entries.push(cast('regproc', 'regprocedure', 'implicit', null), cast('regprocedure', 'regproc', 'implicit', null));
	entries.push(cast('regoper', 'regoperator', 'implicit', null), cast('regoperator', 'regoper', 'implicit', null));
	entries.push(cast('text', 'regclass', 'implicit', TO_REGCLASS), cast('varchar', 'regclass', 'implicit', TO_REGCLASS));
	return entries;
};

const numberCasts: readonly CastEntry[] = [
	cast('int2', 'int4', 'implicit', scalar(313, 'int4(int2) int4', same, { inline: ([a]) => a! })),
	cast('int2', 'int8', 'implicit', scalar(754, 'int8(int2) int8', same, { inline: ([a]) => a! })),
	cast('int4', 'int8', 'implicit', scalar(481, 'int8(int4) int8', same, { inline: ([a]) => a! })),
	cast('int4', 'int2', 'assignment', scalar(314, 'int2(int4) int2', checkInt2)),
	cast('int8', 'int2', 'assignment', scalar(714, 'int2(int8) int2', int8ToInt2)),
	cast('int8', 'int4', 'assignment', scalar(480, 'int4(int8) int4', int8ToInt4)),
	cast('int2', 'float4', 'implicit', scalar(236, 'float4(int2) float4', same, { inline: ([a]) => a! })),
	cast('int2', 'float8', 'implicit', scalar(235, 'float8(int2) float8', same, { inline: ([a]) => a! })),
	cast('int4', 'float4', 'implicit', scalar(318, 'float4(int4) float4', int8ToFloat4, { inline: ([a]) => `Math.fround(${a})` })),
	cast('int4', 'float8', 'implicit', scalar(316, 'float8(int4) float8', same, { inline: ([a]) => a! })),
	cast('int8', 'float4', 'implicit', scalar(652, 'float4(int8) float4', int8ToFloat4)),
	cast('int8', 'float8', 'implicit', scalar(482, 'float8(int8) float8', int8ToFloat, { inline: ([a]) => `Number(${a})` })),
	cast('int2', 'numeric', 'implicit', scalar(1782, 'numeric(int2) numeric', Decimal.fromInteger)),
	cast('int4', 'numeric', 'implicit', scalar(1740, 'numeric(int4) numeric', Decimal.fromInteger)),
	cast('int8', 'numeric', 'implicit', scalar(1781, 'numeric(int8) numeric', Decimal.fromInteger)),
	cast('float4', 'float8', 'implicit', scalar(311, 'float8(float4) float8', same, { inline: ([a]) => a! })),
	cast('float8', 'float4', 'assignment', scalar(312, 'float4(float8) float4', floatToFloat4)),
	cast('float4', 'int2', 'assignment', scalar(238, 'int2(float4) int2', floatToInt2)),
	cast('float4', 'int4', 'assignment', scalar(319, 'int4(float4) int4', floatToInt4)),
	cast('float4', 'int8', 'assignment', scalar(653, 'int8(float4) int8', floatToInt8)),
	cast('float8', 'int2', 'assignment', scalar(237, 'int2(float8) int2', floatToInt2)),
	cast('float8', 'int4', 'assignment', scalar(317, 'int4(float8) int4', floatToInt4)),
	cast('float8', 'int8', 'assignment', scalar(483, 'int8(float8) int8', floatToInt8)),
	cast(
		'float4',
		'numeric',
		'assignment',
		scalar(1742, 'numeric(float4) numeric', (value: number) => Decimal.fromFloat(value, 6)),
	),
	cast(
		'float8',
		'numeric',
		'assignment',
		scalar(1743, 'numeric(float8) numeric', (value: number) => Decimal.fromFloat(value)),
	),
	cast(
		'numeric',
		'int2',
		'assignment',
		scalar(1783, 'int2(numeric) int2', (value: Decimal) => value.toInt2()),
	),
	cast(
		'numeric',
		'int4',
		'assignment',
		scalar(1744, 'int4(numeric) int4', (value: Decimal) => value.toInt4()),
	),
	cast(
		'numeric',
		'int8',
		'assignment',
		scalar(1779, 'int8(numeric) int8', (value: Decimal) => value.toInt8()),
	),
	cast('numeric', 'float4', 'implicit', scalar(1745, 'float4(numeric) float4', decimalToFloat4)),
	cast(
		'numeric',
		'float8',
		'implicit',
		scalar(1746, 'float8(numeric) float8', (value: Decimal) => value.toNumber()),
	),
	cast(
		'bool',
		'int4',
		'explicit',
		scalar(2558, 'int4(bool) int4', (value: boolean) => (value ? 1 : 0), { inline: ([a]) => `(${a} ? 1 : 0)` }),
	),
	cast(
		'int4',
		'bool',
		'explicit',
		scalar(2557, 'bool(int4) bool', (value: number) => value !== 0, { inline: ([a]) => `(${a} !== 0)` }),
	),
	cast('int4', 'bit', 'explicit', bound(1683, 'bit(int4, int4) bit', bindIntegerToBits(32))),
	cast('int8', 'bit', 'explicit', bound(2075, 'bit(int8, int4) bit', bindIntegerToBits(64))),
	cast(
		'bit',
		'int4',
		'explicit',
		scalar(1684, 'int4(bit) int4', (value: BitString) => bitsToInteger(value, 32)),
	),
	cast('bit', 'int8', 'explicit', BIT8),
	cast('bit', 'varbit', 'implicit', null),
	cast('varbit', 'bit', 'implicit', null),
];

const textCasts: readonly CastEntry[] = [
	cast('bool', 'text', 'assignment', TO_TEXT_FROM_BOOL),
	cast('bool', 'varchar', 'assignment', TO_TEXT_FROM_BOOL),
	cast('bool', 'bpchar', 'assignment', TO_TEXT_FROM_BOOL),
	cast('char', 'text', 'implicit', TO_TEXT_FROM_CHAR),
	cast('char', 'varchar', 'assignment', TO_TEXT_FROM_CHAR),
	cast('char', 'bpchar', 'assignment', scalar(860, 'bpchar(char) bpchar', same)),
	cast('char', 'int4', 'explicit', scalar(77, 'int4(char) int4', charToInt4)),
	cast('int4', 'char', 'explicit', scalar(78, 'char(int4) char', int4ToChar)),
	cast('name', 'text', 'implicit', scalar(406, 'text(name) text', same, { inline: ([a]) => a! })),
	cast('name', 'varchar', 'assignment', scalar(1401, 'varchar(name) varchar', same)),
	cast('name', 'bpchar', 'assignment', scalar(408, 'bpchar(name) bpchar', same)),
	cast('text', 'name', 'implicit', scalar(407, 'name(text) name', toName)),
	cast('varchar', 'name', 'implicit', scalar(1400, 'name(varchar) name', toName)),
	cast('bpchar', 'name', 'implicit', scalar(409, 'name(bpchar) name', bpcharToName)),
	cast('text', 'char', 'assignment', TO_CHAR),
	cast('varchar', 'char', 'assignment', TO_CHAR),
	cast('bpchar', 'char', 'assignment', TO_CHAR),
	cast('text', 'varchar', 'implicit', null),
	cast('text', 'bpchar', 'implicit', null),
	cast('varchar', 'text', 'implicit', null),
	cast('varchar', 'bpchar', 'implicit', null),
	cast('bpchar', 'text', 'implicit', TO_TEXT_FROM_BPCHAR),
	cast('bpchar', 'varchar', 'implicit', TO_TEXT_FROM_BPCHAR),
	cast('text', 'xml', 'explicit', TO_XML),
	cast('varchar', 'xml', 'explicit', TO_XML),
	cast('bpchar', 'xml', 'explicit', TO_XML),
	cast('xml', 'text', 'assignment', null),
	cast('xml', 'varchar', 'assignment', null),
	cast('xml', 'bpchar', 'assignment', null),
	cast('pg_node_tree', 'text', 'implicit', null),
];

const timeCasts: readonly CastEntry[] = [
	cast('date', 'timestamp', 'implicit', scalar(2024, 'timestamp(date) timestamp', dateToTimestamp)),
	cast(
		'date',
		'timestamptz',
		'implicit',
		contextual(1174, 'timestamptz(date) timestamptz', (context: FunctionContext, days: number) => dateToTimestamptz(days, sessionTimeZone(context))),
	),
	cast('timestamp', 'date', 'assignment', scalar(2029, 'date(timestamp) date', timestampToDate)),
	cast('timestamp', 'time', 'assignment', scalar(1316, 'time(timestamp) time', localTime)),
	cast(
		'timestamp',
		'timestamptz',
		'implicit',
		contextual(2028, 'timestamptz(timestamp) timestamptz', (context: FunctionContext, local: Int8) => localToInstant(local, sessionTimeZone(context))),
	),
	cast(
		'timestamptz',
		'timestamp',
		'assignment',
		contextual(2027, 'timestamp(timestamptz) timestamp', (context: FunctionContext, instant: Int8) => instantToLocal(instant, sessionTimeZone(context))),
	),
	cast(
		'timestamptz',
		'date',
		'assignment',
		contextual(1178, 'date(timestamptz) date', (context: FunctionContext, instant: Int8) => timestampToDate(instantToLocal(instant, sessionTimeZone(context)))),
	),
	cast(
		'timestamptz',
		'time',
		'assignment',
		contextual(2019, 'time(timestamptz) time', (context: FunctionContext, instant: Int8) => localTime(instantToLocal(instant, sessionTimeZone(context)))),
	),
	cast('timestamptz', 'timetz', 'assignment', contextual(1388, 'timetz(timestamptz) timetz', instantToTimeTz)),
	cast(
		'time',
		'interval',
		'implicit',
		scalar(1370, 'interval(time) interval', (time: number) => new Interval(0, 0, time)),
	),
	cast('time', 'timetz', 'implicit', contextual(2047, 'timetz(time) timetz', timeToTimeTz)),
	cast('interval', 'time', 'assignment', scalar(1419, 'time(interval) time', intervalToTime)),
	cast(
		'timetz',
		'time',
		'assignment',
		scalar(2046, 'time(timetz) time', (value: TimeTz) => value.microseconds),
	),
];

const jsonCasts: readonly CastEntry[] = [
	cast('json', 'jsonb', 'assignment', scalar(0, 'json_to_jsonb(json) jsonb', jsonToJsonb)),
	cast('jsonb', 'json', 'assignment', scalar(0, 'jsonb_to_json(jsonb) json', formatJsonb)),
	cast(
		'jsonb',
		'bool',
		'explicit',
		scalar(3556, 'bool(jsonb) bool', (value: Jsonb) => jsonbScalar(value, 'boolean', 'boolean')),
	),
	cast(
		'jsonb',
		'numeric',
		'explicit',
		scalar(3449, 'numeric(jsonb) numeric', (value: Jsonb) => jsonbNumber(value, 'numeric')),
	),
	cast(
		'jsonb',
		'int2',
		'explicit',
		scalar(3450, 'int2(jsonb) int2', (value: Jsonb) => jsonbNumber(value, 'smallint').toInt2()),
	),
	cast(
		'jsonb',
		'int4',
		'explicit',
		scalar(3451, 'int4(jsonb) int4', (value: Jsonb) => jsonbNumber(value, 'integer').toInt4()),
	),
	cast(
		'jsonb',
		'int8',
		'explicit',
		scalar(3452, 'int8(jsonb) int8', (value: Jsonb) => jsonbNumber(value, 'bigint').toInt8()),
	),
	cast(
		'jsonb',
		'float4',
		'explicit',
		scalar(3453, 'float4(jsonb) float4', (value: Jsonb) => decimalToFloat4(jsonbNumber(value, 'real'))),
	),
	cast(
		'jsonb',
		'float8',
		'explicit',
		scalar(2580, 'float8(jsonb) float8', (value: Jsonb) => jsonbNumber(value, 'double precision').toNumber()),
	),
];

/** Casts as listed in pg_cast; those of arrays are made from these when asked for. */
export const castEntries: readonly CastEntry[] = [...numberCasts, ...textCasts, ...timeCasts, ...jsonCasts, ...regCasts()];

/** A cast of arrays by a cast of their elements. */
export function arrayCast(source: Type, target: Type, element: CastEntry): CastEntry {
	if (element.function === null) return { ...element, sourceOid: source.oid, targetOid: target.oid };
	const inner = element.function;
	const name = `${source.name}_to_${target.name}(${source.name}) ${target.name}`;
	const bind = (info: CallInfo): Evaluate => {
		const elementInfo: CallInfo = {
			...info,
			argumentTypes: [info.types.typeByOid(source.elementOid)!],
			returnType: info.types.typeByOid(target.elementOid)!,
		};
		const evaluate = (inner.bind === undefined ? inner.evaluate! : inner.bind(elementInfo)) as (...values: unknown[]) => unknown;
		const map = (array: PgArray, convert: (value: unknown) => unknown): PgArray =>
			new PgArray(
				array.dimensions,
				array.lowerBounds,
				array.elements.map((value) => (value === null ? null : convert(value))),
			);
		if (inner.context) return (context: FunctionContext, array: PgArray) => map(array, (value) => evaluate(context, value));
		return (array: PgArray) => map(array, (value) => evaluate(value));
	};
	const made = bound(0, name, bind, { volatility: inner.volatility });
	return { sourceOid: source.oid, targetOid: target.oid, context: element.context, function: inner.context ? { ...made, context: true } : made };
}

const HAS_TYPMOD: ReadonlySet<string> = new Set(['bpchar', 'varchar', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'bit', 'varbit', 'numeric']);
const typmodCasts = new Map<number, ScalarFunction>();

/** The coercion of a type to a length, precision or scale; undefined where it has none. */
export function typmodCastOf(typeOid: number): ScalarFunction | undefined {
	const known = typmodCasts.get(typeOid);
	if (known !== undefined) return known;
	const type = builtinTypes.typeByOid(typeOid);
	if (type === undefined) return undefined;
	const element = type.elementOid === 0 ? type : builtinTypes.typeByOid(type.elementOid)!;
	if (!HAS_TYPMOD.has(element.name)) return undefined;
	const made: ScalarFunction = {
		kind: 'scalar',
		name: type.name,
		argumentOids: [typeOid, BOOL.oid],
		defaults: [false],
		returnOid: typeOid,
		variadicOid: 0,
		volatility: 'immutable',
		oid: 0,
		strict: true,
		context: false,
		bind: bindTypmodCast(type, element),
	};
	typmodCasts.set(typeOid, made);
	return made;
}

function bindTypmodCast(type: Type, element: Type): (info: CallInfo) => Evaluate {
	return ({ typmod, types }) => {
		if (type === element) return (value: unknown, explicit?: boolean) => applyTypmod(type, value, typmod, explicit === true, types);
		return (array: PgArray, explicit?: boolean) =>
			new PgArray(
				array.dimensions,
				array.lowerBounds,
				array.elements.map((value) => (value === null ? null : applyTypmod(element, value, typmod, explicit === true, types))),
			);
	};
}

const inputs = new WeakMap<Type, ScalarFunction>();
const outputs = new WeakMap<Type, ScalarFunction>();

/** Types whose text depends on settings or on the time. */
const BY_SETTINGS = new Set(['date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'money', 'xml']);

/** The same, of the text that is made. */
const OUTPUT_BY_SETTINGS = new Set(['bytea', 'float4', 'float8']);

function conversionVolatility(type: Type): 'immutable' | 'stable' {
	return type.kind === 'base' && !type.name.startsWith('reg') && !BY_SETTINGS.has(type.name) ? 'immutable' : 'stable';
}

/** The input function of a type. A typmod is applied apart, save for intervals, whose fields decide what a bare number means. */
export function inputOf(type: Type): ScalarFunction {
	const known = inputs.get(type);
	if (known !== undefined) return known;
	const made: ScalarFunction = {
		...conversion(`${type.name}_in`, CSTRING.oid, type.oid),
		volatility: conversionVolatility(type),
		bind: (info) => (type.name === 'jsonpath' ? readJsonPath : valueParser(type, type.name === 'interval' ? info.typmod : -1, info.types)),
	};
	inputs.set(type, made);
	return made;
}

/** A path is kept as its canonical text. */
const readJsonPath = (_: FunctionContext, text: string): string => templates().formatPath(templates().parseJsonPath(text));

/** The output function of a type. */
export function outputOf(type: Type): ScalarFunction {
	const known = outputs.get(type);
	if (known !== undefined) return known;
	const made: ScalarFunction = {
		...conversion(`${type.name}_out`, type.oid, CSTRING.oid),
		volatility: OUTPUT_BY_SETTINGS.has(type.name) ? 'stable' : conversionVolatility(type),
		bind: (info) => valueFormatter(type, info.types),
	};
	outputs.set(type, made);
	return made;
}

function conversion(name: string, source: number, target: number) {
	return {
		kind: 'scalar' as const,
		name,
		argumentOids: [source],
		returnOid: target,
		variadicOid: 0,
		volatility: 'stable' as const,
		oid: 0,
		strict: true,
		context: true,
	};
}

/** Functions of casts, which can also be called by name: `text(true)`, `date(now())`. */
export function castFunctionsOf(entries: readonly CastEntry[]): ScalarFunction[] {
	const found = new Map<number, ScalarFunction>();
	for (const { function: implementation } of entries) {
		if (implementation === null || implementation.oid === 0 || implementation.argumentOids.length !== 1) continue;
		if (!found.has(implementation.oid)) found.set(implementation.oid, implementation);
	}
	return [...found.values()];
}
