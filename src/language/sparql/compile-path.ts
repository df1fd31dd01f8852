/**
 * Property paths (SPARQL 1.1 Query Language, section 18.4). Sequences, alternatives and inverses are joins and unions and keep
 * duplicates; `?`, `*` and `+` give distinct pairs. A closure with a known end is a recursion over nodes reached from there; one
 * without is a recursion over pairs. Zero steps go from every node of the graph to itself, and from a known end to itself.
 */
import { columnOf } from '../../query/algebra/build.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { INT8 } from '../../value/builtin-types.ts';
import type { NamedNode } from '../../value/rdf-term.ts';
import type { Path } from './algebra.ts';
import { compileTriple, graphNodes, type Place } from './compile-triple.ts';
import { differentIds, equalIds, idEquality, type PlanContext } from './plan-context.ts';
import { type Binding, distinct, extended, filtered, join, projected, type Relation, union } from './relation.ts';
import type { Scope } from './scope.ts';

export function compilePath(context: PlanContext, subject: Place, path: Path, object: Place, scope: Scope): Relation {
	switch (path.kind) {
		case 'predicate':
			return compileTriple(context, { subject, predicate: { kind: 'id', id: context.idOf(path.iri) }, object }, scope);
		case 'inverse':
			return compilePath(context, object, path.path, subject, scope);
		case 'sequence': {
			const middle: Place = { kind: 'variable', name: context.freshName() };
			return join(context, compilePath(context, subject, path.left, middle, scope), compilePath(context, middle, path.right, object, scope));
		}
		case 'alternative':
			return union(
				context,
				path.paths.map((branch) => compilePath(context, subject, branch, object, scope)),
			);
		case 'negated':
			return compileNegated(context, subject, path, object, scope);
		case 'optional':
			return compileOptional(context, subject, path.path, object, scope);
		case 'closure':
			return compileClosure(context, subject, path, object, scope);
	}
}

function compileNegated(context: PlanContext, subject: Place, path: Extract<Path, { kind: 'negated' }>, object: Place, scope: Scope): Relation {
	const branches: Relation[] = [];
	const any = (from: Place, to: Place, but: readonly NamedNode[]): void => {
		const name = context.freshName();
		const relation = compileTriple(context, { subject: from, predicate: { kind: 'variable', name }, object: to }, scope);
		const predicate = columnOf(relation.bindings.get(name)!.column);
		branches.push(
			filtered(
				relation,
				but.map((iri) => differentIds(predicate, context.idOf(iri))),
			),
		);
	};
	if (path.forward !== null) any(subject, object, path.forward);
	if (path.inverse !== null) any(object, subject, path.inverse);
	return union(context, branches);
}

/** Names of the variables that a path's solutions are about. */
function pathNames(subject: Place, object: Place, scope: Scope): string[] {
	const names = new Set<string>();
	for (const place of [subject, object]) if (place.kind === 'variable') names.add(place.name);
	if (scope.graph.kind === 'variable') names.add(scope.graph.name);
	return [...names];
}

/** No step: both ends are the same node. */
function compileZero(context: PlanContext, subject: Place, object: Place, scope: Scope): Relation {
	if (subject.kind === 'variable' && object.kind === 'variable') {
		const nodes = graphNodes(context, subject.name, scope, (branches) => union(context, branches));
		if (subject.name === object.name) return nodes;
		const binding = nodes.bindings.get(subject.name)!;
		const column = context.column(object.name, INT8);
		return {
			plan: extended(nodes.plan, [{ column, expression: columnOf(binding.column) }]),
			bindings: new Map([...nodes.bindings, [object.name, { ...binding, column }]]),
		};
	}
	const known = subject.kind === 'id' ? subject.id : object.kind === 'id' ? object.id : null;
	const free = subject.kind === 'variable' ? subject : object;
	const column = context.column('node', INT8);
	const plan: Plan = { kind: 'values', rows: [[known!]], columns: [column] };
	const bindings = new Map<string, Binding>();
	if (free.kind === 'variable') bindings.set(free.name, { column, kind: 'id', certain: true });
	const relation = { plan, bindings };
	return free.kind === 'id' ? filtered(relation, [equalIds(columnOf(column), free.id)]) : relation;
}

