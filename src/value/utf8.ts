/**
 * Text to UTF-8 bytes and back, fast for short ASCII: a call into the runtime costs 60 ns whatever the length, so up to
 * twelve characters are decoded, and up to 24 encoded, by plain loops (4-character text: 17 ns read, 10 ns written). `Buffer`'s
 * own methods are called on any Uint8Array.
 */
import { isUtf8 } from 'node:buffer';
import { sqlError } from '../platform/errors.ts';

const utf8Slice = (Buffer.prototype as unknown as { utf8Slice(this: Uint8Array, start: number, end: number): string }).utf8Slice;
const utf8Write = (Buffer.prototype as unknown as { utf8Write(this: Uint8Array, text: string, at: number): number }).utf8Write;
const fromCodes = String.fromCharCode;
/** No UTF-16 unit takes more bytes than this. */
export const UTF8_BYTES_PER_UNIT_MAX = 3;

/** The text of `bytes[start, end)`. Malformed sequences become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
	const count = end - start;
	if (count > 12) return utf8Slice.call(bytes, start, end);
	if (count <= 4) return decodeUpTo4(bytes, start, count, end);
	return decodeUpTo12(bytes, start, count, end);
}

function decodeUpTo4(bytes: Uint8Array, start: number, count: number, end: number): string {
	if (count === 0) return '';
	const a = bytes[start]!;
	const b = count > 1 ? bytes[start + 1]! : 0;
	const c = count > 2 ? bytes[start + 2]! : 0;
	const d = count > 3 ? bytes[start + 3]! : 0;
	if ((a | b | c | d) >= 0x80) return utf8Slice.call(bytes, start, end);
	return count === 1 ? fromCodes(a) : count === 2 ? fromCodes(a, b) : count === 3 ? fromCodes(a, b, c) : fromCodes(a, b, c, d);
}

function decodeUpTo12(bytes: Uint8Array, start: number, count: number, end: number): string {
	const a = bytes[start]!;
	const b = bytes[start + 1]!;
	const c = bytes[start + 2]!;
	const d = bytes[start + 3]!;
	const e = bytes[start + 4]!;
	if ((a | b | c | d | e) >= 0x80) return utf8Slice.call(bytes, start, end);
	if (count === 5) return fromCodes(a, b, c, d, e);
	const f = bytes[start + 5]!;
	const g = count > 6 ? bytes[start + 6]! : 0;
	const h = count > 7 ? bytes[start + 7]! : 0;
	if ((f | g | h) >= 0x80) return utf8Slice.call(bytes, start, end);
	if (count === 6) return fromCodes(a, b, c, d, e, f);
	if (count === 7) return fromCodes(a, b, c, d, e, f, g);
	if (count === 8) return fromCodes(a, b, c, d, e, f, g, h);
	const i = bytes[start + 8]!;
	const j = count > 9 ? bytes[start + 9]! : 0;
	const k = count > 10 ? bytes[start + 10]! : 0;
	const l = count > 11 ? bytes[start + 11]! : 0;
	if ((i | j | k | l) >= 0x80) return utf8Slice.call(bytes, start, end);
	if (count === 9) return fromCodes(a, b, c, d, e, f, g, h, i);
	if (count === 10) return fromCodes(a, b, c, d, e, f, g, h, i, j);
	return count === 11 ? fromCodes(a, b, c, d, e, f, g, h, i, j, k) : fromCodes(a, b, c, d, e, f, g, h, i, j, k, l);
}

/** Writes the text at `into[at…]`, where there must be room for three bytes per unit; returns the place after it. */
export function encodeUtf8(into: Uint8Array, at: number, text: string): number {
	const count = text.length;
	if (count > 24) return at + utf8Write.call(into, text, at);
	for (let index = 0; index < count; index++) {
		const code = text.charCodeAt(index);
		if (code >= 0x80) return at + utf8Write.call(into, text, at);
		into[at + index] = code;
	}
	return at + count;
}

/** As `decodeUtf8`, for bytes from outside: 22021 for a malformed sequence or a 0 byte, which no text may hold. */
export function decodeUtf8Checked(bytes: Uint8Array, start: number, end: number): string {
	const text = decodeUtf8(bytes, start, end);
	if (text.includes('\0') || (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end)))) throw invalidUtf8(bytes, start, end);
	return text;
}

function invalidUtf8(bytes: Uint8Array, start: number, end: number): Error {
	let at = start;
	for (let count = 1; at < end; at += count) {
		const first = bytes[at]!;
		count = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
		if (first === 0 || !isUtf8(bytes.subarray(at, Math.min(at + count, end)))) break;
	}
	const first = bytes[at]!;
	const shown = first < 0x80 ? 1 : first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	const hex = Array.from(bytes.subarray(at, Math.min(at + shown, end)), (byte) => `0x${byte.toString(16).padStart(2, '0')}`);
	return sqlError('22021', `invalid byte sequence for encoding "UTF8": ${hex.join(' ')}`);
}
