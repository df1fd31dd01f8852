/** pg_class and what hangs on relations: columns, defaults, indexes, constraints, sequences, dependencies, comments. */
import type { EngineName } from '../../storage/manifest.ts';
import type {
	CatalogObject,
	ColumnObject,
	ConstraintObject,
	IndexObject,
	ReferentialAction,
	SequenceObject,
	TableObject,
	ViewObject,
} from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { PgArray } from '../../value/pg-array.ts';
import { indexOptions } from './definition-text.ts';
import {
	BOOTSTRAP_ROLE_ID,
	columnByNumber,
	defaultId,
	isMaterialized,
	liveColumns,
	objectsOf,
	ownerId,
	PG_CATALOG_ID,
	shownTableId,
	vector,
	visibleTables,
} from './object-names.ts';
import { partitionBoundText } from './partition-tables.ts';
import { sequencesOf, shownDefault } from './shown-text.ts';
import { type Provider, perCall, perVersion, type SystemContext, type SystemRecord, tableDefinitions } from './system-table.ts';
import { coordinateClassOf, operatorClassOf, typeFact } from './type-facts.ts';

/** The engines of tables as access methods: PostgreSQL's id of its heap, and three that it has not given out. */
export const TABLE_METHOD_IDS: Readonly<Record<EngineName, number>> = { lsm: 2, btree: 4, hash: 5, columnar: 6 };
const BTREE_METHOD_ID = 403;
/** PostgreSQL's own, of the versions that had one. */
export const RTREE_METHOD_ID = 402;
/** One that PostgreSQL has not given out. */
export const COLUMNAR_METHOD_ID = 7;
export const INVERTED_METHOD_ID = 8;
const PAGE_BYTES = 8192;

/** pg_class.oid of the catalogs that objects are described under. */
const CLASS_OF_RELATIONS = 1259;
const CLASS_OF_TYPES = 1247;
const CLASS_OF_FUNCTIONS = 1255;
const CLASS_OF_CONSTRAINTS = 2606;
const CLASS_OF_DEFAULTS = 2604;
const CLASS_OF_SCHEMAS = 2615;
const CLASS_OF_RULES = 2618;
export const CLASS_OF_ROLES = 1260;

const ACTION_LETTERS: Readonly<Record<ReferentialAction, string>> = { 'no action': 'a', restrict: 'r', cascade: 'c', 'set null': 'n', 'set default': 'd' };
const CONSTRAINT_LETTERS: Readonly<Record<ConstraintObject['type'], string>> = { primary: 'p', unique: 'u', check: 'c', foreign: 'f' };

function textArray(options: Readonly<Record<string, string>> | undefined): PgArray | null {
	const entries = Object.entries(options ?? {});
	return entries.length === 0 ? null : PgArray.of(entries.map(([name, value]) => `${name}=${value}`));
}

function classRecord(values: SystemRecord): SystemRecord {
	return {
		reltype: 0,
		reloftype: 0,
		relam: 0,
		relfilenode: 0,
		reltablespace: 0,
		relpages: 0,
		reltuples: -1,
		relallvisible: 0,
		reltoastrelid: 0,
		relhasindex: false,
		relisshared: false,
		relpersistence: 'p',
		relchecks: 0,
		relhasrules: false,
		relhastriggers: false,
		relhassubclass: false,
		relrowsecurity: false,
		relforcerowsecurity: false,
		relispopulated: true,
		relreplident: 'n',
		relispartition: false,
		relrewrite: 0,
		relfrozenxid: 0,
		relminmxid: 0,
		...values,
	};
}

