/**
 * Codes of a column segment as bytes: up to `GROUP_ROWS` unsigned 32-bit numbers, written in the smallest of four ways. Integers
 * become codes by taking their minimum away (frame of reference), other values are numbered by a dictionary.
 *
 *     constant   nothing: every code is 0
 *     packed     `bits` a code, from the lowest bit of little-endian 32-bit words
 *     runs       u32 count of runs, u8 bits of a length; then the runs' codes packed, then their lengths less one packed
 *     delta      u32 first code, f64 least difference, u8 bits; then the differences from the code before less the least, packed
 *
 * Words are copied to and from this machine's memory as they are, so columns need a little-endian one, as WebAssembly does.
 * The sizes are computed from one pass over the codes, so choosing costs no trial encoding. Packed parts are whole words.
 * Cost: about 1.2 ns a code to read, 3 ns to write.
 * Source: frame of reference (Goldstein, Ramakrishnan, Shaft 1998); light-weight schemes as in Abadi, Madden, Ferreira 2006.
 */
import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';
import { expandIntoBytes, expandIntoHalves, expandIntoWords, unpackBytes, unpackHalves, unpackWords } from './unpacking.ts';

export const CONSTANT = 0;
export const PACKED = 1;
export const RUNS = 2;
export const DELTA = 3;

export type CodeArray = Uint8Array | Uint16Array | Uint32Array;

const RUNS_HEADER_BYTES = 5;
const DELTA_HEADER_BYTES = 13;

/** Bits that a number up to `most` takes. */
export function bitsFor(most: number): number {
	return most === 0 ? 0 : 32 - Math.clz32(most);
}

/** Bytes of one code in memory: 1, 2 or 4. */
export function codeWidth(most: number): 1 | 2 | 4 {
	return most <= 0xff ? 1 : most <= 0xffff ? 2 : 4;
}

function packedBytes(count: number, bits: number): number {
	return Math.ceil((count * bits) / 32) * 4;
}

/** What one pass tells about codes. */
interface CodeFacts {
	/** Of the largest. */
	bits: number;
	runs: number;
	longestRun: number;
	leastDelta: number;
	mostDelta: number;
}

function measure(codes: CodeArray, count: number): CodeFacts {
	// Below 2^31 all of this is arithmetic of small integers, which takes half the time.
	const signed = codes instanceof Uint32Array ? new Int32Array(codes.buffer, codes.byteOffset, count) : codes;
	let all = 0;
	for (let i = 0; i < count; i++) all |= signed[i]!;
	return all < 0 ? measureCodes(codes, count, 32) : measureCodes(signed, count, bitsFor(all));
}

function measureCodes(codes: CodeArray | Int32Array, count: number, bits: number): CodeFacts {
	let runs = 1;
	let longestRun = 0;
	let runStart = 0;
	let leastDelta = 0;
	let mostDelta = 0;
	let last = codes[0]!;
	if (count > 1) leastDelta = mostDelta = codes[1]! - last;
	for (let i = 1; i < count; i++) {
		const code = codes[i]!;
		const delta = code - last;
		if (delta !== 0) {
			runs++;
			if (i - runStart > longestRun) longestRun = i - runStart;
			runStart = i;
		}
		if (delta < leastDelta) leastDelta = delta;
		else if (delta > mostDelta) mostDelta = delta;
		last = code;
	}
	return { bits, runs, longestRun: Math.max(longestRun, count - runStart), leastDelta, mostDelta };
}

/** Appends `codes[0, count)`: one byte for the way, one for the bits of the largest, then the rest. */
export function encodeCodes(codes: CodeArray, count: number, target: ByteWriter): void {
	const facts = measure(codes, count);
	const { bits } = facts;
	if (bits === 0) {
		target.uint8(CONSTANT);
		target.uint8(0);
		return;
	}
	const lengthBits = bitsFor(facts.longestRun - 1);
	const deltaRange = facts.mostDelta - facts.leastDelta;
	const deltaBits = deltaRange > 0xffffffff ? 33 : bitsFor(deltaRange);
	const packed = packedBytes(count, bits);
	const runs = RUNS_HEADER_BYTES + packedBytes(facts.runs, bits) + packedBytes(facts.runs, lengthBits);
	const delta = deltaBits > 32 ? Number.POSITIVE_INFINITY : DELTA_HEADER_BYTES + packedBytes(count, deltaBits);
	const way = runs < packed && runs <= delta ? RUNS : delta < packed ? DELTA : PACKED;
	target.uint8(way);
	target.uint8(bits);
	if (way === PACKED) pack(codes, count, bits, target);
	else if (way === RUNS) encodeRuns(codes, count, bits, lengthBits, facts.runs, target);
	else encodeDeltas(codes, count, facts.leastDelta, deltaBits, target);
}

