/** A PL/pgSQL body → its tree: blocks, declarations and handlers. Statements are in `parse-statement.ts`. */
import { sqlError } from '../../../platform/errors.ts';
import { ASSIGNED, BodyScope } from './body-scope.ts';
import { parseStatements } from './parse-statement.ts';
import type { Block, CursorShape, Given, Handler, Routine } from './syntax.ts';
import { TokenReader } from './token-reader.ts';

/** Names that every body knows. */
export const ALWAYS: readonly Given[] = [
	{ name: 'found', aliases: [], type: 'pg_catalog.bool' },
	// What INTO puts into a part of a variable goes through it.
	{ name: ASSIGNED, aliases: [], type: '' },
];

/** Throws PostgreSQL's error, without a position: the text is inside a string. `name` labels the outermost scope. */
export function parseBody(text: string, name: string, given: readonly Given[]): Routine {
	const reader = new TokenReader(text);
	const body = new BodyScope(reader, name, [...ALWAYS, ...given]);
	const conflict = parseOptions(reader);
	const label = acceptLabel(reader);
	if (!reader.isWord('DECLARE', 'BEGIN')) throw reader.syntaxError();
	const block = parseBlock(body, label);
	reader.acceptSymbol(';');
	if (reader.token.kind !== 'end') throw reader.syntaxError();
	return { datums: body.datums, body: block, texts: body.texts, found: 0, scope: body.scope, conflict };
}

/** #variable_conflict, #print_strict_params, #option dump. */
function parseOptions(reader: TokenReader): Routine['conflict'] {
	let conflict: Routine['conflict'] = 'error';
	while (reader.acceptSymbol('#')) {
		const option = reader.identifier();
		const value = reader.identifier();
		if (option === 'variable_conflict') {
			if (value !== 'error' && value !== 'use_variable' && value !== 'use_column') throw reader.syntaxError();
			conflict = value;
		} else if (option !== 'print_strict_params' && option !== 'option') throw reader.syntaxError();
	}
	return conflict;
}

export function acceptLabel(reader: TokenReader): string | null {
	if (!reader.acceptSymbol('<<')) return null;
	const label = reader.identifier();
	reader.expectSymbol('>>');
	return label;
}

/** DECLARE … BEGIN … END, its label taken already; the semicolon stays. */
export function parseBlock(body: BodyScope, label: string | null): Block {
	const { reader } = body;
	const { line } = reader;
	return body.within(label, (): Block => {
		const datums: number[] = [];
		while (reader.acceptWord('DECLARE')) parseDeclarations(body, datums);
		const at = datums.length > 0 ? reader.line : line;
		reader.expectWord('BEGIN');
		body.labels.push({ name: label ?? '', isLoop: false });
		const statements = parseStatements(body, ['END', 'EXCEPTION']);
		const state = body.datums.length;
		const handlers = reader.acceptWord('EXCEPTION') ? parseHandlers(body) : [];
		body.labels.pop();
		reader.expectWord('END');
		checkEndLabel(body, label);
		return { kind: 'block', line: at, label, datums, body: statements, handlers, state, message: state + 1 };
	});
}

export function checkEndLabel(body: BodyScope, label: string | null): void {
	const { reader } = body;
	if (reader.token.kind !== 'word' && reader.token.kind !== 'quoted') return;
	const given = reader.identifier();
	if (label === null) throw sqlError('42601', `end label "${given}" specified for unlabeled block`);
	if (given !== label) throw sqlError('42601', `end label "${given}" differs from block's label "${label}"`);
}

function parseHandlers(body: BodyScope): Handler[] {
	const { reader } = body;
	const handlers: Handler[] = [];
	return body.within(null, () => {
		body.declare('sqlstate', { type: 'pg_catalog.text', isConstant: true });
		body.declare('sqlerrm', { type: 'pg_catalog.text', isConstant: true });
		while (reader.acceptWord('WHEN')) {
			const conditions: { name: string; isState: boolean }[] = [];
			do {
				if (reader.isWord('SQLSTATE')) {
					reader.next();
					conditions.push({ name: stateOf(reader), isState: true });
				} else conditions.push({ name: reader.identifier(), isState: false });
			} while (reader.acceptWord('OR'));
			reader.expectWord('THEN');
			handlers.push({ conditions, body: parseStatements(body, ['WHEN', 'END']) });
		}
		if (handlers.length === 0) throw reader.syntaxError();
		return handlers;
	});
}

