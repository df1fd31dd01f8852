/**
 * The manifest: which files each keyspace has, and up to which offset they hold its data. The format is
 * `docs/formats/manifest.md`: an append-only file of edits with checksums, rolled when it has grown well past the state it
 * describes (write a new file, sync, rename over the old one, sync the directory).
 *
 * Invariants:
 * (1) An edit names only files that are complete and synced, file and directory entry.
 * (2) What an edit lets go (removed files, a part of the log) may go only after the edit is synced.
 * (3) After a failed write or sync the file's tail is unknown: the next edit rolls.
 * (4) Behind an edit that was synced stands a mark, itself not synced, that the next edit overwrites. A damaged edit with a mark
 *     or an edit behind it was once durable: that is corruption. One without is a torn tail, on which nobody relied.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { checksum } from '../bytes/checksum.ts';
import { CorruptionError, LimitError, newerFormat, PolylogError } from '../platform/errors.ts';
import type { FileHandle, FileSystem } from '../platform/files.ts';
import type { EngineAbilities, Offset } from './contracts.ts';
import { NO_BYTES } from './entry-source.ts';
import type { SstableInfo } from './lsm/sstable-format.ts';
import { corrupt } from './stored-files.ts';

/** Since version 2 sstables have a state too. */
const WITH_LSM_STATE = 2;
/** Since version 3 it may say what is hidden in them. */
const WITH_HIDDEN_RANGES = 3;
export const MANIFEST_VERSION = WITH_HIDDEN_RANGES;
const MANIFEST_NAME = 'manifest';
const NEW_NAME = 'manifest.new';
/** "PLOGMAN" and a zero byte. */
const MAGIC = Uint8Array.of(0x50, 0x4c, 0x4f, 0x47, 0x4d, 0x41, 0x4e, 0x00);
const VERSION_AT = 8;
const HEADER_CHECKSUM_AT = 12;
const HEADER_BYTES = 16;
const RECORD_HEADER_BYTES = 8;
/** Flags of a keyspace: the lowest bit, and above it the place of its engine in `ENGINES`. */
const DROPPED = 1;
const ENGINE_SHIFT = 1;
const ENGINES: readonly EngineName[] = ['lsm', 'btree', 'hash', 'columnar'];
const NOTHING: ManifestEdit = { appliedOffset: 0, nextNumber: 0, keyspaces: [] };

export type EngineName = EngineAbilities['name'];

/** A file as the manifest describes it. */
export interface StoredFile {
	/** The level of an sstable, or `VALUE_FILE_LEVEL`; 0 for files of other engines. */
	readonly level: number;
	/** Of files of other engines: number, bytes and entries; bounds are empty, the hash is zeros. */
	readonly info: SstableInfo;
	/** What the engine wants to know of the file besides; of an sstable the value files that it points into, and what is hidden in it. */
	readonly state: Uint8Array;
}

export interface KeyspaceEdit {
	readonly id: number;
	readonly engine: EngineName;
	/** The keyspace is gone; remembered until `appliedOffset` reaches `baseOffset`, the offset of the drop, so that replay leaves its entries out. */
	readonly isDropped: boolean;
	/** Everything up to it is in the files. */
	readonly baseOffset: Offset;
	/** Numbers of files that go. */
	readonly removed: readonly number[];
	/** At level 0 in the order of their age, oldest first. A file that is there already is described anew. */
	readonly added: readonly StoredFile[];
}

export interface ManifestEdit {
	/** Everything up to it is durable, in all keyspaces. */
	readonly appliedOffset: Offset;
	readonly nextNumber: number;
	readonly keyspaces: readonly KeyspaceEdit[];
}

export interface KeyspaceState {
	readonly engine: EngineName;
	isDropped: boolean;
	baseOffset: Offset;
	/** By number; insertion order is age. */
	readonly files: Map<number, StoredFile>;
}

export class Manifest {
	appliedOffset: Offset;
	nextNumber: number;
	/** How often the manifest was written anew since it was opened. */
	rolls: number;
	readonly keyspaces: Map<number, KeyspaceState>;
	readonly #files: FileSystem;
	readonly #directory: string;
	#file: FileHandle | null;
	#end: number;
	#rollAtBytes: number;
	readonly #rollBytesMin: number;
	#mustRoll: boolean;

