/** A catalog of a few tables and a statement analyser over it, for this folder's tests. */
import type { FunctionContext } from '../../query/functions/contracts.ts';
import { sqlFunctions } from '../../query/functions/sql-functions.ts';
import { Catalog, PUBLIC_SCHEMA_ID } from '../../transaction/catalog.ts';
import type { ColumnObject, IndexObject, TableObject, ViewObject } from '../../transaction/catalog-objects.ts';
import { builtinTypes } from '../../value/builtin-types.ts';
import { type AnalysedStatement, analyzeStatement } from './analyze-statement.ts';
import { parseStatement } from './parser.ts';
import type { AnalysisContext } from './statement-context.ts';

let nextId = 20000;

function column(name: string, number: number, typeName: string, rest: Partial<ColumnObject> = {}): ColumnObject {
	return {
		name,
		number,
		typeOid: builtinTypes.byName(typeName)!.oid,
		typmod: -1,
		notNull: false,
		defaultText: null,
		generatedText: null,
		identity: '',
		sequenceId: 0,
		dropped: false,
		addedIn: 1,
		missingText: null,
		...rest,
	};
}

/** Columns as `name type`, the first `keyCount` of which are the primary key. */
function withTable(catalog: Catalog, name: string, columns: readonly ColumnObject[], keyCount: number): Catalog {
	const id = nextId++;
	const primaryKey = columns.slice(0, keyCount).map((c) => c.number);
	const index: IndexObject = {
		kind: 'index',
		id: nextId++,
		name: `${name}_pkey`,
		schemaId: PUBLIC_SCHEMA_ID,
		tableId: id,
		keyspaceId: id,
		unique: true,
		nullsNotDistinct: false,
		primary: true,
		columns: primaryKey.map((c) => ({ column: c, expressionText: null, descending: false, nullsFirst: false })),
		include: [],
		predicateText: null,
		ready: true,
		method: 'btree',
	};
	const table: TableObject = {
		kind: 'table',
		id,
		name,
		schemaId: PUBLIC_SCHEMA_ID,
		columns,
		schemaVersion: 1,
		primaryKey,
		keyspaceId: id,
		indexIds: keyCount > 0 ? [index.id] : [],
		constraintIds: [],
		options: {},
		engine: 'lsm',
		persistence: 'p',
	};
	const added = catalog.with(id, table);
	return keyCount > 0 ? added.with(index.id, index) : added;
}

function withView(
	catalog: Catalog,
	name: string,
	text: string,
	columns: readonly (readonly [string, string])[],
	checkOption: ViewObject['checkOption'] = '',
): Catalog {
	const id = nextId++;
	return catalog.with(id, {
		kind: 'view',
		id,
		name,
		schemaId: PUBLIC_SCHEMA_ID,
		text,
		columns: columns.map(([n, t]) => ({ name: n, typeOid: builtinTypes.byName(t)!.oid, typmod: -1 })),
		searchPath: ['public'],
		materializedTableId: 0,
		checkOption,
	});
}

/** artist(id, name), album(id, title, artist_id, price, made), and views over album. */
export const testCatalog: Catalog = (() => {
	let catalog = Catalog.bootstrap();
	catalog = withTable(catalog, 'artist', [column('id', 1, 'int4'), column('name', 2, 'text')], 1);
	catalog = withTable(
		catalog,
		'album',
		[
			column('id', 1, 'int4', { notNull: true, defaultText: '42' }),
			column('title', 2, 'varchar', { typmod: 24 }),
			column('artist_id', 3, 'int4'),
			column('price', 4, 'numeric', { typmod: 655366 }),
			column('made', 5, 'timestamptz'),
			column('tags', 6, '_text'),
			column('doubled', 7, 'numeric', { generatedText: 'price * 2' }),
		],
		1,
	);
	catalog = withView(
		catalog,
		'cheap',
		'SELECT id, title, price FROM album WHERE price < 10',
		[
			['id', 'int4'],
			['title', 'varchar'],
			['price', 'numeric'],
		],
		'cascaded',
	);
	catalog = withView(catalog, 'counted', 'SELECT artist_id, count(*) AS n FROM album GROUP BY artist_id', [
		['artist_id', 'int4'],
		['n', 'int8'],
	]);
	return catalog;
})();

const SETTINGS: Readonly<Record<string, string>> = { timezone: 'UTC', datestyle: 'ISO, MDY', intervalstyle: 'postgres' };

const functionContext: FunctionContext = {
	types: testCatalog,
	transactionTimeUs: 0,
	statementTimeUs: 0,
	clockUs: () => 0,
	random: () => 0.5,
	setSeed: () => {},
	randomBytes: (count) => new Uint8Array(count),
	setting: (name) => SETTINGS[name.toLowerCase()],
	setSetting: () => {},
	service: (name) => {
		throw new Error(`no service ${name} in tests`);
	},
};

export const testContext: AnalysisContext = { catalog: testCatalog, functions: sqlFunctions, functionContext, searchPath: ['public'] };

/** Parses and analyses a statement over the test catalog. */
export function analyseText(text: string, source: Partial<AnalysisContext> = {}): AnalysedStatement & { readonly kind: 'query' } {
	const analysed = analyzeStatement(parseStatement(text)!, text, { ...testContext, ...source });
	if (analysed.kind !== 'query') throw new Error(`not a query: ${text}`);
	return analysed;
}
