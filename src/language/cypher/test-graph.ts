/** A catalog with an empty graph, and texts compiled over it, for this folder's tests. */
import { createGraph, graphTables } from '../../model/graph/graph-definition.ts';
import { explainText } from '../../query/executor/explain.ts';
import { cypherLibrary } from '../../query/functions/cypher/cypher-library.ts';
import { Catalog, PUBLIC_SCHEMA_ID } from '../../transaction/catalog.ts';
import type { CatalogObject, SchemaObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import type { CompileOptions } from './compile-context.ts';
import { compileMatch } from './compile-pattern.ts';
import { compileUpdate } from './compile-update.ts';
import { type CompiledStatement, compileText } from './compiler.ts';

const FIRST_ID = 20000;

/** As much of a transaction as making a graph takes. */
class CatalogChange {
	catalog: Catalog = Catalog.bootstrap();
	#nextId = FIRST_ID;

	newId(): number {
		return this.#nextId++;
	}

	changeCatalog(id: number, object: CatalogObject): void {
		this.catalog = this.catalog.with(id, object);
	}
}

const options: CompileOptions = (() => {
	const change = new CatalogChange();
	const schema = change.catalog.get(PUBLIC_SCHEMA_ID) as SchemaObject;
	const graph = createGraph(change as unknown as Transaction, schema, 'default', 'polylog');
	return {
		catalog: change.catalog,
		graph: { id: graph.id, name: graph.name, rules: graph.rules, own: graphTables(change.catalog, graph), overlay: null },
		library: cypherLibrary,
		clauses: { match: compileMatch, update: compileUpdate },
	};
})();

export function compileOver(text: string): CompiledStatement {
	return compileText(text, options);
}

/** The plan of a query as EXPLAIN shows it, before it is optimised. */
export function planOf(text: string): string {
	const compiled = compileOver(text);
	if (compiled.kind !== 'query') throw new TypeError(`${text} is no query`);
	return explainText(compiled.plan);
}
