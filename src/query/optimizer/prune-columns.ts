/**
 * Drops columns that nothing reads: scans decode less, hash tables and sorts hold less. Works from the top down with the set of
 * columns wanted by what is above; the statement's own columns, and inputs matched by position, are wanted whole.
 */
import { joinColumns } from '../algebra/build.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { columnsRead, isVolatile, mapChildren, mapPlanParts, outerColumns, visitPlanParts } from '../algebra/traverse.ts';
import { covers } from './choose-access.ts';

/** Prunes a whole statement's plan. */
export function pruneColumns(plan: Plan): Plan {
	return prune(plan, new Set(plan.columns.map((c) => c.id)));
}

function inExpression(e: Expression): Expression {
	const by = { expression: inExpression, plan: pruneColumns };
	return mapChildren(e, by);
}

/** Columns read by the operator's own expressions, subplans included. */
function ownReads(plan: Plan): Set<ColumnId> {
	const read = new Set<ColumnId>();
	visitPlanParts(
		plan,
		() => {},
		(e) => columnsRead(e, read),
	);
	return read;
}

function prune(plan: Plan, wanted: ReadonlySet<ColumnId>): Plan {
	const keep = <T extends { readonly id: ColumnId }>(columns: readonly T[]): readonly T[] => columns.filter((c) => wanted.has(c.id));
	switch (plan.kind) {
		case 'scan':
		case 'access': {
			const scan = plan.scan.filter((s) => wanted.has(s.column.id));
			const rebuilt = mapPlanParts(plan, { expression: inExpression, plan: pruneColumns });
			const slim = { ...(rebuilt as typeof plan), scan, columns: scan.map((s) => s.column) };
			// Nearest rows are ordered by values of the rows themselves.
			if (slim.kind === 'scan' || slim.index === null || slim.covering || slim.nearest !== undefined) return slim;
			return covers(slim.table, slim.index, scan) ? { ...slim, covering: true } : slim;
		}
		case 'column-scan': {
			const read = ownReads(plan);
			return { ...plan, scan: plan.scan.filter((s) => wanted.has(s.column.id) || read.has(s.column.id)), columns: keep(plan.columns) };
		}
		case 'project': {
			const items = plan.items
				.filter((i) => wanted.has(i.column.id) || isVolatile(i.expression))
				.map((i) => ({ ...i, expression: inExpression(i.expression) }));
			const slim = { ...plan, items, columns: items.map((i) => i.column) };
			return { ...slim, input: prune(plan.input, ownReads({ ...slim, input: EMPTY })) };
		}
		case 'filter':
		case 'sort':
		case 'limit':
		case 'lock-rows':
		case 'expand':
		case 'window': {
			const reads = new Set([...wanted, ...ownReads(plan)]);
			if (plan.kind === 'lock-rows') for (const t of plan.targets) reads.add(t.key);
			const rebuilt = mapPlanParts(plan, { expression: inExpression, plan: (p) => prune(p, reads) }) as typeof plan;
			const added = rebuilt.kind === 'expand' ? rebuilt.items.map((i) => i.column) : rebuilt.kind === 'window' ? rebuilt.calls.map((c) => c.column) : [];
			return { ...rebuilt, columns: [...rebuilt.input.columns, ...added] };
		}
		case 'join':
		case 'hash-join':
		case 'apply': {
			const reads = new Set([...wanted, ...ownReads(plan)]);
			if (plan.kind === 'apply') for (const id of outerColumns(plan.right)) reads.add(id);
			const rebuilt = mapPlanParts(plan, { expression: inExpression, plan: (p) => prune(p, reads) }) as typeof plan;
			return { ...rebuilt, columns: joinColumns(rebuilt.type, rebuilt.left, rebuilt.right) };
		}
		case 'aggregate': {
			const aggregates = plan.aggregates.filter((a) => wanted.has(a.column.id));
			const slim = { ...plan, aggregates };
			const rebuilt = mapPlanParts(slim, { expression: inExpression, plan: (p) => prune(p, ownReads(slim)) }) as typeof plan;
			return { ...rebuilt, columns: [...rebuilt.groups.map((g) => g.column), ...aggregates.map((a) => a.column), ...rebuilt.grouping.map((g) => g.column)] };
		}
		case 'distinct': {
			if (plan.on.length === 0) return mapPlanParts(plan, { expression: inExpression, plan: pruneColumns });
			const reads = new Set([...wanted, ...ownReads(plan)]);
			const rebuilt = mapPlanParts(plan, { expression: inExpression, plan: (p) => prune(p, reads) }) as typeof plan;
			return { ...rebuilt, columns: rebuilt.input.columns };
		}
		case 'with':
			return { ...plan, definition: pruneColumns(plan.definition), body: prune(plan.body, wanted), columns: keep(plan.columns) };
		case 'barrier': {
			const input = prune(plan.input, wanted);
			return { ...plan, input, columns: plan.discards ? [] : keep(plan.columns) };
		}
		case 'update':
		case 'delete': {
			const reads = new Set([...ownReads(plan), plan.keyColumn, ...plan.oldRow]);
			return mapPlanParts(plan, { expression: inExpression, plan: (p) => prune(p, reads) });
		}
		default:
			return mapPlanParts(plan, { expression: inExpression, plan: pruneColumns });
	}
}

const EMPTY: Plan = { kind: 'values', rows: [], columns: [] };
