/**
 * `polylog import postgres://…`: copies the tables of a running PostgreSQL database, and with `--follow` goes on with its changes.
 *
 * All tables are copied at one snapshot. To follow, that is the snapshot which the replication slot exports when it is made: what was committed before is in the copy, what after comes
 * through the slot, and nothing is lost or twice. An import that was stopped copies the tables that it lacks at a snapshot of their own (that of a temporary slot); the stream, which
 * begins at the first one's, then skips for each table what its copy has seen, as PostgreSQL's own subscriptions do. Without `--follow` such an import can only say so.
 *
 * Order: types, sequences, tables with their keys; rows; defaults, values of sequences, indexes, foreign keys.
 */
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { InputError } from '../../platform/errors.ts';
import { Progress } from '../progress.ts';
import { ReplicationConnection, SOURCE_SETTINGS } from './replication.ts';
import { readSchema, type SourceSchema, type SourceTable, type Wanted } from './source-schema.ts';
import { SourceState } from './source-state.ts';

export interface PostgresImport extends Wanted {
	readonly url: string;
	/** Of the slot and the publication at the source. */
	readonly slot: string;
	readonly follows: boolean;
}

/** What is to be said of it. */
export type Say = (message: string) => void;

/** Where a copy begins: `lsn` 0 without a slot. */
interface Beginning {
	readonly lsn: bigint;
	readonly source: pg.Client;
	close(): Promise<void>;
}

/** What a copy leaves for whoever follows. */
export interface Copied {
	readonly state: SourceState;
	/** Changes are applied up to here. */
	readonly lsn: bigint;
	/** Table → position of its copy. */
	readonly tables: ReadonlyMap<string, bigint>;
	/** To be called when the changes have caught up with all copies, from `endLsn` on: adds the foreign keys. null: that is done. */
	readonly finish: (() => Promise<void>) | null;
	readonly endLsn: bigint;
}

/** Copies what is not there yet. */
export async function copyPostgres(client: pg.Client, wanted: PostgresImport, say: Say): Promise<Copied> {
	const state = new SourceState(client, wanted.follows ? wanted.slot : `copy of ${addressOf(wanted.url)}`);
	const begun = await state.begin();
	if (begun?.isFinished === true) return { state, lsn: begun.lsn, tables: await state.copied(), finish: null, endLsn: 0n };
	if (begun === null) await checkFirst(client, wanted);
	else if (!wanted.follows) say('going on: tables that were copied before are as they were then');
	const beginning = await begin(wanted, begun === null);
	try {
		const schema = await readSchema(beginning.source, wanted);
		if (begun === null) await state.start(beginning.lsn);
		await makeTables(client, schema);
		await copyTables(client, beginning, schema.tables, state);
		await finishTables(client, schema, say);
		const tables = await state.copied();
		const lsn = begun?.lsn ?? beginning.lsn;
		const endLsn = [...tables.values()].reduce((most, one) => (one > most ? one : most), lsn);
		const finish = async (): Promise<void> => {
			await addForeignKeys(client, schema);
			await state.finish();
		};
		// Copies of several moments agree only when the changes between them are applied.
		if (lsn < endLsn) return { state, lsn, tables, finish, endLsn };
		await finish();
		return { state, lsn, tables, finish: null, endLsn };
	} finally {
		await beginning.close();
	}
}

/** What must hold before anything is made, at the source or here. */
async function checkFirst(client: pg.Client, wanted: PostgresImport): Promise<void> {
	const source = await connect(wanted.url);
	try {
		await source.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
		const { tables } = await readSchema(source, wanted);
		await source.query('ROLLBACK');
		for (const table of tables) {
			const { rows } = await client.query({ text: 'SELECT to_regclass($1) IS NOT NULL', values: [table.sql], rowMode: 'array' });
			if ((rows as string[][])[0]![0] === 't' && (await exists(client, `SELECT FROM ${table.sql} LIMIT 1`)))
				throw new InputError('input', `table ${table.sql} has rows already`, { hint: 'Empty it, or leave it out by --tables.' });
		}
		if (wanted.follows) await publish(source, wanted, tables);
	} finally {
		await source.end();
	}
}

function addressOf(url: string): string {
	const { host, pathname } = new URL(url);
	return `${host}${pathname}`;
}

