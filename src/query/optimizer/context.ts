/** What the optimizer may ask: sizes, and how to write bounds for LIKE. It reads no data itself. */

import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { StoredGroups } from './kept-groups.ts';
import type { TableStatistics, ValueUse } from './value-statistics.ts';

/** A table of a graph. */
export interface GraphTable {
	readonly part: 'edges' | 'vertices';
	/** About how many edges a vertex has. */
	readonly degree: number;
}

/** The expressions of an index over columns of its table. */
export interface IndexTerms {
	/** Attribute numbers of the columns that the expressions read. */
	readonly attributes: ReadonlyMap<ColumnId, number>;
	/** Of each key column; null for a plain one. */
	readonly keys: readonly (Expression | null)[];
	/** What holds of the rows that are in the index: all of these. */
	readonly conditions: readonly Expression[];
}

export interface OptimizerContext {
	readonly catalog: CatalogVersion;
	/** About how many rows a table has. */
	rowCount(table: TableObject): number;
	/** What is known of the values of a table's columns; null: it was not analysed. Absent as a whole: no table was. */
	readonly tableStatistics?: (table: TableObject) => TableStatistics | null;
	/** Values that the parameters have in the execution at hand; absent or null: they are not known. */
	readonly parameterValues?: readonly unknown[] | null;
	/** Is told when an estimate hangs on the value of a parameter. */
	readonly noteUse?: (use: ValueUse) => void;
	/** The expressions of an index that has some; absent or null: such indexes are not used. */
	readonly indexTerms?: (table: TableObject, index: IndexObject) => IndexTerms | null;
	/** What the table is to a graph that keeps an adjacency; undefined as a whole: there are no graphs. */
	readonly graphTable?: (table: TableObject) => GraphTable | null;
	/**
	 * About how many rows of an index (null: the table's key) have these values (attribute → value) if each of the `open` attributes is besides
	 * bound to a value of the table's own; known and open together are the index's first columns. null where nothing is known of the table.
	 */
	lookupRows?(table: TableObject, index: IndexObject | null, known: ReadonlyMap<number, unknown>, open: readonly number[]): number | null;
	/** Kept views with groups that read a table; absent: none is used. */
	readonly storedGroups?: (tableId: number) => readonly StoredGroups[];
	/** Rules left out, by name: for tests that compare answers with each rule switched off. */
	readonly without?: ReadonlySet<string>;
}

/** The indexes of a table and method that a read may use: ready, over plain columns, without a predicate. The primary key comes first. */
export function usableIndexes(table: TableObject, catalog: CatalogVersion, method: IndexObject['method'] = 'btree'): IndexObject[] {
	const found: IndexObject[] = [];
	for (const id of table.indexIds) {
		const index = catalog.get(id);
		if (index?.kind !== 'index' || !index.ready || index.method !== method || index.predicateText !== null) continue;
		if (index.columns.some((c) => c.column === 0 || c.each === true)) continue;
		if (index.primary) found.unshift(index);
		else found.push(index);
	}
	return found;
}

/** The indexes of a table over expressions, with a predicate, or over elements. */
export function computedIndexes(table: TableObject, catalog: CatalogVersion): IndexObject[] {
	return table.indexIds
		.map((id) => catalog.get(id))
		.filter((index) => index?.kind === 'index')
		.filter((index) => index.ready && index.method === 'btree')
		.filter((index) => index.predicateText !== null || index.columns.some((c) => c.column === 0 || c.each === true));
}
