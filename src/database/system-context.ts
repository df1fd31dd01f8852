/** What the system catalog's tables and services see of a session and its database. */

import type { FunctionLibrary } from '../query/functions/contracts.ts';
import { sqlFunctions } from '../query/functions/sql-functions.ts';
import type { TableStatistics as ValueStatistics } from '../query/optimizer/value-statistics.ts';
import type { TableObject } from '../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../transaction/contracts.ts';
import { fromBigInt } from '../value/int8.ts';
import { searchPathOf } from './analysis.ts';
import type { DatabaseSession } from './session.ts';
import { allSettings, type SettingDefinition, settingDefinition } from './settings.ts';
import type {
	CursorInfo,
	LockInfo,
	PreparedInfo,
	SequenceValue,
	SessionInfo,
	SettingInfo,
	SystemContext,
	TableStatistics,
} from './system-catalog/system-table.ts';

const KINDS = { bool: 'bool', integer: 'integer', real: 'real', enum: 'enum', string: 'string', ms: 'integer', bytes: 'integer' } as const;
const LOCK_MODES = {
	'key share': 'ForKeyShareLock',
	share: 'ForShareLock',
	'no key update': 'ForNoKeyUpdateLock',
	update: 'ForUpdateLock',
	shared: 'RowExclusiveLock',
	exclusive: 'AccessExclusiveLock',
} as const;

/** As PostgreSQL names what a session waits for. */
function waitOf({ activity, control }: DatabaseSession): Pick<SessionInfo, 'waitType' | 'waitEvent'> {
	if (activity.state !== 'active') return { waitType: 'Client', waitEvent: 'ClientRead' };
	const { waitEvent } = control;
	return { waitType: waitEvent === null ? null : waitEvent === 'PgSleep' ? 'Timeout' : 'Lock', waitEvent };
}

export class SessionSystemContext implements SystemContext {
	readonly #session: DatabaseSession;
	readonly functions: FunctionLibrary = sqlFunctions;

	constructor(session: DatabaseSession) {
		this.#session = session;
	}

	get catalog(): CatalogVersion {
		return this.#session.catalog;
	}

	get user(): string {
		return this.#session.currentUser;
	}

	get processId(): number {
		return this.#session.processId;
	}

