/** Arithmetic on literals: operands are promoted to the wider of their types (XPath and XQuery Functions and Operators, section 6); an error is null. */
import { Decimal } from '../../../value/decimal.ts';
import { fromBigInt, type Int8 } from '../../../value/int8.ts';
import type { Literal, RdfTerm } from '../../../value/rdf-term.ts';
import { DECIMAL, DOUBLE, decimalLiteral, doubleLiteral, FLOAT, floatLiteral, INTEGER, integerLiteral, isNumericRank, meaningOf } from './meaning.ts';

export type Arithmetic = '+' | '-' | '*' | '/';

/** The value of a numeric meaning as a double. */
export function toDouble(rank: number, value: unknown): number {
	if (rank === DECIMAL) {
		const decimal = value as Decimal;
		return typeof decimal.coefficient === 'number' ? decimal.toNumber() : Number(decimal.toString());
	}
	return Number(value);
}

export function toDecimal(rank: number, value: unknown): Decimal {
	return rank === DECIMAL ? (value as Decimal) : Decimal.fromInteger(value as Int8);
}

/** `left operator right`; null when one is no number, or for a division of exact numbers by zero. */
export function arithmetic(operator: Arithmetic, left: RdfTerm, right: RdfTerm): Literal | null {
	if (left.termType !== 'Literal' || right.termType !== 'Literal') return null;
	const a = meaningOf(left);
	const b = meaningOf(right);
	if (!isNumericRank(a.rank) || !isNumericRank(b.rank)) return null;
	const rank = Math.max(a.rank, b.rank);
	if (rank >= FLOAT) {
		const result = ofDoubles(operator, toDouble(a.rank, a.value), toDouble(b.rank, b.value));
		return rank === FLOAT ? floatLiteral(result) : doubleLiteral(result);
	}
	if (rank === INTEGER && operator !== '/') return integerLiteral(ofIntegers(operator, a.value as Int8, b.value as Int8));
	return ofDecimals(operator, toDecimal(a.rank, a.value), toDecimal(b.rank, b.value));
}

function ofDoubles(operator: Arithmetic, a: number, b: number): number {
	switch (operator) {
		case '+':
			return a + b;
		case '-':
			return a - b;
		case '*':
			return a * b;
		case '/':
			return a / b;
	}
}

function ofIntegers(operator: '+' | '-' | '*', a: Int8, b: Int8): Int8 {
	if (typeof a === 'number' && typeof b === 'number') {
		const result = ofDoubles(operator, a, b);
		if (Number.isSafeInteger(result)) return result + 0;
	}
	const [x, y] = [BigInt(a), BigInt(b)];
	return fromBigInt(operator === '+' ? x + y : operator === '-' ? x - y : x * y);
}

function ofDecimals(operator: Arithmetic, a: Decimal, b: Decimal): Literal | null {
	switch (operator) {
		case '+':
			return decimalLiteral(a.add(b));
		case '-':
			return decimalLiteral(a.subtract(b));
		case '*':
			return decimalLiteral(a.multiply(b));
		case '/':
			return b.isZero ? null : decimalLiteral(a.divide(b));
	}
}

type Rounding = 'abs' | 'ceil' | 'floor' | 'round' | 'negate';

/** A function of one number that keeps its type; null when it is none. */
export function rounded(how: Rounding, term: RdfTerm): Literal | null {
	if (term.termType !== 'Literal') return null;
	const { rank, value } = meaningOf(term);
	switch (rank) {
		case INTEGER: {
			const integer = value as Int8;
			if (how === 'negate' || (how === 'abs' && integer < 0)) return integerLiteral(typeof integer === 'number' ? 0 - integer : fromBigInt(-integer));
			return integerLiteral(integer);
		}
		case DECIMAL:
			return decimalLiteral(roundedDecimal(how, value as Decimal));
		case FLOAT:
			return floatLiteral(roundedDouble(how, value as number));
		case DOUBLE:
			return doubleLiteral(roundedDouble(how, value as number));
		default:
			return null;
	}
}

function roundedDecimal(how: Rounding, value: Decimal): Decimal {
	switch (how) {
		case 'abs':
			return value.abs();
		case 'negate':
			return value.negate();
		case 'ceil':
			return value.ceil();
		case 'floor':
			return value.floor();
		case 'round':
			// Halves go up.
			return value.add(HALF).floor();
	}
}

const HALF = Decimal.parse('0.5');

function roundedDouble(how: Rounding, value: number): number {
	switch (how) {
		case 'abs':
			return Math.abs(value);
		case 'negate':
			return -value;
		case 'ceil':
			return Math.ceil(value);
		case 'floor':
			return Math.floor(value);
		case 'round':
			return Math.round(value);
	}
}
