/**
 * Evaluates the table-driven cases of the function tests: expressions in a small part of SQL, which PostgreSQL reads the same.
 *
 *     expression := operand [operator operand] | operator operand
 *     operand    := type 'literal' | null::type | name(expression, …) | (expression)
 *
 * A literal is read by the type's input function and the result written by its output function, under UTC and ISO settings; a set is
 * its values joined by ` | `, an error `ERROR sqlstate: message`. Overloads are chosen by exact types.
 */
import { PolylogError } from '../../platform/errors.ts';
import { arrayOf, builtinTypes } from '../../value/builtin-types.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { Type } from '../../value/type.ts';
import type { AggregateFunction, AnyFunction, CallInfo, FunctionContext, OperatorEntry } from './contracts.ts';
import { sqlFunctions } from './sql-functions.ts';

interface Typed {
	readonly type: Type;
	readonly value: unknown;
	readonly isSet?: boolean;
}

const settings = new Map([
	['TimeZone', 'UTC'],
	['DateStyle', 'ISO, MDY'],
	['IntervalStyle', 'postgres'],
	['bytea_output', 'hex'],
	['extra_float_digits', '1'],
]);

/** 2020-02-03 04:05:06.789 UTC. */
const NOW_US = 1_580_702_706_789_000;

export const testContext: FunctionContext = {
	types: builtinTypes,
	transactionTimeUs: NOW_US,
	statementTimeUs: NOW_US,
	clockUs: () => NOW_US,
	random: () => 0.5,
	setSeed: () => {},
	randomBytes: (count) => new Uint8Array(count),
	setting: (name) => settings.get(name),
	setSetting: (name, value) => void settings.set(name, value),
	service: (name) => {
		throw new PolylogError('unsupported', `no service ${name}`, { sqlstate: '0A000' });
	},
};

/** The result of a case as text. */
export function evaluateCase(text: string): string {
	try {
		const result = new CaseParser(text).whole();
		if (result.isSet === true) return [...(result.value as Iterable<unknown>)].map((value) => show(result.type, value)).join(' | ');
		return show(result.type, result.value);
	} catch (error) {
		if (error instanceof PolylogError && error.sqlstate !== undefined) return `ERROR ${error.sqlstate}: ${error.message}`;
		throw error;
	}
}

function show(type: Type, value: unknown): string {
	if (value === null) return '(null)';
	const output = sqlFunctions.output(type);
	return output.bind!({ argumentTypes: [type], returnType: type, typmod: -1, types: builtinTypes, variadic: false })(
		testContext as never,
		value as never,
	) as string;
}

const TOKEN = /\s*(?:(E?)'((?:[^']|'')*)'|([A-Za-z_][A-Za-z_0-9]*)|([-+*/<>=~!@#%^&|?]+)|(::|[(),]))/y;

type Token = { readonly kind: 'string' | 'name' | 'operator' | 'mark'; readonly text: string };

function tokenize(text: string): Token[] {
	const tokens: Token[] = [];
	TOKEN.lastIndex = 0;
	while (TOKEN.lastIndex < text.length) {
		const match = TOKEN.exec(text);
		if (match === null) throw new Error(`bad case: ${text}`);
		const [, prefix, literal, name, symbol, mark] = match;
		if (literal !== undefined) {
			const plain = literal.replaceAll("''", "'");
			tokens.push({ kind: 'string', text: prefix === 'E' ? (JSON.parse(`"${plain.replaceAll('"', '\\"')}"`) as string) : plain });
		} else if (name !== undefined) tokens.push({ kind: 'name', text: name });
		else if (symbol !== undefined) tokens.push({ kind: 'operator', text: symbol });
		else tokens.push({ kind: 'mark', text: mark! });
	}
	return tokens;
}

class CaseParser {
	readonly tokens: readonly Token[];
	at = 0;

	constructor(text: string) {
		this.tokens = tokenize(text);
	}

	whole(): Typed {
		const result = this.expression();
		if (this.at !== this.tokens.length) throw new Error('bad case: text left over');
		return result;
	}

