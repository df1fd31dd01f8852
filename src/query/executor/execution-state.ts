/** The state of one execution, as the parts that are not generated see it. Generated classes have these fields first, then their own. */
import type { Transaction } from '../../transaction/contracts.ts';
import type { FunctionContext } from '../functions/contracts.ts';
import type { ExecutionContext, RowSink } from './contracts.ts';
import type { MemoryAccount } from './runtime/memory-account.ts';
import type { SpillDirectory } from './runtime/spill-file.ts';

export interface ExecutionState {
	transaction: Transaction | null;
	sink: RowSink | null;
	parameters: readonly unknown[] | null;
	functions: FunctionContext | null;
	context: ExecutionContext | null;
	/** Throws when the statement was cancelled. */
	check: (() => void) | null;
	/** Budget left when a pipeline returned. */
	left: number;
	/** Rows changed by the statement itself. */
	changed: number;
	/** 1 when a row has gone to the sink. */
	emitted: number;
	/** Source rows that it has taken of its budgets so far. */
	read: number;
	readonly memory: MemoryAccount;
	readonly spill: SpillDirectory;
	[field: string]: unknown;
}
