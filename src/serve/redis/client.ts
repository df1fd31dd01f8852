/**
 * One client's state, and the running of its requests: the database it has selected, its MULTI, what it watches, what it is
 * subscribed to. The bytes come and go in `connection.ts`.
 *
 * What a client is shown waits until the commits that it depends on are durable: `waitOffset` is the newest of them. A client
 * with commits under way reads the newest decided state, so that it sees its own writes; any other reads what is visible.
 */

import type { RedisSpace } from '../../model/redis/redis-space.ts';
import { PolylogError } from '../../platform/errors.ts';
import type { Offset } from '../../storage/contracts.ts';
import type { Command } from './command.ts';
import { houseError, RedisError, wrongArguments } from './redis-error.ts';
import type { ReplyBuffer } from './reply-buffer.ts';
import type { Request } from './request.ts';
import type { ServerState } from './server-state.ts';
import { hashKey } from './write-batch.ts';

/** What a client needs of its connection. */
export interface ClientTransport {
	readonly address: string;
	/** Sends what was written out of turn, at the end of the turn. */
	touch(): void;
	/** Says goodbye after what has been written. */
	shutDown(): void;
	destroy(): void;
	/** Goes on with the requests that wait. */
	proceed(): void;
}

/** A command that waits for an element. */
export interface Wait {
	/** Tries again; true when the client was answered. */
	retry(): boolean;
	/** The answer when the time is over. */
	giveUp(out: ReplyBuffer): void;
	cancelTimer(): void;
	readonly keys: readonly string[];
}

const QUOTED_BYTES_MAX = 128;
/** Of requests between MULTI and EXEC. */
const QUEUED_BYTES_MAX = 512 * 1024 * 1024;

export class Client {
	readonly id: number;
	readonly server: ServerState;
	readonly transport: ClientTransport;
	readonly out: ReplyBuffer;
	readonly connectedMs: number;
	name: string;
	user: string;
	isAuthenticated: boolean;
	database: number;
	/** What must be visible before anything written now may be sent. */
	waitOffset: Offset;
	/** Requests since MULTI, or null. */
	queued: Request[] | null;
	/** Something was wrong with a request since MULTI. */
	isQueueBroken: boolean;
	queuedBytes: number;
	isInExec: boolean;
	/** Keys watched, as `database:key`, with whether each had expired then. */
	readonly watched: Map<string, boolean>;
	/** A watched key has changed. */
	isDirty: boolean;
	readonly channels: Set<string>;
	readonly patterns: Set<string>;
	readonly shardChannels: Set<string>;
	/** Set while a blocking command waits: requests are left unread. */
	wait: Wait | null;
	/** 'off': no replies; 'skip': none to the next request, 'skipping': none to this one. */
	replies: 'on' | 'off' | 'skip' | 'skipping';
	isEvictable: boolean;
	lastCommand: string;
	lastRequestMs: number;
	libraryName: string;
	libraryVersion: string;
	isClosing: boolean;

	constructor(server: ServerState, id: number, transport: ClientTransport, out: ReplyBuffer) {
		this.id = id;
		this.server = server;
		this.transport = transport;
		this.out = out;
		this.connectedMs = server.data.nowMs;
		this.name = '';
		this.user = 'default';
		this.isAuthenticated = !server.host.hasPasswords();
		this.database = 0;
		this.waitOffset = 0;
		this.queued = null;
		this.isQueueBroken = false;
		this.queuedBytes = 0;
		this.isInExec = false;
		this.watched = new Map();
		this.isDirty = false;
		this.channels = new Set();
		this.patterns = new Set();
		this.shardChannels = new Set();
		this.wait = null;
		this.replies = 'on';
		this.isEvictable = true;
		this.lastCommand = 'NULL';
		this.lastRequestMs = server.data.nowMs;
		this.libraryName = '';
		this.libraryVersion = '';
		this.isClosing = false;
	}

	/** The selected database. */
	get space(): RedisSpace {
		return this.server.data.space(this.database);
	}

	get isSubscribed(): boolean {
		return this.channels.size + this.patterns.size + this.shardChannels.size > 0;
	}

