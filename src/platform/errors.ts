/**
 * The errors of the house. A code exists only if a caller could act on it; the list is in `error-codes.ts`. SQL errors carry
 * their SQLSTATE in `sqlstate`; every other code is mapped to one by `serve/postgres/`.
 */

/** @since 0.1.0 */
export interface ErrorDetails {
	/** What to do next, in the imperative. */
	readonly hint?: string;
	/** More about the cause, as in PostgreSQL's DETAIL. */
	readonly detail?: string;
	/** PostgreSQL's five-character code, where the error is one of SQL. */
	readonly sqlstate?: string;
	/** What the query language calls the error, where it has a name for it: Cypher's 'SyntaxError', 'EntityNotFound' … */
	readonly condition?: string;
	/** 1-based place in the statement's text, counted in characters. */
	readonly position?: number;
	readonly schema?: string;
	readonly table?: string;
	readonly column?: string;
	readonly constraint?: string;
	readonly dataType?: string;
	readonly cause?: unknown;
	/** The same call may succeed if tried again. */
	readonly retryable?: boolean;
	/** Where in nested execution it happened (PostgreSQL's CONTEXT). */
	readonly where?: string;
}

/**
 * What every error of Polylog is. `code` names the problem (docs/reference/errors.md); an SQL error has code `sql` and PostgreSQL's
 * five characters in `sqlstate`. The classes below say what kind it is.
 *
 * @example
 * ```ts
 * import { InputError, open } from 'polylog';
 *
 * const db = await open(':memory:');
 * await db.sql`create table t (a int constraint small check (a < 10))`;
 * const error = await db.sql`insert into t values (${10})`.then(() => null, (e) => e);
 * console.log(error instanceof InputError, error.code, error.sqlstate, error.constraint); // true sql 23514 small
 * await db.close();
 * ```
 * @since 0.1.0
 */
export class PolylogError extends Error {
	readonly code: string;
	readonly hint: string | undefined;
	readonly detail: string | undefined;
	readonly sqlstate: string | undefined;
	readonly condition: string | undefined;
	position: number | undefined;
	readonly schema: string | undefined;
	readonly table: string | undefined;
	readonly column: string | undefined;
	readonly constraint: string | undefined;
	readonly dataType: string | undefined;
	readonly retryable: boolean;
	/** Grows while the error leaves nested calls. */
	where: string | undefined;

	constructor(code: string, message: string, details: ErrorDetails = {}) {
		super(message, details.cause === undefined ? undefined : { cause: details.cause });
		this.name = new.target.name;
		this.code = code;
		this.hint = details.hint;
		this.detail = details.detail;
		this.sqlstate = details.sqlstate;
		this.condition = details.condition;
		this.position = details.position;
		this.schema = details.schema;
		this.table = details.table;
		this.column = details.column;
		this.constraint = details.constraint;
		this.dataType = details.dataType;
		this.retryable = details.retryable ?? false;
		this.where = details.where;
	}
}

/** The caller's input is wrong; the same call will fail again. */
export class InputError extends PolylogError {}
/** Another transaction got in the way; a retry may succeed. */
export class ConflictError extends PolylogError {}
/** A limit was met: memory, disk, time, count. */
export class LimitError extends PolylogError {}
/** What was asked for is not built, or this engine cannot do it. */
export class UnsupportedError extends PolylogError {}
/** The database, session or transaction is closed. */
export class ClosedError extends PolylogError {}
/** The database cannot serve now (another owner, a failed sync). */
export class UnavailableError extends PolylogError {}
/** The operating system refused a file operation. */
export class IoError extends PolylogError {}
/** Bytes read from disk are not what was written. Names file and position. */
export class CorruptionError extends PolylogError {}

/** What the file at `path`, a `what`, is refused with when its version is above the newest that can be read. */
export function newerFormat(what: string, path: string, version: number, newest: number): UnsupportedError {
	return new UnsupportedError('newer-format', `the ${what} "${path}" has version ${version} of its format; this program reads up to ${newest}`, {
		sqlstate: '0A000',
		hint: 'Open the database with the version of Polylog that wrote it, or a newer one.',
	});
}

/** An error of SQL with PostgreSQL's SQLSTATE: the form every language and executor error takes. */
export function sqlError(sqlstate: string, message: string, details: ErrorDetails = {}): PolylogError {
	const family =
		sqlstate.startsWith('40') || sqlstate === '55P03'
			? ConflictError
			: sqlstate.startsWith('0A')
				? UnsupportedError
				: sqlstate.startsWith('53') || sqlstate.startsWith('54')
					? LimitError
					: InputError;
	return new family('sql', message, { ...details, sqlstate, retryable: sqlstate.startsWith('40') });
}

/** Throws when something that must always hold does not: a bug of ours, never the caller's. */
export function invariant(condition: boolean, text: string): asserts condition {
	if (!condition) throw new PolylogError('invariant', `invariant broken: ${text}`, { sqlstate: 'XX000', hint: 'Please report this as a bug.' });
}

export function assertNever(value: never): never {
	throw new PolylogError('invariant', `unexpected value ${JSON.stringify(value)}`, { sqlstate: 'XX000' });
}
