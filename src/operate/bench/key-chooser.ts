/**
 * Which record the next operation is about, as its number: records are numbered from 0 in the order in which they were inserted.
 *
 * - uniform: each is as likely as any other, those inserted meanwhile too;
 * - zipfian: of the records there were at first, the r-th most popular is chosen with a probability in proportion to 1/r^0.99; popular
 *   ones are spread over all numbers;
 * - latest: the newest is the most popular, by the same law;
 * - sequential: each in turn, then from the first again.
 *
 * Source of the zipfian numbers: Gray et al., "Quickly Generating Billion-Record Synthetic Databases" (SIGMOD 1994), as in YCSB.
 */
import type { SeededWords } from './seeded-words.ts';
import type { Distribution } from './workload.ts';

export const ZIPFIAN_EXPONENT = 0.99;

export class ZipfianRanks {
	readonly #words: SeededWords;
	readonly #count: number;
	readonly #zeta: number;
	readonly #alpha: number;
	readonly #eta: number;
	readonly #second: number;

	constructor(words: SeededWords, count: number) {
		let zeta = 0;
		for (let rank = 1; rank <= count; rank++) zeta += 1 / rank ** ZIPFIAN_EXPONENT;
		this.#words = words;
		this.#count = count;
		this.#zeta = zeta;
		this.#second = 1 + 0.5 ** ZIPFIAN_EXPONENT;
		this.#alpha = 1 / (1 - ZIPFIAN_EXPONENT);
		this.#eta = (1 - (2 / count) ** (1 - ZIPFIAN_EXPONENT)) / (1 - this.#second / zeta);
	}

	/** A rank in [0, count), 0 being the most popular. */
	next(): number {
		const u = this.#words.next();
		const scaled = u * this.#zeta;
		if (scaled < 1) return 0;
		if (scaled < this.#second) return Math.min(1, this.#count - 1);
		return Math.min(this.#count - 1, Math.floor(this.#count * (this.#eta * u - this.#eta + 1) ** this.#alpha));
	}
}

export class KeyChooser {
	readonly #distribution: Distribution;
	readonly #words: SeededWords;
	readonly #firstCount: number;
	readonly #ranks: ZipfianRanks | null;
	/** Prime to the count: rank × step modulo the count is another number for each rank. */
	readonly #step: number;
	#turn: number;

	constructor(distribution: Distribution, words: SeededWords, count: number) {
		this.#distribution = distribution;
		this.#words = words;
		this.#firstCount = count;
		this.#ranks = distribution === 'zipfian' || distribution === 'latest' ? new ZipfianRanks(words, count) : null;
		this.#step = spreadingStep(count);
		this.#turn = 0;
	}

	/** The number of a record, of `count` that there are now. */
	next(count: number): number {
		switch (this.#distribution) {
			case 'uniform':
				return this.#words.below(count);
			case 'zipfian':
				return (this.#ranks!.next() * this.#step) % this.#firstCount;
			case 'latest':
				return count - 1 - this.#ranks!.next();
			case 'sequential':
				if (this.#turn >= count) this.#turn = 0;
				return this.#turn++;
		}
	}
}

function greatestCommonDivisor(a: number, b: number): number {
	return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function spreadingStep(count: number): number {
	let step = Math.max(1, Math.floor(count * 0.6180339887));
	while (greatestCommonDivisor(step, count) !== 1) step++;
	return step;
}
