/** EXPLAIN: the tree of operators as text or JSON, with the counts of an instrumented run where there is one. */

import type { ReachStep } from '../../storage/adjacency/reach-walk.ts';
import type { Expression, SortKey } from '../algebra/expression.ts';
import type { AccessBounds, AdjacencyUse, Plan, ScanColumn } from '../algebra/plan.ts';
import { producedInside, visitChildren, visitPlanParts } from '../algebra/traverse.ts';
import { formatExpression } from './format-expression.ts';

/** Rows, openings and time per operator, as `Program.operatorRows` gives them. */
export type Measured = ReadonlyMap<Plan, { readonly rows: number; readonly loops: number; readonly ms: number }>;

/** How many rows the optimizer expects of an operator. */
export type Estimated = (plan: Plan) => number;

/** An operator of a plan and those below it, as clients of other protocols are shown it. */
export interface ExplainedOperator {
	readonly operator: string;
	/** Names of the columns it gives. */
	readonly identifiers: readonly string[];
	readonly details: ReadonlyMap<string, string>;
	readonly children: readonly ExplainedOperator[];
	/** Of an instrumented run. */
	readonly rows?: number;
	readonly timeMs?: number;
}

/** A line of the tree: what the operator is, and its properties. */
interface Line {
	readonly title: string;
	readonly properties: readonly (readonly [string, string])[];
}

/** The plan as PostgreSQL shows plans: one operator a line, its properties below, inputs indented behind `->`; with expected rows where `estimated` says them. */
export function explainText(plan: Plan, measured: Measured | null = null, estimated: Estimated | null = null): string {
	const lines: string[] = [];
	const names = columnNames(plan);
	const write = (p: Plan, depth: number, label: string): void => {
		const { title, properties } = describe(p, names);
		const indent = depth === 0 ? '' : `${' '.repeat(depth * 6 - 4)}->  `;
		const inner = ' '.repeat(depth === 0 ? 2 : depth * 6 + 2);
		if (label !== '') lines.push(`${inner.slice(0, -2)}${label}`);
		const expected = estimated === null ? '' : ` (rows=${Math.round(estimated(p))})`;
		lines.push(`${indent}${title}${expected}${counts(p, measured)}`);
		for (const [name, value] of properties) lines.push(`${inner}${name}: ${value}`);
		for (const child of inputsOf(p)) write(child, depth + 1, '');
		subplansOf(p).forEach((child, i) => {
			write(child, depth + 1, `SubPlan ${i + 1}`);
		});
	};
	write(plan, 0, '');
	return lines.join('\n');
}

/** The same as a tree of objects, with PostgreSQL's names of properties. */
export function explainJson(plan: Plan, measured: Measured | null = null, estimated: Estimated | null = null): Record<string, unknown> {
	const names = columnNames(plan);
	const node = (p: Plan): Record<string, unknown> => {
		const { title, properties } = describe(p, names);
		const found = measured?.get(p);
		const inputs = [...inputsOf(p), ...subplansOf(p)].map(node);
		return {
			'Node Type': title,
			...Object.fromEntries(properties),
			...(estimated === null ? {} : { 'Plan Rows': Math.round(estimated(p)) }),
			...(found === undefined ? {} : { 'Actual Rows': found.rows, 'Actual Loops': found.loops, 'Actual Total Time': Number(found.ms.toFixed(3)) }),
			...(inputs.length === 0 ? {} : { Plans: inputs }),
		};
	};
	return node(plan);
}

/** The same as a tree that keeps the kinds of things apart. */
export function explainTree(plan: Plan, measured: Measured | null = null): ExplainedOperator {
	const names = columnNames(plan);
	const node = (p: Plan): ExplainedOperator => {
		const { title, properties } = describe(p, names);
		const found = measured?.get(p);
		return {
			operator: title,
			identifiers: p.columns.map((column) => names.get(column.id) ?? column.name),
			details: new Map(properties),
			children: [...inputsOf(p), ...subplansOf(p)].map(node),
			...(measured === null ? {} : { rows: found?.rows ?? 0, timeMs: found?.ms ?? 0 }),
		};
	};
	return node(plan);
}

