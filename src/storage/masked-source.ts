/**
 * A source without its entries in ranges that were removed later: it steps over each range by one seek, so what lies there is
 * not read.
 */
import { type EntrySource, NO_BYTES } from './entry-source.ts';
import type { KeyRanges } from './key-ranges.ts';

export class MaskedSource<Source extends EntrySource = EntrySource> implements EntrySource {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	isTombstone: boolean;
	/** What is shown is its current entry. */
	readonly source: Source;
	readonly #hidden: KeyRanges;
	readonly #reverse: boolean;
	#lower: Uint8Array | null;
	#upper: Uint8Array | null;

	constructor(source: Source, hidden: KeyRanges, reverse: boolean) {
		this.keyBuffer = NO_BYTES;
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = NO_BYTES;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.isTombstone = false;
		this.source = source;
		this.#hidden = hidden;
		this.#reverse = reverse;
		this.#lower = null;
		this.#upper = null;
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		this.#lower = lower;
		this.#upper = upper;
		this.source.seek(lower, upper);
	}

	next(): boolean {
		const { source } = this;
		while (source.next()) {
			const range = this.#hidden.find(source.keyBuffer, source.keyStart, source.keyEnd);
			if (range === null) {
				this.keyBuffer = source.keyBuffer;
				this.keyStart = source.keyStart;
				this.keyEnd = source.keyEnd;
				this.valueBuffer = source.valueBuffer;
				this.valueStart = source.valueStart;
				this.valueEnd = source.valueEnd;
				this.isTombstone = source.isTombstone;
				return true;
			}
			if (this.#reverse) source.seek(this.#lower, range.lower);
			else if (range.upper === null) return false;
			else source.seek(range.upper, this.#upper);
		}
		return false;
	}
}
