/** What one execution of a statement sees of its session. */

import type { TableModel } from '../model/table/contracts.ts';
import type { FileSystem } from '../platform/files.ts';
import type { CallThread } from '../platform/platform.ts';
import type { ExecutionContext } from '../query/executor/contracts.ts';
import type { FunctionContext } from '../query/functions/contracts.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import type { DatabaseSession } from './session.ts';

export class RunContext implements ExecutionContext {
	readonly session: DatabaseSession;
	readonly transaction: OwnedTransaction;
	readonly parameters: readonly unknown[];
	readonly tables: TableModel;
	readonly functions: FunctionContext;

	constructor(session: DatabaseSession, transaction: OwnedTransaction, parameters: readonly unknown[]) {
		this.session = session;
		this.transaction = transaction;
		this.parameters = parameters;
		this.tables = session.engine.tables;
		this.functions = session.functions;
	}

	virtualRows(provider: string, args: readonly unknown[]): Iterable<readonly unknown[]> {
		return this.session.engine.virtualRows(this.session, provider, args);
	}

	get memoryBytes(): number {
		return this.session.memoryBytes;
	}

	callThreads(): readonly CallThread[] {
		return this.session.callThreads();
	}

	checkCancelled(): void {
		this.session.checkCancelled();
	}

	get spill(): { readonly files: FileSystem; readonly directory: string } | null {
		return this.session.engine.spill;
	}
}
