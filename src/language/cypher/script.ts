/**
 * A script of Cypher cut into statements: at semicolons outside of strings, names in backticks and comments. Lines that begin with a
 * colon are commands of Neo4j's shell (`:begin`, `:commit`), each a statement of its own.
 */

export interface CypherStatement {
	/** Without the semicolon, blanks and comments around it. */
	readonly text: string;
	/** Place behind it in the script. */
	readonly end: number;
	/** False for the last one, when no semicolon ends it. */
	readonly isEnded: boolean;
}

const SPACE = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
/** What may hold a semicolon that ends nothing. An unclosed one goes to the end. */
const PIECE = /[^;'"`/]+|'(?:[^'\\]|\\[\s\S])*(?:'|$)|"(?:[^"\\]|\\[\s\S])*(?:"|$)|`[^`]*(?:`|$)|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\//y;
const SHELL_COMMAND = /:[^\n]*/y;

export function* cypherStatements(script: string): Generator<CypherStatement> {
	let at = 0;
	for (;;) {
		SPACE.lastIndex = at;
		SPACE.exec(script);
		const start = SPACE.lastIndex;
		if (start >= script.length) return;
		if (script[start] === ':') {
			SHELL_COMMAND.lastIndex = start;
			const [text] = SHELL_COMMAND.exec(script)!;
			at = SHELL_COMMAND.lastIndex;
			yield { text: text.trim().replace(/;$/, ''), end: at, isEnded: true };
			continue;
		}
		let end = start;
		while (end < script.length && script[end] !== ';') {
			PIECE.lastIndex = end;
			PIECE.exec(script);
			end = PIECE.lastIndex;
		}
		const text = script.slice(start, end).trim();
		at = Math.min(end + 1, script.length);
		if (text !== '') yield { text, end: at, isEnded: end < script.length };
	}
}
