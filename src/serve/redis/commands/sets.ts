/** Sets of members without order. */
import { type Header, SET } from '../../../model/redis/redis-layout.ts';
import { elementStart, type RedisSpace } from '../../../model/redis/redis-space.ts';
import type { Client } from '../client.ts';
import type { CommandHandler, CommandSet } from '../command.ts';
import { NOT_POSITIVE, RedisError, SYNTAX } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';
import { countedKeys } from './blocking.ts';
import { pickElements } from './random-elements.ts';
import { scanOptions, walk } from './scanning.ts';
import { find, findOrCreate, store } from './typed.ts';

const NOTHING = new Uint8Array(0);

function has(space: RedisSpace, set: Header, request: Request, index: number): boolean {
	return set.count > 0 && space.getElement(set.id, request.bytes, request.starts[index]!, request.ends[index]!);
}

function sadd(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const set = findOrCreate(space, request, 1, SET);
	const before = set.count;
	for (let i = 2; i < request.count; i++) {
		if (has(space, set, request, i)) continue;
		space.setElement(set.id, request.bytes, request.starts[i]!, request.ends[i]!, NOTHING, 0, 0);
		set.count++;
	}
	if (set.count !== before) store(space, request, 1, set);
	out.integer(set.count - before);
}

function srem(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const set = find(space, request, 1, SET);
	const before = set.count;
	for (let i = 2; i < request.count; i++) {
		if (!has(space, set, request, i)) continue;
		space.removeElement(set.id, request.bytes, request.starts[i]!, request.ends[i]!);
		set.count--;
	}
	if (set.count !== before) store(space, request, 1, set);
	out.integer(before - set.count);
}

function scard(client: Client, request: Request, out: ReplyBuffer): void {
	out.integer(find(client.space, request, 1, SET).count);
}

function sismember(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	out.integer(has(space, find(space, request, 1, SET), request, 2) ? 1 : 0);
}

function smismember(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const set = find(space, request, 1, SET);
	out.array(request.count - 2);
	for (let i = 2; i < request.count; i++) out.integer(has(space, set, request, i) ? 1 : 0);
}

function smembers(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const set = find(space, request, 1, SET);
	out.set(set.count);
	if (set.type === 0) return;
	const cursor = space.elements(set.id);
	while (cursor.next()) out.bulk(cursor.keyBuffer, elementStart(cursor), cursor.keyEnd);
	cursor.close();
}

function smove(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const source = find(space, request, 1, SET);
	if (source.type === 0) {
		out.integer(0);
		return;
	}
	const target = find(space, request, 2, SET, space.otherHeader);
	const isThere = has(space, source, request, 3);
	out.integer(isThere ? 1 : 0);
	if (!isThere || request.equal(1, 2)) return;
	const { bytes, starts, ends } = request;
	space.removeElement(source.id, bytes, starts[3]!, ends[3]!);
	source.count--;
	store(space, request, 1, source);
	if (target.type === 0) target.create(SET, space.newId());
	if (has(space, target, request, 3)) return;
	space.setElement(target.id, bytes, starts[3]!, ends[3]!, NOTHING, 0, 0);
	target.count++;
	store(space, request, 2, target);
}

function spop(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	if (request.count > 3) throw SYNTAX;
	let count = 1;
	if (request.count === 3) {
		count = request.index(2, NOT_POSITIVE);
		if (!(count >= 0)) throw NOT_POSITIVE;
	}
	const set = find(space, request, 1, SET);
	const picked = set.type === 0 ? [] : pickElements(client, set, count);
	if (request.count === 3) out.set(picked.length);
	else if (picked.length === 0) out.nil();
	for (const { element } of picked) {
		out.bulkBytes(element);
		space.removeElement(set.id, element, 0, element.length);
		set.count--;
	}
	if (picked.length > 0) store(space, request, 1, set);
}

function srandmember(client: Client, request: Request, out: ReplyBuffer): void {
	if (request.count > 3) throw SYNTAX;
	const count = request.count === 3 ? request.index(2) : 1;
	const set = find(client.space, request, 1, SET);
	const picked = set.type === 0 ? [] : pickElements(client, set, count);
	if (request.count === 3) out.array(picked.length);
	else if (picked.length === 0) out.nil();
	for (const { element } of picked) out.bulkBytes(element);
}

type Combination = 'union' | 'inter' | 'diff';