function counts(plan: Plan, measured: Measured | null): string {
	if (measured === null) return '';
	const found = measured.get(plan);
	if (found === undefined || found.loops === 0) return ' (never executed)';
	return ` (actual time=${found.ms.toFixed(3)} rows=${found.rows} loops=${found.loops})`;
}

function inputsOf(plan: Plan): readonly Plan[] {
	const inputs: Plan[] = [];
	visitPlanParts(
		plan,
		(p) => {
			if (plan.kind !== 'star-aggregate' || p !== plan.fallback) inputs.push(p);
		},
		() => {},
	);
	return inputs;
}

/** Plans inside an operator's expressions. */
function subplansOf(plan: Plan): readonly Plan[] {
	const found: Plan[] = [];
	const walk = (e: Expression): void => visitChildren(e, walk, (p) => found.push(p));
	visitPlanParts(plan, () => {}, walk);
	return found;
}

/** How columns are called in texts: by name, led by the number where several share one. */
function columnNames(plan: Plan): ReadonlyMap<number, string> {
	const names = new Map<number, string>();
	const visit = (p: Plan): void => {
		for (const column of producedInside(p))
			if (!names.has(column.id)) names.set(column.id, column.name === '' || column.name === '?column?' ? `#${column.id}` : column.name);
		for (const child of [...inputsOf(p), ...subplansOf(p)]) visit(child);
	};
	visit(plan);
	return names;
}

