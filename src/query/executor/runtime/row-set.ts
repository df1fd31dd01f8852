/** Keys seen so far, for DISTINCT and set operations. A key is a primitive as `codegen/keys.ts` makes it. */
import type { MemoryAccount } from './memory-account.ts';

const ENTRY_BYTES = 40;
const WEIGH_ROWS = 1024;

export class RowSet {
	readonly #keys = new Set<unknown>();
	#account: MemoryAccount | null = null;
	#pendingBytes = 0;
	#pendingRows = 0;
	#takenBytes = 0;

	open(account: MemoryAccount): void {
		this.clear();
		this.#account = account;
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
		this.#account?.demand(this.#pendingBytes, 'a table of distinct rows');
		this.#takenBytes += this.#pendingBytes;
		this.#pendingBytes = 0;
		this.#pendingRows = 0;
	}

	clear(): void {
		this.#keys.clear();
		this.#account?.give(this.#takenBytes);
		this.#takenBytes = 0;
		this.#pendingBytes = 0;
		this.#pendingRows = 0;
	}
}
