/**
 * A Redis server over a database and a log in memory, with clients in the same turn: for tests. The clock stands still until
 * it is moved, timers run when they are asked to, and commits are durable when the test says so (by default at once).
 */
import { RedisApplier } from '../../model/redis/redis-change.ts';
import type { Connection, ConnectionHandler } from '../../platform/network.ts';
import type { Timers } from '../../platform/platform.ts';
import { SimulatedRandom } from '../../platform/simulated-random.ts';
import { TestDatabase, type TestOptions } from '../../transaction/test-database.ts';
import { COMMANDS } from './all-commands.ts';
import { RedisConnection } from './connection.ts';
import { splitWords } from './request-parser.ts';
import { ServerState } from './server-state.ts';

interface Timer {
	readonly dueMs: number;
	readonly callback: () => void;
}

class TestTimers implements Timers {
	nowMs = 1_700_000_000_000;
	readonly #timers: Timer[] = [];
	#soon: (() => void)[] = [];

	after(ms: number, callback: () => void): () => void {
		const timer = { dueMs: this.nowMs + ms, callback };
		this.#timers.push(timer);
		return () => {
			const index = this.#timers.indexOf(timer);
			if (index >= 0) this.#timers.splice(index, 1);
		};
	}

	soon(callback: () => void): void {
		this.#soon.push(callback);
	}

	/** Ends turns until nothing is left of them. */
	settle(): void {
		while (this.#soon.length > 0) {
			const due = this.#soon;
			this.#soon = [];
			for (const callback of due) callback();
		}
	}

	advance(ms: number): void {
		const endMs = this.nowMs + ms;
		for (;;) {
			this.settle();
			const next = this.#timers.filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
			if (next === undefined) break;
			this.#timers.splice(this.#timers.indexOf(next), 1);
			this.nowMs = Math.max(this.nowMs, next.dueMs);
			next.callback();
		}
		this.nowMs = endMs;
	}
}

/** One client; what it was sent is `received`. */
export class TestClient implements Connection {
	handler: ConnectionHandler = { data: () => undefined, drained: () => undefined, disconnected: () => undefined };
	readonly remoteAddress: string;
	readonly remotePort: number;
	writableLength = 0;
	received = '';
	isOpen = true;
	isPaused = false;
	readonly #server: TestServer;

	constructor(server: TestServer, address: string, port: number) {
		this.#server = server;
		this.remoteAddress = address;
		this.remotePort = port;
	}

	write(bytes: Buffer): boolean {
		this.received += bytes.toString('latin1');
		return true;
	}

	pause(): void {
		this.isPaused = true;
	}

	resume(): void {
		this.isPaused = false;
	}

	end(): void {
		this.isOpen = false;
	}

	destroy(): void {
		if (!this.isOpen) return;
		this.isOpen = false;
		this.handler.disconnected();
	}

	startTls(): void {}

	/** Sends bytes as they are. */
	send(bytes: string): void {
		this.handler.data(Buffer.from(bytes, 'latin1'));
		this.#server.settle();
	}

	/** Takes what was received. */
	take(): string {
		const { received } = this;
		this.received = '';
		return received;
	}

	/** Sends one request, a line of words or the words, and takes the reply. */
	ask(request: string | readonly string[]): string {
		this.send(encode(typeof request === 'string' ? splitWords(request)! : request));
		return this.take();
	}
}

export function encode(words: readonly string[]): string {
	return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

export interface TestServerOptions {
	readonly roles?: ReadonlyMap<string, { readonly canLogin: boolean; readonly verifier: string | null }>;
	readonly database?: TestOptions;
}

export class TestServer {
	readonly timers: TestTimers;
	readonly reports: string[] = [];
	database: TestDatabase;
	state: ServerState;
	/** Commits are made durable after each request. */
	isSyncing = true;
	readonly #options: TestServerOptions;
	#lastPort = 50_000;

	constructor(options: TestServerOptions = {}) {
		this.#options = options;
		this.timers = new TestTimers();
		this.database = new TestDatabase({ keyspaceName: null, appliers: [new RedisApplier()], ...options.database });
		this.state = this.#start();
	}

	/** A new client. */
	connect(address = '127.0.0.1'): TestClient {
		const client = new TestClient(this, address, ++this.#lastPort);
		new RedisConnection(this.state, client);
		return client;
	}

	settle(): void {
		this.timers.settle();
		if (!this.isSyncing) return;
		this.database.log.syncNow();
		this.timers.settle();
	}

	/** The server as it comes back after a crash that kept everything up to `offset` (default: what was synced). */
	restart(offset?: number): void {
		this.database = this.database.reopen(offset);
		this.state = this.#start();
	}

	#start(): ServerState {
		const { timers } = this;
		const random = new SimulatedRandom(7);
		const roles = this.#options.roles ?? new Map();
		const state = new ServerState(
			{
				platform: {
					random: { next: () => random.next(), bytes: (count) => random.bytes(count) },
					timers,
					clock: { nowUs: () => timers.nowMs * 1000, monotonicMs: () => timers.nowMs },
				},
				network: { listen: () => Promise.reject(new Error('nothing listens')), tlsContext: () => ({ kind: 'tls' }) },
				manager: this.database.manager,
				durability: 'disk',
				directory: '/test',
				relieve: () => undefined,
				writeLog: () => this.database.log.writeNow(),
				sizes: () => ({ logBytes: 0, diskBytes: 0, memoryBytes: 0 }),
				role: (name) => roles.get(name),
				hasPasswords: () => [...roles.values()].some((role) => role.verifier !== null),
				report: (message) => void this.reports.push(message),
			},
			COMMANDS,
			{},
		);
		state.startSweeping();
		return state;
	}
}
