/** Ranges of sorted sets: by rank, by score, by name; read, counted, removed or stored. */
import { type Header, SORTED_SET } from '../../../model/redis/redis-layout.ts';
import type { RedisSpace } from '../../../model/redis/redis-space.ts';
import { allMembers, type MemberCursor, membersByScore, membersInNames, rankOf, removeScored, scoreOf, setScore } from '../../../model/redis/sorted-set.ts';
import type { Client } from '../client.ts';
import type { CommandHandler, CommandSet } from '../command.ts';
import { RedisError, SYNTAX } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';
import { nameRange, scoreRange } from './score-bounds.ts';
import { clampRange, find, store } from './typed.ts';

type By = 'rank' | 'score' | 'name';

interface RangeOptions {
	by: By;
	reverse: boolean;
	withScores: boolean;
	/** −1: none was given. */
	offset: number;
	limit: number;
	hasLimit: boolean;
}

export interface Found {
	readonly member: Uint8Array;
	readonly score: number;
}

/** The words after the bounds. `fixed`: older commands, whose names say what they are over. */
function rangeOptions(request: Request, from: number, by: By, reverse: boolean, fixed: boolean, allowsScores: boolean): RangeOptions {
	const options: RangeOptions = { by, reverse, withScores: false, offset: 0, limit: -1, hasLimit: false };
	for (let i = from; i < request.count; i++) {
		const word = request.lower(i);
		if (word === 'withscores' && allowsScores) options.withScores = true;
		else if (word === 'limit' && i + 2 < request.count) {
			options.offset = request.index(i + 1);
			options.limit = request.index(i + 2);
			options.hasLimit = true;
			i += 2;
		} else if (word === 'byscore' && !fixed) options.by = 'score';
		else if (word === 'bylex' && !fixed) options.by = 'name';
		else if (word === 'rev' && !fixed) options.reverse = true;
		else throw SYNTAX;
	}
	if (options.hasLimit && options.by === 'rank') {
		if (options.limit !== -1) throw new RedisError('ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX');
	}
	if (options.withScores && options.by === 'name') throw new RedisError('ERR syntax error, WITHSCORES not supported in combination with BYLEX');
	return options;
}

/** The members of a range, in its order. Bounds are the arguments at `at` and after it. */
function range(space: RedisSpace, request: Request, key: number, at: number, options: RangeOptions): Found[] {
	const { by, reverse } = options;
	const [minAt, maxAt] = reverse && by !== 'rank' ? [at + 1, at] : [at, at + 1];
	let start = 0;
	let end = 0;
	if (by === 'rank') {
		start = request.index(minAt);
		end = request.index(maxAt);
	}
	const scores = by === 'score' ? scoreRange(request, minAt, maxAt) : null;
	const names = by === 'name' ? nameRange(request, minAt, maxAt) : null;
	const set = find(space, request, key, SORTED_SET);
	if (set.type === 0) return [];
	if (scores !== null) return limited(membersByScore(space, set, scores, reverse), options);
	if (names !== null) return limited(membersInNames(space, set, names, reverse), options);
	const { first, last } = clampRange(start, end, set.count);
	return first > last ? [] : byRank(space, set, first, last, reverse);
}

/** Walks from the nearer end. */
function byRank(space: RedisSpace, set: Header, first: number, last: number, reverse: boolean): Found[] {
	const fromOtherEnd = first > set.count - 1 - last;
	const cursor = allMembers(space, set, reverse !== fromOtherEnd);
	cursor.skip(fromOtherEnd ? set.count - 1 - last : first);
	const found = take(cursor, last - first + 1);
	return fromOtherEnd ? found.reverse() : found;
}

function take(cursor: MemberCursor, count: number): Found[] {
	const found: Found[] = [];
	while (found.length < count && cursor.next()) found.push({ member: cursor.buffer.slice(cursor.start, cursor.end), score: cursor.score });
	cursor.close();
	return found;
}

