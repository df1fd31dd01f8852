/** pg_stats: what ANALYZE has found out about the values of columns. Arrays of a column's own type are shown as their text. */
import type { ColumnStatistics } from '../../query/optimizer/value-statistics.ts';
import type { ColumnObject } from '../../transaction/catalog-objects.ts';
import { formatArray, PgArray } from '../../value/pg-array.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import { textFormatter } from '../../value/value-text.ts';
import { schemaName, visibleTables } from './object-names.ts';
import { type Provider, perCall, type SystemContext, type SystemRecord } from './system-table.ts';

function* columnStatistics(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const table of visibleTables(catalog)) {
		const statistics = context.valueStatistics(table);
		if (statistics === null) continue;
		for (const column of table.columns) {
			const known = statistics.columns.get(column.number);
			if (known === undefined || column.dropped) continue;
			yield { schemaname: schemaName(catalog, table.schemaId), tablename: table.name, ...shown(context, column, known, statistics.rows) };
		}
	}
}

function shown({ catalog }: SystemContext, column: ColumnObject, known: ColumnStatistics, rows: number): SystemRecord {
	const type = catalog.typeByOid(column.typeOid)!;
	const format = textFormatter(type, catalog, defaultTextSettings);
	const listOf = (values: readonly unknown[]): string | null => (values.length === 0 ? null : formatArray(PgArray.of(values), format));
	const { common } = known;
	return {
		attname: column.name,
		inherited: false,
		null_frac: Math.fround(known.nullShare),
		avg_width: Math.round(known.width),
		// A number that grows with the table is shown as its share of the rows, below 0.
		n_distinct: Math.fround(known.isGrowing && rows > 0 ? -known.distinct / rows : known.distinct),
		most_common_vals: listOf(common.map((one) => one.value)),
		most_common_freqs: common.length === 0 ? null : PgArray.of(common.map((one) => Math.fround(one.share))),
		histogram_bounds: listOf(known.bounds),
	};
}

export const statisticsTables: Readonly<Record<string, Provider>> = { pg_stats: perCall(columnStatistics) };
