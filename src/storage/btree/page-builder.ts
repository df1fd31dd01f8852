/**
 * Builds the pages of one level of a tree from its items in order of their keys: entries for leaves, children for branches.
 *
 * Items gather until they fill more than two pages; then the first page is written, as full as it gets. So when a run of
 * items ends there are at most two pages in hand, and a short last one can be evened out with the one before. What ends short
 * altogether is *underfull*: the merge then goes on with the next page of the tree rather than end the run.
 *
 * The written page's number goes to the level above with its *separator*: not after its first key, and after the last of the
 * page before, as short as that can be.
 */
import { checksum } from '../../bytes/checksum.ts';
import { prefixOf, sharedPrefixLength } from '../../bytes/compare-bytes.ts';
import { varintBytes, writeVarint } from '../../bytes/varint.ts';
import { NO_BYTES } from '../entry-source.ts';
import type { Cell } from './cell.ts';
import {
	BRANCH,
	CHILD_BYTES,
	HEADER_BYTES,
	inlineKeyBytesMax,
	inlineValueBytesMax,
	KEY_IN_EXTENT,
	KEY_TABLE_BYTES,
	LEAF,
	REFERENCE_BYTES,
	VALUE_IN_EXTENT,
	writeUint32,
} from './page-format.ts';
import type { PageWriter } from './page-writer.ts';

/** Shorter copies are done by a loop: a call of `set` with a subarray costs about as much as 60 bytes. */
const LOOP_COPY_BYTES = 48;
const PREFIXES_AT = HEADER_BYTES >> 2;

/** The least key that may be under a child, and the extent that holds it, if one does. */
export interface Separator {
	readonly bytes: Uint8Array;
	readonly extent: number;
	readonly sum: number;
}

export const NO_SEPARATOR: Separator = { bytes: NO_BYTES, extent: 0, sum: 0 };

/** Takes finished pages: the builder of the level above. */
export type PageSink = (separator: Separator, page: number) => void;
/** Told of separators that a branch keeps in the extent they had. */
export type KeptSink = (extent: number) => void;

/** What leaves and branches have in common: the items' keys in an arena, and where pages are cut. */
abstract class PageBuilder {
	/** Pages written so far. */
	emitted: number;
	/** Items in hand. */
	count: number;
	protected readonly writer: PageWriter;
	protected readonly pageBytes: number;
	protected readonly inlineKeyMax: number;
	protected readonly sink: PageSink;
	protected keys: Uint8Array;
	protected readonly keyStarts: number[];
	protected readonly keyEnds: number[];
	protected readonly keyExtents: number[];
	protected readonly keySums: number[];
	/** The first page in hand ends before item `cut` (-1: not full yet), `size` and `skip` are those of the last one. */
	protected cut: number;
	protected size: number;
	protected skip: number;

	constructor(writer: PageWriter, sink: PageSink) {
		this.emitted = 0;
		this.count = 0;
		this.writer = writer;
		this.pageBytes = writer.pageBytes;
		this.inlineKeyMax = inlineKeyBytesMax(writer.pageBytes);
		this.sink = sink;
		this.keys = new Uint8Array(4 * writer.pageBytes);
		this.keyStarts = [];
		this.keyEnds = [];
		this.keyExtents = [];
		this.keySums = [];
		this.cut = -1;
		this.size = 0;
		this.skip = 0;
	}

	/** A page of its own would be less than three eighths full. */
	get isUnderfull(): boolean {
		return this.count > 0 && this.cut < 0 && this.size * 8 < this.pageBytes * 3;
	}

	/** Writes what is in hand. `even`: a short last page gets items of the one before. */
	close(even: boolean): void {
		if (this.count === 0) return;
		if (this.cut >= 0) {
			if (even && this.size * 2 < this.pageBytes) this.cut = this.#middle();
			this.#emitFirst();
		}
		this.#emit(this.count);
		this.discard(this.count);
	}

	/** Bytes of the page that items [from, to) would make, of which the keys begin with `skip` equal bytes. */
	protected abstract pageSize(from: number, to: number, skip: number): number;
	/** How many bytes all keys have in common that a page of items [from, to) holds. */
	protected abstract commonLength(from: number, to: number): number;
	/** Bytes that item `place` adds to a page whose last item it is. */
	protected abstract itemSize(place: number, skip: number): number;
	protected abstract layOut(from: number, to: number, skip: number): number;
	protected abstract separator(place: number): Separator;
	/** Forgets the first items. */
	protected abstract discard(items: number): void;

