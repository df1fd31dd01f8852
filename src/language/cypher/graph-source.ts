/**
 * How vertices and edges of a graph are read: all that patterns know of where they are. Another way to read them (a derived store of
 * adjacency) would take its place here.
 */
import { EDGE_HEAD, EDGE_ID, EDGE_PROPERTIES, EDGE_TAIL, EDGE_TYPE, VERTEX_ID, VERTEX_LABELS, VERTEX_PROPERTIES } from '../../model/graph/contracts.ts';
import { filterBy } from '../../query/algebra/build.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { sqlFunctions } from '../../query/functions/sql-functions.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import { BOOL, builtinTypes, TEXT } from '../../value/builtin-types.ts';
import { allOf, anyOf, callOf, constantOf, notOf, reference, sameOf, textOf } from './algebra-build.ts';
import type * as ast from './ast.ts';
import type { CompileContext } from './compile-context.ts';
import { overlayEdges, overlayVertices } from './overlay-source.ts';

/** Rows of vertices. */
export interface VertexSource {
	readonly plan: Plan;
	readonly id: Column;
	readonly labels: Column | null;
	readonly properties: Column | null;
}

/** Rows of edges. */
export interface EdgeSource {
	readonly plan: Plan;
	readonly id: Column;
	readonly type: Column;
	readonly tail: Column;
	readonly head: Column;
	readonly properties: Column | null;
	/** The vertex where the walk over the edge begins, and the one where it ends. */
	readonly from: Column;
	readonly to: Column;
}

/** Over an edge from its tail to its head, the other way, or both. */
export type Direction = 'out' | 'in' | 'both';

export function scanOf(context: CompileContext, table: TableObject, numbers: readonly number[]): { readonly plan: Plan; readonly columns: readonly Column[] } {
	const scan = numbers.map((number) => {
		const { name, typeOid } = table.columns.find((c) => c.number === number)!;
		return { column: context.newColumn(name, context.catalog.typeByOid(typeOid) ?? TEXT), number };
	});
	const columns = scan.map((s) => s.column);
	return { plan: { kind: 'scan', table, scan, columns }, columns };
}

/** What is asked of vertices. */
export interface VertexWishes {
	readonly labels: boolean;
	readonly properties: boolean;
	/** The one that is asked for; null: all. */
	readonly id: Expression | null;
	/** Labels of which the caller makes sure: sources that cannot have them are left out. */
	readonly asked: ast.LabelExpression | null;
}

/** Vertices. */
export function vertexSource(context: CompileContext, wishes: VertexWishes): VertexSource {
	const { own, overlay } = context.graph;
	if (own === null) return overlayVertices(context, overlay!, wishes);
	const numbers = [VERTEX_ID, ...(wishes.labels ? [VERTEX_LABELS] : []), ...(wishes.properties ? [VERTEX_PROPERTIES] : [])];
	const { plan, columns } = scanOf(context, own.vertices, numbers);
	const id = columns[0]!;
	return {
		plan: filterBy(plan, wishes.id === null ? [] : [sameOf(reference(id), wishes.id)]),
		id,
		labels: wishes.labels ? columns[1]! : null,
		properties: wishes.properties ? columns.at(-1)! : null,
	};
}

/** What is asked of edges. */
export interface EdgeWishes {
	readonly direction: Direction;
	/** The vertex where the walk begins; null: any. */
	readonly from: Expression | null;
	readonly types: ast.LabelExpression | null;
	readonly properties: boolean;
}

/** Edges to be walked; in both directions each comes twice, but for loops. */
export function edgeSource(context: CompileContext, wishes: EdgeWishes): EdgeSource {
	const { own, overlay } = context.graph;
	if (own === null) return overlayEdges(context, overlay!, wishes);
	if (wishes.direction !== 'both') return directedEdges(context, own.edges, wishes, wishes.direction, false);
	const out = directedEdges(context, own.edges, wishes, 'out', false);
	const back = directedEdges(context, own.edges, wishes, 'in', true);
	const sides = [out, back].map((side) => inOrder(context, side));
	const columns = sides[0]!.columns.map((c) => context.newColumn(c.name, c.type));
	const plan: Plan = { kind: 'set-operation', operation: 'union', all: true, left: sides[0]!, right: sides[1]!, equalities: [], columns };
	const [id, type, tail, head, from, to] = columns as [Column, Column, Column, Column, Column, Column];
	return { plan, id, type, tail, head, from, to, properties: wishes.properties ? columns[6]! : null };
}

