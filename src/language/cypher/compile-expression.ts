/**
 * Expressions of Cypher to expressions of the algebra.
 *
 * Types: predicates are bool, `id(n)` is int8, names of types and string literals are text; everything else is dynamic. Values of these static types are dynamic values
 * as they stand, so a function that takes dynamic is given any of them. The other way, `compilePredicate` checks that a dynamic value is a boolean.
 * Names have been checked (`check-*.ts`): a variable that is not there is a bug of ours.
 *
 * An aggregation has been computed below when its projection is compiled, and an ORDER BY may repeat what is projected: `replacements` has, by
 * `expressionKey`, what stands for such an expression.
 */
import { assertNever, invariant } from '../../platform/errors.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { ScalarFunction } from '../../query/functions/contracts.ts';
import { BOOL, DYNAMIC, INT8 } from '../../value/builtin-types.ts';
import { floatValue } from '../../value/dynamic.ts';
import { allOf, anyOf, callOf, constantOf, isNull, NULL, notOf, reference, referenceTo, sameOf, textOf } from './algebra-build.ts';
import type * as ast from './ast.ts';
import { chainOperands, expressionKey } from './ast-walk.ts';
import type { CompileContext } from './compile-context.ts';
import { compileCall } from './compile-function.ts';
import { compileMapProjection } from './compile-map-projection.ts';
import { compilePatternComprehension, compilePatternExpression, compileSubquery } from './compile-subquery.ts';
import { ANY_TYPE } from './cypher-type.ts';
import type { Binding, Environment } from './environment.ts';

/** What stands for expressions that were computed before, by `expressionKey`. */
export type Replacements = ReadonlyMap<string, Expression>;

const NO_REPLACEMENTS: Replacements = new Map();

/** An expression of any type. */
export function compileExpression(context: CompileContext, environment: Environment, expression: ast.Expression, replacements = NO_REPLACEMENTS): Expression {
	return new ExpressionCompiler(context, environment, replacements).value(expression);
}

/** An expression of type bool. */
export function compilePredicate(context: CompileContext, environment: Environment, expression: ast.Expression, replacements = NO_REPLACEMENTS): Expression {
	return new ExpressionCompiler(context, environment, replacements).predicate(expression);
}

/** An expression whose type is said to be dynamic. */
export function compileDynamic(context: CompileContext, environment: Environment, expression: ast.Expression): Expression {
	return asDynamic(compileExpression(context, environment, expression));
}

/** The same value, with the type dynamic: for where types must be equal (UNION, branches). */
export function asDynamic(value: Expression): Expression {
	return value.type === DYNAMIC ? value : { ...value, type: DYNAMIC };
}

/** A variable as a value. */
export function wholeValue(context: CompileContext, binding: Binding): Expression {
	const { operators } = context.library;
	switch (binding.kind) {
		case 'node':
			invariant(binding.labels !== null && binding.properties !== null, 'a node is used as a whole whose parts were not read');
			return callOf(operators.vertex, [reference(binding.id), reference(binding.labels), reference(binding.properties)]);
		case 'edge':
			invariant(binding.properties !== null, 'a relationship is used as a whole whose parts were not read');
			return callOf(operators.edge, [binding.id, binding.type, binding.tail, binding.head, binding.properties].map(reference));
		case 'path':
			return binding.value;
		case 'value':
			return reference(binding.column);
		default:
			return assertNever(binding);
	}
}

export class ExpressionCompiler {
	readonly context: CompileContext;
	readonly environment: Environment;
	readonly replacements: Replacements;

	constructor(context: CompileContext, environment: Environment, replacements: Replacements) {
		this.context = context;
		this.environment = environment;
		this.replacements = replacements;
	}

	/** With one more variable, the element of a list. */
	within(name: string, column: Column): ExpressionCompiler {
		return new ExpressionCompiler(this.context, this.environment.bind(name, { kind: 'value', column, type: ANY_TYPE }), this.replacements);
	}

	/** In another environment. */
	over(environment: Environment): ExpressionCompiler {
		return new ExpressionCompiler(this.context, environment, this.replacements);
	}

	predicate(expression: ast.Expression): Expression {
		return this.asBoolean(this.value(expression));
	}

	asBoolean(value: Expression): Expression {
		if (value.type === BOOL) return value;
		if (value.kind === 'constant' && value.value === null) return constantOf(null, BOOL);
		return callOf(this.context.library.operators.asBoolean, [value]);
	}

	values(expressions: readonly ast.Expression[]): Expression[] {
		return expressions.map((e) => this.value(e));
	}

