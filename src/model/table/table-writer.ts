/**
 * Writes to one table in one statement: constraints, locks, foreign keys and their actions, then one logged change per row.
 *
 * Order of checks of a row, as PostgreSQL's: generated columns, NOT NULL, CHECK, unique indexes, then the row is written, then
 * foreign keys. A foreign key that holds at once is done with; what does not hold yet is looked at again in `finish`, when
 * the statement's other rows and the actions of other keys are there too, or at the commit when it is deferred.
 *
 * Locks: an insert takes its unique keys; an update the row ('update' when a key column changes, else 'no key update') and its
 * new unique keys; a delete the row; a foreign key 'key share' on the parent row. So a parent cannot vanish under an
 * uncommitted child, nor a key be given out twice.
 */
import { equalBytes } from '../../bytes/compare-bytes.ts';
import { invariant, sqlError } from '../../platform/errors.ts';
import type { Keyspace, Slot } from '../../storage/contracts.ts';
import type { IndexObject, ObjectId } from '../../transaction/catalog-objects.ts';
import type { LockMode, Transaction } from '../../transaction/contracts.ts';
import { TABLE_MODEL } from '../../transaction/models.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { missingParent, mixedNulls, notNullViolation, stillReferenced, uniqueViolation } from './constraint-errors.ts';
import { LockWait, StatementRestart, type TableWriter } from './contracts.ts';
import type { DeferredConstraints } from './deferred-constraints.ts';
import { successor } from './foreign-key-search.ts';
import type { StatementScope } from './statement-scope.ts';
import { DELETE, HAS_BEFORE, HAS_COMPUTED, INSERT, NEW_HAS_NULL, NEW_PRESENT, OLD_HAS_NULL, OLD_PRESENT, UPDATE } from './table-change.ts';
import { findRowKey, type IndexCodec, type RowKeyPlace } from './table-codec.ts';
import type { ForeignKey, UniqueIndex, WritePlan } from './write-plan.ts';

interface PendingReference {
	readonly key: ForeignKey;
	readonly row: readonly unknown[];
	readonly rowKey: Uint8Array;
}

interface PendingAction {
	readonly key: ForeignKey;
	readonly oldRow: readonly unknown[];
	/** Null for a delete. */
	readonly newRow: readonly unknown[] | null;
}

interface PendingUnique {
	readonly unique: UniqueIndex;
	readonly key: Uint8Array;
	readonly row: readonly unknown[];
}

const NO_BYTES = new Uint8Array(0);

const STRENGTHS: Readonly<Record<LockMode, number>> = { 'key share': 0, share: 1, 'no key update': 2, update: 3 };

export class RowWriter implements TableWriter {
	readonly plan: WritePlan;
	readonly rows: Keyspace;
	readonly #transaction: Transaction;
	readonly #scope: StatementScope;
	/** Made by a foreign key's action: it reads the newest state, whatever the snapshot. */
	readonly #isCascade: boolean;
	readonly #slot: Slot;
	/** The key of the row locked last, and how strongly. */
	#owned: Uint8Array;
	#ownedLength: number;
	#ownedStrength: number;
	/** The row that `findConflict` has prepared and found free of conflicts. */
	#prepared: readonly unknown[] | null;
	#references: PendingReference[];
	#actions: PendingAction[];
	#uniques: PendingUnique[];
	/** Rows on their way to another primary key. */
	#moved: (readonly unknown[])[];

	constructor(plan: WritePlan, transaction: Transaction, scope: StatementScope, isCascade: boolean) {
		this.plan = plan;
		this.#transaction = transaction;
		this.#scope = scope;
		this.#isCascade = isCascade;
		this.#slot = scope.slot;
		this.#owned = NO_BYTES;
		this.#ownedLength = 0;
		this.#ownedStrength = -1;
		this.#prepared = null;
		this.#references = [];
		this.#actions = [];
		this.#uniques = [];
		this.#moved = [];
		this.rows = scope.keyspace(plan.table.keyspaceId);
	}

	insert(row: unknown[]): boolean {
		this.insertChecked(row);
		if (this.plan.references.length > 0) this.#checkReferences(null, row);
		return true;
	}

