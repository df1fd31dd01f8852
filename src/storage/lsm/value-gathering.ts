/**
 * The values of a run on their way into its sstables: large ones go to the run's value file, or stay in the file in which they
 * are, and a pointer takes their place. The value file is made when the first value needs it.
 */
import type { FileSystem } from '../../platform/files.ts';
import { valueFileName } from '../file-names.ts';
import type { SstableInfo } from './sstable-format.ts';
import {
	POINTER_BYTES_MAX,
	RECORD_HEADER_BYTES,
	readPointer,
	type ValueFile,
	ValueFileWriter,
	type ValuePointer,
	type ValueReference,
	WRAPPED_INLINE,
	WRAPPED_POINTER,
	writePointer,
} from './value-file.ts';

/** Room for a pointer at least. */
const SCRATCH_BYTES_FIRST = Math.max(POINTER_BYTES_MAX, 1024);

export interface GatheringOptions {
	/** Of the value file. */
	readonly number: number;
	readonly bytesMin: number;
	/** Open files out of which values are moved. */
	readonly moved: ReadonlyMap<number, ValueFile>;
}

export class ValueGathering {
	/** The wrapped value that `take` made, until the next call. */
	buffer: Uint8Array;
	start: number;
	end: number;
	readonly #files: FileSystem;
	readonly #directory: string;
	readonly #options: GatheringOptions;
	readonly #pointer: ValuePointer;
	#scratch: Uint8Array;
	#writer: ValueFileWriter | null;
	/** Bytes pointed to since `takeReferences`, by file. */
	#references: Map<number, number>;

	constructor(files: FileSystem, directory: string, options: GatheringOptions) {
		this.#scratch = new Uint8Array(SCRATCH_BYTES_FIRST);
		this.buffer = this.#scratch;
		this.start = 0;
		this.end = 0;
		this.#files = files;
		this.#directory = directory;
		this.#options = options;
		this.#pointer = { file: 0, position: 0, length: 0 };
		this.#writer = null;
		this.#references = new Map();
	}

	/** Wraps a value, or passes a wrapped one on. */
	take(value: Uint8Array, start: number, end: number, isWrapped: boolean): void {
		if (!isWrapped) {
			this.#wrap(value, start, end);
		} else if (value[start] === WRAPPED_POINTER) {
			this.#takePointer(value, start, end);
		} else {
			this.#pass(value, start, end);
		}
	}

	/** What the values taken since the last call point to. */
	takeReferences(): ValueReference[] {
		const references = [...this.#references].map(([file, bytes]) => ({ file, bytes }));
		this.#references = new Map();
		return references;
	}

	/** The value file, synced; null when no value went to it. */
	finish(): SstableInfo | null {
		return this.#writer?.finish() ?? null;
	}

	/** Removes the value file. */
	abandon(): void {
		this.#writer?.abandon();
		const path = `${this.#directory}/${valueFileName(this.#options.number)}`;
		if (this.#writer !== null && this.#files.exists(path)) this.#files.remove(path);
		this.#writer = null;
	}

	#pass(value: Uint8Array, start: number, end: number): void {
		this.buffer = value;
		this.start = start;
		this.end = end;
	}

	#wrap(value: Uint8Array, start: number, end: number): void {
		const length = end - start;
		if (length >= this.#options.bytesMin) {
			this.#append(value, start, end);
			return;
		}
		if (length >= this.#scratch.length) this.#scratch = new Uint8Array(2 * length);
		const scratch = this.#scratch;
		scratch[0] = WRAPPED_INLINE;
		if (length > 48) scratch.set(value.subarray(start, end), 1);
		else for (let i = 0; i < length; i++) scratch[i + 1] = value[start + i]!;
		this.#pass(scratch, 0, length + 1);
	}

	#takePointer(value: Uint8Array, start: number, end: number): void {
		const pointer = this.#pointer;
		readPointer(value, start, pointer);
		const left = this.#options.moved.get(pointer.file);
		if (left === undefined) {
			this.#count(pointer.file, pointer.length);
			this.#pass(value, start, end);
			return;
		}
		const record = left.readUncached(pointer.position, pointer.length);
		this.#append(record, RECORD_HEADER_BYTES, record.length);
	}

	#append(value: Uint8Array, start: number, end: number): void {
		this.#writer ??= new ValueFileWriter(this.#files, this.#directory, this.#options.number);
		const position = this.#writer.append(value, start, end);
		this.#count(this.#writer.number, end - start);
		this.#pass(this.#scratch, 0, writePointer(this.#scratch, 0, this.#writer.number, position, end - start));
	}

	#count(file: number, length: number): void {
		this.#references.set(file, (this.#references.get(file) ?? 0) + RECORD_HEADER_BYTES + length);
	}
}
