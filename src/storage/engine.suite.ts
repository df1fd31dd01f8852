/**
 * The suite of every storage engine: one seeded history of puts, deletes, snapshots, checkpoints, restarts, bulk loads and
 * drops against a plain sorted map, with every read compared both ways. Branches only on the engine's abilities.
 *
 * A failure prints the seed; `POLYLOG_SEED` replays it, `POLYLOG_RUNS` sets how many histories run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineAbilities, Keyspace, Slot } from './contracts.ts';
import { KeyspaceStore } from './keyspace-store.ts';
import type { KeyspaceStoreOptions } from './keyspace-store-options.ts';
import { type TestFiles, type TestPlatform, testPlatform } from './test-platform.ts';

const DIRECTORY = '/store';
const KEYSPACES = 3;

/** A small generator with a seed (mulberry32): the history is the same on every machine. */
export function seededRandom(seed: number): (below: number) => number {
	let state = seed | 0;
	return (below) => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
	};
}

interface Version {
	readonly offset: number;
	readonly value: string | null;
}

interface Removal {
	readonly offset: number;
	readonly lower: string;
	readonly upper: string | null;
}

/** What the store must answer: every version of every key, as latin1 text. */
class Model {
	readonly versions = new Map<string, Version[]>();
	readonly removals: Removal[] = [];

	removeRange(removal: Removal): void {
		this.removals.push(removal);
		for (const [key, versions] of this.versions) if (isWithin(key, removal)) versions.push({ offset: removal.offset, value: null });
	}

	/** The offset of the newest change of a key, whether it was there or not. */
	newestOffset(key: string): number {
		const removed = this.removals.filter((removal) => isWithin(key, removal)).map(({ offset }) => offset);
		return Math.max(this.versions.get(key)?.at(-1)?.offset ?? 0, ...removed);
	}

	put(key: string, value: string | null, offset: number): void {
		let versions = this.versions.get(key);
		if (versions === undefined) this.versions.set(key, (versions = []));
		versions.push({ offset, value });
	}

	get(key: string, offset: number): string | null {
		const versions = this.versions.get(key) ?? [];
		for (let i = versions.length - 1; i >= 0; i--) if (versions[i]!.offset <= offset) return versions[i]!.value;
		return null;
	}

	scan(lower: string | null, upper: string | null, reverse: boolean, offset: number): [string, string][] {
		const keys = [...this.versions.keys()].filter((key) => (lower === null || key >= lower) && (upper === null || key < upper)).sort();
		if (reverse) keys.reverse();
		const found: [string, string][] = [];
		for (const key of keys) {
			const value = this.get(key, offset);
			if (value !== null) found.push([key, value]);
		}
		return found;
	}
}

function isWithin(key: string, { lower, upper }: Removal): boolean {
	return key >= lower && (upper === null || key < upper);
}

export interface SuiteEngine {
	readonly name: EngineAbilities['name'];
	/** Option sets under which every history runs. */
	readonly optionSets: readonly KeyspaceStoreOptions[];
}

function bytesOf(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text, 'latin1'));
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
	return Buffer.from(bytes.slice(start, end)).toString('latin1');
}

/** One history: a store, its model, and the log that a restart replays. */
class History {
	readonly files: TestFiles;
	platform: TestPlatform;
	store: KeyspaceStore;
	readonly models = new Map<number, Model>();
	readonly log: { offset: number; id: number; key: string; value: string | null }[] = [];
	readonly bulks: { offset: number; id: number; files: { name: string; bytes: number; hash: string }[] }[] = [];
	readonly removals: (Removal & { readonly id: number })[] = [];
	offset = 0;
	readonly snapshots: number[] = [];
	readonly #random: (below: number) => number;
	readonly #engine: SuiteEngine;
	readonly #options: KeyspaceStoreOptions;
	#nextId = 1;

