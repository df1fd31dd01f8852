/**
 * Expressions, by precedence climbing: one call per level of nesting and not one per level of precedence, so that the stack holds `DEPTH_MAX` levels.
 *
 * From loose to tight: OR, XOR, AND, NOT, comparisons (which chain), `=~ IN STARTS WITH ENDS WITH CONTAINS IS NULL`, `+ - ||`, `* / %`, `^`, the signs, and what
 * follows an operand (`.key`, `[index]`, `:Label`). All binary operators associate to the left, `^` too.
 *
 * Source: openCypher 9 grammar, with the string, list and null predicates between comparison and addition, where Neo4j has them.
 */
import { negateInt8 } from '../../value/int8.ts';
import type { BinaryOperator, Comparison, ComparisonOperator, Expression, IntegerLiteral, MapEntry, MapLiteral } from './ast.ts';
import { parseAtom } from './parse-atom.ts';
import { parseLabelExpression } from './parse-pattern.ts';
import { CHAIN_MAX, type TokenReader } from './token-reader.ts';

const OR = 1;
const XOR = 2;
const AND = 3;
const COMPARISON = 5;
const PREDICATE = 6;
const ADDITION = 7;
const MULTIPLICATION = 8;
const POWER = 9;

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

const SYMBOL_LEVELS: ReadonlyMap<string, number> = new Map([
	['=~', PREDICATE],
	['+', ADDITION],
	['-', ADDITION],
	['||', ADDITION],
	['*', MULTIPLICATION],
	['/', MULTIPLICATION],
	['%', MULTIPLICATION],
	['^', POWER],
]);

export function parseExpression(reader: TokenReader): Expression {
	return reader.nested(() => parseFrom(reader, OR));
}

/** An expression inside brackets of its own. */
export function parseEnclosed(reader: TokenReader): Expression {
	return reader.withBar(false, () => parseExpression(reader));
}

/** Operators of this level and of tighter ones. */
function parseFrom(reader: TokenReader, level: number): Expression {
	const { start } = reader.current;
	let left = level <= AND + 1 && reader.isWord('NOT') ? parseNot(reader) : parseSigned(reader);
	for (let chain = 0; ; chain++) {
		const operator = operatorHere(reader);
		if (operator === null || operator.level < level) return left;
		if (operator.level > AND && chain > CHAIN_MAX) throw reader.tooLong(reader.current);
		if (operator.name === 'comparison') {
			left = parseComparison(reader, left, start);
			continue;
		}
		if (operator.name === 'IS') {
			left = parseNullPredicate(reader, left, start);
			continue;
		}
		for (let i = 0; i < operator.words; i++) reader.advance();
		const right = parseFrom(reader, operator.level + 1);
		left = { kind: 'binary', operator: operator.name, left, right, ...reader.from(start) };
	}
}

interface OperatorHere {
	readonly name: BinaryOperator | 'comparison' | 'IS';
	readonly level: number;
	/** Tokens of its name. */
	readonly words: number;
}

const WORD_OPERATORS: ReadonlyMap<string, OperatorHere> = new Map([
	['OR', { name: 'OR', level: OR, words: 1 }],
	['XOR', { name: 'XOR', level: XOR, words: 1 }],
	['AND', { name: 'AND', level: AND, words: 1 }],
	['IN', { name: 'IN', level: PREDICATE, words: 1 }],
	['IS', { name: 'IS', level: PREDICATE, words: 1 }],
	['CONTAINS', { name: 'CONTAINS', level: PREDICATE, words: 1 }],
	['STARTS', { name: 'STARTS WITH', level: PREDICATE, words: 2 }],
	['ENDS', { name: 'ENDS WITH', level: PREDICATE, words: 2 }],
]);

const SYMBOL_OPERATORS: ReadonlyMap<string, OperatorHere> = new Map<string, OperatorHere>([
	...[...COMPARISONS].map((symbol) => [symbol, { name: 'comparison', level: COMPARISON, words: 1 }] as const),
	...[...SYMBOL_LEVELS].map(([symbol, level]) => [symbol, { name: symbol as BinaryOperator, level, words: 1 }] as const),
]);

function operatorHere(reader: TokenReader): OperatorHere | null {
	reader.expecting('an operator');
	const token = reader.current;
	if (token.kind === 'symbol') return SYMBOL_OPERATORS.get(token.text) ?? null;
	if (token.kind !== 'word') return null;
	const operator = WORD_OPERATORS.get(token.upper) ?? null;
	return operator !== null && operator.words === 2 && !reader.wordAt(1, 'WITH') ? null : operator;
}

