/** `polylog import`: CSV and JSON lines into a table (made if it is not there), an SQL dump, or documents of RDF into a triple store. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { scriptStatements } from '../language/sql/script.ts';
import { InputError } from '../platform/errors.ts';
import { quoteName, quoteTable, withClient } from './client.ts';
import type { Command } from './command.ts';
import { importCypher, importGraphFiles, importKuzu } from './import-graph.ts';
import { Progress } from './progress.ts';
import { csvLine } from './rows-output.ts';
import { importTriples, rdfFormat } from './triple-files.ts';

const SAMPLE_ROWS = 1000;
const SAMPLE_BYTES = 1 << 20;

/** The narrowest type that takes all the texts; null texts say nothing. */
export function typeFor(texts: readonly (string | null)[]): string {
	const given = texts.filter((t): t is string => t !== null && t !== '');
	if (given.length === 0) return 'text';
	const all = (pattern: RegExp): boolean => given.every((t) => pattern.test(t));
	if (all(/^-?(0|[1-9]\d{0,17})$/)) return 'bigint';
	if (all(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/) && given.every((t) => !/^-?0\d/.test(t))) return all(/^-?\d+\.\d+$|^-?\d+$/) ? 'numeric' : 'double precision';
	if (all(/^(true|false)$/i)) return 'boolean';
	if (all(/^\d{4}-\d\d-\d\d$/)) return 'date';
	if (all(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/)) return 'timestamptz';
	if (all(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/)) return 'timestamp';
	return 'text';
}

