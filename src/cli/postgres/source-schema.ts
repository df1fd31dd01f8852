/**
 * What a PostgreSQL database is made of, as statements that make it again here: schemas, enums, domains, sequences, tables with keys and checks, and, to be run when the rows are
 * there, indexes and foreign keys. Everything is read in the transaction of the caller, so at its snapshot.
 *
 * Defaults stand apart from the tables: one that means nothing here (a function that is not there) is left out with a notice.
 */
import type pg from 'pg';
import { InputError } from '../../platform/errors.ts';
import { quoteName } from '../client.ts';

export interface SourceTable {
	readonly oid: string;
	readonly schema: string;
	readonly name: string;
	/** Quoted, with the schema. */
	readonly sql: string;
	/** Quoted; without generated columns. */
	readonly columns: readonly string[];
	readonly create: string;
	readonly bytes: number;
	/** Updates and deletes can say which row they mean. */
	readonly hasIdentity: boolean;
}

export interface SourceSchema {
	/** To be run first, if what they make is not there. */
	readonly before: readonly { readonly exists: string; readonly make: string }[];
	readonly tables: readonly SourceTable[];
	/** Left out with a notice when they fail. */
	readonly defaults: readonly string[];
	readonly sequenceValues: readonly string[];
	readonly indexes: readonly string[];
	readonly foreignKeys: readonly { readonly name: string; readonly table: string; readonly make: string }[];
}

export interface Wanted {
	/** `table` or `schema.table`; null for all. */
	readonly tables: readonly string[] | null;
	readonly schema: string | null;
}

type Rows = readonly (readonly (string | null)[])[];

