/** `polylog advise`: which engine to take for a workload, and why. */
import { adviseEngine } from '../operate/bench/advice.ts';
import { comparisonTable } from '../operate/bench/comparison-rows.ts';
import { measure, writeReport } from './bench.ts';
import { readBenchOptions, WORKLOAD_HELP } from './bench-options.ts';
import type { Command } from './command.ts';
import { recordUsage } from './record-usage.ts';

export const command: Command = {
	help: `usage: polylog advise [options]

Runs a workload on keyspaces of each engine, as polylog bench does, and says which engine to take, why, what it costs, and
how far the figures can be trusted. Choose --keys, sizes, --mix, --cache and --durability as yours will be.

  --engines E,…        of lsm, btree, hash (default: all)
  --out FILE           also writes a report: .html (page with plots), .svg (plots) or .json (every figure)

${WORKLOAD_HELP}`,
	async run(args) {
		const options = await readBenchOptions(args, recordUsage);
		const comparison = await measure(options);
		const { words, engine } = adviseEngine(comparison);
		console.log([...words, '', ...comparisonTable(comparison)].join('\n'));
		writeReport(comparison, options.out, words, ['polylog advise', ...args].join(' '));
		return engine === null ? 1 : 0;
	},
};
