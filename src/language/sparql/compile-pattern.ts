/**
 * Patterns → relations: SPARQL 1.1 Query Language, section 18.5. Basic graph patterns are inner joins of scans, which the common
 * optimizer orders; nothing here decides an order but that a path without a known end goes after what binds one of its ends.
 */
import { sqlError } from '../../platform/errors.ts';
import { columnOf } from '../../query/algebra/build.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import { solutionName } from '../../query/functions/sparql/term-functions.ts';
import { INT8, TEXT } from '../../value/builtin-types.ts';
import { RDF_TERM } from '../../value/rdf-term.ts';
import type { Formula, PathPattern, Pattern, TriplePattern } from './algebra.ts';
import { isUnbounded } from './checks.ts';
import { FormulaCompiler, namesBlanks, SOLUTION } from './compile-formula.ts';
import { compilePath, reached } from './compile-path.ts';
import { compileSelection } from './compile-selection.ts';
import { compileTriple, namedGraphs, placeOf } from './compile-triple.ts';
import { call, FALSE, type PlanContext } from './plan-context.ts';
import { type Binding, type Bindings, compatibility, extended, filtered, join, leftJoin, minus, type Relation, union, unit } from './relation.ts';
import type { Scope } from './scope.ts';

export function compilePattern(context: PlanContext, pattern: Pattern, scope: Scope): Relation {
	switch (pattern.kind) {
		case 'bgp':
			return compileBgp(context, pattern.parts, scope);
		case 'join':
			return join(context, compilePattern(context, pattern.left, scope), compilePattern(context, pattern.right, scope));
		case 'minus':
			return minus(context, compilePattern(context, pattern.left, scope), compilePattern(context, pattern.right, scope));
		case 'left-join': {
			const left = compilePattern(context, pattern.left, scope);
			const right = compilePattern(context, pattern.right, scope);
			const { condition } = pattern;
			return leftJoin(context, left, right, condition === null ? null : (bindings) => formulas(context, bindings, scope).truth(condition));
		}
		case 'union':
			return union(
				context,
				pattern.branches.map((branch) => compilePattern(context, branch, scope)),
			);
		case 'filter': {
			const input = compilePattern(context, pattern.input, scope);
			return filtered(input, [formulas(context, input.bindings, scope).truth(pattern.condition)]);
		}
		case 'extend':
			return extend(context, compilePattern(context, pattern.input, scope), pattern.variable, pattern.value, scope);
		case 'values':
			return compileValues(context, pattern);
		case 'graph':
			return compileGraph(context, pattern, scope);
		case 'service':
			return compileService(pattern);
		case 'select':
			return compileSelection(context, pattern.query, { ...scope, outer: null });
	}
}

export function formulas(context: PlanContext, bindings: Bindings, scope: Scope): FormulaCompiler {
	return new FormulaCompiler(context, bindings, scope, (pattern, inner) => compilePattern(context, pattern, inner));
}

/** BIND, and expressions of a SELECT. */
export function extend(context: PlanContext, input: Relation, variable: string, value: Formula, scope: Scope): Relation {
	const named = namesBlanks(value) && !input.bindings.has(SOLUTION) ? withSolutionName(context, input) : input;
	const { kind, expression, certain } = formulas(context, named.bindings, scope).value(value);
	const column = context.column(variable, kind === 'id' ? INT8 : RDF_TERM);
	const bindings = new Map(named.bindings).set(variable, { column, kind: kind === 'id' ? 'id' : 'term', certain });
	return { plan: extended(named.plan, [{ column, expression }]), bindings };
}

function withSolutionName(context: PlanContext, input: Relation): Relation {
	const column = context.column(SOLUTION, TEXT);
	const plan = extended(input.plan, [{ column, expression: call(solutionName, [], TEXT) }]);
	return { plan, bindings: new Map(input.bindings).set(SOLUTION, { column, kind: 'term', certain: true }) };
}

