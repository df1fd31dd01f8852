/**
 * Settles doubts as a task for a worker: of pairs of records with one hash, whether their keys are the same. Each side is read in
 * order of its position, through a window, so that many doubts about a segment read it once from front to back.
 */
import { equalBytes } from '../../bytes/compare-bytes.ts';
import type { FileSystem } from '../../platform/files.ts';
import type { Task } from '../../platform/platform.ts';
import { BlockCache } from '../block-cache.ts';
import { Segment } from './segment.ts';
import { KEY_BYTES_AT, RECORD_HEADER_BYTES, UNIT_BYTES } from './segment-format.ts';
import type { SegmentInfo } from './segment-writer.ts';

const WINDOW_BYTES = 1 << 16;
const SPARSE_WINDOW_BYTES = 512;
/** Records further apart than this are read one by one. */
const SPARSE_BYTES = 1 << 13;

export interface DoubtInput {
	readonly directory: string;
	readonly segments: readonly { readonly place: number; readonly info: SegmentInfo }[];
	/** Of each doubt the record on either side: position in units, and place of its segment. */
	readonly newer: DoubtSide;
	readonly older: DoubtSide;
}

export interface DoubtSide {
	readonly positions: Uint32Array;
	readonly places: Uint16Array;
}

/** 1 for each doubt whose records have the same key. */
export type DoubtOutput = Uint8Array;

/** Keys one behind the other. */
interface Keys {
	readonly bytes: Uint8Array;
	readonly starts: Float64Array;
	readonly lengths: Uint16Array;
}

export function run(input: DoubtInput, files: FileSystem): DoubtOutput {
	const cache = new BlockCache(0, Number.POSITIVE_INFINITY);
	const segments: (Segment | undefined)[] = [];
	for (const { place, info } of input.segments) segments[place] = new Segment(files, input.directory, info, 0, cache);
	try {
		const newer = readKeys(input.newer, segments);
		const older = readKeys(input.older, segments);
		return Uint8Array.from(newer.lengths, (length, i) => {
			const a = newer.starts[i]!;
			const b = older.starts[i]!;
			if (equalBytes(newer.bytes, a, a + length, older.bytes, b, b + older.lengths[i]!)) return 1;
			// Two keys with one hash of 40 bits, or damage: the records' checksums tell.
			segments[input.newer.places[i]!]!.key(input.newer.positions[i]!);
			segments[input.older.places[i]!]!.key(input.older.positions[i]!);
			return 0;
		});
	} finally {
		for (const segment of segments) segment?.close(false);
	}
}

export const doubtTask: Task<DoubtInput, DoubtOutput> = { module: new URL('./hash-doubt-task.ts', import.meta.url), run };

function readKeys(side: DoubtSide, segments: readonly (Segment | undefined)[]): Keys {
	const { positions, places } = side;
	const count = positions.length;
	const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => places[a]! - places[b]! || positions[a]! - positions[b]!);
	const starts = new Float64Array(count);
	const lengths = new Uint16Array(count);
	let bytes = new Uint8Array(count * 32);
	let end = 0;
	for (let from = 0; from < count; ) {
		const place = places[order[from]!]!;
		let until = from + 1;
		while (until < count && places[order[until]!] === place) until++;
		const span = (positions[order[until - 1]!]! - positions[order[from]!]!) * UNIT_BYTES;
		const window = new Window(segments[place]!, span / (until - from) > SPARSE_BYTES ? SPARSE_WINDOW_BYTES : WINDOW_BYTES);
		for (; from < until; from++) {
			const i = order[from]!;
			const position = positions[i]! * UNIT_BYTES;
			let at = window.at(position, RECORD_HEADER_BYTES);
			const length = window.bytes[at + KEY_BYTES_AT]! | (window.bytes[at + KEY_BYTES_AT + 1]! << 8);
			at = window.at(position, RECORD_HEADER_BYTES + length) + RECORD_HEADER_BYTES;
			if (end + length > bytes.length) {
				const grown = new Uint8Array((end + length) * 2);
				grown.set(bytes);
				bytes = grown;
			}
			bytes.set(window.bytes.subarray(at, at + length), end);
			starts[i] = end;
			lengths[i] = length;
			end += length;
		}
	}
	return { bytes, starts, lengths };
}

/** A part of a segment in memory, which moves forward. */
class Window {
	bytes: Uint8Array;
	readonly #segment: Segment;
	#position: number;
	#count: number;

	constructor(segment: Segment, bytes: number) {
		this.bytes = new Uint8Array(bytes);
		this.#segment = segment;
		this.#position = 0;
		this.#count = 0;
	}

	/** Where in `bytes` the file's `bytes[position, position + count)` begin. */
	at(position: number, count: number): number {
		if (position >= this.#position && position + count <= this.#position + this.#count) return position - this.#position;
		if (count > this.bytes.length) this.bytes = new Uint8Array(count);
		this.#position = position;
		// A record that runs past the end of the file is damage, which the read says.
		this.#count = Math.max(count, Math.min(this.bytes.length, this.#segment.info.bytes - position));
		this.#segment.readSpan(position, this.#count, this.bytes);
		return 0;
	}
}
