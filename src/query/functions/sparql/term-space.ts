/**
 * Ids and terms of one execution of a query: what a store's reader knows, and constants of the query that the store does not
 * have. Those get ids of their own (tag 30 of `value/rdf-inline.ts`), which no quad has, so that a variable bound to one is an id
 * like any other. It is the first parameter of every plan; functions that need terms take it as their first argument.
 */
import { inlineTerm, localId, localIndex, NO_TERM } from '../../../value/rdf-inline.ts';
import { type RdfTerm, sameTerm } from '../../../value/rdf-term.ts';

/** What a store offers: ids ↔ terms as the statement sees them. */
export interface TermSource {
	term(id: number): RdfTerm;
	/** `NO_TERM` for a term that it does not have. */
	id(term: RdfTerm): number;
}

/** Terms kept by id, so that one is made once; then all are forgotten. */
const KEPT_MAX = 65_536;

export class TermSpace {
	/** Where relative IRIs are below. */
	readonly base: string;
	readonly #open: () => TermSource;
	#source: TermSource | null = null;
	readonly #local: RdfTerm[] = [];
	readonly #kept = new Map<number, RdfTerm>();

	/** `open` is called when the first term is asked for. */
	constructor(open: () => TermSource, base: string) {
		this.#open = open;
		this.base = base;
	}

	get #terms(): TermSource {
		this.#source ??= this.#open();
		return this.#source;
	}

	/** The term of an id. */
	term(id: number): RdfTerm {
		let term = this.#kept.get(id);
		if (term !== undefined) return term;
		const local = localIndex(id);
		if (local >= 0) return this.#local[local]!;
		term = id < 0 ? inlineTerm(id) : this.#terms.term(id);
		if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
		this.#kept.set(id, term);
		return term;
	}

	/** The id of a term in the store; null when it has none: it is in no quad. */
	find(term: RdfTerm): number | null {
		const id = this.#terms.id(term);
		return id === NO_TERM ? null : id;
	}

	/** The id of a constant, of this execution alone if the store does not have it. */
	id(term: RdfTerm): number {
		const id = this.#terms.id(term);
		if (id !== NO_TERM) return id;
		const known = this.#local.findIndex((other) => sameTerm(other, term));
		return localId(known >= 0 ? known : this.#local.push(term) - 1);
	}
}
