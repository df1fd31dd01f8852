/**
 * Seeded randomness for simulated worlds: xoshiro128** (Blackman and Vigna, 2018), its state filled from the seed by
 * splitmix32. The same seed gives the same numbers on every machine.
 */
import type { Random } from './platform.ts';

export class SimulatedRandom implements Random {
	readonly seed: number;
	#a: number;
	#b: number;
	#c: number;
	#d: number;

	constructor(seed: number) {
		this.seed = seed >>> 0;
		let state = this.seed;
		const split = () => {
			state = (state + 0x9e3779b9) | 0;
			let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
			mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
			return mixed ^ (mixed >>> 15);
		};
		this.#a = split();
		this.#b = split();
		this.#c = split();
		this.#d = split();
	}

	/** 32 bits, unsigned. */
	word(): number {
		const product = Math.imul(this.#b, 5);
		const result = Math.imul((product << 7) | (product >>> 25), 9);
		const shifted = this.#b << 9;
		this.#c ^= this.#a;
		this.#d ^= this.#b;
		this.#b ^= this.#c;
		this.#a ^= this.#d;
		this.#c ^= shifted;
		this.#d = (this.#d << 11) | (this.#d >>> 21);
		return result >>> 0;
	}

	next(): number {
		return this.word() / 0x100000000;
	}

	/** An integer in [0, below). */
	below(below: number): number {
		return Math.floor(this.next() * below);
	}

	/** An integer in [least, most]. */
	between(least: number, most: number): number {
		return least + this.below(most - least + 1);
	}

	chance(probability: number): boolean {
		return this.next() < probability;
	}

	pick<T>(from: readonly T[]): T {
		return from[this.below(from.length)]!;
	}

	bytes(count: number): Uint8Array {
		const made = new Uint8Array(count);
		for (let at = 0; at < count; at++) made[at] = this.word() >>> 11;
		return made;
	}

	/** A generator of its own, so that drawing more in one place does not change what another place draws. */
	fork(): SimulatedRandom {
		return new SimulatedRandom(this.word());
	}
}
