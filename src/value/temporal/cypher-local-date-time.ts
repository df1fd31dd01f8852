/**
 * A local datetime of Cypher: a day and a time of the day without a zone. Its seconds since 1970 may pass 2^53, so it is kept
 * as two numbers.
 */
import { fromBigInt, type Int8 } from '../int8.ts';
import { checkEpochDay, dateText, NANOSECONDS_PER_SECOND, SECONDS_PER_DAY, timeText } from './calendar.ts';

export class CypherLocalDateTime {
	/** Days since 1970-01-01. */
	readonly epochDay: number;
	/** 0 to 86399999999999. */
	readonly nanosecondOfDay: number;

	constructor(epochDay: number, nanosecondOfDay: number) {
		this.epochDay = epochDay;
		this.nanosecondOfDay = nanosecondOfDay;
	}

	/** From seconds since 1970-01-01T00:00 and nanoseconds (0 to 999999999); an ArgumentError when the year is out of range. */
	static ofEpochSecond(second: Int8, nanosecond: number): CypherLocalDateTime {
		const { epochDay, secondOfDay } = splitSeconds(second);
		return new CypherLocalDateTime(epochDay, secondOfDay * NANOSECONDS_PER_SECOND + nanosecond);
	}

	/** Seconds since 1970-01-01T00:00, and the nanoseconds past them. */
	get epochSecond(): Int8 {
		return joinSeconds(this.epochDay, Math.floor(this.nanosecondOfDay / NANOSECONDS_PER_SECOND));
	}

	get nanosecond(): number {
		return this.nanosecondOfDay % NANOSECONDS_PER_SECOND;
	}

	compareTo(other: CypherLocalDateTime): number {
		const days = this.epochDay - other.epochDay;
		return days !== 0 ? days : this.nanosecondOfDay - other.nanosecondOfDay;
	}

	equals(other: CypherLocalDateTime): boolean {
		return this.epochDay === other.epochDay && this.nanosecondOfDay === other.nanosecondOfDay;
	}

	/** 2015-07-21T21:40:32.142. */
	toString(): string {
		return `${dateText(this.epochDay)}T${timeText(this.nanosecondOfDay)}`;
	}
}

/** Days and seconds as seconds. */
export function joinSeconds(epochDay: number, secondOfDay: number): Int8 {
	const seconds = epochDay * SECONDS_PER_DAY + secondOfDay;
	return Number.isSafeInteger(seconds) ? seconds : fromBigInt(BigInt(epochDay) * BigInt(SECONDS_PER_DAY) + BigInt(secondOfDay));
}

/** Seconds since 1970 as a day and a second of it; an ArgumentError when the year is out of range. */
export function splitSeconds(second: Int8): { readonly epochDay: number; readonly secondOfDay: number } {
	let epochDay: number;
	let secondOfDay: number;
	if (typeof second === 'number') {
		epochDay = Math.floor(second / SECONDS_PER_DAY);
		secondOfDay = second - epochDay * SECONDS_PER_DAY;
	} else {
		const day = BigInt(SECONDS_PER_DAY);
		const rest = ((second % day) + day) % day;
		epochDay = Number((second - rest) / day);
		secondOfDay = Number(rest);
	}
	checkEpochDay(epochDay);
	return { epochDay, secondOfDay };
}
