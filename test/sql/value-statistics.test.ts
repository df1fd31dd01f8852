/** ANALYZE, and what the optimizer makes of it, through SQL: plans by how frequent values are, for constants and for parameters alike. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Session } from '../../src/database/contracts.ts';
import { openDatabase } from '../../src/database/open.ts';
import type { Prepared } from '../../src/database/prepared.ts';
import type { DatabaseSession } from '../../src/database/session.ts';
import { runText } from '../operator/session-text.ts';

type Run = (text: string) => Promise<string[]>;

/** Runs on a database of orders, reopened once. */
async function withOrders(first: (run: Run, session: Session) => Promise<void>, again: (run: Run) => Promise<void> = async () => undefined): Promise<void> {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-analyze-'));
	const connected = async (work: (run: Run, session: Session) => Promise<void>): Promise<void> => {
		const opened = await openDatabase(join(directory, 'db'), { durability: 'os' });
		const session = opened.connect({ user: 'polylog' });
		try {
			await work(async (text) => (await runText(session, text)).map((row) => (row as readonly unknown[]).join('|')), session);
		} finally {
			session.close();
			await opened.close();
		}
	};
	try {
		await connected(async (run, session) => {
			await run('CREATE TABLE orders (id int PRIMARY KEY, status text, amount int, note text, doc jsonb)');
			await run(
				`INSERT INTO orders SELECT i, CASE WHEN i % 1000 = 0 THEN 'open' ELSE 'done' END, i / 10, CASE WHEN i % 4 = 0 THEN NULL ELSE repeat('x', i % 400) END, '{}'
				 FROM generate_series(1, 20000) i`,
			);
			await run('CREATE INDEX by_status ON orders (status)');
			await run('CREATE INDEX by_amount ON orders (amount)');
			await first(run, session);
		});
		await connected(again);
	} finally {
		rmSync(directory, { recursive: true, force: true });
	}
}

const explained = async (run: Run, query: string): Promise<string> => (await run(`EXPLAIN ${query}`)).join('\n');

test('a rare value is looked up and a common one scanned for, once the table was analysed, also after a restart', async () => {
	const check = async (run: Run): Promise<void> => {
		assert.match(await explained(run, "SELECT * FROM orders WHERE status = 'open'"), /Index Scan using by_status/);
		assert.match(await explained(run, "SELECT * FROM orders WHERE status = 'done'"), /-> {2}Scan on orders/);
		assert.match(await explained(run, 'SELECT * FROM orders WHERE amount > 1990'), /Index Scan using by_amount/);
		assert.match(await explained(run, 'SELECT * FROM orders WHERE amount > 100'), /-> {2}Scan on orders/);
		assert.match(await explained(run, 'SELECT * FROM orders WHERE amount BETWEEN 1000 AND 1010'), /Index Scan using by_amount/);
	};
	await withOrders(async (run) => {
		assert.match(await explained(run, "SELECT * FROM orders WHERE status = 'done'"), /Index Scan using by_status/);
		await run('ANALYZE orders');
		await check(run);
	}, check);
});

test('values given as parameters choose among programs, and the answers are the same', async () => {
	await withOrders(async (run, session) => {
		const count = async (text: string): Promise<string> => (await run(text))[0]!;
		const before = [
			await count("SELECT count(*), min(id) FROM orders WHERE status = 'open'"),
			await count("SELECT count(*), min(id) FROM orders WHERE status = 'done'"),
		];
		await run('ANALYZE');
		const own = session as DatabaseSession;
		const codeOf = (prepared: Prepared, values: readonly unknown[] | null): string => prepared.program(own, values)!.code;
		const prepared = session.prepare('SELECT * FROM orders WHERE status = $1', []) as Prepared;
		assert.notEqual(codeOf(prepared, ['open']), codeOf(prepared, ['done']));
		assert.equal(codeOf(prepared, ['never']), codeOf(prepared, ['open']));
		assert.equal(prepared.program(own, ['done']), prepared.program(own, ['done']));
		const literals = ['open', 'done'].map((value) => session.prepare(`SELECT * FROM orders WHERE status = '${value}'`, []) as Prepared);
		assert.deepEqual(
			literals.map((one) => codeOf(one, null)),
			[codeOf(prepared, ['open']), codeOf(prepared, ['done'])],
		);
		// A key has one row of each value: there is nothing to choose.
		const byKey = session.prepare('SELECT * FROM orders WHERE id = $1', []) as Prepared;
		assert.equal(byKey.program(own, [1]), byKey.program(own, [700]));
		assert.deepEqual(
			[await count("SELECT count(*), min(id) FROM orders WHERE status = 'open'"), await count("SELECT count(*), min(id) FROM orders WHERE status = 'done'")],
			before,
		);
	});
});

