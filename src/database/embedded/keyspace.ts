/** Raw ordered keys and values: `db.keyspace(name)`. Keys and values are bytes; texts are taken as their UTF-8. */

import { KeyValueChange } from '../../model/keyvalue/keyvalue-applier.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Keyspace, Slot } from '../../storage/contracts.ts';
import { ENGINE_NAMES } from '../../storage/engines.ts';
import { PUBLIC_SCHEMA_ID } from '../../transaction/catalog.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { KEYVALUE_MODEL } from '../../transaction/models.ts';
import type { Foundation } from '../start-engine.ts';

/** Bytes, or a text taken as its UTF-8. */
export type Bytes = Uint8Array | string;

/**
 * Bounds and order of a range; without bounds it is everything. Keys are ordered by their bytes.
 *
 * @since 0.1.0
 */
export interface RangeOptions {
	/** First key, inclusive; it goes before `gt`. */
	readonly gte?: Bytes;
	/** First key, exclusive. */
	readonly gt?: Bytes;
	/** End, exclusive; it goes before `lte`. */
	readonly lt?: Bytes;
	/** End, inclusive. */
	readonly lte?: Bytes;
	/** From the last key to the first. Default false. */
	readonly reverse?: boolean;
	/** Most entries; default all. */
	readonly limit?: number;
}

/**
 * How a keyspace is kept on disk. Which engine suits which work is in `docs/storage.md`.
 *
 * @since 0.2.0
 */
export interface KeyspaceOptions {
	/** `'lsm'` (the default) or `'btree'`. Fixed when the keyspace is made: another one is refused with 22023 later. */
	readonly engine?: KeyspaceEngine;
}

/** @since 0.2.0 */
export type KeyspaceEngine = 'lsm' | 'btree';

/** @since 0.1.0 */
export interface BatchOperation {
	readonly type: 'put' | 'del';
	readonly key: Bytes;
	/** For 'put'; without it the value is empty. */
	readonly value?: Bytes;
}

/**
 * Key and value; both belong to the caller.
 *
 * @since 0.1.0
 */
export interface Entry {
	readonly key: Uint8Array;
	readonly value: Uint8Array;
}

function bytesOf(value: Bytes): Uint8Array {
	return typeof value === 'string' ? Buffer.from(value) : value;
}

/** The least key greater than `key`. */
function after(key: Uint8Array): Uint8Array {
	const next = new Uint8Array(key.length + 1);
	next.set(key);
	return next;
}

/**
 * A map from bytes to bytes, ordered by key: `db.keyspace(name)`. Reads are synchronous and see the newest visible commit. Keys have
 * at least one byte (22023) and a limited length (`key-too-long`); values have no limit but memory.
 *
 * @example
 * ```ts
 * import { open } from 'polylog';
 *
 * const db = await open(':memory:');
 * const seen = db.keyspace('seen');
 * await seen.put('2024-05-01', 'a');
 * await seen.put('2024-05-02', new Uint8Array([98]));
 * console.log(seen.get('2024-05-02')); // Uint8Array(1) [ 98 ]
 * console.log([...seen.range({ gte: '2024-05', reverse: true, limit: 1 })].map(({ key }) => Buffer.from(key).toString())); // [ '2024-05-02' ]
 * await seen.delete('2024-05-01');
 * console.log(seen.get('2024-05-01')); // undefined
 * await db.close();
 * ```
 * @since 0.1.0
 */
export class KeyspaceHandle {
	readonly name: string;
	readonly #foundation: Foundation;
	readonly #id: number;
	readonly #keyspace: Keyspace;
	readonly #slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	readonly #change = new KeyValueChange();

	private constructor(foundation: Foundation, name: string, id: number) {
		this.#foundation = foundation;
		this.name = name;
		this.#id = id;
		this.#keyspace = foundation.manager.keyspace(id);
	}

	/**
	 * Finds the keyspace, or makes it.
	 * @internal
	 */
	static open(foundation: Foundation, name: string, options: KeyspaceOptions = {}): KeyspaceHandle {
		if (name === '') throw new TypeError('a keyspace needs a name');
		const { engine } = options;
		if (engine !== undefined && !ENGINE_NAMES.includes(engine))
			throw new TypeError(`the engine of a keyspace is one of ${ENGINE_NAMES.join(', ')}, not ${engine}`);
		const found = foundation.manager.catalog.find(PUBLIC_SCHEMA_ID, 'keyspace', name);
		if (found?.kind === 'keyspace') {
			if (engine === undefined || engine === found.engine) return new KeyspaceHandle(foundation, name, found.keyspaceId);
			throw sqlError('22023', `keyspace "${name}" has the engine ${found.engine}, not ${engine}`, {
				hint: 'Leave the engine out to open it as it is, or copy its entries to a keyspace of another name.',
			});
		}
		const transaction = foundation.manager.begin({ transient: true });
		const id = transaction.newId();
		transaction.changeCatalog(id, { kind: 'keyspace', id, name, schemaId: PUBLIC_SCHEMA_ID, keyspaceId: id, engine: engine ?? 'lsm', durability: null });
		transaction.commit('os').waitSync();
		return new KeyspaceHandle(foundation, name, id);
	}

