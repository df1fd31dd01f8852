/**
 * A time of Cypher: a time of the day with an offset from UTC. Times are ordered by the moment they name on one and the same
 * day, then by their local time; equal are only those with the same offset.
 */
import { NANOSECONDS_PER_SECOND, timeText, zoneOffsetText } from './calendar.ts';

export class CypherTime {
	/** Local, 0 to 86399999999999. */
	readonly nanosecondOfDay: number;
	/** East of UTC, −64800 to 64800. */
	readonly offsetSeconds: number;

	constructor(nanosecondOfDay: number, offsetSeconds: number) {
		this.nanosecondOfDay = nanosecondOfDay;
		this.offsetSeconds = offsetSeconds;
	}

	/** Nanoseconds since midnight UTC of the same day: may be negative or past the day's end. */
	get utcNanosecond(): number {
		return this.nanosecondOfDay - this.offsetSeconds * NANOSECONDS_PER_SECOND;
	}

	compareTo(other: CypherTime): number {
		const difference = this.utcNanosecond - other.utcNanosecond;
		return difference !== 0 ? difference : this.nanosecondOfDay - other.nanosecondOfDay;
	}

	equals(other: CypherTime): boolean {
		return this.nanosecondOfDay === other.nanosecondOfDay && this.offsetSeconds === other.offsetSeconds;
	}

	/** 21:40:32.142+01:00. */
	toString(): string {
		return timeText(this.nanosecondOfDay) + zoneOffsetText(this.offsetSeconds);
	}
}
