/** Polylog under the graph benchmark: a thin caller of the public API, on a directory, with a user's defaults. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'polylog';

/** Labels and types, with the columns of their files that are numbers. */
const NODES = { City: ['id', 'population'], Person: ['id', 'age', 'score', 'joined'], Post: ['id', 'length'] };
const EDGES = { KNOWS: ['Person', 'Person'], LIVES_IN: ['Person', 'City'], CREATED: ['Person', 'Post'], LIKES: ['Person', 'Post'] };
const READS = /^\s*(?:MATCH|OPTIONAL)\b(?![\s\S]*\b(?:CREATE|DELETE|SET|MERGE|REMOVE)\b)/i;

/** Rows of a file with a header, from field `first` on as objects; `take` gets each with its fields. */
function* rowsOf(directory, name, isNumber, first, take) {
	const text = readFileSync(join(directory, `${name.toLowerCase()}.csv`), 'utf8');
	let end = text.indexOf('\n');
	const columns = text.slice(0, end).split(',');
	const numbers = columns.map(isNumber);
	for (let start = end + 1; start < text.length; start = end + 1) {
		end = text.indexOf('\n', start);
		if (end < 0) end = text.length;
		const cells = text.slice(start, end).split(',');
		const row = {};
		for (let c = first; c < columns.length; c++) row[columns[c]] = numbers[c] ? Number(cells[c]) : cells[c];
		yield take(cells, row);
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
			// Ids of each label are 0, 1, 2 …, in the order of the file: with a base for each label they are keys without gaps.
			const labels = Object.keys(NODES);
			const bases = {};
			let next = 0;
			function* nodes() {
				for (const label of labels) {
					bases[label] = next;
					const shown = [label];
					const take = (_cells, properties) => ({ key: next++, labels: shown, properties });
					yield* rowsOf(directory, label, (column) => NODES[label].includes(column), 0, take);
				}
			}
			function* relationships() {
				for (const [type, [from, to]] of Object.entries(EDGES)) {
					const [tails, heads] = [bases[from], bases[to]];
					const take = (cells, properties) => ({ from: tails + Number(cells[0]), to: heads + Number(cells[1]), type, properties });
					yield* rowsOf(directory, type, () => true, 2, take);
				}
			}
			await graph.load(nodes(), relationships());
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
