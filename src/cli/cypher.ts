/** `polylog cypher`: runs Cypher given on the command line, in a file, or typed in. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { cypherStatements } from '../language/cypher/script.ts';
import { InputError } from '../platform/errors.ts';
import { type DynamicValue, isTemporalValue } from '../value/dynamic.ts';
import { formatDynamic } from '../value/dynamic-json.ts';
import { type BoltClient, CypherFailure, type QueryOutcome } from './bolt-client.ts';
import type { Command } from './command.ts';
import { directoryArgument } from './directory-argument.ts';
import { withGraphClient } from './graph-client.ts';
import { csvLine, type RowFormat, tableText } from './rows-output.ts';

/** oid of int8: a column of numbers is set to the right. */
const NUMBER_OID = 20;

interface Context {
	readonly client: BoltClient;
	readonly graph: string;
	readonly parameters: Map<string, unknown>;
	readonly format: RowFormat;
}

/** For people and CSV: text as it is, everything else as JSON. */
function cellText(value: unknown): string | null {
	if (value === null) return null;
	return typeof value === 'string' || isTemporalValue(value as DynamicValue) ? String(value) : formatDynamic(value as DynamicValue);
}

function showRow(fields: readonly string[], row: readonly unknown[], format: 'csv' | 'jsonl'): void {
	if (format === 'csv') console.log(csvLine(row.map(cellText)));
	else console.log(`{${fields.map((field, index) => `${JSON.stringify(field)}: ${formatDynamic(row[index] as DynamicValue)}`).join(', ')}}`);
}

/** Runs a statement and shows its rows: as they come, or in a table of all. */
async function runStatement({ client, graph, parameters, format }: Context, text: string): Promise<void> {
	const rows: (readonly unknown[])[] = [];
	const outcome = await client.run(text, parameters, graph, (row) => rows.push(row));
	const { fields } = outcome;
	if (fields.length > 0 && format === 'csv') console.log(csvLine(fields));
	if (format !== 'table') for (const row of rows) showRow(fields, row, format);
	else if (fields.length > 0 && !outcome.summary.has('plan')) {
		const oids = fields.map((_, index) => (rows.every((row) => row[index] === null || ['number', 'bigint'].includes(typeof row[index])) ? NUMBER_OID : 0));
		console.log(
			tableText(
				fields,
				oids,
				rows.map((row) => row.map(cellText)),
			),
		);
	}
	if (format === 'table') for (const line of outcomeLines(outcome)) console.log(line);
}

/** What was changed, and the plan of EXPLAIN and PROFILE. */
function outcomeLines({ summary, fields }: QueryOutcome): string[] {
	const lines: string[] = [];
	const stats: Iterable<[string, unknown]> = summary.get('stats') instanceof Map ? (summary.get('stats') as Map<string, unknown>) : [];
	const changes = [...stats].filter(([, count]) => typeof count === 'number').map(([name, count]) => changeText(name, Number(count)));
	if (changes.length > 0 || fields.length === 0) lines.push(changes.length > 0 ? changes.join(', ') : 'done');
	const plan = summary.get('profile') ?? summary.get('plan');
	if (plan instanceof Map) planLines(plan, 0, lines);
	return lines;
}

/** `nodes-created` of 1 is `1 node created`. */
function changeText(name: string, count: number): string {
	const words = name.replace('-', ' ');
	return `${count} ${count === 1 ? words.replace('properties', 'property').replace(/^(node|relationship|label|index|constraint)e?s /, '$1 ') : words}`;
}

function planLines(plan: ReadonlyMap<string, unknown>, depth: number, lines: string[]): void {
	const indent = '  '.repeat(depth);
	const measured = plan.has('time') ? ` (rows=${plan.get('rows')} ms=${(Number(plan.get('time')) / 1e6).toFixed(3)})` : '';
	lines.push(`${indent}${depth === 0 ? '' : '-> '}${plan.get('operatorType')}${measured}`);
	for (const [name, value] of plan.get('args') as ReadonlyMap<string, unknown>) lines.push(`${indent}     ${name}: ${value}`);
	for (const child of plan.get('children') as ReadonlyMap<string, unknown>[]) planLines(child, depth + 1, lines);
}

