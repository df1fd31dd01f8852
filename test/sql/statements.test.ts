/**
 * Statements in sequence, with PostgreSQL 15's own answers as the expectation: one database per case; rows are texts, columns joined by
 * `|`, null as `∅`; an error is its SQLSTATE. `same` runs as one session.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../src/database/open.ts';
import { runText } from '../operator/session-text.ts';

/** [statement, its rows or its SQLSTATE]; null: what it gives does not matter, but it succeeds. */
type Step = readonly [string, readonly string[] | string | null];

async function follow(steps: readonly Step[]): Promise<void> {
	const database = await openDatabase(':memory:');
	const session = database.connect({ user: 'polylog' });
	try {
		for (const [text, expected] of steps) {
			let got: readonly string[] | string;
			try {
				got = (await runText(session, text)).map((row) => row.map((value) => value ?? '∅').join('|'));
			} catch (error) {
				got = (error as { sqlstate?: string }).sqlstate ?? String(error);
			}
			if (expected === null) assert.ok(Array.isArray(got), `${text}: ${String(got)}`);
			else assert.deepEqual(got, expected, text);
		}
	} finally {
		session.close();
		await database.close();
	}
}

const CASES: Readonly<Record<string, readonly Step[]>> = {
	'a length stays applied when its value takes another type': [
		["SELECT 'abc'::varchar(2)::text, length('abc'::varchar(2)), 'abc'::varchar(2) || 'x'", ['ab|2|abx']],
		["SELECT lower('ABC'::varchar(2)), array['abc']::varchar(2)[]::text[]", ['ab|{ab}']],
	],
	'ON CONFLICT DO UPDATE meets no row twice': [
		['CREATE TABLE t (a int PRIMARY KEY, b text)', null],
		["INSERT INTO t VALUES (1, 'x'), (1, 'y') ON CONFLICT (a) DO UPDATE SET b = excluded.b", '21000'],
		["INSERT INTO t VALUES (1, 'x')", null],
		["INSERT INTO t VALUES (1, 'y') ON CONFLICT (a) DO UPDATE SET b = excluded.b || t.b RETURNING *", ['1|yx']],
		["INSERT INTO t VALUES (1, 'p'), (1, 'q') ON CONFLICT (a) DO UPDATE SET b = excluded.b", '21000'],
		["INSERT INTO t VALUES (2, 'p'), (2, 'q') ON CONFLICT (a) DO NOTHING RETURNING *", ['2|p']],
		['SELECT * FROM t ORDER BY a', ['1|yx', '2|p']],
	],
	'a domain over an array is an element of arrays like any other': [
		['CREATE DOMAIN d AS int[] CHECK (value[1] > 0)', null],
		['CREATE TABLE t (a d[])', null],
		['INSERT INTO t VALUES (array[array[42]::d])', null],
		['SELECT a, a[1] FROM t', ['{"{42}"}|{42}']],
	],
	'the time of a transaction is known when its statements are analysed': [
		["SELECT 'now'::timestamptz = now()", ['t']],
		['BEGIN', null],
		["SELECT 'now'::timestamptz = now()", ['t']],
		["SELECT 'now'::timestamptz = now(), now() = transaction_timestamp()", ['t|t']],
		['COMMIT', null],
	],
	'zones are given by hours, intervals and rules': [
		['SET TIME ZONE -1.5', null],
		['SHOW TimeZone', ['<-01:30>+01:30']],
		["SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE", null],
		["SELECT '2020-01-01'::timestamptz", ['2020-01-01 00:00:00-08']],
		["SET TIME ZONE 'CST7CDT,M4.1.0,M10.5.0'", null],
		["SELECT timestamptz '2005-04-02 12:00-07' + interval '1 day', timestamptz '2005-10-30 12:00'", ['2005-04-03 12:00:00-06|2005-10-30 12:00:00-07']],
		["SET TIME ZONE 'AEST-10AEDT,M10.1.0,M4.1.0/3'", null],
		["SELECT '2020-01-01'::timestamptz, '2020-07-01'::timestamptz", ['2020-01-01 00:00:00+11|2020-07-01 00:00:00+10']],
		["SET TIME ZONE 'CST7CDT,M14.1.0,M10.5.0'", '22023'],
	],
	'materialized views can be indexed': [
		['CREATE MATERIALIZED VIEW m AS SELECT g AS a FROM generate_series(1, 3) g', null],
		['CREATE UNIQUE INDEX ON m (a)', null],
		['SELECT a FROM m WHERE a = 2', ['2']],
		["SELECT indexname, tablename FROM pg_indexes WHERE tablename = 'm'", ['m_a_idx|m']],
		['REFRESH MATERIALIZED VIEW m', null],
		['SELECT a FROM m WHERE a = 2', ['2']],
		['DROP INDEX m_a_idx', null],
	],
	'a label may come between others of an enum that keys hold': [
		["CREATE TYPE e AS ENUM ('a', 'c')", null],
		['CREATE TABLE t (k e PRIMARY KEY, v e[])', null],
		['CREATE INDEX ON t (v)', null],
		["INSERT INTO t VALUES ('a', '{a,c}'), ('c', '{c}')", null],
		["ALTER TYPE e ADD VALUE 'b' BEFORE 'c'", null],
		["INSERT INTO t VALUES ('b', '{b}')", null],
		['SELECT * FROM t ORDER BY k', ['a|{a,c}', 'b|{b}', 'c|{c}']],
		["SELECT k FROM t WHERE k >= 'b' ORDER BY k", ['b', 'c']],
		["SELECT k FROM t WHERE v > '{b}' ORDER BY v", ['c']],
		["INSERT INTO t VALUES ('c')", '23505'],
	],
	'a name is a row of bytes': [["SELECT ('ab'::name)[0], ('ab'::name)[1], ('ab'::name)[2], ('ab'::name)[64]", ['a|b||∅']]],
	'functions of SQL take the place of their calls': [
		['CREATE TABLE t (x int, y text)', null],
		["INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'b')", null],
		['CREATE FUNCTION add(int, b int DEFAULT 5) RETURNS int LANGUAGE SQL IMMUTABLE STRICT RETURN $1 + b', null],
		['SELECT add(1), add(1, 2), add(add(1), b => 10), add(NULL)', ['6|3|16|∅']],
		["CREATE FUNCTION counted(k text) RETURNS bigint LANGUAGE SQL STABLE AS 'SELECT count(*) FROM t WHERE y = k'", null],
		["SELECT counted(y || ''), count(*) FROM t GROUP BY counted(y || '') ORDER BY 1", ['1|1', '2|2']],
		["CREATE FUNCTION named(k text) RETURNS SETOF t LANGUAGE SQL AS 'SELECT * FROM t WHERE t.y = named.k ORDER BY x DESC'", null],
		["SELECT * FROM named('b')", ['3|b', '2|b']],
		["SELECT named('b'), (named('b')).x", ['(3,b)|3', '(2,b)|2']],
		['SELECT t.x, n.x FROM t, named(t.y) n WHERE t.x = 3', ['3|3', '3|2']],
		['CREATE FUNCTION squares(n int) RETURNS TABLE (i int, sq bigint) LANGUAGE SQL BEGIN ATOMIC SELECT g, g * g FROM generate_series(1, n) g; END', null],
		['SELECT * FROM squares(2) WITH ORDINALITY', ['1|1|1', '2|4|2']],
		["CREATE FUNCTION pair(a int, OUT b int, OUT c text) LANGUAGE SQL AS $$ SELECT a + 1, 'v' || a $$", null],
		['SELECT pair(3), (pair(3)).c', ['(4,v3)|v3']],
		["CREATE FUNCTION series(int) RETURNS SETOF int LANGUAGE SQL AS 'SELECT generate_series(1, $1)'", null],
		['SELECT series(3), series(2)', ['1|1', '2|2', '3|∅']],
		["CREATE FUNCTION total(VARIADIC a int[]) RETURNS bigint LANGUAGE SQL AS 'SELECT sum(u) FROM unnest(a) u'", null],
		['SELECT total(1, 2, 3), total(VARIADIC array[4, 5])', ['6|9']],
		["CREATE FUNCTION listed(anyarray) RETURNS SETOF record LANGUAGE SQL AS 'SELECT i, $1[i] FROM generate_subscripts($1, 1) i'", null],
		["SELECT listed(array['one', 'two'])", ['(1,one)', '(2,two)']],
		["CREATE FUNCTION ranged(anycompatiblerange) RETURNS int LANGUAGE SQL AS 'SELECT 1'", '0A000'],
		["CREATE FUNCTION twice(a anyelement) RETURNS anyarray LANGUAGE SQL AS 'SELECT array[a, a]'", null],
		["SELECT twice(1), twice('x'::text)", ['{1,1}|{x,x}']],
		["SELECT pg_get_function_arguments(oid), prosrc FROM pg_proc WHERE proname = 'total'", ['VARIADIC a integer[]|SELECT sum(u) FROM unnest(a) u']],
	],
	'functions are checked, replaced and dropped by their signatures': [
		["CREATE FUNCTION f(int) RETURNS int LANGUAGE SQL AS 'SELECT $2'", '42P02'],
		["CREATE FUNCTION f(int) RETURNS int LANGUAGE SQL AS 'SELECT ''a''::text'", '42P13'],
		["CREATE FUNCTION f(int) RETURNS int LANGUAGE SQL AS 'SELECT 1; SELECT 2'", '0A000'],
		["CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN END'", '0A000'],
		["CREATE FUNCTION f(int) RETURNS int LANGUAGE SQL AS 'SELECT CASE WHEN $1 = 0 THEN 0 ELSE f($1 - 1) END'", '0A000'],
		["CREATE FUNCTION f(int) RETURNS int LANGUAGE SQL AS 'SELECT $1 + 1'", null],
		["CREATE FUNCTION f(text) RETURNS text LANGUAGE SQL AS 'SELECT $1'", null],
		["CREATE FUNCTION f(int) RETURNS int LANGUAGE SQL AS 'SELECT 1'", '42723'],
		["CREATE OR REPLACE FUNCTION f(int) RETURNS text LANGUAGE SQL AS 'SELECT 1'", '42P13'],
		['CREATE VIEW v AS SELECT f(1)', null],
		["CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE SQL AS 'SELECT $1 + 2'", null],
		['SELECT * FROM v', ['3']],
		['DROP FUNCTION f', '42725'],
		['DROP FUNCTION f(int)', '2BP01'],
		['DROP FUNCTION f(date)', '42883'],
		['DROP FUNCTION f(int) CASCADE', null],
		["SELECT f('a'::text)", ['a']],
		['SELECT f(1)', '42883'],
	],
	'patterns that try too many ways are ended': [
		["SELECT repeat('a', 50) || 'b' ~ '^(a+)+$'", '2201B'],
		["SELECT regexp_replace(repeat('a', 50) || '!', '(a|aa)+$', 'x')", '2201B'],
		["SELECT repeat('a', 5000) LIKE '%a%a%a%a%a%b'", '2201B'],
		["SELECT repeat('ab ', 50) ~ '^(\\w+\\s)*$', repeat('a', 50) ~ '^(a+)+$', repeat('ab', 50) LIKE '%a%b%a%'", ['t|t|t']],
	],
	'offsets of RANGE frames are neither negative nor NaN': [
		["SELECT max(d) OVER (ORDER BY d RANGE BETWEEN '1 year' PRECEDING AND '-2 years' FOLLOWING) FROM (VALUES (date '2020-01-01')) v(d)", '22013'],
		["SELECT sum(x) OVER (ORDER BY x RANGE BETWEEN 1.1 PRECEDING AND 'NaN' FOLLOWING) FROM (VALUES (float8 '1')) v(x)", '22013'],
		["SELECT sum(x) OVER (ORDER BY x RANGE BETWEEN 1.1 PRECEDING AND 'NaN' FOLLOWING) FROM (VALUES (numeric '1')) v(x)", '22013'],
		["SELECT sum(x) OVER (ORDER BY x RANGE BETWEEN 1.1 PRECEDING AND 'inf' FOLLOWING) FROM (VALUES (float8 '1'), (2)) v(x)", ['3', '3']],
	],
	'FETCH and EXECUTE show the columns of what they name now': [
		['BEGIN', null],
		['DECLARE c CURSOR FOR SELECT 1, 2', null],
		['FETCH FROM c', ['1|2']],
		['CLOSE c', null],
		["DECLARE c CURSOR FOR SELECT 'one'", null],
		['FETCH FROM c', ['one']],
		['COMMIT', null],
		['PREPARE p AS SELECT 1, 2', null],
		['EXECUTE p', ['1|2']],
		['DEALLOCATE p', null],
		["PREPARE p AS SELECT 'one'", null],
		['EXECUTE p', ['one']],
	],
	'functions follow the types of their arguments': [
		["CREATE FUNCTION dup(a anyelement, OUT b anyelement, OUT c anyarray) LANGUAGE SQL AS 'SELECT $1, array[$1, $1]'", null],
		["SELECT dup(22), (dup('x'::text)).c", ['(22,"{22,22}")|{x,x}']],
		["SELECT * FROM dup('x'::text)", ['x|{x,x}']],
		['CREATE TYPE pair AS (r int, i int)', null],
		['CREATE DOMAIN ordered AS pair CHECK ((value).r <= (value).i)', null],
		["CREATE FUNCTION made(int, int) RETURNS ordered LANGUAGE SQL AS 'SELECT ROW($1, $2)'", null],
		['SELECT made(1, 2)', ['(1,2)']],
		['SELECT * FROM made(1, 2)', ['1|2']],
		['SELECT made(2, 1)', '23514'],
		['SELECT * FROM made(2, 1)', '23514'],
	],
	'parts of a statement that change the same rows do it once': [
		['CREATE TABLE t (i int PRIMARY KEY, j int)', null],
		['INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)', null],
		[
			'WITH a AS (DELETE FROM t WHERE i <= 2 RETURNING i), b AS (DELETE FROM t WHERE i <= 2 RETURNING i) SELECT 1, i FROM a UNION ALL SELECT 2, i FROM b',
			['1|1', '1|2'],
		],
		['WITH a AS (UPDATE t SET j = j + 1 RETURNING j), b AS (UPDATE t SET j = j + 1 RETURNING j) SELECT 1, j FROM a UNION ALL SELECT 2, j FROM b', ['1|31']],
		['SELECT * FROM t', ['3|31']],
	],
	'every part of a statement reads the same snapshot': [
		['CREATE TABLE t (a int PRIMARY KEY, b int)', null],
		['CREATE TABLE n (a int, b int)', null],
		['CREATE INDEX ON n (b)', null],
		['INSERT INTO t VALUES (1, 1), (2, 2)', null],
		['INSERT INTO n VALUES (1, 1), (2, 2)', null],
		['WITH i AS (INSERT INTO t VALUES (3, 3) RETURNING a) SELECT (SELECT count(*) FROM t), a, (SELECT b FROM t WHERE t.a = i.a) FROM i', ['2|3|∅']],
		['BEGIN', null],
		['INSERT INTO n VALUES (3, 3)', null],
		['WITH u AS (UPDATE n SET b = b + 10 RETURNING *) SELECT n.b, u.b FROM n JOIN u USING (a) ORDER BY a', ['1|11', '2|12', '3|13']],
		['WITH d AS (DELETE FROM n RETURNING *) SELECT d.b, (SELECT count(*) FROM n WHERE n.b = d.b) FROM d ORDER BY 1', ['11|1', '12|1', '13|1']],
		['COMMIT', null],
		['SELECT count(*) FROM n', ['0']],
		['INSERT INTO n VALUES (1, 1), (2, 2)', null],
		['WITH i AS (INSERT INTO n VALUES (1, 5), (3, 5) RETURNING *) UPDATE n SET b = i.b FROM i WHERE i.a = n.a RETURNING n.*', ['1|5']],
		['WITH i AS (INSERT INTO n VALUES (2, 9) RETURNING *) DELETE FROM n USING i WHERE i.a = n.a RETURNING n.*', ['2|2']],
		['SELECT * FROM n ORDER BY 1, 2', ['1|5', '1|5', '2|9', '3|5']],
		['CREATE VIEW v AS WITH d AS (DELETE FROM n RETURNING a) SELECT a FROM d', '0A000'],
		['BEGIN', null],
		['DECLARE c CURSOR FOR WITH d AS (DELETE FROM n RETURNING a) SELECT a FROM d', '0A000'],
		['ROLLBACK', null],
	],
	'an expression of constants raises its error though no row reaches it': [
		['CREATE TABLE e (a int, b text)', null],
		['SELECT 1/0 FROM e', '22012'],
		['SELECT * FROM e WHERE a = 1 AND 1/0 = 1', '22012'],
		['SELECT * FROM e WHERE 1/0 = 1 AND false', '22012'],
		['SELECT * FROM e WHERE false AND 1/0 = 1', []],
		['SELECT * FROM e WHERE true OR 1/0 = 1', []],
		['SELECT CASE WHEN a > 0 THEN 1/0 ELSE 1 END FROM e', '22012'],
		['SELECT CASE WHEN false THEN 1/0 ELSE 1 END FROM e', []],
		['SELECT CASE WHEN true THEN 1 ELSE 1/0 END FROM e', []],
		['SELECT CASE a WHEN 1 THEN 1/0 ELSE 1 END FROM e', '22012'],
		['SELECT CASE 1 WHEN 2 THEN 1/0 ELSE a END FROM e', []],
		['SELECT coalesce(a, 1/0) FROM e', '22012'],
		['SELECT coalesce(1, 1/0) FROM e', []],
		['SELECT sum(1/0), count(*) FILTER (WHERE 1/0 = 1) FROM e', '22012'],
		['SELECT a FROM e GROUP BY a HAVING 1/0 > 0', '22012'],
		['SELECT * FROM e WHERE EXISTS (SELECT 1/0)', []],
		['SELECT * FROM e WHERE a IN (SELECT 1/0)', '22012'],
		['SELECT a FROM (SELECT a, 1/0 AS q FROM e) x', []],
		['SELECT q FROM (SELECT a, 1/0 AS q FROM e) x', '22012'],
		["SELECT ('x' || 'y')::int FROM e", '22P02'],
		["SELECT '{'::text::jsonb FROM e", '22P02'],
		["SELECT 'x'::text::date, random()/0 > 1 FROM e", []],
		['SELECT null::int + 1/0 FROM e', '22012'],
		['INSERT INTO e SELECT 1/0 FROM e', '22012'],
		['UPDATE e SET a = 1/0', '22012'],
		['EXPLAIN SELECT 1/0 FROM e', '22012'],
		['PREPARE p AS SELECT 1/0 FROM e', null],
		['EXECUTE p', '22012'],
	],
	'grouping sets tell equal expressions and constants apart by their place in the select list': [
		['CREATE TABLE s (a int, b text, c int)', null],
		["INSERT INTO s VALUES (1, 'x', 10), (1, 'y', 20), (2, 'x', 30)", null],
		['SELECT a AS q, a AS r, a + 0, count(*) FROM s GROUP BY q, ROLLUP (r) ORDER BY 1, 2', ['1|1|1|2', '1|∅|1|2', '2|2|2|1', '2|∅|2|1']],
		['SELECT a, count(*) FROM s GROUP BY a, ROLLUP (a) ORDER BY 1', ['1|2', '1|2', '2|1', '2|1']],
		['SELECT 1 AS k, 1 AS l, count(*) FROM s GROUP BY GROUPING SETS ((k), (l)) ORDER BY 1, 2', ['1|∅|3', '∅|1|3']],
		["SELECT 'x'::text, count(*), grouping('x'::text) FROM s GROUP BY GROUPING SETS (('x'::text), ()) ORDER BY 3", ['x|3|0', '∅|3|1']],
		['SELECT 1 AS k, 1 + 1 FROM s GROUP BY GROUPING SETS (k, ()) HAVING 1 = 1 ORDER BY 1', ['1|2', '∅|2']],
		['SELECT 1, count(*) FROM s GROUP BY 1', ['1|3']],
	],
	'direct arguments of ordered-set aggregates are those of the group': [
		['CREATE TABLE s (a int, c int)', null],
		['INSERT INTO s VALUES (1, 10), (1, 20), (25, 30), (25, 5)', null],
		['SELECT a, rank(a) WITHIN GROUP (ORDER BY c) FROM s GROUP BY ROLLUP (a) ORDER BY 1', ['1|1', '25|2', '∅|5']],
		['SELECT percentile_disc(CASE WHEN a IS NULL THEN 0 ELSE 1 END) WITHIN GROUP (ORDER BY c) FROM s GROUP BY ROLLUP (a) ORDER BY 1', ['5', '20', '30']],
		['SELECT (SELECT rank(x) WITHIN GROUP (ORDER BY c) FROM s) FROM (VALUES (7), (25)) v(x)', ['2', '4']],
		['SELECT rank(c) WITHIN GROUP (ORDER BY c) FROM s GROUP BY a', '42803'],
	],
	'a subquery is grouped by when it is written again': [
		['CREATE TABLE t (x int, y text)', null],
		["INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'b')", null],
		['SELECT (SELECT max(x) FROM t u WHERE u.y = t.y), count(*) FROM t GROUP BY (SELECT max(x) FROM t u WHERE u.y = t.y) ORDER BY 1', ['1|1', '3|2']],
		['SELECT (SELECT max(x) FROM t u WHERE u.y = t.y) FROM t GROUP BY (SELECT max(x) FROM t u WHERE u.x = t.x)', '42803'],
	],
};

for (const [name, steps] of Object.entries(CASES)) test(name, () => follow(steps));
