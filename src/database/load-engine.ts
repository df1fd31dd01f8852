/**
 * Loads everything SQL at the first statement: programs that only use keyspaces start in a fraction of the time and memory.
 *
 * Statements may be synchronous, so the modules are required rather than imported, which gives the same instances. Releases of
 * Node.js that cannot require ES modules without a flag (22.0 to 22.11) import them while the database is opened.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { prepareToLoadProcedural } from './procedural/load-procedural.ts';

type Started = typeof import('./start-engine.ts');

let loaded: Started | null = null;

export function loadEngine(): Started {
	loaded ??= createRequire(import.meta.url)(fileURLToPath(new URL('./start-engine.ts', import.meta.url))) as Started;
	return loaded;
}

/** Called before a database is opened. */
export async function prepareToLoadEngine(): Promise<void> {
	if (loaded !== null || (process.features as { readonly require_module?: boolean }).require_module === true) return;
	loaded = await import('./start-engine.ts');
	await prepareToLoadProcedural();
}
