/**
 * Window functions: OVER clauses, named windows, frames. A call waits at its level as a `PendingWindow`; calls with equal
 * partitions and orders share one operator.
 */
import type { Expression, FrameBound, SortKey, WindowCall, WindowFrame } from '../../query/algebra/expression.ts';
import { columnsRead } from '../../query/algebra/traverse.ts';
import type { ScalarFunction } from '../../query/functions/contracts.ts';
import { baseTypeOf, DATE, FLOAT4, FLOAT8, INT2, INT4, INT8, INTERVAL, NUMERIC, TIME, TIMESTAMP, TIMESTAMPTZ, TIMETZ } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { resolveAggregate } from './analyze-aggregate.ts';
import { analyzeBoolean, analyzeExpression } from './analyze-expression.ts';
import { callForm } from './analyze-function.ts';
import { findOperator } from './analyze-operator.ts';
import type { AstNode, FuncCall, WindowDef } from './ast.ts';
import { checkWindowAllowed } from './clause-rules.ts';
import { coerceToTarget, coerceType } from './coercion.ts';
import { resolveFunction } from './resolve-function.ts';
import type { QueryLevel } from './scope.ts';
import { sortKey } from './sort-keys.ts';
import type { StatementContext } from './statement-context.ts';

export interface PendingWindow {
	readonly partition: readonly Expression[];
	readonly orderBy: readonly SortKey[];
	readonly call: WindowCall;
}

export function analyzeWindowCall(level: QueryLevel, node: FuncCall, names: readonly string[], position: number): Expression {
	const { context } = level;
	checkWindowAllowed(level, position);
	const name = names[names.length - 1]!;
	const resolved = insideWindow(level, () =>
		node.agg_within_group ? resolveAggregate(level, node, names, position) : resolveFunction(context, callForm(level, node, names, position)),
	);
	if (resolved.kind === 'cast') throw context.error('42809', `OVER specified, but ${name} is not a window function nor an aggregate function`, position);
	const { definition } = resolved;
	if (definition.kind !== 'window' && definition.kind !== 'aggregate')
		throw context.error('42809', `OVER specified, but ${name} is not a window function nor an aggregate function`, position);
	if (node.agg_distinct) throw context.error('0A000', 'DISTINCT is not implemented for window functions', position);
	if (node.agg_within_group) throw context.error('0A000', `OVER is not supported for ordered-set aggregate ${name}`, position);
	if ((node.agg_order?.length ?? 0) > 0) throw context.error('0A000', 'aggregate ORDER BY is not implemented for window functions', position);
	if (definition.kind === 'window' && node.agg_filter !== undefined)
		throw context.error('0A000', 'FILTER is not implemented for non-aggregate window functions', position);
	if (definition.kind === 'aggregate' && resolved.arguments.length === 0 && !node.agg_star)
		throw context.error('42809', `${name}(*) must be used to call a parameterless aggregate function`, position);
	const filter =
		node.agg_filter === undefined ? null : insideWindow(level, () => level.within('filter', () => analyzeBoolean(level, node.agg_filter as AstNode, 'FILTER')));
	const spec = insideWindow(level, () => resolveWindow(level, node.over!));
	const column = context.newColumn(definition.name, resolved.returnType);
	const call: WindowCall = { column, function: definition, arguments: resolved.arguments, filter, frame: spec.frame, ignoreNulls: false };
	level.windows.push({ partition: spec.partition, orderBy: spec.orderBy, call });
	return { kind: 'column', id: column.id, type: column.type, position };
}

function insideWindow<T>(level: QueryLevel, body: () => T): T {
	const before = level.insideWindow;
	level.insideWindow = true;
	try {
		return body();
	} finally {
		level.insideWindow = before;
	}
}

interface WindowSpec {
	readonly partition: readonly Expression[];
	readonly orderBy: readonly SortKey[];
	readonly frame: WindowFrame;
}