	constructor(random: (below: number) => number, engine: SuiteEngine, options: KeyspaceStoreOptions) {
		this.#random = random;
		this.#engine = engine;
		this.#options = { ...options, syncNow: () => this.store.setDurable(this.offset) };
		this.platform = testPlatform();
		this.files = this.platform.files;
		this.store = KeyspaceStore.open(this.platform, DIRECTORY, this.#options);
		for (let i = 0; i < KEYSPACES; i++) this.#create();
		this.store.finishRecovery(new Set(this.models.keys()));
	}

	async step(): Promise<void> {
		const choice = this.#random(100);
		if (choice < 52) this.commit();
		else if (choice < 55) this.removeRange();
		else if (choice < 65) this.readAll();
		else if (choice < 70) this.takeSnapshot();
		else if (choice < 75) this.releaseSnapshot();
		else if (choice < 80) await this.platform.settle();
		else if (choice < 84) await this.#checkpoint();
		else if (choice < 87) this.store.checkpointNow();
		else if (choice < 90) this.store.relieveNow();
		else if (choice < 93) await this.restart();
		else if (choice < 97) this.bulkLoad();
		else if (choice < 98) this.dropOne();
		else this.walkWhileWriting();
	}

	commit(): void {
		const ids = [...this.models.keys()];
		const offset = ++this.offset;
		for (let count = this.#random(40) + 1; count > 0; count--) {
			const id = ids[this.#random(ids.length)]!;
			const key = this.#key();
			const value = this.#random(5) === 0 ? null : this.#value();
			this.#put(id, key, value, offset);
			this.log.push({ offset, id, key, value });
			this.models.get(id)!.put(key, value, offset);
		}
		this.store.setApplied(offset);
		if (this.#random(3) > 0) this.store.setDurable(offset);
	}

	readAll(): void {
		for (const [id, model] of this.models) {
			this.#compare(id, model, this.offset);
			for (const offset of this.snapshots) this.#compare(id, model, offset);
		}
	}

	takeSnapshot(): void {
		if (this.snapshots.length > 4) return;
		this.store.setDurable(this.offset);
		this.store.retainSnapshot(this.offset);
		this.snapshots.push(this.offset);
	}

	releaseSnapshot(): void {
		const offset = this.snapshots.splice(this.#random(this.snapshots.length), 1)[0];
		if (offset !== undefined) this.store.releaseSnapshot(offset);
	}

	/** Closes (or just leaves) the store and opens it again over the same files, replaying the log. */
	async restart(): Promise<void> {
		await this.platform.settle();
		assert.deepEqual(this.store.verify(), []);
		await this.store.close();
		this.snapshots.length = 0;
		this.platform = testPlatform(this.files);
		this.store = KeyspaceStore.open(this.platform, DIRECTORY, this.#options);
		for (const id of this.models.keys()) this.store.create(id, this.#engine.name);
		this.replay();
		this.store.finishRecovery(new Set(this.models.keys()));
		this.readAll();
	}

	replay(): void {
		const applied = this.store.appliedOffset;
		assert.ok(applied <= this.offset);
		for (let offset = applied + 1; offset <= this.offset; offset++) {
			for (const entry of this.log)
				if (entry.offset === offset && this.store.needsReplay(entry.id, offset)) this.#put(entry.id, entry.key, entry.value, offset);
			for (const bulk of this.bulks) if (bulk.offset === offset && this.store.has(bulk.id)) this.store.ingest(bulk.id, bulk.files, offset);
			for (const removal of this.removals) if (removal.offset === offset) this.#removeRange(removal);
			this.store.setApplied(offset);
		}
		this.store.setDurable(this.offset);
	}

	/** Loads a bulk of entries, in order or not; sometimes gives it up. */
	bulkLoad(): void {
		const ids = [...this.models.keys()];
		const id = ids[this.#random(ids.length)]!;
		const builder = this.store.bulkBuilder({ sortBytes: 2048 });
		const entries: [string, string][] = [];
		for (let count = this.#random(300); count > 0; count--) entries.push([this.#key(), this.#value()]);
		if (this.#random(2) === 0) entries.sort((a, b) => (a[0] < b[0] ? -1 : 1));
		for (const [key, value] of entries) {
			const keyBytes = bytesOf(key);
			const valueBytes = bytesOf(value);
			builder.add(keyBytes, 0, keyBytes.length, valueBytes, 0, valueBytes.length);
		}
		const files = builder.finish();
		if (this.#random(5) === 0) {
			builder.abandon();
			return;
		}
		const offset = ++this.offset;
		if (files.length > 0) this.bulks.push({ offset, id, files });
		this.store.ingest(id, files, offset);
		for (const [key, value] of entries) this.models.get(id)!.put(key, value, offset);
		this.store.setApplied(offset);
		this.store.setDurable(offset);
	}

	/** Everything between two keys goes, or behind one; engines that cannot do that remove key by key. */
	removeRange(): void {
		const ids = [...this.models.keys()];
		const id = ids[this.#random(ids.length)]!;
		const model = this.models.get(id)!;
		const [first, last] = [this.#key(), this.#key()].sort() as [string, string];
		const offset = ++this.offset;
		if (this.store.keyspace(id).abilities.removesRanges) {
			const removal = { id, offset, lower: first, upper: this.#random(6) === 0 ? null : last };
			this.removals.push(removal);
			this.#removeRange(removal);
			model.removeRange(removal);
		} else {
			for (const [key] of model.scan(first, last, false, offset)) {
				this.#put(id, key, null, offset);
				this.log.push({ offset, id, key, value: null });
				model.put(key, null, offset);
			}
		}
		this.store.setApplied(offset);
		if (this.#random(2) === 0) this.store.setDurable(offset);
	}

	#removeRange({ id, lower, upper, offset }: Removal & { readonly id: number }): void {
		this.store.removeRange(id, { lower: bytesOf(lower), upper: upper === null ? null : bytesOf(upper) }, offset);
	}

	dropOne(): void {
		const ids = [...this.models.keys()];
		const id = ids[this.#random(ids.length)]!;
		this.store.drop(id, ++this.offset);
		this.models.delete(id);
		this.store.setApplied(this.offset);
		this.#create();
	}

	/** A cursor keeps to its offset while commits, flushes and compactions go on. */
	walkWhileWriting(): void {
		this.takeSnapshot();
		const offset = this.snapshots.at(-1);
		if (offset === undefined) return;
		const ids = [...this.models.keys()];
		const id = ids[this.#random(ids.length)]!;
		const reverse = this.#random(2) === 0 && this.store.keyspace(id).abilities.ordered;
		// A walk over all enumerates engines without order too, in the order of their sorted files.
		const expected = this.models.get(id)!.scan(null, null, reverse, offset);
		const cursor = this.store.keyspace(id).cursor(null, null, reverse, offset);
		for (const [key, value] of expected) {
			assert.ok(cursor.next(), `${key} expected`);
			assert.equal(textOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd), key);
			assert.equal(textOf(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd), value);
			if (this.#random(10) === 0) this.commit();
			if (this.#random(40) === 0) this.store.checkpointNow();
		}
		assert.equal(cursor.next(), false);
		cursor.close();
	}

	#create(): void {
		const id = this.#nextId++;
		this.store.create(id, this.#engine.name);
		this.models.set(id, new Model());
	}

	async #checkpoint(): Promise<void> {
		this.store.setDurable(this.offset);
		const done = this.#random(2) === 0 ? this.store.compact() : this.store.checkpoint();
		await this.platform.settle();
		await done;
		assert.equal(this.store.appliedOffset, this.offset);
	}

	#put(id: number, key: string, value: string | null, offset: number): void {
		const keyBytes = bytesOf(`x${key}`);
		const valueBytes = value === null ? null : bytesOf(`yy${value}`);
		this.store.keyspace(id).put(keyBytes, 1, keyBytes.length - 1, valueBytes, 2, valueBytes === null ? 0 : valueBytes.length - 2, offset);
	}

	/** Keys of several shapes: short and long, with much in common and little. */
	#key(): string {
		const shape = this.#random(4);
		if (shape === 0) return String.fromCharCode(this.#random(4), this.#random(256), 255);
		if (shape === 1) return `common prefix of many keys ${this.#random(200)}`;
		if (shape === 2) return 'ab'.repeat(this.#random(6));
		return String.fromCharCode(...Array.from({ length: this.#random(5) }, () => this.#random(256)));
	}

	#value(): string {
		return 'v'.repeat(this.#random(this.#random(20) === 0 ? 2000 : 30)) + this.#random(1000);
	}

	#compare(id: number, model: Model, offset: number): void {
		const keyspace = this.store.keyspace(id);
		const bounds: (string | null)[] = [null, null];
		if (this.#random(2) === 0) bounds[0] = this.#key();
		if (this.#random(2) === 0) bounds[1] = this.#key();
		if (keyspace.abilities.ordered) {
			for (const reverse of [false, true])
				assert.deepEqual(scan(keyspace, bounds[0]!, bounds[1]!, reverse, offset), model.scan(bounds[0]!, bounds[1]!, reverse, offset));
		} else {
			assert.deepEqual(scan(keyspace, null, null, false, offset).sort(), model.scan(null, null, false, offset).sort());
			if (bounds[1] !== null) assert.throws(() => scan(keyspace, null, bounds[1]!, false, offset), /no order/);
			assert.deepEqual(scan(keyspace, bounds[0]!, null, false, offset), model.scan(bounds[0]!, null, false, offset), 'it goes on behind a key');
			assert.throws(() => scan(keyspace, null, null, true, offset), /no order/);
		}
		const slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
		for (const key of [...model.versions.keys(), this.#key(), this.#key()]) {
			const bytes = bytesOf(key);
			const value = keyspace.get(bytes, bytes.length, offset, slot) ? textOf(slot.buffer, slot.start, slot.end) : null;
			assert.equal(value, model.get(key, offset));
			const newest = model.newestOffset(key);
			const told = keyspace.newestOffset(bytes, bytes.length);
			const oldest = Math.min(...this.snapshots, this.offset);
			if (newest > oldest) assert.equal(told, newest, 'a conflict is seen by every live snapshot');
			else assert.ok(told <= newest);
		}
		const { entries } = keyspace.estimate(null, null);
		assert.ok(entries >= model.scan(null, null, false, offset).length * (offset === this.offset ? 1 : 0));
	}
}

function scan(keyspace: Keyspace, lower: string | null, upper: string | null, reverse: boolean, offset: number): [string, string][] {
	const cursor = keyspace.cursor(lower === null ? null : bytesOf(lower), upper === null ? null : bytesOf(upper), reverse, offset);
	const found: [string, string][] = [];
	while (cursor.next()) found.push([textOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd), textOf(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd)]);
	assert.equal(cursor.next(), false);
	cursor.close();
	return found;
}

/** Runs histories of `steps` steps from seeds; a failure names its seed. */
export function runEngineSuite(engine: SuiteEngine, runs: number, steps: number): void {
	const chosen = process.env.POLYLOG_SEED;
	const count = chosen === undefined ? Number(process.env.POLYLOG_RUNS ?? runs) : 1;
	engine.optionSets.forEach((options, set) => {
		test(`${engine.name}: histories agree with a sorted map under ${JSON.stringify(options)}`, async () => {
			for (let run = 0; run < count; run++) {
				const seed = chosen === undefined ? 1000 * (set + 1) + run : Number(chosen);
				try {
					const history = new History(seededRandom(seed), engine, options);
					for (let step = 0; step < steps; step++) await history.step();
					await history.restart();
					await history.platform.settle();
					assert.deepEqual(history.store.verify(), []);
					await history.store.close();
				} catch (error) {
					const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
					throw new Error(`seed ${seed} (replay with POLYLOG_SEED=${seed}): ${text}`, { cause: error });
				}
			}
		});
	});
}
