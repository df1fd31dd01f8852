/**
 * Rows of both sides of a hash join for which the table has no room, and the order in which they are joined: partition by
 * partition, each a part of the right side that fills the table and a part of the left side that probes it.
 *
 * A part of the right side whose rows all have one hash cannot be split: its rows come by blocks, as many as there is room for,
 * and the left part is read again for each. Left rows that must be given once, or only when nothing matches, are marked.
 *
 * Calls: rows are put to `left` and `right`; `next` goes on until false. After each, the table is filled from `right` (up to
 * where it is full when `byBlocks`), then probed by all rows of `left`.
 */
import { PARTITIONS, type PutAsidePart, PutAsideRows } from './put-aside-rows.ts';
import type { SpillSpace } from './spill-file.ts';

interface Waiting {
	readonly left: PutAsidePart | null;
	readonly right: PutAsidePart | null;
	readonly level: number;
}

export class JoinOverflow {
	readonly left: PutAsideRows;
	readonly right: PutAsideRows;
	/** The right part comes by blocks. */
	byBlocks = false;
	/** A partition without rows on this side has no results. */
	readonly #needsLeft: boolean;
	readonly #needsRight: boolean;
	#waiting: Waiting[] = [];
	#leftPart: PutAsidePart | null = null;
	#level = 0;
	#marks = new Int32Array(0);

	constructor(left: PutAsideRows, right: PutAsideRows, needsLeft: boolean, needsRight: boolean) {
		this.left = left;
		this.right = right;
		this.#needsLeft = needsLeft;
		this.#needsRight = needsRight;
	}

	static of(
		leftCount: number,
		leftSpace: SpillSpace | null,
		rightCount: number,
		rightSpace: SpillSpace | null,
		needsLeft: boolean,
		needsRight: boolean,
	): JoinOverflow {
		return new JoinOverflow(new PutAsideRows(leftCount, leftSpace), new PutAsideRows(rightCount, rightSpace), needsLeft, needsRight);
	}

	get canSpill(): boolean {
		return this.left.canSpill && this.right.canSpill;
	}

	/** Goes to the next partition, or to the next block of this one; false when all are joined. */
	next(): boolean {
		if (this.left.isClear && this.right.isClear) return false;
		if (this.byBlocks && this.right.hasMore) {
			this.left.open(this.#leftPart, this.#level);
			return true;
		}
		this.#endLevel();
		for (;;) {
			const next = this.#waiting.pop();
			const isIdle = next !== undefined && ((this.#needsLeft && next.left === null) || (this.#needsRight && next.right === null));
			if (isIdle) {
				next.left?.file.close();
				next.right?.file.close();
				continue;
			}
			this.#open(next);
			return next !== undefined;
		}
	}

	#endLevel(): void {
		const left = this.left.takeParts();
		const right = this.right.takeParts();
		for (let i = PARTITIONS - 1; i >= 0; i--)
			if (left[i] !== null || right[i] !== null) this.#waiting.push({ left: left[i]!, right: right[i]!, level: this.#level + 1 });
	}

	#open(next: Waiting | undefined): void {
		this.#level = next?.level ?? 0;
		this.#leftPart = next?.left ?? null;
		this.byBlocks = PutAsideRows.isWhole(next?.right ?? null, this.#level);
		this.left.open(this.#leftPart, this.#level);
		this.right.open(next?.right ?? null, this.#level);
		if (this.byBlocks) this.#marks = new Int32Array(((this.#leftPart?.file.rows ?? 0) >>> 5) + 1);
	}

	/** No right row that the left row has not met yet will come. */
	get isLast(): boolean {
		return !this.byBlocks || !this.right.hasMore;
	}

	/** The left row given last has found a partner in a block before. */
	wasMarked(): boolean {
		if (!this.byBlocks) return false;
		const row = this.left.rowNumber;
		return (this.#marks[row >>> 5]! & (1 << (row & 31))) !== 0;
	}

	/** The left row given last has found a partner. */
	mark(): void {
		if (!this.byBlocks) return;
		const row = this.left.rowNumber;
		this.#marks[row >>> 5] = this.#marks[row >>> 5]! | (1 << (row & 31));
	}

	clear(): void {
		if (this.left.isClear && this.right.isClear) return;
		this.left.clear();
		this.right.clear();
		for (const { left, right } of this.#waiting) {
			left?.file.close();
			right?.file.close();
		}
		this.#waiting = [];
		this.#leftPart = null;
		this.#level = 0;
		this.byBlocks = false;
		this.#marks = new Int32Array(0);
	}
}
