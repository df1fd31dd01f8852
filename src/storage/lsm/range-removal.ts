/**
 * The removal of a range of keys from an LSM tree: sstables that lie in it go whole, in those that reach out of it it is hidden. Nothing
 * is read or written but the manifest, whatever the size of the range.
 *
 * An sstable in which all keys between its smallest and its largest are hidden by now goes too.
 */
import type { EngineVersion } from '../engine-version.ts';
import { clipRange, type KeyRange, KeyRanges } from '../key-ranges.ts';
import type { FileChanges } from '../storage-engine.ts';
import { type LsmVersion, leftFiles } from './lsm-version.ts';
import type { Sstable } from './sstable.ts';
import { tableFile } from './table-files.ts';

export interface RangeRemoval {
	/** What the manifest must say. */
	readonly change: FileChanges;
	/** The edit is durable: the new state. */
	install(): EngineVersion;
}

export function removeRange(version: LsmVersion, range: KeyRange): RangeRemoval {
	const gone: Sstable[] = [];
	const hidden = new Map<Sstable, KeyRanges>();
	for (const table of version.tables()) {
		const { smallest, largest } = table.info;
		const part = clipRange(range, smallest, largest);
		if (part === null) continue;
		const ranges = (version.hidden.get(table) ?? KeyRanges.NONE).with(KeyRanges.of(part));
		if (ranges.coverAll(smallest, largest)) gone.push(table);
		else hidden.set(table, ranges);
	}
	const left = leftFiles(version, gone, []);
	const added = [];
	for (let level = 0; level <= version.levels.length; level++) {
		for (const table of version.tablesAt(level)) {
			const ranges = hidden.get(table);
			if (ranges !== undefined) added.push(tableFile(level, { info: table.info, references: table.values.references }, ranges));
		}
	}
	return {
		change: { removed: [...gone, ...left].map((file) => file.info.number), added },
		install: () => {
			for (const file of [...gone, ...left]) file.isObsolete = true;
			return version.with(new Set(gone), 0, []).withHidden(hidden);
		},
	};
}
