/**
 * Batches of columns into the columns of a table that is loaded: no row is made. Integers and texts go from the lists and dictionaries of the file into the
 * arrays of a row group, a dictionary's texts as the bytes that they were made once; other values by their type.
 *
 * Cost: a store or a copy of a few bytes for each value, memory of the batch and of the dictionaries' bytes.
 */
import { toValue } from '../../encoding/tabular/column-conversion.ts';
import type { TabularBatch, ValueSink } from '../../encoding/tabular/tabular-source.ts';
import type { ColumnLoad } from '../../model/table/column-load.ts';
import type { ColumnBuilder } from '../../storage/column/group-builder.ts';
import { INT2, INT4, TEXT, VARCHAR } from '../../value/builtin-types.ts';
import { GrowingKeyBuffer, reserveBytes } from '../../value/key-buffer.ts';
import { encodeUtf8, UTF8_BYTES_PER_UNIT_MAX } from '../../value/utf8.ts';
import type { DatabaseSession } from '../session.ts';
import { locatedIn } from './batch-places.ts';
import type { LoadedColumn } from './load-batches.ts';

export class ColumnBatches {
	readonly #load: ColumnLoad;
	readonly #columns: readonly LoadedColumn[];
	readonly #sinks: readonly ColumnSink[];

	/** `columns`: one for each of the table's. */
	constructor(session: DatabaseSession, load: ColumnLoad, columns: readonly LoadedColumn[]) {
		this.#load = load;
		this.#columns = columns;
		this.#sinks = columns.map((column) => sinkOf(session, load, column));
	}

	take(batch: TabularBatch, fileName: string): void {
		const load = this.#load;
		for (let from = 0; from < batch.rowCount; ) {
			const count = Math.min(batch.rowCount - from, load.room);
			const { row } = load;
			for (let c = 0; c < this.#columns.length; c++) {
				const sink = this.#sinks[c]!;
				const { source, target } = this.#columns[c]!;
				sink.row = row;
				try {
					if (batch.transfer !== undefined) batch.transfer(source, count, sink);
					else sink.values(batch.columns[source]!, from, count);
				} catch (error) {
					throw locatedIn(batch, from + sink.row - row, fileName, target.name, error);
				}
			}
			for (let i = 0; i < count; i++) load.endRow();
			from += count;
		}
	}
}

function sinkOf({ lookup, textSettings }: DatabaseSession, load: ColumnLoad, { column, target, place }: LoadedColumn): ColumnSink {
	const type = lookup.typeByOid(target.typeOid)!;
	const convert = toValue(column, { type, typmod: target.typmod }, lookup, textSettings);
	if (convert === null && (type === INT4 || type === INT2)) return new IntegerSink(load, place);
	const isText = column.type === TEXT && (type === TEXT || type === VARCHAR) && target.typmod === -1;
	return isText ? new TextSink(load, place, convert!) : new ValueColumnSink(load, place, convert);
}

/** Puts values into a column from `row` on, which it counts up. */
abstract class ColumnSink implements ValueSink {
	row = 0;
	protected readonly load: ColumnLoad;
	protected readonly place: number;
	protected readonly builder: ColumnBuilder;

	constructor(load: ColumnLoad, place: number) {
		this.load = load;
		this.place = place;
		this.builder = load.columns[place]!;
	}

	values(list: ArrayLike<unknown>, from: number, count: number): void {
		for (let i = from; i < from + count; i++) {
			const value = list[i];
			if (value === null || value === undefined) this.addNull();
			else this.add(value);
			this.row++;
		}
	}

	entries(dictionary: ArrayLike<unknown>, numbers: Int32Array, from: number, count: number): void {
		for (let i = from; i < from + count; i++) {
			this.add(dictionary[numbers[i]!]);
			this.row++;
		}
	}

	protected abstract add(value: unknown): void;

	protected addNull(): void {
		if (this.load.notNull[this.place] === 1) throw this.load.refusesNull(this.place);
		this.builder.addNull(this.row);
	}
}

/** Integers of up to four bytes. */
class IntegerSink extends ColumnSink {
	override values(list: ArrayLike<unknown>, from: number, count: number): void {
		if (!(list instanceof Int32Array)) {
			super.values(list, from, count);
			return;
		}
		this.builder.low.set(list.subarray(from, from + count), this.row);
		this.row += count;
	}

	override entries(dictionary: ArrayLike<unknown>, numbers: Int32Array, from: number, count: number): void {
		const low = this.builder.low;
		const row = this.row;
		for (let i = 0; i < count; i++) low[row + i] = dictionary[numbers[from + i]!] as number;
		this.row += count;
	}

	protected override add(value: unknown): void {
		this.builder.low[this.row] = value as number;
	}
}

class TextSink extends ColumnSink {
	readonly #check: (value: unknown) => unknown;
	readonly #scratch = new GrowingKeyBuffer(256);
	/** The dictionary whose texts are `#bytes`, one after the other. */
	#dictionary: ArrayLike<unknown> | null = null;
	#bytes: Uint8Array = new Uint8Array(0);
	#ends = new Uint32Array(0);

	constructor(load: ColumnLoad, place: number, check: (value: unknown) => unknown) {
		super(load, place);
		this.#check = check;
	}

	override entries(dictionary: ArrayLike<unknown>, numbers: Int32Array, from: number, count: number): void {
		if (dictionary !== this.#dictionary) this.#encode(dictionary);
		const { builder } = this;
		const [bytes, ends] = [this.#bytes, this.#ends];
		for (let i = from; i < from + count; i++) {
			const number = numbers[i]!;
			builder.addBytes(this.row++, bytes, number === 0 ? 0 : ends[number - 1]!, ends[number]!);
		}
	}

	protected override add(value: unknown): void {
		const scratch = this.#scratch;
		scratch.length = 0;
		this.#append(scratch, value);
		this.builder.addBytes(this.row, scratch.bytes, 0, scratch.length);
	}

	#encode(dictionary: ArrayLike<unknown>): void {
		const ends = new Uint32Array(dictionary.length);
		const target = new GrowingKeyBuffer(1024);
		for (let i = 0; i < ends.length; i++) {
			this.#append(target, dictionary[i]);
			ends[i] = target.length;
		}
		this.#bytes = target.copy();
		this.#ends = ends;
		this.#dictionary = dictionary;
	}

	#append(target: GrowingKeyBuffer, value: unknown): void {
		const text = this.#check(value) as string;
		reserveBytes(target, text.length * UTF8_BYTES_PER_UNIT_MAX);
		target.length = encodeUtf8(target.bytes, target.length, text);
	}
}

/** Values of any type. */
class ValueColumnSink extends ColumnSink {
	readonly #convert: ((value: unknown) => unknown) | null;

	constructor(load: ColumnLoad, place: number, convert: ((value: unknown) => unknown) | null) {
		super(load, place);
		this.#convert = convert;
	}

	protected override add(value: unknown): void {
		const converted = this.#convert === null ? value : this.#convert(value);
		if (converted === null) this.addNull();
		else this.load.put(this.place, this.row, converted);
	}
}
