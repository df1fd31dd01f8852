/** Parsers of single fields that a copy's bytes can go through without becoming text first. */
import { isUtf8 } from 'node:buffer';
import { sqlError } from '../platform/errors.ts';
import type { FieldParser } from './copy-options.ts';

/** Above this a native call decodes faster than a loop. */
const LOOP_CHARACTERS_MAX = 16;
/** Integers of up to so many digits are read by a loop; longer ones through their text. */
const DIGITS_MAX = 15;

/** Text; throws 22021 for bytes that are not UTF-8, and for a zero byte. */
export function parseUtf8(bytes: Buffer, start: number, end: number): string {
	if (end - start <= LOOP_CHARACTERS_MAX) {
		let text = '';
		let at = start;
		for (; at < end; at++) {
			const byte = bytes[at]!;
			if (byte === 0 || byte >= 0x80) break;
			text += String.fromCharCode(byte);
		}
		if (at === end) return text;
	}
	const text = bytes.toString('utf8', start, end);
	if (text.includes('\0')) throw sqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
	if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end)))
		throw sqlError('22021', `invalid byte sequence for encoding "UTF8": ${firstWrong(bytes, start, end)}`);
	return text;
}

/** A parser for a type whose input function is `parse`. */
export function fieldParser(parse: (text: string) => unknown): FieldParser {
	return (bytes, start, end) => parse(parseUtf8(bytes, start, end));
}

/** A parser for integers between the limits; anything but plain digits goes through `parse`, which knows the errors. */
export function integerFieldParser(minimum: number, maximum: number, parse: (text: string) => unknown): FieldParser {
	return (bytes, start, end) => {
		const negative = bytes[start] === 0x2d;
		let at = negative ? start + 1 : start;
		if (end > at && end - at <= DIGITS_MAX) {
			let value = 0;
			for (; at < end; at++) {
				const digit = bytes[at]! - 48;
				if (digit < 0 || digit > 9) break;
				value = value * 10 + digit;
			}
			if (negative && value !== 0) value = -value;
			if (at === end && value >= minimum && value <= maximum) return value;
		}
		return parse(parseUtf8(bytes, start, end));
	};
}

function firstWrong(bytes: Buffer, start: number, end: number): string {
	let at = start;
	while (at < end) {
		const count = sequenceBytes(bytes[at]!);
		if (count === 0 || at + count > end || !isUtf8(bytes.subarray(at, at + count))) break;
		at += count;
	}
	const wrong = bytes.subarray(at, Math.min(end, at + Math.max(1, sequenceBytes(bytes[at] ?? 0))));
	return [...wrong].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ');
}

function sequenceBytes(lead: number): number {
	if (lead < 0x80) return 1;
	if (lead >= 0xc2 && lead < 0xe0) return 2;
	if (lead >= 0xe0 && lead < 0xf0) return 3;
	return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}
