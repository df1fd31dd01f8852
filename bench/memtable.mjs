// Micro benchmark of the memtable: node bench/memtable.mjs [entries]. Prints thousands of operations a second and bytes an entry.
import { randomFillSync } from 'node:crypto';
import { Memtable } from '../dist/storage/memtable.js';
import { MemtableCursor } from '../dist/storage/memtable-cursor.js';

const entries = Number(process.argv[2] ?? 1_000_000);
const value = new Uint8Array(100).fill(7);
const slot = { buffer: value, start: 0, end: 0 };

function timed(label, count, run) {
	const start = performance.now();
	run();
	const ms = performance.now() - start;
	console.log(`${label.padEnd(34)} ${(count / ms).toFixed(0).padStart(8)} k/s`);
}

function makeKeys(kind) {
	const keys = [];
	const random = new Uint8Array(16);
	for (let i = 0; i < entries; i++) {
		if (kind === 'random 16') {
			randomFillSync(random);
			keys.push(random.slice());
		} else {
			const key = new Uint8Array(9);
			const view = new DataView(key.buffer);
			key[0] = 3;
			view.setUint32(1, 0x80000000);
			view.setUint32(5, i);
			keys.push(key);
		}
	}
	if (kind === 'int8 shuffled') for (let i = entries - 1; i > 0; i--) swap(keys, i, Math.floor(Math.random() * (i + 1)));
	return keys;
}

function swap(array, a, b) {
	const kept = array[a];
	array[a] = array[b];
	array[b] = kept;
}

for (const kind of ['random 16', 'int8 shuffled', 'int8 ascending']) {
	const keys = makeKeys(kind);
	const probes = keys.slice();
	for (let i = entries - 1; i > 0; i--) swap(probes, i, Math.floor(Math.random() * (i + 1)));
	for (const valueBytes of [0, 100]) {
		let memtable = null;
		timed(`${kind}, put, value ${valueBytes}`, entries, () => {
			memtable = new Memtable();
			for (let i = 0; i < entries; i++) memtable.put(keys[i], 0, keys[i].length, value, 0, valueBytes, i + 1);
		});
		timed(`${kind}, get, value ${valueBytes}`, entries, () => {
			for (let i = 0; i < entries; i++) if (memtable.get(probes[i], probes[i].length, 1e12, slot) !== 1) throw new Error('lost');
		});
		timed(`${kind}, scan, value ${valueBytes}`, entries, () => {
			const cursor = new MemtableCursor(memtable, false, 1e12);
			cursor.seek(null, null);
			let seen = 0;
			while (cursor.next()) seen++;
			if (seen !== entries) throw new Error(`scanned ${seen}`);
		});
		const held = keys[0].length + valueBytes;
		console.log(`${''.padEnd(34)} ${(memtable.memoryBytes / entries - held).toFixed(1).padStart(8)} bytes an entry over key and value`);
	}
}
