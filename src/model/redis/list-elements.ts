/**
 * The elements of a list, in order of their positions. They lie a step apart, so that an element is found by its index at
 * once, until one is removed from, or put into, the middle: then indexes are counted from the nearer end. A list whose
 * neighbours have no room between them is numbered anew.
 *
 * Every function takes the list's header and changes it; the caller writes it afterwards (`RedisSpace.setCollection`).
 */

import { equalBytes } from '../../bytes/compare-bytes.ts';
import type { Cursor } from '../../storage/contracts.ts';
import { ELEMENT_HEAD_BYTES, EntryKey, type Header, POSITION_FIRST, POSITION_STEP, readUint64, writeUint64 } from './redis-layout.ts';
import type { RedisSpace } from './redis-space.ts';

const place = new Uint8Array(8);
const bound = new EntryKey();

function positionOf(cursor: Cursor): number {
	return readUint64(cursor.keyBuffer, cursor.keyStart + ELEMENT_HEAD_BYTES);
}

function put(space: RedisSpace, id: number, position: number, value: Uint8Array, start: number, end: number): void {
	writeUint64(place, 0, position);
	space.setElement(id, place, 0, 8, value, start, end);
}

function remove(space: RedisSpace, id: number, position: number): void {
	writeUint64(place, 0, position);
	space.removeElement(id, place, 0, 8);
}

/** A cursor over the elements from a position on, in the direction given. */
function cursorFrom(space: RedisSpace, list: Header, position: number, reverse: boolean): Cursor {
	const { id, head, tail } = list;
	const lower = bound.position(id, reverse ? head : position).copy();
	const upper = bound.position(id, reverse ? position + 1 : tail).copy();
	return space.cursor(lower, upper, reverse);
}

export function pushElement(space: RedisSpace, list: Header, atHead: boolean, value: Uint8Array, start: number, end: number): void {
	let position: number;
	if (atHead) {
		position = list.count === 0 ? list.tail - POSITION_STEP : list.head - POSITION_STEP;
		list.head = position;
	} else {
		position = list.tail;
		list.tail += POSITION_STEP;
	}
	list.count++;
	put(space, list.id, position, value, start, end);
}

/** The place of an element, −1 when there is none. */
function positionAt(space: RedisSpace, list: Header, index: number): number {
	if (index < 0 || index >= list.count) return -1;
	if (!list.isUneven) return list.head + index * POSITION_STEP;
	const reverse = index > list.count / 2;
	const cursor = cursorFrom(space, list, reverse ? list.tail : list.head, reverse);
	let steps = reverse ? list.count - index : index + 1;
	while (steps > 0 && cursor.next()) steps--;
	const position = positionOf(cursor);
	cursor.close();
	return position;
}

/** The element at an index goes to the space's slot. */
export function elementAt(space: RedisSpace, list: Header, index: number): boolean {
	const position = positionAt(space, list, index);
	return position >= 0 && space.get(space.entry.position(list.id, position));
}

export function setElementAt(space: RedisSpace, list: Header, index: number, value: Uint8Array, start: number, end: number): void {
	put(space, list.id, positionAt(space, list, index), value, start, end);
}

/** Visits the elements with the indexes from `first` to `last`, forwards; buffers are valid during the call. */
export function eachElement(
	space: RedisSpace,
	list: Header,
	first: number,
	last: number,
	reverse: boolean,
	visit: (buffer: Uint8Array, start: number, end: number, index: number) => boolean | undefined,
): void {
	if (first > last) return;
	const cursor = cursorFrom(space, list, positionAt(space, list, reverse ? last : first), reverse);
	let index = reverse ? last : first;
	for (let left = last - first + 1; left > 0 && cursor.next(); left--) {
		if (visit(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd, index) === false) break;
		index += reverse ? -1 : 1;
	}
	cursor.close();
}

