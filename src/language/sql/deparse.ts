/**
 * Parse trees → SQL text: for what the catalog keeps (defaults, checks, index keys, views). The text parses back to the same
 * tree. Operators are parenthesised as PostgreSQL's own deparser does. Stars that `star-expansion.ts` has seen are written
 * out, so that a stored view does not change with its tables.
 */
import { sqlError } from '../../platform/errors.ts';
import { quoteIdentifier } from '../../query/functions/quote-identifier.ts';
import { type A_Const, type A_Expr, type AstNode, namesOf, nodeKind, type SelectStmt, stringOf, type TypeName, type WindowDef } from './ast.ts';
import { deparseFrom, deparseRangeVar } from './deparse-from.ts';
import { starExpansion } from './star-expansion.ts';

type Write = (node: never) => string;

const list = (nodes: unknown): readonly AstNode[] => (nodes ?? []) as readonly AstNode[];
const joined = (nodes: unknown): string => list(nodes).map(deparseExpression).join(', ');

/** An expression's text. */
export function deparseExpression(node: AstNode): string {
	const kind = nodeKind(node);
	const write = WRITERS[kind];
	if (write === undefined) throw sqlError('0A000', `the expression ${kind} cannot be stored`);
	return write((node as Record<string, never>)[kind]!);
}

/** The text of a query. */
export function deparseStatement(node: AstNode): string {
	if (node.SelectStmt !== undefined) return deparseSelect(node.SelectStmt);
	throw sqlError('0A000', `a ${nodeKind(node)} cannot be stored`);
}

const WRITERS: Readonly<Record<string, Write>> = {
	A_Const: writeConstant,
	ColumnRef: (n: { fields?: unknown }) =>
		list(n.fields)
			.map((f) => (f.A_Star === undefined ? quoteIdentifier(stringOf(f)) : '*'))
			.join('.'),
	ParamRef: (n: { number?: number }) => `$${n.number ?? 0}`,
	A_Expr: writeOperator,
	BoolExpr: (n: { boolop?: string; args?: unknown }) =>
		n.boolop === 'NOT_EXPR'
			? `(NOT ${joined(n.args)})`
			: `(${list(n.args)
					.map(deparseExpression)
					.join(n.boolop === 'AND_EXPR' ? ' AND ' : ' OR ')})`,
	NullTest: (n: { arg?: unknown; nulltesttype?: string }) =>
		`(${deparseExpression(n.arg as AstNode)} IS ${n.nulltesttype === 'IS_NOT_NULL' ? 'NOT ' : ''}NULL)`,
	BooleanTest: (n: { arg?: unknown; booltesttype?: string }) => `(${deparseExpression(n.arg as AstNode)} ${(n.booltesttype ?? '').replaceAll('_', ' ')})`,
	TypeCast: writeCast,
	CollateClause: (n: { arg?: unknown; collname?: unknown }) =>
		`(${deparseExpression(n.arg as AstNode)} COLLATE ${namesOf(n.collname as AstNode[])
			.map(quoteIdentifier)
			.join('.')})`,
	FuncCall: writeCall,
	NamedArgExpr: (n: { name?: string; arg?: unknown }) => `${quoteIdentifier(n.name ?? '')} => ${deparseExpression(n.arg as AstNode)}`,
	CaseExpr: writeCase,
	CoalesceExpr: (n: { args?: unknown }) => `COALESCE(${joined(n.args)})`,
	MinMaxExpr: (n: { op?: string; args?: unknown }) => `${n.op === 'IS_GREATEST' ? 'GREATEST' : 'LEAST'}(${joined(n.args)})`,
	A_ArrayExpr: (n: { elements?: unknown }) => `ARRAY[${joined(n.elements)}]`,
	RowExpr: (n: { args?: unknown; row_format?: string }) =>
		`${n.row_format === 'COERCE_IMPLICIT_CAST' && list(n.args).length > 1 ? '' : 'ROW'}(${joined(n.args)})`,
	A_Indirection: writeIndirection,
	SubLink: writeSublink,
	SQLValueFunction: (n: { op?: string; typmod?: number }) => {
		const name = (n.op ?? '').replace(/^SVFOP_/, '');
		return name.endsWith('_N') ? `${name.slice(0, -2)}(${n.typmod ?? 0})` : name;
	},
	GroupingFunc: (n: { args?: unknown }) => `GROUPING(${joined(n.args)})`,
	SetToDefault: () => 'DEFAULT',
	List: (n: { items?: unknown }) => `(${joined(n.items)})`,
};

