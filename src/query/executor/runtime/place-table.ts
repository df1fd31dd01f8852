/** Numbers the distinct non-negative integers up to 2^53 that it is asked for, in the order of their first coming. Open addressing, at most half full. */

const FIRST_BITS = 12;
const WORD = 2 ** 32;

export class PlaceTable {
	/** By number: the integer. */
	keys: Float64Array;
	count: number;
	#slots: Int32Array;
	#shift: number;

	constructor() {
		this.keys = new Float64Array(1 << FIRST_BITS);
		this.count = 0;
		this.#slots = new Int32Array(1 << FIRST_BITS);
		this.#shift = 32 - FIRST_BITS;
	}

	/** Makes room for `more` further integers, so that `place` need not grow. */
	reserve(more: number): void {
		const wanted = this.count + more;
		if (wanted > this.keys.length) {
			const keys = new Float64Array(Math.max(wanted, this.keys.length * 2));
			keys.set(this.keys);
			this.keys = keys;
		}
		if (wanted * 2 <= this.#slots.length) return;
		let bits = 32 - this.#shift;
		while (2 ** bits < wanted * 2) bits++;
		this.#shift = 32 - bits;
		const slots = new Int32Array(2 ** bits);
		for (let i = 0; i < this.count; i++) {
			let at = hashOf(this.keys[i]!) >>> this.#shift;
			while (slots[at] !== 0) at = (at + 1) & (slots.length - 1);
			slots[at] = i + 1;
		}
		this.#slots = slots;
	}

	/** The number of an integer; room for it must have been made. */
	place(key: number): number {
		const slots = this.#slots;
		const { keys } = this;
		let at = hashOf(key) >>> this.#shift;
		for (;;) {
			const slot = slots[at]!;
			if (slot === 0) break;
			if (keys[slot - 1] === key) return slot - 1;
			at = (at + 1) & (slots.length - 1);
		}
		const number = this.count++;
		keys[number] = key;
		slots[at] = number + 1;
		return number;
	}
}

function hashOf(key: number): number {
	return Math.imul((key | 0) ^ Math.imul((key / WORD) | 0, 0x85ebca6b), 0x9e3779b1);
}