	/** Fills in and checks rows that go past this writer, and their foreign keys: all of them before any is stored. */
	prepareAll(rows: readonly unknown[][], checksReferences: boolean): void {
		for (const row of rows) {
			this.#prepare(row);
			if (checksReferences && this.plan.references.length > 0) this.#requireReferences(row);
		}
	}

	/** An insert whose foreign keys are known to hold. */
	insertChecked(row: unknown[]): void {
		if (this.#prepared !== row) this.#prepare(row);
		this.#prepared = null;
		this.#store(row);
	}

	findConflict(row: readonly unknown[], indexes: readonly IndexObject[] | null): Uint8Array | null {
		const { plan } = this;
		this.#prepare(row as unknown[]);
		this.#prepared = row;
		if (plan.primary !== null && (indexes === null || indexes.some(({ primary }) => primary))) {
			const { key } = this.#scope;
			key.length = 0;
			plan.codec.writeKey(row, key);
			if (this.#transaction.getNewest(this.rows, key.bytes, key.length, this.#slot)) return key.copy();
			this.#lockKey(this.rows.id, key, 'update');
			if (this.#transaction.getNewest(this.rows, key.bytes, key.length, this.#slot)) return key.copy();
		}
		for (const unique of plan.unique) {
			if (indexes !== null && !indexes.some(({ id }) => id === unique.index.id)) continue;
			const found = this.#conflictIn(unique, row);
			if (found !== null) return found;
		}
		return null;
	}

	fetch(key: Uint8Array): unknown[] | null {
		const slot = this.#slot;
		if (!this.#transaction.getNewest(this.rows, key, key.length, slot)) return null;
		return this.plan.codec.decodeRow(slot.buffer, slot.start, slot.end);
	}

	lock(key: Uint8Array, strength: LockMode, wait: 'wait' | 'nowait' | 'skip'): 'granted' | 'changed' | 'skipped' {
		const transaction = this.#transaction;
		if (transaction.changedByStatement(this.rows, key, key.length)) return 'skipped';
		const outcome = transaction.lock(this.rows.id, key, key.length, strength, wait !== 'wait');
		if (outcome === 'wait') throw new LockWait();
		if (outcome === 'refused') {
			if (wait === 'skip') return 'skipped';
			throw sqlError('55P03', `could not obtain lock on row in relation "${this.plan.table.name}"`);
		}
		if (transaction.changedSinceSnapshot(this.rows, key, key.length)) {
			if (transaction.isolation === 'read committed') return 'changed';
			throw sqlError('40001', 'could not serialize access due to concurrent update');
		}
		this.#own(key, STRENGTHS[strength]);
		return 'granted';
	}

	update(key: Uint8Array, oldRow: readonly unknown[], newRow: unknown[]): boolean {
		const { plan } = this;
		this.#prepare(newRow);
		const isKeyChanged = this.#changes(plan.keyPlaces, oldRow, newRow);
		this.#requireOwned(key, isKeyChanged ? 'update' : 'no key update');
		if (isKeyChanged && plan.primary !== null && this.#moves(key, newRow)) {
			// Under a deferrable primary key all rows leave their old keys before any takes its new one.
			this.#remove(key, oldRow);
			if (plan.primary.deferrable) this.#moved.push(newRow);
			else this.#store(newRow);
		} else {
			if (plan.computed.length > 0) plan.program?.hold(oldRow, newRow);
			for (const unique of plan.unique) if (this.#changesIndex(unique, oldRow, newRow)) this.#checkUnique(unique, newRow);
			if (plan.unfinished.length > 0) this.#reportSuspects(key, oldRow);
			const { change } = this.#scope;
			change.begin(UPDATE, plan.table.id);
			change.blob(key, 0, key.length);
			if (plan.computed.length + plan.elements.length > 0) this.#writeComputed(oldRow, newRow);
			if (plan.logsBefore || (plan.hasPlainIndexes && this.#changes(plan.indexedPlaces, oldRow, newRow))) this.#writeBefore(key);
			plan.codec.encodeRow(newRow, change);
			plan.program?.release();
			this.#transaction.change(TABLE_MODEL, change.bytes, change.length);
		}
		if (plan.references.length > 0) this.#checkReferences(oldRow, newRow);
		for (const reference of plan.referencedBy) {
			if (reference.parentPlaces.some((place) => oldRow[place] !== newRow[place])) this.#actions.push({ key: reference, oldRow, newRow });
		}
		return true;
	}

	delete(key: Uint8Array, oldRow: readonly unknown[]): boolean {
		this.#requireOwned(key, 'update');
		this.#remove(key, oldRow);
		for (const reference of this.plan.referencedBy) this.#actions.push({ key: reference, oldRow, newRow: null });
		return true;
	}

	finish(putsOff = false): void {
		this.#scope.finish(this);
		if (!putsOff) this.#scope.finishTriggers();
	}

	finishActions(): void {
		this.#scope.finishTriggers();
	}

	/** Stores the rows whose move to another primary key was put off. */
	storeMoved(): void {
		const moved = this.#moved;
		this.#moved = [];
		for (const row of moved) this.#store(row);
	}

	/** True when `runActions` has something to do. */
	get hasActions(): boolean {
		return this.#actions.length > 0;
	}

	/** Carries out the actions of foreign keys that refer to changed rows. */
	runActions(): void {
		const actions = this.#actions;
		this.#actions = [];
		for (const action of actions) this.#runAction(action);
	}

	/** Checks what had to wait for the end of the statement. */
	runChecks(): void {
		const references = this.#references;
		this.#references = [];
		for (const reference of references) this.#settleReference(reference);
		const uniques = this.#uniques;
		this.#uniques = [];
		for (const pending of uniques) {
			const { constraint } = pending.unique;
			if (constraint !== null && this.#deferred.isDeferred(constraint)) this.#deferred.add(constraint, () => this.#requireSingle(pending));
			else this.#requireSingle(pending);
		}
	}

	get #deferred(): DeferredConstraints {
		return this.#scope.deferred;
	}

	#prepare(row: unknown[]): void {
		const { plan } = this;
		const { notNull, program } = plan;
		if (program !== null) program.generate(row);
		for (let index = 0; index < notNull.length; index++) if (row[notNull[index]!] === null) throw notNullViolation(plan, notNull[index]!, row);
		if (program !== null) program.check(row);
	}

	#newKey(row: readonly unknown[], key: GrowingKeyBuffer): void {
		key.length = 0;
		if (this.plan.primary !== null) this.plan.codec.writeKey(row, key);
		else {
			this.plan.codec.writeSort(row, key);
			this.#scope.nextRowNumber(this.#transaction, this.rows, key);
		}
	}

	#changes(places: Uint8Array, oldRow: readonly unknown[], newRow: readonly unknown[]): boolean {
		for (let place = 0; place < places.length; place++) if (places[place] === 1 && oldRow[place] !== newRow[place]) return true;
		return false;
	}

	#changesIndex(unique: UniqueIndex, oldRow: readonly unknown[], newRow: readonly unknown[]): boolean {
		const codec = unique.codec!;
		if (!codec.isComputed) return codec.places.some((place) => oldRow[place] !== newRow[place]);
		const { oldIndexKey, indexKey } = this.#scope;
		const hadKey = this.#indexKey(codec, oldRow, oldIndexKey) >= 0;
		const hasKey = this.#indexKey(codec, newRow, indexKey) >= 0;
		return hasKey && !(hadKey && equalBytes(oldIndexKey.bytes, 0, oldIndexKey.length, indexKey.bytes, 0, indexKey.length));
	}

	/** True when the row's primary key bytes change. */
	#moves(key: Uint8Array, newRow: readonly unknown[]): boolean {
		const moved = this.#scope.key;
		moved.length = 0;
		this.plan.codec.writeKey(newRow, moved);
		return !equalBytes(moved.bytes, 0, moved.length, key, 0, key.length);
	}

	/** Claims the keys of a prepared row and writes it. */
	#store(row: readonly unknown[]): void {
		const { plan } = this;
		const { key, change } = this.#scope;
		this.#newKey(row, key);
		if (plan.primary !== null) this.#claim(plan.primary, this.rows, key, row);
		if (plan.computed.length > 0) plan.program?.hold(row);
		for (const unique of plan.unique) this.#checkUnique(unique, row);
		change.begin(INSERT, plan.table.id);
		change.blob(key.bytes, 0, key.length);
		if (plan.computed.length + plan.elements.length > 0) this.#writeComputed(null, row);
		plan.program?.release();
		plan.codec.encodeRow(row, change);
		this.#transaction.change(TABLE_MODEL, change.bytes, change.length);
	}

	#remove(key: Uint8Array, oldRow: readonly unknown[]): void {
		const { plan } = this;
		if (plan.unfinished.length > 0) this.#reportSuspects(key, oldRow);
		const { change } = this.#scope;
		change.begin(DELETE, plan.table.id);
		change.blob(key, 0, key.length);
		if (plan.computed.length > 0) plan.program?.hold(oldRow);
		if (plan.computed.length + plan.elements.length > 0) this.#writeComputed(oldRow, null);
		plan.program?.release();
		if (plan.logsBefore || plan.hasPlainIndexes) this.#writeBefore(key);
		this.#transaction.change(TABLE_MODEL, change.bytes, change.length);
	}

