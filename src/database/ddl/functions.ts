/** CREATE FUNCTION and PROCEDURE, DO, CALL, and the look-up of functions by signature. Other languages than SQL and PL/pgSQL are refused precisely. */
import type { CallStmt, CreateFunctionStmt, DefElem, DoStmt, FunctionParameter, ObjectWithArgs, TypeName } from 'libpg-query';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { deparseExpression, deparseStatement } from '../../language/sql/deparse.ts';
import { isCalled, isInput, selectOf } from '../../language/sql/function-body.ts';
import { parseSql } from '../../language/sql/parser.ts';
import { undeterminedResult } from '../../language/sql/polymorphic.ts';
import type { StatementContext } from '../../language/sql/statement-context.ts';
import { resolveTypeName } from '../../language/sql/type-names.ts';
import { checkUserFunction, userDefault, userFunctions } from '../../language/sql/user-functions.ts';
import { sqlError } from '../../platform/errors.ts';
import type { CatalogObject, FunctionObject, SchemaObject } from '../../transaction/catalog-objects.ts';
import { RECORD, TRIGGER, VOID } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { searchPathOf } from '../analysis.ts';
import { procedural } from '../procedural/load-procedural.ts';
import { resultColumn, type UtilityHandler } from '../utility/handler.ts';
import { type DdlContext, ddlHandler, nodesOf } from './context.ts';
import { typeObjectIds } from './create-table.ts';
import { creationSchema, listName, lookupSchemas, shownName } from './names.ts';

/** The function that an ObjectWithArgs means; undefined when there is none of its name and arguments. */
export function findFunction(ddl: DdlContext, node: ObjectWithArgs, objectType: string): FunctionObject | undefined {
	const name = listName(namesOf(node.objname as AstNode[] | undefined));
	const context = ddl.analysis();
	const wanted = node.args_unspecified ? null : nodesOf(node.objargs).map((n) => resolveTypeName(n.TypeName!, context).type.oid);
	for (const schema of lookupSchemas(ddl.session, name)) {
		const found = ddl.catalog
			.functions(schema.id, name.name)
			.filter((f): f is FunctionObject => f.kind === 'function' && (wanted === null || sameOids(inputOids(f), wanted)));
		if (found.length > 1)
			throw sqlError('42725', `function name "${shownName(name)}" is not unique`, { hint: 'Specify the argument list to select the function unambiguously.' });
		if (found[0] === undefined) continue;
		if (objectType === 'OBJECT_PROCEDURE' && !found[0].isProcedure) throw sqlError('42809', `${signature(ddl, found[0])} is not a procedure`);
		if (objectType === 'OBJECT_FUNCTION' && found[0].isProcedure) throw sqlError('42809', `${signature(ddl, found[0])} is not a function`);
		return found[0];
	}
	return undefined;
}

/** The name and arguments that an ObjectWithArgs gives, as messages show them. */
export function namedSignature(ddl: DdlContext, node: ObjectWithArgs): string {
	const name = shownName(listName(namesOf(node.objname as AstNode[] | undefined)));
	if (node.args_unspecified) return `"${name}"`;
	const context = ddl.analysis();
	return `${name}(${nodesOf(node.objargs)
		.map((n) => context.typeName(resolveTypeName(n.TypeName!, context).type))
		.join(', ')})`;
}

function inputOids(object: FunctionObject): number[] {
	return object.argumentOids.filter((_, i) => isInput(object.argumentModes[i]));
}

function sameOids(a: readonly number[], b: readonly number[]): boolean {
	return a.length === b.length && a.every((oid, i) => oid === b[i]);
}

/** name(types) of a function, as messages show it. */
export function signature(ddl: DdlContext, object: FunctionObject): string {
	const context = ddl.analysis();
	return `${object.name}(${inputOids(object)
		.map((oid) => context.typeName(context.type(oid)))
		.join(', ')})`;
}

const MODES: Readonly<Record<string, string>> = {
	FUNC_PARAM_DEFAULT: 'i',
	FUNC_PARAM_IN: 'i',
	FUNC_PARAM_OUT: 'o',
	FUNC_PARAM_INOUT: 'b',
	FUNC_PARAM_VARIADIC: 'v',
	FUNC_PARAM_TABLE: 't',
};

interface Parameter {
	readonly name: string;
	readonly mode: string;
	readonly type: Type;
	readonly defaultText: string | null;
}

