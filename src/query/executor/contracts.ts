/**
 * Running a plan. `compile` turns a plan into a `Program` once; `Program.start` gives an `Execution` for one set of parameters
 * in one transaction. An execution advances by `step(budget)`, so that a server can interleave statements and an embedded
 * caller can drain it; there are no promises and no generators inside.
 */
import type { TableModel } from '../../model/table/contracts.ts';
import type { CallThread } from '../../platform/platform.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import type { Column } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import type { FunctionContext } from '../functions/contracts.ts';

/** Where result rows go. `writers[i]` is called with the value of column i, between `begin` and `end`; all are plain functions, called from generated code. */
export interface RowSink {
	begin(): void;
	readonly writers: readonly ((value: unknown) => void)[];
	/** False: want no more rows for now; the execution returns 'more' and goes on at the next step. */
	end(): boolean;
}

export type StepResult =
	/** Budget used up, or the sink had enough for now. */
	| 'more'
	| 'done'
	/** A lock must be waited for (`transaction.waiting`): undo to the statement's savepoint, wait, start anew. */
	| 'blocked'
	/** As 'blocked', but without waiting: a row changed under read committed. */
	| 'restart';

export interface Execution {
	/** Processes about `budget` source rows. Throws the statement's error. Never called again after 'done' or a throw. */
	step(budget: number): StepResult;
	/** Rows changed (insert, update, delete) so far. */
	readonly changedRows: number;
	/** Gives back memory and cursors; may be called at any time. */
	close(): void;
}

/** What an execution needs of its surroundings. */
export interface ExecutionContext {
	readonly transaction: Transaction;
	readonly tables: TableModel;
	readonly parameters: readonly unknown[];
	readonly functions: FunctionContext;
	/** Rows of a virtual table: arrays in the provider's column order. */
	virtualRows(provider: string, args: readonly unknown[]): Iterable<readonly unknown[]>;
	/** Bytes this statement may hold in memory before it spills (sorts, hash tables) or fails with 53200. */
	readonly memoryBytes: number;
	/** Threads beside this one that may read columns for the statement; none when left out. */
	readonly callThreads?: () => readonly CallThread[];
	/** Asked at least every few thousand rows: throws 57014 when the statement was cancelled or timed out. */
	checkCancelled(): void;
	/** Directory for spill files, and the files to use. */
	readonly spill: { readonly files: import('../../platform/files.ts').FileSystem; readonly directory: string } | null;
}

export interface Program {
	readonly columns: readonly Column[];
	/** True when it changes tables (or locks rows): results are then kept until 'done'. */
	readonly writes: boolean;
	readonly locks: boolean;
	/** True when it calls a function that may wait and then runs it again: results are kept as well. */
	readonly waits: boolean;
	start(context: ExecutionContext, sink: RowSink): Execution;
	/** Rows so far per operator, for EXPLAIN ANALYZE; only when compiled with `instrument`. */
	operatorRows?(execution: Execution): ReadonlyMap<Plan, { readonly rows: number; readonly loops: number; readonly ms: number }>;
	/** The generated JavaScript, for EXPLAIN (CODE). */
	readonly code: string;
}

export interface CompileOptions {
	readonly instrument?: boolean;
	/** The table model, when `code` is asked for before the first start (which else gives it). */
	readonly tables?: TableModel;
}
/** Implemented by `compile-program.ts`. */
export type Compile = (plan: Plan, catalog: import('../../transaction/contracts.ts').CatalogVersion, options?: CompileOptions) => Program;
