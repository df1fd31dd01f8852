/**
 * Tables that the database computes: pg_catalog and information_schema, with PostgreSQL 15's names, columns and order. Each is
 * a provider of rows over what a session sees at the moment: its catalog version, settings, the other sessions.
 *
 * Providers give records, by column name; what a record leaves out is null. Rows that follow from the catalog alone are made
 * once per version of it and kept as long as that version is.
 */
import type { FunctionLibrary } from '../../query/functions/contracts.ts';
import type { TableStatistics as ValueStatistics } from '../../query/optimizer/value-statistics.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { builtinTypes } from '../../value/builtin-types.ts';
import { informationSchemaColumns } from './information-schema-columns.ts';
import { pgCatalogColumns } from './pg-catalog-columns.ts';

/** One row of pg_settings. */
export interface SettingInfo {
	readonly name: string;
	readonly value: string;
	readonly unit: string | null;
	readonly category: string;
	readonly description: string;
	/** Who may change it: 'internal', 'postmaster', 'superuser', 'user'. */
	readonly context: string;
	readonly type: 'bool' | 'integer' | 'real' | 'string' | 'enum';
	/** 'default', 'session', 'client', 'configuration file'. */
	readonly source: string;
	readonly minimum: string | null;
	readonly maximum: string | null;
	readonly enumValues: readonly string[] | null;
	/** Value at start, and the one that RESET goes back to. */
	readonly bootValue: string | null;
	readonly resetValue: string | null;
}

/** One row of pg_stat_activity. Times are microseconds since 1970. */
export interface SessionInfo {
	readonly processId: number;
	readonly user: string;
	readonly applicationName: string;
	/** '' for sessions inside this process. */
	readonly address: string;
	readonly port: number | null;
	readonly startedUs: number;
	readonly transactionStartUs: number | null;
	readonly queryStartUs: number | null;
	readonly stateChangeUs: number | null;
	readonly state: 'active' | 'idle' | 'idle in transaction' | 'idle in transaction (aborted)';
	/** What it waits for: 'Lock', 'Client', 'IO'; null when it runs. */
	readonly waitType: string | null;
	readonly waitEvent: string | null;
	readonly transactionId: number | null;
	readonly query: string;
}

/** One row of pg_locks. */
export interface LockInfo {
	readonly kind: 'relation' | 'tuple' | 'transactionid' | 'advisory';
	/** Table, for 'relation' and 'tuple'; else 0. */
	readonly relationId: number;
	readonly processId: number;
	/** PostgreSQL's name, such as RowExclusiveLock. */
	readonly mode: string;
	readonly granted: boolean;
	readonly transactionId: number | null;
	/** For 'advisory': the two halves of the key. */
	readonly classId: number | null;
	readonly objectId: number | null;
}

export interface PreparedInfo {
	readonly name: string;
	readonly statement: string;
	readonly preparedUs: number;
	readonly parameterTypeOids: readonly number[];
	readonly fromSql: boolean;
}

export interface CursorInfo {
	readonly name: string;
	readonly statement: string;
	readonly isHoldable: boolean;
	readonly isBinary: boolean;
	readonly isScrollable: boolean;
	readonly createdUs: number;
}

/** What is known about a table without reading it. */
export interface TableStatistics {
	readonly rows: number;
	readonly bytes: number;
	readonly indexBytes: number;
	readonly inserted: number;
	readonly updated: number;
	readonly deleted: number;
	readonly scans: number;
	readonly indexScans: number;
}

export interface SequenceValue {
	readonly lastValue: number | bigint;
	/** False before the first nextval: then `lastValue` will be the first. */
	readonly isCalled: boolean;
}