function* classes(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const definition of tableDefinitions().values()) {
		yield classRecord({
			oid: definition.oid,
			relname: definition.name,
			relnamespace: catalog.findSchema(definition.schema)?.id ?? PG_CATALOG_ID,
			relowner: BOOTSTRAP_ROLE_ID,
			relam: definition.relationKind === 'r' ? TABLE_METHOD_IDS.lsm : 0,
			relkind: definition.relationKind,
			relnatts: definition.columns.length,
			relhasrules: definition.relationKind === 'v',
		});
	}
	for (const table of visibleTables(catalog)) yield tableClass(context, table);
	for (const view of objectsOf(catalog, 'view')) yield viewClass(context, view);
	for (const index of objectsOf(catalog, 'index')) yield indexClass(catalog, index);
	for (const sequence of objectsOf(catalog, 'sequence')) {
		yield classRecord({ ...commonClass(catalog, sequence), relkind: 'S', relnatts: 3, relpages: 1, reltuples: 1, relpersistence: sequence.persistence });
	}
	for (const type of objectsOf(catalog, 'type')) {
		if (type.typeKind === 'composite') yield classRecord({ ...commonClass(catalog, type), reltype: type.id, relkind: 'c', relnatts: type.fields.length });
	}
}

function commonClass(
	catalog: CatalogVersion,
	object: { readonly id: number; readonly name: string; readonly schemaId: number; readonly owner?: string },
): SystemRecord {
	return { oid: object.id, relname: object.name, relnamespace: object.schemaId, relowner: ownerId(catalog, object) };
}

function tableClass(context: SystemContext, table: TableObject): SystemRecord {
	const { catalog } = context;
	const statistics = context.tableStatistics(table.id);
	const constraints = constraintsOf(catalog, table);
	return classRecord({
		...commonClass(catalog, table),
		reltype: table.id,
		relam: table.partitionBy === undefined ? TABLE_METHOD_IDS[table.engine] : 0,
		relfilenode: table.keyspaceId,
		relpages: Math.ceil(statistics.bytes / PAGE_BYTES),
		reltuples: statistics.rows,
		relhasindex: table.indexIds.length > 0,
		relhassubclass: table.partitionBy !== undefined || table.isInherited === true,
		relpersistence: table.persistence,
		relkind: table.partitionBy === undefined ? 'r' : 'p',
		relispartition: table.partitionOf !== undefined,
		relpartbound: partitionBoundText(context, table),
		relnatts: table.columns.length,
		relchecks: constraints.filter((constraint) => constraint.type === 'check').length,
		relhastriggers: (table.triggers?.length ?? 0) > 0 || isInForeignKey(catalog, table, constraints),
		relreplident: 'd',
		reloptions: textArray(table.options),
	});
}

function isInForeignKey(catalog: CatalogVersion, table: TableObject, own: readonly ConstraintObject[]): boolean {
	if (own.some((constraint) => constraint.type === 'foreign')) return true;
	return catalog.dependents(table.id).some((object) => object.kind === 'constraint' && object.foreignTableId === table.id);
}

function viewClass(context: SystemContext, view: ViewObject): SystemRecord {
	const materialized = isMaterialized(view);
	const holder = materialized ? context.catalog.get(view.materializedTableId) : undefined;
	const statistics = holder === undefined ? null : context.tableStatistics(holder.id);
	return classRecord({
		...commonClass(context.catalog, view),
		reltype: view.id,
		relam: holder?.kind === 'table' ? TABLE_METHOD_IDS[holder.engine] : 0,
		relkind: materialized ? 'm' : 'v',
		relhastriggers: context.catalog.dependents(view.id).some((o) => o.kind === 'trigger'),
		relnatts: view.columns.length,
		relhasrules: true,
		relhasindex: holder?.kind === 'table' && holder.indexIds.length > 0,
		relpages: statistics === null ? 0 : Math.ceil(statistics.bytes / PAGE_BYTES),
		reltuples: statistics === null ? 0 : statistics.rows,
		relreplident: materialized ? 'd' : 'n',
		reloptions: textArray({ ...view.options, ...(view.checkOption ? { check_option: view.checkOption } : {}) }),
	});
}

function isPartitionedIndex(catalog: CatalogVersion, index: IndexObject): boolean {
	const table = catalog.get(index.tableId);
	return table?.kind === 'table' && table.partitionBy !== undefined;
}

