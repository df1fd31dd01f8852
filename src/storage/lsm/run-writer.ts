/**
 * Writes a sorted run as one or more sstables, cut at a target size: the output of flushes, compactions and bulk loads.
 * The caller syncs the directory before it relies on the files.
 */
import type { FileSystem } from '../../platform/files.ts';
import { type Compression, type SstableInfo, sstableName } from './sstable-format.ts';
import { SstableWriter } from './sstable-writer.ts';

export interface RunOptions {
	readonly directory: string;
	readonly blockBytes: number;
	readonly sstableBytes: number;
	readonly compression: Compression;
	/** At most so many sstables: the last one takes all the rest. */
	readonly filesMax: number;
}

export class RunWriter {
	readonly #files: FileSystem;
	readonly #options: RunOptions;
	readonly #nextNumber: () => number;
	readonly #finished: SstableInfo[];
	readonly #started: number[];
	#writer: SstableWriter | null;

	constructor(files: FileSystem, options: RunOptions, nextNumber: () => number) {
		this.#files = files;
		this.#options = options;
		this.#nextNumber = nextNumber;
		this.#finished = [];
		this.#started = [];
		this.#writer = null;
	}

	/** Adds an entry with a key above all before; value null is a tombstone. */
	add(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array | null, valueStart: number, valueEnd: number): void {
		let writer = this.#writer;
		if (writer === null) {
			const number = this.#nextNumber();
			this.#started.push(number);
			writer = new SstableWriter(this.#files, this.#options.directory, number, this.#options.blockBytes, this.#options.compression);
			this.#writer = writer;
		}
		writer.add(key, keyStart, keyEnd, value, valueStart, valueEnd);
		if (writer.bytes >= this.#options.sstableBytes && this.#started.length < this.#options.filesMax) this.#finishOne(writer);
	}

	/** The finished, synced sstables in order of their keys; none when nothing was added. */
	finish(): SstableInfo[] {
		if (this.#writer !== null) this.#finishOne(this.#writer);
		return this.#finished;
	}

	/** Removes what was written. */
	abandon(): void {
		this.#writer?.abandon();
		this.#writer = null;
		for (const number of this.#started) {
			const path = `${this.#options.directory}/${sstableName(number)}`;
			if (this.#files.exists(path)) this.#files.remove(path);
		}
	}

	#finishOne(writer: SstableWriter): void {
		this.#finished.push(writer.finish());
		this.#writer = null;
	}
}
