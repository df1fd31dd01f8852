/** A client for tests that speaks the protocol message by message, and can break it. */
import { connect, type Socket } from 'node:net';

export interface Message {
	/** Type letter, such as 'Z'. */
	readonly type: string;
	readonly body: Buffer;
}

export function message(type: string, ...parts: readonly (Buffer | string | number)[]): Buffer {
	const body = Buffer.concat(parts.map(part));
	const head = Buffer.alloc(5);
	head.write(type, 0, 'latin1');
	head.writeInt32BE(body.length + 4, 1);
	return Buffer.concat([head, body]);
}

/** Strings end with a zero; numbers are int32; use `int16` for the others. */
function part(value: Buffer | string | number): Buffer {
	if (typeof value === 'string') return Buffer.from(`${value}\0`);
	if (typeof value === 'number') {
		const bytes = Buffer.alloc(4);
		bytes.writeInt32BE(value);
		return bytes;
	}
	return value;
}

export function int16(...values: readonly number[]): Buffer {
	const bytes = Buffer.alloc(values.length * 2);
	values.forEach((value, index) => {
		bytes.writeInt16BE(value, index * 2);
	});
	return bytes;
}

export function startup(parameters: Readonly<Record<string, string>>, version = 196608): Buffer {
	const pairs = Object.entries(parameters).flatMap(([name, value]) => [part(name), part(value)]);
	const body = Buffer.concat([part(version), ...pairs, Buffer.from([0])]);
	return Buffer.concat([part(body.length + 4), body]);
}

/** Parse, and Bind with text parameters (null for NULL), Describe, Execute, Sync of the unnamed statement. */
export function extended(text: string, parameters: readonly (string | null)[] = [], resultFormats: readonly number[] = []): Buffer {
	return Buffer.concat([
		message('P', '', text, int16(0)),
		bind('', '', parameters, resultFormats),
		message('D', Buffer.from('P'), ''),
		message('E', '', 0),
		message('S'),
	]);
}

export function bind(
	portal: string,
	statement: string,
	parameters: readonly (string | Buffer | null)[] = [],
	resultFormats: readonly number[] = [],
	formats: readonly number[] = [],
): Buffer {
	const values = parameters.flatMap((value) => {
		if (value === null) return [part(-1)];
		const bytes = Buffer.from(value as string);
		return [part(bytes.length), bytes];
	});
	return message('B', portal, statement, int16(formats.length, ...formats, parameters.length), ...values, int16(resultFormats.length, ...resultFormats));
}

export class RawClient {
	readonly socket: Socket;
	readonly #received: Message[] = [];
	#bytes = Buffer.alloc(0);
	#waiting: (() => void) | null = null;
	ended = false;

	constructor(socket: Socket) {
		this.socket = socket;
		socket.on('data', (chunk: Buffer) => this.#take(chunk));
		socket.on('close', () => {
			this.ended = true;
			this.#waiting?.();
		});
		socket.on('error', () => {});
	}

	static async open(port: number): Promise<RawClient> {
		const socket = connect(port, '127.0.0.1');
		await new Promise((resolve, reject) => {
			socket.once('connect', resolve);
			socket.once('error', reject);
		});
		return new RawClient(socket);
	}

	/** Connects and logs in by trust. */
	static async login(port: number, parameters: Readonly<Record<string, string>> = { user: 'tester' }): Promise<RawClient> {
		const client = await RawClient.open(port);
		client.send(startup(parameters));
		await client.until('Z');
		return client;
	}

	send(...messages: readonly Buffer[]): void {
		this.socket.write(Buffer.concat(messages));
	}

	/** Messages up to the first of this type, which is included; or up to the end of the connection. */
	async until(type: string): Promise<Message[]> {
		for (;;) {
			const found = this.#received.findIndex((received) => received.type === type);
			if (found >= 0) return this.#received.splice(0, found + 1);
			if (this.ended) return this.#received.splice(0);
			await new Promise<void>((resolve) => {
				this.#waiting = resolve;
			});
		}
	}

	/** Everything up to the end of the connection. */
	async untilEnd(): Promise<Message[]> {
		return this.until('\0');
	}

	close(): void {
		this.socket.destroy();
	}

	#take(chunk: Buffer): void {
		this.#bytes = Buffer.concat([this.#bytes, chunk]);
		while (this.#bytes.length >= 5) {
			const end = this.#bytes.readInt32BE(1) + 1;
			if (this.#bytes.length < end) break;
			this.#received.push({ type: this.#bytes.toString('latin1', 0, 1), body: Buffer.from(this.#bytes.subarray(5, end)) });
			this.#bytes = this.#bytes.subarray(end);
		}
		this.#waiting?.();
	}
}

/** Type letters, in order: 'TDDCZ'. */
export function types(messages: readonly Message[]): string {
	return messages.map(({ type }) => type).join('');
}

/** Fields of an ErrorResponse by their letter. */
export function errorFields(received: Message): Record<string, string> {
	const fields: Record<string, string> = {};
	for (const text of received.body.toString().split('\0')) if (text !== '') fields[text[0]!] = text.slice(1);
	return fields;
}

/** Values of a DataRow as text. */
export function rowTexts(received: Message): (string | null)[] {
	const values: (string | null)[] = [];
	let at = 2;
	for (let count = received.body.readInt16BE(0); count > 0; count--) {
		const length = received.body.readInt32BE(at);
		at += 4;
		values.push(length < 0 ? null : received.body.toString('utf8', at, at + Math.max(0, length)));
		at += Math.max(0, length);
	}
	return values;
}
