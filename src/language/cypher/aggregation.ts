/** Which parts of an expression aggregate rows. */
import type { CypherLibrary } from '../../query/functions/cypher/contracts.ts';
import type * as ast from './ast.ts';
import { type AstNode, forEachChild } from './ast-walk.ts';

export function isAggregation(library: CypherLibrary, node: AstNode): boolean {
	if (node.kind === 'countStar') return true;
	return node.kind === 'functionCall' && library.functions((node as ast.FunctionCall).name.toLowerCase()).some((f) => f.kind === 'aggregate');
}

/** The outermost aggregations in an expression, in the order of the text; those of subqueries are their own. */
export function aggregationsIn(library: CypherLibrary, expression: ast.Expression): (ast.FunctionCall | ast.CountStar)[] {
	const found: (ast.FunctionCall | ast.CountStar)[] = [];
	const pending: AstNode[] = [expression];
	for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
		if (isAggregation(library, node)) found.push(node as ast.FunctionCall | ast.CountStar);
		else if (node.kind !== 'subqueryExpression') {
			const children: AstNode[] = [];
			forEachChild(node, (child) => children.push(child));
			pending.push(...children.reverse());
		}
	}
	return found;
}
