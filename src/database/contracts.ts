/**
 * A session as protocols and the embedded API see it: the unit that has settings, at most one transaction, prepared
 * statements (kept by the protocol) and a place in pg_stat_activity. Implemented by `session.ts`.
 */

import type { GraphCounters } from '../model/graph/contracts.ts';
import type { Column } from '../query/algebra/expression.ts';
import type { RowSink } from '../query/executor/contracts.ts';
import type { ExplainedOperator } from '../query/executor/explain.ts';
import type { Type } from '../value/type.ts';
import type { Language } from './language.ts';

/** One statement, parsed and analysed. Plans inside are made anew when the catalog or search_path changed. */
export interface PreparedStatement {
	readonly text: string;
	/** Type of each $n. Parameters of unspecified type have been inferred. */
	readonly parameterTypes: readonly Type[];
	/** Result columns, or null for a statement without rows. */
	readonly columns: readonly Column[] | null;
	/** Names the statement for the command tag: 'SELECT', 'INSERT', 'CREATE TABLE', 'COPY' … ('' for an empty statement). */
	readonly command: string;
	/** What the statement's language says of it, for protocols that know the language (`database/language.ts`). */
	readonly facts?: unknown;
	/** Set for COPY … FROM STDIN / TO STDOUT. */
	readonly copy: { readonly direction: 'in' | 'out'; readonly format: 'text' | 'csv' | 'binary'; readonly columnCount: number } | null;
}

export interface StatementResult {
	/** The whole tag: 'INSERT 0 3', 'SELECT 2', 'CREATE TABLE'. */
	readonly tag: string;
	readonly rowCount: number;
	/** What a statement of Cypher changed, those that are not 0; absent when it changed nothing. */
	readonly counters?: GraphCounters;
	/** Of a statement of Cypher that asks to be explained or profiled. */
	readonly plan?: StatementPlan;
}

/** A statement's plan: as it is, or with what an instrumented run measured. */
export interface StatementPlan {
	readonly root: ExplainedOperator;
	readonly isMeasured: boolean;
}

/** One run of a statement: a portal. */
export interface Portal {
	readonly statement: PreparedStatement;
	readonly columns: readonly Column[] | null;
	/** A FETCH of a cursor declared BINARY: a simple query gives its rows in binary form. */
	readonly isBinary?: boolean;
	/** Whether running it changes anything. Absent where that is not known before: a statement that is no query. */
	readonly writes?: boolean;
	/**
	 * Runs until done, until the sink refuses more rows (`suspended`), or until it must wait (a promise). Small statements
	 * finish synchronously: the result is then no promise, so that a server can answer in the same turn. When the statement
	 * ended an implicit transaction, the result comes only once that commit is durable at the session's level.
	 */
	run(sink: RowSink): StatementResult | 'suspended' | Promise<StatementResult | 'suspended'>;
	/** COPY FROM: rows in the copy's format; may be called with any pieces. Returns a promise when it wants the caller to pause. */
	copyData?(piece: Uint8Array): void | Promise<void>;
	copyDone?(): StatementResult | Promise<StatementResult>;
	copyFail?(message: string): void;
	/**
	 * COPY TO: the pieces of output, each a whole line, valid until the next; a promise in place of a piece is to be awaited before
	 * the next is asked for. When they are at their end, `run` (with a sink that gets no rows) gives the result.
	 */
	copyOut?(): Iterable<Uint8Array | Promise<void>>;
	close(): void;
}

export interface Notice {
	readonly severity: 'NOTICE' | 'WARNING' | 'INFO' | 'LOG' | 'DEBUG';
	readonly sqlstate: string;
	readonly message: string;
	readonly detail?: string;
	readonly hint?: string;
	readonly position?: number;
}

export interface Session {
	/** Number that pg_stat_activity and cancel requests know it by. */
	readonly processId: number;
	readonly user: string;
	/** 'idle', 'transaction', 'failed': what ReadyForQuery says (I, T, E). */
	readonly transactionStatus: 'idle' | 'transaction' | 'failed';
	/** Settings whose changes a client is told of (ParameterStatus). */
	onParameter: ((name: string, value: string) => void) | null;
	onNotice: ((notice: Notice) => void) | null;
	onNotification: ((processId: number, channel: string, payload: string) => void) | null;
	/** Called once when the session ends by another's will (pg_terminate_backend, a session timeout, shutdown): the protocol tells its client why and hangs up. */
	onTerminate: ((reason: unknown) => void) | null;
	/** Splits a text of several statements; throws 42601 with a position. Positions of later errors count from the start of `text`. */
	split(text: string): readonly { readonly text: string; readonly start: number }[];
	/** Parses and analyses one statement. `parameterOids`: 0 where unspecified. In a failed transaction only COMMIT and ROLLBACK pass (25P02). */
	prepare(text: string, parameterOids: readonly number[], start?: number): PreparedStatement;
	/** Binds runtime values (representation of `value/type.ts`). */
	bind(statement: PreparedStatement, parameters: readonly unknown[]): Portal;
	/** Simple-query rules: a text of several statements runs as one implicit transaction, begun before the first and ended after the last by these calls. */
	beginImplicit(): void;
	/** Commits (or, after an error, rolls back) the implicit transaction; resolves when durable. */
	endImplicit(failed: boolean): void | Promise<void>;
	/** After an error in a statement: an open transaction becomes failed, an implicit one is rolled back. */
	failed(error: unknown): void;
	setting(name: string): string | undefined;
	setSetting(name: string, value: string): void;
	/** Called by the protocol when it waits for its client (ReadyForQuery): idle timeouts run from here. */
	idle(): void;
	/** Cancels what runs or waits now: it throws 57014. */
	cancel(): void;
	/** Ends it: 57P01 to what runs. Rolls back, gives back everything. */
	terminate(): void;
	readonly lookup: import('../value/type.ts').TypeLookup;
	/** How values become text now (TimeZone, DateStyle …); another object after each change, so that formatters can be kept per object. */
	readonly textSettings: import('../value/text-settings.ts').TextSettings;
	/** Called by the protocol: address and application name for pg_stat_activity. */
	describe(client: { readonly address: string; readonly port?: number; readonly applicationName: string }): void;
	close(): void;
}

/** A session that runs texts of other languages too: Cypher, SPARQL. */
export interface LanguageSession extends Session {
	/** Parses and analyses one statement of another language, about a graph or a store that `target` names (see `language.ts`). */
	prepareLanguage(language: Language, target: string, text: string): PreparedStatement;
	/** Binds values by the names of a language's parameters; 42P02 when one is missing. */
	bindNamed(statement: PreparedStatement, values: ReadonlyMap<string, unknown>): Portal;
	/** Puts a note behind the text that operators see of what runs now (pg_stat_activity). */
	annotate(note: string): void;
}

export interface SessionOptions {
	readonly user: string;
	readonly settings?: Readonly<Record<string, string>>;
}
