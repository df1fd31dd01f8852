/** Binary rows; docs/formats/row.md. */
import type { KeyTarget } from './key-buffer.ts';
import type { Type, TypeLookup } from './type.ts';
export interface RowColumn {
	readonly type: Type;
	readonly typmod: number;
	/** Schema version in which the column came. */
	readonly addedIn: number;
	readonly dropped: boolean;
	/** Value that rows written before the column came show. */
	readonly missing: unknown;
}
/** How rows of one schema version of a table lie in bytes. Columns include dropped ones; rows in memory hold live ones. */
export class RowLayout {
	readonly columns: readonly RowColumn[];
	readonly schemaVersion: number;
	readonly lookup: TypeLookup;
	constructor(columns: readonly RowColumn[], schemaVersion: number, lookup: TypeLookup) {
		this.columns = columns;
		this.schemaVersion = schemaVersion;
		this.lookup = lookup;
	}
}
export type RowEncoder = (row: readonly unknown[], target: KeyTarget) => void;
export function rowEncoder(layout: RowLayout): RowEncoder {
	throw new Error('value: not built yet');
}
/** Getter of `layout.columns[index]`, right for rows of this and all older schema versions. */
export function columnGetter(layout: RowLayout, index: number): (buffer: Uint8Array, start: number, end: number) => unknown {
	throw new Error('value: not built yet');
}
/** Row bytes → array of live values. */
export function rowDecoder(layout: RowLayout): (buffer: Uint8Array, start: number, end: number) => unknown[] {
	throw new Error('value: not built yet');
}
/** JavaScript text of a read of the column without a call, given texts of variables; null where there is no short form. */
export function inlineGetter(layout: RowLayout, index: number, buffer: string, start: string): string | null {
	throw new Error('value: not built yet');
}
export function inlineIsCurrent(layout: RowLayout, buffer: string, start: string): string {
	throw new Error('value: not built yet');
}