async function rows(client: pg.Client, text: string, values: readonly unknown[] = []): Promise<Rows> {
	return (await client.query({ text, values: [...values], rowMode: 'array' })).rows as Rows;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const named = (schema: string, name: string): string => `${quoteName(schema)}.${quoteName(name)}`;

export async function readSchema(client: pg.Client, wanted: Wanted): Promise<SourceSchema> {
	// Names come with their schema in whatever the server writes as SQL.
	await client.query("SELECT pg_catalog.set_config('search_path', '', true)");
	const chosen = await chooseTables(client, wanted);
	const oids = chosen.map((row) => row[0]!);
	const tables: SourceTable[] = [];
	const defaults: string[] = [];
	for (const row of chosen) tables.push(await readTable(client, row, defaults));
	return {
		before: [...schemasOf(tables), ...(await readTypes(client, oids)), ...(await readSequences(client, oids))],
		tables,
		defaults,
		sequenceValues: await readSequenceValues(client, oids),
		indexes: (
			await rows(
				client,
				`SELECT pg_get_indexdef(indexrelid) FROM pg_index i WHERE indrelid = ANY ($1::oid[]) AND indisvalid
					AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u')) ORDER BY indexrelid`,
				[oids],
			)
		).map(([definition]) => definition!),
		foreignKeys: (
			await rows(
				client,
				`SELECT conname, nspname, relname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = relnamespace
					WHERE contype = 'f' AND conrelid = ANY ($1::oid[]) AND confrelid = ANY ($1::oid[]) ORDER BY k.oid`,
				[oids],
			)
		).map(([name, schema, table, definition]) => ({
			name: name!,
			table: named(schema!, table!),
			make: `ALTER TABLE ${named(schema!, table!)} ADD CONSTRAINT ${quoteName(name!)} ${definition}`,
		})),
	};
}

async function chooseTables(client: pg.Client, { tables, schema }: Wanted): Promise<Rows> {
	const all = await rows(
		client,
		`SELECT c.oid::text, nspname, relname, relkind::text, pg_table_size(c.oid)::text, relreplident::text,
			EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND (indisprimary OR indisreplident))::text
		FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p') AND relpersistence <> 't'
			AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_%' AND ($1::text IS NULL OR nspname = $1) ORDER BY c.oid`,
		[schema],
	);
	const isNamed = ([, space, name]: readonly (string | null)[], wanted: string): boolean =>
		wanted === `${space}.${name}` || (wanted === name && (schema !== null || space === 'public'));
	const missing = tables?.find((wanted) => !all.some((row) => isNamed(row, wanted)));
	if (missing !== undefined) throw new InputError('input', `the source has no table ${missing}`);
	const chosen = all.filter((row) => tables === null || tables.some((wanted) => isNamed(row, wanted)));
	const partitioned = chosen.find((row) => row[3] === 'p');
	if (partitioned !== undefined)
		throw new InputError('input', `the source's table ${partitioned[1]}.${partitioned[2]} is partitioned, which an import does not take`, {
			hint: 'Name the tables to take by --tables; its partitions are tables, too.',
		});
	if (chosen.length === 0) throw new InputError('input', 'the source has no tables to import');
	return chosen;
}

function schemasOf(tables: readonly SourceTable[]): SourceSchema['before'] {
	return [...new Set(tables.map((table) => table.schema))].map((schema) => ({
		exists: `SELECT FROM pg_namespace WHERE nspname = ${literal(schema)}`,
		make: `CREATE SCHEMA ${quoteName(schema)}`,
	}));
}

/** Enums and domains of the columns, also as elements of arrays. */
async function readTypes(client: pg.Client, oids: readonly string[]): Promise<SourceSchema['before']> {
	const types = await rows(
		client,
		`WITH used AS (SELECT DISTINCT coalesce(nullif(t.typelem, 0), t.oid) AS oid FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid WHERE attrelid = ANY ($1::oid[]) AND attnum > 0 AND NOT attisdropped)
		SELECT t.oid::text, nspname, typname, typtype::text, format_type(typbasetype, typtypmod), typnotnull::text, typdefault,
			(SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
			(SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k WHERE contypid = t.oid AND contype = 'c')
		FROM used JOIN pg_type t USING (oid) JOIN pg_namespace n ON n.oid = typnamespace WHERE typtype IN ('e', 'd') AND nspname <> 'pg_catalog' ORDER BY t.oid`,
		[oids],
	);
	return types.map(([, schema, name, kind, base, isNotNull, value, labels, checks]) => ({
		exists: `SELECT FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE nspname = ${literal(schema!)} AND typname = ${literal(name!)}`,
		make:
			kind === 'e'
				? `CREATE TYPE ${named(schema!, name!)} AS ENUM (${labels ?? ''})`
				: `CREATE DOMAIN ${named(schema!, name!)} AS ${base}${value === null ? '' : ` DEFAULT ${value}`}${isNotNull === 'true' ? ' NOT NULL' : ''} ${checks ?? ''}`,
	}));
}

/** Sequences that belong to columns, but those of identity columns, which are made with them. */
const OWNED = `SELECT s.oid, n.nspname, s.relname, d.refobjid, d.refobjsubid, d.deptype FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
	JOIN pg_namespace n ON n.oid = s.relnamespace WHERE d.classid = 'pg_class'::regclass AND d.refobjid = ANY ($1::oid[]) AND d.deptype IN ('a', 'i')`;

async function readSequences(client: pg.Client, oids: readonly string[]): Promise<SourceSchema['before']> {
	const sequences = await rows(
		client,
		`SELECT nspname, relname, format_type(seqtypid, NULL), seqincrement::text, seqmin::text, seqmax::text, seqstart::text, seqcycle::text
			FROM (${OWNED}) o JOIN pg_sequence q ON q.seqrelid = o.oid WHERE deptype = 'a'`,
		[oids],
	);
	return sequences.map(([schema, name, type, increment, minimum, maximum, start, isCycle]) => ({
		exists: `SELECT FROM pg_sequences WHERE schemaname = ${literal(schema!)} AND sequencename = ${literal(name!)}`,
		make: `CREATE SEQUENCE ${named(schema!, name!)} AS ${type} INCREMENT ${increment} MINVALUE ${minimum} MAXVALUE ${maximum} START ${start}${isCycle === 'true' ? ' CYCLE' : ''}`,
	}));
}

async function readSequenceValues(client: pg.Client, oids: readonly string[]): Promise<string[]> {
	const sequences = await rows(
		client,
		`SELECT s.nspname, s.relname, q.last_value::text, deptype::text, n.nspname, c.relname, attname
			FROM (${OWNED}) s JOIN pg_sequences q ON q.schemaname = s.nspname AND q.sequencename = s.relname
			JOIN pg_class c ON c.oid = refobjid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = refobjid AND a.attnum = refobjsubid
			WHERE q.last_value IS NOT NULL`,
		[oids],
	);
	return sequences.map(([schema, name, last, kind, tableSchema, table, column]) => {
		const sequence = kind === 'i' ? `pg_get_serial_sequence(${literal(named(tableSchema!, table!))}, ${literal(column!)})` : literal(named(schema!, name!));
		return `SELECT setval(${sequence}, ${last})`;
	});
}

async function readTable(client: pg.Client, row: readonly (string | null)[], defaults: string[]): Promise<SourceTable> {
	const [oid, schema, name, , bytes, identity, hasKey] = row as string[];
	const sql = named(schema!, name!);
	const columns = await rows(
		client,
		`SELECT attname, format_type(atttypid, atttypmod), attnotnull::text, pg_get_expr(adbin, adrelid), attidentity::text, attgenerated::text
			FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
		[oid],
	);
	const parts = columns.map(([column, type, isNotNull, value, identityKind, generated]) => {
		if (value !== null && generated === '') defaults.push(`ALTER TABLE ${sql} ALTER COLUMN ${quoteName(column!)} SET DEFAULT ${value}`);
		const made =
			generated === 's'
				? ` GENERATED ALWAYS AS (${value}) STORED`
				: identityKind === ''
					? ''
					: ` GENERATED ${identityKind === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`;
		return `${quoteName(column!)} ${type}${isNotNull === 'true' ? ' NOT NULL' : ''}${made}`;
	});
	const constraints = await rows(
		client,
		"SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = $1 AND contype IN ('p', 'u', 'c') ORDER BY contype = 'c', oid",
		[oid],
	);
	for (const [constraint, definition] of constraints) parts.push(`CONSTRAINT ${quoteName(constraint!)} ${definition}`);
	return {
		oid: oid!,
		schema: schema!,
		name: name!,
		sql,
		columns: columns.filter(([, , , , , generated]) => generated === '').map(([column]) => quoteName(column!)),
		create: `CREATE TABLE ${sql} (${parts.join(', ')})`,
		bytes: Number(bytes),
		hasIdentity: identity === 'f' || (identity !== 'n' && hasKey === 'true'),
	};
}
