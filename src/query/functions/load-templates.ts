/** Loads templates and paths at the first use: most programs have none. */
import { LazyModule } from '../../platform/lazy-module.ts';

const module = new LazyModule<typeof import('./templates.ts')>(new URL('./templates.ts', import.meta.url));

export function templates(): typeof import('./templates.ts') {
	return module.get();
}
