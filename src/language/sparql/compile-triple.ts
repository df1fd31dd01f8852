/** Triple patterns → scans of the quads. Every place is an id: of a constant, of an outer column, or of a variable. */

import { QUAD_COLUMNS, type QuadColumn } from '../../model/triple/contracts.ts';
import { columnOf, filterBy } from '../../query/algebra/build.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import type { Plan, ScanColumn } from '../../query/algebra/plan.ts';
import { BOOL, INT8 } from '../../value/builtin-types.ts';
import type { Slot, Variable } from './algebra.ts';
import { differentIds, equalIds, FALSE, idEquality, type PlanContext } from './plan-context.ts';
import { type Binding, distinct, type Relation } from './relation.ts';
import type { Scope } from './scope.ts';

/** A place of a pattern: a variable, or an id known before. */
export type Place = Variable | { readonly kind: 'id'; readonly id: Expression };

export interface Triple {
	readonly subject: Place;
	readonly predicate: Place;
	readonly object: Place;
}

export function placeOf(context: PlanContext, slot: Slot): Place {
	return slot.kind === 'variable' ? slot : { kind: 'id', id: context.idOf(slot.term) };
}

const ZERO: Expression = { kind: 'constant', type: INT8, value: 0 };

/** A scan under construction: its columns, and what must hold of them. */
class QuadScan {
	readonly #context: PlanContext;
	readonly #scan: ScanColumn[] = [];
	readonly conditions: Expression[] = [];

	constructor(context: PlanContext) {
		this.#context = context;
	}

	/** The column of one place, read once. */
	column(place: QuadColumn): Binding['column'] {
		const number = QUAD_COLUMNS.indexOf(place) + 1;
		const known = this.#scan.find((s) => s.number === number);
		if (known !== undefined) return known.column;
		const { quads } = this.#context.store;
		const column = { ...this.#context.column(place, INT8), origin: [quads.id, number] as const };
		this.#scan.push({ column, number });
		return column;
	}

	require(place: QuadColumn, id: Expression): void {
		this.conditions.push(equalIds(columnOf(this.column(place)), id));
	}

	plan(): Plan {
		const scan: Plan = { kind: 'scan', table: this.#context.store.quads, scan: this.#scan, columns: this.#scan.map((s) => s.column) };
		return filterBy(scan, this.conditions);
	}
}

/** The solutions of one triple pattern. */
export function compileTriple(context: PlanContext, triple: Triple, scope: Scope): Relation {
	const scan = new QuadScan(context);
	const bindings = new Map<string, Binding>();
	for (const place of ['subject', 'predicate', 'object'] as const) {
		const what = triple[place];
		if (what.kind === 'id') {
			scan.require(place, what.id);
			continue;
		}
		const known = bindings.get(what.name);
		if (known !== undefined) scan.require(place, columnOf(known.column));
		else bindings.set(what.name, { column: scan.column(place), kind: 'id', certain: true });
	}
	return within(context, scan, bindings, scope);
}

/** Restricts a scan to the active graph. */
function within(context: PlanContext, scan: QuadScan, bindings: Map<string, Binding>, { graph, named }: Scope): Relation {
	switch (graph.kind) {
		case 'one':
			scan.require('graph', graph.graph);
			break;
		case 'variable': {
			const column = scan.column('graph');
			scan.conditions.push(
				named === null
					? differentIds(columnOf(column), ZERO)
					: oneOf(
							columnOf(column),
							named.map((term) => context.idOf(term)),
						),
			);
			bindings.set(graph.name, { column, kind: 'id', certain: true });
			break;
		}
		case 'merge':
			if (graph.graphs.length === 1) scan.require('graph', graph.graphs[0]!);
			else {
				scan.conditions.push(oneOf(columnOf(scan.column('graph')), graph.graphs));
				return deduplicated(context, { plan: scan.plan(), bindings });
			}
	}
	return { plan: scan.plan(), bindings };
}

/** A triple that several graphs have is one of their merge. All its places count, also those that are known. */
function deduplicated(context: PlanContext, relation: Relation): Relation {
	return distinct(context, relation, [...relation.bindings.keys()]);
}

function oneOf(column: Expression, ids: readonly Expression[]): Expression {
	if (ids.length === 0) return FALSE;
	if (ids.length === 1) return equalIds(column, ids[0]!);
	return { kind: 'in-list', left: column, list: ids, equality: idEquality, type: BOOL };
}

/** The named graphs of the dataset, as a variable. */
export function namedGraphs(context: PlanContext, name: string, { named }: Scope): Relation {
	const column = context.column('graph', INT8);
	const bindings = new Map<string, Binding>([[name, { column, kind: 'id', certain: true }]]);
	if (named !== null) return { plan: { kind: 'values', rows: named.map((term) => [context.idOf(term)]), columns: [column] }, bindings };
	const scan = new QuadScan(context);
	const graph = scan.column('graph');
	scan.conditions.push(differentIds(columnOf(graph), ZERO));
	return distinct(context, { plan: scan.plan(), bindings: new Map([[name, { column: graph, kind: 'id', certain: true }]]) }, [name]);
}

/** Every subject and object of the active graph, as a variable. */
export function graphNodes(context: PlanContext, name: string, scope: Scope, union: (branches: readonly Relation[]) => Relation): Relation {
	const unnamed = (): Place => ({ kind: 'variable', name: context.freshName() });
	const here: Place = { kind: 'variable', name };
	const asSubject = compileTriple(context, { subject: here, predicate: unnamed(), object: unnamed() }, scope);
	const asObject = compileTriple(context, { subject: unnamed(), predicate: unnamed(), object: here }, scope);
	const kept = [name, ...(scope.graph.kind === 'variable' ? [scope.graph.name] : [])];
	const both = [asSubject, asObject].map((side) => distinct(context, side, kept));
	return distinct(context, union(both), kept);
}
