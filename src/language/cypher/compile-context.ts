/**
 * What the compilation of one statement knows and collects: the graph's tables, the column ids handed out, the parameters named, what is asked of each
 * variable, and the way to raise errors with positions.
 *
 * Who compiles what: `compile-query.ts` goes over the clauses and hands each an `Environment`; projections, UNWIND, UNION, CALL are in `compile-projection.ts` and beside it;
 * `compile-expression.ts` has `compileExpression` (any type), `compileDynamic` (type dynamic), `compilePredicate` (bool) and `wholeValue` (a binding as a value).
 * Patterns and updates are compiled by `clauses`, whose functions are `compile-pattern.ts`'s and `compile-update.ts`'s. A pattern inside an expression is `match` over
 * `environment.inner()`, and its plan the plan of a `subquery`.
 */
import type { CypherErrorKind } from '../../platform/cypher-errors.ts';
import type { ErrorDetails, PolylogError } from '../../platform/errors.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { CypherLibrary } from '../../query/functions/cypher/contracts.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { Type } from '../../value/type.ts';
import type { MatchClause, Spanned, UpdatingClause } from './ast.ts';
import { builtinProcedures } from './builtin-procedures.ts';
import type { Environment } from './environment.ts';
import type { GraphSchema } from './graph-schema.ts';
import type { Procedure } from './procedure.ts';
import { errorAt } from './syntax-error.ts';
import type { VariableUses } from './variable-uses.ts';

/** The compilers of clauses over the graph: `compile-pattern.ts` and `compile-update.ts`. Each gives the environment after the clause. */
export interface GraphClauses {
	match(context: CompileContext, environment: Environment, clause: MatchClause): Environment;
	update(context: CompileContext, environment: Environment, clause: UpdatingClause): Environment;
}

/** What the caller gives. */
export interface CompileOptions {
	readonly catalog: CatalogVersion;
	readonly graph: GraphSchema;
	readonly library: CypherLibrary;
	readonly clauses: GraphClauses;
	/** Procedures beside those of `procedures.ts`, by name in lower case. */
	readonly procedures?: ReadonlyMap<string, Procedure>;
}

export class CompileContext {
	readonly text: string;
	readonly catalog: CatalogVersion;
	readonly graph: GraphSchema;
	readonly library: CypherLibrary;
	readonly clauses: GraphClauses;
	readonly procedures: ReadonlyMap<string, Procedure>;
	/** Which variables' labels and properties are asked for anywhere in the statement: a pattern reads no others. */
	readonly uses: VariableUses;
	/** Names of the parameters, by their index in the plan. */
	readonly parameterNames: string[] = [];
	#nextColumn = 1;
	#nextCte = 1;

	constructor(text: string, options: CompileOptions, uses: VariableUses) {
		this.text = text;
		this.catalog = options.catalog;
		this.graph = options.graph;
		this.library = options.library;
		this.clauses = options.clauses;
		this.procedures = new Map([...builtinProcedures, ...(options.procedures ?? [])]);
		this.uses = uses;
	}

	newColumn(name: string, type: Type): Column {
		return { id: this.#nextColumn++, name, type, typmod: -1, origin: null };
	}

	/** A number for a `with` or `recursion`. */
	newCte(): number {
		return this.#nextCte++;
	}

	/** A reference to a parameter; `type` is dynamic. */
	parameter(name: string, type: Type): Expression {
		let index = this.parameterNames.indexOf(name);
		if (index === -1) index = this.parameterNames.push(name) - 1;
		return { kind: 'parameter', index, type };
	}

	/** An error at a place of the text: openCypher's kind and detail (`VariableAlreadyBound`), and what is wrong in words. */
	error(kind: CypherErrorKind, detail: string, message: string, at: Spanned, details: ErrorDetails = {}): PolylogError {
		return errorAt(this.text, kind, detail, message, at.start, details);
	}

	/** 1-based position for an expression of the algebra. */
	position(at: Spanned): number {
		return at.start + 1;
	}
}