function parseNot(reader: TokenReader): Expression {
	const { start } = reader.current;
	reader.expectWords('NOT');
	const operand = reader.nested(() => parseFrom(reader, COMPARISON - 1));
	return { kind: 'unary', operator: 'NOT', operand, ...reader.from(start) };
}

function parseComparison(reader: TokenReader, first: Expression, start: number): Comparison {
	const operands = [first];
	const operators: ComparisonOperator[] = [];
	for (;;) {
		const token = reader.current;
		if (token.kind !== 'symbol' || !COMPARISONS.has(token.text)) break;
		if (operators.length > CHAIN_MAX) throw reader.tooLong(token);
		reader.advance();
		operators.push(token.text as ComparisonOperator);
		operands.push(parseFrom(reader, PREDICATE));
	}
	return { kind: 'comparison', operands, operators, ...reader.from(start) };
}

function parseNullPredicate(reader: TokenReader, operand: Expression, start: number): Expression {
	reader.expectWords('IS');
	const negated = reader.takeWords('NOT');
	reader.expectWords('NULL');
	return { kind: 'isNull', operand, negated, ...reader.from(start) };
}

/** Signs before an operand; a minus before the digits of an integer is part of it. */
function parseSigned(reader: TokenReader): Expression {
	const token = reader.current;
	if (token.kind === 'symbol' && (token.text === '-' || token.text === '+')) {
		reader.advance();
		if (token.text === '-' && reader.current.kind === 'integer') return parsePostfix(reader, negated(reader, token.start));
		const operand = reader.nested(() => parseSigned(reader));
		return { kind: 'unary', operator: token.text, operand, ...reader.from(token.start) };
	}
	return parsePostfix(reader, parseAtom(reader));
}

function negated(reader: TokenReader, start: number): IntegerLiteral {
	const token = reader.advance();
	if (token.kind !== 'integer') throw reader.unexpected();
	// 2^63 has no int8 of its own; −2^63 has.
	const value = typeof token.value === 'bigint' ? -token.value : negateInt8(token.value);
	return { kind: 'integer', value, start, end: token.end };
}

/** An operand with what follows it, without operators: what SET and REMOVE take. */
export function parseTarget(reader: TokenReader): Expression {
	return reader.nested(() => parsePostfix(reader, parseAtom(reader)));
}

function parsePostfix(reader: TokenReader, atom: Expression): Expression {
	const { start } = atom;
	let subject = atom;
	for (let chain = 0; ; chain++) {
		if (chain > CHAIN_MAX) throw reader.tooLong(reader.current);
		if (reader.takeSymbol('.')) subject = { kind: 'property', subject, key: reader.name('a property'), ...reader.from(start) };
		else if (reader.takeSymbol('[')) subject = reader.withBar(false, () => parseSubscript(reader, subject, start));
		else if (reader.isSymbol(':') && labelsFollow(reader)) {
			reader.advance();
			subject = { kind: 'labelPredicate', subject, labels: parseLabelExpression(reader), ...reader.from(start) };
		} else return subject;
	}
}

/** `n:Label`, and not the colon of a map or of a slice. */
function labelsFollow(reader: TokenReader): boolean {
	const next = reader.peek(1);
	return next.kind === 'word' || next.kind === 'name' || (next.kind === 'symbol' && (next.text === '!' || next.text === '%' || next.text === '('));
}

function parseSubscript(reader: TokenReader, subject: Expression, start: number): Expression {
	if (reader.takeSymbol('..')) {
		const to = reader.isSymbol(']') ? null : parseExpression(reader);
		reader.expectSymbol(']');
		return { kind: 'slice', subject, from: null, to, ...reader.from(start) };
	}
	const index = parseExpression(reader);
	if (!reader.takeSymbol('..')) {
		reader.expectSymbol(']');
		return { kind: 'index', subject, index, ...reader.from(start) };
	}
	const to = reader.isSymbol(']') ? null : parseExpression(reader);
	reader.expectSymbol(']');
	return { kind: 'slice', subject, from: index, to, ...reader.from(start) };
}

/** `{key: expression, …}`. */
export function parseMap(reader: TokenReader): MapLiteral {
	const { start } = reader.current;
	reader.expectSymbol('{');
	const entries = reader.isSymbol('}') ? [] : reader.withBar(false, () => reader.list(() => parseMapEntry(reader)));
	reader.expectSymbol('}');
	return { kind: 'map', entries, ...reader.from(start) };
}

export function parseMapEntry(reader: TokenReader): MapEntry {
	const { start } = reader.current;
	const key = reader.name('a key');
	reader.expectSymbol(':');
	return { kind: 'mapEntry', key, value: parseExpression(reader), ...reader.from(start) };
}
