/** Files that count what this thread reads from them: what readers of a database read, since background work reads in threads of its own. */
import type { FileHandle, FileSystem, OpenMode } from '../../platform/files.ts';
import type { Platform } from '../../platform/platform.ts';

export interface ReadCounts {
	reads: number;
	bytes: number;
}

class CountingHandle implements FileHandle {
	readonly path: string;
	readonly descriptor: number;
	readonly #inner: FileHandle;
	readonly #counts: ReadCounts;

	constructor(inner: FileHandle, counts: ReadCounts) {
		this.path = inner.path;
		this.descriptor = inner.descriptor;
		this.#inner = inner;
		this.#counts = counts;
	}

	read(into: Uint8Array, start: number, count: number, position: number): number {
		const read = this.#inner.read(into, start, count, position);
		this.#counts.reads++;
		this.#counts.bytes += read;
		return read;
	}

	write(from: Uint8Array, start: number, count: number, position: number): void {
		this.#inner.write(from, start, count, position);
	}

	syncData(): void {
		this.#inner.syncData();
	}

	sync(): void {
		this.#inner.sync();
	}

	allocate(bytes: number): void {
		this.#inner.allocate(bytes);
	}

	truncate(bytes: number): void {
		this.#inner.truncate(bytes);
	}

	bytes(): number {
		return this.#inner.bytes();
	}

	close(): void {
		this.#inner.close();
	}
}

class CountingFiles implements FileSystem {
	readonly #inner: FileSystem;
	readonly #counts: ReadCounts;

	constructor(inner: FileSystem, counts: ReadCounts) {
		this.#inner = inner;
		this.#counts = counts;
	}

	open(path: string, mode: OpenMode): FileHandle {
		return new CountingHandle(this.#inner.open(path, mode), this.#counts);
	}

	exists(path: string): boolean {
		return this.#inner.exists(path);
	}

	list(directory: string): string[] {
		return this.#inner.list(directory);
	}

	makeDirectory(path: string): void {
		this.#inner.makeDirectory(path);
	}

	rename(from: string, to: string): void {
		this.#inner.rename(from, to);
	}

	remove(path: string): void {
		this.#inner.remove(path);
	}

	syncDirectory(path: string): void {
		this.#inner.syncDirectory(path);
	}
}

/** The same platform, with files that count into `counts`. */
export function countingPlatform(platform: Platform, counts: ReadCounts): Platform {
	const { clock, random, timers, syncer, tasks, calls } = platform;
	return { files: new CountingFiles(platform.files, counts), clock, random, timers, syncer, tasks, calls, close: () => platform.close() };
}

/** Sums the lengths of the files in a directory; 0 when it is not there. */
export function directoryBytes(files: FileSystem, directory: string): number {
	if (!files.exists(directory)) return 0;
	let bytes = 0;
	for (const name of files.list(directory)) {
		const handle = files.open(`${directory}/${name}`, 'read');
		bytes += handle.bytes();
		handle.close();
	}
	return bytes;
}
