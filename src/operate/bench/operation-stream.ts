/** The sequence of operations of a workload: the same workload and seed give the same sequence, whatever engine it is done on. */
import { KeyChooser } from './key-chooser.ts';
import { SeededWords } from './seeded-words.ts';
import { OPERATION_KINDS, type Workload } from './workload.ts';

export const GET = OPERATION_KINDS.indexOf('get');
export const MISSING = OPERATION_KINDS.indexOf('missing');
export const PUT = OPERATION_KINDS.indexOf('put');
export const INSERT = OPERATION_KINDS.indexOf('insert');
export const DELETE = OPERATION_KINDS.indexOf('delete');
export const RANGE = OPERATION_KINDS.indexOf('range');
export const RMW = OPERATION_KINDS.indexOf('rmw');

/** The newest records are not chosen: their inserts may not be acknowledged yet. */
const SETTLING = 64;

export class OperationStream {
	/** The kind's place in `OPERATION_KINDS`. */
	kind: number;
	/** The record that the operation is about; for an insert, the new one. */
	number: number;
	/** For a range: how many entries. */
	entries: number;
	/** Records inserted so far, those of the load included. */
	count: number;
	readonly #firstCount: number;
	readonly #words: SeededWords;
	readonly #chooser: KeyChooser;
	/** Words below limit k belong to kind k or one before it. */
	readonly #limits: Float64Array;
	readonly #entriesLeast: number;
	readonly #entriesSpread: number;

	constructor({ keys, mix, distribution, rangeEntries }: Workload, seed: number) {
		this.kind = 0;
		this.number = 0;
		this.entries = 0;
		this.count = keys;
		this.#firstCount = keys;
		this.#words = new SeededWords(seed);
		this.#chooser = new KeyChooser(distribution, new SeededWords(seed ^ 0x5bd1e995), keys);
		this.#limits = new Float64Array(OPERATION_KINDS.length);
		let sum = 0;
		OPERATION_KINDS.forEach((kind, at) => {
			sum += mix[kind];
			this.#limits[at] = sum;
		});
		this.#entriesLeast = rangeEntries.least;
		this.#entriesSpread = rangeEntries.most - rangeEntries.least + 1;
	}

	/** Chooses the next operation, and counts the record that it inserts. */
	next(): void {
		const at = this.#words.next() * this.#limits[this.#limits.length - 1]!;
		let kind = 0;
		while (at >= this.#limits[kind]! && kind < this.#limits.length - 1) kind++;
		this.kind = kind;
		this.number = kind === INSERT ? this.count++ : this.#chooser.next(Math.max(this.#firstCount, this.count - SETTLING));
		if (kind === RANGE) this.entries = this.#entriesLeast + (this.#entriesSpread === 1 ? 0 : this.#words.below(this.#entriesSpread));
	}
}
