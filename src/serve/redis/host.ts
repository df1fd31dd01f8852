/** What the Redis server needs of the database that it serves, and the options of a server. */
import type { Durability } from '../../log/log.ts';
import type { Network } from '../../platform/network.ts';
import type { Platform } from '../../platform/platform.ts';
import type { TransactionManager } from '../../transaction/manager.ts';

/** @internal */
export interface RedisHost {
	readonly platform: Pick<Platform, 'random' | 'timers' | 'clock'>;
	readonly network: Network;
	readonly manager: TransactionManager;
	/** Of databases that name none of their own. */
	readonly durability: Durability;
	readonly directory: string;
	/** Waits while the store has more in memory than it may; undefined when it has room. */
	relieve(): Promise<void> | undefined;
	/** Hands what has been committed to the operating system now, not only when the turn ends. */
	writeLog(): void;
	/** Bytes of log and stores on disk, and of memory for recent writes. */
	sizes(): { readonly logBytes: number; readonly diskBytes: number; readonly memoryBytes: number };
	/** The user of this name, or undefined. `verifier` is a SCRAM verifier in PostgreSQL's form, null without a password. */
	role(name: string): { readonly canLogin: boolean; readonly verifier: string | null } | undefined;
	/** True when some user has a password: then everybody must show one. */
	hasPasswords(): boolean;
	/** For the operator: what goes wrong in the background. */
	report(message: string): void;
}

/**
 * Options of the Redis server.
 *
 * @since 0.2.0
 */
export interface RedisOptions {
	/** Address to listen on. Default 127.0.0.1. Beyond loopback, a user with a password must exist, or `trustRemote` be set. */
	readonly host?: string;
	/** Default 7379; 0 picks a free one. */
	readonly port?: number;
	/** PEM texts of a certificate chain and its key: both or neither. With them, clients may connect with TLS (`rediss://`), at the same port. */
	readonly cert?: string;
	readonly key?: string;
	/** Refuses connections from other machines that do not use TLS. Default false. */
	readonly requireTls?: boolean;
	/** Accepts anybody from anywhere without a password while no user has one. Default false. */
	readonly trustRemote?: boolean;
	/** Connections at the same time; the next is refused with `ERR max number of clients reached`. Default 10,000. */
	readonly connectionsMax?: number;
}

/** @since 0.2.0 */
export interface RedisServer {
	/** Address that is listened on. */
	readonly host: string;
	readonly port: number;
	/** Number of open connections. */
	readonly connectionCount: number;
	/** Takes no more connections, answers what has been asked, and resolves when all have ended; after `graceMs` (default 2,000) they are cut. */
	close(graceMs?: number): Promise<void>;
}
