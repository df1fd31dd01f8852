/** Advisory locks: numbers that sessions lock by agreement. Held by session or transaction, counted, shared or exclusive. */

interface Held {
	readonly processId: number;
	readonly shared: boolean;
	session: number;
	transaction: number;
}

interface AdvisoryLock {
	held: Held[];
	/** Called in order when something was given back: who can have it takes it, the others wait on. */
	waiting: (() => void)[];
}

interface Taken {
	readonly key: string;
	readonly shared: boolean;
}

export class AdvisoryLocks {
	readonly #locks = new Map<string, AdvisoryLock>();
	/** By process: what its transaction has taken, in order. */
	readonly #taken = new Map<number, Taken[]>();

	/** True when nobody holds any. */
	get isEmpty(): boolean {
		return this.#locks.size === 0;
	}

	/** True when granted at once. */
	tryLock(key: string, processId: number, shared: boolean, forTransaction: boolean): boolean {
		const lock = this.#locks.get(key) ?? { held: [], waiting: [] };
		if (lock.held.some((h) => h.processId !== processId && !(h.shared && shared))) return false;
		this.#locks.set(key, lock);
		let mine = lock.held.find((h) => h.processId === processId && h.shared === shared);
		if (mine === undefined) lock.held.push((mine = { processId, shared, session: 0, transaction: 0 }));
		if (forTransaction) {
			mine.transaction++;
			this.#noteTaken(processId, { key, shared });
		} else mine.session++;
		return true;
	}

	/** Waits for a lock that `tryLock` refused: `released` resolves when it may be asked for again, `stop` gives the wait up. */
	wait(key: string): { readonly released: Promise<void>; readonly stop: () => void } {
		let stop = (): void => undefined;
		const released = new Promise<void>((resolve) => {
			const lock = this.#locks.get(key)!;
			lock.waiting.push(resolve);
			stop = () => {
				lock.waiting = lock.waiting.filter((waiter) => waiter !== resolve);
			};
		});
		return { released, stop };
	}

	/** Gives back one session-level hold; false when there was none. */
	unlock(key: string, processId: number, shared: boolean): boolean {
		const lock = this.#locks.get(key);
		const mine = lock?.held.find((h) => h.processId === processId && h.shared === shared && h.session > 0);
		if (lock === undefined || mine === undefined) return false;
		mine.session--;
		this.#settle(key, lock);
		return true;
	}

	/** How many the transaction of a process has taken: to be given to `releaseSince`. */
	takenCount(processId: number): number {
		return this.#taken.get(processId)?.length ?? 0;
	}

	/** Gives back what the transaction took after it had taken so many. */
	releaseSince(processId: number, count: number): void {
		for (const { key, shared } of this.#taken.get(processId)?.splice(count) ?? []) {
			const lock = this.#locks.get(key)!;
			lock.held.find((h) => h.processId === processId && h.shared === shared)!.transaction--;
			this.#settle(key, lock);
		}
	}

	releaseTransaction(processId: number): void {
		this.#taken.delete(processId);
		this.#release(processId, (h) => {
			h.transaction = 0;
		});
	}

	unlockAll(processId: number): void {
		this.#release(processId, (h) => {
			h.session = 0;
		});
	}

	/** The session is gone: everything it held goes. */
	releaseSession(processId: number): void {
		this.#taken.delete(processId);
		this.#release(processId, (h) => {
			h.session = 0;
			h.transaction = 0;
		});
	}

	/** All holds, for pg_locks. */
	entries(): { readonly key: string; readonly processId: number; readonly shared: boolean }[] {
		return [...this.#locks].flatMap(([key, lock]) => lock.held.map((h) => ({ key, processId: h.processId, shared: h.shared })));
	}

	#noteTaken(processId: number, taken: Taken): void {
		const before = this.#taken.get(processId);
		if (before === undefined) this.#taken.set(processId, [taken]);
		else before.push(taken);
	}

	#release(processId: number, change: (held: Held) => void): void {
		for (const [key, lock] of [...this.#locks]) {
			const mine = lock.held.filter((h) => h.processId === processId);
			if (mine.length === 0) continue;
			mine.forEach(change);
			this.#settle(key, lock);
		}
	}

	#settle(key: string, lock: AdvisoryLock): void {
		lock.held = lock.held.filter((h) => h.session + h.transaction > 0);
		const { waiting } = lock;
		lock.waiting = [];
		if (lock.held.length === 0) this.#locks.delete(key);
		for (const wake of waiting) wake();
	}
}
