/**
 * The log of one process: segment files in one directory, written by the owner's thread and synced by the sync thread.
 *
 * **The way of a commit.** `append` copies its records into the frame under construction and decides its offset. The frame is
 * written at the end of the turn of the event loop, so that all commits of a turn share one write; then, when anyone waits
 * for the disk, the sync thread is asked. One sync is under way at a time; what is written meanwhile shares the next.
 *
 * **Space** is allocated before a commit is decided, so that a full disk refuses the append and changes nothing. A write that
 * meets a full disk all the same (file systems that copy on write) leaves its frame pending; it is written again, at the same
 * position, by the next append or after `RETRY_MS`. Any other failed write, and any failed sync, ends the log: `failure`.
 *
 * **Blocks.** A frame that is synced right after it is written is padded to a whole block of the disk, so that a block with
 * acknowledged commits is not written again: a write that tears cannot touch them, and a sync costs a fifth less.
 *
 * **Invariants.** (1) syncedOffset ≤ writtenOffset ≤ decidedOffset. (2) All bytes not yet synced are in the newest segment: it
 * is synced before the next one is made. (3) A frame's synced mark was true when it was written. (4) `chain` describes what is
 * written, but for nextOffset and timeUs, which describe what is decided. (5) The name of a segment is durable before a commit
 * in it is acknowledged.
 *
 * Cost: a small append takes about 0.3 µs of CPU, a frame about 1 µs beside its write; `bench/log.mjs` watches both.
 */
import { ClosedError, IoError, invariant, LimitError, type PolylogError, UnavailableError } from '../platform/errors.ts';
import { type FileHandle, parentDirectory } from '../platform/files.ts';
import type { Platform } from '../platform/platform.ts';
import type { Offset } from '../storage/contracts.ts';
import { bulkRecordBytes, COMMIT_BYTES_MAX, FrameBuilder, RECORD_HEADER_BYTES_MAX } from './frame-builder.ts';
import { CLAIM_CREATED, CLAIM_CUT, CLAIM_OPENED, FRAME_ALIGNMENT, FRAME_HEADER_BYTES } from './frame-format.ts';
import type { BulkFile, ChangesAhead, Durability, Log, LoggedTransaction } from './log.ts';
import { describeFrames, type FrameDescription, verifyFrames } from './log-inspection.ts';
import { readTransactions } from './log-reader.ts';
import { type Cut, type RecoveredLog, recoverLog, type Segment } from './recovery.ts';
import { type ChainState, encodeSegmentHeader, SEGMENT_HEADER_BYTES, segmentName } from './segment-format.ts';
import { WaitQueue } from './wait-queue.ts';

const ALLOCATE_FIRST_BYTES = 64 << 10;
const ALLOCATE_STEP_BYTES = 1 << 20;
const ALLOCATE_LEAST_BYTES = 4 << 10;
const RETRY_MS = 100;
/** Segments of this length and more are sealed when the log is closed. */
const SEALED_AT_CLOSE_BYTES = 256 << 10;
const BLOCK_BYTES = 4 << 10;
/** Segments shorter than so many blocks are not padded. */
const SEGMENT_BLOCKS_MIN = 16;
const NONCE_BYTES = 8;
/** What a commit takes beside its changes, at most. */
const COMMIT_OVERHEAD_BYTES = RECORD_HEADER_BYTES_MAX + COMMIT_BYTES_MAX + FRAME_ALIGNMENT;

export interface LogOptions {
	/** Length at which a new segment is begun. A transaction is never split over two. Default 16 MiB. */
	readonly segmentBytes?: number;
	/** Frames are closed before they grow past it; larger transactions span frames. Default 1 MiB. */
	readonly frameBytesMax?: number;
	/** Commits for whose sync nobody waits are synced after so long. Default 500. */
	readonly syncDelayMs?: number;
	/** The owner's thread syncs by itself where one commit waits alone and the last syncs took less than so long. Default: what the syncer says. */
	readonly ownSyncMsMax?: number;
	/** The highest offset that a store has made durable: less than that in the log is damage. Default 0. */
	readonly checkpointOffset?: Offset;
}

export interface OpenedLog {
	readonly log: EmbeddedLog;
	/** True when there was no log yet. */
	readonly created: boolean;
	/** What recovery cut off, or null. */
	readonly cut: Cut | null;
}

export interface LogStatistics {
	readonly segments: number;
	readonly bytes: number;
	readonly framesWritten: number;
	readonly bytesWritten: number;
	readonly syncs: number;
	readonly segmentsMade: number;
	readonly segmentsReleased: number;
	/** Transactions that were too large for one frame. */
	readonly spanningTransactions: number;
}

