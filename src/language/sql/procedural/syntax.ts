/**
 * The tree of a PL/pgSQL body. The procedural part is parsed here; expressions and SQL statements stay text, each with the scope
 * that it stands in, and go through the ordinary front end when they are first run. Every variable is a datum with a number, its
 * place among the values of a call; names are looked up in scopes, innermost first.
 */

/** A block's names. `label` names the block itself: `label.variable`. */
export interface Scope {
	readonly parent: Scope | null;
	label: string | null;
	readonly names: Map<string, number>;
}

/** Text of SQL inside a body. `id` counts from 0 in a body. */
export interface SqlText {
	readonly id: number;
	readonly text: string;
	readonly scope: Scope;
	readonly line: number;
	/** A whole statement; else an expression, which may be followed by what follows one in SELECT. */
	readonly isStatement: boolean;
}

export interface CursorShape {
	readonly scroll: boolean | null;
	/** Parameters, as datums. */
	readonly parameters: readonly number[];
	readonly query: SqlText;
}

export interface Datum {
	readonly number: number;
	readonly name: string;
	readonly line: number;
	/** As written, `%TYPE` and `%ROWTYPE` included; 'record' for a record; '' for one whose type its first value decides. */
	readonly type: string;
	/** The scope of the declaration: `%TYPE` of a variable is looked up there. */
	readonly scope: Scope;
	readonly isConstant: boolean;
	readonly isNotNull: boolean;
	readonly initial: SqlText | null;
	readonly cursor: CursorShape | null;
}

/** What is assigned to: a variable, or a part of it (`text` is the whole target as written). */
export interface Target {
	readonly datum: number;
	readonly text: string;
	readonly isPart: boolean;
	readonly scope: Scope;
	/** Of a part: the text of what INTO assigns to it. */
	readonly part: SqlText | null;
}

export interface Into {
	readonly strict: boolean;
	readonly targets: readonly Target[];
}

export interface DynamicQuery {
	readonly query: SqlText;
	readonly using: readonly SqlText[];
}

/** An argument of a cursor: by name or by place. */
export interface CursorArgument {
	readonly name: string | null;
	readonly value: SqlText;
}

export interface Handler {
	/** Names of conditions, or SQLSTATEs as `'22012'` without quotes; `others` for all. */
	readonly conditions: readonly { readonly name: string; readonly isState: boolean }[];
	readonly body: readonly Statement[];
}

export interface Block {
	readonly kind: 'block';
	readonly line: number;
	readonly label: string | null;
	readonly datums: readonly number[];
	readonly body: readonly Statement[];
	readonly handlers: readonly Handler[];
	/** SQLSTATE and SQLERRM within the handlers. */
	readonly state: number;
	readonly message: number;
}

interface At {
	readonly line: number;
}
interface Loop extends At {
	readonly label: string | null;
	readonly body: readonly Statement[];
}

export type QuerySource =
	| { readonly kind: 'static'; readonly query: SqlText }
	| ({ readonly kind: 'dynamic' } & DynamicQuery)
	| { readonly kind: 'cursor'; readonly datum: number; readonly arguments: readonly CursorArgument[] };

export type RaiseOption = 'MESSAGE' | 'DETAIL' | 'HINT' | 'ERRCODE' | 'COLUMN' | 'CONSTRAINT' | 'DATATYPE' | 'TABLE' | 'SCHEMA';
export type RaiseLevel = 'DEBUG' | 'LOG' | 'INFO' | 'NOTICE' | 'WARNING' | 'EXCEPTION';

export type FetchDirection = 'FETCH_FORWARD' | 'FETCH_BACKWARD' | 'FETCH_ABSOLUTE' | 'FETCH_RELATIVE';

