/** Reads Turtle and TriG by n3, strictly as RDF 1.1 has them: what it knows beside (triple terms, directions of text) is refused. */
import n3 from 'n3';
import type { Quad } from '../../value/rdf-term.ts';
import { formatFacts, type RdfFormat } from './rdf-formats.ts';
import { type QuadSink, type RdfReader, type RdfReaderOptions, StrictDecoder } from './rdf-reader.ts';
import { rdfSyntaxError } from './rdf-syntax-error.ts';
import { TermFactory } from './term-factory.ts';

interface N3Token {
	readonly line: number;
	readonly start?: number;
	readonly end?: number;
	readonly endLine?: number;
}

interface N3Error extends Error {
	readonly context?: { readonly token?: N3Token; readonly line: number; readonly previousToken?: N3Token };
}

/** What n3 takes for a stream: it asks for 'data' and 'end', which are then called. */
class Pieces {
	readonly #listeners = new Map<string, (data: string) => void>();

	on(event: string, listener: (data: string) => void): this {
		this.#listeners.set(event, listener);
		return this;
	}

	emit(event: 'data' | 'end', data: string): void {
		this.#listeners.get(event)?.(data);
	}
}

export function turtleReader(format: 'turtle' | 'trig', sink: QuadSink, options: RdfReaderOptions): RdfReader {
	return new TurtleReader(format, sink, options);
}

class TurtleReader implements RdfReader {
	readonly #format: RdfFormat;
	readonly #decoder: StrictDecoder;
	readonly #pieces = new Pieces();
	#error: Error | null = null;

	constructor(format: 'turtle' | 'trig', sink: QuadSink, options: RdfReaderOptions) {
		this.#format = format;
		this.#decoder = new StrictDecoder(format);
		const settings = {
			format: format === 'turtle' ? 'text/turtle' : 'application/trig',
			factory: new TermFactory(),
			...(options.base === undefined ? {} : { baseIRI: options.base }),
		};
		const parser = new n3.Parser(settings as unknown as n3.ParserOptions);
		const take = (error: Error | null, quad: Quad | null): void => {
			if (this.#error !== null) return;
			if (error !== null) this.#error = error;
			else if (quad !== null) {
				if (isTripleTerm(quad.subject) || isTripleTerm(quad.object)) this.#error = new Error('triple terms are not a part of RDF 1.1');
				else sink.quad(quad.subject, quad.predicate, quad.object, quad.graph);
			}
		};
		const prefix = (name: string, iri: { readonly value: string }): void => sink.prefix?.(name, iri.value);
		(parser.parse as (input: unknown, take: unknown, prefix: unknown) => void)(this.#pieces, take, prefix);
	}

	write(piece: Uint8Array): void {
		this.#feed('data', this.#decoder.decode(piece));
	}

	end(): void {
		const rest = this.#decoder.decode();
		if (rest !== '') this.#feed('data', rest);
		this.#feed('end', '');
	}

	#feed(event: 'data' | 'end', text: string): void {
		this.#pieces.emit(event, text);
		if (this.#error !== null) throw syntaxError(this.#format, this.#error);
	}
}

function isTripleTerm(term: { readonly termType: string }): boolean {
	return term.termType === 'Quad';
}

function syntaxError(format: RdfFormat, error: N3Error): Error {
	const { context } = error;
	const problem = error.message.replace(/ on line \d+\.?$/, '');
	const token = context?.token;
	const previous = context?.previousToken;
	const line = token?.line ?? context?.line ?? 0;
	const column = token?.start ?? ((previous?.endLine ?? previous?.line) === line ? (previous?.end ?? 0) : 0);
	return rdfSyntaxError(formatFacts(format).title, problem, line, line === 0 ? 0 : column + 1);
}
