/** Names of a text: prefixes, the base, and the terms that are written with them. */
import { resolveIri } from '../../value/iri.ts';
import { Literal, langLiteral, NamedNode, type RdfTerm, stringLiteral, XSD, XSD_BOOLEAN, XSD_DECIMAL, XSD_DOUBLE, XSD_INTEGER } from '../../value/rdf-term.ts';
import type { Slot, Variable } from './algebra.ts';
import type { SyntaxTree } from './parser-module.ts';

type Query = Extract<SyntaxTree, { type: 'query' }>;
export type ContextDefinition = Query['context'][number];

/** A term as the parser gives it. */
export interface TermNode {
	readonly type: 'term';
	readonly subType: string;
	readonly value?: string;
	readonly prefix?: string;
	readonly label?: string;
	readonly langOrIri?: string | TermNode | undefined;
}

/** Shared by all literals of the usual types. */
const datatypes = new Map<string, NamedNode>([XSD_BOOLEAN, XSD_INTEGER, XSD_DECIMAL, XSD_DOUBLE].map((type) => [type.value, type]));

export class Prologue {
	base: string;
	readonly prefixes = new Map<string, string>();

	constructor(base: string) {
		this.base = base;
	}

	/** Takes BASE and PREFIX in the order of the text: each is read below the base before it. */
	declare(definitions: readonly ContextDefinition[]): void {
		for (const definition of definitions) {
			const iri = resolveIri(definition.value.value, this.base);
			if (definition.subType === 'base') this.base = iri;
			else this.prefixes.set(definition.key, iri);
		}
	}

	iri(node: TermNode): NamedNode {
		const value = node.value ?? '';
		if (node.prefix === undefined) return new NamedNode(resolveIri(value, this.base));
		// The parser has checked that the prefix is there.
		return new NamedNode((this.prefixes.get(node.prefix) ?? '') + value.replace(/\\(.)/g, '$1'));
	}

	literal(node: TermNode): Literal {
		const { value = '', langOrIri } = node;
		if (langOrIri === undefined) return stringLiteral(value);
		if (typeof langOrIri === 'string') return langLiteral(value, langOrIri);
		const datatype = this.iri(langOrIri);
		if (datatype.value === `${XSD}string`) return stringLiteral(value);
		return new Literal(value, '', datatypes.get(datatype.value) ?? datatype);
	}

	/** A term that is no variable and no blank node. */
	term(node: TermNode): RdfTerm {
		return node.subType === 'literal' ? this.literal(node) : this.iri(node);
	}

	/** A term in a pattern: a blank node is a variable that nothing else can name. */
	slot(node: TermNode): Slot {
		if (node.subType === 'variable') return variable(node.value ?? '');
		if (node.subType === 'blankNode') return variable(`_:${node.label ?? ''}`);
		return { kind: 'term', term: this.term(node) };
	}
}

export function variable(name: string): Variable {
	return { kind: 'variable', name };
}
