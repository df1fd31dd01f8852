/** `variable {.key, .*, key: expression, variable}`: a map of chosen parts; null where the variable is. */
import { assertNever } from '../../platform/errors.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import { DYNAMIC } from '../../value/builtin-types.ts';
import { callOf, isNull, NULL, textOf } from './algebra-build.ts';
import type * as ast from './ast.ts';
import type { ExpressionCompiler } from './compile-expression.ts';

export function compileMapProjection(compiler: ExpressionCompiler, e: ast.MapProjection): Expression {
	const { operators } = compiler.context.library;
	let made: Expression | null = null;
	let pairs: Expression[] = [];
	const closePairs = (): void => {
		if (pairs.length === 0 && made !== null) return;
		const map = callOf(operators.map, pairs);
		made = made === null ? map : callOf(operators.mergeMaps, [made, map]);
		pairs = [];
	};
	for (const item of e.items) {
		if (item.kind !== 'mapProjectionAll') {
			pairs.push(...pairOf(compiler, e.subject, item));
			continue;
		}
		const all = callOf(operators.mapOf, [compiler.value(e.subject)]);
		if (pairs.length > 0) closePairs();
		made = made === null ? all : callOf(operators.mergeMaps, [made, all]);
	}
	closePairs();
	const branch = { when: isNull(compiler.identity(e.subject)), then: NULL };
	return { kind: 'case', branches: [branch], otherwise: made, type: DYNAMIC };
}

function pairOf(compiler: ExpressionCompiler, subject: ast.Variable, item: Exclude<ast.MapProjectionItem, ast.MapProjectionAll>): readonly Expression[] {
	switch (item.kind) {
		case 'mapProjectionProperty':
			return [textOf(item.key.name), compiler.propertyOf(subject, item.key.name, compiler.context.position(item))];
		case 'mapEntry':
			return [textOf(item.key.name), compiler.value(item.value)];
		case 'variable':
			return [textOf(item.name), compiler.value(item)];
		default:
			return assertNever(item);
	}
}
