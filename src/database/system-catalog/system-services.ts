/**
 * Functions that need the catalog, by name: pg_get_indexdef, format_type's neighbours, regclass conversion, visibility, sizes,
 * statistics. A service gets what the session sees and the arguments as values; oids are numbers, names are texts. Overloads
 * share a service and tell their arguments apart by their types.
 */
import { sqlError } from '../../platform/errors.ts';
import { REGCLASS, REGCOLLATION, REGNAMESPACE, REGOPER, REGOPERATOR, REGPROC, REGPROCEDURE, REGROLE, REGTYPE } from '../../value/builtin-types.ts';
import { PgArray } from '../../value/pg-array.ts';
import {
	constraintDefinition,
	functionArguments,
	functionDefinition,
	functionResult,
	indexColumnDefinition,
	indexDefinition,
	isUpdatable,
	prettyExpression,
	ruleDefinition,
	viewDefinition,
} from './definition-text.ts';
import { functionByOid } from './function-catalog.ts';
import {
	columnByNumber,
	DATABASE_ID,
	DATABASE_NAME,
	displayName,
	displayType,
	isMaterialized,
	isRelation,
	isVisible,
	lookupSchemas,
	objectsOf,
	qualifiedName,
} from './object-names.ts';
import { partitionAncestors, partitionKeyText } from './partition-tables.ts';
import { privilegeServices } from './privilege-services.ts';
import { isFunctionVisible, nameOf, oidOf, oidOrNull, relationOid } from './reg-names.ts';
import { CLASS_OF_ROLES, classOf, RTREE_METHOD_ID } from './relation-tables.ts';
import { setServices } from './set-services.ts';
import { DATABASE_OWNER } from './shared-tables.ts';
import { shownExpression } from './shown-text.ts';
import { type SystemContext, type TableStatistics, tableDefinitions } from './system-table.ts';
import { triggerDefinition } from './trigger-tables.ts';

export type SystemService = (context: SystemContext, args: readonly unknown[]) => unknown;

const EIGHT_KIB = 8192;

// ---- definitions ----

function relationOf(context: SystemContext, argument: unknown): number {
	return typeof argument === 'string' ? relationOid(context, argument) : (argument as number);
}

function expressionText(context: SystemContext, args: readonly unknown[]): string {
	const table = context.catalog.get(args[1] as number);
	if (/^(?:FOR VALUES|DEFAULT$)/.test(args[0] as string)) return args[0] as string;
	const text = shownExpression(context, args[0] as string, table?.schemaId ?? 0);
	return args[2] === true ? prettyExpression(text) : text;
}

function indexText(context: SystemContext, args: readonly unknown[]): string | null {
	const [id, column, pretty] = args as [number, number | undefined, boolean | undefined];
	if (column === undefined) return indexDefinition(context, id, false);
	return column === 0 ? indexDefinition(context, id, pretty === true) : indexColumnDefinition(context, id, column, pretty === true);
}

function viewText(context: SystemContext, args: readonly unknown[]): string | null {
	return viewDefinition(context, relationOf(context, args[0]));
}

function argumentDefault(context: SystemContext, args: readonly unknown[]): string | null {
	const [oid, position] = args as [number, number];
	return functionByOid(context, oid)?.user?.argumentDefaults[position - 1] ?? null;
}

function userName(context: SystemContext, args: readonly unknown[]): string {
	const role = context.catalog.get(args[0] as number);
	if (args[0] === DATABASE_OWNER.oid) return DATABASE_OWNER.name;
	return role?.kind === 'role' ? role.name : `unknown (OID=${args[0] as number})`;
}

function serialSequence(context: SystemContext, args: readonly unknown[]): string | null {
	const [tableName, columnName] = args as [string, string];
	const object = context.catalog.get(relationOid(context, tableName));
	if (object?.kind !== 'table') return null;
	const column = object.columns.find((candidate) => !candidate.dropped && candidate.name === columnName);
	if (column === undefined) throw sqlError('42703', `column "${columnName}" of relation "${object.name}" does not exist`);
	const sequence = objectsOf(context.catalog, 'sequence').find((candidate) => candidate.ownerTableId === object.id && candidate.ownerColumn === column.number);
	return sequence === undefined ? null : qualifiedName(context.catalog, sequence);
}

// ---- comments ----

function objectComment(context: SystemContext, args: readonly unknown[]): string | null {
	const [id, catalogName] = args as [number, string | undefined];
	const object = context.catalog.get(id);
	if (object?.comment === undefined) return null;
	if (catalogName === undefined) return object.comment;
	const wanted = tableDefinitions().get(`pg_catalog.${catalogName}`)?.oid;
	return wanted === classOf(object.kind) ? object.comment : null;
}

