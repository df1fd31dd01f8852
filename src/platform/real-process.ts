/**
 * Work in a process of its own, for what needs its own heap and its own compiled code, such as a measurement. The process runs a
 * module that calls `answerParent`; it is given one input and gives back one output or error, as messages that survive a
 * structured clone. It ends when it has answered, and when the parent is gone.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IoError } from './errors.ts';

type Answer = { readonly output: unknown } | { readonly error: { readonly message: string; readonly stack: string | undefined } };

/** Runs the module in a new process and resolves with what it answers. Aborting `signal` kills it. */
export function runInProcess<Input, Output>(module: URL, input: Input, signal?: AbortSignal): Promise<Output> {
	return new Promise((resolve, reject) => {
		const child = fork(fileURLToPath(module), [], {
			serialization: 'advanced',
			execArgv: [],
			killSignal: 'SIGKILL',
			...(signal === undefined ? {} : { signal }),
		});
		let answer: Answer | null = null;
		child.on('message', (message) => (answer = message as Answer));
		child.on('error', reject);
		child.on('exit', (status, killedBy) => {
			if (answer === null) reject(new IoError('io', `the process of a measurement ended early (${killedBy ?? `exit status ${status}`})`));
			else if ('error' in answer) reject(new Error(answer.error.message, { cause: answer.error.stack }));
			else resolve(answer.output as Output);
		});
		child.send(input as object);
	});
}

/** The other side: answers the one message of the parent. */
export function answerParent<Input, Output>(work: (input: Input) => Promise<Output>): void {
	process.on('disconnect', () => process.exit(1));
	process.once('message', (input) => {
		work(input as Input).then(
			(output) => answer({ output }),
			(error: unknown) =>
				answer({ error: { message: error instanceof Error ? error.message : String(error), stack: error instanceof Error ? error.stack : undefined } }),
		);
	});
}

function answer(message: Answer): void {
	process.send!(message, undefined, undefined, () => process.exit(0));
}
