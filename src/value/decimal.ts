/** Exact decimal numbers with PostgreSQL's numeric semantics. */
import type { Int8 } from './int8.ts';

export class Decimal {
	/** Unscaled value: number iff safe integer, else bigint; NaN, Infinity, −Infinity for the special values. */
	readonly coefficient: number | bigint;
	/** Display scale: digits after the point. */
	readonly scale: number;

	constructor(coefficient: number | bigint, scale: number) {
		this.coefficient = coefficient;
		this.scale = scale;
	}
	static readonly zero: Decimal = new Decimal(0, 0);
	static readonly one: Decimal = new Decimal(1, 0);
	static readonly nan: Decimal = new Decimal(Number.NaN, 0);
	static readonly infinity: Decimal = new Decimal(Number.POSITIVE_INFINITY, 0);
	static readonly negativeInfinity: Decimal = new Decimal(Number.NEGATIVE_INFINITY, 0);
	/** Throws 22P02 for a malformed text. */
	static parse(text: string): Decimal {
		throw new Error('value: not built yet');
	}
	/** An integer (int2, int4, int8, oid). */
	static fromInteger(value: Int8): Decimal {
		throw new Error('value: not built yet');
	}
	/** As PostgreSQL casts float8 (15 significant digits) or, with digits = 6, float4. */
	static fromFloat(value: number, digits = 15): Decimal {
		throw new Error('value: not built yet');
	}
	get isNaN(): boolean {
		throw new Error('value: not built yet');
	}
	get isFinite(): boolean {
		throw new Error('value: not built yet');
	}
	/** −1, 0, 1; NaN counts as 1. */
	get sign(): number {
		throw new Error('value: not built yet');
	}
	add(other: Decimal): Decimal {
		throw new Error('value: not built yet');
	}
	subtract(other: Decimal): Decimal {
		throw new Error('value: not built yet');
	}
	multiply(other: Decimal): Decimal {
		throw new Error('value: not built yet');
	}
	/** Throws 22012 for a zero divisor. */
	divide(other: Decimal): Decimal {
		throw new Error('value: not built yet');
	}
	/** div(): the quotient truncated to an integer. */
	divideInteger(other: Decimal): Decimal {
		throw new Error('value: not built yet');
	}
	modulo(other: Decimal): Decimal {
		throw new Error('value: not built yet');
	}
	negate(): Decimal {
		throw new Error('value: not built yet');
	}
	abs(): Decimal {
		throw new Error('value: not built yet');
	}
	/** NaN equals NaN and is greatest. */
	compare(other: Decimal): number {
		throw new Error('value: not built yet');
	}
	equals(other: Decimal): boolean {
		throw new Error('value: not built yet');
	}
	/** Half away from zero; a negative scale rounds left of the point. */
	round(scale = 0): Decimal {
		throw new Error('value: not built yet');
	}
	truncate(scale = 0): Decimal {
		throw new Error('value: not built yet');
	}
	ceil(): Decimal {
		throw new Error('value: not built yet');
	}
	floor(): Decimal {
		throw new Error('value: not built yet');
	}
	sqrt(): Decimal {
		throw new Error('value: not built yet');
	}
	exp(): Decimal {
		throw new Error('value: not built yet');
	}
	ln(): Decimal {
		throw new Error('value: not built yet');
	}
	/** Logarithm to base 10. */
	log10(): Decimal {
		throw new Error('value: not built yet');
	}
	/** log(base, this). */
	log(base: Decimal): Decimal {
		throw new Error('value: not built yet');
	}
	power(exponent: Decimal): Decimal {
		throw new Error('value: not built yet');
	}
	/** numeric(p, s): rounds, 22003 on overflow; −1 leaves the value. */
	applyTypmod(typmod: number): Decimal {
		throw new Error('value: not built yet');
	}
	minScale(): number {
		throw new Error('value: not built yet');
	}
	trimScale(): Decimal {
		throw new Error('value: not built yet');
	}
	toNumber(): number {
		throw new Error('value: not built yet');
	}
	/** Rounded; throws 22003 naming `typeName` when out of range. */
	toInt8(): Int8 {
		throw new Error('value: not built yet');
	}
	toInt4(): number {
		throw new Error('value: not built yet');
	}
	toInt2(): number {
		throw new Error('value: not built yet');
	}
	toString(): string {
		throw new Error('value: not built yet');
	}
	/** Same text for equal values whatever their scale: a key for maps. */
	toKey(): string {
		throw new Error('value: not built yet');
	}
}

/** typmod of numeric(precision, scale) and back. */
export function numericTypmod(precision: number, scale: number): number {
	throw new Error('value: not built yet');
}
export function numericPrecision(typmod: number): number {
	throw new Error('value: not built yet');
}
export function numericScale(typmod: number): number {
	throw new Error('value: not built yet');
}
