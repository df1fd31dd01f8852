/** Time zones: IANA names, POSIX and numeric offsets. */
import type { Int8 } from './int8.ts';
export interface TimeZone {
	readonly name: string;
	/** Seconds east of UTC at an instant (microseconds since 1970 UTC). */
	offsetAt(instant: Int8): number;
	/** Seconds east of UTC that a local timestamp means; in gaps and overlaps as PostgreSQL decides. */
	offsetOfLocal(local: Int8): number;
	/** Abbreviation in force at an instant, such as CET; the offset where there is none. */
	abbreviationAt(instant: Int8): string;
}
export const utc: TimeZone = null as unknown as TimeZone;
/** A zone by IANA name (any case), abbreviation, POSIX text or offset; undefined if unknown. */
export function timeZoneByName(name: string): TimeZone | undefined {
	throw new Error('value: not built yet');
}
/** A fixed offset in seconds east of UTC. */
export function fixedTimeZone(secondsEast: number): TimeZone {
	throw new Error('value: not built yet');
}
