/** HTTP/1.1 by Node.js, with requests and responses as the web's classes by @hono/node-server. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { getRequestListener } from '@hono/node-server';
import { IoError } from './errors.ts';
import type { HttpHandler, HttpListener, HttpListenOptions, HttpNetwork } from './http.ts';

/** Connections that wait to be accepted. */
const BACKLOG = 1024;

type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

class RealHttp implements HttpNetwork {
	listenHttp(host: string, port: number, handler: HttpHandler, options: HttpListenOptions): Promise<HttpListener> {
		const listener = getRequestListener(handler, { overrideGlobalObjects: false }) as NodeListener;
		const server = makeServer(listener, options);
		server.headersTimeout = options.headersTimeoutMs;
		// Bodies may be long and slow: what they may be is for the handler to say.
		server.requestTimeout = 0;
		let connectionCount = 0;
		server.on('connection', (socket) => {
			connectionCount++;
			socket.setNoDelay(true);
			socket.on('close', () => connectionCount--);
		});
		return new Promise((resolve, reject) => {
			server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(host, port, error)));
			server.listen({ host, port, backlog: BACKLOG }, () => {
				server.removeAllListeners('error');
				resolve(listening(server, () => connectionCount));
			});
		});
	}
}

function makeServer(listener: NodeListener, options: HttpListenOptions): Server {
	if (options.tls === undefined) return createServer(listener);
	try {
		return createSecureServer({ cert: options.tls.cert, key: options.tls.key, minVersion: 'TLSv1.2' }, listener);
	} catch (error) {
		throw new IoError('io', `the TLS certificate and key cannot be used: ${error instanceof Error ? error.message : 'unknown error'}`, { cause: error });
	}
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): IoError {
	return new IoError('io', `cannot listen on ${host}:${port}: ${error.message}`, {
		cause: error,
		...(error.code === 'EADDRINUSE' ? { hint: 'Stop what listens there, or choose another port (0 picks a free one).' } : {}),
	});
}

function listening(server: Server, connectionCount: () => number): HttpListener {
	const address = server.address();
	const [host, port] = typeof address === 'object' && address !== null ? [address.address, address.port] : ['', 0];
	return {
		host,
		port,
		get connectionCount() {
			return connectionCount();
		},
		close: async () => {
			server.close();
			server.closeIdleConnections();
		},
		cut: () => server.closeAllConnections(),
	};
}

export function realHttp(): HttpNetwork {
	return new RealHttp();
}
