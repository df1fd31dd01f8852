/**
 * Opening the files of a log: what is there, where the chain ends, and whether that end is a torn write or damage.
 *
 * Only the newest segment is walked; the ones before it were synced before it was made (the name of the newest is the
 * witness), are linked by their headers, and are checked frame by frame whenever they are read.
 *
 * (1) Segments are linked: each header names the one before. What stands before a gap was released, and its removal had not
 *     reached the disk; it goes again. A store that still needed it is refused by `Log.read`.
 * (2) Where the chain of the newest segment ends, `known` is the highest offset of which anything says that it was synced: a
 *     mark in a frame of the chain, a mark in any whole frame after the end, the newest segment's name, a store's checkpoint.
 *     If the next offset is at or below it, the end is damage: refused, naming file and position.
 * (3) Otherwise the end is a torn write. Whatever follows, whole frames too, is cut off: the caller writes a claim there with
 *     an epoch above every one seen, and nothing else can follow the chain.
 * (4) Frames above the marks may be in the machine's cache only, and after a failed sync the cache calls them clean: they are
 *     written once more before they are synced.
 */
import { CorruptionError } from '../platform/errors.ts';
import type { FileHandle, FileSystem } from '../platform/files.ts';
import type { Offset } from '../storage/contracts.ts';
import { FRAME_HEADER_BYTES, Frame } from './frame-format.ts';
import { FrameReader, scanFrames } from './frame-reader.ts';
import { type ChainState, decodeSegmentHeader, type LogId, SEGMENT_HEADER_BYTES, type SegmentHeader, segmentName, segmentOffset } from './segment-format.ts';

const REWRITE_BYTES = 1 << 20;

/** One file of the log. */
export interface Segment {
	readonly path: string;
	readonly firstOffset: Offset;
	/** Length of the file: what the frames take in a sealed segment, what is allocated in the newest. */
	bytes: number;
}

/** What recovery threw away. */
export interface Cut {
	readonly path: string;
	readonly position: number;
	readonly reason: string;
	/** Whole frames of this log that lay after the cut and can never be read again. */
	readonly framesAfter: number;
}

export interface RecoveredLog {
	readonly segments: Segment[];
	/** The newest segment, open for writing. */
	readonly file: FileHandle;
	/** Where the chain ends, and where the next frame goes. */
	readonly chain: ChainState;
	readonly position: number;
	/** Everything up to it was synced before this opening. */
	readonly knownOffset: Offset;
	/** No frame with a higher epoch was seen anywhere. */
	readonly epochSeen: number;
	readonly cut: Cut | null;
}

/** Finds the end of the log in `directory`; null where there is none yet. `checkpointOffset` is the highest offset that a store has made durable. */
export function recoverLog(files: FileSystem, directory: string, checkpointOffset: Offset): RecoveredLog | null {
	const segments = findSegments(files, directory);
	let known = checkpointOffset;
	let removed: Cut | null = null;
	for (;;) {
		const newest = segments.at(-1);
		if (newest === undefined) {
			if (known > 0)
				throw new CorruptionError('corruption', `the log in "${directory}" is missing: a store has applied offset ${known}`, { sqlstate: 'XX001' });
			return null;
		}
		const file = files.open(newest.path, 'write');
		try {
			const header = readHeader(file);
			if (!(header instanceof CorruptionError)) {
				linkSegments(files, segments, header);
				return walkNewest(segments, file, header, known, removed);
			}
			removed = cutWholeSegment(files, directory, segments, file, known, header);
		} catch (error) {
			file.close();
			throw error;
		}
		file.close();
		// The segment before was sealed before this one was made.
		known = Math.max(known, newest.firstOffset - 1);
	}
}

/** The header at the start of the file, or the error that says why there is none. Throws for a newer version. */
export function readHeader(file: FileHandle): SegmentHeader | CorruptionError {
	const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
	const count = file.read(bytes, 0, SEGMENT_HEADER_BYTES, 0);
	try {
		return decodeSegmentHeader(bytes.subarray(0, count), file.path);
	} catch (error) {
		if (error instanceof CorruptionError) return error;
		throw error;
	}
}

/** The segments of a directory by first offset. */
export function findSegments(files: FileSystem, directory: string): Segment[] {
	const segments: Segment[] = [];
	for (const name of files.list(directory)) {
		const firstOffset = segmentOffset(name);
		if (firstOffset !== null) segments.push({ path: `${directory}/${name}`, firstOffset, bytes: 0 });
	}
	return segments.sort((one, other) => one.firstOffset - other.firstOffset);
}

/** (2) and (3) for a newest segment without a header: it goes, unless something says that it held synced commits. */
function cutWholeSegment(files: FileSystem, directory: string, segments: Segment[], file: FileHandle, known: Offset, damage: CorruptionError): Cut {
	const newest = segments.pop()!;
	const before = segments.at(-1);
	const id = before === undefined ? idOfFirstFrame(file) : idOf(files, before);
	let mark = known;
	let framesAfter = 0;
	if (id !== null) {
		scanFrames(file, SEGMENT_HEADER_BYTES, file.bytes(), id, (frame) => {
			framesAfter++;
			mark = Math.max(mark, frame.syncedOffset);
		});
	}
	// Without a segment before it, a file that does not begin the log had frames: the others were released because of it.
	if (mark >= newest.firstOffset || (before === undefined && newest.path !== `${directory}/${segmentName(1)}`)) throw damage;
	files.remove(newest.path);
	return { path: newest.path, position: 0, reason: damage.message, framesAfter };
}

