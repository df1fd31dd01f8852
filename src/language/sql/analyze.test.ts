/** What the analysis says of statements, with PostgreSQL 15's own answers as the expectation: names, types and typmods of results, SQLSTATEs, messages and positions of errors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../../platform/errors.ts';
import { analyseText } from './test-catalog.ts';

/** `name type(typmod)` of each result column. */
function describe(text: string): string {
	return (analyseText(text).columns ?? []).map((c) => `${c.name} ${c.type.name}${c.typmod === -1 ? '' : `(${c.typmod})`}`).join(', ');
}

const RESULTS: readonly (readonly [string, string])[] = [
	['select 1, 1.5, 10000000000, true, null, -2147483648', '?column? int4, ?column? numeric, ?column? int8, ?column? bool, ?column? text, ?column? int4'],
	["select 'a', 'a'::varchar(3), '1'::int8, 'x' || 'y'", '?column? text, varchar varchar(7), int8 int8, ?column? text'],
	['select * from album', 'id int4, title varchar(24), artist_id int4, price numeric(655366), made timestamptz, tags _text, doubled numeric'],
	['select count(*), max(price), lower(title) from album group by title', 'count int8, max numeric, lower text'],
	['select a.id + 1, price * 2 as twice, a.title t from album a', '?column? int4, twice numeric, t varchar(24)'],
	['select coalesce(title, name) from album join artist on artist_id = artist.id', 'coalesce varchar'],
	['select case when true then 1 else 2.5 end, case 1 when 1 then title end from album', 'case numeric, case varchar'],
	['select (select name from artist limit 1), exists (select 1), array(select id from artist)', 'name text, exists bool, array _int4'],
	[
		'select * from artist a join album using (id)',
		'id int4, name text, title varchar(24), artist_id int4, price numeric(655366), made timestamptz, tags _text, doubled numeric',
	],
	['select 1 union select 2.5 union select null', '?column? numeric'],
	["values (1, 'a'), (2, null)", 'column1 int4, column2 text'],
	['select now()::date, current_date, current_timestamp(3), localtime', 'now date, current_date date, current_timestamp timestamptz(3), localtime time'],
	['select row(1, 2), tags[1], tags[1:2], array[1, 2.5] from album', 'row record, tags text, tags _text, array _numeric'],
	['select generate_series(1, 3), unnest(tags) from album', 'generate_series int4, unnest text'],
	['select * from generate_series(1, 2) with ordinality as g(x, n)', 'x int4, n int8'],
	['select rank() over w, sum(price) over (w rows 1 preceding) from album window w as (order by made)', 'rank int8, sum numeric'],
	['with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select n from t', 'n int4'],
	['select a, b from (values (1, 2)) as v(a, b) where (a, b) in (select 1, 2)', 'a int4, b int4'],
	['select * from cheap', 'id int4, title varchar(24), price numeric(655366)'],
	["insert into album (title) values ('x') returning id, title as t", 'id int4, t varchar(24)'],
	[
		'update album set price = 1 from artist where artist.id = artist_id returning artist.name, album.*',
		'name text, id int4, title varchar(24), artist_id int4, price numeric(655366), made timestamptz, tags _text, doubled numeric',
	],
	['delete from cheap where id = 1 returning *', 'id int4, title varchar(24), price numeric(655366)'],
	["select extract(year from made), made at time zone 'UTC' from album", 'extract numeric, timezone timestamp'],
	['select album from album', 'album album'],
];

for (const [text, expected] of RESULTS) {
	test(`describes ${text}`, () => assert.equal(describe(text), expected));
}

