/**
 * Random histories over a few tables with nulls, foreign keys and outer joins, and views of all kinds over them: what tests of kept views have in common.
 */
import assert from 'node:assert/strict';
import type { Session } from '../../src/database/contracts.ts';
import { runText } from '../operator/session-text.ts';

/** Queries are answered from the tables, not from the views that they are compared with. */
export const OPTIONS = { user: 'polylog', settings: { enable_kept_views: 'off' } } as const;

export const TABLES = [
	'CREATE TABLE customer (id int PRIMARY KEY, region text, credit numeric)',
	'CREATE TABLE purchase (id int PRIMARY KEY, customer_id int REFERENCES customer ON DELETE CASCADE, amount numeric(8,2), units int, note text)',
	'CREATE TABLE refund (purchase_id int, part numeric)',
	'CREATE INDEX ON purchase (customer_id)',
];

export const VIEWS: Readonly<Record<string, string>> = {
	filtered: `SELECT id, upper(region) AS region, credit * 2 AS twice FROM customer WHERE credit > 10 OR region IS NULL`,
	joined:
		'SELECT p.id, c.region, p.amount, r.part FROM customer c JOIN purchase p ON p.customer_id = c.id JOIN refund r ON r.purchase_id = p.id WHERE p.units > 2',
	outside:
		'SELECT c.id, p.id AS purchase, r.part FROM customer c LEFT JOIN purchase p ON p.customer_id = c.id AND p.units > 3 LEFT JOIN refund r ON r.purchase_id = p.id',
	turned: 'SELECT c.region, r.part FROM refund r RIGHT JOIN (purchase p JOIN customer c ON c.id = p.customer_id) ON r.purchase_id = p.id',
	selfish: 'SELECT one.id, other.id AS other FROM customer one JOIN customer other ON other.region = one.region AND other.id > one.id',
	totals: `SELECT region, count(*) AS n, count(credit) AS some, sum(credit) AS sum, avg(credit) AS mean, min(credit) AS least, max(id) AS last FROM customer GROUP BY region`,
	busy: `SELECT c.region, sum(p.units) + 1 AS units, avg(p.units) AS mean, max(p.note) AS note, count(*) FILTER (WHERE p.units > 5) AS large
		FROM customer c JOIN purchase p ON p.customer_id = c.id GROUP BY c.region HAVING count(*) > 2`,
	lists: `SELECT units, string_agg(note, ',' ORDER BY id) AS notes, count(DISTINCT customer_id) AS customers, stddev(amount) AS spread FROM purchase GROUP BY units`,
	whole: 'SELECT count(*) AS n, sum(amount) AS sum, min(units) AS least FROM purchase',
	regions: 'SELECT DISTINCT region, credit IS NULL AS poor FROM customer',
	either: 'SELECT id, region AS what FROM customer UNION ALL SELECT units, note FROM purchase WHERE units < 4',
	cube: `SELECT c.region, p.units, p.customer_id, GROUPING(c.region, p.units) AS level, count(*) AS n, sum(p.amount) AS sum, min(p.amount) AS least
		FROM customer c JOIN purchase p ON p.customer_id = c.id GROUP BY CUBE (c.region, p.units, p.customer_id)`,
	rollup: `SELECT region, credit > 10 AS rich, count(credit) AS n, max(id) AS last, string_agg(region, '') AS text FROM customer
		GROUP BY ROLLUP (region, credit > 10) HAVING count(*) > 1 OR GROUPING(region) = 1`,
	sets: 'SELECT units, note, avg(amount) AS mean FROM purchase GROUP BY GROUPING SETS ((units), (note, units), (units), ())',
	complete: 'SELECT c.id, c.region, p.id AS purchase, p.note FROM customer c FULL JOIN purchase p ON p.customer_id = c.id AND p.units > 2',
	full_using: 'SELECT id, region, part FROM customer FULL JOIN (SELECT purchase_id AS id, part FROM refund) r USING (id) WHERE id > 3 OR region IS NULL',
	full_of_joins: `SELECT c.region, p.units, r.part FROM (customer c JOIN purchase p ON p.customer_id = c.id)
		FULL JOIN (refund r LEFT JOIN customer o ON o.id = r.purchase_id) ON r.purchase_id = p.id AND o.id IS NOT NULL`,
	full_groups: `SELECT c.region, count(*) AS n, count(c.id) AS some, sum(r.part) AS sum, max(r.part) AS most, min(r.purchase_id) AS least FROM customer c FULL JOIN refund r ON r.purchase_id = c.id GROUP BY c.region`,
	either_groups:
		'SELECT what, count(*) AS n, max(id) AS last FROM (SELECT id, region AS what FROM customer UNION ALL SELECT units, note FROM purchase) x GROUP BY what',
	either_joined: 'SELECT e.id, p.amount FROM (SELECT id FROM customer UNION ALL SELECT purchase_id FROM refund) e LEFT JOIN purchase p ON p.id = e.id',
	first: 'SELECT id, region, credit FROM customer ORDER BY credit DESC NULLS LAST, id LIMIT 4',
	latest:
		'SELECT p.id, c.region, p.amount * 2 AS twice FROM purchase p JOIN customer c ON c.id = p.customer_id WHERE p.units > 1 ORDER BY p.note, p.id DESC LIMIT 6',
	best: `SELECT region, id, rn * 10 AS place, units FROM (SELECT c.region, p.id, p.units, row_number() OVER (PARTITION BY c.region ORDER BY p.units DESC, p.id) AS rn
		FROM customer c JOIN purchase p ON p.customer_id = c.id) x WHERE rn <= 3`,
	one_each:
		'SELECT * FROM (SELECT c.id, r.part, row_number() OVER (PARTITION BY c.id ORDER BY r.part, r.purchase_id) AS n FROM customer c LEFT JOIN refund r ON r.purchase_id = c.id) x WHERE n = 1',
	nested: 'SELECT region, sum(n) AS n FROM totals WHERE n > 1 GROUP BY region',
};

