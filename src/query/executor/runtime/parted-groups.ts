/**
 * The groups of a star of which there are too many for one table: rows go to parts by a hash of their group's place, with the values that
 * are aggregated, and each part is aggregated in a small table when it is read.
 *
 * Groups that were found before it was known how many there are, are the *base* of the parts. When memory is used up and a part shows
 * that most rows have groups of their own kept already, all rows become groups of the base; else rows go to a file.
 *
 * Sums are exact as in `star-table.ts`: doubles, which are folded into bigints before they may pass 2^53.
 *
 * Calls: `reserve`, and rows by the kernel (`rows`, `hashOfPlace`); `seal`; `aggregate` per part, then its groups.
 */
import type { MemoryAccount } from './memory-account.ts';
import { newArray, RADIX_PARTS, type RadixArray, type RadixColumn, RadixRows, radixPart } from './radix-rows.ts';
import type { SpillDirectory } from './spill-file.ts';
import type { KernelAggregate } from './star-kernel.ts';

const WORD = 2 ** 32;
/** A sum above is folded; a value above half of it is folded as it is. */
const FOLD_AT = 2 ** 52;
/** Rows become groups where that leaves so small a share. */
const SHRINKS_TO = 0.5;

/** What is aggregated, and how large its values are. */
export interface PartedAggregate {
	readonly kind: KernelAggregate['kind'];
	readonly column: RadixColumn;
	readonly bound: number;
}

/** Groups of all parts, part by part. */
interface Base {
	readonly keys: Float64Array;
	readonly counts: Uint32Array;
	/** Parallel to the aggregates; null for those of kind 'none'. */
	readonly states: readonly (Float64Array | null)[];
	/** By aggregate: what was folded, by place. */
	readonly folded: readonly ReadonlyMap<number, bigint>[];
	readonly firsts: Int32Array;
}

/** The hash of a group's place. */
export function hashOfPlace(place: number): number {
	return Math.imul((place | 0) ^ Math.imul((place / WORD) | 0, 0x85ebca6b), 0x9e3779b1);
}

export class PartedGroups {
	/** The place, then the value of each aggregate that has one. */
	readonly rows: RadixRows;
	/** Groups of the part aggregated last. */
	count: number;
	keys: Float64Array;
	counts: Uint32Array;
	readonly states: Float64Array[];
	readonly folded: Map<number, bigint>[];
	readonly #aggregates: readonly PartedAggregate[];
	readonly #kinds: readonly RadixColumn[];
	readonly #account: MemoryAccount;
	#base: Base;
	#baseBytes: number;
	/** Rows of its groups. */
	#baseRows: number;
	#canShrink: boolean;
	/** The rows of a part, and their groups. */
	#values: RadixArray[];
	#groups: Int32Array;
	#slots: Int32Array;
	#shift: number;
	#tableBytes: number;
	#isSafe: boolean[];

	constructor(aggregates: readonly PartedAggregate[], account: MemoryAccount, spill: SpillDirectory) {
		this.#kinds = ['double', ...aggregates.filter(({ kind }) => kind !== 'none').map(({ column }) => column)];
		this.rows = new RadixRows(this.#kinds, account, spill, 'the groups of a star');
		this.count = 0;
		this.keys = new Float64Array(0);
		this.counts = new Uint32Array(0);
		this.states = aggregates.map(() => new Float64Array(0));
		this.folded = aggregates.map(() => new Map());
		this.#aggregates = aggregates;
		this.#account = account;
		this.#base = { keys: this.keys, counts: this.counts, states: aggregates.map(() => null), folded: this.folded, firsts: new Int32Array(RADIX_PARTS + 1) };
		this.#baseBytes = 0;
		this.#baseRows = 0;
		this.#canShrink = true;
		this.#values = [];
		this.#groups = new Int32Array(0);
		this.#slots = new Int32Array(0);
		this.#shift = 0;
		this.#tableBytes = 0;
		this.#isSafe = aggregates.map(() => false);
	}

	/** Takes over groups that were found before any row came here. */
	begin(
		keys: Float64Array,
		count: number,
		counts: ArrayLike<number>,
		states: readonly ArrayLike<number>[],
		folded: readonly ReadonlyMap<number, bigint>[],
	): void {
		const firsts = new Int32Array(RADIX_PARTS + 1);
		for (let i = 0; i < count; i++) firsts[radixPart(hashOfPlace(keys[i]!)) + 1]!++;
		for (let part = 0; part < RADIX_PARTS; part++) firsts[part + 1]! += firsts[part]!;
		const base = this.#newBase(
			count,
			firsts,
			folded.map((map) => new Map([...map].map(([group, sum]) => [keys[group]!, sum]))),
		);
		const next = firsts.slice();
		for (let i = 0; i < count; i++) {
			const at = next[radixPart(hashOfPlace(keys[i]!))]!++;
			base.keys[at] = keys[i]!;
			base.counts[at] = counts[i]!;
			base.states.forEach((state, a) => {
				if (state !== null) state[at] = states[a]![i]!;
			});
		}
		this.#keepBase(base);
	}

