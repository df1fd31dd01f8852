/**
 * Expressions. Each gives an id, a term or a truth value; what it is used for decides into which of these it is turned, so that
 * ids stay ids where nobody looks at the term. Errors and unbound variables are null: AND, OR and NOT of three values are then
 * SPARQL's own (section 17.2), and a function is not called with an error.
 */
import { sqlError } from '../../platform/errors.ts';
import { columnOf, filterBy } from '../../query/algebra/build.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import type { ScalarFunction } from '../../query/functions/contracts.ts';
import { comparableNumber, idComparisons, MIRRORED } from '../../query/functions/sparql/inline-functions.ts';
import { blankOfText, iriFunction, termFunctions, termOfTruth, truthOfTerm } from '../../query/functions/sparql/term-functions.ts';
import { castFunctions, concatFunction, equalValues, valueFunctions } from '../../query/functions/sparql/value-functions.ts';
import { BOOL } from '../../value/builtin-types.ts';
import { RDF_TERM } from '../../value/rdf-term.ts';
import type { Formula, Pattern } from './algebra.ts';
import { allOf, anyOf, call, FALSE, isNull, type PlanContext, TRUE } from './plan-context.ts';
import { type Binding, type Bindings, compatibility, type Relation } from './relation.ts';
import type { Scope } from './scope.ts';

export type Kind = 'id' | 'term' | 'truth';

export interface Typed {
	readonly kind: Kind;
	readonly expression: Expression;
	/** Never null. */
	readonly certain: boolean;
}

/** The variable that names a solution, for BNODE(text). */
export const SOLUTION = '.solution';

/** Names of functions by their other spelling. */
const SYNONYMS: Readonly<Record<string, string>> = { isuri: 'isiri', uri: 'iri' };

export class FormulaCompiler {
	readonly #context: PlanContext;
	readonly #bindings: Bindings;
	readonly #scope: Scope;
	readonly #pattern: (pattern: Pattern, scope: Scope) => Relation;

	constructor(context: PlanContext, bindings: Bindings, scope: Scope, pattern: (pattern: Pattern, scope: Scope) => Relation) {
		this.#context = context;
		this.#bindings = bindings;
		this.#scope = scope;
		this.#pattern = pattern;
	}

	/** As a term. */
	term(formula: Formula): Expression {
		const { kind, expression } = this.compile(formula);
		if (kind === 'term') return expression;
		return kind === 'id' ? this.#context.termOf(expression) : call(termOfTruth, [expression], RDF_TERM);
	}

