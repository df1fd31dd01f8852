/**
 * Options of tables, indexes and views in WITH (…). `organization` says how a table keeps its rows, `compaction` how its LSM trees and those of its indexes are compacted, `sort` by what a columnar one does, `engine` in what an index keeps
 * its entries. The others are about PostgreSQL's storage: they are checked, kept and shown, and have no effect, as this storage
 * has nothing that they could change. Unknown ones are refused, as are tablespaces.
 */
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { sqlError } from '../../platform/errors.ts';
import { COMPACTION_MODES } from '../../storage/keyspace-store-options.ts';
import type { EngineName } from '../../storage/manifest.ts';

const TABLE =
	/^(organization|compaction|sort|(toast\.)?(fillfactor|toast_tuple_target|parallel_workers|log_autovacuum_min_duration|user_catalog_table|vacuum_index_cleanup|vacuum_truncate|autovacuum_\w+))$/;
/** `refresh`: see `kept-views.ts`. */
const MATERIALIZED = new RegExp(`^(refresh|${TABLE.source.slice(2, -2)})$`);
const REFRESHES = ['commit', 'async', 'manual'];
const INDEX = /^(engine|fillfactor|deduplicate_items)$/;
/** `bounds`: see `spatial-indexes.ts`. */
const RTREE = /^(bounds|engine)$/;
/** `sort`: see `columnar-indexes.ts`. */
const COLUMNAR = /^sort$/;
const VIEW = /^(security_barrier|security_invoker|check_option)$/;

const OPERATOR_CLASS =
	/^(?:(text|varchar|bpchar)_pattern|int[248]|float[48]|numeric|money|text|varchar|bpchar|name|char|bytea|bool|bit|varbit|date|time|timetz|timestamp|timestamptz|interval|uuid|inet|cidr|oid|array|record|enum|jsonb)_ops$/;

/** Rows in the place of their primary key's entries (the default), or under a row number with the primary key beside them. */
const ORGANIZATIONS = ['clustered', 'heap'];

const PATTERNS = { table: TABLE, materialized: MATERIALIZED, index: INDEX, rtree: RTREE, columnar: COLUMNAR, view: VIEW } as const;

/** The names and values of WITH (…). */
export function storageOptions(nodes: readonly AstNode[]): Record<string, string> {
	const options: Record<string, string> = {};
	for (const node of nodes) {
		const { defname, arg } = node.DefElem ?? {};
		if (defname !== undefined) options[defname] = optionText(arg as AstNode | undefined);
	}
	return options;
}

/** A bare word is parsed as the name of a type. */
function optionText(value: AstNode | undefined): string {
	const word = namesOf(value?.TypeName?.names as AstNode[] | undefined).at(-1);
	return value?.String?.sval ?? value?.Float?.fval ?? word ?? (value?.Integer === undefined ? 'true' : String(value.Integer.ival ?? 0));
}

export function checkStorageOptions(kind: keyof typeof PATTERNS, options: Readonly<Record<string, string>>): void {
	for (const name of Object.keys(options)) if (!PATTERNS[kind].test(name)) throw sqlError('22023', `unrecognized parameter "${name}"`);
	const { organization, refresh, compaction } = options;
	if (refresh !== undefined && !REFRESHES.includes(refresh)) {
		throw sqlError('22023', `invalid value for enum option "refresh": ${refresh}`, { detail: 'Valid values are "commit", "async" and "manual".' });
	}
	if (compaction !== undefined && !COMPACTION_MODES.some((mode) => mode === compaction)) {
		throw sqlError('22023', `invalid value for enum option "compaction": ${compaction}`, { detail: 'Valid values are "levelled" and "tiered".' });
	}
	if (kind === 'index' || kind === 'view' || organization === undefined || ORGANIZATIONS.includes(organization)) return;
	throw sqlError('22023', `invalid value for enum option "organization": ${organization}`, { detail: 'Valid values are "clustered" and "heap".' });
}

/** Only LSM trees are compacted. */
export function checkCompaction(engine: EngineName, options: Readonly<Record<string, string>>): void {
	if (options['compaction'] === undefined || engine === 'lsm') return;
	throw sqlError('22023', `a table of access method ${engine} is not compacted`, {
		hint: 'Use the access method lsm, or leave the parameter "compaction" out.',
	});
}

export function checkTablespace(name: string | undefined): void {
	if (name !== undefined && name !== '' && name !== 'pg_default') throw sqlError('42704', `tablespace "${name}" does not exist`);
}

/** Operator classes differ in order only by collation, and text is ordered by its bytes in all of them. */
export function checkOperatorClass(name: string | undefined): void {
	if (name === undefined || OPERATOR_CLASS.test(name)) return;
	throw sqlError('42704', `operator class "${name}" does not exist for access method "btree"`);
}
