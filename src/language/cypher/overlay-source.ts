/**
 * Vertices and edges of a graph over other tables: each table is a projection of its rows, and all that can be meant are one union.
 * A vertex that is known by its id is found by the key of its table.
 */
import type { OverlayEnd, OverlayNodes, OverlayProperties, OverlayRelationships } from '../../model/graph/overlay-graph.ts';
import { filterBy } from '../../query/algebra/build.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { pairId, propertiesOfColumns, scaledId, unscaledIds } from '../../query/functions/cypher/overlay-functions.ts';
import { sqlFunctions } from '../../query/functions/sql-functions.ts';
import { builtinTypes, INT4, INT8, PROPERTIES, TEXT } from '../../value/builtin-types.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { Type } from '../../value/type.ts';
import { callOf, constantOf, isNull, notOf, reference, sameOf, textOf } from './algebra-build.ts';
import type * as ast from './ast.ts';
import type { CompileContext } from './compile-context.ts';
import type { OverlaySchema } from './graph-schema.ts';
import { type EdgeSource, type EdgeWishes, scanOf, type VertexSource, type VertexWishes } from './graph-source.ts';

const TEXT_ARRAY = builtinTypes.typeByOid(TEXT.arrayOid)!;

/** A table's rows, with the columns asked for by their numbers. */
class Rows {
	readonly plan: Plan;
	readonly #columns: readonly Column[];
	readonly #numbers: readonly number[];