function writeConstant(node: A_Const): string {
	if (node.isnull) return 'NULL';
	if (node.ival !== undefined) return negative(String(node.ival.ival ?? 0));
	if (node.fval !== undefined) return negative(node.fval.fval ?? '0');
	if (node.boolval !== undefined) return node.boolval.boolval ? 'true' : 'false';
	if (node.bsval !== undefined) {
		const text = node.bsval.bsval ?? '';
		return `${text.slice(0, 1).toUpperCase()}'${text.slice(1)}'`;
	}
	return `'${(node.sval?.sval ?? '').replaceAll("'", "''")}'`;
}

/** A sign would bind less tightly than a cast or a subscript that follows. */
function negative(text: string): string {
	return text.startsWith('-') ? `(${text})` : text;
}

function writeOperator(node: A_Expr): string {
	const names = namesOf(node.name as AstNode[]);
	const symbol = names[names.length - 1] ?? '';
	const operator = names.length > 1 ? `OPERATOR(${names.slice(0, -1).map(quoteIdentifier).join('.')}.${symbol})` : symbol;
	const left = node.lexpr === undefined ? '' : deparseExpression(node.lexpr as AstNode);
	const right = node.rexpr === undefined ? '' : deparseExpression(node.rexpr as AstNode);
	switch (node.kind) {
		case 'AEXPR_OP_ANY':
			return `(${left} ${operator} ANY (${right}))`;
		case 'AEXPR_OP_ALL':
			return `(${left} ${operator} ALL (${right}))`;
		case 'AEXPR_DISTINCT':
			return `(${left} IS DISTINCT FROM ${right})`;
		case 'AEXPR_NOT_DISTINCT':
			return `(${left} IS NOT DISTINCT FROM ${right})`;
		case 'AEXPR_NULLIF':
			return `NULLIF(${left}, ${right})`;
		case 'AEXPR_IN':
			return `(${left} ${symbol === '<>' ? 'NOT IN' : 'IN'} ${right})`;
		case 'AEXPR_LIKE':
		case 'AEXPR_ILIKE':
		case 'AEXPR_SIMILAR':
			return `(${left} ${operator} ${right})`;
		case 'AEXPR_BETWEEN':
		case 'AEXPR_NOT_BETWEEN':
		case 'AEXPR_BETWEEN_SYM':
		case 'AEXPR_NOT_BETWEEN_SYM':
			return writeBetween(node, left);
		default:
			return left === '' ? `(${operator} ${right})` : `(${left} ${operator} ${right})`;
	}
}

function writeBetween(node: A_Expr, left: string): string {
	const [low, high] = list((node.rexpr as AstNode).List?.items).map(deparseExpression);
	const not = node.kind?.includes('NOT') ? 'NOT ' : '';
	const symmetric = node.kind?.endsWith('SYM') ? 'SYMMETRIC ' : '';
	return `(${left} ${not}BETWEEN ${symmetric}${low} AND ${high})`;
}

function writeCast(node: { arg?: unknown; typeName?: TypeName }): string {
	const argument = node.arg as AstNode;
	const text = deparseExpression(argument);
	const simple =
		['A_Const', 'ColumnRef', 'ParamRef', 'FuncCall', 'A_ArrayExpr', 'CoalesceExpr', 'TypeCast', 'MinMaxExpr'].includes(nodeKind(argument)) ||
		text.startsWith('(');
	return `${simple ? text : `(${text})`}::${deparseTypeName(node.typeName!)}`;
}

/** Types that the grammar knows by words of their own, by internal name. */
const TYPE_WORDS: ReadonlyMap<string, string> = new Map(
	Object.entries({
		bool: 'boolean',
		int2: 'smallint',
		int4: 'integer',
		int8: 'bigint',
		float4: 'real',
		float8: 'double precision',
		varchar: 'character varying',
		bpchar: 'character',
		varbit: 'bit varying',
		timestamp: 'timestamp without time zone',
		timestamptz: 'timestamp with time zone',
		time: 'time without time zone',
		timetz: 'time with time zone',
		numeric: 'numeric',
		bit: 'bit',
		interval: 'interval',
	}),
);

