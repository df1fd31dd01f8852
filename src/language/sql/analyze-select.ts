/**
 * SELECT → plan. The order of the operators is that of the standard: FROM, WHERE, GROUP BY with aggregates, HAVING, windows,
 * set functions of the select list, projection, DISTINCT, ORDER BY, LIMIT. A sort by plain columns happens below the
 * projection, so that an index order or a top-k can be seen and only rows that are wanted are projected.
 */
import type { Expression, SortKey } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { columnsRead } from '../../query/algebra/traverse.ts';
import { INT8, TEXT, UNKNOWN } from '../../value/builtin-types.ts';
import { analyzeBoolean, analyzeExpression } from './analyze-expression.ts';
import { analyzeFrom } from './analyze-from.ts';
import { analyzeGroupClause, groupLevel } from './analyze-group.ts';
import { equalityOf } from './analyze-operator.ts';
import { analyzeSetOperation, resultLevel } from './analyze-set-operation.ts';
import { analyzeValues } from './analyze-values.ts';
import { defineWindows } from './analyze-window.ts';
import { analyzeWith, wrapCtes } from './analyze-with.ts';
import { type AstNode, namesOf, type SelectStmt } from './ast.ts';
import { coerceToTarget, coerceType } from './coercion.ts';
import { type CursorKeys, cursorItems, mayNameRows } from './cursor-keys.ts';
import { equalExpressions, equalLists, equalSortKeys } from './expression-equality.ts';
import { lockRows, wantsLocks } from './row-locks.ts';
import { QueryLevel } from './scope.ts';
import { sortKey } from './sort-keys.ts';
import type { StatementContext } from './statement-context.ts';
import { analyzeTargets, type TargetItem } from './target-list.ts';

export interface SelectOptions {
	/** Result columns of unknown type stay so: branches of UNION and INSERT … SELECT decide later. */
	readonly unknownsStay?: boolean;
	readonly isBranch?: boolean;
	/** The query is a cursor's: gets the tables whose rows it names, and whether it locks them. The plan's last columns are their keys. */
	readonly cursor?: { keys: CursorKeys | null };
}

export interface AnalyzedSelect {
	/** Its columns are the result's. */
	readonly plan: Plan;
}

/** A query with all its clauses. `parent` is the level whose columns it may read as outer references. */
export function analyzeSelect(context: StatementContext, parent: QueryLevel | null, node: SelectStmt, options: SelectOptions = {}): AnalyzedSelect {
	const level = new QueryLevel(context, parent);
	if (node.intoClause !== undefined) throw context.error('42601', 'SELECT ... INTO is not allowed here');
	analyzeWith(level, node.withClause, node);
	return { plan: wrapCtes(level, selectBody(level, node, options)) };
}

function selectBody(level: QueryLevel, node: SelectStmt, options: SelectOptions): Plan {
	const unknownsStay = options.unknownsStay ?? false;
	if (node.op !== undefined && node.op !== 'SETOP_NONE') {
		if (wantsLocks(node)) throw level.context.error('0A000', `${lockName(node)} is not allowed with UNION/INTERSECT/EXCEPT`);
		return orderResult(level, node, analyzeSetOperation(level, node, unknownsStay));
	}
	if (node.valuesLists !== undefined && node.valuesLists.length > 0) {
		if (wantsLocks(node)) throw level.context.error('0A000', `${lockName(node)} cannot be applied to VALUES`);
		return orderResult(level, node, analyzeValues(level, node, unknownsStay));
	}
	return plainSelect(level, node, unknownsStay, options.cursor ?? null);
}

export function lockName(node: SelectStmt): string {
	const strength = (node.lockingClause as AstNode[] | undefined)?.[0]?.LockingClause?.strength;
	return { LCS_FORKEYSHARE: 'FOR KEY SHARE', LCS_FORSHARE: 'FOR SHARE', LCS_FORNOKEYUPDATE: 'FOR NO KEY UPDATE' }[strength as string] ?? 'FOR UPDATE';
}

