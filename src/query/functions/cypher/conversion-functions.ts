/**
 * Cypher's conversions: toInteger, toFloat, toString, toBoolean, their `…OrNull` and `…List` forms, and `valueType`. A string that
 * says no such value gives null; a value of a kind that is not converted is a TypeError, and null in the `…OrNull` form.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import {
	type DynamicValue,
	floatText,
	floatValue,
	IntegralFloat,
	isIntegerValue,
	isListValue,
	isNumberValue,
	isTemporalValue,
	kindName,
	kindOf,
} from '../../../value/dynamic.ts';
import { fromBigInt } from '../../../value/int8.ts';
import { Point } from '../../../value/spatial/point.ts';
import type { ScalarFunction } from '../contracts.ts';
import { scalar } from '../define.ts';

const INT8_LIMIT = 2 ** 63;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const UNFIT = Symbol('unfit');

type Converted = DynamicValue | typeof UNFIT;

function floatToInteger(value: number): DynamicValue {
	if (Number.isNaN(value)) return 0;
	const whole = Math.trunc(value);
	if (Number.isSafeInteger(whole)) return whole + 0;
	if (whole >= INT8_LIMIT) return INT8_LIMIT_LESS_ONE;
	return whole < -INT8_LIMIT ? -(2n ** 63n) : fromBigInt(BigInt(whole));
}

const INT8_LIMIT_LESS_ONE = 2n ** 63n - 1n;

function integerOfText(text: string): DynamicValue {
	const trimmed = text.trim();
	if (/^[+-]?\d+$/.test(trimmed)) {
		const value = BigInt(trimmed.replace('+', ''));
		return value > INT8_LIMIT_LESS_ONE || value < -INT8_LIMIT_LESS_ONE - 1n ? null : fromBigInt(value);
	}
	if (!NUMBER.test(trimmed)) return null;
	const value = Number(trimmed);
	return Math.abs(value) < INT8_LIMIT ? floatToInteger(value) : null;
}

function toInteger(value: DynamicValue): Converted {
	if (isIntegerValue(value)) return value;
	if (typeof value === 'number') return floatToInteger(value);
	if (value instanceof IntegralFloat) return floatToInteger(value.value);
	return typeof value === 'string' ? integerOfText(value) : UNFIT;
}

function toFloat(value: DynamicValue): Converted {
	if (typeof value === 'number') return Number.isInteger(value) ? new IntegralFloat(value) : value;
	if (typeof value === 'bigint') return floatValue(Number(value));
	if (value instanceof IntegralFloat) return value;
	if (typeof value !== 'string') return UNFIT;
	const text = value.trim();
	if (NUMBER.test(text)) return floatValue(Number(text));
	return text === 'NaN' || text === 'Infinity' || text === '-Infinity' ? Number(text) : null;
}

function toText(value: DynamicValue): Converted {
	if (typeof value === 'string') return value;
	if (typeof value === 'number') return Number.isInteger(value) ? String(value) : floatText(value);
	if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
	return value instanceof IntegralFloat || isTemporalValue(value) || value instanceof Point ? value.toString() : UNFIT;
}

function toBoolean(value: DynamicValue): Converted {
	if (typeof value === 'boolean') return value;
	if (isIntegerValue(value)) return value !== 0;
	if (typeof value !== 'string') return UNFIT;
	const word = value.trim().toLowerCase();
	return word === 'true' ? true : word === 'false' ? false : null;
}

/** The conversion itself, the one that gives null for what does not fit, and that of a list's elements. */
function conversions(name: string, type: string, convert: (value: DynamicValue) => Converted): ScalarFunction[] {
	const orNull = (value: DynamicValue): DynamicValue => {
		const converted = convert(value);
		return converted === UNFIT ? null : converted;
	};
	return [
		scalar(0, `${name}(dynamic) ${type}`, (value: DynamicValue) => {
			const converted = convert(value);
			if (converted === UNFIT) throw cypherError('TypeError', `${name}() does not take ${kindName(value)}`);
			return converted;
		}),
		scalar(0, `${name}OrNull(dynamic) ${type}`, orNull),
		scalar(0, `${name}List(dynamic) dynamic`, (value: DynamicValue) => {
			if (!isListValue(value)) throw cypherError('TypeError', `${name}List() takes a list, not ${kindName(value)}`);
			return value.map((item) => (item === null ? null : orNull(item)));
		}),
	];
}

/** Names of types as `valueType` gives them. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
	null: 'NULL',
	boolean: 'BOOLEAN',
	string: 'STRING',
	integer: 'INTEGER',
	float: 'FLOAT',
	bytes: 'BYTES',
	map: 'MAP',
	vertex: 'NODE',
	edge: 'RELATIONSHIP',
	path: 'PATH',
	date: 'DATE',
	'local time': 'LOCAL TIME',
	time: 'ZONED TIME',
	'local datetime': 'LOCAL DATETIME',
	datetime: 'ZONED DATETIME',
	duration: 'DURATION',
	point: 'POINT',
};

function valueType(value: DynamicValue): string {
	if (value === null) return 'NULL';
	if (!isListValue(value)) return `${TYPE_NAMES[kindOf(value)]} NOT NULL`;
	if (value.length === 0) return 'LIST<NOTHING> NOT NULL';
	const nullable = value.includes(null);
	const inner = [...new Set(value.filter((item) => item !== null).map(valueType))].sort().map((name) => (nullable ? name.replace(/ NOT NULL$/, '') : name));
	return `LIST<${inner.length === 0 ? 'NULL' : inner.join(' | ')}> NOT NULL`;
}

export const conversionFunctions: readonly ScalarFunction[] = [
	...conversions('toInteger', 'int8', toInteger),
	...conversions('toFloat', 'dynamic', toFloat),
	...conversions('toString', 'text', toText),
	...conversions('toBoolean', 'bool', toBoolean),
	scalar(0, 'valueType(dynamic) text', valueType, { strict: false }),
	scalar(0, 'isNaN(dynamic) bool', (value: DynamicValue) => {
		if (!isNumberValue(value)) throw cypherError('TypeError', `isNaN() takes a number, not ${kindName(value)}`);
		return typeof value === 'number' && Number.isNaN(value);
	}),
];
