/** Where in a file a row or value of a batch is, for the errors of loads. */
import type { TabularBatch } from '../../encoding/tabular/tabular-source.ts';
import { PolylogError } from '../../platform/errors.ts';

export function placeOf(batch: TabularBatch, row: number, fileName: string): string {
	return batch.lines === null ? `row ${batch.firstRow + row + 1} of ${fileName}` : `${fileName}:${batch.lines[row]}`;
}

/** The error of a value, with its place in CONTEXT. */
export function locatedIn(batch: TabularBatch, row: number, fileName: string, column: string, error: unknown): unknown {
	if (error instanceof PolylogError) error.where ??= `${placeOf(batch, row, fileName)}, column ${column}`;
	return error;
}