function columnComment(context: SystemContext, args: readonly unknown[]): string | null {
	const [id, number] = args as [number, number];
	const object = context.catalog.get(id);
	return object?.kind === 'table' ? (columnByNumber(object, number)?.comment ?? null) : null;
}

function sharedComment(context: SystemContext, args: readonly unknown[]): string | null {
	const [id, catalogName] = args as [number, string];
	const object = context.catalog.get(id);
	if (object?.kind !== 'role' || tableDefinitions().get(`pg_catalog.${catalogName}`)?.oid !== CLASS_OF_ROLES) return null;
	return object.comment ?? null;
}

function describeObject(context: SystemContext, args: readonly unknown[]): string | null {
	const [, id, part] = args as [number, number, number];
	const object = context.catalog.get(id);
	if (object === undefined) return null;
	if (object.kind === 'table' && part > 0) return `column ${columnByNumber(object, part)?.name ?? part} of table ${displayName(context, object)}`;
	return `${object.kind} ${isRelation(object) ? displayName(context, object) : object.name}`;
}

// ---- visibility ----

function isRelationVisible(context: SystemContext, args: readonly unknown[]): boolean | null {
	const object = context.catalog.get(args[0] as number);
	if (isRelation(object)) return isVisible(context, object);
	for (const definition of tableDefinitions().values()) {
		if (definition.oid === args[0]) return lookupSchemas(context).some((schema) => schema.name === definition.schema);
	}
	return null;
}

function isTypeVisible(context: SystemContext, args: readonly unknown[]): boolean | null {
	const type = context.catalog.typeByOid(args[0] as number);
	if (type === undefined) return null;
	const object = context.catalog.get(type.kind === 'array' ? type.elementOid : type.oid);
	return object?.kind === 'type' ? isVisible(context, object) : true;
}

function isProcedureVisible(context: SystemContext, args: readonly unknown[]): boolean | null {
	const one = functionByOid(context, args[0] as number);
	return one === undefined ? null : isFunctionVisible(context, one);
}

/** Objects of kinds that only the system has are all in pg_catalog, which is always searched. */
function always(): boolean {
	return true;
}

// ---- sizes and statistics ----

interface Sizes {
	readonly main: number;
	readonly indexes: number;
}

/** Null for what has no storage, or does not exist. */
function sizesOf(context: SystemContext, argument: unknown): Sizes | null {
	const object = context.catalog.get(relationOf(context, argument));
	if (object?.kind === 'table') {
		const statistics = context.tableStatistics(object.id);
		return { main: statistics.bytes, indexes: statistics.indexBytes };
	}
	if (object?.kind === 'view') {
		if (!isMaterialized(object)) return { main: 0, indexes: 0 };
		const statistics = context.tableStatistics(object.materializedTableId);
		return { main: statistics.bytes, indexes: statistics.indexBytes };
	}
	if (object?.kind === 'index') return { main: indexShare(context, object.tableId), indexes: 0 };
	if (object?.kind === 'sequence') return { main: EIGHT_KIB, indexes: 0 };
	return isRelationVisible(context, [argument]) === null ? null : { main: 0, indexes: 0 };
}

/** Bytes are known for all indexes of a table together; one is taken to have its share. */
function indexShare(context: SystemContext, tableId: number): number {
	const table = context.catalog.get(tableId);
	if (table?.kind !== 'table') return 0;
	const secondary = table.indexIds.filter((id) => {
		const index = context.catalog.get(id);
		return index?.kind === 'index' && !index.primary;
	}).length;
	return secondary === 0 ? 0 : Math.round(context.tableStatistics(tableId).indexBytes / secondary);
}

function mainBytes(context: SystemContext, args: readonly unknown[]): number | null {
	if (args[1] !== undefined && args[1] !== 'main') return 0;
	return sizesOf(context, args[0])?.main ?? null;
}

function totalBytes(context: SystemContext, args: readonly unknown[]): number | null {
	const sizes = sizesOf(context, args[0]);
	return sizes === null ? null : sizes.main + sizes.indexes;
}

function databaseBytes(context: SystemContext, args: readonly unknown[]): number {
	if (args[0] !== DATABASE_ID && args[0] !== DATABASE_NAME) throw sqlError('3D000', `database "${String(args[0])}" does not exist`);
	return context.databaseBytes();
}

function keyspaceOf(context: SystemContext, args: readonly unknown[]): number | null {
	const object = context.catalog.get(relationOf(context, args[0]));
	return object?.kind === 'table' || object?.kind === 'index' ? object.keyspaceId : null;
}

