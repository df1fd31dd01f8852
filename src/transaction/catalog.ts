/**
 * Versions of the catalog: immutable, made from one another by adding, replacing or removing one object at a time; they share
 * what did not change. How they are kept on disk is in `catalog-store.ts`.
 *
 * Invariants: (1) names are unique within (schema, space): a change that breaks it is refused with PostgreSQL's "already
 * exists"; (2) bootstrap objects are in every version unless removed; they are not logged.
 *
 * Cost: one change copies a few trie nodes, whatever the number of objects; a lookup by id about 40 ns.
 */
import { type PolylogError, sqlError } from '../platform/errors.ts';
import type { Offset } from '../storage/contracts.ts';
import type { CompactionMode } from '../storage/keyspace-store-options.ts';
import type { EngineName } from '../storage/manifest.ts';
import { builtinTypes } from '../value/builtin-types.ts';
import type { Type, TypeLookup } from '../value/type.ts';
import {
	type CatalogObject,
	FIRST_USER_ID,
	type ObjectId,
	type RoleObject,
	type SchemaObject,
	type TableObject,
	type TypeObject,
	type ViewObject,
} from './catalog-objects.ts';
import type { CatalogVersion } from './contracts.ts';
import { PersistentMap } from './persistent-map.ts';

export const PG_CATALOG_ID = 11;
export const PUBLIC_SCHEMA_ID = 2200;
export const INFORMATION_SCHEMA_ID = 13000;
export const POLYLOG_ROLE_ID = 10;

type Space = 'relation' | 'type' | 'keyspace' | 'schema' | 'role' | 'triple store' | 'graph';

const bootstrapObjects: readonly (SchemaObject | RoleObject)[] = [
	{ kind: 'schema', id: PG_CATALOG_ID, name: 'pg_catalog', schemaId: 0, owner: 'polylog', comment: 'system catalog schema' },
	{ kind: 'schema', id: PUBLIC_SCHEMA_ID, name: 'public', schemaId: 0, owner: 'polylog', comment: 'standard public schema' },
	{ kind: 'schema', id: INFORMATION_SCHEMA_ID, name: 'information_schema', schemaId: 0, owner: 'polylog' },
	{ kind: 'role', id: POLYLOG_ROLE_ID, name: 'polylog', schemaId: 0, canLogin: true, superuser: true, verifier: null },
];

function spaceOf(object: CatalogObject): Space | null {
	switch (object.kind) {
		case 'table':
		case 'view':
		case 'index':
		case 'sequence':
			return 'relation';
		case 'type':
		case 'keyspace':
		case 'graph':
		case 'schema':
		case 'role':
		case 'triple store':
			return object.kind;
		default:
			return null;
	}
}

function nameKey(space: Space, schemaId: ObjectId, name: string): string {
	return `${space} ${schemaId} ${name}`;
}

function duplicateName(object: CatalogObject): PolylogError {
	switch (object.kind) {
		case 'schema':
			return sqlError('42P06', `schema "${object.name}" already exists`);
		case 'type':
		case 'role':
		case 'keyspace':
		case 'triple store':
		case 'graph':
			return sqlError('42710', `${object.kind} "${object.name}" already exists`);
		default:
			return sqlError('42P07', `relation "${object.name}" already exists`);
	}
}

/** The ids whose removal takes this object with it. */
function referencedIds(object: CatalogObject, types: TypeLookup): Set<ObjectId> {
	const ids = new Set<ObjectId>(object.dependsOn ?? []);
	if (object.schemaId !== 0) ids.add(object.schemaId);
	if (object.kind === 'index' || object.kind === 'constraint' || object.kind === 'trigger') ids.add(object.tableId);
	if (object.kind === 'constraint' && object.foreignTableId !== 0) ids.add(object.foreignTableId);
	if (object.kind === 'sequence' && object.ownerTableId !== 0) ids.add(object.ownerTableId);
	if (object.kind === 'table') for (const parent of object.parentIds ?? []) ids.add(parent);
	for (const oid of userTypesOf(object)) {
		// A column of an array type depends on the element's object: arrays have none of their own.
		const elementOid = types.typeByOid(oid)?.elementOid ?? 0;
		ids.add(elementOid === 0 ? oid : elementOid);
	}
	ids.delete(object.id);
	return ids;
}