function indexClass(catalog: CatalogVersion, index: IndexObject): SystemRecord {
	return classRecord({
		...commonClass(catalog, index),
		relam: indexMethodId(index),
		relfilenode: index.keyspaceId,
		relkind: isPartitionedIndex(catalog, index) ? 'I' : 'i',
		relispartition: index.parentIndexId !== undefined,
		relnatts: index.columns.length + index.include.length,
		reltuples: 0,
		reloptions: textArray(indexOptions(index)),
	});
}

function indexMethodId({ method, columns }: IndexObject): number {
	if (columns[0]?.each === true) return INVERTED_METHOD_ID;
	return method === 'rtree' ? RTREE_METHOD_ID : method === 'columnar' ? COLUMNAR_METHOD_ID : BTREE_METHOD_ID;
}

export function constraintsOf(catalog: CatalogVersion, table: TableObject): ConstraintObject[] {
	const found: ConstraintObject[] = [];
	for (const id of table.constraintIds) {
		const object = catalog.get(id);
		if (object?.kind === 'constraint') found.push(object);
	}
	return found;
}

/** The part of pg_attribute that follows from the type. */
function typePart(catalog: CatalogVersion, typeOid: number): SystemRecord {
	const type = catalog.typeByOid(typeOid);
	const fact = typeFact(type, catalog);
	return {
		atttypid: typeOid,
		attlen: type?.length ?? -1,
		attndims: type?.kind === 'array' && !type.name.endsWith('vector') ? 1 : 0,
		attbyval: fact.byValue,
		attalign: fact.align,
		attstorage: fact.storage,
		attcollation: fact.collation,
	};
}

function attributeRecord(catalog: CatalogVersion, typeOid: number, values: SystemRecord): SystemRecord {
	return {
		attstattarget: -1,
		attcacheoff: -1,
		atttypmod: -1,
		attcompression: '',
		attnotnull: false,
		atthasdef: false,
		atthasmissing: false,
		attidentity: '',
		attgenerated: '',
		attisdropped: false,
		attislocal: true,
		attinhcount: 0,
		...typePart(catalog, typeOid),
		...values,
	};
}

function* attributes(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const definition of tableDefinitions().values()) {
		for (const [index, column] of definition.columns.entries()) {
			yield attributeRecord(catalog, column.typeOid, { attrelid: definition.oid, attname: column.name, attnum: index + 1 });
		}
	}
	for (const table of visibleTables(catalog)) for (const column of table.columns) yield tableAttribute(catalog, table, column);
	for (const view of objectsOf(catalog, 'view')) {
		for (const [index, column] of view.columns.entries()) {
			yield attributeRecord(catalog, column.typeOid, { attrelid: view.id, attname: column.name, attnum: index + 1, atttypmod: column.typmod });
		}
	}
	for (const index of objectsOf(catalog, 'index')) yield* indexAttributes(catalog, index);
	for (const sequence of objectsOf(catalog, 'sequence')) {
		for (const [index, [name, typeOid]] of SEQUENCE_COLUMNS.entries()) {
			yield attributeRecord(catalog, typeOid, { attrelid: sequence.id, attname: name, attnum: index + 1, attnotnull: true });
		}
	}
	for (const type of objectsOf(catalog, 'type')) {
		for (const [index, field] of type.fields.entries()) {
			yield attributeRecord(catalog, field.typeOid, { attrelid: type.id, attname: field.name, attnum: index + 1, atttypmod: field.typmod });
		}
	}
}

const SEQUENCE_COLUMNS = [
	['last_value', 20],
	['log_cnt', 20],
	['is_called', 16],
] as const;

function tableAttribute(catalog: CatalogVersion, table: TableObject, column: ColumnObject): SystemRecord {
	if (column.dropped) {
		const name = `........pg.dropped.${column.number}........`;
		return { ...attributeRecord(catalog, column.typeOid, { attrelid: table.id, attname: name, attnum: column.number, attisdropped: true }), atttypid: 0 };
	}
	return attributeRecord(catalog, column.typeOid, {
		attrelid: table.id,
		attname: column.name,
		attnum: column.number,
		atttypmod: column.typmod,
		attnotnull: column.notNull,
		atthasdef: defaultText(column) !== null,
		atthasmissing: column.missingText !== null,
		attidentity: column.identity,
		attgenerated: column.generatedText === null ? '' : 's',
		attmissingval: column.missingText === null ? null : PgArray.of([column.missingText]),
	});
}

