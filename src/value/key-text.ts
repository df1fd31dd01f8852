/** Key bytes of text: UTF-8 and a 0 byte, which no text holds. */
import { sqlError } from '../platform/errors.ts';
import { type KeyTarget, reserveBytes } from './key-buffer.ts';
import { encodeUtf8, UTF8_BYTES_PER_UNIT_MAX } from './utf8.ts';

/** Appends the text; 22021 if it holds a 0 character. */
export function writeTextKey(text: string, target: KeyTarget): void {
	const count = text.length;
	reserveBytes(target, count * UTF8_BYTES_PER_UNIT_MAX + 1);
	const bytes = target.bytes;
	const start = target.length;
	let index = 0;
	if (count <= 24) {
		for (; index < count; index++) {
			const code = text.charCodeAt(index);
			if (code >= 0x80 || code === 0) break;
			bytes[start + index] = code;
		}
	}
	let end = start + count;
	if (index < count) {
		if (text.includes('\0')) throw sqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
		end = encodeUtf8(bytes, start, text);
	}
	bytes[end] = 0;
	target.length = end + 1;
}

/** The place after the text that begins at `start`; its end byte is 0 combined with `mask`. */
export function textKeyEnd(bytes: Uint8Array, start: number, mask: number): number {
	let at = start;
	while (bytes[at] !== mask) at++;
	return at + 1;
}
