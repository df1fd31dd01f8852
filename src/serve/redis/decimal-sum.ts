/**
 * Sums of decimal numbers, exactly: for INCRBYFLOAT and HINCRBYFLOAT, which Redis computes in long doubles and writes with up
 * to 17 places after the point, without an exponent. Sums of numbers as people write them come out the same.
 */
import { NOT_A_FLOAT, RedisError } from './redis-error.ts';
import { parseFloating } from './request.ts';

const PLACES_MAX = 17;
/** Larger exponents would make numbers of thousands of digits. */
const EXPONENT_MAX = 400;

interface Decimal {
	readonly digits: bigint;
	readonly places: number;
}

/** The sum, as the text that is stored. */
export function addDecimals(current: string, increment: string, notFloat: RedisError = NOT_A_FLOAT): string {
	const a = parse(current, notFloat);
	const b = parse(increment, NOT_A_FLOAT);
	const places = Math.max(a.places, b.places);
	const sum = a.digits * 10n ** BigInt(places - a.places) + b.digits * 10n ** BigInt(places - b.places);
	return format({ digits: sum, places });
}

function parse(text: string, notFloat: RedisError): Decimal {
	const value = parseFloating(text);
	if (value === undefined) throw notFloat;
	if (!Number.isFinite(value)) throw new RedisError('ERR increment would produce NaN or Infinity');
	const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
	if (match === null) return parse(String(value), notFloat);
	const fraction = match[3]!;
	const exponent = Number(match[4] ?? 0);
	if (Math.abs(exponent) > EXPONENT_MAX) return { digits: 0n, places: 0 };
	const digits = BigInt(`${match[2]}${fraction}`) * (match[1] === '-' ? -1n : 1n);
	const places = fraction.length - exponent;
	return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 };
}

function format({ digits, places }: Decimal): string {
	let shown = digits < 0n ? -digits : digits;
	let shownPlaces = places;
	if (places > PLACES_MAX) {
		const divisor = 10n ** BigInt(places - PLACES_MAX);
		shown = (shown + divisor / 2n) / divisor;
		shownPlaces = PLACES_MAX;
	}
	const text = String(shown).padStart(shownPlaces + 1, '0');
	const whole = text.slice(0, text.length - shownPlaces);
	const fraction = text.slice(text.length - shownPlaces).replace(/0+$/, '');
	const sign = digits < 0n && shown !== 0n ? '-' : '';
	return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
