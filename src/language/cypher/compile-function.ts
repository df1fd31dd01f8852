/** Calls of functions. A few ask less of a variable than its value: `id(n)`, `type(r)`, `labels(n)`, `startNode(r)`, `length(p)`, `exists(n.key)`. */
import { invariant } from '../../platform/errors.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import type { AggregateFunction, ScalarFunction } from '../../query/functions/contracts.ts';
import { END_NODE, START_NODE } from '../../query/functions/cypher/graph-functions.ts';
import { DYNAMIC } from '../../value/builtin-types.ts';
import { callOf, isNull, NULL, reference } from './algebra-build.ts';
import type * as ast from './ast.ts';
import type { CompileContext } from './compile-context.ts';
import type { ExpressionCompiler } from './compile-expression.ts';
import { graphIdOf } from './compile-pattern.ts';
import { compileEndpoint } from './compile-subquery.ts';
import type { Binding } from './environment.ts';

export function compileCall(compiler: ExpressionCompiler, e: ast.FunctionCall): Expression {
	const name = e.name.toLowerCase();
	const argument = e.arguments[0];
	if (argument !== undefined && e.arguments.length === 1) {
		if (name === 'exists') return compileExists(compiler, argument);
		const binding = compiler.bindingOf(argument);
		const special = binding === null ? null : callOfBinding(compiler.context, name, binding);
		if (special !== null) return special;
		if (name === 'id' && argument.kind === 'functionCall') {
			const id = idOfEndpoint(compiler, argument);
			if (id !== null) return id;
		}
	}
	if (name === 'nullif') return compileNullIf(compiler, e);
	if (name === 'coalesce') return { kind: 'coalesce', operands: compiler.values(e.arguments), type: DYNAMIC };
	if (name === 'startnode' || name === 'endnode') {
		const end = name === 'startnode' ? START_NODE : END_NODE;
		return callOf(end, [...compiler.values(e.arguments), graphIdOf(compiler.context)], compiler.context.position(e));
	}
	const called = scalarFunction(compiler.context, name, e.arguments.length);
	invariant(called !== null, `function ${e.name} is not there`);
	return callOf(called, compiler.values(e.arguments), compiler.context.position(e));
}

/** `nullIf(a, b)`: null where they are equal, else the first. */
function compileNullIf(compiler: ExpressionCompiler, e: ast.FunctionCall): Expression {
	const { context } = compiler;
	const [value, other] = compiler.values(e.arguments) as [Expression, Expression];
	const first = context.newColumn('value', DYNAMIC);
	const when = callOf(context.library.operators.equal, [reference(first), other], context.position(e));
	const body: Expression = { kind: 'case', branches: [{ when, then: NULL }], otherwise: reference(first), type: DYNAMIC };
	return { kind: 'let', id: first.id, value, body, type: DYNAMIC };
}

/** Null where the call needs the value. */
function callOfBinding(context: CompileContext, name: string, binding: Binding): Expression | null {
	switch (binding.kind) {
		case 'node':
			if (name === 'id') return reference(binding.id);
			return name === 'labels' && binding.labels !== null ? callOf(context.library.operators.labelList, [reference(binding.labels)]) : null;
		case 'edge':
			if (name === 'id') return reference(binding.id);
			if (name === 'type') return reference(binding.type);
			if (name === 'startnode') return compileEndpoint(context, binding.tail);
			return name === 'endnode' ? compileEndpoint(context, binding.head) : null;
		case 'path':
			return name === 'length' ? binding.length : null;
		case 'value':
			return null;
	}
}

/** `id(startNode(r))` is in the relationship. */
function idOfEndpoint(compiler: ExpressionCompiler, call: ast.FunctionCall): Expression | null {
	const name = call.name.toLowerCase();
	const argument = call.arguments[0];
	if ((name !== 'startnode' && name !== 'endnode') || argument === undefined) return null;
	const binding = compiler.bindingOf(argument);
	if (binding?.kind !== 'edge') return null;
	return reference(name === 'startnode' ? binding.tail : binding.head);
}

/** `exists(pattern)`, `exists(n.key)`. */
function compileExists(compiler: ExpressionCompiler, argument: ast.Expression): Expression {
	return argument.kind === 'patternExpression' ? compiler.value(argument) : isNull(compiler.value(argument), true);
}

function takes(called: ScalarFunction | AggregateFunction, count: number): boolean {
	const most = called.argumentOids.length;
	if (called.variadicOid !== 0) return count >= most - 1;
	return count <= most && count >= most - (called.defaults?.length ?? 0);
}

/** The function of this name for so many arguments; null where there is none. */
export function scalarFunction(context: CompileContext, name: string, count: number): ScalarFunction | null {
	for (const called of context.library.functions(name)) if (called.kind === 'scalar' && takes(called, count)) return called;
	return null;
}

export function aggregateFunction(context: CompileContext, name: string, count: number): AggregateFunction | null {
	for (const called of context.library.functions(name)) if (called.kind === 'aggregate' && takes(called, count)) return called;
	return null;
}