	#newBase(count: number, firsts: Int32Array, folded: readonly ReadonlyMap<number, bigint>[]): Base {
		const states = this.#aggregates.map(({ kind }) => (kind === 'none' ? null : new Float64Array(count)));
		return { keys: new Float64Array(count), counts: new Uint32Array(count), states, folded, firsts };
	}

	#keepBase(base: Base): void {
		this.#account.give(this.#baseBytes);
		this.#baseBytes = base.keys.length * (12 + 8 * base.states.filter((state) => state !== null).length);
		this.#account.demand(this.#baseBytes, 'the groups of a star');
		this.#base = base;
		this.#baseRows = base.counts.reduce((sum, rows) => sum + rows, 0);
	}

	/** Makes room for so many rows more. */
	reserve(rows: number): void {
		if (this.#canShrink && this.rows.isFullFor(rows) && this.rows.isPastMemory) this.#shrink();
		this.rows.reserve(rows);
	}

	/** Makes groups of all rows, where that takes much less memory. */
	#shrink(): void {
		this.rows.seal(true);
		const sampled = this.rows.rowsOf(0) + this.#base.firsts[1]!;
		this.aggregate(0);
		if (this.count > sampled * SHRINKS_TO) {
			this.#canShrink = false;
			return;
		}
		const firsts = new Int32Array(RADIX_PARTS + 1);
		const parts: { keys: Float64Array; counts: Uint32Array; states: (Float64Array | null)[] }[] = [];
		const folded = this.#aggregates.map(() => new Map<number, bigint>());
		for (let part = 0; part < RADIX_PARTS; part++) {
			this.aggregate(part);
			const { count } = this;
			firsts[part + 1] = firsts[part]! + count;
			const states = this.#aggregates.map(({ kind }, a) => (kind === 'none' ? null : this.states[a]!.slice(0, count)));
			parts.push({ keys: this.keys.slice(0, count), counts: this.counts.slice(0, count), states });
			this.folded.forEach((map, a) => {
				for (const [group, sum] of map) folded[a]!.set(this.keys[group]!, sum);
			});
		}
		const base = this.#newBase(firsts[RADIX_PARTS]!, firsts, folded);
		parts.forEach(({ keys, counts, states }, part) => {
			base.keys.set(keys, firsts[part]!);
			base.counts.set(counts, firsts[part]!);
			states.forEach((state, a) => {
				if (state !== null) base.states[a]!.set(state, firsts[part]!);
			});
		});
		this.rows.clear();
		this.#keepBase(base);
	}

	/** All rows are there, but `more` groups may come to a part. Fails when the table of a part would have no room. */
	seal(more: number): void {
		this.rows.seal();
		let most = 0;
		for (let part = 0; part < RADIX_PARTS; part++) most = Math.max(most, this.#rowsOf(part));
		this.#makeTable(most + more);
	}

	#rowsOf(part: number): number {
		return this.rows.rowsOf(part) + this.#base.firsts[part + 1]! - this.#base.firsts[part]!;
	}

	/** A table for as many groups. */
	#makeTable(rows: number): void {
		if (rows <= this.#groups.length) return;
		const capacity = Math.ceil(rows * 1.25) + 64;
		const slots = 2 ** Math.ceil(Math.log2(capacity * 2));
		this.#account.give(this.#tableBytes);
		this.#tableBytes = slots * 4 + capacity * (12 + 12 + 16 * this.#aggregates.length);
		this.#account.demand(this.#tableBytes, 'the groups of a star');
		this.#values = this.#kinds.map((kind) => newArray(kind, capacity));
		this.#groups = new Int32Array(capacity);
		this.#slots = new Int32Array(slots);
		this.keys = new Float64Array(capacity);
		this.counts = new Uint32Array(capacity);
		this.#aggregates.forEach(({ kind }, a) => {
			if (kind !== 'none') this.states[a] = new Float64Array(capacity);
		});
	}

	/** Makes the groups of a part, with room for `more`. */
	aggregate(part: number, more = 0): void {
		const all = this.#rowsOf(part) + more;
		this.#makeTable(all);
		const bits = Math.max(4, Math.ceil(Math.log2(all * 2 + 2)));
		this.#shift = 32 - bits;
		this.#slots.fill(0, 0, 2 ** bits);
		this.count = 0;
		for (const map of this.folded) map.clear();
		this.#takeBase(part);
		const rows = this.rows.read(part, this.#values);
		const first = this.count;
		this.#findGroups(rows);
		let column = 1;
		this.#aggregates.forEach(({ kind, bound }, a) => {
			if (kind === 'none') return;
			this.#isSafe[a] = bound * (this.rows.count + this.#baseRows) <= Number.MAX_SAFE_INTEGER;
			this.states[a]!.fill(initialState(kind), first, this.count);
			this.#update(a, kind, this.#values[column++]!, rows);
		});
	}

	#takeBase(part: number): void {
		const { keys, counts, states, firsts, folded } = this.#base;
		for (let i = firsts[part]!; i < firsts[part + 1]!; i++) {
			const group = this.#find(keys[i]!);
			this.counts[group] = counts[i]!;
			for (let a = 0; a < states.length; a++) {
				const state = states[a]!;
				if (state === null) continue;
				this.states[a]![group] = state[i]!;
				const sum = folded[a]!.size === 0 ? undefined : folded[a]!.get(keys[i]!);
				if (sum !== undefined) this.folded[a]!.set(group, sum);
			}
		}
	}

	/** The group of a place, made if there is none. */
	#find(place: number): number {
		const slots = this.#slots;
		const { keys } = this;
		const mask = 2 ** (32 - this.#shift) - 1;
		let at = slotHash(place) >>> this.#shift;
		for (;;) {
			const slot = slots[at]!;
			if (slot === 0) break;
			if (keys[slot - 1] === place) return slot - 1;
			at = (at + 1) & mask;
		}
		const group = this.count++;
		keys[group] = place;
		this.counts[group] = 0;
		slots[at] = group + 1;
		return group;
	}

	#findGroups(rows: number): void {
		const [places, groups, slots, shift] = [this.#values[0]! as Float64Array, this.#groups, this.#slots, this.#shift];
		const { keys, counts } = this;
		const mask = 2 ** (32 - shift) - 1;
		let { count } = this;
		for (let i = 0; i < rows; i++) {
			const place = places[i]!;
			let at = slotHash(place) >>> shift;
			let group = -1;
			for (;;) {
				group = slots[at]! - 1;
				if (group < 0 || keys[group] === place) break;
				at = (at + 1) & mask;
			}
			if (group < 0) {
				group = count++;
				keys[group] = place;
				counts[group] = 0;
				slots[at] = group + 1;
			}
			counts[group]!++;
			groups[i] = group;
		}
		this.count = count;
	}

	#update(a: number, kind: KernelAggregate['kind'], values: RadixArray, rows: number): void {
		const states = this.states[a]!;
		const groups = this.#groups;
		if (kind === 'least') {
			for (let i = 0; i < rows; i++) if (values[i]! < states[groups[i]!]!) states[groups[i]!] = values[i]!;
		} else if (kind === 'most') {
			for (let i = 0; i < rows; i++) if (values[i]! > states[groups[i]!]!) states[groups[i]!] = values[i]!;
		} else if (this.#isSafe[a]) {
			for (let i = 0; i < rows; i++) states[groups[i]!]! += values[i]!;
		} else this.#addChecked(a, values, rows);
	}

	#addChecked(a: number, values: RadixArray, rows: number): void {
		const [states, groups, folded] = [this.states[a]!, this.#groups, this.folded[a]!];
		for (let i = 0; i < rows; i++) {
			const group = groups[i]!;
			const value = values[i]!;
			const isLarge = Math.abs(value) > FOLD_AT / 2;
			const sum = isLarge ? value : states[group]! + value;
			if (isLarge || Math.abs(sum) > FOLD_AT / 2) {
				folded.set(group, (folded.get(group) ?? 0n) + BigInt(sum));
				if (!isLarge) states[group] = 0;
			} else states[group] = sum;
		}
	}

	/** The group of a place of the part that was aggregated last, made if there is none: it has no rows then. */
	groupOf(place: number): number {
		const before = this.count;
		const group = this.#find(place);
		if (this.count > before)
			this.#aggregates.forEach(({ kind }, a) => {
				if (kind !== 'none') this.states[a]![group] = initialState(kind);
			});
		return group;
	}

	clear(): void {
		this.rows.clear();
		this.#account.give(this.#baseBytes + this.#tableBytes);
		this.#baseBytes = 0;
		this.#tableBytes = 0;
	}
}

function initialState(kind: KernelAggregate['kind']): number {
	return kind === 'least' ? Number.POSITIVE_INFINITY : kind === 'most' ? Number.NEGATIVE_INFINITY : 0;
}

/** Bits of a place that its part does not tell. */
function slotHash(place: number): number {
	const hash = hashOfPlace(place);
	return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
}
