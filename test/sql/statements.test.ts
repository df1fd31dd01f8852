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
};

for (const [name, steps] of Object.entries(CASES)) test(name, () => follow(steps));
