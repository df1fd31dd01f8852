/**
 * What all connections of a Redis server share: the databases, who is connected, who waits for what; and the work in the
 * background that belongs to nobody: sending replies once their commits are durable, sweeping what has expired.
 */
import { RedisData } from '../../model/redis/redis-space.ts';
import { sweep } from '../../model/redis/redis-sweeper.ts';
import { OpenConnections } from '../open-connections.ts';
import { positive, type Security, securityOf } from '../server-options.ts';
import { Channels } from './channels.ts';
import type { Client } from './client.ts';
import type { CommandTable } from './command-table.ts';
import type { RedisConnection } from './connection.ts';
import type { RedisHost, RedisOptions } from './host.ts';
import { keyName } from './key-name.ts';
import { KeyWatches } from './key-watches.ts';
import { ScanCursors } from './scan-cursors.ts';
import { WaitingClients } from './waiting-clients.ts';
import { WriteBatch } from './write-batch.ts';

const DEFAULT_CONNECTIONS_MAX = 10_000;
export const DATABASES = 16;
const SWEEP_MS = 100;
/**
 * Connections that wait for the operating system before the log is written within the turn: the first clients then go on while
 * the others of the turn are being answered (a fifth more single writes of 50 clients than with one write a turn).
 */
const UNSENT_MAX = 8;

export interface ServerStatistics {
	connections: number;
	rejected: number;
	commands: number;
	errors: number;
	expired: number;
	hits: number;
	misses: number;
	inputBytes: number;
	outputBytes: number;
}

export class ServerState {
	readonly host: RedisHost;
	readonly commands: CommandTable;
	readonly data: RedisData;
	readonly security: Security;
	readonly connectionsMax: number;
	readonly channels: Channels;
	readonly watches: KeyWatches;
	readonly waiting: WaitingClients;
	readonly cursors: ScanCursors;
	/** Of the client whose requests are being answered. */
	readonly batch: WriteBatch;
	readonly statistics: ServerStatistics;
	readonly startedMs: number;
	/** When BGSAVE last ended; at first, when the server started. */
	lastSaveMs: number;
	/** Forty hexadecimal digits, other ones at each start. */
	readonly runId: string;
	/** Where it listens; set once it does. */
	address: { readonly host: string; readonly port: number };
	readonly #connections: OpenConnections<RedisConnection>;
	/** Connections with replies that wait for commits. */
	readonly #unsent: Set<RedisConnection>;
	/** Connections that were written to out of turn. */
	readonly #touched: Set<RedisConnection>;
	#isArmed: boolean;
	/** Replies that wait for the operating system alone, since the log was last written here. */
	#unwritten: number;
	#lastClientId: number;
	#isClosing: boolean;
	#cancelSweep: (() => void) | null;

	constructor(host: RedisHost, commands: CommandTable, options: RedisOptions) {
		const connectionsMax = positive('connectionsMax', options.connectionsMax ?? DEFAULT_CONNECTIONS_MAX);
		this.host = host;
		this.security = securityOf(host.network, options);
		this.commands = commands;
		this.data = new RedisData(host.manager, host.durability);
		this.connectionsMax = connectionsMax;
		this.channels = new Channels();
		this.watches = new KeyWatches();
		this.waiting = new WaitingClients();
		this.cursors = new ScanCursors();
		this.batch = new WriteBatch();
		this.statistics = { connections: 0, rejected: 0, commands: 0, errors: 0, expired: 0, hits: 0, misses: 0, inputBytes: 0, outputBytes: 0 };
		this.startedMs = host.platform.clock.nowUs() / 1000;
		this.lastSaveMs = this.startedMs;
		this.runId = Buffer.from(host.platform.random.bytes(20)).toString('hex');
		this.address = { host: '', port: 0 };
		this.#connections = new OpenConnections();
		this.#unsent = new Set();
		this.#touched = new Set();
		this.#isArmed = false;
		this.#unwritten = 0;
		this.#lastClientId = 0;
		this.#isClosing = false;
		this.#cancelSweep = null;
		this.data.watcher = {
			keyChanged: (database, key, start, end) => this.#keyChanged(keyName(database, key, start, end)),
			databaseEmptied: (database) => this.watches.emptied(database),
		};
		this.enter();
	}