function parametersOf(context: StatementContext, node: CreateFunctionStmt): Parameter[] {
	const parameters = nodesOf(node.parameters).map((n): Parameter => {
		const parameter: FunctionParameter = n.FunctionParameter!;
		const type = argumentType(context, parameter.argType!);
		const defaultText = parameter.defexpr === undefined ? null : deparseExpression(parameter.defexpr as AstNode);
		return { name: parameter.name ?? '', mode: MODES[parameter.mode ?? 'FUNC_PARAM_DEFAULT']!, type, defaultText };
	});
	checkParameters(parameters);
	return parameters;
}

function argumentType(context: StatementContext, node: TypeName): Type {
	const { type } = resolveTypeName(node, context);
	return type;
}

function checkParameters(parameters: readonly Parameter[]): void {
	let hasDefault = false;
	for (const [i, { name, mode, defaultText, type }] of parameters.entries()) {
		if (name !== '' && parameters.slice(0, i).some((p) => p.name === name && !(isInput(p.mode) !== isInput(mode) && (p.mode === 't') === (mode === 't'))))
			throw sqlError('42P13', `parameter name "${name}" used more than once`);
		if (!isInput(mode)) {
			if (defaultText !== null) throw sqlError('42P13', 'only input parameters can have default values');
			continue;
		}
		if (mode === 'v' && type.elementOid === 0) throw sqlError('42P13', 'VARIADIC parameter must be an array');
		if (hasDefault && defaultText === null && mode !== 'v') throw sqlError('42P13', 'input parameters after one with a default value must also have defaults');
		hasDefault ||= defaultText !== null;
	}
}

interface Result {
	readonly oid: number;
	readonly isSet: boolean;
}

function resultOf(context: StatementContext, written: TypeName | undefined, parameters: readonly Parameter[]): Result {
	const outputs = parameters.filter((p) => p.mode === 'o' || p.mode === 'b' || p.mode === 't');
	const isSet = written?.setof ?? false;
	const implied = outputs.length === 0 ? null : outputs.length === 1 ? outputs[0]!.type.oid : RECORD.oid;
	if (outputs.some((p) => p.mode === 't')) return { oid: implied!, isSet: true };
	if (written === undefined) {
		if (implied === null) throw sqlError('42P13', 'function result type must be specified');
		return { oid: implied, isSet: false };
	}
	const { setof: _, ...plain } = written;
	const type = argumentType(context, plain);
	if (implied !== null && type.oid !== implied)
		throw sqlError('42P13', `function result type must be ${context.typeName(context.type(implied))} because of OUT parameters`);
	return { oid: type.oid, isSet };
}

/** A polymorphic result needs an argument that tells what it stands for. */
function checkResult(context: StatementContext, result: Result, parameters: readonly Parameter[]): void {
	const given = parameters.filter((p) => p.mode !== 'o' && p.mode !== 't').map((p) => p.type.oid);
	for (const oid of [result.oid, ...parameters.filter((p) => p.mode === 'o' || p.mode === 't').map((p) => p.type.oid)]) {
		const detail = undeterminedResult(context, oid, given);
		if (detail !== null) throw sqlError('42P13', 'cannot determine result data type', { detail });
	}
}

interface FunctionOptions {
	language: string;
	body: string;
	volatility: 'i' | 's' | 'v';
	strict: boolean;
	kept: Record<string, string>;
}

const VOLATILITIES: Readonly<Record<string, 'i' | 's' | 'v'>> = { immutable: 'i', stable: 's', volatile: 'v' };

function optionsOf(node: CreateFunctionStmt): FunctionOptions {
	const options: FunctionOptions = { language: node.sql_body === undefined ? '' : 'sql', body: '', volatility: 'v', strict: false, kept: {} };
	const seen = new Set<string>();
	for (const { DefElem: element } of nodesOf(node.options)) {
		const name = element!.defname ?? '';
		if (seen.has(name) && name !== 'set') throw sqlError('42601', 'conflicting or redundant options');
		seen.add(name);
		takeOption(options, name, element!);
	}
	if (options.language === '') throw sqlError('42P13', 'no language specified');
	if (node.sql_body === undefined && !seen.has('as')) throw sqlError('42P13', 'no function body specified');
	if (node.sql_body !== undefined && seen.has('as')) throw sqlError('42P13', 'duplicate function body specified');
	return options;
}

