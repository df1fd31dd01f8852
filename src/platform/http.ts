/**
 * A server of HTTP as protocols see it: requests come and responses go as the web's own classes, bodies as streams that pull. The
 * real one is `real-http.ts`; tests call a handler with requests of their own.
 */
import type { Listener } from './network.ts';

/** Its signal aborts when the client goes away. A response's stream is cancelled then. */
export type HttpHandler = (request: Request) => Response | Promise<Response>;

export interface HttpListenOptions {
	/** PEM texts: then it is HTTPS. */
	readonly tls?: { readonly cert: string; readonly key: string };
	/** How long a client may take to send the head of a request. */
	readonly headersTimeoutMs: number;
}

export interface HttpListener extends Listener {
	/** Connections that are open. */
	readonly connectionCount: number;
	/** Cuts the connections that are still open. */
	cut(): void;
}

export interface HttpNetwork {
	/** Port 0 picks a free one. Rejects with 'io' when the address is taken or not ours. */
	listenHttp(host: string, port: number, handler: HttpHandler, options: HttpListenOptions): Promise<HttpListener>;
}