	expression(): Typed {
		const prefix = this.accept('operator');
		if (prefix !== null) return applyOperator(prefix, [this.operand()]);
		const left = this.operand();
		const symbol = this.accept('operator');
		return symbol === null ? left : applyOperator(symbol, [left, this.operand()]);
	}

	accept(kind: Token['kind'], text?: string): string | null {
		const token = this.tokens[this.at];
		if (token === undefined || token.kind !== kind || (text !== undefined && token.text !== text)) return null;
		this.at++;
		return token.text;
	}

	operand(): Typed {
		if (this.accept('mark', '(') !== null) {
			const inner = this.expression();
			this.accept('mark', ')');
			return inner;
		}
		const name = this.accept('name');
		if (name === null) throw new Error('bad case: operand expected');
		if (name === 'null') {
			this.accept('mark', '::');
			return { type: typeNamed(this.accept('name')!), value: null };
		}
		if (this.accept('mark', '(') !== null) return this.call(name);
		const type = typeNamed(name);
		return { type, value: read(type, this.accept('string')!) };
	}

	call(name: string): Typed {
		const values: Typed[] = [];
		while (this.accept('mark', ')') === null) {
			values.push(this.expression());
			this.accept('mark', ',');
		}
		return applyFunction(name, values);
	}
}

function typeNamed(name: string): Type {
	const type = builtinTypes.byName(name);
	if (type === undefined) throw new Error(`bad case: no type ${name}`);
	return type;
}

function read(type: Type, text: string): unknown {
	return sqlFunctions.input(type).bind!({ argumentTypes: [type], returnType: type, typmod: -1, types: builtinTypes, variadic: false })(
		testContext as never,
		text as never,
	);
}

function applyOperator(name: string, values: readonly Typed[]): Typed {
	const left = values.length === 2 ? values[0]!.type : null;
	const right = values[values.length - 1]!.type;
	const fits = (entry: OperatorEntry, exact: boolean): boolean =>
		(left === null ? entry.leftOid === 0 : entry.leftOid !== 0 && accepts(entry.leftOid, left, exact)) && accepts(entry.rightOid, right, exact);
	const entries = sqlFunctions.operators(name);
	const found = entries.find((entry) => fits(entry, true)) ?? entries.find((entry) => fits(entry, false));
	if (found === undefined) throw new Error(`bad case: no operator ${left?.name ?? ''} ${name} ${right.name}`);
	return invoke(found.function, values);
}

function applyFunction(name: string, values: readonly Typed[]): Typed {
	const fits = (entry: AnyFunction, exact: boolean): boolean => {
		const declared = entry.argumentOids.length;
		if (entry.variadicOid !== 0 ? values.length < declared - 1 : values.length > declared || values.length < declared - (entry.defaults?.length ?? 0))
			return false;
		return values.every((value, index) =>
			accepts(entry.variadicOid !== 0 && index >= declared - 1 ? entry.variadicOid : entry.argumentOids[index]!, value.type, exact),
		);
	};
	const entries = sqlFunctions.functions(name);
	const found = entries.find((entry) => fits(entry, true)) ?? entries.find((entry) => fits(entry, false));
	if (found === undefined) throw new Error(`bad case: no function ${name}(${values.map((value) => value.type.name).join(', ')})`);
	return invoke(found, values);
}

/** Polymorphic types accept by kind, others by identity. */
function accepts(declaredOid: number, type: Type, exact: boolean): boolean {
	const declared = builtinTypes.typeByOid(declaredOid)!;
	if (declared === type) return true;
	if (exact) return false;
	if (declared.name === 'anyarray' || declared.name === 'anycompatiblearray') return type.kind === 'array';
	if (declared.name === 'anynonarray') return type.kind !== 'array';
	return (
		declared.name === 'any' ||
		declared.name === 'anyelement' ||
		(declared.name === 'anycompatible' && type.kind !== 'array') ||
		(declared.name === 'record' && type.kind === 'composite')
	);
}

