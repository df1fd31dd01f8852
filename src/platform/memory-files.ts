/**
 * A file system in memory, for databases that are to vanish with the process. Nothing is durable and nothing fails; names and
 * bytes behave as on a disk otherwise. Files grow by doubling.
 */
import { IoError } from './errors.ts';
import type { FileHandle, FileSystem, OpenMode } from './files.ts';

class MemoryFile {
	content = new Uint8Array(0);
	length = 0;

	reserve(bytes: number): void {
		if (bytes <= this.content.length) return;
		const grown = new Uint8Array(Math.max(bytes, this.content.length * 2, 4096));
		grown.set(this.content.subarray(0, this.length));
		this.content = grown;
	}
}

class MemoryHandle implements FileHandle {
	readonly path: string;
	readonly descriptor = -1;
	readonly #file: MemoryFile;

	constructor(path: string, file: MemoryFile) {
		this.path = path;
		this.#file = file;
	}

	read(into: Uint8Array, start: number, count: number, position: number): number {
		const available = Math.max(0, Math.min(count, this.#file.length - position));
		into.set(this.#file.content.subarray(position, position + available), start);
		return available;
	}

	write(from: Uint8Array, start: number, count: number, position: number): void {
		const end = position + count;
		this.#file.reserve(end);
		this.#file.content.set(from.subarray(start, start + count), position);
		if (end > this.#file.length) this.#file.length = end;
	}

	syncData(): void {}

	sync(): void {}

	allocate(bytes: number): void {
		this.#file.reserve(bytes);
		if (bytes > this.#file.length) this.#file.length = bytes;
	}

	truncate(bytes: number): void {
		this.#file.reserve(bytes);
		if (bytes < this.#file.length) this.#file.content.fill(0, bytes, this.#file.length);
		this.#file.length = bytes;
	}

	bytes(): number {
		return this.#file.length;
	}

	close(): void {}
}

export class MemoryFiles implements FileSystem {
	readonly #entries = new Map<string, MemoryFile | 'directory'>();

	open(path: string, mode: OpenMode): FileHandle {
		const found = this.#entries.get(path);
		if (mode === 'create') {
			if (found !== undefined) throw new IoError('io', `${path} exists already`);
			const file = new MemoryFile();
			this.#entries.set(path, file);
			return new MemoryHandle(path, file);
		}
		if (found === undefined || found === 'directory') throw new IoError('io', `${path} is no file`);
		return new MemoryHandle(path, found);
	}

	exists(path: string): boolean {
		return this.#entries.has(path);
	}

	list(directory: string): string[] {
		const prefix = `${directory}/`;
		return [...this.#entries.keys()].filter((p) => p.startsWith(prefix) && !p.slice(prefix.length).includes('/')).map((p) => p.slice(prefix.length));
	}

	makeDirectory(path: string): void {
		this.#entries.set(path, 'directory');
	}

	rename(from: string, to: string): void {
		const entry = this.#entries.get(from);
		if (entry === undefined) throw new IoError('io', `${from} does not exist`);
		this.#entries.delete(from);
		this.#entries.set(to, entry);
	}

	remove(path: string): void {
		if (!this.#entries.delete(path)) throw new IoError('io', `${path} does not exist`);
	}

	syncDirectory(): void {}
}
