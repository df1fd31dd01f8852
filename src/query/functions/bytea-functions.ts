/**
 * Functions of bytea: lengths, cutting, bits and bytes, encodings, digests. Positions of bytes count from 0 in get_byte and its kin,
 * from 1 in substring.
 *
 * Source: PostgreSQL manual §9.5.
 */
import { createHash } from 'node:crypto';
import { sqlError } from '../../platform/errors.ts';
import { parseBytea } from '../../value/bytea-text.ts';
import type { Int8 } from '../../value/int8.ts';
import type { OperatorEntry, ScalarFunction } from './contracts.ts';
import { operator, scalar } from './define.ts';

function concatenate(left: Uint8Array, right: Uint8Array): Uint8Array {
	const result = new Uint8Array(left.length + right.length);
	result.set(left);
	result.set(right, left.length);
	return result;
}

const substringFrom = (bytes: Uint8Array, start: number): Uint8Array => bytes.slice(Math.max(start - 1, 0));

function substringFor(bytes: Uint8Array, start: number, count: number): Uint8Array {
	if (count < 0) throw sqlError('22011', 'negative substring length not allowed');
	const end = start + count - 1;
	return end < 1 ? new Uint8Array(0) : bytes.slice(Math.max(start - 1, 0), end);
}

function overlay(bytes: Uint8Array, replacement: Uint8Array, start: number, count = replacement.length): Uint8Array {
	if (start <= 0) throw sqlError('22011', 'negative substring length not allowed');
	return concatenate(concatenate(bytes.slice(0, start - 1), replacement), bytes.slice(start - 1 + count));
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
const position = (part: Uint8Array, bytes: Uint8Array): number => bufferOf(bytes).indexOf(bufferOf(part)) + 1;

function trim(bytes: Uint8Array, set: Uint8Array, atStart: boolean, atEnd: boolean): Uint8Array {
	let start = 0;
	let end = bytes.length;
	if (atStart) while (start < end && set.includes(bytes[start]!)) start++;
	if (atEnd) while (end > start && set.includes(bytes[end - 1]!)) end--;
	return bytes.slice(start, end);
}

function checkIndex(index: Int8, count: number): number {
	if (index < 0 || index >= count) throw sqlError('2202E', `index ${index} out of valid range, 0..${count - 1}`);
	return Number(index);
}

/** Bit n is bit n mod 8, from the right, of byte n / 8. */
function getBit(bytes: Uint8Array, index: Int8): number {
	const at = checkIndex(index, bytes.length * 8);
	return (bytes[Math.floor(at / 8)]! >> (at % 8)) & 1;
}

function setBit(bytes: Uint8Array, index: Int8, bit: number): Uint8Array {
	const at = checkIndex(index, bytes.length * 8);
	if (bit !== 0 && bit !== 1) throw sqlError('22023', 'new bit must be 0 or 1');
	const result = bytes.slice();
	const mask = 1 << (at % 8);
	const byte = Math.floor(at / 8);
	result[byte] = bit === 1 ? result[byte]! | mask : result[byte]! & ~mask;
	return result;
}

const getByte = (bytes: Uint8Array, index: number): number => bytes[checkIndex(index, bytes.length)]!;

function setByte(bytes: Uint8Array, index: number, value: number): Uint8Array {
	const result = bytes.slice();
	result[checkIndex(index, bytes.length)] = value & 255;
	return result;
}

function bitCount(bytes: Uint8Array): number {
	let count = 0;
	for (const byte of bytes) for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
	return count;
}

const digest =
	(algorithm: string) =>
	(bytes: Uint8Array): Uint8Array =>
		new Uint8Array(createHash(algorithm).update(bytes).digest());
const md5 = (data: Uint8Array | string): string => createHash('md5').update(data).digest('hex');

const BASE64_LINE = 76;

function encode(bytes: Uint8Array, format: string): string {
	switch (format.toLowerCase()) {
		case 'hex':
			return bufferOf(bytes).toString('hex');
		case 'base64':
			return bufferOf(bytes)
				.toString('base64')
				.replace(new RegExp(`.{${BASE64_LINE}}(?=.)`, 'g'), '$&\n');
		case 'escape':
			return formatEscape(bytes);
		default:
			throw unknownEncoding(format);
	}
}

function unknownEncoding(format: string): Error {
	return sqlError('22023', `unrecognized encoding: "${format}"`);
}

/** Zero and high bytes as octal, backslashes doubled; other bytes stand for themselves. */
function formatEscape(bytes: Uint8Array): string {
	let result = '';
	for (const byte of bytes) {
		if (byte === 0 || byte > 127) result += `\\${byte.toString(8).padStart(3, '0')}`;
		else result += byte === 92 ? '\\\\' : String.fromCharCode(byte);
	}
	return result;
}

function decode(text: string, format: string): Uint8Array {
	switch (format.toLowerCase()) {
		case 'hex':
			return decodeHex(text);
		case 'base64':
			return decodeBase64(text);
		case 'escape':
			return decodeEscape(text);
		default:
			throw unknownEncoding(format);
	}
}

function decodeHex(text: string): Uint8Array {
	const digits = text.replace(/[ \n\t\r]/g, '');
	const wrong = /[^0-9a-fA-F]/u.exec(digits);
	if (wrong !== null) throw sqlError('22023', `invalid hexadecimal digit: "${wrong[0]}"`);
	if (digits.length % 2 !== 0) throw sqlError('22023', 'invalid hexadecimal data: odd number of digits');
	return new Uint8Array(Buffer.from(digits, 'hex'));
}

function decodeBase64(text: string): Uint8Array {
	const symbols = text.replace(/[ \n\t\r]/g, '');
	const wrong = /[^A-Za-z0-9+/=]/u.exec(symbols);
	if (wrong !== null) throw sqlError('22023', `invalid symbol "${wrong[0]}" found while decoding base64 sequence`);
	const data = symbols.replace(/={1,2}$/, '');
	if (data.includes('=')) throw sqlError('22023', 'unexpected "=" while decoding base64 sequence');
	if (symbols.length % 4 !== 0)
		throw sqlError('22023', 'invalid base64 end sequence', { hint: 'Input data is missing padding, is truncated, or is otherwise corrupted.' });
	return new Uint8Array(Buffer.from(symbols, 'base64'));
}

function decodeEscape(text: string): Uint8Array {
	return parseBytea(text.startsWith('\\x') ? `\\134${text.slice(1)}` : text);
}

const ENCODINGS: ReadonlyMap<string, BufferEncoding> = new Map([
	['UTF8', 'utf8'],
	['UNICODE', 'utf8'],
	['LATIN1', 'latin1'],
	['ISO88591', 'latin1'],
	['SQLASCII', 'utf8'],
]);

function encodingOf(name: string, role: string): BufferEncoding {
	const encoding = ENCODINGS.get(name.toUpperCase().replace(/[^A-Z0-9]/g, ''));
	if (encoding === undefined) throw sqlError('22023', `invalid ${role} encoding name "${name}"`);
	return encoding;
}

function textOf(bytes: Uint8Array, encoding: BufferEncoding, name: string): string {
	if (encoding !== 'utf8') return bufferOf(bytes).toString(encoding);
	const text = bufferOf(bytes).toString('utf8');
	if (text.includes('\ufffd') && !bufferOf(bytes).equals(Buffer.from(text, 'utf8'))) {
		throw sqlError('22021', `invalid byte sequence for encoding "${name}": ${invalidSequence(bytes)}`);
	}
	return text;
}

/** The first bytes that are no character, as many as their first one announces. */
function invalidSequence(bytes: Uint8Array): string {
	let at = 0;
	while (at < bytes.length) {
		const lead = bytes[at]!;
		const count = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		const character = bufferOf(bytes.subarray(at, at + count));
		if (lead > 0xf4 || (lead >= 0x80 && lead < 0xc2)) return hexBytes(character.subarray(0, 1));
		if (!character.equals(Buffer.from(character.toString('utf8'), 'utf8')) || character.length < count) return hexBytes(character);
		at += count;
	}
	return '';
}

const hexBytes = (bytes: Uint8Array): string => Array.from(bytes, (byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ');

function bytesOf(text: string, encoding: BufferEncoding, name: string): Uint8Array {
	if (encoding === 'latin1') {
		const wrong = /[^\0-\xff]/u.exec(text);
		if (wrong !== null) {
			const hex = hexBytes(Buffer.from(wrong[0], 'utf8'));
			throw sqlError('22P05', `character with byte sequence ${hex} in encoding "UTF8" has no equivalent in encoding "${name}"`);
		}
	}
	return new Uint8Array(Buffer.from(text, encoding));
}

const convertFrom = (bytes: Uint8Array, name: string): string => textOf(bytes, encodingOf(name, 'source'), name.toUpperCase());
const convertTo = (text: string, name: string): Uint8Array => bytesOf(text, encodingOf(name, 'destination'), name.toUpperCase());
const convert = (bytes: Uint8Array, from: string, to: string): Uint8Array => convertTo(convertFrom(bytes, from), to);

const STABLE = { volatility: 'stable' } as const;

export const byteaOperators: readonly OperatorEntry[] = [operator(2018, 'bytea || bytea', scalar(2011, 'byteacat(bytea, bytea) bytea', concatenate))];

export const byteaFunctions: readonly ScalarFunction[] = [
	scalar(2010, 'length(bytea) int4', (bytes: Uint8Array) => bytes.length),
	scalar(1713, 'length(bytea, name) int4', (bytes: Uint8Array, name: string) => Array.from(convertFrom(bytes, name)).length, STABLE),
	scalar(720, 'octet_length(bytea) int4', (bytes: Uint8Array) => bytes.length),
	scalar(1810, 'bit_length(bytea) int4', (bytes: Uint8Array) => bytes.length * 8),
	scalar(6163, 'bit_count(bytea) int8', bitCount),
	scalar(2085, 'substr(bytea, int4, int4) bytea', substringFor),
	scalar(2086, 'substr(bytea, int4) bytea', substringFrom),
	scalar(2012, 'substring(bytea, int4, int4) bytea', substringFor),
	scalar(2013, 'substring(bytea, int4) bytea', substringFrom),
	scalar(749, 'overlay(bytea, bytea, int4, int4) bytea', overlay),
	scalar(752, 'overlay(bytea, bytea, int4) bytea', overlay),
	scalar(2014, 'position(bytea, bytea) int4', (bytes: Uint8Array, part: Uint8Array) => position(part, bytes)),
	scalar(2015, 'btrim(bytea, bytea) bytea', (bytes: Uint8Array, set: Uint8Array) => trim(bytes, set, true, true)),
	scalar(6195, 'ltrim(bytea, bytea) bytea', (bytes: Uint8Array, set: Uint8Array) => trim(bytes, set, true, false)),
	scalar(6196, 'rtrim(bytea, bytea) bytea', (bytes: Uint8Array, set: Uint8Array) => trim(bytes, set, false, true)),
	scalar(723, 'get_bit(bytea, int8) int4', getBit),
	scalar(724, 'set_bit(bytea, int8, int4) bytea', setBit),
	scalar(721, 'get_byte(bytea, int4) int4', getByte),
	scalar(722, 'set_byte(bytea, int4, int4) bytea', setByte),
	scalar(2311, 'md5(text) text', md5),
	scalar(2321, 'md5(bytea) text', md5),
	scalar(3419, 'sha224(bytea) bytea', digest('sha224')),
	scalar(3420, 'sha256(bytea) bytea', digest('sha256')),
	scalar(3421, 'sha384(bytea) bytea', digest('sha384')),
	scalar(3422, 'sha512(bytea) bytea', digest('sha512')),
	scalar(1946, 'encode(bytea, text) text', encode),
	scalar(1947, 'decode(text, text) bytea', decode),
	scalar(1714, 'convert_from(bytea, name) text', convertFrom, STABLE),
	scalar(1717, 'convert_to(text, name) bytea', convertTo, STABLE),
	scalar(1813, 'convert(bytea, name, name) bytea', convert, STABLE),
];
