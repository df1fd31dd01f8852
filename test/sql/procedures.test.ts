/** PL/pgSQL: what functions, procedures and blocks give, say and raise, as PostgreSQL 15 gave it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../src/database/open.ts';
import { runText } from '../operator/session-text.ts';
import { type Step, testCases } from './stepped-statements.ts';

function block(body: string): string {
	return `do $$ ${body} $$`;
}

const SETUP: readonly Step[] = [
	['create table account (id int primary key, balance int)', null],
	['insert into account values (1, 100), (2, 50)', null],
	['create type pair as (x int, y int)', null],
];

const cases: Readonly<Record<string, readonly Step[]>> = {
	'declarations, assignments and control': [
		[block("declare x int := 5; y constant text := 'a'; z x%type; begin z := x * 2; raise notice '% % %', x, y, z; end"), ['5 a 10']],
		[block('declare c constant int := 1; begin c := 2; end'), '22005'],
		[block('declare n int not null := 1; begin n := null; end'), '22004'],
		[
			block(
				"declare r account%rowtype; b account.balance%type; begin select * into r from account where id = 2; b := r.balance + 1; raise notice '% %', r, b; end",
			),
			['(2,50) 51'],
		],
		[block("begin for i in reverse 5..1 by 2 loop continue when i = 3; raise notice '%', i; end loop; end"), ['5', '1']],
		[block("<<o>> begin loop loop exit o; end loop; end loop; raise notice 'no'; end"), []],
		[block("<<b>> declare x int := 1; begin declare x int := 2; begin raise notice '% %', x, b.x; end; end"), ['2 1']],
		[block("declare a int[] := '{1,2,3}'; e int; begin a[2] := 20; foreach e in array a loop raise notice '%', e; end loop; end"), ['1', '20', '3']],
		[block("begin case 3 when 1, 2 then raise notice 'a'; when 3 then raise notice 'b'; end case; end"), ['b']],
		[block('begin case 4 when 1 then null; end case; end'), '20000'],
		[block("declare b boolean; begin b := 0; raise notice '%', b; if null then raise notice 'x'; else raise notice 'y'; end if; end"), ['f', 'y']],
		[block("declare v varchar(3); begin v := 'abcdef'; end"), '22001'],
		[block('begin x := 1; end'), '42601'],
	],
	'statements that cannot wait, between such that can': [
		['create table seen (n int)', null],
		[
			`CREATE FUNCTION mixed(n int) RETURNS text LANGUAGE plpgsql AS $$
			DECLARE s text := ''; c int;
			BEGIN
			  <<outer_loop>>
			  FOR i IN 1..n LOOP
			    IF i % 2 = 0 THEN
			      s := s || 'e';
			      IF i % 4 = 0 THEN
			        s := s || '(';
			        INSERT INTO seen VALUES (i);
			        s := s || ')';
			      ELSIF (SELECT count(*) FROM seen) > 1 THEN
			        s := s || 'q';
			        CONTINUE outer_loop WHEN i = 10;
			      ELSE
			        s := s || 'z';
			      END IF;
			      s := s || ';';
			    ELSIF i = 9 THEN
			      SELECT count(*) INTO c FROM seen;
			      IF c = 2 THEN
			        FOR j IN 1..100 LOOP
			          s := s || j;
			          EXIT outer_loop WHEN j = 3 AND n < 11;
			          EXIT WHEN j = 4;
			        END LOOP;
			      END IF;
			      s := s || '!';
			    END IF;
			    s := s || '.';
			  END LOOP;
			  RETURN s;
			END $$`,
			null,
		],
		['select mixed(10)', ['.ez;..e();..ez;..e();.123']],
		['truncate seen', null],
		['select mixed(13)', ['.ez;..e();..ez;..e();.1234!.eq.e();..']],
		['select count(*) from seen', ['3']],
		[
			`CREATE FUNCTION late() RETURNS int LANGUAGE plpgsql AS $$
			DECLARE x int := 0;
			BEGIN
			  WHILE true LOOP
			    IF x < 200 THEN x := x + 1; ELSE x := x / (x - 200); END IF;
			  END LOOP;
			END $$`,
			null,
		],
		['select late()', '22012'],
		['set statement_timeout = 200', null],
		[block('declare x int := 0; begin loop if x > 5 then x := 0; else x := x + 1; end if; end loop; end'), '57014'],
		[block('begin loop end loop; end'), '57014'],
	],
	'statements, their rows and what they tell': [
		[block("declare n int; begin update account set balance = balance + 1; get diagnostics n = row_count; raise notice '% %', n, found; end"), ['2 t']],
		[block("declare n int; begin select balance into n from account where id = 9; raise notice '% %', n, found; end"), ['<NULL> f']],
		[block('declare r record; begin select * into strict r from account where id = 9; end'), 'P0002'],
		[block('declare r record; begin select * into strict r from account; end'), 'P0003'],
		[block('declare n int; begin update account set balance = 0 returning id into n; end'), 'P0003'],
		[block('begin select 1; end'), '42601'],
		[block('declare id int := 1; begin perform id from account where id = 1; end'), '42702'],
		[
			block("#variable_conflict use_column\ndeclare id int := 1; n int; begin select count(*) into n from account where id = 2; raise notice '%', n; end"),
			['1'],
		],
		[block("declare n int; begin execute format('select $1 + count(*) from %I', 'account') into n using 40; raise notice '%', n; end"), ['42']],
		[block("declare r record; begin for r in execute 'select * from account where id > $1' using 1 loop raise notice '%', r.balance; end loop; end"), ['51']],
		[block("declare r record; begin raise notice '%', r.x; end"), '55000'],
		[block("begin create table made (a int); insert into made values (1); execute 'drop table made'; end"), []],
	],
	'errors are caught, and undone': [
		[
			block("begin insert into account values (1, 1); exception when unique_violation then raise notice '% %', sqlstate, sqlerrm; end"),
			['23505 duplicate key value violates unique constraint "account_pkey"'],
		],
		[
			block(
				"declare n int; begin begin update account set balance = 0; perform 1 / 0; exception when others then null; end; select sum(balance) into n from account; raise notice '%', n; end",
			),
			['150'],
		],
		[
			block(
				"declare d text; h text; begin raise exception 'm %', 1 using detail = 'dd', hint = 'hh', errcode = 'AB123'; exception when sqlstate 'AB123' then get stacked diagnostics d = pg_exception_detail, h = pg_exception_hint; raise notice '% % %', sqlerrm, d, h; end",
			),
			['m 1 dd hh'],
		],
		[block('begin raise division_by_zero; end'), '22012'],
		[block("begin begin raise exception 'a'; exception when others then raise; end; end"), 'P0001'],
		[block("begin raise warning 'w'; raise info 'i'; raise notice '100%% %', null; end"), ['WARNING w', 'INFO i', '100% <NULL>']],
		[block("begin assert 1 = 2, 'oops'; exception when others then null; end"), 'P0004'],
		[block("begin raise exception using errcode = 'nonsense'; end"), '42704'],
	],
	'functions: arguments and results': [
		['create function add(a int, b int default 10) returns int language plpgsql as $$ begin return a + b; end $$', null],
		['select add(1), add(1, 2), add(b => 3, a => 4)', ['11|3|7']],
		["create function doubled(a int, out b int, out c text) language plpgsql as $$ begin b := a * 2; c := 'c' || a; end $$", null],
		['select * from doubled(4)', ['8|c4']],
		['select doubled(4), (doubled(5)).b', ['(8,c4)|10']],
		[
			'create function evens(n int) returns setof int language plpgsql as $$ begin for i in 1..n loop if i % 2 = 0 then return next i; end if; end loop; end $$',
			null,
		],
		['select * from evens(6)', ['2', '4', '6']],
		['select evens(4), 1', ['2|1', '4|1']],
		[
			'create function squares(n int) returns table (i int, sq int) language plpgsql as $$ begin return query select g, g * g from generate_series(1, n) g; end $$',
			null,
		],
		['select * from squares(2)', ['1|1', '2|4']],
		['select squares(2)', ['(1,1)', '(2,4)']],
		["create function wrong() returns setof pair language plpgsql as $$ begin return query select 1, 'x'::text; end $$", null],
		['select * from wrong()', '42804'],
		['create function made(a int) returns pair language plpgsql as $$ declare p pair; begin p.x := a; p.y := a * 2; return p; end $$', null],
		['select made(2), (made(3)).y', ['(2,4)|6']],
		['create function twice(a anyelement) returns anyarray language plpgsql as $$ begin return array[a, a]; end $$', null],
		["select twice(1), twice('x'::text)", ['{1,1}|{x,x}']],
		['create function many(variadic a int[]) returns int language plpgsql as $$ begin return array_length(a, 1); end $$', null],
		['select many(1, 2, 3)', ['3']],
		['create function careful(a int) returns int language plpgsql strict as $$ begin return coalesce(a, -1); end $$', null],
		['select careful(null)', ['∅']],
		["create function anyrow() returns record language plpgsql as $$ declare r record; begin select 1 as x, 'q'::text as y into r; return r; end $$", null],
		['select * from anyrow() as (x int, y text)', ['1|q']],
		['create function nothing() returns int language plpgsql as $$ begin end $$', null],
		['select nothing()', '2F005'],
		[
			'create function product_to(n numeric) returns numeric language plpgsql as $$ begin if n <= 1 then return 1; end if; return n * product_to(n - 1); end $$',
			null,
		],
		['select product_to(20)', ['2432902008176640000']],
		['create function endless(n int) returns int language plpgsql as $$ begin return endless(n + 1); end $$', null],
		['select endless(1)', '54001'],
		['create function bad() returns int language plpgsql as $$ begin return; end $$', '42601'],
		['create function bad() returns int language plpgsql as $$ begin retrun 1; end $$', '42601'],
		['create function bad() returns void language plpgsql as $$ begin return 1; end $$', '42804'],
		["select prolang = (select oid from pg_language where lanname = 'plpgsql') from pg_proc where proname = 'add'", ['t']],
	],
	'what a function sees and changes': [
		[
			'create function move(a int, b int, n int) returns int language plpgsql as $$ declare v int; begin update account set balance = balance - n where id = a returning balance into v; update account set balance = balance + n where id = b; return v; end $$',
			null,
		],
		['select move(1, 2, 30)', ['70']],
		['select balance from account order by id', ['70', '80']],
		[
			'create function counted() returns bigint language plpgsql as $$ begin insert into account values ((select max(id) + 1 from account), 0); return (select count(*) from account); end $$',
			null,
		],
		['select counted() from generate_series(1, 3)', ['3', '4', '5']],
		['create function steady() returns bigint language plpgsql stable as $$ begin return (select count(*) from account); end $$', null],
		['with i as (insert into account values (100, 0) returning 1) select steady() from i', ['5']],
		['create function forbidden() returns int language plpgsql stable as $$ begin insert into account values (200, 0); return 1; end $$', null],
		['select forbidden()', '0A000'],
		['select count(*) from account', ['6']],
		[
			block(
				"declare r record; n int := 0; begin for r in select id from account loop insert into account values (1000 + r.id, 0); n := n + 1; end loop; raise notice '%', n; end",
			),
			['6'],
		],
	],
	procedures: [
		['create procedure add(inout x int, y int default 5) language plpgsql as $$ begin x := x + y; end $$', null],
		['call add(1)', ['6']],
		['call add(1, 2)', ['3']],
		[block("declare z int := 3; begin call add(z); raise notice '%', z; end"), ['8']],
		[block('begin call add(3); end'), '42601'],
		['select add(1)', '42809'],
		['call missing()', '42883'],
		['drop function add(int, int)', '42809'],
		['drop procedure add', null],
		[block('begin commit; end'), '0A000'],
	],
	'functions and procedures in SQL of several statements': [
		[
			'create function opened(n int, b int) returns int language sql as $$ insert into account values (n, b); update account set balance = balance + 1 where id = n; select balance from account where id = n $$',
			null,
		],
		['select opened(5, 10)', ['11']],
		['create function closed(n int) returns account language sql as $$ delete from account where id = n returning * $$', null],
		['select * from closed(5)', ['5|11']],
		['create function all_of() returns setof account language sql as $$ insert into account values (9, 9); select * from account order by id $$', null],
		['select * from all_of()', ['1|100', '2|50', '9|9']],
		['create function silent(n int) returns void language sql as $$ delete from account where id = n $$', null],
		['select silent(9)', ['']],
		[
			'create procedure two(n int, inout m int) language sql as $$ update account set balance = n where id = 1; select balance + m from account where id = 1 $$',
			null,
		],
		['call two(7, 1)', ['8']],
		["create function wrong() returns int language sql as $$ select 1; select 'a', 'b' $$", null],
		['select wrong()', '42P13'],
		['create function wrong_too() returns int language sql as $$ select 1; delete from account $$', '42P13'],
		['create function declared(n int) returns void language sql as $$ declare c cursor for select * from account where id = $1 $$', null],
		['select declared(1)', '42P02'],
		['create function empty() returns void language sql as $$ $$', null],
		['select empty()', ['']],
	],
	cursors: [
		[
			block(
				"declare c cursor (k int) for select id from account where id >= k order by id; n int; begin open c(2); fetch c into n; raise notice '%', n; fetch c into n; raise notice '% %', n, found; close c; for r in c(1) loop raise notice 'row %', r.id; end loop; end",
			),
			['2', '<NULL> f', 'row 1', 'row 2'],
		],
		[
			block(
				"declare c scroll cursor for select id from account order by 1; i int; begin open c; fetch last from c into i; raise notice '%', i; fetch prior from c into i; raise notice '%', i; move absolute 0 from c; fetch c into i; raise notice '%', i; end",
			),
			['2', '1', '1'],
		],
		[
			"create function opened() returns refcursor language plpgsql as $$ declare c refcursor := 'cc'; begin open c for select id from account order by 1; return c; end $$",
			null,
		],
		['begin', null],
		['select opened()', ['cc']],
		['fetch 2 from cc', ['1', '2']],
		['commit', null],
		[block('declare c refcursor; n int; begin fetch c into n; end'), '22004'],
	],
};

testCases('PL/pgSQL,', SETUP, cases);

test('an error tells where in which calls it happened', async () => {
	const database = await openDatabase(':memory:');
	const session = database.connect({ user: 'a' });
	try {
		await runText(session, 'create function inner_one(a int) returns int language plpgsql as $$\nbegin\n  return 1 / a;\nend $$');
		await runText(session, 'create function outer_one() returns int language plpgsql as $$\nbegin\n  return inner_one(0);\nend $$');
		await assert.rejects(runText(session, 'select outer_one()'), (error: { where?: string }) => {
			assert.equal(error.where, 'PL/pgSQL function inner_one(integer) line 3 at RETURN\nPL/pgSQL function outer_one() line 3 at RETURN');
			return true;
		});
	} finally {
		session.close();
		await database.close();
	}
});

test('what takes turns of its own runs in a block, and is given up inside of a query', async () => {
	const database = await openDatabase(':memory:');
	const session = database.connect({ user: 'a' });
	try {
		for (const [text] of SETUP) await runText(session, text);
		const body = 'create index on account (balance); alter table account add check (balance >= 0)';
		await runText(session, `create function indexed(a int) returns int language plpgsql as $$ begin ${body}; return a; end $$`);
		await assert.rejects(runText(session, 'select indexed(id) from account'), { sqlstate: '0A000' });
		await runText(session, 'begin');
		await assert.rejects(runText(session, 'select indexed(id) from account'), { sqlstate: '0A000' });
		await runText(session, 'rollback');
		assert.deepEqual(await runText(session, "select count(*) from pg_index where indrelid = 'account'::regclass"), [['1']]);
		await runText(session, block(`begin ${body}; end`));
		assert.deepEqual(await runText(session, "select count(*) from pg_index where indrelid = 'account'::regclass"), [['2']]);
	} finally {
		session.close();
		await database.close();
	}
});

test('a block waits for the locks of others, lets them run, and can be cancelled', async () => {
	const database = await openDatabase(':memory:');
	const [first, second] = [database.connect({ user: 'a' }), database.connect({ user: 'b' })];
	try {
		for (const [text] of SETUP) await runText(first, text);
		await runText(first, 'begin');
		await runText(first, 'update account set balance = 1 where id = 1');
		const said: string[] = [];
		second.onNotice = ({ message }) => void said.push(message);
		const waiting = runText(second, block("begin raise notice 'before'; update account set balance = balance + 1 where id = 1; end"));
		const called = runText(first, 'commit');
		await Promise.all([waiting, called]);
		assert.deepEqual(said, ['before']);
		assert.deepEqual(await runText(first, 'select balance from account where id = 1'), [['2']]);
		const endless = runText(second, block('begin loop null; end loop; end'));
		await runText(first, 'select 1');
		second.cancel();
		await assert.rejects(endless, { sqlstate: '57014' });
	} finally {
		first.close();
		second.close();
		await database.close();
	}
});
