/** Checks of patterns: which variables they bind, and what each clause allows in them. */
import type * as ast from './ast.ts';
import { checkExpression, checkPredicate } from './check-expression.ts';
import type { Checker, Scope } from './checker.ts';
import { BOOLEAN_TYPE, type CypherType, listOf, mayBe, NODE_TYPE, PATH_TYPE, RELATIONSHIP_TYPE, typeName } from './cypher-type.ts';

const RELATIONSHIPS_TYPE = listOf(RELATIONSHIP_TYPE);

/** Patterns of MATCH: variables that are bound already must fit, others are bound. Properties and WHERE inside see the nodes and relationships of all patterns. */
export function checkMatchPatterns(checker: Checker, scope: Scope, patterns: readonly ast.PathPattern[]): Scope {
	const matched = new Set<string>();
	let inner = scope;
	for (const pattern of patterns) inner = bindPath(checker, inner, pattern, matched);
	// A path is there when all of the patterns are.
	const paths = patterns.flatMap((pattern) => (pattern.variable === null ? [] : [pattern.variable.name]));
	const visible = paths.length === 0 ? inner : inner.without(paths);
	for (const pattern of patterns) checkParts(checker, visible, pattern, false);
	return inner;
}

function bindPath(checker: Checker, scope: Scope, pattern: ast.PathPattern, matched: Set<string>): Scope {
	if (pattern.selector !== 'all') checkSingleStep(checker, pattern);
	let inner = bindElement(checker, scope, pattern.first.variable, NODE_TYPE);
	for (const { relationship, node } of pattern.steps) {
		inner = bindRelationship(checker, inner, relationship, matched);
		inner = bindElement(checker, inner, node.variable, NODE_TYPE);
	}
	return pattern.variable === null ? inner : checker.bindNew(inner, pattern.variable, PATH_TYPE);
}

function checkSingleStep(checker: Checker, pattern: ast.PathPattern): void {
	const [step, ...more] = pattern.steps;
	if (step === undefined || more.length > 0) throw checker.error('UnexpectedSyntax', 'shortestPath() takes a pattern of exactly one relationship', pattern);
	const from = step.relationship.range?.from ?? 1;
	if (from > 1) throw checker.error('InvalidRelationshipPattern', 'the shortest length of shortestPath() is 0 or 1', step.relationship);
}

function bindElement(checker: Checker, scope: Scope, variable: ast.Identifier | null, type: CypherType): Scope {
	if (variable === null) return scope;
	const bound = scope.lookup(variable.name);
	if (bound === undefined || bound.kind === 'any' || bound.kind === 'null') return scope.with(variable.name, type);
	if (!mayBe(bound, type)) {
		const message = `variable \`${variable.name}\` is ${typeName(bound)} and is used as ${typeName(type)}`;
		throw checker.error('VariableTypeConflict', message, variable);
	}
	return scope;
}

function bindRelationship(checker: Checker, scope: Scope, relationship: ast.RelationshipPattern, matched: Set<string>): Scope {
	const { variable, range } = relationship;
	if (variable === null) return scope;
	const bound = bindElement(checker, scope, variable, range === null ? RELATIONSHIP_TYPE : RELATIONSHIPS_TYPE);
	if (matched.has(variable.name)) {
		const message = `relationship variable \`${variable.name}\` is used for more than one relationship`;
		throw checker.error('RelationshipUniquenessViolation', message, variable);
	}
	matched.add(variable.name);
	return bound;
}

/** Properties and WHERE of the elements. Parameters as properties are for CREATE alone, where nothing is looked up by them. */
function checkParts(checker: Checker, scope: Scope, pattern: ast.PathPattern, allowsParameters: boolean): void {
	checkElement(checker, scope, pattern.first, allowsParameters);
	for (const step of pattern.steps) {
		checkElement(checker, scope, step.relationship, allowsParameters);
		checkElement(checker, scope, step.node, allowsParameters);
	}
}

function checkElement(checker: Checker, scope: Scope, element: ast.NodePattern | ast.RelationshipPattern, allowsParameters: boolean): void {
	const { properties } = element;
	if (properties?.kind === 'parameter' && !allowsParameters)
		throw checker.error('InvalidParameterUse', 'a parameter cannot be the properties here: use a map such as {id: $parameter.id}', properties);
	if (properties?.kind === 'map') for (const entry of properties.entries) checkExpression(checker, scope, entry.value);
	if (element.where !== null) checkPredicate(checker, scope, element.where);
	if (element.kind === 'relationshipPattern' && element.types !== null) checkTypes(checker, element.types);
}

