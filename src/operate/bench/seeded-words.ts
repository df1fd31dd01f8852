/** Random words from a seed, the same on every machine: splitmix32 (Steele, Lea and Flood, 2014, in 32 bits). */
export class SeededWords {
	#state: number;

	constructor(seed: number) {
		this.#state = mixed(seed | 0);
	}

	/** 32 bits, unsigned. */
	word(): number {
		this.#state = (this.#state + 0x9e3779b9) | 0;
		return mixed(this.#state) >>> 0;
	}

	/** A number in [0, 1). */
	next(): number {
		return this.word() / 0x100000000;
	}

	/** An integer in [0, below). */
	below(below: number): number {
		return Math.floor(this.next() * below);
	}
}

/** A permutation of all words of 32 bits (signed) that looks random. */
export function mixed(word: number): number {
	let value = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
	value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
	return value ^ (value >>> 15);
}