	/** Tells the builder of a unique index when the entry that goes with this row is another row's. */
	#reportSuspects(key: Uint8Array, oldRow: readonly unknown[]): void {
		const { indexKey } = this.#scope;
		const place: RowKeyPlace = { inKey: false, start: 0, length: 0 };
		for (const { index, codec } of this.plan.unfinished) {
			if (this.#indexKey(codec!, oldRow, indexKey) !== 0) continue;
			const keyspace = this.#scope.keyspace(index.keyspaceId);
			if (!this.#transaction.getNewest(keyspace, indexKey.bytes, indexKey.length, this.#slot)) continue;
			findRowKey(indexKey.length, this.#slot.buffer, this.#slot.start, place);
			if (!equalBytes(this.#slot.buffer, place.start, place.start + place.length, key, 0, key.length)) this.#scope.suspects.add(index.id);
		}
	}

	#writeBefore(key: Uint8Array): void {
		const slot = this.#slot;
		const { change } = this.#scope;
		const isThere = this.#transaction.getNewest(this.rows, key, key.length, slot);
		invariant(isThere, `the row of table ${this.plan.table.name} that changes is there`);
		change.flag(HAS_BEFORE);
		change.blob(slot.buffer, slot.start, slot.end);
	}

	/** The keys of expression, partial and inverted indexes that the change touches. */
	#writeComputed(oldRow: readonly unknown[] | null, newRow: readonly unknown[] | null): void {
		const { computed, elements } = this.plan;
		const { change, oldIndexKey, indexKey } = this.#scope;
		const changed = elements.length === 0 ? NO_ELEMENTS : changedElements(elements, oldRow, newRow);
		if (computed.length + changed.length === 0) return;
		change.flag(HAS_COMPUTED);
		change.varint(computed.length + changed.length);
		for (const { codec, element, flag } of changed) {
			indexKey.length = 0;
			codec.writeElement(element, indexKey);
			change.varint(codec.index.id);
			change.byte(flag);
			change.blob(indexKey.bytes, 0, indexKey.length);
		}
		for (const codec of computed) {
			const before = oldRow === null ? -1 : this.#indexKey(codec, oldRow, oldIndexKey);
			const after = newRow === null ? -1 : this.#indexKey(codec, newRow, indexKey);
			change.varint(codec.index.id);
			const flags = (before < 0 ? 0 : OLD_PRESENT | (before * OLD_HAS_NULL)) | (after < 0 ? 0 : NEW_PRESENT | (after * NEW_HAS_NULL));
			change.byte(flags);
			if (before >= 0) change.blob(oldIndexKey.bytes, 0, oldIndexKey.length);
			if (after >= 0) change.blob(indexKey.bytes, 0, indexKey.length);
		}
	}

	/** The key columns of an index for a row: 0, or 1 when one is null; −1 when the row is not in the index. */
	#indexKey(codec: IndexCodec, row: readonly unknown[], target: GrowingKeyBuffer): number {
		target.length = 0;
		if (!codec.isComputed) return codec.writeFromRow(row, target) ? 1 : 0;
		const values = this.#computedValues(codec.index, row);
		if (values === null) return -1;
		return codec.writeValues(values, target) ? 1 : 0;
	}

	#computedValues(index: IndexObject, row: readonly unknown[]): unknown[] | null {
		const { program } = this.plan;
		invariant(program !== null, `the expressions of index ${index.name} are compiled`);
		return program.indexValues(index, row);
	}

