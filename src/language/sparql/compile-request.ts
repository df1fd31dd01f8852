/**
 * A request → plans. What a query gives: SELECT a column of terms for each variable, ASK one row of a truth value, CONSTRUCT and
 * DESCRIBE the columns subject, predicate and object of triples, each once. DESCRIBE is the concise bounded description: the
 * triples of the resource, and of the blank nodes that they lead to.
 */
import type { TripleStore } from '../../model/triple/contracts.ts';
import { columnOf, filterBy } from '../../query/algebra/build.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { blankOfText, isBlankId, isNodeTerm, solutionName, termFunctions } from '../../query/functions/sparql/term-functions.ts';
import { BOOL, INT8, TEXT } from '../../value/builtin-types.ts';
import { type NamedNode, RDF_TERM, type RdfTerm, stringLiteral } from '../../value/rdf-term.ts';
import type { Dataset, Operation, QuadTemplate, Request, Selection, Slot } from './algebra.ts';
import { projectedNames } from './checks.ts';
import { compilePattern } from './compile-pattern.ts';
import { compileSelection, shown } from './compile-selection.ts';
import { compileTriple, type Place } from './compile-triple.ts';
import { call, idEquality, isNull, type PlanConstant, PlanContext } from './plan-context.ts';
import { type Binding, distinct, extended, filtered, join, projected, type Relation, union } from './relation.ts';
import type { Scope } from './scope.ts';

export interface CompiledQuery {
	readonly plan: Plan;
	readonly columns: readonly Column[];
	/** The parameters from 1 on; parameter 0 is the `TermSpace`. */
	readonly constants: readonly PlanConstant[];
}

/** The pattern of an update: rows of the variables that its templates name, in the order of `names`, as ids or terms. */
export interface CompiledPattern extends CompiledQuery {
	readonly names: readonly string[];
}

type LikelyId = ((term: RdfTerm) => number) | null;

const ZERO: Expression = { kind: 'constant', type: INT8, value: 0 };

/** Where patterns are evaluated at the beginning. `graph`: WITH. */
function scopeOf(context: PlanContext, dataset: Dataset, graph: RdfTerm | null = null): Scope {
	if (dataset !== null) return { graph: { kind: 'merge', graphs: dataset.defaults.map((iri) => context.idOf(iri)) }, named: dataset.named, outer: null };
	return { graph: { kind: 'one', graph: graph === null ? ZERO : context.idOf(graph) }, named: null, outer: null };
}

/** `likelyId` gives the ids that constants have now, for estimates. */
export function compileQuery(request: Exclude<Request, { kind: 'update' }>, store: TripleStore, likelyId: LikelyId = null): CompiledQuery {
	const context = new PlanContext(store, likelyId);
	const scope = scopeOf(context, request.dataset);
	const made = compileForm(context, request, scope);
	return { ...made, constants: context.constants };
}

function compileForm(context: PlanContext, request: Exclude<Request, { kind: 'update' }>, scope: Scope): { plan: Plan; columns: readonly Column[] } {
	switch (request.kind) {
		case 'select':
			return shown(context, compileSelection(context, request.selection, scope), projectedNames(request.selection));
		case 'ask': {
			const { plan } = compileSelection(context, request.selection, scope);
			const columns = [context.column('boolean', BOOL)];
			const exists: Expression = { kind: 'subquery', mode: 'exists', plan, comparison: null, type: BOOL };
			return { plan: { kind: 'values', rows: [[exists]], columns }, columns };
		}
		case 'construct':
			return compileConstruct(context, request.template, request.selection, scope);
		case 'describe':
			return compileDescribe(context, request.terms, request.selection, scope);
	}
}

// ---- CONSTRUCT ----

