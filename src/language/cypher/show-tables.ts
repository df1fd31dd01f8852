/**
 * What SHOW shows: indexes and constraints of the graph, procedures, functions, graphs (which Neo4j calls databases), with Neo4j's names of columns. Those that are shown without YIELD come first.
 */
import { DEFAULT_GRAPH, graphsOf } from '../../model/graph/graph-definition.ts';
import { cypherFunctions } from '../../query/functions/cypher/cypher-library.ts';
import type { GraphRule } from '../../transaction/catalog-objects.ts';
import type { ShowCommand } from './ast.ts';
import type { CompileContext } from './compile-context.ts';
import { type CypherType, typeName } from './cypher-type.ts';
import { functionSignatures } from './function-signatures.ts';
import { signatureOf } from './procedure.ts';

export interface ShownTable {
	readonly columns: readonly string[];
	/** How many of the columns are shown without YIELD. */
	readonly shownCount: number;
	readonly rows: readonly (readonly unknown[])[];
}

export function shownTable(context: CompileContext, command: ShowCommand): ShownTable {
	switch (command.subject) {
		case 'indexes':
			return indexes(context, command.filter);
		case 'constraints':
			return constraints(context);
		case 'procedures':
			return procedures(context);
		case 'functions':
			return functions();
		case 'databases':
			return databases(context, command);
	}
}

/** Rows made of fields by name, in the order of the columns. */
function tableOf(columns: readonly string[], shownCount: number, rows: readonly Readonly<Record<string, unknown>>[]): ShownTable {
	return { columns, shownCount, rows: rows.map((row) => columns.map((name) => row[name] ?? null)) };
}

const INDEX_COLUMNS = 'id name state populationPercent type entityType labelsOrTypes properties indexProvider owningConstraint options createStatement'.split(
	' ',
);
const INDEX_SHOWN_COUNT = 10;

const CONSTRAINED = new Set<GraphRule['kind']>(['unique', 'key']);

function indexes(context: CompileContext, filter: string | null): ShownTable {
	const rows = context.graph.rules
		.filter((rule) => rule.kind !== 'notNull')
		.map((rule) => ({
			id: rule.objectIds[0],
			name: rule.name,
			state: 'ONLINE',
			populationPercent: 100,
			type: rule.kind === 'lookup' ? 'LOOKUP' : 'RANGE',
			entityType: entityOf(rule),
			labelsOrTypes: rule.kind === 'lookup' ? null : [rule.label],
			properties: rule.kind === 'lookup' ? null : rule.properties,
			indexProvider: 'polylog',
			owningConstraint: CONSTRAINED.has(rule.kind) ? rule.name : null,
			options: new Map(),
			createStatement: CONSTRAINED.has(rule.kind) ? constraintText(rule) : indexText(rule),
		}))
		.filter((row) => filter === null || filter === 'ALL' || filter === row.type);
	return tableOf(INDEX_COLUMNS, INDEX_SHOWN_COUNT, rows);
}

const CONSTRAINT_COLUMNS = 'id name type entityType labelsOrTypes properties ownedIndex propertyType options createStatement'.split(' ');
const CONSTRAINT_SHOWN_COUNT = 8;
const REQUIREMENTS: Readonly<Record<string, string>> = { unique: 'UNIQUENESS', key: 'KEY', notNull: 'PROPERTY_EXISTENCE' };

function constraints(context: CompileContext): ShownTable {
	const rows = context.graph.rules
		.filter((rule) => rule.kind !== 'index' && rule.kind !== 'lookup')
		.map((rule) => ({
			id: rule.objectIds[0],
			name: rule.name,
			type: rule.entity === 'node' && rule.kind === 'unique' ? 'UNIQUENESS' : `${rule.entity === 'node' ? 'NODE' : 'RELATIONSHIP'}_${REQUIREMENTS[rule.kind]}`,
			entityType: entityOf(rule),
			labelsOrTypes: [rule.label],
			properties: rule.properties,
			ownedIndex: CONSTRAINED.has(rule.kind) ? rule.name : null,
			createStatement: constraintText(rule),
		}));
	return tableOf(CONSTRAINT_COLUMNS, CONSTRAINT_SHOWN_COUNT, rows);
}

function entityOf(rule: GraphRule): string {
	return rule.entity === 'node' ? 'NODE' : 'RELATIONSHIP';
}

