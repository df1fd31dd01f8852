/** Polylog under the graph benchmark: a thin caller of the public API, on a directory, with a user's defaults. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'polylog';

/** Labels and types, with the columns of their files that are numbers. */
const NODES = { City: ['id', 'population'], Person: ['id', 'age', 'score', 'joined'], Post: ['id', 'length'] };
const EDGES = { KNOWS: ['Person', 'Person'], LIVES_IN: ['Person', 'City'], CREATED: ['Person', 'Post'], LIKES: ['Person', 'Post'] };
const READS = /^\s*(?:MATCH|OPTIONAL)\b(?![\s\S]*\b(?:CREATE|DELETE|SET|MERGE|REMOVE)\b)/i;

const [COMMA, NEWLINE, ZERO, NINE] = [44, 10, 48, 57];

/** Rows of a file with a header: `take` gets the first cells, and the others as an object. */
function* rowsOf(directory, name, isNumber, first, take) {
	const text = readFileSync(join(directory, `${name.toLowerCase()}.csv`), 'utf8');
	let at = text.indexOf('\n') + 1;
	const columns = text.slice(0, at - 1).split(',');
	const numbers = columns.map(isNumber);
	const cells = new Array(first).fill(null);
	while (at < text.length) {
		const row = {};
		for (let c = 0; c < columns.length; c++) {
			const start = at;
			let value = 0;
			let code = text.charCodeAt(at);
			if (numbers[c]) for (; code >= ZERO && code <= NINE; code = text.charCodeAt(++at)) value = value * 10 + code - ZERO;
			if (code !== COMMA && code !== NEWLINE) {
				while (at < text.length && code !== COMMA && code !== NEWLINE) code = text.charCodeAt(++at);
				value = numbers[c] ? Number(text.slice(start, at)) : text.slice(start, at);
			} else if (!numbers[c]) value = '';
			at++;
			if (c < first) cells[c] = value;
			else row[columns[c]] = value;
		}
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
					const take = (cells, properties) => ({ from: tails + cells[0], to: heads + cells[1], type, properties });
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