/** Parameters `name=expression`: the server says what an expression is. */
async function readParameters(context: Context, given: readonly string[]): Promise<void> {
	for (const one of given) {
		const at = one.indexOf('=');
		if (at < 1) throw new InputError('usage', `a parameter is name=expression, not ${one}`, { hint: 'Such as --param \'name="Ann"\'.' });
		await context.client.run(`RETURN ${one.slice(at + 1)} AS value`, new Map(), context.graph, ([value]) => context.parameters.set(one.slice(0, at), value));
	}
}

async function runText(context: Context, text: string): Promise<void> {
	for (const statement of cypherStatements(text)) {
		if (statement.text.startsWith(':'))
			throw new InputError('usage', `${statement.text.split(/\s/)[0]} is a command of Neo4j's shell, which is not understood here`, {
				hint: 'Use --param for parameters and --graph for the graph.',
			});
		await runStatement(context, statement.text);
	}
}

async function interactive(context: Context): Promise<void> {
	const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: 'polylog> ' });
	let text = '';
	lines.prompt();
	for await (const line of lines) {
		if (text === '' && /^\s*(:exit|:quit|exit|quit);?\s*$/.test(line)) break;
		text += `${line}\n`;
		const statements = [...cypherStatements(text)];
		if (statements.length === 0 || statements.at(-1)!.isEnded) {
			const whole = text;
			text = '';
			await runText(context, whole).catch((error: unknown) => console.error(describe(error)));
		}
		lines.setPrompt(text === '' ? 'polylog> ' : '      -> ');
		lines.prompt();
	}
	lines.close();
}

function describe(error: unknown): string {
	if (error instanceof CypherFailure) return `${error.status}\n${error.message}`;
	return error instanceof Error ? error.message : String(error);
}

async function standardInput(): Promise<string> {
	const pieces: Buffer[] = [];
	for await (const piece of process.stdin) pieces.push(piece as Buffer);
	return Buffer.concat(pieces).toString();
}

export const command: Command = {
	help: `usage: polylog cypher [directory] [-c CYPHER] [-f FILE] [--graph G] [--param NAME=EXPRESSION] [--csv | --json]

Runs Cypher against a graph of the database in the directory (default ./data), through the process that has it open if there is one
and serves Bolt. Without -c and -f it reads standard input; on a terminal it prompts (:exit ends). Statements end with semicolons.

  -c, --command CYPHER  the statements to run; may be repeated
  -f, --file FILE       a script to run
  --graph G             the graph, also schema.graph (default: the graph default)
  --param NAME=VALUE    a parameter, its value any expression of Cypher; may be repeated
  --import-dir DIR      directory whose files LOAD CSV may read, when the database is opened here
  --csv, --json         rows as CSV with a header, or one JSON object a line`,
	async run(args) {
		const { values, positionals } = parseArgs({
			args: [...args],
			options: {
				command: { type: 'string', short: 'c', multiple: true },
				file: { type: 'string', short: 'f', multiple: true },
				graph: { type: 'string' },
				param: { type: 'string', multiple: true },
				'import-dir': { type: 'string' },
				csv: { type: 'boolean' },
				json: { type: 'boolean' },
			},
			allowPositionals: true,
		});
		const format: RowFormat = values.csv ? 'csv' : values.json ? 'jsonl' : 'table';
		const texts = [...(values.command ?? []), ...(values.file ?? []).map((path) => readFileSync(path, 'utf8'))];
		const work = async (client: BoltClient): Promise<number> => {
			const context: Context = { client, graph: values.graph ?? '', parameters: new Map(), format };
			try {
				await readParameters(context, values.param ?? []);
				if (texts.length === 0 && process.stdin.isTTY) await interactive(context);
				else for (const text of texts.length === 0 ? [await standardInput()] : texts) await runText(context, text);
				return 0;
			} catch (error) {
				if (!(error instanceof CypherFailure)) throw error;
				console.error(describe(error));
				return 1;
			}
		};
		const importDirectory = values['import-dir'];
		return withGraphClient(directoryArgument('cypher', positionals), true, work, importDirectory === undefined ? {} : { importDirectory });
	},
};
