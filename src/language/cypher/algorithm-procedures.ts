/**
 * Procedures that run algorithms over the whole graph (`query/executor/runtime/algorithm-run.ts`). `type` null stands for relationships of
 * all types. What they yield is a node and a value for each row.
 */
import { sqlError } from '../../platform/errors.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { DYNAMIC, INT8 } from '../../value/builtin-types.ts';
import { callOf, constantOf, reference } from './algebra-build.ts';
import type { CompileContext } from './compile-context.ts';
import { type CypherType, FLOAT_TYPE, INTEGER_TYPE, NODE_TYPE, NUMBER_TYPE, STRING_TYPE } from './cypher-type.ts';
import { vertexSource } from './graph-source.ts';
import type { Procedure, ProcedureArgument } from './procedure.ts';

type Algorithm = Extract<Plan, { kind: 'graph-algorithm' }>['algorithm'];

function argument(name: string, type: CypherType): ProcedureArgument {
	return { name, type };
}

/** One that may be left out: null is what the algorithm takes by itself. */
function optional(name: string, type: CypherType): ProcedureArgument {
	return { name, type, default: constantOf(null, DYNAMIC) };
}

function procedure(algorithm: Algorithm, description: string, items: readonly ProcedureArgument[], value: string, type: CypherType): Procedure {
	return {
		name: `algo.${algorithm}`,
		description,
		mode: 'read',
		arguments: items,
		outputs: [
			{ name: 'node', type: NODE_TYPE },
			{ name: value, type },
		],
		compile: (context, values) => compile(context, algorithm, values, value, type),
	};
}

/** For each row of the algorithm its node. */
function compile(context: CompileContext, algorithm: Algorithm, values: readonly Expression[], valueName: string, type: CypherType): Plan {
	const { own } = context.graph;
	if (own === null)
		throw sqlError('0A000', `algo.${algorithm} runs over graphs with tables of their own`, { hint: 'Copy what it is about into such a graph.' });
	const id = context.newColumn('id', INT8);
	const value = context.newColumn(valueName, type.kind === 'integer' ? INT8 : DYNAMIC);
	const rows: Plan = { kind: 'graph-algorithm', algorithm, edges: own.edges, vertices: own.vertices, arguments: values, columns: [id, value] };
	const vertex = vertexSource(context, { labels: true, properties: true, id: reference(id), asked: null });
	const joined: Plan = { kind: 'apply', type: 'inner', left: rows, right: vertex.plan, on: null, columns: [...rows.columns, ...vertex.plan.columns] };
	const node = context.newColumn('node', DYNAMIC);
	const items = [
		{ column: node, expression: callOf(context.library.operators.vertex, [vertex.id, vertex.labels!, vertex.properties!].map(reference)) },
		{ column: value, expression: reference(value) },
	];
	return { kind: 'project', input: joined, items, columns: [node, value] };
}

const TYPE = optional('type', STRING_TYPE);

export const algorithmProcedures: readonly Procedure[] = [
	procedure(
		'bfs',
		'Nodes that walks from a node lead to, nearest first, with their distance in relationships.',
		[argument('source', NODE_TYPE), TYPE, optional('maxDepth', INTEGER_TYPE)],
		'depth',
		INTEGER_TYPE,
	),
	procedure(
		'shortestPath',
		'The nodes of the cheapest walk from one node to another, in order, with the cost so far: the sum of a property of relationships, or their count.',
		[argument('source', NODE_TYPE), argument('target', NODE_TYPE), TYPE, optional('weight', STRING_TYPE)],
		'cost',
		FLOAT_TYPE,
	),
	procedure(
		'pageRank',
		'The PageRank of every node; all ranks add up to 1.',
		[TYPE, optional('iterations', INTEGER_TYPE), optional('damping', NUMBER_TYPE)],
		'score',
		FLOAT_TYPE,
	),
	procedure(
		'connectedComponents',
		'Every node with the least id of a node that relationships join it to, whatever their direction.',
		[TYPE],
		'component',
		INTEGER_TYPE,
	),
	procedure(
		'triangleCount',
		'Every node with the number of triangles that it is a corner of, whatever the direction of relationships.',
		[TYPE],
		'triangles',
		INTEGER_TYPE,
	),
];
