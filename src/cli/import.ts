/** `polylog import`: files of rows into tables (made if they are not there), an SQL dump, graphs, documents of RDF into a triple store, or a running PostgreSQL. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { tableNameOf } from '../database/embedded/import-file.ts';
import { tabularFormatOf } from '../encoding/tabular/tabular-file.ts';
import type { TabularFormat } from '../encoding/tabular/tabular-source.ts';
import { scriptStatements } from '../language/sql/script.ts';
import { InputError } from '../platform/errors.ts';
import { type DatabaseClient, withClient, withConnection } from './client.ts';
import type { Command } from './command.ts';
import { importCypher, importGraphFiles, importKuzu } from './import-graph.ts';
import { importRows, type RowsImport, type RowsImported } from './import-rows.ts';
import { followPostgres } from './postgres/follow-postgres.ts';
import { copyPostgres, type PostgresImport } from './postgres/import-postgres.ts';
import { Progress } from './progress.ts';
import { importTriples, rdfFormat } from './triple-files.ts';

const BAD_ROWS_MAX = 1000;
const INTERRUPTED = 130;
const TABULAR: readonly string[] = ['csv', 'jsonl', 'parquet', 'arrow', 'avro'] satisfies TabularFormat[];

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
	columns: { type: 'string' },
	using: { type: 'string' },
	delimiter: { type: 'string' },
	'bad-rows': { type: 'string' },
	'max-bad-rows': { type: 'string' },
	resume: { type: 'boolean' },
	tables: { type: 'string' },
	schema: { type: 'string' },
	follow: { type: 'boolean' },
	slot: { type: 'string' },
	store: { type: 'string' },
	graph: { type: 'string' },
	replace: { type: 'boolean' },
	nodes: { type: 'string', multiple: true },
	relationships: { type: 'string', multiple: true },
	kuzu: { type: 'string' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof IMPORT_OPTIONS }>>['values'];

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
	const ending = /\.(sql|cypher|cql)$/i.exec(file)?.[1]?.toLowerCase();
	return ending === 'cql' ? 'cypher' : (ending ?? tabularFormatOf(file));
}

/** The files, and the directory of the database behind them: the last argument when there is another and it is no file to import. */
function filesAndDirectory(positionals: readonly string[]): { readonly files: readonly string[]; readonly directory: string } {
	const last = positionals.at(-1);
	const isDirectory = positionals.length > 1 && last !== undefined && !(existsSync(last) && statSync(last).isFile());
	return isDirectory ? { files: positionals.slice(0, -1), directory: last } : { files: positionals, directory: './data' };
}

function rowsImport(file: string, format: TabularFormat, values: Values): RowsImport {
	const countMax = values['max-bad-rows'];
	if (countMax !== undefined && !/^\d{1,9}$/.test(countMax)) throw new InputError('usage', `--max-bad-rows takes a number, not ${JSON.stringify(countMax)}`);
	if (countMax !== undefined && values['bad-rows'] === undefined)
		throw new InputError('usage', '--max-bad-rows needs --bad-rows, the file to set them aside in');
	return {
		file,
		format,
		table: values.table ?? tableNameOf(file),
		columns: values.columns === undefined ? null : values.columns.split(',').map((name) => name.trim()),
		using: values.using,
		delimiter: values.delimiter ?? (/\.tsv$/i.test(file) ? '\t' : undefined),
		badRows: values['bad-rows'] ?? null,
		badRowsMax: countMax === undefined ? BAD_ROWS_MAX : Number(countMax),
		resumes: values.resume ?? false,
	};
}

async function importOne({ client, database }: DatabaseClient, wanted: RowsImport, isStopped: () => boolean): Promise<RowsImported> {
	const { file, table, format, columns, using, delimiter, badRows, resumes } = wanted;
	if (database === null || badRows !== null || resumes) return importRows(client, wanted, isStopped);
	let bar: Progress | null = null;
	const rowCount = await database.import(file, {
		table,
		format,
		...(columns === null ? {} : { columns }),
		...(using === undefined ? {} : { using }),
		...(delimiter === undefined ? {} : { delimiter }),
		onProgress(done, total) {
			bar ??= new Progress(`importing ${file}`, total);
			bar.update(done);
		},
	});
	(bar as Progress | null)?.end();
	return { rowCount, badCount: 0, isWhole: true };
}

/** Files of rows, one after the other. Ctrl-C ends an import with --resume behind the rows that it has. */
async function importTables(files: readonly string[], directory: string, values: Values): Promise<number> {
	const imports = files.map((file) => {
		const format = values.format ?? formatOf(file);
		if (format !== undefined && TABULAR.includes(format)) return rowsImport(file, format as TabularFormat, values);
		throw new InputError('usage', `the format of ${file} is not known`, {
			hint: 'Say --format csv, jsonl, parquet, arrow, avro, sql or cypher, or for triples ttl, nt, nq, trig, rdf or jsonld.',
		});
	});
	let isStopped = false;
	const stop = (): void => {
		isStopped = true;
	};
	if (values.resume === true) process.once('SIGINT', stop);
	try {
		return await withConnection(directory, true, async (connection) => {
			for (const wanted of imports) {
				const { rowCount, badCount, isWhole } = await importOne(connection, wanted, () => isStopped);
				console.log(`${rowCount} rows into ${wanted.table}${badCount === 0 ? '' : `, ${badCount} bad rows into ${wanted.badRows}`}`);
				if (!isWhole) {
					console.error('stopped; the same command goes on from here');
					return INTERRUPTED;
				}
			}
			return 0;
		});
	} finally {
		process.off('SIGINT', stop);
	}
}

