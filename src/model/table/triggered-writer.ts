/**
 * The writer of a table with triggers: what BEFORE triggers say comes before each change, what AFTER triggers want to know is noted
 * with it, and they run at the end of the statement.
 */
import { sqlError } from '../../platform/errors.ts';
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, LockMode } from '../../transaction/contracts.ts';
import { StatementRestart, type StatementTriggers, type TableRowLoader, type TableWriter } from './contracts.ts';

export class TriggeredWriter implements TableWriter {
	readonly #writer: TableWriter;
	readonly #triggers: StatementTriggers;
	/** The row that `findConflict` has shown to the triggers, and what they said. */
	#shown: { readonly row: readonly unknown[]; readonly stays: boolean } | null = null;

	constructor(writer: TableWriter, triggers: StatementTriggers) {
		this.#writer = writer;
		this.#triggers = triggers;
	}

	begin(event: 'insert' | 'update' | 'delete', assigned: readonly number[]): void {
		this.#triggers.begin(event, assigned);
	}

	insert(row: unknown[]): boolean {
		const stays = this.#shown?.row === row ? this.#shown.stays : this.#triggers.beforeInsert(row);
		this.#shown = null;
		if (!stays || !this.#writer.insert(row)) return false;
		this.#triggers.inserted(row);
		return true;
	}

	findConflict(row: readonly unknown[], indexes: readonly IndexObject[] | null): Uint8Array | null {
		const stays = this.#triggers.beforeInsert(row as unknown[]);
		this.#shown = { row, stays };
		return stays ? this.#writer.findConflict(row, indexes) : null;
	}

	fetch(key: Uint8Array): unknown[] | null {
		return this.#writer.fetch(key);
	}

	lock(key: Uint8Array, strength: LockMode, wait: 'wait' | 'nowait' | 'skip'): 'granted' | 'changed' | 'skipped' {
		return this.#writer.lock(key, strength, wait);
	}

	update(key: Uint8Array, oldRow: readonly unknown[], newRow: unknown[], assigned: readonly number[]): boolean {
		if (!this.#lockFirst(key, 'no key update')) return false;
		if (!this.#triggers.beforeUpdate(oldRow, newRow, assigned)) return false;
		this.#refuseChanged(key, 'updated');
		if (!this.#writer.update(key, oldRow, newRow, assigned)) return false;
		this.#triggers.updated(oldRow, newRow, assigned);
		return true;
	}

	/** An update will take the row to another table: its BEFORE triggers come before those of the delete and the insert. */
	beforeMove(key: Uint8Array, oldRow: readonly unknown[], newRow: unknown[], assigned: readonly number[]): boolean {
		return this.#lockFirst(key, 'update') && this.#triggers.beforeUpdate(oldRow, newRow, assigned);
	}

	delete(key: Uint8Array, oldRow: readonly unknown[]): boolean {
		if (!this.#lockFirst(key, 'update')) return false;
		if (!this.#triggers.beforeDelete(oldRow)) return false;
		this.#refuseChanged(key, 'deleted');
		if (!this.#writer.delete(key, oldRow)) return false;
		this.#triggers.deleted(oldRow);
		return true;
	}

	/** Triggers see a row that nobody else changes meanwhile. */
	#lockFirst(key: Uint8Array, strength: LockMode): boolean {
		const outcome = this.#writer.lock(key, strength, 'wait');
		if (outcome === 'changed') throw new StatementRestart();
		return outcome === 'granted';
	}

	#refuseChanged(key: Uint8Array, what: string): void {
		if (this.#writer.lock(key, 'no key update', 'wait') !== 'skipped') return;
		throw sqlError('27000', `tuple to be ${what} was already modified by an operation triggered by the current command`, {
			hint: 'Consider using an AFTER trigger instead of a BEFORE trigger to propagate changes to other rows.',
		});
	}

	finish(): void {
		this.#writer.finish(true);
		this.#triggers.finish();
		this.#writer.finishActions?.();
	}
}

/** Changes to a view: its INSTEAD OF triggers make them. */
export class InsteadWriter implements TableWriter {
	readonly #triggers: StatementTriggers;

	constructor(triggers: StatementTriggers) {
		this.#triggers = triggers;
	}

	insert(row: unknown[]): boolean {
		return this.#triggers.instead('insert', null, row);
	}

	findConflict(): null {
		return null;
	}

	fetch(): null {
		return null;
	}

	lock(): 'granted' {
		return 'granted';
	}

	update(_key: Uint8Array, oldRow: readonly unknown[], newRow: unknown[]): boolean {
		return this.#triggers.instead('update', oldRow, newRow);
	}

	delete(_key: Uint8Array, oldRow: readonly unknown[]): boolean {
		return this.#triggers.instead('delete', oldRow, null);
	}

	finish(): void {}
}

/** Rows of a COPY into a table with triggers: kept until the last is there, so that all can be done again when one of them must wait. */
export class TriggeredLoader implements TableRowLoader {
	rowCount = 0;
	readonly isBulk = false;
	readonly #rows: unknown[][] = [];
	readonly #writerOf: () => TableWriter;

	constructor(writerOf: () => TableWriter) {
		this.#writerOf = writerOf;
	}

	insert(rows: readonly unknown[][]): void {
		for (const row of rows) this.#rows.push(row);
	}

	step(): boolean {
		const writer = this.#writerOf();
		writer.begin?.('insert', []);
		let stored = 0;
		for (const row of this.#rows) if (writer.insert([...row])) stored++;
		writer.finish();
		this.rowCount = stored;
		return true;
	}
}

/** True when a statement that changes the table may have to run triggers: its own, those of tables above it, or of partitions and heirs. */
export function hasTriggers(catalog: CatalogVersion, table: TableObject): boolean {
	if (ownTriggers(catalog, table)) return true;
	if (table.partitionBy === undefined && table.isInherited !== true) return false;
	return catalog
		.dependents(table.id)
		.some((o) => o.kind === 'table' && (o.partitionOf?.parentId === table.id || (o.parentIds ?? []).includes(table.id)) && hasTriggers(catalog, o));
}

/** Its own triggers, and those of rows of the partitioned tables above it. */
export function ownTriggers(catalog: CatalogVersion, table: TableObject): boolean {
	if ((table.triggers?.length ?? 0) > 0) return true;
	if (table.partitionOf === undefined) return false;
	const parent = catalog.get(table.partitionOf.parentId);
	return parent?.kind === 'table' && ownTriggers(catalog, parent);
}
