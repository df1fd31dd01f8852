/**
 * SPARQL as a language of sessions: `session.prepareLanguage(sparqlLanguage, formatTarget(…), text)`. A query is one plan; an
 * update request, whose operations see what those before have changed, is a command in one transaction. `EXPLAIN` before a query
 * shows its plan.
 *
 * Queries whose plans differ only in their constants share one plan and so one program.
 *
 * The constants of a query are looked up in the store's dictionary when it begins to run (`LanguageQuery.begin`).
 */
import type { Dataset, Request } from '../../language/sparql/algebra.ts';
import { type CompiledQuery, compileQuery } from '../../language/sparql/compile-request.ts';
import { planShape } from '../../language/sparql/plan-shape.ts';
import { parseTarget, type SparqlFacts, type SparqlTarget } from '../../language/sparql/target.ts';
import { parseRequest } from '../../language/sparql/translate.ts';
import type { TripleStore } from '../../model/triple/contracts.ts';
import { findTripleStore } from '../../model/triple/store-definition.ts';
import { sqlError } from '../../platform/errors.ts';
import { explainText } from '../../query/executor/explain.ts';
import { NamedNode, type RdfTerm } from '../../value/rdf-term.ts';
import type { Language, LanguageAnalysis } from '../language.ts';
import type { DatabaseSession } from '../session.ts';
import { textColumns } from '../utility/handler.ts';
import { parametersOf } from './term-parameters.ts';
import { UpdateRequest } from './update-request.ts';

const EXPLAIN = /^\s*EXPLAIN\b/i;

export const sparqlLanguage: Language = {
	name: 'sparql',
	analyse(session, text, targetText) {
		const target = parseTarget(targetText);
		const store = findTripleStore(session.catalog, target.schema, target.store);
		if (store === undefined) throw sqlError('42P01', `triple store "${target.schema}.${target.store}" does not exist`);
		const explained = EXPLAIN.exec(text);
		// Blanks keep the places of errors.
		const source = explained === null ? text : ' '.repeat(explained[0].length) + text.slice(explained[0].length);
		const request = withDataset(parseRequest(source, target.base), target);
		if (explained !== null) return withReader(session, store, (likelyId) => explain(request, store, likelyId));
		if (request.kind === 'update') return withReader(session, store, (likelyId) => updateOf(request, store, target, likelyId));
		return withReader(session, store, (likelyId) => queryOf(session, request, store, target, likelyId));
	},
};

const SHAPES_MAX = 1000;

/** Plans by what they depend on and by their shape: the same plan has the same program. */
const plans = new WeakMap<object, Map<string, Pick<CompiledQuery, 'plan' | 'columns'>>>();

/** The query with the plan of an earlier one that differs from it only in its constants, if there was one. */
function shared(session: DatabaseSession, query: CompiledQuery): CompiledQuery {
	let known = plans.get(session.planKey);
	if (known === undefined) plans.set(session.planKey, (known = new Map()));
	const shape = planShape(query.plan);
	const found = known.get(shape);
	if (found !== undefined) return { ...found, constants: query.constants };
	if (known.size >= SHAPES_MAX) known.clear();
	known.set(shape, { plan: query.plan, columns: query.columns });
	return query;
}

type LikelyId = (term: RdfTerm) => number;

/** Looks constants up while a plan is made, in the open transaction or in one of its own that sees what is there now. */
function withReader<T>(session: DatabaseSession, store: TripleStore, work: (likelyId: LikelyId) => T): T {
	const open = session.currentTransaction;
	const transaction = open ?? session.engine.manager.begin({ isolation: 'read committed', readOnly: true, transient: true });
	try {
		const reader = session.engine.tripleStores.reader(transaction, store.id);
		return work((term) => reader.id(term));
	} finally {
		if (open === null) transaction.rollback();
	}
}

function queryOf(
	session: DatabaseSession,
	request: Exclude<Request, { kind: 'update' }>,
	store: TripleStore,
	target: SparqlTarget,
	likelyId: LikelyId,
): LanguageAnalysis {
	const compiled = shared(session, compileQuery(request, store, likelyId));
	const form = request.kind === 'construct' || request.kind === 'describe' ? 'graph' : request.kind;
	const facts: SparqlFacts = { form, prefixes: request.prefixes };
	return {
		kind: 'query',
		plan: compiled.plan,
		parameterNames: [],
		command: request.kind.toUpperCase(),
		columns: compiled.columns,
		dependsOnTime: false,
		facts,
		begin: (functions) => parametersOf(functions, store, compiled, target.base),
	};
}

function updateOf(request: Extract<Request, { kind: 'update' }>, store: TripleStore, target: SparqlTarget, likelyId: LikelyId): LanguageAnalysis {
	const update = new UpdateRequest(store, request.operations, target.base, likelyId);
	const facts: SparqlFacts = { form: 'update', prefixes: request.prefixes };
	return { kind: 'command', command: 'UPDATE', columns: null, parameterNames: [], facts, run: (runner) => update.run(runner) };
}

function explain(request: Request, store: TripleStore, likelyId: LikelyId): LanguageAnalysis {
	if (request.kind === 'update') throw sqlError('0A000', 'EXPLAIN takes a query, not an update', { hint: 'Explain a SELECT with the pattern of the update.' });
	const { plan } = compileQuery(request, store, likelyId);
	return {
		kind: 'command',
		command: 'EXPLAIN',
		columns: textColumns('QUERY PLAN'),
		parameterNames: [],
		run: (session) => ({
			tag: 'EXPLAIN',
			rows: explainText(session.optimizePlan(plan), null)
				.split('\n')
				.map((line) => [line]),
		}),
	};
}

/** The dataset that the protocol names takes the place of the text's. */
function withDataset(request: Request, { dataset: named }: SparqlTarget): Request {
	if (named === null) return request;
	const dataset: Dataset = { defaults: named.defaultGraphs.map((iri) => new NamedNode(iri)), named: named.namedGraphs.map((iri) => new NamedNode(iri)) };
	if (request.kind !== 'update') return { ...request, dataset };
	const operations = request.operations.map((operation) => {
		if (operation.kind !== 'modify' || operation.where === null) return operation;
		if (operation.dataset !== null || operation.graph !== null)
			throw sqlError('42601', 'an update with USING or WITH cannot be given a dataset by the protocol', {
				hint: 'Leave out using-graph-uri and using-named-graph-uri.',
			});
		return { ...operation, dataset };
	});
	return { ...request, operations };
}
