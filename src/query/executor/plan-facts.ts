/** What the executor asks of a plan as a whole before compiling it. */
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { columnsRead, visitChildren, visitPlanParts } from '../algebra/traverse.ts';

/** Calls back for a plan and all plans below it, those in expressions included. */
export function visitPlans(plan: Plan, visit: (plan: Plan) => void): void {
	const expression = (e: Expression): void => visitChildren(e, expression, walk);
	const walk = (p: Plan): void => {
		visit(p);
		visitPlanParts(p, walk, expression);
	};
	walk(plan);
}

const outerNamesOf = new WeakMap<Plan, ReadonlySet<number>>();

/** Names of CTEs and recursions that a plan reads and does not define. */
export function outerNames(plan: Plan): ReadonlySet<number> {
	const known = outerNamesOf.get(plan);
	if (known !== undefined) return known;
	const read = new Set<number>();
	const defined = new Set<number>();
	visitPlans(plan, (p) => {
		if (p.kind === 'cte-scan' || p.kind === 'working-scan') read.add(p.name);
		if (p.kind === 'with' || p.kind === 'recursion') defined.add(p.name);
	});
	for (const name of defined) read.delete(name);
	outerNamesOf.set(plan, read);
	return read;
}

/** How often CTEs are scanned, by name. */
export function cteScans(plan: Plan): Map<number, number> {
	const counts = new Map<number, number>();
	visitPlans(plan, (p) => {
		if (p.kind === 'cte-scan') counts.set(p.name, (counts.get(p.name) ?? 0) + 1);
	});
	return counts;
}

export function changesTables(plan: Plan): boolean {
	let found = false;
	visitPlans(plan, (p) => {
		found ||= p.kind === 'insert' || p.kind === 'update' || p.kind === 'delete' || p.kind === 'barrier';
	});
	return found || callsFunction(plan, CHANGING) || procedureOf(plan) === 'writes';
}

/** True when a change of a table stands anywhere but at the top of a plan. */
export function changesInside(plan: Plan): boolean {
	let found = false;
	visitPlans(plan, (p) => {
		found ||= p.kind === 'barrier' || (p !== plan && (p.kind === 'insert' || p.kind === 'update' || p.kind === 'delete'));
	});
	return found;
}

export function locksRows(plan: Plan): boolean {
	let found = false;
	visitPlans(plan, (p) => {
		found ||= p.kind === 'lock-rows';
	});
	return found;
}

/** Functions during which a statement may be made to wait, to be undone and run again. */
const WAITING = /^pg_(?:sleep(?:_for|_until)?|advisory_(?:xact_)?lock(?:_shared)?)$/;

/** Functions that make or drop objects. */
const CHANGING = /^polylog\.(?:create|drop)_/;

/** True when a plan calls a function that may wait. */
export function mayWait(plan: Plan): boolean {
	return callsFunction(plan, WAITING) || callsProcedure(plan);
}

/** True when a plan calls a procedure. */
export function callsProcedure(plan: Plan): boolean {
	return procedureOf(plan) !== null;
}

/** What the procedures that a plan calls may do, at most. */
function procedureOf(plan: Plan): 'reads' | 'writes' | null {
	let found: 'reads' | 'writes' | null = null;
	const note = (kind: 'reads' | 'writes' | undefined): void => {
		if (kind !== undefined && found !== 'writes') found = kind;
	};
	const expression = (e: Expression): void => {
		if (e.kind === 'call') note(e.function.procedure);
		visitChildren(e, expression, walk);
	};
	const walk = (p: Plan): void => {
		if (p.kind === 'function-scan') for (const one of p.functions) note(one.function.procedure);
		if (p.kind === 'expand') for (const one of p.items) note(one.function.procedure);
		visitPlanParts(p, walk, expression);
	};
	walk(plan);
	return found;
}

function callsFunction(plan: Plan, names: RegExp): boolean {
	let found = false;
	const expression = (e: Expression): void => {
		found ||= e.kind === 'call' && names.test(e.function.name);
		visitChildren(e, expression, walk);
	};
	const walk = (p: Plan): void => visitPlanParts(p, walk, expression);
	walk(plan);
	return found;
}

