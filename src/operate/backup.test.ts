/** Copies of a database whose B-trees are written meanwhile. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IoError } from '../platform/errors.ts';
import { KeyspaceStore } from '../storage/keyspace-store.ts';
import { TestFiles, testPlatform } from '../storage/test-platform.ts';
import { copyFiles } from './backup.ts';

const ENTRIES = 2000;

function put(store: KeyspaceStore, offset: number, step: number): void {
	const value = Buffer.from(`value ${offset}`);
	for (let i = 0; i < ENTRIES; i += step) {
		const key = Buffer.from(`key ${String(i).padStart(5, '0')}`);
		store.keyspace(1).put(key, 0, key.length, value, 0, value.length, offset);
	}
	store.setApplied(offset);
	store.setDurable(offset);
	store.checkpointNow();
}

for (const flushes of [0, 1, 3]) {
	test(`a copy beside ${flushes} flushes into a B-tree is whole or refused`, async () => {
		const files = new TestFiles();
		files.makeDirectory('/db');
		files.makeDirectory('/db/store');
		files.makeDirectory('/db/log');
		files.open('/db/log/1', 'create');
		const store = KeyspaceStore.open(testPlatform(files), '/db/store', { pageBytes: 512 });
		store.create(1, 'btree');
		store.finishRecovery(new Set([1]));
		put(store, 1, 1);
		const open = files.open.bind(files);
		files.open = (path, mode) => {
			if (mode === 'create' && path.startsWith('/copy/') && path.endsWith('.btree')) for (let i = 0; i < flushes; i++) put(store, 2 + i, 40);
			return open(path, mode);
		};
		const copy = (): number => copyFiles(files, '/db', '/copy', () => undefined);
		if (flushes > 0) {
			assert.throws(copy, (error) => error instanceof IoError && error.message.includes('was written while it was copied'));
		} else {
			copy();
			const copied = KeyspaceStore.open(testPlatform(files), '/copy/store', { pageBytes: 512 });
			assert.deepEqual(copied.verify(), []);
			await copied.close();
		}
		await store.close();
	});
}
