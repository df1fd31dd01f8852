/**
 * Serves a database over PostgreSQL's protocol, version 3.
 *
 * Logins: while no user has a password, anybody on this machine is let in under any name; as soon as one has, everybody must
 * show a password (SCRAM-SHA-256). Beyond loopback nothing is served without passwords, unless `trustRemote` says so.
 */
import type { Connection, Listener, TlsContext } from '../../platform/network.ts';
import { positive, requireSafeAddress } from '../server-options.ts';
import { PostgresConnection } from './connection.ts';
import type { PostgresHost, PostgresOptions, PostgresServer } from './host.ts';

export const DEFAULT_PORT = 7332;
const DEFAULT_CONNECTIONS_MAX = 10_000;
const DEFAULT_MESSAGE_BYTES_MAX = 256 * 1024 * 1024;
const DEFAULT_LOGIN_TIMEOUT_MS = 60_000;
const DEFAULT_GRACE_MS = 2_000;
const GOODBYE_MS = 2_000;
/** Turns of the event loop in which what clients sent before the end may still arrive. */
const LEAVING_TURNS = 3;
const SECRET_BYTES = 32;

/** What connections share. */
export class ServerState {
	readonly host: PostgresHost;
	readonly tls: TlsContext | null;
	readonly requireTls: boolean;
	readonly trustRemote: boolean;
	readonly connectionsMax: number;
	readonly messageBytesMax: number;
	readonly loginTimeoutMs: number;
	/** How long a client that was told goodbye may take to read it. */
	readonly goodbyeMs = GOODBYE_MS;
	/** Makes the salts of users that do not exist. */
	readonly secret: Uint8Array;
	readonly #connections = new Set<PostgresConnection>();
	readonly #byProcess = new Map<number, PostgresConnection>();
	#closing = false;
	#onEmpty: (() => void) | null = null;

	constructor(host: PostgresHost, options: PostgresOptions) {
		if ((options.cert === undefined) !== (options.key === undefined)) throw new TypeError('cert and key must be given together');
		this.host = host;
		this.tls = options.cert === undefined ? null : host.network.tlsContext(options.cert, options.key!);
		this.requireTls = options.requireTls ?? false;
		if (this.requireTls && this.tls === null) throw new TypeError('requireTls needs cert and key');
		this.trustRemote = options.trustRemote ?? false;
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
		this.#connections.delete(connection);
		const { session } = connection;
		if (session !== null) this.#byProcess.delete(session.processId);
		if (this.#connections.size === 0) this.#onEmpty?.();
	}

	/** A wrong secret is passed over in silence, as the protocol has no answer to this. */
	cancel(processId: number, secret: number): void {
		const connection = this.#byProcess.get(processId);
		if (connection !== undefined && connection.secret === secret) connection.session?.cancel();
	}

	async close(graceMs: number): Promise<void> {
		this.#closing = true;
		if (this.#connections.size === 0) return;
		// Clients that have said goodbye just before are not told that they are thrown out.
		for (let turn = 0; turn < LEAVING_TURNS; turn++) await new Promise<void>((resolve) => this.host.platform.timers.soon(resolve));
		if (this.#connections.size === 0) return;
		const empty = new Promise<void>((resolve) => {
			this.#onEmpty = resolve;
		});
		const open = [...this.#connections];
		const cancelTimer = this.host.platform.timers.after(graceMs, () => {
			for (const connection of this.#connections) connection.destroy();
		});
		for (const connection of open) connection.shutDown();
		await empty;
		cancelTimer();
	}
}

/**
 * Listens, and serves each connection as a session of `host`. Resolves when connections are accepted. Rejects with 'io' when
 * the address cannot be had, and with 'unsafe-listen' for an address beyond loopback while nobody has a password.
 */
export async function servePostgres(host: PostgresHost, options: PostgresOptions = {}): Promise<PostgresServer> {
	const address = options.host ?? '127.0.0.1';
	const state = new ServerState(host, options);
	requireSafeAddress(address, state.trustRemote, host);
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
