/**
 * DROP of anything: finds what depends on it, refuses (RESTRICT) or takes it along (CASCADE) as PostgreSQL does. What belongs to
 * an object (a table's indexes, constraints and owned sequences) goes with it silently.
 */
import type { DropStmt, ObjectWithArgs } from 'libpg-query';
import { type AstNode, namesOf, stringOf } from '../../language/sql/ast.ts';
import { sqlError } from '../../platform/errors.ts';
import type { CatalogObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import { removePosition } from '../../transaction/derived-positions.ts';
import type { UtilityHandler } from '../utility/handler.ts';
import { type DdlContext, ddlHandler, nodesOf } from './context.ts';
import { findFunction, namedSignature, signature } from './functions.ts';
import { findRelation, listName, lookupSchemas, type QualifiedName, schemaNamed, shownName } from './names.ts';
import { putTriggers, triggerNamed } from './triggers.ts';

/** How an object is named in messages about dependencies. */
export function describeObject(ddl: DdlContext, object: CatalogObject): string {
	switch (object.kind) {
		case 'constraint': {
			const table = ddl.catalog.get(object.tableId);
			return `constraint ${object.name} on table ${table?.name}`;
		}
		case 'view':
			return object.materializedTableId !== 0 ? `materialized view ${object.name}` : `view ${object.name}`;
		case 'function':
			return `${object.isProcedure ? 'procedure' : 'function'} ${signature(ddl, object)}`;
		case 'trigger':
			return `trigger ${object.name} on ${ddl.catalog.get(object.tableId)?.kind ?? 'table'} ${ddl.catalog.get(object.tableId)?.name}`;
		default:
			return `${object.kind} ${object.name}`;
	}
}

/** True when `dependent` is a part of `object`, which never stands in its way. */
function belongsTo(dependent: CatalogObject, object: CatalogObject): boolean {
	if (dependent.kind === 'index') return dependent.tableId === object.id || dependent.parentIndexId === object.id;
	if (dependent.kind === 'trigger') return dependent.tableId === object.id;
	if (dependent.kind === 'constraint')
		return dependent.tableId === object.id || (object.kind === 'index' && dependent.indexId === object.id && dependent.type !== 'foreign');
	if (dependent.kind === 'sequence') return dependent.ownerTableId === object.id;
	if (dependent.kind === 'table')
		return (object.kind === 'view' && object.materializedTableId === dependent.id) || dependent.partitionOf?.parentId === object.id;
	return false;
}

/** Removes objects and all that depends on them; `what` are the ones that were named. */
export function dropObjects(ddl: DdlContext, what: readonly CatalogObject[], cascade: boolean): void {
	const gone = new Map<ObjectId, CatalogObject>();
	const dragged: { object: CatalogObject; because: CatalogObject }[] = [];
	const visit = (object: CatalogObject, named: boolean, because: CatalogObject | null): void => {
		if (gone.has(object.id)) return;
		gone.set(object.id, object);
		if (!named && because !== null && !belongsTo(object, because)) dragged.push({ object, because });
		if (object.kind === 'view' && object.materializedTableId !== 0) {
			const rows = ddl.catalog.get(object.materializedTableId);
			if (rows !== undefined) visit(rows, true, null);
		}
		for (const dependent of ddl.catalog.dependents(object.id))
			visit(
				dependent,
				what.some((w) => w.id === dependent.id),
				object,
			);
	};
	for (const object of what) visit(object, true, null);
	if (dragged.length > 0 && !cascade) refuse(ddl, what, dragged);
	for (const object of gone.values()) lockFor(ddl, object);
	announce(
		ddl,
		dragged.map((d) => d.object),
	);
	for (const object of gone.values()) removeObject(ddl, object, gone);
}

function refuse(ddl: DdlContext, what: readonly CatalogObject[], dragged: readonly { object: CatalogObject; because: CatalogObject }[]): never {
	const detail = dragged.map((d) => `${describeObject(ddl, d.object)} depends on ${describeObject(ddl, d.because)}`).join('\n');
	const subject = what.length === 1 ? describeObject(ddl, what[0]!) : 'desired object(s)';
	throw sqlError('2BP01', `cannot drop ${subject} because other objects depend on it`, {
		detail,
		hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
	});
}

function announce(ddl: DdlContext, dragged: readonly CatalogObject[]): void {
	if (dragged.length === 0) return;
	const lines = dragged.map((o) => `drop cascades to ${describeObject(ddl, o)}`);
	if (lines.length === 1) ddl.session.notice('NOTICE', '00000', lines[0]!);
	else ddl.session.notice('NOTICE', '00000', `drop cascades to ${lines.length} other objects`, { detail: lines.join('\n') });
}

function lockFor(ddl: DdlContext, object: CatalogObject): void {
	if (object.kind === 'table') ddl.lock(object.id, 'exclusive');
	else if (object.kind === 'index' || object.kind === 'constraint' || object.kind === 'trigger') ddl.lock(object.tableId, 'exclusive');
}

/** Takes one object out of the catalog, and out of the lists of the table it belongs to (unless that goes too). */
function removeObject(ddl: DdlContext, object: CatalogObject, gone: ReadonlyMap<ObjectId, CatalogObject>): void {
	if ((object.kind === 'index' || object.kind === 'constraint') && !gone.has(object.tableId)) {
		const table = ddl.catalog.get(object.tableId);
		if (table?.kind === 'table') {
			const without = (ids: readonly ObjectId[]): readonly ObjectId[] => ids.filter((id) => id !== object.id);
			ddl.put({ ...table, indexIds: without(table.indexIds), constraintIds: without(table.constraintIds) });
		}
	}
	if (object.kind === 'trigger' && !gone.has(object.tableId)) {
		const table = ddl.catalog.get(object.tableId);
		if (table?.kind === 'table')
			putTriggers(
				ddl,
				table.id,
				(table.triggers ?? []).filter((id) => id !== object.id),
			);
	}
	if (object.kind === 'sequence' && object.ownerTableId !== 0 && !gone.has(object.ownerTableId)) releaseDefault(ddl, object.id, object.ownerTableId);
	if (object.kind === 'view' && object.refresh === 'async') removePosition(ddl.transaction, object.id);
	ddl.remove(object.id);
}

function releaseDefault(ddl: DdlContext, sequenceId: ObjectId, tableId: ObjectId): void {
	const table = ddl.catalog.get(tableId);
	if (table?.kind !== 'table') return;
	ddl.put({ ...table, columns: table.columns.map((c) => (c.sequenceId === sequenceId ? { ...c, sequenceId: 0, defaultText: null } : c)) });
}

type Found = CatalogObject | null;

/** Finds what DROP names; null (after a notice) when it is not there and IF EXISTS was said. */
function findNamed(ddl: DdlContext, node: AstNode, type: string, missingOk: boolean): Found {
	const skip = (what: string, sqlstate: string, message: string): null => {
		if (!missingOk) throw sqlError(sqlstate, message);
		ddl.session.notice('NOTICE', '00000', `${what} does not exist, skipping`);
		return null;
	};
	if (type === 'OBJECT_TRIGGER') return triggerNamed(ddl, node, missingOk);
	const name = objectName(node);
	if (name.schema !== null && schemaNamed(ddl.session, name.schema) === undefined && type !== 'OBJECT_SCHEMA')
		return skip(`schema "${name.schema}"`, '3F000', `schema "${name.schema}" does not exist`);
	switch (type) {
		case 'OBJECT_SCHEMA':
			return schemaNamed(ddl.session, name.name) ?? skip(`schema "${name.name}"`, '3F000', `schema "${name.name}" does not exist`);
		case 'OBJECT_TYPE':
		case 'OBJECT_DOMAIN':
			return findTypeObject(ddl, name) ?? skip(`type "${shownName(name)}"`, '42704', `type "${shownName(name)}" does not exist`);
		case 'OBJECT_FUNCTION':
		case 'OBJECT_PROCEDURE':
		case 'OBJECT_ROUTINE':
			return findFunction(ddl, node.ObjectWithArgs!, type) ?? missingFunction(ddl, node.ObjectWithArgs!, type, skip);
		default:
			return findRelationOfType(ddl, name, type, skip);
	}
}

function missingFunction(ddl: DdlContext, node: ObjectWithArgs, type: string, skip: (what: string, sqlstate: string, message: string) => null): null {
	const kind = type.replace('OBJECT_', '').toLowerCase();
	const shown = namedSignature(ddl, node);
	return skip(`${kind} ${shown}`, '42883', node.args_unspecified ? `could not find a ${kind} named ${shown}` : `${kind} ${shown} does not exist`);
}

const RELATION_WORDS: Readonly<Record<string, { word: string; kinds: readonly ('table' | 'view' | 'index' | 'sequence')[] }>> = {
	OBJECT_TABLE: { word: 'table', kinds: ['table'] },
	OBJECT_VIEW: { word: 'view', kinds: ['view'] },
	OBJECT_MATVIEW: { word: 'materialized view', kinds: ['view'] },
	OBJECT_INDEX: { word: 'index', kinds: ['index'] },
	OBJECT_SEQUENCE: { word: 'sequence', kinds: ['sequence'] },
};

function findRelationOfType(ddl: DdlContext, name: QualifiedName, type: string, skip: (what: string, sqlstate: string, message: string) => null): Found {
	const wanted = RELATION_WORDS[type];
	if (wanted === undefined) throw sqlError('0A000', `DROP ${type.replace('OBJECT_', '')} is not supported`);
	const found = findRelation(ddl.session, name);
	if (found === undefined)
		return skip(`${wanted.word} "${shownName(name)}"`, wanted.word === 'index' ? '42704' : '42P01', `${wanted.word} "${shownName(name)}" does not exist`);
	const isMaterialized = found.kind === 'view' && found.materializedTableId !== 0;
	if (!wanted.kinds.includes(found.kind) || (found.kind === 'view' && isMaterialized !== (type === 'OBJECT_MATVIEW'))) {
		throw sqlError('42809', `"${name.name}" is not ${wanted.word === 'index' ? 'an' : 'a'} ${wanted.word}`, {
			hint: `Use DROP ${isMaterialized ? 'MATERIALIZED VIEW' : found.kind.toUpperCase()} to remove ${found.kind === 'index' ? 'an' : 'a'} ${isMaterialized ? 'materialized view' : found.kind}.`,
		});
	}
	if (found.kind === 'index') refuseConstraintIndex(ddl, found.tableId, found.id, found.name);
	return found;
}

function refuseConstraintIndex(ddl: DdlContext, tableId: ObjectId, indexId: ObjectId, name: string): void {
	const table = ddl.catalog.get(tableId) as TableObject;
	const constraint = ddl.constraintsOf(table).find((c) => c.indexId === indexId && c.type !== 'foreign');
	if (constraint === undefined) return;
	throw sqlError('2BP01', `cannot drop index ${name} because constraint ${constraint.name} on table ${table.name} requires it`, {
		hint: `You can drop constraint ${constraint.name} on table ${table.name} instead.`,
	});
}

function objectName(node: AstNode): QualifiedName {
	if (node.List !== undefined) return listName(namesOf(node.List.items as AstNode[]));
	if (node.String !== undefined) return listName([stringOf(node)]);
	if (node.TypeName !== undefined) return listName(namesOf(node.TypeName.names as AstNode[]));
	if (node.ObjectWithArgs !== undefined) return listName(namesOf(node.ObjectWithArgs.objname as AstNode[]));
	return listName(['']);
}

export function findTypeObject(ddl: DdlContext, name: QualifiedName): Extract<CatalogObject, { kind: 'type' }> | undefined {
	for (const schema of lookupSchemas(ddl.session, name)) {
		const found = ddl.catalog.find(schema.id, 'type', name.name);
		if (found?.kind === 'type') return found;
	}
	return undefined;
}

const COMMANDS: Readonly<Record<string, string>> = { OBJECT_MATVIEW: 'DROP MATERIALIZED VIEW' };

const drop: UtilityHandler<DropStmt> = ddlHandler<DropStmt>(
	(node) => COMMANDS[node.removeType ?? ''] ?? `DROP ${(node.removeType ?? '').replace('OBJECT_', '').replaceAll('_', ' ')}`,
	(ddl, node) => {
		const found: CatalogObject[] = [];
		for (const item of nodesOf(node.objects)) {
			const object = findNamed(ddl, item, node.removeType ?? '', node.missing_ok ?? false);
			if (object === null) continue;
			if (object.kind === 'schema' && (object.name === 'pg_catalog' || object.name === 'information_schema'))
				throw sqlError('2BP01', `cannot drop schema ${object.name} because it is required by the database system`);
			if (!found.some((f) => f.id === object.id)) found.push(object);
		}
		dropObjects(ddl, found, node.behavior === 'DROP_CASCADE');
	},
);

export const dropHandlers = { DropStmt: drop };
