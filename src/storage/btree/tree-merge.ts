/**
 * Merges a sorted batch into a tree in one pass from left to right: each leaf in whose range the batch has a key is read and
 * written anew once, and so are the branches above; all else stays and is referred to. The old tree is not changed.
 *
 * Touched pages that follow one another are written as one run, so that entries move over page boundaries and pages come out
 * full. A run ends at a page that is not touched, unless the run's end is underfull: then that page is taken in too. So is
 * what ends underfull at the right edge: there is no next page to take in, and the last one before is left as it is.
 *
 * `rewriteAll` touches everything: the tree goes to another file, large keys and values with it.
 *
 * Cost: every entry of a touched leaf is copied once; in memory are two pages of each level and a read span.
 */
import { compareBytes } from '../../bytes/compare-bytes.ts';
import type { EntrySource } from '../entry-source.ts';
import { Cell, LeafCells } from './cell.ts';
import type { Runs } from './free-list.ts';
import type { Page } from './page.ts';
import { BranchBuilder, LeafBuilder, NO_SEPARATOR, type Separator } from './page-builder.ts';
import { extentPages, inlineKeyBytesMax } from './page-format.ts';
import type { PageReader } from './page-reader.ts';
import type { PageWriter } from './page-writer.ts';

/** A tree to merge into. */
export interface TreeBase {
	readonly reader: PageReader;
	readonly root: number;
	readonly height: number;
	readonly leafPages: number;
	readonly entries: number;
	readonly dataBytes: number;
}

export interface MergedTree {
	readonly root: number;
	readonly height: number;
	readonly leafPages: number;
	readonly entries: number;
	readonly dataBytes: number;
}

type Builder = LeafBuilder | BranchBuilder;

export class TreeMerge {
	/** Pages of the old tree that the new one does not use, as runs in any order. */
	readonly freed: Runs;
	readonly #base: TreeBase | null;
	readonly #batch: EntrySource;
	readonly #writer: PageWriter;
	readonly #rewriteAll: boolean;
	readonly #leaves: LeafBuilder;
	readonly #branches: BranchBuilder[];
	readonly #cells: LeafCells | null;
	readonly #entry: Cell;
	/** Extents of separators in branches that were read, and their pages: free unless a new branch keeps them. */
	readonly #separatorExtents: Map<number, number>;
	#hasBatch: boolean;
	/** The last entries of the tree came from the batch alone: they append. */
	#isAppending: boolean;
	#leavesRead: number;
	#entries: number;
	#dataBytes: number;

	/** `batch` stands before its first entry. */
	constructor(base: TreeBase | null, batch: EntrySource, writer: PageWriter, rewriteAll: boolean) {
		this.freed = [];
		this.#base = base;
		this.#batch = batch;
		this.#writer = writer;
		this.#rewriteAll = rewriteAll;
		this.#leaves = new LeafBuilder(writer, (separator, page) => this.#branch(1).add(separator, page));
		this.#branches = [];
		this.#cells = base === null ? null : new LeafCells(base.reader);
		this.#entry = new Cell();
		this.#separatorExtents = new Map();
		this.#hasBatch = false;
		this.#isAppending = false;
		this.#leavesRead = 0;
		this.#entries = base?.entries ?? 0;
		this.#dataBytes = base?.dataBytes ?? 0;
	}

	run(): MergedTree {
		const base = this.#base;
		this.#hasBatch = this.#batch.next();
		if (base === null || base.root === 0) {
			this.#leaves.startRun(NO_SEPARATOR);
			this.#isAppending = true;
			this.#addBatch(null);
		} else if (this.#hasBatch || this.#rewriteAll) {
			this.#mergePage(base.reader.page(base.root), NO_SEPARATOR, null);
		} else {
			return base;
		}
		const { root, height } = this.#finish();
		this.#writer.flush();
		for (const [first, pages] of this.#separatorExtents) this.freed.push(first, pages);
		const leafPages = (base?.leafPages ?? 0) - this.#leavesRead + this.#leaves.emitted;
		return { root, height, leafPages, entries: this.#entries, dataBytes: this.#dataBytes };
	}

	/** Merges the batch's entries below `upper` into the tree below a page, whose keys are not before `lower`. */
	#mergePage(page: Page, lower: Separator, upper: Uint8Array | null): void {
		this.#free(page.number, 1);
		if (page.level === 0) {
			this.#mergeLeaf(page, lower, upper);
			return;
		}
		const { reader } = this.#base!;
		let childLower = lower;
		for (let i = 0; i < page.count; i++) {
			const next = i + 1 < page.count ? this.#separatorAt(page, i) : null;
			const childUpper = next === null ? upper : next.bytes;
			if (this.#rewriteAll || this.#batchIsBefore(childUpper) || this.#isUnderfullBelow(page.level)) {
				this.#mergePage(reader.childInWalk(page, i), childLower, childUpper);
			} else {
				this.#closeBelow(page.level, true);
				this.#branch(page.level).add(childLower, page.child(i));
			}
			if (next !== null) childLower = next;
		}
	}

	#mergeLeaf(page: Page, lower: Separator, upper: Uint8Array | null): void {
		const cells = this.#cells!;
		const batch = this.#batch;
		const leaves = this.#leaves;
		this.#leavesRead++;
		leaves.startRun(lower);
		cells.enter(page);
		let hasBase = cells.next();
		let isWithin = this.#batchIsBefore(upper);
		while (hasBase && isWithin) {
			const order = cells.compare(batch.keyBuffer, batch.keyStart, batch.keyEnd);
			if (order < 0) {
				this.#carry(cells);
				hasBase = cells.next();
				continue;
			}
			if (order === 0) {
				this.#drop(cells);
				hasBase = cells.next();
			}
			this.#addFromBatch();
			isWithin = this.#batchIsBefore(upper);
		}
		this.#isAppending = false;
		while (hasBase) {
			this.#carry(cells);
			hasBase = cells.next();
		}
		if (isWithin) {
			this.#isAppending = upper === null;
			this.#addBatch(upper);
		}
	}

