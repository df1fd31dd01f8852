/** What the PostgreSQL server needs of the database that it serves, and the options of a server. */
import type { Session, SessionOptions } from '../../database/contracts.ts';
import type { Network } from '../../platform/network.ts';
import type { Platform } from '../../platform/platform.ts';

/** @internal */
export interface PostgresHost {
	readonly platform: Pick<Platform, 'random' | 'timers'>;
	readonly network: Network;
	/** Opens a session. Throws PostgreSQL's error for a setting that does not exist or has a wrong value. */
	connect(options: SessionOptions): Session;
	/** The user of this name, or undefined. `verifier` is a SCRAM verifier in PostgreSQL's form, null without a password. */
	role(name: string): { readonly canLogin: boolean; readonly verifier: string | null } | undefined;
	/** True when some user has a password: then everybody must show one. */
	hasPasswords(): boolean;
}

/**
 * Options of the PostgreSQL server.
 *
 * @since 0.1.0
 */
export interface PostgresOptions {
	/** Address to listen on. Default 127.0.0.1. Beyond loopback, a user with a password must exist, or `trustRemote` be set. */
	readonly host?: string;
	/** Default 7332; 0 picks a free one. */
	readonly port?: number;
	/** PEM texts of a certificate chain and its key: both or neither. With them, clients may ask for TLS. */
	readonly cert?: string;
	readonly key?: string;
	/** Refuses connections from beyond loopback that are not under TLS. Default false. */
	readonly requireTls?: boolean;
	/** Accepts anybody from anywhere without a password while no user has one. Default false. */
	readonly trustRemote?: boolean;
	/** Connections at the same time; the next is refused with 53300. Default 10,000. */
	readonly connectionsMax?: number;
	/** Bytes of one message from a client; a longer one ends its connection. Default 268,435,456. */
	readonly messageBytesMax?: number;
	/** Time for a client to log in, in milliseconds. Default 60,000. */
	readonly loginTimeoutMs?: number;
}

/** @since 0.1.0 */
export interface PostgresServer {
	/** Address that is listened on. */
	readonly host: string;
	readonly port: number;
	/** Number of open connections. */
	readonly connectionCount: number;
	/** Takes no more connections, tells those that are open (57P01), and resolves when all have ended; after `graceMs` (default 2,000) they are cut. */
	close(graceMs?: number): Promise<void>;
}