/** A type as it is written. */
export function deparseTypeName(node: TypeName): string {
	const names = namesOf(node.names as AstNode[]);
	const modifiers = list(node.typmods).map(deparseExpression);
	const array = list(node.arrayBounds)
		.map((b) => (b.Integer?.ival !== undefined && b.Integer.ival >= 0 ? `[${b.Integer.ival}]` : '[]'))
		.join('');
	const setof = node.setof ? 'SETOF ' : '';
	const word = names.length === 2 && names[0] === 'pg_catalog' ? TYPE_WORDS.get(names[1]!) : undefined;
	if (word === undefined) return `${setof}${names.map(quoteIdentifier).join('.')}${modifiers.length > 0 ? `(${modifiers.join(', ')})` : ''}${array}`;
	if (word === 'interval') return `${setof}${intervalName(modifiers)}${array}`;
	if (word === 'character' && modifiers.length === 0) return `${setof}bpchar${array}`;
	if (modifiers.length === 0) return setof + word + array;
	const space = word.indexOf(' with');
	return space < 0
		? `${setof}${word}(${modifiers.join(', ')})${array}`
		: `${setof}${word.slice(0, space)}(${modifiers.join(', ')})${word.slice(space)}${array}`;
}

const INTERVAL_FIELDS: Readonly<Record<string, string>> = {
	'4': ' year',
	'2': ' month',
	'8': ' day',
	'1024': ' hour',
	'2048': ' minute',
	'4096': ' second',
	'6': ' year to month',
	'1032': ' day to hour',
	'3080': ' day to minute',
	'7176': ' day to second',
	'3072': ' hour to minute',
	'7168': ' hour to second',
	'6144': ' minute to second',
};

/** The first modifier is a mask of fields, the second the precision of seconds. */
function intervalName(modifiers: readonly string[]): string {
	const fields = INTERVAL_FIELDS[modifiers[0] ?? ''] ?? '';
	const precision = modifiers[1];
	return precision === undefined ? `interval${fields}` : `interval${fields}(${precision})`;
}

interface CallNode {
	funcname?: unknown;
	args?: unknown;
	agg_order?: unknown;
	agg_filter?: unknown;
	over?: WindowDef;
	agg_within_group?: boolean;
	agg_star?: boolean;
	agg_distinct?: boolean;
	func_variadic?: boolean;
	funcformat?: string;
}

function writeCall(node: CallNode): string {
	const names = namesOf(node.funcname as AstNode[]);
	const special = node.funcformat === 'COERCE_SQL_SYNTAX' ? writeSqlSyntax(names[names.length - 1] ?? '', list(node.args)) : null;
	if (special !== null) return special;
	const args = list(node.args).map(deparseExpression);
	if (node.func_variadic && args.length > 0) args[args.length - 1] = `VARIADIC ${args[args.length - 1]}`;
	const order = list(node.agg_order).map(deparseSort).join(', ');
	let text = `${names.map(quoteIdentifier).join('.')}(${node.agg_distinct ? 'DISTINCT ' : ''}${node.agg_star ? '*' : args.join(', ')}`;
	if (order !== '' && !node.agg_within_group) text += ` ORDER BY ${order}`;
	text += ')';
	if (node.agg_within_group) text += ` WITHIN GROUP (ORDER BY ${order})`;
	if (node.agg_filter !== undefined) text += ` FILTER (WHERE ${deparseExpression(node.agg_filter as AstNode)})`;
	if (node.over !== undefined) text += ` OVER ${node.over.name ? quoteIdentifier(node.over.name) : deparseWindow(node.over)}`;
	return text;
}

/** EXTRACT(x FROM y) and AT TIME ZONE keep their own syntax; the others are plain calls of pg_catalog functions. */
function writeSqlSyntax(name: string, args: readonly AstNode[]): string | null {
	if (name === 'extract' && args[0]?.A_Const?.sval !== undefined) return `EXTRACT(${args[0].A_Const.sval.sval} FROM ${deparseExpression(args[1]!)})`;
	if (name === 'timezone' && args.length === 2) return `(${deparseExpression(args[1]!)} AT TIME ZONE ${deparseExpression(args[0]!)})`;
	return null;
}

