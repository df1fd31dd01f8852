/**
 * Terms as N-Triples and N-Quads write them: `<iri>`, `_:b1`, `"text"`, `"text"@en`, `"1"^^<datatype>`. Turtle, TriG and SPARQL
 * read the same forms. Characters beyond ASCII stand as they are.
 *
 * Source: RDF 1.1 N-Triples, section 4 (canonical form), and the grammar's IRIREF.
 */
import { type Quad, type RdfTerm, XSD_STRING } from './rdf-term.ts';

const ESCAPED_IN_LITERAL = /[\p{Cc}"\\]/u;
const ESCAPES_IN_LITERAL = new RegExp(ESCAPED_IN_LITERAL.source, 'gu');
const ESCAPED_IN_IRI = /[\p{Cc} <>"{}|^`\\]/u;
const ESCAPES_IN_IRI = new RegExp(ESCAPED_IN_IRI.source, 'gu');

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\b': '\\b', '\n': '\\n', '\r': '\\r', '\f': '\\f', '"': '\\"', '\\': '\\\\' };

function numericEscape(character: string): string {
	return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The text of a literal between its quotes. */
export function escapeLiteral(text: string): string {
	return ESCAPED_IN_LITERAL.test(text) ? text.replace(ESCAPES_IN_LITERAL, (character) => SHORT_ESCAPES[character] ?? numericEscape(character)) : text;
}

/** An IRI between its angle brackets. */
export function escapeIri(iri: string): string {
	return ESCAPED_IN_IRI.test(iri) ? iri.replace(ESCAPES_IN_IRI, numericEscape) : iri;
}

/** A term as N-Triples writes it; '' for the default graph. */
export function termText(term: RdfTerm): string {
	switch (term.termType) {
		case 'NamedNode':
			return `<${escapeIri(term.value)}>`;
		case 'BlankNode':
			return `_:${term.value}`;
		case 'DefaultGraph':
			return '';
		case 'Literal': {
			const text = `"${escapeLiteral(term.value)}"`;
			if (term.language !== '') return `${text}@${term.language}`;
			return term.datatype.value === XSD_STRING.value ? text : `${text}^^<${escapeIri(term.datatype.value)}>`;
		}
	}
}

/** A quad as a line of N-Quads (of N-Triples, when it is in the default graph), with its end. */
export function quadLine(quad: Quad): string {
	const triple = `${termText(quad.subject)} ${termText(quad.predicate)} ${termText(quad.object)}`;
	return quad.graph.termType === 'DefaultGraph' ? `${triple} .\n` : `${triple} ${termText(quad.graph)} .\n`;
}
