/** `polylog sparql`: runs queries and updates of SPARQL given on the command line, in a file or on standard input. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { parseRequest } from '../language/sparql/translate.ts';
import { InputError } from '../platform/errors.ts';
import type { Command } from './command.ts';
import { directoryArgument } from './directory-argument.ts';
import { type TextRow, tableText } from './rows-output.ts';
import { type AskStore, storePath, withStores } from './store-client.ts';

/** Names of formats → what is asked for: the first for solutions, then for graphs. */
const FORMATS: Readonly<Record<string, string>> = {
	json: 'application/sparql-results+json, application/ld+json;q=0.5',
	xml: 'application/sparql-results+xml, application/rdf+xml;q=0.5',
	csv: 'text/csv, application/n-triples;q=0.5',
	tsv: 'text/tab-separated-values, application/n-triples;q=0.5',
	turtle: 'text/turtle, text/tab-separated-values;q=0.5',
	nt: 'application/n-triples, text/tab-separated-values;q=0.5',
	table: 'application/sparql-results+json, text/turtle;q=0.5, text/plain;q=0.1',
};

interface JsonTerm {
	readonly type: string;
	readonly value: string;
}

interface JsonResults {
	readonly boolean?: boolean;
	readonly head: { readonly vars?: readonly string[] };
	readonly results?: { readonly bindings: readonly Readonly<Record<string, JsonTerm>>[] };
}

function shownTerm(term: JsonTerm | undefined): string | null {
	if (term === undefined) return null;
	return term.type === 'uri' ? `<${term.value}>` : term.type === 'bnode' ? `_:${term.value}` : term.value;
}

async function show(response: Response, format: string): Promise<void> {
	if (response.body === null) return;
	if (format !== 'table' || response.headers.get('content-type')?.startsWith('application/sparql-results+json') !== true) {
		await pipeline(Readable.fromWeb(response.body as never), process.stdout, { end: false });
		return;
	}
	const { boolean, head, results } = (await response.json()) as JsonResults;
	if (boolean !== undefined) return console.log(boolean ? 'true' : 'false');
	const names = head.vars ?? [];
	const rows: TextRow[] = (results?.bindings ?? []).map((row) => names.map((name) => shownTerm(row[name])));
	console.log(
		tableText(
			names,
			names.map(() => 25),
			rows,
		),
	);
}

/** EXPLAIN is a query, whatever follows. */
function isUpdate(text: string): boolean {
	return !/^\s*EXPLAIN\b/i.test(text) && parseRequest(text, '').kind === 'update';
}

async function run(ask: AskStore, store: string | undefined, text: string, format: string): Promise<void> {
	const updates = isUpdate(text);
	const response = await ask(storePath(store, updates ? 'update' : 'sparql'), {
		method: 'POST',
		headers: { 'content-type': updates ? 'application/sparql-update' : 'application/sparql-query', accept: FORMATS[format]! },
		body: text,
	});
	await show(response, format);
}

async function standardInput(): Promise<string> {
	const pieces: Buffer[] = [];
	for await (const piece of process.stdin) pieces.push(piece as Buffer);
	return Buffer.concat(pieces).toString();
}

export const command: Command = {
	help: `usage: polylog sparql [directory] [-c TEXT] [-f FILE] [--store S] [--format F]

Runs queries and updates of SPARQL against a triple store of the database in the directory (default ./data), through the
process that has it open if there is one. Without -c and -f the text is read from standard input.

  -c, --command TEXT  a query or an update; may be repeated
  -f, --file FILE     a file that holds one
  --store S           the store, also schema.store (default: public.default)
  --format F          table (default), json, xml, csv, tsv, turtle or nt`,
	async run(args) {
		const { values, positionals } = parseArgs({
			args: [...args],
			options: {
				command: { type: 'string', short: 'c', multiple: true },
				file: { type: 'string', short: 'f', multiple: true },
				store: { type: 'string' },
				format: { type: 'string' },
			},
			allowPositionals: true,
		});
		const format = values.format ?? 'table';
		if (FORMATS[format] === undefined) throw new InputError('usage', `--format must be one of ${Object.keys(FORMATS).join(', ')}, not ${format}`);
		const texts = [...(values.command ?? []), ...(values.file ?? []).map((path) => readFileSync(path, 'utf8'))];
		if (texts.length === 0) texts.push(await standardInput());
		await withStores(directoryArgument('sparql', positionals), true, async (ask) => {
			for (const text of texts) await run(ask, values.store, text, format);
		});
		return 0;
	},
};
