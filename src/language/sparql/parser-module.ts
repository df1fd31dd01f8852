/**
 * Loads the parser of SPARQL 1.1 (`@traqula/parser-sparql-1-1`) at the first query: its grammar is analysed then, which takes
 * about a tenth of a second. Its errors become ours, with line and column.
 */
import { createRequire } from 'node:module';
import type { Parser } from '@traqula/parser-sparql-1-1';
import { PolylogError, sqlError } from '../../platform/errors.ts';

/** What the parser gives: a query or an update. */
export type SyntaxTree = ReturnType<Parser['parse']>;

/** The part of a token that errors tell of; of the end of the text it has no place. */
interface Token {
	readonly image: string;
	readonly startLine?: number;
	readonly startColumn?: number;
	readonly endLine?: number;
	readonly endColumn?: number;
}

interface RecognitionError {
	readonly message: string;
	readonly token: Token;
	readonly previousToken?: Token;
}

let parser: Parser | null = null;

function load(): Parser {
	const { Parser: Constructor } = createRequire(import.meta.url)('@traqula/parser-sparql-1-1') as {
		Parser: new (options: { lexerConfig: object; errorHandler: (errors: readonly RecognitionError[]) => never }) => Parser;
	};
	return new Constructor({ lexerConfig: { positionTracking: 'full' }, errorHandler: raise });
}

/** Parses a text; throws 42601 with the place of the mistake. */
export function parseSyntax(text: string): SyntaxTree {
	parser ??= load();
	try {
		return parser.parse(text);
	} catch (error) {
		// Too deep for the parser's recursion.
		if (error instanceof PolylogError || error instanceof RangeError) throw error;
		throw syntaxErrorOf(error as Error, text);
	}
}

function raise(errors: readonly RecognitionError[]): never {
	const { token, previousToken } = errors[0]!;
	if (token.startLine === undefined || Number.isNaN(token.startLine))
		throw syntaxError('unexpected end', previousToken?.endLine ?? 1, (previousToken?.endColumn ?? 0) + 1);
	throw syntaxError(`unexpected "${token.image}"`, token.startLine, token.startColumn ?? 1);
}

/** What the lexer and the checks of the library throw: a message, perhaps with a place in it. */
function syntaxErrorOf(error: Error, text: string): Error {
	const offset = /at offset: (\d+)/.exec(error.message);
	if (offset === null) return sqlError('42601', `SPARQL syntax error: ${error.message}`);
	const before = text.slice(0, Number(offset[1]));
	const character = text.slice(Number(offset[1]), Number(offset[1]) + 1);
	return syntaxError(`unexpected character "${character}"`, before.split('\n').length, before.length - before.lastIndexOf('\n'));
}

/** The error of a text that is no SPARQL. */
export function syntaxError(what: string, line: number, column: number): Error {
	return sqlError('42601', `SPARQL syntax error at line ${line}, column ${column}: ${what}`);
}
