/**
 * The LSM engine (O'Neil et al. 1996; its levels as in LevelDB): a flush writes a frozen memtable as one sstable of level 0,
 * bulk files become sstables of a deep level, compactions (`compactor.ts`) merge levels downwards. Large values lie apart
 * (`value-file.ts`).
 */

import { ENGINE_ABILITIES } from '../engine-abilities.ts';
import type { EngineVersion } from '../engine-version.ts';
import { VALUE_FILE_LEVEL } from '../file-names.ts';
import type { StoredFile } from '../manifest.ts';
import type { EngineOwner, FileChanges, FlushPart, StorageEngine } from '../storage-engine.ts';
import { UPPER_FILTER_BITS } from './bloom-filter.ts';
import { Compactor } from './compactor.ts';
import { type FlushedTable, type FlushInput, type FlushOutput, flushTask, type MemtableFlush } from './flush-task.ts';
import { ingestLevel } from './ingestion.ts';
import { LEVELS_MAX, Level, LsmVersion } from './lsm-version.ts';
import { removeRange } from './range-removal.ts';
import type { Sstable } from './sstable.ts';
import { hiddenIn, openTables, tableFile, valuesFile } from './table-files.ts';

export class LsmEngine implements StorageEngine<FlushInput, FlushOutput> {
	readonly abilities = ENGINE_ABILITIES.lsm;
	readonly adoptsBulkFiles = true;
	readonly flushTask = flushTask;
	readonly maintenance: Compactor;
	readonly #owner: EngineOwner;
	#flushes = 0;
	#bytesFlushed = 0;
	#rangesRemoved = 0;

	constructor(owner: EngineOwner) {
		this.#owner = owner;
		this.maintenance = new Compactor(owner);
	}

	flushInput(parts: readonly FlushPart[]): FlushInput | null {
		const { blockBytes, sstableBytes, indexPartBytes, compression, largeValueBytes } = this.#owner.options;
		const flushes: MemtableFlush[] = [];
		for (const { base, layer } of parts) {
			if (layer.kind !== 'memtable') continue;
			const isLarge = largeValueBytes > 0 && layer.image.valueBytesMax >= largeValueBytes;
			const number = this.#owner.takeNumbers(isLarge ? 2 : 1);
			flushes.push({ memtable: layer.image, number, valueNumber: isLarge ? number + 1 : -1, dropTombstones: base.isEmpty });
		}
		const options = { directory: this.#owner.directory, blockBytes, sstableBytes, indexPartBytes, compression, filterBits: UPPER_FILTER_BITS };
		return flushes.length === 0 ? null : { flushes, options, valueBytesMin: largeValueBytes };
	}

	changes(parts: readonly FlushPart[], output: FlushOutput | null): FileChanges[] {
		let flushed = 0;
		return parts.map((part) => {
			if (part.layer.kind === 'ingested') return { removed: [], added: this.#adopted(part, part.layer.files, part.layer.tables) };
			if (part.layer.kind === 'removed') return removeRange(part.base as LsmVersion, part.layer.range).change;
			return { removed: [], added: storedFiles(output![flushed++]!) };
		});
	}

	install({ layer }: FlushPart, base: EngineVersion, { added }: FileChanges): EngineVersion {
		const version = base as LsmVersion;
		if (layer.kind === 'removed') {
			this.#rangesRemoved++;
			return removeRange(version, layer.range).install();
		}
		this.#flushes++;
		if (layer.kind === 'ingested') return version.with(new Set(), added[0]!.level, [...(layer.files as LsmVersion).tables()]);
		if (added.length === 0) return version;
		for (const { info } of added) this.#bytesFlushed += info.bytes;
		return version.with(new Set(), 0, openTables(this.#owner, added, null));
	}

	open(_id: number, files: readonly StoredFile[]): EngineVersion {
		const level0: Sstable[] = [];
		const below: Sstable[][] = Array.from({ length: LEVELS_MAX }, () => []);
		const tables = openTables(this.#owner, files, null);
		files
			.filter((file) => file.level !== VALUE_FILE_LEVEL)
			.forEach((file, i) => {
				if (file.level === 0) level0.unshift(tables[i]!);
				else below[file.level - 1]!.push(tables[i]!);
			});
		const levels = below.map((tables) => Level.sorted(tables));
		return new LsmVersion(level0, levels, hiddenIn(tables, files));
	}

	statistics(): { readonly [name: string]: number } {
		const { compactions, bytesWritten, moves } = this.maintenance;
		const bytesFlushed = this.#bytesFlushed;
		return {
			bytesWritten: bytesFlushed + bytesWritten,
			flushes: this.#flushes,
			bytesFlushed,
			compactions,
			bytesCompacted: bytesWritten,
			moves,
			rangesRemoved: this.#rangesRemoved,
		};
	}

	/** The level that bulk files go to; level 0 while a compaction is under way that this thread cannot wait for. */
	#adopted({ id, base }: FlushPart, files: EngineVersion, tables: readonly StoredFile[]): StoredFile[] {
		const level = this.maintenance.isBusy(id) ? 0 : ingestLevel(base as LsmVersion, files as LsmVersion, this.#owner.options);
		return tables.map((file) => ({ ...file, level }));
	}
}

function storedFiles(flushed: FlushedTable | null): StoredFile[] {
	if (flushed === null) return [];
	const files = [tableFile(0, flushed)];
	if (flushed.valueFile !== null) files.push(valuesFile(flushed.valueFile));
	return files;
}
