/** Names of a store's files: their number, of at least six digits, and an ending that tells the format. Numbers are never used twice. */
import type { EngineName, StoredFile } from './manifest.ts';

const ENDINGS: Readonly<Record<EngineName, string>> = { lsm: 'sst', btree: 'btree', hash: 'hash', columnar: 'col' };
const PATTERN = new RegExp(`^(\\d{6,})\\.(${Object.values(ENDINGS).join('|')}|values)$`);

/** The level of the value files of LSM keyspaces in the manifest: no sstable has it. */
export const VALUE_FILE_LEVEL = 255;

export function valueFileName(number: number): string {
	return `${String(number).padStart(6, '0')}.values`;
}

export function fileName(number: number, engine: EngineName): string {
	return `${String(number).padStart(6, '0')}.${ENDINGS[engine]}`;
}

/** The name of a file that the manifest describes. */
export function storedFileName(file: StoredFile, engine: EngineName): string {
	return file.level === VALUE_FILE_LEVEL ? valueFileName(file.info.number) : fileName(file.info.number, engine);
}

/** The names that a file of this number may have. */
export function fileNames(number: number, engine: EngineName): string[] {
	return engine === 'lsm' ? [fileName(number, engine), valueFileName(number)] : [fileName(number, engine)];
}

/** The number in the name of a store's file, or -1 for other names. */
export function fileNumber(name: string): number {
	const found = PATTERN.exec(name);
	return found === null ? -1 : Number(found[1]);
}
