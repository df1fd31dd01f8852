/** Raw ordered keys and values: `db.keyspace(name)`. Keys and values are bytes; texts are taken as their UTF-8. */

import { openKeyspace, type RawKeyspace, type BatchOperation as RawOperation, type RangeOptions as RawRange } from '../../model/keyvalue/raw-keyspace.ts';
import { ENGINE_NAMES } from '../../storage/engine-abilities.ts';
import { COMPACTION_MODES } from '../../storage/keyspace-store-options.ts';
import type { Foundation } from '../start-engine.ts';
import type { Acknowledgements } from './acknowledgements.ts';

/** Bytes, or a text taken as its UTF-8. */
export type Bytes = Uint8Array | string;

/**
 * Bounds of a range; without any it is everything. Keys are ordered by their bytes.
 *
 * @since 0.2.0
 */
export interface KeyBounds {
	/** First key, inclusive; it goes before `gt`. */
	readonly gte?: Bytes;
	/** First key, exclusive. */
	readonly gt?: Bytes;
	/** End, exclusive; it goes before `lte`. */
	readonly lt?: Bytes;
	/** End, inclusive. */
	readonly lte?: Bytes;
}

/** @since 0.1.0 */
export interface RangeOptions extends KeyBounds {
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
	/** `'lsm'` (the default), `'btree'` or `'hash'` (reads by key only, no ranges). Fixed when the keyspace is made: another one is refused with 22023 later. */
	readonly engine?: KeyspaceEngine;
	/**
	 * How the files of an LSM keyspace are merged: `'levelled'` (the default) reads little and keeps little that was overwritten, `'tiered'` writes a fraction of
	 * it. Another one than the keyspace has is noted, and used from then on; an engine that is not LSM refuses it with 22023.
	 */
	readonly compaction?: 'levelled' | 'tiered';
}

/** @since 0.2.0 */
export type KeyspaceEngine = 'lsm' | 'btree' | 'hash';

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

function boundsOf(options: RangeOptions): RawRange {
	const { gte, gt, lt, lte, reverse, limit } = options;
	const lower = gte !== undefined ? bytesOf(gte) : gt !== undefined ? after(bytesOf(gt)) : undefined;
	const upper = lt !== undefined ? bytesOf(lt) : lte !== undefined ? after(bytesOf(lte)) : undefined;
	return { ...(lower && { lower }), ...(upper && { upper }), ...(reverse === undefined ? {} : { reverse }), ...(limit === undefined ? {} : { limit }) };
}

function deletionBounds(bounds: KeyBounds): RawRange {
	const { reverse, limit }: RangeOptions = bounds;
	if (reverse !== undefined || limit !== undefined) throw new TypeError('deleteRange takes bounds alone, neither reverse nor limit');
	return boundsOf(bounds);
}

function* rawOperations(operations: readonly BatchOperation[]): Iterable<RawOperation> {
	for (const { type, key, value } of operations) {
		if (type === 'put') yield { type, key: bytesOf(key), value: bytesOf(value ?? '') };
		else if (type === 'del') yield { type: 'delete', key: bytesOf(key) };
		else throw new TypeError(`unknown batch operation ${String(type)}`);
	}
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
	readonly #keyspace: RawKeyspace;
	readonly #acknowledgements: Acknowledgements;

	private constructor(name: string, keyspace: RawKeyspace, acknowledgements: Acknowledgements) {
		this.name = name;
		this.#keyspace = keyspace;
		this.#acknowledgements = acknowledgements;
	}

	/**
	 * Finds the keyspace, or makes it.
	 * @internal
	 */
	static open({ manager, durability }: Foundation, name: string, options: KeyspaceOptions, acknowledgements: Acknowledgements): KeyspaceHandle {
		const { engine, compaction } = options;
		if (name === '') throw new TypeError('a keyspace needs a name');
		if (engine !== undefined && !ENGINE_NAMES.includes(engine))
			throw new TypeError(`the engine of a keyspace is one of ${ENGINE_NAMES.join(', ')}, not ${engine}`);
		if (compaction !== undefined && !COMPACTION_MODES.includes(compaction))
			throw new TypeError(`the compaction of a keyspace is one of ${COMPACTION_MODES.join(', ')}, not ${compaction}`);
		return new KeyspaceHandle(name, openKeyspace(manager, name, durability, options), acknowledgements);
	}

	/** The value of a key, a copy (like a Buffer of Node.js it may be a part of a larger `buffer`); undefined when there is none. Synchronous. */
	get(key: Bytes): Uint8Array | undefined {
		return this.#keyspace.get(bytesOf(key)) ?? undefined;
	}

	/** Entries in key order over one snapshot. Synchronous. */
	range(options: RangeOptions = {}): IterableIterator<Entry> {
		return this.#keyspace.range(boundsOf(options));
	}

	/** Visits entries in key order without copying them: buffers are valid during the call only. Returns how many. Stops when `visit` returns false. */
	scan(
		options: RangeOptions,
		visit: (keyBuffer: Uint8Array, keyStart: number, keyEnd: number, valueBuffer: Uint8Array, valueStart: number, valueEnd: number) => boolean | void,
	): number {
		return this.#keyspace.scan(boundsOf(options), visit);
	}

	/** Sets a key. Resolves when that is durable at the database's level and seen by every later read. */
	put(key: Bytes, value: Bytes): Promise<void> {
		return this.#acknowledgements.of(this.#keyspace.put(bytesOf(key), bytesOf(value)));
	}

	/** Removes a key; resolves as `put`, also when there was none. */
	delete(key: Bytes): Promise<void> {
		return this.#acknowledgements.of(this.#keyspace.delete(bytesOf(key)));
	}

	/**
	 * Removes every key in a range, all or none; without bounds, everything. Resolves as `put`. In an LSM keyspace the cost does not depend on how
	 * many keys there are: one entry is logged, and files that lie in the range are removed unread. Other engines, and any engine while a serializable transaction
	 * is open, remove the keys one by one. Bounds of a hash keyspace are refused with 0A000.
	 *
	 * @since 0.2.0
	 */
	deleteRange(bounds: KeyBounds): Promise<void> {
		return this.#acknowledgements.of(this.#keyspace.deleteRange(deletionBounds(bounds)));
	}

	/** As `deleteRange`, in this thread: durable at the database's level when it returns. */
	deleteRangeSync(bounds: KeyBounds): void {
		this.#keyspace.deleteRange(deletionBounds(bounds)).waitSync();
	}

	/** All operations, in order, as one transaction: all or none. Resolves as `put`. */
	batch(operations: readonly BatchOperation[]): Promise<void> {
		return this.#acknowledgements.of(this.#keyspace.batch(rawOperations(operations)));
	}

	/** As `put`, in this thread: durable at the database's level when it returns. */
	putSync(key: Bytes, value: Bytes): void {
		this.#keyspace.put(bytesOf(key), bytesOf(value)).waitSync();
	}

	/** As `batch`, in this thread: durable at the database's level when it returns. */
	batchSync(operations: readonly BatchOperation[]): void {
		this.#keyspace.batch(rawOperations(operations)).waitSync();
	}
}
