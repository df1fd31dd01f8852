/** Polylog under the graph benchmark: a thin caller of the public API, on a directory, with a user's defaults. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'polylog';

/** Labels and types, with the columns of their files that are numbers. */
const NODES = { City: ['id', 'population'], Person: ['id', 'age', 'score', 'joined'], Post: ['id', 'length'] };
const EDGES = { KNOWS: ['Person', 'Person'], LIVES_IN: ['Person', 'City'], CREATED: ['Person', 'Post'], LIKES: ['Person', 'Post'] };
const READS = /^\s*(?:MATCH|OPTIONAL)\b(?![\s\S]*\b(?:CREATE|DELETE|SET|MERGE|REMOVE)\b)/i;

/** Rows of a file with a header: objects. */
function* rowsOf(directory, name, isNumber) {
	const text = readFileSync(join(directory, `${name.toLowerCase()}.csv`), 'utf8');
	const lines = text.split('\n');
	const columns = lines[0].split(',');
	const numbers = columns.map(isNumber);
	for (let i = 1; i < lines.length; i++) {
		if (lines[i] === '') continue;
		const cells = lines[i].split(',');
		const row = {};
		for (let c = 0; c < columns.length; c++) row[columns[c]] = numbers[c] ? Number(cells[c]) : cells[c];
		yield row;
	}
}

export default function createAdapter({ name, store }) {
	let db = null;
	let graph = null;
	return {
		name,
		dialect: 'cypher',
		persistent: true,
		async open() {
			db = await open(join(store, 'polylog'));
			graph = db.graph();
		},
		async load(directory) {
			// The constraints make the graph, and with them its tables.
			for (const label of Object.keys(NODES)) await graph.cypher(`CREATE CONSTRAINT FOR (n:${label}) REQUIRE n.id IS UNIQUE`).run();
			let next = 1;
			const ids = {};
			function* vertices() {
				for (const [label, numbers] of Object.entries(NODES)) {
					ids[label] = [];
					for (const properties of rowsOf(directory, label, (column) => numbers.includes(column))) {
						ids[label][properties.id] = next;
						yield { id: next++, labels: [label], properties };
					}
				}
			}
			function* edges() {
				for (const [type, [from, to]] of Object.entries(EDGES)) {
					for (const row of rowsOf(directory, type, () => true)) {
						const [tail, head, ...rest] = Object.keys(row);
						yield { tail: ids[from][row[tail]], type, head: ids[to][row[head]], id: next++, properties: Object.fromEntries(rest.map((c) => [c, row[c]])) };
					}
				}
			}
			await db.load('default_vertices', vertices());
			await db.load('default_edges', edges());
			await db.sql`select setval('default_graph_ids', ${next}::int8)`;
			await db.checkpoint();
		},
		async query(text, parameters) {
			const query = graph.cypher(text, parameters);
			return READS.test(text) ? query.all() : (await query.run()).rows;
		},
		async transaction(text, list) {
			await db.transaction((tx) => {
				for (const parameters of list) tx.graph().cypher(text, parameters).runSync();
			});
		},
		async close() {
			await db.close();
		},
	};
}