function compileOptional(context: PlanContext, subject: Place, path: Path, object: Place, scope: Scope): Relation {
	const names = pathNames(subject, object, scope);
	const once = compilePath(context, subject, path, object, scope);
	const both = union(context, [projected(context, compileZero(context, subject, object, scope), names), projected(context, once, names)]);
	return distinct(context, both, names);
}

function compileClosure(context: PlanContext, subject: Place, path: Extract<Path, { kind: 'closure' }>, object: Place, scope: Scope): Relation {
	if (subject.kind === 'id') return reached(context, subject.id, path, object, scope);
	if (object.kind === 'id') return reached(context, object.id, { ...path, path: { kind: 'inverse', path: path.path } }, subject, scope);
	return pairs(context, subject.name, path, object.name, scope);
}

/** Nodes reached from a known one. */
export function reached(context: PlanContext, start: Expression, path: Extract<Path, { kind: 'closure' }>, end: Place, scope: Scope): Relation {
	const node = context.column('node', INT8);
	const next = context.freshName();
	const nextPlace: Place = { kind: 'variable', name: next };
	const only = (relation: Relation): Plan => projected(context, relation, [next]).plan;
	const base: Plan = path.zero
		? { kind: 'values', rows: [[start]], columns: [context.column('node', INT8)] }
		: only(compilePath(context, { kind: 'id', id: start }, path.path, nextPlace, scope));
	const name = context.number();
	const from = context.column('node', INT8);
	const here = context.freshName();
	const working: Relation = { plan: { kind: 'working-scan', name, columns: [from] }, bindings: new Map([[here, { column: from, kind: 'id', certain: true }]]) };
	const step = only(join(context, working, compilePath(context, { kind: 'variable', name: here }, path.path, nextPlace, scope)));
	const plan: Plan = { kind: 'recursion', name, base, step, distinct: true, equalities: [idEquality], columns: [node] };
	if (end.kind === 'id')
		return { plan: { kind: 'filter', input: plan, predicate: equalIds(columnOf(node), end.id), columns: plan.columns }, bindings: new Map() };
	return { plan, bindings: new Map([[end.name, { column: node, kind: 'id', certain: true }]]) };
}

/** All pairs. */
function pairs(context: PlanContext, subject: string, path: Extract<Path, { kind: 'closure' }>, object: string, scope: Scope): Relation {
	const [first, last, middle] = [context.freshName(), context.freshName(), context.freshName()];
	const place = (name: string): Place => ({ kind: 'variable', name });
	const only = (relation: Relation): Plan => projected(context, relation, [first, last]).plan;
	const base = only(path.zero ? compileZero(context, place(first), place(last), scope) : compilePath(context, place(first), path.path, place(last), scope));
	const name = context.number();
	const [from, to] = [context.column('from', INT8), context.column('to', INT8)];
	const working: Relation = {
		plan: { kind: 'working-scan', name, columns: [from, to] },
		bindings: new Map([
			[first, { column: from, kind: 'id', certain: true }],
			[middle, { column: to, kind: 'id', certain: true }],
		]),
	};
	const step = only(join(context, working, compilePath(context, place(middle), path.path, place(last), scope)));
	const columns = [context.column(subject, INT8), context.column(object, INT8)];
	const plan: Plan = { kind: 'recursion', name, base, step, distinct: true, equalities: [idEquality, idEquality], columns };
	const bindings = new Map<string, Binding>([[subject, { column: columns[0]!, kind: 'id', certain: true }]]);
	if (subject === object)
		return { plan: { kind: 'filter', input: plan, predicate: equalIds(columnOf(columns[0]!), columnOf(columns[1]!)), columns }, bindings };
	return { plan, bindings: bindings.set(object, { column: columns[1]!, kind: 'id', certain: true }) };
}
