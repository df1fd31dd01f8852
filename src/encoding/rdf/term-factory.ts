/**
 * Makes our terms for the libraries that read documents: an RDF/JS data factory as far as they call it. Blank nodes without a
 * label get one that no document can have.
 */
import { BlankNode, DEFAULT_GRAPH, Literal, NamedNode, Quad, RDF_LANG_STRING, XSD_STRING } from '../../value/rdf-term.ts';

type Language = string | { readonly language: string; readonly direction?: string };

export class TermFactory {
	#anonymous = 0;

	namedNode(iri: string): NamedNode {
		return new NamedNode(iri);
	}

	blankNode(label?: string): BlankNode {
		return new BlankNode(label ?? ` ${++this.#anonymous}`);
	}

	literal(value: string, kind?: Language | NamedNode): Literal {
		if (kind === undefined) return new Literal(value, '', XSD_STRING);
		if (typeof kind === 'string') return new Literal(value, kind, RDF_LANG_STRING);
		if ('termType' in kind) return new Literal(value, '', kind);
		if (kind.direction !== undefined) throw new Error('directions of text are not a part of RDF 1.1');
		return new Literal(value, kind.language, RDF_LANG_STRING);
	}

	variable(): never {
		throw new Error('there are no variables here');
	}

	defaultGraph(): typeof DEFAULT_GRAPH {
		return DEFAULT_GRAPH;
	}

	quad(subject: Quad['subject'], predicate: NamedNode, object: Quad['object'], graph: Quad['graph'] = DEFAULT_GRAPH): Quad {
		return new Quad(subject, predicate, object, graph);
	}
}
