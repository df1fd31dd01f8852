/**
 * Rows that a hash table had no room for, given back one partition after the other when the table has been emptied. A partition
 * that is too large again is split in the same way.
 *
 * Calls: `put` per row; then `nextPartition` until false, and after each its rows as those of `PutAsideRows`. Rows put while a
 * partition is read belong to its own parts.
 */
import { PARTITIONS, type PutAsidePart, PutAsideRows } from './put-aside-rows.ts';

interface Waiting {
	readonly part: PutAsidePart;
	readonly level: number;
}

export class Overflow extends PutAsideRows {
	#waiting: Waiting[] = [];
	#splits = 0;

	/** Goes to the next partition; false when all have been read. */
	nextPartition(): boolean {
		if (this.isClear) return false;
		const parts = this.takeParts();
		for (let i = PARTITIONS - 1; i >= 0; i--) if (parts[i] !== null) this.#waiting.push({ part: parts[i]!, level: this.#splits + 1 });
		const next = this.#waiting.pop();
		this.#splits = next?.level ?? 0;
		this.open(next?.part ?? null, this.#splits);
		return next !== undefined;
	}

	override clear(): void {
		if (this.isClear) return;
		super.clear();
		for (const { part } of this.#waiting) part.file.close();
		this.#waiting = [];
		this.#splits = 0;
	}
}