export type Random = (below: number) => number;

const pick = (random: Random, from: readonly string[]): string => from[random(from.length)]!;
const text = (random: Random): string => pick(random, ["'north'", "'south'", "'east'", 'NULL', "'it''s'"]);
const amount = (random: Random): string => pick(random, ['NULL', '1', '2.5', '10.00', '10.125', '99.99', '-3', "'NaN'"]);

export function statement(random: Random): string {
	const id = random(30);
	switch (random(14)) {
		case 0:
		case 1:
			return `INSERT INTO customer VALUES (${id}, ${text(random)}, ${amount(random)}) ON CONFLICT (id) DO UPDATE SET region = EXCLUDED.region`;
		case 2:
			return `INSERT INTO purchase SELECT i, ${random(30)}, i % 5, i % 7, 'n' || i FROM generate_series(${id}, ${id + 4}) i ON CONFLICT DO NOTHING`;
		case 3:
		case 4:
			return `INSERT INTO purchase VALUES (${random(90)}, ${id}, 12.25, ${random(9)}, ${text(random)}) ON CONFLICT DO NOTHING`;
		case 5:
			return `INSERT INTO refund VALUES (${random(90)}, ${amount(random)}), (${random(90)}, 1)`;
		case 6:
			return `UPDATE customer SET credit = ${amount(random)} WHERE id % 4 = ${random(4)}`;
		case 7:
			return `UPDATE purchase SET units = units + 1, customer_id = ${id} WHERE id < ${random(40)}`;
		case 8:
			return `UPDATE refund SET part = part + 1 WHERE purchase_id > ${random(90)}`;
		case 9:
			return `DELETE FROM customer WHERE id = ${id}`;
		case 10:
			return `DELETE FROM purchase WHERE units > ${random(12)}`;
		case 11:
			return `DELETE FROM refund WHERE purchase_id < ${random(30)}`;
		case 12:
			return random(12) === 0
				? 'TRUNCATE refund'
				: `UPDATE customer SET id = id + 100 WHERE id = ${id} AND NOT EXISTS (SELECT 1 FROM purchase WHERE customer_id = ${id})`;
		default:
			return `UPDATE purchase SET note = NULL WHERE id % 3 = ${random(3)}`;
	}
}

export async function attempt(session: Session, sql: string): Promise<boolean> {
	try {
		await runText(session, sql);
		return true;
	} catch (error) {
		const { sqlstate } = error as { sqlstate?: string };
		assert.ok(sqlstate !== undefined && !sqlstate.startsWith('XX'), `${sql}: ${error instanceof Error ? error.stack : String(error)}`);
		return false;
	}
}

export const shown = (rows: readonly (readonly (string | null)[])[]): string[] => rows.map((row) => row.map((value) => value ?? '∅').join('|')).sort();

/** A transaction of several statements, some of them taken back. */
export async function transaction(session: Session, random: Random): Promise<void> {
	await attempt(session, pick(random, ['BEGIN', 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'BEGIN ISOLATION LEVEL SERIALIZABLE']));
	for (let count = random(4); count >= 0; count--) {
		await attempt(session, 'SAVEPOINT s');
		const isDone = await attempt(session, statement(random));
		if (!isDone || random(4) === 0) await attempt(session, 'ROLLBACK TO s');
	}
	await attempt(session, random(5) === 0 ? 'ROLLBACK' : 'COMMIT');
}
