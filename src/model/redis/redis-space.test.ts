/**
 * The data types over entries: random histories against plain maps, replay, sizes of what is logged. Commands are tested in
 * `serve/redis/`; here the model's own functions are called.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf } from '../../log/log.ts';
import { SimulatedRandom } from '../../platform/simulated-random.ts';
import { TestDatabase } from '../../transaction/test-database.ts';
import { eachElement, elementAt, insertBeside, popElements, pushElement, removeEqual, setElementAt, trimList } from './list-elements.ts';
import { RedisApplier } from './redis-change.ts';
import { EntryKey, HASH, LIST, readId, readScore, readUint64, SET, SORTED_SET, writeId, writeScore, writeUint64 } from './redis-layout.ts';
import { RedisData, type RedisSpace } from './redis-space.ts';
import { sweep } from './redis-sweeper.ts';
import { allMembers, rankOf, removeScored, scoreOf, setScore } from './sorted-set.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const text = (buffer: Uint8Array, start: number, end: number): string => Buffer.from(buffer.subarray(start, end)).toString();

function opened(database = new TestDatabase({ keyspaceName: null, appliers: [new RedisApplier()] })): { database: TestDatabase; space: RedisSpace } {
	const data = new RedisData(database.manager, 'disk');
	data.nowMs = 1_000;
	return { database, space: data.space(0) };
}

/** Runs `work` as a command would be: in a transaction, or gathered into one change. */
function run(space: RedisSpace, inTransaction: boolean, work: () => void): void {
	const { data } = space;
	data.readOffset = data.manager.decidedOffset;
	if (inTransaction) {
		const transaction = data.begin();
		work();
		data.end();
		transaction.commit('disk');
	} else {
		work();
		space.commit();
	}
	data.readOffset = data.manager.decidedOffset;
}

function sweepAll(space: RedisSpace): void {
	let more = true;
	while (more) more = sweep(space).more;
}

function entryCount(space: RedisSpace): number {
	const cursor = space.keyspace.cursor(null, null, false, space.data.manager.decidedOffset);
	let count = 0;
	while (cursor.next()) count++;
	cursor.close();
	return count;
}

