/**
 * A datetime of Cypher: a moment with an offset from UTC or a named zone. Kept are the local day and time, the offset in force
 * and the zone's name, so that values read back are those that were stored even when the zone's rules change.
 *
 * Datetimes are ordered by their moment, then by offset, then by name; equal are only those with the same zone.
 */
import type { Int8 } from '../int8.ts';
import { dateText, NANOSECONDS_PER_DAY, NANOSECONDS_PER_SECOND, SECONDS_PER_DAY, timeText, zoneOffsetText } from './calendar.ts';
import { joinSeconds, splitSeconds } from './cypher-local-date-time.ts';
import { offsetAtSecond, offsetOfLocal, type TemporalZone } from './temporal-zone.ts';

export class CypherDateTime {
	/** Local: days since 1970-01-01. */
	readonly epochDay: number;
	/** Local, 0 to 86399999999999. */
	readonly nanosecondOfDay: number;
	/** East of UTC. */
	readonly offsetSeconds: number;
	/** IANA name, or null where there is only the offset. */
	readonly zoneName: string | null;

	constructor(epochDay: number, nanosecondOfDay: number, offsetSeconds: number, zoneName: string | null) {
		this.epochDay = epochDay;
		this.nanosecondOfDay = nanosecondOfDay;
		this.offsetSeconds = offsetSeconds;
		this.zoneName = zoneName;
	}

	/** What a clock in the zone shows. Where it shows that twice, the first; where it never does, later by the gap. */
	static ofLocal(epochDay: number, nanosecondOfDay: number, zone: TemporalZone): CypherDateTime {
		if (zone.name === null) return new CypherDateTime(epochDay, nanosecondOfDay, zone.offsetSeconds, null);
		const local = joinSeconds(epochDay, Math.floor(nanosecondOfDay / NANOSECONDS_PER_SECOND));
		const { offsetSeconds, gapSeconds } = offsetOfLocal(zone, local);
		if (gapSeconds === 0) return new CypherDateTime(epochDay, nanosecondOfDay, offsetSeconds, zone.name);
		const moved = nanosecondOfDay + gapSeconds * NANOSECONDS_PER_SECOND;
		const days = Math.floor(moved / NANOSECONDS_PER_DAY);
		return new CypherDateTime(epochDay + days, moved - days * NANOSECONDS_PER_DAY, offsetSeconds, zone.name);
	}

	/** A moment (seconds since 1970 UTC, nanoseconds 0 to 999999999) as a clock in the zone shows it; an ArgumentError when the year is out of range. */
	static ofEpochSecond(second: Int8, nanosecond: number, zone: TemporalZone): CypherDateTime {
		const offsetSeconds = zone.name === null ? zone.offsetSeconds : offsetAtSecond(zone, second);
		const utc = splitSeconds(second);
		const local = utc.secondOfDay + offsetSeconds;
		const days = Math.floor(local / SECONDS_PER_DAY);
		const nanosecondOfDay = (local - days * SECONDS_PER_DAY) * NANOSECONDS_PER_SECOND + nanosecond;
		return new CypherDateTime(utc.epochDay + days, nanosecondOfDay, offsetSeconds, zone.name);
	}

	/** Seconds since 1970-01-01T00:00Z, and the nanoseconds past them. */
	get epochSecond(): Int8 {
		return joinSeconds(this.epochDay, Math.floor(this.nanosecondOfDay / NANOSECONDS_PER_SECOND) - this.offsetSeconds);
	}

	/** Seconds of the local day and time since 1970-01-01T00:00 (as Bolt before 5.0 sends them). */
	get localEpochSecond(): Int8 {
		return joinSeconds(this.epochDay, Math.floor(this.nanosecondOfDay / NANOSECONDS_PER_SECOND));
	}

	get nanosecond(): number {
		return this.nanosecondOfDay % NANOSECONDS_PER_SECOND;
	}

	get zone(): TemporalZone {
		return { name: this.zoneName, offsetSeconds: this.offsetSeconds };
	}

	/** Nanoseconds between the moments would be inexact: days and nanoseconds are compared apart. */
	compareTo(other: CypherDateTime): number {
		const days = this.epochDay - other.epochDay;
		// Within three days the difference in nanoseconds is exact; past that no offset can turn the order.
		if (days > 2 || days < -2) return days;
		const offsets = this.offsetSeconds - other.offsetSeconds;
		const difference = days * NANOSECONDS_PER_DAY + this.nanosecondOfDay - other.nanosecondOfDay - offsets * NANOSECONDS_PER_SECOND;
		if (difference !== 0) return difference;
		if (offsets !== 0) return offsets;
		const left = this.zoneName ?? '';
		const right = other.zoneName ?? '';
		// Names of zones are ASCII.
		return left < right ? -1 : left > right ? 1 : 0;
	}

	equals(other: CypherDateTime): boolean {
		return (
			this.epochDay === other.epochDay &&
			this.nanosecondOfDay === other.nanosecondOfDay &&
			this.offsetSeconds === other.offsetSeconds &&
			this.zoneName === other.zoneName
		);
	}

	/** 2015-07-21T21:40:32.142+02:00[Europe/Stockholm]. */
	toString(): string {
		const zone = this.zoneName === null ? '' : `[${this.zoneName}]`;
		return `${dateText(this.epochDay)}T${timeText(this.nanosecondOfDay)}${zoneOffsetText(this.offsetSeconds)}${zone}`;
	}
}
