/**
 * From a text to its syntax tree: one statement, which may end with a semicolon. Syntax errors name line and column and what was expected there.
 */
import type { PeriodicCommit, Statement } from './ast.ts';
import { tokenize } from './lexer.ts';
import { parseCommand } from './parse-command.ts';
import { parseExpression } from './parse-expression.ts';
import { parseQuery } from './parse-query.ts';
import { TokenReader } from './token-reader.ts';

/** Parses one statement. Throws SyntaxError, and 54001 where it is nested too deeply. */
export function parse(text: string): Statement {
	const reader = new TokenReader(text, tokenize(text));
	const mode = reader.takeWords('EXPLAIN') ? 'explain' : reader.takeWords('PROFILE') ? 'profile' : 'run';
	const periodicCommit = reader.isWord('USING') ? parsePeriodicCommit(reader) : null;
	const body = parseCommand(reader) ?? parseQuery(reader);
	reader.takeSymbol(';');
	reader.expecting('the end of the query');
	if (reader.current.kind !== 'end') throw reader.unexpected();
	return { kind: 'statement', mode, periodicCommit, body, start: 0, end: text.length };
}

function parsePeriodicCommit(reader: TokenReader): PeriodicCommit {
	const { start } = reader.current;
	reader.expectWords('USING', 'PERIODIC', 'COMMIT');
	const rows = reader.isWord('LOAD') ? null : parseExpression(reader);
	return { kind: 'periodicCommit', rows, ...reader.from(start) };
}
