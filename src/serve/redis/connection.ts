/**
 * One client's connection: cuts chunks into requests, has them answered in order, and sends what came of them in one write per
 * turn. Replies that tell of commits wait until those are durable, and all later ones behind them.
 *
 * While a blocking command waits, the store has no room, or the client does not read its replies, requests are left unread,
 * up to a limit; then the socket is not read either.
 */
import { type Connection, type ConnectionHandler, isLoopback } from '../../platform/network.ts';
import { Client, type ClientTransport } from './client.ts';
import { ProtocolError, RedisError } from './redis-error.ts';
import { ReplyBuffer, replyBuffers } from './reply-buffer.ts';
import { RequestParser } from './request-parser.ts';
import type { ServerState } from './server-state.ts';

/** Bytes kept unread while nothing can be answered, before the socket is paused. */
const WAITING_BYTES_MAX = 1024 * 1024;
/** Replies that the client has not taken, before its requests are left unread. */
const UNREAD_BYTES_MAX = 1024 * 1024;
/** Messages that a subscriber has not taken, before it is cut. */
const BEHIND_BYTES_MAX = 32 * 1024 * 1024;
/** Requests between two looks at how long the turn has lasted. */
const LOOK_EVERY = 256;
const TURN_MS_MAX = 8;
const GOODBYE_MS = 2_000;
/** First byte of a TLS record that holds a handshake; no request begins with it. */
const TLS_HANDSHAKE = 0x16;

export class RedisConnection implements ConnectionHandler, ClientTransport {
	readonly client: Client;
	readonly address: string;
	readonly #server: ServerState;
	readonly #connection: Connection;
	readonly #parser: RequestParser;
	readonly #out: ReplyBuffer;
	/** Replies that wait: buffers, how much of each was written, the offset that each waits for. */
	readonly #buffers: Buffer[];
	readonly #lengths: number[];
	readonly #offsets: number[];
	#unsentBytes: number;
	/** Requests are being answered: what is written then is sent at the end. */
	#isPumping: boolean;
	/** Something is awaited that is no blocking command. */
	#isBusy: boolean;
	/** The store was waited for just now: the requests are answered, be it with an error. */
	#hasWaited: boolean;
	#isPaused: boolean;
	/** Nothing more is answered; what was written is still sent. */
	#isEnding: boolean;
	#hasEnded: boolean;
	#isClosed: boolean;
	/** The first bytes have come, within TLS if the client speaks it. */
	#hasBegun: boolean;
	#isSecure: boolean;

