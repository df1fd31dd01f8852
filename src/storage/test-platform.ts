/**
 * A platform in memory for the tests of this floor: files are arrays, tasks and syncs run in this thread at the next turn,
 * and any file operation can be made to fail. What a loss of power does to files is the simulated platform's matter.
 */
import { IoError } from '../platform/errors.ts';
import type { FileHandle, FileSystem, OpenMode } from '../platform/files.ts';
import type { Platform, Task, TaskDone } from '../platform/platform.ts';

class TestFile {
	bytes = new Uint8Array(0);
	length = 0;
}

export class TestFiles implements FileSystem {
	readonly contents = new Map<string, TestFile>();
	readonly directories = new Set<string>(['/']);
	/** Operations that change something, so far; the one with number `failAt` throws (and each after it while `failForever`). */
	operations = 0;
	failAt = Number.POSITIVE_INFINITY;
	failForever = false;

	open(path: string, mode: OpenMode): FileHandle {
		let file = this.contents.get(path);
		if (mode === 'create') {
			this.operation(`create "${path}"`);
			if (file !== undefined) throw new IoError('io', `cannot create "${path}": it exists`);
			file = new TestFile();
			this.contents.set(path, file);
		} else if (file === undefined) {
			throw new IoError('io', `cannot open "${path}": ENOENT`);
		}
		return new TestHandle(this, path, file);
	}

	exists(path: string): boolean {
		return this.contents.has(path) || this.directories.has(path);
	}

	list(directory: string): string[] {
		const prefix = `${directory}/`;
		return [...this.contents.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
	}

	makeDirectory(path: string): void {
		this.operation(`make directory "${path}"`);
		this.directories.add(path);
	}

	rename(from: string, to: string): void {
		this.operation(`rename "${from}"`);
		const file = this.contents.get(from);
		if (file === undefined) throw new IoError('io', `cannot rename "${from}": ENOENT`);
		this.contents.delete(from);
		this.contents.set(to, file);
	}

	remove(path: string): void {
		this.operation(`remove "${path}"`);
		if (!this.contents.delete(path)) throw new IoError('io', `cannot remove "${path}": ENOENT`);
	}

	syncDirectory(path: string): void {
		this.operation(`sync directory "${path}"`);
	}

	operation(what: string): void {
		this.operations++;
		if (this.operations === this.failAt || (this.failForever && this.operations > this.failAt)) throw new IoError('io', `cannot ${what}: injected`);
	}
}

class TestHandle implements FileHandle {
	readonly path: string;
	readonly descriptor = -1;
	readonly #files: TestFiles;
	readonly #file: TestFile;

	constructor(files: TestFiles, path: string, file: TestFile) {
		this.#files = files;
		this.path = path;
		this.#file = file;
	}

	read(into: Uint8Array, start: number, count: number, position: number): number {
		const got = Math.max(0, Math.min(count, this.#file.length - position));
		into.set(this.#file.bytes.subarray(position, position + got), start);
		return got;
	}

	write(from: Uint8Array, start: number, count: number, position: number): void {
		this.#files.operation(`write "${this.path}"`);
		this.#reserve(position + count);
		this.#file.bytes.set(from.subarray(start, start + count), position);
	}

	syncData(): void {
		this.#files.operation(`sync "${this.path}"`);
	}

	sync(): void {
		this.#files.operation(`sync "${this.path}"`);
	}

	allocate(bytes: number): void {
		this.#files.operation(`allocate "${this.path}"`);
		this.#reserve(bytes);
	}

	truncate(bytes: number): void {
		this.#files.operation(`truncate "${this.path}"`);
		this.#file.length = bytes;
	}

	bytes(): number {
		return this.#file.length;
	}

	close(): void {}

	#reserve(end: number): void {
		const file = this.#file;
		if (end > file.bytes.length) {
			const grown = new Uint8Array(end * 2);
			grown.set(file.bytes.subarray(0, file.length));
			file.bytes = grown;
		}
		file.length = Math.max(file.length, end);
	}
}

export interface TestPlatform extends Platform {
	readonly files: TestFiles;
	/** Runs what waits: tasks, syncs and timers, until nothing is left. */
	settle(): Promise<void>;
}

/** A platform over `files`; several over the same files are the same disk before and after a restart. */
export function testPlatform(files = new TestFiles()): TestPlatform {
	const waiting: (() => void)[] = [];
	const timers = new Set<() => void>();
	const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
	const drain = (): void => {
		for (const sync of syncs.splice(0)) sync();
	};
	const syncs: (() => void)[] = [];
	const tasks: (() => void)[] = [];
	let timeMs = 0;
	return {
		files,
		clock: { nowUs: () => ++timeMs * 1000, monotonicMs: () => ++timeMs },
		random: { next: () => 0.5, bytes: (count) => new Uint8Array(count) },
		timers: {
			after: (_ms, callback) => {
				timers.add(callback);
				return () => timers.delete(callback);
			},
			soon: (callback) => void waiting.push(callback),
		},
		syncer: {
			ownSyncMsMax: 0,
			syncData: (file, done) => {
				syncs.push(() => {
					let failure: Error | null = null;
					try {
						file.syncData();
					} catch (error) {
						failure = error as Error;
					}
					done(failure);
				});
				waiting.push(drain);
			},
			drain,
			close: () => undefined,
		},
		calls: null,
		tasks: {
			run: <Input, Output>(task: Task<Input, Output>, input: Input, done: TaskDone<Output>) => {
				const sent = structuredClone(input);
				tasks.push(() => {
					let output: Output;
					try {
						output = structuredClone(task.run(sent, files));
					} catch (error) {
						done(error as Error, null);
						return;
					}
					done(null, output);
				});
				waiting.push(() => tasks.shift()?.());
			},
			drain: (isEnough) => {
				while (tasks.length > 0 && !isEnough?.()) tasks.shift()!();
			},
			close: () => Promise.resolve(),
		},
		close: () => Promise.resolve(),
		async settle() {
			for (;;) {
				await turn();
				const work = waiting.shift();
				if (work !== undefined) work();
				else if (timers.size > 0) {
					for (const callback of [...timers]) {
						timers.delete(callback);
						callback();
					}
				} else return;
			}
		},
	};
}
