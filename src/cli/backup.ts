/** `polylog backup`: a checked copy of a database, also while it is open elsewhere. */
import { backupDatabase } from '../operate/backup.ts';
import { InputError } from '../platform/errors.ts';
import { shownBytes } from './client.ts';
import type { Command } from './command.ts';
import { Progress } from './progress.ts';

export const command: Command = {
	help: `usage: polylog backup TARGET [directory]

Copies the database in the directory (default ./data) to TARGET, which must not exist, and checks the copy.
The database may be open and written to meanwhile: the copy holds every commit acknowledged before the command began.`,
	async run(args) {
		const [target, directory] = args;
		if (target === undefined) throw new InputError('usage', 'a target directory is expected', { hint: 'polylog backup --help' });
		const progress = new Progress('copying', 1000);
		const { offset, bytes } = await backupDatabase(directory ?? './data', target, (done, total) => progress.update((done / total) * 1000));
		progress.end();
		console.log(`${shownBytes(bytes)} up to offset ${offset}, checked`);
		return 0;
	},
};
