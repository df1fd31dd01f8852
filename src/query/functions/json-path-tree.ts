/**
 * Paths of SQL/JSON: the tree, and its text. A jsonpath value is kept as its canonical text; `json-path-parser.ts` makes the tree
 * and `json-path-executor.ts` runs it.
 *
 * Source: PostgreSQL manual §9.16.2; the printed form is that of its output function.
 */
import type { Decimal } from '../../value/decimal.ts';
import { quoteJson } from '../../value/jsonb.ts';

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type PathMethod = 'type' | 'size' | 'abs' | 'floor' | 'ceiling' | 'double' | 'keyvalue' | 'datetime';

/** Something that yields a sequence of items. Predicates yield true, false or null (unknown). */
export type PathExpression =
	| { readonly kind: 'root' }
	| { readonly kind: 'current' }
	| { readonly kind: 'last' }
	| { readonly kind: 'null' }
	| { readonly kind: 'boolean'; readonly value: boolean }
	| { readonly kind: 'string'; readonly value: string }
	| { readonly kind: 'number'; readonly value: Decimal }
	| { readonly kind: 'variable'; readonly name: string }
	| { readonly kind: 'steps'; readonly start: PathExpression; readonly steps: readonly PathStep[] }
	| { readonly kind: 'arithmetic'; readonly operator: ArithmeticOperator; readonly left: PathExpression; readonly right: PathExpression }
	| { readonly kind: 'unary'; readonly operator: '+' | '-'; readonly operand: PathExpression }
	| PathPredicate;

export type PathPredicate =
	| { readonly kind: 'comparison'; readonly operator: ComparisonOperator; readonly left: PathExpression; readonly right: PathExpression }
	| { readonly kind: 'and' | 'or'; readonly left: PathExpression; readonly right: PathExpression }
	| { readonly kind: 'not'; readonly operand: PathExpression }
	| { readonly kind: 'is-unknown'; readonly operand: PathExpression }
	| { readonly kind: 'exists'; readonly operand: PathExpression }
	| { readonly kind: 'starts-with'; readonly operand: PathExpression; readonly prefix: PathExpression }
	| { readonly kind: 'like-regex'; readonly operand: PathExpression; readonly pattern: string; readonly flags: string };

export type PathStep =
	| { readonly kind: 'key'; readonly name: string }
	| { readonly kind: 'any-key' }
	| { readonly kind: 'any-element' }
	| { readonly kind: 'elements'; readonly ranges: readonly { readonly from: PathExpression; readonly to: PathExpression | null }[] }
	/** `.**`: levels from `first` to `last`; Infinity for `last`. */
	| { readonly kind: 'any-level'; readonly first: number; readonly last: number }
	| { readonly kind: 'filter'; readonly predicate: PathExpression }
	| { readonly kind: 'method'; readonly name: PathMethod; readonly argument: string | null };

export interface JsonPath {
	readonly isStrict: boolean;
	readonly expression: PathExpression;
}

export function isPredicate(expression: PathExpression): expression is PathPredicate {
	return ['comparison', 'and', 'or', 'not', 'is-unknown', 'exists', 'starts-with', 'like-regex'].includes(expression.kind);
}

/** The canonical text. */
export function formatPath(path: JsonPath): string {
	return `${path.isStrict ? 'strict ' : ''}${format(path.expression, true)}`;
}

const PRIORITIES: Readonly<Record<string, number>> = { or: 0, and: 1, comparison: 2, 'starts-with': 2, '+': 3, '-': 3, '*': 4, '/': 4, '%': 4, unary: 5 };
const HIGHEST = 6;

function priorityOf(expression: PathExpression): number {
	return PRIORITIES[expression.kind === 'arithmetic' ? expression.operator : expression.kind] ?? HIGHEST;
}

/** An operand in brackets where its operator does not bind tighter. */
const operandText = (operand: PathExpression, parent: PathExpression): string => format(operand, priorityOf(operand) <= priorityOf(parent));
const bracketed = (text: string, brackets: boolean): string => (brackets ? `(${text})` : text);

function format(expression: PathExpression, brackets: boolean): string {
	switch (expression.kind) {
		case 'root':
			return '$';
		case 'current':
			return '@';
		case 'last':
			return 'last';
		case 'null':
			return 'null';
		case 'boolean':
			return String(expression.value);
		case 'string':
			return quoteJson(expression.value);
		case 'number':
			return expression.value.toString();
		case 'variable':
			return `$${quoteJson(expression.name)}`;
		case 'steps':
			return startText(expression.start) + expression.steps.map(formatStep).join('');
		case 'arithmetic':
			return bracketed(`${operandText(expression.left, expression)} ${expression.operator} ${operandText(expression.right, expression)}`, brackets);
		case 'unary':
			return bracketed(`${expression.operator}${operandText(expression.operand, expression)}`, brackets);
		default:
			return formatPredicate(expression, brackets);
	}
}

/** What accessors are applied to: numbers and operators stand in brackets. */
function startText(start: PathExpression): string {
	return start.kind === 'number' ? `(${start.value.toString()})` : format(start, true);
}

function formatPredicate(predicate: PathPredicate, brackets: boolean): string {
	switch (predicate.kind) {
		case 'comparison':
			return bracketed(`${operandText(predicate.left, predicate)} ${predicate.operator} ${operandText(predicate.right, predicate)}`, brackets);
		case 'and':
		case 'or':
			return bracketed(
				`${operandText(predicate.left, predicate)} ${predicate.kind === 'and' ? '&&' : '||'} ${operandText(predicate.right, predicate)}`,
				brackets,
			);
		case 'not':
			return `!(${format(predicate.operand, false)})`;
		case 'is-unknown':
			return `(${format(predicate.operand, false)}) is unknown`;
		case 'exists':
			return `exists (${format(predicate.operand, false)})`;
		case 'starts-with':
			return bracketed(`${operandText(predicate.operand, predicate)} starts with ${operandText(predicate.prefix, predicate)}`, brackets);
		case 'like-regex': {
			const flags = predicate.flags === '' ? '' : ` flag ${quoteJson(predicate.flags)}`;
			return bracketed(`${format(predicate.operand, priorityOf(predicate.operand) <= 2)} like_regex ${quoteJson(predicate.pattern)}${flags}`, brackets);
		}
	}
}

function formatStep(step: PathStep): string {
	switch (step.kind) {
		case 'key':
			return `.${quoteJson(step.name)}`;
		case 'any-key':
			return '.*';
		case 'any-element':
			return '[*]';
		case 'elements':
			return `[${step.ranges.map(({ from, to }) => format(from, false) + (to === null ? '' : ` to ${format(to, false)}`)).join(',')}]`;
		case 'any-level':
			return formatLevels(step.first, step.last);
		case 'filter':
			return `?(${format(step.predicate, false)})`;
		case 'method':
			return `.${step.name}(${step.argument === null ? '' : quoteJson(step.argument)})`;
	}
}

function formatLevels(first: number, last: number): string {
	const level = (value: number): string => (value === Number.POSITIVE_INFINITY ? 'last' : String(value));
	if (first === 0 && last === Number.POSITIVE_INFINITY) return '.**';
	return first === last ? `.**{${level(first)}}` : `.**{${level(first)} to ${level(last)}}`;
}
