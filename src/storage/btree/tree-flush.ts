/**
 * One flush of a batch into a B-tree file: reads the committed generation, merges, writes the free list, syncs, writes the
 * meta page of the new generation, syncs. Nothing that the committed generation or a reader needs is written over, so a
 * failure at any point leaves the tree as it was; the pages written meanwhile are written again by the next try.
 *
 * When the batch touches most leaves, or more than half of the file would be free afterwards, the tree goes to a new file
 * instead, in key order and without free pages: hardly more is written, and the old file goes.
 */
import type { FileHandle, FileSystem } from '../../platform/files.ts';
import type { Offset } from '../contracts.ts';
import { type EntrySource, NO_BYTES } from '../entry-source.ts';
import { removeQuietly } from '../stored-files.ts';
import { countPages, type FreeGroup, type FreeList, joinRuns, type Runs, readFreeList, writeFreeList } from './free-list.ts';
import { encodeMeta, type Meta, metaPosition, readMeta, type TreeState } from './meta-page.ts';
import { FIRST_PAGE } from './page-format.ts';
import { PageReader } from './page-reader.ts';
import { PageWriter } from './page-writer.ts';
import { type MergedTree, TreeMerge } from './tree-merge.ts';

/** Smaller files are never rewritten for the sake of their free pages. */
const REWRITE_PAGES_MIN = 32;
/** From this share of touched leaves on the whole tree is written. */
const REWRITE_SHARE = 2 / 3;

export interface TreeFlush {
	readonly keyspaceId: number;
	/** The file with the base and its committed state; null when there is none. */
	readonly base: { readonly path: string; readonly number: number; readonly state: TreeState } | null;
	/** The oldest generation of that file that someone reads. */
	readonly oldestRetained: number;
	/** Where a new file goes. */
	readonly newPath: string;
	readonly newNumber: number;
	readonly pageBytes: number;
	/** What the tree will be as of. */
	readonly offset: Offset;
	/** A new file in any case. */
	readonly rewrite: boolean;
}

export interface FlushedTree {
	/** Number of the file that holds the tree now; -1 when it is empty. */
	readonly number: number;
	readonly meta: Meta | null;
	/** Pages of the old file that were written over. */
	readonly reused: Runs;
	readonly bytesWritten: number;
}

/** About how many leaves of a tree the batch touches: asked before it is merged. */
export type TouchedLeaves = (reader: PageReader, meta: Meta) => number;

/** Nothing to merge. */
export const NO_BATCH: EntrySource = {
	keyBuffer: NO_BYTES,
	keyStart: 0,
	keyEnd: 0,
	valueBuffer: NO_BYTES,
	valueStart: 0,
	valueEnd: 0,
	isTombstone: false,
	next: () => false,
	seek: () => undefined,
};

export function flushTree(files: FileSystem, flush: TreeFlush, batch: EntrySource, touchedLeaves: TouchedLeaves): FlushedTree {
	const { base } = flush;
	if (base === null) return flushToNewFile(files, flush, null, null, batch);
	const file = files.open(base.path, 'write');
	try {
		const meta = readMeta(file, base.state);
		const reader = new PageReader(file, meta.pageBytes);
		const free = readFreeList(reader, meta.freeHead, meta.pageCount);
		if (flush.rewrite || isRewriteBetter(meta, countPages(usableRuns(free.groups, flush.oldestRetained)), touchedLeaves(reader, meta))) {
			return flushToNewFile(files, flush, meta, reader, batch);
		}
		return flushInPlace(file, flush, meta, reader, free, batch);
	} finally {
		file.close();
	}
}

function isRewriteBetter(meta: Meta, usable: number, touched: number): boolean {
	if (meta.pageCount < REWRITE_PAGES_MIN) return false;
	const live = meta.pageCount - meta.freePages;
	const freeAfterwards = meta.freePages + touched - Math.min(usable, touched);
	return touched >= meta.leafPages * REWRITE_SHARE || freeAfterwards > live;
}

/** Free pages that nobody reads: those freed by the oldest retained generation or before. */
function usableRuns(groups: readonly FreeGroup[], oldestRetained: number): Runs {
	return joinRuns(groups.filter(({ freedAt }) => freedAt <= oldestRetained).map(({ runs }) => runs));
}

function flushInPlace(file: FileHandle, flush: TreeFlush, meta: Meta, reader: PageReader, free: FreeList, batch: EntrySource): FlushedTree {
	const generation = meta.generation + 1;
	const writer = new PageWriter(file, meta.pageBytes, generation, usableRuns(free.groups, flush.oldestRetained), meta.pageCount);
	const merge = new TreeMerge({ reader, ...meta }, batch, writer, false);
	const tree = merge.run();
	if (tree.root === 0) return { number: -1, meta: null, reused: [], bytesWritten: writer.bytesWritten };
	const own = free.ownPages.flatMap((page) => [page, 1]);
	const held = free.groups.filter(({ freedAt }) => freedAt > flush.oldestRetained);
	const list = writeFreeList(writer, [...held, { freedAt: generation, runs: joinRuns([merge.freed, own]) }]);
	const next = commitTree(file, writer, flush, tree, generation, list);
	return { number: flush.base!.number, meta: next, reused: writer.taken, bytesWritten: writer.bytesWritten };
}

function flushToNewFile(files: FileSystem, flush: TreeFlush, meta: Meta | null, reader: PageReader | null, batch: EntrySource): FlushedTree {
	const pageBytes = meta?.pageBytes ?? flush.pageBytes;
	const generation = (meta?.generation ?? 0) + 1;
	const file = files.open(flush.newPath, 'create');
	let isDone = false;
	try {
		const writer = new PageWriter(file, pageBytes, generation, [], FIRST_PAGE);
		const merge = new TreeMerge(meta === null ? null : { reader: reader!, ...meta }, batch, writer, true);
		const tree = merge.run();
		if (tree.root === 0) return { number: -1, meta: null, reused: [], bytesWritten: 0 };
		// The meta page of the generation before is none: it reads as zeros, whatever the file system leaves in a hole.
		file.write(new Uint8Array(pageBytes), 0, pageBytes, metaPosition(generation - 1, pageBytes));
		const next = commitTree(file, writer, flush, tree, generation, { head: 0, pages: 0 });
		isDone = true;
		return { number: flush.newNumber, meta: next, reused: [], bytesWritten: writer.bytesWritten };
	} finally {
		file.close();
		if (!isDone) removeQuietly(files, flush.newPath);
	}
}

/** Makes what was written durable, then the meta page that names it. */
function commitTree(file: FileHandle, writer: PageWriter, flush: TreeFlush, tree: MergedTree, generation: number, list: { head: number; pages: number }): Meta {
	writer.flush();
	file.syncData();
	const meta: Meta = {
		pageBytes: writer.pageBytes,
		keyspaceId: flush.keyspaceId,
		generation,
		baseOffset: flush.offset,
		root: tree.root,
		height: tree.height,
		pageCount: writer.pageCount,
		freeHead: list.head,
		freePages: list.pages,
		leafPages: tree.leafPages,
		entries: tree.entries,
		dataBytes: tree.dataBytes,
	};
	const page = encodeMeta(meta);
	file.write(page, 0, page.length, metaPosition(generation, writer.pageBytes));
	file.syncData();
	return meta;
}