function counter(read: (statistics: TableStatistics) => number): SystemService {
	return (context, args) => {
		const object = context.catalog.get(args[0] as number);
		return object?.kind === 'table' ? read(context.tableStatistics(object.id)) : 0;
	};
}

// ---- properties of indexes ----

const INDEX_PROPERTIES: ReadonlyMap<string, boolean> = new Map([
	['clusterable', false],
	['index_scan', true],
	['bitmap_scan', false],
	['backward_scan', true],
]);
const METHOD_PROPERTIES: ReadonlyMap<string, boolean> = new Map([
	['can_order', true],
	['can_unique', true],
	['can_multi_col', true],
	['can_exclude', false],
	['can_include', true],
]);

/** What a spatial index cannot do of what others can. */
const NOT_SPATIAL = new Set(['backward_scan', 'can_order', 'can_unique']);

function propertyOf(properties: ReadonlyMap<string, boolean>, name: string, spatial: boolean): boolean | null {
	return spatial && NOT_SPATIAL.has(name) ? false : (properties.get(name) ?? null);
}

const SPATIAL_COLUMN_PROPERTIES: ReadonlyMap<string, boolean> = new Map(
	['asc', 'desc', 'nulls_first', 'nulls_last', 'orderable', 'returnable', 'search_array', 'search_nulls', 'distance_orderable'].map((name) => [name, false]),
);

function isSpatial(context: SystemContext, id: number): boolean {
	const index = context.catalog.get(id);
	return index?.kind === 'index' && index.method === 'rtree';
}

/** asc, desc, nulls_first … of one column, counted from 1; null for what an included column does not have. */
function indexColumnProperty(context: SystemContext, args: readonly unknown[]): boolean | null {
	const [id, position, property] = args as [number, number, string];
	const index = context.catalog.get(id);
	const column = index?.kind === 'index' ? index.columns[position - 1] : undefined;
	if (column === undefined) return null;
	if (isSpatial(context, id)) return SPATIAL_COLUMN_PROPERTIES.get(property) ?? null;
	switch (property) {
		case 'asc':
			return !column.descending;
		case 'desc':
			return column.descending;
		case 'nulls_first':
			return column.nullsFirst;
		case 'nulls_last':
			return !column.nullsFirst;
		case 'orderable':
		case 'returnable':
		case 'search_array':
		case 'search_nulls':
			return true;
		case 'distance_orderable':
			return false;
		default:
			return null;
	}
}

// ---- session ----

function schemaNames(context: SystemContext, args: readonly unknown[]): PgArray {
	const names = context.searchPath.filter((name) => context.catalog.findSchema(name) !== undefined);
	return PgArray.of(args[0] === true && !names.includes('pg_catalog') ? ['pg_catalog', ...names] : names);
}

function currentSchema(context: SystemContext): string | null {
	return context.searchPath.find((name) => context.catalog.findSchema(name) !== undefined) ?? null;
}

function lastSequenceValue(context: SystemContext, args: readonly unknown[]): number | bigint | null {
	const object = context.catalog.get(args[0] as number);
	if (object?.kind !== 'sequence') return null;
	const value = context.sequenceValue(object.id);
	return value.isCalled ? value.lastValue : null;
}

// ---- the table ----

function named(typeOid: number): SystemService {
	return (context, args) => oidOrNull(context, typeOid, args[0] as string);
}

const nothing: SystemService = () => null;

