/**
 * Serves a database over PostgreSQL's protocol, version 3.
 *
 * Logins: while no user has a password, anybody on this machine is let in under any name; as soon as one has, everybody must
 * show a password (SCRAM-SHA-256). Beyond loopback nothing is served without passwords, unless `trustRemote` says so.
 */
import type { Connection, Listener } from '../../platform/network.ts';
import { OpenConnections } from '../open-connections.ts';
import { positive, requireSafeAddress, type Security, securityOf } from '../server-options.ts';
import { PostgresConnection } from './connection.ts';
import type { PostgresHost, PostgresOptions, PostgresServer } from './host.ts';

export const DEFAULT_PORT = 7332;
const DEFAULT_CONNECTIONS_MAX = 10_000;
const DEFAULT_MESSAGE_BYTES_MAX = 256 * 1024 * 1024;
const DEFAULT_LOGIN_TIMEOUT_MS = 60_000;
const DEFAULT_GRACE_MS = 2_000;
const GOODBYE_MS = 2_000;
const SECRET_BYTES = 32;

/** What connections share. */
export class ServerState {
	readonly host: PostgresHost;
	readonly security: Security;
	readonly connectionsMax: number;
	readonly messageBytesMax: number;
	readonly loginTimeoutMs: number;
	/** How long a client that was told goodbye may take to read it. */
	readonly goodbyeMs = GOODBYE_MS;
	/** Makes the salts of users that do not exist. */
	readonly secret: Uint8Array;
	readonly #connections = new OpenConnections<PostgresConnection>();
	readonly #byProcess = new Map<number, PostgresConnection>();
	#closing = false;

	constructor(host: PostgresHost, options: PostgresOptions) {
		this.host = host;
		this.security = securityOf(host.network, options);
		this.connectionsMax = positive('connectionsMax', options.connectionsMax ?? DEFAULT_CONNECTIONS_MAX);
		this.messageBytesMax = positive('messageBytesMax', options.messageBytesMax ?? DEFAULT_MESSAGE_BYTES_MAX);
		this.loginTimeoutMs = positive('loginTimeoutMs', options.loginTimeoutMs ?? DEFAULT_LOGIN_TIMEOUT_MS);
		this.secret = host.platform.random.bytes(SECRET_BYTES);
	}

	get connectionCount(): number {
		return this.#connections.size;
	}

	accept(connection: Connection): void {
		if (this.#closing) {
			connection.destroy();
			return;
		}
		this.#connections.add(new PostgresConnection(this, connection));
	}

	opened(connection: PostgresConnection, processId: number): void {
		this.#byProcess.set(processId, connection);
	}

	remove(connection: PostgresConnection): void {
		this.#connections.remove(connection);
		const { session } = connection;
		if (session !== null) this.#byProcess.delete(session.processId);
	}

	/** A wrong secret is passed over in silence, as the protocol has no answer to this. */
	cancel(processId: number, secret: number): void {
		const connection = this.#byProcess.get(processId);
		if (connection !== undefined && connection.secret === secret) connection.session?.cancel();
	}

	async close(graceMs: number): Promise<void> {
		this.#closing = true;
		await this.#connections.end(this.host.platform.timers, graceMs);
	}
}

/**
 * Listens, and serves each connection as a session of `host`. Resolves when connections are accepted. Rejects with 'io' when
 * the address cannot be had, and with 'unsafe-listen' for an address beyond loopback while nobody has a password.
 */
export async function servePostgres(host: PostgresHost, options: PostgresOptions = {}): Promise<PostgresServer> {
	const address = options.host ?? '127.0.0.1';
	const state = new ServerState(host, options);
	requireSafeAddress(address, state.security.trustRemote, host);
	const listener: Listener = await host.network.listen(address, options.port ?? DEFAULT_PORT, (connection) => state.accept(connection));
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
