/**
 * Which vertices have which labels, as bitmaps over vertex numbers. A change keeps the vertex's labels of before with the offset
 * of the commit, for readers of an older state.
 *
 * Cost: a bit per label and vertex number, and one more for being there; a test of the newest state is one load.
 */
import type { Offset } from '../contracts.ts';

interface OlderLabels {
	/** null: there was no vertex. */
	readonly labels: readonly string[] | null;
	readonly until: Offset;
}

const OLDER_MAX = 100_000;

export class VertexLabels {
	newestOffset: Offset;
	floorOffset: Offset;
	/** By label: bits by vertex number. */
	readonly #bits: Map<string, Bitmap>;
	/** Which vertices there are. */
	readonly present: Bitmap;
	#older: Map<number, OlderLabels[]>;
	#olderCount: number;

	constructor(offset: Offset) {
		this.newestOffset = offset;
		this.floorOffset = offset;
		this.#bits = new Map();
		this.present = new Bitmap();
		this.#older = new Map();
		this.#olderCount = 0;
	}

	get bytes(): number {
		let total = this.present.words.byteLength + this.#olderCount * 80;
		for (const bitmap of this.#bits.values()) total += bitmap.words.byteLength;
		return total;
	}

	/** The bits of a label, of the newest state; undefined when no vertex ever had it. */
	bitmap(label: string): Bitmap | undefined {
		return this.#bits.get(label);
	}

	/** Whether a vertex is there and has the label, as of an offset at or above the floor. */
	has(vertex: number, label: string, offset: Offset): boolean {
		if (offset < this.newestOffset) {
			const older = this.#olderOf(vertex, offset);
			if (older !== undefined) return older.labels?.includes(label) ?? false;
		}
		return this.#bits.get(label)?.has(vertex) ?? false;
	}

	/** The first vertex from a number on that is there and has the label (null: any), as of an offset at or above the floor; −1: none below the limit. */
	next(from: number, limit: number, label: string | null, offset: Offset): number {
		if (offset >= this.newestOffset) {
			const bitmap = label === null ? this.present : this.#bits.get(label);
			return bitmap === undefined ? -1 : bitmap.next(from, limit);
		}
		for (let vertex = from; vertex < limit; vertex++) if (label === null ? this.isPresent(vertex, offset) : this.has(vertex, label, offset)) return vertex;
		return -1;
	}

	/** Whether a vertex is there, as of an offset at or above the floor. */
	isPresent(vertex: number, offset: Offset): boolean {
		const older = offset < this.newestOffset ? this.#olderOf(vertex, offset) : undefined;
		return older === undefined ? this.present.has(vertex) : older.labels !== null;
	}

	#olderOf(vertex: number, offset: Offset): OlderLabels | undefined {
		return this.#older.get(vertex)?.find((older) => older.until > offset);
	}

	/** While the store is built. */
	add(vertex: number, labels: readonly string[]): void {
		this.present.set(vertex);
		for (const label of labels) this.#bitsOf(label).set(vertex);
	}

	/** A commit gives a vertex these labels, or (null) takes it away. */
	change(vertex: number, labels: readonly string[] | null, offset: Offset): void {
		const before = this.#labelsOf(vertex);
		if (before !== null && labels !== null && before.length === labels.length && before.every((label) => labels.includes(label))) return;
		if (before === null && labels === null) return;
		const older = this.#older.get(vertex);
		if (older === undefined) this.#older.set(vertex, [{ labels: before, until: offset }]);
		else if (older[older.length - 1]!.until < offset) older.push({ labels: before, until: offset });
		if (++this.#olderCount > OLDER_MAX) {
			this.#older = new Map();
			this.#olderCount = 0;
			this.floorOffset = offset;
		}
		if (before !== null) for (let i = 0; i < before.length; i++) this.#bitsOf(before[i]!).clear(vertex);
		if (labels === null) this.present.clear(vertex);
		else this.add(vertex, labels);
		this.newestOffset = offset;
	}

	#labelsOf(vertex: number): string[] | null {
		if (!this.present.has(vertex)) return null;
		const labels: string[] = [];
		for (const [label, bitmap] of this.#bits) if (bitmap.has(vertex)) labels.push(label);
		return labels;
	}

	#bitsOf(label: string): Bitmap {
		let bitmap = this.#bits.get(label);
		if (bitmap === undefined) this.#bits.set(label, (bitmap = new Bitmap()));
		return bitmap;
	}
}

/** A growing set of small numbers. */
export class Bitmap {
	words: Uint32Array;

	constructor(capacity = 1024) {
		this.words = new Uint32Array((capacity + 31) >>> 5);
	}

	has(number: number): boolean {
		const word = number >>> 5;
		return word < this.words.length && (this.words[word]! & (1 << (number & 31))) !== 0;
	}

	/** The first number from one on that is in the set; −1: none below the limit. */
	next(from: number, limit: number): number {
		const { words } = this;
		const wordCount = Math.min(words.length, (limit + 31) >>> 5);
		let at = from >>> 5;
		if (at >= wordCount) return -1;
		let word = words[at]! & (-1 << (from & 31));
		while (word === 0) {
			if (++at >= wordCount) return -1;
			word = words[at]!;
		}
		const number = (at << 5) + 31 - Math.clz32(word & -word);
		return number < limit ? number : -1;
	}

	set(number: number): void {
		const word = number >>> 5;
		if (word >= this.words.length) {
			const longer = new Uint32Array(Math.max(word + 1, this.words.length * 2));
			longer.set(this.words);
			this.words = longer;
		}
		this.words[word]! |= 1 << (number & 31);
	}

	clear(number: number): void {
		const word = number >>> 5;
		if (word < this.words.length) this.words[word]! &= ~(1 << (number & 31));
	}
}
