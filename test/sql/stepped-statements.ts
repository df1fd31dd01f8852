/** Cases of statements in sequence, with PostgreSQL 15's own answers as the expectation: one database for each case, one session in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '../../src/database/contracts.ts';
import { openDatabase } from '../../src/database/open.ts';
import { runText } from '../operator/session-text.ts';

/** A text, and what is said (`severity message`, of a notice the message alone) and its rows as texts, or the SQLSTATE of its error; null: nothing of either. */
export type Step = readonly [text: string, expected: readonly string[] | string | null];

async function outcome(session: Session, text: string): Promise<string[]> {
	const said: string[] = [];
	session.onNotice = ({ severity, message }) => void said.push(severity === 'NOTICE' ? message : `${severity} ${message}`);
	const rows = await runText(session, text);
	return [...said, ...rows.map((row) => row.map((value) => value ?? '∅').join('|'))];
}

async function check(session: Session, [text, expected]: Step): Promise<void> {
	if (typeof expected === 'string') {
		await assert.rejects(outcome(session, text), (error: { sqlstate?: string; message: string }) => {
			assert.equal(error.sqlstate, expected, `${text}: ${error.message}`);
			return true;
		});
		return;
	}
	assert.deepEqual(await outcome(session, text), expected ?? [], text);
}

/** A test for each case: the steps of `setUp`, then its own. */
export function testCases(subject: string, setUp: readonly Step[], cases: Readonly<Record<string, readonly Step[]>>): void {
	for (const [name, steps] of Object.entries(cases))
		test(`${subject} ${name}`, async () => {
			const database = await openDatabase(':memory:');
			const session = database.connect({ user: 'a' });
			try {
				for (const step of [...setUp, ...steps]) await check(session, step);
			} finally {
				session.close();
				await database.close();
			}
		});
}
