/**
 * The groups of a star as rows, some thousands at a time, column by column: those of the arrays, or those of one part after the other, each
 * together with the rows that came one by one for it; then the groups that only such rows have.
 *
 * Calls: `open`, then `next` until it gives 0: so many groups are in `partValues` and `results`. `open` begins anew.
 */
import { Decimal } from '../../../value/decimal.ts';
import { checkInt8, fromBigInt, type Int8 } from '../../../value/int8.ts';
import { dateFromInt32 } from '../../../value/key-parts.ts';
import { hashOfPlace, type PartedGroups } from './parted-groups.ts';
import type { PlaceTable } from './place-table.ts';
import { RADIX_PARTS, radixPart } from './radix-rows.ts';
import type { StarPart, StarResultKind, StarShape } from './star-table.ts';

/** Groups that are given at a time. */
const RESULT_GROUPS = 4096;

/** A group of rows that came one by one. */
export class SlowGroup {
	rows = 0;
	/** By part: the code of a dimension's values, or the fact's value. */
	readonly parts: readonly unknown[];
	readonly counts: number[];
	readonly sums: Int8[];
	/** By aggregate that counts different values: those. */
	readonly different: (Set<Int8> | undefined)[];

	constructor(parts: readonly unknown[], aggregates: number) {
		this.parts = parts;
		this.counts = new Array<number>(aggregates).fill(0);
		this.sums = new Array<Int8>(aggregates).fill(0);
		this.different = [];
	}

	seen(aggregate: number): Set<Int8> {
		this.different[aggregate] ??= new Set();
		return this.different[aggregate];
	}
}

/** All that a star has found. What is by part: the distance of codes in places and how many there are; of integers of the fact the value of code 0; of its texts those by code, and the codes; of a dimension the values by code. */
export interface StarGroups {
	readonly strides: readonly number[];
	readonly capacities: readonly number[];
	readonly firsts: readonly number[];
	readonly texts: readonly (readonly string[])[];
	readonly codes: readonly ReadonlyMap<string, number>[];
	readonly values: readonly (readonly (readonly unknown[])[])[];
	/** By group: rows, and the states of each aggregate. */
	readonly rows: Uint32Array | Float64Array;
	readonly states: readonly (Float64Array | Uint32Array)[];
	readonly folded: readonly ReadonlyMap<number, bigint>[];
	/** Of aggregates that count different values: words of a group's bits, the value of the first. */
	readonly words: readonly number[];
	readonly distinctFirsts: readonly number[];
	readonly finder: PlaceTable | null;
	readonly parted: PartedGroups | null;
	readonly slow: readonly SlowGroup[];
}

/** Where groups come from: all of them, or those of a part. */
interface Source {
	readonly count: number;
	readonly rows: Uint32Array | Float64Array;
	/** By group: its place; null when that is the same. */
	readonly keys: Float64Array | null;
	readonly states: readonly (Float64Array | Uint32Array)[];
	readonly folded: readonly ReadonlyMap<number, bigint>[];
	/** Rows that came one by one, by group. */
	readonly slow: ReadonlyMap<number, SlowGroup>;
}

export class StarResult {
	/** By part: its columns. */
	readonly partValues: unknown[][][];
	readonly results: unknown[][];
	readonly #shape: StarShape;
	#groups: StarGroups | null;
	#source: Source | null;
	/** Groups that only rows that came one by one have. */
	#others: SlowGroup[];
	#part: number;
	#next: number;
	#hasGiven: boolean;
	/** Groups of the source that are given out, and what is not yet taken of their places. */
	readonly #given: Int32Array;
	readonly #places: Float64Array;

	constructor(shape: StarShape) {
		this.partValues = shape.parts.map((part) => (part.kind === 'fact' ? [[]] : Array.from({ length: part.columnCount }, () => [])));
		this.results = shape.aggregates.map(() => []);
		this.#shape = shape;
		this.#groups = null;
		this.#source = null;
		this.#others = [];
		this.#part = 0;
		this.#next = 0;
		this.#hasGiven = false;
		this.#given = new Int32Array(RESULT_GROUPS);
		this.#places = new Float64Array(RESULT_GROUPS);
	}

	open(groups: StarGroups): void {
		this.#groups = groups;
		this.#others = [];
		this.#part = 0;
		this.#hasGiven = false;
		this.#start();
	}

	clear(): void {
		for (const columns of this.partValues) for (const values of columns) values.length = 0;
		for (const values of this.results) values.length = 0;
		this.#groups = null;
		this.#source = null;
		this.#others = [];
	}

