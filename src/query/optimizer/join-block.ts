/**
 * Join blocks: scans, inner joins, filters and projections, said as a list of scans and a list of conditions over their columns. Two
 * queries that write the same join differently have blocks that can be compared; `Likeness` tells whether two expressions are the same.
 */
import { Decimal } from '../../value/decimal.ts';
import type { TypeLookup } from '../../value/type.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { ParameterCondition, Plan } from '../algebra/plan.ts';
import { conjuncts, hasSubquery, isVolatile, substitute } from '../algebra/traverse.ts';
import { equalityOf } from '../functions/type-comparison.ts';
import { isSameFunction } from './match-computed.ts';

type ColumnExpression = Extract<Expression, { kind: 'column' }>;
export type ScanPlan = Extract<Plan, { kind: 'scan' }>;

export interface JoinBlock {
	readonly scans: readonly ScanPlan[];
	/** All of them hold, over columns of the scans. */
	readonly conditions: readonly Expression[];
	/** The columns of the block, in terms of those of the scans. */
	readonly meanings: ReadonlyMap<ColumnId, Expression>;
}

/** Null for a plan of another form, or with conditions that mean something else for each row (volatile functions, subqueries). */
export function joinBlock(plan: Plan): JoinBlock | null {
	const block = { scans: [] as ScanPlan[], conditions: [] as Expression[], meanings: new Map<ColumnId, Expression>() };
	return take(plan, block) ? block : null;
}

function take(plan: Plan, block: { scans: ScanPlan[]; conditions: Expression[]; meanings: Map<ColumnId, Expression> }): boolean {
	const meant = (expressions: readonly Expression[]): Expression[] | null =>
		expressions.some((e) => isVolatile(e) || hasSubquery(e)) ? null : expressions.map((e) => substitute(e, block.meanings));
	const hold = (predicate: Expression | null): boolean => {
		const conditions = meant(conjuncts(predicate));
		if (conditions !== null) block.conditions.push(...conditions.flatMap((one) => conjuncts(one)));
		return conditions !== null;
	};
	switch (plan.kind) {
		case 'scan':
			if (plan.scan.some(({ number, part }) => number < 0 || part !== undefined)) return false;
			block.scans.push(plan);
			return true;
		case 'filter':
			return take(plan.input, block) && hold(plan.predicate);
		case 'join':
			return plan.type === 'inner' && take(plan.left, block) && take(plan.right, block) && hold(plan.on);
		case 'sort':
			return plan.limit == null && take(plan.input, block);
		case 'project': {
			if (!take(plan.input, block)) return false;
			const items = meant(plan.items.map((item) => item.expression));
			plan.items.forEach(({ column }, i) => {
				const item = items?.[i];
				if (item !== undefined && !(item.kind === 'column' && item.id === column.id)) block.meanings.set(column.id, item);
			});
			return items !== null;
		}
		default:
			return false;
	}
}

/** Columns that hold the same value in every row of a block, because a condition says so. */
export class EqualColumns {
	readonly #first = new Map<ColumnId, ColumnExpression>();

	constructor(conditions: readonly Expression[]) {
		for (const condition of conditions) {
			const sides = equalSides(condition);
			if (sides === null) continue;
			const [kept, gone] = sides.map((side) => this.#of(side)) as [ColumnExpression, ColumnExpression];
			if (kept.id === gone.id) continue;
			for (const [id, first] of this.#first) if (first.id === gone.id) this.#first.set(id, kept);
			this.#first.set(gone.id, kept);
		}
	}

	/** True for a condition that says nothing but that two of the columns are equal. */
	makes(condition: Expression): boolean {
		const sides = equalSides(condition);
		return sides !== null && this.#of(sides[0]).id === this.#of(sides[1]).id;
	}

	#of(column: ColumnExpression): ColumnExpression {
		return this.#first.get(column.id) ?? column;
	}

	/** The expression with one column of those that are equal in the place of each. */
	said(expression: Expression): Expression {
		return this.#first.size === 0 ? expression : substitute(expression, this.#first);
	}
}

/** The sides of `column = other column`, of one type whose equal values are the same. */
function equalSides(condition: Expression): readonly [ColumnExpression, ColumnExpression] | null {
	if (condition.kind !== 'call' || condition.function.comparison?.operator !== '=' || !condition.function.comparison.equality.identity) return null;
	const [left, right] = condition.arguments;
	if (left?.kind !== 'column' || right?.kind !== 'column' || left.type.oid !== right.type.oid || left.id === right.id) return null;
	if (left.type.name === 'float4' || left.type.name === 'float8') return null;
	return [left, right];
}

/** Compares expressions of a view with those of a query. Where the query has a parameter for the view's constant, they are alike if it has that value. */
export class Likeness {
	/** What must be true of the parameters. */
	readonly conditions: ParameterCondition[] = [];
	readonly #types: TypeLookup;

