/** The engines that a store has: the one place that names them all. */
import { BtreeEngine } from './btree/btree-engine.ts';
import { ColumnEngine } from './column/column-engine.ts';
import { HashEngine } from './hash/hash-engine.ts';
import { LsmEngine } from './lsm/lsm-engine.ts';
import type { EngineName } from './manifest.ts';
import type { EngineOwner, StorageEngine } from './storage-engine.ts';

export function makeEngines(owner: EngineOwner): Readonly<Record<EngineName, StorageEngine>> {
	const lsm = new LsmEngine(owner) as StorageEngine;
	const btree = new BtreeEngine(owner) as StorageEngine;
	const hash = new HashEngine(owner) as StorageEngine;
	const columnar = new ColumnEngine(owner) as StorageEngine;
	return { lsm, btree, hash, columnar };
}
