/**
 * Rows of a table that is loaded, value by value into its columns: for who reads a file and has numbers and bytes, of which no row needs to be made.
 *
 * Calls: for each row of place `row`, each of `columns` gets its value, by `put` or as `ColumnBuilder` says, then `endRow`. The caller sees to NOT NULL
 * (`notNull`) and to the types' own rules; there is nothing else to look at in a table that has a `ColumnLoad`.
 */
import type { PolylogError } from '../../platform/errors.ts';
import type { ColumnBulkBuilder } from '../../storage/column/column-bulk-builder.ts';
import { GROUP_ROWS } from '../../storage/column/column-segment.ts';
import type { ColumnBuilder } from '../../storage/column/group-builder.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import type { FixedValue, RowValue, VariableValue } from '../../value/row-values.ts';
import { notNullViolation } from './constraint-errors.ts';
import type { WritePlan } from './write-plan.ts';

export class ColumnLoad {
	/** Rows taken. */
	rowCount = 0;
	/** By place among the table's columns. */
	readonly columns: readonly ColumnBuilder[];
	/** By place: 1 where NULL is refused. */
	readonly notNull: Uint8Array;
	readonly #builder: ColumnBulkBuilder;
	readonly #plan: WritePlan;
	readonly #values: readonly RowValue[];
	readonly #nextKey: (target: GrowingKeyBuffer) => void;
	readonly #key = new GrowingKeyBuffer(16);
	readonly #scratch = new GrowingKeyBuffer(256);

	constructor(builder: ColumnBulkBuilder, plan: WritePlan, nextKey: (target: GrowingKeyBuffer) => void) {
		this.#builder = builder;
		this.#plan = plan;
		this.#nextKey = nextKey;
		this.columns = builder.columns;
		this.#values = plan.codec.layout.places.map(({ value }) => value);
		this.notNull = new Uint8Array(this.columns.length);
		for (const place of plan.notNull) this.notNull[place] = 1;
	}

	/** The place of the next row. */
	get row(): number {
		return this.#builder.row;
	}

	/** How many rows there is room for before `row` begins anew; at least one. */
	get room(): number {
		return GROUP_ROWS - this.#builder.row;
	}

	/** Any value of the column's type but NULL. */
	put(place: number, row: number, value: unknown): void {
		const column = this.columns[place]!;
		const rowValue = this.#values[place]!;
		const scratch = this.#scratch;
		if (rowValue.width > 0) {
			(rowValue as FixedValue).write(scratch.bytes, 0, value as never);
			column.addFixed(row, scratch.bytes, 0);
		} else {
			scratch.length = 0;
			(rowValue as VariableValue).write(value as never, scratch);
			column.addBytes(row, scratch.bytes, 0, scratch.length);
		}
	}

	/** NULL for a column that refuses it. */
	refusesNull(place: number): PolylogError {
		return notNullViolation(this.#plan, place, null);
	}

	endRow(): void {
		const key = this.#key;
		key.length = 0;
		this.#nextKey(key);
		this.#builder.endRow(key.bytes, 0, key.length);
		this.rowCount++;
	}
}