	private constructor(files: FileSystem, directory: string, rollBytesMin: number) {
		this.appliedOffset = 0;
		this.nextNumber = 1;
		this.rolls = 0;
		this.keyspaces = new Map();
		this.#files = files;
		this.#directory = directory;
		this.#file = null;
		this.#end = 0;
		this.#rollAtBytes = rollBytesMin;
		this.#rollBytesMin = rollBytesMin;
		this.#mustRoll = false;
	}

	/** Reads the manifest of a directory, or makes the first one. It is rolled past `rollBytesMin`, and past four times its state. */
	static open(files: FileSystem, directory: string, rollBytesMin: number): Manifest {
		const manifest = new Manifest(files, directory, rollBytesMin);
		const path = `${directory}/${MANIFEST_NAME}`;
		if (files.exists(path)) manifest.#load(path);
		else manifest.#roll();
		return manifest;
	}

	/** What the manifest of a directory says, which another process may have open. */
	static read(files: FileSystem, directory: string): ReadonlyMap<number, KeyspaceState> {
		const manifest = new Manifest(files, directory, 0);
		const file = files.open(`${directory}/${MANIFEST_NAME}`, 'read');
		try {
			manifest.#parse(file);
		} finally {
			file.close();
		}
		return manifest.keyspaces;
	}

	/** The open file, for syncing it elsewhere; null when the last edit was written by rolling, which is synced already. */
	get unsyncedFile(): FileHandle | null {
		return this.#file;
	}

	/**
	 * Changes the state and writes the edit; returns whether it must still be synced. When it throws, the state is as before
	 * and the tail of the file is not trusted any more (3).
	 */
	append(edit: ManifestEdit): boolean {
		const undo = this.#change(edit);
		try {
			if (this.#mustRoll || this.#file === null || this.#end > this.#rollAtBytes) {
				this.#roll();
				return false;
			}
			const record = encodeRecord(edit);
			this.#file.write(record, 0, record.length, this.#end);
			this.#end += record.length;
			return true;
		} catch (error) {
			undo();
			this.#mustRoll = true;
			throw error;
		}
	}

	/** A sync of the file failed: what of its tail is on disk is unknown (3). */
	distrust(): void {
		this.#mustRoll = true;
	}

	/** All edits are synced: writes the mark that says so (4). Nothing relies on it, so a failure only makes the next edit roll. */
	settle(): void {
		if (this.#mustRoll || this.#file === null) return;
		const mark = encodeRecord(NOTHING);
		try {
			this.#file.write(mark, 0, mark.length, this.#end);
		} catch (error) {
			if (!(error instanceof PolylogError)) throw error;
			this.#mustRoll = true;
		}
	}

	close(): void {
		this.#file?.close();
		this.#file = null;
	}

	/** Changes the state in memory; returns how to undo it. */
	#change(edit: ManifestEdit): () => void {
		const { appliedOffset, nextNumber } = this;
		const before = new Map<number, KeyspaceState | undefined>();
		for (const change of edit.keyspaces) {
			const state = this.keyspaces.get(change.id);
			if (!before.has(change.id)) before.set(change.id, state === undefined ? undefined : { ...state, files: new Map(state.files) });
		}
		applyEdit(this, edit);
		return () => {
			this.appliedOffset = appliedOffset;
			this.nextNumber = nextNumber;
			for (const [id, state] of before) {
				if (state === undefined) this.keyspaces.delete(id);
				else this.keyspaces.set(id, state);
			}
		};
	}

