/** What a session runs inside its statement: calls of procedures, the transaction that they share, and the queries that they read. */
import { ClosedError } from '../../platform/errors.ts';
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
	/** Another one for each outermost call: work of a call that was given up while it waited finds that it is not this one's any more. */
	token: object | null = null;
	/** The innermost last. */
	readonly calls: RunningCall[] = [];
	/** Triggers that run now, one inside the other. */
	triggerDepth = 0;
	readonly readers = new Set<OpenReader>();
	#portals = 0;

	/** Called by what goes on in a later turn, with the token of its beginning. */
	requireCurrent(token: object | null): void {
		if (token !== this.token) throw new ClosedError('transaction-ended', 'the statement that this was a part of has ended', { sqlstate: '25P01' });
	}

	/** A name for a cursor that was given none. */
	portalName(): string {
		return `<unnamed portal ${++this.#portals}>`;
	}
}