export type Statement =
	| Block
	| (At & { readonly kind: 'assign'; readonly target: Target; readonly value: SqlText })
	| (At & {
			readonly kind: 'if';
			readonly branches: readonly { readonly condition: SqlText; readonly body: readonly Statement[] }[];
			readonly otherwise: readonly Statement[];
	  })
	/** With an operand, its value is kept in `datum`, which the conditions compare. */
	| (At & {
			readonly kind: 'case';
			readonly operand: SqlText | null;
			readonly datum: number;
			readonly branches: readonly { readonly condition: SqlText; readonly body: readonly Statement[] }[];
			readonly otherwise: readonly Statement[] | null;
	  })
	| (Loop & { readonly kind: 'loop' })
	| (Loop & { readonly kind: 'while'; readonly condition: SqlText })
	| (Loop & {
			readonly kind: 'for-integer';
			readonly datum: number;
			readonly from: SqlText;
			readonly to: SqlText;
			readonly step: SqlText | null;
			readonly reverse: boolean;
	  })
	| (Loop & { readonly kind: 'for-query'; readonly targets: readonly Target[]; readonly source: QuerySource })
	| (Loop & { readonly kind: 'foreach'; readonly targets: readonly Target[]; readonly slice: number; readonly array: SqlText })
	| (At & { readonly kind: 'exit'; readonly isContinue: boolean; readonly label: string | null; readonly condition: SqlText | null })
	| (At & { readonly kind: 'return'; readonly value: SqlText | null })
	| (At & { readonly kind: 'return-next'; readonly value: SqlText | null })
	| (At & { readonly kind: 'return-query'; readonly source: QuerySource })
	| (At & {
			readonly kind: 'raise';
			readonly level: RaiseLevel;
			/** Name of a condition, or a SQLSTATE. */
			readonly condition: { readonly name: string; readonly isState: boolean } | null;
			readonly format: string | null;
			readonly arguments: readonly SqlText[];
			readonly options: readonly { readonly name: RaiseOption; readonly value: SqlText }[];
			/** Without anything: the error that is being handled, again. */
			readonly isAgain: boolean;
	  })
	| (At & { readonly kind: 'assert'; readonly condition: SqlText; readonly message: SqlText | null })
	| (At & { readonly kind: 'sql'; readonly query: SqlText; readonly into: Into | null })
	| (At & { readonly kind: 'perform'; readonly query: SqlText })
	| (At & { readonly kind: 'call'; readonly query: SqlText; readonly isDo: boolean })
	| (At & { readonly kind: 'execute'; readonly dynamic: DynamicQuery; readonly into: Into | null })
	| (At & {
			readonly kind: 'diagnostics';
			readonly stacked: boolean;
			readonly items: readonly { readonly target: Target; readonly item: string }[];
	  })
	| (At & {
			readonly kind: 'open';
			readonly datum: number;
			readonly arguments: readonly CursorArgument[];
			readonly source: Exclude<QuerySource, { kind: 'cursor' }> | null;
			readonly scroll: boolean | null;
	  })
	| (At & {
			readonly kind: 'fetch';
			readonly datum: number;
			readonly direction: FetchDirection;
			/** null: all. */
			readonly count: SqlText | number | null;
			readonly targets: readonly Target[];
			readonly isMove: boolean;
	  })
	| (At & { readonly kind: 'close'; readonly datum: number })
	| (At & { readonly kind: 'commit'; readonly isRollback: boolean; readonly chain: boolean })
	| (At & { readonly kind: 'null' });

/** Names under which parts of a body are known before it is parsed: arguments, and what triggers see. */
export interface Given {
	readonly name: string;
	/** Other names: `$1`. */
	readonly aliases: readonly string[];
	readonly type: string;
	readonly isConstant?: boolean;
}

export interface Routine {
	readonly datums: readonly Datum[];
	readonly body: Block;
	/** By id. */
	readonly texts: readonly SqlText[];
	/** Datum of FOUND. */
	readonly found: number;
	/** Of arguments without a declaration that shadows them: the outermost scope. */
	readonly scope: Scope;
	/** #variable_conflict. */
	readonly conflict: 'error' | 'use_variable' | 'use_column';
}
