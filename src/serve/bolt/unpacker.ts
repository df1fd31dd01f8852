/**
 * Reads PackStream values into dynamic values (`value/dynamic.ts`).
 *
 * Format: a marker byte tells type and, in its low half or in 1, 2 or 4 bytes behind it, size; all numbers are big-endian.
 * `00..7f, f0..ff` small integers · `80` text · `90` list · `a0` map · `b0` structure, each with its size in the low half · `c0` null ·
 * `c1` float · `c2, c3` booleans · `c8..cb` integers of 1, 2, 4, 8 bytes · `cc..ce` bytes · `d0..d2` text · `d4..d6` list · `d8..da` map.
 *
 * Sizes are believed only as far as bytes are there: a list of so many values must have so many bytes left. What cannot be followed
 * throws FramingError; what can, but is no value (a date of year 10^12), throws the error of the value.
 *
 * Source: PackStream specification, version 1.
 */
import { isUtf8 } from 'node:buffer';
import { IntegralFloat } from '../../value/dynamic.ts';
import { FramingError } from './message-reader.ts';
import { readStructure } from './value-structures.ts';

/** Values may be nested so deeply: no sensible ones are, and the stack has an end. */
const DEPTH_MAX = 500;
const STRUCTURE_FIELDS_MAX = 15;
/** Above this a native call decodes faster than a loop. */
const LOOP_CHARACTERS_MAX = 24;

const EMPTY = Buffer.alloc(0);

export class Unpacker {
	bytes: Buffer;
	at: number;
	end: number;
	/** Datetimes are in UTC: always from 5.0 on, before that when the client asked for it. */
	utc: boolean;
	#depth: number;
	readonly #readStructure: typeof readStructure;

	/** A client of the house reads what servers send by a reader of its own. */
	constructor(structures: typeof readStructure = readStructure) {
		this.#readStructure = structures;
		this.bytes = EMPTY;
		this.at = 0;
		this.end = 0;
		this.utc = true;
		this.#depth = 0;
	}

	/** Begins a message; returns its tag. Its fields are read by `value` and the like, so many as `fieldCount` gives. */
	begin(bytes: Buffer, at: number, end: number): number {
		this.bytes = bytes;
		this.at = at;
		this.end = end;
		this.#depth = 0;
		if (end - at < 2 || (bytes[at]! & 0xf0) !== 0xb0) throw new FramingError('a message must be a structure');
		this.at = at + 2;
		return bytes[at + 1]!;
	}

	/** Every message must be read to its end. */
	expectEnd(): void {
		if (this.at !== this.end) throw new FramingError('a message goes on behind its end');
		this.bytes = EMPTY;
	}

	/** A map, as of metadata. */
	map(): Map<string, unknown> {
		const value = this.value();
		if (!(value instanceof Map)) throw new FramingError('a map was expected');
		return value;
	}

	text(): string {
		const value = this.value();
		if (typeof value !== 'string') throw new FramingError('a text was expected');
		return value;
	}

	value(): unknown {
		const marker = this.#byte();
		if (marker < 0x80) return marker;
		if (marker >= 0xf0) return marker - 0x100;
		switch (marker & 0xf0) {
			case 0x80:
				return this.#text(marker & 0x0f);
			case 0x90:
				return this.#list(marker & 0x0f);
			case 0xa0:
				return this.#map(marker & 0x0f);
			case 0xb0:
				return this.#structure(marker & 0x0f);
			default:
				return this.#marked(marker);
		}
	}