	/** Answers one request. Throws nothing but bugs. */
	execute(request: Request): void {
		const { out, server } = this;
		const command = server.commands.find(request);
		const { batch } = server;
		if (batch.space !== null && !this.#staysBatched(command, request)) this.commitBatch();
		const mark = out.length;
		try {
			this.#dispatch(command, request);
		} catch (error) {
			out.length = mark;
			this.#refuse(error);
		}
		if (this.replies !== 'on') this.#hold(mark);
		batch.replies++;
		if (batch.isFull) this.commitBatch();
	}

	/** Commits the writes that were gathered; to be called at the end of the turn at the latest. */
	commitBatch(): void {
		const { batch, data } = this.server;
		const { space } = batch;
		if (space === null) return;
		try {
			if (space.change.count > 0) space.commit();
			this.waitOffset = data.manager.decidedOffset;
		} catch (error) {
			// Nothing of it was done: whoever was told otherwise is told the error.
			this.out.length = batch.mark;
			for (let i = 0; i < batch.replies; i++) this.#refuse(error);
		} finally {
			batch.reset();
		}
	}

	/** Runs a command that is allowed, over the state that it may see. */
	run(command: Command, request: Request): void {
		const { server } = this;
		const { data } = server;
		server.statistics.commands++;
		this.lastCommand = command.name;
		if (data.transaction !== null) {
			command.run(this, request, this.out);
		} else if (command.isWrite) {
			this.#write(command, request);
		} else {
			if (command.isRead) this.prepareRead();
			command.run(this, request, this.out);
		}
	}

	/** Runs `work` within one transaction, committed at the end as sure as the surest database that it changed. */
	transact(work: () => void): void {
		const { data } = this.server;
		const transaction = data.begin();
		try {
			work();
			data.end();
			transaction.commit(data.transactionDurability);
		} catch (error) {
			data.end();
			transaction.rollback();
			data.forget();
			throw error;
		}
		this.waitOffset = data.manager.decidedOffset;
	}

	/** Undoes everything that a client may have set; it stays logged in or out as a new one would be. */
	reset(): void {
		this.discardQueue();
		this.server.channels.leaveAll(this);
		this.name = '';
		this.database = 0;
		this.replies = 'on';
		this.out.protocol = 2;
		this.isEvictable = true;
		this.user = 'default';
		this.isAuthenticated = !this.server.host.hasPasswords();
	}

	/** Ends MULTI and WATCH. */
	discardQueue(): void {
		this.queued = null;
		this.isQueueBroken = false;
		this.queuedBytes = 0;
		this.server.watches.forget(this);
	}

	/** The connection is gone. */
	closed(): void {
		this.isClosing = true;
		this.server.channels.leaveAll(this);
		this.server.watches.forget(this);
		this.server.waiting.leave(this);
	}

	/** Reads from here on see the commits that this client may see. */
	prepareRead(): void {
		const { data } = this.server;
		if (data.transaction !== null) return;
		const { visibleOffset, decidedOffset } = data.manager;
		if (this.waitOffset > visibleOffset || data.attachedOffset > visibleOffset) {
			data.readOffset = decidedOffset;
			this.waitOffset = decidedOffset;
		} else {
			data.readOffset = visibleOffset;
		}
	}

	/** Whether a command neither reads nor adds to what is gathered, but for another key. */
	#staysBatched(command: Command | undefined, request: Request): boolean {
		if (command === undefined || !command.isOfOneKey || this.queued !== null || this.replies !== 'on') return false;
		if (command.isWrite && request.count > command.directArguments) return false;
		const { batch } = this.server;
		if (request.count < 2 || batch.space!.database !== this.database) return false;
		return !batch.has(hashKey(request.bytes, request.starts[1]!, request.ends[1]!));
	}

	#dispatch(command: Command | undefined, request: Request): void {
		if (command === undefined) throw this.#broken(unknownCommand(request));
		const { arity } = command;
		if (arity > 0 ? request.count !== arity : request.count < -arity) throw this.#broken(wrongArguments(command.name));
		if (!this.isAuthenticated && !command.isOpen) throw this.#broken(new RedisError('NOAUTH Authentication required.'));
		if (this.out.protocol === 2 && !command.isSubscription && this.isSubscribed) throw onlySubscriptions(command.name);
		if (this.queued !== null && !command.isControl) {
			if (command.isAlone) throw this.#broken(new RedisError('ERR Command not allowed inside a transaction'));
			const queued = request.copy();
			this.queuedBytes += queued.bytes.length;
			if (this.queuedBytes > QUEUED_BYTES_MAX) throw this.#broken(new RedisError('OOM the requests since MULTI are too large'));
			this.queued.push(queued);
			this.out.simple('QUEUED');
			return;
		}
		this.run(command, request);
	}

	#write(command: Command, request: Request): void {
		const { data } = this.server;
		data.readOffset = data.manager.decidedOffset;
		if (request.count > command.directArguments) {
			this.transact(() => command.run(this, request, this.out));
			return;
		}
		const space = this.space;
		const { change } = space;
		const { length, count } = change;
		const mark = this.out.length;
		try {
			command.run(this, request, this.out);
		} catch (error) {
			space.rewind(length, count);
			throw error;
		}
		const { batch } = this.server;
		if (command.isOfOneKey && this.replies === 'on') {
			if (change.count > 0) batch.add(space, hashKey(request.bytes, request.starts[1]!, request.ends[1]!), mark);
			else this.waitOffset = data.manager.decidedOffset;
			return;
		}
		space.commit();
		this.waitOffset = data.manager.decidedOffset;
	}

	#broken(error: RedisError): RedisError {
		if (this.queued !== null) this.isQueueBroken = true;
		return error;
	}

	#refuse(error: unknown): void {
		this.server.statistics.errors++;
		if (error instanceof RedisError) this.out.error(error.message);
		else if (error instanceof PolylogError) this.out.error(houseError(error));
		else {
			this.server.host.report(error instanceof Error ? (error.stack ?? error.message) : String(error));
			this.out.error(`ERR internal error: ${error instanceof Error ? error.message : String(error)}`);
		}
	}

	/** CLIENT REPLY: takes back what was written since `mark`. */
	#hold(mark: number): void {
		if (this.replies === 'skip') {
			this.replies = 'skipping';
			return;
		}
		this.out.length = mark;
		if (this.replies === 'skipping') this.replies = 'on';
	}
}

function unknownCommand(request: Request): RedisError {
	let shown = '';
	for (let i = 1; i < request.count && shown.length < QUOTED_BYTES_MAX; i++) shown += `'${request.text(i).slice(0, QUOTED_BYTES_MAX - shown.length)}' `;
	return new RedisError(`ERR unknown command '${request.text(0).slice(0, QUOTED_BYTES_MAX)}', with args beginning with: ${shown}`);
}

function onlySubscriptions(name: string): RedisError {
	return new RedisError(`ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`);
}
