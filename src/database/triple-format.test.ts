/** The bytes of a store are those of docs/formats/triples.md, its hash too. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { open } from '../index.ts';
import { findTripleStore } from '../model/triple/store-definition.ts';
import { hashText } from '../model/triple/term-hash.ts';
import type { Database } from './embedded/database.ts';

const page = fileURLToPath(new URL('../../docs/formats/triples.md', import.meta.url));

/** Entries of a keyspace: key → value, in hexadecimal. */
function entries(db: Database, keyspaceId: number): string[] {
	const { manager } = db.engine;
	const cursor = manager.keyspace(keyspaceId).cursor(null, null, false, manager.visibleOffset);
	const found: string[] = [];
	const hex = (bytes: Uint8Array, start: number, end: number): string => Buffer.from(bytes.subarray(start, end)).toString('hex');
	while (cursor.next()) found.push(`${hex(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd)} → ${hex(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd)}`);
	cursor.close();
	return found;
}

/** Parts of a key set apart: a marker and eight bytes each. */
const apart = (line: string): string => line.replace(/^[0-9a-f]+/, (key) => key.replace(/(01)([0-9a-f]{16})/g, ' $1 $2').trim());

test('the example of the format is what is stored', { skip: !existsSync(page) && 'the documents are not here' }, async () => {
	const db = await open(':memory:');
	await db.triples().sparql('INSERT DATA { <http://example.org/a> <http://example.org/p> 7 }');
	const catalog = db.engine.manager.catalog;
	const store = findTripleStore(catalog, 'public', 'default')!;
	const keyspaces = [store.quads, store.terms].flatMap((table) => table.indexIds.map((id) => catalog.get(id) as { name: string; keyspaceId: number }));
	const lines = keyspaces.flatMap(({ name, keyspaceId }) => entries(db, keyspaceId).map((line) => `${name.replace('default_', '').padEnd(15)} ${apart(line)}`));
	const text = readFileSync(page, 'utf8');
	const golden = text.slice(text.indexOf('```\n', text.indexOf('**Example.**')) + 4, text.indexOf('\n```\n\n## History'));
	assert.equal(lines.join('\n'), golden);
	await db.close();
});

test('the hash of a term stays what it was', () => {
	assert.equal(hashText('').toString(16), '78262ebb6c228');
	assert.equal(hashText('"some text').toString(16), 'ae4148b16c62b');
	assert.equal(hashText('<http://example.org/a').toString(16), '37c0e4bf55c75');
	assert.equal(hashText('@de Grüße aus Wien').toString(16), '953d647b27cbd');
});
