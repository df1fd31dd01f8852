/** Trials in scratch directories, which are removed after each, also when the command is interrupted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TrialRunner } from '../operate/bench/comparison.ts';
import { MEMORY_DIRECTORY } from '../operate/bench/trial.ts';
import { runTrialInProcess } from '../operate/bench/trial-process.ts';
import { IoError } from '../platform/errors.ts';

/** Gives `work` a runner of trials whose databases lie in `scratch`. SIGINT and SIGTERM end the trial that is running. */
export async function withScratchTrials<T>(scratch: string, work: (run: TrialRunner) => Promise<T>): Promise<T> {
	const interrupted = new AbortController();
	const interrupt = () => interrupted.abort(new IoError('io', 'the measurement was interrupted'));
	process.once('SIGINT', interrupt);
	process.once('SIGTERM', interrupt);
	const { signal } = interrupted;
	try {
		return await work(async (trial) => {
			signal.throwIfAborted();
			if (scratch === MEMORY_DIRECTORY) return runTrialInProcess(trial, MEMORY_DIRECTORY, signal);
			const directory = mkdtempSync(join(scratch, 'polylog-bench-'));
			try {
				return await runTrialInProcess(trial, join(directory, 'data'), signal);
			} catch (error) {
				throw signal.aborted ? signal.reason : error;
			} finally {
				rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
			}
		});
	} finally {
		process.off('SIGINT', interrupt);
		process.off('SIGTERM', interrupt);
	}
}
