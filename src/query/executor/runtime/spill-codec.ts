/** How the rows of a buffer become bytes of a spill file: the row format of tables, over the buffer's columns. */
import { DYNAMIC } from '../../../value/builtin-types.ts';
import { GrowingKeyBuffer } from '../../../value/key-buffer.ts';
import { columnGetter, RowLayout, rowEncoder } from '../../../value/row-format.ts';
import type { Type, TypeLookup } from '../../../value/type.ts';

export class RowCodec {
	readonly #layout: RowLayout;
	readonly #row: unknown[];
	readonly #bytes = new GrowingKeyBuffer();
	#encoder: ((row: readonly unknown[], target: GrowingKeyBuffer) => void) | null = null;
	#getters: ((buffer: Uint8Array, start: number, end: number) => unknown)[] = [];

	constructor(types: readonly Type[], lookup: TypeLookup) {
		this.#layout = new RowLayout(
			types.map((type) => ({ type, typmod: -1, addedIn: 0, dropped: false, missing: null })),
			0,
			lookup,
		);
		this.#row = types.map(() => null);
	}

	/** Valid until the next call. */
	encode(columns: readonly (readonly unknown[])[], index: number): Uint8Array {
		for (let c = 0; c < columns.length; c++) this.#row[c] = columns[c]![index];
		return this.encodeRow(this.#row);
	}

	/** Valid until the next call. */
	encodeRow(row: readonly unknown[]): Uint8Array {
		this.#encoder ??= rowEncoder(this.#layout);
		this.#bytes.reset();
		this.#encoder(row, this.#bytes);
		return this.#bytes.bytes.subarray(0, this.#bytes.length);
	}

	/** Puts the row at `buffer[start, end)` into the columns. */
	decode(buffer: Uint8Array, start: number, end: number, columns: unknown[][], index: number): void {
		if (this.#getters.length === 0) this.#getters = this.#layout.columns.map((_, i) => columnGetter(this.#layout, i));
		for (let c = 0; c < columns.length; c++) columns[c]![index] = this.#getters[c]!(buffer, start, end);
	}
}

/** Types whose values the row format can hold; rows of others stay in memory. */
export function canSpill(types: readonly Type[]): boolean {
	return types.every((type) => type.kind === 'base' || type.kind === 'enum' || type.kind === 'array' || type.kind === 'domain' || type.oid === DYNAMIC.oid);
}
