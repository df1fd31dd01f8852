/** Documents of RDF into a database and out of it by the commands, with and without a process that has it open. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { open, serve } from '../index.ts';
import { exportTriples, importTriples, rdfFormat } from './triple-files.ts';

test('files are imported and exported, here and through the owner', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'polylog-triples-'));
	const path = (name: string): string => join(folder, name);
	try {
		writeFileSync(path('a.ttl'), '<urn:a> <urn:p> 1, "zwei"@de .');
		writeFileSync(path('b.nq.gz'), gzipSync('<urn:b> <urn:p> "x" <urn:g> .\n'));
		writeFileSync(path('wrong.nt'), '<urn:b> <urn:p> oops .\n');
		assert.deepEqual(
			['a.ttl', 'b.nq.gz', 'c.json', 'd.csv'].map((name) => rdfFormat(undefined, name)),
			['turtle', 'n-quads', undefined, undefined],
		);
		const data = path('data');
		await importTriples(path('a.ttl'), data, 'turtle', { store: undefined, graph: undefined, replace: false });
		const db = await open(data);
		const served = await serve(db, { http: 0 });
		await importTriples(path('b.nq.gz'), data, 'n-quads', { store: undefined, graph: undefined, replace: false });
		await assert.rejects(importTriples(path('wrong.nt'), data, 'n-triples', { store: undefined, graph: undefined, replace: true }), /line 1, column 17/);
		assert.equal(db.triples().size, 3);
		await served.close();
		await db.close();
		await exportTriples(data, 'n-quads', path('out.nq'), { store: undefined, graph: undefined });
		assert.deepEqual(readFileSync(path('out.nq'), 'utf8').trim().split('\n').sort(), [
			'<urn:a> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .',
			'<urn:a> <urn:p> "zwei"@de .',
			'<urn:b> <urn:p> "x" <urn:g> .',
		]);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
