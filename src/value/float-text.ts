/**
 * Text of float8 and float4: the fewest digits that read back as the same number, laid out as PostgreSQL does it (an exponent
 * below −4 or from 15 on, 6 for float4, and always of two digits or more).
 */
import { sqlError } from '../platform/errors.ts';

const FLOAT_TEXT = /^[ \t\n\v\f\r]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:inf(?:inity)?|nan)|[+-]?0x[0-9a-f]+)[ \t\n\v\f\r]*$/i;

export function parseFloat8(text: string): number {
	return readFloat(text, 'double precision', (value) => value);
}

export function parseFloat4(text: string): number {
	return readFloat(text, 'real', Math.fround);
}

function readFloat(text: string, typeName: string, round: (value: number) => number): number {
	const plain = readPlain(text);
	if (plain !== 0 && Number.isFinite(plain) && round(plain) !== 0 && Number.isFinite(round(plain))) return round(plain);
	const match = FLOAT_TEXT.exec(text);
	if (match === null) throw sqlError('22P02', `invalid input syntax for type ${typeName}: "${text}"`);
	const written = match[1]!.toLowerCase();
	const letter = written.search(/[in]/);
	if (letter >= 0) return written[letter] === 'n' ? Number.NaN : written[0] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
	const value = round(readNumber(written));
	// Zero where a digit other than 0 stands before the exponent is an underflow.
	if (!Number.isFinite(value) || (value === 0 && /^[+-]?[0.]*[1-9]/.test(written)))
		throw sqlError('22003', `"${match[1]}" is out of range for type ${typeName}`);
	return value;
}

/** A text that begins and ends with a digit and is a number to JavaScript is one to PostgreSQL, but for 0b and 0o. NaN for any other. */
function readPlain(text: string): number {
	const first = text.charCodeAt(text.charCodeAt(0) === 45 ? 1 : 0) - 48;
	const last = text.charCodeAt(text.length - 1) - 48;
	if (!(first >= 0 && first <= 9 && last >= 0 && last <= 9) || text.charCodeAt(1) > 64) return Number.NaN;
	return Number(text);
}

function readNumber(written: string): number {
	if (!written.includes('x')) return Number(written);
	const magnitude = Number(written.replace(/^[+-]/, ''));
	return written[0] === '-' ? -magnitude : magnitude;
}

/** `extraFloatDigits` below 1 rounds to 15 digits and so many more. */
export function formatFloat8(value: number, extraFloatDigits = 1): string {
	if (extraFloatDigits > 0) {
		const magnitude = Math.abs(value);
		if ((magnitude >= 1e-4 && magnitude < 1e15) || Object.is(value, 0)) return String(value);
		return special(value) ?? layOut(value.toExponential(), 15);
	}
	const digits = Math.max(1, 15 + extraFloatDigits);
	return special(value) ?? layOut(Number(value.toPrecision(digits)).toExponential(), digits);
}

export function formatFloat4(value: number, extraFloatDigits = 1): string {
	const known = special(value);
	if (known !== null) return known;
	if (extraFloatDigits <= 0) {
		const digits = Math.max(1, 6 + extraFloatDigits);
		return layOut(Number(value.toPrecision(digits)).toExponential(), digits);
	}
	// A number of six digits or fewer is found by rounding to six; only denormals need fewer tried.
	for (let digits = Math.abs(value) < 1.2e-38 ? 1 : 6; digits < 9; digits++) {
		const rounded = Number(value.toPrecision(digits));
		if (Math.fround(rounded) === value) return layOut(rounded.toExponential(), 6);
	}
	return layOut(Number(value.toPrecision(9)).toExponential(), 6);
}

function special(value: number): string | null {
	if (value === 0) return Object.is(value, -0) ? '-0' : '0';
	if (Number.isFinite(value)) return null;
	return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** From d.ddde±x to PostgreSQL's layout, with an exponent from 10^`exponentFrom` on. */
function layOut(exponential: string, exponentFrom: number): string {
	const negative = exponential[0] === '-';
	const e = exponential.indexOf('e');
	const exponent = Number(exponential.slice(e + 1));
	const mantissa = exponential.slice(negative ? 1 : 0, e);
	const sign = negative ? '-' : '';
	if (exponent < -4 || exponent >= exponentFrom) {
		const size = Math.abs(exponent);
		return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
	}
	const digits = mantissa.replace('.', '');
	if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
	if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0');
	return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
