/**
 * One window call over the rows of a partition: its result for each position, asked for in order.
 *
 * Cost: ranks and offsets are linear; aggregates add and take out rows where they can (`inverse`, or a frame that only grows),
 * else compute every frame anew.
 */
import { sqlError } from '../../../platform/errors.ts';
import type { WindowFrame } from '../../algebra/expression.ts';
import type { AggregateImplementation, WindowFunction } from '../../functions/contracts.ts';
import type { OrderedKey } from './ordered-aggregate.ts';
import { FrameCursor, type FramedRows } from './window-frame.ts';
import type { WindowPartition } from './window-partition.ts';

/** One call, by columns of the sorter. */
export interface WindowSpec {
	readonly operation: WindowFunction['operation'] | 'aggregate';
	readonly aggregate: AggregateImplementation | null;
	/** Rows with a null argument are left out of the aggregate. */
	readonly strict: boolean;
	/** Columns with the arguments' values. */
	readonly arguments: readonly number[];
	/** Column with FILTER's value, or −1. */
	readonly filter: number;
	readonly frame: WindowFrame;
	readonly ignoreNulls: boolean;
	/** (value, offset) → value moved forward or back in the order's direction; for RANGE with offsets. */
	readonly move: ((value: unknown, offset: unknown, forward: boolean) => unknown) | null;
}

type Step = (state: unknown, ...values: unknown[]) => unknown;

/** How many rows of a frame are computed between two questions whether to stop. */
const CHECK_ROWS = 4096;

export class WindowCallRunner implements FramedRows {
	readonly #call: WindowSpec;
	readonly #rows: WindowPartition;
	/** The first sort key: what RANGE with an offset measures by. */
	readonly #order: { readonly column: number; readonly key: OrderedKey } | null;
	readonly #step: Step | null;
	readonly #inverse: Step | null;
	readonly #finish: ((state: unknown) => unknown) | null;
	#frame: FrameCursor;
	#check: () => void = () => {};
	/** The aggregate of rows [start, end), and its result. */
	#state: unknown = null;
	#start = 0;
	#end = 0;
	#result: unknown = null;

	constructor(call: WindowSpec, rows: WindowPartition, order: { readonly column: number; readonly key: OrderedKey } | null) {
		this.#call = call;
		this.#rows = rows;
		this.#order = order;
		const { aggregate } = call;
		this.#step = (aggregate?.step.bind(aggregate) as Step | undefined) ?? null;
		this.#inverse = (aggregate?.inverse?.bind(aggregate) as Step | undefined) ?? null;
		this.#finish = (aggregate?.finish.bind(aggregate) as ((state: unknown) => unknown) | undefined) ?? null;
		this.#frame = new FrameCursor(call.frame, this, null, null);
	}

	/** `offsets`: values of the frame's offsets. */
	open(offsets: readonly [unknown, unknown], check: () => void): void {
		this.#frame = new FrameCursor(this.#call.frame, this, offsets[0], offsets[1]);
		this.#check = check;
	}

	clear(): void {
		this.#state = null;
		this.#result = null;
		this.#check = () => {};
	}

	get count(): number {
		return this.#rows.count;
	}

	get groupCount(): number {
		return this.#rows.groupCount;
	}

	groupOf(position: number): number {
		return this.#rows.groupOf(position);
	}

	groupStart(group: number): number {
		return this.#rows.groupStart(group);
	}

	peerStart(position: number): number {
		return this.#rows.groupStart(this.#rows.groupOf(position));
	}

	peerEnd(position: number): number {
		return this.#rows.groupStart(this.#rows.groupOf(position) + 1);
	}

