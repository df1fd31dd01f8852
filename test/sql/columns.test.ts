/**
 * Columns give the answers that rows give: the same random changes go to a table of the default engine, to a columnar table, and to
 * a table with a columnar index, and the same random queries are asked of all three, between flushes, merges, rollbacks and restarts.
 *
 * A failure prints the seed; `POLYLOG_SEED` replays it, `POLYLOG_RUNS` sets how many histories run.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Session } from '../../src/database/contracts.ts';
import type { Database } from '../../src/database/embedded/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { seededRandom } from '../../src/storage/engine.suite.ts';
import { runText } from '../operator/session-text.ts';

const COLUMNS = 'id int primary key, a int, b smallint, c bigint, d text, e text not null, f float8, g date, h numeric, i bool, j timestamp, k int not null';
const TABLES = ['rows_t', 'columns_t', 'copy_t', 'sorted_t', 'heap_t', 'ordered_t'];
const KEPT = 'id, a, b, c, d, e, f, g, h, i, j, k';

type Random = (below: number) => number;

function literal(random: Random, column: string): string {
	const nullable = !['id', 'e', 'k'].includes(column);
	if (nullable && random(6) === 0) return 'null';
	const wide = ['9007199254740993', '-4611686018427387904', '5000000000', '-7', '0'];
	switch (column) {
		case 'id':
			return String(random(400));
		case 'a':
			return String(random(4) === 0 ? random(2 ** 31) - 2 ** 30 : random(20) - 5);
		case 'b':
			return String(random(300) - 150);
		case 'c':
			return random(3) === 0 ? wide[random(wide.length)]! : String(random(100000));
		case 'd':
			return `'${['red', 'green', 'blue', 'ärger', ''][random(5)]}'`;
		case 'e':
			return `'name ${random(1000)}'`;
		case 'f':
			return `'${['1.5', '-0', 'NaN', 'Infinity', '2.25', String(random(100))][random(6)]}'::float8`;
		case 'g':
			return random(8) === 0 ? `'infinity'::date` : `date '2020-01-01' + ${random(700)}`;
		case 'h':
			return `${random(100000) / 100}`;
		case 'i':
			return random(2) === 0 ? 'true' : 'false';
		case 'j':
			return random(9) === 0 ? `'-infinity'::timestamp` : `timestamp '2021-05-05' + interval '${random(100000)} seconds'`;
		default:
			return String(random(50));
	}
}

const NAMES = KEPT.split(', ');
const OPERATORS = ['=', '<>', '<', '<=', '>', '>='];

function predicate(random: Random): string {
	const column = NAMES[random(NAMES.length)]!;
	switch (random(6)) {
		case 0:
			return `${column} is ${random(2) === 0 ? '' : 'not '}null`;
		case 1:
			return `${column} in (${literal(random, column)}, ${literal(random, column)})`;
		case 2:
			return column === 'd' || column === 'e'
				? `${column} like '%${random(10)}%'`
				: `${column} between ${literal(random, column)} and ${literal(random, column)}`;
		case 3:
			return column === 'i' ? 'not i' : `(${predicate(random)} or ${predicate(random)})`;
		default:
			return `${column} ${OPERATORS[random(OPERATORS.length)]} ${literal(random, column)}`;
	}
}

function where(random: Random): string {
	const list = Array.from({ length: random(4) }, () => predicate(random));
	return list.length === 0 ? '' : ` where ${list.join(' and ')}`;
}

/** Predicates of `x`, one of the tables that are joined. */
function whereOf(random: Random): string {
	return where(random)
		.replaceAll(/\b([a-k]|id)\b(?= (?:is|in|like|between|=|<|>))/g, 'x.$1')
		.replace('not i', 'not x.i');
}

