/** `polylog stats`: sizes and counters. */
import { shownBytes, withClient } from './client.ts';
import type { Command } from './command.ts';

export const command: Command = {
	help: `usage: polylog stats [directory]

Shows sizes and counters of the database in the directory (default ./data), and of its largest tables.`,
	async run(args) {
		return withClient(args[0] ?? './data', false, async (client) => {
			const { rows } = await client.query({ text: 'SELECT part, name, value FROM polylog.statistics', rowMode: 'array' });
			for (const [part, name, value] of rows as string[][])
				console.log(`${`${part}.${name}`.padEnd(36)} ${/bytes$/i.test(name!) ? shownBytes(Number(value)) : value}`);
			const tables = await client.query({
				text: "SELECT relname, reltuples::int8, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND oid >= 16384 ORDER BY 3 DESC LIMIT 10",
				rowMode: 'array',
			});
			for (const [name, count, bytes] of tables.rows as string[][])
				console.log(`${`table ${name}`.padEnd(36)} about ${count} rows, ${shownBytes(Number(bytes))}`);
			return 0;
		});
	},
};
