/**
 * Aggregates of a kept view: what is stored of each group so that a row that comes or goes changes the result without the other rows being
 * read. What cannot be told from the state alone asks for the group to be computed anew: a least value that goes, a sum whose scale may
 * shrink, and every aggregate that keeps nothing here.
 *
 * The state of an aggregate is a few values of the group's stored row, from `place` on.
 */
import type { AggregateCall } from '../query/algebra/expression.ts';
import type { Ordering } from '../query/functions/contracts.ts';
import { sqlFunctions } from '../query/functions/sql-functions.ts';
import type { StoredState } from '../query/optimizer/kept-groups.ts';
import { INT4, INT8, NUMERIC } from '../value/builtin-types.ts';
import { Decimal } from '../value/decimal.ts';
import { fromBigInt, type Int8 } from '../value/int8.ts';
import type { Type, TypeLookup } from '../value/type.ts';

export abstract class KeptAggregate {
	/** Types of the state's values. */
	readonly types: readonly Type[];
	/** Where the state begins in a group's stored row. */
	readonly place: number;
	/** Nothing is kept but the result, which every change asks for anew. */
	readonly isComputed: boolean;

	constructor(types: readonly Type[], place: number, isComputed: boolean) {
		this.types = types;
		this.place = place;
		this.isComputed = isComputed;
	}

	/** Where the parts of the state lie, for queries that put states of several groups together; null: that cannot be done. */
	stored(_numberOf: (place: number) => number): StoredState | null {
		return null;
	}

	/** Writes the state of no rows. */
	abstract clear(row: unknown[]): void;
	/** A row comes, with this argument. */
	abstract add(row: unknown[], value: unknown): void;
	/** A row goes; false when the rest must be looked at. */
	abstract remove(row: unknown[], value: unknown): boolean;
	abstract result(row: readonly unknown[]): unknown;
}

/** What is kept of an aggregate call; its state begins at `place`. */
export function keptAggregate(call: AggregateCall, place: number, types: TypeLookup): KeptAggregate {
	const { name } = call.function;
	const [argument, second] = call.arguments;
	const isPlain = !call.distinct && call.orderBy.length === 0 && call.withinGroup.length === 0 && second === undefined;
	if (isPlain && name === 'count') return new KeptCount(place, argument === undefined);
	if (isPlain && argument !== undefined) {
		const type = argument.type;
		if ((name === 'sum' || name === 'avg') && (type.name === 'int2' || type.name === 'int4' || type.name === 'int8')) {
			return new KeptIntegerSum(place, name === 'avg', name === 'sum' && type.name !== 'int8');
		}
		if ((name === 'sum' || name === 'avg') && type.name === 'numeric') return new KeptNumericSum(place, name === 'avg');
		const ordering = name === 'min' || name === 'max' ? sqlFunctions.ordering(type, types) : undefined;
		if (ordering !== undefined) return new KeptExtreme(place, type, ordering, name === 'max');
	}
	return new ComputedAggregate(place, call.column.type);
}

class KeptCount extends KeptAggregate {
	readonly #countsRows: boolean;

	constructor(place: number, countsRows: boolean) {
		super([INT8], place, false);
		this.#countsRows = countsRows;
	}

	override stored(numberOf: (place: number) => number): StoredState {
		return { kind: 'count', count: numberOf(this.place) };
	}

	clear(row: unknown[]): void {
		row[this.place] = 0;
	}

