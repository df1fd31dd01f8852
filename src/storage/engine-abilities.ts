/** What each engine can do: for those who plan by it, without an engine at hand. */
import type { EngineAbilities } from './contracts.ts';
import type { EngineName } from './manifest.ts';

export const ENGINE_ABILITIES: Readonly<Record<EngineName, EngineAbilities>> = {
	lsm: { name: 'lsm', ordered: true, snapshots: true },
	btree: { name: 'btree', ordered: true, snapshots: true },
	hash: { name: 'hash', ordered: false, snapshots: true },
};

export const DEFAULT_ENGINE: EngineName = 'lsm';

export const ENGINE_NAMES = Object.keys(ENGINE_ABILITIES) as readonly EngineName[];

/** The engine of what must have an order, beside what is kept in this one. */
export function orderedBeside(engine: EngineName): EngineName {
	return ENGINE_ABILITIES[engine].ordered ? engine : DEFAULT_ENGINE;
}

export function isEngineName(name: string): name is EngineName {
	return Object.hasOwn(ENGINE_ABILITIES, name);
}
