/** Operands of expressions: literals, variables, calls, and everything that begins with a word or bracket of its own. */
import type {
	CaseAlternative,
	Expression,
	ListComprehension,
	MapProjectionItem,
	PatternComprehension,
	QuantifierExpression,
	Query,
	ReduceExpression,
	SubqueryExpression,
	Variable,
} from './ast.ts';
import { parseEnclosed, parseExpression, parseMap, parseMapEntry } from './parse-expression.ts';
import { atShortestPath, parsePathPattern, parseShortestPath, tryPatternExpression } from './parse-pattern.ts';
import { parsePatternList, parseQuery } from './parse-query.ts';
import type { TokenReader } from './token-reader.ts';

/** Words that are no variable in an expression, unless one was bound by that name before. */
const RESERVED = new Set(
	(
		'AND AS ASC ASCENDING BY CALL CASE CONTAINS CREATE DELETE DESC DESCENDING DETACH DISTINCT ELSE END ENDS FOREACH IN IS LIMIT MATCH MERGE NOT ON OPTIONAL ' +
		'OR ORDER REMOVE RETURN SET SKIP STARTS THEN UNION UNWIND USE WHEN WHERE WITH XOR YIELD'
	).split(' '),
);

const QUANTIFIERS = new Set(['ALL', 'ANY', 'NONE', 'SINGLE']);
const SUBQUERIES = new Set(['EXISTS', 'COUNT', 'COLLECT']);

export function parseAtom(reader: TokenReader): Expression {
	reader.expecting('an expression');
	const token = reader.current;
	const { start, end } = token;
	switch (token.kind) {
		case 'integer':
			reader.advance();
			if (token.value === 0x8000000000000000n) throw reader.error('IntegerOverflow', `integer ${token.text} is too large: integers have 64 bits`, token);
			return { kind: 'integer', value: token.value, start, end };
		case 'float':
			reader.advance();
			return { kind: 'float', value: Number(token.value), start, end };
		case 'string':
			reader.advance();
			return { kind: 'string', value: token.text, start, end };
		case 'parameter':
			reader.advance();
			return { kind: 'parameter', name: token.text, start, end };
		case 'symbol':
			if (token.text === '(') return parseParenthesis(reader);
			if (token.text === '[') return parseBracket(reader);
			if (token.text === '{') return parseMap(reader);
			throw reader.unexpected();
		case 'word':
			return parseWord(reader, token.upper);
		case 'name':
			return parseNamed(reader);
		case 'end':
			throw reader.unexpected();
	}
}

function parseParenthesis(reader: TokenReader): Expression {
	const pattern = tryPatternExpression(reader);
	if (pattern !== null) return pattern;
	reader.expectSymbol('(');
	const inner = parseEnclosed(reader);
	reader.expectSymbol(')');
	return inner;
}

function parseWord(reader: TokenReader, upper: string): Expression {
	const { start, end } = reader.current;
	if (upper === 'TRUE' || upper === 'FALSE') {
		reader.advance();
		return { kind: 'boolean', value: upper === 'TRUE', start, end };
	}
	if (upper === 'NULL') {
		reader.advance();
		return { kind: 'null', start, end };
	}
	if (reader.symbolAt(1, '(')) {
		if (QUANTIFIERS.has(upper) && reader.wordAt(3, 'IN')) return parseQuantifier(reader);
		if (upper === 'REDUCE' && reader.symbolAt(3, '=')) return parseReduce(reader);
		if (upper === 'COUNT' && reader.symbolAt(2, '*') && reader.symbolAt(3, ')')) return parseCountStar(reader);
		if (atShortestPath(reader)) return { kind: 'patternExpression', pattern: parseShortestPath(reader), ...reader.from(start) };
	}
	if (SUBQUERIES.has(upper) && reader.symbolAt(1, '{') && !reader.symbolAt(2, '.')) return parseSubquery(reader, upper);
	if (upper === 'CASE' && !reader.symbolAt(1, '.')) return parseCase(reader);
	if (RESERVED.has(upper) && !reader.boundNames.has(reader.current.text)) throw reader.unexpected();
	return parseNamed(reader);
}

