/** Triggers: when they run, what they see and change, as PostgreSQL 15 did it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../src/database/open.ts';
import { runText } from '../operator/session-text.ts';
import { type Step, testCases } from './stepped-statements.ts';

function made(name: string, body: string): string {
	return `create function ${name}() returns trigger language plpgsql as $$ begin ${body} end $$`;
}

const SETUP: readonly Step[] = [
	['create table item (id int primary key, name text, price int)', null],
	[made('told', "raise notice '% % % %', tg_name, tg_when, tg_level, tg_op; return null;"), null],
];

const cases: Readonly<Record<string, readonly Step[]>> = {
	'BEFORE triggers change rows and leave them out': [
		[made('shaped', 'if new.price < 0 then return null; end if; new.name := upper(new.name) || tg_argv[0]; return new;'), null],
		["create trigger shaped before insert or update on item for each row execute function shaped('!')", null],
		["insert into item values (1, 'a', 1), (2, 'b', -1), (3, 'c', 3) returning *", ['1|A!|1', '3|C!|3']],
		['update item set price = price - 2 returning *', ['3|C!!|1']],
		['select * from item', ['1|A!|1', '3|C!!|1']],
		["insert into item values (1, 'x', 9) on conflict (id) do update set price = excluded.price returning *", ['1|A!!|9']],
		["insert into item values (4, 'x', -9) on conflict (id) do nothing returning *", []],
		[
			"merge into item i using (values (3, 7), (5, 8)) v(id, p) on i.id = v.id when matched then update set price = v.p when not matched then insert values (v.id, 'm', v.p)",
			null,
		],
		['select * from item order by id', ['1|A!!|9', '3|C!!!|7', '5|M!|8']],
		['alter table item disable trigger shaped', null],
		["insert into item values (6, 'low', -1)", null],
		['alter table item enable trigger shaped', null],
		["insert into item values (7, 'low', -1) returning *", []],
		['drop function shaped()', '2BP01'],
		['drop trigger shaped on item', null],
		['drop trigger shaped on item', '42704'],
		['drop function shaped()', null],
	],
	'the order of triggers, and once for a statement': [
		['create trigger b before insert or delete on item for each statement execute function told()', null],
		['create trigger d after insert or delete on item for each statement execute function told()', null],
		['create trigger c after insert or delete on item for each row execute function told()', null],
		['create trigger a after insert on item for each row execute function told()', null],
		["insert into item values (1, 'a', 1)", ['b BEFORE STATEMENT INSERT', 'a AFTER ROW INSERT', 'c AFTER ROW INSERT', 'd AFTER STATEMENT INSERT']],
		['delete from item where id = 9', ['b BEFORE STATEMENT DELETE', 'd AFTER STATEMENT DELETE']],
	],
	'WHEN, UPDATE OF and transition tables': [
		["insert into item values (1, 'a', 1), (2, 'b', 2)", null],
		['create trigger w after update of price on item for each row when (old.price is distinct from new.price) execute function told()', null],
		['update item set price = 5 where id = 1', ['w AFTER ROW UPDATE']],
		['update item set price = 5 where id = 1', []],
		["update item set name = 'z'", []],
		['create trigger x before insert on item for each row when (old.id is null) execute function told()', '42P17'],
		[
			made(
				'summed',
				"raise notice '% %', (select sum(price) from before), (select string_agg(n.price::text, ',' order by n.id) from after n join before using (id)); return null;",
			),
			null,
		],
		['create trigger s after update on item referencing old table as before new table as after for each statement execute function summed()', null],
		['update item set price = price * 10', ['w AFTER ROW UPDATE', 'w AFTER ROW UPDATE', '7 50,20']],
	],
	'partitions and foreign keys': [
		['create table part (a int, b text) partition by list (a)', null],
		['create table part_1 partition of part for values in (1)', null],
		['create table part_2 partition of part for values in (2)', null],
		[made('named', "raise notice '% % %', tg_table_name, tg_op, tg_level; return coalesce(new, old);"), null],
		['create trigger r before insert or update or delete on part for each row execute function named()', null],
		['create trigger s after insert or update or delete on part for each statement execute function named()', null],
		["insert into part values (1, 'x')", ['part_1 INSERT ROW', 'part INSERT STATEMENT']],
		['update part set a = 2', ['part_1 UPDATE ROW', 'part_1 DELETE ROW', 'part_2 INSERT ROW', 'part UPDATE STATEMENT']],
		["insert into part_1 values (1, 'y')", ['part_1 INSERT ROW']],
		['create table parent (id int primary key)', null],
		['create table child (id int primary key, p int references parent on delete cascade on update cascade)', null],
		['insert into parent values (1)', null],
		['insert into child values (10, 1)', null],
		['create trigger r after update or delete on child for each row execute function named()', null],
		['update parent set id = 2', ['child UPDATE ROW']],
		['delete from parent', ['child DELETE ROW']],
	],
	'constraint triggers wait for the commit': [
		[
			made(
				'limited',
				"if (select sum(price) from item) > 100 then raise exception 'too much' using errcode = 'check_violation'; end if; raise notice 'checked'; return null;",
			),
			null,
		],
		['create constraint trigger limited after insert or update on item deferrable initially deferred for each row execute function limited()', null],
		['begin', null],
		["insert into item values (1, 'a', 200)", []],
		['update item set price = 1', []],
		['commit', ['checked', 'checked']],
		["insert into item values (2, 'b', 200)", '23514'],
		['begin', null],
		["insert into item values (2, 'b', 2)", []],
		['set constraints limited immediate', ['checked']],
		['rollback', null],
		['select count(*) from item', ['1']],
	],
	'INSTEAD OF triggers make the changes of a view': [
		['create view shown as select id, price * 2 as twice from item', null],
		[
			made(
				'stored',
				"if tg_op = 'INSERT' then insert into item values (new.id, '', new.twice / 2); elsif tg_op = 'UPDATE' then update item set price = new.twice / 2 where id = old.id; else delete from item where id = old.id; return old; end if; return new;",
			),
			null,
		],
		['insert into shown values (1, 10)', '0A000'],
		['create trigger s instead of insert or update or delete on shown for each row execute function stored()', null],
		['insert into shown values (1, 10), (2, 20) returning *', ['1|10', '2|20']],
		['update shown set twice = twice + 2 where id > 1 returning *', ['2|22']],
		['select id, price from item order by id', ['1|5', '2|11']],
		['delete from shown where twice = 10', []],
		['create view above as select id, twice from shown', null],
		['update above set twice = 30', []],
		['select id, price from item', ['2|15']],
		['create trigger t before insert on shown for each row execute function stored()', '42809'],
		[
			"select event_manipulation, action_order, action_timing, action_statement from information_schema.triggers where trigger_name = 's' order by 1",
			['DELETE|1|INSTEAD OF|EXECUTE FUNCTION stored()', 'INSERT|1|INSTEAD OF|EXECUTE FUNCTION stored()', 'UPDATE|1|INSTEAD OF|EXECUTE FUNCTION stored()'],
		],
		['drop trigger s on shown', null],
		['insert into shown (id, twice) values (3, 10)', '0A000'],
	],
	'what is refused': [
		['create trigger t before insert on item for each row execute function missing()', '42883'],
		['create function number() returns int language plpgsql as $$ begin return 1; end $$', null],
		['create trigger t before insert on item for each row execute function number()', '42P17'],
		['create trigger t instead of insert on item for each row execute function told()', '42809'],
		['create trigger t before insert on item referencing new table as n for each row execute function told()', '42P17'],
		['select told()', '0A000'],
		[made('silent', ''), null],
		['create trigger t before insert on item for each row execute function silent()', null],
		["insert into item values (1, 'a', 1)", '2F005'],
		['create trigger t before insert on item for each row execute function told()', '42710'],
		['create or replace trigger t before insert on item for each row execute function told()', null],
		["insert into item values (1, 'a', 1)", ['t BEFORE ROW INSERT']],
		['select count(*) from item', ['0']],
		[made('twice', 'update item set price = 0 where id = new.id; return new;'), null],
		['drop trigger t on item', null],
		["insert into item values (1, 'a', 1)", []],
		['create trigger t before update of name on item for each row execute function twice()', null],
		["update item set name = 'b'", '27000'],
		[
			"select pg_get_triggerdef(oid) from pg_trigger where tgname = 't'",
			['CREATE TRIGGER t BEFORE UPDATE OF name ON public.item FOR EACH ROW EXECUTE FUNCTION twice()'],
		],
		[made('shortened', "raise notice '%', tg_when; return null;"), null],
		['create trigger z before truncate on item execute function shortened()', null],
		['truncate item', ['BEFORE']],
	],
};

testCases('triggers:', SETUP, cases);

test('triggers are there again when a database is opened, and a COPY of many rows runs them', async () => {
	const { mkdtempSync, rmSync } = await import('node:fs');
	const { tmpdir } = await import('node:os');
	const { join } = await import('node:path');
	const directory = mkdtempSync(join(tmpdir(), 'polylog-triggers-'));
	try {
		const first = await openDatabase(directory);
		const session = first.connect({ user: 'a' });
		for (const [text] of SETUP) await runText(session, text);
		await runText(session, made('doubled', 'new.price := new.price * 2; return new;'));
		await runText(session, 'create trigger doubled before insert on item for each row when (new.price > 0) execute function doubled()');
		session.close();
		await first.close();
		const second = await openDatabase(directory);
		const again = second.connect({ user: 'a' });
		const portal = again.bind(again.prepare('copy item from stdin', []), []);
		await portal.copyData!(new TextEncoder().encode(Array.from({ length: 20_000 }, (_, i) => `${i}\tn\t${i}\n`).join('')));
		await portal.copyDone!();
		assert.deepEqual(await runText(again, 'select count(*), sum(price) from item'), [['20000', String(2 * ((19_999 * 20_000) / 2))]]);
		again.close();
		await second.close();
	} finally {
		rmSync(directory, { recursive: true, force: true });
	}
});