/**
 * Opens the log in `directory`, or makes one (the directory too, whose parent must exist). Returns when everything found is
 * on disk. Throws CorruptionError when synced commits are missing or damaged, UnsupportedError for a newer format, LimitError
 * (disk-full) when there is no room for the claim.
 */
export function openLog(platform: Platform, directory: string, options: LogOptions = {}): OpenedLog {
	const { files } = platform;
	if (!files.exists(directory)) files.makeDirectory(directory);
	const found = recoverLog(files, directory, options.checkpointOffset ?? 0);
	const recovered = found ?? createFirstSegment(platform, directory);
	const log = new EmbeddedLog(platform, directory, recovered, options);
	log.claim(found === null ? CLAIM_CREATED : recovered.cut !== null ? CLAIM_CUT : CLAIM_OPENED, recovered);
	return { log, created: found === null, cut: recovered.cut };
}

/** The first file of a new log; nothing of it is durable until the claim is. */
function createFirstSegment(platform: Platform, directory: string): RecoveredLog {
	const random = Buffer.from(platform.random.bytes(8));
	const id = { low: random.readUInt32LE(0), high: random.readUInt32LE(4) };
	const chain: ChainState = { id, epoch: 0, sequence: 1, previous: 0, nextOffset: 1, timeUs: 0 };
	const path = `${directory}/${segmentName(1)}`;
	const file = platform.files.open(path, 'create');
	file.write(encodeSegmentHeader(chain, 0), 0, SEGMENT_HEADER_BYTES, 0);
	const segments: Segment[] = [{ path, firstOffset: 1, bytes: SEGMENT_HEADER_BYTES }];
	return { segments, file, chain, position: SEGMENT_HEADER_BYTES, knownOffset: 0, epochSeen: 0, cut: null };
}

export class EmbeddedLog implements Log {
	decidedOffset: Offset;
	writtenOffset: Offset;
	syncedOffset: Offset;
	failure: Error | null = null;
	onProgress: (() => void) | null = null;
	/** Tells that blocking this thread delays nobody but those who wait for a commit: it then syncs by itself, which spares the way to the sync thread and back. */
	mayBlock: (() => boolean) | null = null;
	/** The newest offset that opening found. */
	readonly openedOffset: Offset;
	/** What opening cut off, or null. */
	readonly recoveredCut: Cut | null;

	private readonly platform: Platform;
	private readonly directory: string;
	private readonly segmentBytes: number;
	/** Where a frame that ends a group of writes ends. */
	private readonly blockBytes: number;
	private readonly frameBytesMax: number;
	private readonly syncDelayMs: number;
	private readonly ownSyncMsMax: number;
	/** How long syncs take: rises at once, and falls by halves. */
	private syncMs = Number.POSITIVE_INFINITY;
	private readonly segments: Segment[];
	private readonly chain: ChainState;
	private readonly frame: FrameBuilder;
	private file: FileHandle;
	/** Where the frame under construction goes. */
	private position: number;
	private allocatedBytes: number;
	/** A frame could not be written because the disk was full. */
	private isStuck = false;
	private isRetryArmed = false;
	private isScheduled = false;
	private isSyncing = false;
	/** While the owner's thread syncs by itself, a finished request starts no other. */
	private isSyncingInline = false;
	private isClosed = false;
	private cancelDelayedSync: (() => void) | null = null;
	private readonly waitingForWrite = new WaitQueue();
	private readonly waitingForSync = new WaitQueue();
	private framesWritten = 0;
	private bytesWritten = 0;
	private syncs = 0;
	private segmentsMade = 0;
	private segmentsReleased = 0;
	private spanningTransactions = 0;
	private readonly atTurnEnd = () => {
		this.isScheduled = false;
		this.endTurn();
	};