	/** Copies a key into the arena as that of the item to come. */
	protected takeKey(from: Uint8Array, start: number, end: number): void {
		const at = this.count === 0 ? 0 : this.keyEnds[this.count - 1]!;
		const length = end - start;
		if (at + length > this.keys.length) {
			const grown = new Uint8Array((at + length) * 2);
			grown.set(this.keys.subarray(0, at));
			this.keys = grown;
		}
		const keys = this.keys;
		if (length <= LOOP_COPY_BYTES) for (let i = 0; i < length; i++) keys[at + i] = from[start + i]!;
		else keys.set(from.subarray(start, end), at);
		this.keyStarts[this.count] = at;
		this.keyEnds[this.count] = at + length;
	}

	/** An item was added: cuts the page before it when it does not fit any more. */
	protected added(): void {
		const place = this.count++;
		const first = Math.max(this.cut, 0);
		if (place === first) {
			this.#startPage(place);
			return;
		}
		const skip = Math.min(this.skip, this.commonLength(first, place + 1));
		const size = skip === this.skip ? this.size + this.itemSize(place, skip) : this.pageSize(first, place + 1, skip);
		if (size <= this.pageBytes) {
			this.skip = skip;
			this.size = size;
			return;
		}
		if (this.cut >= 0) {
			const items = this.cut;
			this.#emitFirst();
			this.cut = place - items;
			this.#startPage(place - items);
		} else {
			this.cut = place;
			this.#startPage(place);
		}
	}

	/** Begins the second page in hand, or the first, with an item. */
	#startPage(place: number): void {
		this.skip = this.commonLength(place, place + 1);
		this.size = this.pageSize(place, place + 1, this.skip);
	}

	/** Where two pages of all items in hand are about equal, and both fit. */
	#middle(): number {
		const fits = (cut: number): boolean =>
			this.pageSize(0, cut, this.commonLength(0, cut)) <= this.pageBytes &&
			this.pageSize(cut, this.count, this.commonLength(cut, this.count)) <= this.pageBytes;
		let half = 0;
		const total = this.pageSize(0, this.count, 0) / 2;
		let best = this.cut;
		for (let cut = 1; cut < this.cut; cut++) {
			half += this.itemSize(cut - 1, 0);
			if (half >= total) {
				best = cut;
				break;
			}
		}
		while (best < this.cut && !fits(best)) best++;
		return best;
	}

	#emitFirst(): void {
		const items = this.cut;
		this.#emit(items);
		this.discard(items);
		this.cut = -1;
	}

	/** Writes the first `to` items as a page. */
	#emit(to: number): void {
		const skip = this.commonLength(0, to);
		const separator = this.separator(0);
		const number = this.layOut(0, to, skip);
		this.emitted++;
		this.sink(separator, number);
	}

	/** Moves the keys of all items but the first `items` to the front. */
	protected discardKeys(items: number): void {
		const { keyStarts, keyEnds, count } = this;
		const from = items < count ? keyStarts[items]! : keyEnds[count - 1]!;
		this.keys.copyWithin(0, from, keyEnds[count - 1]!);
		for (let i = items; i < count; i++) {
			keyStarts[i - items] = keyStarts[i]! - from;
			keyEnds[i - items] = keyEnds[i]! - from;
			this.keyExtents[i - items] = this.keyExtents[i]!;
			this.keySums[i - items] = this.keySums[i]!;
		}
	}

	/** How many bytes the keys of items `first` and `last` begin with in common; never more than a page keeps once. */
	protected shared(first: number, last: number): number {
		const length = sharedPrefixLength(this.keys, this.keyStarts[first]!, this.keyEnds[first]!, this.keys, this.keyStarts[last]!, this.keyEnds[last]!);
		return Math.min(length, this.inlineKeyMax);
	}

	/** Bytes that a key takes in its cell, the tag included. */
	protected keySize(place: number, skip: number): number {
		const whole = this.keyEnds[place]! - this.keyStarts[place]!;
		const length = whole - skip;
		const tagBytes = length < 32 ? 1 : varintBytes(length << 2);
		if (whole > this.inlineKeyMax) return tagBytes + REFERENCE_BYTES;
		return length > 4 ? tagBytes + length - 4 : tagBytes;
	}

	/** Writes the tables' row and the cell of a key; returns where the cell goes on. */
	protected putKey(place: number, skip: number, cell: number, flags: number): number {
		const { bytes } = this.writer;
		const start = this.keyStarts[place]!;
		const end = this.keyEnds[place]!;
		const length = end - start - skip;
		if (end - start > this.inlineKeyMax) {
			const at = writeVarint(bytes, cell, (length << 2) | flags | KEY_IN_EXTENT);
			return writeUint32(bytes, writeUint32(bytes, at, this.keyExtents[place]!), this.keySums[place]!);
		}
		let at = writeVarint(bytes, cell, (length << 2) | flags);
		const keys = this.keys;
		for (let i = start + skip + 4; i < end; i++) bytes[at++] = keys[i]!;
		return at;
	}

	/** Gives a large key its extent. Before a page is begun. */
	protected placeLargeKeys(from: number, to: number): void {
		for (let i = from; i < to; i++) if (this.keyEnds[i]! - this.keyStarts[i]! > this.inlineKeyMax) this.#placeKey(i);
	}

	#placeKey(place: number): void {
		if (this.keyExtents[place]! > 0) return;
		const start = this.keyStarts[place]!;
		const end = this.keyEnds[place]!;
		this.keySums[place] = checksum(this.keys, start, end);
		this.keyExtents[place] = this.writer.extent(this.keys, start, end - start);
	}

	protected putCommon(place: number, skip: number, at: number): void {
		const { bytes } = this.writer;
		const start = this.keyStarts[place]!;
		for (let i = 0; i < skip; i++) bytes[at + i] = this.keys[start + i]!;
	}

	protected prefix(place: number, skip: number): number {
		return prefixOf(this.keys, this.keyStarts[place]! + skip, this.keyEnds[place]!);
	}
}

