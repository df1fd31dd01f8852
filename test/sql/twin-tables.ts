/** The same rows in a table of rows and in one of columns, asked the same queries with different amounts of memory. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/database/open.ts';
import { seededRandom } from '../../src/storage/engine.suite.ts';
import { runText } from '../operator/session-text.ts';

export interface Twins {
	/** Columns with their types. */
	readonly columns: string;
	/** The select list that fills them, over `generate_series(1, rows) n`. */
	readonly values: string;
	readonly rows: number;
	/** The select list that adds rows again, which stay in no file of columns. */
	readonly again: string;
	/** Queries over the table `t`. */
	readonly queries: readonly string[];
}

/** Fails where a query over columns gives other rows than over rows, in one of these sizes of `work_mem`. `POLYLOG_SEED` replays. */
export async function compareTwins(memories: readonly string[], twins: (random: (below: number) => number) => Twins): Promise<void> {
	const seed = Number(process.env.POLYLOG_SEED ?? 1);
	const { columns, values, rows, again, queries } = twins(seededRandom(seed));
	const directory = mkdtempSync(join(tmpdir(), 'polylog-twins-'));
	const database = await openDatabase(directory, { durability: 'os' });
	const session = database.connect({ user: 'polylog' });
	const ask = async (text: string): Promise<string> => (await runText(session, text)).map((row) => row.map((value) => value ?? '∅').join('|')).join('\n');
	const of = (query: string, table: string): string => query.replaceAll(/\b(from|join) t\b/g, `$1 ${table}`);
	try {
		for (const [table, engine] of Object.entries({ rows_t: '', columns_t: ' using columnar' })) {
			await runText(session, `create table ${table} (${columns})${engine}`);
			await runText(session, `insert into ${table} select ${values} from generate_series(1, ${rows}) n`);
		}
		await database.checkpoint();
		for (const table of ['rows_t', 'columns_t']) await runText(session, `insert into ${table} select ${again} from ${table} where id % 1000 = 3`);
		for (const query of queries) {
			const expected = await ask(of(query, 'rows_t'));
			for (const memory of memories) {
				await runText(session, `set work_mem = '${memory}'`);
				assert.equal(await ask(of(query, 'columns_t')), expected, `${memory}, POLYLOG_SEED=${seed}: ${query}`);
			}
			await runText(session, 'reset work_mem');
		}
	} finally {
		session.close();
		await database.close();
		rmSync(directory, { recursive: true });
	}
}
