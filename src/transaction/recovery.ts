/**
 * Opening a database: the catalog as of the lowest checkpoint, then the log replayed from there through the appliers into every
 * keyspace whose own files do not hold the entry yet.
 *
 * The calls in order: open the store, open the log with the store's `appliedOffset` (it cuts its torn tail), `openTransactions`. The store's options
 * `requestSync` and `syncNow` must reach the log (`storeHooks` gives them).
 */
import type { Log, LoggedTransaction } from '../log/log.ts';
import { CorruptionError } from '../platform/errors.ts';
import type { Platform } from '../platform/platform.ts';
import type { Offset } from '../storage/contracts.ts';
import type { KeyRange } from '../storage/key-ranges.ts';
import type { KeyspaceStore } from '../storage/keyspace-store.ts';
import { decodeBulkChange } from './bulk.ts';
import { type Catalog, keyspacesOf } from './catalog.ts';
import type { CatalogObject } from './catalog-objects.ts';
import { type CatalogReplacement, CatalogStore, changedId, dropReplaced } from './catalog-store.ts';
import { ChangeWalk } from './change-payload.ts';
import type { Applier, CatalogVersion, EntrySink, RunSink } from './contracts.ts';
import { BULK_MODEL, CATALOG_KEYSPACE, CATALOG_MODEL, POSITION_KEYSPACE, SEQUENCE_KEYSPACE } from './models.ts';
import { PositionApplier } from './position-applier.ts';
import { SequenceApplier } from './sequences.ts';
import { LogTransactions, type TransactionOptions } from './transaction-manager.ts';

export interface OpenTransactionsParts {
	readonly platform: Platform;
	readonly log: Log;
	readonly store: KeyspaceStore;
	/** One per model: tables, raw keyspaces … The catalog, sequences and positions are built in. */
	readonly appliers: readonly Applier[];
	readonly options?: TransactionOptions;
	/** Given the newest catalog to ask for, as soon as there is one: flushes during replay may need it. */
	readonly onCatalog?: (catalog: () => CatalogVersion) => void;
	/** Told how far replay has come. */
	readonly onReplay?: (offset: Offset, lastOffset: Offset) => void;
}

/**
 * The options with which the store reaches the log. The store is opened first: the log must know its checkpoint, to tell a torn
 * tail from damage; so the log may be given by a function.
 */
export function storeHooks(log: Log | (() => Log)): { requestSync: (offset: Offset) => void; syncNow: () => void } {
	const reach = typeof log === 'function' ? log : () => log;
	return { requestSync: (offset) => reach().whenDurable(offset, 'disk', () => undefined), syncNow: () => reach().syncNow() };
}

export function openTransactions(parts: OpenTransactionsParts): LogTransactions {
	const { platform, log, store } = parts;
	const appliers: (Applier | undefined)[] = [];
	for (const applier of [new SequenceApplier(), new PositionApplier(), ...parts.appliers]) appliers[applier.model] = applier;
	const catalogKeyspace = store.create(CATALOG_KEYSPACE, 'lsm');
	store.create(SEQUENCE_KEYSPACE, 'lsm');
	store.create(POSITION_KEYSPACE, 'lsm');
	const catalogStore = new CatalogStore(catalogKeyspace);
	const start = store.appliedOffset;
	const replay = new Replay(store, appliers, catalogStore, catalogStore.load(start));
	parts.onCatalog?.(() => replay.catalog);
	const last = log.decidedOffset;
	if (start > last) {
		throw new CorruptionError('corruption', `the stores hold commits up to ${start}, the log ends at ${last}`, { sqlstate: 'XX001' });
	}
	for (const logged of log.read(start, true)) {
		replay.apply(logged);
		parts.onReplay?.(logged.offset, last);
	}
	store.finishRecovery(liveKeyspaces(replay.catalog));
	const manager = new LogTransactions({ platform, log, store, appliers, catalog: replay.catalog, catalogStore, options: parts.options ?? {} });
	parts.onCatalog?.(() => manager.catalog);
	return manager;
}

function liveKeyspaces(catalog: Catalog): Set<number> {
	const live = new Set<number>([CATALOG_KEYSPACE, SEQUENCE_KEYSPACE, POSITION_KEYSPACE]);
	for (const object of catalog.objects()) for (const keyspace of keyspacesOf(object)) live.add(keyspace.id);
	return live;
}