/** ORDER BY and LIMIT over the whole of a set operation or VALUES: only result columns are in scope. */
function orderResult(level: QueryLevel, node: SelectStmt, plan: Plan): Plan {
	const sortNodes = (node.sortClause ?? []) as AstNode[];
	const results = resultLevel(level, plan);
	const targets: TargetItem[] = plan.columns.map((c) => ({ name: c.name, expression: { kind: 'column', id: c.id, type: c.type }, junk: false }));
	const count = targets.length;
	const keys = results.within('order by', () => analyzeSortClause(results, sortNodes, targets));
	if (targets.length > count) {
		throw level.context.error('0A000', 'invalid UNION/INTERSECT/EXCEPT ORDER BY clause', targets[count]!.expression.position ?? 0, {
			detail: 'Only result column names can be used, not expressions or functions.',
			hint: 'Add the expression/function to every SELECT, or move the UNION into a FROM clause.',
		});
	}
	const sorted: Plan = keys.length === 0 ? plan : { kind: 'sort', input: plan, keys, columns: plan.columns };
	return limitPlan(results, node, sorted, keys);
}

function plainSelect(level: QueryLevel, node: SelectStmt, unknownsStay: boolean, cursor: SelectOptions['cursor'] | null): Plan {
	const { context } = level;
	level.withKeys = wantsLocks(node) || (cursor !== null && mayNameRows(node));
	analyzeFrom(level, (node.fromClause ?? []) as AstNode[]);
	const windows = (node.windowClause ?? []) as AstNode[];
	// Named windows are looked up by the calls in the select list, so their names must be known before.
	for (const w of windows) level.windowDefinitions.set(w.WindowDef!.name ?? '', w.WindowDef!);
	const targets = level.within('select', () => analyzeTargets(level, (node.targetList ?? []) as AstNode[]));
	const where = node.whereClause === undefined ? null : level.within('where', () => analyzeBoolean(level, node.whereClause as AstNode, 'WHERE'));
	let having = node.havingClause === undefined ? null : level.within('having', () => analyzeBoolean(level, node.havingClause as AstNode, 'HAVING'));
	let keys: readonly TargetKey[] = level.within('order by', () => analyzeSortClause(level, (node.sortClause ?? []) as AstNode[], targets));
	const groups = level.within('group by', () => analyzeGroupClause(level, node, targets));
	const distinct = analyzeDistinct(level, node, targets, keys);
	checkWindowNames(level, windows);
	const resolved = unknownsStay
		? targets
		: targets.map((t) => (t.expression.type.oid === UNKNOWN.oid ? { ...t, expression: coerceType(context, t.expression, TEXT, -1, 'implicit') } : t));
	let items: readonly TargetItem[] = resolved;
	let plan: Plan = level.plan ?? { kind: 'values', rows: [[]], columns: [] };
	if (where !== null) plan = { kind: 'filter', input: plan, predicate: where, columns: plan.columns };
	const grouped = groups !== null || level.aggregates.length > 0 || having !== null || level.grouping.length > 0;
	if (grouped) {
		if (wantsLocks(node)) throw context.error('0A000', `${lockName(node)} is not allowed with ${groups === null ? 'aggregate functions' : 'GROUP BY clause'}`);
		// HAVING without groups or aggregates: one row, whatever the tables hold; they are not read.
		if (groups === null && level.aggregates.length === 0) plan = { kind: 'values', rows: [[]], columns: [] };
		const regroup = groupLevel(level, plan, groups);
		items = items.map((t, i) => ({ ...t, expression: regroup.rewriteTarget(i, t.expression) }));
		keys = keys.map((k) => ({ ...k, expression: regroup.rewriteTarget(k.target, k.expression) }));
		having = having === null ? null : regroup.rewrite(having);
		rewriteWindows(level, regroup.rewrite);
		rewriteExpands(level, regroup.rewrite);
		plan = regroup.plan();
		if (having !== null) plan = { kind: 'filter', input: plan, predicate: having, columns: plan.columns };
	}
	plan = windowPlans(level, plan);
	plan = expandPlans(level, plan);
	return finishSelect(level, node, plan, level.withKeys && !grouped ? withCursorItems(level, node, items, cursor) : items, keys, distinct);
}

