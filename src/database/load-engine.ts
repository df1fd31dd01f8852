/**
 * Loads everything SQL at the first statement, and what builds on it at the first use: programs that only use keyspaces, or only SQL, start in a
 * fraction of the time and memory.
 */
import { LazyModule } from '../platform/lazy-module.ts';

const engine = new LazyModule<typeof import('./start-engine.ts')>(new URL('./start-engine.ts', import.meta.url));
const graphs = new LazyModule<typeof import('./open-graphs.ts')>(new URL('./open-graphs.ts', import.meta.url));
const triples = new LazyModule<typeof import('./open-triples.ts')>(new URL('./open-triples.ts', import.meta.url));
const loads = new LazyModule<typeof import('./open-loads.ts')>(new URL('./open-loads.ts', import.meta.url));

export function loadEngine(): typeof import('./start-engine.ts') {
	return engine.get();
}

export function loadGraphs(): typeof import('./open-graphs.ts') {
	return graphs.get();
}

export function loadTriples(): typeof import('./open-triples.ts') {
	return triples.get();
}

export function loadLoads(): typeof import('./open-loads.ts') {
	return loads.get();
}
