/** The hash engine against the model of all engines. */
import { runEngineSuite } from '../engine.suite.ts';

runEngineSuite(
	{
		name: 'hash',
		optionSets: [
			{ memtableBytes: 16_000, pinnedBytes: 1 << 30, level0Files: 1, cacheBytes: 1 << 20 },
			{ memtableBytes: 60_000, pinnedBytes: 1 << 30, level0Files: 3, hashSliceEntries: 20, cacheBytes: 6000, openFilesMax: 4 },
			{ memtableBytes: 16_000, pinnedBytes: 1 << 30, level0Files: 1, cacheBytes: 1, openFilesMax: 4, hashSliceEntries: 3 },
		],
	},
	12,
	120,
);
