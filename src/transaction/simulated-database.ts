/**
 * A database over the simulated disk, with the real log and store, for crash tests: it is opened, worked on, killed, and opened
 * again, life after life. Every logged payload is kept aside, so that what recovery made of checkpoints and log can be compared
 * with a replay of the whole log.
 */
import assert from 'node:assert/strict';
import { type EmbeddedLog, type LogOptions, openLog } from '../log/embedded-log.ts';
import type { LoggedTransaction } from '../log/log.ts';
import type { SimulatedProcess, SimulatedWorld } from '../platform/simulated-platform.ts';
import type { Keyspace, Offset } from '../storage/contracts.ts';
import { KeyspaceStore } from '../storage/keyspace-store.ts';
import type { KeyspaceStoreOptions } from '../storage/keyspace-store-options.ts';
import { keyspacesOf } from './catalog.ts';
import type { Applier } from './contracts.ts';
import type { BeginOptions } from './manager.ts';
import { MemoryLog } from './memory-log.ts';
import { CATALOG_KEYSPACE, POSITION_KEYSPACE, SEQUENCE_KEYSPACE } from './models.ts';
import { openTransactions, storeHooks } from './recovery.ts';
import { TestDatabase } from './test-database.ts';
import type { LogTransaction } from './transaction.ts';
import type { LogTransactions, TransactionOptions } from './transaction-manager.ts';

export interface SimulatedOptions {
	readonly log: LogOptions;
	readonly store: KeyspaceStoreOptions;
	readonly transactions: TransactionOptions;
	/** A new one per use: appliers keep buffers. */
	readonly appliers: () => readonly Applier[];
}

/** What was ever logged: the payloads, by offset − 1, and the bulk files that they name. */
export interface KeptLog {
	readonly payloads: LoggedTransaction[];
	readonly files: Map<string, Uint8Array>;
}

/** One life of the database. */
export class SimulatedDatabase {
	readonly process: SimulatedProcess;
	readonly log: EmbeddedLog;
	readonly store: KeyspaceStore;
	readonly manager: LogTransactions;

	private constructor(process: SimulatedProcess, log: EmbeddedLog, store: KeyspaceStore, manager: LogTransactions) {
		this.process = process;
		this.log = log;
		this.store = store;
		this.manager = manager;
	}

	/** Opens the database in /data of a new process; `kept` holds what was logged in lives before, and gets what is logged in this one. */
	static open(world: SimulatedWorld, options: SimulatedOptions, kept: KeptLog): SimulatedDatabase {
		const process = world.start();
		const store = KeyspaceStore.open(process, '/data/store', { ...options.store, ...storeHooks(() => log) });
		const { log } = openLog(process, '/data/log', { ...options.log, checkpointOffset: store.appliedOffset });
		kept.payloads.length = Math.min(kept.payloads.length, log.decidedOffset);
		const append = log.append.bind(log);
		log.append = (bytes, length, catalogOffset, files, ahead) => {
			const decided = append(bytes, length, catalogOffset, files, ahead);
			const changes = new Uint8Array((ahead?.bytes ?? 0) + length);
			ahead?.read(changes, 0, ahead.bytes, 0);
			changes.set(bytes.subarray(0, length), ahead?.bytes ?? 0);
			for (const { name } of files ?? []) kept.files.set(name, contentOfFile(process, `/data/store/${name}`));
			kept.payloads[decided.offset - 1] = { ...decided, catalogOffset, bytes: changes, start: 0, end: changes.length, files: files ?? [] };
			return decided;
		};
		const manager = openTransactions({ platform: process, log, store, appliers: options.appliers(), options: options.transactions });
		return new SimulatedDatabase(process, log, store, manager);
	}

	begin(options: BeginOptions = {}): LogTransaction {
		return this.manager.begin(options);
	}

	async close(): Promise<void> {
		const closed = this.manager
			.close()
			.then(() => this.store.close())
			.then(() => this.log.close());
		let isClosed = false;
		void closed.then(
			() => (isClosed = true),
			() => (isClosed = true),
		);
		await this.process.settle(() => isClosed);
		await closed;
	}

	/** Asserts that what is in the keyspaces equals a replay of the whole log. */
	compareWithReplay(options: SimulatedOptions, kept: KeptLog): void {
		const log = new MemoryLog();
		log.records.push(...kept.payloads);
		log.decidedOffset = log.writtenOffset = log.syncedOffset = kept.payloads.length;
		const whole = new TestDatabase({ appliers: options.appliers(), keyspaceName: null, files: kept.files }, log);
		const live = new Set([CATALOG_KEYSPACE, SEQUENCE_KEYSPACE, POSITION_KEYSPACE]);
		for (const object of this.manager.catalog.objects()) {
			assert.deepEqual(whole.manager.catalog.get(object.id), object);
			for (const { id } of keyspacesOf(object)) live.add(id);
		}
		for (const id of live) {
			const offset = this.manager.decidedOffset;
			assert.deepEqual(
				contentOf(this.manager.keyspace(id), offset),
				contentOf(whole.manager.keyspace(id), offset),
				`keyspace ${id} differs from a replay of the whole log`,
			);
		}
		assert.deepEqual(this.store.verify(), []);
	}
}

function contentOfFile(process: SimulatedProcess, path: string): Uint8Array {
	const file = process.files.open(path, 'read');
	const bytes = new Uint8Array(file.bytes());
	file.read(bytes, 0, bytes.length, 0);
	file.close();
	return bytes;
}

/** The entries of a keyspace, in hex. */
export function contentOf(keyspace: Keyspace, offset: Offset): string[] {
	const cursor = keyspace.cursor(null, null, false, offset);
	const found: string[] = [];
	while (cursor.next()) {
		const key = Buffer.from(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd)).toString('hex');
		found.push(`${key} ${Buffer.from(cursor.valueBuffer.subarray(cursor.valueStart, cursor.valueEnd)).toString('hex')}`);
	}
	cursor.close();
	return found;
}
