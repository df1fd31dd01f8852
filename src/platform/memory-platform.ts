/** The real world with files in memory: for `open(':memory:')`. Tasks run in the owner's thread, since other threads cannot see the files. */
import type { FileSystem } from './files.ts';
import { MemoryFiles } from './memory-files.ts';
import type { Platform, Task, TaskDone } from './platform.ts';

/** `real` gives clock, randomness and timers. */
export function memoryPlatform(real: Platform): Platform {
	const files = new MemoryFiles();
	const waiting: (() => void)[] = [];
	return {
		files,
		clock: real.clock,
		random: real.random,
		timers: real.timers,
		syncer: {
			ownSyncMsMax: 0,
			syncData: (_file, done) => real.timers.soon(() => done(null)),
			drain: () => undefined,
			close: () => undefined,
		},
		tasks: {
			run: (task, input, done) => {
				waiting.push(() => finish(task, input, files, done));
				real.timers.soon(() => waiting.shift()?.());
			},
			drain: (isEnough) => {
				while (waiting.length > 0 && !isEnough?.()) waiting.shift()!();
			},
			close: async () => undefined,
		},
		calls: real.calls,
		close: () => real.close(),
	};
}

function finish<Input, Output>(task: Task<Input, Output>, input: Input, files: FileSystem, done: TaskDone<Output>): void {
	let output: Output;
	try {
		output = task.run(input, files);
	} catch (error) {
		done(error instanceof Error ? error : new Error(String(error)), null);
		return;
	}
	done(null, output);
}
