/**
 * Backup and restore by files. A database directory that is copied in the right order is what a crash would have left, and
 * opens as after a crash: first the manifest and the files it names, then the log from the oldest segment to the newest (a sealed
 * one never changes; what the newest has at its end is a torn tail at worst).
 *
 * Sorted tables never change once written. A B-tree is written in place, but the pages of the generation that the manifest names
 * only once the next one is committed: the manifest is read again when the files are copied, and must name the same. Otherwise,
 * and when a file vanished meanwhile (a compaction, a log segment given back), the copy is out of date and begun again. The
 * result is opened and checked before it is called a backup.
 */

import { compareArrays } from '../bytes/compare-bytes.ts';
import { checkEverything } from '../database/computed-tables.ts';
import { openDatabase } from '../database/open.ts';
import { CorruptionError, InputError, IoError } from '../platform/errors.ts';
import type { FileSystem } from '../platform/files.ts';
import { realPlatform } from '../platform/real-platform.ts';
import { Manifest } from '../storage/manifest.ts';

const ATTEMPTS = 20;
const PIECE_BYTES = 1 << 20;

export interface BackupResult {
	/** Newest commit in the copy. */
	readonly offset: number;
	readonly bytes: number;
}

/** Copies the database in `from`, open or not, to the new directory `to`, and checks the copy. */
export async function backupDatabase(from: string, to: string, onProgress: (done: number, total: number) => void = () => undefined): Promise<BackupResult> {
	const platform = realPlatform();
	const { files } = platform;
	try {
		if (!files.exists(`${from}/log`)) throw new InputError('no-database', `there is no database in ${from}`);
		if (files.exists(to) && files.list(to).length > 0)
			throw new InputError('not-empty', `${to} is not empty`, { hint: 'Name a directory that does not exist yet.' });
		let bytes = 0;
		for (let attempt = 1; ; attempt++) {
			try {
				bytes = copyFiles(files, from, to, onProgress);
				break;
			} catch (error) {
				clear(files, to);
				if (!(error instanceof IoError) || attempt >= ATTEMPTS) throw error;
			}
		}
		return { offset: await checkCopy(to), bytes };
	} finally {
		await platform.close();
	}
}

/** Makes a database in the new directory `to` from a backup, and checks it. */
export function restoreDatabase(backup: string, to: string, onProgress?: (done: number, total: number) => void): Promise<BackupResult> {
	return backupDatabase(backup, to, onProgress);
}

async function checkCopy(directory: string): Promise<number> {
	const database = await openDatabase(directory);
	try {
		for (const [part, problem] of checkEverything(database.engine))
			throw new CorruptionError('corruption', `the copy in ${directory} is damaged: ${part}: ${problem}`, {
				hint: 'Run polylog check on the database that was copied.',
			});
		return database.engine.manager.decidedOffset;
	} finally {
		await database.close();
	}
}

function clear(files: FileSystem, directory: string): void {
	if (!files.exists(directory)) return;
	for (const part of files.list(directory)) {
		const path = `${directory}/${part}`;
		if (part === 'log' || part === 'store') for (const name of files.list(path)) files.remove(`${path}/${name}`);
		files.remove(path);
	}
}

/** Copies all files of a database; throws an `IoError` when they changed meanwhile. Returns how many bytes they have. */
export function copyFiles(files: FileSystem, from: string, to: string, onProgress: (done: number, total: number) => void): number {
	if (!files.exists(to)) files.makeDirectory(to);
	// The manifest comes first: the files copied after it include all that it names.
	const isManifest = (name: string): number => (/manifest|current/i.test(name) ? 0 : 1);
	const store = files.list(`${from}/store`).sort((a, b) => isManifest(a) - isManifest(b) || (a < b ? -1 : 1));
	const parts = [
		...store.map((name) => `store/${name}`),
		...files
			.list(`${from}/log`)
			.sort()
			.map((name) => `log/${name}`),
	];
	let done = 0;
	let bytes = 0;
	let isLogBegun = false;
	for (const part of ['store', 'log']) if (!files.exists(`${to}/${part}`)) files.makeDirectory(`${to}/${part}`);
	for (const part of parts) {
		if (part.startsWith('log/') && !isLogBegun) {
			isLogBegun = true;
			assertTreesUnchanged(files, `${from}/store`, `${to}/store`);
		}
		bytes += copyFile(files, `${from}/${part}`, `${to}/${part}`);
		onProgress(++done, parts.length);
	}
	for (const part of ['store', 'log']) files.syncDirectory(`${to}/${part}`);
	files.syncDirectory(to);
	return bytes;
}

/** The pages of the generations that the copied manifest names were not written over while they were copied. */
function assertTreesUnchanged(files: FileSystem, from: string, to: string): void {
	if (!files.exists(`${to}/manifest`)) return;
	const now = Manifest.read(files, from);
	for (const [id, { engine, files: trees }] of Manifest.read(files, to)) {
		if (engine !== 'btree') continue;
		for (const [number, { state }] of trees) {
			const found = now.get(id)?.files.get(number);
			if (found === undefined || compareArrays(found.state, state) !== 0) throw new IoError('io', `a B-tree in ${from} was written while it was copied`);
		}
	}
}

function copyFile(files: FileSystem, from: string, to: string): number {
	const source = files.open(from, 'read');
	const target = files.open(to, 'create');
	const buffer = new Uint8Array(PIECE_BYTES);
	let position = 0;
	try {
		for (;;) {
			const count = source.read(buffer, 0, PIECE_BYTES, position);
			if (count === 0) break;
			target.write(buffer, 0, count, position);
			position += count;
		}
		target.sync();
	} finally {
		source.close();
		target.close();
	}
	return position;
}
