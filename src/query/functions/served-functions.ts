/**
 * Functions that only the database can answer: sequences, definitions of catalog objects, privileges, visibility, sizes, locks,
 * sessions. Each passes its arguments to the service of its own name (`FunctionContext.service`), and the service's answer is the
 * result. Overloads share a service, which tells arguments apart by their JavaScript types (oids are numbers, names are texts).
 */
import type { FunctionContext, ScalarFunction } from './contracts.ts';
import { contextual, type Options } from './define.ts';

/** A function answered by the service of its name. */
function served(oid: number, signature: string, options: Options = {}): ScalarFunction {
	const name = signature.slice(0, signature.indexOf('('));
	const answer = (context: FunctionContext, ...values: unknown[]): unknown => context.service(name, ...values);
	if (!signature.endsWith(' void')) return contextual(oid, signature, answer, options);
	// A void result is not null: it prints as nothing.
	const silent = (context: FunctionContext, ...values: unknown[]): string => {
		answer(context, ...values);
		return '';
	};
	return contextual(oid, signature, silent, options);
}

const VOLATILE: Options = { volatility: 'volatile' };
const NULLS: Options = { strict: false };

const sequenceFunctions: readonly ScalarFunction[] = [
	served(1574, 'nextval(regclass) int8', VOLATILE),
	served(1575, 'currval(regclass) int8', VOLATILE),
	served(1576, 'setval(regclass, int8) int8', VOLATILE),
	served(1765, 'setval(regclass, int8, bool) int8', VOLATILE),
	served(2559, 'lastval() int8', VOLATILE),
	served(4032, 'pg_sequence_last_value(regclass) int8', VOLATILE),
	served(1665, 'pg_get_serial_sequence(text, text) text'),
];

const definitionFunctions: readonly ScalarFunction[] = [
	served(1387, 'pg_get_constraintdef(oid) text'),
	served(2508, 'pg_get_constraintdef(oid, bool) text'),
	served(1716, 'pg_get_expr(pg_node_tree, oid) text'),
	served(2509, 'pg_get_expr(pg_node_tree, oid, bool) text'),
	served(3808, 'pg_get_function_arg_default(oid, int4) text'),
	served(2162, 'pg_get_function_arguments(oid) text'),
	served(2232, 'pg_get_function_identity_arguments(oid) text'),
	served(2165, 'pg_get_function_result(oid) text'),
	served(6197, 'pg_get_function_sqlbody(oid) text'),
	served(2098, 'pg_get_functiondef(oid) text'),
	served(1643, 'pg_get_indexdef(oid) text'),
	served(2507, 'pg_get_indexdef(oid, int4, bool) text'),
	served(3408, 'pg_get_partition_constraintdef(oid) text'),
	served(3352, 'pg_get_partkeydef(oid) text'),
	served(1573, 'pg_get_ruledef(oid) text'),
	served(2504, 'pg_get_ruledef(oid, bool) text'),
	served(3415, 'pg_get_statisticsobjdef(oid) text'),
	served(6174, 'pg_get_statisticsobjdef_columns(oid) text'),
	served(1662, 'pg_get_triggerdef(oid) text'),
	served(2730, 'pg_get_triggerdef(oid, bool) text'),
	served(1642, 'pg_get_userbyid(oid) name'),
	served(1640, 'pg_get_viewdef(text) text'),
	served(1641, 'pg_get_viewdef(oid) text'),
	served(2505, 'pg_get_viewdef(text, bool) text'),
	served(2506, 'pg_get_viewdef(oid, bool) text'),
	served(3159, 'pg_get_viewdef(oid, int4) text'),
	served(1216, 'col_description(oid, int4) text'),
	served(1215, 'obj_description(oid, name) text'),
	served(1348, 'obj_description(oid) text'),
	served(1993, 'shobj_description(oid, name) text'),
	served(3537, 'pg_describe_object(oid, oid, int4) text'),
	served(3495, 'to_regclass(text) regclass'),
	served(4195, 'to_regcollation(text) regcollation'),
	served(4086, 'to_regnamespace(text) regnamespace'),
	served(3492, 'to_regoper(text) regoper'),
	served(3476, 'to_regoperator(text) regoperator'),
	served(3494, 'to_regproc(text) regproc'),
	served(3479, 'to_regprocedure(text) regprocedure'),
	served(4093, 'to_regrole(text) regrole'),
	served(3493, 'to_regtype(text) regtype'),
	served(3842, 'pg_relation_is_updatable(regclass, bool) int4'),
	served(3843, 'pg_column_is_updatable(regclass, int2, bool) bool'),
	served(6121, 'pg_relation_is_publishable(regclass) bool'),
	served(638, 'pg_index_column_has_property(regclass, int4, text) bool'),
	served(637, 'pg_index_has_property(regclass, text) bool'),
	served(636, 'pg_indexam_has_property(oid, text) bool'),
	served(3424, 'pg_partition_root(regclass) regclass', { volatility: 'immutable' }),
	served(3943, 'acldefault(char, oid) _text', { volatility: 'immutable' }),
];

