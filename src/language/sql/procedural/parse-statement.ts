/** The statements of a PL/pgSQL body. */
import { sqlError } from '../../../platform/errors.ts';
import type { BodyScope } from './body-scope.ts';
import { acceptLabel, acceptScroll, parseBlock, stateOf } from './parse-body.ts';
import { parseLoop } from './parse-loop.ts';
import type { CursorArgument, DynamicQuery, FetchDirection, Into, QuerySource, RaiseLevel, RaiseOption, SqlText, Statement, Target } from './syntax.ts';
import type { Token } from './token-reader.ts';

/** Statements up to one of the words, which stays. */
export function parseStatements(body: BodyScope, ends: readonly string[]): Statement[] {
	const statements: Statement[] = [];
	while (!body.reader.isWord(...ends)) {
		if (body.reader.token.kind === 'end') throw body.reader.syntaxError();
		statements.push(parseStatement(body));
	}
	return statements;
}

type Parse = (body: BodyScope, line: number) => Statement;

const PARSERS: Readonly<Record<string, Parse>> = {
	IF: parseIf,
	CASE: parseCase,
	EXIT: (body, line) => parseExit(body, line, false),
	CONTINUE: (body, line) => parseExit(body, line, true),
	RETURN: parseReturn,
	RAISE: parseRaise,
	ASSERT: parseAssert,
	PERFORM: parsePerform,
	EXECUTE: parseExecute,
	CALL: (body, line) => ({ kind: 'call', line, query: body.text(reset(body), true), isDo: false }),
	DO: (body, line) => ({ kind: 'call', line, query: body.text(reset(body), true), isDo: true }),
	GET: parseDiagnostics,
	OPEN: parseOpen,
	FETCH: (body, line) => parseFetch(body, line, false),
	MOVE: (body, line) => parseFetch(body, line, true),
	CLOSE: (body, line) => ({ kind: 'close', line, datum: cursorVariable(body) }),
	COMMIT: (body, line) => ({ kind: 'commit', line, isRollback: false, chain: acceptChain(body) }),
	ROLLBACK: (body, line) => ({ kind: 'commit', line, isRollback: true, chain: acceptChain(body) }),
	NULL: (_body, line) => ({ kind: 'null', line }),
};

/** The whole statement from its first word, which was taken already, up to the semicolon. */
function reset(body: BodyScope): { text: string; start: number } {
	body.reader.goTo(body.reader.place - 1);
	return body.reader.until([], [';'], ';');
}

function parseStatement(body: BodyScope): Statement {
	const { reader } = body;
	const { line } = reader;
	const label = acceptLabel(reader);
	if (reader.isWord('DECLARE', 'BEGIN')) return ended(body, parseBlock(body, label));
	if (reader.isWord('LOOP', 'WHILE', 'FOR', 'FOREACH')) return ended(body, parseLoop(body, label, reader.line));
	if (label !== null) throw reader.syntaxError();
	const place = reader.place;
	const { token } = reader;
	const parse = PARSERS[token.word];
	if (parse === undefined || isAssignment(body)) {
		const target = body.acceptTarget();
		if (target !== null && (reader.isSymbol(':=') || reader.isSymbol('='))) return ended(body, parseAssign(body, target, line));
		reader.goTo(place);
		return ended(body, parseSql(body, line, token));
	}
	reader.next();
	return ended(body, parse(body, line));
}

/** A variable that is named like a statement. */
function isAssignment({ reader }: BodyScope): boolean {
	const { text } = reader.peek();
	return text === ':=' || text === '=';
}

function ended<T extends Statement>(body: BodyScope, statement: T): T {
	body.reader.expectSymbol(';');
	return statement;
}

function parseAssign(body: BodyScope, target: Target, line: number): Statement {
	const { reader } = body;
	body.checkAssignable(target.datum);
	reader.next();
	return { kind: 'assign', line, target, value: body.text(reader.until([], [';'], ';')) };
}

