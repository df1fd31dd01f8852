/** CALL of procedures and subqueries with YIELD, LOAD CSV, USE. */
import type { CallProcedureClause, CallSubqueryClause, Identifier, InTransactions, LoadCsvClause, UseClause, Yield, YieldItem } from './ast.ts';
import { parseEnclosed, parseExpression } from './parse-expression.ts';
import { parseOrder, parseQuery } from './parse-query.ts';
import type { TokenReader } from './token-reader.ts';

export function parseCall(reader: TokenReader, start: number, optional: boolean): CallProcedureClause | CallSubqueryClause {
	reader.expectWords('CALL');
	if (reader.isSymbol('{') || reader.isSymbol('(')) return parseCallSubquery(reader, start, optional);
	const procedure = parseQualifiedName(reader, 'a procedure');
	const items = reader.takeSymbol('(') ? parseArguments(reader) : null;
	const yielded = reader.isWord('YIELD') ? parseYield(reader, false) : null;
	return { kind: 'callProcedure', optional, procedure, arguments: items, yield: yielded, ...reader.from(start) };
}

function parseArguments(reader: TokenReader): CallProcedureClause['arguments'] {
	const items = reader.isSymbol(')') ? [] : reader.list(() => parseEnclosed(reader));
	reader.expectSymbol(')');
	return items;
}

function parseQualifiedName(reader: TokenReader, what: string): Identifier {
	const first = reader.name(what);
	let { name } = first;
	while (reader.takeSymbol('.')) name += `.${reader.name(what).name}`;
	return { kind: 'identifier', name, ...reader.from(first.start) };
}

/** YIELD; `isCommand`: after SHOW, where rows may be ordered and cut. */
export function parseYield(reader: TokenReader, isCommand: boolean): Yield {
	const { start } = reader.current;
	reader.expectWords('YIELD');
	const star = reader.takeSymbol('*');
	const isEmpty = !star && reader.takeSymbol('-');
	const items = star || isEmpty ? [] : reader.list(() => parseYieldItem(reader));
	const order = isCommand ? parseOrder(reader) : { orderBy: [], skip: null, limit: null };
	const where = reader.takeWords('WHERE') ? parseExpression(reader) : null;
	return { kind: 'yield', star, items, ...order, where, ...reader.from(start) };
}

function parseYieldItem(reader: TokenReader): YieldItem {
	const { start } = reader.current;
	const field = reader.bindingName('a field');
	const alias = reader.takeWords('AS') ? reader.bindingName('an alias') : null;
	return { kind: 'yieldItem', field, alias, ...reader.from(start) };
}

function parseCallSubquery(reader: TokenReader, start: number, optional: boolean): CallSubqueryClause {
	const imports = reader.takeSymbol('(') ? parseImports(reader) : null;
	reader.expectSymbol('{');
	const query = reader.nested(() => parseQuery(reader));
	reader.expectSymbol('}');
	const inTransactions = reader.isWord('IN') ? parseInTransactions(reader) : null;
	return { kind: 'callSubquery', optional, imports, query, inTransactions, ...reader.from(start) };
}

function parseImports(reader: TokenReader): CallSubqueryClause['imports'] {
	if (reader.takeSymbol('*')) {
		reader.expectSymbol(')');
		return 'all';
	}
	const names = reader.isSymbol(')') ? [] : reader.list(() => reader.name('a variable'));
	reader.expectSymbol(')');
	return names;
}

function parseInTransactions(reader: TokenReader): InTransactions {
	const { start } = reader.current;
	reader.expectWords('IN', 'TRANSACTIONS');
	let rows: InTransactions['rows'] = null;
	if (reader.takeWords('OF')) {
		rows = parseExpression(reader);
		if (!reader.takeWords('ROWS')) reader.expectWords('ROW');
	}
	const onError = reader.takeWords('ON', 'ERROR') ? parseOnError(reader) : 'fail';
	const statusVariable = reader.takeWords('REPORT', 'STATUS', 'AS') ? reader.bindingName() : null;
	return { kind: 'inTransactions', rows, onError, statusVariable, ...reader.from(start) };
}

function parseOnError(reader: TokenReader): InTransactions['onError'] {
	if (reader.takeWords('CONTINUE')) return 'continue';
	if (reader.takeWords('BREAK')) return 'break';
	reader.expectWords('FAIL');
	return 'fail';
}

export function parseLoadCsv(reader: TokenReader): LoadCsvClause {
	const { start } = reader.current;
	reader.expectWords('LOAD', 'CSV');
	const withHeaders = reader.takeWords('WITH', 'HEADERS');
	reader.expectWords('FROM');
	const url = parseExpression(reader);
	reader.expectWords('AS');
	const variable = reader.bindingName();
	const fieldTerminator = reader.takeWords('FIELDTERMINATOR') ? parseTerminator(reader) : null;
	return { kind: 'loadCsv', withHeaders, url, variable, fieldTerminator, ...reader.from(start) };
}

function parseTerminator(reader: TokenReader): string {
	reader.expecting('a string of one character');
	const token = reader.current;
	if (token.kind !== 'string' || token.text.length !== 1) throw reader.unexpected();
	reader.advance();
	return token.text;
}

export function parseUse(reader: TokenReader): UseClause {
	const { start } = reader.current;
	reader.expectWords('USE');
	const graph = [reader.name('a graph')];
	while (reader.takeSymbol('.')) graph.push(reader.name('a graph'));
	return { kind: 'use', graph, ...reader.from(start) };
}
