/** Locks against a model: a stack of savepoints, each with what had been locked when it was set. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LockMode, Savepoint } from './contracts.ts';
import { TestDatabase } from './test-database.ts';

const MODES: readonly LockMode[] = ['key share', 'share', 'no key update', 'update'];
/** Strengths that a probe of each strength finds in its way. */
const CONFLICTS = [[3], [2, 3], [1, 2, 3], [0, 1, 2, 3]];
const KEYS = ['a', 'b', 'c', 'd', 'e'];

type Action =
	| { readonly kind: 'lock'; readonly key: string; readonly strength: number }
	| { readonly kind: 'savepoint' }
	| { readonly kind: 'back'; readonly to: number }
	| { readonly kind: 'many' }
	| { readonly kind: 'object'; readonly exclusive: boolean }
	| { readonly kind: 'probe' };

const action: fc.Arbitrary<Action> = fc.oneof(
	{ weight: 6, arbitrary: fc.record({ kind: fc.constant('lock' as const), key: fc.constantFrom(...KEYS), strength: fc.nat(3) }) },
	{ weight: 3, arbitrary: fc.constant({ kind: 'savepoint' as const }) },
	{ weight: 3, arbitrary: fc.record({ kind: fc.constant('back' as const), to: fc.nat(3) }) },
	{ weight: 1, arbitrary: fc.constant({ kind: 'many' as const }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('object' as const), exclusive: fc.boolean() }) },
	{ weight: 2, arbitrary: fc.constant({ kind: 'probe' as const }) },
);

test('a rollback to a savepoint leaves exactly the locks that were held when it was set', () => {
	fc.assert(
		fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
			const db = new TestDatabase();
			const tx = db.begin();
			const other = db.begin();
			let held = new Map<string, number>();
			let savepoints: { readonly savepoint: Savepoint; readonly held: Map<string, number> }[] = [];
			const raise = (name: string, strength: number): void => void held.set(name, Math.max(held.get(name) ?? -1, strength));
			let many = 0;
			const probe = (): void => {
				for (const key of KEYS) {
					MODES.forEach((mode, strength) => {
						const expected = CONFLICTS[strength]!.includes(held.get(key) ?? -1);
						assert.equal(db.isLocked(other, key, mode), expected, `${mode} of ${key}`);
					});
				}
			};
			for (const act of actions) {
				if (act.kind === 'lock') {
					assert.equal(db.lock(tx, act.key, MODES[act.strength]!), 'granted');
					raise(act.key, act.strength);
				} else if (act.kind === 'many') {
					// So many that they are not entered in the table when somebody else comes.
					for (let i = 0; i < 1100; i++) db.lock(tx, `m${many++}`, 'update');
				} else if (act.kind === 'object') {
					assert.equal(tx.lockObject(7, act.exclusive ? 'exclusive' : 'shared', true), 'granted');
					raise('object', act.exclusive ? 3 : 0);
				} else if (act.kind === 'savepoint') {
					savepoints.push({ savepoint: tx.savepoint('s', true), held: new Map(held) });
				} else if (act.kind === 'probe') {
					probe();
				} else if (savepoints.length > 0) {
					const at = act.to % savepoints.length;
					const back = savepoints[at]!;
					savepoints = savepoints.slice(0, at + 1);
					tx.rollbackTo(back.savepoint);
					held = new Map(back.held);
				}
			}
			probe();
			const object = held.get('object') ?? -1;
			assert.equal(other.lockObject(7, 'exclusive', true), object < 0 ? 'granted' : 'refused');
			tx.rollback();
			other.rollback();
			assert.deepEqual(db.manager.locks(), []);
		}),
		{ numRuns: 300 },
	);
});

test('who waits for a lock is given it when its holder goes back to a savepoint before it', async () => {
	const db = new TestDatabase();
	const holder = db.begin();
	const savepoint = holder.savepoint('s', true);
	db.lock(holder, 'k');
	const waiter = db.begin();
	assert.equal(db.lock(waiter, 'k', 'share'), 'wait');
	holder.rollbackTo(savepoint);
	await waiter.waiting;
	assert.equal(db.lock(waiter, 'k', 'share'), 'granted');
	assert.equal(db.lock(holder, 'k', 'update', true), 'refused');
	waiter.rollback();
	holder.rollback();
});

test('a savepoint that keeps locks keeps them', () => {
	const db = new TestDatabase();
	const holder = db.begin();
	const savepoint = holder.savepoint('');
	db.lock(holder, 'k');
	holder.rollbackTo(savepoint);
	assert.equal(db.lock(db.begin(), 'k', 'share', true), 'refused');
});