function directedEdges(context: CompileContext, edges: TableObject, wishes: EdgeWishes, direction: 'out' | 'in', skipsLoops: boolean): EdgeSource {
	const numbers = [EDGE_ID, EDGE_TYPE, EDGE_TAIL, EDGE_HEAD, ...(wishes.properties ? [EDGE_PROPERTIES] : [])];
	const { plan, columns } = scanOf(context, edges, numbers);
	const [id, type, tail, head] = columns as [Column, Column, Column, Column];
	const [from, to] = direction === 'out' ? [tail, head] : [head, tail];
	const predicates: Expression[] = [];
	if (wishes.from !== null) predicates.push(sameOf(reference(from), wishes.from));
	if (wishes.types !== null) predicates.push(typePredicate(wishes.types, reference(type)));
	if (skipsLoops) predicates.push(notOf(sameOf(reference(tail), reference(head))));
	return { plan: filterBy(plan, predicates), id, type, tail, head, from, to, properties: wishes.properties ? columns[4]! : null };
}

/** The columns of one direction, in the order that both have. `from` and `to` are columns of their own. */
function inOrder(context: CompileContext, source: EdgeSource): Plan {
	const { id, type, tail, head, from, to, properties } = source;
	const items = [id, type, tail, head, from, to, ...(properties === null ? [] : [properties])].map((column, place) => ({
		column: place === 4 || place === 5 ? context.newColumn(column.name, column.type) : column,
		expression: reference(column),
	}));
	return { kind: 'project', input: source.plan, items, columns: items.map((i) => i.column) };
}

/** Whether a relationship's type is what is asked. */
export function typePredicate(asked: ast.LabelExpression, type: Expression): Expression {
	const names = typeNames(asked);
	if (names !== null && names.length > 1) {
		const equality = sqlFunctions.equality(TEXT, builtinTypes)!;
		return { kind: 'in-list', left: type, list: names.map(textOf), equality, type: BOOL };
	}
	return labelLogic(asked, (name) => sameOf(type, textOf(name)), constantOf(true, BOOL));
}

/** Whether a vertex's labels are what is asked. */
export function labelPredicate(context: CompileContext, asked: ast.LabelExpression, labels: Expression): Expression {
	const { operators } = context.library;
	return labelLogic(asked, (name) => callOf(operators.labelsContain, [labels, textOf(name)]), callOf(operators.hasAnyLabel, [labels]));
}

function labelLogic(asked: ast.LabelExpression, has: (name: string) => Expression, any: Expression): Expression {
	const part = (operand: ast.LabelExpression): Expression => labelLogic(operand, has, any);
	switch (asked.kind) {
		case 'labelName':
			return has(asked.name);
		case 'labelWildcard':
			return any;
		case 'labelNot':
			return notOf(part(asked.operand));
		case 'labelAnd':
			return allOf(asked.operands.map(part));
		case 'labelOr':
			return anyOf(asked.operands.map(part));
	}
}

/** The types of which a relationship must have one; null when it is not as simple as that. */
export function typeNames(asked: ast.LabelExpression | null): readonly string[] | null {
	if (asked === null) return null;
	if (asked.kind === 'labelName') return [asked.name];
	if (asked.kind !== 'labelOr') return null;
	const names = asked.operands.map(typeNames);
	return names.every((n) => n !== null) ? [...new Set(names.flat())] : null;
}

/** True when no relationship is of one and of the other. */
export function areDisjoint(left: readonly string[] | null, right: readonly string[] | null): boolean {
	return left !== null && right !== null && !left.some((name) => right.includes(name));
}
