/**
 * The public face of Polylog.
 */
import type { Database } from './database/embedded/database.ts';
import { type OpenOptions, openDatabase } from './database/open.ts';

export type { Database, TransactionHandle, TransactionOptions } from './database/embedded/database.ts';
export type { BatchOperation, Bytes, Entry, KeyspaceHandle, RangeOptions } from './database/embedded/keyspace.ts';
export type { Row } from './database/embedded/object-sink.ts';
export type { Query, RunResult, Statement } from './database/embedded/statement.ts';
export type { OpenOptions } from './database/open.ts';
export type { Durability } from './log/log.ts';
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
export type { Served, ServeOptions } from './serve/serve.ts';

/** Opens (or creates) the database in `directory`; ':memory:' makes one that vanishes with the process. */
export function open(directory: string, options: OpenOptions = {}): Promise<Database> {
	return openDatabase(directory, options);
}

/** Serves an open database over the protocols named in `options`: `{ postgres: 0 }` picks a free port. */
export async function serve(database: Database, options: import('./serve/serve.ts').ServeOptions = {}): Promise<import('./serve/serve.ts').Served> {
	const { serveDatabase } = await import('./serve/serve.ts');
	return serveDatabase(database, options);
}
