/** What the tables of a graph refuse, as Cypher says it. */
import { cypherError } from '../../platform/cypher-errors.ts';
import { PolylogError } from '../../platform/errors.ts';

/** SQLSTATEs of refusals by unique indexes and checks. */
const VIOLATIONS = new Set(['23505', '23514']);

/** The error of a constraint in Cypher's words; others as they are. */
export function inWordsOfCypher(error: unknown): unknown {
	if (!(error instanceof PolylogError) || !VIOLATIONS.has(error.sqlstate ?? '')) return error;
	const details = error.detail === undefined ? {} : { detail: error.detail };
	return cypherError('ConstraintValidationFailed', error.message, { ...details, constraint: error.constraint ?? '', cause: error });
}
