/**
 * ALTER … RENAME in stored texts: every identifier token of the old name becomes the new one, except function names and what
 * stands in quotes of another kind. Aliases of the same name change with their references, so the text keeps its meaning.
 */
import { quoteIdentifier } from '../../query/functions/quote-identifier.ts';
import { SqlScanner } from './scanner.ts';

/** Renames a column. */
export function renameColumnInText(text: string, from: string, to: string, _resultNames: readonly string[] = []): string {
	return renameTokens(text, from, to);
}

/** Renames a table or view. */
export function renameRelationInText(text: string, from: string, to: string): string {
	return renameTokens(text, from, to);
}

function renameTokens(text: string, from: string, to: string): string {
	const scanner = new SqlScanner(text);
	let result = '';
	while (scanner.next() !== 'end') {
		const token = text.slice(scanner.start, scanner.end);
		result += identifierOf(scanner, token) === from && text[scanner.end] !== '(' ? quoteIdentifier(to) : token;
	}
	return result;
}

function identifierOf(scanner: SqlScanner, token: string): string | null {
	if (scanner.kind === 'word') return token.toLowerCase();
	if (scanner.kind === 'quoted') return token.slice(1, -1).replaceAll('""', '"');
	return null;
}