	#marked(marker: number): unknown {
		switch (marker) {
			case 0xc0:
				return null;
			case 0xc1:
				return float(this.bytes.readDoubleBE(this.#skip(8)));
			case 0xc2:
				return false;
			case 0xc3:
				return true;
			case 0xc8:
				return this.bytes.readInt8(this.#skip(1));
			case 0xc9:
				return this.bytes.readInt16BE(this.#skip(2));
			case 0xca:
				return this.bytes.readInt32BE(this.#skip(4));
			case 0xcb:
				return this.#int64();
			case 0xcc:
			case 0xcd:
			case 0xce:
				return this.#bytes(this.#count(marker - 0xcc));
			case 0xd0:
			case 0xd1:
			case 0xd2:
				return this.#text(this.#count(marker - 0xd0));
			case 0xd4:
			case 0xd5:
			case 0xd6:
				return this.#list(this.#count(marker - 0xd4));
			case 0xd8:
			case 0xd9:
			case 0xda:
				return this.#map(this.#count(marker - 0xd8));
			default:
				throw new FramingError(`unknown marker ${marker.toString(16)} of a value`);
		}
	}

	#byte(): number {
		if (this.at >= this.end) throw tooShort();
		return this.bytes[this.at++]!;
	}

	#skip(count: number): number {
		const at = this.at;
		if (count > this.end - at) throw tooShort();
		this.at = at + count;
		return at;
	}

	/** A size in 1, 2 or 4 bytes. */
	#count(power: number): number {
		return this.bytes.readUIntBE(this.#skip(1 << power), 1 << power);
	}

	#int64(): number | bigint {
		const at = this.#skip(8);
		const high = this.bytes.readInt32BE(at);
		if (high >= -0x20_0000 && high < 0x20_0000) {
			const value = high * 0x1_0000_0000 + this.bytes.readUInt32BE(at + 4);
			// −2^53 has a high half that fits, but is past the safe integers.
			if (Number.isSafeInteger(value)) return value;
		}
		return this.bytes.readBigInt64BE(at);
	}

	#text(count: number): string {
		const start = this.#skip(count);
		const bytes = this.bytes;
		const end = start + count;
		if (count <= LOOP_CHARACTERS_MAX) {
			let text = '';
			let at = start;
			for (; at < end; at++) {
				const byte = bytes[at]!;
				if (byte >= 0x80) break;
				text += String.fromCharCode(byte);
			}
			if (at === end) return text;
		}
		const text = bytes.toString('utf8', start, end);
		if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) throw new FramingError('a text is not UTF-8');
		return text;
	}

	#bytes(count: number): Uint8Array {
		const at = this.#skip(count);
		return new Uint8Array(this.bytes.subarray(at, at + count));
	}

	#list(count: number): unknown[] {
		if (count > this.end - this.at) throw tooShort();
		this.#descend();
		const list = new Array<unknown>(count);
		for (let index = 0; index < count; index++) list[index] = this.value();
		this.#depth--;
		return list;
	}

	#map(count: number): Map<string, unknown> {
		if (count * 2 > this.end - this.at) throw tooShort();
		this.#descend();
		const map = new Map<string, unknown>();
		for (let index = 0; index < count; index++) {
			const key = this.value();
			if (typeof key !== 'string') throw new FramingError('the key of a map must be a text');
			if (map.has(key)) throw new FramingError(`a map has the key ${JSON.stringify(key)} twice`);
			map.set(key, this.value());
		}
		this.#depth--;
		return map;
	}

	#structure(fieldCount: number): unknown {
		const tag = this.#byte();
		if (fieldCount > STRUCTURE_FIELDS_MAX) throw new FramingError('a structure has too many fields');
		this.#descend();
		const fields = new Array<unknown>(fieldCount);
		for (let index = 0; index < fieldCount; index++) fields[index] = this.value();
		this.#depth--;
		return this.#readStructure(tag, fields, this.utc);
	}

	#descend(): void {
		if (++this.#depth > DEPTH_MAX) throw new FramingError(`values are nested more than ${DEPTH_MAX} deep`);
	}
}

/** A float with an integral value is boxed, so that it is told from an integer. */
function float(value: number): unknown {
	return Number.isInteger(value) ? new IntegralFloat(value) : value;
}

function tooShort(): Error {
	return new FramingError('a message ends inside a value');
}
