/** The real world with files in memory: for `open(':memory:')`. Tasks run in the owner's thread, since other threads cannot see the files. */
import { MemoryFiles } from './memory-files.ts';
import type { Platform, Task } from './platform.ts';

/** `real` gives clock, randomness and timers. */
export function memoryPlatform(real: Platform): Platform {
	const files = new MemoryFiles();
	return {
		files,
		clock: real.clock,
		random: real.random,
		timers: real.timers,
		syncer: {
			syncData: (_file, done) => real.timers.soon(() => done(null)),
			drain: () => undefined,
			close: () => undefined,
		},
		tasks: {
			run: async <Input, Output>(task: Task<Input, Output>, input: Input): Promise<Output> => task.run(input, files),
			close: async () => undefined,
		},
		close: () => real.close(),
	};
}
