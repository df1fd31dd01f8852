/** ANALYZE of one table: a sample of its rows, and what it says of each column, kept for the optimizer. */
import { equalityOf, orderingOf } from '../../query/functions/type-comparison.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { Type, TypeLookup } from '../../value/type.ts';
import type { DatabaseSession } from '../session.ts';
import { LOOKED_AT_MAX, type SampledColumn, sampleTable } from './sample-table.ts';
import { summarizeValues, type ValueKind } from './summarize-values.ts';

/** Rows of a sample, for each common value and bucket that is wanted: PostgreSQL's, after Chaudhuri, Motwani and Narasayya 1998. */
const SAMPLE_ROWS_EACH = 300;

export interface AnalysedTable {
	/** Rows that were looked at, and all rows of the table. */
	readonly sampled: number;
	readonly rows: number;
}

/** Makes the statistics of a table anew, or (`names`) of some of its columns; what is known of the others stays. */
export async function analyseTable(session: DatabaseSession, table: TableObject, names: readonly string[] = []): Promise<AnalysedTable> {
	const { engine, catalog } = session;
	const columns = table.columns.filter((column) => !column.dropped && (names.length === 0 || names.includes(column.name)));
	// Most common values, and buckets, at most.
	const target = Number(session.settings.get('default_statistics_target'));
	const most = target * SAMPLE_ROWS_EACH;
	const size = engine.rowCount(table);
	const sample = await sampleTable(session, table, columns, { rows: size, most });
	// A table that was read as a whole tells its size.
	const rows = size <= most ? sample.sampled : size;
	const known = new Map(engine.valueStatistics.of(table, catalog)?.columns);
	for (const one of sample.columns) known.set(one.column.number, summarizeValues(one.values, rows, target, kindOf(one, catalog)));
	engine.valueStatistics.put(table, { rows, madeUs: engine.platform.clock.nowUs(), columns: known }, catalog);
	engine.sizesChanged();
	return { sampled: sample.sampled, rows };
}

function kindOf({ column, isCountedOnly }: SampledColumn, types: TypeLookup): ValueKind {
	const type = types.typeByOid(column.typeOid) as Type;
	return {
		equality: isCountedOnly ? null : (equalityOf(type, types) ?? null),
		ordering: isCountedOnly ? null : (orderingOf(type, types) ?? null),
		isWhole: (value) => !(typeof value === 'string' || value instanceof Uint8Array) || value.length < LOOKED_AT_MAX,
		widthOf: type.length > 0 ? () => type.length : widthOf,
	};
}

function widthOf(value: unknown): number {
	return typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
}
