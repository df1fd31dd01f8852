/**
 * Errors of Cypher queries. openCypher names them by kind; the kind is in `condition`, and each has the SQLSTATE that comes
 * closest, for those who meet it over PostgreSQL's protocol. `serve/bolt/status-codes.ts` gives each its Neo4j status.
 *
 * Source: openCypher TCK, README (errors are named by kind, phase and detail); the detail is told in the message.
 */
import { type ErrorDetails, InputError, type PolylogError } from './errors.ts';

/** Kind → SQLSTATE. */
export const CYPHER_ERRORS = {
	/** The text is no query, or one that can never run: unknown variable, wrong use of a clause. */
	SyntaxError: '42601',
	SemanticError: '42000',
	TypeError: '42804',
	ArgumentError: '22023',
	ArithmeticError: '22003',
	ParameterMissing: '42P02',
	/** A node or relationship that was deleted in the same query, or that is not there. */
	EntityNotFound: '02000',
	PropertyNotFound: '42703',
	LabelNotFound: '42704',
	/** A constraint refuses the change; also deleting a node that still has relationships. */
	ConstraintVerificationFailed: '23000',
	/** A constraint of the schema: unique, exists. */
	ConstraintValidationFailed: '23505',
	ProcedureNotFound: '42883',
	ProcedureCallFailed: '38000',
	/** A constraint or index that is there already, or is not there. */
	ConstraintAlreadyExists: '42710',
	ConstraintNotFound: '42704',
	IndexAlreadyExists: '42710',
	IndexNotFound: '42704',
	/** LOAD CSV: the file cannot be read. */
	ExternalResourceFailed: '58030',
	/** A write where only reads are allowed. */
	AccessMode: '25006',
} as const;

export type CypherErrorKind = keyof typeof CYPHER_ERRORS;

/** An error of a Cypher query. */
export function cypherError(kind: CypherErrorKind, message: string, details: ErrorDetails = {}): PolylogError {
	return new InputError('cypher', message, { sqlstate: CYPHER_ERRORS[kind], ...details, condition: kind });
}
