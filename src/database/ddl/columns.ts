/** Column definitions of CREATE TABLE and ALTER TABLE ADD COLUMN: types, serials, identities, defaults, generated columns. */
import type { ColumnDef, Constraint } from 'libpg-query';
import { analyzeDefault } from '../../language/sql/analyze-statement.ts';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { deparseExpression } from '../../language/sql/deparse.ts';
import { resolveTypeName } from '../../language/sql/type-names.ts';
import { sqlError } from '../../platform/errors.ts';
import type { ObjectId, SchemaObject } from '../../transaction/catalog-objects.ts';
import { INT2, INT4, INT8 } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import type { DdlContext } from './context.ts';
import { nodesOf } from './context.ts';
import { freeName, relationNameTaken } from './names.ts';
import { createSequence, sequenceOptions } from './sequences.ts';

/** A column on its way into the catalog. */
export interface ColumnDraft {
	readonly name: string;
	readonly type: Type;
	readonly typmod: number;
	notNull: boolean;
	defaultText: string | null;
	generatedNode: AstNode | null;
	identity: '' | 'a' | 'd';
	sequenceId: ObjectId;
	/** Constraints written at the column, for `constraints.ts`. */
	readonly constraints: readonly Constraint[];
}

const SERIALS: Readonly<Record<string, Type>> = { serial: INT4, serial4: INT4, bigserial: INT8, serial8: INT8, smallserial: INT2, serial2: INT2 };
const MAX_COLUMNS = 1600;

export function checkColumnCount(count: number): void {
	if (count > MAX_COLUMNS) throw sqlError('54011', `tables can have at most ${MAX_COLUMNS} columns`);
}

const SYSTEM_COLUMNS = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

export function checkColumnName(name: string): void {
	if (SYSTEM_COLUMNS.has(name)) throw sqlError('42701', `column name "${name}" conflicts with a system column name`);
}

/** Reads one definition. Sequences it needs are made for a table `tableName` in `schema`, owned later by `ownSequence`. */
export function columnDraft(ddl: DdlContext, node: ColumnDef, tableName: string, schema: SchemaObject): ColumnDraft {
	const name = node.colname ?? '';
	checkColumnName(name);
	const typeNames = namesOf(node.typeName?.names as AstNode[] | undefined);
	const serial = typeNames.length === 1 ? SERIALS[typeNames[0]!] : undefined;
	const context = ddl.analysis();
	const resolved = serial === undefined ? resolveTypeName(node.typeName!, context) : { type: serial, typmod: -1 };
	if (resolved.type.kind === 'pseudo' || resolved.type.kind === 'dynamic') throw sqlError('42P16', `column "${name}" has pseudo-type ${resolved.type.name}`);
	const draft: ColumnDraft = {
		name,
		...resolved,
		notNull: false,
		defaultText: null,
		generatedNode: null,
		identity: '',
		sequenceId: 0,
		constraints: nodesOf(node.constraints).map((c) => c.Constraint!),
	};
	checkCollation(node);
	if (serial !== undefined) {
		draft.notNull = true;
		giveSequence(ddl, draft, tableName, schema, []);
		draft.defaultText = nextvalText(draft.sequenceId);
	}
	let nullable = false;
	for (const constraint of draft.constraints) {
		if (constraint.contype === 'CONSTR_NULL') nullable = true;
		applyColumnConstraint(ddl, draft, constraint, tableName, schema, serial !== undefined);
	}
	if (nullable && draft.notNull) throw sqlError('42601', `conflicting NULL/NOT NULL declarations for column "${name}" of table "${tableName}"`);
	return draft;
}

/** The default of a serial or identity column: by the sequence's id, so that renaming the sequence breaks nothing. */
export function nextvalText(sequenceId: ObjectId): string {
	return `nextval('${sequenceId}'::regclass)`;
}

function checkCollation(node: ColumnDef): void {
	const names = namesOf(node.collClause?.collname as AstNode[] | undefined);
	const collation = names[names.length - 1];
	if (collation === undefined || ['C', 'POSIX', 'default', 'ucs_basic'].includes(collation)) return;
	throw sqlError('0A000', `collation "${collation}" is not supported for stored columns`, { hint: 'Text is ordered by its UTF-8 bytes (collation "C").' });
}

function applyColumnConstraint(ddl: DdlContext, draft: ColumnDraft, constraint: Constraint, tableName: string, schema: SchemaObject, serial: boolean): void {
	switch (constraint.contype) {
		case 'CONSTR_NOTNULL':
			draft.notNull = true;
			return;
		case 'CONSTR_DEFAULT':
			if (serial || draft.defaultText !== null) throw sqlError('42601', `multiple default values specified for column "${draft.name}" of table "${tableName}"`);
			draft.defaultText = defaultText(ddl, constraint.raw_expr as AstNode, draft.type, draft.typmod, draft.name);
			return;
		case 'CONSTR_IDENTITY':
			if (serial || draft.defaultText !== null)
				throw sqlError('42601', `both default and identity specified for column "${draft.name}" of table "${tableName}"`);
			if (![INT2.oid, INT4.oid, INT8.oid].includes(draft.type.oid)) throw sqlError('22023', 'identity column type must be smallint, integer, or bigint');
			draft.identity = constraint.generated_when === 'a' ? 'a' : 'd';
			draft.notNull = true;
			giveSequence(ddl, draft, tableName, schema, nodesOf(constraint.options));
			draft.defaultText = nextvalText(draft.sequenceId);
			return;
		case 'CONSTR_GENERATED':
			if (constraint.generated_kind === 'v')
				throw sqlError('0A000', 'virtual generated columns are not supported', { hint: 'Use GENERATED ALWAYS AS (…) STORED.' });
			if (draft.defaultText !== null)
				throw sqlError('42601', `both default and generation expression specified for column "${draft.name}" of table "${tableName}"`);
			draft.generatedNode = constraint.raw_expr as AstNode;
			return;
		default:
			return; // NULL, and those that become objects of their own
	}
}

function giveSequence(ddl: DdlContext, draft: ColumnDraft, tableName: string, schema: SchemaObject, options: readonly AstNode[]): void {
	const name = freeName(tableName, draft.name, 'seq', relationNameTaken(ddl.session, schema.id));
	draft.sequenceId = createSequence(ddl, { name, schema, options: sequenceOptions(options, draft.type, null), persistence: 'p' });
}

/** Checks a DEFAULT expression against its column and gives the text to keep; null for DEFAULT NULL. */
export function defaultText(ddl: DdlContext, node: AstNode, type: Type, typmod: number, columnName: string): string | null {
	analyzeDefault(node, ddl.analysis(), type, typmod, columnName);
	return node.A_Const?.isnull ? null : deparseExpression(node);
}
