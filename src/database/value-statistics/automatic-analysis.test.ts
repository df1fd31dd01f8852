import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../../index.ts';
import { sqlError } from '../../platform/errors.ts';
import { AutomaticAnalysis } from './automatic-analysis.ts';

test('tables are analysed when they have changed in size, and only then', async () => {
	const db = await open(':memory:');
	try {
		const { engine } = db as unknown as { engine: ConstructorParameters<typeof AutomaticAnalysis>[0] };
		const analysis = new AutomaticAnalysis(engine);
		await db.sql`CREATE TABLE big (id int PRIMARY KEY, kind text)`;
		await db.sql`CREATE TABLE small (id int PRIMARY KEY)`;
		await db.sql`INSERT INTO big SELECT i, 'k' || i % 3 FROM generate_series(1, 2000) i`;
		await db.sql`INSERT INTO small SELECT i FROM generate_series(1, 40) i`;
		await db.graph().cypher('UNWIND range(1, 200) AS i CREATE (:N {i: i})-[:R]->(:M)');
		await db.triples().sparql('INSERT DATA { <urn:a> <urn:b> 1, 2, 3 }');
		engine.sizesChanged();
		assert.deepEqual(await analysis.round(), ['big']);
		assert.deepEqual(await analysis.round(), []);
		const distinct = async (): Promise<unknown> =>
			(await db.sql`SELECT n_distinct FROM pg_stats WHERE tablename = 'big' AND attname = 'kind'`)[0]?.['n_distinct'];
		assert.equal(await distinct(), 3);
		await db.sql`INSERT INTO big SELECT i, 'k' || i % 7 FROM generate_series(2001, 2200) i`;
		engine.sizesChanged();
		assert.deepEqual(await analysis.round(), []);
		await db.sql`INSERT INTO big SELECT i, 'k' || i % 7 FROM generate_series(2201, 2300) i`;
		engine.sizesChanged();
		assert.deepEqual(await analysis.round(), ['big']);
		assert.equal(await distinct(), 7);
	} finally {
		await db.close();
	}
});

test('a stopped analysis begins nothing more', async () => {
	const db = await open(':memory:');
	try {
		const { engine } = db as unknown as { engine: ConstructorParameters<typeof AutomaticAnalysis>[0] };
		const analysis = new AutomaticAnalysis(engine);
		await db.sql`CREATE TABLE big AS SELECT i FROM generate_series(1, 100000) i`;
		engine.sizesChanged();
		const round = analysis.round();
		analysis.stop();
		assert.deepEqual(await round, []);
		assert.deepEqual(await db.sql`SELECT count(*) AS n FROM pg_stats`, [{ n: 0 }]);
	} finally {
		await db.close();
	}
});

test('a table that cannot be analysed does not keep the next from its turn', async () => {
	const db = await open(':memory:');
	try {
		const { engine } = db as unknown as { engine: ConstructorParameters<typeof AutomaticAnalysis>[0] };
		for (const name of ['first', 'second'])
			await db.sql([`CREATE TABLE ${name} AS SELECT i FROM generate_series(1, 1000) i`] as unknown as TemplateStringsArray);
		engine.sizesChanged();
		const messages: string[] = [];
		engine.operatorLog = { write: (level, message) => messages.push(`${level} ${message}`) };
		const { valueStatistics } = engine;
		const put = valueStatistics.put.bind(valueStatistics);
		valueStatistics.put = (table, ...rest) => {
			if (table.name === 'first') throw sqlError('58030', 'a disk for this test');
			put(table, ...rest);
		};
		assert.deepEqual(await new AutomaticAnalysis(engine).round(), ['second']);
		assert.deepEqual(
			messages.filter((message) => message.startsWith('warn')),
			['warn table "first" could not be analysed: a disk for this test'],
		);
	} finally {
		await db.close();
	}
});
