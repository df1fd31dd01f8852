/**
 * A client of Bolt for commands: one request at a time over a stream, values as dynamic values. It speaks 5.4 with a server of the house.
 *
 * Calls: `connect`, then `run`, `begin`, `commit`, `rollback` one after the other, each awaited; `close`. After an error the connection
 * is as before the first request: whatever was open is rolled back.
 */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { InputError, IoError, PolylogError } from '../platform/errors.ts';
import { MessageReader } from '../serve/bolt/message-reader.ts';
import * as messages from '../serve/bolt/messages.ts';
import { OutputBuffer } from '../serve/bolt/output-buffer.ts';
import { Packer } from '../serve/bolt/packer.ts';
import { readResultStructure } from '../serve/bolt/result-structures.ts';
import { Unpacker } from '../serve/bolt/unpacker.ts';
import { MAGIC } from '../serve/bolt/versions.ts';

const MESSAGE_BYTES_MAX = 2 ** 31 - 1;
/** Rows asked for at a time: the next are asked for when these have been taken. */
const FETCH_ROWS = 1000;

type Metadata = ReadonlyMap<string, unknown>;

export interface BoltLogin {
	readonly user: string;
	readonly password: string;
}

/** What a query gave, besides its rows. */
export interface QueryOutcome {
	readonly fields: readonly string[];
	readonly summary: Metadata;
}

/** An error that the server told; `message` is its own. */
export class CypherFailure extends PolylogError {
	/** Neo4j's status code. */
	readonly status: string;

	constructor(status: string, message: string) {
		super('cypher', message);
		this.status = status;
	}
}

interface Answer {
	readonly tag: number;
	readonly value: unknown;
}

export class BoltClient {
	readonly #stream: Duplex;
	readonly #out = new OutputBuffer();
	readonly #packer = new Packer(this.#out);
	readonly #reader = new MessageReader(MESSAGE_BYTES_MAX);
	readonly #unpacker = new Unpacker(readResultStructure);
	readonly #answers: Answer[] = [];
	#taken = 0;
	#wake: (() => void) | null = null;
	#failure: Error | null = null;

