import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyTable } from '../../model/table/table-verify.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { Database } from '../embedded/database.ts';
import { openDatabase } from '../open.ts';

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
	const db = await openDatabase(':memory:', {});
	try {
		await work(db);
		assert.deepEqual(problemsOf(db), []);
	} finally {
		await db.close();
	}
}

/** What is wrong between tables and their indexes. */
function problemsOf(db: Database): string[] {
	const { manager, tables } = db.engine;
	const transaction = manager.begin({ readOnly: true, transient: true });
	const found = [...transaction.catalog.objects()].filter((object): object is TableObject => object.kind === 'table');
	const wrong = found.flatMap((table) => verifyTable(tables, transaction, table));
	transaction.rollback();
	return wrong;
}

const PEOPLE = "UNWIND range(1, 300) AS i CREATE (:Person {id: i, mail: 'p' + i}), (:Pet {id: i})";

test('a property index finds what is there, and what comes, goes and changes', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		await graph.cypher(PEOPLE);
		assert.deepEqual((await graph.cypher('CREATE INDEX FOR (p:Person) ON (p.id)').run()).counters, { indexesAdded: 1 });
		const found = (id: unknown): unknown[] =>
			graph
				.cypher('MATCH (p:Person {id: $id}) RETURN p.mail AS mail', { id })
				.all()
				.map((row) => row['mail']);
		assert.deepEqual([found(7), found(7.5), found('7'), found(null), found([7])], [['p7'], [], [], [], []]);
		await graph.cypher('MATCH (p:Person {id: 7}) SET p.id = 1007');
		await graph.cypher('MATCH (p:Person {id: 8}) REMOVE p:Person');
		await graph.cypher('MATCH (p:Person {id: 9}) DELETE p');
		await graph.cypher("MATCH (p:Pet {id: 10}) SET p:Person, p.mail = 'pet'");
		assert.deepEqual([found(7), found(1007), found(8), found(9), found(10).sort()], [[], ['p7'], [], [], ['p10', 'pet']]);
	});
});

test('integers and floats of one value are found by each other', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		await graph.cypher('CREATE INDEX FOR (v:V) ON (v.x)');
		await graph.cypher('CREATE (:V {x: 1}), (:V {x: 1.0}), (:V {x: 1.5}), (:V {x: "1"}), (:V {x: [1]}), (:V {x: 0.0 / 0.0})');
		const count = (x: string): unknown => graph.cypher(`MATCH (v:V {x: ${x}}) RETURN count(*) AS n`).get()!['n'];
		assert.deepEqual([count('1'), count('1.0'), count('1.5'), count("'1'"), count('[1.0]'), count('0.0 / 0.0')], [2, 2, 1, 1, 1, 0]);
	});
});

test('a unique constraint refuses a second value, also within a statement', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		await graph.cypher(PEOPLE);
		assert.deepEqual((await graph.cypher('CREATE CONSTRAINT mail FOR (p:Person) REQUIRE p.mail IS UNIQUE').run()).counters, { constraintsAdded: 1 });
		const refused = { condition: 'ConstraintValidationFailed', sqlstate: '23505' };
		await assert.rejects(graph.cypher("CREATE (:Person {mail: 'p5'})").run(), refused);
		await assert.rejects(graph.cypher("UNWIND [1, 2] AS i CREATE (:Person {mail: 'new'})").run(), refused);
		await graph.cypher("CREATE (:Pet {mail: 'p5'}), (:Person), (:Person)");
		await assert.rejects(graph.cypher("MATCH (p:Pet {mail: 'p5'}) SET p:Person").run(), refused);
		await assert.rejects(graph.cypher('CREATE CONSTRAINT FOR (p:Person) REQUIRE p.absent IS NOT NULL').run(), { condition: 'ConstraintVerificationFailed' });
		await graph.cypher('DROP CONSTRAINT mail');
		await graph.cypher("CREATE (:Person {mail: 'p5'})");
		await assert.rejects(graph.cypher('CREATE CONSTRAINT FOR (p:Person) REQUIRE p.mail IS UNIQUE').run(), { condition: 'ConstraintVerificationFailed' });
	});
});

test('a property that must be there cannot be left out or removed', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		await graph.cypher('CREATE CONSTRAINT FOR (p:Person) REQUIRE (p.id, p.name) IS NODE KEY');
		await graph.cypher("CREATE (:Person {id: 1, name: 'a'}), (:Other)");
		for (const text of ["CREATE (:Person {id: 1, name: 'a'})", 'CREATE (:Person {id: 2})', 'MATCH (p:Person) REMOVE p.name', 'MATCH (o:Other) SET o:Person'])
			await assert.rejects(graph.cypher(text).run(), { condition: 'ConstraintValidationFailed' });
	});
});

test('names are unique, and what is there is left when it is said', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		await graph.cypher('CREATE INDEX one FOR (a:A) ON (a.x)');
		await assert.rejects(graph.cypher('CREATE INDEX one FOR (b:B) ON (b.x)').run(), { condition: 'IndexAlreadyExists' });
		await assert.rejects(graph.cypher('CREATE INDEX two FOR (a:A) ON (a.x)').run(), { condition: 'IndexAlreadyExists' });
		assert.deepEqual((await graph.cypher('CREATE INDEX two IF NOT EXISTS FOR (a:A) ON (a.x)').run()).counters, {});
		await graph.cypher('CREATE INDEX $name FOR ()-[r:R]-() ON (r.x, r.y)', { name: 'of edges' });
		assert.deepEqual(graph.cypher('SHOW INDEXES YIELD name, entityType, labelsOrTypes, properties').all(), [
			{ name: 'one', entityType: 'NODE', labelsOrTypes: ['A'], properties: ['x'] },
			{ name: 'of edges', entityType: 'RELATIONSHIP', labelsOrTypes: ['R'], properties: ['x', 'y'] },
		]);
		await graph.cypher('DROP INDEX one');
		await assert.rejects(graph.cypher('DROP INDEX one').run(), { condition: 'IndexNotFound' });
		await graph.cypher('DROP INDEX one IF EXISTS');
	});
});

test('SQL shows the indexes, finds rows by them, and its own rows are in them', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		await graph.cypher('CREATE INDEX FOR (p:Person) ON (p.id)');
		await db.sql`insert into default_vertices values (${1_000_000}, ${['Person', 'Writer']}, ${{ id: 1 }})`;
		assert.deepEqual(graph.cypher('MATCH (p:Person {id: 1}) RETURN labels(p) AS labels').all(), [{ labels: ['Person', 'Writer'] }]);
		assert.deepEqual(graph.cypher('MATCH (w:Writer) RETURN id(w) AS id').all(), [{ id: 1_000_000 }]);
		const plan = db.sql("explain select id from default_vertices where 'Writer' = any (labels)").runSync().rows;
		assert.match(JSON.stringify(plan), /Index Only Scan using default_vertices_labels_idx/);
		assert.deepEqual(db.sql`select id from default_vertices where 'Writer' = any (labels)`.all(), [{ id: 1_000_000 }]);
		await db.sql`update default_vertices set labels = ${['Reader']}`;
		assert.deepEqual(graph.cypher('MATCH (r:Reader) RETURN count(*) AS readers').all(), [{ readers: 1 }]);
		assert.deepEqual(graph.cypher('MATCH (p:Person) RETURN count(*) AS people').all(), [{ people: 0 }]);
	});
});