	value(e: ast.Expression): Expression {
		if (this.replacements.size > 0 && isReplaceable(e)) {
			const replacement = this.replacements.get(expressionKey(e));
			if (replacement !== undefined) return replacement;
		}
		const { operators } = this.context.library;
		switch (e.kind) {
			case 'null':
				return NULL;
			case 'boolean':
				return constantOf(e.value, BOOL);
			case 'integer':
				return constantOf(e.value, INT8);
			case 'float':
				return constantOf(floatValue(e.value), DYNAMIC);
			case 'string':
				return textOf(e.value);
			case 'list':
				return callOf(operators.list, this.values(e.items));
			case 'map':
				return this.map(e);
			case 'parameter':
				return this.context.parameter(e.name, DYNAMIC);
			case 'variable':
				return wholeValue(this.context, this.binding(e.name));
			case 'property':
				return this.property(e);
			case 'index':
				return this.index(e);
			case 'slice':
				return this.slice(e);
			case 'labelPredicate':
				return this.labels(e.subject, e.labels);
			case 'unary':
				return this.unary(e);
			case 'binary':
				return this.binary(e);
			case 'comparison':
				return this.comparison(e);
			case 'isNull':
				return isNull(this.identity(e.operand), e.negated);
			case 'case':
				return this.case(e);
			default:
				return this.compound(e);
		}
	}

	/** What has variables, queries or calls inside. */
	compound(e: ast.CompoundExpression): Expression {
		switch (e.kind) {
			case 'functionCall':
				return compileCall(this, e);
			case 'countStar':
				return invariantFailed('an aggregation was not computed before its use');
			case 'listComprehension':
				return this.listComprehension(e);
			case 'quantifier':
				return this.quantifier(e);
			case 'reduce':
				return this.reduce(e);
			case 'mapProjection':
				return compileMapProjection(this, e);
			case 'patternComprehension':
				return compilePatternComprehension(this, e);
			case 'patternExpression':
				return compilePatternExpression(this, e.pattern);
			case 'subqueryExpression':
				return compileSubquery(this, e);
			default:
				return assertNever(e);
		}
	}

	binding(name: string): Binding {
		const binding = this.environment.lookup(name);
		invariant(binding !== undefined, `variable ${name} is not bound`);
		return binding;
	}

	/** The binding of a variable; null for any other expression. */
	bindingOf(e: ast.Expression): Binding | null {
		return e.kind === 'variable' ? this.binding(e.name) : null;
	}

	/** An expression that is null exactly where the value is: the id of a node or relationship, else the value. */
	identity(e: ast.Expression): Expression {
		const binding = this.bindingOf(e);
		return binding !== null && (binding.kind === 'node' || binding.kind === 'edge') ? reference(binding.id) : this.value(e);
	}

	map(e: ast.MapLiteral): Expression {
		return callOf(
			this.context.library.operators.map,
			e.entries.flatMap((entry) => [textOf(entry.key.name), this.value(entry.value)]),
		);
	}

	property(e: ast.PropertyAccess): Expression {
		return this.propertyOf(e.subject, e.key.name, this.context.position(e));
	}

	propertyOf(subject: ast.Expression, key: string, position: number): Expression {
		const { operators } = this.context.library;
		const binding = this.bindingOf(subject);
		if (binding !== null && (binding.kind === 'node' || binding.kind === 'edge')) {
			invariant(binding.properties !== null, 'a property is used that was not read');
			return callOf(operators.propertyOfMap, [reference(binding.properties), textOf(key)], position);
		}
		return callOf(operators.property, [this.value(subject), textOf(key)], position);
	}

	index(e: ast.IndexAccess): Expression {
		if (e.index.kind === 'string' && this.bindingOf(e.subject) !== null) return this.propertyOf(e.subject, e.index.value, this.context.position(e));
		return callOf(this.context.library.operators.index, [this.value(e.subject), this.value(e.index)], this.context.position(e));
	}

	slice(e: ast.SliceAccess): Expression {
		const { operators } = this.context.library;
		const list = this.value(e.subject);
		const position = this.context.position(e);
		if (e.from === null && e.to === null) return callOf(operators.asList, [list], position);
		if (e.from === null) return callOf(operators.sliceTo, [list, this.value(e.to!)], position);
		if (e.to === null) return callOf(operators.sliceFrom, [list, this.value(e.from)], position);
		return callOf(operators.slice, [list, this.value(e.from), this.value(e.to)], position);
	}

