/**
 * Procedures, as CALL sees them: a table of them by name in lower case, each with its arguments, what it yields, and a compiler that makes a plan of a call.
 *
 * The plan of a call sees the columns of the row that it is called for as outer columns; it produces the outputs, in their order. Procedures over a graph's tables are plans over them; others
 * are a `function-scan`.
 */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { CompileContext } from './compile-context.ts';
import type { CypherType } from './cypher-type.ts';

export interface ProcedureArgument {
	readonly name: string;
	readonly type: CypherType;
	/** What it is when left out; undefined: it cannot be. */
	readonly default?: Expression;
}

export interface ProcedureOutput {
	readonly name: string;
	readonly type: CypherType;
}

export interface Procedure {
	/** As written in documents: `db.labels`. */
	readonly name: string;
	readonly description: string;
	readonly mode: 'read' | 'write' | 'schema' | 'dbms';
	readonly arguments: readonly ProcedureArgument[];
	/** Empty: nothing is yielded, and a row stays a row. */
	readonly outputs: readonly ProcedureOutput[];
	/** The plan whose columns are the outputs. `items` are all arguments, defaults filled in. */
	compile(context: CompileContext, items: readonly Expression[]): Plan & { readonly columns: readonly Column[] };
}

/** `db.labels() :: (label :: String)`. */
export function signatureOf(procedure: Procedure, nameOf: (type: CypherType) => string): string {
	const items = procedure.arguments.map((a) => `${a.name} :: ${nameOf(a.type).toUpperCase()}`);
	const outputs = procedure.outputs.map((o) => `${o.name} :: ${nameOf(o.type).toUpperCase()}`);
	return `${procedure.name}(${items.join(', ')})${outputs.length === 0 ? '' : ` :: (${outputs.join(', ')})`}`;
}