/** The items, with those that tell which rows of tables a cursor's row is, behind those that it shows. */
function withCursorItems(level: QueryLevel, node: SelectStmt, items: readonly TargetItem[], cursor: SelectOptions['cursor'] | null): readonly TargetItem[] {
	if (cursor === null || cursor === undefined) return items;
	const visible = items.filter((t) => !t.junk);
	const keys = cursorItems(level, node, visible.length);
	if (keys.items.length > 0) cursor.keys = { shown: visible.length, width: visible.length + keys.items.length, locks: wantsLocks(node), tables: keys.tables };
	return [...visible, ...keys.items, ...items.filter((t) => t.junk)];
}

function checkWindowNames(level: QueryLevel, windows: readonly AstNode[]): void {
	if (windows.length === 0) return;
	level.windowDefinitions.clear();
	level.within('select', () => defineWindows(level, windows));
}

function rewriteWindows(level: QueryLevel, rewrite: (e: Expression) => Expression): void {
	const key = (k: SortKey): SortKey => ({ ...k, expression: rewrite(k.expression) });
	level.windows.forEach((w, i) => {
		level.windows[i] = {
			partition: w.partition.map(rewrite),
			orderBy: w.orderBy.map(key),
			call: { ...w.call, arguments: w.call.arguments.map(rewrite), filter: w.call.filter === null ? null : rewrite(w.call.filter) },
		};
	});
}

function rewriteExpands(level: QueryLevel, rewrite: (e: Expression) => Expression): void {
	level.expands.forEach((e, i) => {
		level.expands[i] = { ...e, arguments: e.arguments.map(rewrite) };
	});
}

/** One operator per partition and order; those that others' inputs depend on cannot occur (calls do not nest). */
function windowPlans(level: QueryLevel, input: Plan): Plan {
	let plan = input;
	const waiting = [...level.windows];
	while (waiting.length > 0) {
		const first = waiting[0]!;
		const same = waiting.filter((w) => equalLists(w.partition, first.partition) && equalSortKeys(w.orderBy, first.orderBy));
		for (const w of same) waiting.splice(waiting.indexOf(w), 1);
		const partition = first.partition.map((expression) => ({ expression, equality: equalityOf(level.context, expression.type, expression.position ?? 0) }));
		const calls = same.map((w) => w.call);
		plan = { kind: 'window', input: plan, partition, orderBy: first.orderBy, calls, columns: [...plan.columns, ...calls.map((c) => c.column)] };
	}
	return plan;
}

/** Set functions of the select list, innermost first. */
function expandPlans(level: QueryLevel, input: Plan): Plan {
	let plan = input;
	const depths = level.expands.reduce((max, e) => Math.max(max, e.depth + 1), 0);
	for (let depth = 0; depth < depths; depth++) {
		const items = level.expands
			.filter((e) => e.depth === depth)
			.map((e) => ({ column: e.column, function: e.function, arguments: e.arguments, ...(e.variadic ? { variadic: true } : {}) }));
		plan = { kind: 'expand', input: plan, items, columns: [...plan.columns, ...items.map((i) => i.column)] };
	}
	return plan;
}

interface Distinct {
	readonly kind: 'none' | 'all' | 'on';
	/** Indexes of targets, for DISTINCT ON. */
	readonly on: readonly number[];
}

function finishSelect(level: QueryLevel, node: SelectStmt, input: Plan, items: readonly TargetItem[], keys: readonly SortKey[], distinct: Distinct): Plan {
	const { context } = level;
	const visible = items.filter((t) => !t.junk);
	const early = distinct.kind === 'none' && level.expands.length === 0 && keys.every((k) => k.expression.kind === 'column');
	if (early) {
		let plan: Plan = keys.length === 0 ? input : { kind: 'sort', input, keys, columns: input.columns };
		if (level.withKeys) plan = lockRows(level, node, plan);
		return projectItems(context, limitPlan(level, node, plan, keys), visible);
	}
	const used = distinct.kind === 'all' ? visible : items;
	const kept = level.withKeys ? [...used, ...keyItems(level)] : used;
	const projected = projectItems(context, input, kept);
	const outputs = new Map(used.map((t, i) => [t, projected.columns[i]!]));
	const onOutput = (expression: Expression): Expression => {
		const target = used.find((t) => equalExpressions(t.expression, expression));
		const column = target === undefined ? undefined : outputs.get(target);
		return column === undefined ? expression : { kind: 'column', id: column.id, type: expression.type };
	};
	let plan: Plan = projected;
	if (distinct.kind === 'all') plan = { kind: 'distinct', input: plan, on: [], columns: plan.columns };
	const sortKeys = keys.map((k) => ({ ...k, expression: onOutput(k.expression) }));
	if (sortKeys.length > 0) plan = { kind: 'sort', input: plan, keys: sortKeys, columns: plan.columns };
	if (distinct.kind === 'on') {
		const on = distinct.on.map((i) => {
			const expression = onOutput(items[i]!.expression);
			return { expression, equality: equalityOf(context, expression.type, expression.position ?? 0) };
		});
		plan = { kind: 'distinct', input: plan, on, columns: plan.columns };
	}
	if (level.withKeys) plan = lockRows(level, node, plan, projected);
	plan = limitPlan(level, node, plan, sortKeys);
	return dropJunk(plan, kept);
}