/** What pg_attrdef keeps of a column: its default, or the expression it is generated from. Identity is neither. */
export function defaultText(column: ColumnObject): string | null {
	if (column.dropped || column.identity !== '') return null;
	return column.generatedText ?? column.defaultText;
}

function* indexAttributes(catalog: CatalogVersion, index: IndexObject): Iterable<SystemRecord> {
	const table = catalog.get(index.tableId);
	if (table?.kind !== 'table') return;
	const keys = index.columns.map((column) => column.column);
	for (const [position, number] of [...keys, ...index.include].entries()) {
		const column = number === 0 ? undefined : columnByNumber(table, number);
		const values = { attrelid: index.id, attname: column?.name ?? expressionColumnName(position), attnum: position + 1, atttypmod: column?.typmod ?? -1 };
		yield attributeRecord(catalog, column?.typeOid ?? 25, values);
	}
}

function expressionColumnName(position: number): string {
	return position === 0 ? 'expr' : `expr${position}`;
}

/** Kept for all paths: names have their schemas. */
function* defaults(context: SystemContext): Iterable<SystemRecord> {
	const withoutPath = { catalog: context.catalog, searchPath: [] };
	for (const table of visibleTables(context.catalog)) {
		for (const column of table.columns) {
			const text = defaultText(column);
			if (text === null) continue;
			const adbin = shownDefault(withoutPath, column, text, table.schemaId);
			yield { oid: defaultId(table.id, column.number), adrelid: table.id, adnum: column.number, adbin };
		}
	}
}

function* indexes(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const index of objectsOf(catalog, 'index')) {
		const table = catalog.get(index.tableId);
		if (table?.kind !== 'table') continue;
		const keyTypes = index.columns.map((column) => (column.column === 0 ? undefined : catalog.typeByOid(columnByNumber(table, column.column)?.typeOid ?? 0)));
		const constraint = table.constraintIds.map((id) => catalog.get(id)).find((c) => c?.kind === 'constraint' && c.type !== 'foreign' && c.indexId === index.id);
		yield {
			indexrelid: index.id,
			indrelid: shownTableId(catalog, index.tableId),
			indnatts: index.columns.length + index.include.length,
			indnkeyatts: index.columns.length,
			indisunique: index.unique,
			indnullsnotdistinct: index.nullsNotDistinct,
			indisprimary: index.primary || (constraint?.kind === 'constraint' && constraint.type === 'primary'),
			indisexclusion: false,
			indimmediate: !(constraint?.kind === 'constraint' && constraint.deferrable),
			indisclustered: false,
			indisvalid: index.ready,
			indcheckxmin: false,
			indisready: true,
			indislive: true,
			indisreplident: false,
			indkey: vector([...index.columns.map((column) => column.column), ...index.include]),
			indcollation: vector(keyTypes.map((type) => typeFact(type, catalog).collation)),
			indclass: vector(keyTypes.map((type) => (index.method === 'rtree' ? coordinateClassOf(type) : operatorClassOf(type, catalog)))),
			indoption: vector(index.columns.map((column) => (column.descending ? 1 : 0) + (column.nullsFirst ? 2 : 0))),
			indexprs: expressionTexts(index),
			indpred: index.predicateText,
		};
	}
}

function expressionTexts(index: IndexObject): string | null {
	const texts = index.columns.filter((column) => column.expressionText !== null).map((column) => column.expressionText);
	return texts.length === 0 ? null : texts.join(', ');
}

