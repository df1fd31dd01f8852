/**
 * The state of a star: the dimensions' rows by key, the groups, and their sums. Row groups of the fact go through a kernel
 * (`star-kernel.ts`); rows that it cannot take (with NULLs, in no file yet, where a sum may pass its type) come one by one, as `slowGroup`.
 *
 * A group's place is the sum of its parts' codes times their strides: a part is the distinct values of the columns of one
 * dimension that are grouped by, or a column of the fact. Texts of the fact get codes as they are met; when they are more than the
 * stride allows, places are made anew. Past `DENSE_PLACES_MAX` places, groups are found by hash; when they are many, with few rows each, rows are
 * parted by that hash first (`parted-groups.ts`).
 *
 * Sums are exact: a kernel adds doubles as long as what was added since the last fold, by the bounds of its columns, stays below 2^53;
 * then they are folded into bigints.
 *
 * Calls: `open`; `addRow` of every dimension; the scan of the fact, which calls `consume` and whose rows call `find` and `slowGroup`;
 * `finish`; then `rewind`, and batches of the result.
 */
import type { ColumnReader } from '../../../model/table/contracts.ts';
import type { CodeArray } from '../../../storage/column/code-encoding.ts';
import type { ColumnFile } from '../../../storage/column/column-file.ts';
import type { ColumnScratch } from '../../../storage/column/column-scratch.ts';
import { BYTES, type ColumnSegment, INTEGERS } from '../../../storage/column/column-segment.ts';
import type { Int8 } from '../../../value/int8.ts';
import type { ExecutionContext } from '../contracts.ts';
import { runInWasm } from '../wasm/star-runner.ts';
import { type GroupKernel, type KernelHost, textsOf } from './column-scan.ts';
import { KernelTests } from './kernel-tests.ts';
import { type MemoryAccount, outOfMemory } from './memory-account.ts';
import { type PartedAggregate, PartedGroups } from './parted-groups.ts';
import { PlaceTable } from './place-table.ts';
import type { SpillDirectory } from './spill-file.ts';
import { type CrewStates, type Lane, StarCrew } from './star-crew.ts';
import { type Interval, intervalOf, type KernelAggregate, type KernelArguments, type KernelShape, runInJavaScript } from './star-kernel.ts';
import { addExact, SlowGroup, StarResult } from './star-result.ts';

/** Places of groups in arrays. */
const DENSE_PLACES_MAX = 2 ** 23;
/** Places that a number can tell apart. */
const PLACES_MAX = 2 ** 52;
/** Keys of a dimension in an array. */
const DENSE_KEYS_MAX = 2 ** 25;
const FIRST_TEXTS = 16;
const HASHED_TEXTS = 2 ** 20;
/** So many groups it is asked whether they are many; they are when none has more rows than this, on the whole, or their table would be too large. */
const MANY_GROUPS = 2 ** 16;
const ROWS_PER_GROUP = 8;
/** About what a group takes in a hash table, and its state. */
const GROUP_BYTES = 20;
/** Integers below lie in 32 bits. */
const INT4_BOUND = 2 ** 31;
/** Of smaller facts the threads would be told more than they do; larger states would be added up for longer than they are made. */
const CREW_ROWS_MIN = 2 ** 18;
const CREW_WORDS_MAX = 2 ** 18;
/** Words of bits that tell different values apart, over all groups. */
const DISTINCT_WORDS_MAX = 2 ** 24;

export type StarResultKind = 'count' | 'distinct' | 'sum' | 'numeric-sum' | 'average' | 'least' | 'most';

export interface StarAggregate {
	readonly result: StarResultKind;
	readonly kernel: KernelAggregate;
	/** Of a count of a column: its place among the scan's; else −1. */
	readonly counted: number;
}

/** What is grouped by: the columns of a dimension, or one column of the fact. */
export type StarPart =
	| { readonly kind: 'dimension'; readonly dimension: number; readonly columnCount: number }
	| { readonly kind: 'fact'; readonly column: number; readonly reader: ColumnReader };