	constructor(context: CompileContext, overlay: OverlaySchema, tableId: number, numbers: readonly number[]) {
		this.#numbers = [...new Set(numbers)];
		const { plan, columns } = scanOf(context, overlay.tableOf(tableId), this.#numbers);
		this.plan = plan;
		this.#columns = columns;
	}

	column(number: number): Expression {
		return reference(this.#columns[this.#numbers.indexOf(number)]!);
	}

	properties(of: OverlayProperties): Expression {
		const items = of.flatMap(([property, number]) => [textOf(property), this.column(number)]);
		return callOf(propertiesOfColumns, items);
	}
}

function placeOf(place: number): Expression {
	return constantOf(place, INT4);
}

/** Whether a column holds the key of the vertex with this id. */
function holdsKey(column: Expression, id: Expression, place: number): Expression {
	const unscaled = callOf(unscaledIds.get(column.type.oid)!, [id, placeOf(place)]);
	return callOf(equalityOf(column.type), [column, unscaled]);
}

function equalityOf(type: Type): Parameters<typeof callOf>[0] {
	return sqlFunctions.operators('=').find((o) => o.leftOid === type.oid && o.rightOid === type.oid)!.function;
}

/** Projections of the same columns as one plan; no row when there is none. */
function unionOf(context: CompileContext, columns: readonly (readonly [string, Type])[], parts: readonly Plan[]): Plan {
	const fresh = (): Column[] => columns.map(([name, type]) => context.newColumn(name, type));
	if (parts.length === 0) return { kind: 'values', rows: [], columns: fresh() };
	return parts.reduce((left, right): Plan => ({ kind: 'set-operation', operation: 'union', all: true, left, right, equalities: [], columns: fresh() }));
}

function projected(context: CompileContext, input: Plan, columns: readonly (readonly [string, Type])[], values: readonly Expression[]): Plan {
	const items = columns.map(([name, type], i) => ({ column: context.newColumn(name, type), expression: values[i]! }));
	return { kind: 'project', input, items, columns: items.map((item) => item.column) };
}

export function overlayVertices(context: CompileContext, overlay: OverlaySchema, wishes: VertexWishes): VertexSource {
	const columns: (readonly [string, Type])[] = [['id', INT8]];
	if (wishes.labels) columns.push(['labels', TEXT_ARRAY]);
	if (wishes.properties) columns.push(['properties', PROPERTIES]);
	const parts = overlay.graph.nodes.flatMap((nodes, place) =>
		mayHave(wishes.asked, nodes.labels) ? [nodePart(context, overlay, wishes, columns, nodes, place)] : [],
	);
	const plan = unionOf(context, columns, parts);
	return { plan, id: plan.columns[0]!, labels: wishes.labels ? plan.columns[1]! : null, properties: wishes.properties ? plan.columns.at(-1)! : null };
}

function nodePart(
	context: CompileContext,
	overlay: OverlaySchema,
	wishes: VertexWishes,
	columns: readonly (readonly [string, Type])[],
	nodes: OverlayNodes,
	place: number,
): Plan {
	const rows = new Rows(context, overlay, nodes.tableId, [nodes.key, ...(wishes.properties ? nodes.properties.map(([, number]) => number) : [])]);
	const key = rows.column(nodes.key);
	const values: Expression[] = [callOf(scaledId, [key, placeOf(place)])];
	if (wishes.labels) values.push(constantOf(PgArray.of(nodes.labels), TEXT_ARRAY));
	if (wishes.properties) values.push(rows.properties(nodes.properties));
	return projected(context, filterBy(rows.plan, wishes.id === null ? [] : [holdsKey(key, wishes.id, place)]), columns, values);
}

export function overlayEdges(context: CompileContext, overlay: OverlaySchema, wishes: EdgeWishes): EdgeSource {
	const columns: (readonly [string, Type])[] = [
		['id', INT8],
		['type', TEXT],
		['tail', INT8],
		['head', INT8],
		['from', INT8],
		['to', INT8],
	];
	if (wishes.properties) columns.push(['properties', PROPERTIES]);
	const parts = overlay.graph.relationships.flatMap((kind, place) => {
		if (!mayHave(wishes.types, [kind.type])) return [];
		const part = (direction: 'out' | 'in'): Plan => edgePart(context, overlay, { ...wishes, direction }, columns, kind, place);
		if (wishes.direction !== 'both') return [part(wishes.direction)];
		return [part('out'), withoutLoops(part('in'))];
	});
	const plan = unionOf(context, columns, parts);
	const [id, type, tail, head, from, to] = plan.columns as [Column, Column, Column, Column, Column, Column];
	return { plan, id, type, tail, head, from, to, properties: wishes.properties ? plan.columns[6]! : null };
}

function withoutLoops(plan: Plan): Plan {
	const [, , tail, head] = plan.columns as [Column, Column, Column, Column];
	return filterBy(plan, [notOf(sameOf(reference(tail), reference(head)))]);
}

function edgePart(
	context: CompileContext,
	overlay: OverlaySchema,
	wishes: EdgeWishes,
	columns: readonly (readonly [string, Type])[],
	kind: OverlayRelationships,
	place: number,
): Plan {
	const properties = wishes.properties ? kind.properties.map(([, number]) => number) : [];
	const rows = new Rows(context, overlay, kind.tableId, [kind.from.column, kind.to.column, ...(kind.key === 0 ? [] : [kind.key]), ...properties]);
	const idOf = (end: OverlayEnd): Expression => callOf(scaledId, [rows.column(end.column), placeOf(end.node)]);
	const [tail, head] = [idOf(kind.from), idOf(kind.to)];
	const begin = wishes.direction === 'out' ? kind.from : kind.to;
	const conditions = [kind.from, kind.to].map((end) => isNull(rows.column(end.column), true));
	if (wishes.from !== null) conditions.push(holdsKey(rows.column(begin.column), wishes.from, begin.node));
	const id =
		kind.key === 0
			? callOf(pairId, [rows.column(kind.from.column), rows.column(kind.to.column), placeOf(place)])
			: callOf(scaledId, [rows.column(kind.key), placeOf(place)]);
	const [from, to] = wishes.direction === 'out' ? [tail, head] : [head, tail];
	const values = [id, textOf(kind.type), tail, head, from, to];
	if (wishes.properties) values.push(rows.properties(kind.properties));
	return projected(context, filterBy(rows.plan, conditions), columns, values);
}

/** Whether something with exactly these names can be what is asked. */
function mayHave(asked: ast.LabelExpression | null, names: readonly string[]): boolean {
	if (asked === null) return true;
	switch (asked.kind) {
		case 'labelName':
			return names.includes(asked.name);
		case 'labelWildcard':
			return names.length > 0;
		case 'labelNot':
			return !mayHave(asked.operand, names);
		case 'labelAnd':
			return asked.operands.every((operand) => mayHave(operand, names));
		case 'labelOr':
			return asked.operands.some((operand) => mayHave(operand, names));
	}
}
