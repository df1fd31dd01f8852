/**
 * Functions made by CREATE FUNCTION: candidates of overload resolution beside the library's, and their bodies in place of their
 * calls. A body that is one expression becomes that expression, its arguments bound by `let`; any other becomes a subquery over a row
 * of the arguments. A set in FROM becomes a lateral subquery; in a select list an array of its rows that is unnested.
 */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { conjunction } from '../../query/algebra/traverse.ts';
import type { AnyFunction, CallInfo, FunctionContext, ScalarFunction, SetFunction } from '../../query/functions/contracts.ts';
import type { FunctionObject } from '../../transaction/catalog-objects.ts';
import { BOOL, baseTypeOf, elementOf, INT8, RECORD, TRIGGER } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { analyzeExpression } from './analyze-expression.ts';
import { callForm } from './analyze-function.ts';
import type { AstNode, FuncCall } from './ast.ts';
import { coerceToTarget, coerceType } from './coercion.ts';
import { commonTypeOf } from './common-type.ts';
import { analyzeBody, type BoundArguments, functionScope, isCalled, isInput, outputsOf } from './function-body.ts';
import { bindPolymorphic, concreteType, isPolymorphic } from './polymorphic.ts';
import { type ResolvedCall, resolveFunction } from './resolve-function.ts';
import { QueryLevel } from './scope.ts';
import { recordType } from './signature.ts';
import type { StatementContext } from './statement-context.ts';
import { parseExpressionText } from './stored-text.ts';

const definitions = new WeakMap<FunctionObject, AnyFunction>();
/** Functions in SQL, whose bodies take the place of their calls. */
const objects = new WeakMap<AnyFunction, FunctionObject>();
/** Those of other languages. */
const procedures = new WeakMap<AnyFunction, FunctionObject>();

/** The user's functions of a name, in one schema or along the search path; of equal signatures the first. */
export function userFunctions(context: StatementContext, schema: string | null, name: string, isProcedure = false): readonly AnyFunction[] {
	const found: AnyFunction[] = [];
	for (const schemaName of schema === null ? context.lookupPath : [schema]) {
		const id = context.catalog.findSchema(schemaName)?.id;
		if (id === undefined) continue;
		for (const object of context.catalog.functions(id, name)) {
			if (object.kind !== 'function' || object.isProcedure !== isProcedure) continue;
			const definition = definitionOf(context, object);
			const oids = definition.argumentOids.join();
			if (!found.some((other) => other.argumentOids.join() === oids)) found.push(definition);
		}
	}
	return found;
}

function definitionOf(context: StatementContext, object: FunctionObject): AnyFunction {
	const known = definitions.get(object);
	if (known !== undefined) return known;
	const inputs = object.argumentOids.map((_, i) => i).filter((i) => isInput(object.argumentModes[i]));
	const last = inputs.at(-1);
	const isVariadic = last !== undefined && object.argumentModes[last] === 'v';
	const outputs = outputsOf(object);
	const signature = {
		name: object.name,
		argumentOids: inputs.map((i) => object.argumentOids[i]!),
		argumentNames: inputs.map((i) => object.argumentNames[i] ?? ''),
		returnOid: object.returnOid,
		variadicOid: isVariadic ? (elementOf(context.type(object.argumentOids[last]!), context.catalog)?.oid ?? 0) : 0,
		defaults: inputs.flatMap((i) => object.argumentDefaults[i] ?? []),
		volatility: object.volatility === 'i' ? ('immutable' as const) : object.volatility === 's' ? ('stable' as const) : ('volatile' as const),
		oid: object.id,
		strict: object.strict,
		context: false,
	};
	const named = object.returnsSet && outputs.length === 1 ? { columnName: outputs[0]!.name } : {};
	const definition: AnyFunction = isCalled(object)
		? procedureDefinition(context, object, { ...signature, ...named }, outputs)
		: object.returnsSet
			? { ...signature, ...named, kind: 'set', ...(outputs.length > 1 ? { outputs } : {}) }
			: { ...signature, kind: 'scalar' };
	definitions.set(object, definition);
	if (isCalled(object)) procedures.set(definition, object);
	else objects.set(definition, object);
	return definition;
}

type Signature = Omit<ScalarFunction, 'kind' | 'evaluate' | 'bind'>;