test('numbers keep their order as bytes, and come back', () => {
	const random = new SimulatedRandom(5);
	const scores = [Number.NEGATIVE_INFINITY, -1e300, -1.5, -1, -Number.MIN_VALUE, 0, Number.MIN_VALUE, 0.1, 1, 2 ** 53, 1e300, Number.POSITIVE_INFINITY];
	for (let i = 0; i < 200; i++) scores.push((random.next() - 0.5) * 10 ** (random.below(40) - 20));
	scores.sort((a, b) => a - b);
	const encoded = scores.map((score) => {
		const into = new Uint8Array(8);
		writeScore(into, 0, score);
		assert.equal(readScore(into, 0), score);
		return Buffer.from(into);
	});
	for (let i = 1; i < encoded.length; i++) assert.ok(Buffer.compare(encoded[i - 1]!, encoded[i]!) <= 0, `${scores[i - 1]} and ${scores[i]}`);
	const into = new Uint8Array(8);
	for (const value of [0, 1, 255, 2 ** 32 - 1, 2 ** 32, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
		writeUint64(into, 0, value);
		assert.equal(readUint64(into, 0), value);
	}
	for (const id of [1, 2 ** 32, 2 ** 48 - 1]) {
		writeId(into, 0, id);
		assert.equal(readId(into, 0), id);
	}
	assert.deepEqual([...new EntryKey().member(1, bytes('m'), 0, 1).copy()], [2, 0, 0, 0, 0, 0, 1, 0, 109]);
});

/** The list's elements, and that each is found by its index too. */
function listContent(space: RedisSpace, key: Uint8Array): string[] {
	const list = space.find(key, 0, key.length);
	const found: string[] = [];
	eachElement(space, list, 0, list.count - 1, false, (buffer, start, end) => found.push(text(buffer, start, end)) > 0);
	assert.equal(found.length, list.count);
	found.forEach((value, index) => {
		assert.ok(elementAt(space, list, index));
		assert.equal(text(space.slot.buffer, space.slot.start, space.slot.end), value, `index ${index}`);
	});
	const backwards: string[] = [];
	eachElement(space, list, 0, list.count - 1, true, (buffer, start, end) => backwards.unshift(text(buffer, start, end)) > 0);
	assert.deepEqual(backwards, found);
	return found;
}

/** One random change of a list, and the same to an array. */
function changeList(space: RedisSpace, key: Uint8Array, model: string[], random: SimulatedRandom): void {
	const value = bytes(`v${random.below(6)}`);
	const name = text(value, 0, value.length);
	const choice = random.below(8);
	const inTransaction = choice === 5 || random.chance(0.3);
	run(space, inTransaction, () => {
		const list = space.collection(key, 0, key.length, LIST);
		if (choice <= 1) {
			pushElement(space, list, choice === 0, value, 0, value.length);
			if (choice === 0) model.unshift(name);
			else model.push(name);
		} else if (choice === 2) {
			const count = random.below(4);
			const fromHead = random.chance(0.5);
			if (count > 0) popElements(space, list, fromHead, count, () => undefined);
			if (fromHead) model.splice(0, count);
			else model.splice(Math.max(0, model.length - count), count);
		} else if (choice === 3 && model.length > 0) {
			const index = random.below(model.length);
			setElementAt(space, list, index, value, 0, value.length);
			model[index] = name;
		} else if (choice === 4 && model.length > 0) {
			const pivot = bytes(model[random.below(model.length)]!);
			const at = model.indexOf(text(pivot, 0, pivot.length));
			const isBefore = random.chance(0.5);
			assert.ok(insertBeside(space, list, isBefore, { bytes: pivot, start: 0, end: pivot.length }, value, 0, value.length));
			model.splice(isBefore ? at : at + 1, 0, name);
		} else if (choice === 5) {
			const fromTail = random.chance(0.5);
			const count = random.below(3);
			const before = model.length;
			const removed = removeEqual(space, list, count, fromTail, value, 0, value.length);
			let left = count === 0 ? model.length : count;
			for (let i = fromTail ? model.length - 1 : 0; left > 0 && i >= 0 && i < model.length; ) {
				if (model[i] === name) {
					model.splice(i, 1);
					left--;
					if (fromTail) i--;
				} else i += fromTail ? -1 : 1;
			}
			assert.equal(removed, before - model.length);
		} else if (choice === 6 && model.length > 1 && random.chance(0.2)) {
			const first = random.below(model.length);
			const last = Math.min(model.length - 1, first + random.below(4));
			trimList(space, list, first, last);
			const kept = model.slice(first, last + 1);
			model.splice(0, model.length, ...kept);
		}
		space.setCollection(key, 0, key.length, list);
	});
}

test('lists: random histories agree with an array, also after replay', () => {
	for (const seed of [1, 2, 3, 4, 5, 6]) {
		const random = new SimulatedRandom(seed);
		const { database, space } = opened();
		const key = bytes('list');
		const model: string[] = [];
		for (let step = 0; step < 400; step++) {
			changeList(space, key, model, random);
			if (step % 20 === 0) assert.deepEqual(listContent(space, key), model, `seed ${seed}, step ${step}`);
		}
		assert.deepEqual(listContent(space, key), model, `seed ${seed}`);
		database.log.syncNow();
		const again = opened(database.reopen());
		again.space.data.readOffset = again.database.manager.decidedOffset;
		assert.deepEqual(listContent(again.space, key), model, `seed ${seed}, replayed`);
		sweepAll(again.space);
		assert.equal(entryCount(again.space), model.length + (model.length > 0 ? 1 : 0), `seed ${seed}, swept`);
	}
});

test('putting elements again and again between the same two numbers the list anew', () => {
	const { space } = opened();
	const key = bytes('l');
	const model = ['a', 'z'];
	run(space, false, () => {
		const list = space.collection(key, 0, key.length, LIST);
		for (const value of model) pushElement(space, list, false, bytes(value), 0, 1);
		space.setCollection(key, 0, key.length, list);
	});
	for (let i = 0; i < 60; i++) {
		run(space, false, () => {
			const list = space.find(key, 0, key.length);
			assert.ok(insertBeside(space, list, true, { bytes: bytes('z'), start: 0, end: 1 }, bytes(`${i}`), 0, `${i}`.length), `insertion ${i}`);
			space.setCollection(key, 0, key.length, list);
		});
		model.splice(model.length - 1, 0, `${i}`);
	}
	assert.deepEqual(listContent(space, key), model);
	sweepAll(space);
	assert.equal(entryCount(space), model.length + 1);
});

test('sorted sets: random histories agree with a map, in order and by rank', () => {
	for (const seed of [1, 2, 3]) {
		const random = new SimulatedRandom(seed);
		const { database, space } = opened();
		const key = bytes('z');
		const model = new Map<string, number>();
		for (let step = 0; step < 500; step++) {
			const member = bytes(`m${random.below(40)}`);
			const name = text(member, 0, member.length);
			run(space, random.chance(0.3), () => {
				const set = space.collection(key, 0, key.length, SORTED_SET);
				const old = scoreOf(space, set, member, 0, member.length);
				assert.equal(old, model.get(name) ?? Number.NaN);
				if (random.chance(0.6)) {
					const score = random.below(10) - 5;
					setScore(space, set, member, 0, member.length, old, score);
					model.set(name, score);
				} else if (model.delete(name)) removeScored(space, set, member, 0, member.length, old);
				space.setCollection(key, 0, key.length, set);
			});
		}
		const expected = [...model].sort(([a, x], [b, y]) => x - y || Buffer.compare(Buffer.from(a), Buffer.from(b)));
		database.log.syncNow();
		const again = opened(database.reopen()).space;
		again.data.readOffset = again.data.manager.decidedOffset;
		for (const one of [space, again]) {
			const set = one.find(key, 0, key.length);
			assert.equal(set.count, model.size);
			const cursor = allMembers(one, set, false);
			const found: [string, number][] = [];
			while (cursor.next()) found.push([text(cursor.buffer, cursor.start, cursor.end), cursor.score]);
			assert.deepEqual(found, expected, `seed ${seed}`);
			expected.forEach(([name, score], rank) => {
				const member = bytes(name);
				assert.equal(rankOf(one, set, member, 0, member.length, score, false), rank);
				assert.equal(rankOf(one, set, member, 0, member.length, score, true), expected.length - 1 - rank);
			});
		}
	}
});

test('overwriting, renaming or deleting a collection logs its key alone; the elements are swept', () => {
	const { database, space } = opened();
	const key = bytes('big');
	run(space, true, () => {
		const set = space.collection(key, 0, key.length, SET);
		for (let i = 0; i < 3000; i++) {
			const member = bytes(`member ${i}`);
			space.setElement(set.id, member, 0, member.length, member, 0, 0);
			set.count++;
		}
		space.setCollection(key, 0, key.length, set);
	});
	run(space, false, () => space.setString(key, 0, key.length, space.find(key, 0, key.length), -1, key, 0, 3));
	assert.ok(changesOf(database.log.records.at(-1)!).length < 30);
	assert.equal(entryCount(space), 3002);
	sweepAll(space);
	assert.equal(entryCount(space), 1);
	assert.equal(space.hasGarbage, false);
	// Each step is bounded.
	assert.ok(database.log.records.every((record, i) => i < 2 || changesOf(record).length < 20_000));
});

/** Elements of the collection in the test below; a million when it is asked for. */
const ELEMENTS = Number(process.env['POLYLOG_REDIS_ELEMENTS'] ?? 100_000);

test('what is logged for one element does not depend on the size of the collection', () => {
	const { database, space } = opened();
	const { data } = space;
	const logged = (work: () => void): number => {
		data.readOffset = data.manager.decidedOffset;
		work();
		space.commit();
		return changesOf(database.log.records.at(-1)!).length;
	};
	const add: Readonly<Record<string, (key: Uint8Array, name: Uint8Array, score: number) => void>> = {
		list(key, name) {
			const list = space.collection(key, 0, key.length, LIST);
			pushElement(space, list, true, name, 0, name.length);
			space.setCollection(key, 0, key.length, list);
		},
		hash(key, name) {
			const hash = space.collection(key, 0, key.length, HASH);
			space.setElement(hash.id, name, 0, name.length, name, 0, name.length);
			hash.count++;
			space.setCollection(key, 0, key.length, hash);
		},
		set(key, name) {
			const set = space.collection(key, 0, key.length, SET);
			space.setElement(set.id, name, 0, name.length, name, 0, 0);
			set.count++;
			space.setCollection(key, 0, key.length, set);
		},
		sorted(key, name, score) {
			const set = space.collection(key, 0, key.length, SORTED_SET);
			setScore(space, set, name, 0, name.length, scoreOf(space, set, name, 0, name.length), score);
			space.setCollection(key, 0, key.length, set);
		},
	};
	for (const [type, one] of Object.entries(add)) {
		const key = bytes(type);
		const small = logged(() => one(key, bytes('00000000'), 0));
		fill(space, key, ELEMENTS);
		const large = logged(() => one(key, bytes('zzzzzzzz'), 1));
		// The count itself takes two or three bytes more.
		assert.ok(large - small <= 4, `${type}: ${small} bytes in an empty one, ${large} in one of ${ELEMENTS}`);
		data.readOffset = data.manager.decidedOffset;
		assert.equal(space.find(key, 0, key.length).count, ELEMENTS + 2);
	}
});

/** Adds elements in large changes. */
function fill(space: RedisSpace, key: Uint8Array, count: number): void {
	const { data } = space;
	data.readOffset = data.manager.decidedOffset;
	const header = space.find(key, 0, key.length);
	const name = new Uint8Array(8);
	for (let i = 1; i <= count; i++) {
		name.set(Buffer.from(String(i).padStart(8, '0')));
		if (header.type === LIST) pushElement(space, header, false, name, 0, 8);
		else if (header.type === SORTED_SET) setScore(space, header, name, 0, 8, Number.NaN, i);
		else {
			space.setElement(header.id, name, 0, 8, name, 0, 0);
			header.count++;
		}
		if (i % 1000 !== 0 && i !== count) continue;
		space.setCollection(key, 0, key.length, header);
		space.commit();
	}
	data.readOffset = data.manager.decidedOffset;
}

test('a database that SQL has dropped is made again, empty', () => {
	const { database, space } = opened();
	const { data } = space;
	const key = bytes('k');
	run(space, false, () => space.setString(key, 0, 1, space.find(key, 0, 1), -1, key, 0, 1));
	const transaction = database.begin();
	transaction.changeCatalog(space.object.id, null);
	transaction.commit('disk').waitSync();
	const again = data.space(0);
	data.readOffset = data.manager.decidedOffset;
	assert.notEqual(again, space);
	assert.equal(again.find(key, 0, 1).type, 0);
	assert.deepEqual(data.databases(), [0]);
});

test('a large collection is swept by one entry in the log, and all of it is gone after a restart too', () => {
	const { database, space } = opened();
	const fill = (key: string, elements: number): void => {
		run(space, false, () => {
			const set = space.collection(bytes(key), 0, key.length, SET);
			for (let i = 0; i < elements; i++) space.setElement(set.id, bytes(`member ${i}`), 0, `member ${i}`.length, bytes(''), 0, 0);
			set.count += elements;
			space.setCollection(bytes(key), 0, key.length, set);
		});
	};
	fill('small', 10);
	fill('large', 10_000);
	fill('other', 10);
	run(space, false, () => space.removeKey(bytes('large'), 0, 5, space.find(bytes('large'), 0, 5)));
	const before = space.data.manager.decidedOffset;
	sweepAll(space);
	assert.equal(space.data.manager.decidedOffset, before + 2, 'the range, and what says that it is to be swept');
	assert.equal(entryCount(space), 22);
	database.log.syncNow();
	const again = opened(database.reopen());
	assert.equal(entryCount(again.space), 22);
	assert.equal(again.space.newId(), 4, 'no id is used again');
});
