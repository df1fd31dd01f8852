/** The suite of all engines over the B-tree, with tiny pages and small memory too. */
import { runEngineSuite } from '../engine.suite.ts';

runEngineSuite(
	{
		name: 'btree',
		optionSets: [
			{},
			{ memtableBytes: 20_000, pinnedBytes: 1 << 30, pageBytes: 512, sstableBytes: 2048, cacheBytes: 4096, openFilesMax: 4 },
			{ memtableBytes: 100_000, pinnedBytes: 1 << 30, pageBytes: 1024, cacheBytes: 1 << 20 },
		],
	},
	6,
	150,
);
