/**
 * Signals that suspend or restart a statement. They are thrown through models and executors, and end no transaction.
 */

/** Thrown when a lock must be waited for: not an error but a signal to suspend the statement. */
export class LockWait extends Error {
	constructor() {
		super('the statement waits for a lock');
		this.name = 'LockWait';
	}
}

/** Thrown when a row (or the table's definition) changed after the statement's snapshot: the statement runs again on a new snapshot. */
export class StatementRestart extends Error {
	constructor() {
		super('a row changed after the snapshot of the statement');
		this.name = 'StatementRestart';
	}
}
