/** Lists, and the commands that wait for an element of one. */
import { equalBytes } from '../../../bytes/compare-bytes.ts';
import { eachElement, elementAt, insertBeside, popElements, pushElement, removeEqual, setElementAt, trimList } from '../../../model/redis/list-elements.ts';
import { type Header, LIST } from '../../../model/redis/redis-layout.ts';
import type { RedisSpace } from '../../../model/redis/redis-space.ts';
import type { Client } from '../client.ts';
import type { CommandHandler, CommandSet } from '../command.ts';
import { NO_SUCH_KEY, NOT_POSITIVE, OUT_OF_RANGE, RedisError, SYNTAX } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';
import { countedKeys, timeoutMs, waitFor } from './blocking.ts';
import { clampRange, find, findOrCreate, store, touch } from './typed.ts';

const ANY = Number.POSITIVE_INFINITY;

function push(atHead: boolean, mustExist: boolean): CommandHandler {
	return (client, request, out) => {
		const space = client.space;
		const list = mustExist ? find(space, request, 1, LIST) : findOrCreate(space, request, 1, LIST);
		if (list.type === 0) {
			out.integer(0);
			return;
		}
		const { bytes, starts, ends, count } = request;
		for (let i = 2; i < count; i++) pushElement(space, list, atHead, bytes, starts[i]!, ends[i]!);
		store(space, request, 1, list);
		out.integer(list.count);
	};
}

/** Takes elements off an end into the reply. */
function popInto(space: RedisSpace, request: Request, key: number, list: Header, fromHead: boolean, count: number, out: ReplyBuffer): void {
	popElements(space, list, fromHead, count, (buffer, start, end) => out.bulk(buffer, start, end));
	store(space, request, key, list);
}

function pop(fromHead: boolean): CommandHandler {
	return (client, request, out) => {
		const space = client.space;
		let count = 1;
		if (request.count > 2) {
			if (request.count > 3) throw new RedisError(`ERR wrong number of arguments for '${fromHead ? 'lpop' : 'rpop'}' command`);
			count = request.index(2, NOT_POSITIVE);
			if (!(count >= 0)) throw NOT_POSITIVE;
		}
		const list = find(space, request, 1, LIST);
		if (list.type === 0) {
			if (request.count > 2) out.nilArray();
			else out.nil();
			return;
		}
		if (request.count > 2) out.array(Math.min(count, list.count));
		if (count > 0) popInto(space, request, 1, list, fromHead, count, out);
	};
}

function llen(client: Client, request: Request, out: ReplyBuffer): void {
	out.integer(find(client.space, request, 1, LIST).count);
}

function lindex(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const list = find(space, request, 1, LIST);
	const index = list.type === 0 ? 0 : request.index(2);
	if (list.type !== 0 && elementAt(space, list, index < 0 ? index + list.count : index)) out.bulk(space.slot.buffer, space.slot.start, space.slot.end);
	else out.nil();
}

function lset(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const list = find(space, request, 1, LIST);
	if (list.type === 0) throw NO_SUCH_KEY;
	const given = request.index(2);
	const index = given < 0 ? given + list.count : given;
	if (index < 0 || index >= list.count) throw OUT_OF_RANGE;
	setElementAt(space, list, index, request.bytes, request.starts[3]!, request.ends[3]!);
	touch(space, request, 1);
	out.ok();
}

function lrange(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const start = request.index(2);
	const end = request.index(3);
	const list = find(space, request, 1, LIST);
	const { first, last } = clampRange(start, end, list.count);
	out.array(Math.max(0, last - first + 1));
	if (list.type === 0) return;
	eachElement(space, list, first, last, false, (buffer, from, to) => {
		out.bulk(buffer, from, to);
		return true;
	});
}

function ltrim(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const start = request.index(2);
	const end = request.index(3);
	const list = find(space, request, 1, LIST);
	out.ok();
	if (list.type === 0) return;
	const { first, last } = clampRange(start, end, list.count);
	if (first > last) {
		space.removeKey(request.bytes, request.starts[1]!, request.ends[1]!, list);
		return;
	}
	if (last - first + 1 === list.count) return;
	trimList(space, list, first, last);
	store(space, request, 1, list);
}

