/** Bytes of any length inside keys: a 0 becomes 0 255, and 0 0 ends them, so that no part is a prefix of another. */
import { type KeyTarget, reserveBytes } from './key-buffer.ts';

export function writeEscaped(value: Uint8Array, target: KeyTarget): void {
	reserveBytes(target, value.length * 2 + 2);
	const bytes = target.bytes;
	let at = target.length;
	for (let index = 0; index < value.length; index++) {
		const byte = value[index]!;
		bytes[at++] = byte;
		if (byte === 0) bytes[at++] = 0xff;
	}
	bytes[at++] = 0;
	bytes[at++] = 0;
	target.length = at;
}

export function escapedEnd(bytes: Uint8Array, start: number, mask: number): number {
	let at = start;
	while (bytes[at] !== mask || bytes[at + 1] !== mask) at += bytes[at] === mask ? 2 : 1;
	return at + 2;
}

export function readEscaped(bytes: Uint8Array, start: number): Uint8Array {
	const end = escapedEnd(bytes, start, 0) - 2;
	const value = new Uint8Array(end - start);
	let count = 0;
	for (let at = start; at < end; at++) {
		value[count++] = bytes[at]!;
		if (bytes[at] === 0) at++;
	}
	return value.slice(0, count);
}