	/** As an effective boolean value. */
	truth(formula: Formula): Expression {
		const { kind, expression } = this.compile(formula);
		if (kind === 'truth') return expression;
		return call(truthOfTerm, [kind === 'id' ? this.#context.termOf(expression) : expression], BOOL);
	}

	/** An id or a term, whichever it is; truth values as terms. */
	value(formula: Formula): Typed {
		const typed = this.compile(formula);
		return typed.kind === 'truth' ? { ...typed, kind: 'term', expression: call(termOfTruth, [typed.expression], RDF_TERM) } : typed;
	}

	compile(formula: Formula): Typed {
		switch (formula.kind) {
			case 'variable': {
				const binding = this.#find(formula.name);
				if (binding === undefined) return nothing;
				return { kind: binding.kind, expression: columnOf(binding.column), certain: binding.certain };
			}
			case 'term':
				return { kind: 'term', expression: { kind: 'constant', type: RDF_TERM, value: formula.term }, certain: true };
			case 'operation':
				return this.#operation(formula.name, formula.arguments);
			case 'function': {
				const cast = castFunctions.get(formula.iri);
				if (cast === undefined) throw sqlError('42883', `function <${formula.iri}> does not exist`);
				if (formula.arguments.length !== 1) throw sqlError('42883', `function <${formula.iri}> takes one argument, not ${formula.arguments.length}`);
				return this.#call(cast, formula.arguments);
			}
			case 'exists':
				return truth(this.#exists(formula), true);
			case 'aggregate':
				throw sqlError('42803', `the aggregate ${formula.name.toUpperCase()} cannot stand here`);
		}
	}

	#find(name: string): Binding | undefined {
		return this.#bindings.get(name) ?? this.#scope.outer?.get(name);
	}

	#operation(name: string, args: readonly Formula[]): Typed {
		switch (name) {
			case '&&':
				return truth(allOf(args.map((a) => this.truth(a))));
			case '||':
				return truth(anyOf(args.map((a) => this.truth(a))));
			case '!':
				return truth({ kind: 'not', operand: this.truth(args[0]!), type: BOOL });
			case 'bound':
				return truth(this.#isBound(args[0]!), true);
			case 'if':
				return this.#if(args);
			case 'coalesce':
				return this.#coalesce(args);
			case 'in':
				return truth(this.#in(args));
			case 'notin':
				return truth({ kind: 'not', operand: this.#in(args), type: BOOL });
			case 'iri':
			case 'uri':
				return term(call(iriFunction, [this.#context.space, this.term(args[0]!)], RDF_TERM));
			case 'concat':
				return term(
					call(
						concatFunction,
						args.map((a) => this.term(a)),
						RDF_TERM,
					),
				);
			case 'bnode':
				if (args.length === 1) return term(call(blankOfText, [columnOf(this.#find(SOLUTION)!.column), this.term(args[0]!)], RDF_TERM));
				break;
			case 'sameterm':
				return this.#sameTerm(args);
		}
		const compared = this.#numberComparison(name, args);
		if (compared !== null) return compared;
		const key = `${SYNONYMS[name] ?? name}/${args.length}`;
		const found = valueFunctions.get(key) ?? termFunctions.get(key);
		if (found === undefined)
			throw sqlError('42883', `function ${name.toUpperCase()} with ${args.length} argument${args.length === 1 ? '' : 's'} does not exist`);
		return this.#call(found, args);
	}

	/** An id beside a numeric constant: no term is made of an id that holds its number. */
	#numberComparison(name: string, args: readonly Formula[]): Typed | null {
		if (args.length !== 2 || !idComparisons.has(name)) return null;
		const [left, right] = args as readonly [Formula, Formula];
		if (right.kind !== 'term') return left.kind === 'term' && right.kind === 'variable' ? this.#numberComparison(MIRRORED[name]!, [right, left]) : null;
		const number = comparableNumber(right.term);
		const typed = number === null ? null : this.compile(left);
		if (typed?.kind !== 'id') return null;
		const [operand, constant] = this.#context.numberOf(right.term);
		return truth(call(idComparisons.get(name)!, [this.#context.space, typed.expression, operand, constant], BOOL));
	}

	#call(fn: ScalarFunction, args: readonly Formula[]): Typed {
		const operands = args.map((a) => this.term(a));
		return fn.returnOid === BOOL.oid ? truth(call(fn, operands, BOOL)) : term(call(fn, operands, RDF_TERM));
	}

	#isBound(formula: Formula): Expression {
		const binding = formula.kind === 'variable' ? this.#find(formula.name) : undefined;
		if (binding === undefined) return FALSE;
		return binding.certain ? TRUE : isNull(columnOf(binding.column), true);
	}

	/** An error in the condition is one of the whole. */
	#if([condition, yes, no]: readonly Formula[]): Typed {
		const when = this.truth(condition!);
		const [a, b] = [this.compile(yes!), this.compile(no!)];
		const kind = a.kind === b.kind ? a.kind : 'term';
		const [then, otherwise] = kind === a.kind && kind === b.kind ? [a.expression, b.expression] : [this.term(yes!), this.term(no!)];
		const branches = [
			{ when, then },
			{ when: { kind: 'not', operand: when, type: BOOL } as Expression, then: otherwise },
		];
		return { kind, expression: { kind: 'case', branches, otherwise: null, type: then.type }, certain: false };
	}

	#coalesce(args: readonly Formula[]): Typed {
		if (args.length === 0) return nothing;
		const all = args.map((a) => this.compile(a));
		const isIds = all.every((a) => a.kind === 'id');
		const operands = isIds ? all.map((a) => a.expression) : args.map((a) => this.term(a));
		return { kind: isIds ? 'id' : 'term', expression: { kind: 'coalesce', operands, type: operands[0]!.type }, certain: all.some((a) => a.certain) };
	}

	/** True if one is equal; else an error if one was an error. */
	#in([left, ...list]: readonly Formula[]): Expression {
		const operand = this.term(left!);
		// An error on the left is one of the whole, also for an empty list.
		if (list.length === 0) return { kind: 'case', branches: [{ when: isNull(operand, true), then: FALSE }], otherwise: null, type: BOOL };
		return anyOf(list.map((item) => call(equalValues, [operand, this.term(item)], BOOL)));
	}

	#sameTerm(args: readonly Formula[]): Typed {
		return this.#call(termFunctions.get('sameterm/2')!, args);
	}

	/** The pattern has a solution that is compatible with this one, whose variables it may use. */
	#exists(formula: Extract<Formula, { kind: 'exists' }>): Expression {
		const outer: Bindings = this.#scope.outer === null ? this.#bindings : new Map([...this.#scope.outer, ...this.#bindings]);
		const inner = this.#pattern(formula.pattern, { ...this.#scope, outer });
		const plan = filterBy(inner.plan, compatibility(this.#context, inner.bindings, outer));
		const exists: Expression = { kind: 'subquery', mode: 'exists', plan, comparison: null, type: BOOL };
		return formula.negated ? { kind: 'not', operand: exists, type: BOOL } : exists;
	}
}

const nothing: Typed = { kind: 'term', expression: { kind: 'constant', type: RDF_TERM, value: null }, certain: false };

function truth(expression: Expression, certain = false): Typed {
	return { kind: 'truth', expression, certain };
}

function term(expression: Expression): Typed {
	return { kind: 'term', expression, certain: false };
}

/** True when BNODE(text) stands in the formula. */
export function namesBlanks(formula: Formula): boolean {
	if (formula.kind !== 'operation' && formula.kind !== 'function') return false;
	return (formula.kind === 'operation' && formula.name === 'bnode' && formula.arguments.length === 1) || formula.arguments.some(namesBlanks);
}
