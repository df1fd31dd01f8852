/**
 * The B-tree engine: a copy-on-write B+tree in one file per keyspace, into which each flush is merged. Why it is as it is
 * stands in `docs/storage.md`.
 *
 * The manifest names the file and the generation that is committed. A flush writes the next generation, into free pages and
 * behind the end of the same file, or into a new one; the edit commits it. Versions hold generations: their pages are not
 * written over before they are released.
 */
import { ENGINE_ABILITIES } from '../engine-abilities.ts';
import type { EngineVersion } from '../engine-version.ts';
import { NO_BYTES } from '../entry-source.ts';
import { fileName } from '../file-names.ts';
import type { StoredFile } from '../manifest.ts';
import type { EngineOwner, FileChanges, FlushPart, StorageEngine } from '../storage-engine.ts';
import { corrupt } from '../stored-files.ts';
import { BtreeFile } from './btree-file.ts';
import { type TreeFlushInput, type TreeFlushPart, treeFlushTask } from './btree-flush-task.ts';
import { BtreeVersion, EMPTY_TREE } from './btree-version.ts';
import { decodeState, encodeState } from './meta-page.ts';
import type { FlushedTree, TreeFlush } from './tree-flush.ts';
import { Vacuum } from './vacuum.ts';

const NO_CHANGE: FileChanges = { removed: [], added: [] };

export class BtreeEngine implements StorageEngine<TreeFlushInput, FlushedTree[]> {
	readonly abilities = ENGINE_ABILITIES.btree;
	readonly adoptsBulkFiles = false;
	readonly flushTask = treeFlushTask;
	readonly maintenance: Vacuum;
	readonly #owner: EngineOwner;
	/** What flushes gave whose edits are under way, by what they tell the manifest. */
	readonly #flushed: WeakMap<FileChanges, FlushedTree>;
	#flushes = 0;
	/** Flushes and vacuums that wrote a tree to a new file. */
	#rewrites = 0;
	#bytesWritten = 0;

	constructor(owner: EngineOwner) {
		this.#owner = owner;
		this.#flushed = new WeakMap();
		this.maintenance = new Vacuum(owner, {
			input: (id, base) => ({ directory: owner.directory, parts: [{ ...this.#part(id, base, base.meta.baseOffset, true), memtable: null, tables: [] }] }),
			change: (base, tree) => this.#change(base, tree),
			install: (base, change) => this.#installTree(base, change),
		});
	}

	flushInput(parts: readonly FlushPart[]): TreeFlushInput {
		const flushes = parts.map(({ id, base, layer, offset }) => ({
			...this.#part(id, base as BtreeVersion, offset, false),
			memtable: layer.kind === 'memtable' ? layer.image : null,
			tables: layer.kind === 'ingested' ? layer.tables : [],
		}));
		return { directory: this.#owner.directory, parts: flushes };
	}

	changes(parts: readonly FlushPart[], output: FlushedTree[] | null): FileChanges[] {
		return parts.map(({ base }, i) => this.#change(base as BtreeVersion, output![i]!));
	}

	install(_part: FlushPart, base: EngineVersion, change: FileChanges): EngineVersion {
		this.#flushes++;
		return this.#installTree(base as BtreeVersion, change);
	}

	open(_id: number, files: readonly StoredFile[]): EngineVersion {
		const stored = files.at(-1);
		if (stored === undefined) return EMPTY_TREE;
		const { number, entries, bytes } = stored.info;
		const path = this.#path(number);
		if (files.length > 1) throw corrupt(path, 0, `the manifest names ${files.length} files for one B-tree`);
		const state = decodeState(stored.state, path);
		return new BtreeVersion(new BtreeFile(this.#owner.files, path, number, state.pageBytes, this.#owner.cache), state, entries, bytes);
	}

	statistics(): { readonly [name: string]: number } {
		return {
			bytesWritten: this.#bytesWritten,
			treeFlushes: this.#flushes,
			treeRewrites: this.#rewrites,
			treeBytesWritten: this.#bytesWritten,
			vacuums: this.maintenance.vacuums,
		};
	}

	#part(id: number, base: BtreeVersion, offset: number, rewrite: boolean): Pick<TreeFlushPart, 'flush'> {
		const { file, state } = base;
		const newNumber = this.#owner.takeNumbers(1);
		const flush: TreeFlush = {
			keyspaceId: id,
			base: file === null ? null : { path: file.path, number: file.number, state: { pageBytes: state.pageBytes, generation: state.generation } },
			oldestRetained: file === null ? 0 : file.oldestRetained,
			newPath: this.#path(newNumber),
			newNumber,
			pageBytes: this.#owner.options.pageBytes,
			offset,
			rewrite,
		};
		return { flush };
	}

	/** What the manifest must say of a written tree. */
	#change(base: BtreeVersion, tree: FlushedTree): FileChanges {
		const before = base.file?.number ?? -1;
		const removed = before >= 0 && before !== tree.number ? [before] : [];
		const { meta } = tree;
		const change = meta === null ? (removed.length === 0 ? NO_CHANGE : { removed, added: [] }) : { removed, added: [describe(tree.number, meta)] };
		if (change !== NO_CHANGE) this.#flushed.set(change, tree);
		return change;
	}

	#installTree(base: BtreeVersion, change: FileChanges): BtreeVersion {
		const tree = this.#flushed.get(change);
		if (tree === undefined) return base;
		this.#bytesWritten += tree.bytesWritten;
		const { meta, number } = tree;
		const before = base.file;
		const isSame = number === before?.number;
		if (before !== null && !isSame) {
			before.isObsolete = true;
			if (meta !== null) this.#rewrites++;
		}
		if (meta === null) return EMPTY_TREE;
		const file = isSame ? before! : new BtreeFile(this.#owner.files, this.#path(number), number, meta.pageBytes, this.#owner.cache);
		if (isSame) file.forgetPages(tree.reused);
		return new BtreeVersion(file, meta, meta.entries, meta.pageCount * meta.pageBytes, meta);
	}

	#path(number: number): string {
		return `${this.#owner.directory}/${fileName(number, 'btree')}`;
	}
}

function describe(number: number, meta: NonNullable<FlushedTree['meta']>): StoredFile {
	const bytes = meta.pageCount * meta.pageBytes;
	const info = { number, bytes, entries: meta.entries, tombstones: 0, smallest: NO_BYTES, largest: NO_BYTES, hash: '00000000' };
	return { level: 0, info, state: encodeState(meta) };
}
