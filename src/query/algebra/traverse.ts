/**
 * Walking and rebuilding plans and expressions: the one place that knows the children of every kind, so that a new kind fails
 * to compile here first. Everything is immutable: a map returns the same object when nothing below it changed.
 */
import type { Column, ColumnId, Expression, SortKey } from './expression.ts';
import type { AccessBounds, Plan } from './plan.ts';

/** How the parts of a plan or expression are rewritten. */
export interface Rewriter {
	expression(expression: Expression): Expression;
	plan(plan: Plan): Plan;
}

function mapList<T>(list: readonly T[], map: (item: T) => T): readonly T[] {
	let changed: T[] | null = null;
	for (let i = 0; i < list.length; i++) {
		const before = list[i]!;
		const after = map(before);
		if (after !== before && changed === null) changed = list.slice(0, i);
		if (changed !== null) changed.push(after);
	}
	return changed ?? list;
}

/** `node` with the given properties replaced; the same object when none differs. */
function withParts<T extends object>(node: T, parts: Partial<T>): T {
	for (const name of Object.keys(parts) as (keyof T)[]) if (parts[name] !== node[name]) return { ...node, ...parts };
	return node;
}

/** Rebuilds one expression from its rewritten children (not recursive: the rewriter decides). */
export function mapChildren(node: Expression, by: Rewriter): Expression {
	const one = (e: Expression): Expression => by.expression(e);
	const opt = (e: Expression | null): Expression | null => (e === null ? null : by.expression(e));
	switch (node.kind) {
		case 'constant':
		case 'parameter':
		case 'column':
			return node;
		case 'call':
			return withParts(node, { arguments: mapList(node.arguments, one) });
		case 'and':
		case 'or':
		case 'coalesce':
		case 'extreme':
		case 'array':
		case 'row':
			return withParts(node, { operands: mapList(node.operands, one) });
		case 'not':
		case 'is-null':
		case 'is-truth':
		case 'field':
			return withParts(node, { operand: one(node.operand) });
		case 'is-distinct':
			return withParts(node, { left: one(node.left), right: one(node.right) });
		case 'case':
			return withParts(node, {
				branches: mapList(node.branches, (b) => withParts(b, { when: one(b.when), then: one(b.then) })),
				otherwise: opt(node.otherwise),
			});
		case 'let':
			return withParts(node, { value: one(node.value), body: one(node.body) });
		case 'subscript':
			return withParts(node, {
				operand: one(node.operand),
				subscripts: mapList(node.subscripts, (s) => withParts(s, { lower: opt(s.lower), upper: opt(s.upper) })),
			});
		case 'quantified':
			return withParts(node, { left: one(node.left), array: one(node.array) });
		case 'in-list':
			return withParts(node, { left: one(node.left), list: mapList(node.list, one) });
		case 'list-transform':
			return withParts(node, { list: one(node.list), filter: opt(node.filter), body: opt(node.body) });
		case 'list-test':
			return withParts(node, { list: one(node.list), predicate: one(node.predicate) });
		case 'list-fold':
			return withParts(node, { list: one(node.list), initial: one(node.initial), body: one(node.body) });
		case 'subquery': {
			const rebuilt = withParts(node, { plan: by.plan(node.plan), comparison: opt(node.comparison) });
			return node.pairs === undefined ? rebuilt : withParts(rebuilt, { pairs: mapList(node.pairs, (p) => withParts(p, { left: one(p.left) })) });
		}
	}
}

function mapKeys(keys: readonly SortKey[], by: Rewriter): readonly SortKey[] {
	return mapList(keys, (k) => withParts(k, { expression: by.expression(k.expression) }));
}

function mapBounds(bounds: AccessBounds, by: Rewriter): AccessBounds {
	const edge = (b: AccessBounds['lower']): AccessBounds['lower'] => (b === null ? null : withParts(b, { expression: by.expression(b.expression) }));
	return withParts(bounds, { equal: mapList(bounds.equal, (e) => by.expression(e)), lower: edge(bounds.lower), upper: edge(bounds.upper) });
}

