/**
 * Clients that wait for an element (BLPOP and its like), first come, first served. A change of a key that somebody waits for is
 * noted; when the command that made it has been committed, the waiting commands are tried again, until one of them takes nothing.
 */
import type { Client, Wait } from './client.ts';

export class WaitingClients {
	readonly #byKey = new Map<string, Set<Client>>();
	readonly #ready: Set<string> = new Set();

	get isEmpty(): boolean {
		return this.#byKey.size === 0;
	}

	get hasReady(): boolean {
		return this.#ready.size > 0;
	}

	get count(): number {
		const clients = new Set<Client>();
		for (const waiting of this.#byKey.values()) for (const client of waiting) clients.add(client);
		return clients.size;
	}

	/** The client reads no more requests until it was answered. */
	enter(client: Client, wait: Wait): void {
		client.wait = wait;
		for (const key of wait.keys) {
			let clients = this.#byKey.get(key);
			if (clients === undefined) this.#byKey.set(key, (clients = new Set()));
			clients.add(client);
		}
	}

	leave(client: Client): void {
		const { wait } = client;
		if (wait === null) return;
		client.wait = null;
		wait.cancelTimer();
		for (const key of wait.keys) {
			const clients = this.#byKey.get(key);
			clients?.delete(client);
			if (clients?.size === 0) this.#byKey.delete(key);
		}
	}

	changed(key: string): void {
		if (this.#byKey.has(key)) this.#ready.add(key);
	}

	/** Tries again for those who wait for what has changed. */
	serve(): void {
		while (this.#ready.size > 0) {
			const [key] = this.#ready;
			this.#ready.delete(key!);
			for (const client of [...(this.#byKey.get(key!) ?? [])]) {
				if (client.wait?.retry() !== true) continue;
				this.leave(client);
				client.transport.touch();
				client.transport.proceed();
			}
		}
	}

	/** Ends a wait from outside: the time is over, or CLIENT UNBLOCK. */
	end(client: Client, answer: (wait: Wait) => void): void {
		const { wait } = client;
		if (wait === null) return;
		this.leave(client);
		answer(wait);
		client.transport.touch();
		client.transport.proceed();
	}
}
