/**
 * Serves a database over Bolt, the protocol of Neo4j's drivers, versions 4.4 and 5.0 to 5.8.
 *
 * Logins: `login.ts`. Beyond loopback nothing is served without passwords, unless `trustRemote` says so.
 */
import type { Connection } from '../../platform/network.ts';
import type { ByteTarget } from '../buffer-pool.ts';
import { OpenConnections } from '../open-connections.ts';
import { positive, requireSafeAddress, type Security, securityOf } from '../server-options.ts';
import { BoltConnection } from './connection.ts';
import type { BoltHost, BoltOptions, BoltServer } from './host.ts';
import type { LoginRules } from './login.ts';
import { WAITING_BYTES_MAX } from './record-encoder.ts';

export const DEFAULT_PORT = 7387;
const DEFAULT_CONNECTIONS_MAX = 10_000;
const DEFAULT_MESSAGE_BYTES_MAX = 256 * 1024 * 1024;
const DEFAULT_LOGIN_TIMEOUT_MS = 60_000;
const DEFAULT_GRACE_MS = 2_000;
const GOODBYE_MS = 2_000;
const BOOKMARK_TIMEOUT_MS = 30_000;
/** What clients take us for: some refuse to talk to what does not call itself so. */
const AGENT = 'Neo4j/5.26.0 compatible; Polylog';

/** What connections share. */
export class ServerState implements LoginRules {
	readonly host: BoltHost;
	readonly security: Security;
	readonly connectionsMax: number;
	readonly messageBytesMax: number;
	readonly loginTimeoutMs: number;
	readonly agent = AGENT;
	readonly bookmarkTimeoutMs = BOOKMARK_TIMEOUT_MS;
	/** How long a client that was told goodbye may take to read it. */
	readonly goodbyeMs = GOODBYE_MS;
	/** Set when the server listens. */
	listening = { host: '', port: 0 };
	isClosing = false;
	readonly #advertisedAddress: string | null;
	readonly #connections = new OpenConnections<BoltConnection>();
	#lastConnection = 0;

	constructor(host: BoltHost, options: BoltOptions) {
		this.host = host;
		this.security = securityOf(host.network, options);
		this.connectionsMax = positive('connectionsMax', options.connectionsMax ?? DEFAULT_CONNECTIONS_MAX);
		this.messageBytesMax = positive('messageBytesMax', options.messageBytesMax ?? DEFAULT_MESSAGE_BYTES_MAX);
		this.loginTimeoutMs = positive('loginTimeoutMs', options.loginTimeoutMs ?? DEFAULT_LOGIN_TIMEOUT_MS);
		this.#advertisedAddress = options.advertisedAddress ?? null;
	}

	get connectionCount(): number {
		return this.#connections.size;
	}

	accept(connection: Connection): void {
		if (this.isClosing || this.#connections.size >= this.connectionsMax) connection.destroy();
		else this.#connections.add(new BoltConnection(this, connection, `bolt-${++this.#lastConnection}`));
	}

	remove(connection: BoltConnection): void {
		this.#connections.remove(connection);
	}

	/** The address that a client is told: our own word, or the one that it says it connected to. */
	address(context: ReadonlyMap<string, unknown>, routing: ReadonlyMap<string, unknown> | null): string {
		const said = context.get('address') ?? routing?.get('address');
		return this.#advertisedAddress ?? (typeof said === 'string' && said !== '' ? said : `${this.listening.host}:${this.listening.port}`);
	}

	/** True when the client is not reading: no more rows are made for it. */
	isFull(target: ByteTarget): boolean {
		return target.writableLength >= WAITING_BYTES_MAX;
	}

	async close(graceMs: number): Promise<void> {
		this.isClosing = true;
		await this.#connections.end(this.host.platform.timers, graceMs);
	}
}

/**
 * Listens, and serves each connection as a session of `host`. Resolves when connections are accepted. Rejects with 'io' when
 * the address cannot be had, and with 'unsafe-listen' for an address beyond loopback while nobody has a password.
 */
export async function serveBolt(host: BoltHost, options: BoltOptions = {}): Promise<BoltServer> {
	const address = options.host ?? '127.0.0.1';
	const state = new ServerState(host, options);
	requireSafeAddress(address, state.security.trustRemote, host);
	const listener = await host.network.listen(address, options.port ?? DEFAULT_PORT, (connection) => state.accept(connection));
	state.listening = { host: listener.host, port: listener.port };
	return {
		host: listener.host,
		port: listener.port,
		get connectionCount() {
			return state.connectionCount;
		},
		close: async (graceMs = DEFAULT_GRACE_MS) => {
			await listener.close();
			await state.close(graceMs);
		},
	};
}
