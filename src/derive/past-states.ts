/**
 * States that lie behind: a transaction over the newest state, in which logged changes are taken back one after the other, newest first. It is
 * never committed. A mark in it is the state at one offset, and all marks can be read as long as the transaction is open: tables and indexes alike.
 *
 * Cost: the keys of what is taken back, in memory; values spill as those of any transaction do.
 */
import type { TableChange } from '../model/table/table-change.ts';
import type { OwnedTransaction, StatementMark, TransactionManager } from '../transaction/manager.ts';
import { TABLE_MODEL } from '../transaction/models.ts';

export class PastStates {
	readonly transaction: OwnedTransaction;

	constructor(manager: TransactionManager) {
		this.transaction = manager.begin({ isolation: 'repeatable read' });
	}

	/** Applies the inverse of a change. */
	takeBack(inverse: Pick<TableChange, 'bytes' | 'length'>): void {
		this.transaction.change(TABLE_MODEL, inverse.bytes, inverse.length);
	}

	/** The state with all that was taken back so far. */
	mark(): StatementMark {
		this.transaction.sealChanges();
		return this.transaction.statementMark();
	}

	/** Runs `run` with reads of a marked state. */
	at<T>(mark: StatementMark, run: () => T): T {
		const before = this.transaction.statementMark();
		this.transaction.returnTo(mark);
		try {
			return run();
		} finally {
			this.transaction.returnTo(before);
		}
	}

	close(): void {
		this.transaction.rollback();
	}
}
