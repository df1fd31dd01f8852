/**
 * The live snapshots: how often each offset is retained, and from which offset on snapshots are still honoured.
 *
 * Cost: a map operation to retain or release; the oldest is looked for only when something waits for it.
 */
import type { Offset } from './contracts.ts';

export class SnapshotRegistry {
	/** Snapshots below it were given up. */
	horizon: Offset;
	readonly #counts: Map<Offset, number>;

	constructor() {
		this.horizon = 0;
		this.#counts = new Map();
	}

	retain(offset: Offset): void {
		this.#counts.set(offset, (this.#counts.get(offset) ?? 0) + 1);
	}

	/** Returns whether it was the last holder of that offset. */
	release(offset: Offset): boolean {
		const count = this.#counts.get(offset) ?? 0;
		if (count > 1) {
			this.#counts.set(offset, count - 1);
			return false;
		}
		return this.#counts.delete(offset);
	}

	/** The oldest honoured snapshot below `offset`, -1 if there is none. */
	oldestBelow(offset: Offset): Offset {
		let oldest = -1;
		for (const held of this.#counts.keys()) if (held >= this.horizon && held < offset && (oldest < 0 || held < oldest)) oldest = held;
		return oldest;
	}

	/** Gives up the oldest honoured snapshot; false when there is none. */
	giveUpOldest(): boolean {
		const oldest = this.oldestBelow(Number.POSITIVE_INFINITY);
		if (oldest < 0) return false;
		this.horizon = oldest + 1;
		return true;
	}
}
