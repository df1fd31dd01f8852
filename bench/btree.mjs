// Micro benchmark of trees in files, below the store: node bench/btree.mjs [entries] [pageBytes,…]. 16-byte keys whose first eight
// bytes are dense, 100-byte values, real files in the system's temporary directory.
// Times are of the processor, not of the clock, so that others on the machine matter less.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RealFileSystem } from '../dist/platform/real-files.js';
import { BlockCache } from '../dist/storage/block-cache.js';
import { BtreeFile } from '../dist/storage/btree/btree-file.js';
import { BtreeVersion, EMPTY_TREE } from '../dist/storage/btree/btree-version.js';
import { flushTree } from '../dist/storage/btree/tree-flush.js';

const entries = Number(process.argv[2] ?? 1_000_000);
const sizes = (process.argv[3] ?? '4096,8192,16384,32768').split(',').map(Number);
const KEY = 16;
const directory = mkdtempSync(join(tmpdir(), 'polylog-bench-'));
const files = new RealFileSystem();
let state = 12345;
const random = () => {
	state = (Math.imul(state, 1664525) + 1013904223) | 0;
	return (Math.imul((state >>> 0) ^ (state >>> 16), 0x9e3779b1) >>> 0) ^ (state >>> 9);
};
const keys = new Uint8Array(entries * KEY);
const view = new DataView(keys.buffer);
for (let i = 0; i < entries; i++) {
	view.setUint32(i * KEY + 4, i);
	view.setUint32(i * KEY + 8, random());
	view.setUint32(i * KEY + 12, random());
}
const probes = new Uint32Array(entries).map(() => (random() >>> 0) % entries);
const value = new Uint8Array(100).map((_, i) => i);
const slot = { buffer: value, start: 0, end: 0 };
const key = new Uint8Array(KEY);

/** The entries at sorted places, as a batch. */
class Batch {
	constructor(places) {
		Object.assign(this, { keyBuffer: keys, keyStart: 0, keyEnd: 0, valueBuffer: value, valueStart: 0, valueEnd: 100, isTombstone: false, places, at: -1 });
	}
	next() {
		if (++this.at >= this.places.length) return false;
		this.keyStart = this.places[this.at] * KEY;
		this.keyEnd = this.keyStart + KEY;
		return true;
	}
}

function timed(label, count, run) {
	const start = process.cpuUsage();
	const more = run();
	const { user, system } = process.cpuUsage(start);
	console.log(`  ${label.padEnd(44)} ${((1000 * (user + system)) / count).toFixed(0).padStart(8)} ns  ${more ?? ''}`);
}

let number = 0;
function flush(version, places, cacheBytes, pageBytes, rewrite = false) {
	const { file, state: treeState } = version;
	const flushed = flushTree(
		files,
		{
			keyspaceId: 1,
			base: file === null ? null : { path: file.path, number: file.number, state: treeState },
			oldestRetained: file?.oldestRetained ?? 0,
			newPath: join(directory, String(++number)),
			newNumber: number,
			pageBytes,
			offset: number,
			rewrite,
		},
		new Batch(places),
		() => 0,
	);
	const isSame = flushed.number === file?.number;
	const next = isSame ? file : new BtreeFile(files, join(directory, String(flushed.number)), flushed.number, pageBytes, new BlockCache(cacheBytes, 10));
	if (isSame) file.forgetPages(flushed.reused);
	const made = new BtreeVersion(next, flushed.meta, flushed.meta.entries, flushed.meta.pageCount * pageBytes);
	made.retain();
	if (!isSame && file !== null) file.isObsolete = true;
	version.release();
	return [made, flushed];
}

function gets(version, label, count, from) {
	timed(label, count, () => {
		let found = 0;
		for (let i = 0; i < count; i++) {
			const at = from(i) * KEY;
			for (let j = 0; j < KEY; j++) key[j] = keys[at + j];
			if (version.get(key, KEY, slot) === 1) found++;
		}
		if (found !== count) throw new Error(`${found} found`);
	});
}

function scan(version, label, reverse) {
	timed(label, entries, () => {
		const sources = [];
		version.addSources(reverse, sources);
		const source = sources[0];
		source.seek(null, null);
		let count = 0;
		while (source.next()) count++;
		if (count !== entries) throw new Error(`${count} scanned`);
	});
}

function ranges(version, label, length) {
	const count = 100_000;
	timed(label, count, () => {
		for (let i = 0; i < count; i++) {
			const sources = [];
			version.addSources(false, sources);
			sources[0].seek(keys.subarray(probes[i] * KEY, probes[i] * KEY + KEY), null);
			for (let j = 0; j < length && sources[0].next(); j++);
		}
	});
}

const all = Uint32Array.from({ length: entries }, (_, i) => i);
for (const pageBytes of sizes) {
	console.log(`pages of ${pageBytes} bytes`);
	const cache = 1 << 30;
	let tree = EMPTY_TREE;
	timed('bulk build', entries, () => {
		[tree] = flush(tree, all, cache, pageBytes);
		return `${(tree.diskBytes / entries).toFixed(1)} bytes an entry, height ${tree.meta.height}`;
	});
	gets(tree, 'get, random, first touch of pages', entries, (i) => probes[i]);
	gets(tree, 'get, random, cached', entries, (i) => probes[i]);
	gets(tree, 'get, 5,000 warm keys', entries, (i) => probes[i % 5000]);
	scan(tree, 'scan, cached', false);
	scan(tree, 'scan backward, cached', true);
	ranges(tree, 'seek and 50', 50);
	for (const share of [0.2, 0.02, 0.002]) {
		const places = [...new Set(Array.from({ length: entries * share }, () => (random() >>> 0) % entries))].sort((a, b) => a - b);
		timed(`flush of ${share * 100} % of the entries, random`, places.length, () => {
			const [next, flushed] = flush(tree, places, cache, pageBytes);
			tree = next;
			return `${(flushed.bytesWritten / (places.length * 116)).toFixed(1)} bytes written a byte`;
		});
	}
	timed('rewrite', entries, () => {
		[tree] = flush(tree, [], 1 << 22, pageBytes, true);
	});
	gets(tree, 'get, random, cache of 4 MiB', 100_000, (i) => probes[i]);
	scan(tree, 'scan, cache of 4 MiB', false);
	timed('open, and one get', 1, () => {
		const { file, state: treeState } = tree;
		tree.release();
		tree = new BtreeVersion(new BtreeFile(files, file.path, 1, pageBytes, new BlockCache(cache, 10)), treeState, 0, 0);
		tree.retain();
		tree.get(key, KEY, slot);
	});
	tree.release();
}
rmSync(directory, { recursive: true });
