/** The engines that a store has: the one place that names them all. All but the default one are loaded, and made, when a keyspace first wants them: their statistics are there from then on. */
import { LazyModule } from '../platform/lazy-module.ts';
import { LsmEngine } from './lsm/lsm-engine.ts';
import type { EngineName } from './manifest.ts';
import type { EngineOwner, StorageEngine } from './storage-engine.ts';

const btree = new LazyModule<typeof import('./btree/btree-engine.ts')>(new URL('./btree/btree-engine.ts', import.meta.url));
const hash = new LazyModule<typeof import('./hash/hash-engine.ts')>(new URL('./hash/hash-engine.ts', import.meta.url));
const column = new LazyModule<typeof import('./column/column-engine.ts')>(new URL('./column/column-engine.ts', import.meta.url));

const makers: Readonly<Record<EngineName, (owner: EngineOwner) => StorageEngine>> = {
	lsm: (owner) => new LsmEngine(owner) as StorageEngine,
	btree: (owner) => new (btree.get().BtreeEngine)(owner) as StorageEngine,
	hash: (owner) => new (hash.get().HashEngine)(owner) as StorageEngine,
	columnar: (owner) => new (column.get().ColumnEngine)(owner) as StorageEngine,
};

export class Engines {
	/** Those that were made, in the order of `makers`, whichever came first: the order of their work does not depend on the order of keyspaces. */
	list: readonly StorageEngine[] = [];
	/** Of those with a limit. */
	limits: readonly NonNullable<StorageEngine['limit']>[] = [];
	readonly #owner: EngineOwner;
	readonly #made = new Map<EngineName, StorageEngine>();

	constructor(owner: EngineOwner) {
		this.#owner = owner;
		this.get('lsm');
	}

	get(name: EngineName): StorageEngine {
		let engine = this.#made.get(name);
		if (engine === undefined) {
			this.#made.set(name, (engine = makers[name](this.#owner)));
			this.list = (Object.keys(makers) as EngineName[]).flatMap((each) => this.#made.get(each) ?? []);
			this.limits = this.list.flatMap(({ limit }) => limit ?? []);
		}
		return engine;
	}
}