/** Takes elements off an end: visits and removes them. */
export function popElements(
	space: RedisSpace,
	list: Header,
	fromHead: boolean,
	count: number,
	visit: (buffer: Uint8Array, start: number, end: number) => void,
): void {
	const cursor = cursorFrom(space, list, fromHead ? list.head : list.tail, !fromHead);
	const taken: number[] = [];
	let next = -1;
	while (cursor.next()) {
		if (taken.length === count) {
			next = positionOf(cursor);
			break;
		}
		visit(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
		taken.push(positionOf(cursor));
	}
	cursor.close();
	for (const position of taken) remove(space, list.id, position);
	list.count -= taken.length;
	if (list.count === 0) list.head = list.tail;
	else if (fromHead) list.head = next;
	else list.tail = next + POSITION_STEP;
	if (list.count <= 1) list.isUneven = false;
}

/** Keeps the elements with the indexes from `first` to `last` only. */
export function trimList(space: RedisSpace, list: Header, first: number, last: number): void {
	const kept = last - first + 1;
	const removed = list.count - kept;
	if (removed <= kept + 16) {
		if (first > 0) popElements(space, list, true, first, () => undefined);
		if (list.count > kept) popElements(space, list, false, list.count - kept, () => undefined);
		return;
	}
	// Few are kept: they are written under another id, and the old one is swept.
	const values: Uint8Array[] = [];
	eachElement(space, list, first, last, false, (buffer, start, end) => void values.push(buffer.slice(start, end)));
	renumber(space, list, values);
}

/** Writes the list anew under another id. */
function renumber(space: RedisSpace, list: Header, values: readonly Uint8Array[]): void {
	list.id = space.newId();
	list.count = 0;
	list.head = POSITION_FIRST;
	list.tail = POSITION_FIRST;
	list.isUneven = false;
	for (const value of values) pushElement(space, list, false, value, 0, value.length);
}

/** Within a transaction: removes up to `count` elements equal to a value (0: all), from the head or from the tail; returns how many. */
export function removeEqual(space: RedisSpace, list: Header, count: number, fromTail: boolean, value: Uint8Array, start: number, end: number): number {
	const cursor = cursorFrom(space, list, fromTail ? list.tail : list.head, fromTail);
	const removed: number[] = [];
	while ((count === 0 || removed.length < count) && cursor.next()) {
		if (equalBytes(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd, value, start, end)) removed.push(positionOf(cursor));
	}
	cursor.close();
	for (const position of removed) remove(space, list.id, position);
	list.count -= removed.length;
	if (removed.length > 0) settleEnds(space, list);
	return removed.length;
}

/** After removals anywhere: finds both ends, and whether the elements lie evenly. */
function settleEnds(space: RedisSpace, list: Header): void {
	if (list.count === 0) {
		list.head = list.tail;
		list.isUneven = false;
		return;
	}
	const forwards = cursorFrom(space, list, list.head, false);
	if (forwards.next()) list.head = positionOf(forwards);
	forwards.close();
	const backwards = cursorFrom(space, list, list.tail, true);
	if (backwards.next()) list.tail = positionOf(backwards) + POSITION_STEP;
	backwards.close();
	list.isUneven = list.isUneven || list.tail - list.head !== list.count * POSITION_STEP;
	if (list.count === 1) list.isUneven = false;
}

/** Puts a value before or after the first element equal to `pivot`; false when there is none. */
export function insertBeside(
	space: RedisSpace,
	list: Header,
	isBefore: boolean,
	pivot: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
	value: Uint8Array,
	start: number,
	end: number,
): boolean {
	const cursor = cursorFrom(space, list, list.head, false);
	let previous = -1;
	let found = -1;
	let next = -1;
	while (cursor.next()) {
		const position = positionOf(cursor);
		if (found >= 0) {
			next = position;
			break;
		}
		if (equalBytes(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd, pivot.bytes, pivot.start, pivot.end)) found = position;
		else previous = position;
	}
	cursor.close();
	if (found < 0) return false;
	const lower = isBefore ? previous : found;
	const upper = isBefore ? found : next;
	if (lower < 0 || upper < 0) {
		pushElement(space, list, lower < 0, value, start, end);
		return true;
	}
	const middle = lower + Math.floor((upper - lower) / 2);
	if (middle > lower) {
		put(space, list.id, middle, value, start, end);
		list.count++;
		list.isUneven = true;
		return true;
	}
	const values: Uint8Array[] = [];
	const all = cursorFrom(space, list, list.head, false);
	while (all.next()) {
		const isPivot = positionOf(all) === found;
		if (isPivot && isBefore) values.push(value.slice(start, end));
		values.push(all.valueBuffer.slice(all.valueStart, all.valueEnd));
		if (isPivot && !isBefore) values.push(value.slice(start, end));
	}
	all.close();
	renumber(space, list, values);
	return true;
}
