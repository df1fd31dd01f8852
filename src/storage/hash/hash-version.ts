/** A version of a hash keyspace's base: what its segments up to an age hold. All versions of a keyspace share its `HashBase`. */
import type { Slot } from '../contracts.ts';
import type { EngineVersion } from '../engine-version.ts';
import type { EntrySource, SearchResult } from '../entry-source.ts';
import type { HashBase } from './hash-base.ts';

/** What share of the keys a range is taken to hold, where only counting could tell. */
const RANGE_SHARE = 1 / 8;

export class HashVersion implements EngineVersion {
	readonly base: HashBase;
	readonly age: number;
	#references: number;

	constructor(base: HashBase, age: number) {
		this.base = base;
		this.age = age;
		this.#references = 0;
	}

	get entries(): number {
		return this.base.entries;
	}

	get diskBytes(): number {
		return this.base.diskBytes;
	}

	get files(): number {
		return this.base.segments.length;
	}

	get isEmpty(): boolean {
		return this.base.segments.length === 0;
	}

	get(key: Uint8Array, keyLength: number, slot: Slot): SearchResult {
		return this.base.get(key, keyLength, this.age, slot);
	}

	/** Sorted runs, forward only: their merge enumerates the keyspace. */
	addSources(_reverse: boolean, into: EntrySource[]): void {
		this.base.addSources(this.age, into);
	}

	estimate(lower: Uint8Array | null, upper: Uint8Array | null, into: { entries: number; bytes: number }): void {
		const { base } = this;
		const share = lower === null && upper === null ? 1 : RANGE_SHARE;
		into.entries += base.keysAbout * share;
		into.bytes += base.diskBytes * share;
	}

	verify(): string[] {
		return this.base.verify(this.age);
	}

	retain(): void {
		this.#references++;
		if (this.#references === 1) this.base.retained(this);
	}

	release(): void {
		this.#references--;
		if (this.#references === 0) this.base.released(this);
	}

	discard(): void {
		this.base.isObsolete = true;
		this.release();
	}
}