/** The oids of user types that an object's values have. */
function userTypesOf(object: CatalogObject): number[] {
	const oids: number[] = [];
	if (object.kind === 'table') for (const column of object.columns) if (!column.dropped) oids.push(column.typeOid);
	if (object.kind === 'view') for (const column of object.columns) oids.push(column.typeOid);
	if (object.kind === 'type') oids.push(object.baseOid, ...object.fields.map((field) => field.typeOid));
	if (object.kind === 'function') oids.push(object.returnOid, ...object.argumentOids);
	return oids.filter((oid) => oid >= FIRST_USER_ID);
}

/** The keyspaces that hold an object's entries. A primary key shares its table's. */
export function keyspacesOf(object: CatalogObject): readonly { readonly id: number; readonly engine: EngineName }[] {
	switch (object.kind) {
		case 'table':
		case 'keyspace':
			return [{ id: object.keyspaceId, engine: object.engine }];
		case 'index':
			return object.primary ? [] : [{ id: object.keyspaceId, engine: object.engine ?? 'lsm' }];
		default:
			return [];
	}
}

/** How a keyspace is compacted, by a catalog: indexes as their tables. */
export function compactionOf(catalog: CatalogVersion, keyspaceId: number): CompactionMode {
	for (const object of catalog.objects()) {
		if (!keyspacesOf(object).some(({ id }) => id === keyspaceId)) continue;
		if (object.kind === 'keyspace') return object.compaction ?? 'levelled';
		const table = object.kind === 'index' ? catalog.get(object.tableId) : object;
		return table?.kind === 'table' && table.options['compaction'] === 'tiered' ? 'tiered' : 'levelled';
	}
	return 'levelled';
}

function typesOf(object: TypeObject, catalog: CatalogVersion): Type[] {
	const schema = catalog.get(object.schemaId)?.name ?? 'public';
	const base = object.typeKind === 'domain' ? catalog.typeByOid(object.baseOid) : undefined;
	const category = object.typeKind === 'enum' ? 'E' : object.typeKind === 'composite' ? 'C' : object.typeKind === 'range' ? 'R' : (base?.category ?? 'U');
	const made: Type = {
		oid: object.id,
		name: object.name,
		schema,
		kind: object.typeKind,
		category,
		preferred: false,
		length: object.typeKind === 'enum' ? 4 : (base?.length ?? -1),
		elementOid: 0,
		arrayOid: object.arrayOid,
		baseOid: object.baseOid,
		baseTypmod: object.baseTypmod,
		enumLabels: object.labels,
		fields: object.fields,
	};
	if (object.arrayOid === 0) return [made];
	const shared = { baseOid: 0, baseTypmod: -1, enumLabels: [], fields: [], preferred: false };
	return [
		made,
		{ oid: object.arrayOid, name: `_${object.name}`, schema, kind: 'array', category: 'A', length: -1, elementOid: object.id, arrayOid: 0, ...shared },
	];
}

/** The type of a relation's rows: it has the relation's own id. */
function rowTypeOf(object: TableObject | ViewObject, catalog: CatalogVersion): Type {
	const columns = object.kind === 'table' ? object.columns.filter((c) => !c.dropped) : object.columns;
	return {
		oid: object.id,
		name: object.name,
		schema: catalog.get(object.schemaId)?.name ?? 'public',
		kind: 'composite',
		category: 'C',
		preferred: false,
		length: -1,
		elementOid: 0,
		arrayOid: 0,
		baseOid: 0,
		baseTypmod: -1,
		enumLabels: [],
		fields: columns.map((c) => ({ name: c.name, typeOid: c.typeOid, typmod: c.typmod })),
	};
}

interface CatalogParts {
	readonly objects: PersistentMap<ObjectId, CatalogObject>;
	readonly names: PersistentMap<string, ObjectId>;
	readonly functionIds: PersistentMap<string, readonly ObjectId[]>;
	readonly types: PersistentMap<number, Type>;
	readonly dependentIds: PersistentMap<ObjectId, readonly ObjectId[]>;
}

let lastSerial = 0;

export class Catalog implements CatalogVersion {
	readonly offset: Offset;
	readonly serial: number;
	readonly #parts: CatalogParts;

	private constructor(parts: CatalogParts, offset: Offset) {
		this.#parts = parts;
		this.offset = offset;
		this.serial = ++lastSerial;
	}

