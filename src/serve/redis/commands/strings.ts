/** Strings: GET, SET and what counts or cuts in them. */
import type { Header } from '../../../model/redis/redis-layout.ts';
import type { RedisSpace } from '../../../model/redis/redis-space.ts';
import type { Client } from '../client.ts';
import type { CommandSet } from '../command.ts';
import { addDecimals } from '../decimal-sum.ts';
import { NOT_AN_INTEGER, RedisError, SYNTAX, WRONG_TYPE, wrongArguments } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import { parseBigInteger, parseInteger, type Request } from '../request.ts';
import { BULK_BYTES_MAX } from '../request-parser.ts';
import { expiryMs, invalidExpiry } from './expiry-options.ts';
import { byteRange, findString } from './typed.ts';

const ANY = Number.POSITIVE_INFINITY;
const NOTHING = Buffer.alloc(0);
const TOO_LONG = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)';

function get(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const header = space.find(request.bytes, request.starts[1]!, request.ends[1]!);
	const { statistics } = client.server;
	if (header.type === 1) {
		statistics.hits++;
		out.bulk(header.buffer, header.start, header.end);
	} else if (header.type === 0) {
		statistics.misses++;
		out.nil();
	} else {
		throw WRONG_TYPE;
	}
}

/** Sets the key of argument `key` to argument `value`. */
function put(space: RedisSpace, request: Request, key: number, value: number, old: Header, expiry: number): void {
	const { bytes, starts, ends } = request;
	space.setString(bytes, starts[key]!, ends[key]!, old, expiry, bytes, starts[value]!, ends[value]!);
}

/** Sets the key of argument 1 to bytes, keeping its expiry. */
function replace(space: RedisSpace, request: Request, old: Header, value: Uint8Array): void {
	space.setString(request.bytes, request.starts[1]!, request.ends[1]!, old, old.expiryMs, value, 0, value.length);
}

function removeKey(space: RedisSpace, request: Request, index: number, header: Header): void {
	space.removeKey(request.bytes, request.starts[index]!, request.ends[index]!, header);
}

interface SetOptions {
	condition: '' | 'nx' | 'xx';
	returnsOld: boolean;
	keepsExpiry: boolean;
	/** −1: none. */
	expiry: number;
}

const UNITS: Readonly<Record<string, { readonly unitMs: number; readonly isAbsolute: boolean }>> = {
	ex: { unitMs: 1000, isAbsolute: false },
	px: { unitMs: 1, isAbsolute: false },
	exat: { unitMs: 1000, isAbsolute: true },
	pxat: { unitMs: 1, isAbsolute: true },
};

function positiveExpiry(
	request: Request,
	index: number,
	unit: { readonly unitMs: number; readonly isAbsolute: boolean },
	nowMs: number,
	command: string,
): number {
	const value = request.integer(index);
	if (value <= 0) throw invalidExpiry(command);
	return expiryMs(request, index, unit.unitMs, unit.isAbsolute, nowMs, command);
}

function setOptions(request: Request, nowMs: number): SetOptions {
	const options: SetOptions = { condition: '', returnsOld: false, keepsExpiry: false, expiry: -1 };
	let expiryAt = -1;
	let unit = UNITS['ex']!;
	for (let i = 3; i < request.count; i++) {
		const word = request.lower(i);
		const hasExpiry = expiryAt >= 0 || options.keepsExpiry;
		if ((word === 'nx' || word === 'xx') && (options.condition === '' || options.condition === word)) options.condition = word;
		else if (word === 'get') options.returnsOld = true;
		else if (word === 'keepttl' && expiryAt < 0) options.keepsExpiry = true;
		else if (UNITS[word] !== undefined && !hasExpiry && i + 1 < request.count) {
			unit = UNITS[word]!;
			expiryAt = ++i;
		} else throw SYNTAX;
	}
	if (expiryAt >= 0) options.expiry = positiveExpiry(request, expiryAt, unit, nowMs, 'set');
	return options;
}

