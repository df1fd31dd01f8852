/** Errors of Cypher that name their place in the text. */
import { type CypherErrorKind, cypherError } from '../../platform/cypher-errors.ts';
import type { ErrorDetails, PolylogError } from '../../platform/errors.ts';
import { lineAndColumn } from './position.ts';

/**
 * An error at a place: openCypher's kind and detail (`VariableAlreadyBound`), what is wrong in words, and line and column as Neo4j tells them.
 * `start` is the place in UTF-16 units.
 */
export function errorAt(text: string, kind: CypherErrorKind, detail: string, message: string, start: number, details: ErrorDetails = {}): PolylogError {
	const { line, column } = lineAndColumn(text, start);
	return cypherError(kind, `${detail}: ${message} (line ${line}, column ${column} (offset: ${start}))`, { position: start + 1, ...details });
}
