/**
 * Patterns: paths, nodes, relationships, label expressions.
 *
 * A parenthesis in an expression may begin a pattern (`(a)-->(b)`): `tryPatternExpression` tries that reading, and remembers where it failed, so that
 * nested parentheses are tried once each.
 */
import { sqlError } from '../../platform/errors.ts';
import type {
	Identifier,
	LabelExpression,
	MapLiteral,
	NodePattern,
	Parameter,
	PathPattern,
	PatternExpression,
	PatternRange,
	PatternStep,
	RelationshipPattern,
} from './ast.ts';
import { parseExpression, parseMap } from './parse-expression.ts';
import type { TokenReader } from './token-reader.ts';

/** `[p =] pattern`, with shortestPath and allShortestPaths. */
export function parsePathPattern(reader: TokenReader): PathPattern {
	const { start } = reader.current;
	reader.expecting('a pattern');
	const isNamed = reader.isName() && reader.symbolAt(1, '=');
	const variable = isNamed ? reader.bindingName() : null;
	if (isNamed) reader.expectSymbol('=');
	const pattern = atShortestPath(reader) ? parseShortestPath(reader) : parsePathElements(reader);
	return { ...pattern, variable, ...reader.from(start) };
}

export function atShortestPath(reader: TokenReader): boolean {
	return (reader.wordAt(0, 'SHORTESTPATH') || reader.wordAt(0, 'ALLSHORTESTPATHS')) && reader.symbolAt(1, '(');
}

/** `shortestPath((a)-[*]-(b))` and `allShortestPaths(…)`. */
export function parseShortestPath(reader: TokenReader): PathPattern {
	const { start } = reader.current;
	const selector = reader.wordAt(0, 'SHORTESTPATH') ? 'shortest' : 'allShortest';
	reader.advance();
	reader.expectSymbol('(');
	const pattern = parsePathElements(reader);
	reader.expectSymbol(')');
	return { ...pattern, selector, ...reader.from(start) };
}

/** Nodes and the relationships between them; parentheses around the whole have no meaning. */
function parsePathElements(reader: TokenReader): PathPattern {
	const { start } = reader.current;
	if (reader.symbolAt(0, '(') && reader.symbolAt(1, '(')) {
		reader.expectSymbol('(');
		const inner = reader.nested(() => parsePathElements(reader));
		reader.expectSymbol(')');
		refuseQuantifier(reader);
		return inner;
	}
	const first = parseNode(reader);
	const steps: PatternStep[] = [];
	while (atRelationship(reader)) steps.push(parseStep(reader));
	return { kind: 'pathPattern', variable: null, selector: 'all', first, steps, ...reader.from(start) };
}

function refuseQuantifier(reader: TokenReader): void {
	if (reader.symbolAt(0, '{') || reader.symbolAt(0, '+') || reader.symbolAt(0, '*'))
		throw sqlError('0A000', 'quantified path patterns are not supported', {
			position: reader.current.start + 1,
			hint: 'Use a relationship of variable length, such as -[:KNOWS*1..3]->.',
		});
}

function atRelationship(reader: TokenReader): boolean {
	return reader.isSymbol('-') || (reader.isSymbol('<') && reader.symbolAt(1, '-'));
}

function parseStep(reader: TokenReader): PatternStep {
	const { start } = reader.current;
	const relationship = parseRelationship(reader);
	return { kind: 'patternStep', relationship, node: parseNode(reader), ...reader.from(start) };
}

function parseNode(reader: TokenReader): NodePattern {
	const { start } = reader.current;
	reader.expectSymbol('(');
	return reader.withBar(false, () => {
		const variable = atWhere(reader) || !reader.isName() ? null : reader.bindingName();
		const labels = parseLabels(reader);
		const properties = parseProperties(reader);
		const where = reader.takeWords('WHERE') ? parseExpression(reader) : null;
		reader.expectSymbol(')');
		return { kind: 'nodePattern', variable, labels, properties, where, ...reader.from(start) };
	});
}

/** `(WHERE …)` and `[WHERE …]` have no name; `(where)` and `(where:Label)` have. */
function atWhere(reader: TokenReader): boolean {
	if (!reader.wordAt(0, 'WHERE')) return false;
	const next = reader.peek(1);
	return !(next.kind === 'symbol' && [')', ']', ':', '{', '*'].includes(next.text));
}

function parseRelationship(reader: TokenReader): RelationshipPattern {
	const { start } = reader.current;
	const isLeft = reader.takeSymbol('<');
	reader.expectSymbol('-');
	const detail = reader.takeSymbol('[') ? reader.withBar(false, () => parseRelationshipDetail(reader)) : NO_DETAIL;
	reader.expectSymbol('-');
	const isRight = reader.takeSymbol('>');
	const direction = isLeft === isRight ? 'both' : isLeft ? 'left' : 'right';
	return { kind: 'relationshipPattern', ...detail, direction, ...reader.from(start) };
}

