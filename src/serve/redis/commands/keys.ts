/** Keys of any type: DEL, EXPIRE, RENAME, SCAN, OBJECT. */
import { HASH, type Header, KEY_TAG, LIST, SET, SORTED_SET, STRING, TYPE_NAMES } from '../../../model/redis/redis-layout.ts';
import { elementStart, type RedisSpace } from '../../../model/redis/redis-space.ts';
import type { Client } from '../client.ts';
import type { CommandHandler, CommandSet } from '../command.ts';
import { GlobPattern } from '../glob-pattern.ts';
import { NO_SUCH_KEY, RedisError, SYNTAX } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import { parseInteger, type Request } from '../request.ts';
import { DATABASES } from '../server-state.ts';
import { expiryMs } from './expiry-options.ts';
import { randomBetween } from './random-place.ts';
import { scanOptions, walk } from './scanning.ts';

const ANY = Number.POSITIVE_INFINITY;
const NOTHING = new Uint8Array(0);
const RANDOM_TRIES = 100;

function findAny(space: RedisSpace, request: Request, index: number, header: Header = space.header): Header {
	return space.find(request.bytes, request.starts[index]!, request.ends[index]!, header);
}

function remove(space: RedisSpace, request: Request, index: number, header: Header, keepElements = false): void {
	space.removeKey(request.bytes, request.starts[index]!, request.ends[index]!, header, keepElements);
}

function rewrite(space: RedisSpace, request: Request, index: number, header: Header): void {
	space.setHeader(request.bytes, request.starts[index]!, request.ends[index]!, header);
}

function del(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	let count = 0;
	for (let i = 1; i < request.count; i++) {
		const header = findAny(space, request, i);
		if (header.type === 0) continue;
		remove(space, request, i, header);
		count++;
	}
	out.integer(count);
}

function exists(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	let count = 0;
	for (let i = 1; i < request.count; i++) if (findAny(space, request, i).type !== 0) count++;
	out.integer(count);
}

function type(client: Client, request: Request, out: ReplyBuffer): void {
	out.simple(TYPE_NAMES[findAny(client.space, request, 1).type]!);
}

/** The options NX, XX, GT and LT. */
function expiryConditions(request: Request): ReadonlySet<string> {
	const words = new Set<string>();
	for (let i = 3; i < request.count; i++) {
		const word = request.lower(i);
		if (!['nx', 'xx', 'gt', 'lt'].includes(word)) throw new RedisError(`ERR Unsupported option ${request.text(i)}`);
		words.add(word);
	}
	if (words.has('nx') && words.size > 1) throw new RedisError('ERR NX and XX, GT or LT options at the same time are not compatible');
	if (words.has('gt') && words.has('lt')) throw new RedisError('ERR GT and LT options at the same time are not compatible');
	return words;
}

/** Whether they allow an expiry to be changed; −1 is later than any. */
function allowsExpiry(conditions: ReadonlySet<string>, current: number, wanted: number): boolean {
	if (conditions.has('nx') && current >= 0) return false;
	if (conditions.has('xx') && current < 0) return false;
	if (conditions.has('gt') && (current < 0 || wanted <= current)) return false;
	return !(conditions.has('lt') && current >= 0 && wanted >= current);
}

function expire(name: string, unitMs: number, isAbsolute: boolean): CommandHandler {
	return (client, request, out) => {
		const space = client.space;
		const { nowMs } = space.data;
		const conditions = expiryConditions(request);
		const wanted = expiryMs(request, 2, unitMs, isAbsolute, nowMs, name);
		const header = findAny(space, request, 1);
		if (header.type === 0 || !allowsExpiry(conditions, header.expiryMs, wanted)) {
			out.integer(0);
			return;
		}
		out.integer(1);
		if (wanted <= nowMs) {
			remove(space, request, 1, header);
			return;
		}
		header.expiryMs = wanted;
		rewrite(space, request, 1, header);
	};
}

function persist(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const header = findAny(space, request, 1);
	const hadExpiry = header.type !== 0 && header.expiryMs >= 0;
	out.integer(hadExpiry ? 1 : 0);
	if (!hadExpiry) return;
	header.expiryMs = -1;
	rewrite(space, request, 1, header);
}

/** −2 where there is no key, −1 where it never expires, else what `show` makes of the milliseconds. */
function expiryReply(show: (expiry: number, nowMs: number) => number): CommandHandler {
	return (client, request, out) => {
		const space = client.space;
		const header = findAny(space, request, 1);
		if (header.type === 0) out.integer(-2);
		else if (header.expiryMs < 0) out.integer(-1);
		else out.integer(show(header.expiryMs, space.data.nowMs));
	};
}

function rename(client: Client, request: Request, out: ReplyBuffer, isCareful: boolean): void {
	const space = client.space;
	const source = findAny(space, request, 1);
	if (source.type === 0) throw NO_SUCH_KEY;
	const isSame = request.equal(1, 2);
	const target = findAny(space, request, 2, space.otherHeader);
	const isTaken = isCareful && target.type !== 0;
	if (!isSame && !isTaken) move(space, request, 1, source, space, 2, target);
	if (isCareful) out.integer(isTaken ? 0 : 1);
	else out.ok();
}

