/** `polylog export`: a table or query as CSV, JSON lines, Parquet, Arrow or Avro; everything as an SQL script that makes it again. */
import { createWriteStream } from 'node:fs';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { SinkFormat } from '../encoding/tabular/tabular-file.ts';
import { InputError } from '../platform/errors.ts';
import { quoteName, quoteTable, withClient } from './client.ts';
import type { Command } from './command.ts';
import { directoryArgument } from './directory-argument.ts';
import { exportRows } from './export-rows.ts';
import { jsonValue, type TextRow } from './rows-output.ts';
import { exportTriples, rdfFormat } from './triple-files.ts';

const FETCH_ROWS = 1000;
const BINARY: readonly string[] = ['parquet', 'arrow', 'avro'] satisfies SinkFormat[];

async function texts(client: pg.Client, sql: string, values: readonly unknown[] = []): Promise<string[][]> {
	return (await client.query({ text: sql, values: [...values], rowMode: 'array' })).rows as string[][];
}

async function copyOut(client: pg.Client, copy: string, out: Writable): Promise<void> {
	for await (const piece of client.query(copyTo(copy)) as Readable) await write(out, piece as Buffer);
}

async function exportCsv(client: pg.Client, source: string, out: Writable): Promise<void> {
	await copyOut(client, `COPY (${source}) TO STDOUT WITH (FORMAT csv, HEADER)`, out);
}

async function write(out: Writable, text: string | Buffer): Promise<void> {
	if (!out.write(text)) await new Promise((drained) => out.once('drain', drained));
}

async function exportJsonLines(client: pg.Client, source: string, out: Writable): Promise<void> {
	await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
	await client.query(`DECLARE exported CURSOR FOR ${source}`);
	for (;;) {
		const result = await client.query({ text: `FETCH ${FETCH_ROWS} FROM exported`, rowMode: 'array' });
		for (const row of result.rows as TextRow[])
			await write(out, `${JSON.stringify(Object.fromEntries(row.map((v, i) => [result.fields[i]!.name, jsonValue(v, result.fields[i]!.dataTypeID)])))}\n`);
		if (result.rows.length < FETCH_ROWS) break;
	}
	await client.query('COMMIT');
}

const USER_SCHEMAS = "nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_temp\\_%'";

/** Stores of triples, and the relations that are made with them. */
interface Stores {
	readonly names: readonly string[];
	readonly relations: ReadonlySet<string>;
}

async function storesOf(client: pg.Client): Promise<Stores> {
	const stores = await texts(client, 'SELECT schema_name, store_name FROM polylog.triple_stores ORDER BY 1, 2');
	const relations = stores.flatMap(([schema, name]) => ['quads', 'terms', 'ids', 'triples'].map((part) => `${schema}.${name}_${part}`));
	return { names: stores.map(([schema, name]) => `${schema}.${name}`), relations: new Set(relations) };
}

