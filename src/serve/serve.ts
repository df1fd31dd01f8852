/** Serves an open database over the protocols that are built. */
import type { Database } from '../database/embedded/database.ts';
import { loadGraphs, loadTriples } from '../database/load-engine.ts';
import { AutomaticAnalysis } from '../database/value-statistics/automatic-analysis.ts';
import { PolylogError } from '../platform/errors.ts';
import type { HttpHandler } from '../platform/http.ts';
import type { PairedNetwork } from '../platform/paired-network.ts';
import { realHttp } from '../platform/real-http.ts';
import { realNetwork } from '../platform/real-network.ts';
import { DatabaseBoltHost } from './bolt/database-host.ts';
import type { BoltHost, BoltOptions, BoltServer } from './bolt/host.ts';
import { serveBolt } from './bolt/index.ts';
import type { HttpHost, HttpOptions, HttpServer } from './http/host.ts';
import { HttpService, serveHttp } from './http/index.ts';
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
	/** Port of HTTP (SPARQL and Graph Store protocols): default 7300, 0 picks a free one; or all its options; false: not served. */
	readonly http?: number | HttpOptions | false;
	/** Port of Bolt, for Cypher: default 7387, 0 picks a free one; or all its options; false: not served. */
	readonly bolt?: number | BoltOptions | false;
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
	/** The server of HTTP, null when it is not served. */
	readonly http: HttpServer | null;
	/** The server of Bolt, null when it is not served. */
	readonly bolt: BoltServer | null;
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

/** The database as the HTTP server sees it. */
function httpHost(database: Database): HttpHost {
	const { engine } = database;
	const { role, hasPasswords } = postgresHost(database);
	return {
		platform: engine.platform,
		network: realHttp(),
		connect: (options) => engine.connect(options),
		sparql: () => loadTriples().sparqlLanguage,
		role,
		hasPasswords,
		report: (message) => engine.operatorLog?.write('error', message),
	};
}

/** The database as the Bolt server sees it. */
function boltHost(database: Database): BoltHost {
	return new DatabaseBoltHost(database.engine, () => loadGraphs().cypherLanguage);
}

interface ProtocolServer {
	readonly host: string;
	readonly port: number;
	close(graceMs?: number): Promise<void>;
}

/** Servers that were started, to be closed together. */
class StartedServers {
	readonly addresses: Record<string, string> = {};
	readonly #servers: ProtocolServer[] = [];

	/** Starts one unless it is not wanted; when it cannot be, those before it are closed. */
	async start<Server extends ProtocolServer, Options extends object>(
		protocol: string,
		given: number | Options | false | undefined,
		host: string | undefined,
		serve: (options: Options) => Promise<Server>,
	): Promise<Server | null> {
		if (given === false) return null;
		const options = typeof given === 'number' ? { port: given } : given;
		try {
			const server = await serve({ ...(host === undefined ? {} : { host }), ...options } as Options);
			this.#servers.push(server);
			this.addresses[protocol] = `${server.host}:${server.port}`;
			return server;
		} catch (error) {
			await this.close();
			throw error;
		}
	}

	async close(): Promise<void> {
		await Promise.all(this.#servers.map((server) => server.close()));
	}
}

/** @internal */
export async function serveDatabase(database: Database, options: ServeOptions = {}): Promise<Served> {
	const { host, ...protocols } = options;
	const isChosen = Object.values(protocols).some((given) => given !== undefined && given !== false);
	/** What was not asked for is served only when nothing was. */
	const wanted = <Given>(given: Given | false | undefined): Given | false | undefined => (given === undefined && isChosen ? false : given);
	const started = new StartedServers();
	const postgres = await started.start('postgres', wanted(options.postgres), host, (all: PostgresOptions) => servePostgres(postgresHost(database), all));
	const redis = await started.start('redis', wanted(options.redis), host, (all: RedisOptions) => serveRedis(redisHost(database), all));
	const http = await started.start('http', wanted(options.http), host, (all: HttpOptions) => serveHttp(httpHost(database), all));
	const bolt = await started.start('bolt', wanted(options.bolt), host, (all: BoltOptions) => serveBolt(boltHost(database), all));
	const analysis = new AutomaticAnalysis(database.engine);
	if (postgres !== null) analysis.start();
	const { addresses } = started;
	Object.assign(database.engine.addresses, addresses);
	return {
		addresses,
		postgres,
		redis,
		http,
		bolt,
		async close() {
			analysis.stop();
			for (const protocol of Object.keys(addresses)) delete database.engine.addresses[protocol];
			await started.close();
		},
	};
}

/**
 * Answers requests of HTTP from within this process, asking nobody for a password.
 * @internal
 */
export function answerPrivately(database: Database): HttpHandler {
	return new HttpService({ ...httpHost(database), hasPasswords: () => false }, { timeoutMs: 0 }).fetch;
}

/**
 * Serves PostgreSQL's protocol to this process alone, asking nobody for a password: whoever may open the directory may do everything.
 * @internal
 */
export function servePrivately(database: Database, network: PairedNetwork): Promise<PostgresServer> {
	return servePostgres({ ...postgresHost(database), network, hasPasswords: () => false }, { port: 0 });
}

/**
 * As `servePrivately`, over Bolt.
 * @internal
 */
export function serveBoltPrivately(database: Database, network: PairedNetwork): Promise<BoltServer> {
	return serveBolt(new DatabaseBoltHost(database.engine, () => loadGraphs().cypherLanguage, network), { port: 0 });
}
