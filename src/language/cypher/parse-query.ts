/** Queries: clauses in a row, and UNION between such rows. Which clause may follow which is for `check-query.ts` to say. */

import type { Clause, Hint, MatchClause, PathPattern, Projection, ProjectionItem, Query, SingleQuery, SortItem, UnwindClause, WithClause } from './ast.ts';
import { parseCall, parseLoadCsv, parseUse } from './parse-call.ts';
import { parseExpression } from './parse-expression.ts';
import { parsePathPattern } from './parse-pattern.ts';
import { parseUpdatingClause } from './parse-update.ts';
import type { TokenReader } from './token-reader.ts';

export function parseQuery(reader: TokenReader): Query {
	const { start } = reader.current;
	const first = parseSingleQuery(reader);
	const queries: SingleQuery[] = [first];
	let all: boolean | null = null;
	while (reader.isWord('UNION')) {
		const union = reader.advance();
		const isAll = reader.takeWords('ALL');
		if (!isAll) reader.takeWords('DISTINCT');
		if (all !== null && all !== isAll) throw reader.error('InvalidClauseComposition', 'UNION and UNION ALL cannot be combined', union);
		all = isAll;
		queries.push(parseSingleQuery(reader));
	}
	return all === null ? first : { kind: 'unionQuery', all, queries, ...reader.from(start) };
}

function parseSingleQuery(reader: TokenReader): SingleQuery {
	const { start } = reader.current;
	const clauses: Clause[] = [];
	for (;;) {
		const clause = parseClause(reader);
		if (clause === null) break;
		clauses.push(clause);
	}
	if (clauses.length === 0) throw reader.unexpected();
	return { kind: 'singleQuery', clauses, ...reader.from(start) };
}

function parseClause(reader: TokenReader): Clause | null {
	const { start } = reader.current;
	if (reader.takeWords('OPTIONAL')) return reader.isWord('CALL') ? parseCall(reader, start, true) : parseMatch(reader, start, true);
	if (reader.isWord('MATCH')) return parseMatch(reader, start, false);
	if (reader.isWord('UNWIND')) return parseUnwind(reader);
	if (reader.isWord('WITH')) return parseWith(reader);
	if (reader.takeWords('RETURN')) {
		const projection = parseProjection(reader);
		return { kind: 'return', projection, ...reader.from(start) };
	}
	if (reader.takeWords('FINISH')) return { kind: 'finish', ...reader.from(start) };
	if (reader.isWord('CALL')) return parseCall(reader, start, false);
	if (reader.areWords('LOAD', 'CSV')) return parseLoadCsv(reader);
	if (reader.isWord('USE')) return parseUse(reader);
	return parseUpdatingClause(reader);
}

function parseMatch(reader: TokenReader, start: number, optional: boolean): MatchClause {
	reader.expectWords('MATCH');
	const patterns = parsePatternList(reader);
	const hints: Hint[] = [];
	while (reader.isWord('USING')) hints.push(parseHint(reader));
	const where = reader.takeWords('WHERE') ? parseExpression(reader) : null;
	return { kind: 'match', optional, patterns, hints, where, ...reader.from(start) };
}

export function parsePatternList(reader: TokenReader): PathPattern[] {
	return reader.list(() => parsePathPattern(reader));
}

function parseHint(reader: TokenReader): Hint {
	const { start } = reader.current;
	reader.expectWords('USING');
	if (reader.takeWords('JOIN', 'ON')) return { kind: 'joinHint', variables: reader.list(() => reader.name('a variable')), ...reader.from(start) };
	if (reader.takeWords('SCAN')) {
		const { variable, label } = parseLabelled(reader);
		return { kind: 'scanHint', variable, label, ...reader.from(start) };
	}
	const indexType = reader.takeWords('RANGE') ? 'range' : reader.takeWords('TEXT') ? 'text' : reader.takeWords('POINT') ? 'point' : 'any';
	reader.expectWords('INDEX');
	const seek = reader.takeWords('SEEK');
	const labelled = parseLabelled(reader);
	reader.expectSymbol('(');
	const properties = reader.list(() => reader.name('a property'));
	reader.expectSymbol(')');
	return { kind: 'indexHint', indexType, seek, ...labelled, properties, ...reader.from(start) };
}

function parseLabelled(reader: TokenReader): Pick<Extract<Hint, { kind: 'scanHint' }>, 'variable' | 'label'> {
	const variable = reader.name('a variable');
	reader.expectSymbol(':');
	return { variable, label: reader.name('a label') };
}

function parseUnwind(reader: TokenReader): UnwindClause {
	const { start } = reader.current;
	reader.expectWords('UNWIND');
	const list = parseExpression(reader);
	reader.expectWords('AS');
	return { kind: 'unwind', list, variable: reader.bindingName(), ...reader.from(start) };
}

function parseWith(reader: TokenReader): WithClause {
	const { start } = reader.current;
	reader.expectWords('WITH');
	const projection = parseProjection(reader);
	const where = reader.takeWords('WHERE') ? parseExpression(reader) : null;
	return { kind: 'with', projection, where, ...reader.from(start) };
}

function parseProjection(reader: TokenReader): Projection {
	const { start } = reader.current;
	const distinct = reader.takeWords('DISTINCT');
	const star = reader.takeSymbol('*');
	const items = star && !reader.takeSymbol(',') ? [] : reader.list(() => parseProjectionItem(reader));
	return { kind: 'projection', distinct, star, items, ...parseOrder(reader), ...reader.from(start) };
}

function parseProjectionItem(reader: TokenReader): ProjectionItem {
	const { start } = reader.current;
	const expression = parseExpression(reader);
	const { end } = reader.from(start);
	const alias = reader.takeWords('AS') ? reader.bindingName('an alias') : null;
	return { kind: 'projectionItem', expression, alias, start, end };
}

/** ORDER BY, SKIP (OFFSET) and LIMIT, as far as they are there. */
export function parseOrder(reader: TokenReader): Pick<Projection, 'orderBy' | 'skip' | 'limit'> {
	const orderBy = reader.takeWords('ORDER', 'BY') ? reader.list(() => parseSortItem(reader)) : [];
	const skip = reader.takeWords('SKIP') || reader.takeWords('OFFSET') ? parseExpression(reader) : null;
	const limit = reader.takeWords('LIMIT') ? parseExpression(reader) : null;
	return { orderBy, skip, limit };
}

function parseSortItem(reader: TokenReader): SortItem {
	const { start } = reader.current;
	const expression = parseExpression(reader);
	const descending = reader.takeWords('DESC') || reader.takeWords('DESCENDING');
	if (!descending && !reader.takeWords('ASC')) reader.takeWords('ASCENDING');
	return { kind: 'sortItem', expression, descending, ...reader.from(start) };
}
