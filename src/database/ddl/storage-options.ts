/**
 * Options of tables, indexes and views that are about PostgreSQL's storage: they are checked, kept and shown, and have no effect,
 * as this storage has nothing that they could change. Unknown ones are refused, as are tablespaces.
 */
import type { AstNode } from '../../language/sql/ast.ts';
import { sqlError } from '../../platform/errors.ts';

const TABLE =
	/^(toast\.)?(fillfactor|toast_tuple_target|parallel_workers|log_autovacuum_min_duration|user_catalog_table|vacuum_index_cleanup|vacuum_truncate|autovacuum_\w+)$/;
const INDEX = /^(fillfactor|deduplicate_items)$/;
const VIEW = /^(security_barrier|security_invoker|check_option)$/;

const OPERATOR_CLASS =
	/^(?:(text|varchar|bpchar)_pattern|int[248]|float[48]|numeric|money|text|varchar|bpchar|name|char|bytea|bool|bit|varbit|date|time|timetz|timestamp|timestamptz|interval|uuid|inet|cidr|oid|array|record|enum|jsonb)_ops$/;

const PATTERNS = { table: TABLE, index: INDEX, view: VIEW } as const;

/** The names and values of WITH (…). */
export function storageOptions(nodes: readonly AstNode[]): Record<string, string> {
	const options: Record<string, string> = {};
	for (const node of nodes) {
		const { defname, arg } = node.DefElem ?? {};
		const value = arg as AstNode | undefined;
		if (defname !== undefined)
			options[defname] = value?.String?.sval ?? value?.Float?.fval ?? (value?.Integer === undefined ? 'true' : String(value.Integer.ival ?? 0));
	}
	return options;
}

export function checkStorageOptions(kind: keyof typeof PATTERNS, options: Readonly<Record<string, string>>): void {
	for (const name of Object.keys(options)) if (!PATTERNS[kind].test(name)) throw sqlError('22023', `unrecognized parameter "${name}"`);
}

export function checkTablespace(name: string | undefined): void {
	if (name !== undefined && name !== '' && name !== 'pg_default') throw sqlError('42704', `tablespace "${name}" does not exist`);
}

/** Operator classes differ in order only by collation, and text is ordered by its bytes in all of them. */
export function checkOperatorClass(name: string | undefined): void {
	if (name === undefined || OPERATOR_CLASS.test(name)) return;
	throw sqlError('42704', `operator class "${name}" does not exist for access method "btree"`);
}
