/**
 * The vertices that walks from one vertex lead to, each once: breadth first over the adjacency, by marks of a byte for each vertex
 * number. A step goes over one edge of a type, or over any number of them between a minimum (0 or 1) and a maximum.
 *
 * Calls: `open`, then `next` until it is false with `isDone`; in between false means that a part of the work was done. Where `open`
 * is false the adjacency cannot serve and the rows must come from the tables.
 *
 * A step in either direction of a minimum of 1 may only be the first: the vertex that it begins at counts if a trail comes back to it
 * without an edge taken twice, which a search of its own says.
 *
 * Each vertex once is right only where nobody counts walks; and where no edge may be taken twice, only for steps between which
 * the same edge could be met just by a loop: then `open` refuses types that have loops.
 *
 * Cost: 2 ns per edge that is looked at. When a frontier is large, the vertices not reached look for a neighbour in it instead,
 * which ends at the first.
 */
import type { Offset } from '../contracts.ts';
import type { Adjacency, TypeLists } from './adjacency.ts';
import type { AdjacencySource } from './adjacency-reader.ts';
import { ClosedTrail } from './closed-trail.ts';
import type { NeighbourLists } from './neighbour-lists.ts';
import { snapshotTooOld } from './snapshot-too-old.ts';
import type { Bitmap } from './vertex-labels.ts';
import { ID_MAX } from './vertex-numbers.ts';

export interface ReachStep {
	readonly type: string;
	readonly isOutgoing: boolean;
	/** It goes over edges in both directions. */
	readonly isEither: boolean;
	/** 0 or 1; 1 with maximum 1 is a plain step. */
	readonly minimum: number;
	/** Infinity: any. */
	readonly maximum: number;
	/** Labels of the vertices that it ends at. */
	readonly labels: readonly string[];
	/** It may not take an edge that the step before took. */
	readonly isApart: boolean;
}

/** Entries looked at between two returns. */
const WORK_ENTRIES = 1 << 15;
/** A frontier with more edges than a share of all is searched from the other side. */
const PULL_SHARE = 0.1;

export class ReachWalk {
	/** The vertex found. */
	id: number;
	isDone: boolean;
	readonly #source: AdjacencySource;
	readonly #steps: readonly ReachStep[];
	#adjacency: Adjacency | null;
	#offset: Offset;
	/** 1: reached in the present step. */
	#marks: Uint8Array;
	/** 1: in the frontier, for searches from the other side. */
	#inFrontier: Uint8Array;
	#frontier: Int32Array;
	#count: number;
	#next: Int32Array;
	#nextCount: number;
	/** The present step, the round in it, and the place in the frontier. */
	#step: number;
	#round: number;
	#at: number;
	#lists: TypeLists | null;
	#pulls: boolean;
	/** What a step with several rounds has reached, all together. */
	#reached: Int32Array;
	#reachedCount: number;
	/** Place in the result; −1 while it is computed. */
	#given: number;
	/** The vertex at which a step in either direction began, until it is known whether a trail comes back; −1: none. */
	#origin: number;
	/** Marks may be left of an execution that was ended early. */
	#isMarked: boolean;

	constructor(source: AdjacencySource, steps: readonly ReachStep[]) {
		this.id = 0;
		this.isDone = true;
		this.#source = source;
		this.#steps = steps;
		this.#adjacency = null;
		this.#offset = -1;
		this.#marks = new Uint8Array(0);
		this.#inFrontier = new Uint8Array(0);
		this.#frontier = new Int32Array(16);
		this.#count = 0;
		this.#next = new Int32Array(16);
		this.#nextCount = 0;
		this.#step = 0;
		this.#round = 0;
		this.#at = 0;
		this.#lists = null;
		this.#pulls = false;
		this.#reached = new Int32Array(16);
		this.#reachedCount = 0;
		this.#given = -1;
		this.#origin = -1;
		this.#isMarked = false;
	}

	/** Bytes that it holds. */
	get bytes(): number {
		return this.#marks.length + this.#inFrontier.length + (this.#frontier.length + this.#next.length + this.#reached.length) * 4;
	}

