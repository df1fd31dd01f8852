/**
 * An ordered index in memory over rows of a few integers: the entries of a keyspace whose keys are int8 columns, in the order of
 * those keys. Rows stand in leaves, column by column; a version is a list of leaves, and a change makes new leaves and a new list
 * and leaves those of older versions alone, so that a reader sees the version of its snapshot.
 *
 * Calls: `append` in ascending order while it is built, `finish`, then `change` in the order of offsets.
 *
 * Invariants: (1) a version's leaves are not empty and ascend; (2) at every offset from `floorOffset` on the rows are those of the
 * keyspace at that offset; (3) a leaf is changed in place only at the offset that made it: no reader has seen it.
 *
 * Cost: 8 bytes per row and column, leaves three quarters full; a change copies one leaf and the list of leaves once per commit.
 */
import type { Offset } from '../contracts.ts';

const LEAF_ROWS = 256;
const BUILT_ROWS = 192;
/** Versions kept for readers of older snapshots. */
const VERSIONS_MAX = 32;

export class Leaf {
	count: number;
	readonly columns: readonly Float64Array[];
	/** Of the commit that made it. */
	readonly offset: Offset;

	constructor(width: number, offset: Offset) {
		this.count = 0;
		this.columns = Array.from({ length: width }, () => new Float64Array(LEAF_ROWS));
		this.offset = offset;
	}
}

/** The leaves as of one commit, and beside them the first row of each. */
export class IndexVersion {
	readonly offset: Offset;
	readonly leaves: Leaf[];
	/** By column. */
	firsts: Float64Array[];

	constructor(offset: Offset, leaves: Leaf[], firsts: Float64Array[]) {
		this.offset = offset;
		this.leaves = leaves;
		this.firsts = firsts;
	}

	copy(offset: Offset): IndexVersion {
		return new IndexVersion(
			offset,
			this.leaves.slice(),
			this.firsts.map((column) => column.slice()),
		);
	}
}

function firstRows(leaves: readonly Leaf[], width: number): Float64Array[] {
	return Array.from({ length: width }, (_, c) => {
		const column = new Float64Array(leaves.length);
		for (let i = 0; i < leaves.length; i++) column[i] = leaves[i]!.columns[c]![0]!;
		return column;
	});
}

/** Below, at or above: row `at` of the columns against the first `count` of the values. */
export function compareRow(columns: readonly Float64Array[], at: number, values: Float64Array, count: number): number {
	for (let c = 0; c < count; c++) {
		const difference = columns[c]![at]! - values[c]!;
		if (difference !== 0) return difference;
	}
	return 0;
}

const NO_COLUMN = new Float64Array(0);

/** The first of the rows [0, end) that is not below the values; `end` if there is none. */
export function lowerBound(columns: readonly Float64Array[], end: number, values: Float64Array, count: number): number {
	const a = columns[0]!;
	const b = count > 1 ? columns[1]! : NO_COLUMN;
	const v0 = values[0]!;
	const v1 = count > 1 ? values[1]! : 0;
	let low = 0;
	let high = end;
	// Written out for the first two columns, which decide nearly always: this is most of what a look-up costs.
	while (low < high) {
		const middle = (low + high) >>> 1;
		let mine = a[middle]!;
		let wanted = v0;
		if (mine === wanted && count > 1) {
			mine = b[middle]!;
			wanted = v1;
			for (let c = 2; c < count && mine === wanted; c++) {
				mine = columns[c]![middle]!;
				wanted = values[c]!;
			}
		}
		if (mine < wanted) low = middle + 1;
		else high = middle;
	}
	return low;
}

export class IntegerIndex {
	readonly width: number;
	readonly builtOffset: Offset;
	/** The oldest offset that can be read. */
	floorOffset: Offset;
	/** Oldest first. */
	readonly #versions: IndexVersion[];
	readonly #leaves: Leaf[];
	rows: number;

	constructor(width: number, offset: Offset) {
		this.width = width;
		this.builtOffset = offset;
		this.floorOffset = offset;
		this.#versions = [];
		this.#leaves = [];
		this.rows = 0;
	}

