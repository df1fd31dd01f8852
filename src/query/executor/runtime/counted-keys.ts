/**
 * How often each row occurs in the right input of INTERSECT or EXCEPT; each left row asks whether it belongs to the result.
 * Counts for which there is no memory are kept in a `KeyFile`.
 */
import { KeyFile } from './key-file.ts';
import { type MemoryAccount, outOfMemory } from './memory-account.ts';
import type { SpillDirectory } from './spill-file.ts';

const ENTRY_BYTES = 48;
const WEIGH_ROWS = 16;

export class CountedKeys {
	readonly #counts = new Map<unknown, number>();
	#account: MemoryAccount | null = null;
	#spill: SpillDirectory | null = null;
	#file: KeyFile | null = null;
	#pendingBytes = 0;
	#pendingRows = 0;
	#takenBytes = 0;

	open(account: MemoryAccount, spill: SpillDirectory): void {
		this.clear();
		this.#account = account;
		this.#spill = spill;
	}

	add(key: unknown): void {
		this.#put(key, Math.max(0, this.#count(key)) + 1);
	}

	/** −1 when the key was never put. */
	#count(key: unknown): number {
		return this.#counts.get(key) ?? this.#file?.get(key) ?? -1;
	}

	#put(key: unknown, count: number): void {
		if (this.#file !== null && !this.#counts.has(key)) {
			this.#file.set(key, count);
			return;
		}
		const before = this.#counts.size;
		this.#counts.set(key, count);
		if (this.#counts.size === before) return;
		this.#pendingBytes += typeof key === 'string' ? ENTRY_BYTES + key.length : ENTRY_BYTES;
		if (++this.#pendingRows >= WEIGH_ROWS) this.#weigh();
	}

	#weigh(): void {
		const account = this.#account!;
		this.#takenBytes += this.#pendingBytes;
		if (!account.take(this.#pendingBytes) && this.#takenBytes >= account.minimumBytes) {
			if (!this.#spill!.isOpen) throw outOfMemory('a set operation', account.limitBytes);
			this.#file = new KeyFile(this.#spill!, account.cacheBytes);
		}
		this.#pendingBytes = 0;
		this.#pendingRows = 0;
	}

	/** INTERSECT: true once for a row that the right side has. */
	sharedDistinct(key: unknown): boolean {
		if (this.#count(key) <= 0) return false;
		this.#put(key, 0);
		return true;
	}

	/** INTERSECT ALL: true as often as the right side has the row. */
	sharedAll(key: unknown): boolean {
		const count = this.#count(key);
		if (count <= 0) return false;
		this.#put(key, count - 1);
		return true;
	}

	/** EXCEPT: true once for a row that the right side does not have. */
	remainingDistinct(key: unknown): boolean {
		if (this.#count(key) >= 0) return false;
		this.#put(key, 1);
		return true;
	}

	/** EXCEPT ALL: true once the right side's occurrences are used up. */
	remainingAll(key: unknown): boolean {
		const count = this.#count(key);
		if (count <= 0) return true;
		this.#put(key, count - 1);
		return false;
	}

	clear(): void {
		this.#counts.clear();
		this.#file?.close();
		this.#file = null;
		this.#account?.give(this.#takenBytes);
		this.#takenBytes = 0;
		this.#pendingBytes = 0;
		this.#pendingRows = 0;
	}
}
