/** What listeners hear of transactions: what they said when they committed, without what was taken back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../src/database/open.ts';
import { runText } from '../operator/session-text.ts';

test('NOTIFY and LISTEN take effect at the commit, and not when a savepoint before them was gone back to', async () => {
	const database = await openDatabase(':memory:');
	const listener = database.connect({ user: 'a' });
	const sender = database.connect({ user: 'b' });
	const heard: string[] = [];
	for (const session of [listener, sender]) session.onNotification = (_, channel, payload) => void heard.push(`${channel}:${payload}`);
	const takeHeard = (): string[] => heard.splice(0);
	try {
		await runText(listener, 'LISTEN c');
		for (const text of ['BEGIN', "NOTIFY c, '1'", 'SAVEPOINT s', "NOTIFY c, '2'", 'ROLLBACK TO s', "NOTIFY c, '3'", "NOTIFY c, '1'"])
			await runText(sender, text);
		assert.deepEqual(takeHeard(), []);
		await runText(sender, 'COMMIT');
		assert.deepEqual(takeHeard(), ['c:1', 'c:3']);
		for (const text of ['BEGIN', 'SAVEPOINT s', "NOTIFY c, '4'", 'ROLLBACK TO s', 'COMMIT']) await runText(sender, text);
		for (const text of ['BEGIN', "NOTIFY c, '5'", 'ROLLBACK']) await runText(sender, text);
		assert.deepEqual(takeHeard(), []);
		for (const text of ['BEGIN', 'LISTEN d', 'ROLLBACK', "NOTIFY d, '6'", 'BEGIN', 'SAVEPOINT s', 'LISTEN d', 'ROLLBACK TO s', 'COMMIT', "NOTIFY d, '7'"])
			await runText(sender, text);
		assert.deepEqual(takeHeard(), []);
		for (const text of ['BEGIN', "NOTIFY d, '8'", 'LISTEN d', 'COMMIT', 'BEGIN', 'UNLISTEN d', 'ROLLBACK', "NOTIFY d, '9'"]) await runText(sender, text);
		assert.deepEqual(takeHeard(), ['d:8', 'd:9']);
	} finally {
		listener.close();
		sender.close();
		await database.close();
	}
});
