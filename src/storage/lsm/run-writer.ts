/**
 * Writes a sorted run as one or more sstables, cut at a target size, and its large values as one value file: the output of
 * flushes, compactions and bulk loads. The caller syncs the directory before it relies on the files.
 */
import { compareBytes } from '../../bytes/compare-bytes.ts';
import type { FileSystem } from '../../platform/files.ts';
import { type Compression, type SstableInfo, sstableName } from './sstable-format.ts';
import { SstableWriter } from './sstable-writer.ts';
import type { ValueReference } from './value-file.ts';
import { type GatheringOptions, ValueGathering } from './value-gathering.ts';

export interface RunOptions {
	readonly directory: string;
	readonly blockBytes: number;
	readonly sstableBytes: number;
	readonly compression: Compression;
	/** Size of the parts of large indexes. */
	readonly indexPartBytes: number;
	/** Bits a key of Bloom filters. */
	readonly filterBits: number;
	/** At most so many sstables: the last one takes all the rest. */
	readonly filesMax: number;
	/** Values from so many bytes on go to a value file of this number; absent: values stay where they are, and none that comes is wrapped. */
	readonly values?: GatheringOptions;
}

/** A finished sstable and what it points to. */
export interface WrittenTable {
	readonly info: SstableInfo;
	readonly references: readonly ValueReference[];
}

/** What was written: sstables in order of their keys, and the value file, if any value went to one. All synced. */
export interface WrittenRun {
	readonly tables: readonly WrittenTable[];
	readonly valueFile: SstableInfo | null;
}

export class RunWriter {
	readonly #files: FileSystem;
	readonly #options: RunOptions;
	readonly #nextNumber: () => number;
	readonly #finished: WrittenTable[];
	readonly #started: number[];
	readonly #values: ValueGathering | null;
	#writer: SstableWriter | null;

	constructor(files: FileSystem, options: RunOptions, nextNumber: () => number) {
		this.#files = files;
		this.#options = options;
		this.#nextNumber = nextNumber;
		this.#finished = [];
		this.#started = [];
		this.#values = options.values === undefined ? null : new ValueGathering(files, options.directory, options.values);
		this.#writer = null;
	}

	/** Adds an entry with a key above all before; value null is a tombstone. `isWrapped`: of an sstable with wrapped values. */
	add(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array | null, valueStart: number, valueEnd: number, isWrapped = false): void {
		const writer = this.#writer ?? this.#begin();
		const values = this.#values;
		if (values === null || value === null) {
			writer.add(key, keyStart, keyEnd, value, valueStart, valueEnd);
		} else {
			values.take(value, valueStart, valueEnd, isWrapped);
			writer.add(key, keyStart, keyEnd, values.buffer, values.start, values.end);
		}
		if (writer.bytes >= this.#options.sstableBytes && this.#started.length < this.#options.filesMax) this.#finishOne(writer);
	}

	/** Adds an entry to a run without value files. False, with nothing done, when its key is not above the last one. */
	addNext(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array, valueStart: number, valueEnd: number): boolean {
		let writer = this.#writer;
		if (writer === null) {
			const before = this.#finished[this.#finished.length - 1]?.info.largest;
			if (before !== undefined && compareBytes(before, 0, before.length, key, keyStart, keyEnd) >= 0) return false;
			writer = this.#begin();
		}
		if (!writer.addNext(key, keyStart, keyEnd, value, valueStart, valueEnd)) return false;
		if (writer.bytes >= this.#options.sstableBytes && this.#started.length < this.#options.filesMax) this.#finishOne(writer);
		return true;
	}

	#begin(): SstableWriter {
		const number = this.#nextNumber();
		this.#started.push(number);
		const { directory, blockBytes, compression, filterBits, indexPartBytes } = this.#options;
		this.#writer = new SstableWriter(this.#files, directory, number, blockBytes, compression, filterBits, this.#values !== null, indexPartBytes);
		return this.#writer;
	}

	/** The finished, synced files; no sstables when nothing was added. */
	finish(): WrittenRun {
		if (this.#writer !== null) this.#finishOne(this.#writer);
		return { tables: this.#finished, valueFile: this.#values?.finish() ?? null };
	}

	/** Removes what was written. */
	abandon(): void {
		this.#writer?.abandon();
		this.#writer = null;
		this.#values?.abandon();
		for (const number of this.#started) {
			const path = `${this.#options.directory}/${sstableName(number)}`;
			if (this.#files.exists(path)) this.#files.remove(path);
		}
	}

	#finishOne(writer: SstableWriter): void {
		this.#finished.push({ info: writer.finish(), references: this.#values?.takeReferences() ?? [] });
		this.#writer = null;
	}
}
