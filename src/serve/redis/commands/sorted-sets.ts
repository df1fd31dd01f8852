/** Sorted sets: members, scores, what is taken from an end. Ranges are in `sorted-ranges.ts`, combinations in `sorted-unions.ts`. */
import { BY_MEMBER, type Header, readScore, SORTED_SET } from '../../../model/redis/redis-layout.ts';
import type { RedisSpace } from '../../../model/redis/redis-space.ts';
import { allMembers, MemberCursor, removeScored, scoreOf, setScore } from '../../../model/redis/sorted-set.ts';
import type { Client } from '../client.ts';
import type { CommandHandler, CommandSet } from '../command.ts';
import { NOT_A_FLOAT, NOT_POSITIVE, RedisError, SYNTAX, wrongArguments } from '../redis-error.ts';
import { doubleText, type ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';
import { countedKeys, timeoutMs, waitFor } from './blocking.ts';
import { pickElements } from './random-elements.ts';
import { scanOptions, walk } from './scanning.ts';
import { find, findOrCreate, store, touch } from './typed.ts';

const ANY = Number.POSITIVE_INFINITY;
const RESULT_NOT_A_NUMBER = 'ERR resulting score is not a number (NaN)';

interface AddOptions {
	nx: boolean;
	xx: boolean;
	gt: boolean;
	lt: boolean;
	ch: boolean;
	incr: boolean;
	/** The first argument after them. */
	next: number;
}

function addOptions(request: Request): AddOptions {
	const options: AddOptions = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: false, next: 2 };
	for (; options.next < request.count; options.next++) {
		// Most often a score comes at once.
		const first = request.bytes[request.starts[options.next]!]!;
		if (first >= 0x2b && first <= 0x39) break;
		const word = request.lower(options.next);
		if (word !== 'nx' && word !== 'xx' && word !== 'gt' && word !== 'lt' && word !== 'ch' && word !== 'incr') break;
		options[word] = true;
	}
	const pairs = request.count - options.next;
	if (pairs === 0 || pairs % 2 === 1) throw SYNTAX;
	if (options.nx && options.xx) throw new RedisError('ERR XX and NX options at the same time are not compatible');
	if ((options.gt && options.lt) || (options.nx && (options.gt || options.lt))) {
		throw new RedisError('ERR GT, LT, and/or NX options at the same time are not compatible');
	}
	if (options.incr && pairs > 2) throw new RedisError('ERR INCR option supports a single increment-element pair');
	return options;
}

/** The score that a member gets; undefined when it keeps what it has. */
function newScore(options: AddOptions, old: number, given: number): number | undefined {
	const isNew = Number.isNaN(old);
	if (isNew ? options.xx : options.nx) return undefined;
	const score = options.incr && !isNew ? old + given : given;
	if (Number.isNaN(score)) throw new RedisError(RESULT_NOT_A_NUMBER);
	if (!isNew && ((options.gt && score <= old) || (options.lt && score >= old))) return undefined;
	return score;
}

function zadd(client: Client, request: Request, out: ReplyBuffer): void {
	const options = addOptions(request);
	const { bytes, starts, ends, count } = request;
	for (let i = options.next; i < count; i += 2) request.float(i, NOT_A_FLOAT.message);
	const space = client.space;
	const set = options.xx ? find(space, request, 1, SORTED_SET) : findOrCreate(space, request, 1, SORTED_SET);
	const before = set.count;
	let changed = 0;
	let last: number | undefined;
	for (let i = options.next; i < count; i += 2) {
		const start = starts[i + 1]!;
		const end = ends[i + 1]!;
		const old = set.count === 0 ? Number.NaN : scoreOf(space, set, bytes, start, end);
		last = newScore(options, old, request.float(i, NOT_A_FLOAT.message));
		if (last === undefined || last === old) continue;
		setScore(space, set, bytes, start, end, old, last);
		changed++;
	}
	if (set.count !== before) store(space, request, 1, set);
	else if (changed > 0) touch(space, request, 1);
	if (!options.incr) out.integer(options.ch ? changed : set.count - before);
	else if (last === undefined) out.nil();
	else out.double(last);
}

