/**
 * What is loaded at once stays small: the modules that are reached by static imports from the public face, and from SQL's engine beyond it. Time
 * is not looked at, which on a shared machine says nothing; bytes and modules cost it. A limit is raised only for what is needed there; the rest is
 * loaded when it is first wanted (`platform/lazy-module.ts`).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const built = dirname(fileURLToPath(import.meta.url));

/** Module → bytes of its code, of all that come with `root`. */
function graphOf(root: string): Map<string, number> {
	const found = new Map<string, number>([[root, 0]]);
	for (const name of found.keys()) {
		const code = readFileSync(join(built, name), 'utf8').replace(/\n\/\/# sourceMappingURL=.*/, '');
		found.set(name, code.length);
		for (const [, from, bare] of code.matchAll(/^(?:(?:import|export)\s[^;]*?from\s*|import\s*)(?:"(\.[^"]+)"|"(\.[^"]+)")/gm)) {
			const target = join(dirname(name), from ?? bare ?? '').replaceAll('\\', '/');
			if (!found.has(target)) found.set(target, 0);
		}
	}
	return found;
}

function bytesOf(graph: ReadonlyMap<string, number>): number {
	return [...graph.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function foldersOf(graph: ReadonlyMap<string, number>): string[] {
	return [...new Set([...graph.keys()].map((name) => dirname(name)))].sort();
}

test('importing the package loads what opening a directory without tables needs, and little more', () => {
	const graph = graphOf('index.js');
	const bytes = bytesOf(graph);
	assert.ok(graph.size > 50 && graph.size <= 116, `${graph.size} modules`);
	assert.ok(bytes <= 569_000, `${bytes} bytes`);
	assert.deepEqual(foldersOf(graph), [
		'.',
		'bytes',
		'database',
		'database/embedded',
		'log',
		'model/keyvalue',
		'platform',
		'storage',
		'storage/btree', // the bounds of the option `pageBytes`
		'storage/column', // a view that every version gives
		'storage/lsm',
		'transaction',
		'value', // the ids of types in the catalog
	]);
	for (const floor of ['storage/btree', 'storage/column', 'value']) assert.equal([...graph.keys()].filter((name) => dirname(name) === floor).length, 1, floor);
});

test('the first statement of SQL loads the engine, and not what builds on it', () => {
	const without = graphOf('index.js');
	const graph = new Map([...graphOf('database/start-engine.js')].filter(([name]) => !without.has(name)));
	const bytes = bytesOf(graph);
	assert.ok(graph.size > 200 && graph.size <= 457, `${graph.size} modules`);
	assert.ok(bytes <= 2_400_000, `${bytes} bytes`);
	for (const folder of [
		'database/cypher',
		'database/sparql',
		'database/copy',
		'database/system-catalog',
		'language/cypher',
		'language/sparql',
		'encoding/rdf',
		'serve',
	])
		assert.ok(!foldersOf(graph).includes(folder), `${folder} is loaded at once`);
});
