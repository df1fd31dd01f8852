/**
 * The form in which statistics of a table are kept: JSON, values as their types' texts.
 *
 *     { "rows": 1000, "madeUs": 1764000000000000,
 *       "columns": { "2": { "nulls": 0.1, "distinct": 3, "grows": false, "width": 4, "common": [["a", 0.5]], "bounds": ["b", "z"] } } }
 *
 * A column whose type has changed since is left out when it is read back, as is one that is gone.
 */
import { equalityOf, orderingOf } from '../../query/functions/type-comparison.ts';
import type { ColumnStatistics, TableStatistics } from '../../query/optimizer/value-statistics.ts';
import type { ColumnObject, TableObject } from '../../transaction/catalog-objects.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { Type, TypeLookup } from '../../value/type.ts';
import { textFormatter, textParser } from '../../value/value-text.ts';

interface StoredColumn {
	readonly typeOid: number;
	readonly nulls: number;
	readonly distinct: number;
	readonly grows: boolean;
	readonly width: number;
	readonly common: readonly (readonly [text: string, share: number])[];
	readonly bounds: readonly string[];
}

interface StoredTable {
	readonly rows: number;
	readonly madeUs: number;
	readonly columns: Readonly<Record<string, StoredColumn>>;
}

export function encodeStatistics(statistics: TableStatistics, table: TableObject, types: TypeLookup): Uint8Array {
	const columns: Record<string, StoredColumn> = {};
	for (const [number, column] of statistics.columns) {
		const type = typeOf(table, number, types);
		if (type !== undefined) columns[number] = storedColumn(column, type, types);
	}
	const stored: StoredTable = { rows: statistics.rows, madeUs: statistics.madeUs, columns };
	return new TextEncoder().encode(JSON.stringify(stored));
}

export function decodeStatistics(bytes: Uint8Array, table: TableObject, types: TypeLookup): TableStatistics {
	const stored = JSON.parse(new TextDecoder().decode(bytes)) as StoredTable;
	const columns = new Map<number, ColumnStatistics>();
	for (const [number, column] of Object.entries(stored.columns)) {
		const type = typeOf(table, Number(number), types);
		if (type?.oid === column.typeOid) columns.set(Number(number), shownColumn(column, type, types));
	}
	return { rows: stored.rows, madeUs: stored.madeUs, columns };
}

function typeOf(table: TableObject, number: number, types: TypeLookup): Type | undefined {
	const column = table.columns.find((one: ColumnObject) => one.number === number && !one.dropped);
	return column === undefined ? undefined : types.typeByOid(column.typeOid);
}

function storedColumn({ nullShare, distinct, isGrowing, width, common, bounds }: ColumnStatistics, type: Type, types: TypeLookup): StoredColumn {
	const format = textFormatter(type, types, defaultTextSettings);
	return {
		typeOid: type.oid,
		nulls: nullShare,
		distinct,
		grows: isGrowing,
		width,
		common: common.map(({ value, share }) => [format(value), share]),
		bounds: bounds.map(format),
	};
}

function shownColumn({ nulls, distinct, grows, width, common, bounds }: StoredColumn, type: Type, types: TypeLookup): ColumnStatistics {
	const parse = textParser(type, -1, types, defaultTextSettings);
	return {
		nullShare: nulls,
		distinct,
		isGrowing: grows,
		width,
		common: common.map(([text, share]) => ({ value: parse(text), share })),
		bounds: bounds.map((text) => parse(text)),
		ordering: equalityOf(type, types) === undefined ? null : (orderingOf(type, types) ?? null),
	};
}
