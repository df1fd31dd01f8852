/**
 * Keys of maps as they are written (`docs/formats/properties.md`): in the order of their bytes, with their bytes and where each ends. Maps
 * that are written one behind the other mostly have the keys of one before, in the same order: those are remembered, some of them.
 *
 * Cost: a map with known keys is told by a comparison of each with a string that is, as a rule, the same object.
 */
import type { DynamicMap } from './dynamic.ts';
import { compareText } from './text-order.ts';

export interface MapKeys {
	/** As the map has them. */
	readonly given: readonly string[];
	/** In the order of their bytes. */
	readonly sorted: readonly string[];
	/** The bytes of the sorted keys, one behind the other. */
	readonly bytes: Uint8Array;
	readonly ends: readonly number[];
}

const REMEMBERED_MAX = 4;
/** More keys are hardly met again. */
const KEYS_MAX = 64;

/** Used last first. */
const remembered: MapKeys[] = [];

export function keysOfMap(map: DynamicMap): MapKeys {
	for (let i = 0; i < remembered.length; i++) {
		const known = remembered[i]!;
		if (!isOf(known, map)) continue;
		if (i > 0) {
			remembered.splice(i, 1);
			remembered.unshift(known);
		}
		return known;
	}
	const keys = madeOf([...map.keys()]);
	if (keys.given.length <= KEYS_MAX) {
		if (remembered.length === REMEMBERED_MAX) remembered.pop();
		remembered.unshift(keys);
	}
	return keys;
}

function isOf({ given }: MapKeys, map: DynamicMap): boolean {
	if (given.length !== map.size) return false;
	let at = 0;
	for (const key of map.keys()) if (given[at++] !== key) return false;
	return true;
}

function madeOf(given: readonly string[]): MapKeys {
	const sorted = given.length > 1 ? [...given].sort(compareText) : given;
	const parts = sorted.map((key) => Buffer.from(key, 'utf8'));
	let end = 0;
	const ends = parts.map((part) => (end += part.length));
	const bytes = new Uint8Array(end);
	parts.forEach((part, i) => {
		bytes.set(part, ends[i]! - part.length);
	});
	return { given, sorted, bytes, ends };
}
