/** LOOP, WHILE, FOR and FOREACH. */
import { sqlError } from '../../../platform/errors.ts';
import type { BodyScope } from './body-scope.ts';
import { checkEndLabel } from './parse-body.ts';
import { cursorArguments, dynamicQuery, parseStatements, targetList } from './parse-statement.ts';
import type { QuerySource, Statement, Target } from './syntax.ts';

/** A loop, its label taken already. */
export function parseLoop(body: BodyScope, label: string | null, line: number): Statement {
	const { reader } = body;
	if (reader.acceptWord('LOOP')) return { kind: 'loop', line, label, body: loopBody(body, label) };
	if (reader.acceptWord('WHILE')) {
		const condition = body.text(reader.until(['LOOP'], [], 'LOOP'));
		reader.next();
		return { kind: 'while', line, label, condition, body: loopBody(body, label) };
	}
	if (reader.acceptWord('FOREACH')) return parseForeach(body, label, line);
	reader.expectWord('FOR');
	return parseFor(body, label, line);
}

/** The statements up to END LOOP, behind the word LOOP. */
function loopBody(body: BodyScope, label: string | null): Statement[] {
	const { reader } = body;
	body.labels.push({ name: label ?? '', isLoop: true });
	const statements = parseStatements(body, ['END']);
	body.labels.pop();
	reader.expectWord('END');
	reader.expectWord('LOOP');
	checkEndLabel(body, label);
	return statements;
}

function parseForeach(body: BodyScope, label: string | null, line: number): Statement {
	const { reader } = body;
	const targets = targetList(body);
	let slice = 0;
	if (reader.acceptWord('SLICE')) {
		slice = Number(reader.token.text);
		if (!Number.isInteger(slice)) throw reader.syntaxError();
		reader.next();
	}
	reader.expectWord('IN');
	if (!reader.acceptWord('ARRAY')) throw reader.syntaxError();
	const array = body.text(reader.until(['LOOP'], [], 'LOOP'));
	reader.next();
	return { kind: 'foreach', line, label, targets, slice, array, body: loopBody(body, label) };
}

/** True when a range stands before LOOP. */
function isIntegerLoop({ reader }: BodyScope): boolean {
	let depth = 0;
	for (let ahead = 0; ; ahead++) {
		const token = reader.peek(ahead);
		if (token.kind === 'end' || token.text === ';' || (depth === 0 && token.word === 'LOOP')) return false;
		if (token.text === '(' || token.text === '[') depth++;
		else if (token.text === ')' || token.text === ']') depth--;
		else if (depth === 0 && token.text === '..') return true;
	}
}

function parseFor(body: BodyScope, label: string | null, line: number): Statement {
	const { reader } = body;
	const place = reader.place;
	const name = reader.identifier();
	if (reader.acceptWord('IN')) {
		const { token } = reader;
		const datum = body.find(token.name);
		if (datum !== null && body.datums[datum]!.cursor !== null) return parseCursorLoop(body, label, line, name);
		if (!reader.isWord('EXECUTE') && isIntegerLoop(body)) return parseIntegerLoop(body, label, line, name);
	}
	reader.goTo(place);
	const targets = targetList(body);
	checkLoopTargets(body, targets);
	reader.expectWord('IN');
	let source: QuerySource;
	if (reader.acceptWord('EXECUTE')) source = { kind: 'dynamic', ...dynamicQuery(body, ['LOOP']) };
	else source = { kind: 'static', query: body.text(reader.until(['LOOP'], [], 'LOOP'), true) };
	reader.expectWord('LOOP');
	return { kind: 'for-query', line, label, targets, source, body: loopBody(body, label) };
}

/** The variables of a loop over rows are declared ones. */
function checkLoopTargets(body: BodyScope, targets: readonly Target[]): void {
	for (const { datum } of targets)
		if (body.datums[datum] === undefined) throw sqlError('42601', 'loop variable of loop over rows must be a record variable or list of scalar variables');
}

/** The variable of a loop over a bound cursor is a record of the loop's own. */
function parseCursorLoop(body: BodyScope, label: string | null, line: number, name: string): Statement {
	const { reader } = body;
	const datum = body.acceptVariable()!;
	const given = cursorArguments(body, datum);
	reader.expectWord('LOOP');
	return body.within(label, (): Statement => {
		const row = body.declare(name, { type: 'record', line });
		const target: Target = { datum: row, text: name, isPart: false, scope: body.scope, part: null };
		return { kind: 'for-query', line, label, targets: [target], source: { kind: 'cursor', datum, arguments: given }, body: loopBody(body, label) };
	});
}

function parseIntegerLoop(body: BodyScope, label: string | null, line: number, name: string): Statement {
	const { reader } = body;
	const reverse = reader.acceptWord('REVERSE');
	const from = body.text(reader.until([], ['..'], '..'));
	reader.next();
	const to = body.text(reader.until(['LOOP', 'BY'], [], 'LOOP'));
	const step = reader.acceptWord('BY') ? body.text(reader.until(['LOOP'], [], 'LOOP')) : null;
	reader.expectWord('LOOP');
	return body.within(label, (): Statement => {
		const datum = body.declare(name, { type: 'pg_catalog.int4', line });
		return { kind: 'for-integer', line, label, datum, from, to, step, reverse, body: loopBody(body, label) };
	});
}
