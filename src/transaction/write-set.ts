/**
 * The entries that a transaction has written and not yet committed: an append-only list, keys in one arena of bytes, values in
 * another that may spill. A newer entry of the same key points to the older one, so that readers can stop at what was written
 * before their statement, and so that a rollback to a savepoint only cuts the tail off.
 *
 * Cost: the first `SMALL_COUNT` entries are found by looking at each; then a hash table is kept. The ordered view of a keyspace
 * (`ordered`) is made when a cursor first asks for it, and kept up to date from then on. `reset` keeps the memory: the manager
 * pools write sets, so that a commit of one change allocates nothing here.
 *
 * Invariants: (1) `previous` of an entry is smaller than its number; (2) the hash table and the ordered views hold exactly the
 * newest entry of each key.
 */
import { equalBytes } from '../bytes/compare-bytes.ts';
import { sqlError } from '../platform/errors.ts';
import type { Slot } from '../storage/contracts.ts';
import { checkKeyLength } from '../storage/key-limit.ts';
import type { EntrySink } from './contracts.ts';
import { OrderedEntries } from './ordered-entries.ts';
import type { ChangeSpace } from './spilled-changes.ts';
import { ValueArena } from './value-arena.ts';

const FIELDS = 8;
const KEYSPACE = 0;
const KEY_START = 1;
const KEY_LENGTH = 2;
/** Place in the `ValueArena`. */
const VALUE_PLACE = 3;
/** −1 for a removal. */
const VALUE_LENGTH = 4;
const PREVIOUS = 5;
const HASH_NEXT = 6;
/** 1 when a newer entry of the key follows. */
const SUPERSEDED = 7;

const SMALL_COUNT = 8;
/** Above it, whether a keyspace was written is asked of its ordered view. */
const SCAN_COUNT_MAX = 64;
/** To be cleared at the ninth entry of every transaction that uses it: a microsecond or two. */
const SPARE_HEADS_MAX = 1 << 13;
const ARENA_BYTES_MAX = 2 ** 31 - 1;

export class WriteSet implements EntrySink {
	/** Keys; replaced when it grows (the bytes of entries keep their places). Not a Buffer, whose `subarray` is slow. */
	arena: Uint8Array;
	arenaLength: number;
	readonly values: ValueArena;
	count: number;
	/** Bytes of keys past which `put` fails with 53200. */
	bytesMax: number;
	#fields: Int32Array;
	/** Heads of chains of the newest entries, by hash; null while small. */
	#heads: Int32Array | null;
	/** Of a transaction before: most grow to what the last ones grew to. */
	#spareHeads: Int32Array | null;
	#ordered: Map<number, OrderedEntries> | null;

	constructor() {
		this.arena = new Uint8Array(1024);
		this.arenaLength = 0;
		this.values = new ValueArena();
		this.count = 0;
		this.bytesMax = ARENA_BYTES_MAX;
		this.#fields = new Int32Array(16 * FIELDS);
		this.#heads = null;
		this.#spareHeads = null;
		this.#ordered = null;
	}

	/** Bytes of memory held. */
	get capacityBytes(): number {
		return this.arena.length + this.#fields.byteLength + this.values.capacityBytes;
	}

	removeRange(): never {
		throw new TypeError('within a transaction keys are removed one by one');
	}

	/** Puts values past `keptBytes` of memory into files of `space`. */
	spillTo(space: ChangeSpace | null, keptBytes: number): void {
		this.values.space = space;
		this.values.keptBytes = keptBytes;
	}

