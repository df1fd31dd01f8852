/**
 * Terms read lately, by id, for all readers of a store. An id means one term for ever, whoever reads it and when, so entries never
 * grow old; what a rolled back transaction read of its own is never asked for again, since its ids are not given out a second time.
 *
 * Two maps take turns: a full one becomes the older, and the older one's entries are let go but those asked for meanwhile. Cost:
 * some 40 ns a hit; at most `CHARACTERS_MAX` characters in each map and about 100 bytes beside them for a term.
 */
import type { Literal, NamedNode } from '../../value/rdf-term.ts';

type KeptTerm = NamedNode | Literal;

const TERMS_MAX = 1 << 16;
const CHARACTERS_MAX = 1 << 23;
/** A longer text is read anew each time. */
const TEXT_CHARACTERS_MAX = 1 << 16;

export class TermCache {
	#newer = new Map<number, KeptTerm>();
	#older = new Map<number, KeptTerm>();
	#characters = 0;

	get(id: number): KeptTerm | undefined {
		const found = this.#newer.get(id);
		if (found !== undefined) return found;
		const old = this.#older.get(id);
		if (old !== undefined) this.put(id, old);
		return old;
	}

	put(id: number, term: KeptTerm): void {
		if (term.value.length > TEXT_CHARACTERS_MAX) return;
		if (this.#newer.size >= TERMS_MAX || this.#characters >= CHARACTERS_MAX) {
			this.#older = this.#newer;
			this.#newer = new Map();
			this.#characters = 0;
		}
		this.#newer.set(id, term);
		this.#characters += term.value.length;
	}
}