	/** The batch has an entry before `upper`. */
	#batchIsBefore(upper: Uint8Array | null): boolean {
		if (!this.#hasBatch) return false;
		const batch = this.#batch;
		return upper === null || compareBytes(batch.keyBuffer, batch.keyStart, batch.keyEnd, upper, 0, upper.length) < 0;
	}

	#addBatch(upper: Uint8Array | null): void {
		while (this.#batchIsBefore(upper)) this.#addFromBatch();
	}

	/** Adds the batch's entry, unless it is a tombstone, and goes on to the next. */
	#addFromBatch(): void {
		const batch = this.#batch;
		if (!batch.isTombstone) {
			const entry = this.#entry;
			entry.keyBuffer = batch.keyBuffer;
			entry.keyStart = batch.keyStart;
			entry.keyEnd = batch.keyEnd;
			entry.valueBuffer = batch.valueBuffer;
			entry.valueStart = batch.valueStart;
			entry.valueLength = batch.valueEnd - batch.valueStart;
			this.#leaves.add(entry);
			this.#entries++;
			this.#dataBytes += entry.keyEnd - entry.keyStart + entry.valueLength;
		}
		this.#hasBatch = batch.next();
	}

	/** An entry of the old tree goes to the new one. */
	#carry(cells: LeafCells): void {
		if (!this.#rewriteAll || (cells.keyExtent === 0 && cells.valueExtent === 0)) {
			this.#leaves.add(cells);
			return;
		}
		const entry = this.#entry;
		entry.keyBuffer = cells.keyBuffer;
		entry.keyStart = cells.keyStart;
		entry.keyEnd = cells.keyEnd;
		entry.valueLength = cells.valueLength;
		const isLarge = cells.valueExtent > 0;
		entry.valueBuffer = isLarge ? this.#base!.reader.extent(cells.valueExtent, cells.valueLength, cells.valueSum) : cells.valueBuffer;
		entry.valueStart = isLarge ? 0 : cells.valueStart;
		this.#leaves.add(entry);
	}

	/** An entry of the old tree was replaced or removed. */
	#drop(cells: LeafCells): void {
		const keyBytes = cells.keyEnd - cells.keyStart;
		const { pageBytes } = this.#writer;
		if (cells.keyExtent > 0) this.#free(cells.keyExtent, extentPages(keyBytes, pageBytes));
		if (cells.valueExtent > 0) this.#free(cells.valueExtent, extentPages(cells.valueLength, pageBytes));
		this.#entries--;
		this.#dataBytes -= keyBytes + cells.valueLength;
	}

	#free(first: number, pages: number): void {
		if (this.#rewriteAll) return;
		const { freed } = this;
		const last = freed.length - 2;
		if (last >= 0 && freed[last]! + freed[last + 1]! === first) freed[last + 1]! += pages;
		else freed.push(first, pages);
	}

	/** The separator before child `place` + 1 of a branch that was read. */
	#separatorAt(page: Page, place: number): Separator {
		const bytes = page.key(place, this.#base!.reader);
		if (this.#rewriteAll || bytes.length <= inlineKeyBytesMax(this.#writer.pageBytes)) return { bytes, extent: 0, sum: 0 };
		const { extent, sum } = page.keyExtent(place);
		this.#separatorExtents.set(extent, extentPages(bytes.length, this.#writer.pageBytes));
		return { bytes, extent, sum };
	}

	#branch(level: number): BranchBuilder {
		while (this.#branches.length < level) {
			const above = this.#branches.length + 2;
			this.#branches.push(
				new BranchBuilder(
					this.#writer,
					above - 1,
					(separator, page) => this.#branch(above).add(separator, page),
					(extent) => this.#separatorExtents.delete(extent),
				),
			);
		}
		return this.#branches[level - 1]!;
	}

	#builder(level: number): Builder {
		return level === 0 ? this.#leaves : this.#branch(level);
	}

	/** Some run of a level below `level` would end underfull. */
	#isUnderfullBelow(level: number): boolean {
		for (let i = 0; i < level; i++) if (this.#builder(i).isUnderfull) return true;
		return false;
	}

	#closeBelow(level: number, even: boolean): void {
		for (let i = 0; i < level; i++) this.#builder(i).close(even);
	}

	/** Ends the pass: closes level by level until one page is alone at the top. */
	#finish(): { root: number; height: number } {
		for (let level = 0; ; level++) {
			this.#builder(level).close(!this.#isAppending);
			const above = this.#branch(level + 1);
			const isTop = above.emitted === 0 && this.#branches.slice(level + 1).every((branch) => branch.emitted === 0 && branch.count === 0);
			if (!isTop || above.count > 1) continue;
			return above.count === 0 ? { root: 0, height: 0 } : { root: above.onlyChild, height: level + 1 };
		}
	}
}
