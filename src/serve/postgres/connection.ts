/**
 * One client's connection: start-up, TLS, login, then a `Conversation`. It reads chunks, lets whole messages be answered, and
 * sends what came of them in one write per turn.
 *
 * States: 'startup' (packets without type) → 'login' (SASL answers) → 'ready' (a conversation) → 'closed'.
 * Back-pressure: while something is awaited, bytes that arrive are kept, up to a limit; then the socket is not read.
 */
import type { Session } from '../../database/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import { type Connection, type ConnectionHandler, isLoopback } from '../../platform/network.ts';
import { Conversation, type Transport } from './conversation.ts';
import { FramingError, MessageReader } from './message-reader.ts';
import { PASSWORD, writeAuthenticationOk, writeBackendKey, writeNegotiation, writeParameterStatus, writeSaslData, writeSaslMechanisms } from './messages.ts';
import { OutputBuffer } from './output-buffer.ts';
import { SCRAM_MECHANISM, ScramExchange } from './scram-exchange.ts';
import type { ServerState } from './server.ts';
import { writeError } from './sqlstates.ts';
import { type FirstPacket, readFirstPacket, STARTUP_BYTES_MAX, type StartupPacket } from './startup.ts';

/** Bytes kept unread while a statement runs, before the socket is paused. */
const WAITING_BYTES_MAX = 1024 * 1024;
/** More than this is sent even if the answer goes on; PostgreSQL's buffer is as large. */
const HELD_BYTES_MAX = 8192;
const LOGIN_MESSAGE_BYTES_MAX = 65536;
const SERVER_NONCE_BYTES = 18;

/** The settings that a client is told of at login, and at every change. */
const REPORTED_SETTINGS = [
	'in_hot_standby',
	'integer_datetimes',
	'TimeZone',
	'IntervalStyle',
	'is_superuser',
	'application_name',
	'default_transaction_read_only',
	'scram_iterations',
	'standard_conforming_strings',
	'DateStyle',
	'session_authorization',
	'client_encoding',
	'server_version',
	'server_encoding',
] as const;

export class PostgresConnection implements ConnectionHandler, Transport {
	/** What a CancelRequest must know. */
	readonly secret: number;
	readonly #server: ServerState;
	readonly #connection: Connection;
	readonly #reader: MessageReader;
	readonly #out: OutputBuffer;
	#state: 'startup' | 'login' | 'ready' | 'closed';
	#secure = false;
	#startup: StartupPacket | null = null;
	#scram: ScramExchange | null = null;
	#scramStep = 0;
	#conversation: Conversation | null = null;
	#cancelLoginTimer: () => void;
	#paused = false;
	/** True while messages are being answered: what is written then is sent at the end. */
	#pumping = false;
	#hungUp = false;

	constructor(server: ServerState, connection: Connection) {
		this.#server = server;
		this.#connection = connection;
		this.#reader = new MessageReader(LOGIN_MESSAGE_BYTES_MAX);
		this.#out = new OutputBuffer();
		this.#state = 'startup';
		this.secret = Buffer.from(server.host.platform.random.bytes(4)).readInt32BE(0);
		this.#cancelLoginTimer = server.host.platform.timers.after(server.loginTimeoutMs, () => connection.destroy());
		connection.handler = this;
	}

