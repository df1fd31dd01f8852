/**
 * A log in memory for tests of transactions: records are kept whole, `writeNow` and `syncNow` move the marks, a failure can be
 * made to happen. Nothing becomes durable by itself.
 */
import type { BulkFile, ChangesAhead, Durability, Log, LoggedTransaction } from '../log/log.ts';
import { UnavailableError } from '../platform/errors.ts';
import type { Offset } from '../storage/contracts.ts';

interface Wait {
	readonly offset: Offset;
	readonly level: Durability;
	readonly done: (error: Error | null) => void;
}

export class MemoryLog implements Log {
	decidedOffset: Offset = 0;
	writtenOffset: Offset = 0;
	syncedOffset: Offset = 0;
	failure: Error | null = null;
	onProgress: (() => void) | null = null;
	releasedOffset: Offset = 0;
	readonly records: LoggedTransaction[] = [];
	#waits: Wait[] = [];

	append(
		bytes: Uint8Array,
		length: number,
		catalogOffset: Offset,
		_files: readonly BulkFile[] = [],
		ahead: ChangesAhead | null = null,
	): { offset: Offset; timeUs: number } {
		if (this.failure !== null) throw new UnavailableError('log-failed', 'the log failed');
		const offset = ++this.decidedOffset;
		const changes = new Uint8Array((ahead?.bytes ?? 0) + length);
		if (ahead !== null) ahead.read(changes, 0, ahead.bytes, 0);
		changes.set(bytes.subarray(0, length), ahead?.bytes ?? 0);
		this.records.push({ offset, timeUs: offset, catalogOffset, bytes: changes, start: 0, end: changes.length, files: [] });
		return { offset, timeUs: offset };
	}

	whenDurable(offset: Offset, level: Durability, done: (error: Error | null) => void): void {
		if (level === 'memory' || offset <= (level === 'os' ? this.writtenOffset : this.syncedOffset)) done(null);
		else this.#waits.push({ offset, level, done });
	}

	writeNow(): void {
		if (this.failure !== null) return;
		this.writtenOffset = this.decidedOffset;
		this.#answer();
	}

	syncNow(): void {
		if (this.failure !== null) return;
		this.writtenOffset = this.decidedOffset;
		this.syncedOffset = this.decidedOffset;
		this.#answer();
	}

	/** From here on every sync fails. */
	fail(): void {
		this.failure = new Error('the disk is gone');
		for (const wait of this.#waits.splice(0)) wait.done(this.failure);
	}

	*read(from: Offset): IterableIterator<LoggedTransaction> {
		for (const record of this.records) if (record.offset > from) yield record;
	}

	/** What a restart finds: everything up to `offset`. */
	reopened(offset: Offset): MemoryLog {
		const log = new MemoryLog();
		for (const record of this.records) if (record.offset <= offset) log.records.push(record);
		log.decidedOffset = log.writtenOffset = log.syncedOffset = log.records.at(-1)?.offset ?? 0;
		return log;
	}

	release(offset: Offset): void {
		this.releasedOffset = offset;
	}

	bytes(): number {
		return this.records.reduce((sum, record) => sum + record.end - record.start, 0);
	}

	async close(): Promise<void> {}

	#answer(): void {
		this.onProgress?.();
		const waits = this.#waits;
		this.#waits = [];
		for (const wait of waits) this.whenDurable(wait.offset, wait.level, wait.done);
	}
}