function writeCase(node: { arg?: unknown; args?: unknown; defresult?: unknown }): string {
	const operand = node.arg === undefined ? '' : ` ${deparseExpression(node.arg as AstNode)}`;
	const branches = list(node.args).map(
		(a) => ` WHEN ${deparseExpression(a.CaseWhen!.expr as AstNode)} THEN ${deparseExpression(a.CaseWhen!.result as AstNode)}`,
	);
	const otherwise = node.defresult === undefined ? '' : ` ELSE ${deparseExpression(node.defresult as AstNode)}`;
	return `CASE${operand}${branches.join('')}${otherwise} END`;
}

function writeIndirection(node: { arg?: unknown; indirection?: unknown }): string {
	const argument = node.arg as AstNode;
	const inner = deparseExpression(argument);
	const plain = argument.ColumnRef !== undefined && list(node.indirection)[0]?.A_Indices !== undefined;
	return `${plain || inner.startsWith('(') ? (plain ? inner : `(${inner})`) : `(${inner})`}${deparseSteps(list(node.indirection))}`;
}

/** `.field`, `[i]`, `[i:j]` */
export function deparseSteps(steps: readonly AstNode[]): string {
	return steps
		.map((step) => {
			if (step.A_Star !== undefined) return '.*';
			const index = step.A_Indices;
			if (index === undefined) return `.${quoteIdentifier(stringOf(step))}`;
			const lower = index.lidx === undefined ? '' : deparseExpression(index.lidx as AstNode);
			const upper = index.uidx === undefined ? '' : deparseExpression(index.uidx as AstNode);
			return index.is_slice ? `[${lower}:${upper}]` : `[${upper}]`;
		})
		.join('');
}

function writeSublink(node: { subLinkType?: string; testexpr?: unknown; operName?: unknown; subselect?: unknown }): string {
	const query = `(${deparseStatement(node.subselect as AstNode)})`;
	const test = node.testexpr === undefined ? '' : deparseExpression(node.testexpr as AstNode);
	const names = namesOf(node.operName as AstNode[] | undefined);
	switch (node.subLinkType) {
		case 'EXISTS_SUBLINK':
			return `(EXISTS ${query})`;
		case 'ARRAY_SUBLINK':
			return `ARRAY${query}`;
		case 'ANY_SUBLINK':
			return names.length === 0 ? `(${test} IN ${query})` : `(${test} ${names[names.length - 1]} ANY ${query})`;
		case 'ALL_SUBLINK':
			return `(${test} ${names[names.length - 1]} ALL ${query})`;
		default:
			return query;
	}
}

export function deparseSort(node: AstNode): string {
	const sort = node.SortBy!;
	const using = sort.sortby_dir === 'SORTBY_USING' ? ` USING ${namesOf(sort.useOp as AstNode[]).pop()}` : '';
	const direction = sort.sortby_dir === 'SORTBY_DESC' ? ' DESC' : sort.sortby_dir === 'SORTBY_ASC' ? ' ASC' : '';
	const nulls = sort.sortby_nulls === 'SORTBY_NULLS_FIRST' ? ' NULLS FIRST' : sort.sortby_nulls === 'SORTBY_NULLS_LAST' ? ' NULLS LAST' : '';
	return deparseExpression(sort.node as AstNode) + using + direction + nulls;
}

/** `(PARTITION BY … ORDER BY … ROWS …)` */
function deparseWindow(node: WindowDef): string {
	const parts: string[] = [];
	if (node.refname) parts.push(quoteIdentifier(node.refname));
	if (list(node.partitionClause).length > 0) parts.push(`PARTITION BY ${joined(node.partitionClause)}`);
	if (list(node.orderClause).length > 0) parts.push(`ORDER BY ${list(node.orderClause).map(deparseSort).join(', ')}`);
	const options = node.frameOptions ?? 0;
	if ((options & 0x1) !== 0) parts.push(deparseFrame(options, node));
	return `(${parts.join(' ')})`;
}