	/** The catalog of an empty database. */
	static bootstrap(): Catalog {
		const empty: CatalogParts = {
			objects: PersistentMap.empty(),
			names: PersistentMap.empty(),
			functionIds: PersistentMap.empty(),
			types: PersistentMap.empty(),
			dependentIds: PersistentMap.empty(),
		};
		return bootstrapObjects.reduce<Catalog>((catalog, object) => catalog.with(object.id, object), new Catalog(empty, 0));
	}

	get(id: ObjectId): CatalogObject | undefined {
		return this.#parts.objects.get(id);
	}

	find(schemaId: ObjectId, space: 'relation' | 'type' | 'keyspace' | 'triple store' | 'graph', name: string): CatalogObject | undefined {
		return this.#named(nameKey(space, schemaId, name));
	}

	findSchema(name: string): CatalogObject | undefined {
		return this.#named(nameKey('schema', 0, name));
	}

	findRole(name: string): CatalogObject | undefined {
		return this.#named(nameKey('role', 0, name));
	}

	functions(schemaId: ObjectId, name: string): readonly CatalogObject[] {
		const ids = this.#parts.functionIds.get(`${schemaId} ${name}`);
		return ids === undefined ? [] : ids.map((id) => this.get(id)!);
	}

	objects(): Iterable<CatalogObject> {
		return this.#parts.objects.values();
	}

	typeByOid(oid: number): Type | undefined {
		return builtinTypes.typeByOid(oid) ?? this.#parts.types.get(oid);
	}

	dependents(id: ObjectId): readonly CatalogObject[] {
		return (this.#parts.dependentIds.get(id) ?? []).map((dependent) => this.get(dependent)!);
	}

	/** The version after one change: `object` is added or replaced, or (null) the object of the id removed. */
	with(id: ObjectId, object: CatalogObject | null): Catalog {
		const before = this.get(id);
		let parts = this.#parts;
		if (before !== undefined) parts = this.#without(parts, before);
		if (object !== null) parts = this.#adding(parts, object);
		return new Catalog(parts, this.offset);
	}

	/** The same content, as the version made by the commit at `offset`. */
	at(offset: Offset): Catalog {
		return new Catalog(this.#parts, offset);
	}

	#named(key: string): CatalogObject | undefined {
		const id = this.#parts.names.get(key);
		return id === undefined ? undefined : this.get(id);
	}

	#without(parts: CatalogParts, object: CatalogObject): CatalogParts {
		let { names, functionIds, types, dependentIds } = parts;
		const space = spaceOf(object);
		if (space !== null) names = names.delete(nameKey(space, object.schemaId, object.name));
		if (object.kind === 'function') functionIds = withoutId(functionIds, `${object.schemaId} ${object.name}`, object.id);
		if (object.kind === 'type') types = types.delete(object.id).delete(object.arrayOid);
		if (object.kind === 'table' || object.kind === 'view') types = types.delete(object.id);
		for (const id of referencedIds(object, this)) dependentIds = withoutId(dependentIds, id, object.id);
		return { objects: parts.objects.delete(object.id), names, functionIds, types, dependentIds };
	}

	/** Keeps invariant (1). */
	#adding(parts: CatalogParts, object: CatalogObject): CatalogParts {
		let { names, functionIds, types, dependentIds } = parts;
		const space = spaceOf(object);
		if (space !== null) {
			const key = nameKey(space, object.schemaId, object.name);
			if (names.get(key) !== undefined) throw duplicateName(object);
			names = names.set(key, object.id);
		}
		if (object.kind === 'function') functionIds = withId(functionIds, `${object.schemaId} ${object.name}`, object.id);
		if (object.kind === 'type') for (const type of typesOf(object, this)) types = types.set(type.oid, type);
		if (object.kind === 'table' || object.kind === 'view') types = types.set(object.id, rowTypeOf(object, this));
		for (const id of referencedIds(object, this)) dependentIds = withId(dependentIds, id, object.id);
		return { objects: parts.objects.set(object.id, object), names, functionIds, types, dependentIds };
	}
}

function withId<K extends string | number>(map: PersistentMap<K, readonly ObjectId[]>, key: K, id: ObjectId): PersistentMap<K, readonly ObjectId[]> {
	return map.set(key, [...(map.get(key) ?? []), id]);
}

function withoutId<K extends string | number>(map: PersistentMap<K, readonly ObjectId[]>, key: K, id: ObjectId): PersistentMap<K, readonly ObjectId[]> {
	const rest = (map.get(key) ?? []).filter((other) => other !== id);
	return rest.length === 0 ? map.delete(key) : map.set(key, rest);
}
