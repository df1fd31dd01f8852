/** A client that sends bytes as they are, and reads what comes back: for tests. */
import { connect, type Socket } from 'node:net';
import { MessageReader } from './message-reader.ts';
import { SUCCESS } from './messages.ts';
import { OutputBuffer } from './output-buffer.ts';
import { Packer } from './packer.ts';
import { Unpacker } from './unpacker.ts';
import { MAGIC } from './versions.ts';

/** An answer: tag and metadata (of a RECORD its values). */
export interface Answer {
	readonly tag: number;
	readonly value: unknown;
}

/** The four proposals of a handshake behind the magic. */
export function handshake(...proposals: readonly (readonly number[])[]): Buffer {
	const bytes = Buffer.alloc(20);
	bytes.writeUInt32BE(MAGIC, 0);
	for (const [index, proposal] of proposals.entries()) bytes.set(proposal, 4 + index * 4);
	return bytes;
}

/** A request in chunks. Fields are dynamic values; objects are maps. */
export function request(tag: number, ...fields: readonly unknown[]): Buffer {
	const out = new OutputBuffer();
	const packer = new Packer(out);
	out.begin(tag, fields.length);
	for (const field of fields) packer.value(asValue(field));
	out.finish();
	return Buffer.from(out.bytes.subarray(0, out.length));
}

function asValue(field: unknown): unknown {
	const isObject = typeof field === 'object' && field !== null && Object.getPrototypeOf(field) === Object.prototype;
	return isObject ? new Map(Object.entries(field as object).map(([key, value]) => [key, asValue(value)])) : field;
}

/** Bytes as one chunk with an end. */
export function framed(...bytes: readonly number[]): Buffer {
	return Buffer.from([bytes.length >> 8, bytes.length & 0xff, ...bytes, 0, 0]);
}

export class RawClient {
	readonly socket: Socket;
	isEnded = false;
	#received = Buffer.alloc(0);
	#reader: MessageReader | null = null;
	readonly #answers: Answer[] = [];
	#wake: (() => void) | null = null;

	private constructor(socket: Socket) {
		this.socket = socket;
		socket.on('data', (chunk) => this.#receive(chunk));
		socket.on('close', () => {
			this.isEnded = true;
			this.#wake?.();
		});
		socket.on('error', () => undefined);
	}

	static async open(port: number): Promise<RawClient> {
		const socket = connect({ port, host: '127.0.0.1' });
		await new Promise<void>((resolve, reject) => {
			socket.once('connect', resolve);
			socket.once('error', reject);
		});
		return new RawClient(socket);
	}

	/** A client that has said hello in the version. */
	static async login(port: number, major = 5, minor = 4): Promise<RawClient> {
		const client = await RawClient.open(port);
		client.send(handshake([0, 0, minor, major]));
		await client.bytes(4);
		client.startMessages();
		client.send(request(0x01, { user_agent: 'raw', scheme: 'none' }));
		await client.until(SUCCESS);
		if (major === 5 && minor >= 1) {
			client.send(request(0x6a, { scheme: 'none' }));
			await client.until(SUCCESS);
		}
		return client;
	}

	send(bytes: Uint8Array): void {
		this.socket.write(bytes);
	}

	/** Waits for so many bytes before messages begin. */
	async bytes(count: number): Promise<Buffer> {
		while (this.#received.length < count && !this.isEnded) await this.#more();
		const taken = this.#received.subarray(0, count);
		this.#received = this.#received.subarray(count);
		return taken;
	}

	startMessages(): void {
		this.#reader = new MessageReader(1 << 30);
		const rest = this.#received;
		this.#received = Buffer.alloc(0);
		if (rest.length > 0) this.#receive(rest);
	}

	/** The next answer; null when the server hung up. */
	async answer(): Promise<Answer | null> {
		while (this.#answers.length === 0 && !this.isEnded) await this.#more();
		return this.#answers.shift() ?? null;
	}

	/** Answers up to the first of this tag. */
	async until(tag: number): Promise<readonly Answer[]> {
		const answers: Answer[] = [];
		for (;;) {
			const answer = await this.answer();
			if (answer === null) return answers;
			answers.push(answer);
			if (answer.tag === tag) return answers;
		}
	}

	async untilEnd(): Promise<readonly Answer[]> {
		while (!this.isEnded) await this.#more();
		return this.#answers.splice(0);
	}

	close(): void {
		this.socket.destroy();
	}

	#receive(chunk: Buffer): void {
		if (this.#reader === null) this.#received = Buffer.concat([this.#received, chunk]);
		else this.#read(this.#reader, chunk);
		this.#wake?.();
	}

	#read(reader: MessageReader, chunk: Buffer): void {
		reader.push(chunk);
		while (reader.next()) {
			const unpacker = new Unpacker();
			const tag = unpacker.begin(reader.body, reader.at, reader.bodyEnd);
			this.#answers.push({ tag, value: unpacker.at < unpacker.end ? unpacker.value() : null });
		}
	}

	#more(): Promise<void> {
		return new Promise((resolve) => {
			this.#wake = resolve;
		});
	}
}
