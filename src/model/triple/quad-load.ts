/**
 * Quads of a document on their way into a store: gathered first, without any lock, as numbers of terms in a dictionary of their
 * own, then stored in one transaction, row by row (`storeRows`) or in bulk (`BulkQuadLoad`).
 *
 * Memory: 16 bytes for each quad as gathered, and what `LoadDictionary` says for each different term; past `memoryBytesMax` the
 * load is refused. Blank nodes are new ones, the same for the same label.
 */
import { LimitError } from '../../platform/errors.ts';
import { FIRST_LITERAL_ID, inlineLiteralId, NO_TERM } from '../../value/rdf-inline.ts';
import { BlankNode, DEFAULT_GRAPH, type RdfTerm, termKey, XSD_STRING } from '../../value/rdf-term.ts';
import { decodeUtf8, encodeUtf8, UTF8_BYTES_PER_UNIT_MAX } from '../../value/utf8.ts';
import type { QuadWriter } from './contracts.ts';
import { LoadDictionary } from './load-dictionary.ts';
import { termOfColumns } from './term-reader.ts';

/** Numbers in one piece of the gathered quads, four for each. */
const PIECE_NUMBERS = 4 << 16;
const MEMORY_BYTES_MAX = 2 ** 31;

const KIND_IRI = 0x3c;
const KIND_BLANK = 0x5f;
const KIND_LANGUAGE = 0x40;
const KIND_TYPED = 0x5e;
const KIND_STRING = 0x22;
const KIND_DEFAULT_GRAPH = 0x2e;
const SPACE = 0x20;

export class QuadLoad {
	readonly dictionary = new LoadDictionary();
	/** Languages as written, of terms whose key has them otherwise. */
	readonly #languages = new Map<number, string>();
	readonly #memoryBytesMax: number;
	readonly #pieces: Uint32Array[] = [];
	#piece = new Uint32Array(0);
	#used = 0;
	#scratch = new Uint8Array(1024);
	/** The term asked for last at each place of a quad, by identity: documents repeat subjects and predicates. */
	readonly #lastTerms: (RdfTerm | null)[] = [null, null, null, null];
	readonly #lastNumbers = new Uint32Array(4);

	constructor(memoryBytesMax: number = MEMORY_BYTES_MAX) {
		this.#memoryBytesMax = memoryBytesMax;
	}

	/** Quads gathered. */
	get count(): number {
		return this.#pieces.length === 0 ? 0 : ((this.#pieces.length - 1) * PIECE_NUMBERS + this.#used) / 4;
	}

