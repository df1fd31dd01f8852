/** Text of bytea: `\x` and hexadecimal digits, or the older escape form (`\\`, `\ooo`). */
import { sqlError } from '../platform/errors.ts';

export function parseBytea(text: string): Uint8Array {
	return text.startsWith('\\x') ? parseHexadecimal(text) : parseEscaped(text);
}

function parseHexadecimal(text: string): Uint8Array {
	const rest = text.slice(2);
	if (rest.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(rest)) return new Uint8Array(Buffer.from(rest, 'hex'));
	const bytes: number[] = [];
	for (let index = 0; index < rest.length; ) {
		const character = rest[index]!;
		// Blanks may stand between bytes, not within one.
		if (/[ \t\n\r]/.test(character)) index++;
		else {
			const high = digitOf(rest, index);
			if (index + 1 >= rest.length) throw sqlError('22023', 'invalid hexadecimal data: odd number of digits');
			bytes.push(high * 16 + digitOf(rest, index + 1));
			index += 2;
		}
	}
	return Uint8Array.from(bytes);
}

function digitOf(text: string, index: number): number {
	const digit = Number.parseInt(text[index]!, 16);
	if (Number.isNaN(digit)) throw sqlError('22023', `invalid hexadecimal digit: "${String.fromCodePoint(text.codePointAt(index)!)}"`);
	return digit;
}

function parseEscaped(text: string): Uint8Array {
	const source = Buffer.from(text, 'utf8');
	const bytes = new Uint8Array(source.length);
	let count = 0;
	for (let index = 0; index < source.length; ) {
		if (source[index] !== 92) bytes[count++] = source[index++]!;
		else if (source[index + 1] === 92) {
			bytes[count++] = 92;
			index += 2;
		} else {
			const octal = source.toString('latin1', index + 1, index + 4);
			if (!/^[0-3][0-7]{2}$/.test(octal)) throw sqlError('22P02', 'invalid input syntax for type bytea');
			bytes[count++] = Number.parseInt(octal, 8);
			index += 4;
		}
	}
	return bytes.slice(0, count);
}

export function formatBytea(bytes: Uint8Array, output: 'hex' | 'escape'): string {
	const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (output === 'hex') return `\\x${buffer.toString('hex')}`;
	let text = '';
	for (const byte of buffer) {
		if (byte === 92) text += '\\\\';
		else if (byte < 32 || byte > 126) text += `\\${byte.toString(8).padStart(3, '0')}`;
		else text += String.fromCharCode(byte);
	}
	return text;
}
