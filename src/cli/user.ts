/** `polylog user`: users and their passwords. Once one user has a password, everybody must show one. */
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { InputError } from '../platform/errors.ts';
import { quoteName, withClient } from './client.ts';
import type { Command } from './command.ts';

async function passwordFor(name: string, given: string | undefined): Promise<string> {
	const known = given ?? process.env['POLYLOG_NEW_PASSWORD'];
	if (known !== undefined) return known;
	if (!process.stdin.isTTY) throw new InputError('usage', 'a password is expected', { hint: 'Give --password, or POLYLOG_NEW_PASSWORD in the environment.' });
	const lines = createInterface({ input: process.stdin, output: process.stderr });
	const typed = await lines.question(`password for ${name}: `);
	lines.close();
	return typed;
}

export const command: Command = {
	help: `usage: polylog user add NAME [directory] [--password P]
       polylog user password NAME [directory] [--password P]
       polylog user list [directory]
       polylog user remove NAME [directory]

Users of the database in the directory (default ./data). Without --password it is read from POLYLOG_NEW_PASSWORD or asked for.
Once one user has a password, everybody must show one, also on loopback.`,
	async run(args) {
		const { values, positionals } = parseArgs({ args: [...args], options: { password: { type: 'string' } }, allowPositionals: true });
		const [action, name, directory] = positionals[0] === 'list' ? ['list', '', positionals[1]] : positionals;
		if (action === undefined || !['add', 'password', 'list', 'remove'].includes(action) || name === undefined)
			throw new InputError('usage', 'an action and a name are expected', { hint: 'polylog user --help' });
		return withClient(directory ?? './data', action === 'add', async (client) => {
			if (action === 'list') {
				const { rows } = await client.query({ text: 'SELECT rolname, rolpassword IS NOT NULL FROM pg_authid WHERE rolcanlogin ORDER BY 1', rowMode: 'array' });
				for (const [user, hasPassword] of rows as string[][]) console.log(`${user}${hasPassword === 't' ? '' : ' (no password)'}`);
				return 0;
			}
			if (action === 'remove') await client.query(`DROP ROLE ${quoteName(name)}`);
			else {
				const password = `'${(await passwordFor(name, values.password)).replaceAll("'", "''")}'`;
				await client.query(
					action === 'add' ? `CREATE ROLE ${quoteName(name)} LOGIN SUPERUSER PASSWORD ${password}` : `ALTER ROLE ${quoteName(name)} PASSWORD ${password}`,
				);
			}
			console.log(`${action === 'add' ? 'added' : action === 'remove' ? 'removed' : 'changed'} ${name}`);
			return 0;
		});
	},
};