/** What providers and services see. Implemented by the database for each session. */
export interface SystemContext {
	readonly catalog: CatalogVersion;
	readonly functions: FunctionLibrary;
	readonly user: string;
	readonly processId: number;
	/** Existing schemas of the search path in order, without the implied pg_catalog. */
	readonly searchPath: readonly string[];
	setting(name: string): string | undefined;
	settings(): Iterable<SettingInfo>;
	sessions(): Iterable<SessionInfo>;
	locks(): Iterable<LockInfo>;
	preparedStatements(): Iterable<PreparedInfo>;
	cursors(): Iterable<CursorInfo>;
	tableStatistics(tableId: number): TableStatistics;
	/** What ANALYZE has found out; null: the table was not analysed. */
	valueStatistics(table: TableObject): ValueStatistics | null;
	sequenceValue(sequenceId: number): SequenceValue;
	/** Start of the statement, microseconds since 1970. */
	readonly nowUs: number;
	/** Bytes on disk of everything. */
	databaseBytes(): number;
}

export interface SystemColumn {
	readonly name: string;
	readonly typeOid: number;
}

export interface SystemTable {
	readonly schema: 'pg_catalog' | 'information_schema';
	readonly name: string;
	/** PostgreSQL's own. */
	readonly oid: number;
	/** 'r' table, 'v' view. */
	readonly relationKind: 'r' | 'v';
	readonly columns: readonly SystemColumn[];
	/** Rows in column order. */
	rows(context: SystemContext): Iterable<readonly unknown[]>;
}

export type SystemRecord = Readonly<Record<string, unknown>>;
/** `perVersion`: the rows follow from the catalog version and the function library alone. */
export interface Provider {
	readonly perVersion: boolean;
	readonly records: (context: SystemContext) => Iterable<SystemRecord>;
}

export interface TableDefinition {
	readonly schema: 'pg_catalog' | 'information_schema';
	readonly name: string;
	readonly oid: number;
	readonly relationKind: 'r' | 'v';
	readonly columns: readonly SystemColumn[];
}

export function perVersion(records: Provider['records']): Provider {
	return { perVersion: true, records };
}

export function perCall(records: Provider['records']): Provider {
	return { perVersion: false, records };
}

let definitions: ReadonlyMap<string, TableDefinition> | null = null;

/** Names, oids and columns of all tables, by `schema.name`; read from the facts at the first call. */
export function tableDefinitions(): ReadonlyMap<string, TableDefinition> {
	if (definitions !== null) return definitions;
	const all = [...parseDefinitions('pg_catalog', pgCatalogColumns), ...parseDefinitions('information_schema', informationSchemaColumns)];
	definitions = new Map(all.map((definition) => [`${definition.schema}.${definition.name}`, definition]));
	return definitions;
}

function parseDefinitions(schema: TableDefinition['schema'], text: string): TableDefinition[] {
	return text
		.trim()
		.split('\n\n')
		.map((entry) => {
			const lineEnd = entry.indexOf('\n');
			const [kind, name, oid] = entry.slice(0, lineEnd).split(' ');
			const columns = entry
				.slice(lineEnd + 1)
				.replaceAll('\n', ' ')
				.split(', ')
				.map(parseColumn);
			return { schema, name: name!, oid: Number(oid), relationKind: kind === 'table' ? 'r' : 'v', columns };
		});
}

function parseColumn(text: string): SystemColumn {
	const [name, typeName] = text.trim().split(' ');
	const type = builtinTypes.byName(typeName!);
	if (type === undefined) throw new TypeError(`column ${name} has the unknown type ${typeName}`);
	return { name: name!, typeOid: type.oid };
}

/** A table from its definition and its provider. */
export function makeSystemTable(definition: TableDefinition, provider: Provider): SystemTable {
	const names = definition.columns.map((column) => column.name);
	const kept = new WeakMap<CatalogVersion, readonly (readonly unknown[])[]>();
	const toRow = (record: SystemRecord): unknown[] => names.map((name) => record[name] ?? null);
	const make = (context: SystemContext): unknown[][] => Array.from(provider.records(context), toRow);
	return {
		...definition,
		rows(context) {
			if (!provider.perVersion) return make(context);
			let rows = kept.get(context.catalog);
			if (rows === undefined) kept.set(context.catalog, (rows = make(context)));
			return rows;
		},
	};
}
