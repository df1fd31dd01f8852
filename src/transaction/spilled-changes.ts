/**
 * The first part of a large transaction's changes, in a temporary file until the commit appends it to the log. The part that
 * follows it is in memory.
 *
 * Invariant: `bytes[0, length)` of the file and the part in memory, one after the other, are the payload.
 */
import type { ChangesAhead } from '../log/log.ts';
import type { FileSystem } from '../platform/files.ts';
import { TemporaryFile } from '../platform/temporary-file.ts';

/** Where transactions spill. */
export interface ChangeSpace {
	readonly files: FileSystem;
	readonly directory: string;
}

export class SpilledChanges implements ChangesAhead {
	bytes = 0;
	readonly #file: TemporaryFile;

	constructor(space: ChangeSpace) {
		this.#file = new TemporaryFile(space.files, space.directory);
	}

	/** Appends `from[0, count)`. After a throw the file is as before. */
	append(from: Uint8Array, count: number): void {
		this.#file.handle.write(from, 0, count, this.bytes);
		this.bytes += count;
	}

	/** Forgets all but the first `count` bytes. */
	truncate(count: number): void {
		this.bytes = count;
	}

	read(into: Uint8Array, at: number, count: number, position: number): void {
		this.#file.handle.read(into, at, count, position);
	}

	close(): void {
		this.#file.close();
	}
}