	get session(): Session | null {
		return this.#conversation?.session ?? null;
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
		if (this.#hungUp || this.closed) return;
		this.#reader.push(chunk);
		if (this.#conversation?.busy === true) {
			if (this.#reader.waitingBytes > WAITING_BYTES_MAX && !this.#paused) {
				this.#paused = true;
				this.#connection.pause();
			}
			return;
		}
		this.#pump();
	}

	drained(): void {
		this.#conversation?.drained();
	}

	/** The connection below is gone. */
	disconnected(): void {
		this.#cancelLoginTimer();
		if (this.closed) return;
		this.#state = 'closed';
		this.#out.discard();
		this.#server.remove(this);
		this.#conversation?.closed();
		this.#conversation = null;
	}

	proceed(): void {
		if (this.closed || this.#conversation?.busy === true) return;
		if (this.#paused) {
			this.#paused = false;
			this.#connection.resume();
		}
		this.#pump();
	}

	/** Ends the connection after what is to be said; an error is sent as FATAL. */
	hangUp(error: unknown): void {
		if (this.#hungUp || this.closed) return;
		this.#hungUp = true;
		if (error !== null) {
			if (this.#out.messageAt >= 0) this.#out.truncate(this.#out.messageAt - 1);
			writeError(this.#out, error, 'FATAL');
		}
		this.#out.flush(this.#connection);
		this.#connection.end();
		// A client that does not read its goodbye must not hold what the session has.
		this.#server.host.platform.timers.after(this.#server.goodbyeMs, () => this.#connection.destroy());
		this.disconnected();
	}

	/** Cuts the connection without a word. */
	destroy(): void {
		this.#connection.destroy();
	}

	/** The server ends. */
	shutDown(): void {
		if (this.#state === 'ready') this.hangUp(sqlError('57P01', 'terminating connection due to administrator command'));
		else this.destroy();
	}

	#pump(): void {
		if (this.#pumping) return;
		this.#pumping = true;
		try {
			while (!this.#hungUp && this.#conversation?.busy !== true && this.#nextMessage()) this.#answer();
		} catch (error) {
			if (this.#state === 'startup') this.#refuseStartup(error);
			else this.hangUp(error instanceof FramingError ? sqlError('08P01', error.message) : error);
		} finally {
			this.#pumping = false;
		}
		if (this.closed) return;
		this.#reader.release();
		if (!this.#holdsOutput()) this.#out.flush(this.#connection);
	}

	/** An answer that waits is sent whole: a write for the part before the wait costs a system call, and wakes the client for nothing. */
	#holdsOutput(): boolean {
		const conversation = this.#conversation;
		if (conversation === null) return false;
		const holds = conversation.busy && !conversation.urgent && this.#out.length < HELD_BYTES_MAX;
		if (!holds) conversation.urgent = false;
		return holds;
	}

	#nextMessage(): boolean {
		return this.#state === 'startup' ? this.#reader.nextStartup(STARTUP_BYTES_MAX) : this.#reader.next();
	}

	#answer(): void {
		if (this.#state === 'ready') this.#conversation!.dispatch();
		else if (this.#state === 'startup') this.#answerFirst(readFirstPacket(this.#reader));
		else this.#answerLogin();
	}

	/** Before login, what makes no sense gets no answer (an HTTP request, noise); a precise refusal does. */
	#refuseStartup(error: unknown): void {
		if (error instanceof FramingError) this.destroy();
		else this.hangUp(error);
	}

	#answerFirst(packet: FirstPacket): void {
		switch (packet.kind) {
			case 'cancel':
				this.#server.cancel(packet.processId, packet.secret);
				this.hangUp(null);
				return;
			case 'gss':
				this.#connection.write(Buffer.from('N'));
				return;
			case 'tls':
				this.#answerTls();
				return;
			case 'startup':
				this.#beginLogin(packet);
		}
	}

	#answerTls(): void {
		const context = this.#server.security.tls;
		if (context === null || this.#secure) {
			this.#connection.write(Buffer.from('N'));
			return;
		}
		// Bytes sent before the handshake were not protected: nothing may be read from them afterwards.
		if (this.#reader.waitingBytes > 0) throw new FramingError('received unencrypted data after SSL request');
		this.#connection.write(Buffer.from('S'));
		this.#connection.startTls(context);
		this.#secure = true;
	}

	#beginLogin(packet: StartupPacket): void {
		const server = this.#server;
		const local = isLoopback(this.#connection.remoteAddress);
		if (packet.negotiation !== null) writeNegotiation(this.#out, packet.negotiation.minorVersion, packet.negotiation.unknownOptions);
		if (server.connectionCount > server.connectionsMax) throw sqlError('53300', 'sorry, too many clients already');
		if (server.security.requireTls && !local && !this.#secure) {
			throw sqlError('28000', 'connections from other machines must use TLS', { hint: 'Connect with sslmode=require.' });
		}
		this.#startup = packet;
		this.#state = 'login';
		if (!server.host.hasPasswords()) {
			if (!local && !server.security.trustRemote) throw sqlError('28000', 'connections from other machines need a user with a password');
			this.#welcome();
			return;
		}
		const nonce = Buffer.from(server.host.platform.random.bytes(SERVER_NONCE_BYTES)).toString('base64');
		const verifier = server.host.role(packet.user)?.verifier ?? null;
		this.#scram = new ScramExchange(packet.user, verifier, server.secret, nonce);
		writeSaslMechanisms(this.#out, [SCRAM_MECHANISM]);
	}

	#answerLogin(): void {
		const reader = this.#reader;
		if (reader.type !== PASSWORD) throw new FramingError(`expected SASL response, got message type ${reader.type}`);
		const scram = this.#scram!;
		if (this.#scramStep++ === 0) {
			const mechanism = reader.text();
			if (mechanism !== SCRAM_MECHANISM) throw sqlError('08P01', 'client selected an invalid SASL authentication mechanism');
			const length = reader.int32();
			const start = reader.skip(length);
			reader.expectEnd();
			writeSaslData(this.#out, false, scram.challenge(reader.bytes.toString('utf8', start, start + length)));
			return;
		}
		const signature = scram.verify(reader.rest().toString('utf8'));
		const { user } = this.#startup!;
		if (signature === null) throw sqlError('28P01', `password authentication failed for user "${user}"`);
		writeSaslData(this.#out, true, signature);
		this.#welcome();
	}

	/** Opens the session and tells the client what it is talking to. */
	#welcome(): void {
		const server = this.#server;
		const packet = this.#startup!;
		const role = server.host.role(packet.user);
		if (role !== undefined && !role.canLogin) throw sqlError('28000', `role "${packet.user}" is not permitted to log in`);
		const session = server.host.connect({ user: packet.user, settings: packet.settings });
		session.describe({ address: this.#connection.remoteAddress, port: this.#connection.remotePort, applicationName: packet.applicationName });
		this.#cancelLoginTimer();
		this.#scram = null;
		this.#startup = null;
		this.#reader.messageBytesMax = server.messageBytesMax;
		this.#state = 'ready';
		const out = this.#out;
		writeAuthenticationOk(out);
		for (const name of REPORTED_SETTINGS) {
			const value = session.setting(name);
			if (value !== undefined) writeParameterStatus(out, name, value);
		}
		this.#conversation = new Conversation(session, out, this.#reader, this, server.host.platform.timers);
		server.opened(this, session.processId);
		writeBackendKey(out, session.processId, this.secret);
		this.#conversation.ready();
	}
}
