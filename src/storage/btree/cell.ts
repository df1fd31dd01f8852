/**
 * An entry on its way from a leaf or a batch into a new leaf: the key's bytes, and the value's bytes or the extent that holds
 * them already, so that an entry that only moves takes its large value along by reference.
 */
import { compareBytes } from '../../bytes/compare-bytes.ts';
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { NO_BYTES } from '../entry-source.ts';
import { type ExtentSource, type Page, putPrefix } from './page.ts';
import { HEADER_BYTES, KEY_IN_EXTENT, REFERENCE_BYTES, readUint32, VALUE_IN_EXTENT } from './page-format.ts';

const FIRST_KEY_BYTES = 64;

export class Cell {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	/** First page of the key's extent, 0 if it has none; and its checksum. */
	keyExtent: number;
	keySum: number;
	/** `valueBuffer[valueStart, valueStart + valueLength)`, unless the value has an extent. */
	valueBuffer: Uint8Array;
	valueStart: number;
	valueLength: number;
	valueExtent: number;
	valueSum: number;

	constructor() {
		this.keyBuffer = NO_BYTES;
		this.keyStart = 0;
		this.keyEnd = 0;
		this.keyExtent = 0;
		this.keySum = 0;
		this.valueBuffer = NO_BYTES;
		this.valueStart = 0;
		this.valueLength = 0;
		this.valueExtent = 0;
		this.valueSum = 0;
	}
}

/** Walks the cells of a leaf from the first to the last; the cell's key is overwritten by each step. */
export class LeafCells extends Cell {
	readonly #extents: ExtentSource;
	#page: Page | null;
	#place: number;
	#at: number;
	#keys: Uint8Array;

	constructor(extents: ExtentSource) {
		super();
		this.#extents = extents;
		this.#page = null;
		this.#place = 0;
		this.#at = 0;
		this.#keys = new Uint8Array(FIRST_KEY_BYTES);
	}

	enter(page: Page): void {
		const { skip, commonAt, bytes } = page;
		this.#page = page;
		this.#place = -1;
		this.#at = commonAt + skip;
		if (this.#keys.length < skip + 4) this.#keys = new Uint8Array(skip * 2 + 4);
		for (let i = 0; i < skip; i++) this.#keys[i] = bytes[commonAt + i]!;
		this.valueBuffer = bytes;
		this.keyStart = 0;
	}

	next(): boolean {
		const page = this.#page!;
		if (++this.#place >= page.count) return false;
		const bytes = page.bytes;
		let at = this.#at;
		const tag = readVarint(bytes, at);
		at += varintBytes(tag);
		at = this.#readKey(page, tag, at);
		const valueLength = readVarint(bytes, at);
		at += varintBytes(valueLength);
		this.valueLength = valueLength;
		if ((tag & VALUE_IN_EXTENT) === 0) {
			this.valueExtent = 0;
			this.valueStart = at;
			this.#at = at + valueLength;
		} else {
			this.valueExtent = readUint32(bytes, at);
			this.valueSum = readUint32(bytes, at + 4);
			this.#at = at + REFERENCE_BYTES;
		}
		return true;
	}

	compare(key: Uint8Array, keyStart: number, keyEnd: number): number {
		return compareBytes(this.keyBuffer, this.keyStart, this.keyEnd, key, keyStart, keyEnd);
	}

	/** Builds the key of the cell whose tag was read; returns where the value's length is. */
	#readKey(page: Page, tag: number, at: number): number {
		const { bytes, skip } = page;
		const length = tag >>> 2;
		if ((tag & KEY_IN_EXTENT) !== 0) {
			this.keyExtent = readUint32(bytes, at);
			this.keySum = readUint32(bytes, at + 4);
			this.keyBuffer = this.#extents.extent(this.keyExtent, skip + length, this.keySum);
			this.keyEnd = skip + length;
			return at + REFERENCE_BYTES;
		}
		if (this.#keys.length < skip + length) {
			const grown = new Uint8Array((skip + length) * 2);
			grown.set(this.#keys.subarray(0, skip));
			this.#keys = grown;
		}
		const keys = this.#keys;
		putPrefix(bytes, HEADER_BYTES + 4 * this.#place, keys, skip, length);
		let from = at;
		for (let i = skip + 4; i < skip + length; i++) keys[i] = bytes[from++]!;
		this.keyExtent = 0;
		this.keyBuffer = keys;
		this.keyEnd = skip + length;
		return from;
	}
}
