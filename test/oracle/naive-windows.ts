/** Window functions by their definition, for the naive evaluator: every frame is found by testing every row of the partition. */

import type { Expression, FrameBound, WindowCall } from '../../src/query/algebra/expression.ts';
import type { Plan } from '../../src/query/algebra/plan.ts';
import { compareKeys } from '../../src/query/executor/runtime/ordered-aggregate.ts';
import type { FunctionContext, ScalarFunction } from '../../src/query/functions/contracts.ts';
import { orderingOf } from '../../src/query/functions/type-comparison.ts';
import type { TypeLookup } from '../../src/value/type.ts';
import type { NaiveRow } from './naive-evaluator.ts';

type Window = Extract<Plan, { kind: 'window' }>;
type Value = (e: Expression, row: NaiveRow | null) => unknown;
type AnyFunction = (...values: unknown[]) => unknown;

interface World {
	readonly types: TypeLookup;
	readonly functions: FunctionContext;
}

/** Rows come out by partition (in the order of its values) and then in the window's order. */
export function evaluateWindow(plan: Window, rows: readonly NaiveRow[], value: Value, world: World): NaiveRow[] {
	const order = (a: NaiveRow, b: NaiveRow): number => {
		for (const key of plan.orderBy) {
			const result = compareKeys(key, value(key.expression, a), value(key.expression, b));
			if (result !== 0) return result;
		}
		return 0;
	};
	const partitionOrder = (a: NaiveRow, b: NaiveRow): number => {
		for (const { expression } of plan.partition) {
			const key = { ordering: orderingOf(expression.type, world.types)!, descending: false, nullsFirst: false };
			const result = compareKeys(key, value(expression, a), value(expression, b));
			if (result !== 0) return result;
		}
		return 0;
	};
	const sorted = [...rows].sort((a, b) => partitionOrder(a, b) || order(a, b));
	return sorted.map((row) => {
		const partition = sorted.filter((other) => partitionOrder(row, other) === 0);
		const naive = new NaivePartition(plan, partition, value, world, order);
		return new Map([...row, ...plan.calls.map((call): [number, unknown] => [call.column.id, naive.result(call, partition.indexOf(row))])]);
	});
}

class NaivePartition {
	readonly #plan: Window;
	readonly #rows: readonly NaiveRow[];
	readonly #value: Value;
	readonly #world: World;
	readonly #order: (a: NaiveRow, b: NaiveRow) => number;

	constructor(plan: Window, rows: readonly NaiveRow[], value: Value, world: World, order: (a: NaiveRow, b: NaiveRow) => number) {
		this.#plan = plan;
		this.#rows = rows;
		this.#value = value;
		this.#world = world;
		this.#order = order;
	}

