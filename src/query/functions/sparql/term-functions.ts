/** Functions between ids and terms, on terms, and the truth of them. The first argument of those that need one is the `TermSpace`. */
import { BOOL, INT8 } from '../../../value/builtin-types.ts';
import type { Int8 } from '../../../value/int8.ts';
import { resolveIri } from '../../../value/iri.ts';
import { FIRST_LITERAL_ID, inlineTag, TAG_BLANK } from '../../../value/rdf-inline.ts';
import { BlankNode, Literal, langLiteral, NamedNode, RDF_LANG_STRING, type RdfTerm, sameTerm, stringLiteral } from '../../../value/rdf-term.ts';
import type { FunctionContext, ScalarFunction } from '../contracts.ts';
import { termEquality, termOrdering } from './comparison.ts';
import { termFunction, testFunction } from './define.ts';
import { BOOLEAN, booleanLiteral, INVALID, integerLiteral, isNumericDatatype, isNumericRank, LANG_STRING, meaningOf, STRING } from './meaning.ts';
import { toDouble } from './numeric.ts';
import { plainOf } from './string-functions.ts';
import type { TermSpace } from './term-space.ts';

/** The term of an id. */
export const termOfId: ScalarFunction = termFunction('term', (space: TermSpace, id: number) => space.term(id));

/** The id of a term in the store, null when it is in no quad. */
export const idOfTerm: ScalarFunction = termFunction('term_id', (space: TermSpace, term: RdfTerm) => space.find(term), { returns: INT8 });

/** The same term: what joins of computed values go by. */
export const isSameTerm: ScalarFunction = testFunction('same_term', (a: RdfTerm, b: RdfTerm) => sameTerm(a, b), {
	comparison: { operator: '=', equality: termEquality, ordering: termOrdering },
});

/** Truth value → term. */
export const termOfTruth: ScalarFunction = termFunction('truth_term', (value: boolean) => booleanLiteral(value));

/** Count → term. */
export const termOfCount: ScalarFunction = termFunction('count_term', (value: Int8) => integerLiteral(value));

/** Effective boolean value (section 17.2.2); null is an error. */
export function effectiveBoolean(term: RdfTerm): boolean | null {
	if (term.termType !== 'Literal') return null;
	const { rank, value } = meaningOf(term);
	if (rank === BOOLEAN) return value === true;
	if (rank === STRING || rank === LANG_STRING) return rank === STRING ? term.value !== '' : null;
	if (isNumericRank(rank)) {
		const number = toDouble(rank, value);
		return number !== 0 && !Number.isNaN(number);
	}
	return rank === INVALID && (isNumericDatatype(term.datatype.value) || term.datatype.value.endsWith('#boolean')) ? false : null;
}

export const truthOfTerm: ScalarFunction = testFunction('truth', effectiveBoolean);

/** True for ids of blank nodes. */
export const isBlankId: ScalarFunction = testFunction('is_blank_id', (id: number) => inlineTag(id) === TAG_BLANK);

/** True for ids of the dictionary's IRIs; constants that the store lacks have other ids. */
export function isIriId(id: number): boolean {
	return id > 0 && id < FIRST_LITERAL_ID;
}

export const isTrue: ScalarFunction = testFunction('is_true', (value: boolean) => value, { returns: BOOL });

function str(term: RdfTerm): Literal | null {
	return term.termType === 'BlankNode' ? null : stringLiteral(term.value);
}

function lang(term: RdfTerm): Literal | null {
	return term.termType === 'Literal' ? stringLiteral(term.language) : null;
}

function datatype(term: RdfTerm): NamedNode | null {
	return term.termType === 'Literal' ? term.datatype : null;
}

/** IRI(), below the base of the query. */
function iri(space: TermSpace, term: RdfTerm): NamedNode | null {
	if (term.termType === 'NamedNode') return term;
	const text = plainOf(term);
	return text === null || /[\s<>"{}|\\^`]/.test(text) ? null : new NamedNode(resolveIri(text, space.base));
}

function strdt(text: RdfTerm, type: RdfTerm): Literal | null {
	const lexical = plainOf(text);
	return lexical === null || type.termType !== 'NamedNode' || type.value === RDF_LANG_STRING.value ? null : new Literal(lexical, '', type);
}

function strlang(text: RdfTerm, tag: RdfTerm): Literal | null {
	const lexical = plainOf(text);
	const language = plainOf(tag);
	return lexical === null || language === null || language === '' ? null : langLiteral(lexical, language);
}

function hex(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('hex');
}

function uuid(context: FunctionContext): string {
	const bytes = context.randomBytes(16);
	bytes[6] = (bytes[6]! & 0x0f) | 0x40;
	bytes[8] = (bytes[8]! & 0x3f) | 0x80;
	return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const fresh = { context: true, volatility: 'volatile' } as const;

/** By name in lower case and count of arguments: `bnode/0`. */
export const termFunctions: ReadonlyMap<string, ScalarFunction> = new Map<string, ScalarFunction>([
	['str/1', termFunction('str', str)],
	['lang/1', termFunction('lang', lang)],
	['datatype/1', termFunction('datatype', datatype)],
	['strdt/2', termFunction('strdt', strdt)],
	['strlang/2', termFunction('strlang', strlang)],
	['sameterm/2', testFunction('sameterm', (a: RdfTerm, b: RdfTerm) => sameTerm(a, b))],
	['isiri/1', testFunction('isiri', (term: RdfTerm) => term.termType === 'NamedNode')],
	['isblank/1', testFunction('isblank', (term: RdfTerm) => term.termType === 'BlankNode')],
	['isliteral/1', testFunction('isliteral', (term: RdfTerm) => term.termType === 'Literal')],
	['isnumeric/1', testFunction('isnumeric', (term: RdfTerm) => term.termType === 'Literal' && isNumericRank(meaningOf(term).rank))],
	['uuid/0', termFunction('uuid', (context: FunctionContext) => new NamedNode(`urn:uuid:${uuid(context)}`), fresh)],
	['struuid/0', termFunction('struuid', (context: FunctionContext) => stringLiteral(uuid(context)), fresh)],
	['bnode/0', termFunction('bnode', (context: FunctionContext) => new BlankNode(`q${hex(context.randomBytes(12))}`), fresh)],
]);

/** IRI() and URI(): (space, term). */
export const iriFunction: ScalarFunction = termFunction('iri', iri);

/** A name for one solution, from which BNODE(text) makes its blank nodes. */
export const solutionName: ScalarFunction = termFunction('solution', (context: FunctionContext) => hex(context.randomBytes(12)), fresh);

/** BNODE(text): (solution's name, text). */
export const blankOfText: ScalarFunction = termFunction('bnode', (solution: string, text: RdfTerm) => {
	const label = plainOf(text);
	return label === null ? null : new BlankNode(`q${solution}${Buffer.from(label).toString('hex')}`);
});

/** What may be a subject: an IRI or a blank node. */
export const isNodeTerm: ScalarFunction = testFunction('is_node', (term: RdfTerm) => term.termType !== 'Literal');
