/**
 * Edges of a vertex in either direction, as the front ends of graph languages write them: all that leave it, and all that come to it but
 * loops, under common columns of which two are the vertex and the one at the other end.
 */
import { EDGE_HEAD, EDGE_TAIL } from '../../model/graph/contracts.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { conjuncts } from '../algebra/traverse.ts';
import type { OptimizerContext } from './context.ts';
import { boundEdges } from './use-adjacency.ts';

type Access = Extract<Plan, { kind: 'access' }>;

export interface BothWays {
	readonly from: Expression;
	readonly type: string;
	/** The edges that leave the vertex. */
	readonly outgoing: Access;
	/** The column with the vertex at the other end. */
	readonly end: ColumnId;
	/** Columns that are the same attribute of the edge on both sides. */
	readonly attributes: ReadonlyMap<ColumnId, number>;
	/** What else is asked of an edge, on each side, over the side's own columns: as many on both. */
	readonly predicates: readonly (readonly Expression[])[];
	/** The attribute that a column of a side's access is. */
	readonly attributeOnSide: (side: number, id: ColumnId) => number | undefined;
}

/** One side: its columns by place, its edges, and the predicates on them. */
interface Side {
	readonly columns: readonly (ColumnId | null)[];
	readonly access: Access;
	readonly predicates: readonly Expression[];
}

export function matchBothWays(plan: Plan, context: OptimizerContext): BothWays | null {
	if (plan.kind !== 'set-operation' || plan.operation !== 'union' || !plan.all) return null;
	const [left, right] = [sideOf(plan.left), sideOf(plan.right)];
	if (left === null || right === null || boundEdges(left.access, context) !== 'outgoing' || boundEdges(right.access, context) !== 'incoming') return null;
	if (left.access.table.id !== right.access.table.id) return null;
	const [from, type] = left.access.bounds[0]!.equal as readonly [Expression, Expression];
	const [to, otherType] = right.access.bounds[0]!.equal as readonly [Expression, Expression];
	if (from.kind !== 'column' || to.kind !== 'column' || from.id !== to.id) return null;
	if (type.kind !== 'constant' || otherType.kind !== 'constant' || typeof type.value !== 'string' || type.value !== otherType.value) return null;
	const isLoopTest = (p: Expression): boolean => testsLoop(p, right.access);
	const others = right.predicates.filter((p) => !isLoopTest(p));
	if (others.length !== right.predicates.length - 1 || others.length !== left.predicates.length) return null;
	const { end, attributes } = commonColumns(plan, left, right);
	if (end === null) return null;
	const attributeOnSide = (side: number, id: ColumnId) =>
		(side === 0 ? left : right).access.scan.find((s) => s.column.id === id && s.part === undefined)?.number;
	return { from, type: type.value, outgoing: left.access, end, attributes, predicates: [left.predicates, others], attributeOnSide };
}

function sideOf(plan: Plan): Side | null {
	if (plan.kind !== 'project') return null;
	const predicates = plan.input.kind === 'filter' ? conjuncts(plan.input.predicate) : [];
	const access = plan.input.kind === 'filter' ? plan.input.input : plan.input;
	if (access.kind !== 'access') return null;
	return { columns: plan.items.map(({ expression }) => (expression.kind === 'column' ? expression.id : null)), access, predicates };
}

/** `NOT (tail = head)`. */
function testsLoop(predicate: Expression, access: Access): boolean {
	const inner = predicate.kind === 'not' ? predicate.operand : null;
	if (inner?.kind !== 'call' || inner.function.comparison?.operator !== '=' || inner.arguments.length !== 2) return false;
	const numbers = inner.arguments.map((a) => (a.kind === 'column' ? access.scan.find((s) => s.column.id === a.id)?.number : undefined));
	return numbers.includes(EDGE_TAIL) && numbers.includes(EDGE_HEAD);
}

function commonColumns(plan: Plan, left: Side, right: Side): { readonly end: ColumnId | null; readonly attributes: ReadonlyMap<ColumnId, number> } {
	const number = (side: Side, place: number): number | undefined => side.access.scan.find((s) => s.column.id === side.columns[place])?.number;
	const attributes = new Map<ColumnId, number>();
	let end: ColumnId | null = null;
	plan.columns.forEach((column, place) => {
		const [one, other] = [number(left, place), number(right, place)];
		if (one !== undefined && one === other) attributes.set(column.id, one);
		else if (one === EDGE_HEAD && other === EDGE_TAIL) end = column.id;
	});
	return { end, attributes };
}
