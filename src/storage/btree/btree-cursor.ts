/**
 * Walks one version of a B-tree in either direction. It stands in a leaf and keeps the branches above it, with the child that
 * it went down to, so the next leaf is the next child of the lowest branch that has one.
 *
 * Forward the cells of a leaf are read one behind the other; backward through their positions. Where the bound lies in a leaf
 * is looked up once, so no key is compared while walking.
 */
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { type EntrySource, NO_BYTES } from '../entry-source.ts';
import type { BtreeFile } from './btree-file.ts';
import { type Page, putPrefix } from './page.ts';
import { HEADER_BYTES, KEY_IN_EXTENT, REFERENCE_BYTES, readUint32, VALUE_IN_EXTENT } from './page-format.ts';

const FIRST_KEY_BYTES = 64;

export class BtreeCursor implements EntrySource {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	isTombstone: boolean;
	readonly #file: BtreeFile;
	readonly #root: number;
	readonly #reverse: boolean;
	#lower: Uint8Array | null;
	#upper: Uint8Array | null;
	/** Branches from the root down, and the child taken in each. */
	readonly #branches: Page[];
	readonly #places: number[];
	#leaf: Page | null;
	/** The entry last given, and the one before which (forward) or behind which (backward) the walk ends in this leaf. */
	#place: number;
	#last: number;
	/** Where the next cell is (forward). */
	#at: number;
	/** The key under construction; its first bytes are those that all keys of the leaf have in common. */
	#keys: Uint8Array;

	constructor(file: BtreeFile, root: number, reverse: boolean) {
		this.keyBuffer = NO_BYTES;
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = NO_BYTES;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.isTombstone = false;
		this.#file = file;
		this.#root = root;
		this.#reverse = reverse;
		this.#lower = null;
		this.#upper = null;
		this.#branches = [];
		this.#places = [];
		this.#leaf = null;
		this.#place = 0;
		this.#last = 0;
		this.#at = 0;
		this.#keys = new Uint8Array(FIRST_KEY_BYTES);
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		this.#lower = lower;
		this.#upper = upper;
		this.#branches.length = 0;
		this.#places.length = 0;
		const file = this.#file;
		const from = this.#reverse ? upper : lower;
		let page = file.page(this.#root);
		while (page.level > 0) {
			const place = from === null ? (this.#reverse ? page.count - 1 : 0) : page.findChild(from, from.length, file);
			this.#branches.push(page);
			this.#places.push(place);
			page = file.page(page.child(place));
		}
		this.#enter(page);
		if (from === null) return;
		const place = page.lowerBound(from, from.length, file);
		if (this.#reverse) {
			this.#place = place;
		} else {
			this.#place = place - 1;
			if (place < page.count) this.#at = page.position(place);
		}
	}

	next(): boolean {
		if (this.#reverse) return this.#previousEntry();
		while (this.#place + 1 >= this.#last) if (!this.#nextLeaf(1)) return false;
		this.#place++;
		this.#at = this.#show(this.#leaf!, this.#place, this.#at);
		return true;
	}

	#previousEntry(): boolean {
		while (this.#place <= this.#last) if (!this.#nextLeaf(-1)) return false;
		const leaf = this.#leaf!;
		this.#place--;
		this.#show(leaf, this.#place, leaf.position(this.#place));
		return true;
	}

	/** Goes to the next leaf in a direction; false when there is none, or the bound lies in this one. */
	#nextLeaf(step: number): boolean {
		const leaf = this.#leaf;
		if (leaf === null || this.#last !== (step > 0 ? leaf.count : 0)) {
			this.#leaf = null;
			this.#last = 0;
			this.#place = step > 0 ? -1 : 0;
			return false;
		}
		const branches = this.#branches;
		const places = this.#places;
		let depth = branches.length - 1;
		while (depth >= 0 && (step > 0 ? places[depth]! + 1 === branches[depth]!.count : places[depth] === 0)) depth--;
		if (depth < 0) {
			this.#leaf = null;
			this.#last = 0;
			this.#place = step > 0 ? -1 : 0;
			return false;
		}
		places[depth]! += step;
		let page = this.#file.childInWalk(branches[depth]!, places[depth]!, step);
		while (page.level > 0) {
			depth++;
			branches[depth] = page;
			places[depth] = step > 0 ? 0 : page.count - 1;
			page = this.#file.childInWalk(page, places[depth]!, step);
		}
		this.#enter(page);
		return true;
	}

	/** Stands before the first entry of a leaf, or behind its last, and finds where the walk ends in it. */
	#enter(leaf: Page): void {
		const { skip, commonAt, bytes } = leaf;
		this.#leaf = leaf;
		if (this.#keys.length < skip + 4) this.#keys = new Uint8Array(skip * 2 + 4);
		for (let i = 0; i < skip; i++) this.#keys[i] = bytes[commonAt + i]!;
		this.#at = commonAt + skip;
		const until = this.#reverse ? this.#lower : this.#upper;
		if (this.#reverse) {
			this.#place = leaf.count;
			this.#last = until === null ? 0 : leaf.lowerBound(until, until.length, this.#file);
		} else {
			this.#place = -1;
			this.#last = until === null ? leaf.count : leaf.lowerBound(until, until.length, this.#file);
		}
	}

	/** Describes the entry whose cell is at `cell`; returns where the next one is. */
	#show(leaf: Page, place: number, cell: number): number {
		const { bytes, skip } = leaf;
		let at = cell;
		let tag = bytes[at]!;
		if (tag < 0x80) at++;
		else {
			tag = readVarint(bytes, at);
			at += varintBytes(tag);
		}
		const length = skip + (tag >>> 2);
		if ((tag & KEY_IN_EXTENT) !== 0) {
			this.keyBuffer = this.#file.extent(readUint32(bytes, at), length, readUint32(bytes, at + 4));
			at += REFERENCE_BYTES;
		} else {
			if (this.#keys.length < length + 4) this.#growKeys(length + 4, skip);
			const keys = this.#keys;
			putPrefix(bytes, HEADER_BYTES + 4 * place, keys, skip, 4);
			for (let i = skip + 4; i < length; i++) keys[i] = bytes[at++]!;
			this.keyBuffer = keys;
		}
		this.keyEnd = length;
		let valueLength = bytes[at]!;
		if (valueLength < 0x80) at++;
		else {
			valueLength = readVarint(bytes, at);
			at += varintBytes(valueLength);
		}
		if ((tag & VALUE_IN_EXTENT) !== 0) {
			this.valueBuffer = this.#file.extent(readUint32(bytes, at), valueLength, readUint32(bytes, at + 4));
			this.valueStart = 0;
			this.valueEnd = valueLength;
			return at + REFERENCE_BYTES;
		}
		this.valueBuffer = bytes;
		this.valueStart = at;
		this.valueEnd = at + valueLength;
		return at + valueLength;
	}

	#growKeys(needed: number, kept: number): void {
		const grown = new Uint8Array(needed * 2);
		grown.set(this.#keys.subarray(0, kept));
		this.#keys = grown;
	}
}
