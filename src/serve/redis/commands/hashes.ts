/** Hashes: fields and their values. */
import { HASH, type Header } from '../../../model/redis/redis-layout.ts';
import { elementStart, type RedisSpace } from '../../../model/redis/redis-space.ts';
import type { Client } from '../client.ts';
import type { CommandHandler, CommandSet } from '../command.ts';
import { addDecimals } from '../decimal-sum.ts';
import { NOT_A_FLOAT, RedisError, SYNTAX, wrongArguments } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import { parseBigInteger, type Request } from '../request.ts';
import { pickElements } from './random-elements.ts';
import { scanOptions, walk } from './scanning.ts';
import { find, findOrCreate, store, touch } from './typed.ts';

const ANY = Number.POSITIVE_INFINITY;

/** The value of the field in an argument goes to the space's slot. */
function getField(space: RedisSpace, hash: Header, request: Request, index: number): boolean {
	return hash.type !== 0 && space.getElement(hash.id, request.bytes, request.starts[index]!, request.ends[index]!);
}

function setField(space: RedisSpace, hash: Header, request: Request, field: number, value: Uint8Array, start: number, end: number): void {
	space.setElement(hash.id, request.bytes, request.starts[field]!, request.ends[field]!, value, start, end);
}

/** Writes pairs from argument `from` on; returns how many fields are new. */
function setFields(space: RedisSpace, request: Request, from: number): number {
	const hash = findOrCreate(space, request, 1, HASH);
	const before = hash.count;
	for (let i = from; i < request.count; i += 2) {
		if (hash.count === 0 || !getField(space, hash, request, i)) hash.count++;
		setField(space, hash, request, i, request.bytes, request.starts[i + 1]!, request.ends[i + 1]!);
	}
	if (hash.count !== before) store(space, request, 1, hash);
	else touch(space, request, 1);
	return hash.count - before;
}

function hset(name: string): CommandHandler {
	return (client, request, out) => {
		if (request.count % 2 === 1) throw wrongArguments(name);
		const added = setFields(client.space, request, 2);
		if (name === 'hmset') out.ok();
		else out.integer(added);
	};
}

function hsetnx(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const hash = find(space, request, 1, HASH);
	const isThere = getField(space, hash, request, 2);
	out.integer(isThere ? 0 : 1);
	if (!isThere) setFields(space, request, 2);
}

function hget(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	if (getField(space, find(space, request, 1, HASH), request, 2)) out.bulk(space.slot.buffer, space.slot.start, space.slot.end);
	else out.nil();
}

function hmget(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const hash = find(space, request, 1, HASH);
	out.array(request.count - 2);
	for (let i = 2; i < request.count; i++) {
		if (getField(space, hash, request, i)) out.bulk(space.slot.buffer, space.slot.start, space.slot.end);
		else out.nil();
	}
}

function hexists(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	out.integer(getField(space, find(space, request, 1, HASH), request, 2) ? 1 : 0);
}

function hstrlen(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	out.integer(getField(space, find(space, request, 1, HASH), request, 2) ? space.slot.end - space.slot.start : 0);
}

function hlen(client: Client, request: Request, out: ReplyBuffer): void {
	out.integer(find(client.space, request, 1, HASH).count);
}

function hdel(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const hash = find(space, request, 1, HASH);
	let removed = 0;
	for (let i = 2; i < request.count && hash.count > 0; i++) {
		if (!getField(space, hash, request, i)) continue;
		space.removeElement(hash.id, request.bytes, request.starts[i]!, request.ends[i]!);
		hash.count--;
		removed++;
	}
	if (removed > 0) store(space, request, 1, hash);
	out.integer(removed);
}

