/** Loads that are a transaction of their own, however many turns they take: all of what they store or nothing. */
import type { OwnedTransaction } from '../../transaction/manager.ts';
import type { DatabaseSession } from '../session.ts';

/** Runs `work` in a transaction held over its turns; resolves with what it gives once that is durable at the session's level. */
export async function wholeLoad<T>(session: DatabaseSession, work: (transaction: OwnedTransaction) => Promise<T>): Promise<T> {
	const transaction = session.statementTransaction(false);
	transaction.hold();
	session.functions.begin(transaction.startTimeUs);
	try {
		const result = await work(transaction);
		await session.endStatement(transaction, false);
		return result;
	} catch (error) {
		if (transaction.state === 'open') transaction.rollback();
		throw error;
	}
}
