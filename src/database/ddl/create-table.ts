/** CREATE TABLE, also LIKE; CREATE TABLE AS is in `create-table-as.ts`. */
import type { ColumnDef, Constraint, CreateStmt, TableLikeClause } from 'libpg-query';
import { analyzeGenerated } from '../../language/sql/analyze-statement.ts';
import type { AstNode } from '../../language/sql/ast.ts';
import { deparseExpression } from '../../language/sql/deparse.ts';
import { sqlError } from '../../platform/errors.ts';
import { DEFAULT_ENGINE, isEngineName, TABLE_ENGINE_NAMES } from '../../storage/engine-abilities.ts';
import type { EngineName } from '../../storage/manifest.ts';
import type { ColumnObject, ObjectId, PartitionBound, SchemaObject, TableObject } from '../../transaction/catalog-objects.ts';
import { plainColumn } from '../../transaction/plain-column.ts';
import { sortColumns } from './columnar-indexes.ts';
import { type ColumnDraft, checkColumnCount, columnDraft, defaultText } from './columns.ts';
import { addConstraint, type ConstraintDraft, foldAttributes, isObjectConstraint } from './constraints.ts';
import { type DdlContext, ddlHandler, nodesOf } from './context.ts';
import { copyIndexes } from './indexes.ts';
import { ancestorsOf, columnsFromAbove, inheritFrom, mergeColumn } from './inheritance.ts';
import { creationSchema, rangeName, requireRelation, requireTable } from './names.ts';
import { checkBound, checkDefaultPartition, inheritedColumns, inheritParts, partitionBound, partitionKey } from './partitions.ts';
import { ownSequence } from './sequences.ts';
import { checkCompaction, checkStorageOptions, checkTablespace, storageOptions } from './storage-options.ts';

/** The engine named by USING, or the default. `heap` is PostgreSQL's name for its only one. */
export function engineOf(ddl: DdlContext, accessMethod: string | undefined): EngineName {
	const name = accessMethod ?? ddl.session.settings.get('default_table_access_method') ?? DEFAULT_ENGINE;
	if (name === 'heap') return DEFAULT_ENGINE;
	if (isEngineName(name)) return name;
	throw sqlError('42704', `access method "${name}" does not exist`, { hint: `Tables can be kept in: ${TABLE_ENGINE_NAMES.join(', ')}.` });
}

function refuseUnsupported(node: CreateStmt): void {
	checkTablespace(node.tablespacename);
	checkStorageOptions('table', storageOptions(nodesOf(node.options)));
	if (node.ofTypename !== undefined) throw sqlError('0A000', 'typed tables are not supported');
}

/** True when the statement is done because the relation exists and IF NOT EXISTS was said. */
export function existsAlready(ddl: DdlContext, schema: SchemaObject, name: string, ifNotExists: boolean): boolean {
	if (ddl.catalog.find(schema.id, 'relation', name) === undefined) return false;
	if (!ifNotExists) throw sqlError('42P07', `relation "${name}" already exists`);
	ddl.session.notice('NOTICE', '42P07', `relation "${name}" already exists, skipping`);
	return true;
}

export function columnObject(draft: ColumnDraft, number: number, addedIn: number): ColumnObject {
	return {
		name: draft.name,
		number,
		typeOid: draft.type.oid,
		typmod: draft.typmod,
		notNull: draft.notNull,
		defaultText: draft.defaultText,
		generatedText: draft.generatedNode === null ? null : deparseExpression(draft.generatedNode),
		identity: draft.identity,
		sequenceId: draft.sequenceId,
		dropped: false,
		addedIn,
		missingText: null,
	};
}

/** The columns of WITH (sort = …). */
function tableSort(
	ddl: DdlContext,
	columns: readonly ColumnObject[],
	{ engine, options, partitionBy }: { engine: EngineName; options: Record<string, string>; partitionBy?: unknown },
): number[] {
	if (engine !== 'columnar')
		throw sqlError('0A000', 'only columnar tables can be kept in an order of columns', {
			hint: 'Say USING columnar, or CREATE INDEX … USING columnar … WITH (sort = …).',
		});
	if (partitionBy !== undefined) throw sqlError('0A000', 'a partitioned table has no rows to be sorted', { hint: 'Say WITH (sort = …) for its partitions.' });
	return sortColumns(ddl, columns, options.sort).map(({ column }) => column);
}