	constructor(types: TypeLookup) {
		this.#types = types;
	}

	isSame(stored: Expression, asked: Expression): boolean {
		const { length } = this.conditions;
		if (this.#compare(stored, asked)) return true;
		this.conditions.length = length;
		return false;
	}

	#compare(stored: Expression, asked: Expression): boolean {
		if (stored.type.oid !== asked.type.oid) return false;
		switch (stored.kind) {
			case 'column':
				return asked.kind === 'column' && stored.id === asked.id;
			case 'constant':
				if (asked.kind === 'parameter') return this.#isLikely(stored, asked);
				return asked.kind === 'constant' && isSameConstant(stored.value, asked.value);
			case 'call':
				return asked.kind === 'call' && this.#isSameCall(stored, asked);
			case 'and':
			case 'or':
			case 'coalesce':
				return asked.kind === stored.kind && this.#all(stored.operands, asked.operands);
			case 'extreme':
				return asked.kind === 'extreme' && asked.greatest === stored.greatest && this.#all(stored.operands, asked.operands);
			case 'not':
				return asked.kind === 'not' && this.#compare(stored.operand, asked.operand);
			case 'is-null':
				return asked.kind === 'is-null' && stored.negated === asked.negated && stored.row === asked.row && this.#compare(stored.operand, asked.operand);
			case 'is-truth':
				return asked.kind === 'is-truth' && stored.value === asked.value && stored.negated === asked.negated && this.#compare(stored.operand, asked.operand);
			case 'in-list':
				return asked.kind === 'in-list' && this.#compare(stored.left, asked.left) && this.#all(stored.list, asked.list);
			case 'case':
				return asked.kind === 'case' && this.#all(partsOfCase(stored), partsOfCase(asked)) && (stored.otherwise === null) === (asked.otherwise === null);
			default:
				return false;
		}
	}

	#isSameCall(stored: Extract<Expression, { kind: 'call' }>, asked: Extract<Expression, { kind: 'call' }>): boolean {
		if (!isSameFunction(stored.function, asked.function) || stored.typmod !== asked.typmod || stored.variadic !== asked.variadic) return false;
		const { length } = this.conditions;
		if (this.#all(stored.arguments, asked.arguments)) return true;
		this.conditions.length = length;
		const { comparison } = stored.function;
		return comparison?.operator === '=' && comparison.equality.identity && this.#all(stored.arguments, asked.arguments.toReversed());
	}

	#all(stored: readonly Expression[], asked: readonly Expression[]): boolean {
		return stored.length === asked.length && stored.every((one, i) => this.#compare(one, asked[i]!));
	}

	#isLikely(stored: Extract<Expression, { kind: 'constant' }>, asked: Extract<Expression, { kind: 'parameter' }>): boolean {
		if (asked.likely !== undefined && !isSameConstant(stored.value, asked.likely)) return false;
		const equality = equalityOf(stored.type, this.#types);
		if (equality === undefined || !equality.identity || stored.value === null) return false;
		this.conditions.push({ index: asked.index, value: stored.value, equality });
		return true;
	}
}

function partsOfCase(expression: Extract<Expression, { kind: 'case' }>): Expression[] {
	const parts = expression.branches.flatMap((branch) => [branch.when, branch.then]);
	return expression.otherwise === null ? parts : [...parts, expression.otherwise];
}

/** Whether two values of one type look the same wherever they are shown: 1.0 is not 1.00. */
function isSameConstant(one: unknown, other: unknown): boolean {
	if (one instanceof Decimal) return other instanceof Decimal && one.scale === other.scale && String(one) === String(other);
	if (one instanceof Uint8Array) return other instanceof Uint8Array && Buffer.compare(one, other) === 0;
	return Object.is(one, other);
}
