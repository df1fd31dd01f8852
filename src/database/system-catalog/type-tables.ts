/** pg_type and what belongs to types: enum labels, ranges, collations, operator classes. */
import type { TableObject, TypeObject, ViewObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { BOX, builtinTypes } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { operatorClassFacts, operatorFamilyFacts } from './builtin-facts.ts';
import { BOOTSTRAP_ROLE_ID, defaultId, objectsOf, ownerId, PG_CATALOG_ID, schemaName, visibleTables } from './object-names.ts';
import { type Provider, perVersion, type SystemContext, type SystemRecord } from './system-table.ts';
import { COORDINATE_FAMILY_ID, COORDINATE_TYPES, coordinateClassOf, operatorClassOf, typeFact, typeFunctions } from './type-facts.ts';

const BTREE = 403;
const RTREE = 402;
const KIND_LETTERS: Readonly<Record<Type['kind'], string>> = {
	base: 'b',
	array: 'b',
	enum: 'e',
	domain: 'd',
	composite: 'c',
	pseudo: 'p',
	range: 'r',
	multirange: 'm',
	dynamic: 'p',
};

function* types(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const type of builtinTypes.all()) yield typeRecord(catalog, type, null);
	for (const object of objectsOf(catalog, 'type')) {
		const type = catalog.typeByOid(object.id);
		if (type === undefined) continue;
		yield typeRecord(catalog, type, object);
		const array = catalog.typeByOid(object.arrayOid);
		if (array !== undefined) yield typeRecord(catalog, array, object);
	}
	for (const relation of [...visibleTables(catalog), ...objectsOf(catalog, 'view')]) yield rowTypeRecord(catalog, relation);
}

/** The composite type of a relation's rows: its oid is the relation's. */
function rowTypeRecord(catalog: CatalogVersion, relation: TableObject | ViewObject): SystemRecord {
	const type: Type = {
		oid: relation.id,
		name: relation.name,
		schema: schemaName(catalog, relation.schemaId),
		kind: 'composite',
		category: 'C',
		preferred: false,
		length: -1,
		elementOid: 0,
		arrayOid: 0,
		baseOid: 0,
		baseTypmod: -1,
		enumLabels: [],
		fields: [],
	};
	return { ...typeRecord(catalog, type, null), typnamespace: relation.schemaId, typowner: ownerId(catalog, relation), typrelid: relation.id };
}

function typeRecord(catalog: CatalogVersion, type: Type, object: TypeObject | null): SystemRecord {
	const fact = typeFact(type, catalog);
	const own = object !== null && object.id === type.oid ? object : null;
	const functionId = (place: number): number => typeFunctions().get(fact.functions[place]!)?.oid ?? 0;
	return {
		oid: type.oid,
		typname: type.name,
		typnamespace: object?.schemaId ?? catalog.findSchema(type.schema)?.id ?? PG_CATALOG_ID,
		typowner: object === null ? BOOTSTRAP_ROLE_ID : ownerId(catalog, object),
		typlen: type.length,
		typbyval: fact.byValue,
		typtype: KIND_LETTERS[type.kind],
		typcategory: type.category,
		typispreferred: type.preferred,
		typisdefined: true,
		typdelim: type.oid === BOX.oid || type.elementOid === BOX.oid ? ';' : ',',
		typrelid: own?.typeKind === 'composite' ? own.id : 0,
		typsubscript: type.kind === 'array' ? (typeFunctions().get('array_subscript_handler')?.oid ?? 0) : 0,
		typelem: type.elementOid,
		typarray: type.arrayOid,
		typinput: functionId(0),
		typoutput: functionId(1),
		typreceive: functionId(2),
		typsend: functionId(3),
		typmodin: functionId(4),
		typmodout: functionId(5),
		typanalyze: 0,
		typalign: fact.align,
		typstorage: fact.storage,
		typnotnull: own?.notNull ?? false,
		typbasetype: type.baseOid,
		typtypmod: type.baseTypmod,
		typndims: 0,
		typcollation: fact.collation,
		typdefaultbin: own?.defaultText ?? null,
		typdefault: own?.defaultText ?? null,
	};
}

