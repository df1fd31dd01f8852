/** Counts the bytes that a statement's buffers hold, against its limit. Estimates: values are not weighed one by one where their width is fixed. */
import { LimitError } from '../../../platform/errors.ts';

/** The most of what every buffer and table may hold whatever the others have taken. */
const MINIMUM_BYTES_MAX = 16384;

export class MemoryAccount {
	limitBytes = 0;
	usedBytes = 0;
	/** What every buffer and table may hold whatever the others have taken, so that each spill makes progress. */
	minimumBytes = 0;

	/** Memory for pages of a file that is asked key by key. */
	get cacheBytes(): number {
		return Math.max(this.minimumBytes, this.limitBytes / 4);
	}

	reset(limitBytes: number): void {
		this.limitBytes = limitBytes;
		this.minimumBytes = Math.min(MINIMUM_BYTES_MAX, limitBytes / 4);
		this.usedBytes = 0;
	}

	/** False when the bytes would pass the limit; they are counted all the same. */
	take(bytes: number): boolean {
		this.usedBytes += bytes;
		return this.usedBytes <= this.limitBytes;
	}

	give(bytes: number): void {
		this.usedBytes -= bytes;
	}

	/** As `take`, for what cannot spill. */
	demand(bytes: number, what: string): void {
		if (!this.take(bytes)) throw outOfMemory(what, this.limitBytes);
	}
}

/** A statement's memory is used up by something that cannot spill (SQLSTATE 53200). */
export class WorkMemoryExceeded extends LimitError {
	constructor(what: string, limitBytes: number) {
		super('sql', `out of memory: ${what} needs more than the statement's limit of ${limitBytes} bytes`, {
			sqlstate: '53200',
			hint: 'Raise the memory limit of statements, or select fewer rows.',
		});
	}
}

export function outOfMemory(what: string, limitBytes: number): WorkMemoryExceeded {
	return new WorkMemoryExceeded(what, limitBytes);
}

/** Bytes that a value takes beside its place in a column: strings and objects only. */
export function valueBytes(value: unknown): number {
	if (typeof value === 'string') return 16 + value.length;
	if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? 24 : 0;
	if (value instanceof Uint8Array) return 96 + value.byteLength;
	if (Array.isArray(value)) {
		let bytes = 32;
		for (const item of value) bytes += 8 + valueBytes(item);
		return bytes;
	}
	return 120;
}
