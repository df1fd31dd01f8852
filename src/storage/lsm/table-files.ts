/** Sstables and value files as the manifest describes them, and back: opened, and tied to each other. */
import { NO_BYTES } from '../entry-source.ts';
import { VALUE_FILE_LEVEL } from '../file-names.ts';
import type { StoredFile } from '../manifest.ts';
import type { EngineOwner } from '../storage-engine.ts';
import type { LsmVersion } from './lsm-version.ts';
import type { WrittenTable } from './run-writer.ts';
import { Sstable } from './sstable.ts';
import type { SstableInfo } from './sstable-format.ts';
import { decodeReferences, encodeReferences, ValueFile } from './value-file.ts';

export function tableFile(level: number, { info, references }: WrittenTable): StoredFile {
	return { level, info, state: encodeReferences(references) };
}

export function valuesFile(info: SstableInfo): StoredFile {
	return { level: VALUE_FILE_LEVEL, info, state: NO_BYTES };
}

/** The sstables among `files`, in their order. What they point into is among `files` too, or open in `base`. */
export function openTables(owner: EngineOwner, files: readonly StoredFile[], base: LsmVersion | null): Sstable[] {
	const valueFiles = new Map<number, ValueFile>(base?.valueFiles);
	for (const { level, info } of files) {
		if (level === VALUE_FILE_LEVEL) valueFiles.set(info.number, new ValueFile(owner.files, owner.directory, info, owner.cache));
	}
	const tables: Sstable[] = [];
	for (const { level, info, state } of files) {
		if (level === VALUE_FILE_LEVEL) continue;
		tables.push(new Sstable(owner.files, owner.directory, info, owner.cache, { references: decodeReferences(state), files: valueFiles }));
	}
	return tables;
}
