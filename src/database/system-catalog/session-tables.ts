/** What changes from moment to moment: sessions, locks, settings, prepared statements, cursors, statistics. */
import { PgArray } from '../../value/pg-array.ts';
import { DATABASE_ID, DATABASE_NAME, objectsOf, schemaName, visibleTables } from './object-names.ts';
import { integer } from './relation-tables.ts';
import { timeZoneRows } from './set-services.ts';
import { type Provider, perCall, type SystemContext, type SystemRecord } from './system-table.ts';

function* settings(context: SystemContext): Iterable<SystemRecord> {
	for (const setting of context.settings()) {
		yield {
			name: setting.name,
			setting: setting.value,
			unit: setting.unit,
			category: setting.category,
			short_desc: setting.description,
			context: setting.context,
			vartype: setting.type,
			source: setting.source,
			min_val: setting.minimum,
			max_val: setting.maximum,
			enumvals: setting.enumValues === null ? null : PgArray.of(setting.enumValues),
			boot_val: setting.bootValue,
			reset_val: setting.resetValue,
			pending_restart: false,
		};
	}
}

function* activity(context: SystemContext): Iterable<SystemRecord> {
	for (const session of context.sessions()) {
		yield {
			datid: DATABASE_ID,
			datname: DATABASE_NAME,
			pid: session.processId,
			usesysid: context.catalog.findRole(session.user)?.id ?? null,
			usename: session.user,
			application_name: session.applicationName,
			client_addr: session.address === '' ? null : session.address,
			client_port: session.port,
			backend_start: session.startedUs,
			xact_start: session.transactionStartUs,
			query_start: session.queryStartUs,
			state_change: session.stateChangeUs,
			wait_event_type: session.waitType,
			wait_event: session.waitEvent,
			state: session.state,
			backend_xid: session.transactionId === null ? null : session.transactionId % 0x100000000,
			query: session.query,
			backend_type: 'client backend',
		};
	}
}

function* locks(context: SystemContext): Iterable<SystemRecord> {
	for (const lock of context.locks()) {
		yield {
			locktype: lock.kind,
			database: DATABASE_ID,
			relation: lock.relationId === 0 ? null : lock.relationId,
			transactionid: lock.kind === 'transactionid' && lock.transactionId !== null ? lock.transactionId % 0x100000000 : null,
			classid: lock.classId,
			objid: lock.objectId,
			objsubid: lock.kind === 'advisory' ? 1 : null,
			virtualtransaction: `${lock.processId}/${lock.transactionId ?? 0}`,
			pid: lock.processId,
			mode: lock.mode,
			granted: lock.granted,
			fastpath: false,
		};
	}
}

function* preparedStatements(context: SystemContext): Iterable<SystemRecord> {
	for (const prepared of context.preparedStatements()) {
		yield {
			name: prepared.name,
			statement: prepared.statement,
			prepare_time: prepared.preparedUs,
			parameter_types: PgArray.of(prepared.parameterTypeOids),
			from_sql: prepared.fromSql,
			generic_plans: 0,
			custom_plans: 0,
		};
	}
}

function* cursors(context: SystemContext): Iterable<SystemRecord> {
	for (const cursor of context.cursors()) {
		yield {
			name: cursor.name,
			statement: cursor.statement,
			is_holdable: cursor.isHoldable,
			is_binary: cursor.isBinary,
			is_scrollable: cursor.isScrollable,
			creation_time: cursor.createdUs,
		};
	}
}

function* tableStatistics(context: SystemContext): Iterable<SystemRecord> {
	for (const table of visibleTables(context.catalog)) {
		const statistics = context.tableStatistics(table.id);
		yield {
			relid: table.id,
			schemaname: schemaName(context.catalog, table.schemaId),
			relname: table.name,
			seq_scan: statistics.scans,
			idx_scan: statistics.indexScans,
			n_tup_ins: statistics.inserted,
			n_tup_upd: statistics.updated,
			n_tup_del: statistics.deleted,
			n_live_tup: statistics.rows,
			n_dead_tup: 0,
			last_analyze: context.valueStatistics(table)?.madeUs ?? null,
			vacuum_count: 0,
			autovacuum_count: 0,
			autoanalyze_count: 0,
		};
	}
}

function* indexStatistics(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const index of objectsOf(catalog, 'index')) {
		const table = catalog.get(index.tableId);
		if (table === undefined) continue;
		yield { relid: table.id, indexrelid: index.id, schemaname: schemaName(catalog, table.schemaId), relname: table.name, indexrelname: index.name };
	}
}

function* sequences(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const sequence of objectsOf(catalog, 'sequence')) {
		const value = context.sequenceValue(sequence.id);
		yield {
			schemaname: schemaName(catalog, sequence.schemaId),
			sequencename: sequence.name,
			sequenceowner: sequence.owner ?? 'polylog',
			data_type: sequence.typeOid,
			start_value: integer(sequence.start),
			min_value: integer(sequence.minimum),
			max_value: integer(sequence.maximum),
			increment_by: integer(sequence.increment),
			cycle: sequence.cycle,
			cache_size: sequence.cache,
			last_value: value.isCalled ? value.lastValue : null,
		};
	}
}

function* databaseStatistics(context: SystemContext): Iterable<SystemRecord> {
	yield { datid: DATABASE_ID, datname: DATABASE_NAME, numbackends: [...context.sessions()].length };
}

function* timeZones(context: SystemContext): Iterable<SystemRecord> {
	for (const [name, abbrev, utc_offset, is_dst] of timeZoneRows(context)) yield { name, abbrev, utc_offset, is_dst };
}

export const sessionTables: Readonly<Record<string, Provider>> = {
	pg_settings: perCall(settings),
	pg_stat_activity: perCall(activity),
	pg_locks: perCall(locks),
	pg_prepared_statements: perCall(preparedStatements),
	pg_cursors: perCall(cursors),
	pg_stat_all_tables: perCall(tableStatistics),
	pg_stat_user_tables: perCall(tableStatistics),
	pg_stat_all_indexes: perCall(indexStatistics),
	pg_stat_user_indexes: perCall(indexStatistics),
	pg_sequences: perCall(sequences),
	pg_stat_database: perCall(databaseStatistics),
	pg_timezone_names: perCall(timeZones),
};