function describe(plan: Plan, names: ReadonlyMap<number, string>): Line {
	const text = (e: Expression): string => formatExpression(e, names);
	const list = (expressions: readonly Expression[]): string => expressions.map(text).join(', ');
	const keys = (sort: readonly SortKey[]): string =>
		sort
			.map((k) => `${text(k.expression)}${k.descending ? ' DESC' : ''}${k.nullsFirst === k.descending ? '' : k.nullsFirst ? ' NULLS FIRST' : ' NULLS LAST'}`)
			.join(', ');
	const optional = (name: string, e: Expression | null | undefined): [string, string][] => (e === null || e === undefined ? [] : [[name, text(e)]]);
	switch (plan.kind) {
		case 'scan':
			return {
				title: `Scan on ${plan.table.name}`,
				properties: plan.adjacency === undefined ? [] : [['Adjacency', describeAdjacency(plan.adjacency, plan.scan, text)]],
			};
		case 'column-scan':
			return {
				title: `Column Scan${plan.index === null ? '' : ` using ${plan.index.name}`} on ${plan.table.name}`,
				properties: plan.predicates.length === 0 ? [] : [['Condition', plan.predicates.map(text).join(' AND ')]],
			};
		case 'access':
			return describeAccess(plan, text);
		case 'values':
			return { title: plan.rows.length === 1 ? 'Result' : `Values (${plan.rows.length} rows)`, properties: [] };
		case 'virtual-scan':
			return { title: `Virtual Scan on ${plan.provider}`, properties: [] };
		case 'function-scan':
			return { title: `Function Scan on ${plan.functions.map((f) => f.function.name).join(', ')}`, properties: [] };
		case 'filter':
			return { title: 'Filter', properties: [['Condition', text(plan.predicate)]] };
		case 'project':
			return { title: 'Project', properties: [['Output', list(plan.items.map((i) => i.expression))]] };
		case 'expand':
			return { title: 'Expand', properties: [['Functions', plan.items.map((i) => i.function.name).join(', ')]] };
		case 'join':
			return { title: joinTitle('Nested Loop', plan.type), properties: optional('Join Condition', plan.on) };
		case 'hash-join':
			return {
				title: joinTitle('Hash Join', plan.type),
				properties: [['Hash Condition', plan.keys.map((k) => `${text(k.left)} = ${text(k.right)}`).join(' AND ')], ...optional('Join Filter', plan.residual)],
			};
		case 'apply':
			return { title: joinTitle('Apply', plan.type), properties: optional('Join Filter', plan.on) };
		case 'aggregate':
			return {
				title: plan.groups.length === 0 ? 'Aggregate' : plan.sorted ? 'Group Aggregate' : 'Hash Aggregate',
				properties: plan.groups.length === 0 ? [] : [['Group Key', list(plan.groups.map((g) => g.expression))]],
			};
		case 'star-aggregate':
			return {
				title: 'Star Aggregate',
				properties: [
					...(plan.groups.length === 0 ? [] : [['Group Key', list(plan.groups.map((g) => g.expression))] as const]),
					...plan.dimensions.map((d) => ['Look Up', `${names.get(d.key)} = ${names.get(d.match)}`] as const),
				],
			};
		case 'stored-groups':
			return { title: `Kept View ${plan.view}`, properties: [['Instead Of', plan.tables.map((t) => t.name).join(', ')]] };
		case 'window':
			return {
				title: 'Window',
				properties: [
					...(plan.partition.length > 0 ? [['Partition By', list(plan.partition.map((p) => p.expression))] as const] : []),
					...(plan.orderBy.length > 0 ? [['Order By', keys(plan.orderBy)] as const] : []),
				],
			};
		case 'sort':
			return { title: plan.limit ? 'Top-K Sort' : 'Sort', properties: [['Sort Key', keys(plan.keys)], ...optional('Limit', plan.limit)] };
		case 'limit':
			return { title: 'Limit', properties: [...optional('Count', plan.count), ...optional('Offset', plan.offset)] };
		case 'distinct':
			return { title: 'Distinct', properties: plan.on.length === 0 ? [] : [['On', list(plan.on.map((o) => o.expression))]] };
		case 'set-operation':
			return { title: `${plan.operation[0]!.toUpperCase()}${plan.operation.slice(1)}${plan.all ? ' All' : ''}`, properties: [] };
		case 'with':
			return { title: `With ${plan.name}`, properties: [] };
		case 'cte-scan':
			return { title: `CTE Scan on ${plan.name}`, properties: [] };
		case 'recursion':
			return { title: plan.distinct ? 'Recursive Union' : 'Recursive Union All', properties: [] };
		case 'working-scan':
			return { title: `Working Table Scan on ${plan.name}`, properties: [] };
		case 'reach':
			return {
				title: `Reach over ${plan.table.name}`,
				properties: [
					['From', text(plan.from)],
					['Steps', plan.steps.map(describeStep).join(', ')],
				],
			};
		case 'graph-algorithm':
			return { title: `Graph Algorithm ${plan.algorithm} over ${plan.edges.name}`, properties: [['Arguments', list(plan.arguments)]] };
		case 'shortest':
			return {
				title: `Shortest Walk over ${plan.table.name}`,
				properties: [
					['From', text(plan.from)],
					['To', text(plan.to)],
					['Step', describeStep({ ...plan.step, minimum: 1, labels: [], isApart: false })],
				],
			};
		case 'lock-rows':
			return { title: 'Lock Rows', properties: [['Tables', plan.targets.map((t) => `${t.table.name} for ${t.strength}`).join(', ')]] };
		case 'barrier':
			return { title: 'Barrier', properties: plan.each ? [['Changes Seen', 'row by row']] : [] };
		case 'insert':
			return {
				title: `Insert on ${plan.table.name}`,
				properties: plan.conflict === null ? [] : [['Conflict Resolution', plan.conflict.update === null ? 'NOTHING' : 'UPDATE']],
			};
		case 'update':
			return { title: `Update on ${plan.table.name}`, properties: [] };
		case 'delete':
			return { title: `Delete on ${plan.table.name}`, properties: [] };
	}
}

function joinTitle(method: string, type: string): string {
	return type === 'inner' ? method : `${method} ${type[0]!.toUpperCase()}${type.slice(1)} Join`;
}