/** A running PostgreSQL: its tables, and with --follow what changes in them until Ctrl-C. */
async function importPostgres(url: string, directory: string, values: Values): Promise<number> {
	const slot = values.slot ?? 'polylog';
	if (!/^[a-z0-9_]{1,40}$/.test(slot)) throw new InputError('usage', `--slot takes lower-case letters, digits and underscores, not ${JSON.stringify(slot)}`);
	const wanted: PostgresImport = {
		url,
		slot,
		follows: values.follow ?? false,
		tables: values.tables === undefined ? null : values.tables.split(',').map((name) => name.trim()),
		schema: values.schema ?? null,
	};
	const say = (message: string): void => console.error(message);
	return withClient(directory, true, async (client) => {
		const copied = await copyPostgres(client, wanted, say);
		console.log(`${copied.tables.size} tables`);
		if (!wanted.follows) return 0;
		const stop = new AbortController();
		const abort = (): void => stop.abort();
		process.once('SIGINT', abort).once('SIGTERM', abort);
		console.log('following; Ctrl-C stops, the same command goes on');
		console.log(`${await followPostgres(client, wanted, copied, say, stop.signal)} transactions`);
		return 0;
	});
}

export const command: Command = {
	help: `usage: polylog import FILE… [directory] [--table T] [--format F] [--columns a,b] [--using ENGINE] [--bad-rows FILE] [--resume]
       polylog import postgres://USER@HOST/DATABASE [directory] [--tables a,b] [--schema S] [--follow] [--slot NAME]
       polylog import FILE.sql [directory]
       polylog import FILE [directory] [--store S] [--graph IRI] [--replace] [--format F]
       polylog import FILE.cypher [directory] [--graph G]
       polylog import [directory] --nodes [LABELS=]FILE … --relationships [TYPE=]FILE … [--graph G]
       polylog import [directory] --kuzu EXPORT [--graph G]

Loads files into the database in the directory (default ./data), each of them whole or not at all.

CSV with a header line, JSON lines, Parquet, Arrow IPC (Feather V2) and Avro go into tables, columns by their names. A table that does not exist is made, with
the types of the file; for CSV and JSON lines with types that fit the first 1000 rows. docs/guide/import.md says what becomes what.

  --table T     the table, also schema.table (default: the file's name without its ending)
  --format F    csv, jsonl, parquet, arrow, avro, sql or cypher; for triples ttl, nt, nq, trig, rdf or jsonld (default: by the file's ending, also .gz)
  --columns L   the columns to take, with commas between them (default: all)
  --using E     the engine of a table that is made: lsm, btree, hash or columnar
  --delimiter C the character between fields of CSV (default: a comma, for .tsv a tab)
  --bad-rows F  sets rows that cannot be taken aside in a file, as JSON lines with row, line and reason
  --max-bad-rows N
                gives up at more of them (default: ${BAD_ROWS_MAX})
  --resume      commits every so often and remembers where; the same command goes on from there

From a running PostgreSQL: the tables with their types, keys, defaults, indexes, foreign keys and sequences, at one snapshot. The same command goes on
after a break.

  --tables L    only these, with commas between them, also schema.table
  --schema S    only those of this schema
  --follow      then applies what changes there, through logical replication (wal_level = logical), until Ctrl-C
  --slot NAME   the replication slot and publication that are made there for it (default: polylog)

Documents of RDF into a triple store:

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
		const { files, directory } = isGraph ? { files: [], directory: positionals[0] ?? './data' } : filesAndDirectory(positionals);
		if (files.length === 1 && /^postgres(ql)?:\/\//.test(files[0]!)) return importPostgres(files[0]!, directory, values);
		const said = await importGraph(values, files[0], directory);
		if (said !== null) {
			console.log(said);
			return 0;
		}
		const file = files[0];
		if (file === undefined) throw new InputError('usage', 'a file is expected', { hint: 'polylog import --help' });
		const triples = rdfFormat(values.format, file);
		if (triples !== undefined) {
			await importTriples(file, directory, triples, { store: values.store, graph: values.graph, replace: values.replace ?? false });
			return 0;
		}
		if ((values.format ?? formatOf(file)) !== 'sql') return importTables(files, directory, values);
		const progress = new Progress(`importing ${file}`, statSync(file).size);
		const count = await withClient(directory, true, (client) => importSql(client, file, progress));
		progress.end();
		console.log(`${count} statements`);
		return 0;
	},
};
