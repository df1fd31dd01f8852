/** Where the writers of tables find the triggers to run; the rest of it is loaded when the first table has one. */
import type { StatementTriggers, TriggerScope, TriggerSource } from '../model/table/contracts.ts';
import { invariant } from '../platform/errors.ts';
import type { TableObject } from '../transaction/catalog-objects.ts';
import type { Transaction } from '../transaction/contracts.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import type { Engine } from './engine.ts';
import { procedural } from './procedural/load-procedural.ts';

export class SessionTriggers implements TriggerSource {
	readonly #engine: Engine;

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	forStatement(transaction: Transaction, table: TableObject, scope: TriggerScope): StatementTriggers | null {
		const owned = transaction as OwnedTransaction;
		const session = this.#engine.sessions.get(owned.owner) ?? this.#engine.working;
		invariant(session !== null && session !== undefined, 'a table with triggers is changed by a session');
		return procedural().statementTriggers(session, owned, table, scope);
	}
}
