/**
 * Locks on keys and on whole objects. Keys have PostgreSQL's four row lock strengths; objects have 'shared' (writers of a
 * table) and 'exclusive' (its DDL), kept as the weakest and the strongest of the four under keyspace id −1.
 *
 * Who must wait stands in a queue per key, first come, first served; only an upgrade by one who already holds the key may pass
 * it. A lock that becomes free is given to the head of the queue before its promise resolves. A wait that would close a circle
 * is refused with 40P01 at once, so a circle never exists.
 *
 * Conflicts: key share × update; share × no key update, update; no key update × all but key share; update × all. A stronger
 * mode conflicts with everything a weaker one does, so a holder needs only its strongest.
 *
 * An owner with savepoints keeps a journal of what it was granted, so that a rollback to one gives back what was taken after it.
 */
import { invariant, sqlError } from '../platform/errors.ts';
import type { ObjectId } from './catalog-objects.ts';
import type { LockMode } from './contracts.ts';
import type { LockDescription } from './manager.ts';

/** 0 key share, 1 share, 2 no key update, 3 update. */
export type Strength = 0 | 1 | 2 | 3;

export const OBJECT_KEYSPACE = -1;

const MODES: readonly LockMode[] = ['key share', 'share', 'no key update', 'update'];

export function strengthOf(mode: LockMode): Strength {
	switch (mode) {
		case 'key share':
			return 0;
		case 'share':
			return 1;
		case 'no key update':
			return 2;
		default:
			return 3;
	}
}

/** Bit m of entry s: strength s conflicts with strength m. */
const CONFLICTS: readonly number[] = [0b1000, 0b1100, 0b1110, 0b1111];

/** Who can hold locks: a transaction, to this table. */
export interface LockOwner {
	readonly id: number;
	readonly owner: number;
	/** Locks held, in the order they were taken. */
	readonly heldLocks: Lock[];
	/** The one wait it is in, if any. */
	wait: LockWaiter | null;
	/** What it was granted since its first savepoint; null without one. */
	lockJournal: LockGrant[] | null;
}

/** A lock taken or made stronger. */
export interface LockGrant {
	readonly lock: Lock;
	/** The strength held before, or −1. */
	readonly before: Strength | -1;
	/** Where it had been noted before it came into the table (see `LogTransaction`), or −1. */
	readonly place: number;
}

export interface LockWaiter {
	readonly owner: LockOwner;
	readonly lock: Lock;
	readonly strength: Strength;
	readonly upgrade: boolean;
	readonly settle: (error: Error | null) => void;
}

export class Lock {
	readonly keyspaceId: number;
	readonly key: string;
	readonly owners: LockOwner[] = [];
	readonly strengths: Strength[] = [];
	readonly queue: LockWaiter[] = [];

	constructor(keyspaceId: number, key: string) {
		this.keyspaceId = keyspaceId;
		this.key = key;
	}
}

export class LockTable {
	/** Locks that exist: 0 means that no request can conflict. */
	count = 0;
	waits = 0;
	deadlocks = 0;
	readonly #keyspaces = new Map<number, Map<string, Lock>>();

	/** Takes the lock, or queues and returns 'wait' (then `owner.wait` is set), or 'refused' under `noWait`. */
	request(
		owner: LockOwner,
		keyspaceId: number,
		key: string,
		strength: Strength,
		noWait: boolean,
		settle: () => (error: Error | null) => void,
	): 'granted' | 'wait' | 'refused' {
		const lock = this.#lock(keyspaceId, key);
		const held = lock.owners.indexOf(owner);
		if (held >= 0 && lock.strengths[held]! >= strength) return 'granted';
		if (!blocks(lock, owner, strength) && (held >= 0 || lock.queue.length === 0)) {
			this.#grant(lock, owner, strength);
			return 'granted';
		}
		if (noWait) return 'refused';
		const waiter: LockWaiter = { owner, lock, strength, upgrade: held >= 0, settle: settle() };
		this.#refuseCircle(waiter);
		if (waiter.upgrade) lock.queue.splice(lock.queue.filter((other) => other.upgrade).length, 0, waiter);
		else lock.queue.push(waiter);
		owner.wait = waiter;
		this.waits++;
		return 'wait';
	}

	/** Enters a lock that its owner has held outside of the table. The same or a weaker one may be there already. */
	enter(owner: LockOwner, keyspaceId: number, key: string, strength: Strength, place: number): void {
		const lock = this.#lock(keyspaceId, key);
		invariant(!blocks(lock, owner, strength), 'a lock entered late meets no conflict');
		this.#grant(lock, owner, strength, place);
	}

	/** Takes a grant back: the owner holds what it held before, or `strength` if that is more; −1: nothing. */
	undo(owner: LockOwner, grant: LockGrant, strength: Strength | -1): void {
		const { lock } = grant;
		const at = lock.owners.indexOf(owner);
		const left = strength > grant.before ? strength : grant.before;
		if (left >= 0) lock.strengths[at] = left as Strength;
		else {
			lock.owners.splice(at, 1);
			lock.strengths.splice(at, 1);
			owner.heldLocks.splice(owner.heldLocks.lastIndexOf(lock), 1);
		}
		this.#grantQueue(lock);
		this.#forgetIfFree(lock);
	}

	/** True when somebody holds the lock or waits for it. */
	has(keyspaceId: number, key: string): boolean {
		return this.#keyspaces.get(keyspaceId)?.has(key) ?? false;
	}

	/** True when a request of this strength would have to wait. */
	conflicts(owner: LockOwner | null, keyspaceId: number, key: string, strength: Strength): boolean {
		const lock = this.#keyspaces.get(keyspaceId)?.get(key);
		if (lock === undefined) return false;
		if (blocks(lock, owner, strength)) return true;
		return lock.queue.length > 0 && (owner === null || !lock.owners.includes(owner));
	}

