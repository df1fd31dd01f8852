/**
 * Serves a database over Redis' protocol, versions 2 and 3.
 *
 * Logins: while no user has a password, anybody on this machine is let in; as soon as one has, everybody must show a password
 * (AUTH, HELLO). Beyond loopback nothing is served without passwords, unless `trustRemote` says so.
 */
import type { Connection, Listener } from '../../platform/network.ts';
import { requireSafeAddress } from '../server-options.ts';
import { COMMANDS } from './all-commands.ts';
import { RedisConnection } from './connection.ts';
import type { RedisHost, RedisOptions, RedisServer } from './host.ts';
import { ServerState } from './server-state.ts';

export const DEFAULT_PORT = 7379;
const DEFAULT_GRACE_MS = 2_000;

/** Databases that are served: two servers of one would each give out the ids of new collections, and not know of each other's watches. */
const served = new WeakSet<object>();

/**
 * Listens, and answers each connection. Resolves when connections are accepted. Rejects with 'io' when the address cannot be
 * had, with 'unsafe-listen' for an address beyond loopback while nobody has a password, and with a TypeError when the database
 * is served by another Redis server already.
 */
export async function serveRedis(host: RedisHost, options: RedisOptions = {}): Promise<RedisServer> {
	const address = options.host ?? '127.0.0.1';
	const state = new ServerState(host, COMMANDS, options);
	requireSafeAddress(address, state.security.trustRemote, host);
	if (served.has(host.manager)) throw new TypeError("redis: the database is served over Redis' protocol already");
	served.add(host.manager);
	const listener = await listen(host, address, options.port ?? DEFAULT_PORT, state);
	state.address = { host: listener.host, port: listener.port };
	state.startSweeping();
	return {
		host: listener.host,
		port: listener.port,
		get connectionCount() {
			return state.connectionCount;
		},
		close: async (graceMs = DEFAULT_GRACE_MS) => {
			await listener.close();
			await state.close(graceMs);
			served.delete(host.manager);
		},
	};
}

async function listen(host: RedisHost, address: string, port: number, state: ServerState): Promise<Listener> {
	try {
		return await host.network.listen(address, port, (connection) => accept(state, connection));
	} catch (error) {
		served.delete(host.manager);
		throw error;
	}
}

function accept(state: ServerState, connection: Connection): void {
	if (state.isClosing) connection.destroy();
	else new RedisConnection(state, connection);
}
