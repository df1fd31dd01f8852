/**
 * The columnar engine: rows of a keyspace taken apart into columns, in files of row groups that never change. A flush writes a file of
 * its rows and says which rows of older files they replace; files are merged in the background (`column-maintenance.ts`).
 *
 * To those who read by key it is an engine like others; those who read many rows ask `VersionedKeyspace.columns` for the columns
 * themselves (`column-view.ts`). What commits since the last flush changed lies in memtables, as in every keyspace.
 * `docs/columns.md` tells the whole.
 */
import type { BulkOutput } from '../bulk-builder.ts';
import { ENGINE_ABILITIES } from '../engine-abilities.ts';
import type { EngineVersion } from '../engine-version.ts';
import type { StoredFile } from '../manifest.ts';
import type { EngineOwner, FileChanges, FlushLayer, FlushPart, StorageEngine } from '../storage-engine.ts';
import { bulkFileInfo, ColumnBulkBuilder, isColumnFile } from './column-bulk-builder.ts';
import { ColumnFile } from './column-file.ts';
import { type FlushInput, type FlushOutput, flushTask } from './column-flush-task.ts';
import { ColumnMaintenance, storedColumnFile } from './column-maintenance.ts';
import { ColumnPool } from './column-pool.ts';
import { ColumnVersion } from './column-version.ts';

export class ColumnEngine implements StorageEngine<FlushInput, FlushOutput> {
	readonly abilities = ENGINE_ABILITIES.columnar;
	readonly adoptsBulkFiles = false;
	readonly flushTask = flushTask;
	readonly maintenance: ColumnMaintenance;
	readonly pool: ColumnPool;
	readonly #owner: EngineOwner;
	#flushes = 0;
	#bytesFlushed = 0;

	constructor(owner: EngineOwner) {
		this.#owner = owner;
		this.pool = new ColumnPool(owner.options.columnPoolBytes, true);
		this.maintenance = new ColumnMaintenance(owner, this.pool);
	}

	bulkBuilder(id: number): ColumnBulkBuilder | null {
		const { files, directory, options } = this.#owner;
		const shape = options.rowShape(id);
		return shape === null ? null : new ColumnBulkBuilder(files, directory, this.#owner.takeNumbers(1), shape);
	}

	openBulk(files: readonly BulkOutput[]): { version: EngineVersion; tables: StoredFile[] } | null {
		if (!files.every((file) => isColumnFile(file.name))) return null;
		const tables = files.map((file) => storedColumnFile(bulkFileInfo(this.#owner.files, this.#owner.directory, file, this.pool)));
		return { version: ColumnVersion.of(tables.map((table) => this.#file(table))), tables };
	}

	flushInput(parts: readonly FlushPart[]): FlushInput | null {
		const { directory, options } = this.#owner;
		if (adoptedLayer(parts[0]!) !== null) return null;
		const flushes = parts.map(({ id, base, layer }) => ({
			number: this.#owner.takeNumbers(1),
			shape: options.rowShape(id),
			memtable: layer.kind === 'memtable' ? layer.image : null,
			tables: layer.kind === 'ingested' ? layer.tables : [],
			base: (base as ColumnVersion).live.map(({ file }) => file.info),
		}));
		return { directory, flushes };
	}

	changes(parts: readonly FlushPart[], output: FlushOutput | null): FileChanges[] {
		return parts.map((part, i) => {
			const adopted = adoptedLayer(part);
			if (adopted !== null) return { removed: [], added: adopted.tables };
			const info = output![i]!;
			return { removed: [], added: info === null ? [] : [storedColumnFile(info)] };
		});
	}

	install(part: FlushPart, base: EngineVersion, { added }: FileChanges): EngineVersion {
		this.#flushes++;
		const stored = added[0];
		if (stored === undefined) return base;
		this.#bytesFlushed += stored.info.bytes;
		const adopted = adoptedLayer(part);
		// The very objects that readers of the layer hold: one that is removed later goes when the last of them is done.
		if (adopted !== null)
			return (base as ColumnVersion).with(
				new Set(),
				(adopted.files as ColumnVersion).live.map(({ file }) => file),
			);
		return (base as ColumnVersion).with(new Set(), [this.#file(stored)]);
	}

	open(_id: number, files: readonly StoredFile[]): EngineVersion {
		return ColumnVersion.of(files.map((file) => this.#file(file)));
	}

	statistics(): { readonly [name: string]: number } {
		const { merges, bytesMerged } = this.maintenance;
		const { bytes, hits, misses, evictions } = this.pool;
		return {
			bytesWritten: this.#bytesFlushed + bytesMerged,
			columnFlushes: this.#flushes,
			columnMerges: merges,
			columnPoolBytes: bytes,
			columnPoolHits: hits,
			columnPoolMisses: misses,
			columnPoolEvictions: evictions,
		};
	}

	#file({ info }: StoredFile): ColumnFile {
		const { number, bytes, entries, tombstones } = info;
		return new ColumnFile(this.#owner.files, this.#owner.directory, { number, bytes, entries, tombstones }, this.pool);
	}
}

/** Bulk files that are column files already: one part of a flush at most, and then the only one. */
function adoptedLayer({ layer }: FlushPart): Extract<FlushLayer, { kind: 'ingested' }> | null {
	return layer.kind === 'ingested' && layer.isAdopted ? layer : null;
}