async function connect(url: string): Promise<pg.Client> {
	const text = { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig;
	const source = new pg.Client({ connectionString: url, options: SOURCE_SETTINGS, application_name: 'polylog import', types: text });
	source.on('error', () => undefined);
	await source.connect();
	return source;
}

async function begin(wanted: PostgresImport, isFirst: boolean): Promise<Beginning> {
	const source = await connect(wanted.url);
	try {
		if (!wanted.follows) {
			await source.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
			return { lsn: 0n, source, close: () => source.end() };
		}
		const replication = await ReplicationConnection.open(wanted.url);
		try {
			const slot = await replication.createSlot(isFirst ? wanted.slot : `${wanted.slot}_copy_${process.pid}`, !isFirst);
			await source.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
			await source.query(`SET TRANSACTION SNAPSHOT '${slot.snapshot}'`);
			return {
				lsn: slot.lsn,
				source,
				async close() {
					await replication.close();
					await source.end();
				},
			};
		} catch (error) {
			await replication.close();
			throw error;
		}
	} catch (error) {
		await source.end();
		throw error;
	}
}

/** Makes the publication. Throws when the source cannot send changes, or could no longer change its own tables if it had to. */
async function publish(source: pg.Client, wanted: PostgresImport, tables: readonly SourceTable[]): Promise<void> {
	const { rows } = await source.query({
		text: "SELECT current_setting('wal_level'), EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)",
		values: [wanted.slot],
		rowMode: 'array',
	});
	const [level, hasSlot] = rows[0] as string[];
	if (level !== 'logical')
		throw new InputError('input', `the source does not write what following needs into its log: wal_level is ${level}`, {
			hint: 'ALTER SYSTEM SET wal_level = logical, and start it anew; or import without --follow.',
		});
	if (hasSlot === 't')
		throw new InputError('input', `the source has a slot "${wanted.slot}" that this database knows nothing of`, {
			hint: `Name another by --slot, or drop it there: SELECT pg_drop_replication_slot('${wanted.slot}').`,
		});
	const nameless = tables.filter((table) => !table.hasIdentity);
	if (nameless.length > 0)
		throw new InputError('input', `tables without a primary key cannot be followed: ${nameless.map((table) => table.sql).join(', ')}`, {
			hint: 'ALTER TABLE … REPLICA IDENTITY FULL at the source, or leave them out by --tables.',
		});
	await source.query(`DROP PUBLICATION IF EXISTS "${wanted.slot}"`);
	await source.query(`CREATE PUBLICATION "${wanted.slot}" FOR TABLE ${tables.map((table) => table.sql).join(', ')}`);
}

async function exists(client: pg.Client, query: string): Promise<boolean> {
	return ((await client.query(query)).rowCount ?? 0) > 0;
}

async function makeTables(client: pg.Client, schema: SourceSchema): Promise<void> {
	for (const { exists: query, make } of schema.before) if (!(await exists(client, query))) await client.query(make);
	for (const table of schema.tables) {
		const { rows } = await client.query({ text: 'SELECT to_regclass($1) IS NULL', values: [table.sql], rowMode: 'array' });
		if ((rows as string[][])[0]![0] !== 't') continue;
		try {
			await client.query(table.create);
		} catch (error) {
			throw new InputError('input', `the source's table ${table.sql} cannot be made here: ${error instanceof Error ? error.message : String(error)}`, {
				hint: 'Make it here in another way first, or leave it out by --tables.',
				cause: error,
			});
		}
	}
}

/** A copy is a transaction, and its note another: a table without a note may have rows of a copy that was cut off, which go first. */
async function copyTables(client: pg.Client, beginning: Beginning, tables: readonly SourceTable[], state: SourceState): Promise<void> {
	const copied = await state.copied();
	const progress = new Progress('copying', tables.reduce((sum, table) => sum + table.bytes, 0) || 1);
	let done = 0;
	for (const table of tables) {
		if (!copied.has(table.sql)) {
			const columns = table.columns.join(', ');
			if (await exists(client, `SELECT FROM ${table.sql} LIMIT 1`)) await client.query(`DELETE FROM ${table.sql}`);
			const out = beginning.source.query(copyTo(`COPY (SELECT ${columns} FROM ${table.sql}) TO STDOUT`));
			let bytes = 0;
			out.on('data', (piece: Buffer) => {
				bytes += piece.length;
				progress.update(done + Math.min(bytes, table.bytes));
			});
			await pipeline(out, client.query(copyFrom(`COPY ${table.sql} (${columns}) FROM STDIN`)));
			await state.saveCopied(table.sql, beginning.lsn);
		}
		done += table.bytes;
		progress.update(done);
	}
	progress.end();
}

async function finishTables(client: pg.Client, schema: SourceSchema, say: Say): Promise<void> {
	const attempt = async (statement: string): Promise<void> => {
		await client.query(statement).catch((error: unknown) => say(`left out: ${statement} (${error instanceof Error ? error.message : String(error)})`));
	};
	for (const statement of schema.defaults) await attempt(statement);
	for (const statement of schema.sequenceValues) await client.query(statement);
	for (const statement of schema.indexes) await attempt(statement.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX IF NOT EXISTS '));
}

async function addForeignKeys(client: pg.Client, schema: SourceSchema): Promise<void> {
	for (const { name, table, make } of schema.foreignKeys) {
		const found = `SELECT FROM pg_constraint WHERE conname = '${name.replaceAll("'", "''")}' AND conrelid = '${table.replaceAll("'", "''")}'::regclass`;
		if (!(await exists(client, found))) await client.query(make);
	}
}