function* constraints(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const constraint of objectsOf(catalog, 'constraint')) yield tableConstraint(catalog, constraint);
	for (const type of objectsOf(catalog, 'type')) {
		for (const [index, check] of type.checks.entries()) {
			yield constraintRecord({
				oid: defaultId(type.id, index),
				conname: check.name,
				connamespace: type.schemaId,
				contype: 'c',
				contypid: type.id,
				conbin: check.text,
			});
		}
	}
}

function constraintRecord(values: SystemRecord): SystemRecord {
	return {
		condeferrable: false,
		condeferred: false,
		convalidated: true,
		conrelid: 0,
		contypid: 0,
		conindid: 0,
		conparentid: 0,
		confrelid: 0,
		confupdtype: ' ',
		confdeltype: ' ',
		confmatchtype: ' ',
		conislocal: true,
		coninhcount: 0,
		connoinherit: false,
		...values,
	};
}

function tableConstraint(catalog: CatalogVersion, constraint: ConstraintObject): SystemRecord {
	const foreign = constraint.type === 'foreign';
	return constraintRecord({
		oid: constraint.id,
		conname: constraint.name,
		connamespace: constraint.schemaId,
		contype: CONSTRAINT_LETTERS[constraint.type],
		condeferrable: constraint.deferrable,
		condeferred: constraint.initiallyDeferred,
		convalidated: constraint.validated,
		conrelid: constraint.tableId,
		conindid: foreign ? referencedIndexId(catalog, constraint) : constraint.indexId,
		confrelid: constraint.foreignTableId,
		confupdtype: foreign ? ACTION_LETTERS[constraint.onUpdate] : ' ',
		confdeltype: foreign ? ACTION_LETTERS[constraint.onDelete] : ' ',
		confmatchtype: foreign ? (constraint.matchFull ? 'f' : 's') : ' ',
		connoinherit: constraint.type !== 'check',
		conkey: constraint.columns.length === 0 ? null : PgArray.of(constraint.columns),
		confkey: foreign ? PgArray.of(constraint.foreignColumns) : null,
		confdelsetcols: constraint.onDeleteColumns === undefined || constraint.onDeleteColumns.length === 0 ? null : PgArray.of(constraint.onDeleteColumns),
		conbin: constraint.checkText,
	});
}

/** The unique index of the referenced table that the foreign key leans on. */
export function referencedIndexId(catalog: CatalogVersion, constraint: ConstraintObject): number {
	const table = catalog.get(constraint.foreignTableId);
	if (table?.kind !== 'table') return 0;
	const wanted = [...constraint.foreignColumns].sort((left, right) => left - right).join();
	for (const id of table.indexIds) {
		const index = catalog.get(id);
		if (index?.kind !== 'index' || !index.unique) continue;
		const numbers = index.columns.map((column) => column.column).sort((left, right) => left - right);
		if (numbers.join() === wanted) return index.id;
	}
	return 0;
}

function* sequences(context: SystemContext): Iterable<SystemRecord> {
	for (const sequence of objectsOf(context.catalog, 'sequence')) {
		yield {
			seqrelid: sequence.id,
			seqtypid: sequence.typeOid,
			seqstart: integer(sequence.start),
			seqincrement: integer(sequence.increment),
			seqmax: integer(sequence.maximum),
			seqmin: integer(sequence.minimum),
			seqcache: sequence.cache,
			seqcycle: sequence.cycle,
		};
	}
}

/** An int8 from its decimal text. */
export function integer(text: string): number | bigint {
	const value = Number(text);
	return Number.isSafeInteger(value) ? value : BigInt(text);
}

