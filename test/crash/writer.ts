/**
 * The process that is killed: opens the database in the directory given, and lets writers work side by side. What it has been
 * told is durable it says on its standard output, one line each, before it goes on: `ack <number>`.
 *
 * Each commit moves money between two accounts and writes, under the same number, one row into each of two tables, a node with a
 * relationship and a triple, so that half of a commit cannot go unnoticed.
 */
import { writeSync } from 'node:fs';
import { open } from '../../src/index.ts';

const [directory, firstText, writersText] = process.argv.slice(2);
const writers = Number(writersText);
let next = Number(firstText);

// Small sizes make flushes, compactions, checkpoints and new segments part of every run.
const db = await open(directory!, { memoryBytes: 256 << 10, logBytesMax: 256 << 10, segmentBytes: 64 << 10 });
await db.execute(`
	create table if not exists account (id int primary key, balance int not null);
	create table if not exists entry (id int primary key, text text not null unique, amount int not null);
	create table if not exists shadow (id int primary key, amount int not null);
	insert into account select g, 0 from generate_series(0, 9) g on conflict do nothing;
`);
await db.graph().cypher('UNWIND range(0, 9) AS id MERGE (:Account {id: id})');
await db.graph().cypher('CREATE CONSTRAINT IF NOT EXISTS FOR (e:Entry) REQUIRE e.id IS UNIQUE');
writeSync(1, 'ready\n');

async function work(): Promise<void> {
	for (;;) {
		const id = next++;
		const amount = id % 17;
		await db.transaction((tx) => {
			tx.sql`update account set balance = balance - ${amount} where id = ${id % 10}`;
			tx.sql`update account set balance = balance + ${amount} where id = ${(id * 7 + 3) % 10}`;
			tx.sql`insert into entry values (${id}, ${`entry ${id} ${'.'.repeat(id % 200)}`}, ${amount})`;
			tx.sql`insert into shadow values (${id}, ${amount})`;
			tx.graph()
				.cypher('MATCH (a:Account {id: $of}) CREATE (:Entry {id: $id, amount: $amount})-[:OF]->(a)', { id, amount, of: id % 10 })
				.runSync();
			tx.triples().sparql(`INSERT DATA { <urn:entry:${id}> <urn:amount> ${amount} }`).runSync();
		});
		writeSync(1, `ack ${id}\n`);
		if (id % 500 === 499) void db.checkpoint();
	}
}

await Promise.all(Array.from({ length: writers }, work));
