/** Finding keys that must hold a certain type, and what commands of several types share. */
import { type Header, STRING } from '../../../model/redis/redis-layout.ts';
import type { RedisSpace } from '../../../model/redis/redis-space.ts';
import { WRONG_TYPE } from '../redis-error.ts';
import type { Request } from '../request.ts';

/** The key named by an argument: of the type, or absent. */
export function find(space: RedisSpace, request: Request, index: number, type: number, header: Header = space.header): Header {
	space.find(request.bytes, request.starts[index]!, request.ends[index]!, header);
	if (header.type !== 0 && header.type !== type) throw WRONG_TYPE;
	return header;
}

export function findString(space: RedisSpace, request: Request, index: number): Header {
	return find(space, request, index, STRING);
}

/** The same for a change: where there is none, an empty one. */
export function findOrCreate(space: RedisSpace, request: Request, index: number, type: number, header: Header = space.header): Header {
	space.collection(request.bytes, request.starts[index]!, request.ends[index]!, type, header);
	if (header.type !== type) throw WRONG_TYPE;
	return header;
}

/** Writes the header of the key named by an argument; removes the key when nothing is left. */
export function store(space: RedisSpace, request: Request, index: number, header: Header): void {
	space.setCollection(request.bytes, request.starts[index]!, request.ends[index]!, header);
}

/** Tells watchers that an element changed while the count did not. */
export function touch(space: RedisSpace, request: Request, index: number): void {
	space.touch(request.bytes, request.starts[index]!, request.ends[index]!);
}

/** A range of indexes, negative ones from the end, as both ends within [0, count); first > last when it is empty. */
export function clampRange(first: number, last: number, count: number): { readonly first: number; readonly last: number } {
	const from = Math.max(0, first < 0 ? first + count : first);
	const to = Math.min(count - 1, last < 0 ? last + count : last);
	return { first: from, last: to };
}

/** The same within a string, where an end before the beginning means the first byte. */
export function byteRange(start: number, end: number, length: number): { readonly first: number; readonly last: number } {
	if (length === 0 || (start < 0 && end < 0 && start > end)) return { first: 0, last: -1 };
	const { first, last } = clampRange(start, end, length);
	return { first, last: Math.max(0, last) };
}
