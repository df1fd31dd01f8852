/**
 * Terms of RDF in memory: IRIs, blank nodes, literals and the name of the default graph, and quads of them. The classes keep to
 * the RDF/JS data model, so that the API gives them out as they are and libraries of that model take them.
 *
 * In plans a column of terms has the type `RDF_TERM`; a column of term ids (`rdf-inline.ts`) is an int8. Which a column holds is
 * decided when a query is compiled. An unbound variable, and the value of an expression that failed, is `null` in both.
 *
 * Invariants: (1) a literal with a language has the datatype rdf:langString, every other has no language; (2) language tags are
 * kept as written and compared in lower case; (3) `termKey` of two terms is equal exactly when they are the same term.
 *
 * Source: RDF 1.1 Concepts and Abstract Syntax, sections 3.2 to 3.4; RDF/JS data model specification.
 */
import type { Type } from './type.ts';

export const XSD = 'http://www.w3.org/2001/XMLSchema#';
export const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';

/** The type of columns that hold terms (or null). Not a type of SQL: no table has such columns. */
export const RDF_TERM: Type = {
	oid: 9301,
	name: 'rdf_term',
	schema: 'polylog',
	kind: 'dynamic',
	category: 'U',
	preferred: false,
	length: -1,
	elementOid: 0,
	arrayOid: 0,
	baseOid: 0,
	baseTypmod: -1,
	enumLabels: [],
	fields: [],
};

interface AnyTerm {
	readonly termType: string;
	readonly value: string;
}

/** An IRI. */
export class NamedNode {
	declare readonly termType: 'NamedNode';
	readonly value: string;

	constructor(value: string) {
		this.value = value;
	}

	equals(other: AnyTerm | null | undefined): boolean {
		return other?.termType === 'NamedNode' && other.value === this.value;
	}
}

/** A blank node. Those of a store are named after their number in it: `b12`. */
export class BlankNode {
	declare readonly termType: 'BlankNode';
	readonly value: string;

	constructor(value: string) {
		this.value = value;
	}

	equals(other: AnyTerm | null | undefined): boolean {
		return other?.termType === 'BlankNode' && other.value === this.value;
	}
}

/** A literal: its lexical form, and either a language or a datatype. */
export class Literal {
	declare readonly termType: 'Literal';
	readonly value: string;
	/** As written; empty unless the datatype is rdf:langString. */
	readonly language: string;
	readonly datatype: NamedNode;
	/** What the lexical form means, kept by whoever interprets it first; null: nobody has. No part of the term. */
	meaning: unknown;

	constructor(value: string, language: string, datatype: NamedNode) {
		this.value = value;
		this.language = language;
		this.datatype = datatype;
		this.meaning = null;
	}

	equals(other: AnyTerm | null | undefined): boolean {
		if (other?.termType !== 'Literal' || other.value !== this.value) return false;
		const { language, datatype } = other as Literal;
		return datatype.value === this.datatype.value && language.toLowerCase() === this.language.toLowerCase();
	}
}

/** What stands for the graph of quads that are in none that is named. */
export class DefaultGraph {
	declare readonly termType: 'DefaultGraph';
	declare readonly value: '';

	equals(other: AnyTerm | null | undefined): boolean {
		return other?.termType === 'DefaultGraph';
	}
}

// On the prototypes: a term is no larger for it.
for (const [type, termType] of [
	[NamedNode, 'NamedNode'],
	[BlankNode, 'BlankNode'],
	[Literal, 'Literal'],
	[DefaultGraph, 'DefaultGraph'],
] as const)
	Object.defineProperty(type.prototype, 'termType', { value: termType, enumerable: true });
Object.defineProperty(DefaultGraph.prototype, 'value', { value: '', enumerable: true });

export type RdfTerm = NamedNode | BlankNode | Literal | DefaultGraph;

export const DEFAULT_GRAPH: DefaultGraph = new DefaultGraph();
export const XSD_STRING: NamedNode = new NamedNode(`${XSD}string`);
export const XSD_BOOLEAN: NamedNode = new NamedNode(`${XSD}boolean`);
export const XSD_INTEGER: NamedNode = new NamedNode(`${XSD}integer`);
export const XSD_DECIMAL: NamedNode = new NamedNode(`${XSD}decimal`);
export const XSD_FLOAT: NamedNode = new NamedNode(`${XSD}float`);
export const XSD_DOUBLE: NamedNode = new NamedNode(`${XSD}double`);
export const XSD_DATE: NamedNode = new NamedNode(`${XSD}date`);
export const XSD_DATE_TIME: NamedNode = new NamedNode(`${XSD}dateTime`);
export const RDF_LANG_STRING: NamedNode = new NamedNode(`${RDF}langString`);

/** A statement in a graph. */
export class Quad {
	declare readonly termType: 'Quad';
	declare readonly value: '';
	readonly subject: NamedNode | BlankNode;
	readonly predicate: NamedNode;
	readonly object: NamedNode | BlankNode | Literal;
	readonly graph: NamedNode | BlankNode | DefaultGraph;

	constructor(subject: Quad['subject'], predicate: NamedNode, object: Quad['object'], graph: Quad['graph'] = DEFAULT_GRAPH) {
		this.subject = subject;
		this.predicate = predicate;
		this.object = object;
		this.graph = graph;
	}

	equals(other: AnyTerm | Quad | null | undefined): boolean {
		if (other?.termType !== 'Quad') return false;
		const quad = other as Quad;
		return this.subject.equals(quad.subject) && this.predicate.equals(quad.predicate) && this.object.equals(quad.object) && this.graph.equals(quad.graph);
	}
}
Object.defineProperty(Quad.prototype, 'termType', { value: 'Quad', enumerable: true });
Object.defineProperty(Quad.prototype, 'value', { value: '', enumerable: true });

/** A plain literal of xsd:string. */
export function stringLiteral(value: string): Literal {
	return new Literal(value, '', XSD_STRING);
}

export function langLiteral(value: string, language: string): Literal {
	return new Literal(value, language, RDF_LANG_STRING);
}

/** A string that is the same for two terms exactly when they are the same term; the first character says its kind. */
export function termKey(term: RdfTerm): string {
	switch (term.termType) {
		case 'NamedNode':
			return `<${term.value}`;
		case 'BlankNode':
			return `_${term.value}`;
		case 'DefaultGraph':
			return '.';
		case 'Literal':
			if (term.language !== '') return `@${term.language.toLowerCase()} ${term.value}`;
			return term.datatype.value === XSD_STRING.value ? `"${term.value}` : `^${term.datatype.value} ${term.value}`;
	}
}

/** True for two terms that are the same. */
export function sameTerm(left: RdfTerm, right: RdfTerm): boolean {
	return left === right || left.equals(right);
}