	/** `subject:Labels`, of a node or a relationship. */
	labels(subject: ast.Expression, labels: ast.LabelExpression): Expression {
		const binding = this.bindingOf(subject);
		if (binding !== null && binding.kind !== 'value') return labelTest(this.context, binding, labels);
		const value = this.value(subject);
		return labelTree(labels, {
			name: (label) => callOf(this.context.library.operators.hasLabel, [value, textOf(label)], this.context.position(subject)),
			any: () => isNull(value, true),
		});
	}

	unary(e: ast.UnaryOperation): Expression {
		const { operators } = this.context.library;
		if (e.operator === 'NOT') return notOf(this.predicate(e.operand));
		return callOf(e.operator === '-' ? operators.negate : operators.plus, [this.value(e.operand)], this.context.position(e));
	}

	binary(e: ast.BinaryOperation): Expression {
		switch (e.operator) {
			case 'AND':
				return allOf(chainOperands(e, 'AND').map((operand) => this.predicate(operand)));
			case 'OR':
				return anyOf(chainOperands(e, 'OR').map((operand) => this.predicate(operand)));
			case 'XOR':
				return chainOperands(e, 'XOR')
					.map((operand) => this.predicate(operand))
					.reduce((left, right) => callOf(this.context.library.operators.xor, [left, right]));
			case 'IN':
				if (e.right.kind === 'list' && e.right.items.length > 0 && e.right.items.every(isScalarLiteral)) return this.inList(e.left, e.right.items);
				break;
			default:
				break;
		}
		return callOf(this.operator(e.operator), [this.value(e.left), this.value(e.right)], this.context.position(e));
	}

	/** A value among literals, which an index can look up. */
	inList(value: ast.Expression, items: readonly ast.Expression[]): Expression {
		return { kind: 'in-list', left: this.value(value), list: this.values(items), equality: this.context.library.equivalence, type: BOOL };
	}

	operator(operator: Exclude<ast.BinaryOperator, 'AND' | 'OR' | 'XOR'>): ScalarFunction {
		return this.context.library.operators[OPERATORS[operator]];
	}

	/** `a < b < c` is `a < b AND b < c`, with b computed once. */
	comparison(e: ast.Comparison): Expression {
		const parts: Expression[] = [];
		const lets: { readonly id: number; readonly value: Expression }[] = [];
		const kept = (operand: ast.Expression, isShared: boolean): Expression | null => {
			if (!isShared || isSimple(operand)) return null;
			const column = this.context.newColumn('operand', DYNAMIC);
			lets.push({ id: column.id, value: this.value(operand) });
			return reference(column);
		};
		const last = e.operands.length - 1;
		const named = e.operands.map((operand, i) => kept(operand, i > 0 && i < last));
		e.operators.forEach((operator, i) => {
			parts.push(this.compare(operator, e.operands[i]!, e.operands[i + 1]!, named[i]!, named[i + 1]!));
		});
		return lets.reduceRight<Expression>((body, { id, value }) => ({ kind: 'let', id, value, body, type: BOOL }), allOf(parts));
	}

	compare(
		operator: ast.ComparisonOperator,
		left: ast.Expression,
		right: ast.Expression,
		leftNamed: Expression | null,
		rightNamed: Expression | null,
	): Expression {
		const same = leftNamed === null && rightNamed === null && (operator === '=' || operator === '<>') ? this.sameElement(left, right) : null;
		if (same !== null) return operator === '=' ? same : notOf(same);
		const called = this.context.library.operators[COMPARISONS[operator]];
		return callOf(called, [leftNamed ?? this.value(left), rightNamed ?? this.value(right)], this.context.position(left));
	}

	/** Whether two nodes or relationships of patterns are the same, by their ids; null where one of them is something else. */
	sameElement(left: ast.Expression, right: ast.Expression): Expression | null {
		const a = this.bindingOf(left);
		const b = this.bindingOf(right);
		if ((a?.kind !== 'node' && a?.kind !== 'edge') || (b?.kind !== 'node' && b?.kind !== 'edge')) return null;
		const same = sameOf(reference(a.id), reference(b.id));
		// A node is no relationship, whatever their ids; null where one of them is.
		return a.kind === b.kind ? same : allOf([isNull(same), constantOf(null, BOOL)]);
	}

	case(e: ast.CaseExpression): Expression {
		const otherwise = e.otherwise === null ? null : this.value(e.otherwise);
		if (e.subject === null) {
			const branches = e.alternatives.map((a) => ({ when: this.predicate(a.when), then: this.value(a.then) }));
			return { kind: 'case', branches, otherwise, type: DYNAMIC };
		}
		const subject = this.context.newColumn('subject', DYNAMIC);
		const branches = e.alternatives.map((a) => ({
			when: callOf(this.context.library.operators.equal, [reference(subject), this.value(a.when)], this.context.position(a)),
			then: this.value(a.then),
		}));
		const body: Expression = { kind: 'case', branches, otherwise, type: DYNAMIC };
		return { kind: 'let', id: subject.id, value: this.value(e.subject), body, type: DYNAMIC };
	}

