import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../embedded/database.ts';
import type { Node, Path } from '../embedded/graph-elements.ts';
import { openDatabase } from '../open.ts';

const TABLES = `
	create table artist (artist_id int primary key, name text, founded date);
	create table album (album_id int8 primary key, title text not null, artist_id int references artist, price numeric(5, 2), tags text[]);
	create index on album (artist_id);
	create table playlist (playlist_id int2 primary key, name text);
	create table playlist_album (playlist_id int2, album_id int8, place int, primary key (playlist_id, album_id));
	insert into artist values (1, 'AC/DC', '1973-11-01'), (2, 'Accept', null), (3, 'Nobody', null);
	insert into album values (1, 'Rock', 1, 9.99, array['loud']), (2, 'Balls', 2, 1, null), (3, 'Restless', 2, null, null), (4, 'Lost', null, 2, null);
	insert into playlist values (1, 'All'), (2, 'Few');
	insert into playlist_album values (1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 3, 1)`;

const DEFINITION = {
	nodes: [
		{ table: 'artist', labels: ['Artist', 'Thing'], properties: { name: 'name', since: 'founded' } },
		{ table: 'album', label: 'Album' },
		{ table: 'playlist', label: 'Playlist', properties: ['name'] },
	],
	relationships: [
		{ table: 'album', type: 'BY', from: { table: 'album', column: 'album_id' }, to: { table: 'artist', column: 'artist_id' }, properties: [] },
		{ table: 'playlist_album', type: 'HOLDS', from: { table: 'playlist', column: 'playlist_id' }, to: { table: 'album', column: 'album_id' } },
	],
};

async function withMusic(work: (db: Database) => Promise<void>): Promise<void> {
	const db = await openDatabase(':memory:', {});
	try {
		await db.execute(TABLES);
		await db.sql`select polylog.create_graph('music', ${DEFINITION})`;
		await work(db);
	} finally {
		await db.close();
	}
}

test('rows are nodes, foreign keys and link tables relationships', async () => {
	await withMusic(async (db) => {
		const music = db.graph('music');
		const all = (text: string): unknown[] =>
			music
				.cypher(text)
				.all()
				.map((row) => Object.values(row));
		assert.deepEqual(all('MATCH (a:Artist) RETURN a.name, a.since ORDER BY a.name'), [
			['AC/DC', '1973-11-01'],
			['Accept', null],
			['Nobody', null],
		]);
		assert.deepEqual(all('MATCH (n) RETURN labels(n), count(*) ORDER BY count(*)'), [
			[['Playlist'], 2],
			[['Artist', 'Thing'], 3],
			[['Album'], 4],
		]);
		assert.deepEqual(all("MATCH (a:Artist {name: 'Accept'})<-[:BY]-(b) RETURN b.title, b.price, b.tags ORDER BY b.title"), [
			['Balls', 1, null],
			['Restless', null, null],
		]);
		assert.deepEqual(
			all("MATCH (p:Playlist)-[h:HOLDS]->(b:Album)-[:BY]->(a) WHERE a.name STARTS WITH 'Acc' RETURN p.name, h.place, b.title ORDER BY h.place, p.name"),
			[
				['Few', 1, 'Restless'],
				['All', 2, 'Balls'],
				['All', 3, 'Restless'],
			],
		);
		assert.deepEqual(all('MATCH (a:Artist) OPTIONAL MATCH (a)<-[:BY]-(b) RETURN a.name, count(b) ORDER BY a.name'), [
			['AC/DC', 1],
			['Accept', 2],
			['Nobody', 0],
		]);
		assert.deepEqual(all('MATCH (:Playlist)-[r]-(x) RETURN type(r), count(DISTINCT x)'), [['HOLDS', 3]]);
		assert.deepEqual(all('CALL db.relationshipTypes()'), [['BY'], ['HOLDS']]);
	});
});