/** Applies logged transactions in order; entries that a keyspace's files hold already are left out. */
class Replay implements EntrySink, RunSink {
	catalog: Catalog;
	readonly #store: KeyspaceStore;
	readonly #appliers: readonly (Applier | undefined)[];
	readonly #catalogStore: CatalogStore;
	readonly #walk = new ChangeWalk();
	#offset: Offset = 0;
	/** The bytes of the transaction that is applied, which the log keeps as they are. */
	#bytes: Uint8Array = new Uint8Array(0);

	constructor(store: KeyspaceStore, appliers: readonly (Applier | undefined)[], catalogStore: CatalogStore, catalog: Catalog) {
		this.#store = store;
		this.#appliers = appliers;
		this.#catalogStore = catalogStore;
		this.catalog = catalog;
		for (const object of catalog.objects()) this.#createKeyspaces(object);
	}

	put(keyspaceId: number, key: Uint8Array, keyStart: number, keyLength: number, value: Uint8Array | null, valueStart: number, valueLength: number): void {
		this.#store.replay(keyspaceId, key, keyStart, keyLength, value, valueStart, valueLength, this.#offset, key === this.#bytes);
	}

	removeRange(keyspaceId: number, range: KeyRange): void {
		this.#store.removeRange(keyspaceId, range, this.#offset);
	}

	putRun(keyspaceId: number, bytes: Uint8Array, places: Int32Array, count: number): void {
		this.#store.replayRun(keyspaceId, bytes, places, count, this.#offset, bytes === this.#bytes);
	}

	apply(logged: LoggedTransaction): void {
		const { offset, bytes, start: from, end: to } = logged;
		this.#offset = offset;
		this.#bytes = bytes;
		let replaced: CatalogReplacement[] | null = null;
		let fileCount = 0;
		const walk = this.#walk;
		walk.open(bytes, from, to);
		for (let at = from; walk.next(); at = walk.end) {
			const { model, start, end } = walk;
			if (model === CATALOG_MODEL) {
				replaced ??= [];
				this.#applyCatalog(bytes, start, end, replaced);
			} else if (model === BULK_MODEL) {
				fileCount += this.#adopt(logged, start, fileCount);
			} else {
				const applier = this.#appliers[model];
				if (applier === undefined) throw unknownModel(offset, model);
				if (applier.applyRun === undefined) applier.apply(bytes, start, end, this.catalog, this);
				else walk.skipTo(applier.applyRun(bytes, at, to, this));
			}
		}
		if (replaced !== null) {
			this.catalog = this.catalog.at(offset);
			dropReplaced(this.#store, replaced, this.catalog, offset);
		}
		this.#store.setApplied(offset);
	}

	/** Gives a keyspace its files of the commit, the first of which is number `from`; returns how many they are. */
	#adopt(logged: LoggedTransaction, start: number, from: number): number {
		const { keyspaceId, fileCount } = decodeBulkChange(logged.bytes, start);
		if (this.#store.needsReplay(keyspaceId, logged.offset)) this.#store.ingest(keyspaceId, logged.files.slice(from, from + fileCount), logged.offset);
		return fileCount;
	}

	#applyCatalog(bytes: Uint8Array, start: number, end: number, replaced: CatalogReplacement[]): void {
		const writes = this.#store.needsReplay(CATALOG_KEYSPACE, this.#offset);
		const before = this.catalog;
		this.catalog = this.#catalogStore.replay(before, bytes, start, end, this.#offset, writes);
		if (this.catalog === before) return;
		const id = changedId(bytes, start);
		const object = this.catalog.get(id) ?? null;
		if (object !== null) this.#createKeyspaces(object);
		replaced.push({ id, before: before.get(id), object });
	}

	#createKeyspaces(object: CatalogObject): void {
		for (const keyspace of keyspacesOf(object)) this.#store.create(keyspace.id, keyspace.engine);
	}
}

function unknownModel(offset: Offset, model: number): CorruptionError {
	return new CorruptionError('corruption', `the commit at offset ${offset} has a change of an unknown model ${model}`, { sqlstate: 'XX001' });
}
