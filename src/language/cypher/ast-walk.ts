/** Walking the syntax tree without knowing every kind: the children of a node, and a key that is the same for expressions that are written alike. */
import type { Expression, Spanned } from './ast.ts';

/** A node of any kind. */
export interface AstNode extends Spanned {
	readonly kind: string;
}

/** Calls back for each node directly below, in the order of the text. */
export function forEachChild(node: AstNode, visit: (child: AstNode) => void): void {
	for (const part of Object.values(node)) {
		if (Array.isArray(part)) for (const item of part) visitIfNode(item, visit);
		else visitIfNode(part, visit);
	}
}

function visitIfNode(part: unknown, visit: (child: AstNode) => void): void {
	if (typeof part === 'object' && part !== null && 'kind' in part) visit(part as AstNode);
}

/** The operands of a chain of one associative operator (`a AND b AND c`), however long, without recursion. */
export function chainOperands(expression: Expression, operator: 'AND' | 'OR' | 'XOR'): Expression[] {
	const operands: Expression[] = [];
	let rest = expression;
	while (rest.kind === 'binary' && rest.operator === operator) {
		operands.push(rest.right);
		rest = rest.left;
	}
	operands.push(rest);
	return operands.reverse();
}

/** Equal for expressions that differ in places and blanks alone. */
export function expressionKey(expression: Expression): string {
	return JSON.stringify(expression, (name, value: unknown) => {
		if (name === 'start' || name === 'end') return undefined;
		return typeof value === 'bigint' ? `${value}n` : value;
	});
}
