/** Names of objects in DDL: where a new one goes, which one a name means, and PostgreSQL's errors for those that are not there. */
import type { RangeVar } from 'libpg-query';
import { sqlError } from '../../platform/errors.ts';
import type { CatalogObject, ObjectId, SchemaObject, TableObject } from '../../transaction/catalog-objects.ts';
import { searchPathNames } from '../analysis.ts';
import type { DatabaseSession } from '../session.ts';

/** The catalog as the running statement sees it, what it has changed itself included. */
export interface QualifiedName {
	readonly schema: string | null;
	readonly name: string;
	/** Character position for errors is not kept: PostgreSQL gives none for most of these. */
	readonly temporary: boolean;
}

type RelationKind = 'table' | 'view' | 'index' | 'sequence';
type Relation = Extract<CatalogObject, { kind: RelationKind }>;

export function rangeName(range: RangeVar): QualifiedName {
	return { schema: range.schemaname ?? null, name: range.relname ?? '', temporary: range.relpersistence === 't' };
}

export function listName(parts: readonly string[]): QualifiedName {
	return { schema: parts.length > 1 ? parts[parts.length - 2]! : null, name: parts[parts.length - 1] ?? '', temporary: false };
}

export function shownName(name: QualifiedName): string {
	return name.schema === null ? name.name : `${name.schema}.${name.name}`;
}

/** Schemas to look in, in order: the session's temporary one, then those of search_path. */
export function lookupSchemas(session: DatabaseSession, name: QualifiedName): SchemaObject[] {
	const catalog = session.statementCatalog;
	if (name.schema !== null) {
		const schema = schemaNamed(session, name.schema);
		return schema === undefined ? [] : [schema];
	}
	const found: SchemaObject[] = [];
	const temporary = session.temporarySchemaId === 0 ? undefined : catalog.get(session.temporarySchemaId);
	if (temporary?.kind === 'schema') found.push(temporary);
	for (const path of searchPathNames(session)) {
		const schema = catalog.findSchema(path);
		if (schema?.kind === 'schema') found.push(schema);
	}
	return found;
}

export function schemaNamed(session: DatabaseSession, name: string): SchemaObject | undefined {
	if (name === 'pg_temp') {
		const temporary = session.statementCatalog.get(session.temporarySchemaId);
		return temporary?.kind === 'schema' ? temporary : undefined;
	}
	const schema = session.statementCatalog.findSchema(name);
	return schema?.kind === 'schema' ? schema : undefined;
}

export function requireSchema(session: DatabaseSession, name: string): SchemaObject {
	const schema = schemaNamed(session, name);
	if (schema === undefined) throw sqlError('3F000', `schema "${name}" does not exist`);
	return schema;
}

/** The schema in which an object of this name is made. */
export function creationSchema(session: DatabaseSession, name: QualifiedName): SchemaObject {
	if (name.temporary || name.schema === 'pg_temp') {
		if (name.schema !== null && !name.schema.startsWith('pg_temp')) throw sqlError('42P16', 'cannot create temporary relation in non-temporary schema');
		return session.temporary.schema();
	}
	if (name.schema !== null) {
		const schema = requireSchema(session, name.schema);
		if (schema.name === 'pg_catalog' || schema.name === 'information_schema')
			throw sqlError('42501', `permission denied for schema ${schema.name}`, { hint: 'System schemas cannot be changed.' });
		return schema;
	}
	for (const path of searchPathNames(session)) {
		const schema = session.statementCatalog.findSchema(path);
		if (schema?.kind === 'schema' && path !== 'pg_catalog') return schema;
	}
	throw sqlError('3F000', 'no schema has been selected to create in', { hint: 'Name a schema, or set search_path to one that exists.' });
}

export function findRelation(session: DatabaseSession, name: QualifiedName): Relation | undefined {
	for (const schema of lookupSchemas(session, name)) {
		const found = session.statementCatalog.find(schema.id, 'relation', name.name);
		if (found !== undefined) return found as Relation;
	}
	return undefined;
}

const WRONG_KIND: Readonly<Record<RelationKind, string>> = { table: 'a table', view: 'a view', index: 'an index', sequence: 'a sequence' };

/** The relation of a name, of one of the kinds; 42P01 when there is none, 42809 when it is another kind. */
export function requireRelation<K extends RelationKind>(session: DatabaseSession, name: QualifiedName, kinds: readonly K[]): Extract<Relation, { kind: K }> {
	const found = findRelation(session, name);
	if (found === undefined) {
		if (name.schema !== null && schemaNamed(session, name.schema) === undefined) throw sqlError('3F000', `schema "${name.schema}" does not exist`);
		throw sqlError('42P01', `relation "${shownName(name)}" does not exist`);
	}
	if (!(kinds as readonly string[]).includes(found.kind)) throw sqlError('42809', `"${name.name}" is not ${kinds.map((k) => WRONG_KIND[k]).join(' or ')}`);
	return found as Extract<Relation, { kind: K }>;
}

export function requireTable(session: DatabaseSession, name: QualifiedName): TableObject {
	return requireRelation(session, name, ['table']);
}

/** A name of at most 63 bytes made of parts, shortened from the longest, as PostgreSQL's makeObjectName. */
export function joinedName(first: string, second: string, label: string): string {
	const bytes = (s: string): number => Buffer.byteLength(s);
	const overhead = (label === '' ? 0 : bytes(label) + 1) + (second === '' ? 0 : 1);
	let a = first;
	let b = second;
	while (bytes(a) + bytes(b) + overhead > 63) {
		if (bytes(a) > bytes(b)) a = [...a].slice(0, -1).join('');
		else b = [...b].slice(0, -1).join('');
	}
	return [a, ...(b === '' ? [] : [b]), ...(label === '' ? [] : [label])].join('_');
}

/** The first of `label`, `label1`, `label2`… whose joined name is free. */
export function freeName(first: string, second: string, label: string, taken: (name: string) => boolean): string {
	for (let i = 0; ; i++) {
		const name = joinedName(first, second, i === 0 ? label : `${label}${i}`);
		if (!taken(name)) return name;
	}
}

export function relationNameTaken(session: DatabaseSession, schemaId: ObjectId): (name: string) => boolean {
	return (name) => session.statementCatalog.find(schemaId, 'relation', name) !== undefined;
}
