/** RAISE, and what GET DIAGNOSTICS tells. */
import type { SqlText, Statement } from '../../language/sql/procedural/syntax.ts';
import { type PolylogError, sqlError } from '../../platform/errors.ts';
import { INT8, OID, TEXT } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { textFormatter } from '../../value/value-text.ts';
import type { Notice } from '../contracts.ts';
import { statesOf } from './condition-facts.ts';
import type { Interpreter, Steps } from './interpreter.ts';

type Raise = Extract<Statement, { kind: 'raise' }>;

interface Raised {
	message: string | null;
	sqlstate: string | null;
	detail?: string;
	hint?: string;
	column?: string;
	constraint?: string;
	dataType?: string;
	table?: string;
	schema?: string;
}

export function* raise(interpreter: Interpreter, statement: Raise): Steps<void> {
	if (statement.isAgain) {
		const error = interpreter.handled.at(-1);
		if (error === undefined) throw sqlError('0Z002', 'RAISE without parameters cannot be used outside an exception handler');
		interpreter.again = error;
		throw error;
	}
	const raised: Raised = { message: null, sqlstate: null };
	const { condition } = statement;
	if (condition !== null) {
		raised.sqlstate = condition.isState ? condition.name : stateNamed(condition.name);
		raised.message = condition.name;
	}
	if (statement.format !== null) raised.message = yield* formatted(interpreter, statement.format, statement.arguments);
	for (const { name, value } of statement.options) {
		const text = yield* textOf(interpreter, value);
		if (text === null) throw sqlError('22004', 'RAISE statement option cannot be null');
		takeOption(raised, name, text, statement);
	}
	const sqlstate = raised.sqlstate ?? (statement.level === 'EXCEPTION' ? 'P0001' : statement.level === 'WARNING' ? '01000' : '00000');
	const message = raised.message ?? raised.sqlstate ?? 'P0001';
	const { message: _, sqlstate: __, ...fields } = raised;
	if (statement.level === 'EXCEPTION') throw sqlError(sqlstate, message, fields);
	notify(interpreter, statement.level, sqlstate, message, fields);
}

/** Once, however often the statement around is undone and run again. */
function notify(interpreter: Interpreter, level: Notice['severity'], sqlstate: string, message: string, fields: Partial<Notice>): void {
	const { session } = interpreter;
	session.control.once(() => session.notice(level, sqlstate, message, fields));
}

function stateNamed(name: string): string {
	const state = statesOf(name)?.[0];
	if (state === undefined) throw sqlError('42704', `unrecognized exception condition "${name}"`);
	return state;
}

function takeOption(raised: Raised, name: Raise['options'][number]['name'], text: string, statement: Raise): void {
	const twice = (): Error => sqlError('42601', `RAISE option already specified: ${name}`);
	switch (name) {
		case 'MESSAGE':
			if (statement.format !== null) throw twice();
			raised.message = text;
			return;
		case 'ERRCODE':
			if (statement.condition !== null) throw twice();
			raised.sqlstate = /^[0-9A-Z]{5}$/.test(text) ? text : stateNamed(text);
			return;
		case 'DETAIL':
			if (raised.detail !== undefined) throw twice();
			raised.detail = text;
			return;
		case 'HINT':
			if (raised.hint !== undefined) throw twice();
			raised.hint = text;
			return;
		case 'COLUMN':
			raised.column = text;
			return;
		case 'CONSTRAINT':
			raised.constraint = text;
			return;
		case 'DATATYPE':
			raised.dataType = text;
			return;
		case 'TABLE':
			raised.table = text;
			return;
		case 'SCHEMA':
			raised.schema = text;
			return;
	}
}

function* textOf(interpreter: Interpreter, text: SqlText): Steps<string | null> {
	const { session } = interpreter;
	const compiled = interpreter.compiled(text, null);
	const value = yield* interpreter.valueOf(compiled, text);
	return value === null ? null : textFormatter(compiled.type, session.catalog, session.textSettings)(value);
}

/** Each % of a format stands for an argument, %% for itself. */
function* formatted(interpreter: Interpreter, format: string, args: readonly SqlText[]): Steps<string> {
	let result = '';
	let next = 0;
	for (let at = 0; at < format.length; at++) {
		if (format[at] !== '%') result += format[at];
		else if (format[at + 1] === '%') {
			result += '%';
			at++;
		} else result += (yield* textOf(interpreter, args[next++]!)) ?? '<NULL>';
	}
	return result;
}

const STACKED: Readonly<Record<string, (error: PolylogError) => string | undefined>> = {
	RETURNED_SQLSTATE: (e) => e.sqlstate,
	MESSAGE_TEXT: (e) => e.message,
	PG_EXCEPTION_DETAIL: (e) => e.detail,
	PG_EXCEPTION_HINT: (e) => e.hint,
	PG_EXCEPTION_CONTEXT: (e) => e.where,
	COLUMN_NAME: (e) => e.column,
	CONSTRAINT_NAME: (e) => e.constraint,
	PG_DATATYPE_NAME: (e) => e.dataType,
	TABLE_NAME: (e) => e.table,
	SCHEMA_NAME: (e) => e.schema,
};

export function diagnostic(interpreter: Interpreter, item: string, stacked: boolean): { readonly value: unknown; readonly type: Type } {
	if (!stacked) {
		if (item === 'ROW_COUNT') return { value: interpreter.rowCount, type: INT8 };
		if (item === 'PG_ROUTINE_OID') return { value: interpreter.procedure.object?.id ?? 0, type: OID };
		return { value: contextOf(interpreter), type: TEXT };
	}
	const error = interpreter.handled.at(-1);
	if (error === undefined) throw sqlError('0Z002', 'GET STACKED DIAGNOSTICS cannot be used outside an exception handler');
	return { value: STACKED[item]!(error) ?? '', type: TEXT };
}

/** The calls under way, innermost first. */
function contextOf(interpreter: Interpreter): string {
	return [...interpreter.session.nested.calls]
		.reverse()
		.map((call) => call.where)
		.join('\n');
}