function checkTypes(checker: Checker, types: ast.LabelExpression): void {
	if (types.kind === 'labelAnd' && types.colons) throw checker.error('UnexpectedSyntax', "alternative types are parted by '|'", types);
}

/** A pattern as a predicate binds nothing. */
export function checkPatternPredicate(checker: Checker, scope: Scope, pattern: ast.PathPattern): CypherType {
	const names = [pattern.first.variable, ...pattern.steps.flatMap((step) => [step.relationship.variable, step.node.variable])];
	for (const name of names) if (name !== null && scope.lookup(name.name) === undefined) throw checker.undefinedVariable(name.name, name);
	checkMatchPatterns(checker, scope, [pattern]);
	return BOOLEAN_TYPE;
}

/** `shortestPath(…)` as an expression: between bound nodes. */
export function checkShortestPath(checker: Checker, scope: Scope, pattern: ast.PathPattern): CypherType {
	for (const node of [pattern.first, ...pattern.steps.map((step) => step.node)]) {
		if (node.variable === null || scope.lookup(node.variable.name) === undefined)
			throw checker.error('UnexpectedSyntax', 'shortestPath() as an expression goes from one bound node to another', node);
	}
	checkMatchPatterns(checker, scope, [pattern]);
	return pattern.selector === 'allShortest' ? listOf(PATH_TYPE) : PATH_TYPE;
}

export function checkPatternComprehension(checker: Checker, scope: Scope, e: ast.PatternComprehension): CypherType {
	const inner = checkMatchPatterns(checker, scope, [e.pattern]);
	if (e.where !== null) checkPredicate(checker, inner, e.where);
	return listOf(checkExpression(checker, inner, e.projection));
}

/** Patterns of CREATE, and the one of MERGE. */
export function checkCreatedPatterns(checker: Checker, scope: Scope, patterns: readonly ast.PathPattern[], clause: 'CREATE' | 'MERGE'): Scope {
	let inner = scope;
	for (const pattern of patterns) {
		// What is created has no properties yet that others in its path could ask for.
		checkParts(checker, inner, pattern, clause === 'CREATE');
		if (pattern.selector !== 'all') throw checker.error('UnexpectedSyntax', `${clause} cannot make a shortestPath()`, pattern);
		inner = createNode(checker, inner, pattern.first, pattern.steps.length === 0);
		for (const { relationship, node } of pattern.steps) {
			checkCreatedRelationship(checker, relationship, clause);
			if (relationship.variable !== null) inner = checker.bindNew(inner, relationship.variable, RELATIONSHIP_TYPE);
			inner = createNode(checker, inner, node, false);
		}
		if (pattern.variable !== null) inner = checker.bindNew(inner, pattern.variable, PATH_TYPE);
	}
	return inner;
}

function createNode(checker: Checker, scope: Scope, node: ast.NodePattern, isAlone: boolean): Scope {
	if (node.where !== null) throw checker.error('UnexpectedSyntax', 'WHERE has no meaning in what is created', node.where);
	if (node.labels !== null && !areNames(node.labels)) throw checker.error('UnexpectedSyntax', 'a node is created with labels such as :A:B', node.labels);
	if (node.variable === null) return scope;
	const bound = scope.lookup(node.variable.name);
	if (bound === undefined) return scope.with(node.variable.name, NODE_TYPE);
	if (isAlone || node.labels !== null || node.properties !== null) throw checker.alreadyBound(node.variable.name, node.variable);
	return bindElement(checker, scope, node.variable, NODE_TYPE);
}

function areNames(labels: ast.LabelExpression): boolean {
	return labels.kind === 'labelName' || (labels.kind === 'labelAnd' && labels.operands.every((operand) => operand.kind === 'labelName'));
}

function checkCreatedRelationship(checker: Checker, relationship: ast.RelationshipPattern, clause: 'CREATE' | 'MERGE'): void {
	if (relationship.range !== null) throw checker.error('CreatingVarLength', `a relationship of variable length cannot be used in ${clause}`, relationship);
	if (relationship.types?.kind !== 'labelName')
		throw checker.error('NoSingleRelationshipType', `exactly one relationship type must be given for ${clause}`, relationship);
	if (clause === 'CREATE' && relationship.direction === 'both')
		throw checker.error('RequiresDirectedRelationship', 'only directed relationships can be created', relationship);
	if (relationship.where !== null) throw checker.error('UnexpectedSyntax', 'WHERE has no meaning in what is created', relationship.where);
}
