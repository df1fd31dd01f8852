/** What a session runs inside its statement: calls of procedures, the transaction that they share, and the queries that they read. */
import type { OwnedTransaction } from '../../transaction/manager.ts';

/** A call as those around it see it. */
export interface RunningCall {
	/** A line of an error's context. */
	readonly where: string;
}

/** A query that is read row by row. */
export interface OpenReader {
	/** Reads what is left: its snapshot will be gone. */
	readAll(): void;
}

export class NestedCalls {
	/** Of the call that runs now; null while none does. */
	transaction: OwnedTransaction | null = null;
	/** The innermost last. */
	readonly calls: RunningCall[] = [];
	/** Triggers that run now, one inside the other. */
	triggerDepth = 0;
	readonly readers = new Set<OpenReader>();
	#portals = 0;

	/** A name for a cursor that was given none. */
	portalName(): string {
		return `<unnamed portal ${++this.#portals}>`;
	}
}
