/** Result rows as JavaScript objects (or arrays), made by a factory of the statement's shape. */
import type { Column } from '../../query/algebra/expression.ts';
import type { RowSink } from '../../query/executor/contracts.ts';
import { type RowFactory, rowFactory } from '../../value/row-objects.ts';
import type { TextSettings } from '../../value/text-settings.ts';
import type { TypeLookup } from '../../value/type.ts';
import { toJs, type ValueOptions } from './js-values.ts';

/**
 * A result row: column name → value, by the column's type (docs/types.md). Of columns with the same name the last one counts.
 *
 * @since 0.1.0
 */
export type Row = Record<string, unknown>;

type Writer = (value: unknown) => void;

/** What is fixed for a statement: its row factory and the conversions of its columns. */
export class RowShape {
	readonly factory: RowFactory;
	readonly converts: readonly (((value: unknown) => unknown) | null)[];
	/** A sink of an ended read, for the next. */
	#idle: ObjectSink | null = null;

	constructor(columns: readonly Column[], lookup: TypeLookup, settings: TextSettings, options: ValueOptions) {
		this.factory = rowFactory(columns.map((c) => c.name));
		this.converts = columns.map((c) => toJs(c.type, lookup, settings, options));
	}

	/** An empty sink that refuses more than `most` rows; to be given back when its rows were taken. */
	takeSink(most: number): ObjectSink {
		const sink = this.#idle ?? new ObjectSink(this);
		this.#idle = null;
		sink.most = most;
		return sink;
	}

	giveBack(sink: ObjectSink): void {
		this.#idle = sink;
	}
}

/** Collects rows; `most` makes it refuse more after so many, so that a portal suspends. */
export class ObjectSink implements RowSink {
	readonly writers: readonly Writer[];
	rows: Row[] = [];
	most = Number.POSITIVE_INFINITY;
	readonly #factory: RowFactory;
	readonly #values: unknown[];

	constructor(shape: RowShape) {
		this.#factory = shape.factory;
		const values: unknown[] = new Array(shape.converts.length).fill(null);
		this.#values = values;
		this.writers = shape.converts.map((convert, i): Writer => {
			if (convert === null) {
				return (value) => {
					values[i] = value;
				};
			}
			return (value) => {
				values[i] = value === null ? null : convert(value);
			};
		});
	}

	get isFull(): boolean {
		return this.rows.length >= this.most;
	}

	begin(): void {}

	end(): boolean {
		this.rows.push(this.#factory(this.#values));
		return this.rows.length < this.most;
	}

	/** The rows so far; the sink is empty after it. */
	take(): Row[] {
		const rows = this.rows;
		this.rows = [];
		return rows;
	}
}