function set(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	if (request.count === 3) {
		put(space, request, 1, 2, space.find(request.bytes, request.starts[1]!, request.ends[1]!), -1);
		out.ok();
		return;
	}
	const options = setOptions(request, space.data.nowMs);
	const header = space.find(request.bytes, request.starts[1]!, request.ends[1]!);
	if (options.returnsOld && header.type > 1) throw WRONG_TYPE;
	const exists = header.type !== 0;
	const isRefused = options.condition === 'nx' ? exists : options.condition === 'xx' && !exists;
	if (options.returnsOld) {
		if (exists) out.bulk(header.buffer, header.start, header.end);
		else out.nil();
	} else if (isRefused) out.nil();
	else out.ok();
	if (!isRefused) put(space, request, 1, 2, header, options.keepsExpiry ? header.expiryMs : options.expiry);
}

function setnx(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const header = space.find(request.bytes, request.starts[1]!, request.ends[1]!);
	out.integer(header.type === 0 ? 1 : 0);
	if (header.type === 0) put(space, request, 1, 2, header, -1);
}

function setex(unit: string, name: string): (client: Client, request: Request, out: ReplyBuffer) => void {
	return (client, request, out) => {
		const space = client.space;
		const expiry = positiveExpiry(request, 2, UNITS[unit]!, space.data.nowMs, name);
		put(space, request, 1, 3, space.find(request.bytes, request.starts[1]!, request.ends[1]!), expiry);
		out.ok();
	};
}

function getset(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const header = findString(space, request, 1);
	if (header.type === 0) out.nil();
	else out.bulk(header.buffer, header.start, header.end);
	put(space, request, 1, 2, header, -1);
}

function getdel(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const header = findString(space, request, 1);
	if (header.type === 0) {
		out.nil();
		return;
	}
	out.bulk(header.buffer, header.start, header.end);
	removeKey(space, request, 1, header);
}

function getex(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	let expiry: number | null = null;
	if (request.count > 2) {
		const word = request.lower(2);
		if (word === 'persist' && request.count === 3) expiry = -1;
		else if (UNITS[word] !== undefined && request.count === 4) expiry = positiveExpiry(request, 3, UNITS[word]!, space.data.nowMs, 'getex');
		else throw SYNTAX;
	}
	const header = findString(space, request, 1);
	if (header.type === 0) {
		out.nil();
		return;
	}
	out.bulk(header.buffer, header.start, header.end);
	if (expiry === null || expiry === header.expiryMs) return;
	if (expiry >= 0 && expiry <= space.data.nowMs) removeKey(space, request, 1, header);
	else space.setString(request.bytes, request.starts[1]!, request.ends[1]!, header, expiry, header.buffer, header.start, header.end);
}

function mget(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const { bytes, starts, ends, count } = request;
	out.array(count - 1);
	for (let i = 1; i < count; i++) {
		const header = space.find(bytes, starts[i]!, ends[i]!);
		if (header.type === 1) out.bulk(header.buffer, header.start, header.end);
		else out.nil();
	}
}

function setAll(space: RedisSpace, request: Request): void {
	for (let i = 1; i < request.count; i += 2) put(space, request, i, i + 1, space.find(request.bytes, request.starts[i]!, request.ends[i]!), -1);
}

function mset(client: Client, request: Request, out: ReplyBuffer): void {
	if (request.count % 2 === 0) throw wrongArguments('mset');
	setAll(client.space, request);
	out.ok();
}

function msetnx(client: Client, request: Request, out: ReplyBuffer): void {
	if (request.count % 2 === 0) throw wrongArguments('msetnx');
	const space = client.space;
	for (let i = 1; i < request.count; i += 2) {
		if (space.find(request.bytes, request.starts[i]!, request.ends[i]!).type === 0) continue;
		out.integer(0);
		return;
	}
	setAll(space, request);
	out.integer(1);
}

const digits = Buffer.alloc(24);

function addTo(space: RedisSpace, request: Request, out: ReplyBuffer, increment: number): void {
	const header = findString(space, request, 1);
	const current = header.type === 0 ? 0 : parseInteger(header.buffer, header.start, header.end);
	if (current === undefined) throw NOT_AN_INTEGER;
	const sum = current + increment;
	if (!Number.isSafeInteger(sum)) {
		addExactly(space, request, out, header, BigInt(increment));
		return;
	}
	const length = digits.write(String(sum), 'latin1');
	space.setString(request.bytes, request.starts[1]!, request.ends[1]!, header, header.expiryMs, digits, 0, length);
	out.integer(sum);
}

