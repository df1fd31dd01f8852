/**
 * What the compilation of one statement knows and collects: the graph's tables, the column ids handed out, the parameters named, what is asked of each
 * variable, and the way to raise errors with positions.
 *
 * Who compiles what: `compile-query.ts` goes over the clauses and hands each an `Environment`; projections, UNWIND, UNION, CALL are in `compile-projection.ts` and beside it;
 * `compile-expression.ts` has `compileExpression` (any type), `compileDynamic` (type dynamic), `compilePredicate` (bool) and `wholeValue` (a binding as a value).
 * `compileMatch(context, environment, clause)` of `compile-pattern.ts` and `compileUpdate(context, environment, clause)` of `compile-update.ts` give the environment
 * after their clause. A pattern inside an expression is `compileMatch` over `environment.inner()`, and its plan the plan of a `subquery`.
 */
import type { CypherErrorKind } from '../../platform/cypher-errors.ts';
import type { ErrorDetails, PolylogError } from '../../platform/errors.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { Type } from '../../value/type.ts';
import type { Spanned } from './ast.ts';
import type { GraphSchema } from './graph-schema.ts';
import { errorAt } from './syntax-error.ts';
import type { VariableUses } from './variable-uses.ts';

/** What the caller gives. */
export interface CompileOptions {
	readonly catalog: CatalogVersion;
	readonly graph: GraphSchema;
}

export class CompileContext {
	readonly text: string;
	readonly catalog: CatalogVersion;
	readonly graph: GraphSchema;
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