// ---- basic graph patterns ----

function compileBgp(context: PlanContext, parts: readonly (TriplePattern | PathPattern)[], scope: Scope): Relation {
	const closures = parts.filter((part): part is PathPattern => part.kind === 'path' && part.path.kind === 'closure' && isOpen(part));
	let relation = unit();
	for (const part of parts) if (!closures.includes(part as PathPattern)) relation = join(context, relation, compilePart(context, part, scope));
	const waiting = [...closures];
	while (waiting.length > 0) {
		const next = waiting.find((part) => endBoundBy(part, relation.bindings, scope) !== null) ?? waiting[0]!;
		waiting.splice(waiting.indexOf(next), 1);
		relation = joinClosure(context, relation, next, scope);
	}
	return relation;
}

/** Both ends are variables. */
function isOpen(part: PathPattern): boolean {
	return part.subject.kind === 'variable' && part.object.kind === 'variable';
}

function compilePart(context: PlanContext, part: TriplePattern | PathPattern, scope: Scope): Relation {
	const subject = placeOf(context, part.subject);
	const object = placeOf(context, part.object);
	if (part.kind === 'path') return compilePath(context, subject, part.path, object, scope);
	return compileTriple(context, { subject, predicate: placeOf(context, part.predicate), object }, scope);
}

/** The end of a path that is bound to ids for certain, if one is; the solution around an EXISTS counts. */
function endBoundBy(part: PathPattern, bindings: Bindings, scope: Scope): 'subject' | 'object' | null {
	const isBound = (slot: PathPattern['subject']): boolean => {
		const binding = slot.kind === 'variable' ? (bindings.get(slot.name) ?? scope.outer?.get(slot.name)) : undefined;
		return binding?.kind === 'id' && binding.certain;
	};
	return isBound(part.subject) ? 'subject' : isBound(part.object) ? 'object' : null;
}

/** A closure between two variables: from the end that is bound, row by row, or else over all pairs. */
function joinClosure(context: PlanContext, relation: Relation, part: PathPattern, scope: Scope): Relation {
	const end = endBoundBy(part, relation.bindings, scope);
	const path = part.path;
	if (end === null || path.kind !== 'closure') return join(context, relation, compilePart(context, part, scope));
	const [from, to] = end === 'subject' ? [part.subject, part.object] : [part.object, part.subject];
	const name = from.kind === 'variable' ? from.name : '';
	const binding = (relation.bindings.get(name) ?? scope.outer?.get(name))!;
	const directed = end === 'subject' ? path : { ...path, path: { kind: 'inverse' as const, path: path.path } };
	const isLoop = to.kind === 'variable' && to.name === name;
	const start = columnOf(binding.column);
	const right = reached(context, start, directed, isLoop ? { kind: 'id', id: start } : placeOf(context, to), scope);
	return join(context, relation, right, relation.bindings.has(name));
}

// ---- the rest ----

function compileValues(context: PlanContext, { variables, rows }: Extract<Pattern, { kind: 'values' }>): Relation {
	const columns = variables.map((name) => context.column(name, INT8));
	const bindings = new Map<string, Binding>();
	variables.forEach((name, i) => {
		bindings.set(name, { column: columns[i]!, kind: 'id', certain: rows.every((row) => row[i] !== null) });
	});
	const unbound: Expression = { kind: 'constant', type: INT8, value: null };
	const ids = rows.map((row) => row.map((term) => (term === null ? unbound : context.idOf(term))));
	return { plan: { kind: 'values', rows: ids, columns }, bindings };
}