	/** A list; TypeError where the value is none. */
	list(e: ast.Expression): Expression {
		return callOf(this.context.library.operators.asList, [this.value(e)], this.context.position(e));
	}

	listComprehension(e: ast.ListComprehension): Expression {
		const element = this.context.newColumn(e.variable.name, DYNAMIC);
		const inner = this.within(e.variable.name, element);
		const filter = e.where === null ? null : inner.predicate(e.where);
		const body = e.projection === null ? null : inner.value(e.projection);
		return { kind: 'list-transform', list: this.list(e.list), id: element.id, filter, body, type: DYNAMIC };
	}

	quantifier(e: ast.QuantifierExpression): Expression {
		const element = this.context.newColumn(e.variable.name, DYNAMIC);
		const inner = this.within(e.variable.name, element);
		const predicate = e.where === null ? inner.asBoolean(referenceTo(element.id, DYNAMIC)) : inner.predicate(e.where);
		return { kind: 'list-test', list: this.list(e.list), id: element.id, mode: e.quantifier, predicate, type: BOOL };
	}

	reduce(e: ast.ReduceExpression): Expression {
		const element = this.context.newColumn(e.variable.name, DYNAMIC);
		const accumulator = this.context.newColumn(e.accumulator.name, DYNAMIC);
		const body = this.within(e.variable.name, element).within(e.accumulator.name, accumulator).value(e.expression);
		const initial = this.value(e.initial);
		return { kind: 'list-fold', list: this.list(e.list), id: element.id, accumulatorId: accumulator.id, initial, body, type: DYNAMIC };
	}
}

const OPERATORS = {
	'+': 'add',
	'-': 'subtract',
	'*': 'multiply',
	'/': 'divide',
	'%': 'modulo',
	'^': 'power',
	'||': 'concatenate',
	'=~': 'matches',
	IN: 'in',
	'STARTS WITH': 'startsWith',
	'ENDS WITH': 'endsWith',
	CONTAINS: 'contains',
} as const;

const COMPARISONS = {
	'=': 'equal',
	'<>': 'notEqual',
	'<': 'less',
	'<=': 'lessOrEqual',
	'>': 'greater',
	'>=': 'greaterOrEqual',
} as const;

/** Literals and parameters are never replaced. */
function isReplaceable(e: ast.Expression): boolean {
	return !['null', 'boolean', 'integer', 'float', 'string', 'parameter'].includes(e.kind);
}

/** Literals that equal themselves and are of one form. */
function isScalarLiteral(e: ast.Expression): boolean {
	return e.kind === 'integer' || e.kind === 'string' || e.kind === 'boolean' || e.kind === 'null';
}

/** Costs nothing to compute twice. */
function isSimple(e: ast.Expression): boolean {
	return e.kind === 'variable' || !isReplaceable(e);
}

function invariantFailed(text: string): never {
	invariant(false, text);
	throw new Error(text);
}

/** How one label is tested, and whether there is any. */
interface LabelTests {
	name(label: string): Expression;
	any(): Expression;
}

function labelTree(labels: ast.LabelExpression, tests: LabelTests): Expression {
	switch (labels.kind) {
		case 'labelName':
			return tests.name(labels.name);
		case 'labelWildcard':
			return tests.any();
		case 'labelNot':
			return notOf(labelTree(labels.operand, tests));
		case 'labelAnd':
			return allOf(labels.operands.map((operand) => labelTree(operand, tests)));
		case 'labelOr':
			return anyOf(labels.operands.map((operand) => labelTree(operand, tests)));
		default:
			return assertNever(labels);
	}
}

/** Whether a node has the labels, or a relationship the type, that are asked; null where it is null. */
export function labelTest(context: CompileContext, binding: Exclude<Binding, { kind: 'value' }>, labels: ast.LabelExpression): Expression {
	const { operators } = context.library;
	if (binding.kind === 'edge') {
		const type = reference(binding.type);
		return labelTree(labels, { name: (name) => sameOf(type, textOf(name)), any: () => isNull(type, true) });
	}
	invariant(binding.kind === 'node' && binding.labels !== null, 'labels are asked of what has none');
	const list = reference(binding.labels);
	return labelTree(labels, {
		name: (name) => callOf(operators.labelsContain, [list, textOf(name)]),
		any: () => callOf(operators.hasAnyLabel, [list]),
	});
}