/** Lets another key lead to what `source` does; what the other led to goes. */
function move(space: RedisSpace, request: Request, from: number, source: Header, targetSpace: RedisSpace, to: number, target: Header): void {
	if (source.type === STRING) {
		const { buffer, start, end, expiryMs } = source;
		targetSpace.setString(request.bytes, request.starts[to]!, request.ends[to]!, target, expiryMs, buffer, start, end);
		remove(space, request, from, source);
		return;
	}
	target.type = source.type;
	target.expiryMs = source.expiryMs;
	target.id = source.id;
	target.count = source.count;
	target.head = source.head;
	target.tail = source.tail;
	target.isUneven = source.isUneven;
	targetSpace.setCollection(request.bytes, request.starts[to]!, request.ends[to]!, target);
	remove(space, request, from, source, true);
}

/** Copies what `source` leads to, element by element. */
function duplicate(space: RedisSpace, source: Header, targetSpace: RedisSpace, request: Request, to: number, target: Header): void {
	if (source.type === STRING) {
		targetSpace.setString(request.bytes, request.starts[to]!, request.ends[to]!, target, source.expiryMs, source.buffer, source.start, source.end);
		return;
	}
	const id = targetSpace.newId();
	const cursor = space.elements(source.id);
	while (cursor.next()) {
		targetSpace.setElement(id, cursor.keyBuffer, elementStart(cursor), cursor.keyEnd, cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
	}
	cursor.close();
	target.type = source.type;
	target.expiryMs = source.expiryMs;
	target.id = id;
	target.count = source.count;
	target.head = source.head;
	target.tail = source.tail;
	target.isUneven = source.isUneven;
	targetSpace.setCollection(request.bytes, request.starts[to]!, request.ends[to]!, target);
}

function databaseNumber(request: Request, index: number): number {
	const database = request.integer(index);
	if (!(database >= 0 && database < DATABASES)) throw new RedisError('ERR DB index is out of range');
	return database;
}

function copy(client: Client, request: Request, out: ReplyBuffer): void {
	let database = client.database;
	let replaces = false;
	for (let i = 3; i < request.count; i++) {
		if (request.is(i, 'replace')) replaces = true;
		else if (request.is(i, 'db') && i + 1 < request.count) database = databaseNumber(request, ++i);
		else throw SYNTAX;
	}
	const space = client.space;
	if (database === client.database && request.equal(1, 2)) throw new RedisError('ERR source and destination objects are the same');
	const targetSpace = client.server.data.space(database);
	const source = findAny(space, request, 1);
	const target = findAny(targetSpace, request, 2, targetSpace.otherHeader);
	const isDone = source.type !== 0 && (target.type === 0 || replaces);
	if (isDone) duplicate(space, source, targetSpace, request, 2, target);
	out.integer(isDone ? 1 : 0);
}

function moveToDatabase(client: Client, request: Request, out: ReplyBuffer): void {
	const database = databaseNumber(request, 2);
	if (database === client.database) throw new RedisError('ERR source and destination objects are the same');
	const space = client.space;
	const targetSpace = client.server.data.space(database);
	const source = findAny(space, request, 1);
	const target = findAny(targetSpace, request, 1, targetSpace.otherHeader);
	const isDone = source.type !== 0 && target.type === 0;
	if (isDone) {
		duplicate(space, source, targetSpace, request, 1, target);
		remove(space, request, 1, findAny(space, request, 1));
	}
	out.integer(isDone ? 1 : 0);
}

function keys(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const pattern = new GlobPattern(request.view(1));
	const found: Uint8Array[] = [];
	const { slot, data } = space;
	const header = space.otherHeader;
	const cursor = space.keys(pattern.prefix, null);
	while (cursor.next()) {
		if (!pattern.matches(cursor.keyBuffer, cursor.keyStart + 1, cursor.keyEnd)) continue;
		slot.buffer = cursor.valueBuffer;
		slot.start = cursor.valueStart;
		slot.end = cursor.valueEnd;
		if (header.decode(slot, data.nowMs).type !== 0) found.push(cursor.keyBuffer.slice(cursor.keyStart + 1, cursor.keyEnd));
	}
	cursor.close();
	out.array(found.length);
	for (const key of found) out.bulkBytes(key);
}

function scan(client: Client, request: Request, out: ReplyBuffer): void {
	const options = scanOptions(client, request, 1, true);
	const { pattern } = options;
	const wanted = options.type === '' ? -1 : TYPE_NAMES.indexOf(options.type as (typeof TYPE_NAMES)[number]);
	const space = client.space;
	const { slot, data } = space;
	const header = space.otherHeader;
	const found: Uint8Array[] = [];
	walk(client, space.keys(pattern?.prefix ?? NOTHING, options.place ?? null), options.count, out, found, (cursor) => {
		if (pattern !== null && !pattern.matches(cursor.keyBuffer, cursor.keyStart + 1, cursor.keyEnd)) return;
		slot.buffer = cursor.valueBuffer;
		slot.start = cursor.valueStart;
		slot.end = cursor.valueEnd;
		const { type } = header.decode(slot, data.nowMs);
		if (type === 0 || (options.type !== '' && type !== wanted)) return;
		found.push(cursor.keyBuffer.slice(cursor.keyStart + 1, cursor.keyEnd));
	});
}

/** A key at a random place in the order of keys; not every key is as likely as any other. */
function randomkey(client: Client, _request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const { random } = client.server.host.platform;
	const place = new Uint8Array(9);
	place[0] = KEY_TAG;
	const ends = [false, true].map((reverse) => {
		const cursor = space.cursor(new Uint8Array([KEY_TAG]), new Uint8Array([KEY_TAG + 1]), reverse);
		const key = cursor.next() ? cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd) : null;
		cursor.close();
		return key;
	});
	if (ends[0] === null) {
		out.nil();
		return;
	}
	for (let i = 0; i < RANDOM_TRIES; i++) {
		const lower = i === RANDOM_TRIES - 1 ? ends[0]! : randomBetween(ends[0]!, ends[1]!, () => random.next());
		const cursor = space.cursor(lower, new Uint8Array([KEY_TAG + 1]), false);
		while (cursor.next()) {
			space.slot.buffer = cursor.valueBuffer;
			space.slot.start = cursor.valueStart;
			space.slot.end = cursor.valueEnd;
			if (space.header.decode(space.slot, space.data.nowMs).type === 0) continue;
			out.bulk(cursor.keyBuffer, cursor.keyStart + 1, cursor.keyEnd);
			cursor.close();
			return;
		}
		cursor.close();
	}
	out.nil();
}