export interface StarShape {
	/** The fact's column of each dimension, by its place among the scan's. */
	readonly keys: readonly number[];
	readonly parts: readonly StarPart[];
	readonly aggregates: readonly StarAggregate[];
	/** The scan's columns that aggregates read, in the order in which kernels count them. */
	readonly columns: readonly number[];
}

/** The rows of a dimension. Those that are not grouped by all have code 0. */
class Dimension {
	readonly codes = new Map<Int8, number>();
	/** Codes of groups, by the key of their values. */
	readonly known = new Map<unknown, number>();
	/** By code. */
	readonly values: (readonly unknown[])[] = [];
	/** By key: 1 + code × stride; 0 where there is none. Made for a range of keys. */
	array: CodeArray | null = null;
	/** In its place when the range is too wide. */
	hash: Map<number, number> | null = null;
	first = 0;
	last = 0;
	/** Between what its rows' keys lie. */
	least: Int8 = Number.POSITIVE_INFINITY;
	most: Int8 = Number.NEGATIVE_INFINITY;
}

/** A column of the fact that is grouped by. */
class FactColumn {
	/** Of integers: the value of code 0. */
	first = 0;
	/** Of texts. */
	readonly known = new Map<string, number>();
	readonly texts: string[] = [];
}

export class StarTable implements GroupKernel {
	/** Some groups of the result, after `nextBatch`: by part and aggregate their values. */
	count: number;
	readonly partValues: unknown[][][];
	readonly results: unknown[][];
	readonly #shape: StarShape;
	#memory: MemoryAccount | null;
	#spill: SpillDirectory | null;
	#context: ExecutionContext | null;
	/** Other threads that take row groups. */
	#crew: StarCrew | null;
	/** It is to be asked for them. */
	#lacksCrew: boolean;
	/** Those that went, whose memory is still held. */
	readonly #retired: StarCrew[];
	#dimensions: Dimension[];
	#facts: FactColumn[];
	/** By part: codes that places have room for, and the distance between two. */
	#capacities: number[];
	#strides: number[];
	#finder: PlaceTable | null;
	/** In the place of the finder when groups are many. */
	#parted: PartedGroups | null;
	/** Groups at which it is asked again whether they are many. */
	#manyGroups: number;
	#rows: Uint32Array | Float64Array;
	#states: (Float64Array | Uint32Array)[];
	/** By aggregate that counts different values: words of a group's bits, and the value of the first bit. */
	#words: number[];
	#firsts: number[];
	/** By aggregate: what was folded, by place. */
	#folded: Map<number, bigint>[];
	/** By aggregate: how large a sum may be since the last fold. */
	#bounds: number[];
	#parameters: readonly number[];
	/** Arrays of this star in the pool's memory. */
	#scratch: ColumnScratch | null;
	#isReady: boolean;
	#canRun: boolean;
	#rowsMax: number;
	readonly #slow: Map<string, SlowGroup>;
	readonly #result: StarResult;

	constructor(shape: StarShape) {
		this.count = 0;
		this.#result = new StarResult(shape);
		this.partValues = this.#result.partValues;
		this.results = this.#result.results;
		this.#shape = shape;
		this.#memory = null;
		this.#spill = null;
		this.#context = null;
		this.#crew = null;
		this.#lacksCrew = false;
		this.#retired = [];
		this.#dimensions = [];
		this.#facts = [];
		this.#capacities = [];
		this.#strides = [];
		this.#finder = null;
		this.#parted = null;
		this.#manyGroups = MANY_GROUPS;
		this.#rows = NO_ROWS;
		this.#states = [];
		this.#words = [];
		this.#firsts = [];
		this.#folded = [];
		this.#bounds = [];
		this.#parameters = [];
		this.#scratch = null;
		this.#isReady = false;
		this.#canRun = false;
		this.#rowsMax = 0;
		this.#slow = new Map();
	}