function encodeRuns(codes: CodeArray, count: number, bits: number, lengthBits: number, runs: number, target: ByteWriter): void {
	const values = new Uint32Array(runs);
	const lengths = new Uint32Array(runs);
	let run = -1;
	for (let i = 0; i < count; i++) {
		const code = codes[i]!;
		if (run >= 0 && values[run] === code) {
			lengths[run]!++;
		} else {
			run++;
			values[run] = code;
		}
	}
	target.uint32(runs);
	target.uint8(lengthBits);
	pack(values, runs, bits, target);
	pack(lengths, runs, lengthBits, target);
}

function encodeDeltas(codes: CodeArray, count: number, least: number, bits: number, target: ByteWriter): void {
	const deltas = new Uint32Array(count);
	for (let i = 1; i < count; i++) deltas[i] = codes[i]! - codes[i - 1]! - least;
	target.uint32(codes[0]!);
	target.float64(least);
	target.uint8(bits);
	pack(deltas, count, bits, target);
}

function pack(values: CodeArray, count: number, bits: number, target: ByteWriter): void {
	if (bits === 0) return;
	const words = new Uint32Array(packedBytes(count, bits) / 4);
	let at = 0;
	let used = 0;
	let word = 0;
	for (let i = 0; i < count; i++) {
		const value = values[i]!;
		word |= value << used;
		used += bits;
		if (used >= 32) {
			words[at++] = word;
			used -= 32;
			// A shift by 32 is one by 0 here.
			word = used === 0 ? 0 : value >>> (bits - used);
		}
	}
	if (used > 0) words[at] = word;
	target.raw(new Uint8Array(words.buffer));
}

/** The bytes that one code takes in memory, of what the reader stands before. */
export function widthAhead(reader: ByteReader): 1 | 2 | 4 {
	const bits = reader.bytes[reader.position + 1] ?? 0;
	return bits <= 8 ? 1 : bits <= 16 ? 2 : 4;
}

/** Reads what `encodeCodes` wrote into `into[0, count)`. The caller has checked the bytes' checksum. */
export function decodeCodes(reader: ByteReader, count: number, into: CodeArray): void {
	const way = reader.uint8();
	const bits = reader.uint8();
	if (way === CONSTANT) into.fill(0, 0, count);
	else if (way === PACKED) unpack(reader, count, bits, into);
	else if (way === RUNS) decodeRuns(reader, count, bits, into);
	else if (way === DELTA) decodeDeltas(reader, count, into);
	else throw new RangeError(`codes are written in a way ${way} that is not known`);
}

function decodeRuns(reader: ByteReader, count: number, bits: number, into: CodeArray): void {
	const runs = reader.uint32();
	const lengthBits = reader.uint8();
	if (runs > count) throw new RangeError('there are more runs than codes');
	const values = VALUES.of(runs);
	const lengths = LENGTHS.of(runs);
	unpack(reader, runs, bits, values);
	unpack(reader, runs, lengthBits, lengths);
	const end =
		into instanceof Uint8Array
			? expandIntoBytes(values, lengths, runs, count, into)
			: into instanceof Uint16Array
				? expandIntoHalves(values, lengths, runs, count, into)
				: expandIntoWords(values, lengths, runs, count, into);
	if (end !== count) throw new RangeError('the runs are not as long as the segment');
}

function decodeDeltas(reader: ByteReader, count: number, into: CodeArray): void {
	let code = reader.uint32();
	const least = reader.float64();
	const bits = reader.uint8();
	const deltas = VALUES.of(count);
	unpack(reader, count, bits, deltas);
	into[0] = code;
	for (let i = 1; i < count; i++) {
		code += deltas[i]! + least;
		into[i] = code;
	}
}

/** Words that are used again and again while codes are read: to touch fresh memory costs more than what is done with it. */
class Words {
	#words = new Uint32Array(0);

	/** So many at least, with anything in them; valid until the next call. */
	of(count: number): Uint32Array {
		if (this.#words.length < count) this.#words = new Uint32Array(count);
		return this.#words;
	}
}

const PACKED_WORDS = new Words();
const VALUES = new Words();
const LENGTHS = new Words();

/** The packed part as words in this machine's memory: bytes of a file are aligned to nothing. */
function wordsOf(reader: ByteReader, bytes: number): Int32Array {
	const packed = PACKED_WORDS.of(bytes / 4 + 1);
	const words = new Int32Array(packed.buffer, packed.byteOffset, packed.length);
	new Uint8Array(words.buffer, 0, bytes).set(reader.raw(bytes));
	// The last code may be asked for bits behind the end, which its mask takes away or are none.
	words[bytes / 4] = 0;
	return words;
}

function unpack(reader: ByteReader, count: number, bits: number, into: CodeArray): void {
	if (bits === 0) {
		into.fill(0, 0, count);
		return;
	}
	const words = wordsOf(reader, packedBytes(count, bits));
	if (into instanceof Uint8Array) unpackBytes(words, count, bits, into);
	else if (into instanceof Uint16Array) unpackHalves(words, count, bits, into);
	else unpackWords(words, count, bits, into);
}
