/**
 * Which transaction a session is in: none, one begun by BEGIN (a block), or an implicit one that spans the statements of a
 * text. A block in which a statement failed takes nothing but ROLLBACK (or a rollback to a savepoint) any more.
 */
import { sqlError } from '../platform/errors.ts';
import type { Isolation, Savepoint } from '../transaction/contracts.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import type { SettingsMark } from './session-state.ts';

interface NamedSavepoint {
	readonly name: string;
	readonly savepoint: Savepoint;
	readonly marks: SavepointMarks;
	readonly refusesWrites: boolean;
}

/** Where the session stood at a savepoint, besides its transaction. */
export interface SavepointMarks {
	readonly settings: SettingsMark;
	readonly noticeCount: number;
	readonly advisoryCount: number;
}

export interface BlockOptions {
	readonly isolation: Isolation;
	readonly readOnly: boolean;
}

/** An open transaction with its savepoints by name; newer ones hide older ones of the same name. */
export class TransactionBlock {
	transaction: OwnedTransaction;
	readonly settings: SettingsMark;
	/** True for a block begun by BEGIN, false for the implicit one of a text. */
	explicit: boolean;
	failed = false;
	/** True once a statement ran: the isolation can no longer be changed. */
	used = false;
	/** As the transaction was told; null: as the session's transactions are. */
	isDeferrable: boolean | null = null;
	#savepoints: NamedSavepoint[] = [];

	constructor(transaction: OwnedTransaction, settings: SettingsMark, explicit: boolean) {
		this.transaction = transaction;
		this.settings = settings;
		this.explicit = explicit;
	}

	get hasSavepoints(): boolean {
		return this.#savepoints.length > 0;
	}

	savepoint(name: string, marks: SavepointMarks): void {
		this.#savepoints.push({ name, savepoint: this.transaction.savepoint(name, true), marks, refusesWrites: this.transaction.refusesWrites });
	}

	/** Undoes what came after the newest savepoint, to which the failed block may be brought back; null without one. */
	undoToNewest(): SavepointMarks | null {
		const newest = this.#savepoints.at(-1);
		if (newest === undefined) return null;
		this.transaction.rollbackTo(newest.savepoint);
		return newest.marks;
	}

	/** Undoes what came after the savepoint, which stays; returns where to go back to. */
	rollbackTo(name: string): SavepointMarks {
		const at = this.#find(name);
		const found = this.#savepoints[at]!;
		this.#savepoints.length = at + 1;
		this.transaction.rollbackTo(found.savepoint);
		this.transaction.refusesWrites = found.refusesWrites;
		this.failed = false;
		return found.marks;
	}

	release(name: string): void {
		const at = this.#find(name);
		this.transaction.release(this.#savepoints[at]!.savepoint);
		this.#savepoints.length = at;
	}

	#find(name: string): number {
		for (let i = this.#savepoints.length - 1; i >= 0; i--) if (this.#savepoints[i]!.name === name) return i;
		throw sqlError('3B001', `savepoint "${name}" does not exist`);
	}
}