/** Beyond ±2^53. */
function addExactly(space: RedisSpace, request: Request, out: ReplyBuffer, header: Header, increment: bigint): void {
	const current = header.type === 0 ? 0n : parseBigInteger(header.buffer, header.start, header.end);
	if (current === undefined) throw NOT_AN_INTEGER;
	const sum = current + increment;
	if (BigInt.asIntN(64, sum) !== sum) throw new RedisError('ERR increment or decrement would overflow');
	replace(space, request, header, Buffer.from(String(sum)));
	out.bigInteger(sum);
}

function incrementBy(sign: 1 | -1): (client: Client, request: Request, out: ReplyBuffer) => void {
	return (client, request, out) => {
		const increment = request.integer(2);
		if (!Number.isNaN(increment)) {
			addTo(client.space, request, out, sign * increment);
			return;
		}
		const exact = parseBigInteger(request.bytes, request.starts[2]!, request.ends[2]!)!;
		if (sign < 0 && exact === -(2n ** 63n)) throw new RedisError('ERR decrement would overflow');
		const header = findString(client.space, request, 1);
		addExactly(client.space, request, out, header, BigInt(sign) * exact);
	};
}

function incrbyfloat(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const header = findString(space, request, 1);
	const current = header.type === 0 ? '0' : Buffer.from(header.buffer.subarray(header.start, header.end)).toString();
	const sum = addDecimals(current, request.text(2));
	replace(space, request, header, Buffer.from(sum));
	out.bulkText(sum);
}

function append(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const header = findString(space, request, 1);
	const current = header.type === 0 ? NOTHING : header.buffer.subarray(header.start, header.end);
	const more = request.view(2);
	if (current.length + more.length > BULK_BYTES_MAX) throw new RedisError(TOO_LONG);
	const value = Buffer.concat([current, more]);
	replace(space, request, header, value);
	out.integer(value.length);
}

function strlen(client: Client, request: Request, out: ReplyBuffer): void {
	const header = findString(client.space, request, 1);
	out.integer(header.type === 0 ? 0 : header.end - header.start);
}

function getrange(client: Client, request: Request, out: ReplyBuffer): void {
	const start = request.index(2);
	const end = request.index(3);
	const header = findString(client.space, request, 1);
	const length = header.type === 0 ? 0 : header.end - header.start;
	const { first, last } = byteRange(start, end, length);
	if (first > last) out.bulkBytes(NOTHING);
	else out.bulk(header.buffer, header.start + first, header.start + last + 1);
}

function setrange(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const offset = request.index(2);
	if (offset < 0) throw new RedisError('ERR offset is out of range');
	const more = request.view(3);
	const header = findString(space, request, 1);
	const current = header.type === 0 ? NOTHING : header.buffer.subarray(header.start, header.end);
	if (more.length === 0) {
		out.integer(current.length);
		return;
	}
	if (offset + more.length > BULK_BYTES_MAX) throw new RedisError(TOO_LONG);
	const value = Buffer.alloc(Math.max(current.length, offset + more.length));
	value.set(current);
	value.set(more, offset);
	replace(space, request, header, value);
	out.integer(value.length);
}

export const stringCommands: CommandSet = {
	get: { run: get },
	set: { run: set, directArguments: ANY },
	setnx: { run: setnx, directArguments: ANY },
	setex: { run: setex('ex', 'setex'), directArguments: ANY },
	psetex: { run: setex('px', 'psetex'), directArguments: ANY },
	getset: { run: getset, directArguments: ANY },
	getdel: { run: getdel, directArguments: ANY },
	getex: { run: getex, directArguments: ANY },
	mget: { run: mget },
	mset: { run: mset, directArguments: 3 },
	msetnx: { run: msetnx, directArguments: 3 },
	incr: { run: (client, request, out) => addTo(client.space, request, out, 1), directArguments: ANY },
	decr: { run: (client, request, out) => addTo(client.space, request, out, -1), directArguments: ANY },
	incrby: { run: incrementBy(1), directArguments: ANY },
	decrby: { run: incrementBy(-1), directArguments: ANY },
	incrbyfloat: { run: incrbyfloat, directArguments: ANY },
	append: { run: append, directArguments: ANY },
	strlen: { run: strlen },
	getrange: { run: getrange },
	substr: { run: getrange },
	setrange: { run: setrange, directArguments: ANY },
};
