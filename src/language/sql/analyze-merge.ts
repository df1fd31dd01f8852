/**
 * MERGE: source and target are joined once, each joined row is given the number of the first WHEN clause that applies to it, and
 * each clause becomes a change of its own over the rows with its number. All of them see the join as it was at the start.
 */
import { sqlError } from '../../platform/errors.ts';
import { columnOf, filterBy } from '../../query/algebra/build.ts';
import type { Column, ColumnId, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { substitute } from '../../query/algebra/traverse.ts';
import type { ScalarFunction, WindowFunction } from '../../query/functions/contracts.ts';
import { BOOL, INT4, INT8 } from '../../value/builtin-types.ts';
import { analyzeBoolean, analyzeExpression } from './analyze-expression.ts';
import { analyzeFromItem, joinPlans } from './analyze-from.ts';
import { namedColumns, rowValues } from './analyze-insert.ts';
import { equalityOf, operatorCall } from './analyze-operator.ts';
import { newRowColumns, references } from './analyze-returning.ts';
import { type ScannedTarget, scanTarget, withRows } from './analyze-update.ts';
import { analyzeWith, wrapCtes } from './analyze-with.ts';
import { assignLeaf, assignTo } from './assignment.ts';
import { type AstNode, locationOf } from './ast.ts';
import { caseBranch } from './case-branch.ts';
import { type NamespaceItem, QueryLevel, visibleItem } from './scope.ts';
import type { StatementContext } from './statement-context.ts';
import { analyzeSetClause } from './update-assignments.ts';

type MergeNode = NonNullable<AstNode['MergeStmt']>;
type WhenNode = NonNullable<AstNode['MergeWhenClause']>;

/** One WHEN clause: its rows' number, and the change to make of a scan of them. */
interface Arm {
	readonly number: number;
	readonly matched: boolean;
	readonly condition: Expression | null;
	/** Null: DO NOTHING. */
	readonly change: ((scan: ArmScan) => Plan) | null;
	/** It changes a row that is there: no row may meet two such clauses. */
	readonly modifies: boolean;
}

/** The joined rows of one arm, under ids of their own. */
interface ArmScan {
	readonly plan: Plan;
	/** An expression over the join, in terms of this scan. */
	over(expression: Expression): Expression;
	idOf(id: ColumnId): ColumnId;
}

export function analyzeMerge(context: StatementContext, node: MergeNode, parent: QueryLevel | null): Plan {
	if (node.returningClause !== undefined) throw context.unsupported('MERGE … RETURNING');
	const level = new QueryLevel(context, parent);
	analyzeWith(level, node.withClause, node);
	const scanned = scanTarget(level, node.relation!, 'update');
	if (scanned.target.name !== scanned.target.table.name || scanned.target.checked.size > 0) {
		throw context.error('42809', `cannot execute MERGE on relation "${scanned.target.name}"`, context.at(node.relation?.location), {
			detail: 'This operation is not supported for views.',
		});
	}
	const source = analyzeFromItem(level, node.sourceRelation as AstNode);
	if (source.namespace.some((i) => i.relationVisible && i.entry.alias === scanned.alias)) {
		throw context.error('42712', `name "${scanned.alias}" specified more than once`, 0, {
			detail: 'The name is used both as MERGE target table and data source.',
		});
	}
	const target = visibleItem(scanned.entry);
	level.namespace = [target, ...source.namespace];
	const on = level.within('join', () => analyzeBoolean(level, node.joinCondition as AstNode, 'MERGE/ON'));
	const arms = analyzeArms(level, scanned, (node.mergeWhenClauses ?? []) as AstNode[], target, source.namespace);
	const outer = arms.some((a) => !a.matched);
	const joined = joinPlans(outer ? 'left' : 'inner', source.plan, scanned.scan.plan, on);
	return wrapCtes(level, mergePlan(context, numberRows(context, joined, arms, scanned), arms));
}

function analyzeArms(level: QueryLevel, scanned: ScannedTarget, nodes: readonly AstNode[], target: NamespaceItem, source: readonly NamespaceItem[]): Arm[] {
	const { context } = level;
	const closed = { matched: false, unmatched: false };
	return nodes.map((n, i) => {
		const when = n.MergeWhenClause!;
		if (when.matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE') throw context.unsupported('WHEN NOT MATCHED BY SOURCE');
		const matched = when.matchKind === 'MERGE_WHEN_MATCHED';
		const side = matched ? 'matched' : 'unmatched';
		if (closed[side]) throw context.error('42601', 'unreachable WHEN clause specified after unconditional WHEN clause');
		if (when.condition === undefined) closed[side] = true;
		// A row that is not matched has no target: its columns are out of reach.
		level.namespace = matched ? [target, ...source] : [{ ...target, lateralOnly: true }, ...source];
		const condition = when.condition === undefined ? null : level.within('where', () => analyzeBoolean(level, when.condition as AstNode, 'WHEN'));
		return {
			number: i + 1,
			matched,
			condition,
			change: armChange(level, scanned, when),
			modifies: when.commandType === 'CMD_UPDATE' || when.commandType === 'CMD_DELETE',
		};
	});
}

function armChange(level: QueryLevel, scanned: ScannedTarget, when: WhenNode): Arm['change'] {
	switch (when.commandType) {
		case 'CMD_UPDATE':
			return updateArm(level, scanned, when);
		case 'CMD_DELETE':
			return (scan) => ({ ...changeParts(level, scanned), kind: 'delete', input: scan.plan, ...targetIds(scanned, scan) });
		case 'CMD_INSERT':
			return insertArm(level, scanned, when);
		default:
			return null;
	}
}

/** What every change has: rows are counted, none is returned. */
function changeParts(level: QueryLevel, scanned: ScannedTarget) {
	const { table } = scanned.target;
	return { table, newRow: newRowColumns(level, table), viewChecks: [], returning: null, columns: [], counted: true } as const;
}

function targetIds(scanned: ScannedTarget, scan: ArmScan) {
	return { keyColumn: scan.idOf(scanned.scan.keyColumn!), oldRow: scanned.scan.columns.map((c) => scan.idOf(c.id)) };
}

function updateArm(level: QueryLevel, scanned: ScannedTarget, when: WhenNode): Arm['change'] {
	const set = analyzeSetClause(level, (when.targetList ?? []) as AstNode[], scanned.target, references(scanned.scan.columns));
	return (scan) => ({
		...changeParts(level, scanned),
		kind: 'update',
		input: withRows(
			scan.plan,
			set.rows.map((r) => ({ column: r.column, expression: scan.over(r.expression) })),
		),
		...targetIds(scanned, scan),
		assignments: set.assignments.map((a) => ({ number: a.number, expression: scan.over(a.expression) })),
	});
}

function insertArm(level: QueryLevel, scanned: ScannedTarget, when: WhenNode): Arm['change'] {
	const { context } = level;
	const statement = {
		...(when.targetList === undefined ? {} : { cols: when.targetList }),
		...(when.override === undefined ? {} : { override: when.override }),
	};
	const named = namedColumns(level, statement, scanned.target);
	const cells = (when.values ?? []) as AstNode[];
	if (cells.length > named.length) throw context.error('42601', 'INSERT has more expressions than target columns', context.at(locationOf(cells[named.length])));
	if (cells.length > 0 && cells.length < named.length && when.targetList !== undefined)
		throw context.error('42601', 'INSERT has more target columns than expressions', named[cells.length]!.position);
	const given = level.within('values', () =>
		cells.map((cell, i) => {
			if (cell.SetToDefault !== undefined) return null;
			const { column, steps } = named[i]!;
			const value = analyzeExpression(level, cell);
			return steps.length > 0 ? assignLeaf(context, column, steps, value) : assignTo(context, column, value);
		}),
	);
	const values = rowValues(level, statement, scanned.target, named.slice(0, cells.length), given);
	return (scan) => ({ ...changeParts(level, scanned), kind: 'insert', input: scan.plan, values: values.map((v) => scan.over(v)), conflict: null });
}

interface NumberedRows {
	readonly plan: Plan;
	readonly action: Column;
}

/** The join with the number of each row's clause; 0: none applies. */
function numberRows(context: StatementContext, joined: Plan, arms: readonly Arm[], scanned: ScannedTarget): NumberedRows {
	const key: Expression = { kind: 'column', id: scanned.scan.keyColumn!, type: context.type(17) };
	const isMatched: Expression = { kind: 'is-null', operand: key, negated: true, row: false, type: BOOL };
	const branches = arms.map((arm) => {
		const here: Expression = arm.matched ? isMatched : { ...isMatched, negated: false };
		return caseBranch(arm.condition === null ? here : { kind: 'and', operands: [here, arm.condition], type: BOOL }, numberOf(arm.number));
	});
	const action = context.newColumn('action', INT4);
	const expression: Expression = { kind: 'case', branches, otherwise: numberOf(0), type: INT4 };
	const items = [...joined.columns.map((column) => ({ column, expression: columnOf(column) })), { column: action, expression }];
	const plan: Plan = { kind: 'project', input: joined, items, columns: items.map((i) => i.column) };
	const modifying = arms.filter((a) => a.modifies).map((a) => a.number);
	return modifying.length === 0 ? { plan, action } : refuseRepeats(context, plan, action, key, modifying);
}

function numberOf(value: number): Expression {
	return { kind: 'constant', value, type: INT4 };
}

const repeatedRow: ScalarFunction = {
	kind: 'scalar',
	name: 'merge_repeated_row',
	argumentOids: [],
	returnOid: INT4.oid,
	variadicOid: 0,
	volatility: 'volatile',
	oid: 0,
	strict: false,
	context: false,
	evaluate: () => {
		throw sqlError('21000', 'MERGE command cannot affect row a second time', { hint: 'Ensure that not more than one source row matches any one target row.' });
	},
};

/** A row of the target that two rows of the source would change is an error. */
function refuseRepeats(context: StatementContext, input: Plan, action: Column, key: Expression, modifying: readonly number[]): NumberedRows {
	const definition = context.functions.functions('row_number').find((f): f is WindowFunction => f.kind === 'window')!;
	const modifies: Expression = { kind: 'in-list', left: columnOf(action), list: modifying.map(numberOf), equality: equalityOf(context, INT4, 0), type: BOOL };
	const order = context.newColumn('row_number', INT8);
	const frame = {
		mode: 'range',
		start: { kind: 'unbounded preceding', offset: null },
		end: { kind: 'current row', offset: null },
		exclude: 'no others',
	} as const;
	const partition = [key, modifies].map((expression) => ({ expression, equality: equalityOf(context, expression.type, 0) }));
	const windowed: Plan = {
		kind: 'window',
		input,
		partition,
		orderBy: [],
		calls: [{ column: order, function: definition, arguments: [], filter: null, frame, ignoreNulls: false }],
		columns: [...input.columns, order],
	};
	const repeated = operatorCall(context, '>', columnOf(order), numberOf(1), 0);
	const checked = context.newColumn('action', INT4);
	const expression: Expression = {
		kind: 'case',
		branches: [
			caseBranch({ kind: 'and', operands: [modifies, repeated], type: BOOL }, { kind: 'call', function: repeatedRow, arguments: [], type: INT4, typmod: -1 }),
		],
		otherwise: columnOf(action),
		type: INT4,
	};
	const kept = input.columns.filter((c) => c.id !== action.id);
	const items = [...kept.map((column) => ({ column, expression: columnOf(column) })), { column: checked, expression }];
	return { plan: { kind: 'project', input: windowed, items, columns: items.map((i) => i.column) }, action: checked };
}

/** The changes one after the other, over the rows kept under a name. */
function mergePlan(context: StatementContext, rows: NumberedRows, arms: readonly Arm[]): Plan {
	const name = context.newCte();
	const changes = arms.filter((a) => a.change !== null).map((arm) => arm.change!(armScan(context, rows, name, arm.number)));
	// Without any change the rows are still made: conditions may raise errors.
	let plan: Plan = changes[changes.length - 1] ?? armScan(context, rows, name, -1).plan;
	for (const change of changes.slice(0, -1).reverse()) plan = { kind: 'with', name: context.newCte(), definition: change, body: plan, columns: [] };
	return { kind: 'with', name, definition: rows.plan, body: plan, columns: [] };
}

function armScan(context: StatementContext, rows: NumberedRows, name: number, number: number): ArmScan {
	const columns = rows.plan.columns.map((c) => context.newColumn(c.name, c.type, c.typmod));
	const ids = new Map(rows.plan.columns.map((c, i) => [c.id, columns[i]!]));
	const replacements = new Map<ColumnId, Expression>([...ids].map(([id, column]) => [id, columnOf(column)]));
	const scan: Plan = { kind: 'cte-scan', name, source: rows.plan.columns.map((c) => c.id), columns };
	const isOwn = operatorCall(context, '=', columnOf(ids.get(rows.action.id)!), numberOf(number), 0);
	return {
		plan: filterBy(scan, [isOwn]),
		over: (expression) => substitute(expression, replacements),
		idOf: (id) => ids.get(id)!.id,
	};
}
