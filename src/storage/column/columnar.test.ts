import { runEngineSuite } from '../engine.suite.ts';

runEngineSuite(
	{
		name: 'columnar',
		optionSets: [{}, { memtableBytes: 20_000, pinnedBytes: 1 << 30, columnPoolBytes: 1 << 20 }, { memtableBytes: 100_000, pinnedBytes: 1 << 30 }],
	},
	6,
	150,
);