	get bytes(): number {
		return (this.#versions.at(-1)?.leaves.length ?? this.#leaves.length) * LEAF_ROWS * this.width * 8;
	}

	/** The next row while it is built. */
	append(row: Float64Array): void {
		let leaf = this.#leaves.at(-1);
		if (leaf === undefined || leaf.count === BUILT_ROWS) this.#leaves.push((leaf = new Leaf(this.width, this.builtOffset)));
		for (let c = 0; c < this.width; c++) leaf.columns[c]![leaf.count] = row[c]!;
		leaf.count++;
		this.rows++;
	}

	finish(): void {
		this.#versions.push(new IndexVersion(this.builtOffset, this.#leaves.slice(), firstRows(this.#leaves, this.width)));
		this.#leaves.length = 0;
	}

	/** The version at an offset; null when it is too old. */
	at(offset: Offset): IndexVersion | null {
		if (offset < this.floorOffset) return null;
		const versions = this.#versions;
		for (let i = versions.length - 1; i >= 0; i--) if (versions[i]!.offset <= offset) return versions[i]!;
		return null;
	}

	/** A row is there, or is not there any more, from the commit at `offset` on. */
	change(row: Float64Array, isThere: boolean, offset: Offset): void {
		const version = this.#versionFor(offset);
		const { leaves, firsts } = version;
		if (leaves.length === 0) {
			if (!isThere) return;
			const leaf = new Leaf(this.width, offset);
			leaves.push(leaf);
			insertAt(leaf, 0, row);
			version.firsts = firstRows(leaves, this.width);
			this.rows++;
			return;
		}
		let place = lowerBound(firsts, leaves.length, row, this.width);
		if (place === leaves.length || compareRow(firsts, place, row, this.width) !== 0) place = Math.max(0, place - 1);
		const at = lowerBound(leaves[place]!.columns, leaves[place]!.count, row, this.width);
		const exists = at < leaves[place]!.count && compareRow(leaves[place]!.columns, at, row, this.width) === 0;
		if (exists === isThere) return;
		this.rows += isThere ? 1 : -1;
		const leaf = this.#ownLeaf(version, place, offset);
		if (isThere) this.#insert(version, place, leaf, at, row);
		else this.#remove(version, place, leaf, at);
	}

	/** The version that commit `offset` writes: the newest if it is that commit's, else a copy of it. */
	#versionFor(offset: Offset): IndexVersion {
		const versions = this.#versions;
		const newest = versions[versions.length - 1]!;
		if (newest.offset === offset) return newest;
		const version = newest.copy(offset);
		versions.push(version);
		if (versions.length > VERSIONS_MAX) {
			versions.shift();
			this.floorOffset = versions[0]!.offset;
		}
		return version;
	}

	#ownLeaf(version: IndexVersion, place: number, offset: Offset): Leaf {
		const shared = version.leaves[place]!;
		// Leaves of the build are as of the snapshot, which others read.
		if (shared.offset === offset && offset !== this.builtOffset) return shared;
		const leaf = new Leaf(this.width, offset);
		leaf.count = shared.count;
		for (let c = 0; c < this.width; c++) leaf.columns[c]!.set(shared.columns[c]!.subarray(0, shared.count));
		version.leaves[place] = leaf;
		return leaf;
	}

	#insert(version: IndexVersion, place: number, leaf: Leaf, at: number, row: Float64Array): void {
		if (leaf.count < LEAF_ROWS) {
			insertAt(leaf, at, row);
			if (at === 0) this.#setFirst(version, place, leaf);
			return;
		}
		const right = new Leaf(this.width, leaf.offset);
		const half = LEAF_ROWS >>> 1;
		for (let c = 0; c < this.width; c++) right.columns[c]!.set(leaf.columns[c]!.subarray(half));
		right.count = LEAF_ROWS - half;
		leaf.count = half;
		if (at <= half) insertAt(leaf, at, row);
		else insertAt(right, at - half, row);
		version.leaves.splice(place + 1, 0, right);
		version.firsts = firstRows(version.leaves, this.width);
	}

	#remove(version: IndexVersion, place: number, leaf: Leaf, at: number): void {
		for (const column of leaf.columns) column.copyWithin(at, at + 1, leaf.count);
		leaf.count--;
		if (leaf.count === 0) {
			version.leaves.splice(place, 1);
			version.firsts = firstRows(version.leaves, this.width);
		} else if (at === 0) this.#setFirst(version, place, leaf);
	}

	#setFirst(version: IndexVersion, place: number, leaf: Leaf): void {
		for (let c = 0; c < this.width; c++) version.firsts[c]![place] = leaf.columns[c]![0]!;
	}
}

function insertAt(leaf: Leaf, at: number, row: Float64Array): void {
	leaf.columns.forEach((column, c) => {
		column.copyWithin(at + 1, at, leaf.count);
		column[at] = row[c]!;
	});
	leaf.count++;
}