function invoke(definition: AnyFunction, values: readonly Typed[]): Typed {
	if (definition.kind !== 'scalar' && definition.kind !== 'set') throw new Error(`bad case: ${definition.name} is not a plain function`);
	const type = resultType(definition, values);
	const info: CallInfo = { argumentTypes: values.map((value) => value.type), returnType: type, typmod: -1, types: builtinTypes, variadic: false };
	const evaluate = (definition.bind === undefined ? definition.evaluate! : definition.bind(info)) as (...all: unknown[]) => unknown;
	const plain = variadicArray(
		definition,
		values.map((value) => value.value),
	);
	const missing = definition.argumentOids.length - plain.length;
	if (missing > 0 && definition.variadicOid === 0) plain.push(...(definition.defaults ?? []).slice(-missing));
	const isSet = definition.kind === 'set';
	if (definition.strict && plain.includes(null)) return { type, value: isSet ? [] : null, isSet };
	const value = definition.context ? evaluate(testContext, ...plain) : evaluate(...plain);
	if (!isSet || definition.outputs === undefined) return { type, value, isSet };
	const outputs = definition.outputs;
	const rows = [...(value as Iterable<readonly unknown[]>)];
	return {
		type: typeNamed('text'),
		value: rows.map((row) => outputs.map((output, index) => show(builtinTypes.typeByOid(output.typeOid)!, row[index])).join(',')),
		isSet,
	};
}

/** Arguments of a VARIADIC array as one array. */
function variadicArray(definition: AnyFunction, values: unknown[]): unknown[] {
	const last = definition.argumentOids.length - 1;
	if (definition.variadicOid === 0 || builtinTypes.typeByOid(definition.variadicOid)!.name === 'any' || values[last] instanceof PgArray) return values;
	return [...values.slice(0, last), PgArray.of(values.slice(last))];
}

/** A polymorphic result takes its type from the first polymorphic argument. */
function resultType(definition: AnyFunction, values: readonly Typed[]): Type {
	const declared = builtinTypes.typeByOid(definition.returnOid)!;
	if (!declared.name.startsWith('any')) return declared;
	const index = definition.argumentOids.findIndex((oid) => builtinTypes.typeByOid(oid)!.name.startsWith('any'));
	const given = values[index]!.type;
	const element = given.kind === 'array' ? builtinTypes.typeByOid(given.elementOid)! : given;
	return declared.name.endsWith('array') && declared.name !== 'anynonarray' ? arrayOf(element)! : element;
}

/** An aggregate over rows of texts; `direct` is the type and text of the direct argument of an ordered-set one. */
export function evaluateAggregate(
	name: string,
	types: readonly string[],
	rows: readonly (readonly (string | null)[])[],
	direct: readonly string[] | null,
): string {
	const columns = types.map(typeNamed);
	const directs = direct === null || direct.length === 0 ? [] : [{ type: typeNamed(direct[0]!), value: read(typeNamed(direct[0]!), direct[1]!) }];
	const argumentTypes = [...directs.map((value) => value.type), ...columns];
	const definition = findAggregate(name, argumentTypes);
	const returnType = resultType(
		definition,
		argumentTypes.map((type) => ({ type, value: null })),
	);
	const info: CallInfo = { argumentTypes: direct === null ? argumentTypes : columns, returnType, typmod: -1, types: builtinTypes, variadic: false };
	const aggregate = definition.bind(info, () => testContext);
	try {
		let state = aggregate.create();
		for (const row of rows) {
			const values = row.map((text, index) => (text === null ? null : read(columns[index]!, text)));
			if (!definition.strict || !values.includes(null)) state = aggregate.step(state as never, ...(values as never[]));
		}
		return show(returnType, aggregate.finish(state as never, ...(directs.map((value) => value.value) as never[])));
	} catch (error) {
		if (error instanceof PolylogError && error.sqlstate !== undefined) return `ERROR ${error.sqlstate}: ${error.message}`;
		throw error;
	}
}

function findAggregate(name: string, types: readonly Type[]): AggregateFunction {
	const fits = (entry: AnyFunction, exact: boolean): boolean =>
		entry.argumentOids.length === types.length && types.every((type, index) => accepts(entry.argumentOids[index]!, type, exact));
	const entries = sqlFunctions.functions(name);
	const found = entries.find((entry) => fits(entry, true)) ?? entries.find((entry) => fits(entry, false));
	if (found?.kind !== 'aggregate') throw new Error(`bad case: no aggregate ${name}`);
	return found;
}
