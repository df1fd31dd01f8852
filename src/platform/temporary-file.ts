/** A file that lives as long as what made it: never synced, removed when closed. What a killed process leaves is removed by the next that opens the directory. */
import type { FileHandle, FileSystem } from './files.ts';

let filesMade = 0;

export class TemporaryFile {
	readonly handle: FileHandle;
	readonly #files: FileSystem;
	#isOpen = true;

	/** Makes the directory if need be (not those above it). */
	constructor(files: FileSystem, directory: string) {
		if (!files.exists(directory)) files.makeDirectory(directory);
		let path: string;
		do path = `${directory}/spill-${filesMade++}.tmp`;
		while (files.exists(path));
		this.#files = files;
		this.handle = files.open(path, 'create');
	}

	close(): void {
		if (!this.#isOpen) return;
		this.#isOpen = false;
		this.handle.close();
		this.#files.remove(this.handle.path);
	}
}