/** Joins whose tables are looked up by scans, or are filled by batches: of one or more tables, with and without partners. */
function join_(random: Random): string {
	const keys = [
		'x.k = y.id',
		'x.a = y.k',
		'x.id = y.a',
		'x.b = y.id',
		'x.a = y.a',
		'x.c = y.id',
		'x.k = y.k and x.d = y.d',
		'x.k = y.k and x.b = y.a',
		'x.a = y.a and x.k = y.k + 1',
	];
	const on = keys[random(keys.length)]!;
	const more = random(3) === 0 ? ' and x.id > y.b' : '';
	const sums = 'count(*), sum(x.k), sum(y.k), sum(x.a), min(y.e), count(y.a)';
	switch (random(6)) {
		case 0:
			return `select ${sums} from t x join t y on ${on}${more}${whereOf(random)}`;
		case 1:
			return `select ${sums} from t x ${['left', 'right', 'full'][random(3)]} join t y on ${on}${random(2) === 0 ? ' and y.k > 20' : ''}${whereOf(random)}`;
		case 2:
			return `select count(*), sum(x.k), max(x.d) from t x${whereOf(random) || ' where true'} and ${random(2) === 0 ? 'not ' : ''}exists (select from t y where ${on}${more} and y.b > 0)`;
		case 3:
			return `select count(*), sum(x.id) from t x${whereOf(random) || ' where true'} and x.k ${random(2) === 0 ? 'not ' : ''}in (select a from t y where y.b > 100)`;
		case 4:
			return `select z.d, count(*), sum(x.k + y.k) from t x join t y on x.k = y.id ${random(2) === 0 ? 'left ' : ''}join t z on x.a = z.id${whereOf(random)} group by z.d order by 1 nulls first`;
		default:
			return `select x.id, y.id, x.e, y.g from t x join t y on ${on} and y.k < 5${whereOf(random)} order by 1, 2`;
	}
}

/** A query of a table called `t`, with one answer whatever the order of rows. */
function query(random: Random): string {
	switch (random(11)) {
		case 8:
		case 9:
		case 10:
			return join_(random);
		case 0:
			return `select ${KEPT} from t${where(random)} order by id`;
		case 1:
			return `select count(*), count(a), sum(a), sum(k), min(b), max(c), min(d), max(e), sum(c), avg(k), count(distinct d) from t${where(random)}`;
		case 2:
			return `select d, i, count(*), sum(k), min(a), max(k - b) from t${where(random)} group by d, i order by d nulls first, i nulls first`;
		case 3:
			return `select k, sum(k + b), count(b), avg(a) from t${where(random)} group by k order by k`;
		case 4:
			return `select x.id, y.id, x.d from t x join t y on x.k = y.id${where(random)
				.replaceAll(/\b([a-k]|id)\b(?= (?:is|in|like|between|=|<|>))/g, 'x.$1')
				.replace('not i', 'not x.i')} order by x.id, y.id`;
		case 5:
			return `select id, k from t${where(random)} order by k desc, id limit 7`;
		case 6:
			return `select g, sum(k) from t${where(random)} group by g having count(*) > 1 order by g nulls first`;
		default:
			return `select dim.word, count(*), sum(t.k), sum(t.k - 2 * t.b), min(t.a), max(t.b) from t join dim on t.k = dim.id${where(random)
				.replaceAll(/\b([a-k]|id)\b(?= (?:is|in|like|between|=|<|>))/g, 't.$1')
				.replace('not i', 'not t.i')} group by dim.word order by dim.word`;
	}
}

/** Rows as one text, or the error's code. */
async function answerOf(session: Session, text: string): Promise<string> {
	try {
		return (await runText(session, text)).map((row) => row.map((value) => value ?? '∅').join('|')).join('\n');
	} catch (error) {
		return (error as { sqlstate?: string }).sqlstate ?? String(error);
	}
}

/** The query over one of the tables. */
function named(text: string, table: string): string {
	return text.replaceAll(
		/\bfrom t\b(?: ([xyz])\b)?|\bjoin t\b(?: ([xyz])\b)?/g,
		(found, x?: string, y?: string) => `${found.split(' ')[0]} ${table} ${x ?? y ?? 't'}`,
	);
}

class Pair {
	database!: Database;
	session!: Session;
	readonly #random: Random;
	readonly #directory = mkdtempSync(join(tmpdir(), 'polylog-columns-'));
	#altered = 0;

	constructor(random: Random) {
		this.#random = random;
	}

