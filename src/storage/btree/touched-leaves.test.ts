/** How many leaves a batch touches is told well enough before it is merged. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memtable } from '../memtable.ts';
import { TestFiles } from '../test-platform.ts';
import { PageReader } from './page-reader.ts';
import { type Entry, seededRandom, Tree } from './test-tree.ts';
import { sampleMemtable, sampleTables, touchedLeaves } from './touched-leaves.ts';

const ENTRIES = 20_000;
const keyOf = (i: number): Uint8Array => new Uint8Array(Buffer.from(`key ${String(i).padStart(6, '0')}`));

function tree(): Tree {
	const made = new Tree(new TestFiles(), 1024);
	made.flush(Array.from({ length: ENTRIES }, (_, i): Entry => [keyOf(i), new Uint8Array(20)]));
	return made;
}

function memtableOf(places: readonly number[]): Memtable {
	const memtable = new Memtable();
	for (const place of places) memtable.put(keyOf(place), 0, 10, new Uint8Array(20), 0, 20, 1);
	return memtable;
}

for (const [what, placesOf] of [
	['everywhere', (random: (below: number) => number) => Array.from({ length: 1500 }, () => random(ENTRIES))],
	['in a tenth of the keys', (random: (below: number) => number) => Array.from({ length: 1500 }, () => 5000 + random(ENTRIES / 10))],
	['behind all others', () => Array.from({ length: 1500 }, (_, i) => ENTRIES + i)],
	['few and far apart', (random: (below: number) => number) => Array.from({ length: 30 }, () => random(ENTRIES))],
] as const) {
	test(`a batch ${what}`, () => {
		const { version, files } = tree();
		const places = placesOf(seededRandom(3));
		const image = memtableOf(places).image();
		const { meta } = version;
		const reader = new PageReader(files.open(version.file!.path, 'read'), 1024);
		const told = touchedLeaves(sampleMemtable(image), reader, meta);
		const leafEntries = meta.entries / meta.leafPages;
		const touched = new Set(places.map((place) => Math.min(meta.leafPages - 1, Math.floor(place / leafEntries))));
		assert.ok(Math.abs(told - touched.size) <= 5 + touched.size / 5, `${told} told, about ${touched.size} touched of ${meta.leafPages}`);
	});
}

test('tables tell by their bounds', () => {
	const { version, files } = tree();
	const reader = new PageReader(files.open(version.file!.path, 'read'), 1024);
	const table = (from: number, to: number, entries: number) => ({
		level: 0,
		info: { number: 1, bytes: 0, entries, tombstones: 0, smallest: keyOf(from), largest: keyOf(to), hash: '' },
		state: new Uint8Array(0),
	});
	const all = touchedLeaves(sampleTables([table(0, ENTRIES, ENTRIES)]), reader, version.meta);
	assert.ok(all > version.meta.leafPages * 0.9);
	assert.ok(touchedLeaves(sampleTables([table(ENTRIES, ENTRIES + 5, 6)]), reader, version.meta) <= 2);
	assert.equal(touchedLeaves([], reader, version.meta), 0);
});