function takeOption(options: FunctionOptions, name: string, element: DefElem): void {
	const arg = element.arg as AstNode | undefined;
	switch (name) {
		case 'language':
			options.language = (arg?.String?.sval ?? '').toLowerCase();
			return;
		case 'as':
			options.body = namesOf(arg?.List?.items as AstNode[] | undefined)[0] ?? '';
			return;
		case 'volatility':
			options.volatility = VOLATILITIES[arg?.String?.sval ?? ''] ?? 'v';
			return;
		case 'strict':
			options.strict = arg?.Boolean?.boolval ?? false;
			return;
		case 'cost':
		case 'rows':
		case 'parallel':
		case 'leakproof':
			// They advise a planner that works otherwise; kept, so that they can be shown.
			options.kept[name] = String(arg?.Integer?.ival ?? arg?.Float?.fval ?? arg?.String?.sval ?? arg?.Boolean?.boolval ?? false);
			return;
		case 'security':
			if (arg?.Boolean?.boolval) throw sqlError('0A000', 'SECURITY DEFINER is not supported');
			return;
		case 'set':
			throw sqlError('0A000', 'settings of functions (SET) are not supported');
		default:
			throw sqlError('0A000', `functions with ${name.toUpperCase()} are not supported`);
	}
}

const OTHER_LANGUAGES = new Set(['c', 'internal', 'plperl', 'plpython3u', 'pltcl']);

function checkLanguage(language: string): void {
	if (language === 'sql') return;
	if (language === 'plpgsql') return;
	if (OTHER_LANGUAGES.has(language))
		throw sqlError('0A000', `functions in language ${language} are not supported`, { hint: 'Write the function in language SQL or PL/pgSQL.' });
	throw sqlError('42704', `language "${language}" does not exist`);
}

/** The text of a body written as SQL: RETURN expression, or BEGIN ATOMIC with one query. */
function standardBody(node: CreateFunctionStmt, name: string): string | null {
	const body = node.sql_body as AstNode | undefined;
	if (body === undefined) return null;
	if (body.ReturnStmt !== undefined) return `SELECT ${deparseExpression(body.ReturnStmt.returnval as AstNode)}`;
	const statements = nodesOf(body.List?.items).flatMap((n) => nodesOf(n.List?.items));
	if (statements.length !== 1)
		throw sqlError('0A000', `function ${name} has a body of ${statements.length === 0 ? 'no' : 'several'} statements, which is not supported`);
	const only = statements[0]!;
	if (only.ReturnStmt !== undefined) return `SELECT ${deparseExpression(only.ReturnStmt.returnval as AstNode)}`;
	if (only.SelectStmt === undefined) throw sqlError('0A000', `function ${name} has a body other than a query, which is not supported`);
	return deparseStatement(only);
}

/** The function that CREATE OR REPLACE replaces, after checking that it may. */
function replaced(ddl: DdlContext, schema: SchemaObject, made: FunctionObject, mayReplace: boolean): FunctionObject | null {
	const before = ddl.catalog
		.functions(schema.id, made.name)
		.find((f: CatalogObject): f is FunctionObject => f.kind === 'function' && sameOids(inputOids(f), inputOids(made)));
	if (before === undefined) return null;
	if (!mayReplace) throw sqlError('42723', `function "${made.name}" already exists with same argument types`);
	const hint = `Use DROP FUNCTION ${signature(ddl, before)} first.`;
	const outputs = (f: FunctionObject): string =>
		JSON.stringify(f.argumentOids.flatMap((oid, i) => (isInput(f.argumentModes[i]) ? [] : [[oid, f.argumentNames[i]]])));
	if (before.returnOid !== made.returnOid || before.returnsSet !== made.returnsSet)
		throw sqlError('42P13', 'cannot change return type of existing function', { hint });
	if (outputs(before) !== outputs(made))
		throw sqlError('42P13', 'cannot change return type of existing function', { hint, detail: 'Row type defined by OUT parameters is different.' });
	const names = (f: FunctionObject): string[] => f.argumentNames.filter((_, i) => isInput(f.argumentModes[i]));
	names(before).forEach((name, i) => {
		if (name !== '' && names(made)[i] !== name) throw sqlError('42P13', `cannot change name of input parameter "${name}"`, { hint });
	});
	const defaults = (f: FunctionObject): number => f.argumentDefaults.filter((d) => d !== null).length;
	if (defaults(made) < defaults(before)) throw sqlError('42P13', 'cannot remove parameter defaults from existing function', { hint });
	return before;
}

