/** Local sockets (Unix domain sockets; named pipes on Windows) that say one line to whoever connects. They never keep the process alive. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Longest path of a Unix domain socket that every system takes. */
const PATH_BYTES_MAX = 100;
const ANSWER_MS_MAX = 2000;
const ANSWER_BYTES_MAX = 65536;

export interface LocalListener {
	readonly path: string;
	close(): Promise<void>;
}

function socketPath(directory: string, nonce: string): string {
	if (process.platform === 'win32') return `\\\\.\\pipe\\polylog-${nonce}`;
	const beside = join(resolve(directory), 'owner.sock');
	if (Buffer.byteLength(beside) <= PATH_BYTES_MAX) return beside;
	return join(tmpdir(), `polylog-${createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 16)}.sock`);
}

export function listenLocalSocket(directory: string, nonce: string, answer: () => string): Promise<LocalListener> {
	const path = socketPath(directory, nonce);
	if (process.platform !== 'win32') rmSync(path, { force: true });
	const server = createServer((socket) => {
		socket.on('error', () => socket.destroy());
		socket.end(`${answer()}\n`);
	});
	return new Promise((resolveListening, reject) => {
		server.once('error', reject);
		server.listen(path, () => {
			server.unref();
			resolveListening({ path, close: () => new Promise((done) => server.close(() => done())) });
		});
	});
}

/** The line that a local socket says; null when nobody listens there. */
export function askLocalSocket(path: string): Promise<string | null> {
	return new Promise((done) => {
		let answer = '';
		const socket = connect(path);
		const end = (result: string | null): void => {
			socket.destroy();
			done(result);
		};
		socket.setTimeout(ANSWER_MS_MAX, () => end(null));
		socket.on('error', () => end(null));
		socket.on('data', (piece) => {
			answer += piece.toString();
			if (answer.length > ANSWER_BYTES_MAX) end(null);
		});
		socket.on('end', () => end(answer.trimEnd()));
	});
}
