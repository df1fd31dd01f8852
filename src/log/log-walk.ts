/**
 * Walks frames across segments, in chain order, and checks every link on the way: what `Log.read`, `polylog check` and
 * `polylog log` go through.
 *
 * A sealed segment ends where the header of the next one says the chain stood; bytes after that are left over from
 * preallocation. The newest ends at `endPosition`. Anything else is damage, and thrown as such.
 */
import { CorruptionError } from '../platform/errors.ts';
import type { FileHandle, FileSystem } from '../platform/files.ts';
import type { Frame } from './frame-format.ts';
import { FrameReader } from './frame-reader.ts';
import { readHeader, type Segment } from './recovery.ts';
import { SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment-format.ts';

export class LogWalk {
	/** The segment walked now. */
	segment: Segment;
	#file: FileHandle | null = null;
	#reader: FrameReader;
	readonly #files: FileSystem;
	readonly #segments: readonly Segment[];
	#index: number;
	readonly #endPosition: number;

	readonly #keeps: boolean;

	/** Begins at the first frame of `segments[index]`. With `keeps` the bytes of frames are never overwritten. */
	constructor(files: FileSystem, segments: readonly Segment[], index: number, endPosition: number, keeps = false) {
		this.#files = files;
		this.#segments = segments;
		this.#index = index;
		this.#endPosition = endPosition;
		this.#keeps = keeps;
		this.segment = segments[index]!;
		this.#reader = this.#open();
	}

	/** The frame found by `next`; valid until the following call. */
	get frame(): Frame {
		return this.#reader.frame;
	}

	get position(): number {
		return this.#reader.framePosition;
	}

	/** Moves to the next frame; false at the end of the log. Throws CorruptionError where the chain breaks. */
	next(): boolean {
		for (;;) {
			const reader = this.#reader;
			const isNewest = this.#index === this.#segments.length - 1;
			if (isNewest && reader.position >= this.#endPosition) return false;
			if (reader.next()) return true;
			if (isNewest) throw brokenChain(this.segment, reader);
			this.#index++;
			this.segment = this.#segments[this.#index]!;
			this.#file?.close();
			this.#file = null;
			this.#reader = this.#open(reader);
		}
	}

	close(): void {
		this.#file?.close();
		this.#file = null;
	}

	#open(before?: FrameReader): FrameReader {
		const file = this.#files.open(this.segment.path, 'read');
		this.#file = file;
		const header = readHeader(file);
		if (header instanceof CorruptionError) throw header;
		if (before !== undefined && !continues(header, before)) throw brokenChain(this.#segments[this.#index - 1]!, before);
		return new FrameReader(file, header, SEGMENT_HEADER_BYTES, this.#keeps);
	}
}

function continues(header: SegmentHeader, before: FrameReader): boolean {
	const chain = before.chain;
	return header.sequence === chain.sequence && header.previous === chain.previous && header.nextOffset === chain.nextOffset && header.epoch === chain.epoch;
}

function brokenChain(segment: Segment, reader: FrameReader): CorruptionError {
	const where = `the log segment "${segment.path}" is damaged at position ${reader.position}, where offset ${reader.chain.nextOffset} should follow`;
	return new CorruptionError('corruption', `${where}: ${reader.reason}`, { sqlstate: 'XX001', hint: 'Restore the database from a backup.' });
}
