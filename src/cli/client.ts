/**
 * How commands reach a database: through the process that has it open, over its PostgreSQL port, or else by opening the
 * directory here and serving it to this process alone, without a port. Either way a command is a client like any other.
 */

import type { Socket } from 'node:net';
import pg from 'pg';
import { livingOwner, type OwnerNote } from '../database/claim-directory.ts';
import type { Database } from '../database/embedded/database.ts';
import { openDatabase } from '../database/open.ts';
import { InputError, UnavailableError } from '../platform/errors.ts';
import { pairedNetwork } from '../platform/paired-network.ts';
import { realPlatform } from '../platform/real-platform.ts';
import { servePrivately } from '../serve/serve.ts';

export interface DatabaseClient {
	readonly client: pg.Client;
	/** True when the directory was opened by this command. */
	readonly own: boolean;
	/** The database itself, where `own`. */
	readonly database: Database | null;
	close(): Promise<void>;
}

/** Values as their text, whatever the type. */
const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/** `target`: where and as whom. Errors of the connection come out of the calls that wait for it. */
async function connect(target: pg.ClientConfig): Promise<pg.Client> {
	const client = new pg.Client({ database: 'polylog', application_name: 'polylog command', types: AS_TEXT, ...target });
	client.on('error', () => undefined);
	try {
		await client.connect();
	} catch (error) {
		await client.end().catch(() => undefined);
		throw error;
	}
	return client;
}

async function connectToOwner(directory: string, owner: OwnerNote): Promise<DatabaseClient> {
	const address = owner.addresses['postgres'];
	if (address === undefined)
		throw new UnavailableError(
			'directory-in-use',
			`the database in ${directory} is open in process ${owner.processId}, which does not serve the PostgreSQL protocol`,
			{
				hint: 'Close it there, or call serve(db) in that process.',
			},
		);
	const at = address.lastIndexOf(':');
	// Without a password an empty one is sent, so that the server says what is wrong, and not the driver.
	const password = process.env['POLYLOG_PASSWORD'] ?? process.env['PGPASSWORD'] ?? '';
	const user = process.env['POLYLOG_USER'] ?? 'polylog';
	try {
		const client = await connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)), user, password });
		return { client, own: false, database: null, close: () => client.end() };
	} catch (error) {
		if (!isLoginFailure(error)) throw error;
		throw new InputError(
			'login',
			`process ${owner.processId} serves the database in ${directory} and does not let user ${user} in: ${/^SASL/.test(error.message) ? 'a password is needed' : error.message}`,
			{
				hint: 'Set POLYLOG_USER and POLYLOG_PASSWORD.',
				cause: error,
			},
		);
	}
}

/** Refused by the server (class 28), or by the driver, which has no answer to SCRAM without a password. */
function isLoginFailure(error: unknown): error is Error {
	return error instanceof Error && (/^SASL/.test(error.message) || ('code' in error && String(error.code).startsWith('28')));
}

async function openHere(directory: string): Promise<DatabaseClient> {
	const database = await openDatabase(directory);
	const network = pairedNetwork();
	const server = await servePrivately(database, network);
	const client = await connect({ user: 'polylog', stream: () => network.stream() as Socket });
	return {
		client,
		own: true,
		database,
		async close() {
			await client.end();
			await server.close();
			await database.close();
		},
	};
}

/** Connects to the database in a directory. `create`: it may be new. */
export async function connectDatabase(directory: string, create: boolean): Promise<DatabaseClient> {
	const platform = realPlatform();
	const exists = platform.files.exists(`${directory}/log`);
	const owner = exists ? await livingOwner(platform, directory) : null;
	await platform.close();
	if (!exists && !create)
		throw new InputError('no-database', `there is no database in ${directory}`, { hint: 'polylog serve makes one; or name another directory.' });
	return owner === null ? openHere(directory) : connectToOwner(directory, owner);
}

/** Runs `work` with a connection and closes it. */
export async function withConnection<T>(directory: string, create: boolean, work: (connection: DatabaseClient) => Promise<T>): Promise<T> {
	const connection = await connectDatabase(directory, create);
	try {
		return await work(connection);
	} finally {
		await connection.close();
	}
}

/** Runs `work` with a client and closes it. */
export async function withClient<T>(directory: string, create: boolean, work: (client: pg.Client) => Promise<T>): Promise<T> {
	return withConnection(directory, create, (connection) => work(connection.client));
}

export function quoteName(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

/** `schema.table` or `table` as SQL. */
export function quoteTable(name: string): string {
	return name.split('.').map(quoteName).join('.');
}

/** Bytes with a unit, such as `64MB`. */
export function shownBytes(bytes: number): string {
	for (const [unit, factor] of [
		['GB', 2 ** 30],
		['MB', 2 ** 20],
		['kB', 2 ** 10],
	] as const)
		if (bytes >= factor) return `${(bytes / factor).toFixed(1)} ${unit}`;
	return `${bytes} B`;
}
