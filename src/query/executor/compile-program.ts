/**
 * From a plan to a `Program`: docs/pipelines.md says how. Compiling waits until the program is first started or its code asked
 * for, as reading tables needs the table model of the context.
 *
 * A program keeps the states of ended executions for the next: starting one allocates only the `Execution`. States are never
 * shared by two executions at a time.
 */
import { LockWait, StatementRestart, type TableModel } from '../../model/table/contracts.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { Column } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { PipelineBuilder } from './codegen/pipeline-builder.ts';
import { produce } from './codegen/produce.ts';
import { type CompiledProgram, ProgramBuilder } from './codegen/program-builder.ts';
import type { Compile, CompileOptions, Execution, ExecutionContext, Program, RowSink, StepResult } from './contracts.ts';
import type { ExecutionState } from './execution-state.ts';
import { changesTables, locksRows } from './plan-facts.ts';

/** Rows between two questions whether the statement was cancelled. */
const CHECK_ROWS = 4096;
/** Idle states kept per program. */
const STATES_MAX = 4;

export const compile: Compile = (plan, catalog, options = {}) => new CompiledPlan(plan, catalog, options);

/** Codes that pipelines return. */
const DONE = 0;
const BUDGET_USED = 1;

class CompiledPlan implements Program {
	readonly columns: readonly Column[];
	readonly writes: boolean;
	readonly locks: boolean;
	readonly #plan: Plan;
	readonly #catalog: CatalogVersion;
	readonly #options: CompileOptions;
	readonly #idle: ExecutionState[] = [];
	#tables: TableModel | null;
	#builder: ProgramBuilder | null = null;
	#text = '';
	#compiled: CompiledProgram | null = null;

	constructor(plan: Plan, catalog: CatalogVersion, options: CompileOptions) {
		this.#plan = plan;
		this.#catalog = catalog;
		this.#options = options;
		this.#tables = options.tables ?? null;
		const changes = changesTables(plan);
		this.locks = locksRows(plan);
		this.writes = changes || this.locks;
		this.columns = returnsRows(plan) ? plan.columns : [];
	}

	get code(): string {
		this.#generate();
		return this.#text;
	}

	#generate(): ProgramBuilder {
		if (this.#builder !== null) return this.#builder;
		const builder = new ProgramBuilder(this.#plan, this.#catalog, this.#tables, this.#options.instrument ?? false);
		const root = new PipelineBuilder(builder, null);
		produce(root, this.#plan, () => emitResult(root, this.columns));
		for (const field of builder.writerFields) root.emitWhenDone(`if (S.${field} !== null) S.${field}.finish();`);
		builder.addFunction(root.finish());
		this.#text = builder.text(root.name);
		this.#builder = builder;
		return builder;
	}

	start(context: ExecutionContext, sink: RowSink): Execution {
		let compiled = this.#compiled;
		if (compiled === null) {
			this.#tables ??= context.tables;
			const builder = this.#generate();
			compiled = builder.build(this.#text);
			this.#compiled = compiled;
		}
		const state = this.#idle.pop() ?? compiled.create();
		state.transaction = context.transaction;
		state.sink = sink;
		state.parameters = context.parameters;
		state.functions = context.functions;
		state.context = context;
		state.changed = 0;
		state.memory.reset(context.memoryBytes);
		const { spill } = context;
		if (spill !== null) state.spill.set(spill.files, spill.directory);
		compiled.start(state);
		return new CompiledExecution(this, compiled, state, this.#builder!.running);
	}

	/** Takes back the state of an execution that has ended. */
	release(compiled: CompiledProgram, state: ExecutionState): void {
		compiled.close(state);
		state.transaction = null;
		state.sink = null;
		state.parameters = null;
		state.functions = null;
		state.context = null;
		state.check = null;
		state.spill.set(null, '');
		if (this.#idle.length < STATES_MAX) this.#idle.push(state);
	}

	operatorRows(execution: Execution): ReadonlyMap<Plan, { readonly rows: number; readonly loops: number; readonly ms: number }> {
		const rows = new Map<Plan, { readonly rows: number; readonly loops: number; readonly ms: number }>();
		const { state } = execution as CompiledExecution;
		for (const [plan, fields] of this.#builder?.counters ?? [])
			rows.set(plan, { rows: Number(state[fields.rows]), loops: Number(state[fields.loops]), ms: Number(state[fields.time]) / 1000 });
		return rows;
	}
}

function returnsRows(plan: Plan): boolean {
	if (plan.kind === 'with') return returnsRows(plan.body);
	if (plan.kind === 'insert' || plan.kind === 'update' || plan.kind === 'delete') return plan.returning !== null;
	return true;
}

/** Hands a row to the sink; when that wants no more for now, the pipeline is left and goes on behind this row. */
function emitResult(root: PipelineBuilder, columns: readonly Column[]): void {
	const sink = root.constant('x', 'S.sink');
	const values = columns.map((c) => root.use(c.id));
	root.emit(`${sink}.begin();`);
	columns.forEach((_, i) => {
		root.emit(`${root.constant('x', `S.sink.writers[${i}]`)}(${values[i]});`);
	});
	root.emit(`if (!${sink}.end()) ${root.suspendBehindRow()}`);
}

class CompiledExecution implements Execution {
	readonly #program: CompiledPlan;
	readonly #compiled: CompiledProgram;
	readonly #running: { functions: unknown };
	readonly state: ExecutionState;
	changedRows = 0;
	#isOpen = true;

	constructor(program: CompiledPlan, compiled: CompiledProgram, state: ExecutionState, running: { functions: unknown }) {
		this.#program = program;
		this.#compiled = compiled;
		this.state = state;
		this.#running = running;
	}

	step(budget: number): StepResult {
		const { state } = this;
		const context = state.context!;
		state.check ??= () => context.checkCancelled();
		const outer = this.#running.functions;
		this.#running.functions = context.functions;
		try {
			return this.#run(budget);
		} catch (error) {
			if (error instanceof LockWait) return 'blocked';
			if (error instanceof StatementRestart) return 'restart';
			throw error;
		} finally {
			this.#running.functions = outer;
			this.changedRows = state.changed;
		}
	}

	#run(budget: number): StepResult {
		const { state } = this;
		let left = budget;
		for (;;) {
			const piece = Math.min(left, CHECK_ROWS);
			const result = this.#compiled.step(state, piece);
			if (result === DONE) {
				this.changedRows = state.changed;
				return 'done';
			}
			if (result !== BUDGET_USED) return 'more';
			left -= piece;
			state.context!.checkCancelled();
			if (left <= 0) return 'more';
		}
	}

	close(): void {
		if (!this.#isOpen) return;
		this.#isOpen = false;
		this.changedRows = this.state.changed;
		this.#program.release(this.#compiled, this.state);
	}
}
