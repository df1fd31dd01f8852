/**
 * Cypher as a language of sessions: the graph that a text is about, and the text compiled over it. A target is `schema.graph`. The
 * graph `public.default` is made at its first use.
 */
import { compileMatch } from '../../language/cypher/compile-pattern.ts';
import { compileUpdate } from '../../language/cypher/compile-update.ts';
import { compileStatement, graphNamed } from '../../language/cypher/compiler.ts';
import type { GraphSchema } from '../../language/cypher/graph-schema.ts';
import { parse } from '../../language/cypher/parser.ts';
import { createGraph, DEFAULT_GRAPH, findGraph, graphTables } from '../../model/graph/graph-definition.ts';
import type { OverlayGraph } from '../../model/graph/overlay-graph.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { cypherLibrary } from '../../query/functions/cypher/cypher-library.ts';
import type { GraphObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import type { Language, LanguageAnalysis } from '../language.ts';
import type { DatabaseSession } from '../session.ts';
import { commandParameters, type GraphCommand, liveRules, runGraphCommand } from './graph-commands.ts';

const PUBLIC = 'public';
const COMMANDS: Readonly<Record<GraphCommand['kind'], string>> = {
	createIndex: 'CREATE INDEX',
	dropIndex: 'DROP INDEX',
	createConstraint: 'CREATE CONSTRAINT',
	dropConstraint: 'DROP CONSTRAINT',
};
/** What the default graph is called, as a database of Neo4j. */
const HOME_NAMES = new Set(['', 'neo4j', 'polylog', DEFAULT_GRAPH]);

export const cypherLanguage: Language = {
	name: 'cypher',
	analyse(session: DatabaseSession, text: string, target: string): LanguageAnalysis {
		const statement = parse(text);
		const graph = requireGraph(session, graphNamed(statement) ?? target);
		const options = {
			catalog: session.catalog,
			graph: schemaOf(session, graph),
			library: cypherLibrary,
			clauses: { match: compileMatch, update: compileUpdate },
		};
		const compiled = compileStatement(text, statement, options);
		if (compiled.kind === 'command') {
			const { command } = compiled;
			return {
				kind: 'command',
				command: COMMANDS[command.kind],
				columns: null,
				parameterNames: commandParameters(command),
				run: (running, parameters) => runGraphCommand(running, graph.id, command, parameters),
			};
		}
		const { columns, parameterNames, command, mode } = compiled;
		const returns = columns.length > 0;
		const plan: Plan = returns ? compiled.plan : { kind: 'barrier', input: compiled.plan, each: false, discards: true, columns: [] };
		return {
			kind: 'query',
			plan,
			parameterNames,
			command,
			columns: returns ? columns : null,
			dependsOnTime: false,
			...(mode === 'run' ? {} : { mode }),
		};
	},
};

function schemaOf(session: DatabaseSession, graph: GraphObject): GraphSchema {
	return { id: graph.id, name: graph.name, rules: liveRules(graph, session.catalog), ...partsOf(session, graph) };
}

function partsOf({ catalog }: DatabaseSession, graph: GraphObject): Pick<GraphSchema, 'own' | 'overlay'> {
	if (graph.verticesId !== 0) return { own: graphTables(catalog, graph), overlay: null };
	const tableOf = (id: ObjectId): TableObject => {
		const table = catalog.get(id);
		if (table?.kind !== 'table') throw sqlError('42P01', `a table of graph "${graph.name}" does not exist any more`);
		return table;
	};
	return { own: null, overlay: { graph: graph.definition as OverlayGraph, tableOf } };
}

/** The graph of a name or of `schema.name`; the default one is made when it is not there. Throws 3D000. */
export function requireGraph(session: DatabaseSession, target: string): GraphObject {
	const dot = target.indexOf('.');
	const schema = dot < 0 ? PUBLIC : target.slice(0, dot);
	const written = target.slice(dot + 1);
	const name = schema === PUBLIC && HOME_NAMES.has(written) ? DEFAULT_GRAPH : written;
	const found = findGraph(session.catalog, schema, name);
	if (found !== undefined) return found;
	if (schema !== PUBLIC || name !== DEFAULT_GRAPH)
		throw sqlError('3D000', `graph "${target}" does not exist`, { hint: "Make it with SELECT polylog.create_graph('name')." });
	makeDefaultGraph(session);
	const made = findGraph(session.catalog, schema, name);
	if (made === undefined) throw sqlError('3D000', 'the default graph was made after this transaction began', { hint: 'Run the transaction again.' });
	return made;
}

/** Makes the default graph in a transaction of its own: once in the life of a database. */
function makeDefaultGraph(session: DatabaseSession): void {
	const { manager } = session.engine;
	const transaction = manager.begin({ transient: true });
	try {
		const schema = transaction.catalog.findSchema(PUBLIC);
		if (schema?.kind !== 'schema') throw sqlError('3F000', 'schema "public" does not exist', { hint: 'The default graph is in it: make it again.' });
		createGraph(transaction, schema, DEFAULT_GRAPH, session.currentUser);
	} catch (error) {
		transaction.rollback();
		throw error;
	}
	const ticket = transaction.commit(session.durability);
	if (!ticket.durable) ticket.waitSync();
	// The open transaction sees it from its next statement on, which is this one.
	session.block?.transaction.startStatement();
}