	add(row: unknown[], value: unknown): void {
		if (this.#countsRows || value !== null) row[this.place] = Number(row[this.place]) + 1;
	}

	remove(row: unknown[], value: unknown): boolean {
		if (this.#countsRows || value !== null) row[this.place] = Number(row[this.place]) - 1;
		return true;
	}

	result(row: readonly unknown[]): unknown {
		return row[this.place];
	}
}

/** Sum and count of integers: exact, as a numeric without digits behind the point. */
class KeptIntegerSum extends KeptAggregate {
	readonly #isAverage: boolean;
	readonly #isInteger: boolean;

	constructor(place: number, isAverage: boolean, isInteger: boolean) {
		super([NUMERIC, INT8], place, false);
		this.#isAverage = isAverage;
		this.#isInteger = isInteger;
	}

	override stored(numberOf: (place: number) => number): StoredState {
		return { kind: 'sum', sum: numberOf(this.place), count: numberOf(this.place + 1) };
	}

	clear(row: unknown[]): void {
		row[this.place] = Decimal.zero;
		row[this.place + 1] = 0;
	}

	add(row: unknown[], value: unknown): void {
		if (value === null) return;
		row[this.place] = (row[this.place] as Decimal).add(Decimal.fromInteger(value as Int8));
		row[this.place + 1] = Number(row[this.place + 1]) + 1;
	}

	remove(row: unknown[], value: unknown): boolean {
		if (value === null) return true;
		row[this.place] = (row[this.place] as Decimal).subtract(Decimal.fromInteger(value as Int8));
		row[this.place + 1] = Number(row[this.place + 1]) - 1;
		return true;
	}

	result(row: readonly unknown[]): unknown {
		const total = row[this.place] as Decimal;
		const count = Number(row[this.place + 1]);
		if (count === 0) return null;
		if (this.#isAverage) return total.divide(Decimal.fromInteger(count));
		return this.#isInteger ? fromBigInt(BigInt(total.coefficient)) : total;
	}
}

/** Sum and count of numerics, and how many of them have the greatest scale: the sum has it as long as one of these is there. */
class KeptNumericSum extends KeptAggregate {
	readonly #isAverage: boolean;

	constructor(place: number, isAverage: boolean) {
		super([NUMERIC, INT8, INT4, INT8], place, false);
		this.#isAverage = isAverage;
	}

	override stored(numberOf: (place: number) => number): StoredState {
		return { kind: 'sum', sum: numberOf(this.place), count: numberOf(this.place + 1) };
	}

	clear(row: unknown[]): void {
		row[this.place] = Decimal.zero;
		row[this.place + 1] = 0;
		row[this.place + 2] = 0;
		row[this.place + 3] = 0;
	}

	add(row: unknown[], value: unknown): void {
		if (value === null) return;
		const { scale } = value as Decimal;
		const greatest = Number(row[this.place + 2]);
		row[this.place] = (row[this.place] as Decimal).add(value as Decimal);
		row[this.place + 1] = Number(row[this.place + 1]) + 1;
		if (scale > greatest) {
			row[this.place + 2] = scale;
			row[this.place + 3] = 1;
		} else if (scale === greatest) {
			row[this.place + 3] = Number(row[this.place + 3]) + 1;
		}
	}

	remove(row: unknown[], value: unknown): boolean {
		if (value === null) return true;
		const total = row[this.place] as Decimal;
		// NaN and infinities cannot be taken out of a sum again.
		if (!total.isFinite) return false;
		row[this.place] = total.subtract(value as Decimal);
		row[this.place + 1] = Number(row[this.place + 1]) - 1;
		if ((value as Decimal).scale < Number(row[this.place + 2])) return true;
		row[this.place + 3] = Number(row[this.place + 3]) - 1;
		return Number(row[this.place + 3]) > 0 || Number(row[this.place + 2]) === 0;
	}

	result(row: readonly unknown[]): unknown {
		const count = Number(row[this.place + 1]);
		if (count === 0) return null;
		const total = row[this.place] as Decimal;
		return this.#isAverage ? total.divide(Decimal.fromInteger(count)) : total;
	}
}

/** The least or greatest value, and how many rows have it: only when the last of them goes must the others be looked at. */
class KeptExtreme extends KeptAggregate {
	readonly #ordering: Ordering;
	readonly #isGreatest: boolean;

	constructor(place: number, type: Type, ordering: Ordering, isGreatest: boolean) {
		super([type, INT8], place, false);
		this.#ordering = ordering;
		this.#isGreatest = isGreatest;
	}

	override stored(numberOf: (place: number) => number): StoredState {
		return { kind: 'extreme', value: numberOf(this.place) };
	}

	clear(row: unknown[]): void {
		row[this.place] = null;
		row[this.place + 1] = 0;
	}

	add(row: unknown[], value: unknown): void {
		if (value === null) return;
		const order = this.#order(value, row[this.place]);
		if (order < 0) row[this.place] = value;
		if (order <= 0) row[this.place + 1] = order < 0 ? 1 : Number(row[this.place + 1]) + 1;
	}

	remove(row: unknown[], value: unknown): boolean {
		if (value === null || this.#order(value, row[this.place]) > 0) return true;
		row[this.place + 1] = Number(row[this.place + 1]) - 1;
		return Number(row[this.place + 1]) > 0;
	}

	result(row: readonly unknown[]): unknown {
		return row[this.place];
	}

	/** Below 0: `value` goes before `held` (null: anything does) in the direction of the aggregate. */
	#order(value: unknown, held: unknown): number {
		if (held === null) return -1;
		const order = this.#ordering.compare(value, held);
		return this.#isGreatest ? -order : order;
	}
}

class ComputedAggregate extends KeptAggregate {
	constructor(place: number, type: Type) {
		super([type], place, true);
	}

	clear(row: unknown[]): void {
		row[this.place] = null;
	}

	add(): void {}

	remove(): boolean {
		return false;
	}

	result(row: readonly unknown[]): unknown {
		return row[this.place];
	}
}
