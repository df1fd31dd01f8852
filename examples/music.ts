/**
 * One music shop, three languages. The Chinook tables are seen as a property graph, without copying anything, and are written as RDF into a
 * triple store; then ten questions are asked in SQL, in Cypher and in SPARQL, and have the same answers.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { open } from 'polylog';

const script = new URL('data-sets/chinook/chinook.sql', import.meta.resolve('polylog/package.json'));
const db = await open(':memory:');
await db.execute(readFileSync(fileURLToPath(script), 'utf8'));

// ---- the tables as a graph: rows are nodes, foreign keys and link tables are relationships

const link = (table: string, type: string, from: readonly [string, string], to: readonly [string, string]) => ({
	table,
	type,
	from: { table: from[0], column: from[1] },
	to: { table: to[0], column: to[1] },
	properties: [],
});

const definition = {
	nodes: [
		{ table: 'artist', labels: ['Artist'] },
		{ table: 'album', labels: ['Album'] },
		{ table: 'track', labels: ['Track'] },
		{ table: 'genre', labels: ['Genre'] },
		{ table: 'playlist', labels: ['Playlist'] },
		{ table: 'customer', labels: ['Customer', 'Person'] },
		{ table: 'employee', labels: ['Employee', 'Person'] },
		{ table: 'invoice', labels: ['Invoice'] },
		{ table: 'invoice_line', labels: ['Line'] },
	],
	relationships: [
		link('album', 'BY', ['album', 'album_id'], ['artist', 'artist_id']),
		link('track', 'ON', ['track', 'track_id'], ['album', 'album_id']),
		link('track', 'OF', ['track', 'track_id'], ['genre', 'genre_id']),
		link('playlist_track', 'HOLDS', ['playlist', 'playlist_id'], ['track', 'track_id']),
		link('employee', 'REPORTS_TO', ['employee', 'employee_id'], ['employee', 'reports_to']),
		link('invoice', 'SENT_TO', ['invoice', 'invoice_id'], ['customer', 'customer_id']),
		link('invoice_line', 'IN', ['invoice_line', 'invoice_line_id'], ['invoice', 'invoice_id']),
		link('invoice_line', 'SELLS', ['invoice_line', 'invoice_line_id'], ['track', 'track_id']),
	],
};
await db.sql`select polylog.create_graph('music', ${JSON.stringify(definition)}::jsonb)`;
const graph = db.graph('music');

// ---- the tables as RDF: a row is a subject, a column a predicate, a foreign key leads to another subject

const columns: Readonly<Record<string, readonly string[]>> = {
	artist: ['name'],
	album: ['title', 'artist_id>artist'],
	track: ['name', 'milliseconds', 'album_id>album', 'genre_id>genre'],
	genre: ['name'],
	playlist: ['name'],
	customer: ['country'],
	employee: ['first_name', 'last_name', 'reports_to>employee'],
	invoice: ['customer_id>customer'],
	invoice_line: ['invoice_id>invoice', 'track_id>track'],
};

function* turtle(): Generator<string> {
	yield '@prefix : <urn:music:> .\n';
	for (const [table, wanted] of Object.entries(columns)) {
		for (const row of db.prepare(`select * from ${table}`).all()) {
			let text = `<urn:${table}:${String(row[`${table}_id`])}> a :${table}`;
			for (const column of wanted) {
				const [name, target] = column.split('>') as [string, string | undefined];
				const value = row[name];
				if (value === null || value === undefined) continue;
				text += ` ; :${target ?? name} ${target === undefined ? JSON.stringify(value) : `<urn:${target}:${String(value)}>`}`;
			}
			yield `${text} .\n`;
		}
	}
	for (const row of db.prepare('select * from playlist_track').all())
		yield `<urn:playlist:${String(row['playlist_id'])}> :holds <urn:track:${String(row['track_id'])}> .\n`;
}

const triples = db.triples('music');
await triples.load([...turtle()].join(''), { format: 'turtle' });

// ---- ten questions

interface Question {
	readonly text: string;
	readonly sql: string;
	readonly cypher: string;
	readonly sparql: string;
}

const questions: readonly Question[] = [
	{
		text: 'How many tracks are there?',
		sql: 'select count(*) from track',
		cypher: 'MATCH (t:Track) RETURN count(*)',
		sparql: 'SELECT (count(*) AS ?n) { ?t a :track }',
	},
	{
		text: 'Which albums did Deep Purple make?',
		sql: "select title from album join artist using (artist_id) where name = 'Deep Purple' order by title",
		cypher: "MATCH (a:Album)-[:BY]->(:Artist {name: 'Deep Purple'}) RETURN a.title AS title ORDER BY title",
		sparql: 'SELECT ?title { ?album :artist/:name "Deep Purple" ; :title ?title } ORDER BY ?title',
	},
	{
		text: 'Who made the most albums?',
		sql: 'select name, count(*) as n from artist join album using (artist_id) group by name order by n desc, name limit 5',
		cypher: 'MATCH (:Album)-[:BY]->(a:Artist) RETURN a.name AS name, count(*) AS n ORDER BY n DESC, name LIMIT 5',
		sparql: 'SELECT ?name (count(*) AS ?n) { ?album :artist/:name ?name } GROUP BY ?name ORDER BY desc(?n) ?name LIMIT 5',
	},
	{
		text: 'Which genres have the most tracks?',
		sql: 'select g.name, count(*) as n from track join genre g using (genre_id) group by g.name order by n desc, g.name limit 4',
		cypher: 'MATCH (:Track)-[:OF]->(g:Genre) RETURN g.name AS name, count(*) AS n ORDER BY n DESC, name LIMIT 4',
		sparql: 'SELECT ?name (count(*) AS ?n) { ?track :genre/:name ?name } GROUP BY ?name ORDER BY desc(?n) ?name LIMIT 4',
	},
	{
		text: 'Which playlists hold Balls to the Wall?',
		sql: `select p.playlist_id from playlist p join playlist_track using (playlist_id) join track t using (track_id)
			where t.name = 'Balls to the Wall' order by 1`,
		cypher: "MATCH (p:Playlist)-[:HOLDS]->(:Track {name: 'Balls to the Wall'}) RETURN p.playlist_id AS id ORDER BY id",
		sparql: 'SELECT ?id { ?p :holds/:name "Balls to the Wall" BIND(xsd:integer(strafter(str(?p), "playlist:")) AS ?id) } ORDER BY ?id',
	},
	{
		text: 'Which tracks are the longest?',
		sql: 'select name, milliseconds from track order by milliseconds desc limit 3',
		cypher: 'MATCH (t:Track) RETURN t.name AS name, t.milliseconds AS ms ORDER BY ms DESC LIMIT 3',
		sparql: 'SELECT ?name ?ms { ?t a :track ; :name ?name ; :milliseconds ?ms } ORDER BY desc(xsd:integer(?ms)) LIMIT 3',
	},
	{
		text: 'Where are more than four customers?',
		sql: 'select country, count(*) as n from customer group by country having count(*) > 4 order by n desc, country',
		cypher: 'MATCH (c:Customer) WITH c.country AS country, count(*) AS n WHERE n > 4 RETURN country, n ORDER BY n DESC, country',
		sparql: 'SELECT ?country (count(*) AS ?n) { ?c :country ?country } GROUP BY ?country HAVING (count(*) > 4) ORDER BY desc(?n) ?country',
	},
	{
		text: 'Who is above Jane Peacock?',
		sql: `with recursive above(id) as (
				select reports_to from employee where first_name = 'Jane'
				union all select e.reports_to from employee e join above on e.employee_id = above.id)
			select last_name from employee join above on employee_id = id order by 1`,
		cypher: "MATCH (:Employee {first_name: 'Jane'})-[:REPORTS_TO*]->(boss) RETURN boss.last_name AS name ORDER BY name",
		sparql: 'SELECT ?name { ?jane :first_name "Jane" ; :employee+/:last_name ?name } ORDER BY ?name',
	},
	{
		text: 'Which artists do Canadians buy most?',
		sql: `select artist.name, count(*) as n from customer join invoice using (customer_id) join invoice_line using (invoice_id)
			join track using (track_id) join album using (album_id) join artist using (artist_id)
			where country = 'Canada' group by artist.name order by n desc, 1 limit 3`,
		cypher: `MATCH (:Customer {country: 'Canada'})<-[:SENT_TO]-()<-[:IN]-()-[:SELLS]->()-[:ON]->()-[:BY]->(a:Artist)
			RETURN a.name AS name, count(*) AS n ORDER BY n DESC, name LIMIT 3`,
		sparql: `SELECT ?name (count(*) AS ?n) { ?line :invoice/:customer/:country "Canada" ; :track/:album/:artist/:name ?name }
			GROUP BY ?name ORDER BY desc(?n) ?name LIMIT 3`,
	},
	{
		text: 'Which genres were never sold?',
		sql: `select name from genre g where not exists
			(select from track join invoice_line using (track_id) where track.genre_id = g.genre_id) order by name`,
		cypher: 'MATCH (g:Genre) WHERE NOT (g)<-[:OF]-(:Track)<-[:SELLS]-(:Line) RETURN g.name AS name ORDER BY name',
		sparql: 'SELECT ?name { ?g a :genre ; :name ?name FILTER NOT EXISTS { ?line :track/:genre ?g } } ORDER BY ?name',
	},
];

const PREFIXES = 'PREFIX : <urn:music:> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> ';

for (const { text, sql, cypher, sparql } of questions) {
	const answer = db
		.prepare(sql)
		.all()
		.map((row) => Object.values(row).map(String).join(', '));
	const fromGraph = graph
		.cypher(cypher)
		.all()
		.map((row) => Object.values(row).map(String).join(', '));
	const fromTriples = triples
		.sparql(PREFIXES + sparql)
		.all()
		.map((row) =>
			Object.values(row)
				.map((term) => term?.value ?? '')
				.join(', '),
		);
	assert.deepEqual(fromGraph, answer, text);
	assert.deepEqual(fromTriples, answer, text);
	console.log(`${text}\n  ${answer.join('\n  ')}`);
}

await db.close();
