/**
 * What a spatial index holds, nearest first: best-first search over the cubes of the curve.
 *
 * The queue holds cubes by the least distance that anything in them can have, entries by the least distance of their cell, and
 * things found by their distance. What comes out first is nearer than all the rest: a cube is read (few entries: they enter
 * the queue; more: its parts do), an entry is resolved by the caller, who reads the row and knows the distance, and a found
 * thing is the next result.
 *
 * Cost: the parts around the origin down to cubes of `CUBE_ENTRIES_MAX` entries, and those as far as the farthest result. Memory:
 * what lies in the cubes read and has not come out.
 *
 * Source: G. Hjaltason and H. Samet, "Distance browsing in spatial databases", ACM TODS 24(2), 1999.
 */
import type { Cursor } from '../contracts.ts';
import { type HilbertCurve, hilbertCurve } from './hilbert-curve.ts';

/** About a block's. */
const CUBE_ENTRIES_MAX = 64;
const LEVELS = 32;

/** In the order in which things of one distance come out: what may hold something nearer first, nulls last. */
const CUBE = 0;
const ENTRY = 1;
const FOUND = 2;
const FOUND_NAN = 3;
const FOUND_NULL = 4;

export interface Found<Row> {
	readonly distance: number | null;
	readonly row: Row;
}

export interface NearestSource<Row> {
	/** The index's entries in [lower, upper). */
	open(lower: Uint8Array, upper: Uint8Array | null): Cursor;
	/** A number not above the distance of anything in these cells. */
	bound(low: Uint32Array, high: Uint32Array): number;
	/** Reads what an entry stands for; null when it is not there. */
	resolve(key: Uint8Array, value: Uint8Array): Found<Row> | null;
}

interface Candidate<Row> {
	readonly distance: number;
	readonly rank: number;
	readonly cube: Cube | null;
	/** Key and value of an entry. */
	readonly key: Uint8Array | null;
	readonly value: Uint8Array | null;
	readonly found: Found<Row> | null;
}

interface Cube {
	/** Digits that are the same for all places in it. */
	readonly level: number;
	readonly place: Uint8Array;
}

export class NearestSearch<Row> {
	readonly #curve: HilbertCurve;
	readonly #source: NearestSource<Row>;
	readonly #heap: Candidate<Row>[] = [];
	readonly #low: Uint32Array;
	readonly #high: Uint32Array;
	#cursor: Cursor | null = null;

	constructor(dimensions: number, source: NearestSource<Row>) {
		this.#curve = hilbertCurve(dimensions);
		this.#source = source;
		this.#low = new Uint32Array(dimensions);
		this.#high = new Uint32Array(dimensions);
		this.#pushCube({ level: 0, place: new Uint8Array(this.#curve.placeBytes) });
	}

	/** The nearest that has not come yet; null after the last. */
	next(): Found<Row> | null {
		for (;;) {
			const candidate = this.#pop();
			if (candidate === null) return null;
			if (candidate.found !== null) return candidate.found;
			if (candidate.cube !== null) this.#read(candidate.cube);
			else this.#resolve(candidate.key!, candidate.value!);
		}
	}

	close(): void {
		this.#cursor?.close();
		this.#cursor = null;
		this.#heap.length = 0;
	}

	#resolve(key: Uint8Array, value: Uint8Array): void {
		const found = this.#source.resolve(key, value);
		if (found === null) return;
		const { distance } = found;
		const rank = distance === null ? FOUND_NULL : Number.isNaN(distance) ? FOUND_NAN : FOUND;
		this.#push({ distance: rank === FOUND ? distance! : Number.POSITIVE_INFINITY, rank, cube: null, key: null, value: null, found });
	}

	/** Puts the entries of a cube into the queue, or its parts when they are many. */
	#read(cube: Cube): void {
		const cursor = this.#seek(cube);
		const entries: Candidate<Row>[] = [];
		while (cursor.next()) {
			if (entries.length === CUBE_ENTRIES_MAX && cube.level < LEVELS) {
				this.#split(cube);
				return;
			}
			const key = cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd);
			const value = cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd);
			this.#curve.decode(key, 0, this.#low);
			const distance = this.#source.bound(this.#low, this.#low);
			entries.push({ distance, rank: ENTRY, cube: null, key, value, found: null });
		}
		for (const entry of entries) this.#push(entry);
	}

	#split(cube: Cube): void {
		const bits = this.#curve.dimensions;
		for (let digit = 0; digit < 1 << bits; digit++) {
			const place = cube.place.slice();
			addDigit(place, cube.level * bits, bits, digit);
			this.#pushCube({ level: cube.level + 1, place });
		}
	}

	#pushCube(cube: Cube): void {
		this.#curve.decode(cube.place, 0, this.#low);
		// The first place of a cube is one of its corners, which need not be the least.
		const rest = 2 ** (LEVELS - cube.level) - 1;
		for (let j = 0; j < this.#low.length; j++) {
			this.#low[j] = Math.floor(this.#low[j]! / (rest + 1)) * (rest + 1);
			this.#high[j] = this.#low[j]! + rest;
		}
		this.#push({ distance: this.#source.bound(this.#low, this.#high), rank: CUBE, cube, key: null, value: null, found: null });
	}

	#seek(cube: Cube): Cursor {
		const upper = cube.place.slice();
		const isLast = !addDigit(upper, (cube.level - 1) * this.#curve.dimensions, this.#curve.dimensions, 1);
		const end = isLast ? null : upper;
		if (this.#cursor === null) this.#cursor = this.#source.open(cube.place, end);
		else this.#cursor.seek(cube.place, end);
		return this.#cursor;
	}

	#push(candidate: Candidate<Row>): void {
		const heap = this.#heap;
		let at = heap.length;
		heap.push(candidate);
		while (at > 0) {
			const parent = (at - 1) >> 1;
			if (!comesBefore(candidate, heap[parent]!)) break;
			heap[at] = heap[parent]!;
			at = parent;
		}
		heap[at] = candidate;
	}

	#pop(): Candidate<Row> | null {
		const heap = this.#heap;
		const first = heap[0];
		if (first === undefined) return null;
		const moved = heap.pop()!;
		if (heap.length === 0) return first;
		let at = 0;
		for (;;) {
			let child = 2 * at + 1;
			if (child >= heap.length) break;
			if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child++;
			if (!comesBefore(heap[child]!, moved)) break;
			heap[at] = heap[child]!;
			at = child;
		}
		heap[at] = moved;
		return first;
	}
}

function comesBefore(a: Candidate<unknown>, b: Candidate<unknown>): boolean {
	return a.distance < b.distance || (a.distance === b.distance && a.rank < b.rank);
}

/** Adds a digit of so many bits at a bit's place, carrying upwards; false when it runs over the front. */
function addDigit(place: Uint8Array, bitStart: number, bits: number, digit: number): boolean {
	if (bitStart < 0) return false;
	const lastBit = bitStart + bits - 1;
	let at = lastBit >> 3;
	let carry = digit << (7 - (lastBit & 7));
	while (carry > 0 && at >= 0) {
		const sum = place[at]! + carry;
		place[at] = sum & 255;
		carry = sum >>> 8;
		at--;
	}
	return carry === 0;
}
