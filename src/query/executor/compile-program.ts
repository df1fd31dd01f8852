/**
 * From a plan to a `Program`: docs/pipelines.md says how. Compiling waits until the program is first started or its code asked
 * for, as reading tables needs the table model of the context.
 *
 * Memory: hash tables of a program fail when they are full. Then, if nothing has been given out or changed yet, the execution
 * starts again with a second program of the same plan whose tables spill; so the usual case pays nothing for it.
 *
 * A program keeps the states of ended executions for the next: starting one allocates only the `Execution`. States are never
 * shared by two executions at a time.
 */
import { LockWait, StatementRestart, type TableModel } from '../../model/table/contracts.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { Column } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import type { FunctionContext } from '../functions/contracts.ts';
import { PipelineBuilder } from './codegen/pipeline-builder.ts';
import { produce } from './codegen/produce.ts';
import { type CompiledProgram, indentCode, ProgramBuilder } from './codegen/program-builder.ts';
import type { Compile, CompileOptions, Execution, ExecutionContext, Program, RowSink, StepResult } from './contracts.ts';
import type { ExecutionState } from './execution-state.ts';
import { changesInside, changesTables, locksRows, mayWait, type StoredGroups, storedGroupsIn } from './plan-facts.ts';
import { WorkMemoryExceeded } from './runtime/memory-account.ts';

/** Rows between two questions whether the statement was cancelled. */
const CHECK_ROWS = 4096;
/** Idle states kept per program. */
const STATES_MAX = 4;

export const compile: Compile = (plan, catalog, options = {}) => new CompiledPlan(plan, catalog, options);

/** What a program of a plan is made for. */
interface Way {
	/** Its hash tables spill. */
	readonly spills: boolean;
	/** It reads the tables where a kept view might answer. */
	readonly avoidsStored: boolean;
}

const USUAL: Way = { spills: false, avoidsStored: false };

/** Codes that pipelines return. */
const DONE = 0;
const BUDGET_USED = 1;

class CompiledPlan implements Program {
	readonly columns: readonly Column[];
	readonly writes: boolean;
	readonly locks: boolean;
	readonly waits: boolean;
	readonly #plan: Plan;
	readonly #catalog: CatalogVersion;
	readonly #options: CompileOptions;
	readonly #idle: ExecutionState[] = [];
	#tables: TableModel | null;
	#builder: ProgramBuilder | null = null;
	#text = '';
	#compiled: CompiledProgram | null = null;
	/** Hash tables of this program spill. */
	readonly #spills: boolean;
	#spilling: CompiledPlan | null = null;
	/** Where kept views answer; none in a program that reads the tables. */
	readonly #stored: readonly StoredGroups[];
	readonly #avoidsStored: boolean;
	#avoiding: CompiledPlan | null = null;

	constructor(plan: Plan, catalog: CatalogVersion, options: CompileOptions, { spills, avoidsStored }: Way = USUAL) {
		// What changes tables inside cannot be started anew.
		this.#spills = spills || changesInside(plan);
		this.#stored = avoidsStored ? [] : storedGroupsIn(plan);
		this.#avoidsStored = avoidsStored;
		this.#plan = plan;
		this.#catalog = catalog;
		this.#options = options;
		this.#tables = options.tables ?? null;
		const changes = changesTables(plan);
		this.locks = locksRows(plan);
		this.waits = mayWait(plan);
		this.writes = changes || this.locks;
		this.columns = returnsRows(plan) ? plan.columns : [];
	}

