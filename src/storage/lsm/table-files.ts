/** Sstables and value files as the manifest describes them, and back: opened, and tied to each other. */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { NO_BYTES } from '../entry-source.ts';
import { VALUE_FILE_LEVEL } from '../file-names.ts';
import { KeyRanges } from '../key-ranges.ts';
import type { StoredFile } from '../manifest.ts';
import type { EngineOwner } from '../storage-engine.ts';
import type { LsmVersion } from './lsm-version.ts';
import type { WrittenTable } from './run-writer.ts';
import { Sstable } from './sstable.ts';
import type { SstableInfo } from './sstable-format.ts';
import { decodeReferences, encodeReferences, skipReferences, ValueFile } from './value-file.ts';

/** The state of an sstable in the manifest: what it points to, and behind that what is hidden in it. */
export function tableFile(level: number, { info, references }: WrittenTable, hidden: KeyRanges | undefined = undefined): StoredFile {
	if (hidden === undefined) return { level, info, state: encodeReferences(references) };
	const writer = new ByteWriter();
	if (references.length === 0) writer.varint(0);
	else writer.raw(encodeReferences(references));
	hidden.encode(writer);
	return { level, info, state: writer.copy() };
}

function hiddenOf(state: Uint8Array): KeyRanges | null {
	const reader = new ByteReader(state);
	if (reader.atEnd) return null;
	skipReferences(reader);
	return reader.atEnd ? null : KeyRanges.decode(reader);
}

export function valuesFile(info: SstableInfo): StoredFile {
	return { level: VALUE_FILE_LEVEL, info, state: NO_BYTES };
}

/** What is hidden in sstables, which are `files` opened. */
export function hiddenIn(tables: readonly Sstable[], files: readonly StoredFile[]): Map<Sstable, KeyRanges> {
	const hidden = new Map<Sstable, KeyRanges>();
	const states = files.filter((file) => file.level !== VALUE_FILE_LEVEL);
	tables.forEach((table, i) => {
		const ranges = hiddenOf(states[i]!.state);
		if (ranges !== null) hidden.set(table, ranges);
	});
	return hidden;
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
