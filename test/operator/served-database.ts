/** A database in memory, served on a port of its own, for tests that ask it as clients do. */
import assert from 'node:assert/strict';
import pg from 'pg';
import type { Database } from '../../src/database/embedded/database.ts';
import { type OpenOptions, openDatabase } from '../../src/database/open.ts';
import { RawClient } from '../../src/serve/postgres/raw-client.testing.ts';
import { type Served, serveDatabase } from '../../src/serve/serve.ts';

export interface FailedStatement {
	readonly code: string;
	readonly message: string;
	readonly severity: string;
}

export class ServedDatabase {
	readonly database: Database;
	readonly served: Served;
	readonly port: number;
	readonly #clients: pg.Client[] = [];

	private constructor(database: Database, served: Served) {
		this.database = database;
		this.served = served;
		this.port = served.postgres!.port;
	}

	static async open(options: OpenOptions = {}, directory = ':memory:'): Promise<ServedDatabase> {
		const database = await openDatabase(directory, options);
		return new ServedDatabase(database, await serveDatabase(database, { postgres: 0 }));
	}

	async connect(settings: pg.ClientConfig = {}): Promise<pg.Client> {
		const client = new pg.Client({ host: '127.0.0.1', port: this.port, user: 'tester', database: 'polylog', ...settings });
		// The end of a connection by the server's will is what many tests are about.
		client.on('error', () => undefined);
		await client.connect();
		this.#clients.push(client);
		return client;
	}

	raw(): Promise<RawClient> {
		return RawClient.login(this.port);
	}

	async close(): Promise<void> {
		await Promise.all(this.#clients.map((client) => client.end().catch(() => undefined)));
		await this.served.close();
		await this.database.close();
	}
}

/** The error that a statement ends with; fails when it ends well. */
export async function failureOf(statement: Promise<unknown>): Promise<FailedStatement> {
	const failed = await statement.then(
		() => null,
		(error: unknown) => error as FailedStatement,
	);
	assert.ok(failed !== null, 'the statement should have failed');
	return failed;
}

/** The error that a client is told when its connection is ended. */
export function goodbyeOf(client: pg.Client): Promise<FailedStatement> {
	return new Promise((resolve) => client.once('error', (error) => resolve(error as unknown as FailedStatement)));
}

/** Asks until the answer is as wanted; a step of the event loop lies between two questions. */
export async function eventually<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean, triesMax = 2000): Promise<T> {
	for (let tries = 0; ; tries++) {
		const answer = await ask();
		if (isWanted(answer)) return answer;
		assert.ok(tries < triesMax, `never as wanted: ${JSON.stringify(answer)}`);
		await new Promise((resolve) => setImmediate(resolve));
	}
}