	#load(path: string): void {
		const file = this.#files.open(path, 'write');
		this.#file = file;
		try {
			this.#parse(file);
			this.#secure(file);
		} catch (error) {
			this.close();
			throw error;
		}
	}

	/** Applies all edits of a file, up to a torn tail. */
	#parse(file: FileHandle): void {
		const { path } = file;
		const bytes = new Uint8Array(file.bytes());
		const got = file.read(bytes, 0, bytes.length, 0);
		const version = checkHeader(bytes.subarray(0, got), path);
		let at = HEADER_BYTES;
		this.#end = at;
		while (at < got) {
			const end = recordEnd(bytes, at, got);
			if (end < 0) {
				if (hasRecordAfter(bytes, at + 1, got)) throw corrupt(path, at, 'an edit is damaged that was once durable');
				break;
			}
			const isMark = this.#applyRecord(bytes, at, end, path, version);
			at = end;
			if (!isMark) this.#end = end;
		}
	}

	/**
	 * What was read is relied on from here, but a killed process may have left its tail, or the name of the file, in the machine's
	 * cache only, where after a failed sync even another sync would not bring it to the disk. So it is written anew; on a full
	 * disk a sync must do.
	 */
	#secure(file: FileHandle): void {
		try {
			this.#roll();
		} catch (error) {
			if (!(error instanceof LimitError)) throw error;
			this.#mustRoll = true;
			file.sync();
			this.#files.syncDirectory(this.#directory);
		}
	}

	/** Returns whether the record is a mark. */
	#applyRecord(bytes: Uint8Array, at: number, end: number, path: string, version: number): boolean {
		let edit: ManifestEdit;
		try {
			edit = decodeEdit(new ByteReader(bytes, at + RECORD_HEADER_BYTES, end), version);
		} catch (cause) {
			throw new CorruptionError('corruption', `"${path}" is damaged at position ${at}: an edit cannot be read`, { sqlstate: 'XX001', cause });
		}
		applyEdit(this, edit);
		return edit.nextNumber === 0;
	}

	/** Writes the whole state to a new file, which then takes the place of the old one. */
	#roll(): void {
		const path = `${this.#directory}/${MANIFEST_NAME}`;
		const newPath = `${this.#directory}/${NEW_NAME}`;
		if (this.#files.exists(newPath)) this.#files.remove(newPath);
		const made = this.#files.open(newPath, 'create');
		const state = this.#encodeState();
		try {
			made.write(state, 0, state.length, 0);
			made.sync();
		} finally {
			made.close();
		}
		this.#files.rename(newPath, path);
		this.#files.syncDirectory(this.#directory);
		const file = this.#files.open(path, 'write');
		this.#end = state.length;
		this.#rollAtBytes = Math.max(this.#rollBytesMin, 4 * state.length);
		this.#file?.close();
		this.#file = file;
		this.#mustRoll = false;
		this.rolls++;
		this.settle();
	}

	#encodeState(): Uint8Array {
		const keyspaces: KeyspaceEdit[] = [];
		for (const [id, state] of this.keyspaces) {
			if (state.isDropped && state.baseOffset <= this.appliedOffset) continue;
			keyspaces.push({ id, engine: state.engine, isDropped: state.isDropped, baseOffset: state.baseOffset, removed: [], added: [...state.files.values()] });
		}
		const record = encodeRecord({ appliedOffset: this.appliedOffset, nextNumber: this.nextNumber, keyspaces });
		const header = new ByteWriter(HEADER_BYTES);
		header.raw(MAGIC);
		header.uint32(MANIFEST_VERSION);
		header.uint32(checksum(header.bytes, 0, HEADER_CHECKSUM_AT));
		header.raw(record);
		return header.copy();
	}
}

function applyEdit(manifest: Manifest, edit: ManifestEdit): void {
	manifest.nextNumber = Math.max(manifest.nextNumber, edit.nextNumber);
	for (const change of edit.keyspaces) {
		let state = manifest.keyspaces.get(change.id);
		if (state === undefined) {
			state = { engine: change.engine, isDropped: false, baseOffset: 0, files: new Map() };
			manifest.keyspaces.set(change.id, state);
		}
		state.baseOffset = Math.max(state.baseOffset, change.baseOffset);
		if (change.isDropped) {
			state.isDropped = true;
			state.files.clear();
		}
		for (const number of change.removed) state.files.delete(number);
		for (const file of change.added) state.files.set(file.info.number, file);
	}
	manifest.appliedOffset = Math.max(manifest.appliedOffset, edit.appliedOffset);
}