/** A function in PL/pgSQL, or of several statements, is called as those of the library are: what it does, the session knows (service `procedure.call`). */
function procedureDefinition(
	context: StatementContext,
	object: FunctionObject,
	signature: Signature,
	outputs: readonly { name: string; typeOid: number }[],
): AnyFunction {
	const procedure = object.volatility === 'v' ? ('writes' as const) : ('reads' as const);
	const isOpen = object.returnOid === RECORD.oid || isPolymorphic(object.returnOid);
	const bind = (info: CallInfo) => {
		const types = { argumentTypes: info.argumentTypes, returnType: isOpen ? info.returnType : (info.types.typeByOid(object.returnOid) ?? info.returnType) };
		return (functions: FunctionContext, ...args: readonly unknown[]): unknown => functions.service('procedure.call', object, types, args);
	};
	const called = { ...signature, context: true, procedure, bind };
	if (!object.returnsSet) return { ...called, kind: 'scalar' } as ScalarFunction;
	const returned = isOpen ? null : baseTypeOf(context.type(object.returnOid), context.catalog);
	const columns = outputs.length > 1 ? outputs : returned !== null && returned.fields.length > 0 ? returned.fields : null;
	return { ...called, kind: 'set', ...(columns === null ? {} : { outputs: columns }) } as SetFunction;
}

/** The type of what a call of a procedure's function gives, with the fields of its OUT parameters; null for other functions. */
export function procedureType(context: StatementContext, resolved: ResolvedCall): Type | null {
	const object = procedures.get(resolved.definition);
	if (object === undefined) return null;
	if (object.returnOid === TRIGGER.oid) throw context.error('0A000', 'trigger functions can only be called as triggers');
	return resultType(
		context,
		object,
		resolved.returnType,
		resolved.arguments.map((a) => a.type),
	);
}

/** The procedure that CALL names, and its arguments; those of OUT parameters are left out. */
export function resolveProcedure(
	level: QueryLevel,
	call: FuncCall,
	names: readonly string[],
	position: number,
): { readonly object: FunctionObject; readonly args: readonly Expression[] } {
	const { context } = level;
	const nodes = (call.args ?? []) as AstNode[];
	const schema = names.length > 1 ? names[names.length - 2]! : null;
	const name = names[names.length - 1]!;
	for (const object of proceduresNamed(context, schema, name)) {
		const inputs = object.argumentOids.map((_, i) => i).filter((i) => isInput(object.argumentModes[i]));
		const hasOutputs = inputs.length < object.argumentOids.length;
		if (!hasOutputs) continue;
		const given = argumentsByPlace(object, nodes);
		if (given === null) continue;
		const args = inputs.map((i) => argumentOf(level, object, i, given[i]));
		return { object, args };
	}
	const form = callForm(level, call, names, position);
	const resolved = resolveFunction(context, { ...form, procedure: true });
	const object = resolved.kind === 'call' ? procedures.get(resolved.definition) : undefined;
	if (object === undefined || !object.isProcedure)
		throw context.error('42809', `${form.names.join('.')}(${form.arguments.map((a) => context.typeName(a.type)).join(', ')}) is not a procedure`, position, {
			hint: 'To call a function, use SELECT.',
		});
	return { object, args: (resolved as ResolvedCall).arguments };
}

function proceduresNamed(context: StatementContext, schema: string | null, name: string): FunctionObject[] {
	return (schema === null ? context.lookupPath : [schema]).flatMap((schemaName) => {
		const id = context.catalog.findSchema(schemaName)?.id;
		const found = id === undefined ? [] : context.catalog.functions(id, name);
		return found.filter((o): o is FunctionObject => o.kind === 'function' && o.isProcedure);
	});
}

/** Arguments as written, by the parameters that they are for; null when they do not fit. */
function argumentsByPlace(object: FunctionObject, nodes: readonly AstNode[]): (AstNode | undefined)[] | null {
	const given: (AstNode | undefined)[] = [];
	for (const [i, node] of nodes.entries()) {
		const named = node.NamedArgExpr;
		const place = named === undefined ? i : object.argumentNames.indexOf(named.name ?? '');
		if (place < 0 || place >= object.argumentOids.length) return null;
		given[place] = named === undefined ? node : (named.arg as AstNode);
	}
	const firstDefault = object.argumentDefaults.findIndex((d) => d !== null);
	for (let i = 0; i < object.argumentOids.length; i++) if (given[i] === undefined && (firstDefault < 0 || i < firstDefault)) return null;
	return given;
}

