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