	async open(): Promise<void> {
		this.database = await openDatabase(this.#directory, { durability: 'os', memoryBytes: 200_000, parts: { level0Files: 2, bulkRowsMin: 50 } });
		this.session = this.database.connect({ user: 'polylog' });
	}

	async close(): Promise<void> {
		this.session.close();
		await this.database.close();
	}

	remove(): void {
		rmSync(this.#directory, { recursive: true });
	}

	async create(): Promise<void> {
		await this.database.execute(`
			create table rows_t (${COLUMNS});
			create table columns_t (${COLUMNS}) using columnar;
			create table copy_t (${COLUMNS});
			create index copy_columns on copy_t using columnar (${KEPT});
			create table sorted_t (${COLUMNS});
			create index sorted_columns on sorted_t using columnar (${KEPT}) with (sort = 'd, k');
			create table heap_t (${COLUMNS}) using columnar with (organization = 'heap');
			create table ordered_t (${COLUMNS}) using columnar with (sort = 'g, k');
			create table dim (id int primary key, word text not null) using columnar;
			insert into dim select n, 'word ' || n % 7 from generate_series(0, 45) n;`);
	}

	/** The same in every table, inside a transaction that may be undone, and looks at its own changes. */
	async change(): Promise<void> {
		const random = this.#random;
		const text = this.#statement();
		const isUndone = random(8) === 0;
		const own = random(5) === 0 ? query(random) : null;
		const answers: string[] = [];
		for (const table of TABLES) {
			await runText(this.session, 'begin');
			let answer = await answerOf(this.session, text.replaceAll('$t', table));
			if (own !== null) answer += await answerOf(this.session, named(own, table));
			await runText(this.session, isUndone ? 'rollback' : 'commit');
			answers.push(answer);
		}
		this.#requireEqual(answers, text);
	}

	#statement(): string {
		const random = this.#random;
		switch (random(10)) {
			case 0:
				return `delete from $t${where(random)}`;
			case 1:
				return `delete from $t where id = ${random(400)}`;
			case 2:
				return `update $t set k = (k + 1) % 50, d = ${literal(random, 'd')}${where(random)}`;
			case 3:
				return `update $t set c = ${literal(random, 'c')}, h = null where id between ${random(400)} and ${random(400)}`;
			case 4:
				return `insert into $t select n, n % 9, n % 100, n * 3, 'red', 'name ' || n, n, date '2020-01-01' + n % 100, n / 7.0, n % 2 = 0, null, n % 50 from generate_series(${random(400)}, ${random(400)}) n on conflict do nothing`;
			default: {
				const rows = Array.from({ length: random(20) + 1 }, () => `(${NAMES.map((name) => literal(random, name)).join(', ')})`);
				return `insert into $t (${KEPT}) values ${rows.join(', ')} on conflict (id) do ${random(2) === 0 ? 'nothing' : 'update set k = excluded.k, a = excluded.a, d = excluded.d'}`;
			}
		}
	}

	async compare(): Promise<void> {
		const text = query(this.#random);
		const answers: string[] = [];
		// Sometimes with so little memory that tables of joins and groups spill.
		const spills = this.#random(4) === 0;
		for (const table of TABLES) {
			if (spills && table !== TABLES[0]) await runText(this.session, "set work_mem = '64kB'");
			answers.push(await answerOf(this.session, named(text, table)));
		}
		await runText(this.session, 'reset work_mem');
		this.#requireEqual(answers, text);
	}

	#requireEqual(answers: readonly string[], text: string): void {
		answers.forEach((answer, i) => {
			assert.equal(answer, answers[0], `${TABLES[i]}: ${text}`);
		});
	}

	async step(): Promise<void> {
		const choice = this.#random(100);
		if (choice < 40) await this.change();
		else if (choice < 90) await this.compare();
		else if (choice < 94) await this.database.checkpoint();
		else if (choice < 96) await this.database.compact();
		else if (choice < 98) {
			await this.close();
			await this.open();
		} else await this.alter();
	}

	/** Rows of older versions in the same files. */
	async alter(): Promise<void> {
		if (this.#altered++ > 2) return;
		const name = `more_${this.#altered}`;
		const answers: string[] = [];
		for (const table of TABLES) {
			await runText(this.session, `alter table ${table} add column ${name} int default 7`);
			await runText(this.session, `update ${table} set ${name} = 8 where k % 5 = 0`);
			answers.push(await answerOf(this.session, `select ${name}, count(*), sum(${name}) from ${table} group by ${name} order by 1`));
		}
		this.#requireEqual(answers, name);
	}
}

test('row groups that are read by kernels give the answers that rows give', { timeout: 200_000 }, async () => {
	const seed = Number(process.env.POLYLOG_SEED ?? 1);
	const random = seededRandom(seed);
	const directory = mkdtempSync(join(tmpdir(), 'polylog-columns-'));
	const database = await openDatabase(directory, { durability: 'os' });
	const session = database.connect({ user: 'polylog' });
	const tables = ['rows_t', 'columns_t', 'ordered_t'];
	const columns = 'id int primary key, a int not null, b smallint, c bigint, d text, e text not null, g date, k int not null';
	try {
		await runText(session, `create table rows_t (${columns})`);
		await runText(session, `create table columns_t (${columns}) using columnar`);
		await runText(session, `create table ordered_t (${columns}) using columnar with (sort = 'a')`);
		for (const table of tables) {
			await runText(
				session,
				`insert into ${table} select n, n * 7919 % 30011 / 3, nullif(n % 300 - 150, 7), n * 100003::bigint, 'word ' || n % 50, 'name ' || n % 1000, date '2020-01-01' + n % 700, n % 6000 * 4 from generate_series(1, 30000) n`,
			);
		}
		await database.checkpoint();
		for (let round = 0; round < 40; round++) {
			if (round === 20) for (const table of tables) await runText(session, `delete from ${table} where id % 9 = 4`);
			if (round === 30) await database.checkpoint();
			const test = [
				'',
				`${random(2) === 0 ? 'x' : 'y'}.d = 'word ${random(60)}'`,
				`x.a between ${random(5000)} and ${random(10000)}`,
				`y.b > ${random(200) - 100}`,
			];
			const tests = `${test[random(4)] || 'true'} and ${test[random(4)] || 'true'} and x.k <= ${random(24000)}`;
			const on = ['x.id = y.k', 'x.a = y.id', 'x.k = y.k', 'x.c = y.id', 'x.a = y.b', 'x.k = y.k and x.a = y.a', 'x.id = y.id and x.b = y.b - 1'][random(7)]!;
			const kind = ['join', 'left join', 'join', 'right join'][random(4)]!;
			const text = [
				`select count(*), sum(x.k), sum(y.a), min(x.b), max(y.e), sum(x.c) from t x ${kind} t y on ${on} and y.a < ${random(10000)} where ${tests}`,
				`select x.d, count(*), sum(x.a) from t x where exists (select from t y where ${on} and y.b = 5) group by x.d order by x.d`,
				`select x.d, x.e, x.a from t x join t y on ${on} where ${tests} and x.b = 3 order by x.id, y.id limit 50`,
			][random(3)]!;
			if (round % 5 === 4) await runText(session, "set work_mem = '256kB'");
			const answers: string[] = [];
			for (const table of tables) answers.push(await answerOf(session, named(text, table)));
			await runText(session, 'reset work_mem');
			answers.forEach((answer, i) => {
				assert.equal(answer, answers[0], `POLYLOG_SEED=${seed} ${tables[i]}: ${text}`);
			});
		}
	} finally {
		session.close();
		await database.close();
		rmSync(directory, { recursive: true });
	}
});

test('columns give the answers that rows give', { timeout: 200_000 }, async () => {
	const first = Number(process.env.POLYLOG_SEED ?? 1);
	for (let seed = first; seed < first + Number(process.env.POLYLOG_RUNS ?? 2); seed++) {
		const pair = new Pair(seededRandom(seed));
		await pair.open();
		try {
			await pair.create();
			for (let step = 0; step < 120; step++) await pair.step();
			await pair.close();
		} catch (error) {
			throw new Error(`seed ${seed}: POLYLOG_SEED=${seed} POLYLOG_RUNS=1: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
		} finally {
			pair.remove();
		}
	}
});