/** Every field, or value, or both. */
function all(withFields: boolean, withValues: boolean): CommandHandler {
	return (client, request, out) => {
		const space = client.space;
		const hash = find(space, request, 1, HASH);
		if (withFields && withValues) out.map(hash.count);
		else out.array(hash.count);
		if (hash.type === 0) return;
		const cursor = space.elements(hash.id);
		while (cursor.next()) {
			if (withFields) out.bulk(cursor.keyBuffer, elementStart(cursor), cursor.keyEnd);
			if (withValues) out.bulk(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
		}
		cursor.close();
	};
}

const NOT_A_NUMBER = new RedisError('ERR hash value is not an integer');

/** Replaces the value of the field in argument 2. */
function replaceField(space: RedisSpace, request: Request, hash: Header, isNew: boolean, text: string): void {
	const value = Buffer.from(text);
	setField(space, hash, request, 2, value, 0, value.length);
	if (isNew) {
		hash.count++;
		store(space, request, 1, hash);
	} else {
		touch(space, request, 1);
	}
}

function hincrby(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	request.integer(3);
	const increment = parseBigInteger(request.bytes, request.starts[3]!, request.ends[3]!)!;
	const hash = findOrCreate(space, request, 1, HASH);
	const isNew = hash.count === 0 || !getField(space, hash, request, 2);
	const current = isNew ? 0n : parseBigInteger(space.slot.buffer, space.slot.start, space.slot.end);
	if (current === undefined) throw NOT_A_NUMBER;
	const sum = current + increment;
	if (BigInt.asIntN(64, sum) !== sum) throw new RedisError('ERR increment or decrement would overflow');
	replaceField(space, request, hash, isNew, String(sum));
	out.bigInteger(sum);
}

function hincrbyfloat(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	request.float(3, NOT_A_FLOAT.message);
	const hash = findOrCreate(space, request, 1, HASH);
	const isNew = hash.count === 0 || !getField(space, hash, request, 2);
	const { slot } = space;
	const current = isNew ? '0' : Buffer.from(slot.buffer.subarray(slot.start, slot.end)).toString();
	const sum = addDecimals(current, request.text(3), new RedisError('ERR hash value is not a float'));
	replaceField(space, request, hash, isNew, sum);
	out.bulkText(sum);
}

function hscan(client: Client, request: Request, out: ReplyBuffer): void {
	const options = scanOptions(client, request, 2, false);
	const space = client.space;
	const hash = find(space, request, 1, HASH);
	const found: Uint8Array[] = [];
	const cursor = space.elements(hash.type === 0 ? 0 : hash.id, -1, false, options.place ?? null);
	walk(client, cursor, options.count, out, found, () => {
		const start = elementStart(cursor);
		if (options.pattern?.matches(cursor.keyBuffer, start, cursor.keyEnd) === false) return;
		found.push(cursor.keyBuffer.slice(start, cursor.keyEnd), cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd));
	});
}

function hrandfield(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	if (request.count > 4 || (request.count === 4 && !request.is(3, 'withvalues'))) throw SYNTAX;
	const withValues = request.count === 4;
	const count = request.count > 2 ? request.index(2) : 1;
	const hash = find(space, request, 1, HASH);
	if (request.count === 2) {
		const [one] = hash.type === 0 ? [] : pickElements(client, hash, 1);
		if (one === undefined) out.nil();
		else out.bulkBytes(one.element);
		return;
	}
	const picked = hash.type === 0 ? [] : pickElements(client, hash, count);
	const asPairs = withValues && out.protocol === 3;
	out.array(withValues && !asPairs ? picked.length * 2 : picked.length);
	for (const { element, value } of picked) {
		if (asPairs) out.array(2);
		out.bulkBytes(element);
		if (withValues) out.bulkBytes(value);
	}
}

export const hashCommands: CommandSet = {
	hset: { run: hset('hset'), directArguments: 4 },
	hmset: { run: hset('hmset'), directArguments: 4 },
	hsetnx: { run: hsetnx, directArguments: ANY },
	hget: { run: hget },
	hmget: { run: hmget },
	hexists: { run: hexists },
	hstrlen: { run: hstrlen },
	hlen: { run: hlen },
	hdel: { run: hdel, directArguments: 3 },
	hgetall: { run: all(true, true) },
	hkeys: { run: all(true, false) },
	hvals: { run: all(false, true) },
	hincrby: { run: hincrby, directArguments: ANY },
	hincrbyfloat: { run: hincrbyfloat, directArguments: ANY },
	hscan: { run: hscan },
	hrandfield: { run: hrandfield },
};