/** True when a plan reads a table's rows. */
export function readsTable(plan: Plan, tableId: number): boolean {
	let found = false;
	visitPlans(plan, (p) => {
		found ||= (p.kind === 'scan' || p.kind === 'access' || p.kind === 'column-scan') && p.table.id === tableId;
	});
	return found;
}

/** All columns that something in the statement reads: by an expression, by position, or as its result. */
export function neededColumns(root: Plan): Set<ColumnId> {
	const needed = new Set<ColumnId>();
	const all = (plan: Plan): void => {
		for (const column of plan.columns) needed.add(column.id);
	};
	const expression = (e: Expression): void => {
		columnsRead(e, needed);
		if (e.kind === 'subquery') {
			if (e.mode === 'scalar' || e.mode === 'array' || e.mode === 'row') all(e.plan);
			if (e.comparison !== null) columnsRead(e.comparison, needed);
			for (const pair of e.pairs ?? []) needed.add(pair.right);
		}
		visitChildren(e, expression, () => {});
	};
	all(root);
	visitPlans(root, (plan) => {
		neededByPosition(plan, needed, all);
		visitPlanParts(plan, () => {}, expression);
	});
	return needed;
}

function neededByPosition(plan: Plan, needed: Set<ColumnId>, all: (plan: Plan) => void): void {
	switch (plan.kind) {
		case 'set-operation':
			all(plan.left);
			all(plan.right);
			break;
		case 'recursion':
			all(plan.base);
			all(plan.step);
			break;
		case 'distinct':
			if (plan.on.length === 0) all(plan.input);
			break;
		case 'cte-scan':
			for (const id of plan.source) needed.add(id);
			break;
		case 'star-aggregate':
			for (const { key, match } of plan.dimensions) needed.add(key).add(match);
			break;
		case 'lock-rows':
			for (const target of plan.targets) needed.add(target.key);
			break;
		case 'update':
		case 'delete':
			needed.add(plan.keyColumn);
			for (const id of plan.oldRow) needed.add(id);
			break;
		default:
	}
}

/** True when a CTE is scanned exactly once in a plan, at a place that is run at most once. */
export function readOnce(plan: Plan, name: number): boolean {
	if ((cteScans(plan).get(name) ?? 0) !== 1) return false;
	const reaches = (p: Plan): boolean => {
		switch (p.kind) {
			case 'cte-scan':
				return p.name === name;
			case 'filter':
			case 'project':
			case 'expand':
			case 'aggregate':
			case 'window':
			case 'sort':
			case 'limit':
			case 'distinct':
			case 'lock-rows':
				return reaches(p.input);
			case 'join':
			case 'hash-join':
			case 'set-operation':
				return reaches(p.left) || reaches(p.right);
			case 'apply':
				return reaches(p.left);
			case 'with':
				return reaches(p.body);
			default:
				return false;
		}
	};
	return reaches(plan);
}

/** A plan that gives each row of its one table at most once. */
export function isSimpleInput(plan: Plan): boolean {
	switch (plan.kind) {
		case 'scan':
			return true;
		case 'access':
			return plan.bounds.length === 1 || plan.window !== undefined || plan.nearest !== undefined;
		case 'filter':
		case 'project':
		case 'sort':
		case 'limit':
		case 'lock-rows':
			return isSimpleInput(plan.input);
		case 'join':
		case 'hash-join':
		case 'apply':
			return (plan.type === 'semi' || plan.type === 'anti') && isSimpleInput(plan.left);
		default:
			return false;
	}
}

export type StoredGroups = Extract<Plan, { kind: 'stored-groups' }>;

/** Where kept views may answer parts of a plan. */
export function storedGroupsIn(plan: Plan): readonly StoredGroups[] {
	const found: StoredGroups[] = [];
	const expression = (e: Expression): void => visitChildren(e, expression, walk);
	const walk = (p: Plan): void => {
		if (p.kind === 'stored-groups') found.push(p);
		visitPlanParts(p, walk, expression);
	};
	walk(plan);
	return found;
}