/** How Redis would keep such a value; Polylog keeps all alike. */
function encoding(header: Header, space: RedisSpace): string {
	switch (header.type) {
		case STRING: {
			const length = header.end - header.start;
			if (length <= 20 && parseInteger(header.buffer, header.start, header.end) !== undefined) return 'int';
			return length <= 44 ? 'embstr' : 'raw';
		}
		case LIST:
			return 'quicklist';
		case SET:
			return header.count <= 512 && holdsIntegers(space, header) ? 'intset' : 'hashtable';
		case HASH:
			return header.count <= 512 ? 'listpack' : 'hashtable';
		case SORTED_SET:
			return header.count <= 128 ? 'listpack' : 'skiplist';
		default:
			return 'none';
	}
}

function holdsIntegers(space: RedisSpace, header: Header): boolean {
	const cursor = space.elements(header.id);
	let all = true;
	while (all && cursor.next()) all = parseInteger(cursor.keyBuffer, elementStart(cursor), cursor.keyEnd) !== undefined;
	cursor.close();
	return all;
}

const OBJECT_HELP = [
	'OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
	'ENCODING <key>',
	'    Return the kind of internal representation used in order to store the value',
	'    associated with a <key>.',
	'REFCOUNT <key>',
	'    Return the number of references of the value associated with the specified',
	'    <key>.',
	'HELP',
	'    Print this help.',
];

function object(client: Client, request: Request, out: ReplyBuffer): void {
	const word = request.lower(1);
	if (word === 'help' && request.count === 2) {
		out.array(OBJECT_HELP.length);
		for (const line of OBJECT_HELP) out.simple(line);
		return;
	}
	if (!['encoding', 'refcount'].includes(word)) throw new RedisError(`ERR unknown subcommand '${request.text(1)}'. Try OBJECT HELP.`);
	if (request.count !== 3) throw new RedisError(`ERR wrong number of arguments for 'object|${word}' command`);
	client.prepareRead();
	const space = client.space;
	const header = findAny(space, request, 2);
	if (header.type === 0) out.nil();
	else if (word === 'encoding') out.bulkText(encoding(header, space));
	else out.integer(1);
}

export const keyCommands: CommandSet = {
	del: { run: del, directArguments: 2 },
	unlink: { run: del, directArguments: 2 },
	exists: { run: exists },
	touch: { run: exists },
	type: { run: type },
	expire: { run: expire('expire', 1000, false), directArguments: ANY },
	pexpire: { run: expire('pexpire', 1, false), directArguments: ANY },
	expireat: { run: expire('expireat', 1000, true), directArguments: ANY },
	pexpireat: { run: expire('pexpireat', 1, true), directArguments: ANY },
	persist: { run: persist, directArguments: ANY },
	ttl: { run: expiryReply((expiry, nowMs) => Math.floor((expiry - nowMs + 500) / 1000)) },
	pttl: { run: expiryReply((expiry, nowMs) => expiry - nowMs) },
	expiretime: { run: expiryReply((expiry) => Math.floor((expiry + 500) / 1000)) },
	pexpiretime: { run: expiryReply((expiry) => expiry) },
	rename: { run: (client, request, out) => rename(client, request, out, false) },
	renamenx: { run: (client, request, out) => rename(client, request, out, true) },
	copy: { run: copy },
	move: { run: moveToDatabase },
	keys: { run: keys },
	scan: { run: scan },
	randomkey: { run: randomkey },
	object: { run: object },
};
