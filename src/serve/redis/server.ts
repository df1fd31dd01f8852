/**
 * Serves a database over Redis' protocol, versions 2 and 3.
 *
 * Logins: while no user has a password, anybody on this machine is let in; as soon as one has, everybody must show a password
 * (AUTH, HELLO). Beyond loopback nothing is served without passwords, unless `trustRemote` says so.
 */
import { InputError } from '../../platform/errors.ts';
import { type Connection, isLoopback } from '../../platform/network.ts';
import { COMMANDS } from './all-commands.ts';
import { RedisConnection } from './connection.ts';
import type { RedisHost, RedisOptions, RedisServer } from './host.ts';
import { ServerState } from './server-state.ts';

export const DEFAULT_PORT = 7379;
const DEFAULT_GRACE_MS = 2_000;

/**
 * Listens, and answers each connection. Resolves when connections are accepted. Rejects with 'io' when the address cannot be
 * had, and with 'unsafe-listen' for an address beyond loopback while nobody has a password.
 */
export async function serveRedis(host: RedisHost, options: RedisOptions = {}): Promise<RedisServer> {
	const address = options.host ?? '127.0.0.1';
	const state = new ServerState(host, COMMANDS, options);
	if (!isLoopback(address) && !state.trustRemote && !host.hasPasswords()) {
		throw new InputError('unsafe-listen', `refusing to listen on ${address}, beyond this machine, while no user has a password`, {
			hint: 'Create a user with a password first, or set trustRemote to let anybody in.',
		});
	}
	const listener = await host.network.listen(address, options.port ?? DEFAULT_PORT, (connection) => accept(state, connection));
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
		},
	};
}

function accept(state: ServerState, connection: Connection): void {
	if (state.isClosing) connection.destroy();
	else new RedisConnection(state, connection);
}
