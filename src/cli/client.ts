/**
 * How commands reach a database: through the process that has it open, over its PostgreSQL port, or else by opening the
 * directory here and serving it to this process alone. Either way a command is a client like any other.
 */
import pg from 'pg';
import { livingOwner } from '../database/claim-directory.ts';
import { openDatabase } from '../database/open.ts';
import { PolylogError } from '../platform/errors.ts';
import { realPlatform } from '../platform/real-platform.ts';
import { serveDatabase } from '../serve/serve.ts';

export interface DatabaseClient {
	readonly client: pg.Client;
	/** True when the directory was opened by this command. */
	readonly own: boolean;
	close(): Promise<void>;
}

/** Values as their text, whatever the type. */
const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

async function connectTo(address: string): Promise<pg.Client> {
	const at = address.lastIndexOf(':');
	const password = process.env['POLYLOG_PASSWORD'] ?? process.env['PGPASSWORD'];
	const client = new pg.Client({
		host: address.slice(0, at),
		port: Number(address.slice(at + 1)),
		user: process.env['POLYLOG_USER'] ?? 'polylog',
		database: 'polylog',
		application_name: 'polylog command',
		types: AS_TEXT,
		...(password === undefined ? {} : { password }),
	});
	await client.connect();
	return client;
}

/** Connects to the database in a directory. `create`: it may be new. */
export async function connectDatabase(directory: string, create: boolean): Promise<DatabaseClient> {
	const platform = realPlatform();
	const exists = platform.files.exists(`${directory}/log`);
	const owner = exists ? await livingOwner(platform, directory) : null;
	await platform.close();
	if (!exists && !create) throw new PolylogError('no-database', `there is no database in ${directory}`, { hint: 'polylog serve makes one; or name another directory.' });
	if (owner !== null) {
		const address = owner.addresses['postgres'];
		if (address === undefined) throw new PolylogError('directory-in-use', `the database in ${directory} is open in process ${owner.processId}, which does not serve the PostgreSQL protocol`, { hint: 'Close it there, or call serve(db) in that process.' });
		const client = await connectTo(address);
		return { client, own: false, close: () => client.end() };
	}
	const database = await openDatabase(directory);
	const served = await serveDatabase(database, { postgres: 0, trust: true });
	const client = await connectTo(served.addresses['postgres']!).catch(async (error: unknown) => {
		await served.close();
		await database.close();
		throw error;
	});
	return {
		client,
		own: true,
		async close() {
			await client.end();
			await served.close();
			await database.close();
		},
	};
}

/** Runs `work` with a client and closes it. */
export async function withClient<T>(directory: string, create: boolean, work: (client: pg.Client) => Promise<T>): Promise<T> {
	const connection = await connectDatabase(directory, create);
	try {
		return await work(connection.client);
	} finally {
		await connection.close();
	}
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
	for (const [unit, factor] of [['GB', 2 ** 30], ['MB', 2 ** 20], ['kB', 2 ** 10]] as const) if (bytes >= factor) return `${(bytes / factor).toFixed(1)} ${unit}`;
	return `${bytes} B`;
}