function parseIf(body: BodyScope, line: number): Statement {
	const { reader } = body;
	const branches = [];
	do {
		const condition = body.text(reader.until(['THEN'], [], 'THEN'));
		reader.expectWord('THEN');
		branches.push({ condition, body: parseStatements(body, ['ELSIF', 'ELSEIF', 'ELSE', 'END']) });
	} while (reader.acceptWord('ELSIF') || reader.acceptWord('ELSEIF'));
	const otherwise = reader.acceptWord('ELSE') ? parseStatements(body, ['END']) : [];
	reader.expectWord('END');
	reader.expectWord('IF');
	return { kind: 'if', line, branches, otherwise };
}

function parseCase(body: BodyScope, line: number): Statement {
	const { reader } = body;
	const operand = reader.isWord('WHEN') ? null : body.text(reader.until(['WHEN'], [], 'WHEN'));
	const name = `__Case__Variable_${body.datums.length}__`;
	const datum = operand === null ? -1 : body.declare(name, {});
	const branches = [];
	while (reader.acceptWord('WHEN')) {
		const written = reader.until(['THEN'], [], 'THEN');
		const condition = body.text(operand === null ? written : { text: `"${name}" IN (${written.text})`, start: written.start });
		reader.expectWord('THEN');
		branches.push({ condition, body: parseStatements(body, ['WHEN', 'ELSE', 'END']) });
	}
	if (branches.length === 0) throw reader.syntaxError();
	const otherwise = reader.acceptWord('ELSE') ? parseStatements(body, ['END']) : null;
	reader.expectWord('END');
	reader.expectWord('CASE');
	return { kind: 'case', line, operand, datum, branches, otherwise };
}

function parseExit(body: BodyScope, line: number, isContinue: boolean): Statement {
	const { reader } = body;
	const label = reader.isWord('WHEN') || reader.isSymbol(';') ? null : reader.identifier();
	const condition = reader.acceptWord('WHEN') ? body.text(reader.until([], [';'], ';')) : null;
	const known = body.labels.find((l) => l.name === label);
	if (label === null && !body.labels.some((l) => l.isLoop))
		throw sqlError('42601', isContinue ? 'CONTINUE cannot be used outside a loop' : 'EXIT cannot be used outside a loop, unless it has a label');
	if (label !== null && known === undefined) throw sqlError('42601', `there is no label "${label}" attached to any block or loop enclosing this statement`);
	if (label !== null && isContinue && !known!.isLoop) throw sqlError('42601', `block label "${label}" cannot be used in CONTINUE`);
	return { kind: 'exit', line, isContinue, label, condition };
}

function parseReturn(body: BodyScope, line: number): Statement {
	const { reader } = body;
	if (reader.acceptWord('NEXT')) return { kind: 'return-next', line, value: optionalText(body) };
	if (reader.acceptWord('QUERY')) {
		if (reader.isWord('EXECUTE')) {
			reader.next();
			return { kind: 'return-query', line, source: { kind: 'dynamic', ...dynamicQuery(body) } };
		}
		return { kind: 'return-query', line, source: { kind: 'static', query: body.text(reader.until([], [';'], ';'), true) } };
	}
	return { kind: 'return', line, value: optionalText(body) };
}

function optionalText(body: BodyScope): SqlText | null {
	return body.reader.isSymbol(';') ? null : body.text(body.reader.until([], [';'], ';'));
}

/** The text of EXECUTE and what it uses, up to the semicolon, LOOP or INTO. */
export function dynamicQuery(body: BodyScope, ends: readonly string[] = []): DynamicQuery {
	const { reader } = body;
	const query = body.text(reader.until([...ends, 'USING'], [';'], ';'));
	return { query, using: reader.acceptWord('USING') ? textList(body, ends) : [] };
}

function textList(body: BodyScope, ends: readonly string[]): SqlText[] {
	const { reader } = body;
	const texts: SqlText[] = [];
	do texts.push(body.text(reader.until(ends, [',', ';'], ';')));
	while (reader.acceptSymbol(','));
	return texts;
}

function parseExecute(body: BodyScope, line: number): Statement {
	const { reader } = body;
	const query = body.text(reader.until(['INTO', 'USING'], [';'], ';'));
	let into: Into | null = null;
	let using: SqlText[] = [];
	for (;;) {
		if (into === null && reader.acceptWord('INTO')) into = parseInto(body);
		else if (using.length === 0 && reader.acceptWord('USING')) using = textList(body, ['INTO']);
		else break;
	}
	return { kind: 'execute', line, dynamic: { query, using }, into };
}

