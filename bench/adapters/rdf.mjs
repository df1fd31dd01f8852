/** Polylog under the SPARQL benchmark: a thin caller of the public API, on a directory, with a user's defaults. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { open } from 'polylog';

const FORMATS = { nt: 'n-triples', ttl: 'turtle' };

export default function createAdapter({ name, store: folder }) {
	let db;
	let store;
	return {
		name,
		persistent: true,
		async open() {
			db = await open(join(folder, 'polylog'));
			store = db.triples();
		},
		async load(file, format) {
			await store.load(createReadStream(file), { format: FORMATS[format], replaces: 'store' });
			await db.checkpoint();
		},
		query: async (text) =>
			store
				.sparql(text)
				.all()
				.map((row) => Object.values(row).map((term) => term?.value)),
		update: async (text) => {
			await store.sparql(text);
		},
		close: () => db.close(),
	};
}