export class LeafBuilder extends PageBuilder {
	/** The separator of the first page of a run. */
	#first: Separator;
	#lastKey: Uint8Array;
	#isFirst: boolean;
	readonly #inlineValueMax: number;
	readonly #valueBuffers: Uint8Array[];
	readonly #valueStarts: number[];
	readonly #valueLengths: number[];
	readonly #valueExtents: number[];
	readonly #valueSums: number[];

	constructor(writer: PageWriter, sink: PageSink) {
		super(writer, sink);
		this.#first = NO_SEPARATOR;
		this.#lastKey = NO_BYTES;
		this.#isFirst = true;
		this.#inlineValueMax = inlineValueBytesMax(writer.pageBytes);
		this.#valueBuffers = [];
		this.#valueStarts = [];
		this.#valueLengths = [];
		this.#valueExtents = [];
		this.#valueSums = [];
	}

	/** Entries follow that belong at or behind `separator`; goes on with the run if one is in hand. */
	startRun(separator: Separator): void {
		if (this.count > 0) return;
		this.#first = separator;
		this.#isFirst = true;
	}

	/** Adds an entry behind all before. Bytes of values must stay as they are until the page is written. */
	add(cell: Cell): void {
		const place = this.count;
		this.takeKey(cell.keyBuffer, cell.keyStart, cell.keyEnd);
		this.keyExtents[place] = cell.keyExtent;
		this.keySums[place] = cell.keySum;
		this.#valueBuffers[place] = cell.valueBuffer;
		this.#valueStarts[place] = cell.valueStart;
		this.#valueLengths[place] = cell.valueLength;
		this.#valueExtents[place] = cell.valueExtent;
		this.#valueSums[place] = cell.valueSum;
		if (cell.valueExtent === 0 && cell.valueLength > this.#inlineValueMax) {
			const end = cell.valueStart + cell.valueLength;
			this.#valueSums[place] = checksum(cell.valueBuffer, cell.valueStart, end);
			this.#valueExtents[place] = this.writer.extent(cell.valueBuffer, cell.valueStart, cell.valueLength);
			this.#valueBuffers[place] = NO_BYTES;
		}
		this.added();
	}

	protected pageSize(from: number, to: number, skip: number): number {
		let size = HEADER_BYTES + skip;
		for (let i = from; i < to; i++) size += this.itemSize(i, skip);
		return size;
	}

