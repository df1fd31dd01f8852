/**
 * Signals that suspend or restart a statement. They are thrown through models and executors, and end no transaction. They
 * carry no stack: taking one costs more than most statements.
 */

class Signal extends Error {
	constructor(name: string, text: string) {
		const limit = Error.stackTraceLimit;
		Error.stackTraceLimit = 0;
		super(text);
		Error.stackTraceLimit = limit;
		this.name = name;
	}
}

/** Thrown when a lock must be waited for: not an error but a signal to suspend the statement. */
export class LockWait extends Signal {
	constructor() {
		super('LockWait', 'the statement waits for a lock');
	}
}

/** Thrown when a row (or the table's definition) changed after the statement's snapshot: the statement runs again on a new snapshot. */
export class StatementRestart extends Signal {
	constructor() {
		super('StatementRestart', 'a row changed after the snapshot of the statement');
	}
}