/** A variable, a map projection or a call. */
function parseNamed(reader: TokenReader): Expression {
	const token = reader.current;
	if (atCall(reader)) return parseCall(reader);
	reader.advance();
	const variable: Variable = { kind: 'variable', name: token.text, start: token.start, end: token.end };
	return reader.isSymbol('{') ? parseMapProjection(reader, variable) : variable;
}

/** `name(` or `name.space.name(`. */
function atCall(reader: TokenReader): boolean {
	let distance = 1;
	while (reader.symbolAt(distance, '.') && isNameKind(reader.peek(distance + 1).kind)) distance += 2;
	return reader.symbolAt(distance, '(');
}

function isNameKind(kind: string): boolean {
	return kind === 'word' || kind === 'name';
}

function parseCall(reader: TokenReader): Expression {
	const { start } = reader.current;
	let name = reader.name('a function').name;
	while (reader.takeSymbol('.')) name += `.${reader.name('a function').name}`;
	reader.expectSymbol('(');
	return reader.withBar(false, () => {
		const distinct = reader.takeWords('DISTINCT');
		const items = reader.isSymbol(')') && !distinct ? [] : reader.list(() => parseExpression(reader));
		reader.expectSymbol(')');
		return { kind: 'functionCall', name, distinct, arguments: items, ...reader.from(start) };
	});
}

function parseCountStar(reader: TokenReader): Expression {
	const { start } = reader.current;
	for (let i = 0; i < 4; i++) reader.advance();
	return { kind: 'countStar', ...reader.from(start) };
}

function parseQuantifier(reader: TokenReader): QuantifierExpression {
	const { start } = reader.current;
	const quantifier = reader.advance().text.toLowerCase() as QuantifierExpression['quantifier'];
	reader.expectSymbol('(');
	return reader.withBar(false, () => {
		const variable = reader.bindingName();
		reader.expectWords('IN');
		const list = parseExpression(reader);
		const where = reader.takeWords('WHERE') ? parseExpression(reader) : null;
		reader.expectSymbol(')');
		return { kind: 'quantifier', quantifier, variable, list, where, ...reader.from(start) };
	});
}

function parseReduce(reader: TokenReader): ReduceExpression {
	const { start } = reader.current;
	reader.expectWords('REDUCE');
	reader.expectSymbol('(');
	return reader.withBar(true, () => {
		const accumulator = reader.bindingName();
		reader.expectSymbol('=');
		const initial = parseExpression(reader);
		reader.expectSymbol(',');
		const variable = reader.bindingName();
		reader.expectWords('IN');
		const list = parseExpression(reader);
		reader.expectSymbol('|');
		const expression = parseExpression(reader);
		reader.expectSymbol(')');
		return { kind: 'reduce', accumulator, initial, variable, list, expression, ...reader.from(start) };
	});
}

function parseCase(reader: TokenReader): Expression {
	const { start } = reader.current;
	reader.expectWords('CASE');
	const subject = reader.isWord('WHEN') ? null : parseExpression(reader);
	const alternatives: CaseAlternative[] = [];
	do {
		const whenStart = reader.current.start;
		reader.expectWords('WHEN');
		const when = parseExpression(reader);
		reader.expectWords('THEN');
		const then = parseExpression(reader);
		alternatives.push({ kind: 'caseAlternative', when, then, ...reader.from(whenStart) });
	} while (reader.isWord('WHEN'));
	const otherwise = reader.takeWords('ELSE') ? parseExpression(reader) : null;
	reader.expectWords('END');
	return { kind: 'case', subject, alternatives, otherwise, ...reader.from(start) };
}

/** `EXISTS { … }` and kin: a query, or patterns with a WHERE. */
function parseSubquery(reader: TokenReader, upper: string): SubqueryExpression {
	const { start } = reader.current;
	reader.advance();
	reader.expectSymbol('{');
	const query = reader.withBar(false, () => reader.nested(() => (atPattern(reader) ? parsePatternQuery(reader) : parseQuery(reader))));
	reader.expectSymbol('}');
	return { kind: 'subqueryExpression', form: upper.toLowerCase() as SubqueryExpression['form'], query, ...reader.from(start) };
}

