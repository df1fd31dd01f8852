/**
 * inet and cidr values: text in PostgreSQL's own output form (`10.1.2.3`, `10.0.0.0/8`, `::1`, `2001:db8::/32`), which is one
 * text per inet value. Parsing checks and normalises; comparison is by family, then by the network's common bits, then prefix length,
 * then address.
 */
import { sqlError } from '../platform/errors.ts';

/** Address bytes (4 or 16) and the length of the network's prefix. */
export interface InetParts {
	readonly address: Uint8Array;
	readonly prefix: number;
}

/** Checks a text and gives its normal form; `cidr` refuses bits right of the prefix and always shows it. */
export function parseInet(text: string, cidr: boolean): string {
	const typeName = cidr ? 'cidr' : 'inet';
	const parts = readInet(text.trim(), cidr);
	if (parts === null) throw sqlError('22P02', `invalid input syntax for type ${typeName}: "${text}"`);
	if (cidr && !hostBitsAreZero(parts)) throw sqlError('22P02', `invalid cidr value: "${text}"`, { detail: 'Value has bits set to right of mask.' });
	return formatInet(parts, cidr);
}

export function inetParts(value: string): InetParts {
	const parts = readInet(value, false);
	if (parts === null) throw sqlError('22P02', `invalid input syntax for type inet: "${value}"`);
	return parts;
}

export function formatInet(parts: InetParts, alwaysPrefix: boolean): string {
	const full = parts.address.length * 8;
	const address = parts.address.length === 4 ? parts.address.join('.') : formatSixteen(parts.address);
	return alwaysPrefix || parts.prefix !== full ? `${address}/${parts.prefix}` : address;
}

export function compareInet(left: string, right: string): number {
	if (left === right) return 0;
	const a = inetParts(left);
	const b = inetParts(right);
	if (a.address.length !== b.address.length) return a.address.length - b.address.length;
	const order = compareBits(a.address, b.address, Math.min(a.prefix, b.prefix));
	if (order !== 0) return order;
	if (a.prefix !== b.prefix) return a.prefix - b.prefix;
	return compareBits(a.address, b.address, a.address.length * 8);
}

function compareBits(left: Uint8Array, right: Uint8Array, count: number): number {
	const whole = count >> 3;
	for (let index = 0; index < whole; index++) if (left[index] !== right[index]) return left[index]! - right[index]!;
	const rest = count & 7;
	if (rest === 0) return 0;
	const shift = 8 - rest;
	return (left[whole]! >> shift) - (right[whole]! >> shift);
}

function hostBitsAreZero(parts: InetParts): boolean {
	for (let bit = parts.prefix; bit < parts.address.length * 8; bit++) if (((parts.address[bit >> 3]! >> (7 - (bit & 7))) & 1) !== 0) return false;
	return true;
}

function readInet(text: string, cidr: boolean): InetParts | null {
	const match = /^([0-9a-fA-F:.]+)(?:\/([0-9]{1,3}))?$/.exec(text);
	if (match === null) return null;
	const written = match[1]!;
	const address = written.includes(':') ? readSixteen(written) : readFour(written, cidr);
	if (address === null) return null;
	const octets = written.includes(':') ? 16 : written.split('.').length;
	const prefix = match[2] === undefined ? (cidr && address.length === 4 ? classPrefix(address, octets) : address.length * 8) : Number(match[2]);
	return prefix > address.length * 8 ? null : { address, prefix };
}

/** cidr may leave out octets: the prefix then follows from the class of the network and the octets written. */
function classPrefix(address: Uint8Array, octets: number): number {
	const first = address[0]!;
	const byClass = first >= 240 ? 32 : first >= 224 ? 8 : first >= 192 ? 24 : first >= 128 ? 16 : 8;
	return Math.max(byClass, octets * 8);
}

function readFour(text: string, cidr: boolean): Uint8Array | null {
	const parts = text.split('.');
	if (parts.length > 4 || (!cidr && parts.length < 4)) return null;
	const address = new Uint8Array(4);
	for (let index = 0; index < parts.length; index++) {
		const part = parts[index]!;
		if (!/^[0-9]{1,3}$/.test(part) || Number(part) > 255) return null;
		address[index] = Number(part);
	}
	return address;
}

function readSixteen(text: string): Uint8Array | null {
	const halves = text.split('::');
	if (halves.length > 2) return null;
	const head = readGroups(halves[0]!);
	const tail = halves.length === 2 ? readGroups(halves[1]!) : [];
	if (head === null || tail === null) return null;
	const missing = 16 - head.length - tail.length;
	if (halves.length === 2 ? missing < 2 : missing !== 0) return null;
	const address = new Uint8Array(16);
	address.set(head, 0);
	address.set(tail, 16 - tail.length);
	return address;
}

function readGroups(text: string): number[] | null {
	if (text === '') return [];
	const bytes: number[] = [];
	const groups = text.split(':');
	for (let index = 0; index < groups.length; index++) {
		const group = groups[index]!;
		if (group.includes('.') && index === groups.length - 1) {
			const four = readFour(group, false);
			if (four === null) return null;
			bytes.push(...four);
		} else {
			if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
			const value = Number.parseInt(group, 16);
			bytes.push(value >> 8, value & 0xff);
		}
	}
	return bytes.length > 16 ? null : bytes;
}

/** The longest run of two or more zero groups becomes `::`; addresses mapped from version 4 end in its form. */
function formatSixteen(address: Uint8Array): string {
	const groups: number[] = [];
	for (let index = 0; index < 16; index += 2) groups.push((address[index]! << 8) | address[index + 1]!);
	let best = -1;
	let bestLength = 1;
	for (let index = 0; index < 8; index++) {
		let end = index;
		while (end < 8 && groups[end] === 0) end++;
		if (end - index > bestLength) {
			best = index;
			bestLength = end - index;
		}
	}
	const embedded = best === 0 && (bestLength === 6 || (bestLength === 5 && groups[5] === 0xffff));
	const texts = groups.map((group) => group.toString(16));
	if (embedded) texts.splice(6, 2, [...address.subarray(12)].join('.'));
	if (best === -1) return texts.join(':');
	return `${texts.slice(0, best).join(':')}::${texts.slice(best + bestLength).join(':')}`;
}
