/**
 * The properties of a node or relationship: values of type `polylog.properties`. A map that was read from a row is its bytes
 * (`docs/formats/properties.md`), and one key is found and decoded without the others; a map that was made has its entries.
 *
 * Calls: `PropertyMap.of(entries)` makes one and leaves out nulls, which no property is; `PropertyMap.fromBytes` takes bytes that
 * do not change any more. A key that is asked for in many maps is a `PropertyKey`, which remembers where it was found last.
 */

import type { DynamicMap, DynamicValue } from './dynamic.ts';
import { decodeMap, findMapValue, mapKeys, PropertyKey, readDynamic } from './dynamic-binary.ts';

const NO_BYTES = new Uint8Array(0);

export class PropertyMap {
	/** Of the map's binary form, tag included; empty when it was made from entries. */
	readonly bytes: Uint8Array;
	readonly start: number;
	readonly end: number;
	#entries: DynamicMap | null;

	private constructor(bytes: Uint8Array, start: number, end: number, entries: DynamicMap | null) {
		this.bytes = bytes;
		this.start = start;
		this.end = end;
		this.#entries = entries;
	}

	static readonly empty: PropertyMap = new PropertyMap(NO_BYTES, 0, 0, new Map());

	/** Of a map that does not change any more. Nulls are left out. */
	static ofMap(map: DynamicMap): PropertyMap {
		if (map.size === 0) return PropertyMap.empty;
		for (const value of map.values()) if (value === null) return PropertyMap.of(map);
		return new PropertyMap(NO_BYTES, 0, 0, map);
	}

	/** Nulls are left out. */
	static of(entries: Iterable<readonly [string, DynamicValue]>): PropertyMap {
		const kept = new Map<string, DynamicValue>();
		for (const [key, value] of entries) if (value !== null) kept.set(key, value);
		return kept.size === 0 ? PropertyMap.empty : new PropertyMap(NO_BYTES, 0, 0, kept);
	}

	/** The bytes must not change any more. */
	static fromBytes(bytes: Uint8Array, start: number, end: number): PropertyMap {
		return new PropertyMap(bytes, start, end, null);
	}

	/** The value of a key; null when there is none. */
	get(key: string): DynamicValue {
		return this.#entries === null ? this.find(new PropertyKey(key)) : (this.#entries.get(key) ?? null);
	}

	/** As `get`, for a key that is asked for in many maps. */
	find(key: PropertyKey): DynamicValue {
		if (this.#entries !== null) return this.#entries.get(key.text) ?? null;
		const at = findMapValue(this.bytes, this.start, key);
		return at < 0 ? null : readDynamic(this.bytes, at, key.foundEnd);
	}

	has(key: string): boolean {
		return this.#entries === null ? findMapValue(this.bytes, this.start, new PropertyKey(key)) >= 0 : this.#entries.has(key);
	}

	keys(): readonly string[] {
		return this.#entries === null ? mapKeys(this.bytes, this.start) : [...this.#entries.keys()];
	}

	/** All of it, decoded once. */
	entries(): DynamicMap {
		return (this.#entries ??= decodeMap(this.bytes, this.start));
	}

	get isEmpty(): boolean {
		return this.#entries === null ? mapKeys(this.bytes, this.start).length === 0 : this.#entries.size === 0;
	}
}
