/** `polylog sql`: runs statements given on the command line, in a file, or typed in. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { SqlScanner } from '../language/sql/scanner.ts';
import { type ScriptStatement, scriptStatements } from '../language/sql/script.ts';
import { InputError } from '../platform/errors.ts';
import { withClient } from './client.ts';
import type { Command } from './command.ts';
import { directoryArgument } from './directory-argument.ts';
import { csvLine, jsonValue, type RowFormat, type TextRow, tableText } from './rows-output.ts';

const COPY_TO_STDOUT = /^copy\b[\s\S]*\bto\s+stdout\b/i;

function showRows(result: pg.QueryArrayResult, format: RowFormat): void {
	const rows = result.rows as TextRow[];
	const names = result.fields.map((f) => f.name);
	const oids = result.fields.map((f) => f.dataTypeID);
	if (names.length === 0) return;
	if (format === 'csv') for (const row of [names, ...rows]) console.log(csvLine(row));
	else if (format === 'jsonl') for (const row of rows) console.log(JSON.stringify(Object.fromEntries(row.map((v, i) => [names[i]!, jsonValue(v, oids[i]!)]))));
	else console.log(tableText(names, oids, rows));
}

async function runStatement(client: pg.Client, statement: ScriptStatement, format: RowFormat): Promise<void> {
	const { text } = statement;
	if (text.startsWith('\\'))
		throw new InputError('usage', `${text.split(/\s/)[0]} is a command of psql, which is not understood here`, { hint: 'Use psql for it, or SQL alone.' });
	if (statement.copyData !== null) await pipeline(Readable.from([statement.copyData]), client.query(copyFrom(text)));
	else if (COPY_TO_STDOUT.test(text)) for await (const piece of client.query(copyTo(text)) as Readable) process.stdout.write(piece as Buffer);
	else showRows(await client.query({ text, rowMode: 'array' }), format);
}

/** Runs statement after statement and shows their rows; in tables, also the command tags of those without rows. */
async function runText(client: pg.Client, text: string, format: RowFormat): Promise<void> {
	let tag = '';
	const keepTag = (message: { text: string }): void => {
		tag = message.text;
	};
	client.connection.on('commandComplete', keepTag);
	try {
		for (const statement of scriptStatements(text)) {
			await runStatement(client, statement, format);
			if (format === 'table' && !/^(SELECT|SHOW|EXPLAIN|FETCH|VALUES)/.test(tag) && !COPY_TO_STDOUT.test(statement.text)) console.log(tag);
		}
	} finally {
		client.connection.off('commandComplete', keepTag);
	}
}

function isWhole(text: string): boolean {
	const scanner = new SqlScanner(text);
	let last = '';
	while (scanner.nextSolid() !== 'end') last = text.slice(scanner.start, scanner.end);
	return last === ';';
}

function describeError(error: unknown): string {
	const { severity, message, code, detail, hint } = error as { severity?: string; message?: string; code?: string; detail?: string; hint?: string };
	return [
		`${severity ?? 'ERROR'}:  ${message}${code === undefined ? '' : ` (${code})`}`,
		...(detail ? [`DETAIL:  ${detail}`] : []),
		...(hint ? [`HINT:  ${hint}`] : []),
	].join('\n');
}

async function interactive(client: pg.Client, format: RowFormat): Promise<void> {
	const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: 'polylog> ' });
	let text = '';
	lines.prompt();
	for await (const line of lines) {
		if (text === '' && /^\s*(\\q|exit|quit);?\s*$/.test(line)) break;
		text += `${line}\n`;
		if (!isWhole(text)) {
			lines.setPrompt(text.trim() === '' ? 'polylog> ' : '      -> ');
			lines.prompt();
			continue;
		}
		const statement = text;
		text = '';
		await runText(client, statement, format).catch((error: unknown) => console.error(describeError(error)));
		lines.setPrompt('polylog> ');
		lines.prompt();
	}
	lines.close();
}

async function standardInput(): Promise<string> {
	const pieces: Buffer[] = [];
	for await (const piece of process.stdin) pieces.push(piece as Buffer);
	return Buffer.concat(pieces).toString();
}

export const command: Command = {
	help: `usage: polylog sql [directory] [-c SQL] [-f FILE] [--csv | --json]

Runs SQL against the database in the directory (default ./data), through the process that has it open if there is one.
Without -c and -f it reads standard input; on a terminal it prompts (\\q ends).

  -c, --command SQL   the statements to run; may be repeated
  -f, --file FILE     a script to run
  --csv, --json       rows as CSV with a header, or one JSON object a line`,
	async run(args) {
		const { values, positionals } = parseArgs({
			args: [...args],
			options: {
				command: { type: 'string', short: 'c', multiple: true },
				file: { type: 'string', short: 'f', multiple: true },
				csv: { type: 'boolean' },
				json: { type: 'boolean' },
			},
			allowPositionals: true,
		});
		const format: RowFormat = values.csv ? 'csv' : values.json ? 'jsonl' : 'table';
		const texts = [...(values.command ?? []), ...(values.file ?? []).map((path) => readFileSync(path, 'utf8'))];
		return withClient(directoryArgument('sql', positionals), true, async (client) => {
			client.on('notice', (notice) => console.error(`${notice.severity}:  ${notice.message}`));
			if (texts.length === 0 && process.stdin.isTTY) {
				await interactive(client, format);
				return 0;
			}
			try {
				for (const text of texts.length === 0 ? [await standardInput()] : texts) await runText(client, text, format);
				return 0;
			} catch (error) {
				console.error(describeError(error));
				return 1;
			}
		});
	},
};
