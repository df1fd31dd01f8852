/**
 * Evaluates calls of immutable functions on constants once, when the plan is made, in PostgreSQL's order: operands from left to
 * right; what comes behind the operand that decides an AND, OR, COALESCE or CASE is not looked at. Predicates that are
 * constantly true disappear.
 *
 * A call that throws is left in place at first: it may stand in a column that nobody reads. `raiseConstantErrors`, which is for
 * the end of the optimizer, lets it throw, whether or not a row would reach it.
 */
import { PolylogError } from '../../platform/errors.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { TypeLookup } from '../../value/type.ts';
import type { Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { mapChildren, mapPlanParts, type Rewriter, substitute } from '../algebra/traverse.ts';

/** For functions that have a context like others of their kind, and ask it for nothing that may change. */
const NO_CONTEXT = { textSettings: defaultTextSettings };

type ExpressionOf<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

export function foldConstants(plan: Plan, types: TypeLookup): Plan {
	return new Folder(types, false).plan(plan);
}

/** Throws the errors of constant expressions, but for those in the select list of an EXISTS, which has no meaning. */
export function raiseConstantErrors(plan: Plan, types: TypeLookup): Plan {
	return new Folder(types, true).plan(plan);
}

class Folder implements Rewriter {
	readonly #types: TypeLookup;
	readonly #raises: boolean;
	/** Calls left in place because they throw. */
	#failures = 0;

	constructor(types: TypeLookup, raises: boolean) {
		this.#types = types;
		this.#raises = raises;
	}

	plan(plan: Plan): Plan {
		const folded = mapPlanParts(plan, { expression: (e) => this.expression(e), plan: (p) => this.plan(p) });
		if (folded.kind === 'filter' && folded.predicate.kind === 'constant' && folded.predicate.value === true) return folded.input;
		return folded;
	}

	expression(e: Expression): Expression {
		switch (e.kind) {
			case 'and':
			case 'or':
				return this.#logic(e);
			case 'case':
				return this.#case(e);
			case 'coalesce':
				return this.#coalesce(e);
			case 'let':
				return this.#let(e);
			case 'subquery':
				return e.mode === 'exists' && e.plan.kind === 'project' ? this.#exists(e, e.plan) : this.#children(e);
			case 'call':
				return this.#call(this.#children(e) as ExpressionOf<'call'>);
			case 'not': {
				const { operand } = this.#children(e) as typeof e;
				if (operand.kind !== 'constant') return operand === e.operand ? e : { ...e, operand };
				return { kind: 'constant', type: e.type, value: operand.value === null ? null : !operand.value };
			}
			case 'is-null': {
				const { operand } = this.#children(e) as typeof e;
				if (operand.kind !== 'constant' || e.row) return operand === e.operand ? e : { ...e, operand };
				return { kind: 'constant', type: e.type, value: (operand.value === null) !== e.negated };
			}
			default:
				return this.#children(e);
		}
	}

	#children(e: Expression): Expression {
		return mapChildren(e, this);
	}

	#exists(e: ExpressionOf<'subquery'>, plan: Extract<Plan, { kind: 'project' }>): Expression {
		const input = this.plan(plan.input);
		return input === plan.input ? e : { ...e, plan: { ...plan, input } };
	}

	#logic(e: ExpressionOf<'and' | 'or'>): Expression {
		const absorbing = e.kind === 'or';
		const failuresBefore = this.#failures;
		const operands: Expression[] = [];
		for (const o of e.operands) {
			const folded = this.expression(o);
			if (folded.kind === 'constant' && folded.value === absorbing) {
				if (this.#failures === failuresBefore) return folded;
				return { ...e, operands: [...operands, folded] }; // an operand before it is still to throw
			}
			if (!(folded.kind === 'constant' && folded.value === !absorbing)) operands.push(folded);
		}
		if (operands.length === e.operands.length && operands.every((o, i) => o === e.operands[i])) return e;
		if (operands.length === 0) return { kind: 'constant', type: e.type, value: !absorbing };
		return operands.length === 1 ? operands[0]! : { ...e, operands };
	}

	#case(e: ExpressionOf<'case'>): Expression {
		const branches: { readonly when: Expression; readonly then: Expression }[] = [];
		let isSame = true;
		for (const branch of e.branches) {
			const when = this.expression(branch.when);
			if (when.kind === 'constant') {
				isSame = false;
				if (when.value !== true) continue;
				const then = this.expression(branch.then);
				return branches.length === 0 ? then : { ...e, branches, otherwise: then };
			}
			const then = this.expression(branch.then);
			isSame &&= when === branch.when && then === branch.then;
			branches.push({ when, then });
		}
		const otherwise = e.otherwise === null ? null : this.expression(e.otherwise);
		if (branches.length === 0) return otherwise ?? { kind: 'constant', type: e.type, value: null };
		return isSame && otherwise === e.otherwise ? e : { ...e, branches, otherwise };
	}

	#coalesce(e: ExpressionOf<'coalesce'>): Expression {
		const operands: Expression[] = [];
		for (const o of e.operands) {
			const folded = this.expression(o);
			if (folded.kind === 'constant' && folded.value === null) continue;
			operands.push(folded);
			if (folded.kind === 'constant') break;
		}
		if (operands.length === e.operands.length && operands.every((o, i) => o === e.operands[i])) return e;
		if (operands.length === 0) return { kind: 'constant', type: e.type, value: null };
		return operands.length === 1 ? operands[0]! : { ...e, operands };
	}

	/** A constant takes the place of its name. */
	#let(e: ExpressionOf<'let'>): Expression {
		const value = this.expression(e.value);
		if (value.kind === 'constant') return this.expression(substitute(e.body, new Map([[e.id, value]])));
		const body = this.expression(e.body);
		return value === e.value && body === e.body ? e : { ...e, value, body };
	}

	#call(e: ExpressionOf<'call'>): Expression {
		if (e.function.volatility !== 'immutable') return e;
		const values: unknown[] = e.function.context ? [NO_CONTEXT] : [];
		for (const a of e.arguments) {
			if (a.kind !== 'constant') return e;
			values.push(a.value);
		}
		if (e.function.strict && e.arguments.some((a) => a.kind === 'constant' && a.value === null)) return { kind: 'constant', type: e.type, value: null };
		try {
			return { kind: 'constant', type: e.type, value: this.#callable(e)(...(values as never[])) };
		} catch (error) {
			if (this.#raises && error instanceof PolylogError) throw error;
			this.#failures++;
			return e;
		}
	}

	#callable(e: ExpressionOf<'call'>): (...values: never[]) => unknown {
		if (e.function.evaluate !== undefined) return e.function.evaluate;
		const argumentTypes = e.arguments.map((a) => a.type);
		return e.function.bind!({ argumentTypes, returnType: e.type, typmod: e.typmod, types: this.#types, variadic: e.variadic ?? false });
	}
}
