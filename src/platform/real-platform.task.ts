/** The task that `real-platform.test.ts` sends to a worker: writes a file and returns its length, or fails as told. */
import { LimitError } from './errors.ts';
import type { FileSystem } from './files.ts';

export interface Input {
	readonly path: string;
	readonly fail: boolean;
}

export function run(input: Input, files: FileSystem): number {
	if (input.fail) throw new LimitError('disk-full', 'no room', { sqlstate: '53100', hint: 'Free some.' });
	const file = files.open(input.path, 'create');
	file.write(Buffer.from('from the worker'), 0, 15, 0);
	file.sync();
	const bytes = file.bytes();
	file.close();
	return bytes;
}