type RelationshipDetail = Pick<RelationshipPattern, 'variable' | 'types' | 'range' | 'properties' | 'where'>;

const NO_DETAIL: RelationshipDetail = { variable: null, types: null, range: null, properties: null, where: null };

/** Between the brackets, and the closing one. */
function parseRelationshipDetail(reader: TokenReader): RelationshipDetail {
	const variable = atWhere(reader) || !reader.isName() ? null : reader.bindingName();
	const types = parseLabels(reader);
	const range = parseRange(reader);
	const properties = parseProperties(reader);
	const where = reader.takeWords('WHERE') ? parseExpression(reader) : null;
	reader.expectSymbol(']');
	return { variable, types, range, properties, where };
}

/** `*`, `*2`, `*1..3`, `*..3`, `*1..`. */
function parseRange(reader: TokenReader): PatternRange | null {
	const { start } = reader.current;
	if (reader.symbolAt(0, '..')) throw reader.error('InvalidRelationshipPattern', "a range of lengths begins with '*'", reader.current);
	if (!reader.takeSymbol('*')) return null;
	const from = parseLength(reader);
	const to = reader.takeSymbol('..') ? parseLength(reader) : from;
	return { kind: 'patternRange', from, to, ...reader.from(start) };
}

function parseLength(reader: TokenReader): number | null {
	reader.expecting('a number');
	const token = reader.current;
	if (token.kind === 'symbol' && token.text === '-') throw reader.error('InvalidRelationshipPattern', 'a length must not be negative', token);
	if (token.kind !== 'integer') return null;
	reader.advance();
	return Number(token.value);
}

function parseProperties(reader: TokenReader): MapLiteral | Parameter | null {
	const token = reader.current;
	if (token.kind === 'parameter') {
		reader.advance();
		return { kind: 'parameter', name: token.text, start: token.start, end: token.end };
	}
	return reader.isSymbol('{') ? parseMap(reader) : null;
}

/** `:A`, `:A:B`, `:A|B`, `:!A`, or nothing; also with IS in place of the colon. */
function parseLabels(reader: TokenReader): LabelExpression | null {
	const isWord = reader.wordAt(0, 'IS') && !reader.symbolAt(1, ':');
	if (!isWord && !reader.isSymbol(':')) return null;
	reader.advance();
	return parseLabelExpression(reader);
}

/** What stands after the colon. */
export function parseLabelExpression(reader: TokenReader): LabelExpression {
	const { start } = reader.current;
	const operands = [parseLabelAnd(reader)];
	while (!reader.barEnds && reader.takeSymbol('|')) {
		reader.takeSymbol(':');
		operands.push(parseLabelAnd(reader));
	}
	return operands.length === 1 ? operands[0]! : { kind: 'labelOr', operands, ...reader.from(start) };
}

function parseLabelAnd(reader: TokenReader): LabelExpression {
	const { start } = reader.current;
	const operands = [parseLabelTerm(reader)];
	let colons = false;
	for (;;) {
		if (reader.takeSymbol(':')) colons = true;
		else if (!reader.takeSymbol('&')) break;
		operands.push(parseLabelTerm(reader));
	}
	return operands.length === 1 ? operands[0]! : { kind: 'labelAnd', operands, colons, ...reader.from(start) };
}

function parseLabelTerm(reader: TokenReader): LabelExpression {
	const { start } = reader.current;
	if (reader.takeSymbol('!')) {
		const operand = reader.nested(() => parseLabelTerm(reader));
		return { kind: 'labelNot', operand, ...reader.from(start) };
	}
	if (reader.takeSymbol('%')) return { kind: 'labelWildcard', ...reader.from(start) };
	if (reader.takeSymbol('(')) {
		const inner = reader.nested(() => reader.withBar(false, () => parseLabelExpression(reader)));
		reader.expectSymbol(')');
		return inner;
	}
	const { name } = reader.name('a name');
	return { kind: 'labelName', name, ...reader.from(start) };
}

/** Labels parted by colons or ampersands, as SET and REMOVE take them. */
export function labelNames(labels: LabelExpression): readonly Identifier[] | null {
	if (labels.kind === 'labelName') return [{ kind: 'identifier', name: labels.name, start: labels.start, end: labels.end }];
	if (labels.kind !== 'labelAnd') return null;
	const names = labels.operands.map(labelNames);
	return names.includes(null) ? null : names.flatMap((n) => n!);
}

/** A pattern with at least one relationship, where one may begin; else null, and nothing is taken. */
export function tryPatternExpression(reader: TokenReader): PatternExpression | null {
	const { index } = reader;
	if (reader.noPattern.has(index)) return null;
	const { start } = reader.current;
	const pattern = reader.attempt(() => {
		const path = reader.nested(() => parsePathElements(reader));
		if (path.steps.length === 0) throw reader.unexpected();
		return path;
	});
	if (pattern === null) {
		reader.noPattern.add(index);
		return null;
	}
	return { kind: 'patternExpression', pattern, ...reader.from(start) };
}
