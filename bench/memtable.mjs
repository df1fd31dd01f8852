// Micro benchmark of the memtable: node bench/memtable.mjs [entries]. Keys lie one after another in one array and are copied
// into a probe, so that the benchmark itself costs little. Prints operations a second and bytes an entry.
import { randomFillSync } from 'node:crypto';
import { Memtable } from '../dist/storage/memtable.js';
import { MemtableCursor } from '../dist/storage/memtable-cursor.js';

const entries = Number(process.argv[2] ?? 300_000);
const value = new Uint8Array(100).fill(7);
const slot = { buffer: value, start: 0, end: 0 };

function timed(label, count, run) {
	const start = performance.now();
	run();
	const ms = performance.now() - start;
	console.log(`${label.padEnd(34)} ${(count / ms / 1000).toFixed(2).padStart(8)} M/s ${((ms / count) * 1e6).toFixed(0).padStart(6)} ns`);
}

/** All keys in one array, each of `bytes` bytes. */
function makeKeys(kind, bytes) {
	const keys = new Uint8Array(entries * bytes);
	if (kind === 'random 16') return randomFillSync(keys);
	const view = new DataView(keys.buffer);
	const order = new Uint32Array(entries).map((_, i) => i);
	if (kind === 'int8 shuffled') shuffle(order);
	for (let i = 0; i < entries; i++) {
		keys[i * bytes] = 3;
		view.setUint32(i * bytes + 1, 0x80000000);
		view.setUint32(i * bytes + 5, order[i]);
	}
	return keys;
}

function shuffle(order) {
	for (let i = order.length - 1; i > 0; i--) {
		const j = Math.floor(Math.random() * (i + 1));
		const kept = order[i];
		order[i] = order[j];
		order[j] = kept;
	}
}

for (const [kind, bytes] of [
	['random 16', 16],
	['int8 shuffled', 9],
	['int8 ascending', 9],
]) {
	const keys = makeKeys(kind, bytes);
	const order = new Uint32Array(entries).map((_, i) => i);
	shuffle(order);
	const probe = new Uint8Array(bytes);
	for (const valueBytes of [0, 100]) {
		let memtable = null;
		for (const round of ['cold', 'warm']) {
			timed(`${kind}, put, value ${valueBytes}, ${round}`, entries, () => {
				memtable = new Memtable();
				for (let i = 0; i < entries; i++) memtable.put(keys, i * bytes, bytes, value, 0, valueBytes, i + 1);
			});
		}
		timed(`${kind}, get, value ${valueBytes}`, entries, () => {
			for (let i = 0; i < entries; i++) {
				const at = order[i] * bytes;
				for (let j = 0; j < bytes; j++) probe[j] = keys[at + j];
				if (memtable.get(probe, bytes, 1e12, slot) !== 1) throw new Error('lost');
			}
		});
		timed(`${kind}, scan, value ${valueBytes}`, entries, () => {
			const cursor = new MemtableCursor(memtable, false, 1e12);
			cursor.seek(null, null);
			let seen = 0;
			while (cursor.next()) seen++;
			if (seen !== entries) throw new Error(`scanned ${seen}`);
		});
		console.log(`${''.padEnd(34)} ${(memtable.memoryBytes / entries - bytes - valueBytes).toFixed(1).padStart(8)} bytes an entry over key and value`);
	}
}