/** The first records of a CSV text; the last is left out as it may be cut. */
export function csvSample(text: string): (string | null)[][] {
	const records: (string | null)[][] = [];
	let record: (string | null)[] = [];
	let at = 0;
	while (at < text.length && records.length <= SAMPLE_ROWS) {
		let field: string | null = '';
		if (text[at] === '"') {
			const end = /(?:[^"]|"")*"/y;
			end.lastIndex = at + 1;
			const match = end.exec(text);
			if (match === null) break;
			field = match[0].slice(0, -1).replaceAll('""', '"');
			at = end.lastIndex;
		} else {
			const end = /[^,\r\n]*/y;
			end.lastIndex = at;
			const raw = end.exec(text)![0];
			field = raw === '' ? null : raw;
			at += raw.length;
		}
		record.push(field);
		if (text[at] === ',') {
			at++;
			continue;
		}
		if (text[at] === '\r') at++;
		if (at >= text.length) break;
		at++;
		records.push(record);
		record = [];
	}
	if (at >= text.length && record.length > 0) records.push(record);
	return records;
}

async function tableColumns(client: pg.Client, table: string): Promise<string[] | null> {
	const { rows } = await client.query({
		text: 'SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum',
		values: [quoteTable(table)],
	});
	const names = (rows as { attname: string }[]).map((r) => r.attname);
	return names.length === 0 ? null : names;
}

async function makeTable(client: pg.Client, table: string, columns: readonly { readonly name: string; readonly type: string }[]): Promise<void> {
	await client.query(`CREATE TABLE ${quoteTable(table)} (${columns.map((c) => `${quoteName(c.name)} ${c.type}`).join(', ')})`);
}

/** Shows how much of the source has gone through. */
function counted(progress: Progress): Transform {
	let bytes = 0;
	return new Transform({
		transform(piece: Buffer, _encoding, done) {
			bytes += piece.length;
			progress.update(bytes);
			done(null, piece);
		},
	});
}

async function importCsv(client: pg.Client, file: string, table: string, progress: Progress): Promise<number> {
	const head = Buffer.alloc(SAMPLE_BYTES);
	const sample = csvSample(readStart(file, head));
	const names = sample[0]?.map((n, i) => n ?? `column${i + 1}`) ?? [];
	if (names.length === 0) throw new InputError('input', `${file} has no header line`);
	if ((await tableColumns(client, table)) === null)
		await makeTable(
			client,
			table,
			names.map((name, i) => ({ name, type: typeFor(sample.slice(1).map((r) => r[i] ?? null)) })),
		);
	const stream = client.query(copyFrom(`COPY ${quoteTable(table)} (${names.map(quoteName).join(', ')}) FROM STDIN WITH (FORMAT csv, HEADER)`));
	await pipeline(createReadStream(file), counted(progress), stream);
	return stream.rowCount;
}

function readStart(file: string, buffer: Buffer): string {
	const text = readFileSync(file).subarray(0, buffer.length).toString();
	return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function jsonField(value: unknown): string | null {
	if (value === null || value === undefined) return null;
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function jsonType(values: readonly unknown[]): string {
	const given = values.filter((v) => v !== null && v !== undefined);
	if (given.some((v) => typeof v === 'object')) return 'jsonb';
	return typeFor(given.map((v) => String(v)));
}

async function importJsonLines(client: pg.Client, file: string, table: string, progress: Progress): Promise<number> {
	const sample: Record<string, unknown>[] = [];
	for await (const record of jsonRecords(file)) {
		sample.push(record);
		if (sample.length >= SAMPLE_ROWS) break;
	}
	let names = await tableColumns(client, table);
	if (names === null) {
		names = [...new Set(sample.flatMap((r) => Object.keys(r)))];
		if (names.length === 0) throw new InputError('input', `${file} holds no JSON objects`);
		await makeTable(
			client,
			table,
			names.map((name) => ({ name, type: jsonType(sample.map((r) => r[name])) })),
		);
	}
	const columns = names;
	const unknown = sample.flatMap((r) => Object.keys(r)).find((key) => !columns.includes(key));
	if (unknown !== undefined)
		throw new InputError('input', `${file} has the field "${unknown}", which table ${table} has no column for`, {
			hint: 'Add the column, or import into a new table.',
		});
	const stream = client.query(copyFrom(`COPY ${quoteTable(table)} (${columns.map(quoteName).join(', ')}) FROM STDIN WITH (FORMAT csv)`));
	let bytes = 0;
	const lines = async function* (): AsyncGenerator<string> {
		for await (const record of jsonRecords(file)) {
			const line = `${csvLine(columns.map((name) => jsonField(record[name])))}\n`;
			bytes += line.length;
			progress.update(bytes);
			yield line;
		}
	};
	await pipeline(Readable.from(lines()), stream);
	return stream.rowCount;
}

async function* jsonRecords(file: string): AsyncGenerator<Record<string, unknown>> {
	let number = 0;
	for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
		number++;
		if (line.trim() === '') continue;
		let record: unknown;
		try {
			record = JSON.parse(line);
		} catch (error) {
			throw new InputError('input', `${file}:${number} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
		}
		if (typeof record !== 'object' || record === null || Array.isArray(record)) throw new InputError('input', `${file}:${number} is not a JSON object`);
		yield record as Record<string, unknown>;
	}
}

async function importSql(client: pg.Client, file: string, progress: Progress): Promise<number> {
	const text = readFileSync(file, 'utf8');
	const own = !/^\s*(begin|start\s+transaction)\b/im.test(text);
	let count = 0;
	if (own) await client.query('BEGIN');
	for (const statement of scriptStatements(text)) {
		if (statement.text.startsWith('\\'))
			throw new InputError('input', `${file} has psql's command ${statement.text.split(/\s/)[0]}, which is not understood here`, {
				hint: 'Leave it out, or run the script through psql.',
			});
		if (statement.copyData === null) await client.query(statement.text);
		else await pipeline(Readable.from([statement.copyData]), client.query(copyFrom(statement.text)));
		count++;
		progress.update(statement.end);
	}
	if (own) await client.query('COMMIT');
	return count;
}

const IMPORT_OPTIONS = {
	table: { type: 'string' },
	format: { type: 'string' },
	store: { type: 'string' },
	graph: { type: 'string' },
	replace: { type: 'boolean' },
	nodes: { type: 'string', multiple: true },
	relationships: { type: 'string', multiple: true },
	kuzu: { type: 'string' },
} as const;

interface GraphValues {
	readonly format?: string;
	readonly graph?: string;
	readonly nodes?: readonly string[];
	readonly relationships?: readonly string[];
	readonly kuzu?: string;
}

/** Loads into a property graph what the options name; returns what to say, or null when they name nothing of one. */
async function importGraph(values: GraphValues, file: string | undefined, directory: string): Promise<string | null> {
	const { nodes, relationships, kuzu } = values;
	const target = { directory, graph: values.graph ?? '' };
	if (kuzu === undefined && nodes === undefined && relationships === undefined) {
		if (file === undefined || (values.format ?? formatOf(file)) !== 'cypher') return null;
		return `${await importCypher(target, file)} statements`;
	}
	const loaded =
		kuzu === undefined ? await importGraphFiles(target, nodes ?? [], relationships ?? []) : await importKuzu(target, kuzu, (message) => console.error(message));
	return `${loaded.nodeCount} nodes, ${loaded.relationshipCount} relationships`;
}

function formatOf(file: string): string | undefined {
	const ending = /\.(csv|jsonl|ndjson|sql|cypher|cql)$/i.exec(file)?.[1]?.toLowerCase();
	return ending === 'ndjson' ? 'jsonl' : ending === 'cql' ? 'cypher' : ending;
}

export const command: Command = {
	help: `usage: polylog import FILE [directory] [--table T] [--format F]
       polylog import FILE [directory] [--store S] [--graph IRI] [--replace] [--format F]
       polylog import FILE.cypher [directory] [--graph G]
       polylog import [directory] --nodes [LABELS=]FILE … --relationships [TYPE=]FILE … [--graph G]
       polylog import [directory] --kuzu EXPORT [--graph G]

Loads a file into the database in the directory (default ./data), all of it or nothing.
CSV needs a header line. A table that does not exist is made, with types that fit the first ${SAMPLE_ROWS} rows.

  --table T     the table, also schema.table (default: the file's name without its ending)
  --format F    csv, jsonl, sql or cypher; for triples ttl, nt, nq, trig, rdf or jsonld (default: by the file's ending, also .gz)
  --store S     the triple store, also schema.store (default: public.default)
  --graph IRI   the graph that triples go to (default: the default graph)
  --replace     in place of what the graph, or with nq and trig the store, has

Into a property graph:

  --graph G     the graph, also schema.graph (default: the graph default)
  --nodes F, --relationships F
                CSV whose header says what fields are, as for neo4j-admin: id:ID,name,born:int,:LABEL and
                :START_ID,:END_ID,since:int,:TYPE; may be repeated
  --kuzu DIR    what EXPORT DATABASE of Kuzu wrote, CSV or Parquet`,
	async run(args) {
		const { values, positionals } = parseArgs({ args: [...args], options: IMPORT_OPTIONS, allowPositionals: true });
		const isGraph = values.kuzu !== undefined || values.nodes !== undefined || values.relationships !== undefined;
		const [file, directory] = isGraph ? [undefined, positionals[0]] : positionals;
		const said = await importGraph(values, file, directory ?? './data');
		if (said !== null) {
			console.log(said);
			return 0;
		}
		if (file === undefined) throw new InputError('usage', 'a file is expected', { hint: 'polylog import --help' });
		const triples = rdfFormat(values.format, file);
		if (triples !== undefined) {
			await importTriples(file, directory ?? './data', triples, { store: values.store, graph: values.graph, replace: values.replace ?? false });
			return 0;
		}
		const format = values.format ?? formatOf(file);
		if (format !== 'csv' && format !== 'jsonl' && format !== 'sql')
			throw new InputError('usage', `the format of ${file} is not known`, {
				hint: 'Say --format csv, jsonl, sql or cypher, or for triples ttl, nt, nq, trig, rdf or jsonld.',
			});
		const table = values.table ?? /([^/\\]+?)(\.[^.]*)?$/.exec(file)?.[1] ?? 'imported';
		const progress = new Progress(`importing ${file}`, statSync(file).size);
		const count = await withClient(directory ?? './data', true, (client) =>
			format === 'csv'
				? importCsv(client, file, table, progress)
				: format === 'jsonl'
					? importJsonLines(client, file, table, progress)
					: importSql(client, file, progress),
		);
		progress.end();
		console.log(format === 'sql' ? `${count} statements` : `${count} rows into ${table}`);
		return 0;
	},
};