/** The row keys that locks need, as items of a projection. */
function keyItems(level: QueryLevel): TargetItem[] {
	return level.lockable.flatMap((entry) =>
		entry.keyColumn === null
			? []
			: [{ name: 'row key', expression: { kind: 'column', id: entry.keyColumn, type: level.context.type(17) }, junk: true } as TargetItem],
	);
}

/** A projection of the items; columns that are plain references keep their origin. */
export function projectItems(context: StatementContext, input: Plan, targets: readonly TargetItem[]): Plan {
	const items = targets.map((t) => {
		const source = t.expression.kind === 'column' ? context.shared.columns.get(t.expression.id) : undefined;
		const origin = source !== undefined && source.type.oid === t.expression.type.oid ? (source.origin ?? null) : null;
		return { column: context.newColumn(t.name, t.expression.type, context.typmodOf(t.expression), origin), expression: t.expression };
	});
	return { kind: 'project', input, items, columns: items.map((i) => i.column) };
}

function dropJunk(plan: Plan, items: readonly TargetItem[]): Plan {
	if (!items.some((t) => t.junk)) return plan;
	const kept = plan.columns.filter((_, i) => !items[i]!.junk);
	return {
		kind: 'project',
		input: plan,
		columns: kept,
		items: kept.map((column) => ({ column, expression: { kind: 'column', id: column.id, type: column.type } })),
	};
}

/** A sort key, and the index of the target that it is. */
interface TargetKey extends SortKey {
	readonly target: number;
}

/** ORDER BY: ordinals, result names, expressions. Adds junk targets for expressions that are not in the list. */
function analyzeSortClause(level: QueryLevel, nodes: readonly AstNode[], targets: TargetItem[]): TargetKey[] {
	const keys: TargetKey[] = [];
	for (const node of nodes) {
		const sort = node.SortBy!;
		const index = findTarget(level, sort.node as AstNode, targets, 'ORDER BY');
		const target = targets[index]!;
		const key = sortKey(level.context, sort, target.expression);
		if (key.expression !== target.expression) targets[index] = { ...target, expression: key.expression };
		if (!keys.some((k) => k.target === index)) keys.push({ ...key, target: index });
	}
	return keys;
}

/** The target that an ORDER BY, GROUP BY or DISTINCT ON item means; a new junk one when it is none of them. */
export function findTarget(level: QueryLevel, node: AstNode, targets: TargetItem[], clause: string): number {
	const { context } = level;
	const fields = node.ColumnRef?.fields as AstNode[] | undefined;
	if (fields?.length === 1 && fields[0]!.String !== undefined) {
		const found = findTargetByName(level, namesOf(fields)[0]!, targets, clause, context.at(node.ColumnRef?.location));
		if (found >= 0) return found;
	}
	const constant = node.A_Const;
	if (constant !== undefined) {
		const position = context.at(constant.location);
		if (constant.ival === undefined) throw context.error('42601', `non-integer constant in ${clause}`, position);
		const ordinal = constant.ival.ival ?? 0;
		const visible = targets.filter((t) => !t.junk).length;
		if (ordinal < 1 || ordinal > visible) throw context.error('42P10', `${clause} position ${ordinal} is not in select list`, position);
		return ordinal - 1;
	}
	const expression = analyzeExpression(level, node);
	const equal = targets.findIndex((t) => equalExpressions(t.expression, expression));
	if (equal >= 0) return equal;
	targets.push({ name: '?column?', expression, junk: true });
	return targets.length - 1;
}

