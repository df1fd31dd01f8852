/**
 * Checks of `USING INDEX`, `USING SCAN` and `USING JOIN`: a hint must speak of what its MATCH has, and of an index that there is. The planner chooses by cost; a
 * hint that fits changes nothing, one that does not is an error, as in Neo4j.
 */
import type * as ast from './ast.ts';
import { type AstNode, forEachChild } from './ast-walk.ts';
import type { Checker } from './checker.ts';

export function checkHints(checker: Checker, clause: ast.MatchClause): void {
	for (const hint of clause.hints) {
		if (hint.kind === 'joinHint') for (const variable of hint.variables) requireElement(checker, clause, variable);
		else checkLabelled(checker, clause, hint);
	}
}

function checkLabelled(checker: Checker, clause: ast.MatchClause, hint: ast.IndexHint | ast.ScanHint): void {
	requireElement(checker, clause, hint.variable);
	const { name } = hint.label;
	if (!labelsOf(clause, hint.variable.name).has(name))
		throw checker.error('InvalidHint', `the hint speaks of \`${name}\`, and its MATCH does not ask for that of \`${hint.variable.name}\``, hint);
	if (hint.kind === 'scanHint') return;
	const keys = hint.properties.map((property) => property.name);
	const asked = keysOf(clause, hint.variable.name);
	for (const key of keys) if (!asked.has(key)) throw checker.error('InvalidHint', `the hint speaks of \`${key}\`, and its MATCH does not ask for that`, hint);
	const isThere = checker.rules.some((rule) => rule.kind !== 'notNull' && rule.label === name && rule.properties.join('\0') === keys.join('\0'));
	if (!isThere) throw checker.indexNotFound(`there is no index on :${name}(${keys.join(', ')})`, hint);
}

type Element = ast.NodePattern | ast.RelationshipPattern;

function elementsOf(clause: ast.MatchClause): readonly Element[] {
	return clause.patterns.flatMap((pattern) => [pattern.first, ...pattern.steps.flatMap((step): Element[] => [step.relationship, step.node])]);
}

function requireElement(checker: Checker, clause: ast.MatchClause, variable: ast.Identifier): void {
	if (!elementsOf(clause).some((element) => element.variable?.name === variable.name)) throw checker.undefinedVariable(variable.name, variable);
}

/** Labels that a MATCH asks of a variable, in its patterns and in its WHERE. */
function labelsOf(clause: ast.MatchClause, name: string): ReadonlySet<string> {
	const labels = new Set<string>();
	const add = (node: AstNode): void => {
		if (node.kind === 'labelName') labels.add((node as ast.LabelName).name);
		else forEachChild(node, add);
	};
	for (const element of elementsOf(clause)) {
		if (element.variable?.name !== name) continue;
		const asked = element.kind === 'nodePattern' ? element.labels : element.types;
		if (asked !== null) add(asked);
	}
	visit(clause, (node) => {
		if (node.kind === 'labelPredicate' && isVariable((node as ast.LabelPredicate).subject, name)) add((node as ast.LabelPredicate).labels);
	});
	return labels;
}

/** Keys of properties that a MATCH asks of a variable. */
function keysOf(clause: ast.MatchClause, name: string): ReadonlySet<string> {
	const keys = new Set<string>();
	for (const element of elementsOf(clause))
		if (element.variable?.name === name && element.properties?.kind === 'map') for (const entry of element.properties.entries) keys.add(entry.key.name);
	visit(clause, (node) => {
		if (node.kind === 'property' && isVariable((node as ast.PropertyAccess).subject, name)) keys.add((node as ast.PropertyAccess).key.name);
	});
	return keys;
}

function isVariable(expression: ast.Expression, name: string): boolean {
	return expression.kind === 'variable' && expression.name === name;
}

function visit(node: AstNode, look: (node: AstNode) => void): void {
	look(node);
	forEachChild(node, (child) => visit(child, look));
}