const visibilityFunctions: readonly ScalarFunction[] = [
	served(2079, 'pg_table_is_visible(oid) bool'),
	served(2080, 'pg_type_is_visible(oid) bool'),
	served(2081, 'pg_function_is_visible(oid) bool'),
	served(2082, 'pg_operator_is_visible(oid) bool'),
	served(2083, 'pg_opclass_is_visible(oid) bool'),
	served(3829, 'pg_opfamily_is_visible(oid) bool'),
	served(2093, 'pg_conversion_is_visible(oid) bool'),
	served(3815, 'pg_collation_is_visible(oid) bool'),
	served(3403, 'pg_statistics_obj_is_visible(oid) bool'),
	served(3756, 'pg_ts_parser_is_visible(oid) bool'),
	served(3757, 'pg_ts_dict_is_visible(oid) bool'),
	served(3758, 'pg_ts_config_is_visible(oid) bool'),
	served(3768, 'pg_ts_template_is_visible(oid) bool'),
	served(3298, 'row_security_active(oid) bool'),
	served(3299, 'row_security_active(text) bool'),
];

/** For each kind of object six overloads: (user, object, privilege) and (object, privilege), user and object by name or oid. */
const PRIVILEGES: readonly (readonly [string, readonly [number, number, number, number, number, number]])[] = [
	['table', [1922, 1923, 1924, 1925, 1926, 1927]],
	['any_column', [3024, 3025, 3026, 3027, 3028, 3029]],
	['database', [2250, 2251, 2252, 2253, 2254, 2255]],
	['foreign_data_wrapper', [3000, 3001, 3002, 3003, 3004, 3005]],
	['function', [2256, 2257, 2258, 2259, 2260, 2261]],
	['language', [2262, 2263, 2264, 2265, 2266, 2267]],
	['schema', [2268, 2269, 2270, 2271, 2272, 2273]],
	['sequence', [2181, 2182, 2183, 2184, 2185, 2186]],
	['server', [3006, 3007, 3008, 3009, 3010, 3011]],
	['tablespace', [2390, 2391, 2392, 2393, 2394, 2395]],
	['type', [3138, 3139, 3140, 3141, 3142, 3143]],
];

const OVERLOADS = ['name, text, text', 'name, oid, text', 'oid, text, text', 'oid, oid, text', 'text, text', 'oid, text'] as const;