	get searchPath(): readonly string[] {
		const temporary = this.#session.catalog.get(this.#session.temporarySchemaId);
		const path = searchPathOf(this.#session);
		return temporary === undefined ? path : [temporary.name, ...path];
	}

	get nowUs(): number {
		return this.#session.functions.statementTimeUs;
	}

	setting(name: string): string | undefined {
		return this.#session.settings.get(name);
	}

	*settings(): Iterable<SettingInfo> {
		for (const definition of allSettings()) yield this.#settingInfo(definition);
		for (const name of this.#session.settings.customNames()) yield this.#settingInfo({ name, kind: 'string', default: '', description: '' });
	}

	#settingInfo(definition: SettingDefinition): SettingInfo {
		const value = this.#session.settings.get(definition.name) ?? '';
		const reset = this.#session.settings.default(definition.name) ?? '';
		return {
			name: definition.name,
			value,
			unit: definition.kind === 'ms' ? 'ms' : null,
			category: definition.inert ? 'Accepted without effect' : 'Settings',
			description: definition.description,
			context: definition.readOnly ? 'internal' : definition.atStart ? 'sighup' : 'user',
			type: KINDS[definition.kind],
			source: value === reset ? (settingDefinition(definition.name)?.default === value ? 'default' : 'configuration file') : 'session',
			minimum: definition.range === undefined ? null : String(definition.range[0]),
			maximum: definition.range === undefined ? null : String(definition.range[1]),
			enumValues: definition.allowed ?? null,
			bootValue: definition.default,
			resetValue: reset,
		};
	}

	*sessions(): Iterable<SessionInfo> {
		for (const session of this.#session.engine.sessions.values()) {
			const a = session.activity;
			yield {
				processId: session.processId,
				user: session.user,
				applicationName: session.settings.get('application_name') ?? '',
				address: session.client.address,
				port: session.client.port ?? null,
				startedUs: session.startUs,
				transactionStartUs: session.currentTransaction?.startTimeUs ?? null,
				queryStartUs: a.queryStartUs === 0 ? null : a.queryStartUs,
				stateChangeUs: a.stateChangeUs,
				state: a.state,
				...waitOf(session),
				transactionId: session.currentTransaction?.id ?? null,
				query: a.query,
			};
		}
	}

	*locks(): Iterable<LockInfo> {
		const engine = this.#session.engine;
		const byKeyspace = new Map<number, number>();
		for (const object of this.catalog.objects())
			if (object.kind === 'table' || object.kind === 'index') byKeyspace.set(object.keyspaceId, object.kind === 'table' ? object.id : object.tableId);
		for (const lock of engine.manager.locks()) {
			const isObject = lock.objectId !== 0;
			yield {
				kind: isObject ? 'relation' : 'tuple',
				relationId: isObject ? lock.objectId : (byKeyspace.get(lock.keyspaceId) ?? 0),
				processId: lock.owner,
				mode: LOCK_MODES[lock.mode],
				granted: lock.granted,
				transactionId: lock.transactionId,
				classId: null,
				objectId: null,
			};
		}
		for (const held of engine.advisoryLocks.entries()) {
			const key = BigInt.asUintN(64, BigInt(held.key));
			yield {
				kind: 'advisory',
				relationId: 0,
				processId: held.processId,
				mode: held.shared ? 'ShareLock' : 'ExclusiveLock',
				granted: true,
				transactionId: null,
				classId: Number(key >> 32n),
				objectId: Number(key & 0xffffffffn),
			};
		}
	}

	*preparedStatements(): Iterable<PreparedInfo> {
		for (const [name, entry] of this.#session.preparedStatements) {
			yield { name, statement: entry.text, preparedUs: entry.madeUs, parameterTypeOids: entry.statement.parameterTypes.map((t) => t.oid), fromSql: true };
		}
	}

	*cursors(): Iterable<CursorInfo> {
		for (const cursor of this.#session.cursors.values())
			yield {
				name: cursor.name,
				statement: cursor.statement.text,
				isHoldable: cursor.held,
				isBinary: cursor.binary,
				isScrollable: cursor.scroll,
				createdUs: cursor.madeUs,
			};
	}

	tableStatistics(tableId: number): TableStatistics {
		const engine = this.#session.engine;
		const table = this.catalog.get(tableId) as TableObject | undefined;
		const size = (keyspaceId: number): { entries: number; bytes: number } =>
			engine.store.has(keyspaceId) ? engine.manager.keyspace(keyspaceId).estimate(null, null) : { entries: 0, bytes: 0 };
		const own = table?.kind === 'table' ? size(table.keyspaceId) : { entries: 0, bytes: 0 };
		let indexBytes = 0;
		for (const id of table?.kind === 'table' ? table.indexIds : []) {
			const index = this.catalog.get(id);
			if (index?.kind === 'index' && !index.primary) indexBytes += size(index.keyspaceId).bytes;
		}
		return { rows: own.entries, bytes: own.bytes, indexBytes, inserted: 0, updated: 0, deleted: 0, scans: 0, indexScans: 0 };
	}

	valueStatistics(table: TableObject): ValueStatistics | null {
		return this.#session.engine.valueStatistics.of(table, this.catalog);
	}

	sequenceValue(sequenceId: number): SequenceValue {
		const state = this.#session.engine.manager.sequenceState(sequenceId, this.catalog);
		return { lastValue: fromBigInt(state.lastValue), isCalled: state.isCalled };
	}

	databaseBytes(): number {
		const engine = this.#session.engine;
		return engine.store.statistics().diskBytes + engine.log.bytes();
	}
}
