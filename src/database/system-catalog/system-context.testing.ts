/**
 * A small catalog for tests, and a session's view of it:
 *
 *     CREATE TABLE parent (id serial PRIMARY KEY, name varchar(20) NOT NULL UNIQUE, price numeric(10,2) CHECK (price > 0));
 *     CREATE TABLE app.child (a int, gone int, b int GENERATED ALWAYS AS IDENTITY, "Pid" int REFERENCES parent ON DELETE CASCADE,
 *       g int GENERATED ALWAYS AS (a * 2) STORED, m mood, PRIMARY KEY (a, b));   -- "gone" was dropped
 *     CREATE INDEX child_i ON app.child (lower(m), a DESC NULLS LAST) INCLUDE ("Pid") WHERE a > 3;
 *     CREATE VIEW v AS SELECT a FROM app.child;  CREATE MATERIALIZED VIEW mv AS SELECT id FROM parent;
 */
import { sqlFunctions } from '../../query/functions/sql-functions.ts';
import { Catalog, PUBLIC_SCHEMA_ID } from '../../transaction/catalog.ts';
import type { CatalogObject, ColumnObject, ConstraintObject, IndexObject, SequenceObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { SystemContext } from './system-table.ts';

export const ids = {
	app: 16384,
	parent: 16385,
	parentSequence: 16386,
	parentKey: 16387,
	parentKeyConstraint: 16388,
	parentName: 16389,
	parentNameConstraint: 16390,
	parentCheck: 16391,
	child: 16400,
	childSequence: 16401,
	childKey: 16402,
	childKeyConstraint: 16403,
	childForeign: 16404,
	childIndex: 16405,
	mood: 16410,
	moodArray: 16411,
	positive: 16412,
	view: 16420,
	materialized: 16421,
	holder: 16422,
	function: 16430,
} as const;

function column(number: number, name: string, typeOid: number, more: Partial<ColumnObject> = {}): ColumnObject {
	return {
		name,
		number,
		typeOid,
		typmod: -1,
		notNull: false,
		defaultText: null,
		generatedText: null,
		identity: '',
		sequenceId: 0,
		dropped: false,
		addedIn: 1,
		missingText: null,
		...more,
	};
}

function table(id: number, name: string, schemaId: number, columns: readonly ColumnObject[], more: Partial<TableObject> = {}): TableObject {
	const common = { schemaVersion: 1, primaryKey: [], keyspaceId: id, indexIds: [], constraintIds: [], options: {}, engine: 'lsm', persistence: 'p' } as const;
	return { kind: 'table', id, name, schemaId, columns, ...common, ...more };
}

function index(
	id: number,
	name: string,
	tableId: number,
	columns: readonly (number | IndexObject['columns'][number])[],
	more: Partial<IndexObject> = {},
): IndexObject {
	const keys = columns.map((key) => (typeof key === 'number' ? { column: key, expressionText: null, descending: false, nullsFirst: false } : key));
	const common = {
		keyspaceId: id,
		unique: true,
		nullsNotDistinct: false,
		primary: false,
		include: [],
		predicateText: null,
		ready: true,
		method: 'btree',
	} as const;
	return { kind: 'index', id, name, schemaId: PUBLIC_SCHEMA_ID, tableId, columns: keys, ...common, ...more };
}

function constraint(
	id: number,
	name: string,
	tableId: number,
	type: ConstraintObject['type'],
	columns: readonly number[],
	more: Partial<ConstraintObject> = {},
): ConstraintObject {
	return {
		kind: 'constraint',
		id,
		name,
		schemaId: PUBLIC_SCHEMA_ID,
		tableId,
		type,
		columns,
		indexId: 0,
		checkText: null,
		foreignTableId: 0,
		foreignColumns: [],
		onDelete: 'no action',
		onUpdate: 'no action',
		matchFull: false,
		deferrable: false,
		initiallyDeferred: false,
		validated: true,
		...more,
	};
}

function sequence(id: number, name: string, schemaId: number, ownerTableId: number, ownerColumn: number): SequenceObject {
	const range = { start: '1', increment: '1', minimum: '1', maximum: '2147483647', cache: 1, cycle: false, persistence: 'p' } as const;
	return { kind: 'sequence', id, name, schemaId, typeOid: 23, ownerTableId, ownerColumn, ...range };
}

const typeParts = { labels: [], baseOid: 0, baseTypmod: -1, notNull: false, defaultText: null, checks: [], fields: [] };

const objects: readonly CatalogObject[] = [
	{ kind: 'schema', id: ids.app, name: 'app', schemaId: 0 },
	{ kind: 'type', id: ids.mood, name: 'mood', schemaId: PUBLIC_SCHEMA_ID, typeKind: 'enum', arrayOid: ids.moodArray, ...typeParts, labels: ['sad', 'ok'] },
	{
		kind: 'type',
		id: ids.positive,
		name: 'positive',
		schemaId: PUBLIC_SCHEMA_ID,
		typeKind: 'domain',
		arrayOid: 0,
		...typeParts,
		baseOid: 23,
		checks: [{ name: 'positive_check', text: 'VALUE > 0' }],
	},
	sequence(ids.parentSequence, 'parent_id_seq', PUBLIC_SCHEMA_ID, ids.parent, 1),
	sequence(ids.childSequence, 'child_b_seq', ids.app, ids.child, 3),
	table(
		ids.parent,
		'parent',
		PUBLIC_SCHEMA_ID,
		[
			column(1, 'id', 23, { notNull: true, defaultText: `nextval('${ids.parentSequence}'::regclass)`, sequenceId: ids.parentSequence }),
			column(2, 'name', 1043, { typmod: 24, notNull: true, comment: 'what it is called' }),
			column(3, 'price', 1700, { typmod: 655366 }),
		],
		{
			primaryKey: [1],
			indexIds: [ids.parentKey, ids.parentName],
			constraintIds: [ids.parentKeyConstraint, ids.parentNameConstraint, ids.parentCheck],
			comment: 'a comment',
		},
	),
	index(ids.parentKey, 'parent_pkey', ids.parent, [1], { primary: true }),
	index(ids.parentName, 'parent_name_key', ids.parent, [2]),
	constraint(ids.parentKeyConstraint, 'parent_pkey', ids.parent, 'primary', [1], { indexId: ids.parentKey }),
	constraint(ids.parentNameConstraint, 'parent_name_key', ids.parent, 'unique', [2], { indexId: ids.parentName }),
	constraint(ids.parentCheck, 'parent_price_check', ids.parent, 'check', [3], { checkText: '(price > 0)' }),
	table(
		ids.child,
		'child',
		ids.app,
		[
			column(1, 'a', 23, { notNull: true }),
			column(2, 'gone', 23, { dropped: true }),
			column(3, 'b', 23, { notNull: true, identity: 'a', sequenceId: ids.childSequence, defaultText: `nextval('${ids.childSequence}'::regclass)` }),
			column(4, 'Pid', 23),
			column(5, 'g', 23, { generatedText: '(a * 2)' }),
			column(6, 'm', ids.mood),
		],
		{ primaryKey: [1, 3], indexIds: [ids.childKey, ids.childIndex], constraintIds: [ids.childKeyConstraint, ids.childForeign] },
	),
	index(ids.childKey, 'child_pkey', ids.child, [1, 3], { primary: true, schemaId: ids.app }),
	constraint(ids.childKeyConstraint, 'child_pkey', ids.child, 'primary', [1, 3], { indexId: ids.childKey, schemaId: ids.app }),
	constraint(ids.childForeign, 'child_Pid_fkey', ids.child, 'foreign', [4], {
		schemaId: ids.app,
		foreignTableId: ids.parent,
		foreignColumns: [1],
		onDelete: 'cascade',
		onUpdate: 'set null',
	}),
	index(
		ids.childIndex,
		'child_i',
		ids.child,
		[
			{ column: 0, expressionText: 'lower(m)', descending: false, nullsFirst: false },
			{ column: 1, expressionText: null, descending: true, nullsFirst: false },
		],
		{ unique: false, include: [4], predicateText: '(a > 3)', schemaId: ids.app },
	),
	{
		kind: 'view',
		id: ids.view,
		name: 'v',
		schemaId: PUBLIC_SCHEMA_ID,
		text: 'SELECT a FROM app.child',
		columns: [{ name: 'a', typeOid: 23, typmod: -1 }],
		searchPath: ['public'],
		materializedTableId: 0,
		dependsOn: [ids.child],
	},
	table(ids.holder, 'mv_rows', PUBLIC_SCHEMA_ID, [column(1, 'id', 23)]),
	{
		kind: 'view',
		id: ids.materialized,
		name: 'mv',
		schemaId: PUBLIC_SCHEMA_ID,
		text: 'SELECT id FROM parent;',
		columns: [{ name: 'id', typeOid: 23, typmod: -1 }],
		searchPath: ['public'],
		materializedTableId: ids.holder,
	},
	{
		kind: 'function',
		id: ids.function,
		name: 'f',
		schemaId: PUBLIC_SCHEMA_ID,
		language: 'sql',
		body: ' select a ',
		argumentNames: ['a', 'b'],
		argumentModes: ['i', 'i'],
		argumentOids: [23, 25],
		argumentDefaults: [null, "'x'::text"],
		returnOid: 23,
		returnsSet: false,
		volatility: 'v',
		strict: false,
		isProcedure: false,
		options: {},
	},
];

export function sampleContext(searchPath: readonly string[] = ['public']): SystemContext {
	const catalog = objects.reduce<Catalog>((version, object) => version.with(object.id, object), Catalog.bootstrap());
	return {
		catalog,
		functions: sqlFunctions,
		user: 'polylog',
		processId: 7,
		searchPath,
		setting: () => undefined,
		settings: () => [],
		sessions: () => [],
		locks: () => [],
		preparedStatements: () => [],
		cursors: () => [],
		valueStatistics: () => null,
		tableStatistics: () => ({ rows: 10, bytes: 20000, indexBytes: 5000, inserted: 1, updated: 2, deleted: 3, scans: 4, indexScans: 5 }),
		sequenceValue: () => ({ lastValue: 9, isCalled: true }),
		nowUs: 1700000000000000,
		databaseBytes: () => 123456,
	};
}