	/** Begins at a vertex (by its id); false when the tables must be read. */
	open(transaction: unknown, from: unknown): boolean {
		const adjacency = this.#source.current();
		if (adjacency === null || !adjacency.numbers.isOrdered) return false;
		this.#offset = this.#source.offsetOf(transaction);
		if (this.#offset < adjacency.builtOffset || !this.#canServe(adjacency)) return false;
		this.#adjacency = adjacency;
		this.#makeRoom(adjacency.numbers.capacity);
		if (this.#isMarked) this.#marks.fill(0);
		this.#isMarked = true;
		this.#count = 0;
		this.#step = 0;
		this.#given = -1;
		this.isDone = false;
		const number = typeof from === 'number' && from >= 0 && from <= ID_MAX ? adjacency.numbers.numberOf(from) : -1;
		if (number < 0) this.isDone = true;
		else {
			this.#frontier[0] = number;
			this.#count = 1;
			this.#beginStep();
		}
		return true;
	}

	#canServe(adjacency: Adjacency): boolean {
		if (this.#offset < adjacency.labels.floorOffset) return false;
		for (const { type, isApart } of this.#steps) {
			const lists = adjacency.types.get(type);
			if (lists === undefined) continue;
			if (isApart && lists.hasLoops) return false;
			if (this.#offset < lists.outgoing.floorOffset || this.#offset < lists.incoming.floorOffset) return false;
		}
		return true;
	}

	#makeRoom(capacity: number): void {
		if (this.#marks.length >= capacity) return;
		this.#marks = new Uint8Array(capacity);
		this.#inFrontier = new Uint8Array(capacity);
		this.#frontier = new Int32Array(capacity);
		this.#next = new Int32Array(capacity);
		this.#reached = new Int32Array(capacity);
	}

	/** True with the next vertex in `id`. */
	next(): boolean {
		if (this.#given < 0) {
			if (!this.isDone) this.#work();
			return false;
		}
		if (this.#given < this.#count) {
			this.id = this.#adjacency!.numbers.idOf(this.#frontier[this.#given++]!);
			return true;
		}
		this.isDone = true;
		return false;
	}

	/** The vertices found, when all are computed: how many distinct ones; −1 before. */
	get foundCount(): number {
		return this.#given < 0 ? -1 : this.#count;
	}

	#beginStep(): void {
		if (this.#step === this.#steps.length) {
			this.#given = 0;
			this.#isMarked = false;
			return;
		}
		const { type, minimum, isEither } = this.#steps[this.#step]!;
		this.#lists = this.#adjacency!.types.get(type) ?? null;
		this.#round = 0;
		this.#reachedCount = 0;
		this.#origin = isEither && minimum === 1 ? this.#frontier[0]! : -1;
		if (this.#origin >= 0) this.#marks[this.#origin] = 1;
		if (minimum === 0) for (let i = 0; i < this.#count; i++) this.#keep(this.#frontier[i]!);
		this.#beginRound();
	}

	#keep(vertex: number): void {
		this.#marks[vertex] = 1;
		this.#reached[this.#reachedCount++] = vertex;
	}

	#beginRound(): void {
		this.#at = 0;
		this.#nextCount = 0;
		this.#pulls = this.#worthPulling();
		if (!this.#pulls) return;
		this.#inFrontier.fill(0);
		for (let i = 0; i < this.#count; i++) this.#inFrontier[this.#frontier[i]!] = 1;
	}

	/** The frontier has many edges, and both sides are as of now. */
	#worthPulling(): boolean {
		const lists = this.#lists;
		if (lists === null || this.#offset < lists.outgoing.newestOffset || this.#offset < lists.incoming.newestOffset) return false;
		if (this.#count < 64) return false;
		const { starts, ends } = this.#forward(lists);
		let edges = 0;
		for (let i = 0; i < this.#count; i++) {
			const vertex = this.#frontier[i]!;
			if (vertex < starts.length) edges += ends[vertex]! - starts[vertex]!;
		}
		// In either direction there are about as many on the other side.
		return edges > lists.outgoing.live * PULL_SHARE;
	}

	#forward(lists: TypeLists): NeighbourLists {
		return this.#steps[this.#step]!.isOutgoing ? lists.outgoing : lists.incoming;
	}

	#backward(lists: TypeLists): NeighbourLists {
		return this.#steps[this.#step]!.isOutgoing ? lists.incoming : lists.outgoing;
	}

	#work(): void {
		const lists = this.#lists;
		if (this.#pulls && lists !== null && this.#offset < Math.max(lists.outgoing.newestOffset, lists.incoming.newestOffset)) {
			// A commit came between two pieces of work: the round is gone through from the frontier, over what it has marked.
			this.#pulls = false;
			this.#at = 0;
		}
		const isEither = this.#steps[this.#step]!.isEither;
		const isAtEnd =
			lists === null ||
			(this.#pulls
				? this.#pull(this.#backward(lists), isEither ? this.#forward(lists) : null)
				: this.#push(this.#forward(lists), isEither ? this.#backward(lists) : null));
		if (!isAtEnd) return;
		this.#endRound();
	}

	/** Goes on from the frontier over one list, or two; true at its end. */
	#push(lists: NeighbourLists, others: NeighbourLists | null): boolean {
		if (this.#offset < lists.floorOffset || (others !== null && this.#offset < others.floorOffset)) throw snapshotTooOld(this.#offset);
		const frontier = this.#frontier;
		let left = WORK_ENTRIES;
		while (this.#at < this.#count && left > 0) {
			const vertex = frontier[this.#at++]!;
			left -= this.#pushFrom(vertex, lists) + 1;
			if (others !== null) left -= this.#pushFrom(vertex, others);
		}
		return this.#at === this.#count;
	}

	/** Marks the neighbours of a vertex; returns how many there are. */
	#pushFrom(from: number, lists: NeighbourLists): number {
		lists.seek(from, this.#offset);
		const { neighbours, start, end } = lists;
		const marks = this.#marks;
		const next = this.#next;
		let count = this.#nextCount;
		for (let i = start; i < end; i++) {
			const vertex = neighbours[i]!;
			// Vertices of later commits have no marks; the state that is read does not lead to them.
			if (marks[vertex] === 0) {
				marks[vertex] = 1;
				next[count++] = vertex;
			}
		}
		this.#nextCount = count;
		return end - start;
	}

	/** Asks the vertices that were not reached whether a neighbour of theirs, in one list or two, is in the frontier; true at the end. */
	#pull(lists: NeighbourLists, others: NeighbourLists | null): boolean {
		const marks = this.#marks;
		const next = this.#next;
		let count = this.#nextCount;
		let left = WORK_ENTRIES;
		let vertex = this.#at;
		const last = Math.min(Math.max(lists.starts.length, others?.starts.length ?? 0), marks.length);
		for (; vertex < last && left > 0; vertex++) {
			if (marks[vertex] !== 0) continue;
			left--;
			const looked = this.#lookFrom(vertex, lists);
			const found = looked > 0 || others === null ? looked : this.#lookFrom(vertex, others);
			left -= Math.abs(found);
			if (found <= 0) continue;
			marks[vertex] = 1;
			next[count++] = vertex;
		}
		this.#at = vertex;
		this.#nextCount = count;
		return vertex >= last;
	}

	/** How many neighbours were looked at until one was in the frontier; that many below 0 when none is. */
	#lookFrom(vertex: number, { starts, ends, neighbours }: NeighbourLists): number {
		if (vertex >= starts.length) return 0;
		const inFrontier = this.#inFrontier;
		const start = starts[vertex]!;
		const end = ends[vertex]!;
		for (let i = start; i < end; i++) if (inFrontier[neighbours[i]!] === 1) return i - start + 1;
		return start - end;
	}

	#endRound(): void {
		const { maximum, isEither } = this.#steps[this.#step]!;
		this.#round++;
		if (maximum === 1 && this.#reachedCount === 0 && !isEither) {
			this.#takeNext();
			this.#endStep();
			return;
		}
		for (let i = 0; i < this.#nextCount; i++) this.#reached[this.#reachedCount++] = this.#next[i]!;
		if (this.#nextCount > 0 && this.#round < maximum) {
			this.#takeNext();
			this.#beginRound();
			return;
		}
		if (this.#origin >= 0) this.#endAtOrigin(maximum);
		const all = this.#reached;
		this.#reached = this.#frontier;
		this.#frontier = all;
		this.#count = this.#reachedCount;
		this.#endStep();
	}

	/** The vertex at which it began counts if a trail comes back. */
	#endAtOrigin(maximum: number): void {
		const lists = this.#lists;
		const origin = this.#origin;
		this.#origin = -1;
		if (lists !== null && new ClosedTrail(lists, this.#offset, origin, maximum).exists()) this.#reached[this.#reachedCount++] = origin;
		else this.#marks[origin] = 0;
	}

	#takeNext(): void {
		const next = this.#next;
		this.#next = this.#frontier;
		this.#frontier = next;
		this.#count = this.#nextCount;
	}

	/** Leaves out what has not the labels, and goes on with the next step. */
	#endStep(): void {
		this.#unmark();
		for (const label of this.#steps[this.#step]!.labels) this.#keepLabelled(label);
		this.#step++;
		this.#beginStep();
	}

	/** What was marked is just what is in the frontier now. */
	#unmark(): void {
		const marks = this.#marks;
		if (this.#count > marks.length >> 3) marks.fill(0);
		else for (let i = 0; i < this.#count; i++) marks[this.#frontier[i]!] = 0;
	}

	#keepLabelled(label: string): void {
		const { labels } = this.#adjacency!;
		if (this.#offset < labels.floorOffset) throw snapshotTooOld(this.#offset);
		const bitmap: Bitmap | undefined = labels.bitmap(label);
		const isNewest = this.#offset >= labels.newestOffset;
		const frontier = this.#frontier;
		let kept = 0;
		for (let i = 0; i < this.#count; i++) {
			const vertex = frontier[i]!;
			const has = isNewest ? (bitmap?.has(vertex) ?? false) : labels.has(vertex, label, this.#offset);
			if (has) frontier[kept++] = vertex;
		}
		this.#count = kept;
	}

	clear(): void {
		this.#adjacency = null;
		this.#lists = null;
		this.isDone = true;
	}
}
