/**
 * What all of a query's compilation shares: ids of columns, constants, the store. The plan's first parameter is the `TermSpace`
 * of the execution; the others are made of the query's constants, in the order of `constants`.
 */
import type { TripleStore } from '../../model/triple/contracts.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Equality, ScalarFunction } from '../../query/functions/contracts.ts';
import { idOfTerm, isSameTerm, termOfId } from '../../query/functions/sparql/term-functions.ts';
import { sqlFunctions } from '../../query/functions/sql-functions.ts';
import { BOOL, builtinTypes, FLOAT8, INT8 } from '../../value/builtin-types.ts';
import { RDF_TERM, type RdfTerm, termKey } from '../../value/rdf-term.ts';
import type { Type } from '../../value/type.ts';

function int8Operator(name: string): ScalarFunction {
	return sqlFunctions.operators(name).find((o) => o.leftOid === INT8.oid && o.rightOid === INT8.oid)!.function;
}

const EQUAL_IDS = int8Operator('=');
const DIFFERENT_IDS = int8Operator('<>');

/** Ids are the same exactly when the terms are. */
export const idEquality: Equality = sqlFunctions.equality(INT8, builtinTypes)!;

export const TRUE: Expression = { kind: 'constant', type: BOOL, value: true };
export const FALSE: Expression = { kind: 'constant', type: BOOL, value: false };

export function call(fn: ScalarFunction, args: readonly Expression[], type: Type): Expression {
	return { kind: 'call', function: fn, arguments: args, typmod: -1, type };
}

export function equalIds(left: Expression, right: Expression): Expression {
	return call(EQUAL_IDS, [left, right], BOOL);
}

export function differentIds(left: Expression, right: Expression): Expression {
	return call(DIFFERENT_IDS, [left, right], BOOL);
}

export function allOf(operands: readonly Expression[]): Expression {
	return operands.length === 0 ? TRUE : operands.length === 1 ? operands[0]! : { kind: 'and', operands, type: BOOL };
}

export function anyOf(operands: readonly Expression[]): Expression {
	return operands.length === 0 ? FALSE : operands.length === 1 ? operands[0]! : { kind: 'or', operands, type: BOOL };
}

export function isNull(operand: Expression, negated = false): Expression {
	return { kind: 'is-null', operand, negated, row: false, type: BOOL };
}

/** A parameter of a plan that a constant of the text gives: the constant's id, its value as a number, or itself. */
export interface PlanConstant {
	readonly term: RdfTerm;
	readonly as: 'id' | 'number' | 'term';
}

export class PlanContext {
	readonly store: TripleStore;
	/** What the parameters from 1 on are. */
	readonly constants: PlanConstant[] = [];
	readonly #places = new Map<string, number>();
	/** The id that a constant has now, for estimates. */
	readonly #likelyId: ((term: RdfTerm) => number) | null;
	#columnId = 0;
	#name = 0;

	constructor(store: TripleStore, likelyId: ((term: RdfTerm) => number) | null = null) {
		this.store = store;
		this.#likelyId = likelyId;
	}

	/** The execution's `TermSpace`. */
	readonly space: Expression = { kind: 'parameter', index: 0, type: RDF_TERM };

	column(name: string, type: Type): Column {
		return { id: ++this.#columnId, name, type, typmod: -1 };
	}

	/** A number for a `with` or a `recursion`. */
	number(): number {
		return ++this.#name;
	}

	/** A name for a variable that no text can name. */
	freshName(): string {
		return `.${++this.#name}`;
	}

	/** The id of a constant, known when the query is run. */
	idOf(term: RdfTerm): Expression {
		if (term.termType === 'DefaultGraph') return { kind: 'constant', type: INT8, value: 0 };
		return { kind: 'parameter', index: this.#place(term, 'id'), type: INT8, ...(this.#likelyId === null ? {} : { likely: this.#likelyId(term) }) };
	}

	/** A constant number, and the term that it is the value of: so that queries with other numbers share a program. */
	numberOf(term: RdfTerm): readonly [number: Expression, term: Expression] {
		return [
			{ kind: 'parameter', index: this.#place(term, 'number'), type: FLOAT8 },
			{ kind: 'parameter', index: this.#place(term, 'term'), type: RDF_TERM },
		];
	}

	#place(term: RdfTerm, as: PlanConstant['as']): number {
		const key = `${as} ${termKey(term)}`;
		let place = this.#places.get(key);
		if (place === undefined) {
			place = this.constants.push({ term, as });
			this.#places.set(key, place);
		}
		return place;
	}

	termOf(id: Expression): Expression {
		return call(termOfId, [this.space, id], RDF_TERM);
	}

	/** The store's id of a computed term; null when it has none. */
	findId(term: Expression): Expression {
		return call(idOfTerm, [this.space, term], INT8);
	}
}

export function sameTerms(left: Expression, right: Expression): Expression {
	return call(isSameTerm, [left, right], BOOL);
}
