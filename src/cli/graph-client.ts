/** How commands reach a graph: through the process that has the database open, over its Bolt port, or else by opening the directory here. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { livingOwner, type OwnerNote } from '../database/claim-directory.ts';
import type { Database } from '../database/embedded/database.ts';
import { type OpenOptions, openDatabase } from '../database/open.ts';
import { InputError, UnavailableError } from '../platform/errors.ts';
import { pairedNetwork } from '../platform/paired-network.ts';
import { realPlatform } from '../platform/real-platform.ts';
import { serveBoltPrivately } from '../serve/serve.ts';
import { BoltClient } from './bolt-client.ts';

interface GraphConnection {
	readonly client: BoltClient;
	close(): Promise<void>;
}

async function connectToOwner(directory: string, owner: OwnerNote): Promise<GraphConnection> {
	const address = owner.addresses['bolt'];
	if (address === undefined) {
		throw new UnavailableError('directory-in-use', `the database in ${directory} is open in process ${owner.processId}, which does not serve Bolt`, {
			hint: 'Close it there, or serve Bolt in that process (--bolt-port, or serve(db, { bolt })).',
		});
	}
	const at = address.lastIndexOf(':');
	const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
	socket.setNoDelay(true);
	await once(socket, 'connect');
	const client = await BoltClient.connect(socket, { user: process.env['POLYLOG_USER'] ?? 'polylog', password: process.env['POLYLOG_PASSWORD'] ?? '' });
	return { client, close: () => client.close() };
}

async function openHere(directory: string, options: OpenOptions): Promise<GraphConnection> {
	const database = await openDatabase(directory, options);
	const network = pairedNetwork();
	const server = await serveBoltPrivately(database, network);
	const stream = network.stream() as ReturnType<typeof connect>;
	stream.connect(0);
	await once(stream, 'connect');
	const client = await BoltClient.connect(stream, { user: 'polylog', password: '' });
	return {
		client,
		async close() {
			await client.close();
			await server.close();
			await database.close();
		},
	};
}

/** Runs `work` with a client of the database in a directory and closes it. `create`: it may be new. `options` are for one that is opened here. */
export async function withGraphClient<T>(directory: string, create: boolean, work: (client: BoltClient) => Promise<T>, options: OpenOptions = {}): Promise<T> {
	const owner = await ownerOf(directory, create);
	return withClientOf(await (owner === null ? openHere(directory, options) : connectToOwner(directory, owner)), work);
}

/** Runs one of the two: `here` with the database, opened here, or `there` with a client of the process that has it open. */
export async function withGraphDatabase<T>(directory: string, here: (database: Database) => Promise<T>, there: (client: BoltClient) => Promise<T>): Promise<T> {
	const owner = await ownerOf(directory, true);
	if (owner !== null) return withClientOf(await connectToOwner(directory, owner), there);
	const database = await openDatabase(directory);
	try {
		return await here(database);
	} finally {
		await database.close();
	}
}

async function ownerOf(directory: string, create: boolean): Promise<OwnerNote | null> {
	const platform = realPlatform();
	const exists = platform.files.exists(`${directory}/log`);
	const owner = exists ? await livingOwner(platform, directory) : null;
	await platform.close();
	if (!exists && !create) {
		throw new InputError('no-database', `there is no database in ${directory}`, { hint: 'polylog serve makes one; or name another directory.' });
	}
	return owner;
}

async function withClientOf<T>(connection: GraphConnection, work: (client: BoltClient) => Promise<T>): Promise<T> {
	try {
		return await work(connection.client);
	} finally {
		await connection.close();
	}
}