function atPattern(reader: TokenReader): boolean {
	return reader.isSymbol('(') || atShortestPath(reader) || (reader.isName() && reader.symbolAt(1, '='));
}

function parsePatternQuery(reader: TokenReader): Query {
	const { start } = reader.current;
	const patterns = parsePatternList(reader);
	const where = reader.takeWords('WHERE') ? parseExpression(reader) : null;
	const span = reader.from(start);
	return { kind: 'singleQuery', clauses: [{ kind: 'match', optional: false, patterns, hints: [], where, ...span }], ...span };
}

/** A list, or a comprehension. */
function parseBracket(reader: TokenReader): Expression {
	const { start } = reader.current;
	const comprehension = tryComprehension(reader);
	if (comprehension !== null) return comprehension;
	reader.expectSymbol('[');
	const items = reader.isSymbol(']') ? [] : reader.withBar(false, () => reader.list(() => parseExpression(reader)));
	reader.expectSymbol(']');
	return { kind: 'list', items, ...reader.from(start) };
}

function tryComprehension(reader: TokenReader): Expression | null {
	const { index } = reader;
	if (reader.noPattern.has(index)) return null;
	const isListed = isNameKind(reader.peek(1).kind) && reader.wordAt(2, 'IN');
	const isPattern = reader.symbolAt(1, '(') || (isNameKind(reader.peek(1).kind) && reader.symbolAt(2, '='));
	if (!isListed && !isPattern) return null;
	const comprehension = reader.attempt<Expression>(() => (isListed ? parseListComprehension(reader) : parsePatternComprehension(reader)));
	if (comprehension === null) reader.noPattern.add(index);
	return comprehension;
}

function parseListComprehension(reader: TokenReader): ListComprehension {
	const { start } = reader.current;
	reader.expectSymbol('[');
	return reader.withBar(true, () => {
		const variable = reader.bindingName();
		reader.expectWords('IN');
		const list = parseExpression(reader);
		const where = reader.takeWords('WHERE') ? parseExpression(reader) : null;
		const projection = reader.takeSymbol('|') ? parseExpression(reader) : null;
		reader.expectSymbol(']');
		return { kind: 'listComprehension', variable, list, where, projection, ...reader.from(start) };
	});
}

function parsePatternComprehension(reader: TokenReader): PatternComprehension {
	const { start } = reader.current;
	reader.expectSymbol('[');
	return reader.withBar(true, () => {
		const pattern = parsePathPattern(reader);
		const where = reader.takeWords('WHERE') ? parseExpression(reader) : null;
		reader.expectSymbol('|');
		const projection = parseExpression(reader);
		reader.expectSymbol(']');
		return { kind: 'patternComprehension', pattern, where, projection, ...reader.from(start) };
	});
}

/** `variable {…}`. */
function parseMapProjection(reader: TokenReader, subject: Variable): Expression {
	reader.expectSymbol('{');
	const items = reader.isSymbol('}') ? [] : reader.withBar(false, () => reader.list(() => parseMapProjectionItem(reader)));
	reader.expectSymbol('}');
	return { kind: 'mapProjection', subject, items, ...reader.from(subject.start) };
}

function parseMapProjectionItem(reader: TokenReader): MapProjectionItem {
	const { start } = reader.current;
	if (reader.takeSymbol('.')) {
		if (reader.takeSymbol('*')) return { kind: 'mapProjectionAll', ...reader.from(start) };
		return { kind: 'mapProjectionProperty', key: reader.name('a property'), ...reader.from(start) };
	}
	if (reader.isName() && !reader.symbolAt(1, ':')) {
		const { name } = reader.name('a variable');
		return { kind: 'variable', name, ...reader.from(start) };
	}
	return parseMapEntry(reader);
}
