/**
 * One request: its arguments, the command's name first, as places in a buffer. The connection's own is filled anew for each
 * request; `copy` makes one that lasts.
 */
import { equalBytes } from '../../bytes/compare-bytes.ts';
import { NOT_AN_INTEGER, RedisError } from './redis-error.ts';

const NOT_SAFE = Number.NaN;

export class Request {
	bytes: Buffer;
	readonly starts: number[];
	readonly ends: number[];
	count: number;

	constructor(bytes: Buffer) {
		this.bytes = bytes;
		this.starts = [];
		this.ends = [];
		this.count = 0;
	}

	static of(args: readonly (string | Uint8Array)[]): Request {
		const request = new Request(Buffer.concat(args.map((arg) => Buffer.from(arg))));
		let at = 0;
		for (const arg of args) {
			request.add(at, at + Buffer.byteLength(arg));
			at = request.ends.at(-1)!;
		}
		return request;
	}

	add(start: number, end: number): void {
		this.starts[this.count] = start;
		this.ends[this.count] = end;
		this.count++;
	}

	copy(): Request {
		const first = this.starts[0] ?? 0;
		const copied = new Request(Buffer.from(this.bytes.subarray(first, this.ends[this.count - 1] ?? 0)));
		for (let i = 0; i < this.count; i++) copied.add(this.starts[i]! - first, this.ends[i]! - first);
		return copied;
	}

	/** A view of an argument. */
	view(index: number): Buffer {
		return this.bytes.subarray(this.starts[index]!, this.ends[index]!);
	}

	/** UTF-8; bytes that are none are shown as U+FFFD. */
	text(index: number): string {
		return this.bytes.toString('utf8', this.starts[index]!, this.ends[index]!);
	}

	/** A text that keeps every byte apart: for names of channels and keys in maps. */
	latin1(index: number): string {
		return this.bytes.toString('latin1', this.starts[index]!, this.ends[index]!);
	}

	lower(index: number): string {
		return this.text(index).toLowerCase();
	}

	/** True when the argument is the word, whatever its case. */
	is(index: number, word: string): boolean {
		return this.ends[index]! - this.starts[index]! === word.length && this.lower(index) === word;
	}

	equal(index: number, other: number): boolean {
		return equalBytes(this.bytes, this.starts[index]!, this.ends[index]!, this.bytes, this.starts[other]!, this.ends[other]!);
	}

	/** A whole number in int8's range; beyond ±2^53 it is not exact, and NaN. Throws `notInteger` where it is no number. */
	integer(index: number, notInteger: RedisError = NOT_AN_INTEGER): number {
		const value = parseInteger(this.bytes, this.starts[index]!, this.ends[index]!);
		if (value === undefined) throw notInteger;
		return value;
	}

	/** As `integer`, for counts and indexes: beyond ±2^53 it is as good as infinite. */
	index(index: number, notInteger: RedisError = NOT_AN_INTEGER): number {
		const value = this.integer(index, notInteger);
		if (!Number.isNaN(value)) return value;
		return this.bytes[this.starts[index]!] === 0x2d ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
	}

	/** A number in any form that a score may have. */
	float(index: number, notFloat: string): number {
		const value = parseFloating(this.text(index));
		if (value === undefined) throw new RedisError(notFloat);
		return value;
	}
}

/** Digits without leading zeros or plus, perhaps after a minus, within int8: undefined for anything else, NaN past ±2^53. */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number | undefined {
	let at = start;
	const isNegative = bytes[at] === 0x2d;
	if (isNegative) at++;
	const digits = end - at;
	if (digits === 0 || digits > 19) return undefined;
	if (bytes[at] === 0x30) return digits === 1 && !isNegative ? 0 : undefined;
	let value = 0;
	for (; at < end; at++) {
		const digit = bytes[at]! - 0x30;
		if (digit < 0 || digit > 9) return undefined;
		value = value * 10 + digit;
	}
	if (value <= Number.MAX_SAFE_INTEGER) return isNegative ? -value : value;
	const exact = parseBigInteger(bytes, start, end);
	return exact === undefined ? undefined : NOT_SAFE;
}

const INT8_MAX = 2n ** 63n - 1n;

/** The same for numbers past ±2^53. */
export function parseBigInteger(bytes: Uint8Array, start: number, end: number): bigint | undefined {
	const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
	if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return undefined;
	const value = BigInt(text);
	return value > INT8_MAX || value < -INT8_MAX - 1n ? undefined : value;
}

/** Decimal, hexadecimal, `inf` and `infinity`, as strtod takes them; undefined for anything else, NaN included. */
export function parseFloating(text: string): number | undefined {
	if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
	const match = /^([+-]?)(inf|infinity)$/i.exec(text);
	if (match !== null) return match[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
	const hexadecimal = /^([+-]?)(0x[0-9a-f]+)$/i.exec(text);
	if (hexadecimal !== null) return hexadecimal[1] === '-' ? -Number(hexadecimal[2]) : Number(hexadecimal[2]);
	return undefined;
}
