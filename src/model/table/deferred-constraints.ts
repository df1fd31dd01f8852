/**
 * The deferrable constraints of one transaction: which are put off now (their definition, or SET CONSTRAINTS), and the checks
 * that wait for the commit. A check looks at the state at the time it runs, so that one whose row is gone does nothing.
 */
import type { ConstraintObject, ObjectId } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';

/** A constraint, or a constraint trigger. */
export type Deferrable = Pick<ConstraintObject, 'id' | 'deferrable' | 'initiallyDeferred'>;

interface PendingCheck {
	readonly constraintId: ObjectId;
	readonly run: () => void;
}

export class DeferredConstraints {
	readonly #transaction: Transaction;
	/** Set by SET CONSTRAINTS; `#all` for ALL, overridden by later ones of single constraints. */
	readonly #modes = new Map<ObjectId, boolean>();
	#all: boolean | null = null;
	#pending: PendingCheck[] = [];
	#isScheduled = false;

	constructor(transaction: Transaction) {
		this.#transaction = transaction;
	}

	isDeferred(constraint: Deferrable): boolean {
		if (!constraint.deferrable) return false;
		return this.#modes.get(constraint.id) ?? this.#all ?? constraint.initiallyDeferred;
	}

	add(constraint: Deferrable, run: () => void): void {
		this.#pending.push({ constraintId: constraint.id, run });
		if (this.#isScheduled) return;
		this.#isScheduled = true;
		this.#transaction.beforeCommit(() => {
			this.#run(() => true);
			this.#isScheduled = false;
		});
	}

	/** SET CONSTRAINTS: `ids` null for ALL. Those that become immediate are checked now. */
	set(ids: readonly ObjectId[] | null, deferred: boolean): void {
		if (ids === null) {
			this.#all = deferred;
			this.#modes.clear();
		} else {
			for (const id of ids) this.#modes.set(id, deferred);
		}
		if (!deferred) this.#run((id) => ids === null || ids.includes(id));
	}

	#run(isChosen: (id: ObjectId) => boolean): void {
		const chosen = this.#pending.filter((check) => isChosen(check.constraintId));
		for (const check of chosen) check.run();
		this.#pending = this.#pending.filter((check) => !isChosen(check.constraintId));
	}
}
