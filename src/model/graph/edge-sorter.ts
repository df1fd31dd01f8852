/**
 * Edges of a load, gathered and then read in the two orders in which a graph keeps them: (tail, type, head, id) and
 * (head, type, tail, id). They lie in typed arrays; a radix sort gives each order as an array of places.
 *
 * Calls: `add` for each edge, ids ascending, until `isFull`; then `order`, and `row` for its places; `clear` begins anew.
 *
 * Cost: 28 bytes an edge and its properties in their binary form, 16 bytes more while an order is made; for each order of a million nodes
 * five passes over the places.
 */
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { PropertyMap } from '../../value/property-map.ts';
import { compareText } from '../../value/text-order.ts';
import { EDGE_HEAD, EDGE_ID, EDGE_TAIL } from './contracts.ts';

/** What is gathered at most before it has to be written. */
const EDGES_MAX = 1 << 22;
const PROPERTY_BYTES_MAX = 192 << 20;
const FIRST_EDGES = 1 << 12;
const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;
/** Few enough that the places that a pass writes to stay in the processor's caches. */
const NEAR_DIGIT_BITS = 11;
const TWO_32 = 2 ** 32;

export class EdgeSorter {
	count = 0;
	#tails = new Float64Array(FIRST_EDGES);
	#heads = new Float64Array(FIRST_EDGES);
	#ids = new Float64Array(FIRST_EDGES);
	#types = new Uint32Array(FIRST_EDGES);
	/** Where the properties of each edge end. */
	#ends = new Uint32Array(FIRST_EDGES);
	readonly #typeNames: string[] = [];
	readonly #typePlaces = new Map<string, number>();
	#properties = new GrowingKeyBuffer(FIRST_EDGES);
	readonly #edgesMax: number;

	constructor(edgesMax: number = EDGES_MAX) {
		this.#edgesMax = edgesMax;
	}

	get isFull(): boolean {
		return this.count >= this.#edgesMax || this.#properties.length >= PROPERTY_BYTES_MAX;
	}

	/** To which the properties of the next edge are appended, before `add`. */
	get properties(): GrowingKeyBuffer {
		return this.#properties;
	}

	add(tail: number, type: string, head: number, id: number): void {
		const at = this.count++;
		if (at === this.#tails.length) this.#grow();
		let place = this.#typePlaces.get(type);
		if (place === undefined) {
			place = this.#typeNames.length;
			this.#typeNames.push(type);
			this.#typePlaces.set(type, place);
		}
		this.#tails[at] = tail;
		this.#heads[at] = head;
		this.#ids[at] = id;
		this.#types[at] = place;
		this.#ends[at] = this.#properties.length;
	}

	#grow(): void {
		const count = this.#tails.length * 2;
		const grown = <A extends Float64Array | Uint32Array>(from: A, to: A): A => {
			to.set(from);
			return to;
		};
		this.#tails = grown(this.#tails, new Float64Array(count));
		this.#heads = grown(this.#heads, new Float64Array(count));
		this.#ids = grown(this.#ids, new Float64Array(count));
		this.#types = grown(this.#types, new Uint32Array(count));
		this.#ends = grown(this.#ends, new Uint32Array(count));
	}

