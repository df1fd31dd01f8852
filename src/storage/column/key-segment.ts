/**
 * The keys of a row group, in order: as columns of 32-bit words when all are of one length (row numbers, keys of fixed-width
 * columns), else as bytes. A row number that counts up so takes less than a bit.
 *
 *     u8     1 words, 2 bytes
 *     varint count
 *     words: varint bytes of a key; for each four bytes, big-endian and filled up with zeros: f64 least, codes above it
 *     bytes: codes with the lengths; blob with the keys one after the other, compressed if that pays
 */
import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';
import { compareBytes } from '../../bytes/compare-bytes.ts';
import { type CodeArray, decodeCodes, encodeCodes, widthAhead } from './code-encoding.ts';
import { GROUP_ROWS, HEAP_MEMORY, readBlob, writeBlob } from './column-segment.ts';

const WORDS = 1;
const PLAIN = 2;
const WORD_KEY_BYTES_MAX = 64;

/** Writes keys, of which the i-th ends at `ends[i]`. */
export function encodeKeys(bytes: Uint8Array, ends: Uint32Array, count: number, target: ByteWriter): void {
	const length = ends[0]!;
	let isFixed = length > 0 && length <= WORD_KEY_BYTES_MAX;
	for (let i = 1; i < count && isFixed; i++) isFixed = ends[i]! - ends[i - 1]! === length;
	target.uint8(isFixed ? WORDS : PLAIN);
	target.varint(count);
	if (isFixed) {
		target.varint(length);
		for (let at = 0; at < length; at += 4) encodeWords(bytes, length, at, count, target);
		return;
	}
	const lengths = new Uint32Array(count);
	for (let i = 0; i < count; i++) lengths[i] = ends[i]! - (i === 0 ? 0 : ends[i - 1]!);
	encodeCodes(lengths, count, target);
	writeBlob(bytes.subarray(0, ends[count - 1]!), target);
}

function encodeWords(bytes: Uint8Array, length: number, at: number, count: number, target: ByteWriter): void {
	const words = new Uint32Array(count);
	let least = 0xffffffff;
	for (let i = 0; i < count; i++) {
		const word = wordAt(bytes, i * length + at, (i + 1) * length);
		words[i] = word;
		if (word < least) least = word;
	}
	for (let i = 0; i < count; i++) words[i]! -= least;
	target.float64(least);
	encodeCodes(words, count, target);
}

/** Four bytes as a number, the first the highest; zeros behind the end. */
function wordAt(bytes: Uint8Array, at: number, end: number): number {
	let word = 0;
	for (let i = at; i < at + 4; i++) word = (word << 8) | (i < end ? bytes[i]! : 0);
	return word >>> 0;
}

export class KeySegment {
	readonly count: number;
	/** Of keys as words: bytes of each; else 0. */
	readonly length: number;
	readonly leasts: readonly number[];
	readonly words: readonly CodeArray[];
	readonly ends: Uint32Array;
	readonly bytes: Uint8Array;
	readonly #sought: Uint32Array;

	constructor(count: number, length: number, leasts: readonly number[], words: readonly CodeArray[], ends: Uint32Array, bytes: Uint8Array) {
		this.count = count;
		this.length = length;
		this.leasts = leasts;
		this.words = words;
		this.ends = ends;
		this.bytes = bytes;
		this.#sought = new Uint32Array(words.length);
	}

	get memoryBytes(): number {
		let bytes = this.ends.byteLength + this.bytes.length;
		for (const word of this.words) bytes += word.byteLength;
		return bytes;
	}

	/** The row with the key, or −1 − the row before which it would stand. */
	search(key: Uint8Array, start: number, end: number): number {
		const sought = this.#sought;
		for (let i = 0; i < sought.length; i++) sought[i] = wordAt(key, start + i * 4, end);
		let low = 0;
		let high = this.count - 1;
		while (low <= high) {
			const middle = (low + high) >>> 1;
			const comparison = this.#compare(middle, key, start, end);
			if (comparison === 0) return middle;
			if (comparison < 0) low = middle + 1;
			else high = middle - 1;
		}
		return -1 - low;
	}

	#compare(row: number, key: Uint8Array, start: number, end: number): number {
		if (this.length === 0) return compareBytes(this.bytes, row === 0 ? 0 : this.ends[row - 1]!, this.ends[row]!, key, start, end);
		for (let i = 0; i < this.words.length; i++) {
			const word = this.words[i]![row]! + this.leasts[i]!;
			if (word !== this.#sought[i]) return word - this.#sought[i]!;
			// A word of the key that goes on behind this key's end tells nothing more.
		}
		// The bytes filled up with zeros are equal: of two keys one of which begins the other, the shorter is less.
		return this.#tail(row, key, start, end);
	}

	#tail(row: number, key: Uint8Array, start: number, end: number): number {
		const length = end - start;
		if (length <= this.length) return this.length - length;
		const shown = new Uint8Array(this.length);
		this.write(row, shown, 0);
		return compareBytes(shown, 0, this.length, key, start, end);
	}

	bytesOf(row: number): number {
		return this.length > 0 ? this.length : this.ends[row]! - (row === 0 ? 0 : this.ends[row - 1]!);
	}

	/** Writes the key of a row to `into[at…)`; returns where it ends. */
	write(row: number, into: Uint8Array, at: number): number {
		if (this.length === 0) {
			const start = row === 0 ? 0 : this.ends[row - 1]!;
			const end = this.ends[row]!;
			for (let i = start; i < end; i++) into[at++] = this.bytes[i]!;
			return at;
		}
		const end = at + this.length;
		for (let i = 0; i < this.words.length; i++) {
			const word = this.words[i]![row]! + this.leasts[i]!;
			for (let shift = 24; shift >= 0 && at < end; shift -= 8) into[at++] = word >>> shift;
		}
		return end;
	}
}

export function decodeKeys(reader: ByteReader): KeySegment {
	const form = reader.uint8();
	const count = reader.varint();
	if (count === 0 || count > GROUP_ROWS) throw new RangeError(`a group of ${count} keys cannot be`);
	const none = new Uint8Array(0);
	if (form === WORDS) {
		const length = reader.varint();
		const leasts: number[] = [];
		const words: CodeArray[] = [];
		for (let at = 0; at < length; at += 4) {
			leasts.push(reader.float64());
			const codes = HEAP_MEMORY.take(count, widthAhead(reader));
			decodeCodes(reader, count, codes);
			words.push(codes);
		}
		return new KeySegment(count, length, leasts, words, new Uint32Array(0), none);
	}
	if (form !== PLAIN) throw new RangeError(`keys of form ${form} are not known`);
	const ends = new Uint32Array(count);
	decodeCodes(reader, count, ends);
	for (let i = 1; i < count; i++) ends[i]! += ends[i - 1]!;
	return new KeySegment(count, 0, [], [], ends, readBlob(reader));
}
