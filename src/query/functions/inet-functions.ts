/**
 * Operators and functions of inet and cidr. Values are texts in normal form; each operation reads address and prefix from them.
 *
 * Source: PostgreSQL manual §9.12.
 */
import { sqlError } from '../../platform/errors.ts';
import { formatInet, type InetParts, inetParts } from '../../value/inet.ts';
import { fromBigInt, type Int8 } from '../../value/int8.ts';
import type { CastEntry, OperatorEntry, ScalarFunction } from './contracts.ts';
import { cast, operator, scalar } from './define.ts';

const bitCount = (parts: InetParts): number => parts.address.length * 8;

/** The first `prefix` bits of an address are ones. */
function maskOf(byteCount: number, prefix: number): Uint8Array {
	const mask = new Uint8Array(byteCount);
	for (let index = 0; index < byteCount; index++) {
		const bits = Math.max(0, Math.min(8, prefix - index * 8));
		mask[index] = (0xff << (8 - bits)) & 0xff;
	}
	return mask;
}

const combine = (address: Uint8Array, other: Uint8Array, operation: (a: number, b: number) => number): Uint8Array =>
	address.map((byte, index) => operation(byte, other[index]!) & 0xff);

function networkOf({ address, prefix }: InetParts): Uint8Array {
	return combine(address, maskOf(address.length, prefix), (a, b) => a & b);
}

/** Whether the first bits of two addresses of one family agree. */
function sharesBits(left: InetParts, right: InetParts, prefix: number): boolean {
	if (left.address.length !== right.address.length) return false;
	const mask = maskOf(left.address.length, prefix);
	return left.address.every((byte, index) => (byte & mask[index]!) === (right.address[index]! & mask[index]!));
}

function relation(holds: (left: InetParts, right: InetParts) => boolean): (left: string, right: string) => boolean {
	return (left, right) => holds(inetParts(left), inetParts(right));
}

const isInside = relation((a, b) => a.prefix > b.prefix && sharesBits(a, b, b.prefix));
const isInsideOrEqual = relation((a, b) => a.prefix >= b.prefix && sharesBits(a, b, b.prefix));
const contains = relation((a, b) => a.prefix < b.prefix && sharesBits(a, b, a.prefix));
const containsOrEqual = relation((a, b) => a.prefix <= b.prefix && sharesBits(a, b, a.prefix));
const overlaps = relation((a, b) => sharesBits(a, b, Math.min(a.prefix, b.prefix)));

function bitwise(operation: (a: number, b: number) => number, verb: string): (left: string, right: string) => string {
	return (left, right) => {
		const a = inetParts(left);
		const b = inetParts(right);
		if (a.address.length !== b.address.length) throw sqlError('22023', `cannot ${verb} inet values of different sizes`);
		return formatInet({ address: combine(a.address, b.address, operation), prefix: Math.max(a.prefix, b.prefix) }, false);
	};
}

function invert(value: string): string {
	const { address, prefix } = inetParts(value);
	return formatInet({ address: address.map((byte) => ~byte & 0xff), prefix }, false);
}

const numberOf = (address: Uint8Array): bigint => address.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

function addressOf(value: bigint, byteCount: number): Uint8Array {
	if (value < 0n || value >= 1n << BigInt(byteCount * 8)) throw sqlError('22003', 'result is out of range');
	const address = new Uint8Array(byteCount);
	let rest = value;
	for (let index = byteCount - 1; index >= 0; index--) {
		address[index] = Number(rest & 255n);
		rest >>= 8n;
	}
	return address;
}

function add(value: string, count: Int8): string {
	const { address, prefix } = inetParts(value);
	return formatInet({ address: addressOf(numberOf(address) + BigInt(count), address.length), prefix }, false);
}

function difference(left: string, right: string): Int8 {
	const a = inetParts(left);
	const b = inetParts(right);
	if (a.address.length !== b.address.length) throw sqlError('22023', 'cannot subtract inet values of different sizes');
	const result = numberOf(a.address) - numberOf(b.address);
	if (result !== BigInt.asIntN(64, result)) throw sqlError('22003', 'result is out of range');
	return fromBigInt(result);
}

function broadcast(value: string): string {
	const parts = inetParts(value);
	const mask = maskOf(parts.address.length, parts.prefix);
	return formatInet({ address: combine(parts.address, mask, (a, b) => a | ~b), prefix: parts.prefix }, false);
}

function withPrefix(value: string, prefix: number): InetParts {
	const parts = inetParts(value);
	const wanted = prefix === -1 ? bitCount(parts) : prefix;
	if (wanted < 0 || wanted > bitCount(parts)) throw sqlError('22023', `invalid mask length: ${prefix}`);
	return { address: parts.address, prefix: wanted };
}

function wholeAddress(address: Uint8Array): string {
	return formatInet({ address, prefix: address.length * 8 }, false);
}

