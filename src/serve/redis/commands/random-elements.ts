/**
 * Elements taken at random: SRANDMEMBER, SPOP, HRANDFIELD, ZRANDMEMBER. Of up to `EXACT_MAX` elements each is as likely as any
 * other. In a larger collection a random place in the order of elements is chosen, and the element after it taken: those after
 * a wide gap come more often.
 */
import type { Header } from '../../../model/redis/redis-layout.ts';
import { elementStart, type RedisSpace } from '../../../model/redis/redis-space.ts';
import type { Cursor } from '../../../storage/contracts.ts';
import type { Client } from '../client.ts';
import { OUT_OF_RANGE } from '../redis-error.ts';
import { randomBetween } from './random-place.ts';

const EXACT_MAX = 1000;
/** Of so many times the elements wanted, fewer are found by chance than by looking at all. */
const SPARSE_FACTOR = 3;
const REPEATED_MAX = 10_000_000;

export interface PickedElement {
	readonly element: Uint8Array;
	readonly value: Uint8Array;
}

/** `tag`: of a sorted set's two entries for each member, which. */
export function pickElements(client: Client, header: Header, count: number, tag = -1): PickedElement[] {
	if (count < -REPEATED_MAX) throw OUT_OF_RANGE;
	if (count === 0) return [];
	const space = client.space;
	const random = (): number => client.server.host.platform.random.next();
	if (count > 0 && count >= header.count) return allElements(space, header, tag);
	if (header.count > EXACT_MAX && Math.abs(count) * SPARSE_FACTOR < header.count) return sample(space, header, count, tag, random);
	const all = allElements(space, header, tag);
	if (count < 0) return Array.from({ length: -count }, () => all[Math.floor(random() * all.length)]!);
	for (let i = 0; i < count; i++) {
		const other = i + Math.floor(random() * (all.length - i));
		[all[i], all[other]] = [all[other]!, all[i]!];
	}
	return all.slice(0, count);
}

function picked(cursor: Cursor, tag: number): PickedElement {
	return {
		element: cursor.keyBuffer.slice(elementStart(cursor) + (tag >= 0 ? 1 : 0), cursor.keyEnd),
		value: cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd),
	};
}

function allElements(space: RedisSpace, header: Header, tag: number): PickedElement[] {
	const all: PickedElement[] = [];
	const cursor = space.elements(header.id, tag);
	while (cursor.next()) all.push(picked(cursor, tag));
	cursor.close();
	return all;
}

function sample(space: RedisSpace, header: Header, count: number, tag: number, random: () => number): PickedElement[] {
	const [first, last] = [false, true].map((reverse) => {
		const cursor = space.elements(header.id, tag, reverse);
		cursor.next();
		const key = cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd);
		cursor.close();
		return key;
	}) as [Uint8Array, Uint8Array];
	const found: PickedElement[] = [];
	const seen = new Set<string>();
	while (found.length < Math.abs(count)) {
		const cursor = space.elements(header.id, tag, false, randomBetween(first, last, random));
		while (cursor.next()) {
			const one = picked(cursor, tag);
			const name = Buffer.from(one.element).toString('latin1');
			// One taken before: the next that was not.
			if (count > 0 && seen.has(name)) continue;
			seen.add(name);
			found.push(one);
			break;
		}
		cursor.close();
	}
	return found;
}
