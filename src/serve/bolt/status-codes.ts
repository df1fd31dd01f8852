/**
 * What clients are told of errors: Neo4j's status code, and from Bolt 5.7 on a GQL status beside it. The condition of a Cypher error
 * decides, else its SQLSTATE, else its family; `status-codes.test.ts` finds errors that nothing here knows.
 *
 * Source: Neo4j Status Codes (Cypher manual, "Neo4j status codes"); ISO/IEC 39075 (GQL), table of GQLSTATUS codes.
 */
import type { CypherErrorKind } from '../../platform/cypher-errors.ts';
import {
	ClosedError,
	ConflictError,
	CorruptionError,
	InputError,
	IoError,
	LimitError,
	PolylogError,
	UnavailableError,
	UnsupportedError,
} from '../../platform/errors.ts';

export interface Status {
	/** Such as Neo.ClientError.Statement.SyntaxError: clients retry what begins with Neo.TransientError. */
	readonly code: string;
	readonly gqlStatus: string;
	/** What the GQL status stands for. */
	readonly description: string;
}

function status(code: string, gqlStatus: string, description: string): Status {
	return { code: `Neo.${code}`, gqlStatus, description: `error: ${description}` };
}

const SYNTAX = 'syntax error or access rule violation';
const SYNTAX_ERROR = status('ClientError.Statement.SyntaxError', '42001', `${SYNTAX} - invalid syntax`);
const SEMANTIC_ERROR = status('ClientError.Statement.SemanticError', '42000', SYNTAX);
const TYPE_ERROR = status('ClientError.Statement.TypeError', '22G03', 'data exception - invalid value type');
const ARGUMENT_ERROR = status('ClientError.Statement.ArgumentError', '22000', 'data exception');
const RANGE_ERROR = status('ClientError.Statement.ArithmeticError', '22003', 'data exception - numeric value out of range');
const DIVISION_ERROR = status('ClientError.Statement.ArithmeticError', '22012', 'data exception - division by zero');
const PARAMETER_MISSING = status('ClientError.Statement.ParameterMissing', '42002', `${SYNTAX} - invalid reference`);
const CONSTRAINT_FAILED = status('ClientError.Schema.ConstraintValidationFailed', '22000', 'data exception');
const ALREADY_THERE = status('ClientError.Schema.EquivalentSchemaRuleAlreadyExists', '42000', SYNTAX);
const FORBIDDEN = status('ClientError.Security.Forbidden', '42000', SYNTAX);
const READ_ONLY = status('ClientError.Statement.AccessMode', '25G03', 'invalid transaction state - read-only transaction');
const CONFLICT = status('TransientError.Transaction.DeadlockDetected', '40000', 'transaction rollback');
const LOCK_TIMEOUT = status('TransientError.Transaction.LockAcquisitionTimeout', '40000', 'transaction rollback');
const TERMINATED = status('TransientError.Transaction.Terminated', '40000', 'transaction rollback');
const NO_MEMORY = status('TransientError.General.OutOfMemoryError', '50N42', 'general processing exception - unexpected error');
const UNAVAILABLE = status('TransientError.General.DatabaseUnavailable', '08000', 'connection exception');
const INTERNAL = status('DatabaseError.General.UnknownError', '50N42', 'general processing exception - unexpected error');

export const UNAUTHORIZED = status('ClientError.Security.Unauthorized', '42000', SYNTAX);
export const REQUEST_INVALID = status('ClientError.Request.Invalid', '08000', 'connection exception');
export const BOOKMARK_INVALID = status('ClientError.Transaction.InvalidBookmark', '22000', 'data exception');
export const BOOKMARK_TIMEOUT = status('TransientError.Transaction.BookmarkTimeout', '25000', 'invalid transaction state');

const byCondition: Readonly<Record<CypherErrorKind, Status>> = {
	SyntaxError: SYNTAX_ERROR,
	SemanticError: SEMANTIC_ERROR,
	TypeError: TYPE_ERROR,
	ArgumentError: ARGUMENT_ERROR,
	ArithmeticError: RANGE_ERROR,
	ParameterMissing: PARAMETER_MISSING,
	EntityNotFound: status('ClientError.Statement.EntityNotFound', '22000', 'data exception'),
	PropertyNotFound: status('ClientError.Statement.PropertyNotFound', '42002', `${SYNTAX} - invalid reference`),
	LabelNotFound: status('ClientError.Statement.LabelNotFound', '42002', `${SYNTAX} - invalid reference`),
	ConstraintVerificationFailed: status('ClientError.Schema.ConstraintValidationFailed', 'G1001', 'dependent object error - edges still exist'),
	ConstraintValidationFailed: CONSTRAINT_FAILED,
	ProcedureNotFound: status('ClientError.Procedure.ProcedureNotFound', '42002', `${SYNTAX} - invalid reference`),
	ProcedureCallFailed: status('ClientError.Procedure.ProcedureCallFailed', '22000', 'data exception'),
	ConstraintAlreadyExists: status('ClientError.Schema.ConstraintAlreadyExists', '42000', SYNTAX),
	ConstraintNotFound: status('ClientError.Schema.ConstraintNotFound', '42002', `${SYNTAX} - invalid reference`),
	IndexAlreadyExists: status('ClientError.Schema.IndexAlreadyExists', '42000', SYNTAX),
	IndexNotFound: status('ClientError.Schema.IndexNotFound', '42002', `${SYNTAX} - invalid reference`),
	ExternalResourceFailed: status('ClientError.Statement.ExternalResourceFailed', '22000', 'data exception'),
	AccessMode: READ_ONLY,
};

