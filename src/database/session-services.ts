/** Services that SQL functions ask of their session by name: sequences, other sessions, advisory locks, notifications. */

import { LockWait } from '../model/table/contracts.ts';
import { invariant, sqlError } from '../platform/errors.ts';
import type { FunctionObject, SequenceObject } from '../transaction/catalog-objects.ts';
import type { Transaction } from '../transaction/contracts.ts';
import type { LockDescription } from '../transaction/manager.ts';
import { fromBigInt } from '../value/int8.ts';
import type { Interval } from '../value/interval.ts';
import type { Jsonb } from '../value/jsonb.ts';
import { PgArray } from '../value/pg-array.ts';
import { loadCsv } from './csv-files.ts';
import { graphServices } from './graph-work.ts';
import { createNamedGraph, dropNamedGraph } from './graphs.ts';
import { procedural } from './procedural/load-procedural.ts';
import type { CallTypes } from './procedural/procedure-maker.ts';
import type { DatabaseSession } from './session.ts';
import { createNamedStore, dropNamedStore } from './triple-stores.ts';
import { notify } from './utility/notify.ts';

type Mode = LockDescription['mode'];

const NO_KEY = new Uint8Array(0);

/** By the mode waited for: the modes that it waits for. */
const LOCK_CONFLICTS: Readonly<Record<Mode, ReadonlySet<Mode>>> = {
	'key share': new Set<Mode>(['update']),
	share: new Set<Mode>(['no key update', 'update']),
	'no key update': new Set<Mode>(['share', 'no key update', 'update']),
	update: new Set<Mode>(['key share', 'share', 'no key update', 'update']),
	shared: new Set<Mode>(['exclusive']),
	exclusive: new Set<Mode>(['shared', 'exclusive']),
};

type Service = (session: DatabaseSession, args: readonly unknown[]) => unknown;

/** What the statement that runs sees, the objects that it has made itself included (ALTER TABLE … ADD COLUMN … serial). */
function sequenceOf(session: DatabaseSession, oid: unknown): SequenceObject {
	const sequence = session.statementCatalog.get(Number(oid));
	if (sequence === undefined) throw sqlError('42P01', `relation with OID ${String(oid)} does not exist`);
	if (sequence.kind !== 'sequence') throw sqlError('42809', `"${sequence.name}" is not a sequence`);
	return sequence;
}

function refuseReadOnly(session: DatabaseSession, what: string): void {
	if (session.block?.transaction.refusesWrites) throw sqlError('25006', `cannot execute ${what} in a read-only transaction`);
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
			const value = session.control.drawn(sequence.id, () => session.engine.manager.nextval(sequence.id, session.statementCatalog, session.currentTransaction));
			session.sequences.remember(sequence.id, value);
			return fromBigInt(value);
		},
	],
	[
		'currval',
		(session, [oid]) => {
			const sequence = sequenceOf(session, oid);
			const value = session.sequences.last(sequence.id);
			if (value === undefined) throw sqlError('55000', `currval of sequence "${sequence.name}" is not yet defined in this session`);
			return fromBigInt(value);
		},
	],
	[
		'lastval',
		(session) => {
			const value = session.sequences.last(0);
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
			session.engine.manager.setval(sequence.id, BigInt(value as number), called, session.statementCatalog, session.currentTransaction);
			if (called) session.sequences.remember(sequence.id, BigInt(value as number));
			return value;
		},
	],
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
	['pg_postmaster_start_time', (session) => session.engine.startedUs],
	['pg_conf_load_time', (session) => session.engine.startedUs],
	['session_user', (session) => session.settings.get('session_authorization')!],
	['current_user', (session) => session.currentUser],
	[
		'pg_sleep',
		(session, [seconds]) => {
			if (!session.control.sleptFor(Number(seconds))) throw new LockWait();
			return null;
		},
	],
	[
		'pg_sleep_for',
		(session, [interval]) => {
			if (!session.control.sleptFor(intervalSeconds(interval as Interval))) throw new LockWait();
			return null;
		},
	],
	[
		'pg_sleep_until',
		(session, [instant]) => {
			const leftUs = Number(instant) - session.engine.platform.clock.nowUs();
			if (!session.control.sleptFor(leftUs / 1_000_000)) throw new LockWait();
			return null;
		},
	],
	['procedure.call', (session, [object, types, args]) => callProcedureOf(session, object as FunctionObject, types as CallTypes, args as unknown[])],
	['pg_trigger_depth', (session) => session.nested.triggerDepth],
	['pg_blocking_pids', (session, [pid]) => blockingProcesses(session, Number(pid))],
	['pg_safe_snapshot_blocking_pids', () => PgArray.empty],
	['pg_listening_channels', (session) => session.engine.notifications.channelsOf(session)],
	['current_query', (session) => session.activity.query],
	['inet_client_addr', (session) => inetOf(session.client.address)],
	['inet_client_port', (session) => session.client.port ?? null],
	['pg_my_temp_schema', (session) => session.temporarySchemaId],
	['pg_is_other_temp_schema', (session, [id]) => id !== session.temporarySchemaId && (session.catalog.get(Number(id))?.name.startsWith('pg_temp_') ?? false)],
	['txid_current', (session) => session.currentTransaction?.id ?? null],
	['txid_current_if_assigned', (session) => assignedTransactionId(session)],
	['pg_current_xact_id', (session) => session.currentTransaction?.id ?? null],
	['pg_current_xact_id_if_assigned', (session) => assignedTransactionId(session)],
	['triples.reader', (session, [storeId]) => session.engine.tripleStores.reader(requireTransaction(session), Number(storeId))],
	['polylog.create_triple_store', (session, [name]) => createNamedStore(session, requireTransaction(session), String(name))],
	['polylog.drop_triple_store', (session, [name]) => dropNamedStore(session, requireTransaction(session), String(name))],
	['triples.writer', (session, [storeId]) => session.engine.tripleStores.writer(requireTransaction(session), Number(storeId))],
	...advisoryServices(),
	...graphServices,
	[
		'polylog.create_graph',
		(session, [name, definition]) => createNamedGraph(session, requireTransaction(session), String(name), (definition ?? null) as Jsonb | null),
	],
	['cursor.key', (session, [name, tableId, place]) => currentKeyOf(session, name, Number(tableId), Number(place))],
	['polylog.drop_graph', (session, [name]) => dropNamedGraph(session, requireTransaction(session), String(name))],
	['csv.load', (session, [url, withHeaders, separator]) => loadCsv(session.engine.importDirectory, url, withHeaders as boolean, separator as string)],
	[
		'pg_advisory_unlock_all',
		(session) => {
			session.engine.advisoryLocks.unlockAll(session.processId);
			return null;
		},
	],
]);