function argumentOf(level: QueryLevel, object: FunctionObject, place: number, node: AstNode | undefined): Expression {
	const { context } = level;
	const type = context.type(object.argumentOids[place]!);
	const expression = node === undefined ? analyzeExpression(level, parseExpressionText(object.argumentDefaults[place]!)) : analyzeExpression(level, node);
	const converted = isPolymorphic(type.oid) ? expression : coerceToTarget(context, expression, type, -1, 'assignment');
	if (converted === null) throw context.error('42883', `procedure ${object.name} does not take a value of type ${context.typeName(expression.type)}`);
	return converted;
}

/** The value of a user's function's argument that was left out; null for functions of the library. */
export function userDefault(context: StatementContext, definition: AnyFunction, at: number, text: unknown): Expression | null {
	const object = objects.get(definition) ?? procedures.get(definition);
	if (object === undefined) return null;
	const type = context.type(definition.argumentOids[at]!);
	const level = new QueryLevel(context.nested(context.lookupPath, text as string), null);
	level.clause = 'default';
	const expression = analyzeExpression(level, parseExpressionText(text as string));
	const converted = coerceToTarget(context, expression, type, -1, 'assignment');
	if (converted === null) throw context.error('42804', `default of an argument of function ${object.name} is not of type ${context.typeName(type)}`);
	return converted;
}

/** Arguments that are more than a name or a constant are computed once, under a column of their own. */
function bindArguments(context: StatementContext, args: readonly Expression[]): BoundArguments {
	const bound: { column: Column; value: Expression }[] = [];
	const expressions = args.map((value): Expression => {
		if (value.kind === 'constant' || value.kind === 'column' || value.kind === 'parameter') return value;
		const column = context.newColumn('argument', value.type, context.typmodOf(value));
		bound.push({ column, value });
		return { kind: 'column', id: column.id, type: value.type };
	});
	return { bound, expressions };
}

/** For a strict function, whether no argument is null; null when that is certain. */
function presence(object: FunctionObject, args: readonly Expression[]): Expression | null {
	if (!object.strict) return null;
	const tests = args
		.filter((a) => a.kind !== 'constant' || a.value === null)
		.map((operand): Expression => ({ kind: 'is-null', operand, negated: true, row: false, type: BOOL }));
	return conjunction(tests);
}

/** The body of a user's function in place of its call; null for the library's. */
export function expandUserFunction(level: QueryLevel, resolved: ResolvedCall, position: number): UserCall | null {
	const object = objects.get(resolved.definition);
	if (object === undefined) return procedureCall(level, resolved, position);
	const { context } = level;
	const args = bindArguments(context, resolved.arguments);
	const declared = resultType(
		context,
		object,
		resolved.returnType,
		resolved.arguments.map((a) => a.type),
	);
	const type = baseTypeOf(declared, context.catalog).kind === 'composite' ? baseTypeOf(declared, context.catalog) : declared;
	return functionScope(context, object, position, (): UserCall => {
		if (object.returnsSet) return setCall(context, object, args, type);
		const present = presence(object, args.expressions);
		const body = analyzeBody(context, object, args, type);
		if (body.expression === null) {
			const plan = overArguments(rowPlan(context, firstRow(body.plan), type), args, present);
			const row: Expression = { kind: 'subquery', mode: 'scalar', plan, comparison: null, type, position };
			return { kind: 'value', expression: type === declared ? row : coerceType(context, row, declared, -1, 'explicit') };
		}
		const guarded: Expression =
			present === null ? body.expression : { kind: 'case', branches: [{ when: present, then: body.expression }], otherwise: null, type, position };
		const expression = args.bound.reduceRight((inner, { column, value }): Expression => ({ kind: 'let', id: column.id, value, body: inner, type }), guarded);
		return { kind: 'value', expression };
	});
}

