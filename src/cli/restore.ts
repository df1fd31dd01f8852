/** `polylog restore`: makes a database directory from a backup. */
import { restoreDatabase } from '../operate/backup.ts';
import { InputError } from '../platform/errors.ts';
import { shownBytes } from './client.ts';
import type { Command } from './command.ts';
import { Progress } from './progress.ts';

export const command: Command = {
	help: `usage: polylog restore BACKUP [directory]

Makes a database in the directory (default ./data), which must not exist or be empty, from a backup, and checks it.`,
	async run(args) {
		const [backup, directory] = args;
		if (backup === undefined) throw new InputError('usage', 'a backup is expected', { hint: 'polylog restore --help' });
		const progress = new Progress('copying', 1000);
		const { offset, bytes } = await restoreDatabase(backup, directory ?? './data', (done, total) => progress.update((done / total) * 1000));
		progress.end();
		console.log(`${shownBytes(bytes)} up to offset ${offset}, checked`);
		return 0;
	},
};
