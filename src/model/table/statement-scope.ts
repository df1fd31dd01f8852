/**
 * What the writers of one statement share: buffers, searches along foreign keys, the writers that actions of foreign keys
 * bring in, and the end of the statement.
 *
 * The buffers belong to the model, one set for all statements: a writer fills and uses them within one synchronous call.
 */
import type { Keyspace, Slot } from '../../storage/contracts.ts';
import type { ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import { LockWait } from '../../transaction/signals.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import type { StatementTriggers, TriggerSource } from './contracts.ts';
import type { DeferredConstraints } from './deferred-constraints.ts';
import { ChildSearch, converter, ParentSearch } from './foreign-key-search.ts';
import type { UniqueSuspects } from './index-build.ts';
import type { RowNumbers } from './row-numbers.ts';
import type { KeyspaceLookup } from './table-access.ts';
import { TableChange } from './table-change.ts';
import { tableCodec } from './table-codec.ts';
import { RowWriter } from './table-writer.ts';
import { ownTriggers } from './triggered-writer.ts';
import type { ForeignKey, WritePlans } from './write-plan.ts';

export class WriteBuffers {
	readonly change = new TableChange(1024);
	readonly key = new GrowingKeyBuffer(256);
	readonly indexKey = new GrowingKeyBuffer(256);
	readonly oldIndexKey = new GrowingKeyBuffer(256);
	readonly parentKey = new GrowingKeyBuffer(256);
	readonly parentRowKey = new GrowingKeyBuffer(256);
	readonly slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
}

/** What outlives statements: kept by the model. */
export interface ScopeParts {
	readonly keyspaces: KeyspaceLookup;
	readonly plans: WritePlans;
	readonly buffers: WriteBuffers;
	readonly rowNumbers: RowNumbers;
	readonly suspects: UniqueSuspects;
	readonly parentSearches: WeakMap<ForeignKey, ParentSearch>;
	readonly childSearches: WeakMap<ForeignKey, ChildSearch>;
	readonly triggers: TriggerSource | null;
	deferred(transaction: Transaction): DeferredConstraints;
}

export class StatementScope {
	readonly change: TableChange;
	readonly key: GrowingKeyBuffer;
	readonly indexKey: GrowingKeyBuffer;
	readonly oldIndexKey: GrowingKeyBuffer;
	readonly parentKey: GrowingKeyBuffer;
	readonly parentRowKey: GrowingKeyBuffer;
	readonly slot: Slot;
	readonly #parts: ScopeParts;
	readonly #transaction: Transaction;
	readonly #catalog: CatalogVersion;
	#cascades: Map<ObjectId, RowWriter> | null;
	/** Of the tables that actions change, in the order in which they came. */
	#triggers: Map<ObjectId, StatementTriggers | null> | null;

	constructor(parts: ScopeParts, transaction: Transaction) {
		const { buffers } = parts;
		this.change = buffers.change;
		this.key = buffers.key;
		this.indexKey = buffers.indexKey;
		this.oldIndexKey = buffers.oldIndexKey;
		this.parentKey = buffers.parentKey;
		this.parentRowKey = buffers.parentRowKey;
		this.slot = buffers.slot;
		this.#parts = parts;
		this.#transaction = transaction;
		this.#catalog = transaction.catalog;
		this.#cascades = null;
		this.#triggers = null;
	}

	keyspace(id: number): Keyspace {
		return this.#parts.keyspaces(id);
	}

	get deferred(): DeferredConstraints {
		return this.#parts.deferred(this.#transaction);
	}

	get suspects(): UniqueSuspects {
		return this.#parts.suspects;
	}

	nextRowNumber(transaction: Transaction, rows: Keyspace, target: GrowingKeyBuffer): void {
		this.#parts.rowNumbers.next(transaction, rows, target);
	}

	parentSearch(key: ForeignKey): ParentSearch {
		const { parentSearches, keyspaces } = this.#parts;
		let search = parentSearches.get(key);
		if (search === undefined) {
			search = new ParentSearch(key, this.#catalog, keyspaces);
			parentSearches.set(key, search);
		}
		return search;
	}

	childSearch(key: ForeignKey): ChildSearch {
		const { childSearches, keyspaces } = this.#parts;
		let search = childSearches.get(key);
		if (search === undefined) {
			search = new ChildSearch(key, this.#catalog, keyspaces);
			childSearches.set(key, search);
		}
		return search;
	}

	/** The child's values of a foreign key for a parent row, in the key's order. */
	childImage(key: ForeignKey, parentRow: readonly unknown[]): unknown[] {
		const parent = tableCodec(this.#catalog, key.parent);
		const child = tableCodec(this.#catalog, key.child);
		return key.parentPlaces.map((place, part) => {
			const value = parentRow[place];
			if (value === null) return null;
			return converter(parent.typeOf(key.constraint.foreignColumns[part]!), child.typeOf(key.constraint.columns[part]!), this.#catalog)(value);
		});
	}

	/** The writer through which actions change a table. */
	cascade(table: TableObject): RowWriter {
		this.#cascades ??= new Map();
		let writer = this.#cascades.get(table.id);
		if (writer === undefined) {
			if (this.#transaction.lockObject(table.id, 'shared', false) === 'wait') throw new LockWait();
			writer = new RowWriter(this.#parts.plans.get(this.#catalog, table), this.#transaction, this, true);
			this.#cascades.set(table.id, writer);
		}
		return writer;
	}

	/** The triggers of a table that an action changes; null where it has none. */
	triggersOf(writer: RowWriter, event: 'update' | 'delete', assigned: readonly number[]): StatementTriggers | null {
		const { table } = writer.plan;
		if (!ownTriggers(this.#catalog, table)) return null;
		this.#triggers ??= new Map();
		let triggers = this.#triggers.get(table.id);
		if (triggers === undefined) {
			triggers = this.#parts.triggers?.forStatement(this.#transaction, table, 'all') ?? null;
			this.#triggers.set(table.id, triggers);
		}
		triggers?.begin(event, assigned);
		return triggers;
	}

	/** AFTER triggers of what the actions changed. */
	finishTriggers(): void {
		if (this.#triggers !== null) for (const triggers of this.#triggers.values()) triggers?.finish();
	}

	/** Runs actions until none is left, then the checks. */
	finish(first: RowWriter): void {
		for (let isDone = false; !isDone; ) {
			isDone = true;
			for (const writer of [first, ...(this.#cascades?.values() ?? [])]) {
				writer.storeMoved();
				if (!writer.hasActions) continue;
				writer.runActions();
				isDone = false;
			}
		}
		first.runChecks();
		if (this.#cascades !== null) for (const writer of this.#cascades.values()) writer.runChecks();
	}
}
