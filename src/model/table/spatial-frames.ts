/** Frames of a spatial index from the rows that are there: the least and greatest coordinate of each column, read in steps. */
import { type Extent, type FrameShape, framesOf } from '../../storage/rtree/coordinate-frame.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import type { Pause } from './index-build.ts';
import { coordinateOf } from './spatial-key.ts';
import type { Tables } from './table-model.ts';
import { TableScan } from './table-scan.ts';

const STEP_ROWS = 2000;

/** The table is not locked: rows that come meanwhile only make the frames fit less well. `numbers` are columns of types that can be coordinates. */
export async function measureFrames(
	tables: Tables,
	transaction: Transaction,
	table: TableObject,
	numbers: readonly number[],
	pause: Pause,
): Promise<FrameShape[]> {
	const access = tables.access(transaction.catalog, table);
	const { codec } = access;
	const getters = numbers.map((number) => codec.getter(number));
	const conversions = numbers.map((number) => coordinateOf(codec.typeOf(number)));
	const extents = numbers.map((): Extent => ({ low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY }));
	const scan = new TableScan(access);
	const visit = (row: Uint8Array, start: number, end: number): void => {
		for (let j = 0; j < getters.length; j++) {
			const value = getters[j]!(row, start, end);
			if (value === null) continue;
			const coordinate = conversions[j]!(value as never);
			const extent = extents[j]!;
			if (!Number.isFinite(coordinate)) continue;
			if (coordinate < extent.low) extent.low = coordinate;
			if (coordinate > extent.high) extent.high = coordinate;
		}
	};
	while (!scan.step(transaction, STEP_ROWS, (_key, _keyStart, _keyEnd, row, start, end) => visit(row, start, end))) await pause();
	return framesOf(extents);
}
