/**
 * Numbers of a query as exact fractions, so that durations made of them lose nothing: a float is the decimal that its text shows.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import type { Int8 } from '../int8.ts';

export interface Fraction {
	readonly numerator: bigint;
	/** Positive. */
	readonly denominator: bigint;
}

export function fractionOf(value: Int8): Fraction {
	if (typeof value === 'bigint' || Number.isSafeInteger(value)) return { numerator: BigInt(value), denominator: 1n };
	if (!Number.isFinite(value)) throw cypherError('ArithmeticError', `${value} is no finite number`);
	return fractionOfText(String(value));
}

/** A decimal text, with a sign, a fraction after `.` or `,` and an exponent where it has them. */
export function fractionOfText(text: string): Fraction {
	const match = /^([+-]?)(\d*)(?:[.,](\d*))?(?:e([+-]?\d+))?$/i.exec(text);
	if (match === null) throw cypherError('ArgumentError', `'${text}' is no number`);
	const fraction = match[3] ?? '';
	const digits = BigInt(`${match[2] ?? ''}${fraction}` || '0') * (match[1] === '-' ? -1n : 1n);
	const exponent = Number(match[4] ?? 0) - fraction.length;
	return exponent >= 0 ? { numerator: digits * 10n ** BigInt(exponent), denominator: 1n } : { numerator: digits, denominator: 10n ** BigInt(-exponent) };
}

export function addFractions(left: Fraction, right: Fraction): Fraction {
	if (left.denominator === right.denominator) return { numerator: left.numerator + right.numerator, denominator: left.denominator };
	return {
		numerator: left.numerator * right.denominator + right.numerator * left.denominator,
		denominator: left.denominator * right.denominator,
	};
}

export function scaleFraction(fraction: Fraction, factor: bigint): Fraction {
	return { numerator: fraction.numerator * factor, denominator: fraction.denominator };
}