function lrem(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const count = request.index(2);
	const list = find(space, request, 1, LIST);
	const removed = list.type === 0 ? 0 : removeEqual(space, list, Math.abs(count), count < 0, request.bytes, request.starts[3]!, request.ends[3]!);
	if (removed > 0) store(space, request, 1, list);
	out.integer(removed);
}

function linsert(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const isBefore = request.is(2, 'before');
	if (!isBefore && !request.is(2, 'after')) throw SYNTAX;
	const list = find(space, request, 1, LIST);
	if (list.type === 0) {
		out.integer(0);
		return;
	}
	const { bytes, starts, ends } = request;
	const pivot = { bytes, start: starts[3]!, end: ends[3]! };
	if (!insertBeside(space, list, isBefore, pivot, bytes, starts[4]!, ends[4]!)) {
		out.integer(-1);
		return;
	}
	store(space, request, 1, list);
	out.integer(list.count);
}

const NEGATIVE_COUNT = new RedisError("ERR COUNT can't be negative");
const NEGATIVE_LENGTH = new RedisError("ERR MAXLEN can't be negative");

interface PositionOptions {
	rank: number;
	/** −1: one, and not as an array. */
	count: number;
	maxLength: number;
}

function positionOptions(request: Request): PositionOptions {
	const options = { rank: 1, count: -1, maxLength: 0 };
	for (let i = 3; i < request.count; i += 2) {
		if (i + 1 >= request.count) throw SYNTAX;
		if (request.is(i, 'rank')) {
			options.rank = request.index(i + 1);
			if (options.rank === 0) {
				throw new RedisError(
					"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
				);
			}
		} else if (request.is(i, 'count')) {
			options.count = request.index(i + 1, NEGATIVE_COUNT);
			if (!(options.count >= 0)) throw NEGATIVE_COUNT;
		} else if (request.is(i, 'maxlen')) {
			options.maxLength = request.index(i + 1, NEGATIVE_LENGTH);
			if (!(options.maxLength >= 0)) throw NEGATIVE_LENGTH;
		} else throw SYNTAX;
	}
	return options;
}

function lpos(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const { rank, count, maxLength } = positionOptions(request);
	const list = find(space, request, 1, LIST);
	const found: number[] = [];
	const wanted = count < 0 ? 1 : count === 0 ? Number.POSITIVE_INFINITY : count;
	const { bytes, starts, ends } = request;
	let toSkip = Math.abs(rank) - 1;
	let left = maxLength === 0 ? Number.POSITIVE_INFINITY : maxLength;
	if (list.type !== 0) {
		eachElement(space, list, 0, list.count - 1, rank < 0, (buffer, start, end, index) => {
			if (left-- <= 0) return false;
			if (!equalBytes(buffer, start, end, bytes, starts[2]!, ends[2]!) || toSkip-- > 0) return true;
			found.push(index);
			return found.length < wanted;
		});
	}
	if (count >= 0) {
		out.array(found.length);
		for (const index of found) out.integer(index);
	} else if (found.length === 0) out.nil();
	else out.integer(found[0]!);
}

function isLeft(request: Request, index: number): boolean {
	if (request.is(index, 'left')) return true;
	if (request.is(index, 'right')) return false;
	throw SYNTAX;
}

/** Takes an element off one list and puts it on another (or the same); false when there is none. */
function moveElement(space: RedisSpace, request: Request, fromHead: boolean, toHead: boolean, out: ReplyBuffer): boolean {
	const source = find(space, request, 1, LIST);
	if (source.type === 0) return false;
	if (request.equal(1, 2)) {
		const element = popOne(space, source, fromHead);
		pushElement(space, source, toHead, element, 0, element.length);
		store(space, request, 1, source);
		out.bulkBytes(element);
		return true;
	}
	find(space, request, 2, LIST, space.otherHeader);
	const element = popOne(space, source, fromHead);
	store(space, request, 1, source);
	const target = findOrCreate(space, request, 2, LIST, space.otherHeader);
	pushElement(space, target, toHead, element, 0, element.length);
	store(space, request, 2, target);
	out.bulkBytes(element);
	return true;
}

function popOne(space: RedisSpace, list: Header, fromHead: boolean): Uint8Array {
	let element = new Uint8Array(0);
	popElements(space, list, fromHead, 1, (buffer, start, end) => {
		element = buffer.slice(start, end);
	});
	return element;
}