/** Puts a table with the given columns into the catalog. */
export function putTable(
	ddl: DdlContext,
	schema: SchemaObject,
	name: string,
	columns: readonly ColumnObject[],
	more: { persistence: 'p' | 't' | 'u'; engine: EngineName; options: Record<string, string> } & Pick<TableObject, 'partitionBy' | 'partitionOf'>,
): TableObject {
	checkColumnCount(columns.length);
	checkCompaction(more.engine, more.options);
	const names = new Set<string>();
	for (const column of columns) {
		if (names.has(column.name)) throw sqlError('42701', `column "${column.name}" specified more than once`);
		names.add(column.name);
	}
	const typeIds = columns.map((c) => c.typeOid).filter((oid) => oid >= 16384);
	const table: TableObject = {
		kind: 'table',
		id: ddl.newId(),
		name,
		schemaId: schema.id,
		owner: ddl.session.currentUser,
		columns,
		schemaVersion: 1,
		primaryKey: [],
		keyspaceId: ddl.newId(),
		indexIds: [],
		constraintIds: [],
		options: more.options,
		engine: more.engine,
		persistence: more.persistence,
		...(more.options.sort === undefined ? {} : { sortBy: tableSort(ddl, columns, more) }),
		dependsOn: [...typeObjectIds(ddl, typeIds), ...(more.partitionOf === undefined ? [] : [more.partitionOf.parentId])],
		...(more.partitionBy === undefined ? {} : { partitionBy: more.partitionBy }),
		...(more.partitionOf === undefined ? {} : { partitionOf: more.partitionOf }),
	};
	ddl.put(table);
	for (const column of columns) if (column.sequenceId !== 0) ownSequence(ddl, column.sequenceId, table.id, column.number);
	return table;
}

/** The type objects behind user-defined types, array types included. */
export function typeObjectIds(ddl: DdlContext, typeOids: readonly number[]): ObjectId[] {
	const ids = new Set<ObjectId>();
	for (const oid of typeOids) {
		const type = ddl.catalog.typeByOid(oid);
		const id = type?.kind === 'array' ? type.elementOid : oid;
		if (ddl.catalog.get(id)?.kind === 'type') ids.add(id);
	}
	return [...ids];
}

const create = ddlHandler<CreateStmt>('CREATE TABLE', (ddl, node) => {
	refuseUnsupported(node);
	const name = rangeName(node.relation!);
	const schema = creationSchema(ddl.session, name);
	if (existsAlready(ddl, schema, name.name, node.if_not_exists ?? false)) return;
	const temporary = name.temporary || schema.id === ddl.session.temporarySchemaId;
	const drafts: ColumnDraft[] = [];
	const constraints: ConstraintDraft[] = [];
	const likes: { clause: TableLikeClause; source: TableObject }[] = [];
	const parent = node.partbound === undefined ? null : parentOf(ddl, node);
	const ancestors = ancestorsOf(ddl, node);
	const columns: ColumnObject[] = parent === null ? columnsFromAbove(ddl, ancestors) : inheritedColumns(parent);
	for (const element of nodesOf(node.tableElts)) {
		if (element.ColumnDef !== undefined) {
			if (parent !== null) {
				adjustColumn(ddl, columns, element.ColumnDef, constraints);
				continue;
			}
			const draft = columnDraft(ddl, element.ColumnDef, name.name, schema);
			drafts.push(draft);
			const own = columnObject(draft, columns.length + 1, 1);
			if (ancestors.length === 0 || !mergeColumn(ddl, columns, own)) columns.push(own);
			for (const c of foldAttributes(draft.constraints)) if (isObjectConstraint(c)) constraints.push({ node: c, column: draft.name });
		} else if (element.TableLikeClause !== undefined) likeColumns(ddl, element.TableLikeClause, columns, likes);
		else if (element.Constraint !== undefined && isObjectConstraint(element.Constraint)) constraints.push({ node: element.Constraint, column: null });
	}
	const table = putTable(ddl, schema, name.name, columns, {
		persistence: temporary ? 't' : node.relation?.relpersistence === 'u' ? 'u' : 'p',
		engine: engineOf(ddl, node.accessMethod),
		options: storageOptions(nodesOf(node.options)),
		...(node.partspec === undefined ? {} : { partitionBy: partitionKey(ddl, node.partspec, columns) }),
		...(parent === null ? {} : { partitionOf: { parentId: parent.id, bound: boundOf(ddl, parent, name.name, node) } }),
	});
	if (parent !== null) inheritParts(ddl, table.id, parent);
	for (const draft of drafts) if (draft.generatedNode !== null) analyzeGenerated(draft.generatedNode, ddl.analysis(), table, draft.name);
	addAll(ddl, table.id, constraints);
	inheritFrom(ddl, table.id, ancestors);
	for (const like of likes) copyLike(ddl, table.id, like.clause, like.source);
	if (parent !== null) return checkDefaultPartition(ddl, parent);
	if (node.oncommit !== undefined && node.oncommit !== 'ONCOMMIT_NOOP' && node.oncommit !== 'ONCOMMIT_PRESERVE_ROWS')
		ddl.session.temporary.onCommit(ddl.transaction, table.id, node.oncommit === 'ONCOMMIT_DROP' ? 'drop' : 'delete');
});

