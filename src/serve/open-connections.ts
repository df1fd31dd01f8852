/** The connections of a server, and how they end: each is asked to, and after a time of grace those that are left are cut off. */
import type { Timers } from '../platform/platform.ts';

/** Turns of the event loop in which what clients sent before the end may still arrive: those that have said goodbye are not told that they are thrown out. */
const LEAVING_TURNS = 3;

export interface OpenConnection {
	/** Ends when what was begun is done. */
	shutDown(): void;
	destroy(): void;
}

export class OpenConnections<Connection extends OpenConnection> {
	readonly #all = new Set<Connection>();
	#onEmpty: (() => void) | null = null;

	get size(): number {
		return this.#all.size;
	}

	add(connection: Connection): void {
		this.#all.add(connection);
	}

	remove(connection: Connection): void {
		this.#all.delete(connection);
		if (this.#all.size === 0) this.#onEmpty?.();
	}

	[Symbol.iterator](): Iterator<Connection> {
		return this.#all.values();
	}

	/** Resolves when all have ended. */
	async end(timers: Timers, graceMs: number): Promise<void> {
		for (let turn = 0; turn < LEAVING_TURNS && this.#all.size > 0; turn++) await new Promise<void>((resolve) => timers.soon(resolve));
		if (this.#all.size === 0) return;
		const empty = new Promise<void>((resolve) => {
			this.#onEmpty = resolve;
		});
		const cancelTimer = timers.after(graceMs, () => {
			for (const connection of [...this.#all]) connection.destroy();
		});
		for (const connection of [...this.#all]) connection.shutDown();
		await empty;
		cancelTimer();
	}
}
