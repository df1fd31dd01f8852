/** What a session remembers of sequences. */

interface Run {
	readonly first: bigint;
	readonly step: bigint;
	count: number;
}

/**
 * The numbers that one statement draws from one sequence. When the statement is undone and run again it is given the same ones
 * first. They are kept as runs of equal distance, so that a million rows cost nothing.
 */
export class DrawnNumbers {
	readonly #runs: Run[] = [];
	/** The next to give again; past the last run: a new one must be drawn. */
	#run = 0;
	#place = 0;

	next(draw: () => bigint): bigint {
		const run = this.#runs[this.#run];
		if (run === undefined) return this.#draw(draw);
		const value = run.first + run.step * BigInt(this.#place++);
		if (this.#place === run.count) {
			this.#run++;
			this.#place = 0;
		}
		return value;
	}

	/** Gives from the first again. */
	rewind(): void {
		this.#run = 0;
		this.#place = 0;
	}

	#draw(draw: () => bigint): bigint {
		const value = draw();
		const last = this.#runs.at(-1);
		if (last === undefined) this.#runs.push({ first: value, step: 1n, count: 1 });
		else if (value === last.first + last.step * BigInt(last.count)) last.count++;
		else if (last.count === 1) this.#runs[this.#runs.length - 1] = { first: last.first, step: value - last.first, count: 2 };
		else this.#runs.push({ first: value, step: last.step, count: 1 });
		this.#run = this.#runs.length;
		return value;
	}
}

/** The values that sequences gave one session last: for currval and lastval. */
export class SequenceMemory {
	readonly #values = new Map<number, bigint>();
	#lastId = 0;

	remember(sequenceId: number, value: bigint): void {
		this.#values.set(sequenceId, value);
		this.#lastId = sequenceId;
	}

	/** The value given last by one sequence or (0) by any. */
	last(sequenceId: number): bigint | undefined {
		return this.#values.get(sequenceId === 0 ? this.#lastId : sequenceId);
	}

	forget(): void {
		this.#values.clear();
		this.#lastId = 0;
	}
}