function parentOf(ddl: DdlContext, node: CreateStmt): TableObject {
	const parent = requireTable(ddl.session, rangeName(nodesOf(node.inhRelations)[0]!.RangeVar!));
	if (parent.partitionBy === undefined) throw sqlError('42809', `"${parent.name}" is not partitioned`);
	ddl.lock(parent.id, 'exclusive');
	return ddl.table(parent.id);
}

function boundOf(ddl: DdlContext, parent: TableObject, name: string, node: CreateStmt): PartitionBound {
	const bound = partitionBound(ddl, parent, node.partbound!);
	checkBound(ddl, parent, name, bound);
	return bound;
}

/** PARTITION OF t (column …): a default or constraints of the partition's own. */
function adjustColumn(ddl: DdlContext, columns: ColumnObject[], node: ColumnDef, constraints: ConstraintDraft[]): void {
	const at = columns.findIndex((c) => c.name === node.colname);
	if (at < 0) throw sqlError('42703', `column "${node.colname}" does not exist`);
	for (const constraint of foldAttributes(nodesOf(node.constraints).map((c) => c.Constraint!))) {
		const column = columns[at]!;
		if (constraint.contype === 'CONSTR_NOTNULL') columns[at] = { ...column, notNull: true };
		else if (constraint.contype === 'CONSTR_DEFAULT') {
			const type = ddl.catalog.typeByOid(column.typeOid)!;
			columns[at] = { ...column, defaultText: defaultText(ddl, constraint.raw_expr as AstNode, type, column.typmod, column.name) };
		} else if (isObjectConstraint(constraint)) constraints.push({ node: constraint, column: column.name });
		else throw sqlError('0A000', 'this constraint cannot be given to a column of a partition');
	}
}

/** Primary keys first (they order the table), then the others as written, foreign keys last (they may refer to the table itself). */
export function addAll(ddl: DdlContext, tableId: ObjectId, drafts: readonly ConstraintDraft[]): void {
	const rank = (c: Constraint): number => (c.contype === 'CONSTR_PRIMARY' ? 0 : c.contype === 'CONSTR_FOREIGN' ? 2 : 1);
	for (const draft of [...drafts].sort((a, b) => rank(a.node) - rank(b.node))) addConstraint(ddl, tableId, draft);
}

const LIKE_COMMENTS = 1;
const LIKE_CONSTRAINTS = 4;
const LIKE_DEFAULTS = 8;
const LIKE_GENERATED = 16;
const LIKE_IDENTITY = 32;
const LIKE_INDEXES = 64;

function likeColumns(ddl: DdlContext, clause: TableLikeClause, columns: ColumnObject[], likes: { clause: TableLikeClause; source: TableObject }[]): void {
	const source = requireRelation(ddl.session, rangeName(clause.relation!), ['table', 'view']);
	const options = clause.options ?? 0;
	if (source.kind === 'view') {
		for (const c of source.columns) columns.push(plainColumn(c.name, columns.length + 1, c.typeOid, false, c.typmod));
		return;
	}
	for (const c of source.columns) {
		if (c.dropped) continue;
		const identity = (options & LIKE_IDENTITY) !== 0 && c.identity !== '';
		if (identity) throw sqlError('0A000', 'LIKE … INCLUDING IDENTITY is not supported', { hint: 'Write the identity column out.' });
		const comment = (options & LIKE_COMMENTS) !== 0 && c.comment !== undefined ? { comment: c.comment } : {};
		const { comment: _dropped, ...plain } = c;
		columns.push({
			...plain,
			...comment,
			number: columns.length + 1,
			defaultText: (options & LIKE_DEFAULTS) !== 0 && c.identity === '' ? c.defaultText : null,
			generatedText: (options & LIKE_GENERATED) !== 0 ? c.generatedText : null,
			identity: '',
			sequenceId: 0,
			addedIn: 1,
			missingText: null,
		});
	}
	likes.push({ clause, source });
}

function copyLike(ddl: DdlContext, tableId: ObjectId, clause: TableLikeClause, source: TableObject): void {
	const options = clause.options ?? 0;
	const renumber = (n: number): number => {
		const name = source.columns.find((c) => c.number === n)?.name;
		return ddl.table(tableId).columns.find((c) => c.name === name)?.number ?? 0;
	};
	if ((options & LIKE_CONSTRAINTS) !== 0) {
		for (const c of ddl.constraintsOf(source)) {
			if (c.type !== 'check') continue;
			const table = ddl.table(tableId);
			const copy = { ...c, id: ddl.newId(), tableId, schemaId: table.schemaId, columns: c.columns.map(renumber) };
			ddl.put(copy);
			ddl.put({ ...table, constraintIds: [...table.constraintIds, copy.id] });
		}
	}
	if ((options & LIKE_INDEXES) !== 0) copyIndexes(ddl, tableId, source, renumber);
}

export const createTableHandlers = { CreateStmt: create };