const privilegeFunctions: readonly ScalarFunction[] = [
	...PRIVILEGES.flatMap(([kind, oids]) => OVERLOADS.map((types, index) => served(oids[index]!, `has_${kind}_privilege(${types}) bool`))),
	served(3012, 'has_column_privilege(name, text, text, text) bool'),
	served(3013, 'has_column_privilege(name, text, int2, text) bool'),
	served(3014, 'has_column_privilege(name, oid, text, text) bool'),
	served(3015, 'has_column_privilege(name, oid, int2, text) bool'),
	served(3016, 'has_column_privilege(oid, text, text, text) bool'),
	served(3017, 'has_column_privilege(oid, text, int2, text) bool'),
	served(3018, 'has_column_privilege(oid, oid, text, text) bool'),
	served(3019, 'has_column_privilege(oid, oid, int2, text) bool'),
	served(3020, 'has_column_privilege(text, text, text) bool'),
	served(3021, 'has_column_privilege(text, int2, text) bool'),
	served(3022, 'has_column_privilege(oid, text, text) bool'),
	served(3023, 'has_column_privilege(oid, int2, text) bool'),
	served(2705, 'pg_has_role(name, name, text) bool'),
	served(2706, 'pg_has_role(name, oid, text) bool'),
	served(2707, 'pg_has_role(oid, name, text) bool'),
	served(2708, 'pg_has_role(oid, oid, text) bool'),
	served(2709, 'pg_has_role(name, text) bool'),
	served(2710, 'pg_has_role(oid, text) bool'),
];

const storageFunctions: readonly ScalarFunction[] = [
	served(2168, 'pg_database_size(name) int8', VOLATILE),
	served(2324, 'pg_database_size(oid) int8', VOLATILE),
	served(2325, 'pg_relation_size(regclass) int8', VOLATILE),
	served(2332, 'pg_relation_size(regclass, text) int8', VOLATILE),
	served(2286, 'pg_total_relation_size(regclass) int8', VOLATILE),
	served(2997, 'pg_table_size(regclass) int8', VOLATILE),
	served(2998, 'pg_indexes_size(regclass) int8', VOLATILE),
	served(2322, 'pg_tablespace_size(oid) int8', VOLATILE),
	served(2323, 'pg_tablespace_size(name) int8', VOLATILE),
	served(2999, 'pg_relation_filenode(regclass) oid'),
	served(3034, 'pg_relation_filepath(regclass) text'),
	served(3778, 'pg_tablespace_location(oid) text'),
];

const sessionFunctions: readonly ScalarFunction[] = [
	served(861, 'current_database() name'),
	served(1402, 'current_schema() name'),
	served(1403, 'current_schemas(bool) _name'),
	served(745, 'current_user() name'),
	served(710, 'getpgusername() name'),
	served(746, 'session_user() name'),
	served(817, 'current_query() text', { volatility: 'volatile', strict: false }),
	served(89, 'version() text'),
	served(2026, 'pg_backend_pid() int4'),
	served(2560, 'pg_postmaster_start_time() timestamptz'),
	served(2034, 'pg_conf_load_time() timestamptz'),
	served(2196, 'inet_client_addr() inet', NULLS),
	served(2197, 'inet_client_port() int4', NULLS),
	served(2198, 'inet_server_addr() inet', NULLS),
	served(2199, 'inet_server_port() int4', NULLS),
	served(2171, 'pg_cancel_backend(int4) bool', VOLATILE),
	served(2096, 'pg_terminate_backend(pid int4, timeout int8 = 0) bool', VOLATILE),
	served(2621, 'pg_reload_conf() bool', VOLATILE),
	served(2626, 'pg_sleep(float8) void', VOLATILE),
	served(3935, 'pg_sleep_for(interval) void', VOLATILE),
	served(3936, 'pg_sleep_until(timestamptz) void', VOLATILE),
	served(2561, 'pg_blocking_pids(int4) _int4', VOLATILE),
	served(3376, 'pg_safe_snapshot_blocking_pids(int4) _int4', VOLATILE),
	served(3810, 'pg_is_in_recovery() bool', VOLATILE),
	served(2854, 'pg_my_temp_schema() oid'),
	served(2855, 'pg_is_other_temp_schema(oid) bool'),
	served(3036, 'pg_notify(text, text) void', { volatility: 'volatile', strict: false }),
	served(3296, 'pg_notification_queue_usage() float8', VOLATILE),
	served(2943, 'txid_current() int8'),
	served(3348, 'txid_current_if_assigned() int8'),
	served(5059, 'pg_current_xact_id() xid8'),
	served(5060, 'pg_current_xact_id_if_assigned() xid8'),
	served(3360, 'txid_status(int8) text', VOLATILE),
	served(5066, 'pg_xact_status(xid8) text', VOLATILE),
	served(1181, 'age(xid) int4'),
	served(3163, 'pg_trigger_depth() int4'),
	served(3800, 'pg_current_logfile() text', { volatility: 'volatile', strict: false }),
	served(3801, 'pg_current_logfile(text) text', { volatility: 'volatile', strict: false }),
];