test('pg_stats shows what was found', async () => {
	await withOrders(async (run) => {
		await run('ANALYZE orders (status, note, doc, id)');
		assert.deepEqual(
			await run("SELECT attname, null_frac, n_distinct, most_common_vals, most_common_freqs FROM pg_stats WHERE attname IN ('status', 'doc') ORDER BY 1"),
			['doc|0|0||', 'status|0|2|{done,open}|{0.999,0.001}'],
		);
		// Texts of more than 256 characters count as one here, since all of them begin alike.
		assert.deepEqual(await run("SELECT null_frac, n_distinct FROM pg_stats WHERE attname = 'note'"), ['0.25|193']);
		assert.deepEqual(await run("SELECT n_distinct, left(histogram_bounds, 6) FROM pg_stats WHERE attname = 'id'"), ['-1|{1,200']);
		assert.deepEqual(await run("SELECT count(*) FROM pg_stats WHERE attname = 'amount'"), ['0']);
		await run('SET default_statistics_target = 5');
		await run('ANALYZE (VERBOSE) orders (amount)');
		assert.deepEqual(await run("SELECT array_length(histogram_bounds::int[], 1) FROM pg_stats WHERE attname = 'amount'"), ['6']);
		assert.deepEqual(await run("SELECT last_analyze > now() - interval '1 hour' FROM pg_stat_user_tables WHERE relname = 'orders'"), ['t']);
		await run('ALTER TABLE orders ALTER amount TYPE text');
		assert.deepEqual(await run("SELECT attname FROM pg_stats WHERE tablename = 'orders' AND attname IN ('amount', 'status')"), ['status']);
	});
});

test('the order of a join and the number of groups follow the values', async () => {
	await withOrders(async (run) => {
		await run('CREATE TABLE lines (order_id int, part int, kind text)');
		await run("INSERT INTO lines SELECT i / 3, i % 11, CASE WHEN i % 5000 = 0 THEN 'rare' ELSE 'usual' END FROM generate_series(3, 40000) i");
		await run('CREATE INDEX ON lines (kind)');
		await run('ANALYZE');
		const plan = await explained(run, "SELECT * FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.status = 'done' AND l.kind = 'rare'");
		// The eight rare lines come first, and each looks its order up.
		assert.match(plan, /lines_kind_idx[\s\S]*Key Scan on orders/);
		const other = await explained(run, "SELECT * FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.status = 'done' AND l.kind = 'usual'");
		assert.match(other, /Hash Join/);
	});
});

test('expected rows are shown where they are asked for', async () => {
	await withOrders(async (run) => {
		await run('ANALYZE');
		assert.deepEqual(await run("EXPLAIN (COSTS) SELECT id FROM orders WHERE status = 'open' AND note IS NOT NULL"), [
			'Project (rows=15)',
			'  Output: id',
			'  ->  Filter (rows=15)',
			'        Condition: (note IS NOT NULL)',
			'        ->  Index Scan using by_status on orders (rows=20)',
			"              Index Condition: status = 'open'",
		]);
		const rowsOf = async (query: string): Promise<number> => Number(/rows=(\d+)/.exec((await run(`EXPLAIN (COSTS) ${query}`))[0]!)![1]);
		// Ten orders of each amount; three of four have a note, of a length below 400 that is no multiple of 4.
		const near = async (query: string, rows: number): Promise<void> => {
			const expected = await rowsOf(query);
			assert.ok(expected > rows / 2 && expected < rows * 2, `${expected} of ${rows}: ${query}`);
		};
		await near('SELECT amount FROM orders GROUP BY amount', 2001);
		await near('SELECT DISTINCT status FROM orders', 2);
		await near('SELECT * FROM orders WHERE amount = 77', 10);
		await near("SELECT * FROM orders WHERE amount IN (1, 2, 3) OR status = 'open'", 50);
		await near('SELECT * FROM orders WHERE amount > 500 AND amount <= 700', 2000);
		await near('SELECT * FROM orders WHERE note IS NULL', 5000);
		await near('SELECT * FROM orders a JOIN orders b ON a.amount = b.amount', 200_000);
		await near('SELECT * FROM orders a WHERE EXISTS (SELECT FROM orders b WHERE b.amount = a.id)', 2000);
	});
});

test('what cannot be analysed is refused or passed over as PostgreSQL does', async () => {
	await withOrders(async (run) => {
		await run('CREATE VIEW shown AS SELECT * FROM orders');
		await run('CREATE TABLE parts (a int, b text) PARTITION BY LIST (a)');
		await run('CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1)');
		await run("INSERT INTO parts VALUES (1, 'x'), (1, 'x')");
		await run('ANALYZE parts, shown');
		assert.deepEqual(await run('SELECT tablename, attname FROM pg_stats ORDER BY 2'), ['part_1|a', 'part_1|b']);
		const refused = (text: string, code: string): Promise<void> => assert.rejects(run(text), { sqlstate: code });
		await refused('ANALYZE nosuch', '42P01');
		await refused('ANALYZE orders (id, nosuch)', '42703');
		await refused('ANALYZE orders (id, id)', '42701');
		await refused('VACUUM orders (id)', '0A000');
		await refused('ANALYZE (FULL) orders', '42601');
		await run('VACUUM (ANALYZE) orders (id)');
		await run('BEGIN');
		await run('ANALYZE orders');
		await refused('VACUUM orders', '25001');
		await run('ROLLBACK');
		assert.deepEqual(await run("SELECT count(*) FROM pg_stats WHERE tablename = 'orders'"), ['5']);
	});
});