	protected itemSize(place: number, skip: number): number {
		const length = this.#valueLengths[place]!;
		const value = varintBytes(length) + (this.#valueExtents[place]! > 0 ? REFERENCE_BYTES : length);
		return KEY_TABLE_BYTES + this.keySize(place, skip) + value;
	}

	protected commonLength(from: number, to: number): number {
		return this.shared(from, to - 1);
	}

	protected separator(): Separator {
		if (this.#isFirst) {
			this.#isFirst = false;
			return this.#first;
		}
		const last = this.#lastKey;
		const length = sharedPrefixLength(last, 0, last.length, this.keys, this.keyStarts[0]!, this.keyEnds[0]!) + 1;
		const start = this.keyStarts[0]!;
		return { bytes: this.keys.slice(start, start + length), extent: 0, sum: 0 };
	}

	protected layOut(from: number, to: number, skip: number): number {
		const { writer } = this;
		this.placeLargeKeys(from, to);
		const number = writer.begin();
		const { bytes, words, halves, start } = writer;
		const count = to - from;
		const commonAt = HEADER_BYTES + count * KEY_TABLE_BYTES;
		this.putCommon(from, skip, start + commonAt);
		let at = start + commonAt + skip;
		const prefixes = (start >>> 2) + PREFIXES_AT;
		const positions = ((start + commonAt) >>> 1) - count;
		for (let i = 0; i < count; i++) {
			const place = from + i;
			words[prefixes + i] = this.prefix(place, skip);
			halves[positions + i] = at - start;
			const extent = this.#valueExtents[place]!;
			at = this.putKey(place, skip, at, extent > 0 ? VALUE_IN_EXTENT : 0);
			const length = this.#valueLengths[place]!;
			at = writeVarint(bytes, at, length);
			if (extent > 0) at = writeUint32(bytes, writeUint32(bytes, at, extent), this.#valueSums[place]!);
			else at = copyValue(this.#valueBuffers[place]!, this.#valueStarts[place]!, length, bytes, at);
		}
		writer.seal(number, LEAF, 0, count, skip, at - start);
		this.#lastKey = this.keys.slice(this.keyStarts[to - 1], this.keyEnds[to - 1]);
		return number;
	}

	protected discard(items: number): void {
		this.discardKeys(items);
		const count = this.count;
		for (let i = items; i < count; i++) {
			this.#valueBuffers[i - items] = this.#valueBuffers[i]!;
			this.#valueStarts[i - items] = this.#valueStarts[i]!;
			this.#valueLengths[i - items] = this.#valueLengths[i]!;
			this.#valueExtents[i - items] = this.#valueExtents[i]!;
			this.#valueSums[i - items] = this.#valueSums[i]!;
		}
		this.count = count - items;
	}
}

/** Items are children; the separator of a page's first child goes up and is not in the page. */
export class BranchBuilder extends PageBuilder {
	readonly level: number;
	readonly #children: number[];
	readonly #kept: KeptSink;

	constructor(writer: PageWriter, level: number, sink: PageSink, kept: KeptSink) {
		super(writer, sink);
		this.level = level;
		this.#children = [];
		this.#kept = kept;
	}

	add(separator: Separator, child: number): void {
		const place = this.count;
		this.takeKey(separator.bytes, 0, separator.bytes.length);
		this.keyExtents[place] = separator.extent;
		this.keySums[place] = separator.sum;
		this.#children[place] = child;
		this.added();
	}

	/** The only child in hand. */
	get onlyChild(): number {
		return this.#children[0]!;
	}

	protected pageSize(from: number, to: number, skip: number): number {
		let size = HEADER_BYTES + CHILD_BYTES + skip;
		for (let i = from + 1; i < to; i++) size += this.itemSize(i, skip);
		return size;
	}

	protected itemSize(place: number, skip: number): number {
		return CHILD_BYTES + KEY_TABLE_BYTES + this.keySize(place, skip);
	}

	protected commonLength(from: number, to: number): number {
		return to - from < 2 ? this.inlineKeyMax : this.shared(from + 1, to - 1);
	}

	protected separator(place: number): Separator {
		const bytes = this.keys.slice(this.keyStarts[place], this.keyEnds[place]);
		return { bytes, extent: this.keyExtents[place]!, sum: this.keySums[place]! };
	}

	protected layOut(from: number, to: number, common: number): number {
		const { writer } = this;
		this.placeLargeKeys(from + 1, to);
		const number = writer.begin();
		const { words, halves, start } = writer;
		const count = to - from;
		const keys = count - 1;
		const skip = keys === 0 ? 0 : common;
		const commonAt = HEADER_BYTES + keys * KEY_TABLE_BYTES + count * CHILD_BYTES;
		if (keys > 0) this.putCommon(from + 1, skip, start + commonAt);
		let at = start + commonAt + skip;
		const prefixes = (start >>> 2) + PREFIXES_AT;
		const positions = ((start + commonAt) >>> 1) - keys;
		words[prefixes + keys] = this.#children[from]!;
		for (let i = 0; i < keys; i++) {
			const place = from + 1 + i;
			words[prefixes + i] = this.prefix(place, skip);
			words[prefixes + keys + 1 + i] = this.#children[place]!;
			halves[positions + i] = at - start;
			at = this.putKey(place, skip, at, 0);
			if (this.keyEnds[place]! - this.keyStarts[place]! > this.inlineKeyMax) this.#kept(this.keyExtents[place]!);
		}
		writer.seal(number, BRANCH, this.level, count, skip, at - start);
		return number;
	}

	protected discard(items: number): void {
		this.discardKeys(items);
		for (let i = items; i < this.count; i++) this.#children[i - items] = this.#children[i]!;
		this.count -= items;
	}
}

function copyValue(from: Uint8Array, start: number, length: number, into: Uint8Array, at: number): number {
	if (length <= LOOP_COPY_BYTES) for (let i = 0; i < length; i++) into[at + i] = from[start + i]!;
	else into.set(from.subarray(start, start + length), at);
	return at + length;
}