/** Calls back for each member of the combination of the sets in arguments `first` to `last`, in order; stops at false. */
function eachOf(space: RedisSpace, request: Request, first: number, last: number, how: Combination, visit: (member: Uint8Array) => boolean): void {
	const sets: { readonly id: number; readonly count: number }[] = [];
	for (let i = first; i <= last; i++) {
		const { id, count } = find(space, request, i, SET);
		sets.push({ id, count });
	}
	if (how === 'union') {
		union(space, sets, visit);
		return;
	}
	if (how === 'inter') {
		if (sets.some((set) => set.count === 0)) return;
		sets.sort((a, b) => a.count - b.count);
	}
	const [base, ...others] = sets as [{ id: number; count: number }, ...{ id: number; count: number }[]];
	if (base.count === 0) return;
	const cursor = space.elements(base.id);
	while (cursor.next()) {
		const member = cursor.keyBuffer.slice(elementStart(cursor), cursor.keyEnd);
		const isIn = (set: { id: number; count: number }): boolean => set.count > 0 && space.getElement(set.id, member, 0, member.length);
		const belongs = how === 'inter' ? others.every(isIn) : !others.some(isIn);
		if (belongs && !visit(member)) break;
	}
	cursor.close();
}

function union(space: RedisSpace, sets: readonly { readonly id: number; readonly count: number }[], visit: (member: Uint8Array) => boolean): void {
	const seen = new Set<string>();
	for (const { id, count } of sets) {
		if (count === 0) continue;
		const cursor = space.elements(id);
		while (cursor.next()) {
			const member = cursor.keyBuffer.slice(elementStart(cursor), cursor.keyEnd);
			const name = Buffer.from(member).toString('latin1');
			if (seen.has(name)) continue;
			seen.add(name);
			if (!visit(member)) break;
		}
		cursor.close();
	}
}

function combine(how: Combination): CommandHandler {
	return (client, request, out) => {
		const members: Uint8Array[] = [];
		eachOf(client.space, request, 1, request.count - 1, how, (member) => members.push(member) > 0);
		out.set(members.length);
		for (const member of members) out.bulkBytes(member);
	};
}

function combineInto(how: Combination): CommandHandler {
	return (client, request, out) => {
		const space = client.space;
		const members: Uint8Array[] = [];
		eachOf(space, request, 2, request.count - 1, how, (member) => members.push(member) > 0);
		const { bytes, starts, ends } = request;
		const target = space.find(bytes, starts[1]!, ends[1]!, space.otherHeader);
		out.integer(members.length);
		if (members.length === 0) {
			if (target.isStored) space.removeKey(bytes, starts[1]!, ends[1]!, target);
			return;
		}
		target.create(SET, space.newId());
		target.count = members.length;
		for (const member of members) space.setElement(target.id, member, 0, member.length, NOTHING, 0, 0);
		store(space, request, 1, target);
	};
}

function sintercard(client: Client, request: Request, out: ReplyBuffer): void {
	const { first, last } = countedKeys(request, 1, new RedisError("ERR Number of keys can't be greater than number of args"));
	let limit = 0;
	if (request.count > last + 1) {
		if (request.count !== last + 3 || !request.is(last + 1, 'limit')) throw SYNTAX;
		const wrong = new RedisError("ERR LIMIT can't be negative");
		limit = request.index(last + 2, wrong);
		if (!(limit >= 0)) throw wrong;
	}
	let count = 0;
	eachOf(client.space, request, first, last, 'inter', () => ++count !== limit);
	out.integer(count);
}

function sscan(client: Client, request: Request, out: ReplyBuffer): void {
	const options = scanOptions(client, request, 2, false);
	const space = client.space;
	const set = find(space, request, 1, SET);
	const found: Uint8Array[] = [];
	const cursor = space.elements(set.type === 0 ? 0 : set.id, -1, false, options.place ?? null);
	walk(client, cursor, options.count, out, found, () => {
		const start = elementStart(cursor);
		if (options.pattern?.matches(cursor.keyBuffer, start, cursor.keyEnd) !== false) found.push(cursor.keyBuffer.slice(start, cursor.keyEnd));
	});
}

export const setCommands: CommandSet = {
	sadd: { run: sadd, directArguments: 3 },
	srem: { run: srem, directArguments: 3 },
	scard: { run: scard },
	sismember: { run: sismember },
	smismember: { run: smismember },
	smembers: { run: smembers },
	smove: { run: smove },
	spop: { run: spop, directArguments: 3 },
	srandmember: { run: srandmember },
	sunion: { run: combine('union') },
	sinter: { run: combine('inter') },
	sdiff: { run: combine('diff') },
	sunionstore: { run: combineInto('union') },
	sinterstore: { run: combineInto('inter') },
	sdiffstore: { run: combineInto('diff') },
	sintercard: { run: sintercard },
	sscan: { run: sscan },
};
