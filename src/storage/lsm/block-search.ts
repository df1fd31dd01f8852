/**
 * Finding keys in a data block, whose layout is in `docs/formats/sstable.md`: entries that share a prefix with the one before,
 * a table of restarts (every eighth entry, which shares nothing), and the number of bytes that all keys of the block share.
 *
 * Cost: the table of restarts holds four bytes of each key, so a search reads one or two cache lines of it and then at most
 * eight entries, without building their keys.
 */
import { compareBytes, prefixOf } from '../../bytes/compare-bytes.ts';
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import type { Slot } from '../contracts.ts';
import { ABSENT, FOUND, type SearchResult, TOMBSTONE } from '../entry-source.ts';
import { BLOCK_TAIL_BYTES, RESTART_BYTES } from './sstable-format.ts';

/** Number of restarts of a block. */
export function restartCount(block: Uint8Array): number {
	const end = block.length - BLOCK_TAIL_BYTES;
	return block[end + 2]! | (block[end + 3]! << 8);
}

/** Where the entries of a block end: its table of restarts begins there. */
export function entriesEnd(block: Uint8Array): number {
	return block.length - BLOCK_TAIL_BYTES - RESTART_BYTES * restartCount(block);
}

/** Position of restart `place`. */
export function restartPosition(block: Uint8Array, place: number): number {
	const at = entriesEnd(block) + place * RESTART_BYTES + 4;
	return block[at]! | (block[at + 1]! << 8) | (block[at + 2]! << 16) | (block[at + 3]! << 24);
}

/**
 * The last restart whose key is not after `key[0, keyLength)` (the first if none is), for a key that begins like all
 * keys of the block. One that begins differently gets any restart: no entry equals it.
 */
function findRestart(block: Uint8Array, table: number, tail: number, key: Uint8Array, keyLength: number): number {
	const wanted = prefixOf(key, block[tail]! | (block[tail + 1]! << 8), keyLength);
	let low = 0;
	let high = (tail - table) / RESTART_BYTES - 1;
	while (low < high) {
		const middle = (low + high + 1) >>> 1;
		const slot = table + middle * RESTART_BYTES;
		const prefix = block[slot]! | (block[slot + 1]! << 8) | (block[slot + 2]! << 16) | (block[slot + 3]! << 24);
		if (prefix < wanted || (prefix === wanted && compareRestart(block, slot, key, keyLength) <= 0)) low = middle;
		else high = middle - 1;
	}
	return low;
}

/** The last restart whose key is not after `key[0, keyLength)` (the first if none is). */
export function searchRestarts(block: Uint8Array, key: Uint8Array, keyLength: number): number {
	const end = block.length - BLOCK_TAIL_BYTES;
	const skip = block[end]! | (block[end + 1]! << 8);
	// What all keys of the block begin with is in the first one.
	const first = firstKeyStart(block);
	const order = compareBytes(block, first, first + skip, key, 0, Math.min(keyLength, skip));
	if (order !== 0) return order > 0 ? 0 : restartCount(block) - 1;
	return findRestart(block, entriesEnd(block), end, key, keyLength);
}

/** Order of the key of the restart whose row of the table is at `slot`, and `key`. */
function compareRestart(block: Uint8Array, slot: number, key: Uint8Array, keyLength: number): number {
	// A restart shares nothing: its first byte is 0.
	let at = (block[slot + 4]! | (block[slot + 5]! << 8) | (block[slot + 6]! << 16) | (block[slot + 7]! << 24)) + 1;
	let unshared = block[at]!;
	if (unshared < 0x80) at++;
	else {
		unshared = readVarint(block, at);
		at += varintBytes(unshared);
	}
	at += block[at]! < 0x80 ? 1 : varintBytes(readVarint(block, at));
	return compareBytes(block, at, at + unshared, key, 0, keyLength);
}

function firstKeyStart(block: Uint8Array): number {
	let at = 1;
	at += varintBytes(readVarint(block, at));
	return at + varintBytes(readVarint(block, at));
}

/**
 * Looks for a key in a block without building the keys on the way: `matched` counts how many bytes of the wanted key the
 * entry before has. An entry that shares more than that with it is before the wanted key too; one that shares less is after.
 */
export function searchBlock(block: Uint8Array, key: Uint8Array, keyLength: number, slot: Slot): SearchResult {
	const tail = block.length - BLOCK_TAIL_BYTES;
	// The table of restarts, where the entries end.
	const end = tail - RESTART_BYTES * (block[tail + 2]! | (block[tail + 3]! << 8));
	const row = end + findRestart(block, end, tail, key, keyLength) * RESTART_BYTES;
	let at = block[row + 4]! | (block[row + 5]! << 8) | (block[row + 6]! << 16) | (block[row + 7]! << 24);
	let matched = 0;
	while (at < end) {
		let shared = block[at]!;
		if (shared < 0x80) at++;
		else {
			shared = readVarint(block, at);
			at += varintBytes(shared);
		}
		let unshared = block[at]!;
		if (unshared < 0x80) at++;
		else {
			unshared = readVarint(block, at);
			at += varintBytes(unshared);
		}
		let tag = block[at]!;
		if (tag < 0x80) at++;
		else {
			tag = readVarint(block, at);
			at += varintBytes(tag);
		}
		if (shared < matched) return ABSENT;
		if (shared === matched) {
			const most = Math.min(unshared, keyLength - shared);
			let i = 0;
			while (i < most && block[at + i] === key[shared + i]) i++;
			matched = shared + i;
			if (i === most) {
				if (unshared === keyLength - shared) {
					if (tag === 0) return TOMBSTONE;
					slot.buffer = block;
					slot.start = at + unshared;
					slot.end = slot.start + tag - 1;
					return FOUND;
				}
				if (unshared > most) return ABSENT; // the wanted key is a prefix of this one
			} else if (block[at + i]! > key[shared + i]!) {
				return ABSENT;
			}
		}
		at += unshared + (tag === 0 ? 0 : tag - 1);
	}
	return ABSENT;
}