function* dependencies(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const sequence of objectsOf(catalog, 'sequence')) if (sequence.ownerTableId !== 0) yield ownedSequence(catalog, sequence);
	for (const constraint of objectsOf(catalog, 'constraint')) {
		for (const number of constraint.columns) {
			yield dependency(CLASS_OF_CONSTRAINTS, constraint.id, CLASS_OF_RELATIONS, constraint.tableId, number, 'a');
		}
	}
	for (const table of visibleTables(catalog)) {
		for (const column of liveColumns(table)) {
			const text = defaultText(column);
			if (text === null) continue;
			const id = defaultId(table.id, column.number);
			yield dependency(CLASS_OF_DEFAULTS, id, CLASS_OF_RELATIONS, table.id, column.number, 'a');
			for (const sequence of sequencesOf(context, text)) yield dependency(CLASS_OF_DEFAULTS, id, CLASS_OF_RELATIONS, sequence, 0, 'n');
		}
	}
	for (const view of objectsOf(catalog, 'view')) yield* neededBy(catalog, CLASS_OF_RULES, view);
	for (const kind of ['table', 'type', 'function', 'constraint'] as const) {
		for (const object of objectsOf(catalog, kind)) yield* neededBy(catalog, classOf(kind), object);
	}
}

function* neededBy(catalog: CatalogVersion, classid: number, object: CatalogObject): Iterable<SystemRecord> {
	for (const id of object.dependsOn ?? []) {
		const needed = catalog.get(id);
		const refclassid = needed === undefined ? 0 : classOf(needed.kind);
		if (refclassid !== 0) yield dependency(classid, object.id, refclassid, id, 0, 'n');
	}
}

function ownedSequence(catalog: CatalogVersion, sequence: SequenceObject): SystemRecord {
	const table = catalog.get(sequence.ownerTableId);
	const column = table?.kind === 'table' ? columnByNumber(table, sequence.ownerColumn) : undefined;
	const identity = column !== undefined && column.identity !== '';
	return dependency(CLASS_OF_RELATIONS, sequence.id, CLASS_OF_RELATIONS, sequence.ownerTableId, sequence.ownerColumn, identity ? 'i' : 'a');
}

function dependency(classid: number, objid: number, refclassid: number, refobjid: number, refobjsubid: number, deptype: string): SystemRecord {
	return { classid, objid, objsubid: 0, refclassid, refobjid, refobjsubid, deptype };
}

function* descriptions(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const object of catalog.objects()) {
		const classoid = classOf(object.kind);
		if (classoid !== 0 && object.comment !== undefined) yield { objoid: object.id, classoid, objsubid: 0, description: object.comment };
		if (object.kind !== 'table') continue;
		for (const column of object.columns) {
			if (column.comment !== undefined && !column.dropped) {
				yield { objoid: object.id, classoid: CLASS_OF_RELATIONS, objsubid: column.number, description: column.comment };
			}
		}
	}
}

/** pg_class.oid of the catalog that a kind of object is in; 0 for shared ones. */
export function classOf(kind: string): number {
	switch (kind) {
		case 'table':
		case 'view':
		case 'index':
		case 'sequence':
			return CLASS_OF_RELATIONS;
		case 'type':
			return CLASS_OF_TYPES;
		case 'function':
			return CLASS_OF_FUNCTIONS;
		case 'constraint':
			return CLASS_OF_CONSTRAINTS;
		case 'schema':
			return CLASS_OF_SCHEMAS;
		default:
			return 0;
	}
}

function* rules(context: SystemContext): Iterable<SystemRecord> {
	for (const view of objectsOf(context.catalog, 'view')) {
		yield { oid: view.id, rulename: '_RETURN', ev_class: view.id, ev_type: '1', ev_enabled: 'O', is_instead: true, ev_qual: '<>', ev_action: view.text };
	}
}

function* roleComments(context: SystemContext): Iterable<SystemRecord> {
	for (const role of objectsOf(context.catalog, 'role')) {
		if (role.comment !== undefined) yield { objoid: role.id, classoid: CLASS_OF_ROLES, description: role.comment };
	}
}

export const relationTables: Readonly<Record<string, Provider>> = {
	pg_class: perCall(classes),
	pg_attribute: perVersion(attributes),
	pg_attrdef: perVersion(defaults),
	pg_index: perVersion(indexes),
	pg_constraint: perVersion(constraints),
	pg_sequence: perVersion(sequences),
	pg_depend: perVersion(dependencies),
	pg_description: perVersion(descriptions),
	pg_shdescription: perVersion(roleComments),
	pg_rewrite: perVersion(rules),
};
