/**
 * Files as Polylog sees them: the only way any floor touches a disk.
 *
 * Every call is synchronous: libuv's pool is on no data path (ARCHITECTURE, "one thread owns a partition"); what may take
 * long runs inside a worker task or on the log's sync thread. The real implementation is `real-files.ts`; the simulated one,
 * `simulated-files.ts`, can lose, tear, reorder and corrupt whatever these calls were not asked to make durable:
 *
 * (1) written bytes survive a crash of the process at once, and a loss of power only after `syncData` or `sync`;
 * (2) a created, renamed or removed name survives a loss of power only after `syncDirectory` of its directory;
 * (3) bytes past what was ever written inside preallocated space may read as anything.
 *
 * Every failure is an `IoError` (or `LimitError` with code `disk-full`) that names the path.
 */

export type OpenMode =
	/** The file must exist; only reads are allowed. */
	| 'read'
	/** The file must exist; reads and writes. */
	| 'write'
	/** The file must not exist; reads and writes. */
	| 'create';

export interface FileHandle {
	readonly path: string;
	/** Reads up to `count` bytes at `position` of the file into `into[start…]`; returns how many there were (short at the end of the file). */
	read(into: Uint8Array, start: number, count: number, position: number): number;
	/** Writes all `count` bytes, or throws. After a throw any part of them may be in the file. */
	write(from: Uint8Array, start: number, count: number, position: number): void;
	/** Returns when the written bytes, and the file's length as far as reading them needs it, are on the disk. */
	syncData(): void;
	/** As `syncData`, and all metadata. */
	sync(): void;
	/** Makes the file at least `bytes` long; the new space reads as anything (3). */
	allocate(bytes: number): void;
	truncate(bytes: number): void;
	/** The length of the file in bytes. */
	bytes(): number;
	close(): void;
	/** What the sync thread needs to sync this file: a descriptor of the process, or -1 for a simulated file. */
	readonly descriptor: number;
}

export interface FileSystem {
	open(path: string, mode: OpenMode): FileHandle;
	exists(path: string): boolean;
	/** The names (not paths) in a directory, in no order. */
	list(directory: string): string[];
	makeDirectory(path: string): void;
	/** Atomically gives `from` the name `to`, replacing what had it. */
	rename(from: string, to: string): void;
	/** Removes a file, or an empty directory. */
	remove(path: string): void;
	syncDirectory(path: string): void;
}

/** Makes a directory and those above it that are missing, each with its name on disk. */
export function makeDirectories(files: FileSystem, path: string): void {
	if (files.exists(path)) return;
	const parent = parentDirectory(path);
	if (parent !== path) makeDirectories(files, parent);
	files.makeDirectory(path);
	files.syncDirectory(parent);
}

/** The directory that holds `path`: '.' for a name alone, '/' for a name below the root. */
export function parentDirectory(path: string): string {
	const trimmed = path.replace(/[/\\]+$/, '');
	const cut = Math.max(trimmed.lastIndexOf('/'), trimmed.lastIndexOf('\\'));
	if (cut < 0) return '.';
	return cut === 0 ? trimmed.slice(0, 1) : trimmed.slice(0, cut);
}
