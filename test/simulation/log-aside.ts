/**
 * The harness's own copy of everything that was ever appended to the log, bulk files included, whatever retention removed:
 * replayed from nothing on another machine it must give, byte for byte, the keyspaces that the database recovered from its
 * checkpoints.
 */
import assert from 'node:assert/strict';
import type { Database } from '../../src/database/embedded/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { type EmbeddedLog, openLog } from '../../src/log/embedded-log.ts';
import { type BulkFile, changesOf, type LoggedTransaction } from '../../src/log/log.ts';
import type { FileSystem } from '../../src/platform/files.ts';
import { SimulatedWorld } from '../../src/platform/simulated-platform.ts';
import { keyspacesOf } from '../../src/transaction/catalog.ts';
import { CATALOG_KEYSPACE, SEQUENCE_KEYSPACE } from '../../src/transaction/models.ts';

interface Appended {
	readonly bytes: Uint8Array;
	readonly catalogOffset: number;
	readonly files: readonly BulkFile[] | undefined;
	/** What the bulk files hold, in the order of `files`. */
	readonly contents: readonly Uint8Array[];
}

export class LogAside {
	/** By offset; index 0 stays empty. */
	readonly #appended: (Appended | null)[] = [null];

	/** Copies what is appended from now on, and tells of it. */
	watch(log: EmbeddedLog, storeDirectory: string, files: FileSystem, told: (offset: number, changes: Uint8Array, hasFiles: boolean) => void): void {
		const append = log.append.bind(log);
		log.append = (bytes, length, catalogOffset, bulk, ahead) => {
			const result = append(bytes, length, catalogOffset, bulk, ahead);
			const contents = (bulk ?? []).map((one) => contentOf(files, `${storeDirectory}/${one.name}`));
			const aheadBytes = ahead?.bytes ?? 0;
			const copy = new Uint8Array(aheadBytes + length);
			ahead?.read(copy, 0, aheadBytes, 0);
			copy.set(bytes.subarray(0, length), aheadBytes);
			this.#appended[result.offset] = { bytes: copy, catalogOffset, files: bulk, contents };
			told(result.offset, copy, contents.length > 0);
			return result;
		};
	}

	/** Takes in what was logged before the watch began; it names no files. */
	add(logged: Iterable<LoggedTransaction>): void {
		for (const one of logged)
			this.#appended[one.offset] = { bytes: new Uint8Array(changesOf(one)), catalogOffset: one.catalogOffset, files: undefined, contents: [] };
	}

	/** Forgets what a crash has undone. */
	cut(lastOffset: number): void {
		assert.ok(lastOffset < this.#appended.length, `the log holds offset ${lastOffset}, which was never decided`);
		this.#appended.length = lastOffset + 1;
	}

	/** Replays the copy from nothing and compares every keyspace. */
	async compare(db: Database, directory: string): Promise<void> {
		const process = new SimulatedWorld(1).start();
		process.files.makeDirectory(directory);
		process.files.makeDirectory(`${directory}/store`);
		const { log } = openLog(process, `${directory}/log`);
		for (const appended of this.#appended) {
			if (appended === null) continue;
			for (const [index, file] of (appended.files ?? []).entries()) putContent(process.files, `${directory}/store/${file.name}`, appended.contents[index]!);
			log.append(appended.bytes, appended.bytes.length, appended.catalogOffset, appended.files);
		}
		await log.close();
		const replayed = await openDatabase(directory, { platform: process });
		assert.equal(replayed.engine.log.decidedOffset, db.engine.log.decidedOffset);
		const ids = keyspaceIds(db);
		assert.deepEqual(keyspaceIds(replayed), ids);
		for (const id of ids) assert.deepEqual(entriesOf(replayed, id), entriesOf(db, id), `keyspace ${id} is not what a replay of the whole log gives`);
	}
}

function keyspaceIds(db: Database): number[] {
	const ids = [CATALOG_KEYSPACE, SEQUENCE_KEYSPACE];
	for (const object of db.engine.manager.catalog.objects()) for (const keyspace of keyspacesOf(object)) ids.push(keyspace.id);
	return ids.sort((one, other) => one - other);
}

function entriesOf(db: Database, id: number): string[] {
	const entries: string[] = [];
	const cursor = db.engine.store.keyspace(id).cursor(null, null, false, db.engine.manager.decidedOffset);
	while (cursor.next()) entries.push(`${hex(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd)}=${hex(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd)}`);
	cursor.close();
	return entries;
}

function hex(bytes: Uint8Array, start: number, end: number): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function contentOf(files: FileSystem, path: string): Uint8Array {
	const file = files.open(path, 'read');
	const bytes = new Uint8Array(file.bytes());
	file.read(bytes, 0, bytes.length, 0);
	file.close();
	return bytes;
}

function putContent(files: FileSystem, path: string, bytes: Uint8Array): void {
	const file = files.open(path, 'create');
	file.write(bytes, 0, bytes.length, 0);
	file.sync();
	file.close();
}
