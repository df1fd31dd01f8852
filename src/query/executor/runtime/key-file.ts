/**
 * Keys with a number each on disk: what sets and counts that are asked key by key put there when memory is used up.
 *
 * Format: a slot is hash · number · place of the key + 1 in two words (0: empty), and slots lie in pages; a key is its length
 * u32 and its text (`partKey`) in UTF-8, in a file of its own. A slot is looked for from the upper bits of its hash on; at most
 * half of them are in use. A table of twice the size has the keys in the same order, so growing goes through both from their
 * beginning to their end.
 *
 * Cost: a question for a key that is not there reads a page, one for a key that is there the key as well; pages are kept.
 */
import { encodeUtf8, UTF8_BYTES_PER_UNIT_MAX } from '../../../value/utf8.ts';
import { PAGE_WORDS, PageCache } from './page-cache.ts';
import { partKey } from './part-key.ts';
import { hashOf } from './put-aside-rows.ts';
import { ExecutionFile, type SpillDirectory } from './spill-file.ts';

const SLOT_WORDS = 4;
const HASH_AT = 0;
const NUMBER_AT = 1;
const PLACE_LOW_AT = 2;
const PLACE_HIGH_AT = 3;
const SLOTS_PER_PAGE = PAGE_WORDS / SLOT_WORDS;
const INITIAL_BITS = 12;
/** Keys not yet written. */
const TAIL_BYTES = 8192;
const LENGTH_BYTES = 4;
const TWO_TO_32 = 0x1_0000_0000;

export class KeyFile {
	readonly #space: SpillDirectory;
	readonly #pagesMax: number;
	#slots: PageCache;
	#bits = INITIAL_BITS;
	#count = 0;
	readonly #keys: ExecutionFile;
	#writtenBytes = 0;
	#tail = Buffer.allocUnsafeSlow(TAIL_BYTES);
	#tailBytes = 0;
	/** The key that is asked for, as it is in the file. */
	#wanted = Buffer.allocUnsafeSlow(256);
	#wantedBytes = 0;
	#hash = 0;
	/** Where the last search ended: the key's slot, or the empty one for it. */
	#page: Uint32Array;
	#at = 0;

	/** `cacheBytes`: memory for pages. */
	constructor(space: SpillDirectory, cacheBytes: number) {
		this.#space = space;
		this.#pagesMax = Math.max(2, Math.floor(cacheBytes / (PAGE_WORDS * 4)));
		this.#slots = new PageCache(space, this.#pagesMax);
		this.#keys = new ExecutionFile(space);
		this.#page = this.#slots.page(0);
	}

	/** The key's number; −1 when it is not there. */
	get(key: unknown): number {
		return this.#find(key) ? this.#page[this.#at + NUMBER_AT]! : -1;
	}

	/** Enters the key with a number that is not negative, or changes its number. False when it was there. */
	set(key: unknown, number: number): boolean {
		const isThere = this.#find(key);
		if (!isThere) {
			this.#enter(this.#hash, this.#writtenBytes + this.#tailBytes);
			this.#appendWanted();
		}
		this.#page[this.#at + NUMBER_AT] = number;
		this.#slots.changed();
		if (!isThere && ++this.#count * 2 > 2 ** this.#bits) this.#grow();
		return !isThere;
	}

	#find(key: unknown): boolean {
		const text = partKey(key);
		const bytesMax = LENGTH_BYTES + text.length * UTF8_BYTES_PER_UNIT_MAX;
		if (bytesMax > this.#wanted.length) this.#wanted = Buffer.allocUnsafeSlow(bytesMax * 2);
		this.#wantedBytes = encodeUtf8(this.#wanted, LENGTH_BYTES, text);
		this.#wanted.writeUInt32LE(this.#wantedBytes - LENGTH_BYTES, 0);
		this.#hash = hashOf(key);
		this.#seek(this.#hash);
		while (this.#page[this.#at + PLACE_LOW_AT] !== 0 || this.#page[this.#at + PLACE_HIGH_AT] !== 0) {
			if (this.#page[this.#at + HASH_AT] === this.#hash && this.#isWanted()) return true;
			this.#next();
		}
		return false;
	}

	#slot = 0;

	#seek(hash: number): void {
		this.#slot = hash >>> (32 - this.#bits);
		this.#page = this.#slots.page(Math.floor(this.#slot / SLOTS_PER_PAGE));
		this.#at = (this.#slot % SLOTS_PER_PAGE) * SLOT_WORDS;
	}

	#next(): void {
		this.#slot = this.#slot + 1 === 2 ** this.#bits ? 0 : this.#slot + 1;
		this.#page = this.#slots.page(Math.floor(this.#slot / SLOTS_PER_PAGE));
		this.#at = (this.#slot % SLOTS_PER_PAGE) * SLOT_WORDS;
	}

	/** The key of the slot is the one asked for. */
	#isWanted(): boolean {
		const place = this.#page[this.#at + PLACE_LOW_AT]! + this.#page[this.#at + PLACE_HIGH_AT]! * TWO_TO_32 - 1;
		const bytes = this.#wantedBytes;
		if (place >= this.#writtenBytes) return this.#wanted.compare(this.#tail, place - this.#writtenBytes, place - this.#writtenBytes + bytes, 0, bytes) === 0;
		const scratch = this.#space.scratch(bytes);
		const read = this.#keys.handle.read(scratch, 0, bytes, place);
		return read === bytes && this.#wanted.compare(scratch, 0, bytes, 0, bytes) === 0;
	}

	/** Fills the empty slot that the search ended at. */
	#enter(hash: number, place: number): void {
		this.#page[this.#at + HASH_AT] = hash;
		this.#page[this.#at + PLACE_LOW_AT] = (place + 1) % TWO_TO_32;
		this.#page[this.#at + PLACE_HIGH_AT] = Math.floor((place + 1) / TWO_TO_32);
		this.#slots.changed();
	}

	#appendWanted(): void {
		const bytes = this.#wantedBytes;
		if (this.#tailBytes + bytes > this.#tail.length) {
			this.#keys.handle.write(this.#tail, 0, this.#tailBytes, this.#writtenBytes);
			this.#writtenBytes += this.#tailBytes;
			this.#tailBytes = 0;
			if (bytes > this.#tail.length) this.#tail = Buffer.allocUnsafeSlow(bytes);
		}
		this.#tail.set(this.#wanted.subarray(0, bytes), this.#tailBytes);
		this.#tailBytes += bytes;
	}

	#grow(): void {
		const before = this.#slots;
		const slots = 2 ** this.#bits;
		this.#bits++;
		this.#slots = new PageCache(this.#space, this.#pagesMax);
		for (let slot = 0; slot < slots; slot++) {
			const page = before.page(Math.floor(slot / SLOTS_PER_PAGE));
			const at = (slot % SLOTS_PER_PAGE) * SLOT_WORDS;
			const place = page[at + PLACE_LOW_AT]! + page[at + PLACE_HIGH_AT]! * TWO_TO_32 - 1;
			if (place < 0) continue;
			this.#seek(page[at + HASH_AT]!);
			while (this.#page[this.#at + PLACE_LOW_AT] !== 0 || this.#page[this.#at + PLACE_HIGH_AT] !== 0) this.#next();
			this.#enter(page[at + HASH_AT]!, place);
			this.#page[this.#at + NUMBER_AT] = page[at + NUMBER_AT]!;
		}
		before.close();
	}

	close(): void {
		this.#slots.close();
		this.#keys.close();
	}
}