	#argument(call: WindowCall, i: number, at: number): unknown {
		return this.#value(call.arguments[i]!, this.#rows[at]!);
	}

	result(call: WindowCall, at: number): unknown {
		const rows = this.#rows;
		const before = rows.filter((r) => this.#order(r, rows[at]!) < 0);
		const notAfter = rows.filter((r) => this.#order(r, rows[at]!) <= 0).length;
		const fn = call.function;
		if (fn.kind === 'aggregate') return this.#aggregate(call, at);
		switch (fn.operation) {
			case 'row_number':
				return at + 1;
			case 'rank':
				return before.length + 1;
			case 'dense_rank':
				return before.filter((r, i) => i === 0 || this.#order(before[i - 1]!, r) !== 0).length + 1;
			case 'percent_rank':
				return rows.length <= 1 ? 0 : before.length / (rows.length - 1);
			case 'cume_dist':
				return notAfter / rows.length;
			case 'ntile':
				return this.#ntile(call, at);
			case 'lag':
			case 'lead': {
				const offset = call.arguments.length < 2 ? 1 : this.#argument(call, 1, at);
				if (offset === null) return null;
				const other = at + (fn.operation === 'lead' ? 1 : -1) * (offset as number);
				if (other >= 0 && other < rows.length) return this.#argument(call, 0, other);
				return call.arguments.length < 3 ? null : this.#argument(call, 2, at);
			}
			default: {
				let values = this.#frame(call, at).map((p) => this.#argument(call, 0, p));
				if (call.ignoreNulls) values = values.filter((v) => v !== null);
				const nth = fn.operation === 'nth_value' ? (this.#argument(call, 1, at) as number | null) : 1;
				if (nth === null) return null;
				return (fn.operation === 'last_value' ? values[values.length - 1] : values[nth - 1]) ?? null;
			}
		}
	}

	#ntile(call: WindowCall, at: number): unknown {
		const tiles = this.#argument(call, 0, 0) as number | null;
		if (tiles === null) return null;
		const sizes = Array.from({ length: tiles }, (_, i) => Math.floor(this.#rows.length / tiles) + (i < this.#rows.length % tiles ? 1 : 0));
		let first = 0;
		for (let tile = 0; tile < tiles; tile++) {
			first += sizes[tile]!;
			if (at < first) return tile + 1;
		}
		return tiles;
	}

	#aggregate(call: WindowCall, at: number): unknown {
		if (call.function.kind !== 'aggregate') return null;
		const info = { argumentTypes: call.arguments.map((a) => a.type), returnType: call.column.type, typmod: -1, types: this.#world.types, variadic: false };
		const implementation = call.function.bind(info, () => this.#world.functions);
		let state: unknown = implementation.create();
		for (const p of this.#frame(call, at)) {
			if (call.filter !== null && this.#value(call.filter, this.#rows[p]!) !== true) continue;
			const args = call.arguments.map((_, i) => this.#argument(call, i, p));
			if (call.function.strict && args.includes(null)) continue;
			state = (implementation.step as AnyFunction).call(implementation, state, ...args);
		}
		return (implementation.finish as AnyFunction).call(implementation, state);
	}

	/** Positions of the rows in the frame of the row at `at`. */
	#frame(call: WindowCall, at: number): number[] {
		const { frame } = call;
		const isPeer = (p: number): boolean => this.#order(this.#rows[p]!, this.#rows[at]!) === 0;
		const included = (p: number): boolean => {
			switch (frame.exclude) {
				case 'no others':
					return true;
				case 'current row':
					return p !== at;
				case 'group':
					return !isPeer(p);
				case 'ties':
					return p === at || !isPeer(p);
			}
		};
		const positions = this.#rows.map((_, p) => p);
		return positions.filter((p) => this.#notBefore(call, frame.start, p, at) && this.#notBehind(call, frame.end, p, at) && included(p));
	}

	#groupNumber(p: number): number {
		let group = 0;
		for (let i = 1; i <= p; i++) if (this.#order(this.#rows[i - 1]!, this.#rows[i]!) !== 0) group++;
		return group;
	}

	/** Distance of a row from the current one in the frame's own unit, against a bound: negative before it, 0 on it. */
	#against(call: WindowCall, bound: FrameBound, p: number, at: number): number {
		const offset = bound.offset === null ? 0 : this.#value(bound.offset, null);
		const forward = bound.kind === 'following';
		const signed = bound.kind === 'current row' ? 0 : forward ? (offset as number) : -(offset as number);
		if (call.frame.mode === 'rows') return p - at - signed;
		if (call.frame.mode === 'groups') return this.#groupNumber(p) - this.#groupNumber(at) - signed;
		if (bound.kind === 'current row') return this.#order(this.#rows[p]!, this.#rows[at]!);
		const key = this.#plan.orderBy[0]!;
		const own = this.#value(key.expression, this.#rows[at]!);
		const other = this.#value(key.expression, this.#rows[p]!);
		if (own === null || other === null) return compareKeys(key, other, own);
		const move = (forward !== key.descending ? call.frame.rangeAdd : call.frame.rangeSubtract) as ScalarFunction;
		return compareKeys(key, other, (move.evaluate as AnyFunction)(own, offset));
	}

	#notBefore(call: WindowCall, bound: FrameBound, p: number, at: number): boolean {
		if (bound.kind === 'unbounded preceding') return true;
		return bound.kind === 'unbounded following' ? false : this.#against(call, bound, p, at) >= 0;
	}

	#notBehind(call: WindowCall, bound: FrameBound, p: number, at: number): boolean {
		if (bound.kind === 'unbounded following') return true;
		return bound.kind === 'unbounded preceding' ? false : this.#against(call, bound, p, at) <= 0;
	}
}
