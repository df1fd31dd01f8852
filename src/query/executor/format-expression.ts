/** Expressions as readable text for EXPLAIN. Not SQL that could be parsed again: constants of rich types show their kind only. */
import type { Expression } from '../algebra/expression.ts';

/** Constants longer than this are cut. */
const CONSTANT_TEXT_MAX = 60;

export function formatExpression(e: Expression, names: ReadonlyMap<number, string>): string {
	const of = (x: Expression): string => formatExpression(x, names);
	const list = (items: readonly Expression[]): string => items.map(of).join(', ');
	switch (e.kind) {
		case 'constant':
			return formatConstant(e.value);
		case 'parameter':
			return `$${e.index + 1}`;
		case 'column':
			return names.get(e.id) ?? `#${e.id}`;
		case 'call':
			return formatCall(e, of);
		case 'and':
		case 'or':
			return `(${e.operands.map(of).join(` ${e.kind.toUpperCase()} `)})`;
		case 'not':
			return `(NOT ${of(e.operand)})`;
		case 'is-null':
			return `(${of(e.operand)} IS ${e.negated ? 'NOT ' : ''}NULL)`;
		case 'is-truth':
			return `(${of(e.operand)} IS ${e.negated ? 'NOT ' : ''}${e.value === null ? 'UNKNOWN' : e.value ? 'TRUE' : 'FALSE'})`;
		case 'is-distinct':
			return `(${of(e.left)} IS ${e.negated ? 'NOT ' : ''}DISTINCT FROM ${of(e.right)})`;
		case 'case':
			return `CASE ${e.branches.map((b) => `WHEN ${of(b.when)} THEN ${of(b.then)} `).join('')}${e.otherwise === null ? '' : `ELSE ${of(e.otherwise)} `}END`;
		case 'let':
			return `(LET #${e.id} = ${of(e.value)} IN ${of(e.body)})`;
		case 'coalesce':
			return `COALESCE(${list(e.operands)})`;
		case 'extreme':
			return `${e.greatest ? 'GREATEST' : 'LEAST'}(${list(e.operands)})`;
		case 'array':
			return `ARRAY[${list(e.operands)}]`;
		case 'row':
			return `ROW(${list(e.operands)})`;
		case 'field':
			return `(${of(e.operand)}).${e.index + 1}`;
		case 'subscript':
			return `${of(e.operand)}${e.subscripts.map((s) => `[${s.slice ? `${s.lower === null ? '' : of(s.lower)}:${s.upper === null ? '' : of(s.upper)}` : of((s.lower ?? s.upper)!)}]`).join('')}`;
		case 'quantified':
			return `(${of(e.left)} ${e.function.name} ${e.all ? 'ALL' : 'ANY'} (${of(e.array)}))`;
		case 'in-list':
			return `(${of(e.left)} IN (${e.list.length > 10 ? `${list(e.list.slice(0, 10))}, …` : list(e.list)}))`;
		case 'list-transform': {
			const where = e.filter === null ? '' : ` WHERE ${of(e.filter)}`;
			return `[#${e.id} IN ${of(e.list)}${where}${e.body === null ? '' : ` | ${of(e.body)}`}]`;
		}
		case 'list-test':
			return `${e.mode.toUpperCase()}(#${e.id} IN ${of(e.list)} WHERE ${of(e.predicate)})`;
		case 'list-fold':
			return `FOLD(#${e.accumulatorId} = ${of(e.initial)}, #${e.id} IN ${of(e.list)} | ${of(e.body)})`;
		case 'subquery':
			return e.comparison === null ? `${e.mode.toUpperCase()}(SubPlan)` : `(${of(e.comparison)} ${e.mode.toUpperCase()} SubPlan)`;
	}
}

function formatCall(e: Extract<Expression, { kind: 'call' }>, of: (x: Expression) => string): string {
	const { name, comparison } = e.function;
	const symbol = comparison?.operator ?? (/^[^a-z0-9_"]+$/i.test(name) ? name : null);
	if (symbol !== null && e.arguments.length === 2) return `(${of(e.arguments[0]!)} ${symbol} ${of(e.arguments[1]!)})`;
	return `${name}(${e.arguments.map(of).join(', ')})`;
}

function formatConstant(value: unknown): string {
	if (value === null) return 'NULL';
	if (typeof value === 'string') return `'${(value.length > CONSTANT_TEXT_MAX ? `${value.slice(0, CONSTANT_TEXT_MAX)}…` : value).replaceAll("'", "''")}'`;
	if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
	if (Array.isArray(value)) return `ROW(${value.map(formatConstant).join(', ')})`;
	const text = Object.prototype.toString.call(value) === '[object Object]' && (value as object).toString !== Object.prototype.toString ? String(value) : '…';
	return text;
}
