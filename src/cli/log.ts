/** `polylog log`: what a range of the log says, a line per commit. */
import { parseArgs } from 'node:util';
import { withClient } from './client.ts';
import type { Command } from './command.ts';
import { directoryArgument } from './directory-argument.ts';

export const command: Command = {
	help: `usage: polylog log [directory] [--from OFFSET] [--to OFFSET]

Shows the commits that the log of the database in the directory (default ./data) still holds: offset, time, bytes, changes.

  --from N, --to N   first and last offset (default: all)`,
	async run(args) {
		const { values, positionals } = parseArgs({ args: [...args], options: { from: { type: 'string' }, to: { type: 'string' } }, allowPositionals: true });
		return withClient(directoryArgument('log', positionals), false, async (client) => {
			const { rows } = await client.query({
				text: 'SELECT commit_offset, commit_time, bytes, changes FROM polylog.log WHERE commit_offset >= coalesce($1::int8, 0) AND commit_offset <= coalesce($2::int8, 9223372036854775807)',
				values: [values.from ?? null, values.to ?? null],
				rowMode: 'array',
			});
			for (const [offset, time, bytes, changes] of rows as string[][])
				console.log(`${offset!.padStart(8)}  ${time!.padEnd(29)} ${bytes!.padStart(8)} B  ${changes}`);
			return 0;
		});
	},
};
