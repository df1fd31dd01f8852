/** The public types accept and refuse what they promise; checked by `npm run typecheck`, never run. */
import {
	type BatchOperation,
	type BoltServer,
	type Bytes,
	ConflictError,
	type Database,
	type Durability,
	type Entry,
	type KeyspaceHandle,
	type OpenOptions,
	open,
	PolylogError,
	type Query,
	type RedisServer,
	type Row,
	type RunResult,
	type Served,
	type Statement,
	serve,
	type TransactionHandle,
} from './index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [never]): void {}

export async function opening(): Promise<void> {
	const db = await open('./data');
	same<typeof db, Database>();
	await open(':memory:', { durability: 'os', memoryBytes: 1, cacheBytes: 1, logBytesMax: 1, segmentBytes: 1, int8: 'bigint', settings: { TimeZone: 'UTC' } });
	// @ts-expect-error there is no such level
	await open(':memory:', { durability: 'fsync' });
	// @ts-expect-error a misspelled option
	await open(':memory:', { cacheByte: 1 });
	// @ts-expect-error a size is a number of bytes
	await open(':memory:', { memoryBytes: '64MB' });
	// @ts-expect-error a directory is needed
	await open();
	same<OpenOptions['durability'], Durability | undefined>();
	await using scoped = db;
	same<ReturnType<typeof scoped.close>, Promise<void>>();
}

export async function statements(db: Database): Promise<void> {
	same<Awaited<ReturnType<typeof db.sql>>, Row[]>();
	const rows = await db.sql`select ${1} as a`;
	same<typeof rows, Row[]>();
	same<(typeof rows)[number][string], unknown>();
	const query: Query = db.sql('select $1', [1]);
	same<ReturnType<typeof query.all>, Row[]>();
	same<ReturnType<typeof query.get>, Row | undefined>();
	same<ReturnType<typeof query.iterate>, IterableIterator<Row>>();
	same<ReturnType<typeof query.runSync>, RunResult>();
	await query.run({ signal: AbortSignal.timeout(10) });
	const statement: Statement = db.prepare('select $1::int');
	same<ReturnType<typeof statement.run>, Promise<RunResult>>();
	statement.all([1]);
	// @ts-expect-error values are one array
	statement.all(1);
	// @ts-expect-error results are not to be changed
	(await statement.run([1])).changes = 2;
	same<ReturnType<typeof db.load>, Promise<number>>();
	await db.load('t', [{ a: 1 }], ['a']);
	// @ts-expect-error rows are objects in a list
	await db.load('t', { a: 1 });
	// @ts-expect-error a text, not a number
	db.prepare(1);
}

export async function transactions(db: Database): Promise<void> {
	const count = await db.transaction((tx: TransactionHandle) => tx.sql`select 1`.length, { isolation: 'repeatable read', retries: 3, readOnly: true });
	same<typeof count, number>();
	same<ReturnType<typeof db.transactionSync<string>>, string>();
	// @ts-expect-error there is no such isolation
	await db.transaction(() => 1, { isolation: 'snapshot' });
}

export async function keyspaces(db: Database): Promise<void> {
	const keyspace: KeyspaceHandle = db.keyspace('k');
	same<ReturnType<typeof keyspace.get>, Uint8Array | undefined>();
	same<ReturnType<typeof keyspace.range>, IterableIterator<Entry>>();
	const key: Bytes = new Uint8Array(1);
	const operations: BatchOperation[] = [
		{ type: 'put', key, value: 'v' },
		{ type: 'del', key: 'k' },
	];
	await keyspace.batch(operations);
	same<ReturnType<typeof db.keyspace>, KeyspaceHandle>();
	db.keyspace('b', { engine: 'btree' });
	db.keyspace('h', { engine: 'hash' });
	// @ts-expect-error there is no such engine
	db.keyspace('b', { engine: 'heap' });
	// @ts-expect-error there is no such operation
	await keyspace.batch([{ type: 'merge', key }]);
	// @ts-expect-error keys are bytes or text
	await keyspace.put(1, 'v');
}

export async function serving(db: Database): Promise<void> {
	const served: Served = await serve(db, { postgres: { port: 0, cert: '', key: '', requireTls: true } });
	same<(typeof served.addresses)[string], string>();
	await serve(db, { postgres: false });
	const { redis } = await serve(db, { redis: { port: 0, connectionsMax: 10, trustRemote: false } });
	same<typeof redis, RedisServer | null>();
	const { bolt } = await serve(db, { bolt: { port: 0, connectionsMax: 10, advertisedAddress: 'graphs.example.com:7387' } });
	same<typeof bolt, BoltServer | null>();
	// @ts-expect-error a port is a number
	await serve(db, { postgres: '5432' });
}

export function errors(error: unknown): string | undefined {
	if (error instanceof ConflictError) same<typeof error.retryable, boolean>();
	return error instanceof PolylogError ? (error.sqlstate ?? error.code) : undefined;
}