/** A call of a function of another language than SQL; null for the library's. */
function procedureCall(level: QueryLevel, resolved: ResolvedCall, position: number): UserCall | null {
	const type = procedureType(level.context, resolved);
	if (type === null) return null;
	level.context.depend(procedures.get(resolved.definition)!);
	const { definition } = resolved;
	if (definition.kind === 'set') return { kind: 'set', call: { ...resolved, definition, returnType: type }, field: null };
	if (definition.kind !== 'scalar') return null;
	return { kind: 'value', expression: { kind: 'call', function: definition, arguments: resolved.arguments, type, typmod: -1, position } };
}

/** What a call becomes: a value, or a set that the library's unnest makes of an array of rows. */
export type UserCall =
	| { readonly kind: 'value'; readonly expression: Expression }
	| { readonly kind: 'set'; readonly call: ResolvedCall & { readonly definition: SetFunction }; readonly field: Type | null };

function setCall(context: StatementContext, object: FunctionObject, args: BoundArguments, type: Type): UserCall {
	const body = analyzeBody(context, object, args, type);
	const isRow = type.fields.length > 0 || type.oid === RECORD.oid;
	const rowType = type.fields.length > 0 ? type : isRow ? recordType(body.plan.columns) : recordType([{ name: 'value', type }]);
	const operands = body.plan.columns.map((c): Expression => ({ kind: 'column', id: c.id, type: c.type }));
	const column = context.newColumn('row', rowType);
	const rows: Plan = { kind: 'project', input: body.plan, items: [{ column, expression: { kind: 'row', operands, type: rowType } }], columns: [column] };
	const plan = overArguments(rows, args, presence(object, args.expressions));
	const array: Expression = { kind: 'subquery', mode: 'array', plan, comparison: null, type: context.type(RECORD.arrayOid) };
	const definition = context.functions.functions('unnest').find((f): f is SetFunction => f.kind === 'set' && f.argumentOids.length === 1)!;
	return {
		kind: 'set',
		call: { kind: 'call', definition, arguments: [array], returnType: rowType, given: [array], variadic: false },
		field: isRow ? null : type,
	};
}

/** The type with the fields of OUT arguments; `actual` are the types of the arguments, which polymorphic ones follow. */
function resultType(context: StatementContext, object: FunctionObject, type: Type, actual: readonly Type[]): Type {
	const outputs = outputsOf(object);
	if (type.oid !== RECORD.oid || outputs.length < 2) return type;
	const declared = object.argumentOids.filter((_, i) => isInput(object.argumentModes[i]));
	const binding = outputs.some((o) => isPolymorphic(o.typeOid)) ? bindPolymorphic(context, actual, declared, commonTypeOf) : null;
	const concrete = (oid: number): Type => {
		if (binding === null || typeof binding === 'string' || !isPolymorphic(oid)) return context.type(oid);
		const found = concreteType(context, oid, binding);
		if (found === null) throw context.error('42804', 'could not determine polymorphic type because input has type unknown');
		return found;
	};
	return recordType(outputs.map((o) => ({ name: o.name, type: concrete(o.typeOid) })));
}

/** The columns of a result of several as one value. */
function rowPlan(context: StatementContext, plan: Plan, type: Type): Plan {
	if (type.fields.length === 0 && type.oid !== RECORD.oid) return plan;
	const operands = plan.columns.map((c): Expression => ({ kind: 'column', id: c.id, type: c.type }));
	const column = context.newColumn('row', type);
	return { kind: 'project', input: plan, items: [{ column, expression: { kind: 'row', operands, type } }], columns: [column] };
}

function firstRow(plan: Plan): Plan {
	return { kind: 'limit', input: plan, count: { kind: 'constant', value: 1, type: INT8 }, offset: null, columns: plan.columns };
}

/** A body run for a row of its arguments, when those must be computed or looked at first. */
function overArguments(body: Plan, args: BoundArguments, present: Expression | null): Plan {
	if (args.bound.length === 0 && present === null) return body;
	const columns = args.bound.map((b) => b.column);
	let left: Plan = { kind: 'values', rows: [args.bound.map((b) => b.value)], columns };
	if (present !== null) left = { kind: 'filter', input: left, predicate: present, columns };
	const joined: Plan = { kind: 'apply', type: 'inner', left, right: body, on: null, columns: [...columns, ...body.columns] };
	const items = body.columns.map((column) => ({ column, expression: { kind: 'column', id: column.id, type: column.type } as Expression }));
	return { kind: 'project', input: joined, items, columns: body.columns };
}

