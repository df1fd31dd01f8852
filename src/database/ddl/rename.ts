/** ALTER … RENAME, ALTER … SET SCHEMA, COMMENT ON. */
import type { AlterObjectSchemaStmt, CommentStmt, RenameStmt } from 'libpg-query';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { keepColumnNamesInView, renameColumnInText, renameRelationInView } from '../../language/sql/rename-in-text.ts';
import { partitionsOf, rowTablesOf } from '../../model/table/partitions.ts';
import { sqlError } from '../../platform/errors.ts';
import type { CatalogObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import type { UtilityHandler } from '../utility/handler.ts';
import { liveColumn } from './alter-table.ts';
import { checkColumnName } from './columns.ts';
import { type DdlContext, ddlHandler } from './context.ts';
import { findTypeObject } from './drop.ts';
import { requireOwnColumn } from './inheritance.ts';
import { findRelation, listName, rangeName, relationNameTaken, requireRelation, requireSchema, shownName } from './names.ts';
import { renameTrigger } from './triggers.ts';

const RELATIONS = ['table', 'view', 'index', 'sequence'] as const;

function relationOf(ddl: DdlContext, node: { relation?: import('libpg-query').RangeVar; missing_ok?: boolean }): ReturnType<typeof requireRelation> | null {
	const name = rangeName(node.relation!);
	if (node.missing_ok && findRelation(ddl.session, name) === undefined) {
		ddl.session.notice('NOTICE', '42P01', `relation "${shownName(name)}" does not exist, skipping`);
		return null;
	}
	return requireRelation(ddl.session, name, [...RELATIONS]);
}

function renameRelation(ddl: DdlContext, node: RenameStmt): void {
	const relation = relationOf(ddl, node);
	if (relation === null) return;
	const name = node.newname ?? '';
	if (relationNameTaken(ddl.session, relation.schemaId)(name)) throw sqlError('42P07', `relation "${name}" already exists`);
	if (relation.kind === 'table') ddl.lock(relation.id, 'exclusive');
	for (const view of ddl.catalog.dependents(relation.id))
		if (view.kind === 'view')
			ddl.put({ ...view, text: renameRelationInView(view.text, { schema: ddl.catalog.get(relation.schemaId)?.name ?? '', name: relation.name }, name) });
	ddl.put({ ...relation, name });
	if (relation.kind === 'index') {
		const constraint = ddl.constraintsOf(ddl.table(relation.tableId)).find((c) => c.indexId === relation.id && c.type !== 'foreign');
		if (constraint !== undefined) ddl.put({ ...constraint, name });
	}
}

function renameColumn(ddl: DdlContext, node: RenameStmt): void {
	const relation = relationOf(ddl, node);
	if (relation === null) return;
	const from = node.subname ?? '';
	const to = node.newname ?? '';
	if (relation.kind === 'view') {
		if (!relation.columns.some((c) => c.name === from)) throw sqlError('42703', `column "${from}" does not exist`);
		if (relation.columns.some((c) => c.name === to)) throw sqlError('42701', `column "${to}" of relation "${relation.name}" already exists`);
		const name = { schema: ddl.catalog.get(relation.schemaId)?.name ?? '', name: relation.name };
		const before = relation.columns.map((c) => c.name);
		for (const view of ddl.catalog.dependents(relation.id))
			if (view.kind === 'view') ddl.put({ ...view, text: keepColumnNamesInView(view.text, name, before) });
		ddl.put({ ...relation, columns: relation.columns.map((c) => (c.name === from ? { ...c, name: to } : c)) });
		return;
	}
	if (relation.kind !== 'table') throw sqlError('42809', `cannot rename columns of relation "${relation.name}"`);
	const column = relation.columns.find((c) => c.name === from && !c.dropped);
	if (column === undefined) throw sqlError('42703', `column "${from}" does not exist`);
	checkColumnName(to);
	if (relation.columns.some((c) => c.name === to && !c.dropped)) throw sqlError('42701', `column "${to}" of relation "${relation.name}" already exists`);
	requireOwnColumn(ddl, relation, from, 'rename');
	const below = everyTableBelow(ddl, relation);
	if (!node.relation!.inh && below.length > 0) throw sqlError('42P16', `inherited column "${from}" must be renamed in child tables too`);
	renameTableColumn(ddl, relation, from, to);
	for (const table of below) if (table.columns.some((c) => c.name === from && !c.dropped)) renameTableColumn(ddl, table, from, to);
}

function everyTableBelow(ddl: DdlContext, table: TableObject): TableObject[] {
	if (table.partitionBy === undefined) return rowTablesOf(ddl.catalog, table).filter((t) => t.id !== table.id);
	return partitionsOf(ddl.catalog, table).flatMap((p) => [p, ...everyTableBelow(ddl, p)]);
}

function renameTableColumn(ddl: DdlContext, relation: TableObject, from: string, to: string): void {
	ddl.lock(relation.id, 'exclusive');
	renameInTexts(ddl, relation, from, to);
	const table = ddl.table(relation.id);
	const column = table.columns.find((c) => c.name === from && !c.dropped)!;
	ddl.put({
		...table,
		columns: table.columns.map((c) => ({
			...c,
			name: c.number === column.number ? to : c.name,
			generatedText: c.generatedText === null ? null : renameColumnInText(c.generatedText, from, to),
		})),
	});
}

/** Stored expressions name columns: those of the table's checks and indexes follow the new name, and so do views over it. */
function renameInTexts(ddl: DdlContext, table: TableObject, from: string, to: string): void {
	const before = table.columns.filter((c) => !c.dropped).map((c) => c.name);
	for (const c of ddl.constraintsOf(table)) if (c.checkText !== null) ddl.put({ ...c, checkText: renameColumnInText(c.checkText, from, to) });
	for (const i of ddl.indexesOf(table)) {
		ddl.put({
			...i,
			predicateText: i.predicateText === null ? null : renameColumnInText(i.predicateText, from, to),
			columns: i.columns.map((c) => (c.expressionText === null ? c : { ...c, expressionText: renameColumnInText(c.expressionText, from, to) })),
		});
	}
	for (const view of ddl.catalog.dependents(table.id))
		if (view.kind === 'view')
			ddl.put({
				...view,
				text: keepColumnNamesInView(view.text, { schema: ddl.catalog.get(table.schemaId)?.name ?? '', name: table.name }, before),
			});
}

function renameConstraint(ddl: DdlContext, node: RenameStmt): void {
	const relation = relationOf(ddl, node);
	if (relation?.kind !== 'table') return;
	const constraint = ddl.constraintsOf(relation).find((c) => c.name === node.subname);
	if (constraint === undefined) throw sqlError('42704', `constraint "${node.subname}" for table "${relation.name}" does not exist`);
	const name = node.newname ?? '';
	if (ddl.constraintsOf(relation).some((c) => c.name === name)) throw sqlError('42710', `constraint "${name}" for relation "${relation.name}" already exists`);
	ddl.put({ ...constraint, name });
	const index = ddl.catalog.get(constraint.indexId);
	if (index?.kind === 'index' && constraint.type !== 'foreign') ddl.put({ ...index, name });
}

function namedObject(ddl: DdlContext, node: RenameStmt): CatalogObject {
	const names = namesOf(
		((node.object as AstNode | undefined)?.List?.items as AstNode[] | undefined) ?? (node.object === undefined ? [] : [node.object as AstNode]),
	);
	if (node.renameType === 'OBJECT_SCHEMA') return requireSchema(ddl.session, node.subname ?? '');
	if (node.renameType === 'OBJECT_ROLE') {
		const role = ddl.catalog.findRole(node.subname ?? '');
		if (role === undefined) throw sqlError('42704', `role "${node.subname}" does not exist`);
		return role;
	}
	const type = findTypeObject(ddl, listName(names));
	if (type === undefined) throw sqlError('42704', `type "${names.join('.')}" does not exist`);
	return type;
}

const rename: UtilityHandler<RenameStmt> = ddlHandler<RenameStmt>(
	(node) =>
		`ALTER ${(node.renameType === 'OBJECT_COLUMN' || node.renameType === 'OBJECT_TABCONSTRAINT' ? (node.relationType ?? 'OBJECT_TABLE') : (node.renameType ?? '')).replace('OBJECT_', '').replace('TABCONSTRAINT', 'TABLE').replace('MATVIEW', 'MATERIALIZED VIEW')}`,
	(ddl, node) => {
		switch (node.renameType) {
			case 'OBJECT_TABLE':
			case 'OBJECT_VIEW':
			case 'OBJECT_MATVIEW':
			case 'OBJECT_INDEX':
			case 'OBJECT_SEQUENCE':
				return renameRelation(ddl, node);
			case 'OBJECT_COLUMN':
				return renameColumn(ddl, node);
			case 'OBJECT_TABCONSTRAINT':
				return renameConstraint(ddl, node);
			case 'OBJECT_TRIGGER':
				return renameTrigger(ddl, node);
			case 'OBJECT_SCHEMA':
			case 'OBJECT_ROLE':
			case 'OBJECT_TYPE':
			case 'OBJECT_DOMAIN':
				ddl.put({ ...namedObject(ddl, node), name: node.newname ?? '' });
				return;
			default:
				throw sqlError('0A000', `renaming this kind of object is not supported`);
		}
	},
);

const setSchema = ddlHandler<AlterObjectSchemaStmt>(
	(node) => `ALTER ${(node.objectType ?? '').replace('OBJECT_', '')}`,
	(ddl, node) => {
		const schema = requireSchema(ddl.session, node.newschema ?? '');
		const names = namesOf((node.object as AstNode | undefined)?.List?.items as AstNode[] | undefined);
		const object = node.relation !== undefined ? relationOf(ddl, node) : findTypeObject(ddl, listName(names));
		if (object === null) return;
		if (object === undefined) throw sqlError('42704', `type "${names.join('.')}" does not exist`);
		const move = (o: CatalogObject): void => ddl.put({ ...o, schemaId: schema.id });
		if (object.kind === 'table') for (const part of [...ddl.indexesOf(object), ...ddl.constraintsOf(object), ...ownedSequences(ddl, object.id)]) move(part);
		move(object.kind === 'table' ? ddl.table(object.id) : object);
	},
);

function ownedSequences(ddl: DdlContext, tableId: ObjectId): CatalogObject[] {
	return ddl.catalog.dependents(tableId).filter((o) => o.kind === 'sequence' && o.ownerTableId === tableId);
}

// ---- comments ----

function withComment<T extends { readonly comment?: string }>(object: T, comment: string | undefined): T {
	const { comment: _old, ...rest } = object;
	return (comment === undefined || comment === '' ? rest : { ...rest, comment }) as T;
}

const comment = ddlHandler<CommentStmt>('COMMENT', (ddl, node) => {
	const object = node.object as AstNode;
	const names = namesOf((object.List?.items as AstNode[] | undefined) ?? (object.TypeName?.names as AstNode[] | undefined) ?? [object]);
	switch (node.objtype) {
		case 'OBJECT_COLUMN': {
			const relation = requireRelation(ddl.session, listName(names.slice(0, -1)), ['table', 'view']);
			if (relation.kind !== 'table') throw sqlError('0A000', 'comments on view columns are not supported');
			const column = liveColumn(relation, names[names.length - 1]!);
			ddl.put({ ...relation, columns: relation.columns.map((c) => (c.number === column.number ? withComment(c, node.comment) : c)) });
			return;
		}
		case 'OBJECT_TABCONSTRAINT': {
			const table = requireRelation(ddl.session, listName(names.slice(0, -1)), ['table']);
			const constraint = ddl.constraintsOf(table).find((c) => c.name === names[names.length - 1]);
			if (constraint === undefined) throw sqlError('42704', `constraint "${names[names.length - 1]}" for table "${table.name}" does not exist`);
			ddl.put(withComment(constraint, node.comment));
			return;
		}
		case 'OBJECT_SCHEMA':
			ddl.put(withComment(requireSchema(ddl.session, names[0]!), node.comment));
			return;
		case 'OBJECT_TYPE':
		case 'OBJECT_DOMAIN': {
			const type = findTypeObject(ddl, listName(names));
			if (type === undefined) throw sqlError('42704', `type "${names.join('.')}" does not exist`);
			ddl.put(withComment(type, node.comment));
			return;
		}
		case 'OBJECT_TABLE':
		case 'OBJECT_VIEW':
		case 'OBJECT_MATVIEW':
		case 'OBJECT_INDEX':
		case 'OBJECT_SEQUENCE':
			ddl.put(withComment(requireRelation(ddl.session, listName(names), [...RELATIONS]), node.comment));
			return;
		default:
			throw sqlError('0A000', 'comments on this kind of object are not supported');
	}
});

export const renameHandlers = { RenameStmt: rename, AlterObjectSchemaStmt: setSchema, CommentStmt: comment };
