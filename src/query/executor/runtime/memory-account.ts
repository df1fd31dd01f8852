/** Counts the bytes that a statement's buffers hold, against its limit. Estimates: values are not weighed one by one where their width is fixed. */
import { sqlError } from '../../../platform/errors.ts';

export class MemoryAccount {
	limitBytes = 0;
	usedBytes = 0;

	reset(limitBytes: number): void {
		this.limitBytes = limitBytes;
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

export function outOfMemory(what: string, limitBytes: number): Error {
	return sqlError('53200', `out of memory: ${what} needs more than the statement's limit of ${limitBytes} bytes`, {
		hint: 'Raise the memory limit of statements, or select fewer rows.',
	});
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
