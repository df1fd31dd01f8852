/** Loads the interpreter of procedures at the first one that is made, called or run: most databases have none. See `load-engine.ts`. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

type Procedural = typeof import('./routine-call.ts');

let loaded: Procedural | null = null;

export function procedural(): Procedural {
	loaded ??= createRequire(import.meta.url)(fileURLToPath(new URL('./routine-call.ts', import.meta.url))) as Procedural;
	return loaded;
}

/** Called before a database is opened, where modules cannot be required. */
export async function prepareToLoadProcedural(): Promise<void> {
	loaded ??= await import('./routine-call.ts');
}