/** Checks the WINDOW clause and makes its names known. */
export function defineWindows(level: QueryLevel, nodes: readonly AstNode[]): void {
	for (const node of nodes) {
		const definition = node.WindowDef!;
		const name = definition.name ?? '';
		if (level.windowDefinitions.has(name)) throw level.context.error('42P20', `window "${name}" is already defined`, level.context.at(definition.location));
		insideWindow(level, () => resolveWindow(level, { ...definition, name: '' }));
		level.windowDefinitions.set(name, definition);
	}
}

/** The window that an OVER clause means: a name, or a specification that may extend a named one. */
function resolveWindow(level: QueryLevel, over: WindowDef): WindowSpec {
	if (over.name !== undefined && over.name !== '') return analyzeSpec(level, mergeReferences(level, namedWindow(level, over.name, over)));
	return analyzeSpec(level, mergeReferences(level, over));
}

function namedWindow(level: QueryLevel, name: string, from: WindowDef): WindowDef {
	const found = level.windowDefinitions.get(name);
	if (found === undefined) throw level.context.error('42704', `window "${name}" does not exist`, level.context.at(from.location));
	return found;
}

/** `(w ORDER BY x)`: takes over what w has and refuses to override it. */
function mergeReferences(level: QueryLevel, definition: WindowDef): WindowDef {
	if (definition.refname === undefined || definition.refname === '') return definition;
	const { context } = level;
	const position = context.at(definition.location);
	const base = mergeReferences(level, namedWindow(level, definition.refname, definition));
	if ((definition.partitionClause?.length ?? 0) > 0)
		throw context.error('42P20', `cannot override PARTITION BY clause of window "${definition.refname}"`, position);
	if ((definition.orderClause?.length ?? 0) > 0 && (base.orderClause?.length ?? 0) > 0)
		throw context.error('42P20', `cannot override ORDER BY clause of window "${definition.refname}"`, position);
	if (((base.frameOptions ?? 0) & FRAME_NONDEFAULT) !== 0)
		throw context.error('42P20', `cannot copy window "${definition.refname}" because it has a frame clause`, position);
	const orderClause = (definition.orderClause?.length ?? 0) > 0 ? definition.orderClause : base.orderClause;
	return {
		...definition,
		refname: '',
		...(base.partitionClause === undefined ? {} : { partitionClause: base.partitionClause }),
		...(orderClause === undefined ? {} : { orderClause }),
	};
}

function analyzeSpec(level: QueryLevel, definition: WindowDef): WindowSpec {
	const { context } = level;
	const partition = level.within('window partition', () =>
		((definition.partitionClause ?? []) as AstNode[]).map((n) => {
			const expression = analyzeExpression(level, n);
			return expression.type.name === 'unknown' ? coerceType(context, expression, context.type(25), -1, 'implicit') : expression;
		}),
	);
	const orderBy = level.within('window order', () =>
		((definition.orderClause ?? []) as AstNode[]).map((n) => sortKey(context, n.SortBy!, analyzeExpression(level, n.SortBy!.node as AstNode))),
	);
	return analyzeFrame(level, definition, partition, orderBy);
}

const FRAME_NONDEFAULT = 0x1;
const FRAME_RANGE = 0x2;
const FRAME_ROWS = 0x4;
const FRAME_GROUPS = 0x8;
const FRAME_DEFAULT = 0x2 | 0x20 | 0x400;

function analyzeFrame(level: QueryLevel, definition: WindowDef, partition: readonly Expression[], orderBy: readonly SortKey[]): WindowSpec {
	const { context } = level;
	const options = definition.frameOptions ?? FRAME_DEFAULT;
	const position = context.at(definition.location);
	const mode = options & FRAME_ROWS ? 'rows' : options & FRAME_GROUPS ? 'groups' : options & FRAME_RANGE ? 'range' : 'range';
	const offsets = (options & 0x7800) !== 0;
	if (mode === 'groups' && orderBy.length === 0) throw context.error('42P20', 'GROUPS mode requires an ORDER BY clause', position);
	if (mode === 'range' && offsets && orderBy.length !== 1)
		throw context.error('42P20', 'RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column', position);
	const range = mode === 'range' && offsets ? rangeParts(context, orderBy[0]!, position) : null;
	const offset = (node: AstNode | undefined): Expression | null => (node === undefined ? null : frameOffset(level, node, mode, range?.offsetType ?? INT8));
	const frame: WindowFrame = {
		mode,
		start: frameBound(options, [0x20, 0x800, 0x200, 0x2000, 0x80], offset(definition.startOffset as AstNode | undefined)),
		end: frameBound(options, [0x40, 0x1000, 0x400, 0x4000, 0x100], offset(definition.endOffset as AstNode | undefined)),
		exclude: options & 0x8000 ? 'current row' : options & 0x10000 ? 'group' : options & 0x20000 ? 'ties' : 'no others',
		...(range === null ? {} : { rangeAdd: range.add, rangeSubtract: range.subtract }),
	};
	return { partition, orderBy: range === null ? orderBy : [range.key], frame };
}

