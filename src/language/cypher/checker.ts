/**
 * What the checks of one statement share: its text, the library, the procedures, and how errors are raised. A `Scope` is the variables in scope with what is known
 * of their types; it is immutable.
 *
 * All errors found before a query runs are of kind SyntaxError, as Neo4j has them, and begin with openCypher's name for the mistake.
 */
import type { PolylogError } from '../../platform/errors.ts';
import type { CypherLibrary } from '../../query/functions/cypher/contracts.ts';
import type { GraphRule } from '../../transaction/catalog-objects.ts';
import type { Identifier, Spanned } from './ast.ts';
import type { CompileContext } from './compile-context.ts';
import type { CypherType } from './cypher-type.ts';
import type { Procedure } from './procedure.ts';
import { errorAt } from './syntax-error.ts';

export class Scope {
	static readonly empty: Scope = new Scope(new Map());
	readonly variables: ReadonlyMap<string, CypherType>;

	constructor(variables: ReadonlyMap<string, CypherType>) {
		this.variables = variables;
	}

	lookup(name: string): CypherType | undefined {
		return this.variables.get(name);
	}

	with(name: string, type: CypherType): Scope {
		return new Scope(new Map(this.variables).set(name, type));
	}

	/** Only some of the variables. */
	only(names: readonly string[]): Scope {
		return new Scope(new Map([...this.variables].filter(([name]) => names.includes(name))));
	}

	without(names: readonly string[]): Scope {
		return new Scope(new Map([...this.variables].filter(([name]) => !names.includes(name))));
	}

	/** With the variables of another scope, which hide those of the same names. */
	and(other: Scope): Scope {
		return new Scope(new Map([...this.variables, ...other.variables]));
	}
}

export class Checker {
	readonly text: string;
	readonly library: CypherLibrary;
	readonly procedures: ReadonlyMap<string, Procedure>;
	/** Indexes and constraints of the graph. */
	readonly rules: readonly GraphRule[];

	constructor(context: CompileContext) {
		this.text = context.text;
		this.library = context.library;
		this.procedures = context.procedures;
		this.rules = context.graph.rules;
	}

	error(detail: string, message: string, at: Spanned): PolylogError {
		return errorAt(this.text, 'SyntaxError', detail, message, at.start);
	}

	undefinedVariable(name: string, at: Spanned): PolylogError {
		return this.error('UndefinedVariable', `variable \`${name}\` not defined`, at);
	}

	procedureNotFound(name: string, at: Spanned): PolylogError {
		return errorAt(this.text, 'ProcedureNotFound', 'ProcedureNotFound', `there is no procedure named \`${name}\``, at.start);
	}

	indexNotFound(message: string, at: Spanned): PolylogError {
		return errorAt(this.text, 'IndexNotFound', 'IndexNotFound', message, at.start);
	}

	/** Binds a variable that must not be bound yet. */
	bindNew(scope: Scope, variable: Identifier, type: CypherType): Scope {
		if (scope.lookup(variable.name) !== undefined) throw this.alreadyBound(variable.name, variable);
		return scope.with(variable.name, type);
	}

	alreadyBound(name: string, at: Spanned): PolylogError {
		return this.error('VariableAlreadyBound', `variable \`${name}\` already declared`, at);
	}
}