function encodeRecord(edit: ManifestEdit): Uint8Array {
	const writer = new ByteWriter(256);
	writer.uint32(0);
	writer.uint32(0);
	writer.varint(edit.appliedOffset);
	writer.varint(edit.nextNumber);
	writer.varint(edit.keyspaces.length);
	for (const change of edit.keyspaces) {
		writer.varint(change.id);
		writer.uint8((change.isDropped ? DROPPED : 0) | (ENGINES.indexOf(change.engine) << ENGINE_SHIFT));
		writer.varint(change.baseOffset);
		writer.varint(change.removed.length);
		for (const number of change.removed) writer.varint(number);
		writer.varint(change.added.length);
		for (const file of change.added) encodeFile(writer, file);
	}
	const { bytes, length } = writer;
	bytes.writeUInt32LE(length - RECORD_HEADER_BYTES, 0);
	bytes.writeUInt32LE(checksum(bytes, RECORD_HEADER_BYTES, length), 4);
	return writer.copy();
}

function encodeFile(writer: ByteWriter, file: StoredFile): void {
	const { info } = file;
	writer.varint(file.level);
	writer.varint(info.number);
	writer.varint(info.bytes);
	writer.varint(info.entries);
	writer.varint(info.tombstones);
	writer.uint32(Number.parseInt(info.hash, 16));
	writer.blob(info.smallest);
	writer.blob(info.largest);
	writer.blob(file.state);
}

function decodeEdit(reader: ByteReader, version: number): ManifestEdit {
	const appliedOffset = reader.varint();
	const nextNumber = reader.varint();
	const keyspaces: KeyspaceEdit[] = [];
	for (let left = reader.varint(); left > 0; left--) {
		const id = reader.varint();
		const flags = reader.uint8();
		const isDropped = (flags & DROPPED) !== 0;
		const engine = ENGINES[flags >>> ENGINE_SHIFT];
		if (engine === undefined) throw new RangeError(`flags ${flags} name no engine`);
		const baseOffset = reader.varint();
		const removed: number[] = [];
		for (let count = reader.varint(); count > 0; count--) removed.push(reader.varint());
		const added: StoredFile[] = [];
		for (let count = reader.varint(); count > 0; count--) added.push(decodeFile(reader, engine !== 'lsm' || version >= WITH_LSM_STATE));
		keyspaces.push({ id, engine, isDropped, baseOffset, removed, added });
	}
	if (!reader.atEnd) throw new RangeError(`${reader.end - reader.position} bytes too many`);
	return { appliedOffset, nextNumber, keyspaces };
}

function decodeFile(reader: ByteReader, hasState: boolean): StoredFile {
	const level = reader.varint();
	const number = reader.varint();
	const bytes = reader.varint();
	const entries = reader.varint();
	const tombstones = reader.varint();
	const hash = reader.uint32().toString(16).padStart(8, '0');
	const info = { number, bytes, entries, tombstones, hash, smallest: Uint8Array.from(reader.blob()), largest: Uint8Array.from(reader.blob()) };
	return { level, info, state: hasState ? Uint8Array.from(reader.blob()) : NO_BYTES };
}

/** In the order bounds, magic, version, checksum. Returns the version. */
function checkHeader(bytes: Uint8Array, path: string): number {
	if (bytes.length < HEADER_BYTES) throw corrupt(path, 0, `${bytes.length} bytes are too short for a manifest`);
	for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) throw corrupt(path, i, 'it does not begin like a manifest');
	const reader = new ByteReader(bytes, VERSION_AT);
	const version = reader.uint32();
	if (version > MANIFEST_VERSION) {
		throw newerFormat('manifest', path, version, MANIFEST_VERSION);
	}
	if (checksum(bytes, 0, HEADER_CHECKSUM_AT) !== reader.uint32()) throw corrupt(path, 0, 'the checksum of the header does not match');
	return version;
}

/** Where the record at a position ends, or -1 when it is not whole. */
function recordEnd(bytes: Uint8Array, at: number, end: number): number {
	if (at + RECORD_HEADER_BYTES > end) return -1;
	const reader = new ByteReader(bytes, at);
	const payloadBytes = reader.uint32();
	const stored = reader.uint32();
	const recordEndsAt = at + RECORD_HEADER_BYTES + payloadBytes;
	if (payloadBytes === 0 || recordEndsAt > end) return -1;
	return checksum(bytes, at + RECORD_HEADER_BYTES, recordEndsAt) === stored ? recordEndsAt : -1;
}

function hasRecordAfter(bytes: Uint8Array, from: number, end: number): boolean {
	for (let at = from; at + RECORD_HEADER_BYTES < end; at++) if (recordEnd(bytes, at, end) >= 0) return true;
	return false;
}
