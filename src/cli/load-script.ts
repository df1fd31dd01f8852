/** Runs an SQL script: statement by statement in one transaction, unless the script begins its own. COPY … FROM stdin data in it (as pg_dump writes) is read up to `\.`; other psql commands are refused. */

import type { Portal } from '../database/contracts.ts';
import type { Database } from '../database/embedded/database.ts';
import type { DatabaseSession } from '../database/session.ts';
import { scriptStatements } from '../language/sql/script.ts';
import { sqlError } from '../platform/errors.ts';

/** `onProgress` is told how many characters are done. */
export async function loadScript(database: Database, text: string, onProgress: (done: number) => void = () => undefined): Promise<number> {
	let count = 0;
	await database.withSession(async (session) => {
		const own = !/^\s*(begin|start\s+transaction)\b/im.test(text);
		if (own) session.openBlock(true, {});
		try {
			for (const statement of scriptStatements(text)) {
				await runOne(session, statement);
				count++;
				onProgress(statement.end);
			}
			await session.closeBlock(true);
		} catch (error) {
			session.failed(error);
			session.closeBlock(false);
			throw error;
		}
	});
	return count;
}

async function runOne(session: DatabaseSession, statement: { readonly text: string; readonly start: number; readonly copyData: string | null }): Promise<void> {
	if (/^\s*\\/.test(statement.text))
		throw sqlError('0A000', `psql's ${statement.text.trim().split(/\s/)[0]} is not understood in a script`, {
			hint: 'Leave the command out, or run the script through psql.',
		});
	const portal = session.bind(session.prepare(statement.text, [], statement.start), []);
	try {
		if (statement.copyData !== null) await copyIn(portal, statement.copyData);
		else await portal.run({ begin: () => undefined, end: () => true, writers: (portal.columns ?? []).map(() => () => undefined) });
	} finally {
		portal.close();
	}
}

async function copyIn(portal: Portal, data: string): Promise<void> {
	if (portal.copyData === undefined || portal.copyDone === undefined) throw sqlError('55000', 'data follows a statement that takes none');
	await portal.copyData(Buffer.from(data));
	await portal.copyDone();
}
