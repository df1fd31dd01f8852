/** NOTIFY inside a transaction: sent when it commits, each message once. */
import type { DatabaseSession } from './session.ts';

export class PendingNotices {
	#waiting: { readonly channel: string; readonly payload: string }[] = [];

	add(session: DatabaseSession, channel: string, payload: string): void {
		const { notifications } = session.engine;
		const transaction = session.currentTransaction;
		if (transaction === null) {
			notifications.send(session.processId, channel, payload);
			return;
		}
		if (this.#waiting.some((n) => n.channel === channel && n.payload === payload)) return;
		this.#waiting.push({ channel, payload });
		if (this.#waiting.length > 1) return;
		transaction.afterEnd((committed) => {
			const notices = this.#waiting;
			this.#waiting = [];
			if (committed) for (const n of notices) notifications.send(session.processId, n.channel, n.payload);
		});
	}
}
