/** `polylog check`: verifies everything that can be verified. */
import { withClient } from './client.ts';
import type { Command } from './command.ts';

export const command: Command = {
	help: `usage: polylog check [directory]

Reads the database in the directory (default ./data) whole: every checksum, the chain of the log, and that rows and
indexes agree. Prints what is wrong; exits with 1 when something is.`,
	async run(args) {
		return withClient(args[0] ?? './data', false, async (client) => {
			const { rows } = await client.query('SELECT part, problem FROM polylog.check');
			for (const row of rows as { part: string; problem: string }[]) console.log(`${row.part}: ${row.problem}`);
			console.log(rows.length === 0 ? 'all is well' : `${rows.length} problems`);
			return rows.length === 0 ? 0 : 1;
		});
	},
};
