/** Services that SQL functions ask of their session by name: sequences, other sessions, advisory locks, notifications. */
import { sqlError } from '../platform/errors.ts';
import { LockWait } from '../model/table/contracts.ts';
import { fromBigInt } from '../value/int8.ts';
import type { SequenceObject } from '../transaction/catalog-objects.ts';
import type { DatabaseSession } from './session.ts';
import { notify } from './utility/notify.ts';

type Service = (session: DatabaseSession, args: readonly unknown[]) => unknown;

function sequenceOf(session: DatabaseSession, oid: unknown): SequenceObject {
	const sequence = session.catalog.get(Number(oid));
	if (sequence === undefined) throw sqlError('42P01', `relation with OID ${String(oid)} does not exist`);
	if (sequence.kind !== 'sequence') throw sqlError('42809', `"${sequence.name}" is not a sequence`);
	return sequence;
}

function refuseReadOnly(session: DatabaseSession, what: string): void {
	if (session.block?.transaction.readOnly) throw sqlError('25006', `cannot execute ${what} in a read-only transaction`);
}

function other(session: DatabaseSession, processId: unknown): DatabaseSession | undefined {
	return session.engine.sessions.get(Number(processId));
}

export const sessionServices: ReadonlyMap<string, Service> = new Map<string, Service>([
	[
		'nextval',
		(session, [oid]) => {
			refuseReadOnly(session, 'nextval()');
			const sequence = sequenceOf(session, oid);
			const value = session.engine.manager.nextval(sequence.id, session.catalog, session.currentTransaction);
			session.rememberSequence(sequence.id, value);
			return fromBigInt(value);
		},
	],
	[
		'currval',
		(session, [oid]) => {
			const sequence = sequenceOf(session, oid);
			const value = session.lastSequenceValue(sequence.id);
			if (value === undefined) throw sqlError('55000', `currval of sequence "${sequence.name}" is not yet defined in this session`);
			return fromBigInt(value);
		},
	],
	[
		'lastval',
		(session) => {
			const value = session.lastSequenceValue(0);
			if (value === undefined) throw sqlError('55000', 'lastval is not yet defined in this session');
			return fromBigInt(value);
		},
	],
	[
		'setval',
		(session, [oid, value, isCalled]) => {
			refuseReadOnly(session, 'setval()');
			const sequence = sequenceOf(session, oid);
			const called = isCalled !== false;
			session.engine.manager.setval(sequence.id, BigInt(value as number), called, session.catalog, session.currentTransaction);
			if (called) session.rememberSequence(sequence.id, BigInt(value as number));
			return value;
		},
	],
	['backend_pid', (session) => session.processId],
	['pg_backend_pid', (session) => session.processId],
	[
		'pg_cancel_backend',
		(session, [pid]) => {
			const target = other(session, pid);
			target?.cancel();
			return target !== undefined;
		},
	],
	[
		'pg_terminate_backend',
		(session, [pid]) => {
			const target = other(session, pid);
			if (target !== undefined) session.engine.platform.timers.soon(() => target.terminate());
			return target !== undefined;
		},
	],
	[
		'pg_notify',
		(session, [channel, payload]) => {
			notify(session, String(channel), payload === null ? '' : String(payload));
			return null;
		},
	],
	['listening_channels', (session) => session.engine.notifications.channelsOf(session)],
	['pg_postmaster_start_time', (session) => session.engine.startedUs],
	['pg_conf_load_time', (session) => session.engine.startedUs],
	['session_user', (session) => session.user],
	['current_user', (session) => session.user],
	['client_address', (session) => session.client.address],
	[
		'pg_sleep',
		(session, [seconds]) => {
			if (!session.sleptFor(Number(seconds))) throw new LockWait();
			return null;
		},
	],
	['advisory_lock', (session, [key, shared, forTransaction, tryOnly]) => advisoryLock(session, String(key), shared === true, forTransaction === true, tryOnly === true)],
	['advisory_unlock', (session, [key, shared]) => session.engine.advisoryLocks.unlock(String(key), session.processId, shared === true)],
	[
		'advisory_unlock_all',
		(session) => {
			session.engine.advisoryLocks.unlockAll(session.processId);
			return null;
		},
	],
]);

function advisoryLock(session: DatabaseSession, key: string, shared: boolean, forTransaction: boolean, tryOnly: boolean): boolean {
	const locks = session.engine.advisoryLocks;
	if (locks.tryLock(key, session.processId, shared, forTransaction)) return true;
	if (tryOnly) return false;
	session.waitFor(locks.lock(key, session.processId, shared, forTransaction).then(() => locks.unlock(key, session.processId, shared)));
	throw new LockWait();
}