function limited(cursor: MemberCursor, options: RangeOptions): Found[] {
	if (options.offset < 0) {
		cursor.close();
		return [];
	}
	cursor.skip(options.offset);
	return take(cursor, options.limit < 0 ? Number.POSITIVE_INFINITY : options.limit);
}

export function writeMembers(found: readonly Found[], withScores: boolean, out: ReplyBuffer): void {
	const asPairs = withScores && out.protocol === 3;
	out.array(withScores && !asPairs ? found.length * 2 : found.length);
	for (const { member, score } of found) {
		if (asPairs) out.array(2);
		out.bulkBytes(member);
		if (withScores) out.double(score);
	}
}

function zrange(by: By, reverse: boolean, fixed: boolean): CommandHandler {
	return (client, request, out) => {
		const options = rangeOptions(request, 4, by, reverse, fixed, true);
		writeMembers(range(client.space, request, 1, 2, options), options.withScores, out);
	};
}

function zrangestore(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const options = rangeOptions(request, 5, 'rank', false, false, false);
	storeMembers(space, request, 1, range(space, request, 2, 3, options), out);
}

/** Makes the key in an argument a sorted set of these members, or nothing when there are none; replies with their number. */
export function storeMembers(space: RedisSpace, request: Request, index: number, found: readonly Found[], out: ReplyBuffer): void {
	const { bytes, starts, ends } = request;
	const target = space.find(bytes, starts[index]!, ends[index]!, space.otherHeader);
	out.integer(found.length);
	if (found.length === 0) {
		if (target.isStored) space.removeKey(bytes, starts[index]!, ends[index]!, target);
		return;
	}
	target.create(SORTED_SET, space.newId());
	for (const { member, score } of found) setScore(space, target, member, 0, member.length, Number.NaN, score);
	store(space, request, index, target);
}

function rank(reverse: boolean): CommandHandler {
	return (client, request, out) => {
		const space = client.space;
		const { bytes, starts, ends } = request;
		const set = find(space, request, 1, SORTED_SET);
		const score = set.type === 0 ? Number.NaN : scoreOf(space, set, bytes, starts[2]!, ends[2]!);
		if (Number.isNaN(score)) out.nil();
		else out.integer(rankOf(space, set, bytes, starts[2]!, ends[2]!, score, reverse));
	};
}

function count(by: 'score' | 'name'): CommandHandler {
	return (client, request, out) => {
		const space = client.space;
		const scores = by === 'score' ? scoreRange(request, 2, 3) : null;
		const names = by === 'name' ? nameRange(request, 2, 3) : null;
		const set = find(space, request, 1, SORTED_SET);
		let members = 0;
		if (set.type !== 0) {
			const cursor = scores !== null ? membersByScore(space, set, scores, false) : membersInNames(space, set, names!, false);
			members = cursor.count();
		}
		out.integer(members);
	};
}

function removeRange(by: By): CommandHandler {
	return (client, request, out) => {
		const space = client.space;
		const found = range(space, request, 1, 2, { by, reverse: false, withScores: false, offset: 0, limit: -1, hasLimit: false });
		const set = space.header;
		for (const { member, score } of found) removeScored(space, set, member, 0, member.length, score);
		if (found.length > 0) store(space, request, 1, set);
		out.integer(found.length);
	};
}

export const sortedRangeCommands: CommandSet = {
	zrange: { run: zrange('rank', false, false) },
	zrevrange: { run: zrange('rank', true, true) },
	zrangebyscore: { run: zrange('score', false, true) },
	zrevrangebyscore: { run: zrange('score', true, true) },
	zrangebylex: { run: zrange('name', false, true) },
	zrevrangebylex: { run: zrange('name', true, true) },
	zrangestore: { run: zrangestore },
	zrank: { run: rank(false) },
	zrevrank: { run: rank(true) },
	zcount: { run: count('score') },
	zlexcount: { run: count('name') },
	zremrangebyscore: { run: removeRange('score') },
	zremrangebyrank: { run: removeRange('rank') },
	zremrangebylex: { run: removeRange('name') },
};
