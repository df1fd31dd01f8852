/**
 * One client's connection: TLS, handshake, then a `Conversation`. It reads chunks, lets whole requests be answered, and sends what came
 * of them in one write per turn.
 *
 * The first byte tells what comes: 0x16 a TLS handshake, 0x60 Bolt's own; anything else, an HTTP request for one, is cut without a word.
 * Back-pressure: while something is awaited, bytes that arrive are kept, up to a limit; then the socket is not read.
 */
import { type Connection, type ConnectionHandler, isLoopback } from '../../platform/network.ts';
import { Conversation, type Transport } from './conversation.ts';
import { FramingError, MessageReader } from './message-reader.ts';
import { OutputBuffer } from './output-buffer.ts';
import type { ServerState } from './server.ts';
import { REQUEST_INVALID, RequestError } from './status-codes.ts';
import { type BoltVersion, chooseVersion, encodeManifest, encodeVersion, HANDSHAKE_BYTES, MAGIC, readChoice } from './versions.ts';

/** Bytes kept unread while a query runs, before the socket is paused. */
const WAITING_BYTES_MAX = 1024 * 1024;
const LOGIN_MESSAGE_BYTES_MAX = 65536;
/** Answers are held back up to so much, for so long, while something is awaited. */
const HELD_BYTES_MAX = 8 * 1024;
const HELD_MS = 5;
const TLS_HANDSHAKE = 0x16;
const MAGIC_FIRST = MAGIC >>> 24;
const NONE = Buffer.alloc(0);

type State = 'first byte' | 'handshake' | 'choice' | 'conversation' | 'closed';

export class BoltConnection implements ConnectionHandler, Transport {
	readonly id: string;
	readonly isLocal: boolean;
	readonly remoteAddress: string;
	readonly remotePort: number;
	isSecure: boolean;
	readonly #server: ServerState;
	readonly #connection: Connection;
	readonly #reader: MessageReader;
	readonly #out: OutputBuffer;
	#state: State;
	/** Bytes of a handshake that is not whole yet. */
	#early: Buffer;
	#conversation: Conversation | null;
	#cancelLoginTimer: () => void;
	#cancelHeldTimer: (() => void) | null;
	#isPaused: boolean;
	/** True while requests are being answered: what is written then is sent at the end. */
	#isPumping: boolean;
	#hasHungUp: boolean;

	constructor(server: ServerState, connection: Connection, id: string) {
		this.id = id;
		this.remoteAddress = connection.remoteAddress;
		this.remotePort = connection.remotePort;
		this.isLocal = isLoopback(connection.remoteAddress);
		this.isSecure = false;
		this.#server = server;
		this.#connection = connection;
		this.#reader = new MessageReader(LOGIN_MESSAGE_BYTES_MAX);
		this.#out = new OutputBuffer();
		this.#state = 'first byte';
		this.#early = NONE;
		this.#conversation = null;
		this.#cancelLoginTimer = server.host.platform.timers.after(server.loginTimeoutMs, () => connection.destroy());
		this.#cancelHeldTimer = null;
		this.#isPaused = false;
		this.#isPumping = false;
		this.#hasHungUp = false;
		connection.handler = this;
	}

	get closed(): boolean {
		return this.#state === 'closed';
	}

	get writableLength(): number {
		return this.#connection.writableLength;
	}

	write(bytes: Buffer): boolean {
		return this.#connection.write(bytes);
	}

