import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from '../platform/memory-files.ts';
import { type ImportDirectory, loadCsv } from './csv-files.ts';

function directory(): ImportDirectory {
	const files = new MemoryFiles();
	files.makeDirectory('/import');
	files.makeDirectory('/import/deep');
	for (const [path, text] of [
		['/secret.csv', 'no\n'],
		['/import/a b.csv', 'id,name\n1,Ann\n2\n'],
		['/import/deep/x.csv', 'y;z\n'],
	] as const) {
		const file = files.open(path, 'create');
		const bytes = Buffer.from(text);
		file.write(bytes, 0, bytes.length, 0);
		file.close();
	}
	return { files, path: '/import' };
}

const load = (url: unknown, withHeaders = false, separator = ',', from: ImportDirectory | null = directory()): unknown[] => [
	...loadCsv(from, url, withHeaders, separator),
];

test('a file is named by its URL or its path below the directory', () => {
	const rows = [['id', 'name'], ['1', 'Ann'], ['2']];
	for (const url of ['file:///a%20b.csv', 'file://localhost/a%20b.csv', 'a b.csv', '/a b.csv', './a b.csv', 'FILE:/a b.csv'])
		assert.deepEqual(load(url), rows, url);
	assert.deepEqual(load('deep/x.csv', false, ';'), [['y', 'z']]);
});

test('with headers each record is a map; missing fields are null', () => {
	assert.deepEqual(
		load('a b.csv', true).map((row) => [...(row as ReadonlyMap<string, unknown>)]),
		[
			[
				['id', '1'],
				['name', 'Ann'],
			],
			[
				['id', '2'],
				['name', null],
			],
		],
	);
});

test('nothing outside the directory is read', () => {
	const outside = [
		'../secret.csv',
		'file:///../secret.csv',
		'file:///%2e%2e/secret.csv',
		'deep/../../secret.csv',
		'deep\\..\\..\\secret.csv',
		'',
		'/',
		'a\0b',
		'file:///%',
	];
	for (const url of [...outside, 'http://example.com/a.csv', 'ftp://x/a.csv', 'c:/secret.csv', 'nothing.csv']) {
		assert.throws(() => load(url), { condition: 'ExternalResourceFailed' }, url);
	}
	assert.throws(() => load('a b.csv', false, ',', null), /LOAD CSV is switched off/);
	assert.throws(() => load(1), { condition: 'TypeError' });
	assert.throws(() => load('a b.csv', false, ';;'), { condition: 'ArgumentError' });
});
