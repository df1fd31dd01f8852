/**
 * Settings of a session, as PostgreSQL's run-time parameters: what exists, its default, what values it takes. A session keeps
 * only what differs from the default, in a map that is replaced (never changed in place), so that a transaction or savepoint
 * can go back to the map it began with.
 *
 * Settings marked `inert` are accepted because drivers and dumps set them; they change nothing, and `docs/reference/settings.md` lists them.
 */
import { sqlError } from '../platform/errors.ts';

export interface SettingDefinition {
	/** Spelled as SHOW prints it. */
	readonly name: string;
	readonly default: string;
	readonly kind: 'bool' | 'integer' | 'real' | 'enum' | 'string' | 'ms' | 'bytes';
	/** For enums: the allowed values, lower case; for numbers: [least, most]. */
	readonly allowed?: readonly string[];
	readonly range?: readonly [number, number];
	/** Told to clients by ParameterStatus. */
	readonly reported?: boolean;
	readonly readOnly?: boolean;
	/** Chosen when the database is opened: no session changes it. */
	readonly atStart?: boolean;
	readonly inert?: boolean;
	readonly description: string;
}

const ISOLATION = ['serializable', 'repeatable read', 'read committed', 'read uncommitted'];
const MAXIMUM = 2147483647;

function define(name: string, kind: SettingDefinition['kind'], value: string, description: string, more: Partial<SettingDefinition> = {}): SettingDefinition {
	return { name, kind, default: value, description, ...more };
}

