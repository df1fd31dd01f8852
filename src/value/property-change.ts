/**
 * One property of a map of properties in another value, without decoding the others: the binary form (`docs/formats/properties.md`) is
 * copied around the value that changes, and the ends of values behind it move.
 *
 * Cost: the bytes of the map, once, and its ends; a map of seven takes a tenth of decoding and writing it.
 */
import type { DynamicValue } from './dynamic.ts';
import { findMapValue, type PropertyKey, writeDynamic } from './dynamic-binary.ts';
import { copyBytes, GrowingKeyBuffer } from './key-buffer.ts';
import { PropertyMap } from './property-map.ts';

const changed = new GrowingKeyBuffer(64);

/** The same properties with another value under a key that they have; null where it takes more than a copy. */
export function withValue(properties: PropertyMap, key: PropertyKey, value: Exclude<DynamicValue, null>): PropertyMap | null {
	const { bytes, start, end } = properties;
	// Made from entries, or with numbers wider than a byte.
	if (end === start || bytes[start + 1] !== 1) return null;
	const at = findMapValue(bytes, start, key);
	if (at < 0) return null;
	changed.length = 0;
	writeDynamic(value, changed);
	const oldBytes = key.foundEnd - at;
	const grown = changed.length - oldBytes;
	const count = bytes[start + 2]!;
	const lastEnd = start + 2 + 2 * count;
	if (bytes[lastEnd]! + grown > 0xff) return null;
	const after = new Uint8Array(end - start + grown);
	copyBytes(bytes, start, at, after, 0);
	copyBytes(changed.bytes, 0, changed.length, after, at - start);
	copyBytes(bytes, key.foundEnd, end, after, at - start + changed.length);
	// The key's place is where it was found; the ends of values from it on move.
	for (let place = 3 + count + key.hint; place < 3 + 2 * count; place++) after[place]! += grown;
	return PropertyMap.fromBytes(after, 0, after.length);
}
