/**
 * A sorted list of keys in one buffer, searched by prefixes: the blocks of an sstable, the files of a level.
 *
 * The bytes that all keys begin with are compared once; the next four are kept as integers that sort like them, so that a
 * search over 2,000 keys rarely compares more than one key's bytes. Cost: 8 bytes a key beside its own bytes.
 */
import { compareBytes, prefixOf, sharedPrefixLength } from '../../bytes/compare-bytes.ts';

export class KeyIndex {
	readonly count: number;
	readonly bytes: Uint8Array;
	/** Key i is `bytes[ends[i], ends[i + 1])`. */
	readonly ends: Int32Array;
	readonly #skip: number;
	readonly #prefixes: Int32Array;

	/** `bytes` holds the keys one after another, in order; key i ends at `ends[i + 1]`, the first begins at `ends[0]`. */
	constructor(bytes: Uint8Array, ends: Int32Array) {
		const count = ends.length - 1;
		this.bytes = bytes;
		this.ends = ends;
		this.count = count;
		this.#skip = count === 0 ? 0 : sharedPrefixLength(bytes, ends[0]!, ends[1]!, bytes, ends[count - 1]!, ends[count]!);
		this.#prefixes = new Int32Array(count);
		for (let i = 0; i < count; i++) this.#prefixes[i] = prefixOf(bytes, ends[i]! + this.#skip, ends[i + 1]!);
	}

	static fromKeys(keys: readonly Uint8Array[]): KeyIndex {
		const ends = new Int32Array(keys.length + 1);
		for (let i = 0; i < keys.length; i++) ends[i + 1] = ends[i]! + keys[i]!.length;
		const bytes = new Uint8Array(ends[keys.length]!);
		for (let i = 0; i < keys.length; i++) bytes.set(keys[i]!, ends[i]!);
		return new KeyIndex(bytes, ends);
	}

	get memoryBytes(): number {
		return this.bytes.length + this.ends.byteLength + this.#prefixes.byteLength;
	}

	/** The first place whose key is not before `key[0, keyLength)`; `count` if all are. */
	search(key: Uint8Array, keyLength: number): number {
		const bytes = this.bytes;
		const ends = this.ends;
		const skip = this.#skip;
		const shorter = Math.min(keyLength, skip);
		const first = ends[0]!;
		for (let i = 0; i < shorter; i++) {
			const difference = key[i]! - bytes[first + i]!;
			if (difference !== 0) return difference < 0 ? 0 : this.count;
		}
		if (keyLength < skip) return 0;
		const prefixes = this.#prefixes;
		const wanted = prefixOf(key, skip, keyLength);
		let low = 0;
		let high = this.count;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const prefix = prefixes[middle]!;
			if (prefix < wanted || (prefix === wanted && compareBytes(bytes, ends[middle]! + skip, ends[middle + 1]!, key, skip, keyLength) < 0)) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	/** Order of key `place` and `key`. */
	compare(place: number, key: Uint8Array): number {
		return compareBytes(this.bytes, this.ends[place]!, this.ends[place + 1]!, key, 0, key.length);
	}
}
