/**
 * Where an object lies within PostgreSQL's stored form of a jsonb value: `.keyvalue()` shows that place as the object's id. A container
 * is a word of its own, a word per entry (two per member of an object), and the data: keys, then values, numbers and containers
 * at multiples of four bytes.
 */
import type { Decimal } from '../../value/decimal.ts';
import { type Jsonb, JsonbArray, type JsonbObject, jsonbKind } from '../../value/jsonb.ts';

const WORD = 4;
const align = (position: number): number => Math.ceil(position / WORD) * WORD;

/** The place of a container in the root's form; 0 for the root itself and for what is not in it. */
export function placeInRoot(root: Jsonb, wanted: Jsonb): number {
	if (root === wanted) return 0;
	const search = new LayoutSearch(wanted);
	search.walk(root, 0);
	return Math.max(search.found, 0);
}

class LayoutSearch {
	readonly wanted: Jsonb;
	found = -1;

	constructor(wanted: Jsonb) {
		this.wanted = wanted;
	}

	/** Goes over a value that begins at or behind a position; returns where it ends. */
	walk(value: Jsonb, position: number): number {
		switch (jsonbKind(value)) {
			case 'string':
				return position + Buffer.byteLength(value as string, 'utf8');
			case 'number':
				return align(position) + numberBytes(value as Decimal);
			case 'array':
			case 'object':
				return this.#container(value as JsonbArray | JsonbObject, align(position));
			default:
				return position;
		}
	}

	#container(container: JsonbArray | JsonbObject, start: number): number {
		if (container === this.wanted) this.found = start;
		const items = container instanceof JsonbArray ? container.items : [...container.keys, ...container.values];
		return items.reduce<number>((position, item) => this.walk(item, position), start + WORD + items.length * WORD);
	}
}

/** Two headers, and two bytes for every four decimal digits. */
function numberBytes(value: Decimal): number {
	const [whole = '', fraction = ''] = value.abs().toString().split('.');
	const left = whole.replace(/^0+/, '');
	const digits = left.padStart(align(left.length), '0') + fraction.padEnd(align(fraction.length), '0');
	const groups = digits.replace(/^(?:0000)+/, '').replace(/(?:0000)+$/, '').length / 4;
	return WORD + 2 + groups * 2;
}
