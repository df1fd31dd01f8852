/** The system catalog over a small schema; what PostgreSQL 15 answers for the same is the expectation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PgArray } from '../../value/pg-array.ts';
import { ids, sampleContext } from './system-context.testing.ts';
import { systemServices } from './system-services.ts';
import type { SystemContext } from './system-table.ts';
import { providedNames, systemTables } from './system-tables.ts';

type Row = Record<string, unknown>;

const context = sampleContext();

function rows(key: string, seen: SystemContext = context): Row[] {
	const table = systemTables.get(key)!;
	return Array.from(table.rows(seen), (row) => Object.fromEntries(table.columns.map((column, index) => [column.name, plain(row[index])])));
}

function plain(value: unknown): unknown {
	return value instanceof PgArray ? value.elements : value;
}

function pick(row: Row | undefined, ...names: readonly string[]): unknown[] {
	return names.map((name) => row?.[name]);
}

function call(name: string, ...args: readonly unknown[]): unknown {
	return plain(systemServices.get(name)!(context, args));
}

test('every provider has a definition, and gives only columns that there are', () => {
	for (const name of providedNames()) assert.ok(systemTables.get(name) !== undefined, `${name} is not defined`);
	for (const table of systemTables.values()) for (const row of table.rows(context)) assert.equal(row.length, table.columns.length);
});

test('rows are made once per version of the catalog', () => {
	const table = systemTables.get('pg_catalog.pg_attribute')!;
	assert.equal(table.rows(context), table.rows({ ...context }));
	assert.notEqual(table.rows(context), table.rows(sampleContext()));
});

test('oids are unique within each catalog', () => {
	for (const name of ['pg_class', 'pg_type', 'pg_proc', 'pg_operator', 'pg_constraint', 'pg_attrdef', 'pg_enum', 'pg_cast', 'pg_namespace', 'pg_opclass']) {
		const oids = rows(`pg_catalog.${name}`).map((row) => row.oid);
		assert.equal(new Set(oids).size, oids.length, name);
	}
});

test('pg_class shows relations by kind, materialized views instead of the tables behind them', () => {
	const own = rows('pg_catalog.pg_class').filter((row) => (row.oid as number) >= 16384);
	assert.deepEqual(
		own.map((row) => pick(row, 'relname', 'relkind')),
		[
			['parent', 'r'],
			['child', 'r'],
			['v', 'v'],
			['mv', 'm'],
			['parent_pkey', 'i'],
			['parent_name_key', 'i'],
			['child_pkey', 'i'],
			['child_i', 'i'],
			['parent_id_seq', 'S'],
			['child_b_seq', 'S'],
		],
	);
	assert.deepEqual(pick(own[0], 'relnatts', 'relchecks', 'relhasindex', 'relhastriggers', 'reltuples', 'relpages'), [3, 1, true, true, 10, 3]);
});

test('pg_attribute shows defaults, identity, generated and dropped columns', () => {
	const columns = rows('pg_catalog.pg_attribute').filter((row) => row.attrelid === ids.child);
	assert.deepEqual(
		columns.map((row) => pick(row, 'attname', 'atttypid', 'attnum', 'attnotnull', 'atthasdef', 'attidentity', 'attgenerated', 'attisdropped')),
		[
			['a', 23, 1, true, false, '', '', false],
			['........pg.dropped.2........', 0, 2, false, false, '', '', true],
			['b', 23, 3, true, false, 'a', '', false],
			['Pid', 23, 4, false, false, '', '', false],
			['g', 23, 5, false, true, '', 's', false],
			['m', ids.mood, 6, false, false, '', '', false],
		],
	);
	const name = rows('pg_catalog.pg_attribute').find((row) => row.attrelid === ids.parent && row.attname === 'name');
	assert.deepEqual(pick(name, 'attlen', 'atttypmod', 'attalign', 'attstorage', 'attcollation', 'attbyval'), [-1, 24, 'i', 'x', 100, false]);
});

test('pg_index describes keys, order and what an index is for', () => {
	const found = rows('pg_catalog.pg_index').find((row) => row.indexrelid === ids.childIndex);
	assert.deepEqual(pick(found, 'indkey', 'indoption', 'indnatts', 'indnkeyatts', 'indisunique', 'indpred'), [[0, 1, 4], [0, 1], 3, 2, false, '(a > 3)']);
	const key = rows('pg_catalog.pg_index').find((row) => row.indexrelid === ids.parentName);
	assert.deepEqual(pick(key, 'indclass', 'indcollation', 'indisprimary', 'indisunique'), [[3126], [100], false, true]);
});

test('pg_constraint describes keys and foreign keys', () => {
	const foreign = rows('pg_catalog.pg_constraint').find((row) => row.oid === ids.childForeign);
	const names = ['contype', 'conrelid', 'confrelid', 'conindid', 'conkey', 'confkey', 'confupdtype', 'confdeltype', 'confmatchtype'];
	assert.deepEqual(pick(foreign, ...names), ['f', ids.child, ids.parent, ids.parentKey, [4], [1], 'n', 'c', 's']);
});

test('pg_type has the facts of built-in types and derives those of a user', () => {
	const byName = new Map(rows('pg_catalog.pg_type').map((row) => [row.typname, row]));
	assert.deepEqual(pick(byName.get('int4'), 'oid', 'typlen', 'typbyval', 'typarray', 'typinput', 'typcategory'), [23, 4, true, 1007, 42, 'N']);
	assert.deepEqual(pick(byName.get('_text'), 'oid', 'typelem', 'typinput', 'typcollation'), [1009, 25, 750, 100]);
	assert.deepEqual(pick(byName.get('mood'), 'oid', 'typtype', 'typarray', 'typlen'), [ids.mood, 'e', ids.moodArray, 4]);
	assert.deepEqual(pick(byName.get('_mood'), 'oid', 'typelem', 'typcategory'), [ids.moodArray, ids.mood, 'A']);
	assert.deepEqual(pick(byName.get('positive'), 'typtype', 'typbasetype'), ['d', 23]);
	assert.deepEqual(
		rows('pg_catalog.pg_enum').map((row) => pick(row, 'enumtypid', 'enumsortorder', 'enumlabel')),
		[
			[ids.mood, 1, 'sad'],
			[ids.mood, 2, 'ok'],
		],
	);
});

test('information_schema.columns says what PostgreSQL says', () => {
	const columns = rows('information_schema.columns').filter((row) => row.table_name === 'parent' || row.table_name === 'child');
	const names = ['column_name', 'ordinal_position', 'column_default', 'is_nullable', 'data_type', 'udt_name', 'is_identity', 'is_generated'];
	assert.deepEqual(
		columns.map((row) => pick(row, ...names)),
		[
			['id', 1, "nextval('parent_id_seq'::regclass)", 'NO', 'integer', 'int4', 'NO', 'NEVER'],
			['name', 2, null, 'NO', 'character varying', 'varchar', 'NO', 'NEVER'],
			['price', 3, null, 'YES', 'numeric', 'numeric', 'NO', 'NEVER'],
			['a', 1, null, 'NO', 'integer', 'int4', 'NO', 'NEVER'],
			['b', 3, null, 'NO', 'integer', 'int4', 'YES', 'NEVER'],
			['Pid', 4, null, 'YES', 'integer', 'int4', 'NO', 'NEVER'],
			['g', 5, null, 'YES', 'integer', 'int4', 'NO', 'ALWAYS'],
			['m', 6, null, 'YES', 'USER-DEFINED', 'mood', 'NO', 'NEVER'],
		],
	);
	assert.deepEqual(pick(columns[1], 'character_maximum_length', 'character_octet_length'), [20, 80]);
	assert.deepEqual(pick(columns[2], 'numeric_precision', 'numeric_precision_radix', 'numeric_scale'), [10, 10, 2]);
	assert.deepEqual(pick(columns[4], 'identity_generation', 'identity_start', 'identity_maximum'), ['ALWAYS', '1', '2147483647']);
});

test('information_schema describes constraints', () => {
	const names = rows('information_schema.table_constraints')
		.filter((row) => row.table_name === 'child')
		.map((row) => pick(row, 'constraint_name', 'constraint_type'));
	assert.deepEqual(names, [
		['child_pkey', 'PRIMARY KEY'],
		['child_Pid_fkey', 'FOREIGN KEY'],
		[`${ids.app}_${ids.child}_1_not_null`, 'CHECK'],
		[`${ids.app}_${ids.child}_3_not_null`, 'CHECK'],
	]);
	const [reference] = rows('information_schema.referential_constraints');
	assert.deepEqual(pick(reference, 'unique_constraint_name', 'match_option', 'update_rule', 'delete_rule'), ['parent_pkey', 'NONE', 'SET NULL', 'CASCADE']);
	const key = rows('information_schema.key_column_usage').find((row) => row.constraint_name === 'child_Pid_fkey');
	assert.deepEqual(pick(key, 'column_name', 'ordinal_position', 'position_in_unique_constraint'), ['Pid', 1, 1]);
	// Identity columns own their sequence: the standard does not list it.
	assert.deepEqual(
		rows('information_schema.sequences').map((row) => row.sequence_name),
		['parent_id_seq'],
	);
});

test('definitions are written as PostgreSQL writes them', () => {
	assert.equal(
		call('pg_get_indexdef', ids.childIndex),
		'CREATE INDEX child_i ON app.child USING btree (lower(m), a DESC NULLS LAST) INCLUDE ("Pid") WHERE (a > 3)',
	);
	assert.equal(call('pg_get_indexdef', ids.parentKey, 0, true), 'CREATE UNIQUE INDEX parent_pkey ON parent USING btree (id)');
	assert.equal(call('pg_get_indexdef', ids.parentKey), 'CREATE UNIQUE INDEX parent_pkey ON public.parent USING btree (id)');
	assert.deepEqual(
		[1, 2, 3, 4].map((position) => call('pg_get_indexdef', ids.childIndex, position, true)),
		['lower(m)', 'a', '"Pid"', ''],
	);
	assert.equal(call('pg_get_constraintdef', ids.parentCheck), 'CHECK ((price > 0))');
	assert.equal(call('pg_get_constraintdef', ids.parentCheck, true), 'CHECK (price > 0)');
	assert.equal(call('pg_get_constraintdef', ids.childKeyConstraint), 'PRIMARY KEY (a, b)');
	assert.equal(call('pg_get_constraintdef', ids.childForeign), 'FOREIGN KEY ("Pid") REFERENCES parent(id) ON UPDATE SET NULL ON DELETE CASCADE');
	assert.equal(call('pg_get_viewdef', 'v'), ' SELECT a\n   FROM app.child;');
	assert.equal(call('pg_get_function_arguments', ids.function), "a integer, b text DEFAULT 'x'::text");
	assert.equal(call('pg_get_function_identity_arguments', ids.function), 'a integer, b text');
	assert.equal(call('pg_get_function_result', ids.function), 'integer');
	assert.equal(
		call('pg_get_functiondef', ids.function),
		"CREATE OR REPLACE FUNCTION public.f(a integer, b text DEFAULT 'x'::text)\n RETURNS integer\n LANGUAGE sql\nAS $function$ select a $function$\n",
	);
	assert.equal(call('pg_get_serial_sequence', 'parent', 'id'), 'public.parent_id_seq');
	assert.equal(call('pg_get_serial_sequence', 'app.child', 'b'), 'app.child_b_seq');
	assert.equal(call('pg_get_serial_sequence', 'app.child', 'a'), null);
	assert.throws(() => call('pg_get_serial_sequence', 'parent', 'nope'), { sqlstate: '42703' });
	assert.equal(call('pg_get_indexdef', 1), null);
	assert.equal(call('pg_get_constraintdef', 1), null);
});

test('reg types go both ways', () => {
	const [regproc, regclass, regtype, regprocedure, regnamespace, regrole] = [24, 2205, 2206, 2202, 4089, 4096];
	assert.equal(call('object_oid', regclass, 'parent'), ids.parent);
	assert.equal(call('object_oid', regclass, 'APP."child"'), ids.child);
	assert.equal(call('object_oid', regclass, 'pg_class'), 1259);
	assert.equal(call('object_oid', regclass, 'information_schema.tables'), systemTables.get('information_schema.tables')!.oid);
	assert.equal(call('object_oid', regclass, '16400'), 16400);
	assert.equal(call('object_name', regclass, ids.parent), 'parent');
	assert.equal(call('object_name', regclass, ids.child), 'app.child');
	assert.equal(call('object_name', regclass, 1259), 'pg_class');
	assert.equal(call('object_name', regclass, 99999), undefined);
	for (const [text, oid] of [
		['int', 23],
		['character varying(10)', 1043],
		['timestamp(3) with time zone', 1184],
		['numeric(10, 2)[]', 1231],
		['_int4', 1007],
		['public.mood', ids.mood],
		['mood[]', ids.moodArray],
		['double precision', 701],
	] as const) {
		assert.equal(call('object_oid', regtype, text), oid, text);
	}
	assert.equal(call('object_name', regtype, 1007), 'integer[]');
	assert.equal(call('object_oid', regproc, 'array_in'), 750);
	assert.equal(call('object_oid', regprocedure, 'f(int, text)'), ids.function);
	assert.equal(call('object_name', regprocedure, ids.function), 'f(integer,text)');
	assert.equal(call('object_oid', regnamespace, 'app'), ids.app);
	assert.equal(call('object_name', regrole, 10), 'polylog');
	for (const [type, text, sqlstate] of [
		[regclass, 'nope', '42P01'],
		[regclass, 'nope.x', '3F000'],
		[regclass, 'a.b.c', '0A000'],
		[regclass, '"', '42602'],
		[regtype, 'nope', '42704'],
		[regproc, 'nope', '42883'],
		[regproc, 'max', '42725'],
		[regnamespace, 'nope', '3F000'],
		[regrole, 'nope', '42704'],
	] as const) {
		assert.throws(() => call('object_oid', type, text), { sqlstate }, text);
	}
	assert.equal(call('to_regclass', 'nope'), null);
	assert.equal(call('to_regtype', 'int8'), 20);
});

test('visibility follows the search path', () => {
	assert.equal(call('pg_table_is_visible', ids.parent), true);
	assert.equal(call('pg_table_is_visible', ids.child), false);
	assert.equal(call('pg_table_is_visible', 1259), true);
	assert.equal(call('pg_table_is_visible', 99999), null);
	assert.equal(call('pg_type_is_visible', ids.mood), true);
	assert.deepEqual(call('current_schemas', true), ['pg_catalog', 'public']);
	assert.equal(systemServices.get('pg_table_is_visible')!(sampleContext(['app']), [ids.child]), true);
	assert.equal(
		systemServices.get('pg_get_constraintdef')!(sampleContext(['app']), [ids.childForeign]),
		'FOREIGN KEY ("Pid") REFERENCES public.parent(id) ON UPDATE SET NULL ON DELETE CASCADE',
	);
});

test('comments, sizes and privileges are answered', () => {
	assert.equal(call('obj_description', ids.parent, 'pg_class'), 'a comment');
	assert.equal(call('obj_description', ids.parent, 'pg_proc'), null);
	assert.equal(call('col_description', ids.parent, 2), 'what it is called');
	assert.equal(call('pg_total_relation_size', ids.parent), 25000);
	assert.equal(call('pg_indexes_size', ids.parent), 5000);
	assert.equal(call('pg_database_size', 'polylog'), 123456);
	assert.throws(() => call('pg_database_size', 'other'), { sqlstate: '3D000' });
	assert.equal(call('has_table_privilege', 'parent', 'SELECT, INSERT WITH GRANT OPTION'), true);
	assert.equal(call('has_table_privilege', 99999, 'SELECT'), null);
	assert.throws(() => call('has_table_privilege', 'parent', 'FLY'), { sqlstate: '22023' });
	assert.throws(() => call('has_table_privilege', 'nobody', 'parent', 'SELECT'), { sqlstate: '42704' });
	assert.throws(() => call('has_column_privilege', 'parent', 'nope', 'SELECT'), { sqlstate: '42703' });
});

test('sets are answered as rows', () => {
	const words = [...(systemServices.get('pg_get_keywords')!(context, []) as Iterable<unknown[]>)];
	assert.ok(words.length > 400);
	assert.deepEqual(
		words.find(([word]) => word === 'select'),
		['select', 'R', true, 'reserved', 'can be bare label'],
	);
	assert.deepEqual(
		[...(systemServices.get('pg_options_to_table')!(context, [PgArray.of(['a=b=c', 'd'])]) as Iterable<unknown>)],
		[
			['a', 'b=c'],
			['d', null],
		],
	);
	const tokyo = rows('pg_catalog.pg_timezone_names').find((row) => row.name === 'Asia/Tokyo');
	assert.equal(tokyo?.is_dst, false);
});

test('pg_depend links a sequence to the column that owns it', () => {
	const owned = rows('pg_catalog.pg_depend').filter((row) => row.classid === 1259);
	assert.deepEqual(
		owned.map((row) => pick(row, 'objid', 'refobjid', 'refobjsubid', 'deptype')),
		[
			[ids.parentSequence, ids.parent, 1, 'a'],
			[ids.childSequence, ids.child, 3, 'i'],
		],
	);
});