/** Each lock: exclusive and shared, by one int8 or two int4. */
const LOCKS: readonly (readonly [name: string, oid8: number, oid44: number, result: string])[] = [
	['pg_advisory_lock', 2880, 2886, 'void'],
	['pg_advisory_lock_shared', 2881, 2887, 'void'],
	['pg_advisory_unlock', 2884, 2890, 'bool'],
	['pg_advisory_unlock_shared', 2885, 2891, 'bool'],
	['pg_advisory_xact_lock', 3089, 3093, 'void'],
	['pg_advisory_xact_lock_shared', 3090, 3094, 'void'],
	['pg_try_advisory_lock', 2882, 2888, 'bool'],
	['pg_try_advisory_lock_shared', 2883, 2889, 'bool'],
	['pg_try_advisory_xact_lock', 3091, 3095, 'bool'],
	['pg_try_advisory_xact_lock_shared', 3092, 3096, 'bool'],
];

const lockFunctions: readonly ScalarFunction[] = [
	...LOCKS.flatMap(([name, oid8, oid44, result]) => [
		served(oid8, `${name}(int8) ${result}`, VOLATILE),
		served(oid44, `${name}(int4, int4) ${result}`, VOLATILE),
	]),
	served(2892, 'pg_advisory_unlock_all() void', VOLATILE),
];

/** Counters of pg_stat_*: per relation, index or database, by oid. */
const STATISTICS: readonly (readonly [name: string, oid: number, result: string])[] = [
	['pg_stat_get_numscans', 1928, 'int8'],
	['pg_stat_get_tuples_returned', 1929, 'int8'],
	['pg_stat_get_tuples_fetched', 1930, 'int8'],
	['pg_stat_get_tuples_inserted', 1931, 'int8'],
	['pg_stat_get_tuples_updated', 1932, 'int8'],
	['pg_stat_get_tuples_deleted', 1933, 'int8'],
	['pg_stat_get_live_tuples', 2878, 'int8'],
	['pg_stat_get_dead_tuples', 2879, 'int8'],
	['pg_stat_get_blocks_fetched', 1934, 'int8'],
	['pg_stat_get_blocks_hit', 1935, 'int8'],
	['pg_stat_get_last_vacuum_time', 2781, 'timestamptz'],
	['pg_stat_get_last_autovacuum_time', 2782, 'timestamptz'],
	['pg_stat_get_last_analyze_time', 2783, 'timestamptz'],
	['pg_stat_get_last_autoanalyze_time', 2784, 'timestamptz'],
];

const statisticsFunctions = STATISTICS.map(([name, oid, result]) => served(oid, `${name}(oid) ${result}`));

const storeFunctions: readonly ScalarFunction[] = [
	served(0, 'polylog.create_triple_store(text) void', VOLATILE),
	served(0, 'polylog.drop_triple_store(text) void', VOLATILE),
	served(0, 'polylog.create_graph(text) void', VOLATILE),
	served(0, 'polylog.create_graph(text, jsonb) void', VOLATILE),
	served(0, 'polylog.drop_graph(text) void', VOLATILE),
];

export const servedFunctions: readonly ScalarFunction[] = [
	...storeFunctions,
	...sequenceFunctions,
	...definitionFunctions,
	...visibilityFunctions,
	...privilegeFunctions,
	...storageFunctions,
	...sessionFunctions,
	...lockFunctions,
	...statisticsFunctions,
];
