/** Strings as rows of bits: the first bit is the highest of the first byte. */
import type { Header } from '../../../model/redis/redis-layout.ts';
import type { RedisSpace } from '../../../model/redis/redis-space.ts';
import type { Client } from '../client.ts';
import type { CommandSet } from '../command.ts';
import { RedisError, SYNTAX } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';
import { BULK_BYTES_MAX } from '../request-parser.ts';
import { byteRange, clampRange, findString } from './typed.ts';

const ANY = Number.POSITIVE_INFINITY;
const NOTHING = Buffer.alloc(0);

/** Sets the key of an argument to bytes. */
function replace(space: RedisSpace, request: Request, index: number, old: Header, expiryMs: number, value: Uint8Array): void {
	space.setString(request.bytes, request.starts[index]!, request.ends[index]!, old, expiryMs, value, 0, value.length);
}

const BIT_OFFSET = new RedisError('ERR bit offset is not an integer or out of range');

function bitOffset(request: Request, index: number): number {
	const offset = request.integer(index, BIT_OFFSET);
	if (!(offset >= 0 && offset < BULK_BYTES_MAX * 8)) throw BIT_OFFSET;
	return offset;
}

function getbit(client: Client, request: Request, out: ReplyBuffer): void {
	const offset = bitOffset(request, 2);
	const header = findString(client.space, request, 1);
	const at = header.start + (offset >>> 3);
	out.integer(header.type !== 0 && at < header.end ? (header.buffer[at]! >> (7 - (offset & 7))) & 1 : 0);
}

function setbit(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const offset = bitOffset(request, 2);
	const wanted = request.text(3);
	if (wanted !== '0' && wanted !== '1') throw new RedisError('ERR bit is not an integer or out of range');
	const header = findString(space, request, 1);
	const current = header.type === 0 ? NOTHING : header.buffer.subarray(header.start, header.end);
	const place = Math.floor(offset / 8);
	const value = Buffer.alloc(Math.max(current.length, place + 1));
	value.set(current);
	const mask = 1 << (7 - (offset % 8));
	out.integer((value[place]! & mask) === 0 ? 0 : 1);
	value[place] = wanted === '1' ? value[place]! | mask : value[place]! & ~mask;
	replace(space, request, 1, header, header.expiryMs, value);
}

function bitsIn(byte: number): number {
	let count = 0;
	for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
	return count;
}

function bitcount(client: Client, request: Request, out: ReplyBuffer): void {
	if (request.count === 3 || request.count > 5) throw SYNTAX;
	const inBits = request.count === 5 && request.is(4, 'bit');
	if (request.count === 5 && !inBits && !request.is(4, 'byte')) throw SYNTAX;
	const start = request.count > 3 ? request.index(2) : 0;
	const end = request.count > 3 ? request.index(3) : -1;
	const header = findString(client.space, request, 1);
	const length = header.type === 0 ? 0 : header.end - header.start;
	const { first, last } = byteRange(start, end, inBits ? length * 8 : length);
	let count = 0;
	if (inBits) {
		for (let bit = first; bit <= last; bit++) count += (header.buffer[header.start + (bit >>> 3)]! >> (7 - (bit & 7))) & 1;
	} else {
		for (let at = first; at <= last; at++) count += bitsIn(header.buffer[header.start + at]!);
	}
	out.integer(count);
}

/** The first bit of a value in a range; without an end, the zeros after the string count too. */
function bitpos(client: Client, request: Request, out: ReplyBuffer): void {
	const wanted = request.integer(2);
	if (wanted !== 0 && wanted !== 1) throw new RedisError('ERR The bit argument must be 1 or 0.');
	const inBits = request.count === 6 && request.is(5, 'bit');
	if (request.count > 6 || (request.count === 6 && !inBits && !request.is(5, 'byte'))) throw SYNTAX;
	const start = request.count > 3 ? request.index(3) : 0;
	const end = request.count > 4 ? request.index(4) : -1;
	const header = findString(client.space, request, 1);
	if (header.type === 0) {
		out.integer(wanted === 1 ? -1 : 0);
		return;
	}
	const length = header.end - header.start;
	const { first, last } = clampRange(start, end, inBits ? length * 8 : length);
	const from = inBits ? first : first * 8;
	const to = inBits ? last : last * 8 + 7;
	for (let bit = from; bit <= to; bit++) {
		if (((header.buffer[header.start + (bit >>> 3)]! >> (7 - (bit & 7))) & 1) !== wanted) continue;
		out.integer(bit);
		return;
	}
	out.integer(wanted === 0 && request.count < 5 && first <= last ? to + 1 : -1);
}

function bitop(client: Client, request: Request, out: ReplyBuffer): void {
	const space = client.space;
	const word = request.lower(1);
	if (!['and', 'or', 'xor', 'not'].includes(word)) throw SYNTAX;
	if (word === 'not' && request.count !== 4) throw new RedisError('ERR BITOP NOT must be called with a single source key.');
	const sources: Uint8Array[] = [];
	for (let i = 3; i < request.count; i++) {
		const header = findString(space, request, i);
		sources.push(header.type === 0 ? NOTHING : header.buffer.slice(header.start, header.end));
	}
	const result = Buffer.alloc(Math.max(...sources.map((source) => source.length)));
	for (let at = 0; at < result.length; at++) result[at] = combined(word, sources, at);
	const target = space.find(request.bytes, request.starts[2]!, request.ends[2]!);
	if (result.length > 0) replace(space, request, 2, target, -1, result);
	else if (target.isStored) space.removeKey(request.bytes, request.starts[2]!, request.ends[2]!, target);
	out.integer(result.length);
}

/** A shorter string goes on with zeros. */
function combined(word: string, sources: readonly Uint8Array[], at: number): number {
	let byte = sources[0]![at] ?? 0;
	if (word === 'not') return ~byte;
	for (let i = 1; i < sources.length; i++) {
		const other = sources[i]![at] ?? 0;
		if (word === 'and') byte &= other;
		else if (word === 'or') byte |= other;
		else byte ^= other;
	}
	return byte;
}

export const bitCommands: CommandSet = {
	getbit: { run: getbit },
	setbit: { run: setbit, directArguments: ANY },
	bitcount: { run: bitcount },
	bitpos: { run: bitpos },
	bitop: { run: bitop },
};
