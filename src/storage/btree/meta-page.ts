/**
 * Meta pages 0 and 1 of a B-tree file: where the tree of one generation begins. A flush writes the page that the generation
 * before the last one had, so the committed one stays whole whatever happens. Which generation is committed stands in the
 * manifest, as the file's `state`; see `docs/formats/btree.md`.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { checksum } from '../../bytes/checksum.ts';
import { type CorruptionError, newerFormat } from '../../platform/errors.ts';
import type { FileHandle } from '../../platform/files.ts';
import type { Offset } from '../contracts.ts';
import { corrupt } from '../stored-files.ts';
import { FIRST_PAGE, isPageSize } from './page-format.ts';

export const BTREE_VERSION = 1;
/** "PLOGBTR" and a zero byte. */
const MAGIC = Uint8Array.of(0x50, 0x4c, 0x4f, 0x47, 0x42, 0x54, 0x52, 0x00);

const CHECKSUM_AT = 0;
const VERSION_AT = 4;
const MAGIC_AT = 8;
const FIELDS_AT = 16;
/** Behind it the page is zeros, which the checksum covers too. */
const META_BYTES = 88;

/** One generation of a tree. */
export interface Meta {
	readonly pageBytes: number;
	readonly keyspaceId: number;
	readonly generation: number;
	/** Everything up to it is in the tree. */
	readonly baseOffset: Offset;
	/** Page of the root; 0 when the tree is empty. */
	readonly root: number;
	/** Levels: 0 empty, 1 a leaf alone. */
	readonly height: number;
	/** Pages of the file that belong to this generation, free ones included. */
	readonly pageCount: number;
	/** First page of the free list, 0 if nothing is free, and how many pages it lists. */
	readonly freeHead: number;
	readonly freePages: number;
	readonly leafPages: number;
	readonly entries: number;
	/** Bytes of keys and values. */
	readonly dataBytes: number;
}

export function encodeMeta(meta: Meta): Uint8Array {
	const writer = new ByteWriter(meta.pageBytes);
	writer.uint32(0);
	writer.uint32(BTREE_VERSION);
	writer.raw(MAGIC);
	writer.uint32(meta.pageBytes);
	writer.uint32(meta.height);
	writer.uint64(meta.keyspaceId);
	writer.uint64(meta.generation);
	writer.uint64(meta.baseOffset);
	writer.uint32(meta.root);
	writer.uint32(meta.pageCount);
	writer.uint32(meta.freeHead);
	writer.uint32(meta.freePages);
	writer.uint64(meta.leafPages);
	writer.uint64(meta.entries);
	writer.uint64(meta.dataBytes);
	const page = new Uint8Array(meta.pageBytes);
	page.set(writer.bytes.subarray(0, writer.length));
	new DataView(page.buffer).setUint32(CHECKSUM_AT, checksum(page, VERSION_AT, page.length), true);
	return page;
}

/** Reads a meta page, in the order magic, version, checksum, bounds. */
export function decodeMeta(page: Uint8Array, path: string, position: number): Meta {
	if (page.length < META_BYTES) throw corrupt(path, position, 'the file is too short for its meta pages');
	for (let i = 0; i < MAGIC.length; i++) if (page[MAGIC_AT + i] !== MAGIC[i]) throw corrupt(path, position + MAGIC_AT, 'it is no meta page of a B-tree');
	const reader = new ByteReader(page);
	const stored = reader.uint32();
	const version = reader.uint32();
	if (version > BTREE_VERSION) {
		throw newerFormat('B-tree', path, version, BTREE_VERSION);
	}
	if (checksum(page, VERSION_AT, page.length) !== stored) throw corrupt(path, position, 'the checksum of a meta page does not match');
	reader.position = FIELDS_AT;
	const pageBytes = reader.uint32();
	const height = reader.uint32();
	const meta = {
		pageBytes,
		height,
		keyspaceId: reader.uint64(),
		generation: reader.uint64(),
		baseOffset: reader.uint64(),
		root: reader.uint32(),
		pageCount: reader.uint32(),
		freeHead: reader.uint32(),
		freePages: reader.uint32(),
		leafPages: reader.uint64(),
		entries: reader.uint64(),
		dataBytes: reader.uint64(),
	};
	if (pageBytes !== page.length || meta.root >= meta.pageCount || meta.freeHead >= meta.pageCount || meta.pageCount < FIRST_PAGE) {
		throw corrupt(path, position, 'a meta page points outside its file');
	}
	return meta;
}

/** What the manifest keeps of a B-tree file: page size and committed generation. */
export interface TreeState {
	readonly pageBytes: number;
	readonly generation: number;
}

export function encodeState(state: TreeState): Uint8Array {
	const writer = new ByteWriter(16);
	writer.uint8(BTREE_VERSION);
	writer.varint(state.pageBytes);
	writer.varint(state.generation);
	return writer.copy();
}

export function decodeState(bytes: Uint8Array, path: string): TreeState {
	const damaged = (): CorruptionError => corrupt(path, 0, 'the manifest does not say which state of the B-tree is committed');
	if (bytes.length === 0) throw damaged();
	if (bytes[0]! > BTREE_VERSION) {
		throw newerFormat('B-tree', path, bytes[0]!, BTREE_VERSION);
	}
	const reader = new ByteReader(bytes, 1);
	try {
		const state = { pageBytes: reader.varint(), generation: reader.varint() };
		if (isPageSize(state.pageBytes)) return state;
	} catch (error) {
		if (!(error instanceof RangeError)) throw error;
	}
	throw damaged();
}

/** Where the meta page of a generation lies. */
export function metaPosition(generation: number, pageBytes: number): number {
	return (generation % 2) * pageBytes;
}

/** The meta page of the committed generation. */
export function readMeta(file: FileHandle, state: TreeState): Meta {
	const page = new Uint8Array(state.pageBytes);
	const position = metaPosition(state.generation, state.pageBytes);
	const got = file.read(page, 0, page.length, position);
	const meta = decodeMeta(page.subarray(0, got), file.path, position);
	if (meta.generation !== state.generation) {
		throw corrupt(file.path, position, `generation ${state.generation} expected, ${meta.generation} found`);
	}
	return meta;
}