	/** The places of the edges by one end, then type, then the other end, then id. */
	order(from: 'tail' | 'head'): Uint32Array {
		const { count } = this;
		let places = new Uint32Array(count);
		for (let i = 0; i < count; i++) places[i] = i;
		// The last key first; each pass keeps the order of equals, and ids ascend from the beginning.
		const [first, last] = from === 'tail' ? [this.#tails, this.#heads] : [this.#heads, this.#tails];
		places = sorted(places, last, count);
		if (this.#typeNames.length > 1) places = sorted(places, this.#typeRanks(), count);
		return sorted(places, first, count);
	}

	/** Of each edge, the place of its type among the types in order. */
	#typeRanks(): Float64Array {
		const ordered = [...this.#typeNames].sort(compareText);
		const rankOf = this.#typeNames.map((name) => ordered.indexOf(name));
		const ranks = new Float64Array(this.count);
		for (let i = 0; i < ranks.length; i++) ranks[i] = rankOf[this.#types[i]!]!;
		return ranks;
	}

	/** The names of types by their numbers. */
	get types(): readonly string[] {
		return this.#typeNames;
	}

	typeAt(place: number): number {
		return this.#types[place]!;
	}

	/** Puts tail, head and id of the edge at a place where a row of the edges has them. */
	integersAt(place: number, row: Float64Array): void {
		row[EDGE_TAIL - 1] = this.#tails[place]!;
		row[EDGE_HEAD - 1] = this.#heads[place]!;
		row[EDGE_ID - 1] = this.#ids[place]!;
	}

	/** Where the properties of the edge at a place begin and end in `properties`; equal when it has none. */
	propertiesStart(place: number): number {
		return place === 0 ? 0 : this.#ends[place - 1]!;
	}

	propertiesEnd(place: number): number {
		return this.#ends[place]!;
	}

	/** The row of the edge at a place: its properties stay valid until `clear`. */
	row(place: number): unknown[] {
		const start = this.propertiesStart(place);
		const end = this.propertiesEnd(place);
		const properties = end === start ? PropertyMap.empty : PropertyMap.fromBytes(this.#properties.bytes, start, end);
		return [this.#tails[place]!, this.#typeNames[this.#types[place]!]!, this.#heads[place]!, this.#ids[place]!, properties];
	}

	clear(): void {
		this.count = 0;
		this.#properties = new GrowingKeyBuffer(FIRST_EDGES);
	}
}

/** The places in ascending order of `keys`, integers not below 0; equal ones stay in their order. */
function sorted(places: Uint32Array<ArrayBuffer>, keys: Float64Array, count: number): Uint32Array<ArrayBuffer> {
	let least = Number.POSITIVE_INFINITY;
	let most = 0;
	for (let i = 0; i < count; i++) {
		const key = keys[i]!;
		if (key < least) least = key;
		if (key > most) most = key;
	}
	if (count < 2 || most === least) return places;
	return most - least < TWO_32 ? sortedNear(places, keys, least, most - least) : sortedFar(places, keys, least, most - least);
}

/** Keys within 32 bits of the least are moved with their places. */
function sortedNear(places: Uint32Array<ArrayBuffer>, keys: Float64Array, least: number, span: number): Uint32Array<ArrayBuffer> {
	const count = places.length;
	const bits = 32 - Math.clz32(span);
	const digitBits = Math.ceil(bits / Math.ceil(bits / NEAR_DIGIT_BITS));
	const mask = (1 << digitBits) - 1;
	let from = places;
	let to = new Uint32Array(count);
	let keysFrom = new Uint32Array(count);
	let keysTo = new Uint32Array(count);
	for (let i = 0; i < count; i++) keysFrom[i] = keys[from[i]!]! - least;
	const ends = new Uint32Array(mask + 2);
	for (let shift = 0; shift < bits; shift += digitBits) {
		ends.fill(0);
		for (let i = 0; i < count; i++) ends[((keysFrom[i]! >>> shift) & mask) + 1]!++;
		for (let digit = 1; digit <= mask; digit++) ends[digit]! += ends[digit - 1]!;
		for (let i = 0; i < count; i++) {
			const key = keysFrom[i]!;
			const at = ends[(key >>> shift) & mask]!++;
			to[at] = from[i]!;
			keysTo[at] = key;
		}
		[from, to] = [to, from];
		[keysFrom, keysTo] = [keysTo, keysFrom];
	}
	return from;
}

function sortedFar(places: Uint32Array<ArrayBuffer>, keys: Float64Array, least: number, span: number): Uint32Array<ArrayBuffer> {
	const count = places.length;
	let from = places;
	let to = new Uint32Array(count);
	for (let unit = 1; unit <= span; unit *= DIGITS) {
		const ends = new Uint32Array(DIGITS + 1);
		for (let i = 0; i < count; i++) ends[digitOf(keys[i]! - least, unit) + 1]!++;
		for (let digit = 1; digit <= DIGITS; digit++) ends[digit]! += ends[digit - 1]!;
		for (let i = 0; i < count; i++) {
			const place = from[i]!;
			const digit = digitOf(keys[place]! - least, unit);
			to[ends[digit]!++] = place;
		}
		[from, to] = [to, from];
	}
	return from;
}

function digitOf(key: number, unit: number): number {
	return Math.floor(key / unit) % DIGITS;
}