	data(chunk: Buffer): void {
		if (this.#hasHungUp || this.closed) return;
		const conversation = this.#conversation;
		if (conversation === null) {
			this.#begin(chunk);
			return;
		}
		try {
			this.#reader.push(chunk);
		} catch (error) {
			this.#malformed(error);
			return;
		}
		if (!conversation.busy) {
			this.#pump();
			return;
		}
		if (this.#reader.resetCount > 0) conversation.interrupt();
		if (this.#reader.waitingBytes > WAITING_BYTES_MAX && conversation.busy && !this.#isPaused) {
			this.#isPaused = true;
			this.#connection.pause();
		}
	}

	drained(): void {
		this.#conversation?.drained();
	}

	/** The connection below is gone. */
	disconnected(): void {
		this.#cancelLoginTimer();
		this.#cancelHeldTimer?.();
		if (this.closed) return;
		this.#state = 'closed';
		this.#out.discard();
		this.#server.remove(this);
		this.#conversation?.closed();
		this.#conversation = null;
	}

	proceed(): void {
		if (this.closed || this.#isPumping || this.#conversation?.busy !== false) return;
		if (this.#server.isClosing) {
			this.hangUp();
			return;
		}
		if (this.#isPaused) {
			this.#isPaused = false;
			this.#connection.resume();
		}
		this.#pump();
	}

	hangUp(): void {
		if (this.#hasHungUp || this.closed) return;
		this.#hasHungUp = true;
		this.#out.flush(this.#connection);
		this.#connection.end();
		// A client that does not read its goodbye must not hold what the session has.
		this.#server.host.platform.timers.after(this.#server.goodbyeMs, () => this.#connection.destroy());
		this.disconnected();
	}

	authenticated(isIn: boolean): void {
		this.#reader.messageBytesMax = isIn ? this.#server.messageBytesMax : LOGIN_MESSAGE_BYTES_MAX;
		this.#cancelLoginTimer();
		if (!isIn) this.#cancelLoginTimer = this.#server.host.platform.timers.after(this.#server.loginTimeoutMs, () => this.#connection.destroy());
	}

	/** Cuts the connection without a word. */
	destroy(): void {
		this.#connection.destroy();
	}

	/** The server ends: what is being done may end, what is idle is cut. */
	shutDown(): void {
		if (this.#conversation?.busy !== true) this.hangUp();
	}

	/** Bytes before the version is known. */
	#begin(chunk: Buffer): void {
		const bytes = this.#early.length === 0 ? chunk : Buffer.concat([this.#early, chunk]);
		this.#early = NONE;
		if (bytes.length === 0) return;
		if (this.#state === 'first byte') {
			if (bytes[0] === TLS_HANDSHAKE && this.#server.security.tls !== null && !this.isSecure) {
				this.isSecure = true;
				this.#connection.startTls(this.#server.security.tls, bytes);
				return;
			}
			if (bytes[0] !== MAGIC_FIRST) {
				this.destroy();
				return;
			}
			this.#state = 'handshake';
		}
		if (this.#state === 'handshake') this.#handshake(bytes);
		else this.#choice(bytes);
	}

	#handshake(bytes: Buffer): void {
		if (bytes.length < HANDSHAKE_BYTES) {
			this.#early = bytes;
			return;
		}
		if (bytes.readUInt32BE(0) !== MAGIC) {
			this.destroy();
			return;
		}
		const version = chooseVersion(bytes, 4);
		if (version === 'manifest') {
			this.#connection.write(encodeManifest());
			this.#state = 'choice';
			this.#begin(bytes.subarray(HANDSHAKE_BYTES));
			return;
		}
		this.#connection.write(encodeVersion(version));
		if (version === null) this.hangUp();
		else this.#converse(version, bytes.subarray(HANDSHAKE_BYTES));
	}

	#choice(bytes: Buffer): void {
		const choice = readChoice(bytes, 0, bytes.length);
		if (choice === 'short') this.#early = bytes;
		else if (choice === 'malformed' || choice.version === null) this.destroy();
		else this.#converse(choice.version, bytes.subarray(choice.bytes));
	}

	#converse(version: BoltVersion, rest: Buffer): void {
		this.#conversation = new Conversation(this.#server, version, this.#out, this.#reader, this);
		this.#state = 'conversation';
		if (rest.length > 0) this.data(rest);
	}

	#pump(): void {
		if (this.#isPumping) return;
		const conversation = this.#conversation!;
		this.#isPumping = true;
		try {
			while (!this.#hasHungUp && !conversation.busy && this.#reader.next()) conversation.dispatch();
			if (conversation.busy && this.#reader.resetCount > 0) conversation.interrupt();
		} catch (error) {
			this.#malformed(error);
		} finally {
			this.#isPumping = false;
		}
		if (this.closed) return;
		this.#reader.release();
		this.#send(conversation.busy);
	}

	/** Answers before one that must wait go out with it, if that comes soon (a commit does): one write, and one wake-up of the client. */
	#send(mayWait: boolean): void {
		this.#cancelHeldTimer?.();
		this.#cancelHeldTimer = null;
		if (this.#out.length === 0) return;
		if (!mayWait || this.#out.length > HELD_BYTES_MAX) this.#out.flush(this.#connection);
		else this.#cancelHeldTimer = this.#server.host.platform.timers.after(HELD_MS, () => this.#send(false));
	}

	/** What cannot be followed ends the connection; a bug of ours does as well. */
	#malformed(error: unknown): void {
		if (this.closed || this.#hasHungUp) return;
		if (!(error instanceof FramingError)) this.#server.host.report(error instanceof Error ? (error.stack ?? error.message) : String(error));
		this.#conversation?.refuse(error instanceof FramingError ? new RequestError(REQUEST_INVALID, error.message) : error);
		this.hangUp();
	}
}
