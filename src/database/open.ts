/**
 * Opening a database directory. Inside it: `log/` (the log's segments), `store/` (the keyspaces' files), `spill/` (files of
 * statements that outgrew their memory; emptied at open), `owner` and `owner.sock` (who has it open).
 *
 * Order, as in a restart (DESIGN §4): the directory is claimed, the stores are opened at their checkpoints, the log is
 * opened and its torn tail cut, then replayed past the lowest checkpoint.
 */

import { openLog } from '../log/embedded-log.ts';
import type { Durability } from '../log/log.ts';
import { KeyValueApplier } from '../model/keyvalue/keyvalue-applier.ts';
import { parentDirectory } from '../platform/files.ts';
import { LazyModule, prepareLazyModules } from '../platform/lazy-module.ts';
import { memoryPlatform } from '../platform/memory-platform.ts';
import type { Platform } from '../platform/platform.ts';
import { realPlatform } from '../platform/real-platform.ts';
import { KeyspaceStore } from '../storage/keyspace-store.ts';
import { compactionOf } from '../transaction/catalog.ts';
import type { CatalogVersion } from '../transaction/contracts.ts';
import { REDIS_MODEL, TABLE_MODEL } from '../transaction/models.ts';
import { openTransactions, storeHooks } from '../transaction/recovery.ts';
import { claimDirectory, type DirectoryClaim } from './claim-directory.ts';
import { Database } from './embedded/database.ts';
import { LazyApplier } from './lazy-applier.ts';
import type { Foundation } from './start-engine.ts';

/**
 * Options of `open`. Sizes are bytes. Settings may be changed per session over the wire; everything else holds until the database is closed.
 *
 * @since 0.1.0
 */
export interface OpenOptions {
	/**
	 * How sure a commit is when it is acknowledged. 'disk' (default): synced, it survives power loss. 'os': handed to the operating
	 * system, it survives the death of the process. 'memory': neither. The order of commits is kept at every level: what is lost is
	 * always the newest.
	 */
	readonly durability?: Durability;
	/** Memory for recent writes before they go to sorted files, in bytes. Default 64 MiB. Writers wait when it is full. */
	readonly memoryBytes?: number;
	/** Memory for blocks read from disk, in bytes. Default 128 MiB. */
	readonly cacheBytes?: number;
	/** Memory for the key directories of tables and keyspaces in engine hash, in bytes. Default 256 MiB, about ten million keys. At it commits that add to them are refused with 53200; removals pass. */
	readonly hashDirectoryBytes?: number;
	/** Memory for columns read from columnar tables and indexes, in bytes. Default 256 MiB. */
	readonly columnPoolBytes?: number;
	/**
	 * How blocks of sorted tables are written from now on: 'lz4' compresses those that it makes an eighth smaller, 'none' (default) leaves them
	 * as they are. Either way what is there can be read.
	 */
	readonly compression?: 'none' | 'lz4';
	/**
	 * Values (rows, too) of LSM keyspaces from so many bytes on are written once, into files apart from the keys, which compactions leave where
	 * they are; 0: never. Default 2048. What is there can be read either way.
	 */
	readonly largeValueBytes?: number;
	/** Log kept before stores are checkpointed so that it can shrink, in bytes. Default 256 MiB. */
	readonly logBytesMax?: number;
	/** Length of a log segment, in bytes. Default 16 MiB. */
	readonly segmentBytes?: number;
	/** Directory of files that LOAD CSV may read, with those below it. None by default: LOAD CSV is refused. */
	readonly importDirectory?: string;
	/** How int8 values come out: 'number' (default; a RangeError past ±(2^53 − 1)) or always 'bigint'. Both go in at any time. */
	readonly int8?: 'number' | 'bigint';
	/** Threads of a query over columns, the one that runs all else included. Default: one fewer than the machine has processors, 1 to 4. Sessions change it by `SET threads`. */
	readonly threads?: number;
	/** Defaults of settings for every session, such as `{ TimeZone: 'Europe/Berlin' }`; docs/reference/settings.md lists them. The host's own settings never matter. */
	readonly settings?: Readonly<Record<string, string>>;
	/** Told how far the replay of the log has come, at start. */
	readonly onReplay?: (offset: number, lastOffset: number) => void;
	/**
	 * The outside world; default the real one. With another, the directory is not claimed.
	 * @internal
	 */
	readonly platform?: Platform;
	/** Sizes of parts, for tests: bytes, but for the count of level-0 files and of the rows from which COPY loads in bulk. */
	readonly parts?: {
		readonly blockBytes?: number;
		readonly sstableBytes?: number;
		readonly level0Files?: number;
		readonly levelBytes?: number;
		readonly manifestBytes?: number;
		readonly frameBytesMax?: number;
		readonly bulkRowsMin?: number;
		readonly transactionMemoryBytes?: number;
	};
	/** Called when a flush, compaction or checkpoint in the background failed. It is tried again; reads and writes go on as long as they can. */
	readonly onBackgroundFailure?: (error: unknown) => void;
}

