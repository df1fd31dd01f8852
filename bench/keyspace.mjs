// Micro benchmark of a keyspace over the LSM engine: node bench/keyspace.mjs [entries] [blockBytes]. 16-byte keys, 100-byte values,
// real files in the system's temporary directory, everything cached but where it says otherwise.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realPlatform } from '../dist/platform/real-platform.js';
import { KeyspaceStore } from '../dist/storage/keyspace-store.js';

const entries = Number(process.argv[2] ?? 1_000_000);
const blockBytes = Number(process.argv[3] ?? 4096);
const KEY = 16;
const directory = mkdtempSync(join(tmpdir(), 'polylog-bench-'));
const platform = realPlatform({ taskWorkersMax: 2 });
const open = (name, options = {}) => {
	const store = KeyspaceStore.open(platform, join(directory, name), { cacheBytes: 1 << 30, blockBytes, ...options });
	store.create(1, 'lsm');
	store.finishRecovery(new Set([1]));
	return store;
};

/** Random keys in one array, and a shuffled order of them. */
const keys = new Uint8Array(entries * KEY);
let state = 12345;
const random = () => {
	state = (Math.imul(state, 1664525) + 1013904223) | 0;
	return state >>> 0;
};
for (let i = 0; i < keys.length; i += 4) new DataView(keys.buffer).setUint32(i, Math.imul(random() ^ (random() >>> 16), 0x9e3779b1));
const probes = new Uint32Array(entries).map(() => random() % entries);
const sorted = Array.from({ length: entries }, (_, i) => i).sort((a, b) =>
	Buffer.compare(keys.subarray(a * KEY, a * KEY + KEY), keys.subarray(b * KEY, b * KEY + KEY)),
);
const value = new Uint8Array(100).map((_, i) => i);
const slot = { buffer: value, start: 0, end: 0 };
const key = new Uint8Array(KEY);

function timed(label, count, run) {
	const start = performance.now();
	run();
	const ms = performance.now() - start;
	console.log(`${label.padEnd(40)} ${(count / ms).toFixed(0).padStart(8)} k/s ${((ms / count) * 1e6).toFixed(0).padStart(8)} ns`);
}

function gets(keyspace, label, flip = 0, count = entries) {
	timed(label, count, () => {
		let found = 0;
		for (let i = 0; i < count; i++) {
			const at = probes[i] * KEY;
			for (let j = 0; j < KEY; j++) key[j] = keys[at + j];
			key[9] ^= flip;
			if (keyspace.get(key, KEY, 1e12, slot)) found++;
		}
		if (found !== (flip === 0 ? count : 0)) throw new Error(`${found} found`);
	});
}

function scan(keyspace, label, reverse) {
	timed(label, entries, () => {
		const cursor = keyspace.cursor(null, null, reverse, 1e12);
		let count = 0;
		while (cursor.next()) count++;
		cursor.close();
		if (count !== entries) throw new Error(`${count} scanned`);
	});
}

function ranges(keyspace, label, length) {
	const count = 100_000;
	timed(label, count, () => {
		for (let i = 0; i < count; i++) {
			const cursor = keyspace.cursor(keys.subarray(probes[i] * KEY, probes[i] * KEY + KEY), null, false, 1e12);
			for (let j = 0; j < length && cursor.next(); j++);
			cursor.close();
		}
	});
}

// Bulk: sorted input straight into sstables.
const bulk = open('bulk');
timed('bulk load, sorted', entries, () => {
	const builder = bulk.bulkBuilder();
	for (const i of sorted) builder.add(keys, i * KEY, i * KEY + KEY, value, 0, 100);
	bulk.ingest(1, builder.finish(), 1);
	bulk.setApplied(1);
	bulk.setDurable(1);
	bulk.checkpointNow();
});
const bulkSpace = bulk.keyspace(1);
gets(bulkSpace, 'get, one level, first (reads blocks)');
gets(bulkSpace, 'get, one level');
gets(bulkSpace, 'get, one level');
gets(bulkSpace, 'get absent, one level', 0x55);
scan(bulkSpace, 'scan, one level', false);
scan(bulkSpace, 'scan, one level', false);
scan(bulkSpace, 'scan reverse, one level', true);
ranges(bulkSpace, 'seek and 1 entry, one level', 1);
ranges(bulkSpace, 'seek and 100 entries, one level', 100);
console.log('estimate of all:', bulkSpace.estimate(null, null), `disk ${(bulk.statistics().diskBytes / entries).toFixed(1)} bytes an entry`);
await bulk.close();

timed('bulk load, unsorted', entries, () => {
	const store = open('unsorted');
	const builder = store.bulkBuilder();
	for (let i = 0; i < entries; i++) builder.add(keys, i * KEY, i * KEY + KEY, value, 0, 100);
	builder.finish();
});

// Writes through memtables, with flushes and compactions behind.
const store = open('written', { memtableBytes: 64 << 20 });
const keyspace = store.keyspace(1);
const start = performance.now();
let stops = 0;
for (let i = 0; i < entries; i++) {
	keyspace.put(keys, i * KEY, KEY, value, 0, 100, i + 1);
	store.setApplied(i + 1);
	if ((i & 1023) === 1023) {
		store.setDurable(i + 1);
		if (store.pressure() === 'stop') {
			stops++;
			await store.whenRelieved();
		} else await new Promise((resolve) => setImmediate(resolve));
	}
}
store.setDurable(entries);
console.log(`${'put with flushes'.padEnd(40)} ${(entries / (performance.now() - start)).toFixed(0).padStart(8)} k/s, ${stops} stops`);
gets(keyspace, 'get while flushing', 0, Math.min(entries, 200_000));
await store.checkpoint();
for (let before = -1; store.statistics().compactions + store.statistics().moves !== before; ) {
	before = store.statistics().compactions + store.statistics().moves;
	await new Promise((resolve) => setTimeout(resolve, 4000));
}
console.log(store.statistics());
gets(keyspace, 'get, levels, first');
gets(keyspace, 'get, levels');
gets(keyspace, 'get absent, levels', 0x55);
scan(keyspace, 'scan, levels', false);
scan(keyspace, 'scan, levels', false);
ranges(keyspace, 'seek and 100 entries, levels', 100);
await store.close();

const cold = open('bulk', { cacheBytes: 4 << 20 });
gets(cold.keyspace(1), 'get, cache of 4 MiB', 0, Math.min(entries, 200_000));
await cold.close();
await platform.close();
rmSync(directory, { recursive: true });
