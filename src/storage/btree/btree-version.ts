/**
 * One committed generation of a keyspace's B-tree: what readers see of it. It knows its file and generation; the meta page is
 * read when something is first asked of it, so opening thousands of keyspaces touches no file.
 */

import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { invariant } from '../../platform/errors.ts';
import type { Slot } from '../contracts.ts';
import type { EngineVersion } from '../engine-version.ts';
import { ABSENT, type EntrySource, FOUND, type SearchResult } from '../entry-source.ts';
import { BtreeCursor } from './btree-cursor.ts';
import type { BtreeFile } from './btree-file.ts';
import type { Meta, TreeState } from './meta-page.ts';
import { valueCell } from './page.ts';
import { readUint32, VALUE_IN_EXTENT } from './page-format.ts';
import { verifyTree } from './verify-tree.ts';

export class BtreeVersion implements EngineVersion {
	readonly entries: number;
	readonly diskBytes: number;
	/** Null: nothing was ever written, or all of it removed. */
	readonly file: BtreeFile | null;
	readonly state: TreeState;
	#meta: Meta | null;

	/** `meta` saves reading it when it is known. */
	constructor(file: BtreeFile | null, state: TreeState, entries: number, diskBytes: number, meta: Meta | null = null) {
		this.file = file;
		this.state = state;
		this.entries = entries;
		this.diskBytes = diskBytes;
		this.#meta = meta;
	}

	get isEmpty(): boolean {
		return this.file === null;
	}

	get files(): number {
		return this.file === null ? 0 : 1;
	}

	/** The share of the file that is free; 0 while the meta page was not read. */
	get freeShare(): number {
		return this.#meta === null ? 0 : this.#meta.freePages / this.#meta.pageCount;
	}

	/** Where the tree begins. */
	get meta(): Meta {
		if (this.#meta === null) {
			invariant(this.file !== null, 'an empty tree has no meta page');
			this.#meta = this.file.readMeta(this.state);
		}
		return this.#meta;
	}

	get(key: Uint8Array, keyLength: number, slot: Slot): SearchResult {
		const file = this.file;
		if (file === null) return ABSENT;
		let page = file.page((this.#meta ?? this.meta).root);
		while (page.level > 0) page = file.page(page.child(page.findChild(key, keyLength, file)));
		const place = page.find(key, keyLength, file);
		if (place < 0) return ABSENT;
		const bytes = page.bytes;
		const cell = page.position(place);
		let at = valueCell(bytes, cell);
		let length = bytes[at]!;
		if (length < 0x80) at++;
		else {
			length = readVarint(bytes, at);
			at += varintBytes(length);
		}
		// The flags are in the lowest bits of the tag, which are in its first byte.
		if ((bytes[cell]! & VALUE_IN_EXTENT) === 0) {
			slot.buffer = bytes;
			slot.start = at;
			slot.end = at + length;
		} else {
			slot.buffer = file.extent(readUint32(bytes, at), length, readUint32(bytes, at + 4));
			slot.start = 0;
			slot.end = length;
		}
		return FOUND;
	}

	addSources(reverse: boolean, into: EntrySource[]): void {
		if (this.file !== null) into.push(new BtreeCursor(this.file, this.meta.root, reverse));
	}

	/** From the branches alone: where the bounds lie among the leaves, all taken for equally full. */
	estimate(lower: Uint8Array | null, upper: Uint8Array | null, into: { entries: number; bytes: number }): void {
		if (this.file === null) return;
		const { entries, dataBytes } = this.meta;
		if (lower === null && upper === null) {
			into.entries += entries;
			into.bytes += dataBytes;
			return;
		}
		const from = lower === null ? 0 : this.#share(lower);
		const to = upper === null ? 1 : this.#share(upper);
		const share = Math.max(0, to - from);
		into.entries += entries * share;
		into.bytes += dataBytes * share;
	}

	verify(): string[] {
		return this.file === null ? [] : this.file.withHandle((handle) => verifyTree(handle, this.state));
	}

	retain(): void {
		this.file?.retain(this.state.generation);
	}

	release(): void {
		this.file?.release(this.state.generation);
	}

	discard(): void {
		if (this.file !== null) this.file.isObsolete = true;
		this.release();
	}

	/** Which share of all entries comes before a key. */
	#share(key: Uint8Array): number {
		const file = this.file!;
		let page = file.page(this.meta.root);
		let before = 0;
		let share = 1;
		while (page.level > 0) {
			share /= page.count;
			const place = page.findChild(key, key.length, file);
			before += share * place;
			page = file.page(page.child(place));
		}
		return before + (share * page.lowerBound(key, key.length, file)) / page.count;
	}
}

const NO_STATE: TreeState = { pageBytes: 0, generation: 0 };

/** A keyspace without a file. */
export const EMPTY_TREE = new BtreeVersion(null, NO_STATE, 0, 0);
