/** Keys seen so far, for DISTINCT and set operations. A key is a primitive as `codegen/keys.ts` makes it. */
import { type MemoryAccount, outOfMemory } from './memory-account.ts';

const ENTRY_BYTES = 40;
const WEIGH_ROWS = 16;

export class RowSet {
	readonly #keys = new Set<unknown>();
	#account: MemoryAccount | null = null;
	#pendingBytes = 0;
	#pendingRows = 0;
	#takenBytes = 0;
	#canRefuse = false;
	#isFull = false;

	/** With `canRefuse`, a full set refuses new keys instead of failing. */
	open(account: MemoryAccount, canRefuse = false): void {
		this.clear();
		this.#account = account;
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
		this.#account?.give(this.#takenBytes);
		this.#takenBytes = 0;
		this.#pendingBytes = 0;
		this.#pendingRows = 0;
		this.#isFull = false;
	}

	/** False when the key was there. */
	add(key: unknown): boolean {
		const before = this.#keys.size;
		this.#keys.add(key);
		if (this.#keys.size === before) return false;
		this.#pendingBytes += typeof key === 'string' ? ENTRY_BYTES + key.length : ENTRY_BYTES;
		if (++this.#pendingRows >= WEIGH_ROWS) this.#weigh();
		return true;
	}

	has(key: unknown): boolean {
		return this.#keys.has(key);
	}

	get count(): number {
		return this.#keys.size;
	}

	#weigh(): void {
		if (this.#account !== null && !this.#account.take(this.#pendingBytes)) {
			if (!this.#canRefuse) throw outOfMemory('a table of distinct rows', this.#account.limitBytes);
			this.#isFull = true;
		}
		this.#takenBytes += this.#pendingBytes;
		this.#pendingBytes = 0;
		this.#pendingRows = 0;
	}

	clear(): void {
		this.restart();
	}
}
