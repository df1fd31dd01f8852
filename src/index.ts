/**
 * The public face of Polylog: what `import … from 'polylog'` gives. Guides are in docs/guide/, the errors in docs/reference/errors.md.
 */
import type { Database } from './database/embedded/database.ts';
import { type OpenOptions, openDatabase } from './database/open.ts';
import { LazyModule } from './platform/lazy-module.ts';
import type { Served, ServeOptions } from './serve/serve.ts';

const servers = new LazyModule<typeof import('./serve/serve.ts')>(new URL('./serve/serve.ts', import.meta.url));

export type { Database, TransactionHandle, TransactionOptions } from './database/embedded/database.ts';
export type { CypherParameters, CypherQuery, CypherResult, GraphHandle } from './database/embedded/graph.ts';
export { Node, Path, Relationship } from './database/embedded/graph-elements.ts';
export type { LoadedGraph, LoadKey, LoadNode, LoadRelationship } from './database/embedded/graph-load.ts';
export type { ImportOptions } from './database/embedded/import-file.ts';
export type { BatchOperation, Bytes, Entry, KeyBounds, KeyspaceEngine, KeyspaceHandle, KeyspaceOptions, RangeOptions } from './database/embedded/keyspace.ts';
export type { LoadRow } from './database/embedded/load-rows.ts';
export type { Row } from './database/embedded/object-sink.ts';
export type { QuadHandle } from './database/embedded/quad-handle.ts';
export type { Query, RunOptions, RunResult, Statement } from './database/embedded/statement.ts';
export type { RdfLoadOptions, Solution, SparqlOptions, SparqlQuery, SparqlResult, TripleStoreHandle } from './database/embedded/triples.ts';
export type { OpenOptions } from './database/open.ts';
export type { Statistics } from './database/statistics.ts';
export type { Durability } from './log/log.ts';
export type { GraphCounters } from './model/graph/contracts.ts';
export {
	ClosedError,
	ConflictError,
	CorruptionError,
	InputError,
	IoError,
	LimitError,
	PolylogError,
	UnavailableError,
	UnsupportedError,
} from './platform/errors.ts';
export type { BoltOptions, BoltServer } from './serve/bolt/host.ts';
export type { HttpOptions, HttpServer } from './serve/http/host.ts';
export type { PostgresOptions, PostgresServer } from './serve/postgres/host.ts';
export type { RedisOptions, RedisServer } from './serve/redis/host.ts';
export type { Served, ServeOptions } from './serve/serve.ts';

/**
 * Opens the database in `directory`, or creates it there (with the directories above it). `':memory:'` makes a database that
 * holds nothing on disk and is gone with the process.
 *
 * Resolves when the log has been recovered and everything acknowledged before is readable. One process has a directory open
 * at a time; an open database does not keep the process alive. Options and their defaults are in {@link OpenOptions}.
 *
 * Cost: in proportion to the log since the last checkpoint (at most about `logBytesMax`), not to the data. SQL's parser is
 * loaded at the first statement, not here.
 *
 * @throws {RangeError} an option has a value that it does not take; the message names it.
 * @throws {UnavailableError} `directory-in-use`: another process has it open; the message names the process and its addresses.
 * @throws {CorruptionError} `corruption`: a file is damaged below what was acknowledged; the message names file and position.
 * @throws {UnsupportedError} `newer-format`: a later version has written the files.
 * @throws {IoError} `io`: the operating system refused.
 *
 * @example
 * ```ts
 * import { open } from 'polylog';
 *
 * const db = await open('./shop', { durability: 'disk', cacheBytes: 128 * 2 ** 20 });
 * await db.sql`create table item (name text primary key, price numeric(10, 2))`;
 * await db.sql`insert into item values (${'tea'}, ${'3.20'})`;
 * console.log(db.sql`select * from item`.all()); // [ { name: 'tea', price: '3.20' } ]
 * await db.close();
 * ```
 * @since 0.1.0
 */
export function open(directory: string, options: OpenOptions = {}): Promise<Database> {
	return openDatabase(directory, options);
}

/**
 * Serves an open database to others: over PostgreSQL's protocol (version 3), and over Redis' (RESP2, RESP3). `{ postgres: 0 }` serves
 * PostgreSQL's alone, at a free port; without options both are served, at 127.0.0.1:7332 and 127.0.0.1:7379. The program goes on using the database by itself; both see the same commits.
 *
 * Resolves when connections are accepted. A server keeps the process alive until it is closed; closing it leaves the database open.
 * While no user has a password, everybody on this machine is let in; as soon as one has, everybody must show one (SCRAM-SHA-256; AUTH).
 *
 * @throws {InputError} `unsafe-listen`: an address beyond this machine, and nobody has a password.
 * @throws {IoError} `io`: the address cannot be had, or certificate and key do not fit.
 * @throws {TypeError} only one of `cert` and `key` was given.
 *
 * @example
 * ```ts
 * import { open, serve } from 'polylog';
 *
 * const db = await open(':memory:');
 * const server = await serve(db, { postgres: 0 });
 * console.log(/^127\.0\.0\.1:\d+$/.test(server.addresses['postgres'] ?? '')); // true
 * await server.close();
 * await db.close();
 * ```
 * @since 0.1.0
 */
export async function serve(database: Database, options: ServeOptions = {}): Promise<Served> {
	const { serveDatabase } = await servers.load();
	return serveDatabase(database, options);
}
