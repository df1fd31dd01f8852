/** What each engine can do: for those who plan by it, without an engine at hand. */
import type { EngineAbilities } from './contracts.ts';
import type { EngineName } from './manifest.ts';

export const ENGINE_ABILITIES: Readonly<Record<EngineName, EngineAbilities>> = {
	lsm: { name: 'lsm', ordered: true, snapshots: true, removesRanges: true },
	btree: { name: 'btree', ordered: true, snapshots: true, removesRanges: false },
	hash: { name: 'hash', ordered: false, snapshots: true, removesRanges: false },
	columnar: { name: 'columnar', ordered: true, snapshots: true, removesRanges: false },
};

export const DEFAULT_ENGINE: EngineName = 'lsm';

/** The engines of keyspaces of any keys and values. */
export const ENGINE_NAMES: readonly Exclude<EngineName, 'columnar'>[] = ['lsm', 'btree', 'hash'];

/** The engines of tables: rows can be taken apart into columns besides. */
export const TABLE_ENGINE_NAMES: readonly EngineName[] = [...ENGINE_NAMES, 'columnar'];

/** The engine of what must have an order and is read by key, beside what is kept in this one. */
export function orderedBeside(engine: EngineName): EngineName {
	return engine === 'columnar' || !ENGINE_ABILITIES[engine].ordered ? DEFAULT_ENGINE : engine;
}

export function isEngineName(name: string): name is EngineName {
	return Object.hasOwn(ENGINE_ABILITIES, name);
}