function compileConstruct(
	context: PlanContext,
	template: readonly QuadTemplate[],
	selection: Selection,
	scope: Scope,
): { plan: Plan; columns: readonly Column[] } {
	const used = variablesOf(template);
	const solutions = compileSelection(context, selection, scope);
	const needed = projected(context, solutions, used.variables);
	const name = context.column('solution', TEXT);
	const source = used.hasBlanks ? extended(needed.plan, [{ column: name, expression: call(solutionName, [], TEXT) }]) : needed.plan;
	const number = context.number();
	const branches = template.map((quad) => {
		// Each template reads the solutions under ids of its own.
		const copies = source.columns.map((column) => ({ ...context.column(column.name, column.type) }));
		const at = new Map(source.columns.map((column, i) => [column.id, copies[i]!]));
		const bindings = new Map([...needed.bindings].map(([n, b]): [string, Binding] => [n, { ...b, column: at.get(b.column.id)! }]));
		const plan: Plan = { kind: 'cte-scan', name: number, source: source.columns.map((c) => c.id), columns: copies };
		return instantiated(context, quad, { plan, bindings }, at.get(name.id));
	});
	if (branches.length === 0) return emptyGraph(context);
	const made = distinct(context, union(context, branches), PLACES);
	const { plan, columns } = shown(context, made, PLACES);
	return { plan: { kind: 'with', name: number, definition: source, body: plan, columns }, columns };
}

const PLACES = ['subject', 'predicate', 'object'] as const;

/** The triples of one template; solutions that make no triple of it are passed over. */
function instantiated(context: PlanContext, quad: QuadTemplate, solutions: Relation, solution: Column | undefined): Relation {
	const items = PLACES.map((place) => ({ column: context.column(place, RDF_TERM), expression: termOfSlot(context, quad[place], solutions, solution) }));
	const [subject, predicate, object] = items.map((item) => columnOf(item.column)) as [Expression, Expression, Expression];
	const plan: Plan = { kind: 'project', input: solutions.plan, items, columns: items.map((i) => i.column) };
	const conditions = [call(isNodeTerm, [subject], BOOL), call(termFunctions.get('isiri/1')!, [predicate], BOOL), isNull(object, true)];
	return { plan: filterBy(plan, conditions), bindings: new Map(items.map(({ column }, i) => [PLACES[i]!, { column, kind: 'term', certain: true }])) };
}

function termOfSlot(context: PlanContext, slot: Slot, { bindings }: Relation, solution: Column | undefined): Expression {
	if (slot.kind === 'term') return { kind: 'constant', type: RDF_TERM, value: slot.term };
	if (slot.name.startsWith('_:'))
		return call(blankOfText, [columnOf(solution!), { kind: 'constant', type: RDF_TERM, value: stringLiteral(slot.name) }], RDF_TERM);
	const binding = bindings.get(slot.name);
	if (binding === undefined) return { kind: 'constant', type: RDF_TERM, value: null };
	return binding.kind === 'id' ? context.termOf(columnOf(binding.column)) : columnOf(binding.column);
}

/** The variables that templates name, and whether blank nodes stand in them. */
export function variablesOf(template: readonly QuadTemplate[]): { variables: string[]; hasBlanks: boolean } {
	const names = new Set<string>();
	for (const quad of template) for (const slot of [quad.graph, quad.subject, quad.predicate, quad.object]) if (slot?.kind === 'variable') names.add(slot.name);
	const variables = [...names].filter((name) => !name.startsWith('_:'));
	return { variables, hasBlanks: variables.length < names.size };
}

function emptyGraph(context: PlanContext): { plan: Plan; columns: readonly Column[] } {
	const columns = PLACES.map((place) => context.column(place, RDF_TERM));
	return { plan: { kind: 'values', rows: [], columns }, columns };
}

// ---- DESCRIBE ----