	constructor(platform: Platform, directory: string, recovered: RecoveredLog, options: LogOptions) {
		this.platform = platform;
		this.directory = directory;
		this.segmentBytes = atLeast('segmentBytes', options.segmentBytes ?? 16 << 20, 1024);
		this.blockBytes = this.segmentBytes >= SEGMENT_BLOCKS_MIN * BLOCK_BYTES ? BLOCK_BYTES : FRAME_ALIGNMENT;
		this.frameBytesMax = atLeast('frameBytesMax', options.frameBytesMax ?? 1 << 20, 512);
		this.syncDelayMs = atLeast('syncDelayMs', options.syncDelayMs ?? 500, 0);
		this.ownSyncMsMax = options.ownSyncMsMax ?? platform.syncer.ownSyncMsMax;
		this.recoveredCut = recovered.cut;
		this.segments = recovered.segments;
		this.chain = recovered.chain;
		this.frame = new FrameBuilder(Math.min(this.frameBytesMax, 16 << 10));
		this.file = recovered.file;
		this.position = recovered.position;
		this.allocatedBytes = recovered.file.bytes();
		const lastOffset = recovered.chain.nextOffset - 1;
		this.openedOffset = lastOffset;
		this.decidedOffset = lastOffset;
		this.writtenOffset = lastOffset;
		this.syncedOffset = recovered.knownOffset;
	}

	/** Opening's last step: takes the log over with a higher epoch, and makes it and everything before it durable. */
	claim(reason: number, recovered: RecoveredLog): void {
		try {
			this.chain.epoch = recovered.epochSeen + 1;
			this.frame.begin(this.chain.nextOffset, Math.max(this.chain.timeUs, this.platform.clock.nowUs()));
			this.frame.claim(reason, this.platform.random.bytes(NONCE_BYTES));
			this.reserve(this.position + this.frame.length + this.blockBytes);
			this.writeFrame(this.blockBytes);
			this.file.syncData();
			// A killed process may have left names that only the cache knows, of a segment or of the directory itself.
			this.platform.files.syncDirectory(this.directory);
			this.platform.files.syncDirectory(parentDirectory(this.directory));
		} catch (error) {
			this.file.close();
			throw error;
		}
		this.syncedOffset = this.writtenOffset;
	}

	append(
		bytes: Uint8Array,
		length: number,
		catalogOffset: Offset,
		files?: readonly BulkFile[],
		ahead: ChangesAhead | null = null,
	): { offset: Offset; timeUs: number } {
		if (this.failure !== null || this.isClosed) throw this.refusal();
		if (this.isStuck) this.writePending();
		const needed = length + COMMIT_OVERHEAD_BYTES + (files === undefined ? 0 : bulkRecordBytes(files));
		const frame = this.frame;
		if (!frame.isEmpty && (ahead !== null || frame.length + needed > this.frameBytesMax)) this.writePending();
		if (frame.isEmpty) this.beginFrame();
		let start = 0;
		if (ahead !== null || frame.length + needed > this.frameBytesMax) start = this.appendAhead(bytes, length, needed, ahead);
		else this.reserve(this.position + frame.length + needed + this.blockBytes);

		const chain = this.chain;
		const offset = chain.nextOffset++;
		const timeUs = Math.max(chain.timeUs + 1, frame.timeUs);
		chain.timeUs = timeUs;
		frame.changes(bytes, start, length);
		if (files !== undefined && files.length > 0) frame.bulk(files);
		frame.commit(offset, timeUs, catalogOffset);
		this.decidedOffset = offset;
		this.schedule();
		return { offset, timeUs };
	}

	whenDurable(offset: Offset, level: Durability, done: (error: Error | null) => void): void {
		if (level === 'memory' || offset <= (level === 'os' ? this.writtenOffset : this.syncedOffset)) done(null);
		else if (this.failure !== null) done(outcomeUnknown(this.failure));
		else {
			if (offset > this.decidedOffset) throw new RangeError(`offset ${offset} has not been decided; the newest is ${this.decidedOffset}`);
			(level === 'os' ? this.waitingForWrite : this.waitingForSync).add(offset, done);
			this.schedule();
		}
	}

	writeNow(): void {
		if (this.failure !== null) throw this.refusal();
		this.writePending();
	}

	syncNow(): void {
		if (this.failure !== null) throw this.refusal();
		this.writePending(this.blockBytes);
		if (this.syncedOffset < this.writtenOffset) this.syncInline();
		if (this.failure !== null) throw outcomeUnknown(this.failure);
	}

	/** The transactions after `from` that are decided when the iteration starts; what is pending is written first. */
	read(from: Offset, keeps = false): IterableIterator<LoggedTransaction> {
		if (this.failure === null && !this.isClosed) this.writePending();
		if (from >= this.decidedOffset) return [].values();
		return readTransactions(this.platform.files, this.segments.slice(), this.position, from, keeps);
	}

	/** What the frames of the log hold, from the one with `from` (or the oldest held) on. */
	describe(from: Offset): IterableIterator<FrameDescription> {
		if (this.failure === null && !this.isClosed) this.writePending();
		return describeFrames(this.platform.files, this.segments.slice(), this.position, from);
	}