	get connectionCount(): number {
		return this.#connections.size;
	}

	get isClosing(): boolean {
		return this.#isClosing;
	}

	/** At the beginning of a turn: looks at the clock, by which all its commands go. */
	enter(): void {
		this.data.nowMs = Math.floor(this.host.platform.clock.nowUs() / 1000);
	}

	nextClientId(): number {
		return ++this.#lastClientId;
	}

	add(connection: RedisConnection): void {
		this.#connections.add(connection);
		this.statistics.connections++;
	}

	remove(connection: RedisConnection): void {
		this.#connections.remove(connection);
		this.#unsent.delete(connection);
		this.#touched.delete(connection);
		this.watched();
	}

	clients(): Client[] {
		return [...this.#connections].map((connection) => connection.client);
	}

	clientOf(id: number): Client | undefined {
		for (const { client } of this.#connections) if (client.id === id) return client;
		return undefined;
	}

	/** Somebody began or ended to watch or wait for keys. */
	watched(): void {
		this.data.isWatched = !this.watches.isEmpty || !this.waiting.isEmpty;
	}

	/** A connection was written to by another. */
	touch(connection: RedisConnection): void {
		this.#touched.add(connection);
	}

	/** After commands: serves who waited for their changes, and sends what others were told. */
	settle(): void {
		if (this.waiting.hasReady) this.waiting.serve();
		while (this.#touched.size > 0) {
			const [connection] = this.#touched;
			this.#touched.delete(connection!);
			connection!.flush();
		}
	}

	/** A connection has replies that wait for the commit at `offset`. */
	awaitVisible(connection: RedisConnection, offset: number): void {
		this.#unsent.add(connection);
		if (!this.#isArmed) {
			this.#isArmed = true;
			this.host.manager.whenVisible(offset, (error) => {
				this.#isArmed = false;
				if (error === null) this.#sendVisible();
				else this.#cutUnsent();
			});
		}
		if (connection.client.space.durability !== 'os' || ++this.#unwritten < UNSENT_MAX) return;
		this.#unwritten = 0;
		this.host.writeLog();
	}

	startSweeping(): void {
		this.#cancelSweep = this.host.platform.timers.after(SWEEP_MS, () => this.#sweep());
	}

	async close(graceMs: number): Promise<void> {
		this.#isClosing = true;
		this.#cancelSweep?.();
		this.#cancelSweep = null;
		await this.#connections.end(this.host.platform.timers, graceMs);
	}

	#keyChanged(name: string): void {
		this.watches.changed(name);
		this.waiting.changed(name);
	}

	#sendVisible(): void {
		const { visibleOffset } = this.host.manager;
		let lowest = -1;
		for (const connection of this.#unsent) {
			const next = connection.sendVisible(visibleOffset);
			if (next < 0) this.#unsent.delete(connection);
			else if (lowest < 0 || next < lowest) lowest = next;
		}
		if (lowest < 0) return;
		const [connection] = this.#unsent;
		this.awaitVisible(connection!, lowest);
	}

	/** The log failed: whether the commits are there is unknown, so nobody is told that they are. */
	#cutUnsent(): void {
		for (const connection of [...this.#unsent]) connection.destroy();
		this.#unsent.clear();
	}

	/** One step in every database; the next follows at once when there is more to do. */
	#sweep(): void {
		this.#cancelSweep = null;
		if (this.#isClosing) return;
		let hasMore = false;
		try {
			this.enter();
			if (this.host.manager.failure === null) for (const database of this.data.databases()) hasMore = this.#sweepDatabase(database) || hasMore;
			this.settle();
		} catch (error) {
			this.host.report(`what has expired could not be removed: ${error instanceof Error ? error.message : String(error)}`);
		}
		if (hasMore) this.host.platform.timers.soon(() => this.#sweep());
		else this.startSweeping();
	}

	#sweepDatabase(database: number): boolean {
		const space = this.data.space(database);
		if (!space.mayExpire && !space.hasGarbage) return false;
		const { expired, more } = sweep(space);
		this.statistics.expired += expired;
		return more;
	}
}
