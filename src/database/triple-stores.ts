/**
 * Triple stores of an open database: their caches of terms, and the readers and writers that statements ask for by the services
 * `triples.reader` and `triples.writer` (see `model/triple/contracts.ts`), one per transaction and store.
 *
 * The store `public.default` is made at its first use; others by `polylog.create_triple_store`, by the API or by a load.
 */
import type { TripleStore } from '../model/triple/contracts.ts';
import { StoreQuadWriter } from '../model/triple/quad-writer.ts';
import { createTripleStore, dropTripleStore, findTripleStore, tripleStoreOf } from '../model/triple/store-definition.ts';
import { TermCache } from '../model/triple/term-cache.ts';
import { StoreTermReader } from '../model/triple/term-reader.ts';
import { sqlError } from '../platform/errors.ts';
import type { CatalogVersion, Transaction } from '../transaction/contracts.ts';
import { LockWait } from '../transaction/signals.ts';
import { searchPathNames } from './analysis.ts';
import type { Engine } from './engine.ts';
import type { DatabaseSession } from './session.ts';

export const DEFAULT_STORE = 'default';

interface TransactionReaders {
	/** The catalog by which they were made. */
	catalog: CatalogVersion | null;
	reader: StoreTermReader | null;
	writer: StoreQuadWriter | null;
}

export class TripleStores {
	readonly #engine: Engine;
	/** By the keyspace of the terms: another one after TRUNCATE. */
	readonly #caches = new Map<number, TermCache>();
	readonly #byTransaction = new WeakMap<Transaction, Map<number, TransactionReaders>>();

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	reader(transaction: Transaction, storeId: number): StoreTermReader {
		const kept = this.#kept(transaction, storeId);
		if (kept.reader === null) {
			const store = requireStore(transaction, storeId);
			kept.reader = new StoreTermReader(this.#engine.tables, transaction, store, this.cache(store));
		}
		return kept.reader;
	}

	writer(transaction: Transaction, storeId: number): StoreQuadWriter {
		const kept = this.#kept(transaction, storeId);
		if (kept.writer === null) {
			const { manager, tables } = this.#engine;
			const store = requireStore(transaction, storeId);
			kept.writer = new StoreQuadWriter(tables, transaction, store, this.cache(store), (id, catalog, of) => Number(manager.nextval(id, catalog, of)));
		}
		return kept.writer;
	}

	/** Terms of a store read lately. */
	cache(store: TripleStore): TermCache {
		const { keyspaceId } = store.terms;
		let cache = this.#caches.get(keyspaceId);
		if (cache === undefined) {
			for (const id of this.#caches.keys()) if (!this.#engine.store.has(id)) this.#caches.delete(id);
			this.#caches.set(keyspaceId, (cache = new TermCache()));
		}
		return cache;
	}

	#kept(transaction: Transaction, storeId: number): TransactionReaders {
		let stores = this.#byTransaction.get(transaction);
		if (stores === undefined) this.#byTransaction.set(transaction, (stores = new Map()));
		let kept = stores.get(storeId);
		if (kept?.catalog !== transaction.catalog) stores.set(storeId, (kept = { catalog: transaction.catalog, reader: null, writer: null }));
		return kept;
	}
}

function requireStore(transaction: Transaction, storeId: number): TripleStore {
	const store = tripleStoreOf(transaction.catalog, storeId);
	if (store === undefined) throw sqlError('42P01', `there is no triple store with id ${storeId}`);
	return store;
}

/** The store of a name within the transaction, made if it is not there. Throws 3F000 when there is no such schema. */
export function ensureTripleStore(session: DatabaseSession, transaction: Transaction, schemaName: string, name: string): TripleStore {
	const found = findTripleStore(transaction.catalog, schemaName, name);
	if (found !== undefined) return found;
	const schema = transaction.catalog.findSchema(schemaName);
	if (schema?.kind !== 'schema') throw sqlError('3F000', `schema "${schemaName}" does not exist`);
	if (schema.name === 'pg_catalog' || schema.name === 'information_schema') throw sqlError('42501', `permission denied for schema ${schema.name}`);
	return createTripleStore(transaction, schema, name, session.currentUser);
}

/** Makes a store in a transaction of its own, or of the open block, unless it is there. */
export function openTripleStore(session: DatabaseSession, schemaName: string, name: string): void | Promise<void> {
	if (findTripleStore(session.catalog, schemaName, name) !== undefined) return;
	return session.inTransaction<void>((transaction) => {
		ensureTripleStore(session, transaction, schemaName, name);
	});
}

/** `store` (in the first schema of search_path) or `schema.store`. */
function splitName(session: DatabaseSession, text: string): readonly [schema: string, name: string] {
	const dot = text.indexOf('.');
	if (dot >= 0) return [text.slice(0, dot), text.slice(dot + 1)];
	return [searchPathNames(session).find((name) => session.catalog.findSchema(name) !== undefined) ?? 'public', text];
}

/** `polylog.create_triple_store`: 42710 when it is there. */
export function createNamedStore(session: DatabaseSession, transaction: Transaction, text: string): null {
	const [schema, name] = splitName(session, text);
	if (name === '') throw sqlError('42602', 'a triple store needs a name');
	if (findTripleStore(transaction.catalog, schema, name) !== undefined) throw sqlError('42710', `triple store "${schema}.${name}" already exists`);
	ensureTripleStore(session, transaction, schema, name);
	return null;
}

/** `polylog.drop_triple_store`: with everything in it. */
export function dropNamedStore(session: DatabaseSession, transaction: Transaction, text: string): null {
	const [schema, name] = splitName(session, text);
	const store = findTripleStore(transaction.catalog, schema, name);
	if (store === undefined) throw sqlError('42704', `triple store "${schema}.${name}" does not exist`);
	for (const id of [store.quads.id, store.terms.id]) if (transaction.lockObject(id, 'exclusive', false) === 'wait') throw new LockWait();
	dropTripleStore(transaction, store);
	return null;
}
