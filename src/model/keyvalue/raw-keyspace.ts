/**
 * Ordered maps of bytes, as `db.keyspace(name)` shows them: reads at the visible offset, writes that commit by themselves, and
 * the same within a transaction (`TransactionKeyspace`). Keys are ordered by their bytes.
 *
 * Writes take no locks: a transaction that is serializable is validated by what it read, one at repeatable read by the keys it
 * wrote; under read committed the last commit wins.
 *
 * Cost: `put` is one change in the log and one entry in the memtable; nothing is allocated but its ticket.
 */
import type { Durability } from '../../log/log.ts';
import { sqlError } from '../../platform/errors.ts';
import type { EngineAbilities, Keyspace, Slot } from '../../storage/contracts.ts';
import type { CompactionMode } from '../../storage/keyspace-store-options.ts';
import { unordered } from '../../storage/versioned-keyspace.ts';
import { PUBLIC_SCHEMA_ID } from '../../transaction/catalog.ts';
import type { KeyspaceObject, ObjectId } from '../../transaction/catalog-objects.ts';
import type { CommitTicket } from '../../transaction/contracts.ts';
import type { OwnedTransaction, TransactionManager } from '../../transaction/manager.ts';
import { KEYVALUE_MODEL } from '../../transaction/models.ts';
import { type KeyspaceUsage, usageOf } from './keyspace-usage.ts';
import { addChange, KeyValueChange } from './keyvalue-applier.ts';

export interface Bounds {
	/** First key, inclusive; default: the first there is. */
	readonly lower?: Uint8Array;
	/** End, exclusive; default: none. */
	readonly upper?: Uint8Array;
}

export interface RangeOptions extends Bounds {
	/** From the end to the beginning. Default false. */
	readonly reverse?: boolean;
	/** At most so many entries; default: all. */
	readonly limit?: number;
}

export interface Entry {
	readonly key: Uint8Array;
	readonly value: Uint8Array;
}

export type EntryVisitor = (
	keyBuffer: Uint8Array,
	keyStart: number,
	keyEnd: number,
	valueBuffer: Uint8Array,
	valueStart: number,
	valueEnd: number,
) => boolean | void;

export type BatchOperation =
	| { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
	| { readonly type: 'delete'; readonly key: Uint8Array };

/** Bounds and directions are for engines that keep keys in order; enumerating all is for every engine. */
function checkRange({ abilities }: Keyspace, { lower, upper, reverse }: RangeOptions): void {
	if (abilities.ordered) return;
	if (lower !== undefined || upper !== undefined) throw unordered(abilities, 'read a range');
	if (reverse === true) throw unordered(abilities, 'walk backwards');
}

/** One buffer for changes under construction: they are built and handed on within a call. */
const change = new KeyValueChange();
/** Fewer keys are removed one by one. */
const RANGE_ENTRIES_MIN = 512;
const NO_BYTES = new Uint8Array(0);
const slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };

/** Values of these lengths are copied into shared pieces of memory: V8 allocates an array of its own outside of its heap, which took 286 to 975 ns for 100 bytes; a place in a pool takes 109. */
const POOLED_BYTES_MIN = 65;
const POOLED_BYTES_MAX = 2048;
const POOL_BYTES = 16 << 10;
let pool = new Uint8Array(POOL_BYTES);
let poolUsed = 0;

/** A copy of `buffer[start, end)` for the caller. */
function copied(buffer: Uint8Array, start: number, end: number): Uint8Array {
	const length = end - start;
	if (length < POOLED_BYTES_MIN || length > POOLED_BYTES_MAX) {
		const copy = new Uint8Array(length);
		if (length < 32) for (let index = 0; index < length; index++) copy[index] = buffer[start + index]!;
		else copy.set(buffer.subarray(start, end));
		return copy;
	}
	if (poolUsed + length > POOL_BYTES) {
		pool = new Uint8Array(POOL_BYTES);
		poolUsed = 0;
	}
	const copy = new Uint8Array(pool.buffer, poolUsed, length);
	copy.set(buffer.subarray(start, end));
	poolUsed += length;
	return copy;
}

function* entriesOf(transaction: OwnedTransaction, keyspace: Keyspace, options: RangeOptions, usage: KeyspaceUsage): IterableIterator<Entry> {
	checkRange(keyspace, options);
	const cursor = transaction.cursor(keyspace, options.lower ?? null, options.upper ?? null, options.reverse ?? false);
	const limit = options.limit ?? Number.POSITIVE_INFINITY;
	let count = 0;
	try {
		for (; count < limit && cursor.next(); count++) {
			yield {
				key: copied(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd),
				value: copied(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd),
			};
		}
	} finally {
		cursor.close();
		usage.range(count);
	}
}

export class RawKeyspace {
	readonly object: KeyspaceObject;
	readonly #manager: TransactionManager;
	readonly #keyspace: Keyspace;
	readonly #durability: Durability;
	readonly #usage: KeyspaceUsage;