	constructor(server: ServerState, connection: Connection) {
		this.#server = server;
		this.#connection = connection;
		this.#parser = new RequestParser();
		this.#out = new ReplyBuffer();
		this.#buffers = [];
		this.#lengths = [];
		this.#offsets = [];
		this.#unsentBytes = 0;
		this.#isPumping = false;
		this.#isBusy = false;
		this.#hasWaited = false;
		this.#isPaused = false;
		this.#isEnding = false;
		this.#hasEnded = false;
		this.#isClosed = false;
		this.#hasBegun = false;
		this.#isSecure = false;
		this.address = `${connection.remoteAddress}:${connection.remotePort}`;
		this.client = new Client(server, server.nextClientId(), this, this.#out);
		server.add(this);
		connection.handler = this;
		this.#greet();
	}

	data(chunk: Buffer): void {
		if (this.#isEnding || this.#isClosed) return;
		if (!this.#hasBegun && !this.#begin(chunk)) return;
		this.#server.statistics.inputBytes += chunk.length;
		this.#parser.push(chunk);
		if (this.#cannotAnswer()) {
			if (this.#parser.waitingBytes > WAITING_BYTES_MAX && !this.#isPaused) {
				this.#isPaused = true;
				this.#connection.pause();
			}
			return;
		}
		this.#pump();
	}

	drained(): void {
		this.#goOn();
	}

	disconnected(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#isEnding = true;
		this.#out.discard();
		this.#buffers.length = 0;
		this.client.closed();
		this.#server.remove(this);
	}

	touch(): void {
		if (!this.#isClosed) this.#server.touch(this);
	}

	/** In a later turn: the client that caused it has its own requests to be answered first. */
	proceed(): void {
		this.#server.host.platform.timers.soon(() => this.#goOn());
	}

	shutDown(): void {
		if (this.#isEnding) return;
		this.#isEnding = true;
		if (!this.#isPumping) this.flush();
	}

	destroy(): void {
		this.#connection.destroy();
	}

	/** Sends what was written, or keeps it until the commits that it tells of are durable. */
	flush(): void {
		if (this.#isPumping || this.#isClosed) return;
		const out = this.#out;
		if (out.length > 0) {
			const { waitOffset } = this.client;
			const length = out.length;
			this.#server.statistics.outputBytes += length;
			if (this.#buffers.length > 0 || waitOffset > this.#server.host.manager.visibleOffset) this.#keep(out.take(), length, waitOffset);
			else this.#send(out.take(), length);
		}
		if (this.#isEnding && this.#buffers.length === 0) this.#end();
	}

	/** Sends what waited for commits up to the visible offset; returns the offset that the rest waits for, −1 when there is none. */
	sendVisible(visibleOffset: number): number {
		const { length } = this.#buffers;
		let count = 0;
		while (count < length && this.#offsets[count]! <= visibleOffset) {
			this.#unsentBytes -= this.#lengths[count]!;
			this.#send(this.#buffers[count]!, this.#lengths[count]!);
			count++;
		}
		if (count === length) {
			this.#buffers.length = 0;
			this.#lengths.length = 0;
			this.#offsets.length = 0;
			if (this.#isEnding) this.#end();
			return -1;
		}
		this.#buffers.splice(0, count);
		this.#lengths.splice(0, count);
		this.#offsets.splice(0, count);
		return this.#offsets[0]!;
	}

	#greet(): void {
		const { client } = this;
		const server = this.#server;
		const isLocal = isLoopback(this.#connection.remoteAddress);
		let refusal: string | null = null;
		if (server.connectionCount > server.connectionsMax) refusal = 'ERR max number of clients reached';
		else if (!isLocal && client.isAuthenticated && !server.security.trustRemote) {
			refusal = 'DENIED connections from other machines need a user with a password';
		}
		this.#parser.isTrusted = client.isAuthenticated;
		if (refusal === null) return;
		server.statistics.rejected++;
		this.#out.error(refusal);
		this.shutDown();
	}

	/** Looks at the first bytes: false when they are not requests, or none that are answered. */
	#begin(chunk: Buffer): boolean {
		const { tls, requireTls } = this.#server.security;
		if (chunk[0] === TLS_HANDSHAKE && tls !== null && !this.#isSecure) {
			this.#isSecure = true;
			this.#connection.startTls(tls, chunk);
			return false;
		}
		this.#hasBegun = true;
		if (!requireTls || this.#isSecure || isLoopback(this.#connection.remoteAddress)) return true;
		this.#out.error('DENIED connections from other machines need TLS');
		this.shutDown();
		return false;
	}

	#cannotAnswer(): boolean {
		return this.#isBusy || this.client.wait !== null || this.#connection.writableLength + this.#unsentBytes > UNREAD_BYTES_MAX;
	}

	#goOn(): void {
		if (this.#isEnding || this.#isClosed || this.#isPumping || this.#cannotAnswer()) return;
		if (this.#isPaused) {
			this.#isPaused = false;
			this.#connection.resume();
		}
		if (this.#parser.waitingBytes > 0) this.#pump();
	}

	/** Answers the requests that have arrived. */
	#pump(): void {
		if (this.#isPumping) return;
		const server = this.#server;
		if (this.#waitsForRoom()) return;
		server.enter();
		this.#isPumping = true;
		try {
			this.#answer();
		} catch (error) {
			this.client.commitBatch();
			this.#failed(error);
		} finally {
			this.client.commitBatch();
			this.#isPumping = false;
		}
		this.#parser.release();
		this.flush();
		server.settle();
	}

	#answer(): void {
		const { client } = this;
		const parser = this.#parser;
		const { clock } = this.#server.host.platform;
		let untilLook = LOOK_EVERY;
		let startMs = -1;
		while (!this.#isEnding && parser.next()) {
			if (parser.isInline && this.#looksLikeHttp()) {
				this.destroy();
				return;
			}
			client.execute(parser.request);
			parser.isTrusted = client.isAuthenticated;
			if (client.wait !== null || this.#isBusy) return;
			if (--untilLook > 0) continue;
			untilLook = LOOK_EVERY;
			const nowMs = clock.monotonicMs();
			if (startMs < 0) startMs = nowMs;
			if (nowMs - startMs > TURN_MS_MAX || this.#out.length > UNREAD_BYTES_MAX) {
				this.proceed();
				return;
			}
		}
	}

	/** A web page can make a browser send such lines here; nothing that follows them may be obeyed. */
	#looksLikeHttp(): boolean {
		const { request } = this.#parser;
		const first = request.lower(0);
		return first === 'post' || first === 'host:' || (request.count > 1 && /^HTTP\/\d/.test(request.text(request.count - 1)));
	}

	/** Waits while the store has no room for more writes. */
	#waitsForRoom(): boolean {
		const relief = this.#hasWaited ? undefined : this.#server.host.relieve();
		this.#hasWaited = false;
		if (relief === undefined) return false;
		this.#isBusy = true;
		const goOn = (): void => {
			this.#isBusy = false;
			this.#hasWaited = true;
			this.#goOn();
		};
		relief.then(goOn, goOn);
		return true;
	}

	#failed(error: unknown): void {
		if (error instanceof ProtocolError) {
			this.#out.error(error.message);
		} else {
			this.#server.host.report(error instanceof Error ? (error.stack ?? error.message) : String(error));
			this.#out.error(error instanceof RedisError ? error.message : 'ERR internal error');
		}
		this.#isEnding = true;
	}

	#keep(buffer: Buffer, length: number, offset: number): void {
		this.#buffers.push(buffer);
		this.#lengths.push(length);
		this.#offsets.push(offset);
		this.#unsentBytes += length;
		this.#server.awaitVisible(this, offset);
		this.#cutIfBehind();
	}

	#send(buffer: Buffer, length: number): void {
		if (!replyBuffers.send(this.#connection, buffer, length)) this.#cutIfBehind();
	}

	#cutIfBehind(): void {
		if (this.client.isSubscribed && this.#connection.writableLength + this.#unsentBytes > BEHIND_BYTES_MAX) this.destroy();
	}

	#end(): void {
		if (this.#hasEnded) return;
		this.#hasEnded = true;
		this.#connection.end();
		// A client that does not read its goodbye must not hold what it has.
		this.#server.host.platform.timers.after(GOODBYE_MS, () => this.#connection.destroy());
	}
}
