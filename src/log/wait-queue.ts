/**
 * Callbacks that wait for an offset, lowest first. Offsets nearly always come in rising order, so adding is an append; the
 * queue's memory is kept.
 */
import type { Offset } from '../storage/contracts.ts';

type Done = (error: Error | null) => void;

/** Finished places at the front are given back once there are so many. */
const SLACK_COUNT = 1024;

export class WaitQueue {
	readonly #offsets: Offset[] = [];
	readonly #callbacks: Done[] = [];
	#first = 0;

	get isEmpty(): boolean {
		return this.#first === this.#offsets.length;
	}

	get count(): number {
		return this.#offsets.length - this.#first;
	}

	add(offset: Offset, done: Done): void {
		const offsets = this.#offsets;
		let place = offsets.length;
		while (place > this.#first && offsets[place - 1]! > offset) place--;
		if (place === offsets.length) {
			offsets.push(offset);
			this.#callbacks.push(done);
		} else {
			offsets.splice(place, 0, offset);
			this.#callbacks.splice(place, 0, done);
		}
	}

	/** Calls back all that wait for `offset` or less; callbacks may add again. */
	reach(offset: Offset): void {
		while (this.#first < this.#offsets.length && this.#offsets[this.#first]! <= offset) this.#take()(null);
		this.#trim();
	}

	/** Calls back all that still wait, with the error. */
	fail(error: Error): void {
		while (this.#first < this.#offsets.length) this.#take()(error);
		this.#trim();
	}

	#take(): Done {
		return this.#callbacks[this.#first++]!;
	}

	#trim(): void {
		if (this.#first < SLACK_COUNT && this.#first < this.#offsets.length) return;
		this.#offsets.splice(0, this.#first);
		this.#callbacks.splice(0, this.#first);
		this.#first = 0;
	}
}