/** Tables that are `made` have only their rows written. */
async function exportTable(client: pg.Client, schema: string, name: string, oid: string, made: boolean, out: Writable): Promise<void> {
	const columns = await texts(
		client,
		`SELECT attname, format_type(atttypid, atttypmod), attnotnull::text, attgenerated, attidentity, pg_get_expr(adbin, adrelid)
		 FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
		[oid],
	);
	const lines = columns.map(([column, type, notNull, generated, identity, expression]) => {
		const parts = [quoteName(column!), type!];
		if (generated === 's') parts.push(`GENERATED ALWAYS AS (${expression}) STORED`);
		else if (identity !== '') parts.push(`GENERATED ${identity === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`);
		else if (expression) parts.push(`DEFAULT ${expression}`);
		if (notNull === 'true') parts.push('NOT NULL');
		return `  ${parts.join(' ')}`;
	});
	if (!made) await write(out, `CREATE TABLE ${quoteName(schema)}.${quoteName(name)} (\n${lines.join(',\n')}\n);\n\n`);
	const plain = columns.filter(([, , , generated]) => generated !== 's').map(([column]) => quoteName(column!));
	if (plain.length === 0) return;
	const list = plain.join(', ');
	await write(out, `COPY ${quoteName(schema)}.${quoteName(name)} (${list}) FROM stdin;\n`);
	await copyOut(client, `COPY (SELECT ${list} FROM ${quoteName(schema)}.${quoteName(name)}) TO STDOUT`, out);
	await write(out, '\\.\n\n');
}

async function exportTypes(client: pg.Client, out: Writable): Promise<void> {
	const enums = await texts(
		client,
		`SELECT n.nspname, t.typname, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid JOIN pg_namespace n ON n.oid = t.typnamespace GROUP BY 1, 2 ORDER BY 1, 2`,
	);
	for (const [schema, name, labels] of enums) await write(out, `CREATE TYPE ${quoteName(schema!)}.${quoteName(name!)} AS ENUM (${labels});\n`);
}

/** Sequences that are not made by an identity column. */
async function exportSequences(client: pg.Client, stores: Stores, out: Writable): Promise<void> {
	const sequences = await texts(
		client,
		`SELECT schemaname, sequencename, data_type::text, start_value::text, increment_by::text, min_value::text, max_value::text, cycle::text, cache_size::text
		FROM pg_sequences WHERE NOT EXISTS (SELECT FROM pg_depend d JOIN pg_class c ON c.oid = d.objid WHERE c.relname = sequencename AND d.deptype = 'i') ORDER BY 1, 2`,
	);
	for (const [schema, name, type, start, increment, minimum, maximum, cycle, cache] of sequences) {
		if (stores.relations.has(`${schema}.${name}`)) continue;
		await write(
			out,
			`CREATE SEQUENCE ${quoteName(schema!)}.${quoteName(name!)} AS ${type} INCREMENT ${increment} MINVALUE ${minimum} MAXVALUE ${maximum} START ${start} CACHE ${cache}${cycle === 'true' ? ' CYCLE' : ''};\n`,
		);
	}
}

async function exportSequenceValues(client: pg.Client, out: Writable): Promise<void> {
	const values = await texts(
		client,
		'SELECT quote_literal(quote_ident(schemaname) || $1 || quote_ident(sequencename)), last_value::text FROM pg_sequences WHERE last_value IS NOT NULL ORDER BY 1',
		['.'],
	);
	for (const [name, last] of values) await write(out, `SELECT setval(${name}, ${last});\n`);
}

async function exportEverything(client: pg.Client, out: Writable): Promise<void> {
	await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
	for (const [schema] of await texts(client, `SELECT nspname FROM pg_namespace WHERE ${USER_SCHEMAS} AND nspname <> 'public' ORDER BY 1`))
		await write(out, `CREATE SCHEMA ${quoteName(schema!)};\n`);
	await exportTypes(client, out);
	const stores = await storesOf(client);
	await exportSequences(client, stores, out);
	for (const name of stores.names) await write(out, `SELECT polylog.create_triple_store('${name.replaceAll("'", "''")}');\n`);
	const tables = await texts(
		client,
		`SELECT nspname, relname, c.oid::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND ${USER_SCHEMAS} ORDER BY c.oid`,
	);
	for (const [schema, name, oid] of tables) await exportTable(client, schema!, name!, oid!, stores.relations.has(`${schema}.${name}`), out);
	await exportSequenceValues(client, out);
	const constraints = await texts(
		client,
		`SELECT nspname, relname, conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE ${USER_SCHEMAS} ORDER BY contype = 'f', contype = 'c', c.oid, conname`,
	);
	for (const [schema, table, name, definition] of constraints)
		if (!stores.relations.has(`${schema}.${table}`))
			await write(out, `ALTER TABLE ${quoteName(schema!)}.${quoteName(table!)} ADD CONSTRAINT ${quoteName(name!)} ${definition};\n`);
	const indexes = await texts(
		client,
		`SELECT pg_get_indexdef(i.indexrelid), nspname, relname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE ${USER_SCHEMAS} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u')) ORDER BY i.indexrelid`,
	);
	for (const [definition, schema, table] of indexes) if (!stores.relations.has(`${schema}.${table}`)) await write(out, `${definition};\n`);
	const views = await texts(
		client,
		`SELECT nspname, relname, pg_get_viewdef(c.oid), relkind FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('v', 'm') AND ${USER_SCHEMAS} ORDER BY c.oid`,
	);
	for (const [schema, name, definition, kind] of views)
		if (!stores.relations.has(`${schema}.${name}`))
			await write(
				out,
				`CREATE ${kind === 'm' ? 'MATERIALIZED ' : ''}VIEW ${quoteName(schema!)}.${quoteName(name!)} AS ${definition!.replace(/;?\s*$/, ';')}\n`,
			);
	await client.query('COMMIT');
}

const EXPORT_OPTIONS = {
	table: { type: 'string' },
	query: { type: 'string' },
	format: { type: 'string' },
	store: { type: 'string' },
	graph: { type: 'string' },
	out: { type: 'string', short: 'o' },
} as const;

export const command: Command = {
	help: `usage: polylog export [directory] [--table T | --query SQL] [--format csv|jsonl|parquet|arrow|avro|sql] [-o FILE]
       polylog export [directory] --store S [--graph IRI] [--format F] [-o FILE]

Writes what is in the database in the directory (default ./data) to standard output or a file.
Without --table and --query everything is written as an SQL script.

  --table T     one table, also schema.table
  --query SQL   the rows of a query
  --format F    csv (default), jsonl, parquet, arrow (IPC file, Feather V2), avro; sql for everything; of a triple store trig (default), nq, ttl, nt, rdf or jsonld
  --store S     a triple store, also schema.store
  --graph IRI   one graph of it; without, the formats of one graph take the default graph
  -o, --out F   a file to write`,
	async run(args) {
		const { values, positionals } = parseArgs({
			args: [...args],
			options: EXPORT_OPTIONS,
			allowPositionals: true,
		});
		if (values.store !== undefined || values.graph !== undefined) {
			const format = rdfFormat(values.format ?? (values.graph === undefined ? 'trig' : 'ttl'), undefined);
			if (format === undefined) throw new InputError('usage', `triples cannot be exported as ${values.format}`, { hint: 'polylog export --help' });
			await exportTriples(directoryArgument('export', positionals), format, values.out, { store: values.store, graph: values.graph });
			return 0;
		}
		const source = values.query ?? (values.table === undefined ? null : `SELECT * FROM ${quoteTable(values.table)}`);
		const format = values.format ?? (source === null ? 'sql' : 'csv');
		if (!['csv', 'jsonl', 'sql', ...BINARY].includes(format) || (format === 'sql') !== (source === null))
			throw new InputError(
				'usage',
				source === null ? 'everything can be exported as sql only' : `a table or query can be exported as csv, jsonl, parquet, arrow or avro, not as ${format}`,
				{ hint: 'polylog export --help' },
			);
		const out = new PassThrough();
		const written = pipeline(out, values.out === undefined ? process.stdout : createWriteStream(values.out), { end: values.out !== undefined });
		await withClient(directoryArgument('export', positionals), false, (client) => {
			if (source === null) return exportEverything(client, out);
			if (BINARY.includes(format)) return exportRows(client, source, format as SinkFormat, out);
			return format === 'csv' ? exportCsv(client, source, out) : exportJsonLines(client, source, out);
		});
		out.end();
		await written;
		return 0;
	},
};