export function parseInto(body: BodyScope): Into {
	const strict = body.reader.acceptWord('STRICT');
	return { strict, targets: targetList(body) };
}

export function targetList(body: BodyScope): Target[] {
	const targets: Target[] = [];
	do targets.push(body.requireTarget());
	while (body.reader.acceptSymbol(','));
	return targets;
}

function parsePerform(body: BodyScope, line: number): Statement {
	const { text, start } = body.reader.until([], [';'], ';');
	return { kind: 'perform', line, query: body.text({ text: `SELECT ${text}`, start }, true) };
}

/** Any other statement is SQL's; INTO is taken out of it. */
function parseSql(body: BodyScope, line: number, first: Token): Statement {
	const { reader } = body;
	const { start } = first;
	if (first.kind !== 'word' && first.text !== '(') throw reader.syntaxError();
	if ((reader.peek().text === ':=' || (reader.peek().text === '=' && first.kind === 'word')) && body.find(first.name) === null)
		throw sqlError('42601', `"${first.name}" is not a known variable`);
	let into: Into | null = null;
	let text = '';
	let from = start;
	let before = '';
	for (;;) {
		const { token } = reader;
		if (token.kind === 'end') throw reader.syntaxError();
		if (token.text === ';') break;
		if (token.word === 'INTO' && before !== 'INSERT' && before !== 'MERGE' && first.word !== 'IMPORT') {
			if (into !== null) throw sqlError('42601', 'INTO specified more than once');
			text += reader.text.slice(from, token.start);
			reader.next();
			into = parseInto(body);
			from = reader.token.start;
			before = '';
			continue;
		}
		before = token.word;
		reader.next();
	}
	text += reader.text.slice(from, reader.token.start);
	return { kind: 'sql', line, query: body.text({ text: text.trimEnd(), start }, true), into };
}

const LEVELS: ReadonlySet<string> = new Set<RaiseLevel>(['DEBUG', 'LOG', 'INFO', 'NOTICE', 'WARNING', 'EXCEPTION']);
const OPTIONS: ReadonlySet<string> = new Set<RaiseOption>(['MESSAGE', 'DETAIL', 'HINT', 'ERRCODE', 'COLUMN', 'CONSTRAINT', 'DATATYPE', 'TABLE', 'SCHEMA']);

function parseRaise(body: BodyScope, line: number): Statement {
	const { reader } = body;
	const raise = { kind: 'raise' as const, line };
	if (reader.isSymbol(';')) return { ...raise, level: 'EXCEPTION', condition: null, format: null, arguments: [], options: [], isAgain: true };
	let level: RaiseLevel = 'EXCEPTION';
	if (LEVELS.has(reader.token.word)) level = reader.next().word as RaiseLevel;
	let condition: { name: string; isState: boolean } | null = null;
	let format: string | null = null;
	const args: SqlText[] = [];
	if (reader.token.kind === 'string') {
		format = stringValue(reader.next().text);
		while (reader.acceptSymbol(',')) args.push(body.text(reader.until(['USING'], [',', ';'], ';')));
		checkFormat(format, args.length);
	} else if (reader.acceptWord('SQLSTATE')) condition = { name: stateOf(reader), isState: true };
	else if (!reader.isWord('USING')) condition = { name: reader.identifier(), isState: false };
	const options: { name: RaiseOption; value: SqlText }[] = [];
	if (reader.acceptWord('USING')) {
		do {
			const { token } = reader;
			if (!OPTIONS.has(token.word)) throw sqlError('42601', `unrecognized RAISE statement option at or near "${token.text}"`);
			reader.next();
			if (!reader.acceptSymbol('=') && !reader.acceptSymbol(':=')) throw reader.syntaxError();
			options.push({ name: token.word as RaiseOption, value: body.text(reader.until([], [',', ';'], ';')) });
		} while (reader.acceptSymbol(','));
	}
	return { ...raise, level, condition, format, arguments: args, options, isAgain: false };
}

