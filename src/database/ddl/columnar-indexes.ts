/**
 * CREATE INDEX … USING columnar (columns) [WITH (sort = 'a, b')]: a copy of the listed columns in the columnar engine, beside the
 * rows, for statements that read many of them. `sort`: one to three columns by which the copy is sorted; without it, it has the order of
 * the table's own key.
 */
import type { IndexStmt } from 'libpg-query';
import { sqlError } from '../../platform/errors.ts';
import type { ColumnObject, IndexColumn, IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import { columnOf, requireOrdering } from './constraints.ts';
import { type DdlContext, nodesOf } from './context.ts';

const SORT_COLUMNS_MAX = 3;

export function columnarParts(ddl: DdlContext, table: TableObject, node: IndexStmt, sort: string | undefined): Pick<IndexObject, 'columns' | 'include'> {
	const elements = nodesOf(node.indexParams).map((n) => n.IndexElem!);
	const refuse = (what: string): never => {
		throw sqlError('0A000', `access method "columnar" does not support ${what}`);
	};
	if (node.unique) refuse('unique indexes');
	if (node.whereClause !== undefined) refuse('predicates');
	if (nodesOf(node.indexIncludingParams).length > 0) refuse('included columns');
	const include: number[] = [];
	for (const element of elements) {
		if (element.name === undefined || element.name === '') refuse('expressions');
		if (element.ordering === 'SORTBY_DESC' || element.nulls_ordering === 'SORTBY_NULLS_FIRST') refuse('an order of columns; say WITH (sort = …)');
		const { number } = columnOf(table, element.name!);
		if (include.includes(number)) throw sqlError('42701', `column "${element.name}" appears twice in the index`);
		include.push(number);
	}
	return { columns: sortColumns(ddl, table.columns, sort), include };
}

/** The columns that WITH (sort = …) names. */
export function sortColumns(ddl: DdlContext, columns: readonly ColumnObject[], sort: string | undefined): IndexColumn[] {
	if (sort === undefined) return [];
	const names = sort.split(',').map((name) => name.trim());
	if (names.length > SORT_COLUMNS_MAX) throw sqlError('22023', `columns are sorted by at most ${SORT_COLUMNS_MAX} of them, not ${names.length}`);
	return names.map((name) => {
		const column = columns.find((one) => one.name === name && !one.dropped);
		if (column === undefined) throw sqlError('42703', `column "${name}" named in sort does not exist`);
		requireOrdering(ddl, column);
		return { column: column.number, expressionText: null, descending: false, nullsFirst: false };
	});
}