const definitions: readonly SettingDefinition[] = [
	define('TimeZone', 'string', 'UTC', 'Time zone in which timestamps are shown and read.', { reported: true }),
	define('DateStyle', 'string', 'ISO, MDY', 'Form of dates and order of their fields in input.', { reported: true }),
	define('IntervalStyle', 'enum', 'postgres', 'Form of intervals.', { reported: true, allowed: ['postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'] }),
	define('client_encoding', 'string', 'UTF8', 'Encoding of the client; only UTF8.', { reported: true }),
	define('server_encoding', 'string', 'UTF8', 'Encoding of the database.', { reported: true, readOnly: true }),
	define('server_version', 'string', '15.18', 'Version of PostgreSQL whose behaviour is followed.', { reported: true, readOnly: true }),
	define('server_version_num', 'integer', '150018', 'The same as a number.', { readOnly: true }),
	define('application_name', 'string', '', 'Name shown in pg_stat_activity.', { reported: true }),
	define('integer_datetimes', 'bool', 'on', 'Timestamps are integers.', { reported: true, readOnly: true }),
	define('standard_conforming_strings', 'bool', 'on', 'Backslashes in plain strings are themselves.', { reported: true }),
	define('is_superuser', 'bool', 'on', 'Whether the user is a superuser.', { reported: true, readOnly: true }),
	define('session_authorization', 'string', 'polylog', 'User of the session.', { reported: true }),
	define('in_hot_standby', 'bool', 'off', 'Whether the server is a follower.', { reported: true, readOnly: true }),
	define('default_transaction_read_only', 'bool', 'off', 'Whether new transactions are read only.', { reported: true }),
	define('search_path', 'string', '"$user", public', 'Schemas in which unqualified names are looked up.'),
	define('extra_float_digits', 'integer', '1', 'Digits of floats: above 0 the shortest exact form.', { range: [-15, 3] }),
	define('bytea_output', 'enum', 'hex', 'Form of bytea.', { allowed: ['hex', 'escape'] }),
	define('statement_timeout', 'ms', '0', 'Longest time of a statement; 0: no limit.', { range: [0, MAXIMUM] }),
	define('lock_timeout', 'ms', '0', 'Longest wait for a lock; 0: no limit.', { range: [0, MAXIMUM] }),
	define('idle_in_transaction_session_timeout', 'ms', '0', 'Longest idle time inside a transaction; 0: no limit.', { range: [0, MAXIMUM] }),
	define('idle_session_timeout', 'ms', '0', 'Longest idle time outside a transaction; 0: no limit.', { range: [0, MAXIMUM] }),
	define('deadlock_timeout', 'ms', '1s', 'Deadlocks are found at once, whatever this says.', { inert: true }),
	define('default_transaction_isolation', 'enum', 'read committed', 'Isolation of new transactions.', { allowed: ISOLATION }),
	define('default_transaction_deferrable', 'bool', 'off', 'Read-only serializable transactions never wait here.', { inert: true }),
	define('transaction_isolation', 'enum', 'read committed', 'Isolation of this transaction.', { allowed: ISOLATION }),
	define('transaction_read_only', 'bool', 'off', 'Whether this transaction is read only.'),
	define('transaction_deferrable', 'bool', 'off', 'Read-only serializable transactions never wait here.', { inert: true }),
	define('synchronous_commit', 'enum', 'on', 'on: acknowledged when on disk; off: when handed to the operating system.', {
		allowed: ['on', 'off', 'local', 'remote_write', 'remote_apply'],
	}),
	define('work_mem', 'bytes', '64MB', 'Memory of one statement before it spills to disk.', { range: [64 * 1024, 2 ** 40] }),
	define('threads', 'integer', '0', 'Threads of a query over columns, the one that runs all else included; 0: one fewer than processors, 1 to 4.', {
		range: [0, 64],
	}),
	define('client_min_messages', 'enum', 'notice', 'Least severity of messages to the client.', {
		allowed: ['debug5', 'debug4', 'debug3', 'debug2', 'debug1', 'log', 'notice', 'warning', 'error'],
	}),
	define('enable_kept_views', 'bool', 'on', 'Aggregates are answered from kept views where these hold what is asked.'),
	define('check_function_bodies', 'bool', 'on', 'Bodies of functions are analysed when they are created.'),
	define('default_table_access_method', 'enum', 'lsm', 'Engine of new tables: lsm, btree, hash or columnar; heap means lsm.', {
		allowed: ['lsm', 'btree', 'hash', 'columnar', 'heap'],
	}),
	define('row_security', 'bool', 'on', 'There are no row security policies.', { inert: true }),
	define('xmloption', 'enum', 'content', 'Values of type xml are not parsed.', { allowed: ['content', 'document'], inert: true }),
	define('default_tablespace', 'string', '', 'There is one tablespace.', { inert: true }),
	define('temp_tablespaces', 'string', '', 'There is one tablespace.', { inert: true }),
	define('role', 'string', 'none', 'Role of the session.'),
	define('lc_messages', 'string', 'C', 'Language of messages.', { readOnly: true }),
	define('lc_monetary', 'string', 'C', 'Form of money.', { inert: true }),
	define('lc_numeric', 'string', 'C', 'Form of numbers in to_char.', { inert: true }),
	define('lc_time', 'string', 'C', 'Names of days and months in to_char.', { inert: true }),
	define('lc_collate', 'string', 'C', 'Order of text.', { readOnly: true }),
	define('lc_ctype', 'string', 'C', 'Classes of characters.', { readOnly: true }),
	define('max_connections', 'integer', '10000', 'Most sessions at once.', { readOnly: true }),
	define('max_identifier_length', 'integer', '63', 'Longest identifier in bytes.', { readOnly: true }),
	define('max_index_keys', 'integer', '32', 'Most columns of an index.', { readOnly: true }),
	define('block_size', 'integer', '8192', 'As PostgreSQL reports it.', { readOnly: true }),
	define('wal_level', 'string', 'logical', 'The log is logical.', { readOnly: true }),
	define('default_with_oids', 'bool', 'off', 'Tables have no oids.', { readOnly: true }),
	define('escape_string_warning', 'bool', 'on', 'No warning is given.', { inert: true }),
	define('backslash_quote', 'enum', 'safe_encoding', 'The parser takes its default.', { allowed: ['safe_encoding', 'on', 'off'], inert: true }),
	define('quote_all_identifiers', 'bool', 'off', 'Identifiers are quoted where they must be.', { inert: true }),
	define('array_nulls', 'bool', 'on', 'NULL in an array literal is null.', { inert: true }),
	define('transform_null_equals', 'bool', 'off', '= NULL is never true.', { inert: true }),
	define('default_toast_compression', 'string', 'pglz', 'There is no TOAST.', { inert: true }),
	define('log_statement', 'enum', 'none', 'Which statements the server logs.', { allowed: ['none', 'ddl', 'mod', 'all'] }),
	define('log_min_duration_statement', 'ms', '-1', 'Statements of clients at least this slow are logged; -1: none. The server sets it by --slow-query-ms.', {
		range: [-1, MAXIMUM],
	}),
	define('track_activities', 'bool', 'on', 'pg_stat_activity shows statements.', { inert: true }),
	define(
		'session_replication_role',
		'enum',
		'origin',
		'Which triggers run: those that are enabled, or at replica those that are enabled for replicas or always.',
		{ allowed: ['origin', 'replica', 'local'] },
	),
	define('vacuum_cost_delay', 'ms', '0', 'There is no vacuum.', { inert: true }),
	...[
		'enable_seqscan',
		'enable_indexscan',
		'enable_indexonlyscan',
		'enable_bitmapscan',
		'enable_hashjoin',
		'enable_mergejoin',
		'enable_nestloop',
		'enable_hashagg',
		'enable_sort',
		'enable_material',
		'enable_memoize',
		'enable_incremental_sort',
		'enable_gathermerge',
		'enable_partitionwise_join',
		'enable_partitionwise_aggregate',
		'enable_parallel_append',
		'enable_parallel_hash',
		'enable_partition_pruning',
		'enable_tidscan',
		'enable_async_append',
		'geqo',
		'jit',
		'parallel_leader_participation',
		'synchronize_seqscans',
	].map((name) => define(name, 'bool', 'on', 'The optimizer decides by itself.', { inert: true })),
	...['seq_page_cost', 'random_page_cost', 'cpu_tuple_cost', 'cpu_index_tuple_cost', 'cpu_operator_cost', 'parallel_setup_cost', 'parallel_tuple_cost'].map(
		(name) => define(name, 'real', '1', 'The optimizer decides by itself.', { inert: true }),
	),
	...[
		'max_parallel_workers_per_gather',
		'max_parallel_workers',
		'min_parallel_table_scan_size',
		'min_parallel_index_scan_size',
		'maintenance_work_mem',
		'effective_cache_size',
		'join_collapse_limit',
		'from_collapse_limit',
		'geqo_threshold',
		'hash_mem_multiplier',
		'temp_buffers',
		'effective_io_concurrency',
		'logical_decoding_work_mem',
		'gin_fuzzy_search_limit',
	].map((name) => define(name, 'string', '0', 'The optimizer decides by itself.', { inert: true })),
	define('default_statistics_target', 'integer', '100', 'Most common values, and buckets of the others, that ANALYZE keeps of a column.', {
		range: [1, 10_000],
	}),
	define('autovacuum', 'bool', 'on', 'A server analyses tables that have changed in size by itself.', { atStart: true }),
	define('autovacuum_naptime', 'integer', '60', 'Seconds between two looks for such tables.', { range: [1, 2_147_483], atStart: true }),
	define('autovacuum_analyze_threshold', 'integer', '50', 'Rows that must have come or gone before a table is analysed anew.', {
		range: [0, MAXIMUM],
		atStart: true,
	}),
	define('autovacuum_analyze_scale_factor', 'real', '0.1', 'The same as a share of its rows, to be added.', { range: [0, 100], atStart: true }),
	define('force_parallel_mode', 'string', 'off', 'The optimizer decides by itself.', { inert: true }),
	define('plan_cache_mode', 'enum', 'auto', 'Plans are chosen by how many rows values find.', {
		allowed: ['auto', 'force_generic_plan', 'force_custom_plan'],
		inert: true,
	}),
	define('constraint_exclusion', 'string', 'partition', 'The optimizer decides by itself.', { inert: true }),
	define('debug_parallel_query', 'string', 'off', 'The optimizer decides by itself.', { inert: true }),
];

