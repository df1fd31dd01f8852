/** Names of a store's files: their number, of at least six digits, and an ending that tells the format. Numbers are never used twice. */
import type { EngineName } from './manifest.ts';

const ENDINGS: Readonly<Record<EngineName, string>> = { lsm: 'sst', btree: 'btree', hash: 'hash' };
const PATTERN = new RegExp(`^(\\d{6,})\\.(${Object.values(ENDINGS).join('|')})$`);

export function fileName(number: number, engine: EngineName): string {
	return `${String(number).padStart(6, '0')}.${ENDINGS[engine]}`;
}

/** The number in the name of a store's file, or -1 for other names. */
export function fileNumber(name: string): number {
	const found = PATTERN.exec(name);
	return found === null ? -1 : Number(found[1]);
}