	private constructor(stream: Duplex) {
		this.#stream = stream;
		stream.on('error', (error) => this.#ended(new IoError('io', `the connection failed: ${error.message}`, { cause: error })));
		stream.on('close', () => this.#ended(new IoError('io', 'the server ended the connection')));
	}

	/** The stream must be connected. Throws 'login' when the server refuses the user. */
	static async connect(stream: Duplex, login: BoltLogin): Promise<BoltClient> {
		const client = new BoltClient(stream);
		const hello = Buffer.alloc(20);
		hello.writeUInt32BE(MAGIC, 0);
		hello.set([0, 0, 4, 5], 4);
		stream.write(hello);
		const version = await client.#handshake();
		if (version !== 0x0405) throw new IoError('io', 'the server does not speak Bolt 5.4');
		await client.#ask(messages.HELLO, new Map([['user_agent', 'polylog command']]));
		try {
			const token = new Map([
				['scheme', 'basic'],
				['principal', login.user],
				['credentials', login.password],
			]);
			await client.#ask(messages.LOGON, token);
		} catch (error) {
			throw error instanceof CypherFailure ? new InputError('login', error.message, { hint: 'Set POLYLOG_USER and POLYLOG_PASSWORD.' }) : error;
		}
		return client;
	}

	/** Runs a query; `onRow` is given its rows as they come. `database` names a graph; '' is the one that is there by default. */
	async run(text: string, parameters: Metadata, database: string, onRow: (row: readonly unknown[]) => void): Promise<QueryOutcome> {
		this.#request(messages.RUN, text, parameters, databaseMap(database));
		this.#request(messages.PULL, new Map([['n', FETCH_ROWS]]));
		this.#flush();
		const { fields } = Object.fromEntries(await this.#success(2)) as { fields: string[] };
		for (;;) {
			const summary = await this.#rows(onRow);
			if (summary.get('has_more') !== true) return { fields, summary };
			this.#request(messages.PULL, new Map([['n', FETCH_ROWS]]));
			this.#flush();
		}
	}

	async begin(database: string): Promise<void> {
		await this.#ask(messages.BEGIN, databaseMap(database));
	}

	async commit(): Promise<void> {
		await this.#ask(messages.COMMIT);
	}

	async rollback(): Promise<void> {
		await this.#ask(messages.ROLLBACK);
	}

	async close(): Promise<void> {
		if (this.#failure !== null) return;
		this.#request(messages.GOODBYE);
		this.#flush();
		this.#stream.end();
		if (!this.#stream.closed) await once(this.#stream, 'close');
	}

	async #handshake(): Promise<number> {
		let received = Buffer.alloc(0);
		while (received.length < 4) {
			const [chunk] = (await Promise.race([once(this.#stream, 'data'), once(this.#stream, 'close').then(() => [null])])) as [Buffer | null];
			if (chunk === null) throw this.#failure ?? new IoError('io', 'the server ended the connection');
			received = Buffer.concat([received, chunk]);
		}
		this.#stream.on('data', (chunk: Buffer) => this.#receive(chunk));
		if (received.length > 4) this.#receive(received.subarray(4));
		return received.readUInt32BE(0);
	}

	async #ask(tag: number, ...fields: readonly unknown[]): Promise<Metadata> {
		this.#request(tag, ...fields);
		this.#flush();
		return this.#success(1);
	}

	#request(tag: number, ...fields: readonly unknown[]): void {
		this.#out.begin(tag, fields.length);
		for (const field of fields) this.#packer.value(field);
		this.#out.finish();
	}

	#flush(): void {
		this.#out.flush({ write: (bytes) => this.#stream.write(Buffer.from(bytes)), writableLength: 1 });
	}

	/** The next answer's metadata. At a failure what was asked behind it (`asked` in all) is passed over, and the connection reset. */
	async #success(asked: number): Promise<Metadata> {
		const answer = await this.#answer();
		if (answer.tag === messages.SUCCESS) return answer.value as Metadata;
		for (let ignored = 1; ignored < asked; ignored++) await this.#answer();
		throw await this.#failed(answer);
	}

	async #rows(onRow: (row: readonly unknown[]) => void): Promise<Metadata> {
		for (;;) {
			const answer = await this.#answer();
			if (answer.tag === messages.RECORD) onRow(answer.value as unknown[]);
			else if (answer.tag === messages.SUCCESS) return answer.value as Metadata;
			else throw await this.#failed(answer);
		}
	}

	async #failed(answer: Answer): Promise<Error> {
		const told = answer.value instanceof Map ? (answer.value as ReadonlyMap<string, string>) : new Map<string, string>();
		const failure = new CypherFailure(told.get('code') ?? '', told.get('message') ?? 'the server ignored the request');
		// At the login the server hangs up instead.
		if (!failure.status.startsWith('Neo.ClientError.Security')) {
			this.#request(messages.RESET);
			this.#flush();
			await this.#answer();
		}
		return failure;
	}

	async #answer(): Promise<Answer> {
		while (this.#taken === this.#answers.length) {
			this.#answers.length = 0;
			this.#taken = 0;
			if (this.#failure !== null) throw this.#failure;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
		return this.#answers[this.#taken++]!;
	}

	#receive(chunk: Buffer): void {
		const reader = this.#reader;
		const unpacker = this.#unpacker;
		reader.push(Buffer.from(chunk));
		while (reader.next()) {
			const fieldCount = reader.body[reader.at]! & 0x0f;
			const tag = unpacker.begin(reader.body, reader.at, reader.bodyEnd);
			this.#answers.push({ tag, value: fieldCount === 0 ? null : unpacker.value() });
		}
		reader.release();
		this.#wakeUp();
	}

	#ended(error: Error): void {
		this.#failure ??= error;
		this.#wakeUp();
	}

	#wakeUp(): void {
		const wake = this.#wake;
		this.#wake = null;
		wake?.();
	}
}

function databaseMap(database: string): Metadata {
	return database === '' ? new Map() : new Map([['db', database]]);
}
