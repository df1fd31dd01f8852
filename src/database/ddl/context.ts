/** What one DDL statement works with: the session, its transaction (whose catalog shows changes at once) and its text. */
import type { AstNode } from '../../language/sql/ast.ts';
import { StatementContext } from '../../language/sql/statement-context.ts';
import { LockWait } from '../../model/table/contracts.ts';
import type { CatalogObject, ConstraintObject, IndexObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { analysisContext } from '../analysis.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { DatabaseSession } from '../session.ts';
import type { UtilityHandler } from '../utility/handler.ts';

export class DdlContext {
	/** The command under way is all that its transaction does: nothing reads afterwards what it writes. */
	isWhole = false;
	readonly session: DatabaseSession;
	readonly transaction: OwnedTransaction;
	readonly text: string;

	constructor(session: DatabaseSession, transaction: OwnedTransaction, text: string) {
		this.session = session;
		this.transaction = transaction;
		this.text = text;
	}

	get catalog(): CatalogVersion {
		return this.transaction.catalog;
	}

	/** For resolving types and analysing expressions written in the statement. */
	analysis(): StatementContext {
		return new StatementContext({ ...analysisContext(this.session, [], false), catalog: this.catalog }, this.text);
	}

	newId(): ObjectId {
		return this.transaction.newId();
	}

	put(object: CatalogObject): void {
		this.transaction.changeCatalog(object.id, object);
	}

	remove(id: ObjectId): void {
		this.transaction.changeCatalog(id, null);
	}

	table(id: ObjectId): TableObject {
		const table = this.catalog.get(id);
		if (table?.kind !== 'table') throw new TypeError(`object ${id} is no table`);
		return table;
	}

	/** Locks an object against other DDL and, when exclusive, against writers. */
	lock(id: ObjectId, mode: 'shared' | 'exclusive'): void {
		if (this.transaction.lockObject(id, mode, false) === 'wait') throw new LockWait();
	}

	constraintsOf(table: TableObject): ConstraintObject[] {
		return table.constraintIds.map((id) => this.catalog.get(id)).filter((c): c is ConstraintObject => c?.kind === 'constraint');
	}

	indexesOf(table: TableObject): IndexObject[] {
		return table.indexIds.map((id) => this.catalog.get(id)).filter((i): i is IndexObject => i?.kind === 'index');
	}
}

/** A handler whose work is done inside the statement's transaction. */
export function ddlHandler<Payload>(
	command: string | ((node: Payload) => string),
	run: (ddl: DdlContext, node: Payload) => void | UtilityOutcome | Promise<void | UtilityOutcome>,
): UtilityHandler<Payload> {
	const commandOf = typeof command === 'string' ? (): string => command : command;
	return {
		command: commandOf,
		run({ session, node, statement }) {
			const outcome = (result: void | UtilityOutcome): UtilityOutcome => result ?? { tag: commandOf(node) };
			return session.inTransaction<UtilityOutcome>((transaction) => {
				const result = run(new DdlContext(session, transaction, statement.text), node);
				return result instanceof Promise ? result.then(outcome) : outcome(result);
			});
		},
	};
}

export function nodesOf(list: unknown): AstNode[] {
	return (list ?? []) as AstNode[];
}
