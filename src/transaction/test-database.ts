/**
 * A database of one raw keyspace over a log in memory, for the tests of this floor: text keys and values, no model above.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { SimulatedWorld } from '../platform/simulated-platform.ts';
import type { Slot } from '../storage/contracts.ts';
import { KeyspaceStore } from '../storage/keyspace-store.ts';
import type { KeyspaceStoreOptions } from '../storage/keyspace-store-options.ts';
import { PUBLIC_SCHEMA_ID } from './catalog.ts';
import type { Applier, CatalogVersion, EntrySink } from './contracts.ts';
import type { BeginOptions } from './manager.ts';
import { MemoryLog } from './memory-log.ts';
import { openTransactions, storeHooks } from './recovery.ts';
import type { LogTransaction } from './transaction.ts';
import type { LogTransactions, TransactionOptions } from './transaction-manager.ts';

export const TEST_MODEL = 9;

class TestApplier implements Applier {
	readonly model = TEST_MODEL;
	readonly validatesWrites = true;

	apply(bytes: Uint8Array, start: number, end: number, _catalog: CatalogVersion, sink: EntrySink): void {
		const reader = new ByteReader(bytes, start, end);
		const keyspaceId = reader.varint();
		const isRemoval = reader.uint8() === 0;
		const key = reader.blob();
		const value = reader.blob();
		sink.put(keyspaceId, key, 0, key.length, isRemoval ? null : value, 0, value.length);
	}
}

export interface TestOptions {
	readonly appliers?: readonly Applier[];
	readonly transactions?: TransactionOptions;
	readonly store?: KeyspaceStoreOptions;
	/** Files that the store's directory holds already. */
	readonly files?: ReadonlyMap<string, Uint8Array>;
	/** Null: no keyspace is made. */
	readonly keyspaceName?: string | null;
}

export class TestDatabase {
	readonly log: MemoryLog;
	readonly store: KeyspaceStore;
	readonly manager: LogTransactions;
	keyspaceId = 0;

	/** Names of files that transactions have spilled to. */
	readonly spillFiles: () => string[];
	readonly #options: TestOptions;

	constructor(options: TestOptions = {}, log = new MemoryLog()) {
		this.#options = options;
		this.log = log;
		const platform = new SimulatedWorld(1).start();
		platform.files.makeDirectory('/test');
		platform.files.makeDirectory('/test/spill');
		this.spillFiles = () => platform.files.list('/test/spill');
		for (const [name, bytes] of options.files ?? []) {
			const file = platform.files.open(`/test/${name}`, 'create');
			file.write(bytes, 0, bytes.length, 0);
			file.close();
		}
		this.store = KeyspaceStore.open(platform, '/test', { ...options.store, ...storeHooks(log) });
		this.manager = openTransactions({
			platform,
			log,
			store: this.store,
			appliers: [new TestApplier(), ...(options.appliers ?? [])],
			options: { changeSpace: { files: platform.files, directory: '/test/spill' }, ...options.transactions },
		});
		if (options.keyspaceName === null) return;
		const found = this.manager.catalog.find(PUBLIC_SCHEMA_ID, 'keyspace', 'test');
		if (found?.kind === 'keyspace') this.keyspaceId = found.keyspaceId;
		else this.keyspaceId = this.createKeyspace('test');
	}

	createKeyspace(name: string): number {
		const tx = this.manager.begin();
		const id = tx.newId();
		tx.changeCatalog(id, { kind: 'keyspace', id, name, schemaId: PUBLIC_SCHEMA_ID, keyspaceId: id, engine: 'lsm', durability: null });
		tx.commit('disk').waitSync();
		return id;
	}

	/** The database as it is after a crash that kept everything up to `offset` (default: what was synced). */
	reopen(offset = this.log.syncedOffset): TestDatabase {
		return new TestDatabase(this.#options, this.log.reopened(offset));
	}

	begin(options: BeginOptions = {}): LogTransaction {
		return this.manager.begin(options);
	}

	put(tx: LogTransaction, key: string, value: string | null): void {
		const writer = new ByteWriter();
		writer.varint(this.keyspaceId);
		writer.uint8(value === null ? 0 : 1);
		writer.text(key);
		writer.text(value ?? '');
		tx.change(TEST_MODEL, writer.bytes, writer.length);
	}

	get(tx: LogTransaction, key: string): string | null {
		const slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
		const bytes = Buffer.from(key);
		if (!tx.get(this.manager.keyspace(this.keyspaceId), bytes, bytes.length, slot)) return null;
		return Buffer.from(slot.buffer.subarray(slot.start, slot.end)).toString();
	}

	/** 'k=v' of [lower, upper), in order. */
	scan(tx: LogTransaction, lower: string | null = null, upper: string | null = null, reverse = false): string[] {
		const cursor = tx.cursor(
			this.manager.keyspace(this.keyspaceId),
			lower === null ? null : Buffer.from(lower),
			upper === null ? null : Buffer.from(upper),
			reverse,
		);
		const found: string[] = [];
		while (cursor.next()) {
			const key = Buffer.from(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd)).toString();
			found.push(`${key}=${Buffer.from(cursor.valueBuffer.subarray(cursor.valueStart, cursor.valueEnd)).toString()}`);
		}
		cursor.close();
		return found;
	}

	lock(tx: LogTransaction, key: string, mode: 'key share' | 'share' | 'no key update' | 'update' = 'update', noWait = false): 'granted' | 'wait' | 'refused' {
		const bytes = Buffer.from(key);
		return tx.lock(this.keyspaceId, bytes, bytes.length, mode, noWait);
	}

	isLocked(tx: LogTransaction, key: string, mode: 'key share' | 'share' | 'no key update' | 'update'): boolean {
		const bytes = Buffer.from(key);
		return tx.isLocked(this.keyspaceId, bytes, bytes.length, mode);
	}

	/** One committed transaction; null removes. */
	write(values: Readonly<Record<string, string | null>>): void {
		const tx = this.begin({ transient: true });
		for (const [key, value] of Object.entries(values)) this.put(tx, key, value);
		tx.commit('disk');
	}
}
