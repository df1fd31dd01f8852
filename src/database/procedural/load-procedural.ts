/** Loads the interpreter of procedures at the first one that is made, called or run: most databases have none. */
import { LazyModule } from '../../platform/lazy-module.ts';

const interpreter = new LazyModule<typeof import('./routine-call.ts')>(new URL('./routine-call.ts', import.meta.url));

export function procedural(): typeof import('./routine-call.ts') {
	return interpreter.get();
}