	get code(): string {
		this.#generate();
		return indentCode(this.#text);
	}

	#generate(): ProgramBuilder {
		if (this.#builder !== null) return this.#builder;
		const builder = new ProgramBuilder(this.#plan, this.#catalog, this.#tables, {
			instrument: this.#options.instrument ?? false,
			spills: this.#spills,
			readsStored: !this.#avoidsStored,
		});
		const root = new PipelineBuilder(builder, null);
		produce(root, this.#plan, () => emitResult(root, this.columns));
		for (const field of builder.writerFields) root.emitWhenDone(`if (S.${field} !== null) S.${field}.finish();`);
		// Before the first row what is worth it is made in memory: in steps, as everything else. The last text comes to run first.
		for (const [source, rows] of [...builder.adjacencies].reverse()) {
			const prepared = builder.field(builder.name('n'), '0', { atStart: '0' });
			const slot = builder.slot(source);
			const later = source.goOn === undefined ? 'false' : `!${slot}.goOn(S.read)`;
			root.require(`if (S.${prepared} === 0 ? !${slot}.prepare(${builder.slot(rows)}) : ${later}) { S.left = b; return 1; } S.${prepared} = 1;`);
		}
		const expected = [...builder.adjacencies].filter(([source]) => source.expect !== undefined);
		if (expected.length > 0) {
			const told = builder.field(builder.name('n'), '0', { atStart: '0' });
			const calls = expected.map(([source, rows]) => `${builder.slot(source)}.expect(${builder.slot(rows)});`);
			root.require(`if (S.${told} === 0) { ${calls.join(' ')} S.${told} = 1; }`);
		}
		builder.addFunction(root.finish());
		this.#text = builder.text(root.name);
		this.#builder = builder;
		return builder;
	}

	start(context: ExecutionContext, sink: RowSink): Execution {
		if (this.#stored.length > 0 && !this.#stored.every((one) => this.#mayAnswer(one, context))) {
			this.#avoiding ??= new CompiledPlan(this.#plan, this.#catalog, this.#options, { spills: this.#spills, avoidsStored: true });
			return this.#avoiding.start(context, sink);
		}
		return new CompiledExecution(this.prepare(context, sink));
	}

	/** Whether the transaction sees in the view what it sees in the tables. A snapshot older than the catalog may be older than the view. */
	#mayAnswer({ tables, conditions }: StoredGroups, { transaction, tables: model, parameters }: ExecutionContext): boolean {
		for (const { index, value, equality } of conditions) {
			const given = parameters[index] ?? null;
			if (given === null || equality.key(given) !== equality.key(value)) return false;
		}
		const read = tables.map((table) => model.access(this.#catalog, table).rows);
		return transaction.derivedOffset(...read) >= this.#catalog.offset;
	}

	/** The program to try again with when memory was used up; null when there is none. */
	spilling(context: ExecutionContext): CompiledPlan | null {
		if (this.#spills || context.spill === null) return null;
		this.#spilling ??= new CompiledPlan(this.#plan, this.#catalog, this.#options, { spills: true, avoidsStored: this.#avoidsStored });
		return this.#spilling;
	}

	/** A state ready for its first step. */
	prepare(context: ExecutionContext, sink: RowSink): Prepared {
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
		state.emitted = 0;
		state.read = 0;
		state.memory.reset(context.memoryBytes);
		const { spill } = context;
		if (spill !== null) state.spill.set(spill.files, spill.directory);
		compiled.start(state);
		return { program: this, compiled, state, running: this.#builder!.running };
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
		const isWhole = state.spill.opened.size === 0;
		state.spill.closeAll();
		state.spill.set(null, '');
		// A state that failed while it spilled still knows files that are gone.
		if (isWhole && this.#idle.length < STATES_MAX) this.#idle.push(state);
	}

	operatorRows(execution: Execution): ReadonlyMap<Plan, { readonly rows: number; readonly loops: number; readonly ms: number }> {
		const { program, state } = (execution as CompiledExecution).running;
		return program.#measured(state);
	}

	#measured(state: ExecutionState): ReadonlyMap<Plan, { readonly rows: number; readonly loops: number; readonly ms: number }> {
		const rows = new Map<Plan, { readonly rows: number; readonly loops: number; readonly ms: number }>();
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
	root.emit(`S.emitted = 1; ${sink}.begin();`);
	columns.forEach((_, i) => {
		root.emit(`${root.constant('x', `S.sink.writers[${i}]`)}(${values[i]});`);
	});
	root.emit(`if (!${sink}.end()) ${root.suspendBehindRow()}`);
}

interface Prepared {
	readonly program: CompiledPlan;
	readonly compiled: CompiledProgram;
	readonly state: ExecutionState;
	/** The function context that the program's aggregates ask. */
	readonly running: { functions: FunctionContext | null };
}

class CompiledExecution implements Execution {
	/** What runs: another program after memory was used up. */
	running: Prepared;
	changedRows = 0;
	#isOpen = true;

	constructor(prepared: Prepared) {
		this.running = prepared;
	}

	step(budget: number): StepResult {
		try {
			return this.#run(budget);
		} catch (error) {
			if (error instanceof LockWait) return 'blocked';
			if (error instanceof StatementRestart) return 'restart';
			if (!(error instanceof WorkMemoryExceeded) || !this.#startSpilling()) throw error;
			return 'more';
		}
	}

	#run(budget: number): StepResult {
		const { state, running, compiled } = this.running;
		const context = state.context!;
		state.check ??= () => context.checkCancelled();
		const outer = running.functions;
		running.functions = context.functions;
		let left = budget;
		try {
			for (;;) {
				const piece = Math.min(left, CHECK_ROWS);
				const result = compiled.step(state, piece);
				state.read += piece - state.left;
				if (result === DONE) return 'done';
				if (result !== BUDGET_USED) return 'more';
				left -= piece;
				context.checkCancelled();
				if (left <= 0) return 'more';
			}
		} finally {
			running.functions = outer;
			this.changedRows = state.changed;
		}
	}

	/** Starts anew with hash tables that spill; false when that is not possible or rows are out already. */
	#startSpilling(): boolean {
		const { program, compiled, state } = this.running;
		const { context, sink } = state;
		if (state.emitted !== 0 || state.changed !== 0 || context === null || sink === null) return false;
		const next = program.spilling(context);
		if (next === null) return false;
		program.release(compiled, state);
		this.running = next.prepare(context, sink);
		return true;
	}

	close(): void {
		if (!this.#isOpen) return;
		this.#isOpen = false;
		const { program, compiled, state } = this.running;
		program.release(compiled, state);
	}
}
