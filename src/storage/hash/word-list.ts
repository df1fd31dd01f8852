/** Rows of a few integers each in one growing array: what waits for background work. */
export class WordList {
	count: number;
	words: Int32Array;
	readonly #width: number;

	/** `width`: integers of a row. */
	constructor(width: number) {
		this.count = 0;
		this.words = new Int32Array(0);
		this.#width = width;
	}

	add(a: number, b = 0, c = 0, d = 0): void {
		const width = this.#width;
		const at = this.count * width;
		if (at === this.words.length) {
			const grown = new Int32Array(Math.max(64 * width, at * 2));
			grown.set(this.words);
			this.words = grown;
		}
		this.words[at] = a;
		if (width > 1) this.words[at + 1] = b;
		if (width > 2) this.words[at + 2] = c;
		if (width > 3) this.words[at + 3] = d;
		this.count++;
	}

	/** Takes up to so many rows from the end away. */
	takeLast(rows: number): Int32Array {
		const taken = Math.min(rows, this.count);
		this.count -= taken;
		const words = this.words.slice(this.count * this.#width, (this.count + taken) * this.#width);
		if (this.count === 0) this.words = new Int32Array(0);
		return words;
	}
}