/** A string constant of the body, without escapes but in E'…' and dollar quotes. */
export function stringValue(text: string): string {
	if (text.startsWith('$')) {
		const tag = text.indexOf('$', 1) + 1;
		return text.slice(tag, -tag);
	}
	const at = text.indexOf("'");
	const inner = text.slice(at + 1, -1).replaceAll("''", "'");
	if (at === 0 || text[0]!.toLowerCase() !== 'e') return inner;
	const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };
	return inner.replace(/\\(.)/gs, (_, c: string) => escapes[c] ?? c);
}

function checkFormat(format: string, count: number): void {
	const places = format.replaceAll('%%', '').split('%').length - 1;
	if (places > count) throw sqlError('42601', 'too few parameters specified for RAISE');
	if (places < count) throw sqlError('42601', 'too many parameters specified for RAISE');
}

function parseAssert(body: BodyScope, line: number): Statement {
	const { reader } = body;
	const condition = body.text(reader.until([], [',', ';'], ';'));
	const message = reader.acceptSymbol(',') ? body.text(reader.until([], [';'], ';')) : null;
	return { kind: 'assert', line, condition, message };
}

const ITEMS: readonly ReadonlySet<string>[] = [
	new Set(['ROW_COUNT', 'PG_CONTEXT', 'PG_ROUTINE_OID']),
	new Set([
		'RETURNED_SQLSTATE',
		'MESSAGE_TEXT',
		'PG_EXCEPTION_DETAIL',
		'PG_EXCEPTION_HINT',
		'PG_EXCEPTION_CONTEXT',
		'COLUMN_NAME',
		'CONSTRAINT_NAME',
		'PG_DATATYPE_NAME',
		'TABLE_NAME',
		'SCHEMA_NAME',
	]),
];

function parseDiagnostics(body: BodyScope, line: number): Statement {
	const { reader } = body;
	const stacked = reader.acceptWord('STACKED');
	if (!stacked) reader.acceptWord('CURRENT');
	reader.expectWord('DIAGNOSTICS');
	const items: { target: Target; item: string }[] = [];
	do {
		const target = body.requireTarget();
		if (!reader.acceptSymbol('=') && !reader.acceptSymbol(':=')) throw reader.syntaxError();
		const item = reader.next().word;
		if (!ITEMS[0]!.has(item) && !ITEMS[1]!.has(item)) throw sqlError('42601', `unrecognized GET DIAGNOSTICS item at or near "${reader.peek(-1).text}"`);
		if (!ITEMS[stacked ? 1 : 0]!.has(item))
			throw sqlError('42601', `diagnostics item ${item} is not allowed in GET ${stacked ? 'STACKED' : 'CURRENT'} DIAGNOSTICS`);
		items.push({ target, item });
	} while (reader.acceptSymbol(','));
	return { kind: 'diagnostics', line, stacked, items };
}

function acceptChain({ reader }: BodyScope): boolean {
	if (!reader.acceptWord('AND')) return false;
	const isChain = !reader.acceptWord('NO');
	reader.expectWord('CHAIN');
	return isChain;
}

/** The variable of a cursor. */
export function cursorVariable(body: BodyScope): number {
	const { token } = body.reader;
	const datum = body.acceptVariable();
	if (datum === null) throw sqlError('42601', `"${token.text}" is not a known variable`);
	const { name, type } = body.datums[datum]!;
	if (!/^(?:pg_catalog\.)?refcursor$/i.test(type)) throw sqlError('42804', `variable "${name}" must be of type cursor or refcursor`);
	return datum;
}

/** The arguments of a bound cursor, in parentheses. */
export function cursorArguments(body: BodyScope, datum: number): CursorArgument[] {
	const { reader } = body;
	const { name, cursor } = body.datums[datum]!;
	const wanted = cursor?.parameters.length ?? 0;
	if (!reader.acceptSymbol('(')) {
		if (wanted > 0) throw sqlError('42601', `cursor "${name}" has arguments`);
		return [];
	}
	if (wanted === 0) throw sqlError('42601', `cursor "${name}" has no arguments`);
	const given: CursorArgument[] = [];
	do {
		const isNamed = reader.peek().text === ':=' || reader.peek().text === '=>';
		const argument = isNamed ? reader.identifier() : null;
		if (isNamed) reader.next();
		given.push({ name: argument, value: body.text(reader.until([], [',', ')'], ')')) });
	} while (reader.acceptSymbol(','));
	reader.expectSymbol(')');
	if (given.length < wanted) throw sqlError('42601', `not enough arguments for cursor "${name}"`);
	if (given.length > wanted) throw sqlError('42601', `too many arguments for cursor "${name}"`);
	return given;
}