	/** Reads every frame held, checks checksums, chain and records; returns what is wrong, in words. */
	verify(): string[] {
		if (this.failure === null && !this.isClosed) this.writePending();
		return verifyFrames(this.platform.files, this.segments.slice(), this.position, this.writtenOffset);
	}

	release(offset: Offset): void {
		const { segments } = this;
		// The one that stays must begin with a durable header, and it is durable once a commit in it is.
		const first = Math.min(offset + 1, this.syncedOffset);
		while (segments.length > 1 && segments[1]!.firstOffset <= first) {
			// A removal that does not survive is done again by recovery, so no sync is spent on it.
			this.platform.files.remove(segments[0]!.path);
			segments.shift();
			this.segmentsReleased++;
		}
	}

	/** The first offset that can still be read. */
	get firstOffset(): Offset {
		return this.segments[0]!.firstOffset;
	}

	bytes(): number {
		let total = 0;
		for (const segment of this.segments) total += segment.bytes;
		return total;
	}

	statistics(): LogStatistics {
		const { framesWritten, bytesWritten, syncs, segmentsMade, segmentsReleased, spanningTransactions } = this;
		return { segments: this.segments.length, bytes: this.bytes(), framesWritten, bytesWritten, syncs, segmentsMade, segmentsReleased, spanningTransactions };
	}

	/** Writes and syncs what is pending; everyone who waits is answered before the promise settles. */
	async close(): Promise<void> {
		if (this.isClosed) return;
		try {
			if (this.failure === null) {
				this.syncNow();
				this.sealAtClose();
			}
		} finally {
			this.isClosed = true;
			this.cancelDelayedSync?.();
			this.isSyncingInline = true;
			if (this.isSyncing) this.platform.syncer.drain();
			if (this.failure === null && this.isStuck) this.fail(new IoError('io', 'the log was closed while the disk was full', { sqlstate: '58030' }));
			this.file.close();
		}
	}

	/** Puts all but the last part of a large transaction into frames of their own, ahead of its commit; returns where the last part starts. */
	private appendAhead(bytes: Uint8Array, length: number, needed: number, ahead: ChangesAhead | null): number {
		const pieceBytes = this.frameBytesMax - FRAME_HEADER_BYTES - COMMIT_OVERHEAD_BYTES;
		const aheadBytes = ahead?.bytes ?? 0;
		const frameCount = Math.ceil(length / pieceBytes) + Math.ceil(aheadBytes / pieceBytes);
		const frameOverheadBytes = FRAME_HEADER_BYTES + RECORD_HEADER_BYTES_MAX + FRAME_ALIGNMENT;
		this.reserve(this.position + aheadBytes + needed + frameCount * frameOverheadBytes + FRAME_HEADER_BYTES + this.blockBytes);
		const { chain, frame, position } = this;
		const { sequence, previous } = chain;
		let start = 0;
		try {
			for (let at = 0; at < aheadBytes; at += pieceBytes) {
				frame.begin(chain.nextOffset, frame.timeUs);
				const count = Math.min(pieceBytes, aheadBytes - at);
				const into = frame.changesOf(count);
				ahead!.read(frame.bytes, into, count, at);
				this.writeFrame(FRAME_ALIGNMENT);
			}
			for (; length - start > pieceBytes; start += pieceBytes) {
				frame.begin(chain.nextOffset, frame.timeUs);
				frame.changes(bytes, start, start + pieceBytes);
				this.writeFrame(FRAME_ALIGNMENT);
			}
		} catch (error) {
			if (!isDiskFull(error)) throw this.fail(error);
			// Nothing was decided: what was written is written over by the next frame.
			this.position = position;
			chain.sequence = sequence;
			chain.previous = previous;
			frame.begin(chain.nextOffset, frame.timeUs);
			throw error;
		}
		frame.begin(chain.nextOffset, frame.timeUs);
		this.spanningTransactions++;
		return start;
	}

	private beginFrame(): void {
		if (this.position >= this.segmentBytes && this.chain.nextOffset > this.segments.at(-1)!.firstOffset) this.roll();
		this.frame.begin(this.chain.nextOffset, Math.max(this.chain.timeUs, this.platform.clock.nowUs()));
	}

	private schedule(): void {
		if (this.isScheduled) return;
		this.isScheduled = true;
		this.platform.timers.soon(this.atTurnEnd);
	}