const tables = new LazyModule<typeof import('./open-tables.ts')>(new URL('./open-tables.ts', import.meta.url));
const redis = new LazyModule<typeof import('../model/redis/redis-change.ts')>(new URL('../model/redis/redis-change.ts', import.meta.url));
const settings = new LazyModule<typeof import('./settings.ts')>(new URL('./settings.ts', import.meta.url));

const MEMORY = ':memory:';
const CACHE_BYTES = 128 * 2 ** 20;
/** Recent writes that are worth writing to the stores at the end, rather than replaying them at the next start. */
const CHECKPOINT_BYTES = 2 * 2 ** 20;

function checkOptions(options: OpenOptions): void {
	if (options.durability !== undefined && !['memory', 'os', 'disk'].includes(options.durability))
		throw new RangeError(`durability must be 'memory', 'os' or 'disk', not '${String(options.durability)}'`);
	if (options.compression !== undefined && options.compression !== 'none' && options.compression !== 'lz4')
		throw new RangeError(`compression must be 'none' or 'lz4', not '${String(options.compression)}'`);
	if (options.int8 !== undefined && options.int8 !== 'number' && options.int8 !== 'bigint') throw new RangeError("int8 must be 'number' or 'bigint'");
	if (options.threads !== undefined && !(Number.isInteger(options.threads) && options.threads >= 1 && options.threads <= 64))
		throw new RangeError(`threads must be an integer from 1 to 64, not ${String(options.threads)}`);
	for (const name of ['memoryBytes', 'cacheBytes', 'hashDirectoryBytes', 'columnPoolBytes', 'logBytesMax', 'segmentBytes'] as const) {
		const value = options[name];
		if (value !== undefined && !(Number.isFinite(value) && value > 0)) throw new RangeError(`${name} must be a positive number of bytes, not ${String(value)}`);
	}
}

function settingDefaults(given: Readonly<Record<string, string>> | undefined): ReadonlyMap<string, string> {
	return new Map(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), settings.get().checkSetting(name, value, true)]));
}

/**
 * What `open` does.
 * @internal
 */
export async function openDatabase(directory: string, options: OpenOptions = {}): Promise<Database> {
	checkOptions(options);
	await prepareLazyModules();
	const inMemory = directory === MEMORY;
	const platform = options.platform ?? (inMemory ? memoryPlatform(realPlatform()) : realPlatform());
	let claim: DirectoryClaim | null = null;
	try {
		if (!inMemory && options.platform === undefined) claim = await claimDirectory(platform, directory);
		return openOn(platform, inMemory ? '/memory' : directory, options, claim);
	} catch (error) {
		await claim?.release();
		await platform.close();
		throw error;
	}
}