function findTargetByName(level: QueryLevel, name: string, targets: readonly TargetItem[], clause: string, position: number): number {
	// In GROUP BY a column of FROM comes before a result name.
	if (clause === 'GROUP BY' && level.namespace.some((i) => i.columnsVisible && i.entry.columns.some((c) => c.name === name))) return -1;
	let found = -1;
	for (let i = 0; i < targets.length; i++) {
		if (targets[i]!.junk || targets[i]!.name !== name) continue;
		if (found < 0) found = i;
		else if (!equalExpressions(targets[i]!.expression, targets[found]!.expression))
			throw level.context.error('42702', `${clause} "${name}" is ambiguous`, position);
	}
	return found;
}

function analyzeDistinct(level: QueryLevel, node: SelectStmt, targets: TargetItem[], keys: readonly SortKey[]): Distinct {
	const { context } = level;
	const clause = node.distinctClause as AstNode[] | undefined;
	if (clause === undefined) return { kind: 'none', on: [] };
	if (wantsLocks(node)) throw context.error('0A000', `${lockName(node)} is not allowed with DISTINCT clause`);
	const nodes = clause.filter((n) => Object.keys(n).length > 0);
	if (nodes.length === 0) {
		const junk = targets.find((t) => t.junk && keys.some((k) => equalExpressions(k.expression, t.expression)));
		if (junk !== undefined) throw context.error('42P10', 'for SELECT DISTINCT, ORDER BY expressions must appear in select list', junk.expression.position ?? 0);
		for (const t of targets) if (t.expression.type.oid !== UNKNOWN.oid) equalityOf(context, t.expression.type, t.expression.position ?? 0);
		return { kind: 'all', on: [] };
	}
	const on = level.within('distinct on', () => nodes.map((n) => findTarget(level, n, targets, 'DISTINCT ON')));
	const leading = keys.slice(0, on.length);
	const stray = leading.find((k) => !on.some((i) => equalExpressions(targets[i]!.expression, k.expression)));
	if (stray !== undefined)
		throw context.error('42P10', 'SELECT DISTINCT ON expressions must match initial ORDER BY expressions', targets[on[0]!]!.expression.position ?? 0);
	return { kind: 'on', on };
}

/** LIMIT, OFFSET, FETCH FIRST … WITH TIES. */
function limitPlan(level: QueryLevel, node: SelectStmt, input: Plan, keys: readonly SortKey[]): Plan {
	const ties = node.limitOption === 'LIMIT_OPTION_WITH_TIES';
	if (ties && (node.limitCount as AstNode | undefined)?.A_Const?.isnull)
		throw level.context.error('2201W', 'row count cannot be null in FETCH FIRST ... WITH TIES clause');
	const offset = limitExpression(level, node.limitOffset as AstNode | undefined, 'OFFSET');
	const count = limitExpression(level, node.limitCount as AstNode | undefined, 'LIMIT');
	if (count === null && offset === null) return input;
	if (ties && keys.length === 0) throw level.context.error('42601', 'WITH TIES cannot be specified without ORDER BY clause');
	return { kind: 'limit', input, count, offset, columns: input.columns, ...(ties ? { ties: keys } : {}) };
}

function limitExpression(level: QueryLevel, node: AstNode | undefined, name: 'LIMIT' | 'OFFSET'): Expression | null {
	if (node === undefined || node.A_Const?.isnull) return null;
	const { context } = level;
	const expression = level.within(name === 'LIMIT' ? 'limit' : 'offset', () => analyzeExpression(level, node));
	for (const id of columnsRead(expression)) {
		if (level.fromColumns.has(id)) throw context.error('42P10', `argument of ${name} must not contain variables`, expression.position ?? 0);
	}
	const converted = coerceToTarget(context, expression, INT8, -1, 'assignment');
	if (converted === null)
		throw context.error('42804', `argument of ${name} must be type bigint, not type ${context.typeName(expression.type)}`, expression.position ?? 0);
	return converted;
}
