/**
 * Cypher's arithmetic. Integers have 64 bits: a result that does not fit is an ArithmeticError, as is an integer divided by zero.
 * Where one operand is a float the result is one. `+` also joins strings (with numbers and booleans), lists (with elements),
 * and adds durations; with null the result is null.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import { PolylogError } from '../../../platform/errors.ts';
import {
	asNumber,
	type DynamicFloat,
	type DynamicInteger,
	type DynamicList,
	type DynamicNumber,
	type DynamicValue,
	floatText,
	floatValue,
	IntegralFloat,
	isFloatValue,
	isNumberValue,
	kindName,
} from '../../../value/dynamic.ts';
import { addInt8, divideInt8, type Int8, moduloInt8, multiplyInt8, negateInt8, subtractInt8 } from '../../../value/int8.ts';
import { CypherDuration } from '../../../value/temporal/cypher-duration.ts';
import { negateDuration } from '../../../value/temporal/duration-arithmetic.ts';
import type { ScalarFunction } from '../contracts.ts';
import { scalar } from '../define.ts';
import { temporalDifference, temporalProduct, temporalQuotient, temporalSum } from './temporal-arithmetic.ts';

/** Integers of 64 bits, with the errors of Cypher. */
function integers(operator: (left: Int8, right: Int8) => Int8, symbol: string): (left: Int8, right: Int8) => Int8 {
	return (left, right) => {
		try {
			return operator(left, right);
		} catch (error) {
			if (!(error instanceof PolylogError)) throw error;
			if (error.sqlstate === '22012') throw divisionByZero();
			throw cypherError('ArithmeticError', `${left} ${symbol} ${right} does not fit in 64 bits`, { cause: error });
		}
	};
}

function divisionByZero(): Error {
	return cypherError('ArithmeticError', 'division by zero', { sqlstate: '22012' });
}

const addIntegers = integers(addInt8, '+');
const subtractIntegers = integers(subtractInt8, '-');
const multiplyIntegers = integers(multiplyInt8, '*');
const divideIntegers = integers(divideInt8, '/');
const moduloIntegers = integers(moduloInt8, '%');

function unfit(symbol: string, left: DynamicValue, right: DynamicValue): Error {
	return cypherError('TypeError', `${kindName(left)} ${symbol} ${kindName(right)} has no meaning`);
}

/** Both numbers: of integers by `ofIntegers`, else by `ofFloats`. */
function arithmetic(
	left: DynamicNumber,
	right: DynamicNumber,
	ofIntegers: (left: DynamicInteger, right: DynamicInteger) => DynamicInteger,
	ofFloats: (left: number, right: number) => number,
): DynamicNumber {
	if (isFloatValue(left) || isFloatValue(right)) return floatValue(ofFloats(asNumber(left), asNumber(right)));
	return ofIntegers(left as DynamicInteger, right as DynamicInteger);
}

export function add(left: DynamicValue, right: DynamicValue): DynamicValue {
	if (typeof left === 'number' && typeof right === 'number' && Number.isInteger(left) && Number.isInteger(right)) {
		const sum = left + right;
		return Number.isSafeInteger(sum) ? sum : addIntegers(left, right);
	}
	if (typeof left === 'string' && typeof right === 'string') return left + right;
	if (isNumberValue(left) && isNumberValue(right)) return arithmetic(left, right, addIntegers, (a, b) => a + b);
	// A list takes anything, null too.
	if (Array.isArray(left)) return [...(left as DynamicList), ...(Array.isArray(right) ? (right as DynamicList) : [right])];
	if (Array.isArray(right)) return [left, ...(right as DynamicList)];
	if (left === null || right === null) return null;
	const text = joined(left, right);
	if (text !== undefined) return text;
	const moved = temporalSum(left, right);
	if (moved !== undefined) return moved;
	throw unfit('+', left, right);
}

