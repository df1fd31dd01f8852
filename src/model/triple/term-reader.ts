/**
 * Ids ↔ terms of one store as one transaction sees them. A term that was ever read may be told by its id from the store's
 * `TermCache`; an id is looked up among the newest decided rows, since rows of terms are never changed: whoever sees a quad sees
 * its terms.
 *
 * Cost: a term that is not cached is one read of a row by its key; an id one read of the unique index by hash, and of the row.
 */
import { CorruptionError } from '../../platform/errors.ts';
import type { Slot } from '../../storage/contracts.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { FIRST_LITERAL_ID, inlineId, inlineTerm, NO_TERM } from '../../value/rdf-inline.ts';
import { DEFAULT_GRAPH, Literal, NamedNode, RDF_LANG_STRING, type RdfTerm, termKey, XSD_STRING } from '../../value/rdf-term.ts';
import type { ColumnGetter, IndexAccess, TableAccess, TableModel } from '../table/contracts.ts';
import type { TermReader, TripleStore } from './contracts.ts';
import type { TermCache } from './term-cache.ts';
import { HASH_COUNT, hashText } from './term-hash.ts';

/** Attribute numbers of `<name>_terms`. */
const TERM_HASH = 2;
const TERM_VALUE = 3;
const TERM_DATATYPE = 4;
const TERM_LANGUAGE = 5;

/** Datatypes met, one object each. */
const datatypes = new Map<string, NamedNode>([[XSD_STRING.value, XSD_STRING]]);
const DATATYPES_MAX = 1000;

export function datatypeNode(iri: string): NamedNode {
	let node = datatypes.get(iri);
	if (node === undefined) {
		node = new NamedNode(iri);
		if (datatypes.size < DATATYPES_MAX) datatypes.set(iri, node);
	}
	return node;
}

/** The columns of the row of a term: value, datatype, language. */
export function termColumns(term: NamedNode | Literal): readonly [string, string | null, string | null] {
	if (term.termType === 'NamedNode') return [term.value, null, null];
	if (term.language !== '') return [term.value, null, term.language];
	return [term.value, term.datatype.value === XSD_STRING.value ? null : term.datatype.value, null];
}

/** The term of a row of the dictionary. */
export function termOfColumns(id: number, value: string, datatype: string | null, language: string | null): NamedNode | Literal {
	if (id < FIRST_LITERAL_ID) return new NamedNode(value);
	if (language !== null) return new Literal(value, language, RDF_LANG_STRING);
	return new Literal(value, '', datatype === null ? XSD_STRING : datatypeNode(datatype));
}

export class StoreTermReader implements TermReader {
	readonly store: TripleStore;
	protected readonly transaction: Transaction;
	/** The hash of the term that was not found last, or the next that no term has. */
	freeHash = 0;
	readonly #cache: TermCache;
	readonly #access: TableAccess;
	readonly #byHash: IndexAccess;
	readonly #value: ColumnGetter;
	readonly #datatype: ColumnGetter;
	readonly #language: ColumnGetter;
	readonly #key = new GrowingKeyBuffer(16);
	readonly #slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };

	constructor(tables: TableModel, transaction: Transaction, store: TripleStore, cache: TermCache) {
		this.store = store;
		this.transaction = transaction;
		this.#cache = cache;
		const access = tables.access(transaction.catalog, store.terms);
		this.#access = access;
		const index = store.terms.indexIds
			.map((id) => transaction.catalog.get(id))
			.find((object) => object?.kind === 'index' && object.columns[0]?.column === TERM_HASH);
		if (index?.kind !== 'index') throw new TypeError(`the terms of store ${store.name} have no index by hash`);
		this.#byHash = access.indexAccess(index);
		this.#value = access.getter(TERM_VALUE);
		this.#datatype = access.getter(TERM_DATATYPE);
		this.#language = access.getter(TERM_LANGUAGE);
	}

	term(id: number): RdfTerm {
		if (id <= 0) return id === 0 ? DEFAULT_GRAPH : inlineTerm(id);
		const cached = this.#cache.get(id);
		if (cached !== undefined) return cached;
		const key = this.#key;
		key.reset();
		this.#access.primary!.parts[0]!(id, key);
		const term = this.#termAt(key.bytes, key.length, id);
		if (term === null) {
			throw new CorruptionError('corruption', `term ${id} of triple store "${this.store.name}" is not in its dictionary`, {
				sqlstate: 'XX001',
				hint: 'Restore the database from a backup, or remove the quads that name the term.',
			});
		}
		this.#cache.put(id, term);
		return term;
	}

	id(term: RdfTerm): number {
		const inline = inlineId(term);
		if (inline !== NO_TERM || term.termType === 'BlankNode') return inline;
		return this.find(term as NamedNode | Literal, termKey(term));
	}

	/** The id of a term that is not inline, by its key; `NO_TERM` when it is not there. */
	protected find(term: NamedNode | Literal, key: string): number {
		let hash = hashText(key);
		for (;;) {
			const id = this.#idAt(hash);
			if (id === NO_TERM) {
				this.freeHash = hash;
				return NO_TERM;
			}
			const kept = this.term(id);
			if (kept === term || termKey(kept) === key) return id;
			hash = (hash + 1) % HASH_COUNT;
		}
	}

	/** True when a term has this hash. */
	hasHash(hash: number): boolean {
		return this.#idAt(hash) !== NO_TERM;
	}

	/** The id of the term that has this hash. */
	#idAt(hash: number): number {
		const { keyspace, parts } = this.#byHash;
		const key = this.#key;
		const slot = this.#slot;
		key.reset();
		parts[0]!(hash, key);
		if (!this.transaction.getNewest(keyspace, key.bytes, key.length, slot)) return NO_TERM;
		this.#byHash.rowKey(key.bytes, 0, key.length, slot.buffer, slot.start, slot.end, key);
		return readId(key.bytes);
	}

	#termAt(key: Uint8Array, keyLength: number, id: number): NamedNode | Literal | null {
		const slot = this.#slot;
		if (!this.transaction.getNewest(this.#access.rows, key, keyLength, slot)) return null;
		const { buffer, start, end } = slot;
		const value = this.#value(buffer, start, end) as string;
		return termOfColumns(id, value, this.#datatype(buffer, start, end) as string | null, this.#language(buffer, start, end) as string | null);
	}
}

/** The id in a row's key: a marker, then eight bytes, big-endian, sign bit flipped. Ids of the dictionary are positive. */
function readId(key: Uint8Array): number {
	const high = ((key[1]! & 0x7f) << 24) | (key[2]! << 16) | (key[3]! << 8) | key[4]!;
	const low = ((key[5]! << 24) | (key[6]! << 16) | (key[7]! << 8) | key[8]!) >>> 0;
	return high * 4_294_967_296 + low;
}
