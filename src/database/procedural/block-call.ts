/** DO and CALL, as statements of their own and inside procedures. */
import type { CallStmt, DoStmt } from 'libpg-query';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { isInput } from '../../language/sql/function-body.ts';
import { scopeLevel } from '../../language/sql/procedural/analyze-text.ts';
import type { SqlText } from '../../language/sql/procedural/syntax.ts';
import { QueryLevel } from '../../language/sql/scope.ts';
import { StatementContext } from '../../language/sql/statement-context.ts';
import { resolveProcedure } from '../../language/sql/user-functions.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import type { FunctionObject } from '../../transaction/catalog-objects.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { RECORD, VOID } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { analysisContext } from '../analysis.ts';
import { RunContext } from '../run-context.ts';
import type { DatabaseSession } from '../session.ts';
import { type Frame, runValue } from './frame.ts';
import type { Steps } from './interpreter.ts';
import { blockProcedure, procedureOf } from './procedure-maker.ts';
import { invoke } from './steps.ts';

/** DO. */
export function* runBlock(session: DatabaseSession, transaction: OwnedTransaction, node: DoStmt): Steps<void> {
	let language = 'plpgsql';
	let text = '';
	for (const { DefElem: element } of (node.args ?? []) as AstNode[]) {
		const value = (element!.arg as AstNode | undefined)?.String?.sval ?? '';
		if (element!.defname === 'language') language = value.toLowerCase();
		else text = value;
	}
	if (language === 'sql' || language === 'internal' || language === 'c')
		throw sqlError('0A000', `language "${language}" does not support inline code execution`);
	if (language !== 'plpgsql') throw sqlError('42704', `language "${language}" does not exist`);
	yield* invoke(
		session,
		blockProcedure(text),
		transaction,
		() => undefined,
		() => undefined,
	);
}

export interface CallResult {
	readonly object: FunctionObject;
	readonly columns: readonly { readonly name: string; readonly type: Type }[];
	/** The values of OUT and INOUT parameters; null when there are none. */
	readonly row: readonly unknown[] | null;
}

/** What CALL means: the procedure, its arguments, and the columns that it gives. */
export function resolveCall(
	session: DatabaseSession,
	node: CallStmt,
	text: string,
	within: { readonly text: SqlText; readonly frame: Frame } | null,
): { readonly object: FunctionObject; readonly args: readonly Expression[]; readonly given: readonly AstNode[] } {
	const call = node.funccall!;
	const context = new StatementContext(analysisContext(session, [], within === null), text);
	const level = within === null ? new QueryLevel(context, null) : scopeLevel(context, within.text.scope, within.frame);
	level.clause = 'call';
	const names = namesOf(call.funcname as AstNode[] | undefined);
	const given = (call.args ?? []) as AstNode[];
	return { ...resolveProcedure(level, call, names, context.at(call.location)), given };
}

/** The columns of CALL's row: the procedure's OUT and INOUT parameters. */
export function callColumns(session: DatabaseSession, object: FunctionObject): { readonly name: string; readonly type: Type; readonly place: number }[] {
	return object.argumentOids.flatMap((oid, place) => {
		const mode = object.argumentModes[place];
		if (mode !== 'o' && mode !== 'b') return [];
		return [{ name: object.argumentNames[place] || `column${place + 1}`, type: session.catalog.typeByOid(oid)!, place }];
	});
}

/** A CALL at the top: the row of what it gives, or null. */
export function* runCall(
	session: DatabaseSession,
	transaction: OwnedTransaction,
	node: CallStmt,
	text: string,
	parameters: readonly unknown[],
): Steps<readonly unknown[] | null> {
	const { object, args } = resolveCall(session, node, text, null);
	const values = args.map((argument) => argumentValue(session, transaction, argument, parameters));
	return yield* invokeProcedure(session, transaction, object, values);
}

/** Output arguments are given for the signature's sake: they are not evaluated. */
function argumentValue(session: DatabaseSession, transaction: OwnedTransaction, argument: Expression, parameters: readonly unknown[]): unknown {
	if (argument.kind === 'constant') return argument.value;
	const column = { id: 0, name: '', type: argument.type, typmod: -1 };
	const program = session.compile({ kind: 'values', rows: [[argument]], columns: [column] });
	return runValue(program, new RunContext(session, transaction, parameters));
}

function* invokeProcedure(
	session: DatabaseSession,
	transaction: OwnedTransaction,
	object: FunctionObject,
	values: readonly unknown[],
): Steps<readonly unknown[] | null> {
	const columns = callColumns(session, object);
	const argumentTypes = object.argumentOids.filter((_, i) => isInput(object.argumentModes[i])).map((oid) => session.catalog.typeByOid(oid)!);
	const returnType = columns.length === 0 ? VOID : { ...RECORD, fields: columns.map((c) => ({ name: c.name, typeOid: c.type.oid, typmod: -1 })) };
	const procedure = procedureOf(session, object, { argumentTypes, returnType });
	return yield* invoke(
		session,
		procedure,
		transaction,
		({ frame }) => {
			procedure.inputs.forEach((datum, i) => {
				frame.values[datum] = values[i] ?? null;
			});
		},
		({ frame, results }) => {
			if (columns.length === 0) return null;
			if (object.language === 'sql') return (results.rows[0] as unknown[] | undefined) ?? columns.map(() => null);
			return columns.map(({ place }) => frame.values[place + 2] ?? null);
		},
	);
}

export interface GivenBack {
	readonly target: number;
	readonly value: unknown;
	readonly type: Type;
	readonly typmod: number;
}

/** A CALL inside a procedure: what it gives back goes into the variables that stand for the output parameters. */
export function* callProcedure(
	session: DatabaseSession,
	transaction: OwnedTransaction,
	node: CallStmt,
	within: { readonly text: SqlText; readonly frame: Frame },
): Steps<GivenBack[]> {
	const { object, args, given } = resolveCall(session, node, within.text.text, within);
	const values = args.map((argument) => argumentValue(session, transaction, argument, within.frame.values));
	const columns = callColumns(session, object);
	const targets = columns.map(({ name, place }) => targetOf(given, within, name, place));
	const row = yield* invokeProcedure(session, transaction, object, values);
	return targets.map((target, i) => ({ target, value: row![i], type: columns[i]!.type, typmod: -1 }));
}

/** The variable that was given for an output parameter. */
function targetOf(given: readonly AstNode[], { text, frame }: { readonly text: SqlText; readonly frame: Frame }, name: string, place: number): number {
	const named = given.find((n) => n.NamedArgExpr?.name === name && name !== '')?.NamedArgExpr?.arg as AstNode | undefined;
	const node = named ?? given[place];
	const names = namesOf(node?.ColumnRef?.fields as AstNode[] | undefined);
	const refused = (): Error => sqlError('42601', `procedure parameter "${name}" is an output parameter but corresponding argument is not writable`);
	if (node?.ColumnRef === undefined && node?.ParamRef === undefined) throw refused();
	const wanted = node.ParamRef === undefined ? names.at(-1)! : `$${node.ParamRef.number}`;
	for (let at: typeof text.scope | null = text.scope; at !== null; at = at.parent) {
		const datum = names.length > 1 && at.label !== names[0] ? undefined : at.names.get(wanted);
		if (datum === undefined) continue;
		if (frame.routine.datums[datum]!.isConstant) throw sqlError('22005', `variable "${wanted}" is declared CONSTANT`);
		return datum;
	}
	throw refused();
}