/** Rebuilds one operator from its rewritten inputs and expressions (not recursive: the rewriter decides). */
export function mapPlanParts(node: Plan, by: Rewriter): Plan {
	const one = (e: Expression): Expression => by.expression(e);
	const opt = (e: Expression | null): Expression | null => (e === null ? null : by.expression(e));
	const items = <T extends { readonly expression: Expression }>(list: readonly T[]): readonly T[] =>
		mapList(list, (i) => withParts(i as { expression: Expression }, { expression: one(i.expression) }) as T);
	switch (node.kind) {
		case 'scan':
		case 'cte-scan':
		case 'working-scan':
			return node;
		case 'column-scan':
			return withParts(node, { predicates: mapList(node.predicates, one) });
		case 'access':
			return withParts(node, {
				bounds: mapList(node.bounds, (b) => mapBounds(b, by)),
				...(node.window === undefined ? {} : { window: mapList(node.window, (side) => withParts(side, { lower: opt(side.lower), upper: opt(side.upper) })) }),
				...(node.nearest === undefined ? {} : { nearest: withParts(node.nearest, { origin: one(node.nearest.origin) }) }),
			});
		case 'graph-algorithm':
			return withParts(node, { arguments: mapList(node.arguments, one) });
		case 'shortest':
			return withParts(node, { from: one(node.from), to: one(node.to), otherwise: by.plan(node.otherwise) });
		case 'reach':
			return withParts(node, { from: one(node.from), otherwise: by.plan(node.otherwise) });
		case 'values':
			return withParts(node, { rows: mapList(node.rows, (row) => mapList(row, one)) });
		case 'virtual-scan':
			return withParts(node, { arguments: mapList(node.arguments, one) });
		case 'function-scan':
			return withParts(node, { functions: mapList(node.functions, (f) => withParts(f, { arguments: mapList(f.arguments, one) })) });
		case 'filter':
			return withParts(node, { input: by.plan(node.input), predicate: one(node.predicate) });
		case 'project':
			return withParts(node, { input: by.plan(node.input), items: items(node.items) });
		case 'expand':
			return withParts(node, { input: by.plan(node.input), items: mapList(node.items, (i) => withParts(i, { arguments: mapList(i.arguments, one) })) });
		case 'join':
		case 'apply':
			return withParts(node, { left: by.plan(node.left), right: by.plan(node.right), on: opt(node.on) });
		case 'hash-join':
			return withParts(node, {
				left: by.plan(node.left),
				right: by.plan(node.right),
				keys: mapList(node.keys, (k) => withParts(k, { left: one(k.left), right: one(k.right) })),
				residual: opt(node.residual),
			});
		case 'aggregate':
			return withParts(node, {
				input: by.plan(node.input),
				groups: items(node.groups),
				aggregates: mapList(node.aggregates, (a) =>
					withParts(a, {
						arguments: mapList(a.arguments, one),
						filter: opt(a.filter),
						orderBy: mapKeys(a.orderBy, by),
						withinGroup: mapKeys(a.withinGroup, by),
					}),
				),
			});
		case 'star-aggregate':
			return withParts(node, {
				fact: by.plan(node.fact) as typeof node.fact,
				dimensions: mapList(node.dimensions, (d) => withParts(d, { plan: by.plan(d.plan) })),
				groups: items(node.groups),
				aggregates: mapList(node.aggregates, (a) => withParts(a, { arguments: mapList(a.arguments, one) })),
				fallback: by.plan(node.fallback),
			});
		case 'stored-groups':
			return withParts(node, { stored: by.plan(node.stored), otherwise: by.plan(node.otherwise) });
		case 'window':
			return withParts(node, {
				input: by.plan(node.input),
				partition: items(node.partition),
				orderBy: mapKeys(node.orderBy, by),
				calls: mapList(node.calls, (c) =>
					withParts(c, {
						arguments: mapList(c.arguments, one),
						filter: opt(c.filter),
						frame: withParts(c.frame, {
							start: withParts(c.frame.start, { offset: opt(c.frame.start.offset) }),
							end: withParts(c.frame.end, { offset: opt(c.frame.end.offset) }),
						}),
					}),
				),
			});
		case 'sort': {
			const rebuilt = withParts(node, { input: by.plan(node.input), keys: mapKeys(node.keys, by) });
			return node.limit === undefined ? rebuilt : withParts(rebuilt, { limit: opt(node.limit) });
		}
		case 'limit': {
			const rebuilt = withParts(node, { input: by.plan(node.input), count: opt(node.count), offset: opt(node.offset) });
			return node.ties === undefined ? rebuilt : withParts(rebuilt, { ties: mapKeys(node.ties, by) });
		}
		case 'distinct':
			return withParts(node, { input: by.plan(node.input), on: items(node.on) });
		case 'set-operation':
			return withParts(node, { left: by.plan(node.left), right: by.plan(node.right) });
		case 'with':
			return withParts(node, { definition: by.plan(node.definition), body: by.plan(node.body) });
		case 'recursion':
			return withParts(node, { base: by.plan(node.base), step: by.plan(node.step) });
		case 'lock-rows':
		case 'barrier':
			return withParts(node, { input: by.plan(node.input) });
		case 'insert': {
			const conflict = node.conflict;
			const update = conflict?.update ?? null;
			return withParts(node, {
				input: by.plan(node.input),
				values: mapList(node.values, one),
				viewChecks: items(node.viewChecks),
				returning: node.returning === null ? null : items(node.returning),
				conflict:
					conflict === null || update === null
						? conflict
						: withParts(conflict, { update: withParts(update, { assignments: items(update.assignments), where: opt(update.where) }) }),
			});
		}
		case 'update':
			return withParts(node, {
				input: by.plan(node.input),
				assignments: items(node.assignments),
				viewChecks: items(node.viewChecks),
				returning: node.returning === null ? null : items(node.returning),
			});
		case 'delete':
			return withParts(node, {
				input: by.plan(node.input),
				viewChecks: items(node.viewChecks),
				returning: node.returning === null ? null : items(node.returning),
			});
	}
}

