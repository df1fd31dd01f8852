/** What all engines do with their files: saying that one is damaged, and removing one that is not needed. */
import { CorruptionError, PolylogError } from '../platform/errors.ts';
import type { FileSystem } from '../platform/files.ts';

export function corrupt(path: string, position: number, what: string): CorruptionError {
	return new CorruptionError('corruption', `"${path}" is damaged at position ${position}: ${what}`, {
		sqlstate: 'XX001',
		hint: 'Restore the database from a backup; run "polylog check" to see what else is damaged.',
	});
}

/** Removes a file that nothing names any more. If that fails the file only takes room until the next open removes it as an orphan. */
export function removeQuietly(files: FileSystem, path: string): void {
	try {
		if (files.exists(path)) files.remove(path);
	} catch (error) {
		if (!(error instanceof PolylogError)) throw error;
	}
}
