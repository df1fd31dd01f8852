/**
 * One owner per directory. The owner listens on a local socket and keeps a file `owner` beside it with its process id, the
 * socket's path and a nonce; who comes second asks the socket. A socket that refuses the connection, or answers with another
 * nonce, was left by a process that died: its file is replaced.
 *
 * What the owner says on the socket is one line of JSON: process id, nonce, and the addresses it serves.
 */
import { UnavailableError } from '../platform/errors.ts';
import { makeDirectories } from '../platform/files.ts';
import { askLocalSocket, type LocalListener, listenLocalSocket } from '../platform/local-socket.ts';
import type { Platform } from '../platform/platform.ts';

const OWNER_FILE = 'owner';
const OWNER_BYTES_MAX = 4096;

export interface OwnerNote {
	readonly processId: number;
	readonly socket: string;
	readonly nonce: string;
	/** Protocol → host:port, as far as the owner serves. */
	readonly addresses: Readonly<Record<string, string>>;
}

export interface DirectoryClaim {
	/** From now on the socket tells these addresses. */
	serve(addresses: () => Readonly<Record<string, string>>): void;
	release(): Promise<void>;
}

/** Reads who has (or had) the directory; null when nobody was ever there or the file makes no sense. */
export function readOwner(platform: Platform, directory: string): OwnerNote | null {
	const path = `${directory}/${OWNER_FILE}`;
	if (!platform.files.exists(path)) return null;
	const file = platform.files.open(path, 'read');
	try {
		const bytes = new Uint8Array(OWNER_BYTES_MAX);
		const count = file.read(bytes, 0, OWNER_BYTES_MAX, 0);
		const note = JSON.parse(new TextDecoder().decode(bytes.subarray(0, count))) as Partial<OwnerNote>;
		if (typeof note.processId !== 'number' || typeof note.socket !== 'string' || typeof note.nonce !== 'string') return null;
		return { processId: note.processId, socket: note.socket, nonce: note.nonce, addresses: {} };
	} catch (error) {
		if (error instanceof SyntaxError) return null; // torn by a crash: nobody can own it
		throw error;
	} finally {
		file.close();
	}
}

/** The living owner of a directory with what it serves, or null. */
export async function livingOwner(platform: Platform, directory: string): Promise<OwnerNote | null> {
	const note = readOwner(platform, directory);
	if (note === null) return null;
	const answer = await askLocalSocket(note.socket);
	if (answer === null) return null;
	try {
		const told = JSON.parse(answer) as OwnerNote;
		return told.nonce === note.nonce ? told : null;
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

export async function claimDirectory(platform: Platform, directory: string): Promise<DirectoryClaim> {
	const { files } = platform;
	makeDirectories(files, directory);
	const owner = await livingOwner(platform, directory);
	if (owner !== null) throw inUse(directory, owner);
	const nonce = Buffer.from(platform.random.bytes(12)).toString('hex');
	let addresses: () => Readonly<Record<string, string>> = () => ({});
	const tell = (): string => JSON.stringify({ processId: process.pid, nonce, socket: listener.path, addresses: addresses() });
	const listener: LocalListener = await listenLocalSocket(directory, nonce, () => tell());
	try {
		writeNote(platform, directory, { processId: process.pid, socket: listener.path, nonce, addresses: {} });
		// Two that came at once: the file names the one that wins.
		const winner = readOwner(platform, directory);
		if (winner?.nonce !== nonce) throw inUse(directory, winner ?? { processId: 0, socket: '', nonce: '', addresses: {} });
	} catch (error) {
		await listener.close();
		throw error;
	}
	return {
		serve: (of) => {
			addresses = of;
		},
		release: async () => {
			await listener.close();
			if (readOwner(platform, directory)?.nonce === nonce) files.remove(`${directory}/${OWNER_FILE}`);
		},
	};
}

function inUse(directory: string, owner: OwnerNote): UnavailableError {
	const served = Object.entries(owner.addresses).map(([protocol, address]) => `${protocol} ${address}`);
	return new UnavailableError(
		'directory-in-use',
		`the database in ${directory} is open in process ${owner.processId}${served.length === 0 ? '' : `, which serves ${served.join(', ')}`}`,
		{
			sqlstate: '55006',
			hint: served.length === 0 ? 'Close it there first.' : 'Connect to it there, or close it first.',
		},
	);
}

function writeNote(platform: Platform, directory: string, note: OwnerNote): void {
	const path = `${directory}/${OWNER_FILE}`;
	const bytes = new TextEncoder().encode(JSON.stringify(note));
	if (platform.files.exists(path)) platform.files.remove(path);
	const file = platform.files.open(path, 'create');
	file.write(bytes, 0, bytes.length, 0);
	file.close();
}
