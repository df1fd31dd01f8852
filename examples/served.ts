/**
 * A database that a program uses by itself and serves to others at the same time: a client of the PostgreSQL protocol moves money
 * between accounts while the program watches the sum, which never changes.
 */
import assert from 'node:assert/strict';
import pg from 'pg';
import { open, serve } from 'polylog';

const ACCOUNTS = 10;
const TRANSFERS = 50;

const db = await open(':memory:');
await db.execute(`
	create table account (id int primary key, balance int not null check (balance >= 0));
	insert into account select i, 100 from generate_series(1, ${ACCOUNTS}) as i;`);
const total = db.prepare('select sum(balance) as total from account');

const server = await serve(db, { postgres: 0 });
console.log(`psql postgresql://${server.addresses['postgres']}/polylog`);
const pool = new pg.Pool({ connectionString: `postgresql://polylog@${server.addresses['postgres']}/polylog`, max: 4 });

async function transfer(from: number, to: number): Promise<void> {
	const client = await pool.connect();
	try {
		await client.query('begin');
		// The lower id first, so that two transfers never wait for each other.
		for (const id of [Math.min(from, to), Math.max(from, to)])
			await client.query('update account set balance = balance + $1 where id = $2', [id === to ? 1 : -1, id]);
		await client.query('commit');
	} catch (error) {
		await client.query('rollback');
		throw error;
	} finally {
		client.release();
	}
}

const transfers = Array.from({ length: TRANSFERS }, (_, i) => transfer((i % ACCOUNTS) + 1, ((i * 3 + 1) % ACCOUNTS) + 1));
for (let i = 0; i < 20; i++) {
	assert.equal(Number(total.get()?.['total']), ACCOUNTS * 100);
	await new Promise((resolve) => setImmediate(resolve));
}
await Promise.all(transfers);
console.log(`after ${TRANSFERS} transfers: ${total.get()?.['total']}`);

await pool.end();
await server.close();
await db.close();
