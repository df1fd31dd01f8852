/**
 * Reads the frames of one segment: in chain order (`FrameReader`), or wherever whole ones lie (`scanFrames`).
 *
 * Both look through a window of the file; frames are views into it, valid until the next one is asked for.
 */
import { readVarint, varintBytes } from '../bytes/varint.ts';
import { newerFormat, UnsupportedError } from '../platform/errors.ts';
import type { FileHandle } from '../platform/files.ts';
import { COMMIT, FRAME_ALIGNMENT, FRAME_FLAGS_KNOWN, FRAME_HEADER_BYTES, Frame, LOG_ID_AT, RecordWalk, whyNotNext } from './frame-format.ts';
import { type ChainState, LOG_VERSION, type LogId } from './segment-format.ts';

const WINDOW_BYTES = 256 << 10;
/** Of windows that are kept: a frame that does not fit into the rest of one is read again into the next. */
const KEPT_WINDOW_BYTES = 4 << 20;

const NO_BYTES = Buffer.alloc(0);

/** A part of a file in memory that moves forward. */
class FileWindow {
	readonly file: FileHandle;
	buffer: Buffer;
	/** Position in the file of the buffer's first byte. */
	start = 0;
	/** How many bytes of the buffer hold bytes of the file. */
	count = 0;

	readonly #windowBytes: number;
	readonly #keeps: boolean;

	/** With `keeps` each part gets memory of its own, which is never overwritten. */
	constructor(file: FileHandle, keeps = false) {
		this.file = file;
		this.#keeps = keeps;
		this.#windowBytes = keeps ? KEPT_WINDOW_BYTES : WINDOW_BYTES;
		this.buffer = keeps ? NO_BYTES : Buffer.allocUnsafeSlow(this.#windowBytes);
	}

	/** The place in `buffer` of `position`, with at least `count` bytes after it; -1 where the file ends before. */
	load(position: number, count: number): number {
		const at = position - this.start;
		if (at >= 0 && at + count <= this.count) return at;
		if (this.#keeps) this.buffer = Buffer.allocUnsafeSlow(Math.max(count, Math.min(this.#windowBytes, this.file.bytes() - position)));
		else if (count > this.buffer.length) this.buffer = Buffer.allocUnsafeSlow(count);
		this.start = position;
		this.count = this.file.read(this.buffer, 0, this.buffer.length, position);
		return this.count >= count ? 0 : -1;
	}
}

export class FrameReader {
	/** Moved past each frame that `next` returns. */
	readonly chain: ChainState;
	readonly frame = new Frame();
	/** Position of the next frame; of the one that `next` refused, once it returned false. */
	position: number;
	/** Position of the frame in `frame`. */
	framePosition = 0;
	/** Why `next` returned false. */
	reason = '';
	/** Nothing but zeros, or nothing at all, stands where the next frame would be. */
	atBlank = false;
	readonly #window: FileWindow;
	readonly #records = new RecordWalk();
	readonly #path: string;

	constructor(file: FileHandle, chain: ChainState, position: number, keeps = false) {
		this.#window = new FileWindow(file, keeps);
		this.#path = file.path;
		this.chain = chain;
		this.position = position;
	}

	/** Reads the next frame of the chain; false when what stands there is not it. Throws when a newer version wrote it. */
	next(): boolean {
		const window = this.#window;
		const frame = this.frame;
		const headerAt = window.load(this.position, FRAME_HEADER_BYTES);
		if (headerAt < 0) return this.#refuse('the file ends there', window.count === 0 || isZero(window.buffer, 0, window.count));
		frame.read(window.buffer, headerAt);
		if (!frame.hasPlausibleLength()) return this.#refuse('no frame begins there', isZero(window.buffer, headerAt, headerAt + FRAME_HEADER_BYTES));
		const at = window.load(this.position, frame.bytes);
		if (at < 0) return this.#refuse('the file ends inside the frame', false);
		frame.read(window.buffer, at);
		if (!frame.isWhole()) return this.#refuse('its checksum is wrong', false);
		const why = whyNotNext(frame, this.chain);
		if (why !== null) return this.#refuse(why, false);
		if (frame.version > LOG_VERSION) throw newerFormat('log segment', this.#path, frame.version, LOG_VERSION);
		if ((frame.flags & ~FRAME_FLAGS_KNOWN) !== 0) throw this.#unknownFlags(frame.flags);
		this.framePosition = this.position;
		this.position += frame.bytes;
		this.#advance();
		return true;
	}

	#advance(): void {
		const { chain, frame } = this;
		const records = this.#records;
		chain.epoch = frame.epoch;
		chain.sequence++;
		chain.previous = frame.checksum;
		records.open(frame);
		while (records.next()) {
			if (records.kind !== COMMIT) continue;
			chain.nextOffset++;
			chain.timeUs = Math.max(chain.timeUs, frame.timeUs + commitElapsedUs(records));
		}
	}

	#refuse(reason: string, atBlank: boolean): boolean {
		this.reason = reason;
		this.atBlank = atBlank;
		return false;
	}

	#unknownFlags(flags: number): UnsupportedError {
		return new UnsupportedError(
			'newer-format',
			`the frame at position ${this.position} of "${this.#path}" has the flags ${flags}, which this program does not know`,
			{
				sqlstate: '0A000',
			},
		);
	}
}

/** Calls `visit` for every whole frame of the log `id` that begins in `[from, end)` of the file, whatever it follows. */
export function scanFrames(file: FileHandle, from: number, end: number, id: LogId, visit: (frame: Frame, position: number) => void): void {
	const window = new FileWindow(file);
	const whole = new FileWindow(file);
	const frame = new Frame();
	const wanted = Buffer.alloc(8);
	wanted.writeUInt32LE(id.low, 0);
	wanted.writeUInt32LE(id.high, 4);
	for (let position = from; position + FRAME_HEADER_BYTES <= end; ) {
		const at = window.load(position, FRAME_HEADER_BYTES);
		if (at < 0) return;
		const found = window.buffer.subarray(0, window.count).indexOf(wanted, at + LOG_ID_AT);
		const candidate = found < 0 ? -1 : window.start + found - LOG_ID_AT;
		if (candidate < 0) {
			position = Math.max(position + FRAME_ALIGNMENT, alignDown(window.start + window.count - FRAME_HEADER_BYTES));
			continue;
		}
		if (candidate % FRAME_ALIGNMENT === 0 && candidate < end && readWhole(whole, frame, candidate)) visit(frame, candidate);
		position = alignDown(candidate) + FRAME_ALIGNMENT;
	}
}

function readWhole(window: FileWindow, frame: Frame, position: number): boolean {
	const headerAt = window.load(position, FRAME_HEADER_BYTES);
	if (headerAt < 0) return false;
	frame.read(window.buffer, headerAt);
	if (!frame.hasPlausibleLength()) return false;
	const at = window.load(position, frame.bytes);
	if (at < 0) return false;
	frame.read(window.buffer, at);
	return frame.isWhole();
}

/** The microseconds that a commit's record (the one `records` stands at) adds to its frame's time. */
function commitElapsedUs(records: RecordWalk): number {
	const place = readVarint(records.buffer, records.start);
	return readVarint(records.buffer, records.start + varintBytes(place));
}

function alignDown(position: number): number {
	return position - (position % FRAME_ALIGNMENT);
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
	for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
	return true;
}
