/**
 * Reads JSON-LD by jsonld, as a whole. Contexts that are elsewhere are not loaded: a document that names one is refused, since
 * reading it would let whoever sends a document make this machine call others.
 */
import jsonld from 'jsonld';
import { InputError, LimitError } from '../../platform/errors.ts';
import { type BlankNode, DEFAULT_GRAPH, type Literal, type NamedNode, type Quad } from '../../value/rdf-term.ts';
import { type QuadSink, type RdfReader, type RdfReaderOptions, StrictDecoder } from './rdf-reader.ts';
import { rdfSyntaxError } from './rdf-syntax-error.ts';
import { TermFactory } from './term-factory.ts';

const DOCUMENT_BYTES_MAX = 64 << 20;

interface JsonLdTerm {
	readonly termType: 'NamedNode' | 'BlankNode' | 'Literal' | 'DefaultGraph';
	readonly value: string;
	readonly language?: string;
	readonly datatype?: { readonly value: string };
}

interface JsonLdQuad {
	readonly subject: JsonLdTerm;
	readonly predicate: JsonLdTerm;
	readonly object: JsonLdTerm;
	readonly graph: JsonLdTerm;
}

export function jsonLdReader(sink: QuadSink, options: RdfReaderOptions): RdfReader {
	return new JsonLdReader(sink, options);
}

class JsonLdReader implements RdfReader {
	readonly #sink: QuadSink;
	readonly #options: RdfReaderOptions;
	readonly #decoder = new StrictDecoder('json-ld');
	readonly #factory = new TermFactory();
	readonly #bytesMax: number;
	#text = '';
	#bytes = 0;

	constructor(sink: QuadSink, options: RdfReaderOptions) {
		this.#sink = sink;
		this.#options = options;
		this.#bytesMax = options.documentBytesMax ?? DOCUMENT_BYTES_MAX;
	}

	write(piece: Uint8Array): void {
		this.#bytes += piece.length;
		if (this.#bytes > this.#bytesMax)
			throw new LimitError('document-too-long', `a JSON-LD document is held in memory as a whole, and this one has more than ${this.#bytesMax} bytes`, {
				sqlstate: '54000',
				hint: 'Load it as N-Quads or Turtle, which are read piece by piece.',
			});
		this.#text += this.#decoder.decode(piece);
	}

	async end(): Promise<void> {
		this.#text += this.#decoder.decode();
		const { base } = this.#options;
		const settings = { safe: false, rdfDirection: undefined, ...(base === undefined ? {} : { base }), documentLoader: refuseToLoad };
		let quads: JsonLdQuad[];
		try {
			quads = (await jsonld.toRDF(this.#parse(), settings as never)) as unknown as JsonLdQuad[];
		} catch (error) {
			throw problemOf(error);
		}
		for (const { subject, predicate, object, graph } of quads) {
			const inGraph = graph.termType === 'DefaultGraph' ? DEFAULT_GRAPH : (this.#term(graph) as NamedNode | BlankNode);
			this.#sink.quad(this.#term(subject) as Quad['subject'], this.#term(predicate) as NamedNode, this.#term(object), inGraph);
		}
	}

	#parse(): object {
		try {
			return JSON.parse(this.#text) as object;
		} catch (error) {
			const message = (error as Error).message;
			const at = Number(/position (\d+)/.exec(message)?.[1] ?? Number.NaN);
			const before = Number.isNaN(at) ? '' : this.#text.slice(0, at);
			const line = Number.isNaN(at) ? 0 : before.split('\n').length;
			throw rdfSyntaxError('JSON-LD', message.replace(/ in JSON at position.*$/, ''), line, at - before.lastIndexOf('\n'));
		}
	}

	#term(term: JsonLdTerm): NamedNode | BlankNode | Literal {
		if (term.termType === 'NamedNode') return this.#factory.namedNode(term.value);
		if (term.termType === 'BlankNode') return this.#factory.blankNode(term.value.replace(/^_:/, ''));
		if (term.language !== undefined && term.language !== '') return this.#factory.literal(term.value, term.language);
		return this.#factory.literal(term.value, term.datatype === undefined ? undefined : this.#factory.namedNode(term.datatype.value));
	}
}

function refuseToLoad(url: string): Promise<never> {
	return Promise.reject(
		new InputError('rdf-remote-context', `the JSON-LD context <${url}> is not loaded`, { sqlstate: '0A000', hint: 'Write the context into the document.' }),
	);
}

/** jsonld wraps what went wrong: the innermost error tells. */
function problemOf(error: unknown): Error {
	let problem = error as Error & { details?: { cause?: Error } };
	for (let cause = problem.details?.cause; cause !== undefined; cause = problem.details?.cause) problem = cause as typeof problem;
	if (problem instanceof InputError) return problem;
	return rdfSyntaxError('JSON-LD', problem.message, 0, 0);
}
