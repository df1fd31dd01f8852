/** What the cache keeps when more is read than it holds. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { BlockCache, type CachedFile } from './block-cache.ts';

/** A file whose parts are there or not. */
class Parts implements CachedFile {
	readonly isGone = false;
	readonly #cache: BlockCache;
	readonly #there = new Set<number>();
	readonly #used = new Set<number>();

	constructor(cache: BlockCache) {
		this.#cache = cache;
	}

	read(part: number): void {
		if (this.#there.has(part)) {
			this.#used.add(part);
			this.#cache.hits++;
			return;
		}
		this.#cache.add(this, part, 100);
		this.#there.add(part);
	}

	wasUsed(part: number): boolean {
		return this.#used.delete(part);
	}

	evict(part: number): boolean {
		return this.#there.delete(part);
	}

	closeFile(): void {}
}

test('parts that are read again and again stay, also when the cache is full of others', () => {
	const cache = new BlockCache(100 * 100, 10);
	const file = new Parts(cache);
	for (let part = 0; part < 1000; part++) file.read(part);
	for (let round = 0; round < 20; round++) for (let part = 2000; part < 2010; part++) file.read(part);
	assert.equal(cache.misses, 1010);
	assert.ok(cache.bytes <= cache.bytesMax);
});

test('parts in use outlive a scan of others', () => {
	const cache = new BlockCache(100 * 100, 10);
	const file = new Parts(cache);
	for (let part = 0; part < 20; part++) file.read(part);
	for (let part = 1000; part < 3000; part++) {
		file.read(part);
		for (let hot = 0; hot < 20; hot++) file.read(hot);
	}
	assert.equal(cache.misses, 2020);
});