	reset(): void {
		this.arenaLength = 0;
		this.values.reset();
		this.count = 0;
		if (this.#heads !== null && this.#heads.length <= SPARE_HEADS_MAX) this.#spareHeads = this.#heads;
		this.#heads = null;
		this.#ordered = null;
	}

	put(keyspaceId: number, key: Uint8Array, keyStart: number, keyLength: number, value: Uint8Array | null, valueStart: number, valueLength: number): void {
		checkKeyLength(keyLength);
		const previous = this.count === 0 ? -1 : this.find(keyspaceId, key, keyStart, keyLength);
		const entry = this.count;
		if ((entry + 1) * FIELDS > this.#fields.length) this.#growFields();
		const fields = this.#fields;
		const at = entry * FIELDS;
		fields[at + KEYSPACE] = keyspaceId;
		if (previous >= 0) {
			fields[at + KEY_START] = fields[previous * FIELDS + KEY_START]!;
			fields[previous * FIELDS + SUPERSEDED] = 1;
		} else {
			fields[at + KEY_START] = this.#append(key, keyStart, keyLength);
		}
		fields[at + KEY_LENGTH] = keyLength;
		fields[at + VALUE_PLACE] = value === null ? 0 : this.values.append(value, valueStart, valueLength);
		fields[at + VALUE_LENGTH] = value === null ? -1 : valueLength;
		fields[at + PREVIOUS] = previous;
		fields[at + HASH_NEXT] = -1;
		fields[at + SUPERSEDED] = 0;
		this.count = entry + 1;
		if (this.#heads !== null) this.#link(entry, previous);
		else if (this.count > SMALL_COUNT) this.#rehash(64);
		if (this.#ordered !== null) this.#ordered.get(keyspaceId)?.put(entry, previous);
	}

	/** The newest entry of the key, or −1. */
	find(keyspaceId: number, key: Uint8Array, keyStart: number, keyLength: number): number {
		const fields = this.#fields;
		const arena = this.arena;
		if (this.#heads === null) {
			for (let entry = this.count - 1; entry >= 0; entry--) {
				const at = entry * FIELDS;
				if (fields[at + KEYSPACE] !== keyspaceId || fields[at + KEY_LENGTH] !== keyLength) continue;
				const start = fields[at + KEY_START]!;
				if (equalBytes(arena, start, start + keyLength, key, keyStart, keyStart + keyLength)) return entry;
			}
			return -1;
		}
		const heads = this.#heads;
		let entry = heads[hashKey(keyspaceId, key, keyStart, keyLength) & (heads.length - 1)]!;
		while (entry >= 0) {
			const at = entry * FIELDS;
			if (fields[at + KEYSPACE] === keyspaceId && fields[at + KEY_LENGTH] === keyLength) {
				const start = fields[at + KEY_START]!;
				if (equalBytes(arena, start, start + keyLength, key, keyStart, keyStart + keyLength)) return entry;
			}
			entry = fields[at + HASH_NEXT]!;
		}
		return -1;
	}

	/** The newest version of an entry's key among the first `limit` entries, or −1. */
	before(entry: number, limit: number): number {
		const fields = this.#fields;
		let found = entry;
		while (found >= limit) found = fields[found * FIELDS + PREVIOUS]!;
		return found;
	}

	keyspaceId(entry: number): number {
		return this.#fields[entry * FIELDS + KEYSPACE]!;
	}

	keyStart(entry: number): number {
		return this.#fields[entry * FIELDS + KEY_START]!;
	}

	keyLength(entry: number): number {
		return this.#fields[entry * FIELDS + KEY_LENGTH]!;
	}

	/** Where the value is; not of a removal. */
	value(entry: number, slot: Slot): void {
		const fields = this.#fields;
		const at = entry * FIELDS;
		this.values.read(fields[at + VALUE_PLACE]! >>> 0, fields[at + VALUE_LENGTH]!, slot);
	}

	/** −1 for a removal. */
	valueLength(entry: number): number {
		return this.#fields[entry * FIELDS + VALUE_LENGTH]!;
	}

	isSuperseded(entry: number): boolean {
		return this.#fields[entry * FIELDS + SUPERSEDED] === 1;
	}

	/** True when the keyspace has entries here. */
	touches(keyspaceId: number): boolean {
		if (this.count === 0) return false;
		if (this.#ordered?.has(keyspaceId) || this.count > SCAN_COUNT_MAX) return this.ordered(keyspaceId).count > 0;
		for (let at = KEYSPACE, end = this.count * FIELDS; at < end; at += FIELDS) if (this.#fields[at] === keyspaceId) return true;
		return false;
	}

	/** The newest entries of a keyspace in key order. */
	ordered(keyspaceId: number): OrderedEntries {
		this.#ordered ??= new Map();
		let ordered = this.#ordered.get(keyspaceId);
		if (ordered === undefined) {
			ordered = new OrderedEntries(this);
			for (let entry = 0; entry < this.count; entry++) {
				if (this.keyspaceId(entry) === keyspaceId) ordered.put(entry, this.#fields[entry * FIELDS + PREVIOUS]!);
			}
			this.#ordered.set(keyspaceId, ordered);
		}
		return ordered;
	}

	/** Forgets all but the first `count` entries. */
	truncate(count: number): void {
		const fields = this.#fields;
		let valuesEnd = -1;
		while (this.count > count) {
			const entry = --this.count;
			const at = entry * FIELDS;
			const previous = fields[at + PREVIOUS]!;
			if (previous >= 0) fields[previous * FIELDS + SUPERSEDED] = 0;
			this.#ordered?.get(fields[at + KEYSPACE]!)?.undo(entry, previous);
			if (previous < 0) this.arenaLength = fields[at + KEY_START]!;
			if (fields[at + VALUE_LENGTH]! >= 0) valuesEnd = fields[at + VALUE_PLACE]! >>> 0;
		}
		if (valuesEnd >= 0) this.values.truncate(valuesEnd);
		if (this.#heads !== null) {
			if (this.count <= SMALL_COUNT) this.#heads = null;
			else this.#rehash(this.#heads.length);
		}
	}

	#append(from: Uint8Array, start: number, length: number): number {
		const at = this.arenaLength;
		const end = at + length;
		if (end > this.arena.length) this.#growArena(end);
		const arena = this.arena;
		if (length < 64) for (let index = 0; index < length; index++) arena[at + index] = from[start + index]!;
		else arena.set(start === 0 && length === from.length ? from : from.subarray(start, start + length), at);
		this.arenaLength = end;
		return at;
	}

	#growArena(needed: number): void {
		if (needed > this.bytesMax) {
			throw sqlError('53200', 'out of memory', {
				detail: `The keys that the transaction has written exceed ${this.bytesMax} bytes.`,
				hint: 'Split it into several transactions.',
			});
		}
		const grown = new Uint8Array(Math.min(Math.max(needed, this.arena.length * 2), ARENA_BYTES_MAX));
		grown.set(this.arena.subarray(0, this.arenaLength));
		this.arena = grown;
	}

	#growFields(): void {
		const grown = new Int32Array(this.#fields.length * 2);
		grown.set(this.#fields);
		this.#fields = grown;
	}

	/** Puts a new entry into the hash table, in the place of the one it supersedes. */
	#link(entry: number, previous: number): void {
		const heads = this.#heads!;
		if (previous < 0 && this.count > heads.length) {
			this.#rehash(heads.length * 4);
			return;
		}
		const fields = this.#fields;
		const at = entry * FIELDS;
		const slot = hashKey(fields[at + KEYSPACE]!, this.arena, fields[at + KEY_START]!, fields[at + KEY_LENGTH]!) & (heads.length - 1);
		if (previous >= 0) {
			let before = heads[slot]!;
			if (before === previous) heads[slot] = fields[previous * FIELDS + HASH_NEXT]!;
			else {
				while (fields[before * FIELDS + HASH_NEXT] !== previous) before = fields[before * FIELDS + HASH_NEXT]!;
				fields[before * FIELDS + HASH_NEXT] = fields[previous * FIELDS + HASH_NEXT]!;
			}
		}
		fields[at + HASH_NEXT] = heads[slot]!;
		heads[slot] = entry;
	}

	#rehash(slots: number): void {
		let heads = this.#heads !== null && this.#heads.length === slots ? this.#heads : this.#spareHeads;
		if (heads === null || heads.length < slots) heads = new Int32Array(slots);
		this.#spareHeads = null;
		heads.fill(-1);
		const fields = this.#fields;
		const mask = heads.length - 1;
		for (let entry = 0; entry < this.count; entry++) {
			const at = entry * FIELDS;
			if (fields[at + SUPERSEDED] === 1) continue;
			const slot = hashKey(fields[at + KEYSPACE]!, this.arena, fields[at + KEY_START]!, fields[at + KEY_LENGTH]!) & mask;
			fields[at + HASH_NEXT] = heads[slot]!;
			heads[slot] = entry;
		}
		this.#heads = heads;
	}
}

function hashKey(keyspaceId: number, key: Uint8Array, start: number, length: number): number {
	let hash = keyspaceId ^ 0x811c9dc5;
	for (let index = start, end = start + length; index < end; index++) hash = Math.imul(hash ^ key[index]!, 0x01000193);
	return hash ^ (hash >>> 15);
}
