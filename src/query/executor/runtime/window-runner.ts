/**
 * Window functions over kept and sorted rows, a partition at a time: for each call one array of results by position.
 *
 * Calls: `open` when all rows are in, then `nextPartition` until false; in between rows [start, end) of the order are read.
 * Cost: ranks and offsets are linear; aggregates add and take out rows where they can (`inverse`, or a frame that only grows),
 * else compute every frame anew.
 */
import { sqlError } from '../../../platform/errors.ts';
import type { WindowFrame } from '../../algebra/expression.ts';
import type { AggregateImplementation, Equality, WindowFunction } from '../../functions/contracts.ts';
import type { OrderedKey } from './ordered-aggregate.ts';
import type { RowComparator, Sorter } from './sorter.ts';
import { FrameCursor, type FramedRows } from './window-frame.ts';

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

export interface WindowShape {
	readonly calls: readonly WindowSpec[];
	readonly partition: readonly { readonly column: number; readonly equality: Equality }[];
	/** The sort keys with their columns. */
	readonly order: readonly { readonly column: number; readonly key: OrderedKey }[];
}

type Step = (state: unknown, ...values: unknown[]) => unknown;

/** How many rows are computed between two questions whether to stop. */
const CHECK_ROWS = 4096;

export class WindowRunner implements FramedRows {
	readonly #shape: WindowShape;
	/** Results of the calls for the current partition, by position in it. */
	readonly results: unknown[][];
	start = 0;
	end = 0;
	order: Uint32Array = new Uint32Array(0);
	count = 0;
	groupCount = 0;
	#columns: readonly unknown[][] = [];
	#peers: RowComparator = () => 0;
	#offsets: readonly (readonly [unknown, unknown])[] = [];
	#check: () => void = () => {};
	/** Group of each position, start of each group. */
	#groups: number[] = [];
	#groupStarts: number[] = [];

	constructor(shape: WindowShape) {
		this.#shape = shape;
		this.results = shape.calls.map(() => []);
	}

	/** `offsets`: values of the frames' offsets, call by call. */
	open(sorter: Sorter, peers: RowComparator, offsets: readonly (readonly [unknown, unknown])[], check: () => void): void {
		this.order = sorter.wholeOrder();
		this.#columns = sorter.columns;
		this.#peers = peers;
		this.#offsets = offsets;
		this.#check = check;
		this.start = 0;
		this.end = 0;
	}

	clear(): void {
		this.order = new Uint32Array(0);
		for (const list of this.results) list.length = 0;
		this.#groups = [];
		this.#groupStarts = [];
		this.#columns = [];
	}

	nextPartition(): boolean {
		if (this.end >= this.order.length) return false;
		this.start = this.end;
		const first = this.order[this.start]!;
		let end = this.start + 1;
		while (end < this.order.length && this.#samePartition(first, this.order[end]!)) end++;
		this.end = end;
		this.count = end - this.start;
		this.#findPeers();
		this.#shape.calls.forEach((call, i) => {
			this.#compute(call, this.results[i]!, this.#offsets[i]!);
		});
		return true;
	}

	#samePartition(a: number, b: number): boolean {
		for (const { column, equality } of this.#shape.partition) {
			const x = this.#columns[column]![a];
			const y = this.#columns[column]![b];
			if (x !== y && (x === null || y === null || !equality.equals(x, y))) return false;
		}
		return true;
	}

	#findPeers(): void {
		this.#groups = [];
		this.#groupStarts = [];
		for (let p = 0; p < this.count; p++) {
			if (p === 0 || this.#peers(this.order[this.start + p - 1]!, this.order[this.start + p]!) !== 0) this.#groupStarts.push(p);
			this.#groups.push(this.#groupStarts.length - 1);
		}
		this.groupCount = this.#groupStarts.length;
	}

	groupOf(position: number): number {
		return this.#groups[position]!;
	}

	groupStart(group: number): number {
		return this.#groupStarts[group] ?? this.count;
	}

	peerStart(position: number): number {
		return this.#groupStarts[this.#groups[position]!]!;
	}

	peerEnd(position: number): number {
		return this.groupStart(this.#groups[position]! + 1);
	}

	#value(column: number, position: number): unknown {
		return this.#columns[column]![this.order[this.start + position]!];
	}

	rangeBound(position: number, offset: unknown, forward: boolean, after: boolean): number {
		const { column, key } = this.#shape.order[0]!;
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
			return this.#moving!.move!(own, offset, forward);
		} catch (error) {
			// Past the type's range every value is within the distance.
			if ((error as { sqlstate?: string }).sqlstate?.startsWith('22') === true) return PAST_THE_END;
			throw error;
		}
	}

	#moving: WindowSpec | null = null;

	#compute(call: WindowSpec, into: unknown[], offsets: readonly [unknown, unknown]): void {
		into.length = 0;
		this.#moving = call;
		const frame = new FrameCursor(call.frame, this, offsets[0], offsets[1]);
		if (call.operation === 'aggregate') {
			this.#aggregate(call, frame, into);
			return;
		}
		for (let p = 0; p < this.count; p++) {
			if (p % CHECK_ROWS === 0) this.#check();
			into.push(this.#function(call, frame, p));
		}
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

	#counts(call: WindowSpec, position: number): boolean {
		if (call.filter >= 0 && this.#value(call.filter, position) !== true) return false;
		if (call.strict) for (const column of call.arguments) if (this.#value(column, position) === null) return false;
		return true;
	}

	#aggregate(call: WindowSpec, frame: FrameCursor, into: unknown[]): void {
		const implementation = call.aggregate!;
		const step = implementation.step.bind(implementation) as Step;
		const inverse = implementation.inverse?.bind(implementation) as Step | undefined;
		const finish = implementation.finish.bind(implementation) as (state: unknown) => unknown;
		const excludes = call.frame.exclude !== 'no others';
		const feed = (apply: Step, state: unknown, position: number): unknown =>
			this.#counts(call, position) ? apply(state, ...call.arguments.map((c) => this.#value(c, position))) : state;
		let state: unknown = implementation.create();
		let start = 0;
		let end = 0;
		for (let p = 0; p < this.count; p++) {
			if (p % CHECK_ROWS === 0) this.#check();
			frame.moveTo(p);
			if (!excludes && p > 0 && frame.start === start && frame.end === end) {
				into.push(into[p - 1]);
				continue;
			}
			const canMove = !excludes && frame.start >= start && frame.end >= end && frame.start < end && (frame.start === start || inverse !== undefined);
			if (canMove) {
				for (let q = start; q < frame.start; q++) state = feed(inverse!, state, q);
				for (let q = end; q < frame.end; q++) state = feed(step, state, q);
			} else {
				state = implementation.create();
				for (let q = frame.start; q < frame.end; q++) {
					if (q % CHECK_ROWS === 0) this.#check();
					if (frame.includes(q)) state = feed(step, state, q);
				}
			}
			start = frame.start;
			end = frame.end;
			into.push(finish(state));
		}
	}
}

/** NaN of float or numeric. */
function isNaNValue(value: unknown): boolean {
	return value !== null && (typeof value === 'number' || typeof value === 'object') && String(value) === 'NaN';
}

const PAST_THE_END: unique symbol = Symbol('past the range of the type');
