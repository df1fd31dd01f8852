/**
 * Evaluates expressions over rows in memory: the columns they read become parameters of a compiled program of one row, which is
 * run with the row's values. For what is stored with tables (checks, generated columns, index keys) and for rewriting rows.
 */

import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { Column, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { substitute } from '../algebra/traverse.ts';
import { compile } from './compile-program.ts';
import type { ExecutionContext, Program, RowSink } from './contracts.ts';

/** Takes the values of one row. */
class ValueSink implements RowSink {
	readonly values: unknown[];
	readonly writers: readonly ((value: unknown) => void)[];

	constructor(count: number) {
		const values: unknown[] = new Array(count).fill(null);
		this.values = values;
		this.writers = values.map((_, i) => (value: unknown) => {
			values[i] = value;
		});
	}

	begin(): void {}

	end(): boolean {
		return true;
	}
}

export class RowEvaluator {
	readonly #program: Program;
	readonly #sink: ValueSink;
	readonly #context: (row: readonly unknown[]) => ExecutionContext;

	/** `columns` name the places of a row in order; `context` gives the surroundings for one row. */
	constructor(expressions: readonly Expression[], columns: readonly Column[], catalog: CatalogVersion, context: (row: readonly unknown[]) => ExecutionContext) {
		const places = new Map<number, Expression>(columns.map((c, index) => [c.id, { kind: 'parameter', index, type: c.type }]));
		const results = expressions.map((e, i): Column => ({ id: -1 - i, name: '', type: e.type, typmod: -1, origin: null }));
		const plan: Plan = { kind: 'values', rows: [expressions.map((e) => substitute(e, places))], columns: results };
		this.#program = compile(plan, catalog);
		this.#sink = new ValueSink(expressions.length);
		this.#context = context;
	}

	/** The values of the expressions for a row; the array is used again by the next call. */
	evaluate(row: readonly unknown[]): readonly unknown[] {
		const execution = this.#program.start(this.#context(row), this.#sink);
		try {
			while (execution.step(16) !== 'done');
		} finally {
			execution.close();
		}
		return this.#sink.values;
	}
}
