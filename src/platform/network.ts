/**
 * Streams of bytes between processes, as servers see them: who connected, what arrived, what waits to be sent. The real one
 * is `real-network.ts`.
 *
 * A handler gets whole chunks, which belong to it. `write` never blocks: what the kernel does not take at once waits in
 * memory (`writableLength`), and the writer is expected to stop until `drained`.
 */
export interface ConnectionHandler {
	data(chunk: Buffer): void;
	/** Everything that waited has been passed on. */
	drained(): void;
	/** The other side is gone, or `destroy` was called. Comes once, last. */
	disconnected(): void;
}

export interface Connection {
	/** Set before anything else; chunks wait until then. */
	handler: ConnectionHandler;
	/** Address of the other side, such as 127.0.0.1; '' when unknown. */
	readonly remoteAddress: string;
	readonly remotePort: number;
	/** Bytes that the kernel has not taken yet. */
	readonly writableLength: number;
	write(bytes: Buffer): boolean;
	/** No more `data` until `resume`. */
	pause(): void;
	resume(): void;
	/** Sends what waits, then closes. */
	end(): void;
	destroy(): void;
	/** From here on the same connection under TLS, this side being the server. `received`: what has come of the client's handshake already. */
	startTls(context: TlsContext, received?: Buffer): void;
}

/** Certificates, ready for use; made by `Network.tlsContext`. */
export interface TlsContext {
	readonly kind: 'tls';
}

export interface Listener {
	readonly host: string;
	readonly port: number;
	/** Takes no more connections; those that are open stay. */
	close(): Promise<void>;
}

export interface Network {
	/** Port 0 picks a free one. Rejects with 'io' when the address is taken or not ours. */
	listen(host: string, port: number, accept: (connection: Connection) => void): Promise<Listener>;
	/** PEM texts. Throws 'io' when they do not fit together. */
	tlsContext(cert: string, key: string): TlsContext;
}

/** True for addresses that only this machine can reach. */
export function isLoopback(address: string): boolean {
	const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
	return plain === '::1' || plain === 'localhost' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain);
}
