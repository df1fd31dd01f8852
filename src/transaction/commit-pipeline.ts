/**
 * From decided to visible: commits wait here in offset order until each is durable at its own level; the visible offset is the
 * end of the longest prefix that is. One synchronous step publishes it, so that all models of one log are seen at one offset.
 *
 * After the log failed the visible offset stands still for good: what was decided above it has an unknown outcome.
 */
import type { Durability, Log } from '../log/log.ts';
import { type PolylogError, UnavailableError } from '../platform/errors.ts';
import type { Offset } from '../storage/contracts.ts';
import type { CommitTicket } from './contracts.ts';

type Done = (error: Error | null) => void;

interface Waiter {
	readonly offset: Offset;
	readonly done: Done;
}

export class CommitPipeline {
	visibleOffset: Offset;
	failure: PolylogError | null;
	/** Called after the visible or the synced offset rose. */
	onProgress: (() => void) | null;
	/** Called once, when the log failed. */
	onFailure: (() => void) | null;
	readonly #log: Log;
	/** Commits not visible yet: `#offsets[i]` waits for `#levels[i]`, from `#head` on. */
	readonly #offsets: Offset[];
	readonly #levels: Durability[];
	#head: number;
	/** Sorted by offset. */
	readonly #waiters: Waiter[];
	readonly #durable: Done;

	constructor(log: Log, visibleOffset: Offset) {
		this.visibleOffset = visibleOffset;
		this.failure = null;
		this.onProgress = null;
		this.onFailure = null;
		this.#log = log;
		this.#offsets = [];
		this.#levels = [];
		this.#head = 0;
		this.#waiters = [];
		this.#durable = (error) => {
			if (error !== null) this.fail(error);
			else this.publish();
		};
	}

	/** A commit was decided; asks the log for its durability. */
	add(offset: Offset, level: Durability): void {
		if (level === 'memory' && this.#head === this.#offsets.length) {
			this.visibleOffset = offset;
			this.onProgress?.();
			return;
		}
		this.#offsets.push(offset);
		this.#levels.push(level);
		if (level !== 'memory') this.#log.whenDurable(offset, level, this.#durable);
	}

	/** Raises the visible offset as far as the log allows, and answers those who waited for it. */
	publish(): void {
		if (this.failure !== null) return;
		const { writtenOffset, syncedOffset } = this.#log;
		const offsets = this.#offsets;
		let head = this.#head;
		while (head < offsets.length) {
			const level = this.#levels[head]!;
			if (level !== 'memory' && offsets[head]! > (level === 'os' ? Math.max(writtenOffset, syncedOffset) : syncedOffset)) break;
			head++;
		}
		if (head > this.#head) this.visibleOffset = offsets[head - 1]!;
		this.#head = head;
		if (head === offsets.length) this.#forget(head);
		else if (head > 4096) this.#forget(head);
		this.onProgress?.();
		this.#answer();
	}

	whenVisible(offset: Offset, done: Done): void {
		if (offset <= this.visibleOffset) done(null);
		else if (this.failure !== null) done(this.failure);
		else {
			const waiters = this.#waiters;
			let at = waiters.length;
			while (at > 0 && waiters[at - 1]!.offset > offset) at--;
			if (at === waiters.length) waiters.push({ offset, done });
			else waiters.splice(at, 0, { offset, done });
		}
	}

	/** Writes or syncs in this thread until `offset` is visible; throws when the log failed first. */
	waitSync(offset: Offset, level: Durability): void {
		if (offset > this.visibleOffset && this.failure === null) {
			if (level === 'disk') this.#log.syncNow();
			else this.#log.writeNow();
			this.#look();
			if (offset > this.visibleOffset && this.failure === null) {
				// Something before it needs more than this level.
				this.#log.syncNow();
				this.#look();
			}
		}
		if (offset > this.visibleOffset) throw this.failure ?? outcomeUnknown(null);
	}

	fail(cause: Error): void {
		if (this.failure !== null) return;
		this.publish();
		this.failure = outcomeUnknown(cause);
		this.#forget(this.#offsets.length);
		this.onFailure?.();
		for (const waiter of this.#waiters.splice(0)) waiter.done(this.failure);
	}

	#look(): void {
		if (this.#log.failure !== null) this.fail(this.#log.failure);
		else this.publish();
	}

	#forget(count: number): void {
		if (count === this.#offsets.length) {
			this.#offsets.length = 0;
			this.#levels.length = 0;
		} else {
			this.#offsets.splice(0, count);
			this.#levels.splice(0, count);
		}
		this.#head = 0;
	}

	#answer(): void {
		const waiters = this.#waiters;
		if (waiters.length === 0 || waiters[0]!.offset > this.visibleOffset) return;
		let count = 1;
		while (count < waiters.length && waiters[count]!.offset <= this.visibleOffset) count++;
		for (const waiter of waiters.splice(0, count)) waiter.done(null);
	}
}

export class PipelineTicket implements CommitTicket {
	readonly offset: Offset;
	/** What must be visible before the commit is acknowledged: its own offset, or what it read. */
	readonly #waitOffset: Offset;
	readonly #level: Durability;
	readonly #pipeline: CommitPipeline;

	constructor(pipeline: CommitPipeline, offset: Offset, waitOffset: Offset, level: Durability) {
		this.offset = offset;
		this.#waitOffset = waitOffset;
		this.#level = level;
		this.#pipeline = pipeline;
	}

	get durable(): boolean {
		return this.#waitOffset <= this.#pipeline.visibleOffset;
	}

	wait(): Promise<void> {
		if (this.durable) return Promise.resolve();
		return new Promise((resolve, reject) => this.#pipeline.whenVisible(this.#waitOffset, (error) => (error === null ? resolve() : reject(error))));
	}

	onDurable(done: (error: Error | null) => void): void {
		this.#pipeline.whenVisible(this.#waitOffset, done);
	}

	waitSync(): void {
		this.#pipeline.waitSync(this.#waitOffset, this.#level);
	}
}

function outcomeUnknown(cause: Error | null): PolylogError {
	return new UnavailableError('outcome-unknown', 'the outcome of the commit is unknown: the log could not be written', {
		sqlstate: '08007',
		hint: 'Open the database again and look whether the change is there.',
		cause: cause ?? undefined,
	});
}
