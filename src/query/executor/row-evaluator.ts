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

const NO_ROW: readonly unknown[] = [];

/** The surroundings of an expression, and the row that it is over. */
interface RowContext extends ExecutionContext {
	parameters: readonly unknown[];
}

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
	readonly #context: (row: readonly unknown[]) => RowContext;
	/** The surroundings, used again from row to row; null while a row is evaluated. */
	#idle: RowContext | null = null;

	/** `columns` name the places of a row in order; `context` gives the surroundings: they are used again, with the rows that follow as their parameters. */
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
		const context = this.#idle ?? this.#context(row);
		this.#idle = null;
		context.parameters = row;
		const execution = this.#program.start(context, this.#sink);
		try {
			while (execution.step(16) !== 'done');
		} finally {
			execution.close();
		}
		context.parameters = NO_ROW;
		this.#idle = context;
		return this.#sink.values;
	}
}