const create = ddlHandler<CreateFunctionStmt>(
	(node) => (node.is_procedure ? 'CREATE PROCEDURE' : 'CREATE FUNCTION'),
	(ddl, node) => {
		const isProcedure = node.is_procedure ?? false;
		const name = listName(namesOf(node.funcname as AstNode[] | undefined));
		const options = optionsOf(node);
		checkLanguage(options.language);
		const schema = creationSchema(ddl.session, name);
		const context = ddl.analysis();
		const parameters = parametersOf(context, node);
		const result = isProcedure
			? { oid: parameters.some((p) => p.mode === 'o' || p.mode === 'b') ? RECORD.oid : VOID.oid, isSet: false }
			: resultOf(context, node.returnType, parameters);
		checkResult(context, result, parameters);
		refuseUnfit(options.language, result.oid, parameters);
		const standard = standardBody(node, name.name);
		const path = JSON.stringify(searchPathOf(ddl.session));
		const made: FunctionObject = {
			kind: 'function',
			id: ddl.newId(),
			name: name.name,
			schemaId: schema.id,
			owner: ddl.session.currentUser,
			language: options.language,
			body: standard ?? options.body,
			argumentNames: parameters.map((p) => p.name),
			argumentModes: parameters.map((p) => p.mode),
			argumentOids: parameters.map((p) => p.type.oid),
			argumentDefaults: parameters.map((p) => p.defaultText),
			returnOid: result.oid,
			returnsSet: result.isSet,
			volatility: options.volatility,
			strict: options.strict,
			isProcedure,
			...(options.language === 'sql' && standard === null && isInterpretedBody(options.body, isProcedure, result.oid) ? { isInterpreted: true } : {}),
			options: standard === null ? options.kept : { ...options.kept, search_path: path },
			dependsOn: typeObjectIds(ddl, [result.oid, ...parameters.map((p) => p.type.oid)]),
		};
		if (made.language === 'sql' && !isCalled(made)) selectOf(context, made.name, made.body);
		const before = replaced(ddl, schema, made, node.replace ?? false);
		const object = before === null ? made : { ...made, id: before.id };
		ddl.put(object);
		checkDefaults(ddl, object);
		if (standard === null && ddl.session.settings.get('check_function_bodies') === 'off') return;
		if (isCalled(made)) {
			procedural().checkRoutine(object);
			return;
		}
		const used = checkUserFunction(ddl.analysis(), object);
		// A body written as SQL keeps what it uses; the names in a text are looked up at each call.
		if (standard !== null) ddl.put({ ...object, dependsOn: [...new Set([...(object.dependsOn ?? []), ...used])].filter((id) => id !== object.id) });
	},
);

/** A body in SQL that is no single query, or whose result nobody wants, is run statement by statement. */
function isInterpretedBody(body: string, isProcedure: boolean, returnOid: number): boolean {
	const statements = parseSql(body).filter((s) => s.node !== null);
	return isProcedure || returnOid === VOID.oid || statements.length !== 1 || statements[0]!.node!.SelectStmt === undefined;
}

/** What a language has no form for. */
function refuseUnfit(language: string, returnOid: number, parameters: readonly Parameter[]): void {
	if (language === 'sql') {
		if (returnOid === TRIGGER.oid) throw sqlError('42P13', 'SQL functions cannot return type trigger');
		return;
	}
	if (returnOid === TRIGGER.oid && parameters.length > 0)
		throw sqlError('42P13', 'trigger functions cannot have declared arguments', {
			hint: 'The arguments of the trigger can be accessed through TG_NARGS and TG_ARGV instead.',
		});
}

function checkDefaults(ddl: DdlContext, object: FunctionObject): void {
	const context = ddl.analysis();
	const schema = ddl.catalog.get(object.schemaId)!.name;
	const definition = userFunctions(context, schema, object.name, object.isProcedure).find((f) => f.oid === object.id);
	const defaults = definition?.kind === 'scalar' || definition?.kind === 'set' ? (definition.defaults ?? []) : [];
	defaults.forEach((text, i) => {
		userDefault(context, definition!, definition!.argumentOids.length - defaults.length + i, text);
	});
}

function refused(command: string, message: string): UtilityHandler {
	return {
		command: () => command,
		run() {
			throw sqlError('0A000', message);
		},
	};
}

const anonymousBlock: UtilityHandler<DoStmt> = {
	command: () => 'DO',
	run: ({ session, node }) => procedural().doBlock(session, node),
};

const call: UtilityHandler<CallStmt> = {
	command: () => 'CALL',
	columns(session, node, text) {
		const { callColumns, resolveCall } = procedural();
		const columns = callColumns(session, resolveCall(session, node, text, null).object);
		return columns.length === 0 ? null : columns.map(({ name, type }, i) => resultColumn(i, name, type));
	},
	run: ({ session, node, statement, parameters }) => procedural().callStatement(session, node, statement.text, parameters),
};

export const functionHandlers = {
	CreateFunctionStmt: create,
	DoStmt: anonymousBlock,
	CallStmt: call,
	RuleStmt: refused('CREATE RULE', 'rules are not supported'),
	CreateExtensionStmt: refused('CREATE EXTENSION', 'extensions are not supported'),
};