const byName = new Map(definitions.map((d) => [d.name.toLowerCase(), d]));

export function settingDefinition(name: string): SettingDefinition | undefined {
	return byName.get(name.toLowerCase());
}

export function allSettings(): readonly SettingDefinition[] {
	return definitions;
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
	on: true,
	off: false,
	true: true,
	false: false,
	yes: true,
	no: false,
	'1': true,
	'0': false,
	t: true,
	f: false,
	y: true,
	n: false,
	tr: true,
	fa: false,
};

/** The value in the form SHOW prints, or PostgreSQL's error; `isOpening`: it is a default for all sessions, of a database that is being opened. Settings with a dot that nobody defined take any text. */
export function checkSetting(name: string, value: string, isOpening = false): string {
	const definition = settingDefinition(name);
	if (definition === undefined) {
		if (name.includes('.') && !/^polylog\./i.test(name)) return value;
		throw sqlError('42704', `unrecognized configuration parameter "${name}"`);
	}
	if (definition.readOnly) throw sqlError('55P02', `parameter "${definition.name}" cannot be changed`);
	if (definition.atStart && !isOpening) throw sqlError('55P02', `parameter "${definition.name}" cannot be changed now`);
	return checkers[definition.kind](definition, value);
}

function invalid(definition: SettingDefinition, value: string, hint?: string): Error {
	return sqlError('22023', `invalid value for parameter "${definition.name}": "${value}"`, hint === undefined ? {} : { hint });
}

