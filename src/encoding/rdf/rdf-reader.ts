/**
 * Reads documents of RDF that come in pieces of bytes: `rdfReader` gives the reader of a format, to which pieces are written, and
 * which hands each quad on as soon as it is complete. JSON-LD is read as a whole at the end, as its contexts ask for.
 *
 * Blank nodes have the labels of the document; those without one have labels that no document can have. N-Triples and N-Quads are
 * read by `n-quads-reader.ts`, the other formats by libraries. Errors are `RdfSyntaxError`s.
 */
import { BlankNode, DEFAULT_GRAPH, Literal, NamedNode, type Quad, RDF_LANG_STRING, XSD_STRING } from '../../value/rdf-term.ts';
import { decodeUtf8 } from '../../value/utf8.ts';
import { GRAPH, type KeyQuad, type KeyQuadSink, NQuadsReader, OBJECT, PREDICATE, SUBJECT } from './n-quads-reader.ts';
import { formatFacts, type RdfFormat } from './rdf-formats.ts';
import { rdfSyntaxError } from './rdf-syntax-error.ts';

export interface QuadSink {
	quad(subject: Quad['subject'], predicate: NamedNode, object: Quad['object'], graph: Quad['graph']): void;
	/** A prefix that the document declares, for those who write it out again. */
	prefix?(name: string, iri: string): void;
}

export interface RdfReader {
	write(piece: Uint8Array): void;
	end(): void | Promise<void>;
}

export interface RdfReaderOptions {
	/** Against which relative IRIs are resolved. */
	readonly base?: string;
	/** Bytes of a JSON-LD document, which is held as a whole; default 64 MiB. */
	readonly documentBytesMax?: number;
}

/** The reader of a format; libraries are loaded when they are needed. */
export async function rdfReader(format: RdfFormat, sink: QuadSink, options: RdfReaderOptions = {}): Promise<RdfReader> {
	switch (format) {
		case 'n-triples':
		case 'n-quads':
			return new NQuadsReader(new TermMaker(sink), format === 'n-quads');
		case 'turtle':
		case 'trig':
			return (await import('./turtle-reader.ts')).turtleReader(format, sink, options);
		case 'rdf-xml':
			return (await import('./rdf-xml-reader.ts')).rdfXmlReader(sink, options);
		case 'json-ld':
			return (await import('./json-ld-reader.ts')).jsonLdReader(sink, options);
	}
}

/** Bytes to text, refusing what is not UTF-8. */
export class StrictDecoder {
	readonly #format: RdfFormat;
	readonly #decoder = new TextDecoder('utf-8', { fatal: true });

	constructor(format: RdfFormat) {
		this.#format = format;
	}

	/** The text of a piece; a character that is not complete waits for the next. Without a piece: the end. */
	decode(piece?: Uint8Array): string {
		try {
			return piece === undefined ? this.#decoder.decode() : this.#decoder.decode(piece, { stream: true });
		} catch {
			throw rdfSyntaxError(formatFacts(this.#format).title, 'the text is not UTF-8', 0, 0);
		}
	}
}

const AT = 0x40;
const QUOTE = 0x22;
const UNDERSCORE = 0x5f;
const SPACE = 0x20;
const CARET = 0x5e;

/** Keys of terms to terms. */
class TermMaker implements KeyQuadSink {
	readonly #sink: QuadSink;

	constructor(sink: QuadSink) {
		this.#sink = sink;
	}

	quad(quad: KeyQuad): void {
		const graph = quad.hasGraph ? resource(quad, GRAPH) : DEFAULT_GRAPH;
		this.#sink.quad(resource(quad, SUBJECT), resource(quad, PREDICATE) as NamedNode, objectTerm(quad), graph);
	}
}

function resource(quad: KeyQuad, place: number): NamedNode | BlankNode {
	const bytes = quad.bytes[place]!;
	const start = quad.start[place]!;
	const text = decodeUtf8(bytes, start + 1, quad.end[place]!);
	return bytes[start] === UNDERSCORE ? new BlankNode(text) : new NamedNode(text);
}

function objectTerm(quad: KeyQuad): Quad['object'] {
	const bytes = quad.bytes[OBJECT]!;
	const start = quad.start[OBJECT]!;
	const end = quad.end[OBJECT]!;
	const kind = bytes[start]!;
	if (kind === QUOTE) return new Literal(decodeUtf8(bytes, start + 1, end), '', XSD_STRING);
	if (kind !== AT && kind !== CARET) return resource(quad, OBJECT);
	const space = bytes.indexOf(SPACE, start);
	const text = decodeUtf8(bytes, space + 1, end);
	if (kind === AT) return new Literal(text, quad.language, RDF_LANG_STRING);
	return new Literal(text, '', new NamedNode(decodeUtf8(bytes, start + 1, space)));
}