export function stateOf(reader: TokenReader): string {
	const { token } = reader;
	const text = token.kind === 'string' ? token.text.slice(1, -1) : '';
	if (token.kind !== 'string') throw reader.syntaxError();
	if (!/^[0-9A-Z]{5}$/.test(text)) throw sqlError('42601', 'invalid SQLSTATE code');
	reader.next();
	return text;
}

function parseDeclarations(body: BodyScope, datums: number[]): void {
	const { reader } = body;
	while (!reader.isWord('BEGIN', 'DECLARE')) {
		if (reader.acceptSymbol('<<')) throw sqlError('42601', 'block label must be placed before DECLARE, not after');
		const { line } = reader;
		const name = reader.identifier();
		if (body.scope.names.has(name)) throw sqlError('42601', `duplicate declaration at or near "${name}"`);
		if (reader.acceptWord('ALIAS')) declareAlias(body, name);
		else if (isCursor(reader)) datums.push(declareCursor(body, name, line));
		else datums.push(declareVariable(body, name, line));
		reader.expectSymbol(';');
	}
}

function declareAlias(body: BodyScope, name: string): void {
	const { reader } = body;
	reader.expectWord('FOR');
	const { token } = reader;
	const number = body.acceptVariable();
	if (number === null) throw sqlError('42704', `variable "${token.text}" does not exist`);
	body.scope.names.set(name, number);
}

function isCursor(reader: TokenReader): boolean {
	if (reader.isWord('CURSOR')) return true;
	if (reader.isWord('SCROLL')) return reader.peek().word === 'CURSOR';
	return reader.isWord('NO') && reader.peek().word === 'SCROLL' && reader.peek(2).word === 'CURSOR';
}

/** [NO] SCROLL before CURSOR; null when it is not said. */
export function acceptScroll(reader: TokenReader): boolean | null {
	if (reader.acceptWord('SCROLL')) return true;
	if (!reader.isWord('NO') || reader.peek().word !== 'SCROLL') return null;
	reader.next();
	reader.next();
	return false;
}

function declareCursor(body: BodyScope, name: string, line: number): number {
	const { reader } = body;
	const scroll = acceptScroll(reader);
	reader.expectWord('CURSOR');
	const cursor = body.within(name, (): CursorShape => {
		const parameters: number[] = [];
		if (reader.acceptSymbol('(')) {
			do {
				const argument = reader.identifier();
				const type = reader.until([], [',', ')'], ')');
				parameters.push(body.declare(argument, { type: type.text, line }));
			} while (reader.acceptSymbol(','));
			reader.expectSymbol(')');
		}
		if (!reader.acceptWord('IS')) reader.expectWord('FOR');
		return { scroll, parameters, query: body.text(reader.until([], [';'], ';'), true) };
	});
	return body.declare(name, { type: 'pg_catalog.refcursor', line, cursor });
}

const TYPE_ENDS = ['NOT', 'DEFAULT', 'COLLATE'] as const;

function declareVariable(body: BodyScope, name: string, line: number): number {
	const { reader } = body;
	const isConstant = reader.acceptWord('CONSTANT');
	if (reader.isSymbol(';')) throw sqlError('42601', 'missing data type declaration at or near ";"');
	const { text } = reader.until(TYPE_ENDS, [';', ':=', '='], ';');
	if (reader.acceptWord('COLLATE')) {
		reader.identifier();
		if (reader.acceptSymbol('.')) reader.identifier();
	}
	let isNotNull = false;
	if (reader.acceptWord('NOT')) {
		if (!reader.acceptWord('NULL')) throw reader.syntaxError();
		isNotNull = true;
	}
	const hasInitial = reader.acceptSymbol(':=') || reader.acceptSymbol('=') || reader.acceptWord('DEFAULT');
	const initial = hasInitial ? body.text(reader.until([], [';'], ';')) : null;
	if (isNotNull && initial === null) throw sqlError('22004', `variable "${name}" must have a default value, since it's declared NOT NULL`);
	const type = text.trim().toLowerCase() === 'record' ? 'record' : text.trim();
	return body.declare(name, { type, line, isConstant, isNotNull, initial });
}
