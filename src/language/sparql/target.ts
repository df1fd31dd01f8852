/**
 * What a text of SPARQL is about (the `target` of `Session.prepareLanguage`), and what protocols want to know of a statement (the
 * `facts` of its analysis).
 *
 * A target is text, since statements are kept by it: the form of a URL's query with the keys `schema`, `store`, `base`,
 * `default-graph-uri` and `named-graph-uri` (the last two any number of times). When one of these two is there, they are the
 * dataset, whatever FROM says (SPARQL 1.1 Protocol, section 2.1.4), or in an update USING: an update that has USING itself is refused.
 */

export interface SparqlTarget {
	readonly schema: string;
	readonly store: string;
	/** Against which relative IRIs are resolved before the text says BASE; '' for none. */
	readonly base: string;
	/** Null for both: the dataset is the store's, or the text says it. */
	readonly dataset: { readonly defaultGraphs: readonly string[]; readonly namedGraphs: readonly string[] } | null;
}

/** `facts` of a statement. */
export interface SparqlFacts {
	/**
	 * 'select': one column of terms per variable. 'ask': one row of one boolean. 'graph' (CONSTRUCT, DESCRIBE): columns `subject`,
	 * `predicate`, `object` of terms. 'update': no columns.
	 */
	readonly form: 'select' | 'ask' | 'graph' | 'update';
	/** Prefixes of the prologue, for writers of Turtle. */
	readonly prefixes: ReadonlyMap<string, string>;
}

export function formatTarget(target: SparqlTarget): string {
	const parts = new URLSearchParams([
		['schema', target.schema],
		['store', target.store],
	]);
	if (target.base !== '') parts.append('base', target.base);
	if (target.dataset !== null) {
		for (const graph of target.dataset.defaultGraphs) parts.append('default-graph-uri', graph);
		for (const graph of target.dataset.namedGraphs) parts.append('named-graph-uri', graph);
	}
	return parts.toString();
}

export function parseTarget(text: string): SparqlTarget {
	const parts = new URLSearchParams(text);
	const defaultGraphs = parts.getAll('default-graph-uri');
	const namedGraphs = parts.getAll('named-graph-uri');
	return {
		schema: parts.get('schema') ?? 'public',
		store: parts.get('store') ?? 'default',
		base: parts.get('base') ?? '',
		dataset: defaultGraphs.length + namedGraphs.length === 0 ? null : { defaultGraphs, namedGraphs },
	};
}