/** Calls back for the parts of an operator, without rebuilding. */
export function visitPlanParts(node: Plan, plan: (plan: Plan) => void, expression: (expression: Expression) => void): void {
	mapPlanParts(node, {
		plan: (p) => {
			plan(p);
			return p;
		},
		expression: (e) => {
			expression(e);
			return e;
		},
	});
}

/** Calls back for the direct children of an expression, without rebuilding. */
export function visitChildren(node: Expression, expression: (expression: Expression) => void, plan: (plan: Plan) => void): void {
	mapChildren(node, {
		plan: (p) => {
			plan(p);
			return p;
		},
		expression: (e) => {
			expression(e);
			return e;
		},
	});
}

/** The ids of all columns that an expression reads, those of its subplans' outer references included. */
export function columnsRead(expression: Expression, into: Set<ColumnId> = new Set()): Set<ColumnId> {
	const walk = (e: Expression): void => {
		if (e.kind === 'column') into.add(e.id);
		else if (e.kind === 'let') {
			addUnbound([e.body], [e.id], into);
			walk(e.value);
		} else if (e.kind === 'list-transform') {
			addUnbound([e.filter, e.body], [e.id], into);
			walk(e.list);
		} else if (e.kind === 'list-test') {
			addUnbound([e.predicate], [e.id], into);
			walk(e.list);
		} else if (e.kind === 'list-fold') {
			addUnbound([e.body], [e.id, e.accumulatorId], into);
			walk(e.list);
			walk(e.initial);
		} else if (e.kind === 'subquery') {
			for (const id of outerColumns(e.plan)) into.add(id);
			const produced = new Set(e.plan.columns.map((c) => c.id));
			const inner = new Set<ColumnId>();
			if (e.comparison !== null) columnsRead(e.comparison, inner);
			for (const pair of e.pairs ?? []) columnsRead(pair.left, inner);
			for (const id of inner) if (!produced.has(id)) into.add(id);
		} else visitChildren(e, walk, () => {});
	};
	walk(expression);
	return into;
}

/** What expressions read, but for the names that are bound around them. */
function addUnbound(expressions: readonly (Expression | null)[], bound: readonly ColumnId[], into: Set<ColumnId>): void {
	const inner = new Set<ColumnId>();
	for (const expression of expressions) if (expression !== null) columnsRead(expression, inner);
	for (const id of bound) inner.delete(id);
	for (const id of inner) into.add(id);
}

const outerCache = new WeakMap<Plan, ReadonlySet<ColumnId>>();

