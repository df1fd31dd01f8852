/** LISTEN, UNLISTEN, NOTIFY: messages between sessions of one process, sent when the sender's transaction commits. */
import type { ListenStmt, NotifyStmt, UnlistenStmt } from 'libpg-query';
import { sqlError } from '../../platform/errors.ts';
import type { DatabaseSession } from '../session.ts';
import type { UtilityHandler } from './handler.ts';

const PAYLOAD_BYTES_MAX = 8000;

export class Notifications {
	readonly #listeners = new Map<string, Set<DatabaseSession>>();

	listen(session: DatabaseSession, channel: string): void {
		const of = this.#listeners.get(channel);
		if (of === undefined) this.#listeners.set(channel, new Set([session]));
		else of.add(session);
	}

	unlisten(session: DatabaseSession, channel: string): void {
		const of = this.#listeners.get(channel);
		of?.delete(session);
		if (of?.size === 0) this.#listeners.delete(channel);
	}

	unlistenAll(session: DatabaseSession): void {
		for (const channel of [...this.#listeners.keys()]) this.unlisten(session, channel);
	}

	isListening(session: DatabaseSession): boolean {
		for (const of of this.#listeners.values()) if (of.has(session)) return true;
		return false;
	}

	channelsOf(session: DatabaseSession): string[] {
		return [...this.#listeners].filter(([, of]) => of.has(session)).map(([channel]) => channel);
	}

	send(processId: number, channel: string, payload: string): void {
		for (const session of this.#listeners.get(channel) ?? []) session.onNotification?.(processId, channel, payload);
	}
}

/** Sends when the transaction commits; a second equal message in one transaction is sent once. */
export function notify(session: DatabaseSession, channel: string, payload: string): void {
	if (channel === '') throw sqlError('22023', 'channel name cannot be empty');
	if (channel.length > 63) throw sqlError('22023', 'channel name too long');
	if (Buffer.byteLength(payload) >= PAYLOAD_BYTES_MAX) throw sqlError('22023', 'payload string too long');
	session.notices.add(session, { kind: 'notify', channel, payload });
}

const listen: UtilityHandler<ListenStmt> = {
	command: () => 'LISTEN',
	run({ session, node }) {
		session.notices.add(session, { kind: 'listen', channel: node.conditionname ?? '' });
		return { tag: 'LISTEN' };
	},
};

const unlisten: UtilityHandler<UnlistenStmt> = {
	command: () => 'UNLISTEN',
	run({ session, node }) {
		session.notices.add(session, node.conditionname ? { kind: 'unlisten', channel: node.conditionname } : { kind: 'unlisten all' });
		return { tag: 'UNLISTEN' };
	},
};

const send: UtilityHandler<NotifyStmt> = {
	command: () => 'NOTIFY',
	run({ session, node }) {
		notify(session, node.conditionname ?? '', node.payload ?? '');
		return { tag: 'NOTIFY' };
	},
};

export const notifyHandlers = { ListenStmt: listen, UnlistenStmt: unlisten, NotifyStmt: send };
