/** Views that are kept, at commit and behind it, over the tables of every model: each equals its query whoever changed what it reads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Database, open } from '../../src/index.ts';

/** Two views of a query, one of each kind. */
async function keep(db: Database, name: string, query: string): Promise<void> {
	for (const refresh of ['commit', 'async']) await run(db, `CREATE MATERIALIZED VIEW ${name}_${refresh} WITH (refresh = ${refresh}) AS ${query}`);
}

async function equals(db: Database, name: string, query: string): Promise<void> {
	await run(db, `REFRESH MATERIALIZED VIEW ${name}_async`);
	const asked = await run(db, query);
	for (const refresh of ['commit', 'async']) assert.deepEqual(await run(db, `SELECT * FROM ${name}_${refresh}`), asked, `${name}_${refresh}`);
}

async function run(db: Database, text: string): Promise<string[]> {
	const rows = await db.sql([text] as unknown as TemplateStringsArray);
	return rows.map((row) => JSON.stringify(row)).sort();
}

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
	const db = await open(':memory:', { settings: { enable_kept_views: 'off' } });
	try {
		await work(db);
	} finally {
		await db.close();
	}
}

test('views over a columnar table', async () => {
	await withDatabase(async (db) => {
		const query = 'SELECT g, count(*) AS n, sum(x) AS s, max(id) AS m FROM c GROUP BY g';
		await run(db, 'CREATE TABLE c (id int, g int, x numeric) USING columnar');
		await run(db, 'INSERT INTO c SELECT n, n % 5, n / 3.0 FROM generate_series(1, 2000) n');
		await keep(db, 'groups', query);
		await run(db, 'DELETE FROM c WHERE id % 7 = 3');
		await equals(db, 'groups', query);
		await run(db, 'UPDATE c SET x = x + 1, g = g + 1 WHERE id < 100');
		await run(db, 'INSERT INTO c SELECT n, n % 6, n FROM generate_series(3000, 3100) n');
		await equals(db, 'groups', query);
	});
});

test('views over the tables of a graph, changed by Cypher', async () => {
	await withDatabase(async (db) => {
		const query =
			"SELECT e.type, count(*) AS n, max(v.properties ->> 'n') AS last FROM default_edges e JOIN default_vertices v ON v.id = e.head GROUP BY e.type";
		const cypher = (text: string): PromiseLike<unknown> => db.graph().cypher(text);
		await cypher('CREATE (:P {n: 1})-[:K]->(:P {n: 2})-[:K]->(:P {n: 3})-[:L]->(:P {n: 4})');
		await keep(db, 'degrees', query);
		await cypher('MATCH (a:P {n: 1}) CREATE (a)-[:K]->(:P {n: 9})');
		await equals(db, 'degrees', query);
		await cypher('MATCH (a:P {n: 9}) SET a.n = 5');
		await cypher('MATCH (a:P {n: 3}) DETACH DELETE a');
		await equals(db, 'degrees', query);
	});
});

test('views over the quads of a triple store, changed by SPARQL and by a load', async () => {
	await withDatabase(async (db) => {
		const query = 'SELECT predicate, count(*) AS n, count(DISTINCT subject) AS subjects FROM default_quads GROUP BY predicate';
		const store = db.triples();
		await store.sparql('INSERT DATA { <urn:a> <urn:p> 1 . <urn:b> <urn:p> 2 }');
		await keep(db, 'predicates', query);
		await store.sparql('DELETE DATA { <urn:a> <urn:p> 1 } ; INSERT DATA { <urn:c> <urn:p> 5 . <urn:c> <urn:q> 5 }');
		await equals(db, 'predicates', query);
		await store.load(['<urn:x> <urn:p> "y" .\n<urn:x> <urn:q> "z" .\n'], { format: 'turtle' });
		await assert.rejects(store.load('', { format: 'text/turtle' as 'turtle' }), { message: /format must be one of turtle, .*, not 'text\/turtle'/ });
		await equals(db, 'predicates', query);
		await store.sparql('DELETE WHERE { ?s <urn:q> ?o }');
		await equals(db, 'predicates', query);
	});
});
