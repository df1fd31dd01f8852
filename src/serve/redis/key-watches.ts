/**
 * WATCH: who is to be told that a key has changed. Every change of a key marks its watchers; their EXEC then does nothing.
 * All changes of Redis databases come through this process's commands, so this misses none, whatever was flushed meanwhile.
 */
import type { Client } from './client.ts';
import { parseKeyName } from './key-name.ts';

export class KeyWatches {
	readonly #watchers = new Map<string, Set<Client>>();

	get isEmpty(): boolean {
		return this.#watchers.size === 0;
	}

	/** `name` is `keyName`'s. */
	watch(client: Client, name: string, hadExpired: boolean): void {
		if (client.watched.has(name)) return;
		client.watched.set(name, hadExpired);
		let watchers = this.#watchers.get(name);
		if (watchers === undefined) this.#watchers.set(name, (watchers = new Set()));
		watchers.add(client);
	}

	/** Ends a client's watching. */
	forget(client: Client): void {
		for (const name of client.watched.keys()) {
			const watchers = this.#watchers.get(name);
			watchers?.delete(client);
			if (watchers?.size === 0) this.#watchers.delete(name);
		}
		client.watched.clear();
		client.isDirty = false;
	}

	changed(name: string): void {
		const watchers = this.#watchers.get(name);
		if (watchers !== undefined) for (const client of watchers) client.isDirty = true;
	}

	/** Every key of a database has gone. */
	emptied(database: number): void {
		for (const [name, watchers] of this.#watchers) {
			if (parseKeyName(name).database === database) for (const client of watchers) client.isDirty = true;
		}
	}
}
