/** Loads everything SQL at the first statement: programs that only use keyspaces start in a fraction of the time and memory. */
import { LazyModule } from '../platform/lazy-module.ts';

type Started = typeof import('./start-engine.ts');

const startEngine = new LazyModule<Started>(new URL('./start-engine.ts', import.meta.url));

export function loadEngine(): Started {
	return startEngine.get();
}
