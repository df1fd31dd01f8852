/**
 * Cursors of SCAN and its like. Keys are walked in order, so that what is there from the first call to the last is returned
 * exactly once; a cursor must be a number, so the place that it stands for is kept here. The newest `CURSORS_MAX` are kept: an
 * older one, or one from before a restart, is refused, and the walk must begin again.
 */
const CURSORS_MAX = 16_384;

export class ScanCursors {
	readonly #places = new Map<number, Uint8Array>();
	#last = 0;

	/** The number of a place: the next entry's key, or any bytes before it. */
	add(place: Uint8Array): number {
		this.#last++;
		this.#places.set(this.#last, place);
		if (this.#places.size > CURSORS_MAX) this.#places.delete(this.#places.keys().next().value!);
		return this.#last;
	}

	place(cursor: number): Uint8Array | undefined {
		return this.#places.get(cursor);
	}
}