	/** The turn has ended, or is ended early: writes what is pending, and starts the sync for those who wait for one. What fails is told to them. */
	endTurn(): void {
		if (this.failure !== null || this.isClosed) return;
		try {
			this.writePending(this.isSyncing || this.waitingForSync.isEmpty ? FRAME_ALIGNMENT : this.blockBytes);
		} catch {
			return; // a full disk is tried again; any other failure has been told to all who wait
		}
		if (!this.waitingForSync.isEmpty) this.sync();
		else if (this.syncedOffset < this.writtenOffset) this.delaySync();
	}

	/** Writes the frame under construction, padded to `alignment`. Throws LimitError when the disk is full (it stays pending), or the failure. */
	private writePending(alignment = FRAME_ALIGNMENT): void {
		if (this.frame.isEmpty) return;
		try {
			this.writeFrame(alignment);
		} catch (error) {
			if (!isDiskFull(error)) throw this.fail(error);
			this.isStuck = true;
			this.retryLater();
			throw error;
		}
		this.isStuck = false;
		this.writtenOffset = this.decidedOffset;
		this.onProgress?.();
		this.waitingForWrite.reach(this.writtenOffset);
	}

	private retryLater(): void {
		if (this.isRetryArmed) return;
		this.isRetryArmed = true;
		this.platform.timers.after(RETRY_MS, () => {
			this.isRetryArmed = false;
			this.endTurn();
		});
	}

	private writeFrame(alignment: number): void {
		const { chain, frame } = this;
		const bytes = frame.finish(chain, this.syncedOffset, this.position, alignment);
		this.file.write(frame.bytes, 0, bytes, this.position);
		this.position += bytes;
		chain.sequence++;
		chain.previous = frame.checksum;
		frame.begin(chain.nextOffset, frame.timeUs);
		this.framesWritten++;
		this.bytesWritten += bytes;
	}

	/** Makes sure that the newest segment has `bytes` of allocated space: in growing steps, or just enough when the disk is nearly full. */
	private reserve(bytes: number): void {
		if (bytes <= this.allocatedBytes) return;
		const step = Math.min(Math.max(this.allocatedBytes, ALLOCATE_FIRST_BYTES), ALLOCATE_STEP_BYTES);
		const wanted = Math.max(Math.min(this.allocatedBytes + step, this.segmentBytes), bytes + Math.min(ALLOCATE_FIRST_BYTES, this.segmentBytes >>> 2));
		try {
			this.file.allocate(wanted);
			this.allocatedBytes = wanted;
		} catch (error) {
			const least = Math.ceil(bytes / ALLOCATE_LEAST_BYTES) * ALLOCATE_LEAST_BYTES;
			if (!isDiskFull(error) || least >= wanted) throw error;
			this.file.allocate(least);
			this.allocatedBytes = least;
		}
		this.segments.at(-1)!.bytes = this.allocatedBytes;
	}

	/** Opening reads the newest segment: a long one is sealed, so that it finds a short one. */
	private sealAtClose(): void {
		if (this.position < SEALED_AT_CLOSE_BYTES || this.chain.nextOffset === this.segments.at(-1)!.firstOffset) return;
		try {
			this.roll();
		} catch (error) {
			if (!isDiskFull(error)) throw error;
		}
	}

	/** Seals the newest segment and makes the next. On a full disk nothing has changed. */
	private roll(): void {
		invariant(this.frame.isEmpty, 'a segment is sealed between two frames');
		if (this.syncedOffset < this.writtenOffset || this.isSyncing) this.syncInline();
		if (this.failure !== null) throw this.refusal();
		const { chain, segments } = this;
		const sealed = segments.at(-1)!;
		const path = `${this.directory}/${segmentName(chain.nextOffset)}`;
		const file = this.createSegment(path);
		try {
			file.write(encodeSegmentHeader(chain, sealed.firstOffset), 0, SEGMENT_HEADER_BYTES, 0);
			this.platform.files.syncDirectory(this.directory);
			this.file.truncate(this.position);
			this.file.close();
		} catch (error) {
			file.close();
			throw this.fail(error);
		}
		sealed.bytes = this.position;
		this.file = file;
		this.position = SEGMENT_HEADER_BYTES;
		this.allocatedBytes = file.bytes();
		segments.push({ path, firstOffset: chain.nextOffset, bytes: this.allocatedBytes });
		this.segmentsMade++;
	}

