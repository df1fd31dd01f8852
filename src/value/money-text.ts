/** Text of money: an int8 of cents, shown in the C locale as `$1,234.56` and `-$1.00`. */
import { sqlError } from '../platform/errors.ts';
import { fromBigInt, type Int8 } from './int8.ts';

const MONEY_TEXT = /^\s*(\()?\s*(-|\+)?\s*\$?\s*(-|\+)?\s*([0-9,]*)(?:\.([0-9]*))?\s*(\))?\s*$/;

export function parseMoney(text: string): Int8 {
	const match = MONEY_TEXT.exec(text);
	const whole = match?.[4]?.replaceAll(',', '') ?? '';
	const fraction = match?.[5] ?? '';
	if (match === null || (match[2] !== undefined && match[3] !== undefined)) throw sqlError('22P02', `invalid input syntax for type money: "${text}"`);
	const round = fraction.charCodeAt(2) >= 53 ? 1n : 0n;
	const magnitude = BigInt(whole + fraction.slice(0, 2).padEnd(2, '0')) + round;
	const negative = match[1] !== undefined || match[2] === '-' || match[3] === '-';
	const cents = negative ? -magnitude : magnitude;
	if (cents > 2n ** 63n - 1n || cents < -(2n ** 63n)) throw sqlError('22003', `value "${text}" is out of range for type money`);
	return fromBigInt(cents);
}

export function formatMoney(cents: Int8): string {
	const digits = (cents < 0 ? -cents : cents).toString().padStart(3, '0');
	const whole = digits.slice(0, -2).replace(/\B(?=(?:[0-9]{3})+$)/g, ',');
	return `${cents < 0 ? '-' : ''}$${whole}.${digits.slice(-2)}`;
}