function inRange(definition: SettingDefinition, value: number, unit: string): number {
	const range = definition.range;
	if (range !== undefined && !(value >= range[0] && value <= range[1]))
		throw sqlError('22023', `${value}${unit} is outside the valid range for parameter "${definition.name}" (${range[0]} .. ${range[1]})`);
	return value;
}

const checkers: Readonly<Record<SettingDefinition['kind'], (definition: SettingDefinition, value: string) => string>> = {
	bool: (d, value) => {
		const found = BOOLEANS[value.trim().toLowerCase()];
		if (found === undefined) throw sqlError('22023', `parameter "${d.name}" requires a Boolean value`);
		return found ? 'on' : 'off';
	},
	integer: (d, value) => {
		if (!/^\s*[+-]?\d+\s*$/.test(value)) throw invalid(d, value);
		return String(inRange(d, Number(value), ''));
	},
	real: (d, value) => {
		if (value.trim() === '' || Number.isNaN(Number(value))) throw invalid(d, value);
		return String(inRange(d, Number(value), ''));
	},
	enum: (d, value) => {
		const wanted = value.trim().toLowerCase();
		const synonym = d.allowed?.includes('on') && BOOLEANS[wanted] !== undefined ? (BOOLEANS[wanted] ? 'on' : 'off') : wanted;
		if (!d.allowed?.includes(synonym)) throw invalid(d, value, `Available values: ${d.allowed?.join(', ')}.`);
		return synonym;
	},
	string: (_, value) => value,
	ms: (d, value) => showMs(inRange(d, parseMs(d, value), ' ms')),
	bytes: (d, value) => showBytes(inRange(d, parseBytes(d, value), ' B')),
};

const MS_UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTE_UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3, tb: 1024 ** 4 };

function withUnit(definition: SettingDefinition, value: string, units: Readonly<Record<string, number>>, plain: number): number {
	const match = /^\s*([+-]?\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value);
	if (match === null) throw invalid(definition, value);
	const unit = match[2] === '' ? plain : units[match[2]!.toLowerCase()];
	if (unit === undefined) throw invalid(definition, value, `Valid units for this parameter are ${Object.keys(units).join(', ')}.`);
	return Math.round(Number(match[1]) * unit);
}

function parseMs(definition: SettingDefinition, value: string): number {
	return withUnit(definition, value, MS_UNITS, 1);
}

function parseBytes(definition: SettingDefinition, value: string): number {
	return withUnit(definition, value, BYTE_UNITS, 1024);
}

function showMs(ms: number): string {
	if (ms <= 0) return String(ms);
	for (const [unit, factor] of [
		['d', 86_400_000],
		['h', 3_600_000],
		['min', 60_000],
		['s', 1000],
	] as const)
		if (ms % factor === 0) return `${ms / factor}${unit}`;
	return `${ms}ms`;
}

function showBytes(bytes: number): string {
	for (const [unit, factor] of [
		['GB', 1024 ** 3],
		['MB', 1024 ** 2],
	] as const)
		if (bytes % factor === 0) return `${bytes / factor}${unit}`;
	return `${Math.floor(bytes / 1024)}kB`;
}

/** Milliseconds of a setting of kind ms in the form SHOW prints; −1 and 0 as they are. */
export function settingMs(name: string, shown: string): number {
	return parseMs(settingDefinition(name)!, shown);
}

/** Bytes of a setting of kind bytes in the form SHOW prints. */
export function settingBytes(name: string, shown: string): number {
	return parseBytes(settingDefinition(name)!, shown);
}
