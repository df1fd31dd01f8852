// The LSM engine's choices, measured: node bench/lsm.mjs [entries]. For each size of block, with and without compression: bytes on
// disk an entry, and CPU time of reads with everything in the cache, with next to nothing in it, and of a scan. CPU time, so that
// other work on the machine matters less; keys of 16 bytes, values of 100 of which half repeats.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realPlatform } from '../dist/platform/real-platform.js';
import { KeyspaceStore } from '../dist/storage/keyspace-store.js';

const entries = Number(process.argv[2] ?? 300_000);
const READS = 200_000;
const VALUE_BYTES = 100;
const key = new Uint8Array(16);
const keyView = new DataView(key.buffer);
const value = new Uint8Array(VALUE_BYTES);
const slot = { buffer: value, start: 0, end: 0 };

function setKey(number) {
	keyView.setUint32(4, number);
	keyView.setUint32(8, Math.imul(number, 0x9e3779b1));
}

function setValue(number) {
	for (let i = 0; i < VALUE_BYTES / 2; i++) value[i] = Math.imul(Math.imul(number, 0x9e3779b1) + i, 0x85ebca6b) >>> 21;
}

/** Microseconds of CPU time for each of `count`. */
function timed(count, run) {
	const before = process.cpuUsage();
	run();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / count;
}

function reads(keyspace, count) {
	for (let i = 0; i < count; i++) {
		setKey((Math.imul(i + 1, 0x9e3779b1) >>> 0) % entries);
		if (!keyspace.get(key, 16, Number.MAX_SAFE_INTEGER, slot)) throw new Error('a key is missing');
	}
}

function scan(keyspace) {
	const cursor = keyspace.cursor(null, null, false, Number.MAX_SAFE_INTEGER);
	let found = 0;
	while (cursor.next()) found++;
	cursor.close();
	if (found !== entries) throw new Error(`${found} entries found`);
}

async function fill(platform, directory, options) {
	const store = KeyspaceStore.open(platform, directory, options);
	const keyspace = store.create(1, 'lsm');
	store.finishRecovery(new Set([1]));
	for (let i = 0; i < entries; i++) {
		setKey(i);
		setValue(i);
		keyspace.put(key, 0, 16, value, 0, VALUE_BYTES, i + 1);
		if (i % 1000 === 999) {
			store.setApplied(i + 1);
			store.setDurable(i + 1);
			if (store.pressure() === 'stop') await store.whenRelieved();
		}
	}
	store.setApplied(entries);
	store.setDurable(entries);
	await store.checkpoint();
	const { diskBytes } = store.statistics();
	await store.close();
	return diskBytes;
}

function reopened(platform, directory, options) {
	const store = KeyspaceStore.open(platform, directory, options);
	store.create(1, 'lsm');
	store.finishRecovery(new Set([1]));
	return store;
}

console.log('block       compression  bytes an entry  cached get  cold get  scan, an entry');
for (const blockBytes of [1024, 2048, 4096, 8192, 16384]) {
	for (const compression of ['none', 'lz4']) {
		const directory = mkdtempSync(join(tmpdir(), 'polylog-bench-'));
		const platform = realPlatform();
		const shape = { blockBytes, compression, memtableBytes: 16 << 20 };
		const diskBytes = await fill(platform, join(directory, 'store'), shape);
		const warm = reopened(platform, join(directory, 'store'), { ...shape, cacheBytes: 1 << 30 });
		scan(warm.keyspace(1));
		reads(warm.keyspace(1), READS);
		const cachedUs = timed(READS, () => reads(warm.keyspace(1), READS));
		const scanUs = timed(entries, () => scan(warm.keyspace(1)));
		await warm.close();
		const cold = reopened(platform, join(directory, 'store'), { ...shape, cacheBytes: 1 << 20 });
		reads(cold.keyspace(1), READS / 10);
		const coldUs = timed(READS / 4, () => reads(cold.keyspace(1), READS / 4));
		await cold.close();
		await platform.close();
		rmSync(directory, { recursive: true });
		const figures = [
			(diskBytes / entries).toFixed(1).padStart(14),
			`${cachedUs.toFixed(2)} µs`.padStart(10),
			`${coldUs.toFixed(2)} µs`.padStart(9),
			`${(scanUs * 1000).toFixed(0)} ns`.padStart(15),
		];
		console.log(`${String(blockBytes).padEnd(11)} ${compression.padEnd(11)} ${figures.join(' ')}`);
	}
}