/** A user's function in FROM as the plan of its body; null for the library's. */
export function userFunctionPlan(
	level: QueryLevel,
	resolved: ResolvedCall,
	definitionColumns: readonly Column[],
	name: string,
	position: number,
): { readonly plan: Plan; readonly scalar: boolean } | null {
	const object = objects.get(resolved.definition);
	if (object === undefined) return null;
	const { context } = level;
	const declared = resultType(
		context,
		object,
		resolved.returnType,
		resolved.arguments.map((a) => a.type),
	);
	const type = fromType(context, declared, definitionColumns, position);
	if (!object.returnsSet && type.kind === 'domain' && baseTypeOf(type, context.catalog).kind === 'composite') return domainRow(level, resolved, position);
	const scalar = type.fields.length === 0;
	const names = scalar ? [outputsOf(object)[0]?.name ?? name] : type.fields.map((f) => f.name);
	const args = bindArguments(context, resolved.arguments);
	const plan = functionScope(context, object, position, (): Plan => {
		const body = analyzeBody(context, object, args, type);
		const rows = overArguments(object.returnsSet ? body.plan : firstRow(body.plan), args, presence(object, args.expressions));
		return object.returnsSet ? rows : alwaysOneRow(rows);
	});
	const items = plan.columns.map((c, i) => ({
		column: context.newColumn(names[i] ?? c.name, c.type, c.typmod),
		expression: { kind: 'column', id: c.id, type: c.type } as Expression,
	}));
	return { plan: { kind: 'project', input: plan, items, columns: items.map((i) => i.column) }, scalar };
}

/** A row that is checked by its domain, then shown by its fields. */
function domainRow(level: QueryLevel, resolved: ResolvedCall, position: number): { readonly plan: Plan; readonly scalar: boolean } | null {
	const call = expandUserFunction(level, resolved, position);
	if (call?.kind !== 'value') return null;
	const { context } = level;
	const { type } = call.expression;
	const column = context.newColumn('row', type);
	const operand: Expression = { kind: 'column', id: column.id, type };
	const items = baseTypeOf(type, context.catalog).fields.map((f, index) => ({
		column: context.newColumn(f.name, context.fieldType(f), f.typmod),
		expression: { kind: 'field', operand, index, type: context.fieldType(f) } as Expression,
	}));
	const input: Plan = { kind: 'values', rows: [[call.expression]], columns: [column] };
	return { plan: { kind: 'project', input, items, columns: items.map((i) => i.column) }, scalar: false };
}

/** No row counts as a row of nulls where one value is promised. */
function alwaysOneRow(plan: Plan): Plan {
	return { kind: 'apply', type: 'left', left: { kind: 'values', rows: [[]], columns: [] }, right: plan, on: null, columns: plan.columns };
}

/** Records without fields of their own take those of the column definition list. */
function fromType(context: StatementContext, type: Type, definitionColumns: readonly Column[], position: number): Type {
	if (type.oid !== RECORD.oid) {
		if (definitionColumns.length === 0) return type;
		throw context.error('42601', 'a column definition list is only allowed for functions returning "record"', position);
	}
	if (type.fields.length > 0) {
		if (definitionColumns.length === 0) return type;
		throw context.error('42601', 'a column definition list is redundant for a function with OUT parameters', position);
	}
	if (definitionColumns.length === 0) throw context.error('42601', 'a column definition list is required for functions returning "record"', position);
	return recordType(definitionColumns);
}

/** Analyses a body as its calls will, its arguments being of the declared types; ids of what it uses. Polymorphic ones are seen at their calls. */
export function checkUserFunction(context: StatementContext, object: FunctionObject): ReadonlySet<number> {
	if ([object.returnOid, ...object.argumentOids].some(isPolymorphic)) return new Set();
	const inputs = object.argumentOids.filter((_, i) => isInput(object.argumentModes[i]));
	const expressions = inputs.map((oid): Expression => {
		const { id, type } = context.newColumn('argument', context.type(oid));
		return { kind: 'column', id, type };
	});
	const type = resultType(context, object, context.type(object.returnOid), []);
	functionScope(context, object, 0, () => analyzeBody(context, object, { bound: [], expressions }, type));
	return context.shared.dependencies;
}
