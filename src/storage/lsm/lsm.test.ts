import { runEngineSuite } from '../engine.suite.ts';

runEngineSuite(
	{
		name: 'lsm',
		optionSets: [
			{},
			{
				memtableBytes: 20_000,
				pinnedBytes: 1 << 30,
				blockBytes: 128,
				sstableBytes: 2048,
				levelBytes: 4096,
				levelFactor: 2,
				level0Files: 2,
				cacheBytes: 4096,
				openFilesMax: 4,
			},
			{ memtableBytes: 100_000, pinnedBytes: 1 << 30, blockBytes: 1024, sstableBytes: 8192, levelBytes: 20_000, level0Files: 1, cacheBytes: 1 << 20 },
			{
				memtableBytes: 20_000,
				pinnedBytes: 1 << 30,
				blockBytes: 128,
				sstableBytes: 2048,
				levelBytes: 4096,
				levelFactor: 2,
				level0Files: 2,
				cacheBytes: 4096,
				openFilesMax: 4,
				indexPartBytes: 100,
				largeValueBytes: 12,
			},
			{ memtableBytes: 10_000, pinnedBytes: 1 << 30, sstableBytes: 4096, levelBytes: 10_000, level0Files: 3, largeValueBytes: 1 },
			{ memtableBytes: 10_000, pinnedBytes: 1 << 30, blockBytes: 64, indexPartBytes: 16, sstableBytes: 2048, level0Files: 1, compactionOf: () => 'tiered' },
			{
				memtableBytes: 5_000,
				pinnedBytes: 1 << 30,
				blockBytes: 128,
				sstableBytes: 2048,
				levelBytes: 4096,
				level0Files: 2,
				largeValueBytes: 12,
				compactionOf: (id) => (id % 2 === 0 ? 'tiered' : 'levelled'),
			},
		],
	},
	6,
	150,
);
