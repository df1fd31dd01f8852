/** `polylog bench`: the engines compared on this machine, for the sizes and operations that the user names. */
import { writeFileSync } from 'node:fs';
import { type Comparison, compareEngines } from '../operate/bench/comparison.ts';
import { comparisonTable } from '../operate/bench/comparison-rows.ts';
import { type BenchOptions, parseBenchOptions, WORKLOAD_HELP } from './bench-options.ts';
import type { Command } from './command.ts';
import { Progress } from './progress.ts';
import { withScratchTrials } from './scratch-trials.ts';
import { version } from './version.ts';

export const command: Command = {
	help: `usage: polylog bench [options]

Runs the same workload on keyspaces of each engine, by turns, in new databases and processes: first in a closed loop
(how much can it do?), then in an open loop at a rate that all can bear (how long does an operation take, counted from
the time when it was due?). Shows throughput, latencies, amplification, memory and opening time.

  --engines E,…        of lsm, btree, hash (default: all)
  --out FILE           also writes a report: .html (page with plots), .svg (plots) or .json (every figure)

${WORKLOAD_HELP}`,
	async run(args) {
		const options = parseBenchOptions(args);
		const comparison = await measure(options);
		console.log(comparisonTable(comparison).join('\n'));
		writeReport(comparison, options.out);
		return 0;
	},
};

/** Runs the trials behind a progress bar. */
export async function measure({ plan, scratch }: BenchOptions): Promise<Comparison> {
	const progress = new Progress('measuring', 1000);
	const comparison = await withScratchTrials(scratch, (run) => compareEngines(plan, run, (done, total) => progress.update((done / total) * 1000)));
	progress.end();
	return comparison;
}

export function writeReport(comparison: Comparison, out: BenchOptions['out']): void {
	if (out === null) return;
	writeFileSync(out.path, `${JSON.stringify({ polylog: version(), ...comparison }, null, '\t')}\n`);
	console.log(`\nwritten: ${out.path}`);
}