	/** `durability` is the level of writes where the keyspace itself names none. */
	constructor(manager: TransactionManager, object: KeyspaceObject, durability: Durability) {
		this.object = object;
		this.#manager = manager;
		this.#keyspace = manager.keyspace(object.keyspaceId);
		this.#durability = object.durability ?? durability;
		this.#usage = usageOf(manager, object);
	}

	/** The value of a key as of the visible offset, or null. The bytes are the caller's; short ones lie in a buffer with those of other reads. */
	get(key: Uint8Array): Uint8Array | null {
		const isFound = this.#keyspace.get(key, key.length, this.#manager.visibleOffset, slot);
		this.#usage.get(key.length, isFound ? slot.end - slot.start : -1);
		return isFound ? copied(slot.buffer, slot.start, slot.end) : null;
	}

	/** The entries of a range as of the visible offset, which is kept for as long as the iteration goes on. */
	*range(options: RangeOptions = {}): IterableIterator<Entry> {
		const transaction = this.#manager.begin({ readOnly: true, isolation: 'repeatable read' });
		try {
			yield* entriesOf(transaction, this.#keyspace, options, this.#usage);
		} finally {
			transaction.rollback();
		}
	}

	/** Visits the entries of a range without copying them, until `visit` returns false; what it is given is valid during the call only. Returns how many were visited. */
	scan(options: RangeOptions, visit: EntryVisitor): number {
		checkRange(this.#keyspace, options);
		const cursor = this.#keyspace.cursor(options.lower ?? null, options.upper ?? null, options.reverse ?? false, this.#manager.visibleOffset);
		const limit = options.limit ?? Number.POSITIVE_INFINITY;
		let count = 0;
		while (count < limit && cursor.next()) {
			count++;
			if (visit(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd, cursor.valueBuffer, cursor.valueStart, cursor.valueEnd) === false) break;
		}
		cursor.close();
		this.#usage.range(count);
		return count;
	}

	put(key: Uint8Array, value: Uint8Array, durability = this.#durability): CommitTicket {
		change.set(this.object.keyspaceId, key, value);
		this.#usage.change(key.length, value.length);
		return this.#manager.commitChange(KEYVALUE_MODEL, change.bytes, change.length, durability);
	}

	delete(key: Uint8Array, durability = this.#durability): CommitTicket {
		change.set(this.object.keyspaceId, key, null);
		this.#usage.change(key.length, -1);
		return this.#manager.commitChange(KEYVALUE_MODEL, change.bytes, change.length, durability);
	}

	/**
	 * Removes every key from `lower` (inclusive) to `upper` (exclusive) in one commit. Many keys of an engine that can are removed by one
	 * entry in the log, whatever their number; otherwise each of them is logged.
	 */
	deleteRange(bounds: Bounds, durability = this.#durability): CommitTicket {
		checkRange(this.#keyspace, bounds);
		const range = { lower: bounds.lower ?? NO_BYTES, upper: bounds.upper ?? null };
		this.#usage.change(range.lower.length, -1);
		if (this.#keyspace.abilities.removesRanges && this.#hasMany(bounds)) {
			change.setRange(this.object.keyspaceId, range);
			const ticket = this.#manager.commitRemoval(KEYVALUE_MODEL, change.bytes, change.length, durability);
			if (ticket !== null) return ticket;
		}
		const transaction = this.#manager.begin({ transient: true });
		try {
			deleteEach(transaction, this.#keyspace, this.object.keyspaceId, bounds);
			return transaction.commit(durability);
		} catch (error) {
			transaction.rollback();
			throw error;
		}
	}

	/** Whether a range is worth the files that a removal as a whole leaves behind: it ends the memtable. */
	#hasMany({ lower, upper }: Bounds): boolean {
		const cursor = this.#keyspace.cursor(lower ?? null, upper ?? null, false, this.#manager.decidedOffset);
		let count = 0;
		while (count < RANGE_ENTRIES_MIN && cursor.next()) count++;
		cursor.close();
		return count === RANGE_ENTRIES_MIN;
	}

	/** All operations in one commit, in order. */
	batch(operations: Iterable<BatchOperation>, durability = this.#durability): CommitTicket {
		const { keyspaceId } = this.object;
		return this.#manager.commitChanges((payload) => {
			for (const operation of operations) {
				const value = operation.type === 'put' ? operation.value : null;
				addChange(payload, keyspaceId, operation.key, value);
				this.#usage.change(operation.key.length, value === null ? -1 : value.length);
			}
		}, durability);
	}

	/** The same keyspace within a transaction. */
	within(transaction: OwnedTransaction): TransactionKeyspace {
		return new TransactionKeyspace(transaction, this.#keyspace, this.object.keyspaceId, this.#usage);
	}
}

function changeKey(transaction: OwnedTransaction, keyspaceId: number, key: Uint8Array, value: Uint8Array | null): void {
	change.set(keyspaceId, key, value);
	transaction.change(KEYVALUE_MODEL, change.bytes, change.length);
	transaction.sealChanges();
}

/** Removes the keys that a transaction sees in a range, one by one. */
function deleteEach(transaction: OwnedTransaction, keyspace: Keyspace, keyspaceId: number, { lower, upper }: Bounds): void {
	const cursor = transaction.cursor(keyspace, lower ?? null, upper ?? null, false);
	while (cursor.next()) {
		change.set(keyspaceId, cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd), null);
		transaction.change(KEYVALUE_MODEL, change.bytes, change.length);
	}
	cursor.close();
	transaction.sealChanges();
}

/** Reads see the transaction's snapshot and its own writes. */
export class TransactionKeyspace {
	readonly #transaction: OwnedTransaction;
	readonly #keyspace: Keyspace;
	readonly #keyspaceId: number;
	readonly #usage: KeyspaceUsage;