function compileGraph(context: PlanContext, { name, input }: Extract<Pattern, { kind: 'graph' }>, scope: Scope): Relation {
	if (name.kind === 'term') {
		const { named } = scope;
		if (named !== null && !named.some((term) => term.equals(name.term))) {
			const relation = compilePattern(context, input, { ...scope, graph: { kind: 'merge', graphs: [] } });
			return filtered(relation, [FALSE]);
		}
		return compilePattern(context, input, { ...scope, graph: { kind: 'one', graph: context.idOf(name.term) } });
	}
	const hidden = context.freshName();
	const relation = isPlain(input)
		? compilePattern(context, input, { ...scope, graph: { kind: 'variable', name: hidden } })
		: compileByGraph(context, input, hidden, scope);
	return bound(context, relation, hidden, name.name);
}

/** For each named graph, the solutions of the pattern in it. */
function compileByGraph(context: PlanContext, input: Pattern, hidden: string, scope: Scope): Relation {
	const graphs = namedGraphs(context, hidden, scope);
	const graph = columnOf(graphs.bindings.get(hidden)!.column);
	const inner = compilePattern(context, input, { ...scope, graph: { kind: 'one', graph } });
	if (inner.plan.columns.length === 0 && inner.plan.kind === 'values') return graphs;
	return join(context, graphs, inner, true);
}

/** The graph becomes the binding of its variable; where the pattern binds that too, both must be the same. */
function bound(context: PlanContext, relation: Relation, hidden: string, name: string): Relation {
	const graph = relation.bindings.get(hidden)!;
	const own = relation.bindings.get(name);
	const bindings = new Map(relation.bindings);
	bindings.delete(hidden);
	if (own === undefined) return { plan: relation.plan, bindings: bindings.set(name, graph) };
	const column = context.column(name, INT8);
	const conditions = compatibility(context, new Map([[name, graph]]), new Map([[name, own]]));
	const matched = filtered(relation, conditions);
	return {
		plan: extended(matched.plan, [{ column, expression: columnOf(graph.column) }]),
		bindings: bindings.set(name, { column, kind: 'id', certain: true }),
	};
}

/** True when every solution of the pattern comes from triples of one graph, so that the graph can be a column of their scans. */
function isPlain(pattern: Pattern): boolean {
	switch (pattern.kind) {
		case 'bgp':
			return pattern.parts.length > 0 && pattern.parts.every((part) => part.kind === 'triple' || (!isUnbounded(part.path) && !mayBeEmpty(part.path)));
		case 'join':
			return isPlain(pattern.left) && (isPlain(pattern.right) || pattern.right.kind === 'values');
		case 'left-join':
			return isPlain(pattern.left) && isPlain(pattern.right) && (pattern.condition === null || !hasPattern(pattern.condition));
		case 'union':
			return pattern.branches.every(isPlain);
		case 'filter':
			return isPlain(pattern.input) && !hasPattern(pattern.condition);
		case 'extend':
			return isPlain(pattern.input) && !hasPattern(pattern.value);
		default:
			return false;
	}
}

function mayBeEmpty(path: PathPattern['path']): boolean {
	switch (path.kind) {
		case 'optional':
			return true;
		case 'inverse':
		case 'closure':
			return mayBeEmpty(path.path);
		case 'sequence':
			return mayBeEmpty(path.left) || mayBeEmpty(path.right);
		case 'alternative':
			return path.paths.some(mayBeEmpty);
		default:
			return false;
	}
}

/** True when an EXISTS stands in the formula. */
function hasPattern(formula: Formula): boolean {
	if (formula.kind === 'exists') return true;
	if (formula.kind === 'aggregate') return formula.argument !== null && hasPattern(formula.argument);
	return (formula.kind === 'operation' || formula.kind === 'function') && formula.arguments.some(hasPattern);
}

/** Other endpoints are not asked; with SILENT that is one solution without bindings (SPARQL 1.1 Federated Query, section 2.1). */
function compileService({ silent }: Extract<Pattern, { kind: 'service' }>): Relation {
	if (silent) return unit();
	throw sqlError('0A000', 'SERVICE is not supported', { hint: 'Load the data of the other endpoint into a graph of this store.' });
}