function describeStep({ type, isOutgoing, isEither, minimum, maximum, labels }: ReachStep): string {
	const range = minimum === 1 && maximum === 1 ? '' : `*${minimum}..${maximum === Number.POSITIVE_INFINITY ? '' : maximum}`;
	const end = labels.length === 0 ? '' : ` to ${labels.join(', ')}`;
	const [before, behind] = isEither ? ['-', '-'] : isOutgoing ? ['', '->'] : ['<-', ''];
	return `${before}${type}${range}${behind}${end}`;
}

function describeAdjacency(
	{ kind, labels, type, types, isOutgoing, meets }: AdjacencyUse,
	scan: readonly ScanColumn[],
	text: (e: Expression) => string,
): string {
	const labelled = labels.length > 0 ? ` with ${labels.join(', ')}` : '';
	const what =
		kind === 'vertex' || kind === 'vertices'
			? `${kind}${labelled}`
			: kind === 'several'
				? `${isOutgoing ? 'outgoing' : 'incoming'} edges of ${types?.join(', ') ?? 'all types'}`
				: kind === 'pair'
					? 'from vertex to vertex'
					: kind === 'edges'
						? `edges of ${type}`
						: `${kind} edges`;
	const values = scan.filter((s) => s.part !== undefined && !labels.includes(s.part.values[0] as string)).map((s) => s.column.name);
	const met = (meets ?? []).map((one) => `, intersected with ${one.type}${one.isOutgoing ? '->' : '<-'} of ${text(one.vertex)}`).join('');
	return values.length === 0 ? what + met : `${what}${met}, values of ${values.join(', ')}`;
}

function describeAccess(plan: Extract<Plan, { kind: 'access' }>, text: (e: Expression) => string): Line {
	const { index, table } = plan;
	const isPrimary = index === null || index.primary;
	const numbers = isPrimary ? table.primaryKey : index.columns.map((c) => c.column);
	const name = (at: number): string => table.columns.find((c) => c.number === numbers[at])?.name ?? index?.columns[at]?.expressionText ?? `column ${at + 1}`;
	const bound = (bounds: AccessBounds): string => {
		const parts = bounds.equal.map((e, i) => `${name(i)} = ${text(e)}`);
		const at = bounds.equal.length;
		if (bounds.lower !== null) parts.push(`${name(at)} ${bounds.lower.inclusive ? '>=' : '>'} ${text(bounds.lower.expression)}`);
		if (bounds.upper !== null) parts.push(`${name(at)} ${bounds.upper.inclusive ? '<=' : '<'} ${text(bounds.upper.expression)}`);
		return parts.join(' AND ');
	};
	const shown = plan.bounds.slice(0, 5).map(bound);
	if (plan.bounds.length > 5) shown.push(`… (${plan.bounds.length} in all)`);
	plan.window?.forEach((side, i) => {
		if (side.lower !== null) shown.push(`${name(i)} >= ${text(side.lower)}`);
		if (side.upper !== null) shown.push(`${name(i)} <= ${text(side.upper)}`);
	});
	const conditions = shown.filter((s) => s !== '');
	const how = plan.covering ? 'Index Only Scan' : isPrimary ? 'Key Scan' : 'Index Scan';
	const title = `${how}${plan.reverse ? ' Backward' : ''}${isPrimary ? '' : ` using ${index.name}`} on ${table.name}`;
	const condition = conditions.join(plan.window === undefined ? ' OR ' : ' AND ');
	return {
		title,
		properties: [
			...(condition === '' ? [] : [[isPrimary ? 'Key Condition' : 'Index Condition', condition] as const]),
			...(plan.adjacency === undefined ? [] : [['Adjacency', describeAdjacency(plan.adjacency, plan.scan, text)] as const]),
			...(plan.integers === undefined ? [] : [['Integers in Memory', 'when built'] as const]),
			...(plan.nearest === undefined ? [] : [['Order By', `distance from ${text(plan.nearest.origin)}`] as const]),
			...(plan.expectedRows === undefined ? [] : [['Expected Rows', String(plan.expectedRows)] as const]),
		],
	};
}