function* enumLabels(context: SystemContext): Iterable<SystemRecord> {
	for (const type of objectsOf(context.catalog, 'type')) {
		for (const [index, label] of type.labels.entries()) {
			yield { oid: defaultId(type.id, index + 1), enumtypid: type.id, enumsortorder: index + 1, enumlabel: label };
		}
	}
}

function* ranges(): Iterable<SystemRecord> {
	for (const type of builtinTypes.all()) {
		if (type.kind !== 'range') continue;
		const subtype = builtinTypes.typeByOid(type.subtypeOid ?? 0);
		yield {
			rngtypid: type.oid,
			rngsubtype: type.subtypeOid,
			rngmultitypid: type.multirangeOid,
			rngcollation: 0,
			rngsubopc: operatorClassOf(subtype, builtinTypes),
			rngcanonical: DISCRETE_RANGES.get(type.name) ?? 0,
			rngsubdiff: RANGE_DIFFERENCES.get(type.name) ?? 0,
		};
	}
}

/** oids of their canonical functions, and of those that subtract bounds. */
const DISCRETE_RANGES: ReadonlyMap<string, number> = new Map([
	['int4range', 3914],
	['int8range', 3928],
	['daterange', 3915],
]);
const RANGE_DIFFERENCES: ReadonlyMap<string, number> = new Map([
	['int4range', 3922],
	['int8range', 3923],
	['numrange', 3924],
	['daterange', 3925],
	['tsrange', 3929],
	['tstzrange', 3930],
]);

function* collations(): Iterable<SystemRecord> {
	for (const [oid, collname] of [
		[100, 'default'],
		[950, 'C'],
		[951, 'POSIX'],
	] as const) {
		const named = oid === 100 ? null : collname;
		yield {
			oid,
			collname,
			collnamespace: PG_CATALOG_ID,
			collowner: BOOTSTRAP_ROLE_ID,
			collprovider: oid === 100 ? 'd' : 'c',
			collisdeterministic: true,
			collencoding: -1,
			collcollate: named,
			collctype: named,
		};
	}
}

function* operatorClasses(): Iterable<SystemRecord> {
	for (const line of operatorClassFacts.trim().split('\n')) {
		const [oid, name, family, typeOid] = line.split(' ');
		yield {
			oid: Number(oid),
			opcmethod: BTREE,
			opcname: name,
			opcnamespace: PG_CATALOG_ID,
			opcowner: BOOTSTRAP_ROLE_ID,
			opcfamily: Number(family),
			opcintype: Number(typeOid),
			opcdefault: true,
			opckeytype: 0,
		};
	}
	for (const typeOid of COORDINATE_TYPES) {
		const type = builtinTypes.typeByOid(typeOid);
		yield {
			oid: coordinateClassOf(type),
			opcmethod: RTREE,
			opcname: `${type?.name}_ops`,
			opcnamespace: PG_CATALOG_ID,
			opcowner: BOOTSTRAP_ROLE_ID,
			opcfamily: COORDINATE_FAMILY_ID,
			opcintype: typeOid,
			opcdefault: true,
			opckeytype: 0,
		};
	}
}

function* operatorFamilies(): Iterable<SystemRecord> {
	for (const line of operatorFamilyFacts.trim().split('\n')) {
		const [oid, name] = line.split(' ');
		yield { oid: Number(oid), opfmethod: BTREE, opfname: name, opfnamespace: PG_CATALOG_ID, opfowner: BOOTSTRAP_ROLE_ID };
	}
	yield { oid: COORDINATE_FAMILY_ID, opfmethod: RTREE, opfname: 'coordinate_ops', opfnamespace: PG_CATALOG_ID, opfowner: BOOTSTRAP_ROLE_ID };
}

export const typeTables: Readonly<Record<string, Provider>> = {
	pg_type: perVersion(types),
	pg_enum: perVersion(enumLabels),
	pg_range: perVersion(ranges),
	pg_collation: perVersion(collations),
	pg_opclass: perVersion(operatorClasses),
	pg_opfamily: perVersion(operatorFamilies),
};
