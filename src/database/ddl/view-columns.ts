/** What views of both kinds, and tables made of queries, have in common: their columns, and where their names are looked up. */
import { sqlError } from '../../platform/errors.ts';
import type { Column } from '../../query/algebra/expression.ts';
import type { ColumnObject, ObjectId, ViewObject } from '../../transaction/catalog-objects.ts';
import { plainColumn } from '../../transaction/plain-column.ts';
import { TEXT, UNKNOWN } from '../../value/builtin-types.ts';
import { searchPathOf } from '../analysis.ts';
import type { DdlContext } from './context.ts';

export type ViewColumn = ViewObject['columns'][number];

/** Output columns under the names given, in order; the rest keep theirs. */
export function namedColumns(columns: readonly Column[], aliases: readonly string[], what: string): ViewColumn[] {
	if (aliases.length > columns.length) throw sqlError('42601', `${what} specifies more column names than columns`);
	const named = columns.map((c, i) => ({ name: aliases[i] ?? c.name, typeOid: c.type.oid === UNKNOWN.oid ? TEXT.oid : c.type.oid, typmod: c.typmod }));
	const seen = new Set<string>();
	for (const c of named) {
		if (seen.has(c.name)) throw sqlError('42701', `column "${c.name}" specified more than once`);
		seen.add(c.name);
	}
	return named;
}

/** The schemas in which a view's names are looked up ever after. */
export function viewSearchPath(ddl: DdlContext): readonly string[] {
	const temporary = ddl.catalog.get(ddl.session.temporarySchemaId);
	return temporary === undefined ? searchPathOf(ddl.session) : [temporary.name, ...searchPathOf(ddl.session)];
}

export function tableColumns(columns: readonly ViewColumn[]): ColumnObject[] {
	return columns.map((c, i) => plainColumn(c.name, i + 1, c.typeOid, false, c.typmod));
}

/** The name of the table that holds a materialized view's rows. */
export function rowsName(view: string, id: ObjectId): string {
	return `${view}$rows${id}`;
}
