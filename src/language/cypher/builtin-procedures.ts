/**
 * Procedures that need nothing but a graph's tables: what names there are in it (`db.labels`, `db.relationshipTypes`, `db.propertyKeys`), and what drivers and
 * browsers ask of a server when they connect. Names are found by reading the tables, so they are what is in use, no more.
 */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { sqlFunctions } from '../../query/functions/sql-functions.ts';
import { BOOL, builtinTypes, DYNAMIC, TEXT } from '../../value/builtin-types.ts';
import { callOf, constantOf, reference } from './algebra-build.ts';
import { algorithmProcedures } from './algorithm-procedures.ts';
import type { CompileContext } from './compile-context.ts';
import { ANY_TYPE, BOOLEAN_TYPE, type CypherType, listOf, STRING_TYPE } from './cypher-type.ts';
import { type EdgeSource, edgeSource, vertexSource } from './graph-source.ts';
import type { Procedure, ProcedureOutput } from './procedure.ts';

/** Of the Cypher and Bolt that is spoken: what tools ask for before they use a feature. */
const NEO4J_VERSION = '5.26.0';

interface NameSource {
	readonly plan: Plan;
	readonly column: Column;
}

function labelsOf(context: CompileContext): NameSource {
	const { plan, labels: column } = vertexSource(context, { labels: true, properties: false, id: null, asked: null });
	return { plan, column: column! };
}

function vertexProperties(context: CompileContext): NameSource {
	const { plan, properties } = vertexSource(context, { labels: false, properties: true, id: null, asked: null });
	return { plan, column: properties! };
}

function edgesOf(context: CompileContext, properties: boolean): EdgeSource {
	return edgeSource(context, { direction: 'out', from: null, types: null, properties });
}

function typesOf(context: CompileContext): NameSource {
	const { plan, type } = edgesOf(context, false);
	return { plan, column: type };
}

function edgeProperties(context: CompileContext): NameSource {
	const { plan, properties } = edgesOf(context, true);
	return { plan, column: properties! };
}

/** The elements of a list in each row. */
function expanded(context: CompileContext, input: Plan, list: Expression): { readonly plan: Plan; readonly column: Column } {
	const column = context.newColumn('name', DYNAMIC);
	const items = [{ column, function: context.library.unwind, arguments: [list] }];
	return { plan: { kind: 'expand', input, items, columns: [...input.columns, column] }, column };
}

/** Each name once, in order, under the name of the output. */
function distinctNames(context: CompileContext, name: string, source: { readonly plan: Plan; readonly column: Column }): Plan {
	const column = context.newColumn(name, source.column.type);
	const isText = column.type.oid === TEXT.oid;
	const equality = isText ? sqlFunctions.equality(TEXT, builtinTypes)! : context.library.equivalence;
	const ordering = isText ? sqlFunctions.ordering(TEXT, builtinTypes)! : context.library.ordering;
	const groups = [{ column, expression: reference(source.column), equality }];
	const plan: Plan = { kind: 'aggregate', input: source.plan, groups, sets: [[0]], aggregates: [], grouping: [], columns: [column] };
	const keys = [{ expression: reference(column), ordering, descending: false, nullsFirst: false }];
	return { kind: 'sort', input: plan, keys, columns: plan.columns };
}

function labels(context: CompileContext): Plan {
	const { plan, column } = labelsOf(context);
	return distinctNames(context, 'label', expanded(context, plan, callOf(context.library.operators.labelList, [reference(column)])));
}

function relationshipTypes(context: CompileContext): Plan {
	return distinctNames(context, 'relationshipType', typesOf(context));
}

function propertyKeys(context: CompileContext): Plan {
	const { keysOfMap } = context.library.operators;
	const parts = [vertexProperties(context), edgeProperties(context)].map(({ plan, column }) => {
		const { plan: input, column: key } = expanded(context, plan, callOf(keysOfMap, [reference(column)]));
		const kept: Plan = { kind: 'project', input, items: [{ column: key, expression: reference(key) }], columns: [key] };
		return kept;
	});
	const column = context.newColumn('key', DYNAMIC);
	const [left, right] = parts as [Plan, Plan];
	const plan: Plan = { kind: 'set-operation', operation: 'union', all: true, left, right, equalities: [context.library.equivalence], columns: [column] };
	return distinctNames(context, 'propertyKey', { plan, column });
}

/** Rows that are known beforehand. */
function fixed(outputs: readonly ProcedureOutput[], rows: readonly (readonly unknown[])[]): Procedure['compile'] {
	return (context) => {
		const columns = outputs.map((output) => context.newColumn(output.name, DYNAMIC));
		return { kind: 'values', rows: rows.map((row) => row.map((value) => constantOf(value, typeof value === 'boolean' ? BOOL : DYNAMIC))), columns };
	};
}

function outputs(...pairs: readonly (readonly [string, CypherType])[]): readonly ProcedureOutput[] {
	return pairs.map(([name, type]) => ({ name, type }));
}

const COMPONENTS = outputs(['name', STRING_TYPE], ['versions', listOf(STRING_TYPE)], ['edition', STRING_TYPE]);
const PING = outputs(['success', BOOLEAN_TYPE]);
const CLIENT_CONFIG = outputs(['name', STRING_TYPE], ['description', STRING_TYPE], ['value', STRING_TYPE], ['dynamic', BOOLEAN_TYPE]);
const QUERIES = outputs(['name', STRING_TYPE], ['description', STRING_TYPE], ['attributes', ANY_TYPE]);

const PROCEDURES: readonly Procedure[] = [
	{
		name: 'db.labels',
		description: 'All labels of nodes in the graph.',
		mode: 'read',
		arguments: [],
		outputs: outputs(['label', STRING_TYPE]),
		compile: labels,
	},
	{
		name: 'db.relationshipTypes',
		description: 'All types of relationships in the graph.',
		mode: 'read',
		arguments: [],
		outputs: outputs(['relationshipType', STRING_TYPE]),
		compile: relationshipTypes,
	},
	{
		name: 'db.propertyKeys',
		description: 'All keys of properties in the graph.',
		mode: 'read',
		arguments: [],
		outputs: outputs(['propertyKey', STRING_TYPE]),
		compile: propertyKeys,
	},
	{ name: 'db.ping', description: 'Answers.', mode: 'read', arguments: [], outputs: PING, compile: fixed(PING, [[true]]) },
	{
		name: 'dbms.components',
		description: 'The server, and the version of Cypher that it speaks.',
		mode: 'dbms',
		arguments: [],
		outputs: COMPONENTS,
		compile: fixed(COMPONENTS, [['Polylog', [NEO4J_VERSION], 'community']]),
	},
	{
		name: 'dbms.clientConfig',
		description: 'Settings for clients: there are none.',
		mode: 'dbms',
		arguments: [],
		outputs: CLIENT_CONFIG,
		compile: fixed(CLIENT_CONFIG, []),
	},
	{
		name: 'dbms.queryJmx',
		description: 'Management beans: there are none.',
		mode: 'dbms',
		arguments: [{ name: 'query', type: STRING_TYPE }],
		outputs: QUERIES,
		compile: fixed(QUERIES, []),
	},
];

/** By name in lower case. */
export const builtinProcedures: ReadonlyMap<string, Procedure> = new Map([...PROCEDURES, ...algorithmProcedures].map((p) => [p.name.toLowerCase(), p]));
