/**
 * Walks of any length over edges: a recursion that goes one edge further each round. No walk takes an edge twice, so each ends.
 * The shortest ones are found breadth first: a vertex that was reached before is not reached again.
 */
import { filterBy } from '../../query/algebra/build.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { appendEdge, containsEdge, nextDepth, reverseEdges } from '../../query/functions/cypher/pattern-functions.ts';
import { sqlFunctions } from '../../query/functions/sql-functions.ts';
import { builtinTypes, DYNAMIC, INT8 } from '../../value/builtin-types.ts';
import { callOf, constantOf, notOf, reference, sameOf } from './algebra-build.ts';
import type * as ast from './ast.ts';
import type { CompileContext } from './compile-context.ts';
import { ONE_ROW } from './environment.ts';
import { type Direction, type EdgeSource, edgeSource } from './graph-source.ts';

export interface WalkWishes {
	readonly from: Expression;
	/** Where it must end; null: anywhere. */
	readonly goal: Expression | null;
	readonly direction: Direction;
	readonly types: ast.LabelExpression | null;
	readonly minimum: number;
	readonly maximum: number | null;
	/** The edges are wanted as values, not by their ids alone. */
	readonly asValues: boolean;
	/** They are wanted from the end to the beginning. */
	readonly reversed: boolean;
	readonly selector: ast.PathPattern['selector'];
	/** What must hold of each edge; `properties` is there. */
	readonly condition: ((edge: EdgeSource) => Expression[]) | null;
}

export interface Walk {
	readonly plan: Plan;
	/** Where it ended. */
	readonly to: Column;
	/** Its edges, in order. */
	readonly edges: Column;
}

const LESS = sqlFunctions.operators('<').find((o) => o.leftOid === INT8.oid && o.rightOid === INT8.oid)!.function;
const ID_EQUALITY = sqlFunctions.equality(INT8, builtinTypes)!;

interface Places {
	readonly node: Column;
	readonly edges: Column;
	readonly depth: Column;
}

/** The walks from a vertex, as a plan that sees it. */
export function compileWalk(context: CompileContext, wishes: WalkWishes): Walk {
	const places = (): Places => ({
		node: context.newColumn('node', INT8),
		edges: context.newColumn('edges', DYNAMIC),
		depth: context.newColumn('depth', INT8),
	});
	const columnsOf = (p: Places): Column[] => [p.node, p.edges, p.depth];
	const [begun, reached, further, walked] = [places(), places(), places(), places()];
	const name = context.newCte();
	const isShortest = wishes.selector !== 'all';
	const base: Plan = {
		kind: 'project',
		input: ONE_ROW,
		items: [
			{ column: begun.node, expression: wishes.from },
			{ column: begun.edges, expression: constantOf([], DYNAMIC) },
			{ column: begun.depth, expression: constantOf(0, INT8) },
		],
		columns: columnsOf(begun),
	};
	const working: Plan = { kind: 'working-scan', name, columns: columnsOf(reached) };
	const mayGoOn = wishes.maximum === null ? [] : [callOf(LESS, [reference(reached.depth), constantOf(wishes.maximum, INT8)])];
	const step = stepOf(context, wishes, filterBy(working, mayGoOn), reached, further);
	const recursion: Plan = {
		kind: 'recursion',
		name,
		base,
		step,
		distinct: false,
		equalities: [],
		columns: columnsOf(walked),
		...(isShortest ? { visit: { column: walked.node.id, equality: ID_EQUALITY, among: wishes.selector === 'shortest' ? 'rows' : 'rounds' } } : {}),
	};
	const conditions: Expression[] = [];
	if (wishes.minimum > 0) conditions.push(notOf(callOf(LESS, [reference(walked.depth), constantOf(wishes.minimum, INT8)])));
	if (wishes.goal !== null) conditions.push(sameOf(reference(walked.node), wishes.goal));
	let plan = filterBy(recursion, conditions);
	if (wishes.selector === 'shortest' && wishes.goal !== null)
		plan = { kind: 'limit', input: plan, count: constantOf(1, INT8), offset: null, columns: plan.columns };
	if (!wishes.reversed) return { plan, to: walked.node, edges: walked.edges };
	const edges = context.newColumn('edges', DYNAMIC);
	const items = [
		{ column: walked.node, expression: reference(walked.node) },
		{ column: edges, expression: callOf(reverseEdges, [reference(walked.edges)]) },
	];
	return { plan: { kind: 'project', input: plan, items, columns: [walked.node, edges] }, to: walked.node, edges };
}

/** One edge further than the walks of the last round. */
function stepOf(context: CompileContext, wishes: WalkWishes, working: Plan, at: Places, further: Places): Plan {
	const { asValues, condition } = wishes;
	const edge = edgeSource(context, {
		direction: wishes.direction,
		from: reference(at.node),
		types: wishes.types,
		properties: asValues || condition !== null,
	});
	const isNew = notOf(callOf(containsEdge, [reference(at.edges), reference(edge.id)]));
	const right = filterBy(edge.plan, [...(wishes.selector === 'all' ? [isNew] : []), ...(condition?.(edge) ?? [])]);
	const joined: Plan = { kind: 'apply', type: 'inner', left: working, right, on: null, columns: [...working.columns, ...right.columns] };
	const item = asValues
		? callOf(context.library.operators.edge, [edge.id, edge.type, edge.tail, edge.head, edge.properties!].map(reference))
		: reference(edge.id);
	return {
		kind: 'project',
		input: joined,
		items: [
			{ column: further.node, expression: reference(edge.to) },
			{ column: further.edges, expression: callOf(appendEdge, [reference(at.edges), item]) },
			{ column: further.depth, expression: callOf(nextDepth, [reference(at.depth)]) },
		],
		columns: [further.node, further.edges, further.depth],
	};
}