/** By SQLSTATE, or by its first two characters where the whole is not named. */
const bySqlstate: ReadonlyMap<string, Status> = new Map([
	// Given by sessions to a query whose parameter has no value.
	['08P01', PARAMETER_MISSING],
	['42P02', PARAMETER_MISSING],
	['08', REQUEST_INVALID],
	['0A', SEMANTIC_ERROR],
	['02', status('ClientError.Statement.EntityNotFound', '22000', 'data exception')],
	['22003', RANGE_ERROR],
	['22008', ARGUMENT_ERROR],
	['22012', DIVISION_ERROR],
	['22', ARGUMENT_ERROR],
	['0Z', SEMANTIC_ERROR],
	['20', SEMANTIC_ERROR],
	['21', SEMANTIC_ERROR],
	['23', CONSTRAINT_FAILED],
	['24', SEMANTIC_ERROR],
	['25006', READ_ONLY],
	['25', status('ClientError.Transaction.TransactionNotFound', '25000', 'invalid transaction state')],
	['25P04', status('ClientError.Transaction.TransactionTimedOutClientConfiguration', '25000', 'invalid transaction state')],
	['26', SEMANTIC_ERROR],
	['27', SEMANTIC_ERROR],
	['28', UNAUTHORIZED],
	['2B', SEMANTIC_ERROR],
	['2F', SEMANTIC_ERROR],
	['34', SEMANTIC_ERROR],
	['38', status('ClientError.Procedure.ProcedureCallFailed', '22000', 'data exception')],
	['3D', status('ClientError.Database.DatabaseNotFound', '42002', `${SYNTAX} - invalid reference`)],
	['3B', status('ClientError.Transaction.TransactionNotFound', '25000', 'invalid transaction state')],
	['3F', status('ClientError.Database.DatabaseNotFound', '42002', `${SYNTAX} - invalid reference`)],
	['40', CONFLICT],
	['42601', SYNTAX_ERROR],
	['42804', TYPE_ERROR],
	['42846', TYPE_ERROR],
	['42501', FORBIDDEN],
	['42883', SYNTAX_ERROR],
	['42710', ALREADY_THERE],
	['42P07', ALREADY_THERE],
	['42', SEMANTIC_ERROR],
	['44', CONSTRAINT_FAILED],
	['53', NO_MEMORY],
	['54001', status('TransientError.General.StackOverFlowError', '50N42', 'general processing exception - unexpected error')],
	['54', status('ClientError.Statement.ArgumentError', '22000', 'data exception')],
	['55P03', LOCK_TIMEOUT],
	['55', SEMANTIC_ERROR],
	['57014', TERMINATED],
	['57', UNAVAILABLE],
	['58', status('DatabaseError.General.UnknownError', '50N42', 'general processing exception - unexpected error')],
	// The snapshot is too old: a new one is not.
	['72', CONFLICT],
	['F0', INTERNAL],
	['P0', status('ClientError.Statement.RuntimeUnsupportedError', '50N42', 'general processing exception - unexpected error')],
	['XX', INTERNAL],
]);

/** By family: `PolylogError`'s subclasses, for errors that have no SQLSTATE. */
const byFamily: readonly (readonly [new (...args: never[]) => PolylogError, Status])[] = [
	[InputError, ARGUMENT_ERROR],
	[ConflictError, CONFLICT],
	[LimitError, NO_MEMORY],
	[UnsupportedError, SEMANTIC_ERROR],
	[ClosedError, UNAVAILABLE],
	[UnavailableError, UNAVAILABLE],
	[IoError, INTERNAL],
	[CorruptionError, INTERNAL],
];

/** null for an error that no table knows. */
export function statusOf(error: PolylogError): Status | null {
	if (error.condition !== undefined) return (byCondition as Readonly<Record<string, Status | undefined>>)[error.condition] ?? null;
	if (error.sqlstate !== undefined) return bySqlstate.get(error.sqlstate) ?? bySqlstate.get(error.sqlstate.slice(0, 2)) ?? null;
	if (error.code === 'invariant') return INTERNAL;
	for (const [family, known] of byFamily) if (error instanceof family) return known;
	return null;
}

/** An error as clients are told of it: a status and words. */
export interface Failure {
	readonly status: Status;
	readonly message: string;
	/** In the query's text, in characters from 1; 0 when there is none. */
	readonly position: number;
}

/** Anything thrown as a failure: what JavaScript itself throws is a bug of ours, but for a stack used up. */
export function failureOf(error: unknown): Failure {
	if (error instanceof RequestError) return { status: error.status, message: error.message, position: 0 };
	if (error instanceof PolylogError) {
		const { message, detail, hint } = error;
		const words = [message, detail, hint].filter((text) => text !== undefined && text !== '').join('\n');
		return { status: statusOf(error) ?? INTERNAL, message: words, position: error.position ?? 0 };
	}
	if (error instanceof RangeError && error.message.includes('call stack')) {
		return { status: bySqlstate.get('54001')!, message: 'stack depth limit exceeded', position: 0 };
	}
	return { status: INTERNAL, message: error instanceof Error ? `internal error: ${error.message}` : 'internal error', position: 0 };
}

/** An error of the protocol's own: what a client asked is refused before any query is. */
export class RequestError extends Error {
	readonly status: Status;

	constructor(refusal: Status, message: string) {
		super(message);
		this.status = refusal;
	}
}