	/** A new file with its first space allocated, so that its header cannot meet a full disk. */
	private createSegment(path: string): FileHandle {
		const { files } = this.platform;
		let file: FileHandle | null = null;
		try {
			file = files.open(path, 'create');
			file.allocate(Math.min(ALLOCATE_FIRST_BYTES, this.segmentBytes));
			return file;
		} catch (error) {
			if (!isDiskFull(error)) throw this.fail(error);
			// Without a header, and should it come back after a crash, recovery removes it again.
			file?.close();
			if (file !== null) files.remove(path);
			throw error;
		}
	}

	/** Syncs for those who wait. */
	private sync(): void {
		if (!this.isSyncing && (this.mayBlock === null ? this.isQuick : this.mayBlock())) this.syncInline();
		else this.startSync();
	}

	/** A sync holds nobody up for longer than waking the sync thread would, and there is no other commit to be gathered meanwhile. */
	private get isQuick(): boolean {
		return this.syncMs < this.ownSyncMsMax && this.waitingForSync.count === 1;
	}

	private measureSync(startedMs: number): void {
		const ms = this.platform.clock.monotonicMs() - startedMs;
		// A clock that stands says nothing.
		if (ms > 0) this.syncMs = ms > this.syncMs || this.syncMs === Number.POSITIVE_INFINITY ? ms : (this.syncMs + ms) / 2;
	}

	private startSync(): void {
		if (this.isSyncing || this.isSyncingInline || this.failure !== null) return;
		this.isSyncing = true;
		const target = this.writtenOffset;
		this.syncs++;
		const startedMs = this.platform.clock.monotonicMs();
		this.platform.syncer.syncData(this.file, (error) => {
			this.isSyncing = false;
			this.measureSync(startedMs);
			if (this.failure !== null) return;
			if (error !== null) this.fail(error);
			else this.synced(target);
			if (!this.waitingForSync.isEmpty && this.syncedOffset < this.writtenOffset) this.startSync();
		});
	}

	/** A sync for nobody: so that what was acknowledged before the disk had it does not stay off the disk for long. */
	private delaySync(): void {
		if (this.cancelDelayedSync !== null || this.isSyncing) return;
		this.cancelDelayedSync = this.platform.timers.after(this.syncDelayMs, () => {
			this.cancelDelayedSync = null;
			if (!this.isClosed && this.syncedOffset < this.writtenOffset) this.startSync();
		});
	}

	/** Syncs in this thread. The request under way is waited for first: the kernel tells an error of writeback to one of two only. */
	private syncInline(): void {
		this.isSyncingInline = true;
		try {
			if (this.isSyncing) this.platform.syncer.drain();
			if (this.failure !== null || this.syncedOffset === this.writtenOffset) return;
			this.syncs++;
			const startedMs = this.platform.clock.monotonicMs();
			this.file.syncData();
			this.measureSync(startedMs);
		} catch (error) {
			this.fail(error);
			return;
		} finally {
			this.isSyncingInline = false;
		}
		this.synced(this.writtenOffset);
	}

	private synced(offset: Offset): void {
		if (offset <= this.syncedOffset) return;
		this.syncedOffset = offset;
		this.onProgress?.();
		this.waitingForSync.reach(offset);
	}

	/** Ends the log: nothing is appended any more, and who waits is told that the outcome is unknown. */
	private fail(cause: unknown): Error {
		if (this.failure !== null) return this.failure;
		const failure = new UnavailableError('log-failed', `the log cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
			sqlstate: '58030',
			cause,
			hint: 'Reads go on. Close the database and open it again to write.',
		});
		this.failure = failure;
		this.frame.begin(this.chain.nextOffset, 0);
		this.cancelDelayedSync?.();
		const unknown = outcomeUnknown(failure);
		this.waitingForWrite.fail(unknown);
		this.waitingForSync.fail(unknown);
		return failure;
	}

	private refusal(): Error {
		if (this.failure !== null) return this.failure;
		return new ClosedError('closed', 'the log is closed', { sqlstate: '57P01' });
	}
}

function outcomeUnknown(failure: Error): PolylogError {
	return new UnavailableError('outcome-unknown', `the commit may or may not have reached the disk: ${failure.message}`, {
		sqlstate: '58030',
		cause: failure,
		hint: 'Open the database again and look whether its effect is there.',
	});
}

function isDiskFull(error: unknown): error is LimitError {
	return error instanceof LimitError && error.code === 'disk-full';
}

function atLeast(option: string, value: number, least: number): number {
	if (!Number.isSafeInteger(value) || value < least) throw new RangeError(`${option} must be an integer of at least ${least}, not ${value}`);
	return value;
}
