/**
 * SPARQL's own algebra (SPARQL 1.1 Query Language, section 18.2): what a text means before it becomes a plan. IRIs are absolute,
 * literals are terms, blank nodes of patterns are variables (their names begin with `_:`), collections are triples.
 *
 * Variables whose names begin with `_:` or `.` are not visible to `SELECT *`; no text can write such names.
 */
import type { NamedNode, RdfTerm } from '../../value/rdf-term.ts';

export interface Variable {
	readonly kind: 'variable';
	readonly name: string;
}

export interface Constant {
	readonly kind: 'term';
	readonly term: RdfTerm;
}

/** What stands in a place of a pattern. */
export type Slot = Variable | Constant;

export type Path =
	| { readonly kind: 'predicate'; readonly iri: NamedNode }
	| { readonly kind: 'inverse'; readonly path: Path }
	| { readonly kind: 'sequence'; readonly left: Path; readonly right: Path }
	| { readonly kind: 'alternative'; readonly paths: readonly Path[] }
	/** `*` (with `zero`), `+`. */
	| { readonly kind: 'closure'; readonly path: Path; readonly zero: boolean }
	| { readonly kind: 'optional'; readonly path: Path }
	/** Any predicate but these; null: that direction is not meant. */
	| { readonly kind: 'negated'; readonly forward: readonly NamedNode[] | null; readonly inverse: readonly NamedNode[] | null };

export interface TriplePattern {
	readonly kind: 'triple';
	readonly subject: Slot;
	readonly predicate: Slot;
	readonly object: Slot;
}

export interface PathPattern {
	readonly kind: 'path';
	readonly subject: Slot;
	readonly path: Path;
	readonly object: Slot;
}

export type Pattern =
	/** A basic graph pattern; the empty one has one solution, without bindings. */
	| { readonly kind: 'bgp'; readonly parts: readonly (TriplePattern | PathPattern)[] }
	| { readonly kind: 'join' | 'minus'; readonly left: Pattern; readonly right: Pattern }
	| { readonly kind: 'left-join'; readonly left: Pattern; readonly right: Pattern; readonly condition: Formula | null }
	| { readonly kind: 'union'; readonly branches: readonly Pattern[] }
	| { readonly kind: 'filter'; readonly input: Pattern; readonly condition: Formula }
	| { readonly kind: 'extend'; readonly input: Pattern; readonly variable: string; readonly value: Formula }
	| { readonly kind: 'values'; readonly variables: readonly string[]; readonly rows: readonly (readonly (RdfTerm | null)[])[] }
	| { readonly kind: 'graph'; readonly name: Slot; readonly input: Pattern }
	| { readonly kind: 'service'; readonly name: Slot; readonly silent: boolean; readonly input: Pattern }
	| { readonly kind: 'select'; readonly query: Selection };

/** An expression. */
export type Formula =
	| Variable
	| Constant
	/** A built-in call or operator by its name in lower case: `+`, `&&`, `in`, `regex`, `uminus`. */
	| { readonly kind: 'operation'; readonly name: string; readonly arguments: readonly Formula[] }
	| { readonly kind: 'function'; readonly iri: string; readonly arguments: readonly Formula[] }
	/** `argument` null: COUNT(*). */
	| { readonly kind: 'aggregate'; readonly name: string; readonly distinct: boolean; readonly argument: Formula | null; readonly separator: string }
	| { readonly kind: 'exists'; readonly pattern: Pattern; readonly negated: boolean };

/** A SELECT, or what stands in its place in the other forms. */
export interface Selection {
	/** null: all visible variables. */
	readonly projection: readonly { readonly variable: string; readonly value: Formula | null }[] | null;
	readonly distinct: boolean;
	readonly where: Pattern;
	/** null: not grouped; empty: one group (an aggregate without GROUP BY). */
	readonly groups: readonly { readonly variable: string | null; readonly value: Formula }[] | null;
	readonly having: readonly Formula[];
	readonly orderBy: readonly { readonly value: Formula; readonly descending: boolean }[];
	readonly limit: number | null;
	readonly offset: number | null;
	/** The VALUES clause at the end. */
	readonly values: Pattern | null;
}

/** FROM and FROM NAMED; null: the store's own dataset. */
export type Dataset = { readonly defaults: readonly NamedNode[]; readonly named: readonly NamedNode[] } | null;

/** A quad of a template: variables are filled in, blank nodes (`_:` variables) are new for each solution. `graph` null: the default. */
export interface QuadTemplate {
	readonly graph: Slot | null;
	readonly subject: Slot;
	readonly predicate: Slot;
	readonly object: Slot;
}

export type GraphTarget = { readonly kind: 'default' | 'named' | 'all' } | { readonly kind: 'graph'; readonly iri: NamedNode };

export type Operation =
	/** `where` null: the templates are data. */
	| {
			readonly kind: 'modify';
			readonly remove: readonly QuadTemplate[];
			readonly insert: readonly QuadTemplate[];
			readonly where: Pattern | null;
			/** Graph of patterns outside GRAPH (WITH); null: the default graph. */
			readonly graph: NamedNode | null;
			readonly dataset: Dataset;
	  }
	| { readonly kind: 'load'; readonly source: NamedNode; readonly silent: boolean; readonly graph: NamedNode | null }
	/** CLEAR and DROP, which are one where empty graphs are not kept. */
	| { readonly kind: 'clear'; readonly target: GraphTarget; readonly silent: boolean; readonly drop: boolean }
	| { readonly kind: 'create'; readonly graph: NamedNode; readonly silent: boolean }
	| { readonly kind: 'copy'; readonly mode: 'add' | 'move' | 'copy'; readonly source: GraphTarget; readonly target: GraphTarget; readonly silent: boolean };

/** What protocols want of any request: the prefixes of its prologue. */
interface Prologued {
	readonly prefixes: ReadonlyMap<string, string>;
}

export type Request = Prologued & Form;

export type Form =
	| { readonly kind: 'select'; readonly selection: Selection; readonly dataset: Dataset }
	| { readonly kind: 'ask'; readonly selection: Selection; readonly dataset: Dataset }
	| { readonly kind: 'construct'; readonly template: readonly QuadTemplate[]; readonly selection: Selection; readonly dataset: Dataset }
	/** `terms`: IRIs named; `selection` null: there is no WHERE. */
	| { readonly kind: 'describe'; readonly terms: readonly NamedNode[]; readonly selection: Selection | null; readonly dataset: Dataset }
	| { readonly kind: 'update'; readonly operations: readonly Operation[] };

/** True for a variable that `SELECT *` shows. */
export function isVisible(name: string): boolean {
	return !name.startsWith('_:') && !name.startsWith('.');
}