/** What runs over stored rows has no session of its own: it acts for the one whose statement works now. */
function callProcedureOf(session: DatabaseSession, object: FunctionObject, types: CallTypes, args: readonly unknown[]): unknown {
	const acting = session.processId === 0 ? (session.engine.working ?? session) : session;
	return procedural().callRoutine(acting, object, types, args);
}

/** For WHERE CURRENT OF. */
function currentKeyOf(session: DatabaseSession, name: unknown, tableId: number, place: number): unknown {
	if (name === null) throw sqlError('34000', 'cursor "(null)" does not exist');
	const table = session.statementCatalog.get(tableId);
	invariant(table?.kind === 'table', 'only tables have rows to name');
	const cursor = session.cursors.get(String(name));
	if (cursor === undefined) throw sqlError('34000', `cursor "${String(name)}" does not exist`);
	return cursor.currentKey(table, place);
}

function requireTransaction(session: DatabaseSession): Transaction {
	const transaction = session.currentTransaction;
	invariant(transaction !== null, 'a statement that asks for a service runs in a transaction');
	return transaction;
}

function intervalSeconds(interval: Interval): number {
	return interval.months * 30 * 86_400 + interval.days * 86_400 + Number(interval.microseconds) / 1_000_000;
}

/** A transaction has a number of its own from its first change on. */
function assignedTransactionId(session: DatabaseSession): number | null {
	const transaction = session.currentTransaction;
	return transaction === null || transaction.changeCount === 0 ? null : transaction.id;
}

/** null for a session inside this process. */
function inetOf(address: string): string | null {
	if (address === '') return null;
	return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** The functions pg_advisory_… in all their forms. A pair of int4 is another key than any int8. */
function advisoryServices(): [string, Service][] {
	const services: [string, Service][] = [];
	for (const shared of [false, true]) {
		const suffix = shared ? '_shared' : '';
		for (const level of ['', 'xact_']) {
			services.push([
				`pg_advisory_${level}lock${suffix}`,
				(session, key) => {
					advisoryLock(session, key.join(':'), shared, level !== '', false);
					return null;
				},
			]);
			services.push([`pg_try_advisory_${level}lock${suffix}`, (session, key) => advisoryLock(session, key.join(':'), shared, level !== '', true)]);
		}
		services.push([`pg_advisory_unlock${suffix}`, (session, key) => advisoryUnlock(session, key.join(':'), shared)]);
	}
	return services;
}

function advisoryUnlock(session: DatabaseSession, key: string, shared: boolean): boolean {
	const held = session.engine.advisoryLocks.unlock(key, session.processId, shared);
	if (!held) {
		const message = `you don't own a lock of type ${shared ? 'ShareLock' : 'ExclusiveLock'}`;
		session.onNotice?.({ severity: 'WARNING', sqlstate: '01000', message });
	}
	return held;
}

function advisoryLock(session: DatabaseSession, key: string, shared: boolean, forTransaction: boolean, tryOnly: boolean): boolean {
	const locks = session.engine.advisoryLocks;
	return session.control.once(() => {
		if (locks.tryLock(key, session.processId, shared, forTransaction)) return true;
		if (tryOnly) return false;
		const { released, stop } = locks.wait(key);
		session.control.waitFor(released, 'advisory', stop);
		throw new LockWait();
	});
}

/** Process ids of those whose locks keep a waiting session waiting. */
function blockingProcesses(session: DatabaseSession, processId: number): PgArray {
	const locks = session.engine.manager.locks();
	const same = (a: LockDescription, b: LockDescription): boolean =>
		a.keyspaceId === b.keyspaceId && a.objectId === b.objectId && Buffer.compare(a.key ?? NO_KEY, b.key ?? NO_KEY) === 0;
	const waited = locks.filter((lock) => lock.owner === processId && !lock.granted);
	const blocking = locks.filter(
		(lock) => lock.granted && lock.owner !== processId && waited.some((w) => same(w, lock) && LOCK_CONFLICTS[w.mode].has(lock.mode)),
	);
	return PgArray.of([...new Set(blocking.map((lock) => lock.owner))]);
}