/** The ids that a plan reads and does not produce inside itself: its correlation with what encloses it. */
export function outerColumns(plan: Plan): ReadonlySet<ColumnId> {
	const cached = outerCache.get(plan);
	if (cached !== undefined) return cached;
	const read = new Set<ColumnId>();
	const produced = new Set<ColumnId>();
	const walk = (p: Plan): void => {
		for (const c of producedInside(p)) produced.add(c.id);
		visitPlanParts(p, walk, (e) => columnsRead(e, read));
	};
	walk(plan);
	for (const id of produced) read.delete(id);
	outerCache.set(plan, read);
	return read;
}

/** Columns that come into being in an operator, those that it does not let out included. */
export function producedInside(plan: Plan): readonly Column[] {
	if (plan.kind === 'insert' || plan.kind === 'update' || plan.kind === 'delete') {
		const conflict = plan.kind === 'insert' && plan.conflict?.update ? [...plan.conflict.update.existing, ...plan.conflict.update.excluded] : [];
		return [...plan.columns, ...plan.newRow, ...conflict];
	}
	// A predicate may read a column that nothing else wants.
	if (plan.kind === 'column-scan') return plan.scan.map((s) => s.column);
	return plan.columns;
}

/** Splits a predicate into the operands of its outermost ANDs. */
export function conjuncts(predicate: Expression | null): Expression[] {
	if (predicate === null) return [];
	if (predicate.kind === 'and') return predicate.operands.flatMap((o) => conjuncts(o));
	return [predicate];
}

/** The AND of the given predicates; null for none. */
export function conjunction(predicates: readonly Expression[]): Expression | null {
	if (predicates.length === 0) return null;
	if (predicates.length === 1) return predicates[0]!;
	return { kind: 'and', operands: predicates, type: predicates[0]!.type };
}

/** Replaces columns by expressions, in subplans too. */
export function substitute(expression: Expression, replacements: ReadonlyMap<ColumnId, Expression>): Expression {
	const by: Rewriter = {
		expression: (e) => (e.kind === 'column' ? (replacements.get(e.id) ?? e) : mapChildren(e, by)),
		plan: (p) => mapPlanParts(p, by),
	};
	return by.expression(expression);
}

/** True when some call inside may give another result (or do something) each time it runs. */
export function isVolatile(expression: Expression): boolean {
	if (expression.kind === 'call' && expression.function.volatility === 'volatile') return true;
	let found = false;
	visitChildren(
		expression,
		(e) => {
			found ||= isVolatile(e);
		},
		(p) => {
			found ||= isVolatilePlan(p);
		},
	);
	return found;
}

export function isVolatilePlan(plan: Plan): boolean {
	if (plan.kind === 'insert' || plan.kind === 'update' || plan.kind === 'delete' || plan.kind === 'lock-rows' || plan.kind === 'barrier') return true;
	let found = false;
	visitPlanParts(
		plan,
		(p) => {
			found ||= isVolatilePlan(p);
		},
		(e) => {
			found ||= isVolatile(e);
		},
	);
	return found;
}

/** True when what is read behind a plan must be read after it has run: it, or what it takes its rows from, is a barrier. */
export function endsInBarrier(plan: Plan): boolean {
	let found = false;
	const walk = (p: Plan): void => {
		found ||= p.kind === 'barrier';
		if (!found) visitPlanParts(p, walk, () => {});
	};
	walk(plan);
	return found;
}

/** True when an expression holds a subplan. */
export function hasSubquery(expression: Expression): boolean {
	if (expression.kind === 'subquery') return true;
	let found = false;
	visitChildren(
		expression,
		(e) => {
			found ||= hasSubquery(e);
		},
		() => {},
	);
	return found;
}

/** The greatest id of a column anywhere in a plan: ids above it are free. */
export function greatestColumnId(plan: Plan): ColumnId {
	let greatest = 0;
	const expression = (e: Expression): void => {
		if ('id' in e) greatest = Math.max(greatest, e.id);
		if (e.kind === 'list-fold') greatest = Math.max(greatest, e.accumulatorId);
		visitChildren(e, expression, walk);
	};
	const walk = (p: Plan): void => {
		for (const column of p.columns) greatest = Math.max(greatest, column.id);
		if (p.kind === 'insert' || p.kind === 'update' || p.kind === 'delete') for (const column of p.newRow) greatest = Math.max(greatest, column.id);
		visitPlanParts(p, walk, expression);
	};
	walk(plan);
	return greatest;
}
