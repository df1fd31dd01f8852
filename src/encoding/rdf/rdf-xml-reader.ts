/** Reads RDF/XML by rdfxml-streaming-parser, which is made to hand on each quad at once and to notice a document that breaks off. */
import { RdfXmlParser } from 'rdfxml-streaming-parser';
import type { Quad } from '../../value/rdf-term.ts';
import { type QuadSink, type RdfReader, type RdfReaderOptions, StrictDecoder } from './rdf-reader.ts';
import { rdfSyntaxError } from './rdf-syntax-error.ts';
import { TermFactory } from './term-factory.ts';

/** What is used of the parser beside its stream. */
interface OpenParser {
	push(quad: Quad | null): boolean;
	_transform(text: string, encoding: 'utf8', done: (error?: Error | null) => void): void;
	on(event: 'error', listener: (error: Error) => void): void;
	readonly saxParser: { close(): void };
}

export function rdfXmlReader(sink: QuadSink, options: RdfReaderOptions): RdfReader {
	return new RdfXmlReader(sink, options);
}

class RdfXmlReader implements RdfReader {
	readonly #decoder = new StrictDecoder('rdf-xml');
	readonly #parser: OpenParser;
	#error: Error | null = null;
	#isEmpty = true;

	constructor(sink: QuadSink, options: RdfReaderOptions) {
		const settings = { dataFactory: new TermFactory() as never, trackPosition: true, baseIRI: options.base ?? '' };
		const parser = new RdfXmlParser(settings) as unknown as OpenParser;
		parser.push = (quad) => {
			if (quad !== null && this.#error === null) {
				if ((quad.object as { termType: string }).termType === 'Quad') this.#error = new Error('triple terms are not a part of RDF 1.1');
				else sink.quad(quad.subject, quad.predicate, quad.object, quad.graph);
			}
			return true;
		};
		parser.on('error', (error) => {
			this.#error ??= error;
		});
		this.#parser = parser;
	}

	write(piece: Uint8Array): void {
		this.#feed(this.#decoder.decode(piece));
	}

	end(): void {
		this.#feed(this.#decoder.decode());
		if (this.#isEmpty) throw rdfSyntaxError('RDF/XML', 'the document is empty', 1, 1);
		try {
			this.#parser.saxParser.close();
		} catch (error) {
			this.#error ??= error as Error;
		}
		this.#check();
	}

	#feed(text: string): void {
		if (text === '') return;
		this.#isEmpty = false;
		this.#parser._transform(text, 'utf8', (error) => {
			if (error) this.#error ??= error;
		});
		this.#check();
	}

	#check(): void {
		if (this.#error === null) return;
		const match = /^(?:Line (\d+) column (\d+)|(?:[^:]*:)?(\d+):(\d+)): ?(.*)$/s.exec(this.#error.message);
		if (match === null) throw rdfSyntaxError('RDF/XML', this.#error.message, 0, 0);
		throw rdfSyntaxError('RDF/XML', match[5]!, Number(match[1] ?? match[3]), Number(match[2] ?? match[4]));
	}
}