function zincrby(client: Client, request: Request, out: ReplyBuffer): void {
	const increment = request.float(2, NOT_A_FLOAT.message);
	const space = client.space;
	const { bytes, starts, ends } = request;
	const set = findOrCreate(space, request, 1, SORTED_SET);
	const old = set.count === 0 ? Number.NaN : scoreOf(space, set, bytes, starts[3]!, ends[3]!);
	const score = Number.isNaN(old) ? increment : old + increment;
	if (Number.isNaN(score)) throw new RedisError(RESULT_NOT_A_NUMBER);
	if (score !== old) setScore(space, set, bytes, starts[3]!, ends[3]!, old, score);
	if (Number.isNaN(old)) store(space, request, 1, set);
	else touch(space, request, 1);
	out.double(score);
}

function zrem(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const { bytes, starts, ends } = request;
	const set = find(space, request, 1, SORTED_SET);
	const before = set.count;
	for (let i = 2; i < request.count && set.count > 0; i++) {
		const score = scoreOf(space, set, bytes, starts[i]!, ends[i]!);
		if (!Number.isNaN(score)) removeScored(space, set, bytes, starts[i]!, ends[i]!, score);
	}
	if (set.count !== before) store(space, request, 1, set);
	out.integer(before - set.count);
}

function zcard(client: Client, request: Request, out: ReplyBuffer): void {
	out.integer(find(client.space, request, 1, SORTED_SET).count);
}

function writeScoreOf(space: RedisSpace, set: Header, request: Request, index: number, out: ReplyBuffer): void {
	const score = set.type === 0 ? Number.NaN : scoreOf(space, set, request.bytes, request.starts[index]!, request.ends[index]!);
	if (Number.isNaN(score)) out.nil();
	else out.double(score);
}

function zscore(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	writeScoreOf(space, find(space, request, 1, SORTED_SET), request, 2, out);
}

function zmscore(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const set = find(space, request, 1, SORTED_SET);
	out.array(request.count - 2);
	for (let i = 2; i < request.count; i++) writeScoreOf(space, set, request, i, out);
}

/** Takes members off an end, and writes each as member and score. */
function popMembers(space: RedisSpace, request: Request, key: number, set: Header, fromMax: boolean, count: number, out: ReplyBuffer, asPairs: boolean): void {
	const cursor = allMembers(space, set, fromMax);
	const taken: { readonly member: Uint8Array; readonly score: number }[] = [];
	while (taken.length < count && cursor.next()) taken.push({ member: cursor.buffer.slice(cursor.start, cursor.end), score: cursor.score });
	cursor.close();
	for (const { member, score } of taken) {
		if (asPairs) out.array(2);
		out.bulkBytes(member);
		out.double(score);
		removeScored(space, set, member, 0, member.length, score);
	}
	store(space, request, key, set);
}

function zpop(name: string, fromMax: boolean): CommandHandler {
	return (client, request, out) => {
		const space = client.space;
		if (request.count > 3) throw wrongArguments(name);
		const count = request.count === 3 ? request.index(2, NOT_POSITIVE) : 1;
		if (!(count >= 0)) throw NOT_POSITIVE;
		const set = find(space, request, 1, SORTED_SET);
		const taken = Math.min(count, set.count);
		const asPairs = request.count === 3 && out.protocol === 3;
		out.array(asPairs ? taken : taken * 2);
		if (taken > 0) popMembers(space, request, 1, set, fromMax, taken, out, asPairs);
	};
}

function popFirst(space: RedisSpace, request: Request, first: number, last: number, fromMax: boolean, out: ReplyBuffer): boolean {
	for (let i = first; i <= last; i++) {
		const set = find(space, request, i, SORTED_SET);
		if (set.type === 0) continue;
		out.array(3);
		out.bulkBytes(request.view(i));
		popMembers(space, request, i, set, fromMax, 1, out, false);
		return true;
	}
	return false;
}

