/**
 * Random interleavings of transactions against a plain model: every read must be that of the level's snapshot with the own
 * writes laid over, and what a serializable transaction read must still be so at its place in the commit order.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PolylogError } from '../platform/errors.ts';
import type { Isolation, Savepoint } from './contracts.ts';
import { TestDatabase } from './test-database.ts';
import type { LogTransaction } from './transaction.ts';

type Values = ReadonlyMap<string, string>;

interface Read {
	readonly lower: string;
	readonly upper: string;
	readonly found: string[];
	/** Own writes at the time. */
	readonly own: ReadonlyMap<string, string | null>;
}

interface Running {
	readonly tx: LogTransaction;
	readonly isolation: Isolation;
	/** Committed state that its reads must show. */
	snapshot: Values | null;
	own: Map<string, string | null>;
	readonly reads: Read[];
	readonly savepoints: { savepoint: Savepoint; own: Map<string, string | null> }[];
}

const KEYS = [...'abcdefghij'];
const SLOTS = 4;

function list(values: Values, own: ReadonlyMap<string, string | null>, lower: string, upper: string): string[] {
	const merged = new Map(values);
	for (const [key, value] of own) {
		if (value === null) merged.delete(key);
		else merged.set(key, value);
	}
	return [...merged]
		.filter(([key]) => key >= lower && key < upper)
		.sort(([left], [right]) => (left < right ? -1 : 1))
		.map(([key, value]) => `${key}=${value}`);
}

/** Runs a history of small numbers: each step takes the next ones as its choices. */
class Interleaving {
	readonly #db = new TestDatabase({ transactions: { ringBytes: 2000 } });
	#committed: Values = new Map();
	readonly #slots: (Running | null)[] = new Array<Running | null>(SLOTS).fill(null);
	#counter = 0;
	conflicts = 0;

	step(slot: number, kind: number, key: number, length: number): void {
		const running = this.#slots[slot] ?? this.#begin(slot, kind);
		const { tx } = running;
		const lower = KEYS[key]!;
		const upper = KEYS[Math.min(key + length, KEYS.length - 1)]! + (key + length >= KEYS.length ? 'z' : '');
		tx.startStatement();
		if (running.snapshot === null || running.isolation === 'read committed') running.snapshot = this.#committed;
		if (kind < 6) this.#read(running, lower, upper, kind % 2 === 1);
		else if (kind < 11) this.#write(running, lower, kind === 6 ? null : `v${++this.#counter}`);
		else if (kind === 11) running.savepoints.push({ savepoint: tx.savepoint('s'), own: new Map(running.own) });
		else if (kind === 12) this.#rollbackTo(running);
		else if (kind === 13) this.#end(slot, () => tx.rollback());
		else this.#commit(slot, running);
	}

	finish(): void {
		this.#slots.forEach((running, slot) => {
			if (running !== null) this.#commit(slot, running);
		});
		assert.deepEqual(this.#db.scan(this.#db.begin({ transient: true })), list(this.#committed, new Map(), '', '~'));
		this.#db.manager.syncNow();
		const again = this.#db.reopen();
		assert.deepEqual(again.scan(again.begin({ transient: true })), list(this.#committed, new Map(), '', '~'));
		assert.deepEqual(this.#db.manager.locks(), []);
		assert.equal(this.#db.manager.statistics().openTransactions, 0);
	}

	#begin(slot: number, kind: number): Running {
		const isolation = (['read committed', 'repeatable read', 'serializable'] as const)[(slot + kind) % 3]!;
		const running: Running = { tx: this.#db.begin({ isolation }), isolation, snapshot: null, own: new Map(), reads: [], savepoints: [] };
		this.#slots[slot] = running;
		return running;
	}

	#read(running: Running, lower: string, upper: string, reverse: boolean): void {
		const found = this.#db.scan(running.tx, lower, upper, reverse);
		if (reverse) found.reverse();
		assert.deepEqual(found, list(running.snapshot!, running.own, lower, upper), `${running.isolation} reads [${lower}, ${upper})`);
		assert.equal(this.#db.get(running.tx, lower) ?? undefined, running.own.has(lower) ? (running.own.get(lower) ?? undefined) : running.snapshot!.get(lower));
		running.reads.push({ lower, upper, found, own: new Map(running.own) });
	}

	#write(running: Running, key: string, value: string | null): void {
		this.#db.put(running.tx, key, value);
		running.own.set(key, value);
	}

	#rollbackTo(running: Running): void {
		const last = running.savepoints.at(-1);
		if (last === undefined) return;
		running.tx.rollbackTo(last.savepoint);
		running.own = new Map(last.own);
	}

	#commit(slot: number, running: Running): void {
		this.#end(slot, () => {
			try {
				running.tx.commit('memory');
			} catch (error) {
				assert.ok(error instanceof PolylogError && error.sqlstate === '40001' && running.isolation !== 'read committed', String(error));
				this.conflicts++;
				return;
			}
			if (running.isolation === 'serializable' && running.own.size > 0) {
				for (const { lower, upper, found, own } of running.reads)
					assert.deepEqual(found, list(this.#committed, own, lower, upper), 'what was read has changed before the commit');
			}
			const next = new Map(this.#committed);
			for (const [key, value] of running.own) {
				if (value === null) next.delete(key);
				else next.set(key, value);
			}
			this.#committed = next;
		});
	}

	#end(slot: number, end: () => void): void {
		end();
		this.#slots[slot] = null;
	}
}

test('random interleavings read what their level promises and commit in one order', () => {
	let conflicts = 0;
	const step = fc.tuple(fc.nat(SLOTS - 1), fc.nat(15), fc.nat(KEYS.length - 1), fc.integer({ min: 1, max: 5 }));
	fc.assert(
		fc.property(fc.array(step, { minLength: 10, maxLength: 80 }), (steps) => {
			const interleaving = new Interleaving();
			for (const [slot, kind, key, length] of steps) interleaving.step(slot, kind, key, length);
			interleaving.finish();
			conflicts += interleaving.conflicts;
		}),
		{ numRuns: 300 },
	);
	assert.ok(conflicts > 20, `only ${conflicts} conflicts`);
});