function openOn(platform: Platform, directory: string, options: OpenOptions, claim: DirectoryClaim | null): Database {
	const { files } = platform;
	if (!files.exists(directory)) files.makeDirectory(directory);
	// Always: a process that was killed may have made the directory without coming to sync its name.
	files.syncDirectory(parentDirectory(directory));
	const background = options.onBackgroundFailure ?? (() => undefined);
	const { frameBytesMax, bulkRowsMin, transactionMemoryBytes, ...storeParts } = options.parts ?? {};
	let newestCatalog: (() => CatalogVersion) | null = null;
	const store = KeyspaceStore.open(platform, `${directory}/store`, {
		...storeParts,
		compactionOf: (id) => (newestCatalog === null ? 'levelled' : compactionOf(newestCatalog(), id)),
		rowShape: (id) => (newestCatalog === null ? null : tables.get().rowShapeOf(newestCatalog(), id)),
		...storeHooks(() => log),
		...(options.memoryBytes === undefined ? {} : { memtableBytes: options.memoryBytes }),
		cacheBytes: options.cacheBytes ?? CACHE_BYTES,
		...(options.columnPoolBytes === undefined ? {} : { columnPoolBytes: options.columnPoolBytes }),
		...(options.hashDirectoryBytes === undefined ? {} : { hashDirectoryBytes: options.hashDirectoryBytes }),
		...(options.compression === undefined ? {} : { compression: options.compression }),
		...(options.largeValueBytes === undefined ? {} : { largeValueBytes: options.largeValueBytes }),
		onFailure: background,
	});
	const { log } = openLog(platform, `${directory}/log`, {
		checkpointOffset: store.appliedOffset,
		...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
		...(frameBytesMax === undefined ? {} : { frameBytesMax }),
	});
	const spill = { files, directory: spillDirectory(platform, directory) };
	const manager = openTransactions({
		platform,
		log,
		store,
		appliers: [
			new LazyApplier(TABLE_MODEL, false, () => new (tables.get().TableApplier)()),
			new KeyValueApplier(),
			new LazyApplier(REDIS_MODEL, true, () => new (redis.get().RedisApplier)()),
		],
		options: {
			...(options.logBytesMax === undefined ? {} : { logBytesMax: options.logBytesMax }),
			...(transactionMemoryBytes === undefined ? {} : { transactionMemoryBytes }),
			changeSpace: spill,
			onCheckpointFailure: background,
		},
		onCatalog: (catalog) => {
			newestCatalog = catalog;
		},
		...(options.onReplay === undefined ? {} : { onReplay: options.onReplay }),
	});
	const foundation: Foundation = {
		platform,
		directory,
		log,
		store,
		manager,
		durability: options.durability ?? 'disk',
		settingDefaults: settingDefaults(options.threads === undefined ? options.settings : { threads: String(options.threads), ...options.settings }),
		spill,
		userFiles: () => (options.platform ?? realPlatform()).files,
		importDirectory: options.importDirectory === undefined ? null : { files: (options.platform ?? realPlatform()).files, path: options.importDirectory },
		bulkRowsMin: bulkRowsMin ?? null,
	};
	for (const object of manager.catalog.objects()) {
		if (object.kind !== 'index' || object.ready) continue;
		tables.get().dropUnfinished(manager);
		break;
	}
	const database = new Database(foundation, { int8: options.int8 ?? 'number' }, () => closeAll(database, foundation, claim));
	claim?.serve(() => database.startedEngine?.addresses ?? {});
	return database;
}

function spillDirectory(platform: Platform, directory: string): string {
	const path = `${directory}/spill`;
	if (!platform.files.exists(path)) platform.files.makeDirectory(path);
	else for (const name of platform.files.list(path)) platform.files.remove(`${path}/${name}`);
	return path;
}

/** The next start replays little then. A failure changes nothing: the log has everything. */
async function checkpointAtEnd(database: Database, { manager, store }: Foundation): Promise<void> {
	if (manager.failure !== null || (store.statistics()['memtableBytes'] ?? 0) < CHECKPOINT_BYTES) return;
	try {
		await manager.checkpoint();
	} catch (error) {
		database.startedEngine?.operatorLog?.write('warn', `no checkpoint at the end: ${error instanceof Error ? error.message : String(error)}`);
	}
}

async function closeAll(database: Database, foundation: Foundation, claim: DirectoryClaim | null): Promise<void> {
	const engine = database.startedEngine;
	if (engine !== null) engine.closed = true;
	try {
		await checkpointAtEnd(database, foundation);
		await foundation.manager.close();
		await foundation.store.close();
		await foundation.log.close();
	} finally {
		await claim?.release();
		await foundation.platform.close();
	}
}
