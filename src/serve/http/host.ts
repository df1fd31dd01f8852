/** What the HTTP server needs of the database that it serves, and the options of a server. */
import type { Language } from '../../database/language.ts';
import type { DatabaseSession } from '../../database/session.ts';
import type { HttpNetwork } from '../../platform/http.ts';
import type { Platform } from '../../platform/platform.ts';

/** @internal */
export interface HttpHost {
	readonly platform: Pick<Platform, 'random' | 'timers' | 'clock'>;
	readonly network: HttpNetwork;
	/** A session of its own for one request. */
	connect(options: { readonly user: string }): DatabaseSession;
	/** SPARQL, as sessions run it. */
	sparql(): Language;
	/** The user of this name, or undefined. `verifier` is a SCRAM verifier in PostgreSQL's form, null without a password. */
	role(name: string): { readonly canLogin: boolean; readonly verifier: string | null } | undefined;
	/** True when some user has a password: then everybody must show one. */
	hasPasswords(): boolean;
	/** For the operator: failures that are not the client's. */
	report(message: string): void;
}

/**
 * Options of the HTTP server.
 *
 * @since 0.2.0
 */
export interface HttpOptions {
	/** Address to listen on. Default 127.0.0.1. Beyond loopback, a user with a password must exist, or `trustRemote` be set. */
	readonly host?: string;
	/** Default 7300; 0 picks a free one. */
	readonly port?: number;
	/** Accepts anybody from anywhere without a password while no user has one. Default false. */
	readonly trustRemote?: boolean;
	/** PEM texts: with both, it is HTTPS. */
	readonly cert?: string;
	readonly key?: string;
	/** Bytes of a query, an update or a form. Default 16 MiB; a longer one is refused with 413. */
	readonly textBytesMax?: number;
	/** Bytes of a document of RDF. Default 16 GiB; of a longer one nothing is stored, and it is refused with 413. */
	readonly documentBytesMax?: number;
	/** Milliseconds that a query or update may run; 0: no limit. Default 300,000. Then it is stopped, with 503 if nothing was sent yet. */
	readonly timeoutMs?: number;
	/** Requests that are worked on at the same time; the next is refused with 503. Default 1,000. */
	readonly requestsMax?: number;
}

/** @since 0.2.0 */
export interface HttpServer {
	/** Address that is listened on. */
	readonly host: string;
	readonly port: number;
	/** Number of open connections. */
	readonly connectionCount: number;
	/** Takes no more connections, answers what has been asked, and resolves when all have ended; after `graceMs` (default 2,000) they are cut. */
	close(graceMs?: number): Promise<void>;
}
