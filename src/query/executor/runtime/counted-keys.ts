/** How often each row occurs in the right input of INTERSECT or EXCEPT; each left row asks whether it belongs to the result. */
import type { MemoryAccount } from './memory-account.ts';

const ENTRY_BYTES = 48;
const WEIGH_ROWS = 16;

export class CountedKeys {
	readonly #counts = new Map<unknown, number>();
	#account: MemoryAccount | null = null;
	#pendingBytes = 0;
	#pendingRows = 0;
	#takenBytes = 0;

	open(account: MemoryAccount): void {
		this.clear();
		this.#account = account;
	}

	add(key: unknown): void {
		this.#put(key, (this.#counts.get(key) ?? 0) + 1);
	}

	#put(key: unknown, count: number): void {
		const before = this.#counts.size;
		this.#counts.set(key, count);
		if (this.#counts.size === before) return;
		this.#pendingBytes += typeof key === 'string' ? ENTRY_BYTES + key.length : ENTRY_BYTES;
		if (++this.#pendingRows < WEIGH_ROWS) return;
		this.#account?.demand(this.#pendingBytes, 'a set operation');
		this.#takenBytes += this.#pendingBytes;
		this.#pendingBytes = 0;
		this.#pendingRows = 0;
	}

	/** INTERSECT: true once for a row that the right side has. */
	sharedDistinct(key: unknown): boolean {
		if ((this.#counts.get(key) ?? 0) === 0) return false;
		this.#counts.set(key, 0);
		return true;
	}

	/** INTERSECT ALL: true as often as the right side has the row. */
	sharedAll(key: unknown): boolean {
		const count = this.#counts.get(key) ?? 0;
		if (count === 0) return false;
		this.#counts.set(key, count - 1);
		return true;
	}

	/** EXCEPT: true once for a row that the right side does not have. */
	remainingDistinct(key: unknown): boolean {
		if (this.#counts.has(key)) return false;
		this.#put(key, 1);
		return true;
	}

	/** EXCEPT ALL: true once the right side's occurrences are used up. */
	remainingAll(key: unknown): boolean {
		const count = this.#counts.get(key) ?? 0;
		if (count === 0) return true;
		this.#counts.set(key, count - 1);
		return false;
	}

	clear(): void {
		this.#counts.clear();
		this.#account?.give(this.#takenBytes);
		this.#takenBytes = 0;
		this.#pendingBytes = 0;
		this.#pendingRows = 0;
	}
}
