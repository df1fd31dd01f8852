/**
 * Keys seen so far, for DISTINCT, recursion and `IN`. A key is a primitive as `codegen/keys.ts` makes it.
 *
 * When memory is used up a set either takes no new keys, whose rows are put aside then, or keeps them in a `KeyFile`.
 */
import { KeyFile } from './key-file.ts';
import { type MemoryAccount, outOfMemory } from './memory-account.ts';
import type { SpillDirectory } from './spill-file.ts';

const ENTRY_BYTES = 40;
const WEIGH_ROWS = 16;
/** A set of a group goes to a file when it is so large, or has so large a part of the memory. */
const GROUP_BYTES_MAX = 1 << 20;
const GROUP_SHARE = 1 / 8;
const GROUP_CACHE_BYTES = 65536;

export class RowSet {
	readonly #keys = new Set<unknown>();
	#account: MemoryAccount | null = null;
	#spill: SpillDirectory | null = null;
	#file: KeyFile | null = null;
	#pendingBytes = 0;
	#pendingRows = 0;
	#takenBytes = 0;
	#canRefuse = false;
	#isFull = false;
	#isOfGroup = false;

	/** The values of one group, for an aggregate with DISTINCT. It counts against the memory; past it the table takes no new groups. */
	static ofGroup(account: MemoryAccount, spill: SpillDirectory): RowSet {
		const set = new RowSet();
		set.#account = account;
		set.#spill = spill;
		set.#isOfGroup = true;
		return set;
	}

	/** A set that goes on in a file. */
	open(account: MemoryAccount, spill: SpillDirectory): void {
		this.clear();
		this.#account = account;
		this.#spill = spill;
		this.#canRefuse = false;
	}

	/** With `canRefuse`, a full set refuses new keys instead of failing. */
	openPartial(account: MemoryAccount, canRefuse: boolean): void {
		this.clear();
		this.#account = account;
		this.#spill = null;
		this.#canRefuse = canRefuse;
	}

	/** 1: the key is new; 0: it was there; −1: there is no room for it. */
	offer(key: unknown): number {
		if (!this.#isFull) return this.add(key) ? 1 : 0;
		return this.#keys.has(key) ? 0 : -1;
	}

	/** Makes room for the keys of another part of the rows. */
	restart(): void {
		this.#keys.clear();
		this.#file?.close();
		this.#file = null;
		this.#account?.give(this.#takenBytes);
		this.#takenBytes = 0;
		this.#pendingBytes = 0;
		this.#pendingRows = 0;
		this.#isFull = false;
	}

	/** False when the key was there. */
	add(key: unknown): boolean {
		if (this.#file !== null) return !this.#keys.has(key) && this.#file.set(key, 0);
		const before = this.#keys.size;
		this.#keys.add(key);
		if (this.#keys.size === before) return false;
		this.#pendingBytes += typeof key === 'string' ? ENTRY_BYTES + key.length : ENTRY_BYTES;
		if (++this.#pendingRows >= WEIGH_ROWS) this.#weigh();
		return true;
	}

	has(key: unknown): boolean {
		return this.#keys.has(key) || (this.#file !== null && this.#file.get(key) >= 0);
	}

	get isEmpty(): boolean {
		return this.#keys.size === 0;
	}

	#weigh(): void {
		this.#takenBytes += this.#pendingBytes;
		if (this.#account !== null && !this.#account.take(this.#pendingBytes)) this.#overflow(this.#account);
		this.#pendingBytes = 0;
		this.#pendingRows = 0;
	}

	#overflow(account: MemoryAccount): void {
		if (this.#takenBytes < account.minimumBytes) return;
		if (this.#isOfGroup) this.#spillGroup(account);
		else if (this.#canRefuse) this.#isFull = true;
		else if (this.#spill?.isOpen) this.#file = new KeyFile(this.#spill, account.cacheBytes);
		else throw outOfMemory('a table of distinct rows', account.limitBytes);
	}

	/** Puts the keys of a large group into a file. */
	#spillGroup(account: MemoryAccount): void {
		if (this.#takenBytes < Math.max(GROUP_BYTES_MAX, account.limitBytes * GROUP_SHARE) || !this.#spill!.isOpen) return;
		const file = new KeyFile(this.#spill!, GROUP_CACHE_BYTES);
		for (const key of this.#keys) file.set(key, 0);
		this.restart();
		this.#file = file;
	}

	clear(): void {
		this.restart();
	}
}
