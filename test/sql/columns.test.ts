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

/** A query of a table called `t`, with one answer whatever the order of rows. */
function query(random: Random): string {
	switch (random(8)) {
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
		/\bfrom t\b(?: (x|y)\b)?|\bjoin t\b(?: (x|y)\b)?/g,
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
		for (const table of TABLES) answers.push(await answerOf(this.session, named(text, table)));
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
