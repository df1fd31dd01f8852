/** The machine's network: TCP with Nagle's delay off, TLS by Node.js. Listeners keep the process alive, connections do not hold it back from ending. */
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { IoError } from './errors.ts';
import type { Connection, ConnectionHandler, Listener, Network, TlsContext } from './network.ts';

/** Connections that wait to be accepted. */
const BACKLOG = 1024;

class RealTlsContext implements TlsContext {
	readonly kind = 'tls';
	readonly secureContext: SecureContext;

	constructor(secureContext: SecureContext) {
		this.secureContext = secureContext;
	}
}

const ignore: ConnectionHandler = { data: () => {}, drained: () => {}, disconnected: () => {} };

class RealConnection implements Connection {
	handler: ConnectionHandler;
	readonly remoteAddress: string;
	readonly remotePort: number;
	#socket: Socket;

	constructor(socket: Socket) {
		this.handler = ignore;
		this.remoteAddress = socket.remoteAddress ?? '';
		this.remotePort = socket.remotePort ?? 0;
		this.#socket = socket;
		socket.setNoDelay(true);
		this.#listen(socket);
	}

	get writableLength(): number {
		return this.#socket.writableLength;
	}

	write(bytes: Buffer): boolean {
		return this.#socket.write(bytes);
	}

	pause(): void {
		this.#socket.pause();
	}

	resume(): void {
		this.#socket.resume();
	}

	end(): void {
		this.#socket.end();
	}

	destroy(): void {
		this.#socket.destroy();
	}

	startTls(context: TlsContext, received?: Buffer): void {
		const plain = this.#socket;
		if (received !== undefined) {
			// Paused, or what is put back would go to nobody before the TLS socket takes it.
			plain.pause();
			plain.unshift(received);
		}
		plain.removeAllListeners('data');
		plain.removeAllListeners('drain');
		plain.removeAllListeners('close');
		const secure = new TLSSocket(plain, { isServer: true, secureContext: (context as RealTlsContext).secureContext });
		// A handshake that fails ends the TLS socket; the one below must go with it.
		secure.on('error', () => plain.destroy());
		this.#socket = secure;
		this.#listen(secure);
	}

	#listen(socket: Socket): void {
		socket.on('data', (chunk: Buffer) => this.handler.data(chunk));
		socket.on('drain', () => this.handler.drained());
		socket.on('close', () => this.handler.disconnected());
		// A reset by the other side is followed by 'close', which says all that is needed.
		socket.on('error', () => {});
	}
}

function portTaken(error: NodeJS.ErrnoException): boolean {
	return error.code === 'EADDRINUSE';
}

class RealNetwork implements Network {
	listen(host: string, port: number, accept: (connection: Connection) => void): Promise<Listener> {
		const server = createServer((socket) => accept(new RealConnection(socket)));
		return new Promise((resolve, reject) => {
			server.once('error', (error) =>
				reject(
					new IoError('io', `cannot listen on ${host}:${port}: ${error.message}`, {
						cause: error,
						...(portTaken(error) ? { hint: 'Stop what listens there, or choose another port (0 picks a free one).' } : {}),
					}),
				),
			);
			server.listen({ host, port, backlog: BACKLOG }, () => {
				server.removeAllListeners('error');
				resolve(listener(server));
			});
		});
	}

	tlsContext(cert: string, key: string): TlsContext {
		try {
			return new RealTlsContext(createSecureContext({ cert, key, minVersion: 'TLSv1.2' }));
		} catch (error) {
			throw new IoError('io', `the TLS certificate and key cannot be used: ${error instanceof Error ? error.message : 'unknown error'}`, { cause: error });
		}
	}
}

function listener(server: Server): Listener {
	const address = server.address();
	const [host, port] = typeof address === 'object' && address !== null ? [address.address, address.port] : ['', 0];
	// `close` calls back only when the last connection has ended; that is not waited for here.
	return {
		host,
		port,
		close: async () => {
			server.close();
		},
	};
}

export function realNetwork(): Network {
	return new RealNetwork();
}