/** A string with a string, number or boolean, in either order; undefined for anything else. */
function joined(left: DynamicValue, right: DynamicValue): string | undefined {
	if (typeof left === 'string') {
		const text = plainText(right);
		return text === undefined ? undefined : left + text;
	}
	if (typeof right !== 'string') return undefined;
	const text = plainText(left);
	return text === undefined ? undefined : text + right;
}

function plainText(value: DynamicValue): string | undefined {
	if (typeof value === 'string') return value;
	if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
	if (typeof value === 'number') return Number.isInteger(value) ? String(value) : floatText(value);
	return value instanceof IntegralFloat ? value.toString() : undefined;
}

function subtract(left: DynamicValue, right: DynamicValue): DynamicValue {
	if (isNumberValue(left) && isNumberValue(right)) return arithmetic(left, right, subtractIntegers, (a, b) => a - b);
	const moved = temporalDifference(left, right);
	if (moved !== undefined) return moved;
	throw unfit('-', left, right);
}

function multiply(left: DynamicValue, right: DynamicValue): DynamicValue {
	if (isNumberValue(left) && isNumberValue(right)) return arithmetic(left, right, multiplyIntegers, (a, b) => a * b);
	const scaled = temporalProduct(left, right);
	if (scaled !== undefined) return scaled;
	throw unfit('*', left, right);
}

function divide(left: DynamicValue, right: DynamicValue): DynamicValue {
	if (isNumberValue(left) && isNumberValue(right)) return arithmetic(left, right, divideIntegers, (a, b) => a / b);
	const scaled = temporalQuotient(left, right);
	if (scaled !== undefined) return scaled;
	throw unfit('/', left, right);
}

function modulo(left: DynamicValue, right: DynamicValue): DynamicValue {
	if (isNumberValue(left) && isNumberValue(right)) return arithmetic(left, right, moduloIntegers, (a, b) => a % b);
	throw unfit('%', left, right);
}

function power(left: DynamicValue, right: DynamicValue): DynamicFloat {
	if (isNumberValue(left) && isNumberValue(right)) return floatValue(asNumber(left) ** asNumber(right));
	throw unfit('^', left, right);
}

function negate(value: DynamicValue): DynamicValue {
	if (value instanceof CypherDuration) return negateDuration(value);
	if (!isNumberValue(value)) throw cypherError('TypeError', `${kindName(value)} has no negative`);
	if (isFloatValue(value)) return floatValue(-asNumber(value));
	try {
		return negateInt8(value);
	} catch (error) {
		throw cypherError('ArithmeticError', `-(${value}) does not fit in 64 bits`, { cause: error });
	}
}

function plus(value: DynamicValue): DynamicValue {
	if (isNumberValue(value) || value instanceof CypherDuration) return value;
	throw cypherError('TypeError', `+ before ${kindName(value)} has no meaning`);
}

/** `||`: strings with strings, lists with lists. */
function concatenate(left: DynamicValue, right: DynamicValue): DynamicValue {
	if (typeof left === 'string' && typeof right === 'string') return left + right;
	if (Array.isArray(left) && Array.isArray(right)) return [...(left as DynamicList), ...(right as DynamicList)];
	throw unfit('||', left, right);
}

/** By symbol; `+` takes nulls, since a list can have one as an element. */
export const ARITHMETIC: Readonly<Record<'+' | '-' | '*' | '/' | '%' | '^' | '||', ScalarFunction>> = {
	'+': scalar(0, '+(dynamic, dynamic) dynamic', add, { strict: false }),
	'-': scalar(0, '-(dynamic, dynamic) dynamic', subtract),
	'*': scalar(0, '*(dynamic, dynamic) dynamic', multiply),
	'/': scalar(0, '/(dynamic, dynamic) dynamic', divide),
	'%': scalar(0, '%(dynamic, dynamic) dynamic', modulo),
	'^': scalar(0, '^(dynamic, dynamic) dynamic', power),
	'||': scalar(0, '||(dynamic, dynamic) dynamic', concatenate),
};

export const NEGATE: ScalarFunction = scalar(0, '-(dynamic) dynamic', negate);
export const PLUS: ScalarFunction = scalar(0, '+(dynamic) dynamic', plus);
