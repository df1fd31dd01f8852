/**
 * Zones of Cypher's times: an offset from UTC, or an IANA name whose offsets come from the runtime (`value/time-zone.ts`).
 *
 * Cost: an offset at a moment is a look-up in the zone's changes of one year, found once.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import type { Int8 } from '../int8.ts';
import { namedZone, type TimeZone } from '../time-zone.ts';
import { SECONDS_PER_DAY } from './calendar.ts';

export interface TemporalZone {
	/** IANA name, or null for a plain offset. */
	readonly name: string | null;
	/** Seconds east of UTC; without meaning where there is a name. */
	readonly offsetSeconds: number;
}

export const UTC_ZONE: TemporalZone = { name: null, offsetSeconds: 0 };

/** Java's and so Cypher's limit of an offset: 18 hours. */
export const OFFSET_SECONDS_MAX = 18 * 3600;

const SECONDS_PER_CYCLE = 146_097 * SECONDS_PER_DAY;
const SECOND_OF_2000 = 946_684_800n;
const SECOND_OF_2400 = 13_569_465_600;
/** 0001-01-01: before it every zone has its first offset. */
const SECOND_FIRST = -62_135_596_800;

/** `Z`, `+01`, `+0100`, `+01:00:00`, or an IANA name in any case; an ArgumentError for anything else. */
export function parseZone(text: string): TemporalZone {
	const offset = parseOffset(text);
	if (offset !== null) return { name: null, offsetSeconds: offset };
	const zone = ianaZone(text);
	if (zone === undefined)
		throw cypherError('ArgumentError', `"${text}" is no time zone`, { hint: "Write an offset such as '+01:00' or a name such as 'Europe/Stockholm'." });
	return { name: zone.name, offsetSeconds: 0 };
}

/** Seconds east of UTC, or null when the text is no offset; an ArgumentError when it is one past 18 hours. */
export function parseOffset(text: string): number | null {
	if (text === 'Z' || text === 'z') return 0;
	const match = /^([+-])(\d{1,2})(?:(\d{2})(\d{2})?|:(\d{2})(?::(\d{2}))?)?$/.exec(text);
	if (match === null) return null;
	const minutes = Number(match[3] ?? match[5] ?? 0);
	const seconds = Number(match[4] ?? match[6] ?? 0);
	const offset = Number(match[2]) * 3600 + minutes * 60 + seconds;
	if (minutes > 59 || seconds > 59 || offset > OFFSET_SECONDS_MAX)
		throw cypherError('ArgumentError', `offset "${text}" is out of range: offsets go from -18:00 to +18:00`);
	return match[1] === '-' ? 0 - offset : offset;
}

/** A zone of the runtime by name, or undefined. */
function ianaZone(name: string): TimeZone | undefined {
	// POSIX texts, which the house's zones read too, are no names here.
	return /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name) && !/^[A-Za-z]{3,}[+-]?\d/.test(name) ? namedZone(name) : undefined;
}

/** Seconds east of UTC at a second since 1970 UTC. */
export function offsetAtSecond(zone: TemporalZone, second: Int8): number {
	if (zone.name === null) return zone.offsetSeconds;
	return knownZone(zone.name).offsetAt(within(second) * 1_000_000);
}

/** The offset that a local second means, and by how much it is moved because no clock in the zone shows it. */
export function offsetOfLocal(zone: TemporalZone, localSecond: Int8): { readonly offsetSeconds: number; readonly gapSeconds: number } {
	if (zone.name === null) return { offsetSeconds: zone.offsetSeconds, gapSeconds: 0 };
	const rules = knownZone(zone.name);
	const second = within(localSecond);
	// The offsets of the day before and of the day after are those on both sides of a change nearby.
	const before = rules.offsetAt((second - SECONDS_PER_DAY) * 1_000_000);
	if (rules.offsetAt((second - before) * 1_000_000) === before) return { offsetSeconds: before, gapSeconds: 0 };
	const after = rules.offsetAt((second + SECONDS_PER_DAY) * 1_000_000);
	if (rules.offsetAt((second - after) * 1_000_000) === after) return { offsetSeconds: after, gapSeconds: 0 };
	return { offsetSeconds: after, gapSeconds: after - before };
}

function knownZone(name: string): TimeZone {
	const zone = ianaZone(name);
	if (zone === undefined) throw cypherError('ArgumentError', `"${name}" is no time zone`);
	return zone;
}

/** Moved by whole cycles of 400 years, in which calendar and rules repeat, to where microseconds are exact numbers. */
function within(second: Int8): number {
	if (typeof second === 'number' && second < SECOND_OF_2400 && second > SECOND_FIRST) return second;
	const value = BigInt(second);
	if (value < 0n) return SECOND_FIRST;
	const cycle = BigInt(SECONDS_PER_CYCLE);
	return Number((value - SECOND_OF_2000) % cycle) + Number(SECOND_OF_2000);
}