const ERRORS: readonly (readonly [string, string, string, number])[] = [
	['select nothing from album', '42703', 'column "nothing" does not exist', 8],
	['select a.nothing from album a', '42703', 'column a.nothing does not exist', 8],
	['select 1 from nowhere', '42P01', 'relation "nowhere" does not exist', 15],
	['select x.id from album', '42P01', 'missing FROM-clause entry for table "x"', 8],
	['select id from album, artist', '42702', 'column reference "id" is ambiguous', 8],
	['select 1 from album, album', '42712', 'table name "album" specified more than once', 0],
	['select nofunction(1)', '42883', 'function nofunction(integer) does not exist', 8],
	["select 1 + 'x'::text", '42883', 'operator does not exist: integer + text', 10],
	['select title, count(*) from album', '42803', 'column "album.title" must appear in the GROUP BY clause or be used in an aggregate function', 8],
	['select 1 from album where count(*) > 1', '42803', 'aggregate functions are not allowed in WHERE', 27],
	['select sum(count(*)) from album', '42803', 'aggregate function calls cannot be nested', 12],
	['select 1 where rank() over () = 1', '42P20', 'window functions are not allowed in WHERE', 16],
	['select 1 where 5', '42804', 'argument of WHERE must be type boolean, not type integer', 16],
	['select case when true then 1 else now() end', '42804', 'CASE types timestamp with time zone and integer cannot be matched', 28],
	['select 1 union select now()', '42804', 'UNION types integer and timestamp with time zone cannot be matched', 23],
	['select 1, 2 union select 1', '42601', 'each UNION query must have the same number of columns', 26],
	['select (select 1, 2)', '42601', 'subquery must return only one column', 8],
	["select 'x'::int4", '22P02', 'invalid input syntax for type integer: "x"', 8],
	['select 1 order by 2', '42P10', 'ORDER BY position 2 is not in select list', 19],
	['select distinct title from album order by id', '42P10', 'for SELECT DISTINCT, ORDER BY expressions must appear in select list', 43],
	['select id from album limit id', '42P10', 'argument of LIMIT must not contain variables', 28],
	['select $1', '', '', 0],
	['select now()::int4', '42846', 'cannot cast type timestamp with time zone to integer', 13],
	['insert into album (id, id) values (1, 2)', '42701', 'column "id" specified more than once', 24],
	['insert into album (nothing) values (1)', '42703', 'column "nothing" of relation "album" does not exist', 20],
	['insert into album values (1, 2, 3, 4, null, null, null, 8)', '42601', 'INSERT has more expressions than target columns', 57],
	['insert into album (id) values (true)', '42804', 'column "id" is of type integer but expression is of type boolean', 32],
	['insert into album (doubled) values (1)', '428C9', 'cannot insert a non-DEFAULT value into column "doubled"', 0],
	['insert into counted values (1, 2)', '55000', 'cannot insert into view "counted"', 0],
	['update album set doubled = 1', '428C9', 'column "doubled" can only be updated to DEFAULT', 0],
	['update album set id = 1, id = 2', '42601', 'multiple assignments to same column "id"', 26],
	[
		'insert into album (id) values (1) on conflict (title) do nothing',
		'42P10',
		'there is no unique or exclusion constraint matching the ON CONFLICT specification',
		0,
	],
	['with t as (select 1), t as (select 2) select 1', '42712', 'WITH query name "t" specified more than once', 23],
	[
		'with recursive t as (select 1 union all select t.x from t left join t u on true) select 1',
		'42P19',
		'recursive reference to query "t" must not appear more than once',
		16,
	],
];

for (const [text, sqlstate, message, position] of ERRORS) {
	test(`refuses ${text}`, () => {
		if (sqlstate === '') {
			analyseText(text);
			return;
		}
		assert.throws(
			() => analyseText(text),
			(error) => {
				assert.ok(error instanceof PolylogError, String(error));
				assert.deepEqual([error.sqlstate, error.message, error.position ?? 0], [sqlstate, message, position]);
				return true;
			},
		);
	});
}

const PARAMETERS: readonly (readonly [string, string])[] = [
	['select * from album where id = $1 and title like $2', 'int4 text'],
	['insert into album (id, title, price) values ($1, $2, $3)', 'int4 varchar numeric'],
	['select $1', 'text'],
	["select $1::int8 + 1, $2 || 'x'", 'int8 text'],
	['update album set made = $1 where id = any($2)', 'timestamptz _int4'],
	['select * from album limit $1 offset $2', 'int8 int8'],
	['select case when $1 then $2 else 1 end', 'bool int4'],
	['insert into album (title) select $1', 'varchar'],
	['select 1 where $1 in (1, 2)', 'int4'],
];

for (const [text, expected] of PARAMETERS) {
	test(`infers the parameters of ${text}`, () => {
		assert.equal(
			analyseText(text)
				.parameterTypes.map((t) => t.name)
				.join(' '),
			expected,
		);
	});
}

test('parameters that nothing tells the type of, or that are used as two types, are errors', () => {
	assert.throws(() => analyseText('select $1 is null'), { sqlstate: '42P18' });
	assert.throws(() => analyseText('select $1 = 1, $1 = now()'), PolylogError);
	assert.throws(() => analyseText('select $2::int4'), { sqlstate: '42P18' });
});

test('given parameter types are kept', () => {
	assert.equal(analyseText('select $1', { parameterOids: [23] }).columns?.[0]?.type.name, 'int4');
});

test('MERGE is one change per clause over the rows joined once', () => {
	const merge =
		'merge into album a using artist s on a.id = s.id when matched and a.price > 5 then update set price = 1 when matched then delete when not matched then insert (id, title) values (s.id, s.name)';
	const analysed = analyseText(merge);
	assert.deepEqual([analysed.command, analysed.columns], ['MERGE', null]);
	const kinds: string[] = [];
	for (let plan = analysed.plan; ; plan = plan.body) {
		if (plan.kind !== 'with') {
			kinds.push(plan.kind);
			break;
		}
		kinds.push(plan.definition.kind);
	}
	assert.deepEqual(kinds, ['project', 'update', 'delete', 'insert']);
	assert.throws(() => analyseText('merge into album a using artist s on a.id = s.id when not matched then insert (id) values (a.id)'), { sqlstate: '42P01' });
	assert.throws(() => analyseText('merge into cheap a using artist s on a.id = s.id when matched then delete'), { sqlstate: '42809' });
});

test('nesting too deep for the stack is an error of the statement', () => {
	assert.throws(() => analyseText(`select ${'not '.repeat(9000)}true`), { sqlstate: '54001' });
	assert.equal(describe('select 1'), '?column? int4');
});