function compileDescribe(
	context: PlanContext,
	terms: readonly NamedNode[],
	selection: Selection | null,
	scope: Scope,
): { plan: Plan; columns: readonly Column[] } {
	const found: Relation[] = [];
	if (terms.length > 0)
		found.push(
			nodes(
				context.column('node', INT8),
				terms.map((term) => context.idOf(term)),
			),
		);
	if (selection !== null) {
		const solutions = compileSelection(context, selection, scope);
		const number = context.number();
		const described = [...solutions.bindings.values()].map((binding): Relation => {
			const copies = solutions.plan.columns.map((column) => context.column(column.name, column.type));
			const mine = columnOf(copies[solutions.plan.columns.findIndex((c) => c.id === binding.column.id)]!);
			const input: Plan = { kind: 'cte-scan', name: number, source: solutions.plan.columns.map((c) => c.id), columns: copies };
			const column = context.column('node', INT8);
			const item = { column, expression: binding.kind === 'id' ? mine : context.findId(mine) };
			return relationOf({ kind: 'project', input, items: [item], columns: [column] }, column);
		});
		if (described.length > 0) {
			const all = union(context, described);
			found.push({ plan: { kind: 'with', name: number, definition: solutions.plan, body: all.plan, columns: all.plan.columns }, bindings: all.bindings });
		}
	}
	if (found.length === 0) return emptyGraph(context);
	const resources = distinct(context, union(context, found), ['node']);
	const all = withBlankNodes(context, filtered(resources, [isNull(columnOf(resources.bindings.get('node')!.column), true)]), scope);
	const variable = (name: string): Place => ({ kind: 'variable', name });
	const triples = compileTriple(context, { subject: variable('subject'), predicate: variable('predicate'), object: variable('object') }, scope);
	const subject: Binding = { ...all.bindings.get('node')!, certain: true };
	const joined = join(context, { plan: all.plan, bindings: new Map([['subject', subject]]) }, triples);
	return shown(context, joined, PLACES);
}

function relationOf(plan: Plan, column: Column): Relation {
	return { plan, bindings: new Map([['node', { column, kind: 'id', certain: false }]]) };
}

function nodes(column: Column, ids: readonly Expression[]): Relation {
	return relationOf({ kind: 'values', rows: ids.map((id) => [id]), columns: [column] }, column);
}

/** The nodes, and the blank nodes reached from them by way of blank nodes alone. */
function withBlankNodes(context: PlanContext, resources: Relation, scope: Scope): Relation {
	const name = context.number();
	const from = context.column('node', INT8);
	const working: Relation = {
		plan: { kind: 'working-scan', name, columns: [from] },
		bindings: new Map([['subject', { column: from, kind: 'id', certain: true }]]),
	};
	const variable = (n: string): Place => ({ kind: 'variable', name: n });
	const triples = compileTriple(context, { subject: variable('subject'), predicate: variable('.predicate'), object: variable('object') }, scope);
	const object = columnOf(triples.bindings.get('object')!.column);
	const step = projected(context, join(context, working, filtered(triples, [call(isBlankId, [object], BOOL)])), ['object']);
	const column = context.column('node', INT8);
	const base = projected(context, resources, ['node']);
	return relationOf({ kind: 'recursion', name, base: base.plan, step: step.plan, distinct: true, equalities: [idEquality], columns: [column] }, column);
}

// ---- updates ----

/** The pattern of a DELETE/INSERT; null when its templates are data. */
export function compileModify(operation: Extract<Operation, { kind: 'modify' }>, store: TripleStore, likelyId: LikelyId = null): CompiledPattern | null {
	if (operation.where === null) return null;
	const context = new PlanContext(store, likelyId);
	const scope = scopeOf(context, operation.dataset, operation.dataset === null ? operation.graph : null);
	const relation = compilePattern(context, operation.where, scope);
	const { variables } = variablesOf([...operation.remove, ...operation.insert]);
	const needed = projected(context, relation, variables);
	return { plan: needed.plan, columns: needed.plan.columns, constants: context.constants, names: [...needed.bindings.keys()] };
}

/** The triples of a graph, as ids: for ADD, MOVE and COPY. */
export function compileGraphScan(graph: RdfTerm | null, store: TripleStore): CompiledPattern {
	const context = new PlanContext(store);
	const variable = (name: string): Place => ({ kind: 'variable', name });
	const triples = compileTriple(
		context,
		{ subject: variable('subject'), predicate: variable('predicate'), object: variable('object') },
		scopeOf(context, null, graph),
	);
	const needed = projected(context, triples, PLACES);
	return { plan: needed.plan, columns: needed.plan.columns, constants: context.constants, names: PLACES };
}
