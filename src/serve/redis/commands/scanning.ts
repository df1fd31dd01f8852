/** Options of SCAN, SSCAN, HSCAN and ZSCAN, and the walk that they share. */
import type { Cursor } from '../../../storage/contracts.ts';
import type { Client } from '../client.ts';
import { GlobPattern } from '../glob-pattern.ts';
import { RedisError, SYNTAX } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';

const COUNT_DEFAULT = 10;

export interface ScanOptions {
	/** Where to go on: the first entry's key, or undefined at the beginning. */
	readonly place: Uint8Array | undefined;
	readonly pattern: GlobPattern | null;
	/** Entries to look at. */
	readonly count: number;
	/** Only keys of a type, by its name; '' for any. */
	readonly type: string;
}

/** The cursor is argument `at`; options follow it. */
export function scanOptions(client: Client, request: Request, at: number, allowsType: boolean): ScanOptions {
	const text = request.text(at);
	if (!/^\d{1,20}$/.test(text)) throw new RedisError('ERR invalid cursor');
	const cursor = Number(text);
	let pattern: GlobPattern | null = null;
	let count = COUNT_DEFAULT;
	let type = '';
	for (let i = at + 1; i < request.count; i += 2) {
		if (i + 1 >= request.count) throw SYNTAX;
		if (request.is(i, 'match')) pattern = new GlobPattern(request.view(i + 1));
		else if (request.is(i, 'count')) {
			count = request.index(i + 1);
			if (count < 1) throw SYNTAX;
		} else if (allowsType && request.is(i, 'type')) type = request.lower(i + 1);
		else throw SYNTAX;
	}
	const place = cursor === 0 ? undefined : client.server.cursors.place(cursor);
	if (cursor !== 0 && place === undefined) throw new RedisError('ERR invalid cursor');
	return { place, pattern, count, type };
}

/**
 * Walks up to `count` entries and replies with the next cursor and what `take` has gathered. `take` is called for each entry,
 * and adds to `found`.
 */
export function walk(client: Client, cursor: Cursor, count: number, out: ReplyBuffer, found: readonly Uint8Array[], take: (cursor: Cursor) => void): void {
	let next = 0;
	for (let left = count; cursor.next(); left--) {
		if (left === 0) {
			next = client.server.cursors.add(cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd));
			break;
		}
		take(cursor);
	}
	cursor.close();
	reply(out, next, found);
}

export function reply(out: ReplyBuffer, next: number, found: readonly Uint8Array[]): void {
	out.array(2);
	out.bulkText(String(next));
	out.array(found.length);
	for (const bytes of found) out.bulkBytes(bytes);
}
