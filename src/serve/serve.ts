/** Serves an open database over the protocols that are built. */
import type { Database } from '../database/embedded/database.ts';
import { PolylogError } from '../platform/errors.ts';
import type { PairedNetwork } from '../platform/paired-network.ts';
import { realNetwork } from '../platform/real-network.ts';
import type { PostgresHost, PostgresOptions, PostgresServer } from './postgres/host.ts';
import { servePostgres } from './postgres/index.ts';
import type { RedisHost, RedisOptions, RedisServer } from './redis/host.ts';
import { serveRedis } from './redis/index.ts';

/**
 * What to serve, and where. Protocols that are given a port or options are served, and no others; when none is, all are, at
 * their default ports, but those that are false.
 *
 * @since 0.1.0
 */
export interface ServeOptions {
	/** Address to listen on. Default 127.0.0.1. */
	readonly host?: string;
	/** Port of the PostgreSQL protocol: default 7332, 0 picks a free one; or all its options; false: not served. */
	readonly postgres?: number | PostgresOptions | false;
	/** Port of the Redis protocol (RESP): default 7379, 0 picks a free one; or all its options; false: not served. */
	readonly redis?: number | RedisOptions | false;
}

/**
 * A running server.
 *
 * @since 0.1.0
 */
export interface Served {
	/** Protocol → address, such as { postgres: '127.0.0.1:7332', redis: '127.0.0.1:7379' }. */
	readonly addresses: Readonly<Record<string, string>>;
	/** The server of PostgreSQL's protocol, null when it is not served. */
	readonly postgres: PostgresServer | null;
	/** The server of Redis' protocol, null when it is not served. */
	readonly redis: RedisServer | null;
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

/** The database as the Redis server sees it. */
function redisHost(database: Database): RedisHost {
	const { engine } = database;
	const { platform, network, role, hasPasswords } = postgresHost(database);
	return {
		platform: { random: platform.random, timers: platform.timers, clock: engine.platform.clock },
		network,
		role,
		hasPasswords,
		manager: engine.manager,
		durability: engine.durability,
		directory: engine.directory,
		relieve: () => (engine.store.pressure() === 'stop' ? engine.store.whenRelieved() : undefined),
		writeLog() {
			try {
				engine.log.writeNow();
			} catch (error) {
				// A full disk: the log tries again by itself, and tells those who wait.
				if (!(error instanceof PolylogError)) throw error;
			}
		},
		sizes() {
			const { diskBytes, memoryBytes } = engine.store.statistics();
			return { logBytes: engine.log.bytes(), diskBytes, memoryBytes };
		},
		report: (message) => engine.operatorLog?.write('error', message),
	};
}

/** @internal */
export async function serveDatabase(database: Database, options: ServeOptions = {}): Promise<Served> {
	const addresses: Record<string, string> = {};
	const isServed = (given: unknown): boolean =>
		given === undefined ? [options.postgres, options.redis].every((other) => other === undefined || other === false) : given !== false;
	let postgres: PostgresServer | null = null;
	if (isServed(options.postgres)) {
		const given = typeof options.postgres === 'number' ? { port: options.postgres } : (options.postgres ?? {});
		postgres = await servePostgres(postgresHost(database), { ...(options.host === undefined ? {} : { host: options.host }), ...given });
		addresses['postgres'] = `${postgres.host}:${postgres.port}`;
	}
	let redis: RedisServer | null = null;
	if (isServed(options.redis)) {
		const given = typeof options.redis === 'number' ? { port: options.redis } : (options.redis ?? {});
		try {
			redis = await serveRedis(redisHost(database), { ...(options.host === undefined ? {} : { host: options.host }), ...given });
		} catch (error) {
			await postgres?.close();
			throw error;
		}
		addresses['redis'] = `${redis.host}:${redis.port}`;
	}
	Object.assign(database.engine.addresses, addresses);
	return {
		addresses,
		postgres,
		redis,
		async close() {
			for (const protocol of Object.keys(addresses)) delete database.engine.addresses[protocol];
			await Promise.all([postgres?.close(), redis?.close()]);
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