function blockingPop(fromMax: boolean): CommandHandler {
	return (client, request, out) => {
		const last = request.count - 2;
		const timeout = timeoutMs(request, request.count - 1);
		const attempt = (asked: Request, reply: ReplyBuffer): boolean => popFirst(client.space, asked, 1, last, fromMax, reply);
		if (!attempt(request, out)) waitFor(client, request, 1, last, timeout, attempt, (reply) => reply.nilArray());
	};
}

function popSeveral(space: RedisSpace, request: Request, first: number, last: number, fromMax: boolean, count: number, out: ReplyBuffer): boolean {
	for (let i = first; i <= last; i++) {
		const set = find(space, request, i, SORTED_SET);
		if (set.type === 0) continue;
		out.array(2);
		out.bulkBytes(request.view(i));
		out.array(Math.min(count, set.count));
		popMembers(space, request, i, set, fromMax, count, out, true);
		return true;
	}
	return false;
}

function zmpop(isBlocking: boolean): CommandHandler {
	return (client, request, out) => {
		const timeout = isBlocking ? timeoutMs(request, 1) : -1;
		const { first, last } = countedKeys(request, isBlocking ? 2 : 1);
		const fromMax = request.count > last + 1 && request.is(last + 1, 'max');
		if (!fromMax && !(request.count > last + 1 && request.is(last + 1, 'min'))) throw SYNTAX;
		let count = 1;
		if (request.count > last + 2) {
			if (request.count !== last + 4 || !request.is(last + 2, 'count')) throw SYNTAX;
			const wrong = new RedisError('ERR count should be greater than 0');
			count = request.index(last + 3, wrong);
			if (!(count > 0)) throw wrong;
		}
		const attempt = (asked: Request, reply: ReplyBuffer): boolean => popSeveral(client.space, asked, first, last, fromMax, count, reply);
		if (attempt(request, out)) return;
		if (isBlocking) waitFor(client, request, first, last, timeout, attempt, (reply) => reply.nilArray());
		else out.nilArray();
	};
}

function zrandmember(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	if (request.count > 4 || (request.count === 4 && !request.is(3, 'withscores'))) throw SYNTAX;
	const withScores = request.count === 4;
	const count = request.count > 2 ? request.index(2) : 1;
	const set = find(space, request, 1, SORTED_SET);
	const picked = set.type === 0 ? [] : pickElements(client, set, count, BY_MEMBER);
	if (request.count === 2) {
		if (picked.length === 0) out.nil();
		else out.bulkBytes(picked[0]!.element);
		return;
	}
	const asPairs = withScores && out.protocol === 3;
	out.array(withScores && !asPairs ? picked.length * 2 : picked.length);
	for (const { element, value } of picked) {
		if (asPairs) out.array(2);
		out.bulkBytes(element);
		if (withScores) out.double(readScore(value, 0));
	}
}

function zscan(client: Client, request: Request, out: ReplyBuffer): void {
	const options = scanOptions(client, request, 2, false);
	const space = client.space;
	const set = find(space, request, 1, SORTED_SET);
	const found: Uint8Array[] = [];
	const cursor = space.elements(set.type === 0 ? 0 : set.id, BY_MEMBER, false, options.place ?? null);
	walk(client, cursor, options.count, out, found, () => {
		const member = MemberCursor.memberOf(cursor);
		if (options.pattern?.matches(member, 0, member.length) === false) return;
		found.push(member, Buffer.from(doubleText(readScore(cursor.valueBuffer, cursor.valueStart))));
	});
}

export const sortedSetCommands: CommandSet = {
	zadd: { run: zadd, directArguments: 4 },
	zincrby: { run: zincrby, directArguments: ANY },
	zrem: { run: zrem, directArguments: 3 },
	zcard: { run: zcard },
	zscore: { run: zscore },
	zmscore: { run: zmscore },
	zpopmin: { run: zpop('zpopmin', false), directArguments: ANY },
	zpopmax: { run: zpop('zpopmax', true), directArguments: ANY },
	bzpopmin: { run: blockingPop(false) },
	bzpopmax: { run: blockingPop(true) },
	zmpop: { run: zmpop(false) },
	bzmpop: { run: zmpop(true) },
	zrandmember: { run: zrandmember },
	zscan: { run: zscan },
};