	open(memory: MemoryAccount, spill: SpillDirectory, context: ExecutionContext): void {
		this.clear();
		this.#context = context;
		this.#memory = memory;
		this.#spill = spill;
		this.#dimensions = this.#shape.keys.map(() => new Dimension());
		this.#facts = this.#shape.parts.map(() => new FactColumn());
	}

	clear(): void {
		this.#crew?.release();
		this.#crew = null;
		for (const crew of this.#retired.splice(0)) crew.release();
		this.#lacksCrew = false;
		this.#context = null;
		this.count = 0;
		this.#result.clear();
		this.#dimensions = [];
		this.#facts = [];
		this.#finder = null;
		this.#parted?.clear();
		this.#parted = null;
		this.#manyGroups = MANY_GROUPS;
		this.#rows = NO_ROWS;
		this.#states = [];
		this.#folded = [];
		this.#bounds = [];
		this.#isReady = false;
		this.#scratch?.release();
		this.#scratch = null;
		this.#slow.clear();
	}

	/** A row of a dimension: its key, the key of its group, and the values that it is grouped by. */
	addRow(dimension: number, key: Int8 | null, groupKey: unknown, ...values: readonly unknown[]): void {
		if (key === null) return;
		const rows = this.#dimensions[dimension]!;
		let code = rows.known.get(groupKey);
		if (code === undefined) {
			code = rows.values.length;
			rows.known.set(groupKey, code);
			rows.values.push(values);
			this.#memory!.demand(200, 'the groups of a star');
		}
		this.#memory!.demand(40, 'the dimensions of a star');
		rows.codes.set(key, code);
		if (key < rows.least) rows.least = key;
		if (key > rows.most) rows.most = key;
	}

	/** The code of the row of a dimension with this key; −1 when there is none. */
	find(dimension: number, key: Int8 | null): number {
		return key === null ? -1 : (this.#dimensions[dimension]!.codes.get(key) ?? -1);
	}

	/** The group of a row that came by itself, by codes of dimensions and values of the fact. */
	slowGroup(parts: readonly unknown[]): SlowGroup {
		let key = '';
		for (const part of parts) key += part === null ? '\u0000n' : `\u0000${typeof part === 'string' ? 's' : 'i'}${part}`;
		let group = this.#slow.get(key);
		if (group === undefined) {
			group = new SlowGroup(parts, this.#shape.aggregates.length);
			this.#slow.set(key, group);
			this.#memory!.demand(300 + key.length, 'the groups of a star');
		}
		group.rows++;
		return group;
	}

	/** Adds a value that is not NULL to an aggregate of a group. */
	addValue(group: SlowGroup, aggregate: number, value: Int8): void {
		const { result } = this.#shape.aggregates[aggregate]!;
		const before = group.sums[aggregate]!;
		if (result === 'least' || result === 'most') {
			if (group.counts[aggregate] === 0 || (result === 'least' ? value < before : value > before)) group.sums[aggregate] = value;
		} else if (result === 'distinct') group.seen(aggregate).add(value);
		else if (result !== 'count') group.sums[aggregate] = addExact(before, value);
		group.counts[aggregate]!++;
	}

	/** The values of parameters in aggregates, before the scan. */
	setParameters(parameters: readonly unknown[]): void {
		this.#canRun = parameters.every((value) => typeof value === 'number' && Number.isSafeInteger(value));
		this.#parameters = parameters as readonly number[];
	}

	// ---- row groups ----

	consume(host: KernelHost, files: readonly ColumnFile[]): boolean {
		if (!this.#canRun) return false;
		if (!this.#isReady) this.#prepare(host, files);
		if (!this.#canRun) return false;
		if (keysMiss(host, this.#shape.keys, this.#dimensions)) return true;
		if (this.#lacksCrew) this.#startCrew(host);
		const lane = this.#crew?.freeLane() ?? null;
		const own = host.selection;
		if (lane === null) this.#scratch!.nextGroup();
		else host.selection = lane.selection;
		try {
			return this.#consumeIn(lane, host);
		} finally {
			host.selection = own;
		}
	}

	/** Runs the kernel over a row group in a lane, or here. */
	#consumeIn(lane: Lane | null, host: KernelHost): boolean {
		const { keys, parts, columns, aggregates } = this.#shape;
		const dimensionSegments = keys.map((column) => host.segment(column));
		const groupSegments = parts.map((part) => (part.kind === 'fact' ? host.segment(part.column) : null));
		const columnSegments = columns.map((column) => host.segment(column));
		if (![...dimensionSegments, ...columnSegments].every(isPlain)) return false;
		if (!aggregates.every(({ counted }) => counted < 0 || host.segment(counted).nulls === null)) return false;
		this.#partWhenMany(host);
		const tables = this.#groupTables(groupSegments, lane?.scratch ?? this.#scratch!);
		if (tables === null || !this.#mayAdd(columnSegments, host.rows)) return false;
		this.#run(lane, host, dimensionSegments, groupSegments, tables, columnSegments);
		return true;
	}

	/** Ranges of keys and groups, from what the directories say; then the arrays. */
	#prepare(host: KernelHost, files: readonly ColumnFile[]): void {
		this.#isReady = true;
		this.#scratch = host.scratch();
		const { keys, parts, aggregates } = this.#shape;
		this.#rowsMax = files.reduce((sum, file) => sum + file.rows, 0);
		parts.forEach((part, p) => {
			if (part.kind === 'dimension') {
				this.#capacities[p] = Math.max(1, this.#dimensions[part.dimension]!.values.length);
			} else if (part.reader.value.width > 0) {
				const range = host.range(part.column);
				this.#facts[p]!.first = range.least;
				this.#capacities[p] = range.most >= range.least ? range.most - range.least + 1 : 1;
			} else this.#capacities[p] = FIRST_TEXTS;
		});
		let places = this.#layOut();
		if (places > DENSE_PLACES_MAX) {
			parts.forEach((part, p) => {
				if (part.kind === 'fact' && part.reader.value.width === 0) this.#capacities[p] = HASHED_TEXTS;
			});
			places = this.#layOut();
			this.#canRun = places <= PLACES_MAX;
			this.#finder = new PlaceTable();
		}
		if (!this.#canRun || !this.#measureDistinct(host, places)) return;
		this.#allocate(this.#finder === null ? places : 0);
		aggregates.forEach((_, a) => {
			this.#folded[a] = new Map();
			this.#bounds[a] = 0;
		});
		keys.forEach((column, d) => {
			this.#makeArray(d, host.range(column));
		});
		this.#lacksCrew = true;
	}

	/** Bits for the different values of each group; false when they would be too many. */
	#measureDistinct(host: KernelHost, places: number): boolean {
		const { aggregates, columns } = this.#shape;
		aggregates.forEach(({ kernel }, a) => {
			if (kernel.kind !== 'distinct' || kernel.argument?.kind !== 'column') return;
			const range = host.range(columns[kernel.argument.place]!);
			this.#firsts[a] = range.least;
			this.#words[a] = Math.ceil(Math.max(1, range.most - range.least + 1) / 32);
			if (this.#finder !== null || places * this.#words[a]! > DISTINCT_WORDS_MAX) this.#canRun = false;
		});
		return this.#canRun;
	}

	/** Strides from capacities; returns how many places there are. */
	#layOut(): number {
		let places = 1;
		this.#strides = this.#capacities.map((capacity) => {
			const stride = places;
			places *= capacity;
			return stride;
		});
		return places;
	}

	#allocate(places: number): void {
		const { aggregates } = this.#shape;
		this.#rows = grown(this.#rows, this.#rowsMax < 2 ** 32 ? (this.#scratch!.codes(places, 4) as Uint32Array) : new Float64Array(places));
		this.#states = this.#newStates(places, this.#scratch!).map((state, a) =>
			aggregates[a]!.kernel.kind === 'distinct' ? state : grown((this.#states[a] as Float64Array | undefined) ?? NO_STATES, state as Float64Array),
		);
		// What the pool has no room for is the statement's own.
		const bytes = this.#rows.byteLength + this.#states.reduce((sum, state) => sum + state.byteLength, 0);
		if (!this.#scratch!.isShared) this.#memory!.demand(bytes, 'the groups of a star');
	}

	/** States of groups without rows. */
	#newStates(places: number, scratch: ColumnScratch): (Float64Array | Uint32Array)[] {
		return this.#shape.aggregates.map(({ kernel }, a) => {
			if (kernel.kind === 'none') return NO_STATES;
			if (kernel.kind === 'distinct') return scratch.codes(places * this.#words[a]!, 4) as Uint32Array;
			const state = scratch.doubles(places);
			if (kernel.kind === 'least') state.fill(Number.POSITIVE_INFINITY);
			if (kernel.kind === 'most') state.fill(Number.NEGATIVE_INFINITY);
			return state;
		});
	}

	#strideOf(dimension: number): number {
		const part = this.#shape.parts.findIndex((p) => p.kind === 'dimension' && p.dimension === dimension);
		return part < 0 ? 0 : this.#strides[part]!;
	}

	/** The codes of a dimension by key, for the keys that the fact has. */
	#makeArray(d: number, range: Interval): void {
		const dimension = this.#dimensions[d]!;
		const stride = this.#strideOf(d);
		const most = 1 + Math.max(0, dimension.values.length - 1) * stride;
		const keyCount = range.most >= range.least ? range.most - range.least + 1 : 1;
		dimension.first = range.least;
		dimension.last = range.most;
		if (keyCount > DENSE_KEYS_MAX || most > 0xffffffff) {
			dimension.array = null;
			dimension.hash = new Map();
			for (const [key, code] of dimension.codes) if (typeof key === 'number') dimension.hash.set(key, 1 + code * stride);
			return;
		}
		const array = this.#scratch!.codes(keyCount, most <= 0xff ? 1 : most <= 0xffff ? 2 : 4);
		if (!this.#scratch!.isShared) this.#memory!.demand(array.byteLength, 'the dimensions of a star');
		for (const [key, code] of dimension.codes)
			if (typeof key === 'number' && key >= range.least && key <= range.most) array[key - range.least] = 1 + code * stride;
		dimension.array = array;
	}

	/** By part: the code of each entry of a dictionary; null in all when a segment cannot be grouped by its codes. */
	#groupTables(segments: readonly (ColumnSegment | null)[], scratch: ColumnScratch): (Uint32Array | null)[] | null {
		const { parts } = this.#shape;
		const tables: (Uint32Array | null)[] = [];
		for (let p = 0; p < parts.length; p++) {
			const part = parts[p]!;
			const segment = segments[p]!;
			if (part.kind === 'dimension' || segment === null) {
				tables.push(null);
			} else if (part.reader.value.width > 0) {
				if (!isPlain(segment)) return null;
				tables.push(null);
			} else {
				if (segment.kind !== BYTES || !segment.hasDictionary || segment.nulls !== null) return null;
				tables.push(this.#codeTexts(p, textsOf(segment, part.reader), scratch));
			}
		}
		return tables;
	}

	#codeTexts(p: number, texts: readonly string[], scratch: ColumnScratch): Uint32Array {
		const { known, texts: all } = this.#facts[p]!;
		const table = scratch.piece(texts.length);
		for (let i = 0; i < texts.length; i++) {
			const text = texts[i]!;
			let code = known.get(text);
			if (code === undefined) {
				code = all.length;
				known.set(text, code);
				all.push(text);
			}
			table[i] = code;
		}
		if (all.length > this.#capacities[p]!) this.#widen(p, all.length);
		return table;
	}

	/** Makes places anew with room for more codes of a part. */
	#widen(p: number, codes: number): void {
		this.#lacksCrew = this.#crew !== null;
		this.#endCrew();
		if (this.#finder !== null) throw outOfMemory('the groups of a star', this.#memory!.limitBytes);
		const capacities = [...this.#capacities];
		const strides = [...this.#strides];
		const [rows, states] = [this.#rows, this.#states];
		this.#capacities[p] = Math.max(codes, capacities[p]! * 4);
		const places = this.#layOut();
		if (places > DENSE_PLACES_MAX) throw outOfMemory('the groups of a star', this.#memory!.limitBytes);
		this.#rows = NO_ROWS;
		this.#states = [];
		this.#allocate(places);
		const folded = this.#folded;
		this.#folded = folded.map(() => new Map());
		for (let place = 0; place < rows.length; place++) {
			if (rows[place] === 0) continue;
			let to = 0;
			for (let q = 0; q < strides.length; q++) to += (Math.floor(place / strides[q]!) % capacities[q]!) * this.#strides[q]!;
			this.#rows[to] = rows[place]!;
			states.forEach((state, a) => {
				const words = this.#words[a] ?? 1;
				if (state.length > 0) for (let word = 0; word < words; word++) this.#states[a]![to * words + word] = state[place * words + word]!;
				const sum = folded[a]!.get(place);
				if (sum !== undefined) this.#folded[a]!.set(to, sum);
			});
		}
		this.#shape.keys.forEach((_, d) => {
			const { first, last } = this.#dimensions[d]!;
			if (this.#strideOf(d) > 0) this.#makeArray(d, { least: first, most: last });
		});
	}

	/** Whether sums stay exact and in their types over so many rows; folds what is there when it must make room. */
	#mayAdd(segments: readonly ColumnSegment[], rows: number): boolean {
		const { aggregates } = this.#shape;
		const intervals = segments.map(({ least, most }) => ({ least, most }));
		const added: number[] = [];
		for (const { kernel } of aggregates) {
			const interval = kernel.argument === null ? { least: 0, most: 0 } : intervalOf(kernel.argument, intervals, this.#parameters);
			if (interval === null) return false;
			const bound = Math.max(Math.abs(interval.least), Math.abs(interval.most)) * rows;
			if (bound > Number.MAX_SAFE_INTEGER) return false;
			added.push(kernel.kind === 'add' ? bound : 0);
		}
		if (this.#parted !== null) return true;
		added.forEach((bound, a) => {
			if (this.#bounds[a]! + bound > Number.MAX_SAFE_INTEGER) this.#fold(a);
			this.#bounds[a]! += bound;
		});
		return true;
	}

	#fold(a: number): void {
		this.#crew?.mergeInto(this.#ownStates);
		const state = this.#states[a] as Float64Array;
		const folded = this.#folded[a]!;
		for (let place = 0; place < state.length; place++) {
			if (state[place] === 0) continue;
			folded.set(place, (folded.get(place) ?? 0n) + BigInt(state[place]!));
			state[place] = 0;
		}
		this.#bounds[a] = 0;
	}

	#run(
		lane: Lane | null,
		host: KernelHost,
		dimensionSegments: readonly ColumnSegment[],
		groupSegments: readonly (ColumnSegment | null)[],
		tables: readonly (Uint32Array | null)[],
		columnSegments: readonly ColumnSegment[],
	): void {
		const { parts, aggregates } = this.#shape;
		const tests = new KernelTests(host, lane?.scratch ?? this.#scratch!);
		if (tests.isNone) return;
		// Those first that leave the fewest rows.
		const order = this.#dimensions.map((_, d) => d).sort((a, b) => this.#share(a) - this.#share(b));
		const lookups = order.map((d) => {
			const { array, hash, first } = this.#dimensions[d]!;
			const { codes, least } = dimensionSegments[d]!;
			return { codes, offset: hash === null ? least - first : least, array: array ?? hash, hasGroups: this.#strideOf(d) > 0 };
		});
		const groups = parts.flatMap((part, p) => {
			if (part.kind === 'dimension') return [];
			const { codes, least } = groupSegments[p]!;
			return [{ codes, offset: least - this.#facts[p]!.first, table: tables[p]!, stride: this.#strides[p]! }];
		});
		const parted = this.#parted;
		if (parted !== null) parted.reserve(tests.rows);
		else if (this.#finder !== null) this.#reserve(tests.rows);
		let column = 1;
		const args: KernelArguments = {
			count: tests.rows,
			selection: host.selection,
			tests: tests.args,
			lookups,
			groups,
			columns: columnSegments,
			parameters: this.#parameters,
			base: -lookups.filter(({ hasGroups }) => hasGroups).length,
			rows: parted === null ? this.#rows : (parted.rows.columns[0] as Float64Array),
			states: parted === null ? this.#states : aggregates.map(({ kernel }) => (kernel.kind === 'none' ? NO_STATES : parted.rows.columns[column++]!)),
			words: aggregates.map((_, a) => this.#words[a] ?? 0),
			firsts: aggregates.map((_, a) => this.#firsts[a] ?? 0),
			finder: parted === null ? this.#finder : parted.rows,
		};
		const shape: KernelShape = {
			hasSelection: tests.hasSelection,
			tests: tests.shapes,
			lookups: lookups.map(({ codes, array, hasGroups }) => ({
				width: codes.BYTES_PER_ELEMENT,
				arrayWidth: array instanceof Map || array === null ? 0 : array.BYTES_PER_ELEMENT,
				isHash: array instanceof Map,
				hasGroups,
			})),
			groups: groups.map(({ codes, table }) => ({ kind: table === null ? 'integer' : 'table', width: codes.BYTES_PER_ELEMENT })),
			columnWidths: columnSegments.map(({ codes }) => codes.BYTES_PER_ELEMENT),
			parameterCount: this.#parameters.length,
			aggregates: aggregates.map(({ kernel }) => kernel),
			isHashed: this.#finder !== null,
			isParted: parted !== null,
			isSingle: parts.length === 0,
		};
		const scratch = this.#scratch!;
		if (lane !== null && this.#crew !== null && this.#crew.run(lane, shape, args, () => host.takePins())) return;
		if (scratch.isShared && runInWasm(scratch.memory, shape, args)) return;
		runInJavaScript(shape, args);
	}

	#share(d: number): number {
		const { codes, first, last } = this.#dimensions[d]!;
		return codes.size / Math.max(1, last - first + 1);
	}

	/** Room for as many groups as there are rows. */
	#reserve(rows: number): void {
		const finder = this.#finder!;
		finder.reserve(rows);
		if (finder.count + rows > this.#rows.length) this.#allocate(Math.max(finder.count + rows, this.#rows.length * 2));
	}

	/** Parts the rows from now on by their groups, when these are many and each has few rows, or there is no room for them. */
	#partWhenMany(host: KernelHost): void {
		const finder = this.#finder;
		if (finder === null || this.#parted !== null || finder.count < this.#manyGroups) return;
		this.#manyGroups = finder.count * 2;
		let rows = 0;
		for (let group = 0; group < finder.count; group++) rows += this.#rows[group]!;
		const { aggregates, columns } = this.#shape;
		const isTooLarge = finder.count * 2 * GROUP_BYTES * (1 + aggregates.length) > this.#memory!.limitBytes;
		if (rows > finder.count * ROWS_PER_GROUP && !isTooLarge) return;
		const intervals = columns.map((column) => host.range(column));
		const kept = aggregates.map(({ kernel: { kind, argument } }): PartedAggregate => {
			const interval = argument === null ? null : intervalOf(argument, intervals, this.#parameters);
			const bound = interval === null ? Number.POSITIVE_INFINITY : Math.max(Math.abs(interval.least), Math.abs(interval.most));
			return { kind, column: bound < INT4_BOUND ? 'integer' : 'double', bound };
		});
		const parted = new PartedGroups(kept, this.#memory!, this.#spill!);
		this.#parted = parted;
		parted.begin(finder.keys, finder.count, this.#rows, this.#states, this.#folded);
		this.#rows = NO_ROWS;
		this.#states = [];
	}

	// ---- the result ----

	/** Other threads, where row groups and states are such that they help. */
	#startCrew(host: KernelHost): void {
		this.#lacksCrew = false;
		const places = this.#rows.length;
		const words = this.#states.reduce((sum, state) => sum + state.length, places);
		if (this.#rowsMax < CREW_ROWS_MIN || words > CREW_WORDS_MAX || this.#finder !== null || !this.#scratch!.isShared || !(this.#rows instanceof Uint32Array))
			return;
		const threads = this.#context?.callThreads?.() ?? [];
		if (threads.length === 0) return;
		const kinds = this.#shape.aggregates.map(({ kernel }) => kernel.kind);
		this.#crew = new StarCrew(
			threads,
			kinds,
			() => host.scratchBeside(),
			(scratch) => ({ rows: scratch.codes(places, 4) as Uint32Array, states: this.#newStates(places, scratch) }),
		);
	}

	get #ownStates(): CrewStates {
		return { rows: this.#rows as Uint32Array, states: this.#states };
	}

	/** Adds up what the other threads have. Their memory stays: a lane may be in use. */
	#endCrew(): void {
		if (this.#crew === null) return;
		this.#crew.mergeInto(this.#ownStates);
		this.#retired.push(this.#crew);
		this.#crew = null;
	}

	goOn(): boolean {
		return this.#crew?.goOn() ?? false;
	}

	settle(): void {
		this.#crew?.settle(true);
	}

	/** All rows are there. */
	finish(): void {
		this.#endCrew();
		this.#parted?.seal(this.#slow.size);
	}

	/** Begins with the first groups of the result. */
	rewind(): void {
		const { parts } = this.#shape;
		this.#result.open({
			strides: this.#strides,
			capacities: this.#capacities,
			firsts: this.#facts.map(({ first }) => first),
			texts: this.#facts.map(({ texts }) => texts),
			codes: this.#facts.map(({ known }) => known),
			values: parts.map((part) => (part.kind === 'dimension' ? this.#dimensions[part.dimension]!.values : NO_VALUES)),
			rows: this.#rows,
			states: this.#states,
			folded: this.#folded,
			words: this.#words,
			distinctFirsts: this.#firsts,
			finder: this.#finder,
			parted: this.#parted,
			slow: [...this.#slow.values()],
		});
		this.count = 0;
	}

	/** Goes on to further groups of the result; false when there are none. */
	nextBatch(): boolean {
		this.count = this.#result.next();
		return this.count > 0;
	}
}

/** The directory tells that no row of the group finds its row of some dimension. */
function keysMiss(host: KernelHost, keys: readonly number[], dimensions: readonly Dimension[]): boolean {
	return keys.some((column, d) => {
		const { least, most } = host.facts(column);
		return least > dimensions[d]!.most || most < dimensions[d]!.least;
	});
}

/** Integers whose codes can be read as they are. */
function isPlain(segment: ColumnSegment): boolean {
	return segment.kind === INTEGERS && segment.nulls === null;
}

function grown<T extends Uint32Array | Float64Array>(from: T, to: T): T {
	to.set(from as Float64Array);
	return to;
}

const NO_ROWS = new Uint32Array(0);
const NO_VALUES: readonly (readonly unknown[])[] = [];
const NO_STATES = new Float64Array(0);
