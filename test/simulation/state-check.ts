/** What must be true of an open database at rest: its tables are those of the model, by every way of reading them. */
import assert from 'node:assert/strict';
import type { Database } from '../../src/database/embedded/database.ts';
import { PUBLIC_SCHEMA_ID } from '../../src/transaction/catalog.ts';
import type { Model, ModelTable } from './model.ts';
import { type Row, RowCollector, type Value } from './sql-client.ts';

/** Views that commits keep: they must always equal their queries. */
export const KEPT_VIEWS: readonly { readonly name: string; readonly query: string }[] = [
	{ name: 'stock', query: 'select qty, count(*) as items, sum(id) as sum, max(name) as last, min(length(note)) as shortest from item group by qty' },
	{
		name: 'stock_cube',
		query: 'select qty, name is null as unnamed, grouping(qty) as level, count(note) as notes, max(id) as last from item group by cube (qty, name is null)',
	},
	{ name: 'either_side', query: 'select a.id, a.balance, i.id as item, i.qty from account a full join item i on i.id = a.id and i.qty > 1' },
	{ name: 'newest', query: 'select * from (select id, qty, row_number() over (partition by qty order by id desc) as n from item) x where n <= 2' },
	{ name: 'owned', query: 'select a.id, a.owner, a.balance, i.name from account a left join item i on i.id = a.id and i.qty > 2' },
];

export function checkState(db: Database, model: Model): void {
	// Log, files, and that every index (a spatial one too) has the entries of its table's rows and no others.
	assert.deepEqual(db.sql('select part, problem from polylog.check').all(), []);
	const names: string[] = [];
	for (const object of db.engine.manager.catalog.objects())
		if (object.kind === 'table' && object.schemaId === PUBLIC_SCHEMA_ID && !object.name.includes('$rows')) names.push(object.name);
	assert.deepEqual(names.sort(), [...model.tables.keys()].sort());
	for (const [name, table] of model.tables) checkTable(db, name, table);
	for (const { name, query } of KEPT_VIEWS) {
		// A history may end before it is made.
		if (db.engine.manager.catalog.find(PUBLIC_SCHEMA_ID, 'relation', name) === undefined) continue;
		assert.deepEqual(texts(db.sql(`select * from ${name}`).all() as Row[]), texts(fromTables(db, query)), `the rows of the view ${name}`);
		// This one may be answered from the view.
		assert.deepEqual(texts(db.sql(query).all() as Row[]), texts(fromTables(db, query)), `the answer to ${query}`);
	}
}

/** The rows of a query from its tables, whatever views hold. */
function fromTables(db: Database, query: string): Row[] {
	const session = db.engine.connect({ user: 'polylog', settings: { enable_kept_views: 'off' } });
	session.synchronous = true;
	try {
		const portal = session.bind(session.prepare(query, []), []);
		const sink = new RowCollector((portal.columns ?? []).map((column) => column.name));
		assert.ok(!(portal.run(sink) instanceof Promise), 'a read waits for nothing');
		portal.close();
		return sink.rows;
	} finally {
		session.close();
	}
}

function checkTable(db: Database, name: string, table: ModelTable): void {
	const found = db.sql(`select * from ${name}`).all() as Row[];
	assert.deepEqual(byId(found), byId([...table.rows.values()]), `the rows of ${name}`);
	for (const row of found) assert.deepEqual(Object.keys(row), table.columns, `the columns of ${name}`);
	for (const column of table.indexes.values()) checkColumn(db, name, table, column);
}

/** An equality on an indexed column goes through the index: it must give the rows that the table gives. */
function checkColumn(db: Database, name: string, table: ModelTable, column: string): void {
	const expected = new Map<Value, number[]>();
	for (const [id, row] of table.rows) {
		const value = row[column] ?? null;
		if (value !== null) expected.set(value, [...(expected.get(value) ?? []), id]);
	}
	for (const [value, ids] of [...expected].slice(0, 8)) {
		const found = (db.sql(`select id from ${name} where ${column} = $1`, [value]).all() as Row[]).map((row) => row.id as number);
		assert.deepEqual(sorted(found), sorted(ids), `the rows of ${name} with ${column} = ${value}`);
	}
}

function texts(rows: readonly Row[]): string[] {
	return rows.map((row) => JSON.stringify(row)).sort();
}

function byId(rows: readonly Row[]): Row[] {
	return [...rows].sort((one, other) => (one.id as number) - (other.id as number));
}

function sorted(numbers: readonly number[]): number[] {
	return [...numbers].sort((one, other) => one - other);
}
