/**
 * What a breadth-first recursion has reached: each key with the round in which it was. All of it stays in memory, weighed against
 * the statement's account; past its limit the statement fails with 53200.
 */
import type { MemoryAccount } from './memory-account.ts';

/** A key and its round in a Map, about. */
const ENTRY_BYTES = 48;
/** Keys between two weighings. */
const WEIGH_KEYS = 1024;

export type VisitedKey = string | number | bigint | boolean;

export class VisitedKeys {
	/** Rows that reach a key in its first round are all let in; else only the first. */
	readonly #letsRoundIn: boolean;
	readonly #rounds = new Map<VisitedKey, number>();
	#round = 0;
	#account: MemoryAccount | null = null;

	constructor(letsRoundIn: boolean) {
		this.#letsRoundIn = letsRoundIn;
	}

	open(account: MemoryAccount): void {
		this.clear();
		this.#account = account;
	}

	nextRound(): void {
		this.#round++;
	}

	/** True when a row with this key is let in. */
	visit(key: VisitedKey): boolean {
		const round = this.#rounds.get(key);
		if (round !== undefined) return this.#letsRoundIn && round === this.#round;
		this.#rounds.set(key, this.#round);
		if (this.#rounds.size % WEIGH_KEYS === 0) this.#account!.demand(WEIGH_KEYS * ENTRY_BYTES, 'what a walk has visited');
		return true;
	}

	clear(): void {
		this.#account?.give(Math.floor(this.#rounds.size / WEIGH_KEYS) * WEIGH_KEYS * ENTRY_BYTES);
		this.#account = null;
		this.#rounds.clear();
		this.#round = 0;
	}
}
