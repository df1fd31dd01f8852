/**
 * Promises for commits of the program itself. All commits made before the program next waits for something share one promise,
 * one write of the log and, when they are to be on disk, one sync: the log's turn is ended from the microtask queue rather than
 * a turn of the event loop later. So a program that awaits each of its commits pays for no turn of the loop but its disk's.
 *
 * The promise settles with the newest of the commits, which is durable no earlier than the others. Timers and sockets get their
 * turn all the same: after `BATCHES_PER_TURN` the log's own turn is waited for.
 */
import type { Timers } from '../../platform/platform.ts';
import type { CommitTicket } from '../../transaction/contracts.ts';

const BATCHES_PER_TURN = 100;

interface Batch {
	readonly promise: Promise<void>;
	resolve: () => void;
	reject: (error: Error) => void;
	newest: CommitTicket;
}

export class Acknowledgements {
	readonly #endTurn: () => void;
	readonly #end: () => void;
	readonly #timers: Timers;
	#batch: Batch | null = null;
	/** Batches since the turn of the event loop began. */
	#batches = 0;

	/** `endTurn` writes and syncs what is pending in the log, without waiting for it. */
	constructor(endTurn: () => void, timers: Timers) {
		this.#endTurn = endTurn;
		this.#end = () => this.#ended();
		this.#timers = timers;
	}

	/** Resolves when the commit is durable at its level and visible, or rejects with what is known of its outcome. */
	of(ticket: CommitTicket): Promise<void> {
		if (ticket.durable) return Promise.resolve();
		const batch = this.#batch;
		if (batch !== null) {
			batch.newest = ticket;
			return batch.promise;
		}
		if (this.#batches === 0) this.#timers.soon(() => (this.#batches = 0));
		if (++this.#batches > BATCHES_PER_TURN) return ticket.wait();
		const begun = beginBatch(ticket);
		this.#batch = begun;
		queueMicrotask(this.#end);
		return begun.promise;
	}

	#ended(): void {
		const batch = this.#batch!;
		this.#batch = null;
		this.#endTurn();
		if (batch.newest.durable) batch.resolve();
		else batch.newest.onDurable((error) => (error === null ? batch.resolve() : batch.reject(error)));
	}
}

function beginBatch(newest: CommitTicket): Batch {
	let resolve!: () => void;
	let reject!: (error: Error) => void;
	const promise = new Promise<void>((toResolve, toReject) => {
		resolve = toResolve;
		reject = toReject;
	});
	return { promise, resolve, reject, newest };
}