	/** The value of a key, a copy; undefined when there is none. Synchronous. */
	get(key: Bytes): Uint8Array | undefined {
		const bytes = bytesOf(key);
		const slot = this.#slot;
		if (!this.#keyspace.get(bytes, bytes.length, this.#foundation.manager.visibleOffset, slot)) return undefined;
		return slot.buffer.slice(slot.start, slot.end);
	}

	/** Entries in key order over one snapshot. Synchronous. */
	*range(options: RangeOptions = {}): IterableIterator<Entry> {
		const lower = options.gte !== undefined ? bytesOf(options.gte) : options.gt !== undefined ? after(bytesOf(options.gt)) : null;
		const upper = options.lt !== undefined ? bytesOf(options.lt) : options.lte !== undefined ? after(bytesOf(options.lte)) : null;
		const transaction = this.#foundation.manager.begin({ readOnly: true, isolation: 'repeatable read' });
		const cursor = transaction.cursor(this.#keyspace, lower, upper, options.reverse ?? false);
		try {
			for (let left = options.limit ?? Number.POSITIVE_INFINITY; left > 0 && cursor.next(); left--) {
				yield { key: cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd), value: cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd) };
			}
		} finally {
			cursor.close();
			transaction.rollback();
		}
	}

	/** Visits entries in key order without copying them: buffers are valid during the call only. Returns how many. Stops when `visit` returns false. */
	scan(
		options: RangeOptions,
		visit: (keyBuffer: Uint8Array, keyStart: number, keyEnd: number, valueBuffer: Uint8Array, valueStart: number, valueEnd: number) => boolean | void,
	): number {
		const lower = options.gte !== undefined ? bytesOf(options.gte) : options.gt !== undefined ? after(bytesOf(options.gt)) : null;
		const upper = options.lt !== undefined ? bytesOf(options.lt) : options.lte !== undefined ? after(bytesOf(options.lte)) : null;
		const cursor = this.#keyspace.cursor(lower, upper, options.reverse ?? false, this.#foundation.manager.visibleOffset);
		const most = options.limit ?? Number.POSITIVE_INFINITY;
		let count = 0;
		while (count < most && cursor.next()) {
			count++;
			if (visit(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd, cursor.valueBuffer, cursor.valueStart, cursor.valueEnd) === false) break;
		}
		cursor.close();
		return count;
	}

	/** Sets a key. Resolves when that is durable at the database's level and seen by every later read. */
	put(key: Bytes, value: Bytes): Promise<void> {
		const transaction = this.#begin();
		this.#put(transaction, key, value);
		return this.#commit(transaction);
	}

	/** Removes a key; resolves as `put`, also when there was none. */
	delete(key: Bytes): Promise<void> {
		const transaction = this.#begin();
		this.#delete(transaction, key);
		return this.#commit(transaction);
	}

	/** All operations, in order, as one transaction: all or none. Resolves as `put`. */
	batch(operations: readonly BatchOperation[]): Promise<void> {
		return this.#commit(this.#fill(operations));
	}

	/** As `put`, in this thread: durable at the database's level when it returns. */
	putSync(key: Bytes, value: Bytes): void {
		const transaction = this.#begin();
		this.#put(transaction, key, value);
		transaction.commit(this.#foundation.durability).waitSync();
	}

	/** As `batch`, in this thread: durable at the database's level when it returns. */
	batchSync(operations: readonly BatchOperation[]): void {
		this.#fill(operations).commit(this.#foundation.durability).waitSync();
	}

	#begin(): OwnedTransaction {
		return this.#foundation.manager.begin({ transient: true });
	}

	#fill(operations: readonly BatchOperation[]): OwnedTransaction {
		const transaction = this.#begin();
		try {
			for (const operation of operations) {
				if (operation.type === 'put') this.#put(transaction, operation.key, operation.value ?? '');
				else if (operation.type === 'del') this.#delete(transaction, operation.key);
				else throw new TypeError(`unknown batch operation ${String((operation as { type: unknown }).type)}`);
			}
		} catch (error) {
			transaction.rollback();
			throw error;
		}
		return transaction;
	}

	#put(transaction: OwnedTransaction, key: Bytes, value: Bytes): void {
		const bytes = bytesOf(key);
		if (bytes.length === 0) throw sqlError('22023', 'a key has at least one byte');
		this.#change.put(this.#id, bytes, bytesOf(value));
		transaction.change(KEYVALUE_MODEL, this.#change.bytes, this.#change.length);
	}

	#delete(transaction: OwnedTransaction, key: Bytes): void {
		this.#change.delete(this.#id, bytesOf(key));
		transaction.change(KEYVALUE_MODEL, this.#change.bytes, this.#change.length);
	}

	#commit(transaction: OwnedTransaction): Promise<void> {
		const ticket = transaction.commit(this.#foundation.durability);
		return ticket.durable ? Promise.resolve() : ticket.wait();
	}
}
