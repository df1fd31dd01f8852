/**
 * Cypher's functions of numbers. All but `abs`, `sign` and those that say otherwise give floats.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import {
	asNumber,
	type DynamicFloat,
	type DynamicNumber,
	type DynamicValue,
	floatValue,
	isIntegerValue,
	isNumberValue,
	kindName,
} from '../../../value/dynamic.ts';
import { absInt8 } from '../../../value/int8.ts';
import { formatUuid } from '../../../value/uuid.ts';
import type { FunctionContext, ScalarFunction } from '../contracts.ts';
import { contextual, scalar } from '../define.ts';

function number(name: string, value: DynamicValue): number {
	if (isNumberValue(value)) return asNumber(value);
	throw cypherError('TypeError', `${name}() takes a number, not ${kindName(value)}`);
}

/** A function of one float. */
function ofFloat(name: string, evaluate: (value: number) => number): ScalarFunction {
	return scalar(0, `${name}(dynamic) dynamic`, (value: DynamicValue) => floatValue(evaluate(number(name, value))));
}

function abs(value: DynamicValue): DynamicNumber {
	if (isIntegerValue(value)) {
		try {
			return absInt8(value);
		} catch (error) {
			throw cypherError('ArithmeticError', `abs(${value}) does not fit in 64 bits`, { cause: error });
		}
	}
	return floatValue(Math.abs(number('abs', value)));
}

function sign(value: DynamicValue): number {
	const size = number('sign', value);
	return size > 0 ? 1 : size < 0 ? -1 : 0;
}

type Rounding = (value: number) => number;

/** How ties and the rest are rounded, by Java's names of the modes. */
const ROUNDINGS: Readonly<Record<string, Rounding>> = {
	UP: (value) => Math.sign(value) * Math.ceil(Math.abs(value)),
	DOWN: Math.trunc,
	CEILING: Math.ceil,
	FLOOR: Math.floor,
	HALF_UP: (value) => Math.sign(value) * Math.floor(Math.abs(value) + 0.5),
	HALF_DOWN: (value) => Math.sign(value) * Math.ceil(Math.abs(value) - 0.5),
	HALF_EVEN: (value) => {
		const floor = Math.floor(value);
		const rest = value - floor;
		return rest === 0.5 ? (floor % 2 === 0 ? floor : floor + 1) : Math.round(value);
	},
};

/** Ties go up; adding a half to the greatest number below a half would give 1. */
function round(value: DynamicValue): DynamicFloat {
	const exact = number('round', value);
	const floor = Math.floor(exact);
	return floatValue(exact - floor >= 0.5 ? floor + 1 : floor);
}

/** To some decimal places, on the decimal digits of the number as it is shown. */
function roundTo(value: DynamicValue, precision: DynamicValue, mode: DynamicValue = 'HALF_UP'): DynamicFloat {
	const exact = number('round', value);
	const rounding = typeof mode === 'string' ? ROUNDINGS[mode.toUpperCase()] : undefined;
	if (rounding === undefined) throw cypherError('ArgumentError', `round() knows the modes ${Object.keys(ROUNDINGS).join(', ')}`);
	if (!isNumberValue(precision)) throw cypherError('TypeError', `the precision of round() is a number, not ${kindName(precision)}`);
	const places = Math.trunc(asNumber(precision));
	if (places < 0) throw cypherError('ArgumentError', 'the precision of round() must not be negative');
	if (!Number.isFinite(exact) || places > 308) return floatValue(exact);
	const shifted = shiftDecimal(exact, places);
	return floatValue(Number.isFinite(shifted) ? shiftDecimal(rounding(shifted), -places) : exact);
}

/** Moves the decimal point of the shortest text that means the number. */
function shiftDecimal(value: number, places: number): number {
	const [digits, exponent] = value.toExponential().split('e') as [string, string];
	return Number(`${digits}e${Number(exponent) + places}`);
}

/** A random uuid of version 4. */
function randomUuid(context: FunctionContext): string {
	const bytes = context.randomBytes(16);
	bytes[6] = (bytes[6]! & 0x0f) | 0x40;
	bytes[8] = (bytes[8]! & 0x3f) | 0x80;
	return formatUuid(bytes, 0);
}

function constant(name: string, value: number): ScalarFunction {
	return scalar(0, `${name}() dynamic`, () => floatValue(value));
}

const VOLATILE = { volatility: 'volatile' } as const;

export const mathFunctions: readonly ScalarFunction[] = [
	scalar(0, 'abs(dynamic) dynamic', abs),
	scalar(0, 'sign(dynamic) int8', sign),
	scalar(0, 'round(dynamic) dynamic', round),
	scalar(0, 'round(dynamic, dynamic) dynamic', roundTo),
	scalar(0, 'round(dynamic, dynamic, dynamic) dynamic', roundTo),
	ofFloat('ceil', Math.ceil),
	ofFloat('floor', Math.floor),
	ofFloat('sqrt', Math.sqrt),
	ofFloat('exp', Math.exp),
	ofFloat('log', Math.log),
	ofFloat('log10', Math.log10),
	ofFloat('sin', Math.sin),
	ofFloat('cos', Math.cos),
	ofFloat('tan', Math.tan),
	ofFloat('cot', (value) => 1 / Math.tan(value)),
	ofFloat('asin', Math.asin),
	ofFloat('acos', Math.acos),
	ofFloat('atan', Math.atan),
	ofFloat('sinh', Math.sinh),
	ofFloat('cosh', Math.cosh),
	ofFloat('tanh', Math.tanh),
	ofFloat('coth', (value) => 1 / Math.tanh(value)),
	ofFloat('degrees', (value) => (value * 180) / Math.PI),
	ofFloat('radians', (value) => (value * Math.PI) / 180),
	ofFloat('haversin', (value) => (1 - Math.cos(value)) / 2),
	scalar(0, 'atan2(dynamic, dynamic) dynamic', (y: DynamicValue, x: DynamicValue) => floatValue(Math.atan2(number('atan2', y), number('atan2', x)))),
	constant('e', Math.E),
	constant('pi', Math.PI),
	contextual(0, 'rand() dynamic', (context: FunctionContext) => floatValue(context.random()), VOLATILE),
	contextual(0, 'randomUUID() text', randomUuid, VOLATILE),
	contextual(0, 'timestamp() int8', (context: FunctionContext) => Math.floor(context.statementTimeUs / 1000)),
];
