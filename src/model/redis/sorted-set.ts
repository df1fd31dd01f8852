/**
 * Members of a sorted set: by name, and in order of score and then name. Each is two entries (`redis-layout.ts`).
 *
 * Cost: a member's score, adding and removing it: a few entries. Ranges by score or name: their length. Ranks and ranges by
 * rank count entries from the nearer end, some millions a second.
 */
import type { Cursor } from '../../storage/contracts.ts';
import { afterPrefix, BY_MEMBER, BY_SCORE, ELEMENT_HEAD_BYTES, EntryKey, type Header, readScore } from './redis-layout.ts';
import type { RedisSpace } from './redis-space.ts';

const SCORE_AT = ELEMENT_HEAD_BYTES + 1;
const MEMBER_AT = SCORE_AT + 8;

const bound = new EntryKey();
const NO_BYTES = new Uint8Array(0);

/** The score of a member, NaN when it is not in the set. */
export function scoreOf(space: RedisSpace, set: Header, member: Uint8Array, start: number, end: number): number {
	return space.get(space.entry.member(set.id, member, start, end)) ? readScore(space.slot.buffer, space.slot.start) : Number.NaN;
}

/** Sets a member's score, `old` being what it has (NaN: none). The caller writes the header when the count has changed. */
export function setScore(space: RedisSpace, set: Header, member: Uint8Array, start: number, end: number, old: number, score: number): void {
	if (Number.isNaN(old)) set.count++;
	space.setMember(set.id, member, start, end, old, score);
}

export function removeScored(space: RedisSpace, set: Header, member: Uint8Array, start: number, end: number, score: number): void {
	set.count--;
	space.removeMember(set.id, member, start, end, score);
}

/** A walk over members, in order; `member` is valid until the next `next`. */
export class MemberCursor {
	buffer: Uint8Array;
	start: number;
	end: number;
	score: number;
	readonly #cursor: Cursor;
	readonly #byScore: boolean;

	constructor(cursor: Cursor, byScore: boolean) {
		this.#cursor = cursor;
		this.#byScore = byScore;
		this.buffer = NO_BYTES;
		this.start = 0;
		this.end = 0;
		this.score = 0;
	}

	next(): boolean {
		const cursor = this.#cursor;
		if (!cursor.next()) return false;
		this.buffer = cursor.keyBuffer;
		this.end = cursor.keyEnd;
		if (this.#byScore) {
			this.start = cursor.keyStart + MEMBER_AT;
			this.score = readScore(cursor.keyBuffer, cursor.keyStart + SCORE_AT);
		} else {
			this.start = cursor.keyStart + SCORE_AT;
			this.score = readScore(cursor.valueBuffer, cursor.valueStart);
		}
		return true;
	}

	/** Passes over up to `count` members. */
	skip(count: number): void {
		for (let left = count; left > 0 && this.#cursor.next(); left--);
	}

	/** How many members follow; closes it. */
	count(): number {
		let count = 0;
		while (this.#cursor.next()) count++;
		this.#cursor.close();
		return count;
	}

	close(): void {
		this.#cursor.close();
	}

	/** A copy of the member on which a cursor by name stands. */
	static memberOf(cursor: Cursor): Uint8Array {
		return cursor.keyBuffer.slice(cursor.keyStart + SCORE_AT, cursor.keyEnd);
	}
}

export interface ScoreRange {
	readonly min: number;
	readonly minExclusive: boolean;
	readonly max: number;
	readonly maxExclusive: boolean;
}

/** Bounds of names; null: unbounded. `nothing` when they contradict each other by themselves (`+` below, `-` above). */
export interface NameRange {
	readonly min: Uint8Array | null;
	readonly minExclusive: boolean;
	readonly max: Uint8Array | null;
	readonly maxExclusive: boolean;
	readonly nothing: boolean;
}

/** All members, by score. */
export function allMembers(space: RedisSpace, set: Header, reverse: boolean): MemberCursor {
	return new MemberCursor(space.elements(set.id, BY_SCORE, reverse), true);
}

/** All members, by name. */
export function membersByName(space: RedisSpace, set: Header, reverse = false): MemberCursor {
	return new MemberCursor(space.elements(set.id, BY_MEMBER, reverse), false);
}

function scoreBound(id: number, score: number, after: boolean): Uint8Array {
	bound.scored(id, score, NO_BYTES, 0, 0);
	const bytes = bound.copy();
	return after ? afterPrefix(bytes)! : bytes;
}

export function membersByScore(space: RedisSpace, set: Header, range: ScoreRange, reverse: boolean): MemberCursor {
	const lower = scoreBound(set.id, range.min, range.minExclusive);
	const upper = scoreBound(set.id, range.max, !range.maxExclusive);
	return new MemberCursor(space.cursor(lower, upper, reverse), true);
}

function nameBound(id: number, name: Uint8Array | null, after: boolean, whenOpen: number): Uint8Array {
	if (name === null) return bound.collection(id).then(whenOpen).copy();
	bound.member(id, name, 0, name.length);
	// The name with a zero byte behind it is the next possible one.
	return after ? bound.then(0).copy() : bound.copy();
}

/** Members by name, whatever their scores: Redis asks for sets in which all have the same. */
export function membersInNames(space: RedisSpace, set: Header, range: NameRange, reverse: boolean): MemberCursor {
	const lower = nameBound(set.id, range.min, range.minExclusive, BY_MEMBER);
	const upper = range.nothing ? lower : nameBound(set.id, range.max, !range.maxExclusive, BY_MEMBER + 1);
	return new MemberCursor(space.cursor(lower, upper, reverse), false);
}

/** How many members are before one of the given score and name, in the direction given. */
export function rankOf(space: RedisSpace, set: Header, member: Uint8Array, start: number, end: number, score: number, reverse: boolean): number {
	const at = bound.scored(set.id, score, member, start, end).copy();
	const lower = bound.collection(set.id).then(BY_SCORE).copy();
	const cursor = reverse ? space.cursor(at, afterPrefix(lower), true) : space.cursor(lower, at, false);
	let count = 0;
	while (cursor.next()) count++;
	cursor.close();
	// Backwards the member itself was counted.
	return reverse ? count - 1 : count;
}