function deparseFrame(options: number, node: WindowDef): string {
	const bound = (bits: readonly [number, number, number, number, number], offset: unknown): string => {
		const value = offset === undefined ? '' : deparseExpression(offset as AstNode);
		if (options & bits[0]) return 'UNBOUNDED PRECEDING';
		if (options & bits[1]) return `${value} PRECEDING`;
		if (options & bits[3]) return `${value} FOLLOWING`;
		if (options & bits[4]) return 'UNBOUNDED FOLLOWING';
		return 'CURRENT ROW';
	};
	const mode = options & 0x4 ? 'ROWS' : options & 0x8 ? 'GROUPS' : 'RANGE';
	const start = bound([0x20, 0x800, 0x200, 0x2000, 0x80], node.startOffset);
	const end = bound([0x40, 0x1000, 0x400, 0x4000, 0x100], node.endOffset);
	const exclude = options & 0x8000 ? ' EXCLUDE CURRENT ROW' : options & 0x10000 ? ' EXCLUDE GROUP' : options & 0x20000 ? ' EXCLUDE TIES' : '';
	return `${mode} BETWEEN ${start} AND ${end}${exclude}`;
}

const SET_OPERATIONS: Readonly<Record<string, string>> = { SETOP_UNION: 'UNION', SETOP_INTERSECT: 'INTERSECT', SETOP_EXCEPT: 'EXCEPT' };

export function deparseSelect(node: SelectStmt): string {
	return selectParts(node).join(' ');
}

/** What PostgreSQL puts before a clause that begins a line. */
const INDENTS: Readonly<Record<string, string>> = { FROM: '   ', WHERE: '  ', GROUP: '  ', WINDOW: '  ', ORDER: '  ' };

/** The text of a query in the lines in which PostgreSQL shows a view: one for each column and clause. */
export function deparseInLines(node: AstNode): string {
	const select = node.SelectStmt;
	if (select === undefined || select.withClause !== undefined || list(select.targetList).length === 0) return deparseStatement(node);
	const [head, targets, ...clauses] = selectParts(select, ',\n    ');
	return [`${head} ${targets}`, ...clauses.map((c) => `${INDENTS[c.slice(0, c.indexOf(' '))] ?? ' '}${c}`)].join('\n');
}

function selectParts(node: SelectStmt, separator = ', '): string[] {
	const parts: string[] = [];
	if (node.withClause !== undefined) parts.push(deparseWith(node.withClause));
	const operation = SET_OPERATIONS[node.op ?? ''];
	if (operation !== undefined) parts.push(`${branch(node.larg!)} ${operation}${node.all ? ' ALL' : ''} ${branch(node.rarg!)}`);
	else if (list(node.valuesLists).length > 0) parts.push(`VALUES ${list(node.valuesLists).map(deparseExpression).join(', ')}`);
	else parts.push(...plainSelect(node, separator));
	if (list(node.sortClause).length > 0) parts.push(`ORDER BY ${list(node.sortClause).map(deparseSort).join(', ')}`);
	if (node.limitOffset !== undefined) parts.push(`OFFSET ${deparseExpression(node.limitOffset as AstNode)}`);
	if (node.limitCount !== undefined) {
		const count = deparseExpression(node.limitCount as AstNode);
		parts.push(node.limitOption === 'LIMIT_OPTION_WITH_TIES' ? `FETCH FIRST (${count}) ROWS WITH TIES` : `LIMIT ${count}`);
	}
	for (const lock of list(node.lockingClause)) parts.push(deparseLock(lock));
	return parts;
}

/** Branches of set operations are parenthesised: their own ORDER BY and nesting stay theirs. */
function branch(node: SelectStmt): string {
	return `(${deparseSelect(node)})`;
}

function plainSelect(node: SelectStmt, separator: string): string[] {
	const distinct = list(node.distinctClause);
	const on = distinct.filter((d) => nodeKind(d) !== '');
	const parts = [`SELECT${distinct.length === 0 ? '' : on.length === 0 ? ' DISTINCT' : ` DISTINCT ON (${on.map(deparseExpression).join(', ')})`}`];
	if (list(node.targetList).length > 0)
		parts.push(
			list(node.targetList)
				.map((t) => deparseTarget(t, separator))
				.join(separator),
		);
	if (list(node.fromClause).length > 0) parts.push(`FROM ${list(node.fromClause).map(deparseFrom).join(', ')}`);
	if (node.whereClause !== undefined) parts.push(`WHERE ${deparseExpression(node.whereClause as AstNode)}`);
	if (list(node.groupClause).length > 0) parts.push(`GROUP BY ${node.groupDistinct ? 'DISTINCT ' : ''}${list(node.groupClause).map(deparseGroup).join(', ')}`);
	if (node.havingClause !== undefined) parts.push(`HAVING ${deparseExpression(node.havingClause as AstNode)}`);
	const windows = list(node.windowClause).map((w) => `${quoteIdentifier(w.WindowDef!.name ?? '')} AS ${deparseWindow({ ...w.WindowDef!, name: '' })}`);
	if (windows.length > 0) parts.push(`WINDOW ${windows.join(', ')}`);
	return parts;
}