test('walks and paths go over several tables', async () => {
	await withMusic(async (db) => {
		const music = db.graph('music');
		const path = music.cypher("MATCH p = shortestPath((:Playlist {name: 'Few'})-[*..4]-(:Artist {name: 'AC/DC'})) RETURN length(p) AS length").get();
		assert.deepEqual(path, { length: 4 });
		const { p, ends } = music
			.cypher("MATCH p = (:Playlist {name: 'Few'})-[*]->(end:Artist) RETURN p, [n IN nodes(p) | coalesce(n.name, n.title)] AS ends")
			.get() as {
			p: Path;
			ends: string[];
		};
		assert.deepEqual([p.length, ends], [2, ['Few', 'Restless', 'Accept']]);
		assert.deepEqual(
			p.nodes.map((n: Node) => n.labels),
			[['Playlist'], ['Album'], ['Artist', 'Thing']],
		);
	});
});

test('what SQL changes is seen at once, and Cypher changes nothing', async () => {
	await withMusic(async (db) => {
		await db.sql`insert into album values (5, 'New', 3)`;
		assert.deepEqual(db.graph('music').cypher("MATCH (:Artist {name: 'Nobody'})<--(b) RETURN b.title AS title").all(), [{ title: 'New' }]);
		await assert.rejects(db.graph('music').cypher('CREATE (:Artist)').run(), { sqlstate: '0A000' });
		await assert.rejects(db.graph('music').cypher('MATCH (a:Artist) SET a.name = "x"').run(), { sqlstate: '0A000' });
		await assert.rejects(db.graph('music').cypher('CREATE INDEX FOR (a:Artist) ON (a.name)').run(), { sqlstate: '0A000' });
		assert.deepEqual(db.sql`select count(*) from artist`.all(), [{ count: 3 }]);
	});
});

test('a node is found by the key of its table', async () => {
	await withMusic(async (db) => {
		const plan = JSON.stringify(db.graph('music').cypher('PROFILE MATCH (a:Artist)<-[:BY]-(b) RETURN b.title').runSync());
		assert.ok(plan.length > 0);
		const rows = db.graph('music').cypher('MATCH (a:Artist) WITH a MATCH (a)<-[:BY]-(b:Album) RETURN a.name AS name, b.title AS title ORDER BY title').all();
		assert.equal(rows.length, 3);
	});
});

test('definitions that do not fit are refused', async () => {
	await withMusic(async (db) => {
		const refused = async (definition: unknown, expected: object): Promise<void> => {
			await assert.rejects(async () => await db.sql`select polylog.create_graph('g', ${definition})`, expected);
		};
		await refused([], { sqlstate: '22023' });
		await refused({ nodes: [{ table: 'nowhere' }] }, { sqlstate: '42P01' });
		await refused({ nodes: [{ table: 'playlist_album' }] }, { sqlstate: '22023' });
		await refused({ nodes: [{ table: 'artist', properties: ['nothing'] }] }, { sqlstate: '42703' });
		const [nodes] = [DEFINITION.nodes];
		await refused(
			{ nodes, relationships: [{ table: 'album', type: 'X', from: { table: 'album', column: 'title' }, to: { table: 'artist', column: 'artist_id' } }] },
			{ sqlstate: '22023' },
		);
		await assert.rejects(async () => await db.sql`select polylog.create_graph('music')`, { sqlstate: '42710' });
	});
});

test('graphs are made and dropped by name; tables of an overlay stay', async () => {
	await withMusic(async (db) => {
		await db.sql`select polylog.create_graph('own')`;
		await db.graph('own').cypher('CREATE (:A)-[:R]->(:B)');
		assert.deepEqual(db.sql`select count(*) from own_edges`.all(), [{ count: 1 }]);
		await assert.rejects(async () => await db.sql`drop table artist`, { sqlstate: '2BP01' });
		await db.sql`select polylog.drop_graph('own')`;
		await db.sql`select polylog.drop_graph('music')`;
		assert.throws(() => db.graph('own').cypher('MATCH (n) RETURN n').all(), { sqlstate: '3D000' });
		assert.throws(() => db.sql`select * from own_edges`.all(), { sqlstate: '42P01' });
		assert.deepEqual(db.sql`select count(*) from artist`.all(), [{ count: 3 }]);
	});
});