	/** Leaves the queue; the promise of the wait is the caller's to settle. */
	cancelWait(owner: LockOwner): void {
		const waiter = owner.wait;
		if (waiter === null) return;
		owner.wait = null;
		const { lock } = waiter;
		lock.queue.splice(lock.queue.indexOf(waiter), 1);
		this.#grantQueue(lock);
		this.#forgetIfFree(lock);
	}

	/** Gives back all locks of an owner that has ended. */
	releaseAll(owner: LockOwner): void {
		this.cancelWait(owner);
		for (const lock of owner.heldLocks) {
			const at = lock.owners.indexOf(owner);
			lock.owners.splice(at, 1);
			lock.strengths.splice(at, 1);
			this.#grantQueue(lock);
			this.#forgetIfFree(lock);
		}
		owner.heldLocks.length = 0;
	}

	describe(): LockDescription[] {
		const described: LockDescription[] = [];
		for (const locks of this.#keyspaces.values()) {
			for (const lock of locks.values()) {
				lock.owners.forEach((owner, index) => void described.push(describe(lock, owner, lock.strengths[index]!, true)));
				for (const waiter of lock.queue) described.push(describe(lock, waiter.owner, waiter.strength, false));
			}
		}
		return described;
	}

	#lock(keyspaceId: number, key: string): Lock {
		let locks = this.#keyspaces.get(keyspaceId);
		if (locks === undefined) this.#keyspaces.set(keyspaceId, (locks = new Map<string, Lock>()));
		let lock = locks.get(key);
		if (lock === undefined) {
			lock = new Lock(keyspaceId, key);
			locks.set(key, lock);
			this.count++;
		}
		return lock;
	}

	#grant(lock: Lock, owner: LockOwner, strength: Strength, place = -1): void {
		const held = lock.owners.indexOf(owner);
		const before = held < 0 ? -1 : lock.strengths[held]!;
		if (before >= strength) return;
		owner.lockJournal?.push({ lock, before, place });
		if (held >= 0) {
			lock.strengths[held] = strength;
			return;
		}
		lock.owners.push(owner);
		lock.strengths.push(strength);
		owner.heldLocks.push(lock);
	}

	#grantQueue(lock: Lock): void {
		while (lock.queue.length > 0) {
			const waiter = lock.queue[0]!;
			if (blocks(lock, waiter.owner, waiter.strength)) return;
			lock.queue.shift();
			this.#grant(lock, waiter.owner, waiter.strength);
			waiter.owner.wait = null;
			waiter.settle(null);
		}
	}

	#forgetIfFree(lock: Lock): void {
		if (lock.owners.length > 0 || lock.queue.length > 0) return;
		const locks = this.#keyspaces.get(lock.keyspaceId)!;
		if (locks.get(lock.key) !== lock) return;
		locks.delete(lock.key);
		this.count--;
		if (locks.size === 0) this.#keyspaces.delete(lock.keyspaceId);
	}

	/** Follows who waits for whom from the new waiter; throws when the way leads back to it. */
	#refuseCircle(waiter: LockWaiter): void {
		const seen = new Set<LockOwner>();
		const path: LockWaiter[] = [];
		const reaches = (from: LockWaiter): boolean => {
			path.push(from);
			for (const other of waitedFor(from)) {
				if (other === waiter.owner) return true;
				if (seen.has(other) || other.wait === null) continue;
				seen.add(other);
				if (reaches(other.wait)) return true;
			}
			path.pop();
			return false;
		};
		if (!reaches(waiter)) return;
		this.deadlocks++;
		const lines = path.map((step, index) => {
			const next = path[index + 1]?.owner ?? waiter.owner;
			return `Process ${step.owner.owner} waits for ${MODES[step.strength]} lock on transaction ${next.id}; blocked by process ${next.owner}.`;
		});
		throw sqlError('40P01', 'deadlock detected', { detail: lines.join('\n'), hint: 'See server log for query details.' });
	}
}

/** True when another holder's strength conflicts. */
function blocks(lock: Lock, owner: LockOwner | null, strength: Strength): boolean {
	const conflicts = CONFLICTS[strength]!;
	for (let index = 0; index < lock.owners.length; index++) {
		if (lock.owners[index] !== owner && ((conflicts >>> lock.strengths[index]!) & 1) === 1) return true;
	}
	return false;
}

/** Conflicting holders, and those ahead in the queue. */
function* waitedFor(waiter: LockWaiter): IterableIterator<LockOwner> {
	const { lock, owner } = waiter;
	const conflicts = CONFLICTS[waiter.strength]!;
	for (let index = 0; index < lock.owners.length; index++) {
		if (lock.owners[index] !== owner && ((conflicts >>> lock.strengths[index]!) & 1) === 1) yield lock.owners[index]!;
	}
	for (const ahead of lock.queue) {
		if (ahead === waiter) return;
		if (waiter.upgrade && !ahead.upgrade) return;
		if (ahead.owner !== owner) yield ahead.owner;
	}
}

function describe(lock: Lock, owner: LockOwner, strength: Strength, granted: boolean): LockDescription {
	const isObject = lock.keyspaceId === OBJECT_KEYSPACE;
	const objectId: ObjectId = isObject ? Number(lock.key) : 0;
	return {
		owner: owner.owner,
		transactionId: owner.id,
		keyspaceId: isObject ? 0 : lock.keyspaceId,
		objectId,
		key: isObject ? null : new Uint8Array(Buffer.from(lock.key, 'latin1')),
		mode: isObject ? (strength === 3 ? 'exclusive' : 'shared') : MODES[strength]!,
		granted,
	};
}
