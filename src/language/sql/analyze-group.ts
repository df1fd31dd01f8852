/**
 * GROUP BY, grouping sets, and the rewriting of what stands above an `aggregate`: grouped expressions become its output
 * columns, and a column that is neither grouped nor inside an aggregate is error 42803, unless the grouped columns hold its
 * table's primary key.
 */
import { PolylogError, sqlError } from '../../platform/errors.ts';
import type { AggregateCall, Column, ColumnId, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { mapChildren, mapPlanParts, type Rewriter } from '../../query/algebra/traverse.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import { TEXT, UNKNOWN } from '../../value/builtin-types.ts';
import { equalityOf } from './analyze-operator.ts';
import { findTarget } from './analyze-select.ts';
import type { AstNode, SelectStmt } from './ast.ts';
import { coerceType } from './coercion.ts';
import { equalExpressions } from './expression-equality.ts';
import type { QueryLevel, RangeEntry } from './scope.ts';
import type { TargetItem } from './target-list.ts';

export interface GroupClause {
	readonly expressions: readonly Expression[];
	/** Indexes of the targets that the expressions are; parallel to `expressions`. */
	readonly targets: readonly number[];
	/** Indexes into `expressions`. */
	readonly sets: readonly (readonly number[])[];
	/** GROUPING SETS, ROLLUP or CUBE was written. */
	readonly explicitSets: boolean;
}

const SETS_MAX = 4096;

/** Null without GROUP BY. May add junk targets, which the caller's list then holds. */
export function analyzeGroupClause(level: QueryLevel, node: SelectStmt, targets: TargetItem[]): GroupClause | null {
	const nodes = node.groupClause as AstNode[] | undefined;
	if (nodes === undefined || nodes.length === 0) return null;
	const explicitSets = nodes.some((n) => n.GroupingSet !== undefined);
	const collector = new GroupCollector(level, targets, explicitSets);
	let sets: readonly (readonly number[])[] = [[]];
	for (const item of nodes) sets = cross(level, sets, collector.setsOf(item));
	const unique = sets.map((s) => [...new Set(s)]);
	return { expressions: collector.expressions, targets: collector.targets, sets: node.groupDistinct ? distinctSets(unique) : unique, explicitSets };
}

function cross(level: QueryLevel, left: readonly (readonly number[])[], right: readonly (readonly number[])[]): (readonly number[])[] {
	if (left.length * right.length > SETS_MAX) throw level.context.error('54001', `too many grouping sets present (maximum ${SETS_MAX})`);
	return left.flatMap((l) => right.map((r) => [...l, ...r]));
}

function distinctSets(sets: readonly (readonly number[])[]): (readonly number[])[] {
	const seen = new Set<string>();
	return sets.filter((s) => {
		const key = [...s].sort((a, b) => a - b).join();
		return !seen.has(key) && seen.add(key) !== undefined;
	});
}

class GroupCollector {
	readonly expressions: Expression[] = [];
	readonly targets: number[] = [];
	readonly #level: QueryLevel;
	readonly #targets: TargetItem[];
	readonly #explicitSets: boolean;

	constructor(level: QueryLevel, targets: TargetItem[], explicitSets: boolean) {
		this.#level = level;
		this.#targets = targets;
		this.#explicitSets = explicitSets;
	}

	/** The grouping sets that one item of GROUP BY stands for. */
	setsOf(node: AstNode): readonly (readonly number[])[] {
		const set = node.GroupingSet;
		if (set === undefined) return [this.#simple(node)];
		const content = (set.content ?? []) as AstNode[];
		switch (set.kind) {
			case 'GROUPING_SET_EMPTY':
				return [[]];
			case 'GROUPING_SET_ROLLUP': {
				const parts = content.map((c) => this.#simple(c));
				return Array.from({ length: parts.length + 1 }, (_, i) => parts.slice(0, parts.length - i).flat());
			}
			case 'GROUPING_SET_CUBE': {
				const parts = content.map((c) => this.#simple(c));
				if (parts.length > 12) throw this.#level.context.error('54011', 'CUBE is limited to 12 elements', this.#level.context.at(set.location));
				return Array.from({ length: 1 << parts.length }, (_, mask) => parts.filter((_, i) => (mask & (1 << i)) === 0).flat());
			}
			case 'GROUPING_SET_SETS':
				return content.flatMap((c) => this.setsOf(c));
			default:
				return [content.flatMap((c) => this.#simple(c))];
		}
	}

	/** An expression, or a parenthesised list of them. */
	#simple(node: AstNode): number[] {
		if (node.RowExpr !== undefined && node.RowExpr.row_format === 'COERCE_IMPLICIT_CAST')
			return ((node.RowExpr.args ?? []) as AstNode[]).flatMap((a) => this.#simple(a));
		return [this.#index(node)];
	}

	#index(node: AstNode): number {
		const { context } = this.#level;
		const at = findTarget(this.#level, node, this.#targets, 'GROUP BY');
		const target = this.#targets[at]!;
		const expression = target.expression.type.oid === UNKNOWN.oid ? coerceType(context, target.expression, TEXT, -1, 'implicit') : target.expression;
		if (expression !== target.expression) this.#targets[at] = { ...target, expression };
		equalityOf(context, expression.type, expression.position ?? 0);
		// Under grouping sets each target is grouped by for itself: of two that are equal one may be null where the other is not.
		const known = this.#explicitSets ? this.targets.indexOf(at) : this.expressions.findIndex((e) => equalExpressions(e, expression));
		if (known >= 0) return known;
		this.expressions.push(expression);
		this.targets.push(at);
		return this.expressions.length - 1;
	}
}

interface Group {
	readonly column: Column;
	readonly expression: Expression;
	/** The target that is grouped by, under grouping sets; else −1. */
	readonly target: number;
}

export interface Regrouping {
	/** Rewrites an expression so that it reads the aggregate's output. */
	rewrite(expression: Expression): Expression;
	/** The same for a whole target, or the sort key that is one. */
	rewriteTarget(index: number, expression: Expression): Expression;
	/** The aggregate operator; to be asked for after everything has been rewritten. */
	plan(): Plan;
}

/** Prepares the aggregate of a level over `input`. */
export function groupLevel(level: QueryLevel, input: Plan, clause: GroupClause | null): Regrouping {
	const { context } = level;
	const groups: Group[] = (clause?.expressions ?? []).map((expression, i) => ({
		column: context.newColumn(groupName(level, expression), expression.type, context.typmodOf(expression), originOf(level, expression)),
		expression,
		target: clause!.explicitSets ? clause!.targets[i]! : -1,
	}));
	for (const g of groups) checkNoAggregates(level, g.expression);
	const regrouper = new Regrouper(level, groups, commonGroups(clause));
	return {
		rewrite: (expression) => regrouper.rewrite(expression),
		rewriteTarget: (index, expression) => regrouper.rewriteTarget(index, expression),
		plan: () => aggregatePlan(level, input, groups, clause, regrouper),
	};
}

function groupName(level: QueryLevel, expression: Expression): string {
	return expression.kind === 'column' ? (level.fromColumns.get(expression.id)?.name ?? 'group') : 'group';
}

function originOf(level: QueryLevel, expression: Expression): readonly [number, number] | null {
	return expression.kind === 'column' ? (level.context.shared.columns.get(expression.id)?.origin ?? null) : null;
}

function checkNoAggregates(level: QueryLevel, expression: Expression): void {
	const ids = new Set<ColumnId>(level.aggregates.map((a) => a.column.id));
	const windows = new Set<ColumnId>(level.windows.map((w) => w.call.column.id));
	const visit = (e: Expression): Expression => {
		if (e.kind === 'column' && ids.has(e.id)) throw level.context.error('42803', 'aggregate functions are not allowed in GROUP BY', e.position ?? 0);
		if (e.kind === 'column' && windows.has(e.id)) throw level.context.error('42P20', 'window functions are not allowed in GROUP BY', e.position ?? 0);
		return mapChildren(e, { expression: visit, plan: (p) => p });
	};
	visit(expression);
}

/** Groups that are in every set: only those make other columns functionally dependent. */
function commonGroups(clause: GroupClause | null): ReadonlySet<number> {
	if (clause === null) return new Set();
	return new Set(clause.expressions.map((_, i) => i).filter((i) => clause.sets.every((s) => s.includes(i))));
}

function aggregatePlan(level: QueryLevel, input: Plan, groups: readonly Group[], clause: GroupClause | null, regrouper: Regrouper): Plan {
	const { context } = level;
	const written = clause?.expressions.length ?? 0;
	const aggregates = level.aggregates.map((call) => (call.withinGroup.length === 0 ? call : { ...call, arguments: directArguments(call, regrouper) }));
	const dependent = groups.slice(written).map((_, i) => written + i);
	const sets = clause === null ? [dependent] : clause.sets.map((s) => [...s, ...dependent]);
	const all = groups.map((g) => ({ column: g.column, expression: g.expression, equality: equalityOf(context, g.expression.type, g.expression.position ?? 0) }));
	const grouping = regrouper.grouping();
	const columns = [...all.map((g) => g.column), ...aggregates.map((a) => a.column), ...grouping.map((g) => g.column)];
	return { kind: 'aggregate', input, groups: all, sets, aggregates, grouping, columns };
}

/** Direct arguments of ordered-set aggregates are taken once per group: they read its columns only. */
function directArguments(call: AggregateCall, regrouper: Regrouper): readonly Expression[] {
	try {
		return call.arguments.map((direct) => regrouper.rewrite(direct));
	} catch (error) {
		if (!(error instanceof PolylogError) || error.sqlstate !== '42803') throw error;
		const detail = 'Direct arguments of an ordered-set aggregate must use only grouped columns.';
		throw sqlError('42803', error.message, { detail, ...(error.position === undefined ? {} : { position: error.position }) });
	}
}

class Regrouper {
	readonly #level: QueryLevel;
	readonly #groups: Group[];
	readonly #common: ReadonlySet<number>;

	constructor(level: QueryLevel, groups: Group[], common: ReadonlySet<number>) {
		this.#level = level;
		this.#groups = groups;
		this.#common = common;
	}

	rewrite(expression: Expression): Expression {
		return this.#at(expression, false);
	}

	rewriteTarget(index: number, expression: Expression): Expression {
		const group = this.#groups.find((g) => g.target === index);
		return group === undefined ? this.rewrite(expression) : this.#reference(group, expression);
	}

	#at(expression: Expression, insideSubquery: boolean): Expression {
		if (expression.kind === 'constant' || expression.kind === 'parameter') return expression;
		// Inside subqueries only grouped columns match, not larger grouped expressions.
		const group = this.#inTargetOrder().find((g) => (!insideSubquery || g.expression.kind === 'column') && equalExpressions(g.expression, expression));
		if (group !== undefined) return this.#reference(group, expression);
		if (expression.kind === 'column') return this.#column(expression, insideSubquery);
		const by: Rewriter = { expression: (e) => this.#at(e, insideSubquery), plan: (p) => this.#plan(p) };
		const rewritten = mapChildren(expression, by);
		return rewritten === expression ? expression : this.#level.context.withTypmod(rewritten, this.#level.context.typmodOf(expression));
	}

	/** Of equal groups the one that comes first in the select list is meant. */
	#inTargetOrder(): readonly Group[] {
		return this.#groups.some((g) => g.target >= 0) ? [...this.#groups].sort((a, b) => a.target - b.target) : this.#groups;
	}

	#plan(plan: Plan): Plan {
		return mapPlanParts(plan, { expression: (e) => this.#at(e, true), plan: (p) => this.#plan(p) });
	}

	#reference(group: Group, expression: Expression): Expression {
		return { kind: 'column', id: group.column.id, type: group.column.type, position: expression.position ?? 0 };
	}

	#column(expression: Expression & { readonly kind: 'column' }, insideSubquery: boolean): Expression {
		const from = this.#level.fromColumns.get(expression.id);
		if (from === undefined) return expression;
		// The same column under another type (a domain's base, varchar as text): group by the column itself.
		const retyped = this.#groups.find((g) => g.expression.kind === 'column' && g.expression.id === expression.id);
		if (retyped !== undefined) return { ...expression, id: retyped.column.id };
		if (!this.#isDependent(from.entry)) {
			const name = from.entry.alias === '' ? from.name : `${from.entry.alias}.${from.name}`;
			const message = insideSubquery
				? `subquery uses ungrouped column "${name}" from outer query`
				: `column "${name}" must appear in the GROUP BY clause or be used in an aggregate function`;
			throw this.#level.context.error('42803', message, expression.position ?? 0);
		}
		const { context } = this.#level;
		const source = context.shared.columns.get(expression.id);
		const column = context.newColumn(from.name, source?.type ?? expression.type, source?.typmod ?? -1, source?.origin ?? null);
		this.#groups.push({ column, expression: { kind: 'column', id: expression.id, type: column.type }, target: -1 });
		return { ...expression, id: column.id };
	}

	/** The primary key of the table is among the columns grouped by in every set. */
	#isDependent(entry: RangeEntry): boolean {
		const table = entry.table;
		const key = table === null ? [] : this.#keyOf(table);
		if (table === null || key.length === 0) return false;
		const grouped = new Set<ColumnId>();
		this.#groups.forEach((g, i) => {
			if (this.#common.has(i) && g.expression.kind === 'column') grouped.add(g.expression.id);
		});
		const dependent = key.every((number) => {
			const name = table.columns.find((c) => c.number === number)?.name;
			const at = table.columns.filter((c) => !c.dropped).findIndex((c) => c.name === name);
			const column = entry.columns[at]?.expression;
			return column?.kind === 'column' && grouped.has(column.id);
		});
		if (dependent) this.#dependOnKey(table);
		return dependent;
	}

	/** Columns of the primary key, whether it clusters the rows or stands beside them; none when it may be broken for a while. */
	#keyOf(table: TableObject): readonly number[] {
		if (table.primaryKey.length > 0) return table.primaryKey;
		for (const id of table.constraintIds) {
			const constraint = this.#level.context.catalog.get(id);
			if (constraint?.kind === 'constraint' && constraint.type === 'primary' && !constraint.deferrable) return constraint.columns;
		}
		return [];
	}

	/** A view that relies on the key cannot outlive its constraint. */
	#dependOnKey(table: TableObject): void {
		const { context } = this.#level;
		for (const id of table.constraintIds) {
			const constraint = context.catalog.get(id);
			if (constraint?.kind === 'constraint' && constraint.type === 'primary') context.depend(constraint);
		}
	}

	/** GROUPING(…) calls as masks over group indexes. */
	grouping(): { readonly column: Column; readonly groups: readonly number[] }[] {
		return this.#level.grouping.map((call) => ({
			column: call.column,
			groups: call.arguments.map((argument) => {
				const index = this.#groups.findIndex((g) => equalExpressions(g.expression, argument));
				if (index < 0)
					throw this.#level.context.error(
						'42803',
						'arguments to GROUPING must be grouping expressions of the associated query level',
						argument.position ?? call.position,
					);
				return index;
			}),
		}));
	}
}