	/** The values that an index's key shows in an error. */
	#shownValues(index: IndexObject, row: readonly unknown[]): readonly unknown[] {
		const codec = this.plan.codec;
		if (index.columns.every(({ column }) => column !== 0)) return index.columns.map(({ column }) => row[codec.placeOf(column)]);
		return this.#computedValues(index, row) ?? [];
	}

	#checkUnique(unique: UniqueIndex, row: readonly unknown[]): void {
		const codec = unique.codec!;
		const { indexKey } = this.#scope;
		const found = this.#indexKey(codec, row, indexKey);
		if (found < 0 || (found === 1 && !unique.index.nullsNotDistinct)) return;
		if (unique.deferrable) {
			this.#lockKey(unique.index.keyspaceId, indexKey, 'update');
			this.#uniques.push({ unique, key: indexKey.copy(), row });
			return;
		}
		this.#claim(unique, this.#scope.keyspace(unique.index.keyspaceId), indexKey, row);
	}

	/** Locks a unique key and makes sure that nobody has it. */
	#claim(unique: UniqueIndex, keyspace: Keyspace, key: GrowingKeyBuffer, row: readonly unknown[]): void {
		this.#lockKey(keyspace.id, key, 'update');
		if (!this.#transaction.getNewest(keyspace, key.bytes, key.length, this.#slot)) return;
		throw uniqueViolation(this.plan, unique.index, this.#shownValues(unique.index, row));
	}

	/** A deferrable unique constraint keeps all rows of a key side by side: there must be one. */
	#requireSingle(pending: PendingUnique): void {
		const { unique, key, row } = pending;
		const cursor = this.#transaction.cursorNewest(this.#scope.keyspace(unique.index.keyspaceId), key, successor(key), false);
		const isDuplicate = cursor.next() && cursor.next();
		cursor.close();
		if (isDuplicate) throw uniqueViolation(this.plan, unique.index, this.#shownValues(unique.index, row));
	}

	#conflictIn(unique: UniqueIndex, row: readonly unknown[]): Uint8Array | null {
		const codec = unique.codec!;
		const { indexKey } = this.#scope;
		const found = this.#indexKey(codec, row, indexKey);
		if (found < 0 || (found === 1 && !unique.index.nullsNotDistinct)) return null;
		if (!codec.isUniqueLayout) {
			throw sqlError('55000', 'ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters');
		}
		const keyspace = this.#scope.keyspace(unique.index.keyspaceId);
		const slot = this.#slot;
		if (!this.#transaction.getNewest(keyspace, indexKey.bytes, indexKey.length, slot)) {
			this.#lockKey(keyspace.id, indexKey, 'update');
			return null;
		}
		const place: RowKeyPlace = { inKey: false, start: 0, length: 0 };
		findRowKey(indexKey.length, slot.buffer, slot.start, place);
		return new Uint8Array((place.inKey ? indexKey.bytes : slot.buffer).subarray(place.start, place.start + place.length));
	}

	#lockKey(keyspaceId: number, key: GrowingKeyBuffer, mode: LockMode): void {
		if (this.#transaction.lock(keyspaceId, key.bytes, key.length, mode, false) === 'wait') throw new LockWait();
	}

	#own(key: Uint8Array, strength: number): void {
		if (key.length > this.#owned.length) this.#owned = new Uint8Array(key.length + 16);
		const owned = this.#owned;
		for (let index = 0; index < key.length; index++) owned[index] = key[index]!;
		this.#ownedLength = key.length;
		this.#ownedStrength = strength;
	}

	/** Makes sure that the row is locked, and as the statement saw it. */
	#requireOwned(key: Uint8Array, mode: LockMode): void {
		const isOwned = this.#ownedStrength >= 0 && equalBytes(this.#owned, 0, this.#ownedLength, key, 0, key.length);
		if (isOwned && this.#ownedStrength >= STRENGTHS[mode]) return;
		const transaction = this.#transaction;
		if (transaction.lock(this.rows.id, key, key.length, mode, false) === 'wait') throw new LockWait();
		const mayBeNewer = isOwned || (this.#isCascade && transaction.isolation === 'read committed');
		if (!mayBeNewer && transaction.changedSinceSnapshot(this.rows, key, key.length)) {
			if (transaction.isolation === 'read committed') throw new StatementRestart();
			throw sqlError('40001', 'could not serialize access due to concurrent update');
		}
		this.#own(key, STRENGTHS[mode]);
	}

	// Foreign keys: this table as the child.

	#checkReferences(oldRow: readonly unknown[] | null, row: readonly unknown[]): void {
		for (const key of this.plan.references) {
			if (oldRow !== null && !key.childPlaces.some((place) => oldRow[place] !== row[place])) continue;
			const nulls = key.childPlaces.reduce((count, place) => count + (row[place] === null ? 1 : 0), 0);
			if (nulls > 0) {
				if (key.constraint.matchFull && nulls < key.childPlaces.length) throw mixedNulls(key, this.plan.schemaName);
				continue;
			}
			if (this.#lockParent(key, row)) continue;
			const rowKey = this.plan.primary === null ? new Uint8Array(0) : this.#keyOf(row);
			this.#references.push({ key, row, rowKey });
		}
	}

	#requireReferences(row: readonly unknown[]): void {
		this.#checkReferences(null, row);
		const missing = this.#references.pop();
		if (missing !== undefined) throw missingParent(missing.key, this.plan.codec, this.plan.schemaName, row);
	}

	#keyOf(row: readonly unknown[]): Uint8Array {
		const key = new GrowingKeyBuffer(32);
		this.plan.codec.writeKey(row, key);
		return key.copy();
	}

	/** Locks the parent row of a child's values against removal; false when there is none. */
	#lockParent(key: ForeignKey, row: readonly unknown[]): boolean {
		const search = this.#scope.parentSearch(key);
		const { parentKey, parentRowKey } = this.#scope;
		search.writeFromChild(row, parentKey);
		if (!search.exists(this.#transaction, parentKey, this.#slot)) return false;
		search.rowKey(parentKey, this.#slot, parentRowKey);
		this.#lockKey(search.rows.id, parentRowKey, 'key share');
		return search.exists(this.#transaction, parentKey, this.#slot);
	}

	#settleReference(reference: PendingReference): void {
		const { key, row } = reference;
		if (this.#lockParent(key, row)) return;
		if (this.#deferred.isDeferred(key.constraint)) this.#deferred.add(key.constraint, () => this.#requireParent(reference));
		else this.#requireParent(reference);
	}

	/** A check at the commit: the row may be gone or refer to something else by now. */
	#requireParent(reference: PendingReference): void {
		const { key, row, rowKey } = reference;
		if (rowKey.length > 0) {
			const current = this.fetch(rowKey);
			if (current === null || key.childPlaces.some((place) => current[place] !== row[place])) return;
		} else if (this.#scope.childSearch(key).find(this.#transaction, parentImage(key, row), 1).length === 0) {
			return;
		}
		if (!this.#lockParent(key, row)) throw missingParent(key, this.plan.codec, this.plan.schemaName, row);
	}

	// Foreign keys: this table as the parent.

	#runAction(action: PendingAction): void {
		const { key, oldRow, newRow } = action;
		if (key.parentPlaces.some((place) => oldRow[place] === null)) return;
		const kind = newRow === null ? key.constraint.onDelete : key.constraint.onUpdate;
		if (kind === 'no action' || kind === 'restrict') {
			this.#refuseOrDefer(action, kind === 'restrict');
			return;
		}
		const children = this.#scope.childSearch(key).find(this.#transaction, oldRow, Number.MAX_SAFE_INTEGER);
		if (children.length === 0) return;
		const writer = this.#scope.cascade(key.child);
		for (const childKey of children) {
			const child = writer.fetch(childKey);
			if (child === null) continue;
			if (kind === 'cascade' && newRow === null) this.#deleteChild(writer, childKey, child);
			else this.#updateChild(writer, childKey, child, this.#childAfter(action, kind, writer, child), key.constraint.columns);
		}
	}

	#deleteChild(writer: RowWriter, key: Uint8Array, child: readonly unknown[]): void {
		const triggers = this.#scope.triggersOf(writer, 'delete', []);
		if (triggers !== null && !triggers.beforeDelete(child)) return;
		writer.delete(key, child);
		triggers?.deleted(child);
	}

	#updateChild(writer: RowWriter, key: Uint8Array, child: readonly unknown[], changed: unknown[], assigned: readonly number[]): void {
		const triggers = this.#scope.triggersOf(writer, 'update', assigned);
		if (triggers !== null && !triggers.beforeUpdate(child, changed, assigned)) return;
		writer.update(key, child, changed);
		triggers?.updated(child, changed, assigned);
	}

	/** The child's row after CASCADE of an update, SET NULL or SET DEFAULT. */
	#childAfter(action: PendingAction, kind: 'cascade' | 'set null' | 'set default', writer: RowWriter, child: readonly unknown[]): unknown[] {
		const { key, newRow } = action;
		const changed = [...child];
		if (kind === 'cascade') {
			const image = this.#scope.childImage(key, newRow!);
			key.childPlaces.forEach((place, part) => {
				changed[place] = image[part];
			});
			return changed;
		}
		const { columns, onDeleteColumns } = key.constraint;
		const numbers: readonly ObjectId[] = newRow === null && onDeleteColumns !== undefined ? onDeleteColumns : columns;
		for (const number of numbers) {
			const { program, codec } = writer.plan;
			changed[codec.placeOf(number)] = kind === 'set null' || program === null ? null : program.defaultValue(number);
		}
		return changed;
	}

	#refuseOrDefer(action: PendingAction, isRestrict: boolean): void {
		const { key } = action;
		if (!this.#isStillReferenced(action, isRestrict)) return;
		if (!isRestrict && this.#deferred.isDeferred(key.constraint)) {
			this.#deferred.add(key.constraint, () => {
				if (this.#isStillReferenced(action, false)) throw stillReferenced(key, this.plan.codec, this.#childSchema(key), action.oldRow);
			});
			return;
		}
		throw stillReferenced(key, this.plan.codec, this.#childSchema(key), action.oldRow);
	}

	#childSchema(key: ForeignKey): string {
		return this.plan.codec.catalog.get(key.child.schemaId)?.name ?? '';
	}

	/** Some child has the old values and (but for RESTRICT) no other parent row has taken them. */
	#isStillReferenced(action: PendingAction, isRestrict: boolean): boolean {
		const { key, oldRow } = action;
		if (!isRestrict) {
			const search = this.#scope.parentSearch(key);
			const { parentKey } = this.#scope;
			search.writeFromParent(oldRow, parentKey);
			if (search.exists(this.#transaction, parentKey, this.#slot)) return false;
		}
		return this.#scope.childSearch(key).find(this.#transaction, oldRow, 1).length > 0;
	}
}

interface ChangedElement {
	readonly codec: IndexCodec;
	readonly element: unknown;
	readonly flag: number;
}

const NO_ELEMENTS: readonly ChangedElement[] = [];

/** The entries of inverted indexes that go and come. */
function changedElements(indexes: readonly IndexCodec[], oldRow: readonly unknown[] | null, newRow: readonly unknown[] | null): ChangedElement[] {
	const changed: ChangedElement[] = [];
	for (const codec of indexes) {
		const before = oldRow === null ? NO_SET : codec.elements(oldRow);
		const after = newRow === null ? NO_SET : codec.elements(newRow);
		for (const element of before) if (!after.has(element)) changed.push({ codec, element, flag: OLD_PRESENT });
		for (const element of after) if (!before.has(element)) changed.push({ codec, element, flag: NEW_PRESENT });
	}
	return changed;
}

const NO_SET: ReadonlySet<unknown> = new Set();

/** A row with the parent's places filled from a child's values: enough for a search along the key. */
function parentImage(key: ForeignKey, child: readonly unknown[]): unknown[] {
	const image: unknown[] = [];
	key.parentPlaces.forEach((place, part) => {
		image[place] = child[key.childPlaces[part]!];
	});
	return image;
}
