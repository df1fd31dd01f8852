/**
 * A local time of Cypher: a time of the day without a zone.
 */
import { checkField, NANOSECONDS_PER_HOUR, NANOSECONDS_PER_MINUTE, NANOSECONDS_PER_SECOND, timeText } from './calendar.ts';

export class CypherLocalTime {
	/** 0 to 86399999999999. */
	readonly nanosecondOfDay: number;

	constructor(nanosecondOfDay: number) {
		this.nanosecondOfDay = nanosecondOfDay;
	}

	/** An ArgumentError when a field is out of its range. */
	static of(hour: number, minute = 0, second = 0, nanosecond = 0): CypherLocalTime {
		return new CypherLocalTime(nanosecondOfDay(hour, minute, second, nanosecond));
	}

	compareTo(other: CypherLocalTime): number {
		return this.nanosecondOfDay - other.nanosecondOfDay;
	}

	equals(other: CypherLocalTime): boolean {
		return this.nanosecondOfDay === other.nanosecondOfDay;
	}

	/** 21:40:32.142. */
	toString(): string {
		return timeText(this.nanosecondOfDay);
	}
}

/** Nanoseconds since midnight; an ArgumentError when a field is out of its range. */
export function nanosecondOfDay(hour: number, minute: number, second: number, nanosecond: number): number {
	checkField('hour', hour, 0, 23);
	checkField('minute', minute, 0, 59);
	checkField('second', second, 0, 59);
	checkField('nanosecond', nanosecond, 0, NANOSECONDS_PER_SECOND - 1);
	return hour * NANOSECONDS_PER_HOUR + minute * NANOSECONDS_PER_MINUTE + second * NANOSECONDS_PER_SECOND + nanosecond;
}