	constructor(transaction: OwnedTransaction, keyspace: Keyspace, keyspaceId: number, usage: KeyspaceUsage) {
		this.#transaction = transaction;
		this.#keyspace = keyspace;
		this.#keyspaceId = keyspaceId;
		this.#usage = usage;
	}

	get(key: Uint8Array): Uint8Array | null {
		const isFound = this.#transaction.get(this.#keyspace, key, key.length, slot);
		this.#usage.get(key.length, isFound ? slot.end - slot.start : -1);
		return isFound ? copied(slot.buffer, slot.start, slot.end) : null;
	}

	range(options: RangeOptions = {}): IterableIterator<Entry> {
		return entriesOf(this.#transaction, this.#keyspace, options, this.#usage);
	}

	put(key: Uint8Array, value: Uint8Array): void {
		changeKey(this.#transaction, this.#keyspaceId, key, value);
		this.#usage.change(key.length, value.length);
	}

	delete(key: Uint8Array): void {
		changeKey(this.#transaction, this.#keyspaceId, key, null);
		this.#usage.change(key.length, -1);
	}

	/** Removes the keys that the transaction sees in a range. */
	deleteRange(bounds: Bounds): void {
		checkRange(this.#keyspace, bounds);
		this.#usage.change(bounds.lower?.length ?? 0, -1);
		deleteEach(this.#transaction, this.#keyspace, this.#keyspaceId, bounds);
	}
}

export interface OpenKeyspaceOptions {
	/** Default: that of the keyspace when it is there, else 'lsm'. */
	readonly engine?: EngineAbilities['name'];
	/** Default: that of the keyspace when it is there, else levelled. Another one is noted in the catalog, and used from then on. */
	readonly compaction?: CompactionMode;
	/** Default: `public`. */
	readonly schemaId?: ObjectId;
}

/** The keyspace of a name, made (and its creation committed) when there is none. Throws 22023 when it is there with another engine. */
export function openKeyspace(manager: TransactionManager, name: string, durability: Durability, options: OpenKeyspaceOptions = {}): RawKeyspace {
	const { engine, compaction, schemaId = PUBLIC_SCHEMA_ID } = options;
	const existing = manager.catalog.find(schemaId, 'keyspace', name);
	if (existing?.kind === 'keyspace') {
		if (engine === undefined || engine === existing.engine) return new RawKeyspace(manager, compactedAs(manager, existing, compaction), durability);
		throw sqlError('22023', `keyspace "${name}" has the engine ${existing.engine}, not ${engine}`, {
			hint: 'Leave the engine out to open it as it is, or copy its entries to a keyspace of another name.',
		});
	}
	checkCompaction(engine ?? 'lsm', compaction);
	const transaction = manager.begin({ transient: true });
	const id = transaction.newId();
	const made: KeyspaceObject = { kind: 'keyspace', id, name, schemaId, keyspaceId: id, engine: engine ?? 'lsm', durability: null };
	const object = compaction === undefined ? made : { ...made, compaction };
	transaction.changeCatalog(id, object);
	transaction.commit('os').waitSync();
	return new RawKeyspace(manager, object, durability);
}

/** The keyspace with another compaction, committed, unless it has it already. */
function compactedAs(manager: TransactionManager, object: KeyspaceObject, compaction: CompactionMode | undefined): KeyspaceObject {
	checkCompaction(object.engine, compaction);
	if (compaction === undefined || compaction === (object.compaction ?? 'levelled')) return object;
	const transaction = manager.begin({ transient: true });
	const changed = { ...object, compaction };
	transaction.changeCatalog(object.id, changed);
	transaction.commit('os').waitSync();
	return changed;
}

function checkCompaction(engine: EngineAbilities['name'], compaction: CompactionMode | undefined): void {
	if (compaction === undefined || engine === 'lsm') return;
	throw sqlError('22023', `a keyspace of engine ${engine} is not compacted: compaction is for the engine lsm`);
}
