/**
 * Aggregates whose rows must be collected first: with ORDER BY or WITHIN GROUP. A state is the list of collected rows: arguments,
 * then sort keys.
 */
import type { AggregateImplementation, Equality, Ordering } from '../../functions/contracts.ts';
import { partKey } from './part-key.ts';

export interface OrderedKey {
	readonly ordering: Ordering;
	readonly descending: boolean;
	readonly nullsFirst: boolean;
}

type Step = (state: unknown, ...values: unknown[]) => unknown;

export class OrderedAggregate {
	readonly #implementation: AggregateImplementation;
	readonly #argumentCount: number;
	readonly #keys: readonly OrderedKey[];
	/** Equalities of the arguments when only distinct ones count, or null. */
	readonly #distinct: readonly Equality[] | null;
	/** A hypothetical-set aggregate: it wants to know how each row stands to the direct arguments, not its values. */
	readonly #hypothetical: boolean;

	constructor(
		implementation: AggregateImplementation,
		argumentCount: number,
		keys: readonly OrderedKey[],
		distinct: readonly Equality[] | null,
		hypothetical = false,
	) {
		this.#hypothetical = hypothetical;
		this.#implementation = implementation;
		this.#argumentCount = argumentCount;
		this.#keys = keys;
		this.#distinct = distinct;
	}

	create(): unknown[][] {
		return [];
	}

	finish(rows: unknown[][], direct: readonly unknown[]): unknown {
		const { create, finish } = { create: () => this.#implementation.create(), finish: this.#implementation.finish.bind(this.#implementation) as Step };
		const step = this.#implementation.step.bind(this.#implementation) as Step;
		let state: unknown = create();
		const sorted = this.#keys.length === 0 ? rows : [...rows].sort((a, b) => this.#compare(a, b));
		if (this.#hypothetical) return finish(this.#stand(sorted, direct, state, step), ...direct);
		const seen = new Set<string>();
		for (const row of sorted) {
			const values = row.slice(0, this.#argumentCount);
			if (this.#distinct !== null) {
				const key = values.map((v, i) => partKey(v === null ? null : this.#distinct![i]!.key(v))).join('');
				if (seen.has(key)) continue;
				seen.add(key);
			}
			state = step(state, ...values);
		}
		return finish(state, ...direct);
	}

	/** Steps with how each row compares with the direct arguments, and whether it differs from the row before. */
	#stand(sorted: readonly unknown[][], direct: readonly unknown[], initial: unknown, step: Step): unknown {
		const asRow = [...new Array<unknown>(this.#argumentCount).fill(null), ...direct];
		let state = initial;
		let before: readonly unknown[] | null = null;
		for (const row of sorted) {
			state = step(state, Math.sign(this.#compare(row, asRow)), before === null || this.#compare(before, row) !== 0);
			before = row;
		}
		return state;
	}

	#compare(a: readonly unknown[], b: readonly unknown[]): number {
		for (let i = 0; i < this.#keys.length; i++) {
			const key = this.#keys[i]!;
			const order = compareKeys(key, a[this.#argumentCount + i], b[this.#argumentCount + i]);
			if (order !== 0) return order;
		}
		return 0;
	}
}

/** The order of two values under a sort key, nulls included. */
export function compareKeys(key: OrderedKey, a: unknown, b: unknown): number {
	if (a === null || b === null) return a === b ? 0 : (a === null) === key.nullsFirst ? -1 : 1;
	const order = key.ordering.compare(a, b);
	return key.descending ? -order : order;
}