/** `bits`: unbounded preceding, preceding, current row, following, unbounded following. */
function frameBound(options: number, bits: readonly [number, number, number, number, number], offset: Expression | null): FrameBound {
	if (options & bits[0]) return { kind: 'unbounded preceding', offset: null };
	if (options & bits[1]) return { kind: 'preceding', offset };
	if (options & bits[3]) return { kind: 'following', offset };
	if (options & bits[4]) return { kind: 'unbounded following', offset: null };
	return { kind: 'current row', offset: null };
}

function frameOffset(level: QueryLevel, node: AstNode, mode: string, type: Type): Expression {
	const { context } = level;
	const expression = level.within('window frame', () => analyzeExpression(level, node));
	const name = mode.toUpperCase();
	for (const id of columnsRead(expression)) {
		if (level.fromColumns.has(id)) throw context.error('42P10', `argument of ${name} must not contain variables`, expression.position ?? 0);
	}
	const converted = coerceToTarget(context, expression, type, -1, mode === 'range' ? 'implicit' : 'assignment');
	if (converted !== null) return converted;
	if (mode === 'range') {
		throw context.error(
			'0A000',
			`RANGE with offset PRECEDING/FOLLOWING is not supported for column type ${context.typeName(type)} and offset type ${context.typeName(expression.type)}`,
			expression.position ?? 0,
			{ hint: 'Cast the offset value to an appropriate type.' },
		);
	}
	throw context.error('42804', `argument of ${name} must be type bigint, not type ${context.typeName(expression.type)}`, expression.position ?? 0);
}

interface RangeParts {
	readonly key: SortKey;
	readonly offsetType: Type;
	readonly add: ScalarFunction;
	readonly subtract: ScalarFunction;
}

/** How sort values move by an offset. Integers move as int8 and dates as timestamps, so that nothing overflows its type. */
function rangeParts(context: StatementContext, key: SortKey, position: number): RangeParts {
	const type = baseTypeOf(key.expression.type, context.catalog);
	const [moved, offsetType] = rangeTypes(type) ?? [];
	if (moved === undefined || offsetType === undefined)
		throw context.error('0A000', `RANGE with offset PRECEDING/FOLLOWING is not supported for column type ${context.typeName(type)}`, position);
	const expression = moved.oid === type.oid ? key.expression : coerceType(context, key.expression, moved, -1, 'implicit');
	const ordering = context.functions.ordering(moved, context.catalog) ?? key.ordering;
	return {
		key: { ...key, expression, ordering },
		offsetType,
		add: findOperator(context, '+', moved, offsetType, position).function,
		subtract: findOperator(context, '-', moved, offsetType, position).function,
	};
}

function rangeTypes(type: Type): readonly [Type, Type] | null {
	switch (type.oid) {
		case INT2.oid:
		case INT4.oid:
		case INT8.oid:
			return [INT8, INT8];
		case FLOAT4.oid:
		case FLOAT8.oid:
			return [FLOAT8, FLOAT8];
		case NUMERIC.oid:
			return [NUMERIC, NUMERIC];
		case DATE.oid:
		case TIMESTAMP.oid:
			return [TIMESTAMP, INTERVAL];
		case TIMESTAMPTZ.oid:
		case TIME.oid:
		case TIMETZ.oid:
		case INTERVAL.oid:
			return [type, INTERVAL];
		default:
			return null;
	}
}
