/** Several set-returning calls read side by side: a row as long as one of them has an item, null for those at their end. */
export class Lockstep {
	readonly values: unknown[];
	readonly #iterators: (Iterator<unknown> | null)[];

	constructor(count: number) {
		this.values = new Array<unknown>(count).fill(null);
		this.#iterators = new Array<Iterator<unknown> | null>(count).fill(null);
	}

	/** `items` null: none. */
	set(index: number, items: Iterable<unknown> | null): void {
		this.#iterators[index] = items === null ? null : items[Symbol.iterator]();
	}

	/** A call that gives one value. */
	setOne(index: number, value: unknown): void {
		this.#iterators[index] = [value][Symbol.iterator]();
	}

	next(): boolean {
		let any = false;
		for (let i = 0; i < this.#iterators.length; i++) {
			const item = this.#iterators[i]?.next();
			if (item === undefined || item.done === true) {
				this.#iterators[i] = null;
				this.values[i] = null;
			} else {
				this.values[i] = item.value;
				any = true;
			}
		}
		return any;
	}

	clear(): void {
		this.values.fill(null);
		this.#iterators.fill(null);
	}
}
