/**
 * The temporary objects of a session: its schema `pg_temp_N`, made when the first of them is, and what happens to its tables when a transaction
 * commits. The schema's id is `DatabaseSession.temporarySchemaId`, 0 while there is none; the engine drops what is left when the session ends.
 */
import { dropCascading } from '../model/table/own-objects.ts';
import type { SchemaObject } from '../transaction/catalog-objects.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import type { DatabaseSession } from './session.ts';

export class TemporaryObjects {
	readonly #session: DatabaseSession;
	/** Tables made with ON COMMIT DELETE ROWS. */
	readonly #emptied = new Set<number>();

	constructor(session: DatabaseSession) {
		this.#session = session;
	}

	/** The schema, made at the first need within the current transaction. */
	schema(): SchemaObject {
		const session = this.#session;
		const known = session.catalog.get(session.temporarySchemaId);
		if (known?.kind === 'schema') return known;
		const transaction = session.currentTransaction;
		if (transaction === null) throw new TypeError('temporary objects are made inside a statement');
		const id = transaction.newId();
		const schema: SchemaObject = { kind: 'schema', id, name: `pg_temp_${session.processId}`, schemaId: 0, owner: session.user };
		transaction.changeCatalog(id, schema);
		const before = session.temporarySchemaId;
		session.temporarySchemaId = id;
		transaction.afterEnd((committed) => {
			if (!committed) session.temporarySchemaId = before;
		});
		return schema;
	}

	/** DISCARD TEMP. */
	drop(): void | Promise<void> {
		const id = this.#session.temporarySchemaId;
		if (id === 0) return;
		return this.#session.inTransaction((transaction) => {
			dropCascading(
				transaction,
				transaction.catalog.dependents(id).map((object) => object.id),
			);
		});
	}

	/** ON COMMIT DELETE ROWS or DROP, of a table that the transaction makes. */
	onCommit(transaction: OwnedTransaction, tableId: number, action: 'drop' | 'delete'): void {
		if (action === 'delete') this.#emptied.add(tableId);
		transaction.beforeCommit(() => this.#end(transaction, tableId, action));
	}

	/** A transaction begins: it will empty the tables of which that was said. */
	begin(transaction: OwnedTransaction): void {
		for (const id of this.#emptied) transaction.beforeCommit(() => this.#end(transaction, id, 'delete'));
	}

	#end(transaction: OwnedTransaction, tableId: number, action: 'drop' | 'delete'): void {
		const table = transaction.catalog.get(tableId);
		if (table?.kind !== 'table') return;
		if (action === 'delete') {
			this.#session.engine.tables.truncate(transaction, table);
			return;
		}
		dropCascading(transaction, [tableId]);
	}
}
