/** Terms of triple stores in SQL: `polylog.rdf_text(id, value, datatype, language)` is the text that N-Triples has for a term of `<store>_terms`, or for an id that holds its term. */
import { FIRST_LITERAL_ID, inlineTerm } from '../../value/rdf-inline.ts';
import { Literal, NamedNode, RDF_LANG_STRING, XSD_STRING } from '../../value/rdf-term.ts';
import { termText } from '../../value/rdf-text.ts';
import type { ScalarFunction } from './contracts.ts';
import { scalar } from './define.ts';

function rdfText(id: number | bigint | null, value: string | null, datatype: string | null, language: string | null): string | null {
	if (typeof id !== 'number') return null;
	if (id < 0) return termText(inlineTerm(id));
	if (value === null) return null;
	if (id < FIRST_LITERAL_ID) return termText(new NamedNode(value));
	if (language !== null) return termText(new Literal(value, language, RDF_LANG_STRING));
	return termText(new Literal(value, '', datatype === null ? XSD_STRING : new NamedNode(datatype)));
}

export const rdfFunctions: readonly ScalarFunction[] = [scalar(0, 'polylog.rdf_text(int8, text, text, text) text', rdfText, { strict: false })];