function deparseTarget(node: AstNode, separator: string): string {
	const target = node.ResTarget!;
	const value = target.val as AstNode;
	const expanded = starExpansion(value);
	if (expanded !== null) return expanded.map((names) => names.map(quoteIdentifier).join('.')).join(separator);
	const text = deparseExpression(value);
	return target.name === undefined ? text : `${text} AS ${quoteIdentifier(target.name)}`;
}

function deparseGroup(node: AstNode): string {
	const set = node.GroupingSet;
	if (set === undefined) return deparseExpression(node);
	const content = list(set.content).map(deparseGroup).join(', ');
	switch (set.kind) {
		case 'GROUPING_SET_ROLLUP':
			return `ROLLUP (${content})`;
		case 'GROUPING_SET_CUBE':
			return `CUBE (${content})`;
		case 'GROUPING_SET_SETS':
			return `GROUPING SETS (${content})`;
		default:
			return `(${content})`;
	}
}

function deparseWith(node: { ctes?: unknown; recursive?: boolean }): string {
	const ctes = list(node.ctes).map((n) => {
		const cte = n.CommonTableExpr!;
		const names = namesOf(cte.aliascolnames as AstNode[] | undefined);
		const columns = names.length > 0 ? `(${names.map(quoteIdentifier).join(', ')})` : '';
		const kept = cte.ctematerialized === 'CTEMaterializeAlways' ? 'MATERIALIZED ' : cte.ctematerialized === 'CTEMaterializeNever' ? 'NOT MATERIALIZED ' : '';
		return `${quoteIdentifier(cte.ctename ?? '')}${columns} AS ${kept}(${deparseStatement(cte.ctequery as AstNode)})${searchClause(cte)}${cycleClause(cte)}`;
	});
	return `WITH ${node.recursive ? 'RECURSIVE ' : ''}${ctes.join(', ')}`;
}

type Cte = NonNullable<AstNode['CommonTableExpr']>;

function searchClause(cte: Cte): string {
	const search = cte.search_clause;
	if (search === undefined) return '';
	const columns = namesOf(search.search_col_list as AstNode[])
		.map(quoteIdentifier)
		.join(', ');
	return ` SEARCH ${search.search_breadth_first ? 'BREADTH' : 'DEPTH'} FIRST BY ${columns} SET ${quoteIdentifier(search.search_seq_column ?? '')}`;
}

function cycleClause(cte: Cte): string {
	const cycle = cte.cycle_clause;
	if (cycle === undefined) return '';
	const columns = namesOf(cycle.cycle_col_list as AstNode[])
		.map(quoteIdentifier)
		.join(', ');
	const values =
		cycle.cycle_mark_value === undefined
			? ''
			: ` TO ${deparseExpression(cycle.cycle_mark_value as AstNode)} DEFAULT ${deparseExpression(cycle.cycle_mark_default as AstNode)}`;
	return ` CYCLE ${columns} SET ${quoteIdentifier(cycle.cycle_mark_column ?? '')}${values} USING ${quoteIdentifier(cycle.cycle_path_column ?? '')}`;
}

const LOCKS: Readonly<Record<string, string>> = {
	LCS_FORKEYSHARE: 'KEY SHARE',
	LCS_FORSHARE: 'SHARE',
	LCS_FORNOKEYUPDATE: 'NO KEY UPDATE',
	LCS_FORUPDATE: 'UPDATE',
};

function deparseLock(node: AstNode): string {
	const lock = node.LockingClause!;
	const tables = list(lock.lockedRels).map((r) => deparseRangeVar(r.RangeVar!));
	const wait = lock.waitPolicy === 'LockWaitError' ? ' NOWAIT' : lock.waitPolicy === 'LockWaitSkip' ? ' SKIP LOCKED' : '';
	return `FOR ${LOCKS[lock.strength ?? ''] ?? 'UPDATE'}${tables.length > 0 ? ` OF ${tables.join(', ')}` : ''}${wait}`;
}
