/**
 * A duration of Cypher: months, days, seconds and nanoseconds, which cannot be turned into one another (a month has no fixed
 * days, a day no fixed seconds). Nanoseconds are 0 to 999999999 whatever the sign of the seconds. Durations are equal when all
 * four are; they have an order only for sorting, by their average length.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import { addInt8, compareInt8, fromBigInt, type Int8 } from '../int8.ts';
import { NANOSECONDS_PER_SECOND } from './calendar.ts';

/** The average month of the Gregorian calendar: 365.2425 / 12 days. */
export const AVERAGE_SECONDS_PER_MONTH = 2_629_746;

const INT8_MIN = -(2n ** 63n);
const INT8_MAX = 2n ** 63n - 1n;

export class CypherDuration {
	readonly months: number;
	readonly days: number;
	readonly seconds: Int8;
	/** 0 to 999999999. */
	readonly nanoseconds: number;

	constructor(months: number, days: number, seconds: Int8, nanoseconds: number) {
		this.months = months;
		this.days = days;
		this.seconds = seconds;
		this.nanoseconds = nanoseconds;
	}

	/** Nanoseconds of any size are carried into the seconds; an ArithmeticError when the whole is longer than 2^63 seconds. */
	static of(months: Int8, days: Int8, seconds: Int8, nanoseconds: Int8): CypherDuration {
		let rest: number;
		let carried: Int8;
		if (typeof nanoseconds === 'number') {
			carried = Math.floor(nanoseconds / NANOSECONDS_PER_SECOND);
			rest = nanoseconds - carried * NANOSECONDS_PER_SECOND;
		} else {
			const second = BigInt(NANOSECONDS_PER_SECOND);
			const part = ((nanoseconds % second) + second) % second;
			carried = fromBigInt((nanoseconds - part) / second);
			rest = Number(part);
		}
		const total = BigInt(months) * BigInt(AVERAGE_SECONDS_PER_MONTH) + BigInt(days) * 86_400n + BigInt(seconds) + BigInt(carried);
		if (total < INT8_MIN || total > INT8_MAX) throw durationOutOfRange();
		return new CypherDuration(safe(months), safe(days), carried === 0 ? seconds : addInt8(seconds, carried), rest);
	}

	/** The order of sorting: by average length, then months, days, seconds. */
	compareTo(other: CypherDuration): number {
		const length = compareInt8(this.averageSeconds, other.averageSeconds);
		if (length !== 0) return length;
		const nanoseconds = this.nanoseconds - other.nanoseconds;
		if (nanoseconds !== 0) return nanoseconds;
		const months = this.months - other.months;
		return months !== 0 ? months : this.days - other.days;
	}

	/** Seconds, with months and days of average length. */
	get averageSeconds(): Int8 {
		const ofMonthsAndDays = this.months * AVERAGE_SECONDS_PER_MONTH + this.days * 86_400;
		if (typeof this.seconds === 'number' && Number.isSafeInteger(ofMonthsAndDays) && Number.isSafeInteger(ofMonthsAndDays + this.seconds)) {
			return ofMonthsAndDays + this.seconds;
		}
		return fromBigInt(BigInt(this.months) * BigInt(AVERAGE_SECONDS_PER_MONTH) + BigInt(this.days) * 86_400n + BigInt(this.seconds));
	}

	equals(other: CypherDuration): boolean {
		return this.months === other.months && this.days === other.days && this.seconds === other.seconds && this.nanoseconds === other.nanoseconds;
	}

	/** P12Y5M14DT16H13M10.000000001S; PT0S for none. */
	toString(): string {
		const years = Math.trunc(this.months / 12);
		const months = this.months - years * 12;
		const date = part(years, 'Y') + part(months, 'M') + part(this.days, 'D');
		const time = this.#timeText();
		if (time !== '') return `P${date}T${time}`;
		return date === '' ? 'PT0S' : `P${date}`;
	}

	#timeText(): string {
		// The seconds as shown have the sign of the whole: −2 s and 1 ms are −1.999.
		const borrows = this.seconds < 0 && this.nanoseconds > 0;
		const seconds = borrows ? addInt8(this.seconds, 1) : this.seconds;
		const fraction = borrows ? NANOSECONDS_PER_SECOND - this.nanoseconds : this.nanoseconds;
		const whole = BigInt(seconds);
		const hours = whole / 3600n;
		const minutes = (whole / 60n) % 60n;
		const rest = whole % 60n;
		let text = hours === 0n ? '' : `${hours}H`;
		if (minutes !== 0n) text += `${minutes}M`;
		if (rest === 0n && fraction === 0) return text;
		const digits = fraction === 0 ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`;
		return `${text}${rest === 0n && borrows ? '-0' : rest}${digits}S`;
	}
}

function part(value: number, unit: string): string {
	return value === 0 ? '' : `${value}${unit}`;
}

function safe(value: Int8): number {
	if (!Number.isSafeInteger(value)) throw durationOutOfRange();
	return (value as number) + 0;
}

export function durationOutOfRange(): Error {
	return cypherError('ArithmeticError', 'duration is out of range');
}
