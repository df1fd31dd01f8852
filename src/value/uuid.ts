/** uuid values: 36 lower-case characters in memory, 16 bytes in rows, keys and on the wire. */
import { sqlError } from '../platform/errors.ts';

const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const UUID_TEXT = /^(?:\{([^{}]*)\}|([^{}]*))$/;

/** Any case, with or without braces, hyphens after any group of four digits. */
export function parseUuid(text: string): string {
	const match = UUID_TEXT.exec(text);
	const inner = match === null ? '' : (match[1] ?? match[2]!);
	if (!/^[0-9a-fA-F]{4}(?:-?[0-9a-fA-F]{4}){7}$/.test(inner)) throw sqlError('22P02', `invalid input syntax for type uuid: "${text}"`);
	const digits = inner.replaceAll('-', '').toLowerCase();
	return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

/** The text of the 16 bytes at `at`. */
export function formatUuid(bytes: Uint8Array, at: number): string {
	let text = '';
	for (let index = 0; index < 16; index++) {
		if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
		text += hexPairs[bytes[at + index]!];
	}
	return text;
}

export function writeUuid(bytes: Uint8Array, at: number, uuid: string): void {
	let place = at;
	for (let index = 0; index < 36; index += 2) {
		if (uuid.charCodeAt(index) === 45) index++;
		bytes[place++] = (hexDigit(uuid.charCodeAt(index)) << 4) | hexDigit(uuid.charCodeAt(index + 1));
	}
}

function hexDigit(code: number): number {
	return code <= 57 ? code - 48 : code - 87;
}