/** The log that the file's first frame belongs to, where one is whole. */
function idOfFirstFrame(file: FileHandle): LogId | null {
	const bytes = Buffer.alloc(FRAME_HEADER_BYTES);
	if (file.read(bytes, 0, bytes.length, SEGMENT_HEADER_BYTES) < bytes.length) return null;
	const frame = new Frame();
	frame.read(bytes, 0);
	return { low: frame.idLow, high: frame.idHigh };
}

function idOf(files: FileSystem, segment: Segment): LogId {
	const file = files.open(segment.path, 'read');
	const header = readHeader(file);
	file.close();
	if (header instanceof CorruptionError) throw header;
	return header.id;
}

/** (1) Checks that each segment names the one before it, and removes what stands before a gap. */
function linkSegments(files: FileSystem, segments: Segment[], newest: SegmentHeader): void {
	let header = newest;
	for (let index = segments.length - 2; index >= 0; index--) {
		const segment = segments[index]!;
		if (segment.firstOffset !== header.segmentBefore) {
			for (const gone of segments.splice(0, index + 1)) files.remove(gone.path);
			return;
		}
		const file = files.open(segment.path, 'read');
		const found = readHeader(file);
		segment.bytes = file.bytes();
		file.close();
		if (found instanceof CorruptionError) throw found;
		if (found.id.low !== newest.id.low || found.id.high !== newest.id.high) {
			throw new CorruptionError('corruption', `the log segment "${segment.path}" (position 0) belongs to another log than those after it`, {
				sqlstate: 'XX001',
			});
		}
		header = found;
	}
}

function walkNewest(segments: Segment[], file: FileHandle, header: SegmentHeader, checkpointOffset: Offset, removed: Cut | null): RecoveredLog {
	const newest = segments.at(-1)!;
	newest.bytes = file.bytes();
	const { segmentBefore: _, ...chain } = header;
	const reader = new FrameReader(file, chain, SEGMENT_HEADER_BYTES);
	const tail = new UnsyncedTail(newest.firstOffset - 1);
	while (reader.next()) tail.add(reader.frame.syncedOffset, chain.nextOffset - 1, reader.position);
	let known = Math.max(checkpointOffset, tail.mark);
	let epochSeen = chain.epoch;
	let framesAfter = 0;
	scanFrames(file, reader.position, newest.bytes, chain.id, (frame) => {
		framesAfter++;
		known = Math.max(known, frame.syncedOffset);
		epochSeen = Math.max(epochSeen, frame.epoch);
	});
	if (known >= chain.nextOffset) throw lostCommits(newest.path, reader.position, reader.reason, chain.nextOffset, known);
	rewrite(file, tail.position, reader.position);
	const isCut = !reader.atBlank || framesAfter > 0;
	const cut = isCut ? { path: newest.path, position: reader.position, reason: reader.reason, framesAfter } : removed;
	return { segments, file, chain, position: reader.position, knownOffset: known, epochSeen, cut };
}

/** Where the frames begin that no mark calls synced. */
class UnsyncedTail {
	/** The highest mark met. */
	mark: Offset;
	/** Everything before it is synced. */
	position = 0;
	/** Offset and end position of each frame since. */
	readonly #offsets: Offset[] = [];
	readonly #ends: number[] = [];
	#first = 0;

	constructor(mark: Offset) {
		this.mark = mark;
	}

	add(mark: Offset, lastOffset: Offset, end: number): void {
		this.#offsets.push(lastOffset);
		this.#ends.push(end);
		if (mark <= this.mark) return;
		this.mark = mark;
		// A frame that ends at the mark is synced; one without a commit after it may not be.
		while (this.#first < this.#offsets.length && this.#offsets[this.#first]! <= mark) {
			const isWithCommit = this.#first === 0 || this.#offsets[this.#first]! > this.#offsets[this.#first - 1]!;
			if (isWithCommit) this.position = this.#ends[this.#first]!;
			this.#first++;
		}
	}
}

/** (4) Writes `[from, end)` of the file over itself. */
function rewrite(file: FileHandle, from: number, end: number): void {
	const bytes = Buffer.allocUnsafeSlow(Math.min(REWRITE_BYTES, end - from));
	for (let position = from; position < end; ) {
		const count = file.read(bytes, 0, Math.min(bytes.length, end - position), position);
		file.write(bytes, 0, count, position);
		position += count;
	}
}

function lostCommits(path: string, position: number, reason: string, nextOffset: Offset, known: Offset): CorruptionError {
	return new CorruptionError(
		'corruption',
		`the log segment "${path}" is damaged at position ${position}, where offset ${nextOffset} should follow: ${reason}, but offset ${known} was synced`,
		{
			sqlstate: 'XX001',
			hint: 'Restore the database from a backup.',
		},
	);
}
