/** Frames of a spatial index from the rows that are there: the least and greatest coordinate of each column, read in steps. */
import { type Extent, type FrameShape, framesOf } from '../../storage/rtree/coordinate-frame.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import type { Pause } from './index-build.ts';
import { leavesOf } from './partitions.ts';
import { coordinateOf } from './spatial-key.ts';
import type { Tables } from './table-model.ts';
import { TableScan } from './table-scan.ts';

const STEP_ROWS = 2000;

/**
 * Measures the columns of these names, of types that can be coordinates; those of a partitioned table in its partitions. Nothing
 * is locked: rows that come meanwhile only make the frames fit less well.
 */
export async function measureFrames(
	tables: Tables,
	transaction: Transaction,
	table: TableObject,
	names: readonly string[],
	pause: Pause,
): Promise<FrameShape[]> {
	const extents = names.map((): Extent => ({ low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY }));
	const holders = table.partitionBy === undefined ? [table] : leavesOf(transaction.catalog, table);
	for (const holder of holders) await widen(extents, tables, transaction, holder, names, pause);
	return framesOf(extents);
}

async function widen(
	extents: readonly Extent[],
	tables: Tables,
	transaction: Transaction,
	table: TableObject,
	names: readonly string[],
	pause: Pause,
): Promise<void> {
	const access = tables.access(transaction.catalog, table);
	const numbers = names.map((name) => access.codec.live.find((column) => column.name === name)!.number);
	const getters = numbers.map((number) => access.codec.getter(number));
	const conversions = numbers.map((number) => coordinateOf(access.codec.typeOf(number))!);
	const visit = (row: Uint8Array, start: number, end: number): void => {
		for (let j = 0; j < getters.length; j++) {
			const value = getters[j]!(row, start, end);
			if (value === null) continue;
			const coordinate = conversions[j]!(value as never);
			if (!Number.isFinite(coordinate)) continue;
			const extent = extents[j]!;
			if (coordinate < extent.low) extent.low = coordinate;
			if (coordinate > extent.high) extent.high = coordinate;
		}
	};
	const scan = new TableScan(access);
	while (!scan.step(transaction, STEP_ROWS, (_key, _keyStart, _keyEnd, row, start, end) => visit(row, start, end))) await pause();
}
