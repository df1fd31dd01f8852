/** Where a pattern is evaluated: which graph its triples are of, and what it may refer to outside of itself. */
import type { Expression } from '../../query/algebra/expression.ts';
import type { RdfTerm } from '../../value/rdf-term.ts';
import type { Bindings } from './relation.ts';

/** The graph of triples. */
export type ActiveGraph =
	/** All of these, without duplicates. */
	| { readonly kind: 'merge'; readonly graphs: readonly Expression[] }
	/** The named graph of this id. */
	| { readonly kind: 'one'; readonly graph: Expression }
	/** Any one named graph, the same for all triples: its id is the variable `name`. */
	| { readonly kind: 'variable'; readonly name: string };

export interface Scope {
	readonly graph: ActiveGraph;
	/** FROM NAMED; null: every named graph of the store. */
	readonly named: readonly RdfTerm[] | null;
	/** Variables of the solution for which an EXISTS is evaluated. */
	readonly outer: Bindings | null;
}