const definitionServices: readonly (readonly [string, SystemService])[] = [
	['object_name', (context, args) => nameOf(context, args[0] as number, args[1] as number)],
	['object_oid', (context, args) => oidOf(context, args[0] as number, args[1] as string)],
	['format_type', (context, args) => (args[0] === null ? null : displayType(context, args[0] as number, (args[1] as number | null) ?? -1))],
	['pg_get_indexdef', indexText],
	['pg_get_constraintdef', (context, args) => constraintDefinition(context, args[0] as number, args[1] === true)],
	['pg_get_expr', expressionText],
	['pg_get_viewdef', viewText],
	['pg_get_ruledef', (context, args) => ruleDefinition(context, args[0] as number)],
	['pg_get_triggerdef', (context, args) => triggerDefinition(context, args[0] as number, args[1] === true)],
	['pg_get_partkeydef', (context, args) => partitionKeyText(context, args[0] as number)],
	['pg_get_partition_constraintdef', nothing],
	['pg_get_statisticsobjdef', nothing],
	['pg_get_statisticsobjdef_columns', nothing],
	['pg_get_functiondef', (context, args) => functionDefinition(context, args[0] as number)],
	['pg_get_function_arguments', (context, args) => functionArguments(context, args[0] as number, false)],
	['pg_get_function_identity_arguments', (context, args) => functionArguments(context, args[0] as number, true)],
	['pg_get_function_result', (context, args) => functionResult(context, args[0] as number)],
	['pg_get_function_arg_default', argumentDefault],
	['pg_get_function_sqlbody', nothing],
	['pg_get_userbyid', userName],
	['pg_get_serial_sequence', serialSequence],
	['obj_description', objectComment],
	['col_description', columnComment],
	['shobj_description', sharedComment],
	['pg_describe_object', describeObject],
	['to_regclass', named(REGCLASS.oid)],
	['to_regcollation', named(REGCOLLATION.oid)],
	['to_regnamespace', named(REGNAMESPACE.oid)],
	['to_regoper', named(REGOPER.oid)],
	['to_regoperator', named(REGOPERATOR.oid)],
	['to_regproc', named(REGPROC.oid)],
	['to_regprocedure', named(REGPROCEDURE.oid)],
	['to_regrole', named(REGROLE.oid)],
	['to_regtype', named(REGTYPE.oid)],
	// Bits for UPDATE (4), INSERT (8) and DELETE (16).
	['pg_relation_is_updatable', (context, args) => (isUpdatable(context, args[0] as number) ? 28 : 0)],
	['pg_column_is_updatable', (context, args) => isUpdatable(context, args[0] as number)],
	['pg_relation_is_publishable', () => false],
	['pg_partition_root', (context, args) => partitionAncestors(context, args[0] as number).at(-1) ?? null],
	['acldefault', nothing],
];

const visibilityServices: readonly (readonly [string, SystemService])[] = [
	['pg_table_is_visible', isRelationVisible],
	['pg_type_is_visible', isTypeVisible],
	['pg_function_is_visible', isProcedureVisible],
	...['operator', 'opclass', 'opfamily', 'conversion', 'collation', 'statistics_obj', 'ts_parser', 'ts_dict', 'ts_config', 'ts_template'].map(
		(kind) => [`pg_${kind}_is_visible`, always] as const,
	),
	['row_security_active', () => false],
];

const storageServices: readonly (readonly [string, SystemService])[] = [
	['pg_relation_size', mainBytes],
	['pg_table_size', mainBytes],
	['pg_indexes_size', (context, args) => sizesOf(context, args[0])?.indexes ?? null],
	['pg_total_relation_size', totalBytes],
	['pg_database_size', databaseBytes],
	['pg_tablespace_size', (context) => context.databaseBytes()],
	['pg_tablespace_location', () => ''],
	['pg_relation_filenode', keyspaceOf],
	['pg_relation_filepath', nothing],
	['pg_stat_get_numscans', counter((statistics) => statistics.scans)],
	['pg_stat_get_tuples_inserted', counter((statistics) => statistics.inserted)],
	['pg_stat_get_tuples_updated', counter((statistics) => statistics.updated)],
	['pg_stat_get_tuples_deleted', counter((statistics) => statistics.deleted)],
	['pg_stat_get_live_tuples', counter((statistics) => statistics.rows)],
	['pg_stat_get_dead_tuples', counter(() => 0)],
	...['vacuum', 'autovacuum', 'analyze', 'autoanalyze'].map((kind) => [`pg_stat_get_last_${kind}_time`, nothing] as const),
];

/** A property that is not known is NULL, as PostgreSQL answers. */
const propertyServices: readonly (readonly [string, SystemService])[] = [
	['pg_index_column_has_property', indexColumnProperty],
	['pg_index_has_property', (context, args) => propertyOf(INDEX_PROPERTIES, args[1] as string, isSpatial(context, args[0] as number))],
	['pg_indexam_has_property', (_context, args) => propertyOf(METHOD_PROPERTIES, args[1] as string, args[0] === RTREE_METHOD_ID)],
];

const sessionServices: readonly (readonly [string, SystemService])[] = [
	['current_database', () => DATABASE_NAME],
	['current_catalog', () => DATABASE_NAME],
	['version', (context) => `PostgreSQL ${context.setting('server_version') ?? ''} (Polylog)`],
	['pg_sequence_last_value', lastSequenceValue],
	['pg_notification_queue_usage', () => 0],
	['pg_current_logfile', nothing],
	['inet_server_addr', nothing],
	['inet_server_port', nothing],
	['current_schema', currentSchema],
	['current_schemas', schemaNames],
	['current_user', (context) => context.user],
	['session_user', (context) => context.user],
	['pg_backend_pid', (context) => context.processId],
	['pg_is_in_recovery', () => false],
];

export const systemServices: ReadonlyMap<string, SystemService> = new Map<string, SystemService>([
	...definitionServices,
	...visibilityServices,
	...privilegeServices,
	...storageServices,
	...propertyServices,
	...sessionServices,
	...setServices,
]);
