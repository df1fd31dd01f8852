/** Loads what values of ranges need when the first column, parameter or literal of one is met. */
import { LazyModule } from '../platform/lazy-module.ts';

const module = new LazyModule<typeof import('./range-values.ts')>(new URL('./range-values.ts', import.meta.url));

export function rangeValues(): typeof import('./range-values.ts') {
	return module.get();
}
