/**
 * FROM table TABLESAMPLE method (percentage) [REPEATABLE (seed)]. Which rows are in the sample is told by a hash of their keys and the seed: one row of
 * `values` works out percentage and seed when the scan begins, and a filter over the scan asks of each key (`query/functions/sample-functions.ts`).
 */
import { columnOf } from '../../query/algebra/build.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { ScalarFunction } from '../../query/functions/contracts.ts';
import { SAMPLE_METHODS, sampleSeed, sampleSeedAtRandom, sampleShare } from '../../query/functions/sample-functions.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import { BOOL, FLOAT4, FLOAT8 } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { analyzeExpression } from './analyze-expression.ts';
import { type FromItem, itemOf, shownRows } from './analyze-from.ts';
import { findCte } from './analyze-with.ts';
import { type AstNode, namesOf, type RangeTableSample, type RangeVar } from './ast.ts';
import { coerceToTarget } from './coercion.ts';
import { requireRelation, scanTable, type TableScan } from './relations.ts';
import type { QueryLevel } from './scope.ts';
import { rowTypeOf } from './type-names.ts';

export function analyzeTableSample(level: QueryLevel, node: RangeTableSample): FromItem {
	const range = (node.relation as AstNode).RangeVar!;
	const relation = sampled(level, range);
	const before = level.lateralActive;
	level.lateralActive = true;
	try {
		return level.within('from function', () => sampleItem(level, node, range, relation));
	} finally {
		level.lateralActive = before;
	}
}

/** What is sampled, and how its rows are read. */
interface Sampled {
	readonly table: TableObject;
	readonly scan: TableScan;
	readonly columns: readonly Column[];
	readonly schema: string | null;
	readonly rowType: ReturnType<typeof rowTypeOf>;
	readonly isTable: boolean;
	/** The scan's rows, without those that a materialized view hides. */
	shown(rows: Plan): Plan;
}

function sampled(level: QueryLevel, range: RangeVar): Sampled {
	const { context } = level;
	const refuse = (): never => {
		throw context.error('0A000', 'TABLESAMPLE clause can only be applied to tables and materialized views', context.at(range.location));
	};
	if (!range.schemaname && findCte(level, range.relname ?? '') !== null) return refuse();
	const relation = requireRelation(context, range);
	const schema = range.alias === undefined ? relation.schema : null;
	if (relation.kind === 'table') {
		const table = relation.object;
		const scan = scanTable(context, table, true, context.mentionsSystemColumns, range.inh !== true);
		return { table, scan, columns: scan.columns, schema, rowType: rowTypeOf(table, context), isTable: true, shown: (rows) => rows };
	}
	if (relation.kind !== 'view') return refuse();
	const view = relation.object;
	const table = context.catalog.get(view.materializedTableId);
	if (table?.kind !== 'table') return refuse();
	const scan = scanTable(context, table, true, false);
	const columns = scan.columns.slice(0, view.columns.length);
	return { table, scan, columns, schema, rowType: rowTypeOf(view, context), isTable: false, shown: (rows) => shownRows(view, rows, scan.columns) };
}

function sampleItem(level: QueryLevel, node: RangeTableSample, range: RangeVar, relation: Sampled): FromItem {
	const { context } = level;
	const position = context.at(node.location);
	const name = namesOf(node.method as AstNode[]);
	const method = name.length === 1 || name[0] === 'pg_catalog' ? SAMPLE_METHODS.get(name.at(-1)!) : undefined;
	if (method === undefined) throw context.error('42704', `tablesample method ${name.join('.')} does not exist`, position);
	const args = (node.args ?? []) as AstNode[];
	if (args.length !== 1) throw context.error('2202H', `tablesample method ${name.join('.')} requires 1 argument, not ${args.length}`, position);
	const share = called(sampleShare, [argument(level, args[0]!, FLOAT4, 'TABLESAMPLE', 'real')], FLOAT8);
	const { repeatable } = node;
	const seed =
		repeatable === undefined
			? called(sampleSeedAtRandom, [], FLOAT8)
			: called(sampleSeed, [argument(level, repeatable as AstNode, FLOAT8, 'REPEATABLE', 'double precision')], FLOAT8);
	const items = [share, seed].map((expression) => ({ column: context.newColumn('', FLOAT8), expression }));
	const given: Plan = { kind: 'project', input: { kind: 'values', rows: [[]], columns: [] }, items, columns: items.map((item) => item.column) };
	const { scan } = relation;
	const key = scan.plan.columns.find((column) => column.id === scan.keyColumn)!;
	const predicate = called(method, [columnOf(key), ...given.columns.map(columnOf)], BOOL);
	const rows = relation.shown({ kind: 'filter', input: scan.plan, predicate, columns: scan.plan.columns });
	const plan: Plan = { kind: 'apply', type: 'inner', left: given, right: rows, on: null, columns: [...given.columns, ...rows.columns] };
	const { schema, table, rowType, isTable, columns } = relation;
	const base = { schema, position: context.at(range.location), rowType };
	const item = itemOf(
		level,
		plan,
		columns,
		range.alias,
		range.relname ?? '',
		isTable ? { ...base, table, keyColumn: scan.keyColumn, system: scan.system } : base,
	);
	if (isTable) level.lockable.push(item.namespace[0]!.entry);
	return item;
}

function argument(level: QueryLevel, node: AstNode, type: Type, clause: string, typeName: string): Expression {
	const { context } = level;
	const expression = analyzeExpression(level, node);
	const converted = coerceToTarget(context, expression, type, -1, 'assignment');
	if (converted !== null) return converted;
	throw context.error('42804', `argument of ${clause} must be type ${typeName}, not type ${context.typeName(expression.type)}`, expression.position ?? 0);
}

function called(fn: ScalarFunction, args: readonly Expression[], type: Type): Expression {
	return { kind: 'call', function: fn, arguments: args, typmod: -1, type };
}
