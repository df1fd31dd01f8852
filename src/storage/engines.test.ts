/** Every engine runs the same histories: the same seeds under the same options, so that each is checked against what the others answer. */

import { runEngineSuite } from './engine.suite.ts';
import { TABLE_ENGINE_NAMES } from './engine-abilities.ts';

const SHARED = [
	{
		memtableBytes: 30_000,
		pinnedBytes: 1 << 30,
		blockBytes: 256,
		sstableBytes: 4096,
		levelBytes: 8192,
		levelFactor: 3,
		level0Files: 2,
		cacheBytes: 20_000,
		openFilesMax: 8,
	},
	{ memtableBytes: 200_000, pinnedBytes: 1 << 30, hashSliceEntries: 50, cacheBytes: 1 << 20 },
];

for (const name of TABLE_ENGINE_NAMES) runEngineSuite({ name, optionSets: SHARED }, 4, 100);