function quoted(name: string): string {
	return /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

function patternText(rule: GraphRule): string {
	const label = rule.label === '' ? '' : `:${quoted(rule.label)}`;
	return rule.entity === 'node' ? `(n${label})` : `()-[n${label}]-()`;
}

function propertyTexts(rule: GraphRule): string {
	return rule.properties.map((key) => `n.${quoted(key)}`).join(', ');
}

function indexText(rule: GraphRule): string {
	const each = rule.entity === 'node' ? 'labels' : 'type';
	if (rule.kind === 'lookup') return `CREATE LOOKUP INDEX ${quoted(rule.name)} FOR ${patternText(rule)} ON EACH ${each}(n)`;
	return `CREATE RANGE INDEX ${quoted(rule.name)} FOR ${patternText(rule)} ON (${propertyTexts(rule)})`;
}

function constraintText(rule: GraphRule): string {
	const requirement = rule.kind === 'unique' ? 'UNIQUE' : rule.kind === 'notNull' ? 'NOT NULL' : `${rule.entity === 'node' ? 'NODE' : 'RELATIONSHIP'} KEY`;
	return `CREATE CONSTRAINT ${quoted(rule.name)} FOR ${patternText(rule)} REQUIRE (${propertyTexts(rule)}) IS ${requirement}`;
}

const PROCEDURE_COLUMNS = 'name description mode worksOnSystem signature argumentDescription returnDescription isDeprecated'.split(' ');
const PROCEDURE_SHOWN_COUNT = 4;

function described(name: string, type: CypherType): ReadonlyMap<string, unknown> {
	return new Map<string, unknown>([
		['name', name],
		['type', typeName(type).toUpperCase()],
		['description', ''],
		['isDeprecated', false],
	]);
}

function procedures(context: CompileContext): ShownTable {
	const rows = [...context.procedures.values()].map((procedure) => ({
		name: procedure.name,
		description: procedure.description,
		mode: procedure.mode.toUpperCase(),
		worksOnSystem: false,
		signature: signatureOf(procedure, typeName),
		argumentDescription: procedure.arguments.map((a) => described(a.name, a.type)),
		returnDescription: procedure.outputs.map((o) => described(o.name, o.type)),
		isDeprecated: false,
	}));
	return tableOf(PROCEDURE_COLUMNS, PROCEDURE_SHOWN_COUNT, rows.sort(byName));
}

const FUNCTION_COLUMNS = 'name category description signature isBuiltIn aggregating isDeprecated'.split(' ');
const FUNCTION_SHOWN_COUNT = 3;

/** Functions that the compiler carries out, and how many arguments they take at least. */
const SYNTAX_FUNCTIONS: readonly (readonly [string, number])[] = [
	['coalesce', 1],
	['endNode', 1],
	['exists', 1],
	['nullIf', 2],
	['startNode', 1],
];

function functions(): ShownTable {
	const syntactic = SYNTAX_FUNCTIONS.map(([name, count]) => ({ name, kind: 'scalar' as const, argumentOids: Array.from({ length: count }, () => 0) }));
	const rows = [...cypherFunctions(), ...syntactic].map(({ name, kind, argumentOids }) => {
		const result = functionSignatures.get(name.toLowerCase())?.result;
		const type = result === undefined || typeof result === 'function' ? 'ANY' : typeName(result).toUpperCase();
		return {
			name,
			category: kind === 'aggregate' ? 'Aggregating' : 'Scalar',
			description: '',
			signature: `${name}(${argumentOids.map((_, i) => `input${i === 0 ? '' : i + 1} :: ANY`).join(', ')}) :: ${type}`,
			isBuiltIn: true,
			aggregating: kind === 'aggregate',
			isDeprecated: false,
		};
	});
	return tableOf(FUNCTION_COLUMNS, FUNCTION_SHOWN_COUNT, rows.sort(byName));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
	return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

const DATABASE_COLUMNS = 'name type aliases access address role writer requestedStatus currentStatus statusMessage default home constituents'.split(' ');
/** What the default graph is called as a database. */
const HOME_NAME = 'neo4j';

function databases(context: CompileContext, { filter, name }: ShowCommand): ShownTable {
	const graphs = graphsOf(context.catalog).map((graph) => {
		const schema = context.catalog.get(graph.schemaId)?.name ?? 'public';
		const isHome = schema === 'public' && graph.name === DEFAULT_GRAPH;
		return { name: isHome ? HOME_NAME : schema === 'public' ? graph.name : `${schema}.${graph.name}`, isHome };
	});
	const rows = graphs
		.filter((graph) => (name === null || name.name === graph.name) && (filter === null || filter === 'ALL' || graph.isHome))
		.map((graph) => ({
			name: graph.name,
			type: 'standard',
			aliases: [],
			access: 'read-write',
			address: '',
			role: 'primary',
			writer: true,
			requestedStatus: 'online',
			currentStatus: 'online',
			statusMessage: '',
			default: graph.isHome,
			home: graph.isHome,
			constituents: [],
		}));
	return tableOf(DATABASE_COLUMNS, DATABASE_COLUMNS.length, rows.sort(byName));
}