/** The smallest network that holds both. */
function merge(left: string, right: string): string {
	const a = inetParts(left);
	const b = inetParts(right);
	if (a.address.length !== b.address.length) throw sqlError('22023', 'cannot merge addresses from different families');
	let prefix = Math.min(a.prefix, b.prefix);
	while (!sharesBits(a, b, prefix)) prefix--;
	return formatInet({ address: networkOf({ address: a.address, prefix }), prefix }, true);
}

const hostText = (value: string): string => wholeAddress(inetParts(value).address);
const withNetmask = (value: string): string => formatInet(inetParts(value), true);

/** Zero bytes at the end of an IPv4 network are left out. */
function abbreviateNetwork(value: string): string {
	const { address, prefix } = inetParts(value);
	if (address.length !== 4) return formatInet({ address, prefix }, true);
	return `${Array.from(address.subarray(0, Math.max(1, Math.ceil(prefix / 8)))).join('.')}/${prefix}`;
}

const toCidr = (value: string): string => {
	const parts = inetParts(value);
	return formatInet({ address: networkOf(parts), prefix: parts.prefix }, true);
};

const INET_TEXT = scalar(730, 'text(inet) text', withNetmask);

export const inetOperators: readonly OperatorEntry[] = [
	operator(931, 'inet << inet', scalar(927, 'network_sub(inet, inet) bool', isInside), '>>'),
	operator(932, 'inet <<= inet', scalar(928, 'network_subeq(inet, inet) bool', isInsideOrEqual), '>>='),
	operator(933, 'inet >> inet', scalar(929, 'network_sup(inet, inet) bool', contains), '<<'),
	operator(934, 'inet >>= inet', scalar(930, 'network_supeq(inet, inet) bool', containsOrEqual), '<<='),
	operator(3552, 'inet && inet', scalar(3551, 'network_overlap(inet, inet) bool', overlaps), '&&'),
	operator(2634, '~ inet', scalar(2627, 'inetnot(inet) inet', invert)),
	operator(
		2635,
		'inet & inet',
		scalar(
			2628,
			'inetand(inet, inet) inet',
			bitwise((a, b) => a & b, 'AND'),
		),
	),
	operator(
		2636,
		'inet | inet',
		scalar(
			2629,
			'inetor(inet, inet) inet',
			bitwise((a, b) => a | b, 'OR'),
		),
	),
	operator(2637, 'inet + int8', scalar(2630, 'inetpl(inet, int8) inet', add), '+'),
	operator(
		2638,
		'int8 + inet',
		scalar(2631, 'int8pl_inet(int8, inet) inet', (count: Int8, value: string) => add(value, count)),
		'+',
	),
	operator(
		2639,
		'inet - int8',
		scalar(2632, 'inetmi_int8(inet, int8) inet', (value: string, count: Int8) => add(value, -BigInt(count))),
	),
	operator(2640, 'inet - inet', scalar(2633, 'inetmi(inet, inet) int8', difference)),
];

export const inetCasts: readonly CastEntry[] = [
	cast('cidr', 'inet', 'implicit', null),
	cast('inet', 'cidr', 'assignment', scalar(1715, 'cidr(inet) cidr', toCidr)),
	...['inet', 'cidr'].flatMap((source) => ['text', 'varchar', 'bpchar'].map((target) => cast(source, target, 'assignment', INET_TEXT))),
];

export const inetFunctions: readonly ScalarFunction[] = [
	scalar(598, 'abbrev(inet) text', (value: string) => formatInet(inetParts(value), false)),
	scalar(599, 'abbrev(cidr) text', abbreviateNetwork),
	scalar(698, 'broadcast(inet) inet', broadcast),
	scalar(711, 'family(inet) int4', (value: string) => (inetParts(value).address.length === 4 ? 4 : 6)),
	scalar(699, 'host(inet) text', hostText),
	scalar(1362, 'hostmask(inet) inet', (value: string) => {
		const { address, prefix } = inetParts(value);
		return wholeAddress(maskOf(address.length, prefix).map((byte) => ~byte & 0xff));
	}),
	scalar(4063, 'inet_merge(inet, inet) cidr', merge),
	scalar(4071, 'inet_same_family(inet, inet) bool', (left: string, right: string) => inetParts(left).address.length === inetParts(right).address.length),
	scalar(697, 'masklen(inet) int4', (value: string) => inetParts(value).prefix),
	scalar(696, 'netmask(inet) inet', (value: string) => {
		const { address, prefix } = inetParts(value);
		return wholeAddress(maskOf(address.length, prefix));
	}),
	scalar(683, 'network(inet) cidr', toCidr),
	scalar(605, 'set_masklen(inet, int4) inet', (value: string, prefix: number) => formatInet(withPrefix(value, prefix), false)),
	scalar(635, 'set_masklen(cidr, int4) cidr', (value: string, prefix: number) => {
		const parts = withPrefix(value, prefix);
		return formatInet({ address: networkOf(parts), prefix: parts.prefix }, true);
	}),
];
