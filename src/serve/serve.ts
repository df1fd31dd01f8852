/** Serves an open database over the protocols that are built. */
import type { Database } from '../database/embedded/database.ts';
import type { PairedNetwork } from '../platform/paired-network.ts';
import { realNetwork } from '../platform/real-network.ts';
import type { PostgresHost, PostgresOptions, PostgresServer } from './postgres/host.ts';
import { servePostgres } from './postgres/index.ts';

/** @since 0.1.0 */
export interface ServeOptions {
	/** Address to listen on. Default 127.0.0.1. */
	readonly host?: string;
	/** Port of the PostgreSQL protocol: default 7332, 0 picks a free one; or all its options; false: not served. */
	readonly postgres?: number | PostgresOptions | false;
}

/**
 * A running server.
 *
 * @since 0.1.0
 */
export interface Served {
	/** Protocol → address, such as { postgres: '127.0.0.1:7332' }. */
	readonly addresses: Readonly<Record<string, string>>;
	/** The server of PostgreSQL's protocol, null when it is not served. */
	readonly postgres: PostgresServer | null;
	/** Takes no more connections, ends those that are open, and resolves when all have ended. The database stays open. */
	close(): Promise<void>;
}

/** The database as the PostgreSQL server sees it. */
function postgresHost(database: Database): PostgresHost {
	const { engine } = database;
	const roles = () => [...engine.manager.catalog.objects()].filter((o) => o.kind === 'role');
	return {
		platform: engine.platform,
		network: realNetwork(),
		connect: (options) => engine.connect(options),
		role(name) {
			const role = engine.manager.catalog.findRole(name);
			return role?.kind === 'role' ? { canLogin: role.canLogin, verifier: role.verifier } : undefined;
		},
		hasPasswords: () => roles().some((role) => role.verifier !== null),
	};
}

/** @internal */
export async function serveDatabase(database: Database, options: ServeOptions = {}): Promise<Served> {
	const addresses: Record<string, string> = {};
	let postgres: PostgresServer | null = null;
	if (options.postgres !== false) {
		const given = typeof options.postgres === 'number' ? { port: options.postgres } : (options.postgres ?? {});
		postgres = await servePostgres(postgresHost(database), { ...(options.host === undefined ? {} : { host: options.host }), ...given });
		addresses['postgres'] = `${postgres.host}:${postgres.port}`;
	}
	Object.assign(database.engine.addresses, addresses);
	return {
		addresses,
		postgres,
		async close() {
			for (const protocol of Object.keys(addresses)) delete database.engine.addresses[protocol];
			await postgres?.close();
		},
	};
}

/**
 * Serves PostgreSQL's protocol to this process alone, asking nobody for a password: whoever may open the directory may do everything.
 * @internal
 */
export function servePrivately(database: Database, network: PairedNetwork): Promise<PostgresServer> {
	return servePostgres({ ...postgresHost(database), network, hasPasswords: () => false }, { port: 0 });
}
