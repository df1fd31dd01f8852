/**
 * A network inside one process: what `connect` gives is a stream whose other end is a connection that the listener accepts.
 * Nobody else can reach it, so a command can be a client of a database that it opened itself without opening a port.
 *
 * The client's end has the calls of `net.Socket` that database drivers make. It keeps the process alive until it is destroyed.
 */
import { Duplex } from 'node:stream';
import { UnsupportedError } from './errors.ts';
import type { Connection, ConnectionHandler, Listener, Network, TlsContext } from './network.ts';

const KEEP_ALIVE_MS = 2 ** 30;

const ignore: ConnectionHandler = { data: () => {}, drained: () => {}, disconnected: () => {} };

/** The server's end. */
class PairedConnection implements Connection {
	handler: ConnectionHandler = ignore;
	readonly remoteAddress = '127.0.0.1';
	readonly remotePort = 0;
	readonly #client: PairedStream;
	#paused = false;
	#waiting: (() => void)[] = [];

	constructor(client: PairedStream) {
		this.#client = client;
	}

	get writableLength(): number {
		return this.#client.readableLength;
	}

	/** Copies: the writer may use its buffer again at once. */
	write(bytes: Buffer): boolean {
		return this.#client.push(Buffer.from(bytes));
	}

	pause(): void {
		this.#paused = true;
	}

	resume(): void {
		this.#paused = false;
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const deliver of waiting) setImmediate(deliver);
	}

	/** Hands a chunk over in a turn of its own, when not paused, and calls back when it was taken. */
	deliver(chunk: Buffer, taken: () => void): void {
		setImmediate(() => {
			if (this.#paused) {
				this.#waiting.push(() => this.deliver(chunk, taken));
				return;
			}
			this.handler.data(chunk);
			taken();
		});
	}

	end(): void {
		this.#client.push(null);
	}

	destroy(): void {
		this.#client.destroy();
	}

	startTls(): void {
		throw new UnsupportedError('no-tls', 'a connection inside one process has no TLS', { sqlstate: '0A000' });
	}
}

/** The client's end. */
class PairedStream extends Duplex {
	readonly #accept: (connection: Connection) => void;
	readonly #server: PairedConnection;
	readonly #keepAlive = setInterval(() => undefined, KEEP_ALIVE_MS);

	constructor(accept: (connection: Connection) => void) {
		super();
		this.#accept = accept;
		this.#server = new PairedConnection(this);
	}

	connect(): this {
		setImmediate(() => {
			this.#accept(this.#server);
			this.emit('connect');
		});
		return this;
	}

	setNoDelay(): this {
		return this;
	}

	setKeepAlive(): this {
		return this;
	}

	ref(): this {
		this.#keepAlive.ref();
		return this;
	}

	unref(): this {
		this.#keepAlive.unref();
		return this;
	}

	override _read(): void {
		this.#server.handler.drained();
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, taken: () => void): void {
		this.#server.deliver(chunk, taken);
	}

	override _final(done: () => void): void {
		done();
		this.destroy();
	}

	override _destroy(error: Error | null, done: (error: Error | null) => void): void {
		clearInterval(this.#keepAlive);
		setImmediate(() => this.#server.handler.disconnected());
		done(error);
	}
}

export interface PairedNetwork extends Network {
	/** A stream to whoever listens; call its `connect`, as drivers do. */
	stream(): Duplex;
}

export function pairedNetwork(): PairedNetwork {
	let accept: ((connection: Connection) => void) | null = null;
	return {
		listen(host, port, accepts): Promise<Listener> {
			accept = accepts;
			const close = async (): Promise<void> => {
				accept = null;
			};
			return Promise.resolve({ host, port, close });
		},
		tlsContext(): TlsContext {
			throw new UnsupportedError('no-tls', 'a connection inside one process has no TLS', { sqlstate: '0A000' });
		},
		stream() {
			return new PairedStream((connection) => {
				if (accept === null) connection.destroy();
				else accept(connection);
			});
		},
	};
}