function parseOpen(body: BodyScope, line: number): Statement {
	const { reader } = body;
	const datum = cursorVariable(body);
	if (body.datums[datum]!.cursor !== null) return { kind: 'open', line, datum, arguments: cursorArguments(body, datum), source: null, scroll: null };
	const scroll = acceptScroll(reader);
	if (!reader.acceptWord('FOR')) throw reader.syntaxError();
	let source: Exclude<QuerySource, { kind: 'cursor' }>;
	if (reader.acceptWord('EXECUTE')) source = { kind: 'dynamic', ...dynamicQuery(body) };
	else source = { kind: 'static', query: body.text(reader.until([], [';'], ';'), true) };
	return { kind: 'open', line, datum, arguments: [], source, scroll };
}

interface Direction {
	readonly direction: FetchDirection;
	readonly count: SqlText | number | null;
	/** FROM or IN must follow. */
	readonly isLong: boolean;
}

function parseDirection(body: BodyScope): Direction {
	const { reader } = body;
	const { word } = reader.token;
	const counted = (direction: FetchDirection): Direction => {
		reader.next();
		if (reader.isWord('FROM', 'IN')) return { direction, count: 1, isLong: true };
		if (reader.acceptWord('ALL')) return { direction, count: null, isLong: true };
		return { direction, count: body.text(reader.until(['FROM', 'IN'], [';'], 'FROM')), isLong: true };
	};
	const fixed = (direction: FetchDirection, count: number | null): Direction => {
		reader.next();
		return { direction, count, isLong: true };
	};
	switch (word) {
		case 'NEXT':
			return fixed('FETCH_FORWARD', 1);
		case 'PRIOR':
			return fixed('FETCH_BACKWARD', 1);
		case 'FIRST':
			return fixed('FETCH_ABSOLUTE', 1);
		case 'LAST':
			return fixed('FETCH_ABSOLUTE', -1);
		case 'ALL':
			return fixed('FETCH_FORWARD', null);
		case 'ABSOLUTE':
			return counted('FETCH_ABSOLUTE');
		case 'RELATIVE':
			return counted('FETCH_RELATIVE');
		case 'FORWARD':
			return counted('FETCH_FORWARD');
		case 'BACKWARD':
			return counted('FETCH_BACKWARD');
		default:
			return { direction: 'FETCH_FORWARD', count: 1, isLong: false };
	}
}

function parseFetch(body: BodyScope, line: number, isMove: boolean): Statement {
	const { reader } = body;
	let { direction, count, isLong } =
		body.find(reader.token.name) !== null
			? { direction: 'FETCH_FORWARD' as FetchDirection, count: 1 as Direction['count'], isLong: false }
			: parseDirection(body);
	if (!isLong && reader.token.kind === 'number') {
		count = body.text(reader.until(['FROM', 'IN'], [';'], 'FROM'));
		isLong = true;
	}
	if (isLong && !reader.acceptWord('FROM') && !reader.acceptWord('IN') && body.find(reader.token.name) === null) throw reader.syntaxError();
	if (!isLong && (reader.isWord('FROM') || reader.isWord('IN'))) reader.next();
	const datum = cursorVariable(body);
	let targets: Target[] = [];
	if (!isMove) {
		if (!reader.acceptWord('INTO')) throw reader.syntaxError();
		targets = targetList(body);
		if (count === null || (typeof count !== 'number' && direction !== 'FETCH_ABSOLUTE' && direction !== 'FETCH_RELATIVE'))
			throw sqlError('0A000', 'FETCH statement cannot return multiple rows');
	}
	return { kind: 'fetch', line, datum, direction, count, targets, isMove };
}
