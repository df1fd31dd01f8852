/**
 * Scripts as psql and pg_dump write them: statements ended by semicolons, lines that begin with a backslash (commands of psql
 * itself), and the data of `COPY … FROM stdin;` up to a line `\.`. Statements are given one by one, so that a script of any
 * length is never held twice.
 */
import { SqlScanner } from './scanner.ts';

export interface ScriptStatement {
	readonly text: string;
	/** Index of the first character in the script. */
	readonly start: number;
	/** Index after the last, data included. */
	readonly end: number;
	/** Lines of COPY data that follow, null when the statement takes none. */
	readonly copyData: string | null;
}

const COPY_FROM_STDIN = /^copy\b[\s\S]*\bfrom\s+stdin\b/i;

export function* scriptStatements(script: string): IterableIterator<ScriptStatement> {
	let at = 0;
	for (;;) {
		const statement = nextStatement(script, at);
		if (statement === null) return;
		yield statement;
		at = statement.end;
	}
}

function nextStatement(script: string, from: number): ScriptStatement | null {
	const scanner = new SqlScanner(script, from);
	if (scanner.nextSolid() === 'end') return null;
	const start = scanner.start;
	if (script[start] === '\\') return commandLine(script, start);
	let end = start;
	while (scanner.kind !== 'end' && !scanner.isSymbol(';')) {
		end = scanner.end;
		scanner.nextSolid();
	}
	const after = scanner.kind === 'end' ? script.length : scanner.end;
	const text = script.slice(start, end);
	if (text === '') return nextStatement(script, after);
	if (!COPY_FROM_STDIN.test(text)) return { text, start, end: after, copyData: null };
	return withData(script, text, start, after);
}

function commandLine(script: string, start: number): ScriptStatement {
	const lineEnd = script.indexOf('\n', start);
	const end = lineEnd < 0 ? script.length : lineEnd + 1;
	return { text: script.slice(start, end).trimEnd(), start, end, copyData: null };
}

function withData(script: string, text: string, start: number, after: number): ScriptStatement {
	const dataAt = script.indexOf('\n', after) + 1;
	if (dataAt === 0) return { text, start, end: script.length, copyData: '' };
	const mark = /^\\\.\r?$/m;
	const rest = script.slice(dataAt);
	const found = mark.exec(rest);
	if (found === null) return { text, start, end: script.length, copyData: rest };
	return { text, start, end: dataAt + found.index + found[0].length, copyData: rest.slice(0, found.index) };
}
