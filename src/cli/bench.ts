/** `polylog bench`: the engines compared on this machine, for the sizes and operations that the user names. */
import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { type Comparison, compareEngines } from '../operate/bench/comparison.ts';
import { comparisonTable } from '../operate/bench/comparison-rows.ts';
import { type ReportFacts, reportPage, reportSvg } from '../operate/bench/report.ts';
import { type BenchOptions, readBenchOptions, WORKLOAD_HELP } from './bench-options.ts';
import type { Command } from './command.ts';
import { Progress } from './progress.ts';
import { recordUsage } from './record-usage.ts';
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
		const options = await readBenchOptions(args, recordUsage);
		const comparison = await measure(options);
		console.log(comparisonTable(comparison).join('\n'));
		writeReport(comparison, options.out, [], ['polylog bench', ...args].join(' '));
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

/** What was found, in the form that the file's name asks for. */
export function writeReport(comparison: Comparison, out: BenchOptions['out'], words: readonly string[], command: string): void {
	if (out === null) return;
	const facts: ReportFacts = { title: 'Storage engines compared', words, origin: originOf(command) };
	writeFileSync(out.path, reportText(comparison, out.form, facts));
	console.log(`\nwritten: ${out.path}`);
}

function reportText(comparison: Comparison, form: NonNullable<BenchOptions['out']>['form'], facts: ReportFacts): string {
	switch (form) {
		case 'html':
			return reportPage(comparison, facts);
		case 'svg':
			return reportSvg(comparison, facts);
		case 'json':
			return `${JSON.stringify({ ...facts, ...comparison }, null, '\t')}\n`;
	}
}

function originOf(command: string): string[] {
	const cores = cpus();
	return [
		`${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC; Polylog ${version()}, Node.js ${process.versions.node}`,
		`${cores.length} × ${cores[0]?.model.trim() ?? process.arch}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
		command,
	];
}