function lmove(client: Client, request: Request, out: ReplyBuffer): void {
	const fromHead = isLeft(request, 3);
	const toHead = isLeft(request, 4);
	if (!moveElement(client.space, request, fromHead, toHead, out)) out.nil();
}

function rpoplpush(client: Client, request: Request, out: ReplyBuffer): void {
	if (!moveElement(client.space, request, false, true, out)) out.nil();
}

/** From the first of some keys that has elements: the key, and what was taken. */
function popFirst(space: RedisSpace, request: Request, first: number, last: number, fromHead: boolean, count: number, out: ReplyBuffer): boolean {
	for (let i = first; i <= last; i++) {
		const list = find(space, request, i, LIST);
		if (list.type === 0) continue;
		out.array(2);
		out.bulkBytes(request.view(i));
		if (count > 0) out.array(Math.min(count, list.count));
		popInto(space, request, i, list, fromHead, Math.max(1, count), out);
		return true;
	}
	return false;
}

function blockingPop(fromHead: boolean): CommandHandler {
	return (client, request, out) => {
		const last = request.count - 2;
		const timeout = timeoutMs(request, request.count - 1);
		const attempt = (asked: Request, reply: ReplyBuffer): boolean => popFirst(client.space, asked, 1, last, fromHead, 0, reply);
		if (!attempt(request, out)) waitFor(client, request, 1, last, timeout, attempt, (reply) => reply.nilArray());
	};
}

function blockingMove(client: Client, request: Request, fromHead: boolean, toHead: boolean, timeout: number): void {
	const attempt = (asked: Request, reply: ReplyBuffer): boolean => moveElement(client.space, asked, fromHead, toHead, reply);
	if (!attempt(request, client.out)) waitFor(client, request, 1, 1, timeout, attempt, (reply) => reply.nilArray(), true);
}

function blmove(client: Client, request: Request): void {
	const fromHead = isLeft(request, 3);
	const toHead = isLeft(request, 4);
	blockingMove(client, request, fromHead, toHead, timeoutMs(request, 5));
}

function lmpop(isBlocking: boolean): CommandHandler {
	return (client, request, out) => {
		const timeout = isBlocking ? timeoutMs(request, 1) : -1;
		const { first, last } = countedKeys(request, isBlocking ? 2 : 1);
		if (last + 1 >= request.count) throw SYNTAX;
		const fromHead = isLeft(request, last + 1);
		let count = 1;
		for (let i = last + 2; i < request.count; i += 2) {
			if (!request.is(i, 'count') || i + 1 >= request.count || i > last + 2) throw SYNTAX;
			count = request.index(i + 1);
			if (count <= 0) throw new RedisError('ERR count should be greater than 0');
		}
		const attempt = (asked: Request, reply: ReplyBuffer): boolean => popFirst(client.space, asked, first, last, fromHead, count, reply);
		if (attempt(request, out)) return;
		if (isBlocking) waitFor(client, request, first, last, timeout, attempt, (reply) => reply.nilArray());
		else out.nilArray();
	};
}

export const listCommands: CommandSet = {
	lpush: { run: push(true, false), directArguments: ANY },
	rpush: { run: push(false, false), directArguments: ANY },
	lpushx: { run: push(true, true), directArguments: ANY },
	rpushx: { run: push(false, true), directArguments: ANY },
	lpop: { run: pop(true), directArguments: ANY },
	rpop: { run: pop(false), directArguments: ANY },
	llen: { run: llen },
	lindex: { run: lindex },
	lset: { run: lset, directArguments: ANY },
	lrange: { run: lrange },
	ltrim: { run: ltrim, directArguments: ANY },
	lrem: { run: lrem },
	linsert: { run: linsert },
	lpos: { run: lpos },
	lmove: { run: lmove },
	rpoplpush: { run: rpoplpush },
	lmpop: { run: lmpop(false) },
	blpop: { run: blockingPop(true) },
	brpop: { run: blockingPop(false) },
	blmove: { run: blmove },
	brpoplpush: { run: (client, request) => blockingMove(client, request, false, true, timeoutMs(request, 3)) },
	blmpop: { run: lmpop(true) },
};
