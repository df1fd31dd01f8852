/**
 * Joins by condition, which become hash joins (one without equalities has a table with a single key), and `apply`, which runs
 * its right side inside the loop of its left one.
 */
import type { ColumnId, Expression } from '../../algebra/expression.ts';
import type { Plan } from '../../algebra/plan.ts';
import { columnsRead, conjunction, conjuncts, endsInBarrier } from '../../algebra/traverse.ts';
import type { Equality } from '../../functions/contracts.ts';
import { emitPairTest, isPairOfEdges } from './adjacency-sources.ts';
import { type JoinKey, produceHashJoin } from './hash-joins.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';
import { emitFilter } from './row-operators.ts';

/** Equalities of ON between one side and the other become keys; the rest stays a residual. */
export function produceJoin(pipeline: PipelineBuilder, plan: PlanOf<'join'>, consume: Consume): void {
	const left = new Set(plan.left.columns.map((c) => c.id));
	const right = new Set(plan.right.columns.map((c) => c.id));
	const keys: JoinKey[] = [];
	const rest: Expression[] = [];
	for (const conjunct of conjuncts(plan.on)) {
		const key = asKey(conjunct, left, right);
		if (key === null) rest.push(conjunct);
		else keys.push(key);
	}
	produceHashJoin(pipeline, { ...plan, kind: 'hash-join', keys, residual: conjunction(rest) }, consume);
}

function asKey(e: Expression, left: ReadonlySet<ColumnId>, right: ReadonlySet<ColumnId>): JoinKey | null {
	let sides: [Expression, Expression];
	let equality: Equality;
	let nullsEqual = false;
	if (e.kind === 'call' && e.function.comparison?.operator === '=' && e.arguments.length === 2) {
		sides = [e.arguments[0]!, e.arguments[1]!];
		equality = e.function.comparison.equality;
	} else if (e.kind === 'is-distinct' && e.negated) {
		sides = [e.left, e.right];
		equality = e.equality;
		nullsEqual = true;
	} else return null;
	const within = (x: Expression, ids: ReadonlySet<ColumnId>): boolean => {
		const read = [...columnsRead(x)];
		return read.some((id) => ids.has(id)) && !read.some((id) => (ids === left ? right : left).has(id));
	};
	if (within(sides[0], left) && within(sides[1], right)) return { left: sides[0], right: sides[1], equality, nullsEqual };
	if (within(sides[1], left) && within(sides[0], right)) return { left: sides[1], right: sides[0], equality, nullsEqual };
	return null;
}

export function produceApply(pipeline: PipelineBuilder, plan: PlanOf<'apply'>, consume: Consume): void {
	const isAnew = endsInBarrier(plan.left);
	produce(pipeline, plan.left, () => {
		if (plan.type === 'inner' && !isAnew && markSingle(pipeline, plan.right))
			produce(pipeline, plan.right, () => {
				emitFilter(pipeline, plan.on);
				consume();
			});
		else if (plan.type === 'inner')
			pipeline.exitBlock(() =>
				produceRight(pipeline, plan, isAnew, (outside) => {
					emitFilter(pipeline, plan.on);
					outside(() => pipeline.outsideExit(consume));
				}),
			);
		else if (plan.type === 'left') emitLeftApply(pipeline, plan, isAnew, consume);
		else if (!isAnew && plan.on === null && isPairOfEdges(plan.right)) emitPairTest(pipeline, plan, plan.right, consume);
		else emitSemiApply(pipeline, plan, isAnew, consume);
	});
}

/**
 * A right side of one row at most, without a loop of its own: a row by its whole key, filtered. It is marked to be written so, in
 * line: a row that is not there gives up the row of the left.
 */
function markSingle(pipeline: PipelineBuilder, plan: Plan): boolean {
	if (plan.kind === 'filter') return markSingle(pipeline, plan.input);
	if (plan.kind !== 'access' || plan.bounds.length !== 1 || plan.integers !== undefined || plan.reverse) return false;
	const isPrimary = plan.index === null || plan.index.primary;
	const isWhole = isPrimary && plan.bounds[0]!.equal.length === plan.table.primaryKey.length && !(plan.bounds[0]!.equalNulls ?? []).includes(true);
	const isSingle = plan.adjacency === undefined ? isWhole : plan.adjacency.kind === 'vertex';
	if (isSingle) pipeline.program.singles.add(plan);
	return isSingle;
}

/** The right side for one row of the left. Behind a barrier nothing of it may be left from before. */
function produceRight(pipeline: PipelineBuilder, plan: PlanOf<'apply'>, isAnew: boolean, row: (outside: (rest: () => void) => void) => void): void {
	if (isAnew) pipeline.program.runAnew((outside) => produce(pipeline, plan.right, () => row(outside)));
	else produce(pipeline, plan.right, () => row((rest) => rest()));
}

function emitSemiApply(pipeline: PipelineBuilder, plan: PlanOf<'apply'>, isAnew: boolean, consume: Consume): void {
	const matched = pipeline.persistent('m', '0');
	pipeline.emit(`${matched} = 0;`);
	pipeline.exitBlock(() =>
		produceRight(pipeline, plan, isAnew, () => {
			emitFilter(pipeline, plan.on);
			pipeline.emit(`${matched} = 1;`);
			pipeline.emit(pipeline.exit());
		}),
	);
	pipeline.emit(`if (${matched} ${plan.type === 'semi' ? '===' : '!=='} 0) ${pipeline.skip()}`);
	consume();
}

function emitLeftApply(pipeline: PipelineBuilder, plan: PlanOf<'apply'>, isAnew: boolean, consume: Consume): void {
	const columns = pipeline.neededOf(plan.right.columns);
	const locals = columns.map(() => pipeline.temporary('v'));
	/** 0: no match yet; 1: matched; 2: the row of nulls was given. */
	const matched = pipeline.persistent('m', '0');
	pipeline.emit(`${matched} = 0;`);
	pipeline.pullLoop(
		(label) => pipeline.emit(`if (${matched} === 2) ${pipeline.leave(label)}`),
		(pull) =>
			produceRight(pipeline, plan, isAnew, () => {
				emitFilter(pipeline, plan.on);
				columns.forEach((c, i) => {
					pipeline.emit(`${locals[i]} = ${pipeline.use(c.id)};`);
				});
				pipeline.emit(`${matched} = 1;`);
				pull();
			}),
		(label) => {
			pipeline.emit(`if (${matched} !== 0) ${pipeline.leave(label)}`);
			pipeline.emit(`${matched} = 2;`);
			for (const local of locals) pipeline.emit(`${local} = null;`);
		},
		() => {
			columns.forEach((c, i) => {
				pipeline.bind(c.id, pipeline.assigned(locals[i]!, true));
			});
			consume();
		},
	);
}