	/** Begins with the groups in the arrays, or with those of the part. */
	#start(): void {
		const groups = this.#groups!;
		this.#next = 0;
		this.#source = groups.parted === null ? this.#whole(groups) : this.#ofPart(groups, groups.parted);
	}

	#whole(groups: StarGroups): Source {
		const { rows, states, folded, finder } = groups;
		const slow = new Map<number, SlowGroup>();
		for (const group of groups.slow) {
			const place = this.#placeOf(group);
			let index = place;
			if (place >= 0 && finder !== null) {
				finder.reserve(1);
				index = finder.place(place);
			}
			if (index >= 0 && index < rows.length) slow.set(index, group);
			else this.#others.push(group);
		}
		return { count: Math.min(rows.length, finder?.count ?? rows.length), rows, keys: finder?.keys ?? null, states, folded, slow };
	}

	#ofPart(groups: StarGroups, parted: PartedGroups): Source {
		const part = this.#part;
		parted.aggregate(part, groups.slow.length);
		const slow = new Map<number, SlowGroup>();
		for (const group of groups.slow) {
			const place = this.#placeOf(group);
			if (place >= 0 && radixPart(hashOfPlace(place)) === part) slow.set(parted.groupOf(place), group);
			else if (place < 0 && part === 0) this.#others.push(group);
		}
		const { count, counts, keys, states, folded } = parted;
		return { count, rows: counts, keys, states, folded, slow };
	}

	#placeOf(group: SlowGroup): number {
		const { strides, capacities, firsts, codes } = this.#groups!;
		let place = 0;
		for (let p = 0; p < strides.length; p++) {
			const value = group.parts[p];
			let code: number;
			if (this.#shape.parts[p]!.kind === 'dimension') code = value as number;
			else if (typeof value === 'string') code = codes[p]!.get(value) ?? -1;
			else if (typeof value === 'number' && Number.isFinite(value)) code = value - firsts[p]!;
			else code = -1;
			if (code < 0 || code >= capacities[p]!) return -1;
			place += code * strides[p]!;
		}
		return place;
	}

	/** Gives further groups; returns how many. */
	next(): number {
		for (let source = this.#source; source !== null; source = this.#source) {
			const count = this.#choose(source);
			if (count > 0) {
				this.#hasGiven = true;
				this.#giveParts(source, count);
				this.#shape.aggregates.forEach((_, a) => {
					this.#giveResults(source, a, count);
				});
				return count;
			}
			if (this.#groups!.parted !== null && ++this.#part < RADIX_PARTS) this.#start();
			else this.#source = null;
		}
		if (this.#others.length > 0) return this.#giveOthers();
		if (this.#shape.parts.length > 0 || this.#hasGiven) return 0;
		this.#hasGiven = true;
		return this.#giveNothing();
	}

	/** The next groups of a source. */
	#choose({ count: all, rows, slow }: Source): number {
		const given = this.#given;
		let count = 0;
		let group = this.#next;
		for (; group < all && count < RESULT_GROUPS; group++) if (rows[group] !== 0 || (slow.size > 0 && slow.has(group))) given[count++] = group;
		this.#next = group;
		return count;
	}

	/** The values that groups are grouped by, from their places: the part of the greatest stride first. */
	#giveParts({ keys }: Source, count: number): void {
		const [given, places] = [this.#given, this.#places];
		const { strides } = this.#groups!;
		for (let i = 0; i < count; i++) places[i] = keys === null ? given[i]! : keys[given[i]!]!;
		for (let p = strides.length - 1; p >= 0; p--) this.#givePart(p, this.#shape.parts[p]!, strides[p]!, count);
	}

	#givePart(p: number, part: StarPart, stride: number, count: number): void {
		const places = this.#places;
		const { texts, firsts } = this.#groups!;
		const columns = this.partValues[p]!;
		const first = firsts[p]!;
		const isText = part.kind === 'fact' && part.reader.value.width === 0;
		const isDate = part.kind === 'fact' && part.reader.representation === 'date';
		for (let i = 0; i < count; i++) {
			const code = stride === 1 ? places[i]! : Math.floor(places[i]! / stride);
			places[i]! -= code * stride;
			if (part.kind === 'dimension') this.#giveDimension(p, code, i);
			else columns[0]![i] = isText ? texts[p]![code] : isDate ? dateFromInt32(code + first) : code + first;
		}
	}

	#giveResults(source: Source, a: number, count: number): void {
		const { result, kernel, counted } = this.#shape.aggregates[a]!;
		const [given, results, rows] = [this.#given, this.results[a]!, source.rows];
		const state = source.states[a]!;
		const isOfRows = result === 'count' && kernel.kind === 'none' && counted < 0;
		const isPlain = source.slow.size === 0 && (result === 'count' || (source.folded[a]!.size === 0 && ['sum', 'least', 'most'].includes(result)));
		if (isPlain) {
			// Rows without NULL alone are in arrays: a count of a column is one of rows. Adding 0 makes −0 a 0.
			for (let i = 0; i < count; i++) results[i] = result === 'count' ? rows[given[i]!]! : state[given[i]!]! + 0;
			return;
		}
		for (let i = 0; i < count; i++) {
			const group = given[i]!;
			const slow = source.slow.get(group) ?? null;
			const all = rows[group]! + (slow === null ? 0 : isOfRows ? slow.rows : slow.counts[a]!);
			results[i] = this.#resultOf(source, result, a, all, rows[group]! > 0 ? group : -1, slow);
		}
	}

	/** The groups that have no place in the arrays, some at a time. */
	#giveOthers(): number {
		const { parts, aggregates } = this.#shape;
		const others = this.#others.splice(0, RESULT_GROUPS);
		others.forEach((group, i) => {
			parts.forEach((part, p) => {
				if (part.kind === 'fact') this.partValues[p]![0]![i] = group.parts[p];
				else this.#giveDimension(p, group.parts[p] as number, i);
			});
			aggregates.forEach(({ result, kernel, counted }, a) => {
				const count = result === 'count' && kernel.kind === 'none' && counted < 0 ? group.rows : group.counts[a]!;
				this.results[a]![i] = this.#resultOf(null, result, a, count, -1, group);
			});
		});
		this.#hasGiven = true;
		return others.length;
	}

	#giveDimension(p: number, code: number, i: number): void {
		const columns = this.partValues[p]!;
		for (let c = 0; c < columns.length; c++) columns[c]![i] = this.#groups!.values[p]![code]![c];
	}

	/** The one group of an aggregate without groups over no rows. */
	#giveNothing(): number {
		this.#shape.aggregates.forEach(({ result }, a) => {
			this.results[a]![0] = this.#resultOf(null, result, a, 0, -1, null);
		});
		return 1;
	}

	/** The result of a group from its state (`group` −1: none there) and from rows that came one by one. */
	#resultOf(source: Source | null, result: StarResultKind, a: number, count: number, group: number, slow: SlowGroup | null): unknown {
		if (result === 'distinct') return this.#countDistinct(source, a, group, slow);
		if (result === 'count') return count;
		if (count === 0) return null;
		const own = group < 0 ? null : source!.states[a]![group]!;
		const other = slow !== null && slow.counts[a]! > 0 ? slow.sums[a]! : null;
		if (result === 'least' || result === 'most') {
			if (own === null || other === null) return own ?? other;
			return (result === 'least' ? other < own : other > own) ? other : own;
		}
		let sum: Int8 = own ?? 0;
		const folded = group < 0 ? undefined : source!.folded[a]!.get(group);
		if (folded !== undefined) sum = addExact(sum, fromBigInt(folded));
		if (other !== null) sum = addExact(sum, other);
		if (result === 'sum') return typeof sum === 'bigint' ? checkInt8(sum) : sum + 0;
		const total = Decimal.fromInteger(sum);
		return result === 'average' ? total.divide(Decimal.fromInteger(count)) : total;
	}

	/** Bits that are set, and values of rows that came one by one whose bits are not. */
	#countDistinct(source: Source | null, a: number, group: number, slow: SlowGroup | null): number {
		const { words: allWords, distinctFirsts } = this.#groups!;
		const words = allWords[a] ?? 0;
		const bits = group < 0 ? NO_WORDS : (source!.states[a]!.subarray(group * words, (group + 1) * words) as Uint32Array);
		let count = 0;
		for (const word of bits) count += bitsIn(word);
		if (slow === null) return count;
		for (const value of slow.seen(a)) {
			const bit = typeof value === 'number' ? value - distinctFirsts[a]! : -1;
			if (!(bit >= 0 && bit < bits.length * 32 && (bits[bit >>> 5]! & (1 << (bit & 31))) !== 0)) count++;
		}
		return count;
	}
}

/** Bits set in a word (Hacker's Delight, 5-1). */
function bitsIn(word: number): number {
	let bits = word - ((word >>> 1) & 0x55555555);
	bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
	return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

export function addExact(a: Int8, b: Int8): Int8 {
	if (typeof a === 'number' && typeof b === 'number') {
		const sum = a + b;
		if (Number.isSafeInteger(sum)) return sum;
	}
	return fromBigInt(BigInt(a) + BigInt(b));
}

const NO_WORDS = new Uint32Array(0);
