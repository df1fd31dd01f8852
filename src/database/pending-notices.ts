/**
 * NOTIFY, LISTEN and UNLISTEN inside a transaction: they take effect when it commits, each message once, in the order in which
 * they were given; a rollback to a savepoint takes back those given after it.
 */
import type { DatabaseSession } from './session.ts';

type Action =
	| { readonly kind: 'notify'; readonly channel: string; readonly payload: string }
	| { readonly kind: 'listen' | 'unlisten'; readonly channel: string }
	| { readonly kind: 'unlisten all' };

export class PendingNotices {
	#waiting: Action[] = [];
	/** Another transaction's end is awaited already. */
	#isAwaited = false;

	/** How many there are: to be given to `truncate`. */
	get count(): number {
		return this.#waiting.length;
	}

	truncate(count: number): void {
		this.#waiting.length = Math.min(count, this.#waiting.length);
	}

	add(session: DatabaseSession, action: Action): void {
		const transaction = session.currentTransaction;
		if (transaction === null) {
			perform(session, action);
			return;
		}
		if (action.kind === 'notify' && this.#waiting.some((n) => n.kind === 'notify' && n.channel === action.channel && n.payload === action.payload)) return;
		this.#waiting.push(action);
		if (this.#isAwaited) return;
		this.#isAwaited = true;
		transaction.afterEnd((committed) => {
			const actions = this.#waiting;
			this.#waiting = [];
			this.#isAwaited = false;
			if (!committed) return;
			// Who begins to listen in this transaction hears what it says.
			for (const a of actions) if (a.kind !== 'notify') perform(session, a);
			for (const a of actions) if (a.kind === 'notify') perform(session, a);
		});
	}
}

function perform(session: DatabaseSession, action: Action): void {
	const { notifications } = session.engine;
	switch (action.kind) {
		case 'notify':
			notifications.send(session.processId, action.channel, action.payload);
			break;
		case 'listen':
			notifications.listen(session, action.channel);
			break;
		case 'unlisten':
			notifications.unlisten(session, action.channel);
			break;
		case 'unlisten all':
			notifications.unlistenAll(session);
			break;
	}
}