	/** The number of a term by its key. `language` is that of a literal as it is written, '' for none. */
	key(bytes: Uint8Array, start: number, end: number, language: string): number {
		const number = this.dictionary.number(bytes, start, end);
		if (language !== '' && !this.#languages.has(number) && language !== language.toLowerCase()) this.#languages.set(number, language);
		return number;
	}

	/** The number of a term; `place` is 0 to 3: what was asked for last at the same place is found without a search. */
	term(term: RdfTerm, place: number): number {
		const last = this.#lastTerms[place]!;
		if (last !== null && (last === term || last.equals(term))) return this.#lastNumbers[place]!;
		const key = termKey(term);
		const room = key.length * UTF8_BYTES_PER_UNIT_MAX;
		if (room > this.#scratch.length) this.#scratch = new Uint8Array(room * 2);
		const language = term.termType === 'Literal' ? term.language : '';
		const number = this.key(this.#scratch, 0, encodeUtf8(this.#scratch, 0, key), language);
		this.#lastTerms[place] = term;
		this.#lastNumbers[place] = number;
		return number;
	}

	quad(graph: number, subject: number, predicate: number, object: number): void {
		if (this.#used === this.#piece.length) this.#nextPiece();
		const piece = this.#piece;
		const at = this.#used;
		piece[at] = graph;
		piece[at + 1] = subject;
		piece[at + 2] = predicate;
		piece[at + 3] = object;
		this.#used = at + 4;
	}

	#nextPiece(): void {
		const bytes = this.dictionary.memoryBytes + (this.#pieces.length + 1) * PIECE_NUMBERS * 4;
		if (bytes > this.#memoryBytesMax)
			throw new LimitError('load-too-large', `the terms and quads of the document take more than ${this.#memoryBytesMax} bytes of memory`, {
				sqlstate: '53200',
				hint: 'Load the document in parts.',
			});
		this.#piece = new Uint32Array(PIECE_NUMBERS);
		this.#pieces.push(this.#piece);
		this.#used = 0;
	}

	/** The numbers of one column (0 graph, 1 subject, 2 predicate, 3 object) of all quads. */
	column(place: number): Uint32Array {
		const { count } = this;
		const values = new Uint32Array(count);
		let row = 0;
		for (const piece of this.#pieces) for (let at = place; at < PIECE_NUMBERS && row < count; at += 4) values[row++] = piece[at]!;
		return values;
	}

	/** Lets the gathered quads go; the terms stay. */
	forgetQuads(): void {
		this.#pieces.length = 0;
		this.#piece = new Uint32Array(0);
		this.#used = 0;
	}

	/** True for blank nodes. */
	isBlank(number: number): boolean {
		return this.dictionary.keyBytes(number)[this.dictionary.keyStart(number)] === KIND_BLANK;
	}

	/** True for IRIs. */
	isIri(number: number): boolean {
		return this.dictionary.keyBytes(number)[this.dictionary.keyStart(number)] === KIND_IRI;
	}

	/** The id of a term that is its own id, `NO_TERM` for others. */
	inlineId(number: number): number {
		const { dictionary } = this;
		const bytes = dictionary.keyBytes(number);
		const start = dictionary.keyStart(number);
		const end = dictionary.keyEnd(number);
		switch (bytes[start]) {
			case KIND_DEFAULT_GRAPH:
				return 0;
			case KIND_STRING:
				// Longer ones are never inline.
				return end - start > 7 ? NO_TERM : inlineLiteralId(decodeUtf8(bytes, start + 1, end), XSD_STRING.value);
			case KIND_TYPED: {
				const space = bytes.indexOf(SPACE, start);
				return inlineLiteralId(decodeUtf8(bytes, space + 1, end), decodeUtf8(bytes, start + 1, space));
			}
			default:
				return NO_TERM;
		}
	}

	/** Value, datatype and language of a term as its row has them. */
	columns(number: number): [value: string, datatype: string | null, language: string | null] {
		const { dictionary } = this;
		const bytes = dictionary.keyBytes(number);
		const start = dictionary.keyStart(number);
		const end = dictionary.keyEnd(number);
		const kind = bytes[start];
		if (kind !== KIND_TYPED && kind !== KIND_LANGUAGE) return [decodeUtf8(bytes, start + 1, end), null, null];
		const space = bytes.indexOf(SPACE, start);
		const value = decodeUtf8(bytes, space + 1, end);
		const before = decodeUtf8(bytes, start + 1, space);
		return kind === KIND_TYPED ? [value, before, null] : [value, null, this.#languages.get(number) ?? before];
	}

	/** The term of a number. */
	termOf(number: number): RdfTerm {
		const kind = this.dictionary.keyBytes(number)[this.dictionary.keyStart(number)];
		if (kind === KIND_DEFAULT_GRAPH) return DEFAULT_GRAPH;
		const [value, datatype, language] = this.columns(number);
		if (kind === KIND_BLANK) return new BlankNode(value);
		return termOfColumns(kind === KIND_IRI ? 1 : FIRST_LITERAL_ID, value, datatype, language);
	}

	/** Stores the quads one by one, as an update does; returns how many were not there. */
	storeRows(writer: QuadWriter): number {
		const ids = new Float64Array(this.dictionary.count).fill(NO_TERM);
		const idOf = (number: number): number => {
			let id = ids[number]!;
			if (id === NO_TERM) ids[number] = id = this.isBlank(number) ? writer.blank() : writer.intern(this.termOf(number));
			return id;
		};
		const { count } = this;
		let added = 0;
		let row = 0;
		for (const piece of this.#pieces)
			for (let at = 0; at < PIECE_NUMBERS && row < count; at += 4, row++)
				if (writer.insert(idOf(piece[at]!), idOf(piece[at + 1]!), idOf(piece[at + 2]!), idOf(piece[at + 3]!))) added++;
		return added;
	}
}