	#value(column: number, position: number): unknown {
		return this.#rows.value(column, position);
	}

	rangeBound(position: number, offset: unknown, forward: boolean, after: boolean): number {
		const { column, key } = this.#order!;
		const own = this.#value(column, position);
		// Nulls are peers of each other and at no distance from anything else.
		if (own === null) return after ? this.peerEnd(position) : this.peerStart(position);
		const target = this.#target(own, offset, forward);
		// An infinite distance from the infinity on the other side reaches every value but NaN.
		const reachesAll = isNaNValue(target) && !isNaNValue(own);
		let low = 0;
		let high = this.count;
		while (low < high) {
			const middle = (low + high) >> 1;
			const value = this.#value(column, middle);
			let order: number;
			if (value === null) order = key.nullsFirst ? -1 : 1;
			else if (target === PAST_THE_END) order = forward ? -1 : 1;
			else if (reachesAll) order = (isNaNValue(value) ? key.descending : after) ? -1 : 1;
			else order = key.ordering.compare(value, target) * (key.descending ? -1 : 1);
			if (after ? order <= 0 : order < 0) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	#target(own: unknown, offset: unknown, forward: boolean): unknown {
		try {
			return this.#call.move!(own, offset, forward);
		} catch (error) {
			// Past the type's range every value is within the distance.
			if ((error as { sqlstate?: string }).sqlstate?.startsWith('22') === true) return PAST_THE_END;
			throw error;
		}
	}

	/** The result at a position; those before it have been asked for. */
	at(p: number): unknown {
		const call = this.#call;
		const frame = this.#frame;
		if (call.operation === 'aggregate') return this.#aggregate(p);
		return this.#function(call, frame, p);
	}

	#function(call: WindowSpec, frame: FrameCursor, p: number): unknown {
		switch (call.operation) {
			case 'row_number':
				return p + 1;
			case 'rank':
				return this.peerStart(p) + 1;
			case 'dense_rank':
				return this.groupOf(p) + 1;
			case 'percent_rank':
				return this.count <= 1 ? 0 : this.peerStart(p) / (this.count - 1);
			case 'cume_dist':
				return this.peerEnd(p) / this.count;
			case 'ntile':
				return this.#ntile(call, p);
			case 'lag':
			case 'lead':
				return this.#offsetValue(call, p);
			default:
				frame.moveTo(p);
				return this.#frameValue(call, frame, p);
		}
	}

	/** The argument of the partition's first row counts, as in PostgreSQL. */
	#ntile(call: WindowSpec, p: number): unknown {
		const tiles = this.#value(call.arguments[0]!, 0);
		if (tiles === null) return null;
		const count = Number(tiles);
		if (count <= 0) throw sqlError('22014', 'argument of ntile must be greater than zero');
		const small = Math.floor(this.count / count);
		const larger = this.count % count;
		const inLarger = larger * (small + 1);
		return p < inLarger ? Math.floor(p / (small + 1)) + 1 : larger + Math.floor((p - inLarger) / Math.max(1, small)) + 1;
	}

	#offsetValue(call: WindowSpec, p: number): unknown {
		const [value, offsetAt, defaultAt] = call.arguments;
		const offset = offsetAt === undefined ? 1 : this.#value(offsetAt, p);
		if (offset === null) return null;
		const step = (call.operation === 'lead' ? 1 : -1) * Number(offset);
		let at = p + step;
		if (call.ignoreNulls && step !== 0) {
			let left = Math.abs(step);
			const direction = Math.sign(step);
			at = p;
			while (left > 0) {
				at += direction;
				if (at < 0 || at >= this.count) break;
				if (this.#value(value!, at) !== null) left--;
			}
		}
		if (at >= 0 && at < this.count) return this.#value(value!, at);
		return defaultAt === undefined ? null : this.#value(defaultAt, p);
	}

	#frameValue(call: WindowSpec, frame: FrameCursor, p: number): unknown {
		const column = call.arguments[0]!;
		let left = 1;
		if (call.operation === 'nth_value') {
			const nth = this.#value(call.arguments[1]!, p);
			if (nth === null) return null;
			left = Number(nth);
			if (left <= 0) throw sqlError('22016', 'argument of nth_value must be greater than zero');
		}
		const backward = call.operation === 'last_value';
		for (let i = 0; i < frame.end - frame.start; i++) {
			const at = backward ? frame.end - 1 - i : frame.start + i;
			if (!frame.includes(at)) continue;
			const value = this.#value(column, at);
			if (call.ignoreNulls && value === null) continue;
			if (--left === 0) return value;
		}
		return null;
	}

	#fed(apply: Step, state: unknown, position: number): unknown {
		const call = this.#call;
		if (call.filter >= 0 && this.#value(call.filter, position) !== true) return state;
		const [only] = call.arguments;
		if (only === undefined) return apply(state);
		if (call.arguments.length === 1) {
			const value = this.#value(only, position);
			return call.strict && value === null ? state : apply(state, value);
		}
		const values = call.arguments.map((c) => this.#value(c, position));
		return call.strict && values.includes(null) ? state : apply(state, ...values);
	}

	#aggregate(p: number): unknown {
		const [frame, step] = [this.#frame, this.#step!];
		const excludes = this.#call.frame.exclude !== 'no others';
		frame.moveTo(p);
		if (!excludes && p > 0 && frame.start === this.#start && frame.end === this.#end) return this.#result;
		const isAhead = frame.start >= this.#start && frame.end >= this.#end && frame.start < this.#end;
		const canMove = p > 0 && !excludes && isAhead && (frame.start === this.#start || this.#inverse !== null);
		if (canMove) {
			for (let q = this.#start; q < frame.start; q++) this.#state = this.#fed(this.#inverse!, this.#state, q);
			for (let q = this.#end; q < frame.end; q++) this.#state = this.#fed(step, this.#state, q);
		} else {
			this.#state = this.#call.aggregate!.create();
			for (let q = frame.start; q < frame.end; q++) {
				if (q % CHECK_ROWS === 0) this.#check();
				if (frame.includes(q)) this.#state = this.#fed(step, this.#state, q);
			}
		}
		this.#start = frame.start;
		this.#end = frame.end;
		this.#result = this.#finish!(this.#state);
		return this.#result;
	}
}

/** NaN of float or numeric. */
function isNaNValue(value: unknown): boolean {
	return value !== null && (typeof value === 'number' || typeof value === 'object') && String(value) === 'NaN';
}

const PAST_THE_END: unique symbol = Symbol('past the range of the type');
