/**
 * The databases of Redis' data types (`RedisData`), each a keyspace (`RedisSpace`): keys, their headers, and the elements of
 * collections. Commands are synchronous: each runs to its end before the next begins, so that none meets another half done.
 *
 * Calls: the owner sets `nowMs` and `readOffset`, then reads and changes. Outside of a transaction changes are gathered in
 * `change` and become one commit by `commit`, or nothing by `discard`; reads do not show them. Within one (`transaction` is
 * set) each is seen by the reads after it.
 *
 * Headers and slots are used again: what they show is valid until the next read with the same one.
 */
import { compareArrays } from '../../bytes/compare-bytes.ts';
import type { Durability } from '../../log/log.ts';
import type { Cursor, Keyspace, Offset, Slot } from '../../storage/contracts.ts';
import type { KeyspaceObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { OwnedTransaction, TransactionManager } from '../../transaction/manager.ts';
import { REDIS_MODEL } from '../../transaction/models.ts';
import { RedisChange } from './redis-change.ts';
import { afterPrefix, ELEMENT_HEAD_BYTES, ELEMENT_TAG, EntryKey, EXPIRY_TAG, GARBAGE_TAG, Header, readId, STRING } from './redis-layout.ts';

export const REDIS_SCHEMA = 'redis';

const LEVELS: readonly Durability[] = ['memory', 'os', 'disk'];

/** Told of every key that is changed, while `RedisData.isWatched`. */
export interface KeyWatcher {
	keyChanged(database: number, key: Uint8Array, start: number, end: number): void;
	databaseEmptied(database: number): void;
}

export class RedisData {
	readonly manager: TransactionManager;
	/** Of databases that name none of their own. */
	readonly durability: Durability;
	transaction: OwnedTransaction | null;
	/** What reads outside of transactions see. */
	readOffset: Offset;
	/** The time that commands go by, in milliseconds since 1970. */
	nowMs: number;
	isWatched: boolean;
	watcher: KeyWatcher | null;
	/** The surest level of the databases that the transaction has changed. */
	transactionDurability: Durability;
	/** When a database was last given another keyspace (emptied): reads of nothing older find the new one. */
	attachedOffset: Offset;
	#spaces: (RedisSpace | undefined)[];
	#catalog: CatalogVersion;

	constructor(manager: TransactionManager, durability: Durability) {
		this.manager = manager;
		this.durability = durability;
		this.transaction = null;
		this.readOffset = 0;
		this.nowMs = 0;
		this.isWatched = false;
		this.watcher = null;
		this.transactionDurability = 'memory';
		this.attachedOffset = 0;
		this.#spaces = [];
		this.#catalog = manager.catalog;
	}

	/** Until `end`, reads and changes of all databases belong to this transaction, which ends within the turn. */
	begin(): OwnedTransaction {
		this.transactionDurability = 'memory';
		this.transaction = this.manager.begin({ transient: true });
		return this.transaction;
	}

	end(): void {
		this.transaction = null;
	}

	/** A transaction was rolled back, perhaps to a savepoint: nothing that was counted holds any more. */
	forget(): void {
		for (const space of this.#spaces) space?.discard();
		this.refresh();
	}

	/** A database was changed within the transaction. */
	noteChange(durability: Durability): void {
		if (LEVELS.indexOf(durability) > LEVELS.indexOf(this.transactionDurability)) this.transactionDurability = durability;
	}

	/** The database of a number; made, and that committed, when there is none yet. */
	space(database: number): RedisSpace {
		if (this.#catalog !== this.manager.catalog) this.refresh();
		return this.#spaces[database] ?? this.#open(database);
	}

	/** Numbers of the databases that exist. */
	databases(): number[] {
		const { catalog } = this.manager;
		const schema = catalog.findSchema(REDIS_SCHEMA);
		if (schema === undefined) return [];
		const found: number[] = [];
		for (const object of catalog.dependents(schema.id)) if (object.kind === 'keyspace' && /^\d+$/.test(object.name)) found.push(Number(object.name));
		return found.sort((a, b) => a - b);
	}

	/** Looks again for what the names of databases mean: something in the catalog has changed, perhaps by SQL. */
	refresh(): void {
		this.#catalog = this.manager.catalog;
		for (const space of this.#spaces) {
			if (space === undefined) continue;
			// A database made since the transaction began, at its first use, is not in the transaction's catalog.
			const object = (this.transaction && databaseObject(this.transaction.catalog, space.database)) ?? databaseObject(this.#catalog, space.database);
			if (object === undefined) this.#spaces[space.database] = undefined;
			else if (object !== space.object) space.attach(object);
		}
	}

	#open(database: number): RedisSpace {
		const { manager } = this;
		const name = String(database);
		const space = new RedisSpace(this, database, databaseObject(manager.catalog, database) ?? this.#create(name));
		this.#spaces[database] = space;
		this.#catalog = manager.catalog;
		return space;
	}

	#create(name: string): KeyspaceObject {
		const transaction = this.manager.begin({ transient: true });
		let schemaId = transaction.catalog.findSchema(REDIS_SCHEMA)?.id;
		if (schemaId === undefined) {
			schemaId = transaction.newId();
			transaction.changeCatalog(schemaId, { kind: 'schema', id: schemaId, name: REDIS_SCHEMA, schemaId: 0, owner: 'polylog' });
		}
		const id = transaction.newId();
		const object: KeyspaceObject = { kind: 'keyspace', id, name, schemaId, keyspaceId: transaction.newId(), engine: 'lsm', durability: null };
		transaction.changeCatalog(id, object);
		transaction.commit('os');
		return object;
	}
}

export class RedisSpace {
	readonly data: RedisData;
	readonly database: number;
	object: KeyspaceObject;
	keyspace: Keyspace;
	durability: Durability;
	readonly change: RedisChange;
	readonly entry: EntryKey;
	readonly slot: Slot;
	readonly header: Header;
	/** For commands over two keys. */
	readonly otherHeader: Header;
	/** Keys that expire, or collections to sweep, may exist. */
	mayExpire: boolean;
	hasGarbage: boolean;
	#nextId: number;
	/** Entries of keys, −1 while unknown. */
	#keyCount: number;

	constructor(data: RedisData, database: number, object: KeyspaceObject) {
		this.data = data;
		this.database = database;
		this.change = new RedisChange();
		this.entry = new EntryKey();
		this.slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
		this.header = new Header();
		this.otherHeader = new Header();
		this.object = object;
		this.keyspace = data.manager.keyspace(object.keyspaceId);
		this.durability = object.durability ?? data.durability;
		this.mayExpire = true;
		this.hasGarbage = true;
		this.#nextId = 0;
		this.#keyCount = -1;
		this.change.begin(object.keyspaceId);
	}

	/** The catalog's object was replaced: other settings, or another keyspace. */
	attach(object: KeyspaceObject): void {
		this.durability = object.durability ?? this.data.durability;
		if (object.keyspaceId !== this.object.keyspaceId) {
			this.keyspace = this.data.manager.keyspace(object.keyspaceId);
			this.data.attachedOffset = this.data.manager.decidedOffset;
			this.mayExpire = true;
			this.hasGarbage = true;
			this.#nextId = 0;
			this.#keyCount = -1;
		}
		this.object = object;
		this.change.begin(object.keyspaceId);
	}

	// ---- reading ----

	/** What there is of a key. */
	find(key: Uint8Array, start: number, end: number, header: Header = this.header): Header {
		return this.get(this.entry.key(key, start, end)) ? header.decode(this.slot, this.data.nowMs) : header.absent();
	}

	/** The value of an entry goes to `slot`. */
	get(entry: EntryKey): boolean {
		const { transaction } = this.data;
		if (transaction !== null) return transaction.get(this.keyspace, entry.bytes, entry.length, this.slot);
		return this.keyspace.get(entry.bytes, entry.length, this.data.readOffset, this.slot);
	}

	getElement(id: number, element: Uint8Array, start: number, end: number): boolean {
		return this.get(this.entry.element(id, element, start, end));
	}

	cursor(lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean): Cursor {
		const { transaction } = this.data;
		if (transaction !== null) return transaction.cursor(this.keyspace, lower, upper, reverse);
		return this.keyspace.cursor(lower, upper, reverse, this.data.readOffset);
	}

	/** The elements of a collection that begin with the byte `tag` (−1: all); from the entry `place` on if it is given. */
	elements(id: number, tag = -1, reverse = false, place: Uint8Array | null = null): Cursor {
		const lower = this.entry.collection(id);
		if (tag >= 0) lower.then(tag);
		const from = lower.copy();
		return this.cursor(place === null || compareArrays(place, from) < 0 ? from : place, afterPrefix(from), reverse);
	}

	/** Keys that begin with `prefix`, from the entry `lower` on if it is given. */
	keys(prefix: Uint8Array, lower: Uint8Array | null): Cursor {
		const from = this.entry.key(prefix, 0, prefix.length).copy();
		return this.cursor(lower === null || compareArrays(lower, from) < 0 ? from : lower, afterPrefix(from), false);
	}

	/** Number of keys, those included that have expired and are not swept yet. Counted once, then known. */
	keyCount(): number {
		if (this.#keyCount < 0) {
			const cursor = this.keys(new Uint8Array(0), null);
			let count = 0;
			while (cursor.next()) count++;
			cursor.close();
			this.#keyCount = count;
		}
		return this.#keyCount;
	}

	/** Number of keys that expire. */
	expiringCount(): number {
		if (!this.mayExpire) return 0;
		const cursor = this.cursor(new Uint8Array([EXPIRY_TAG]), new Uint8Array([EXPIRY_TAG + 1]), false);
		let count = 0;
		while (cursor.next()) count++;
		cursor.close();
		return count;
	}

	// ---- changing ----

	setString(key: Uint8Array, start: number, end: number, old: Header, expiryMs: number, value: Uint8Array, valueStart: number, valueEnd: number): void {
		this.#keyChanges(key, start, end, old, true);
		if (old.storedId !== 0) this.hasGarbage = true;
		if (expiryMs >= 0) this.mayExpire = true;
		this.change.setString(key, start, end, old, expiryMs, value, valueStart, valueEnd);
		this.#changed();
	}

	/** Writes a collection's header, or removes the key once the collection has nothing left. */
	setCollection(key: Uint8Array, start: number, end: number, header: Header): void {
		if (header.count === 0) {
			if (header.isStored) this.removeKey(key, start, end, header, header.storedId === header.id);
			return;
		}
		this.#keyChanges(key, start, end, header, true);
		if (header.storedId !== 0 && header.storedId !== header.id) this.hasGarbage = true;
		if (header.expiryMs >= 0) this.mayExpire = true;
		this.change.setCollection(key, start, end, header);
		header.isStored = true;
		header.storedId = header.id;
		header.storedExpiryMs = header.expiryMs;
		this.#changed();
	}

	/** Writes the header of a key again, whatever its type, with the expiry in it. */
	setHeader(key: Uint8Array, start: number, end: number, header: Header): void {
		if (header.type === STRING) this.setString(key, start, end, header, header.expiryMs, header.buffer, header.start, header.end);
		else this.setCollection(key, start, end, header);
	}

	removeKey(key: Uint8Array, start: number, end: number, old: Header, keepElements = false): void {
		this.#keyChanges(key, start, end, old, false);
		if (old.storedId !== 0 && !keepElements) this.hasGarbage = true;
		this.change.removeKey(key, start, end, old, keepElements);
		this.#changed();
	}

	/** Finds a collection, or makes an empty one of the type. Another type is left for the caller to refuse. */
	collection(key: Uint8Array, start: number, end: number, type: number, header: Header = this.header): Header {
		this.find(key, start, end, header);
		if (header.type === 0) header.create(type, this.newId());
		return header;
	}

	setElement(id: number, element: Uint8Array, start: number, end: number, value: Uint8Array, valueStart: number, valueEnd: number): void {
		this.change.setElement(id, element, start, end, value, valueStart, valueEnd);
		this.#changed();
	}

	removeElement(id: number, element: Uint8Array, start: number, end: number): void {
		this.change.removeElement(id, element, start, end);
		this.#changed();
	}

	setMember(id: number, member: Uint8Array, start: number, end: number, oldScore: number, score: number): void {
		this.change.setMember(id, member, start, end, oldScore, score);
		this.#changed();
	}

	removeMember(id: number, member: Uint8Array, start: number, end: number, score: number): void {
		this.change.removeMember(id, member, start, end, score);
		this.#changed();
	}

	swept(id: number): void {
		this.change.swept(id);
		this.#changed();
	}

	/** Removes all elements of a collection whose key has gone, as a whole; false where they must be removed one by one. */
	sweepAll(id: number): boolean {
		if (!this.keyspace.abilities.removesRanges || this.change.count > 0) return false;
		const { change } = this;
		change.sweep(id);
		try {
			return this.data.manager.commitRemoval(REDIS_MODEL, change.bytes, change.length, 'os') !== null;
		} finally {
			change.begin(this.object.keyspaceId);
		}
	}

	/** An element of a key changed while its header stays as it is. */
	touch(key: Uint8Array, start: number, end: number): void {
		if (this.data.isWatched) this.data.watcher?.keyChanged(this.database, key, start, end);
	}

	newId(): number {
		if (this.#nextId === 0) this.#nextId = this.#lastId() + 1;
		return this.#nextId++;
	}

	/** Commits what was gathered outside of a transaction. */
	commit(durability: Durability = this.durability): void {
		const { change } = this;
		if (change.count === 0) return;
		try {
			this.data.manager.commitChange(REDIS_MODEL, change.bytes, change.length, durability);
		} catch (error) {
			this.#keyCount = -1;
			throw error;
		} finally {
			change.begin(this.object.keyspaceId);
		}
	}

	/** Forgets what a command has gathered since the change was of this length. */
	rewind(length: number, count: number): void {
		if (this.change.count === count) return;
		this.change.length = length;
		this.change.count = count;
		this.#keyCount = -1;
	}

	/** Forgets what was gathered, or what a transaction undid. */
	discard(): void {
		this.change.begin(this.object.keyspaceId);
		this.#keyCount = -1;
	}

	/** Removes everything, by taking another keyspace: a change of the catalog, whatever the size. */
	empty(): void {
		const { data } = this;
		const transaction = data.transaction ?? data.manager.begin({ transient: true });
		const object: KeyspaceObject = { ...this.object, keyspaceId: transaction.newId() };
		transaction.changeCatalog(object.id, object);
		if (data.transaction === null) transaction.commit(this.durability);
		else data.noteChange(this.durability);
		this.attach(object);
		this.#keyCount = 0;
		if (data.isWatched) data.watcher?.databaseEmptied(this.database);
	}

	/** Gives the database another durability; `syncEachSecond` is what `appendfsync everysec` says of it. */
	configure(durability: Durability, syncEachSecond: boolean): void {
		const { data } = this;
		const transaction = data.transaction ?? data.manager.begin({ transient: true });
		const object: KeyspaceObject = { ...this.object, durability, syncEachSecond };
		transaction.changeCatalog(object.id, object);
		if (data.transaction === null) transaction.commit(this.durability);
		this.attach(object);
	}

	#keyChanges(key: Uint8Array, start: number, end: number, old: Header, willExist: boolean): void {
		if (this.#keyCount >= 0 && old.isStored !== willExist) this.#keyCount += willExist ? 1 : -1;
		if (this.data.isWatched) this.data.watcher?.keyChanged(this.database, key, start, end);
	}

	#changed(): void {
		const { transaction } = this.data;
		if (transaction === null) return;
		const { change } = this;
		transaction.change(REDIS_MODEL, change.bytes, change.length);
		// Reads show what came before the last seal: after a rollback to a savepoint that is not everything any more.
		transaction.sealChanges();
		this.data.noteChange(this.durability);
		change.begin(this.object.keyspaceId);
	}

	/** The greatest id that has elements, or is to be swept: a collection without elements has no key either. */
	#lastId(): number {
		const { transaction, manager } = this.data;
		let last = 0;
		for (const tag of [ELEMENT_TAG, GARBAGE_TAG]) {
			const [lower, upper] = [new Uint8Array([tag]), new Uint8Array([tag + 1])];
			const cursor =
				transaction === null ? this.keyspace.cursor(lower, upper, true, manager.decidedOffset) : transaction.cursor(this.keyspace, lower, upper, true);
			if (cursor.next()) last = Math.max(last, readId(cursor.keyBuffer, cursor.keyStart + 1));
			cursor.close();
		}
		return last;
	}
}

/** The keyspace of a database; undefined where the catalog has none. */
function databaseObject(catalog: CatalogVersion, database: number): KeyspaceObject | undefined {
	const schema = catalog.findSchema(REDIS_SCHEMA);
	const object = schema === undefined ? undefined : catalog.find(schema.id, 'keyspace', String(database));
	return object?.kind === 'keyspace' ? object : undefined;
}

/** The bytes of an element within its entry. */
export function elementStart(cursor: Cursor): number {
	return cursor.keyStart + ELEMENT_HEAD_BYTES;
}
