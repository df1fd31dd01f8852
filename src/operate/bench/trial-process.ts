/** Trials in processes of their own: each starts with an empty heap, and code that is compiled for its engine alone. */
import { answerParent, runInProcess } from '../../platform/real-process.ts';
import { runTrial, type Trial, type TrialResult } from './trial.ts';

interface Errand {
	readonly trial: Trial;
	readonly directory: string;
}

/** As `runTrial`, in a new process; aborting `signal` kills it. */
export function runTrialInProcess(trial: Trial, directory: string, signal?: AbortSignal): Promise<TrialResult> {
	return runInProcess<Errand, TrialResult>(new URL('./trial-main.ts', import.meta.url), { trial, directory }, signal);
}

/** The process' own part. */
export function answerTrial(): void {
	answerParent<Errand, TrialResult>(({ trial, directory }) => runTrial(trial, directory));
}
