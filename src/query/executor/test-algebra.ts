/** Short constructors of plans, expressions and functions for the tests of the executor. */
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { Type } from '../../value/type.ts';
import type { AggregateCall, Column, Expression, SortKey } from '../algebra/expression.ts';
import type { Plan, ScanColumn } from '../algebra/plan.ts';
import type { AggregateFunction, AggregateImplementation, Equality, Ordering, ScalarFunction, SetFunction, WindowFunction } from '../functions/contracts.ts';
import { BOOL, INT, TEXT } from './test-tables.ts';

export const SAME: Equality = { name: 'same', equals: (a, b) => a === b, key: (v) => v as number, identity: true };
export const LESS: Ordering = {
	name: 'less',
	compare: (a, b) => ((a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0),
	primitive: true,
};
/** Text without regard to case: a rule of no SQL operator. */
export const CASELESS: Equality = {
	name: 'caseless',
	equals: (a, b) => (a as string).toLowerCase() === (b as string).toLowerCase(),
	key: (v) => (v as string).toLowerCase(),
	identity: false,
};
export const CASELESS_ORDER: Ordering = {
	name: 'caseless',
	compare: (a, b) => LESS.compare((a as string).toLowerCase(), (b as string).toLowerCase()),
	primitive: false,
};

let lastId = 0;
export function column(name = 'c', type: Type = INT): Column {
	return { id: ++lastId, name, type, typmod: -1 };
}

export function ref(c: Column): Expression {
	return { kind: 'column', id: c.id, type: c.type };
}

export function constant(value: unknown, type: Type = typeof value === 'string' ? TEXT : typeof value === 'boolean' ? BOOL : INT): Expression {
	return { kind: 'constant', value, type };
}

export function parameter(index: number, type: Type = INT): Expression {
	return { kind: 'parameter', index, type };
}

const base = { argumentOids: [], returnOid: 0, variadicOid: 0, volatility: 'immutable' as const, oid: 0 };

export function fn(name: string, evaluate: (...values: never[]) => unknown, options: Partial<ScalarFunction> = {}): ScalarFunction {
	return { ...base, kind: 'scalar', name, strict: true, context: false, evaluate, ...options };
}

export function call(f: ScalarFunction, args: readonly Expression[], type: Type = INT): Expression {
	return { kind: 'call', function: f, arguments: args, typmod: -1, type };
}

export const ADD = fn('add', (a: number, b: number) => a + b);
export const SUBTRACT = fn('subtract', (a: number, b: number) => a - b);
/** Between 0 and the second argument. */
export const MODULO = fn('modulo', (a: number, b: number) => ((a % b) + b) % b);
export const MULTIPLY = fn('multiply', (a: number, b: number) => a * b, { inline: ([a, b]) => `(${a} * ${b})` });
/** Null for odd values: strict functions may give null too. */
export const HALF = fn('half', (a: number) => (a % 2 === 0 ? a / 2 : null));
/** Not strict: null is zero. */
export const ZERO_IF_NULL = fn('zero_if_null', (a: number | null) => a ?? 0, { strict: false });

/** The first byte of a text, or the second argument; also read where the text is stored. */
export const FIRST_BYTE = fn('first_byte', (text: string, otherwise: number) => (text === '' ? otherwise : Buffer.from(text, 'utf8')[0]), {
	stored:
		([otherwise]) =>
		(bytes, start, end) =>
			end > start ? bytes[start] : otherwise,
});

function comparison(operator: '=' | '<>' | '<' | '<=' | '>' | '>=', js: string, test: (a: number, b: number) => boolean): ScalarFunction {
	return fn(operator, test, { inline: ([a, b]) => `(${a} ${js} ${b})`, comparison: { operator, equality: SAME, ordering: LESS } });
}
export const EQ = comparison('=', '===', (a, b) => a === b);
export const NE = comparison('<>', '!==', (a, b) => a !== b);
export const LT = comparison('<', '<', (a, b) => a < b);
export const GE = comparison('>=', '>=', (a, b) => a >= b);
export const COMPARISONS = [EQ, NE, LT, GE];

export function compare(f: ScalarFunction, a: Expression, b: Expression): Expression {
	return call(f, [a, b], BOOL);
}

export function and(...operands: Expression[]): Expression {
	return { kind: 'and', operands, type: BOOL };
}

export function or(...operands: Expression[]): Expression {
	return { kind: 'or', operands, type: BOOL };
}

export function not(operand: Expression): Expression {
	return { kind: 'not', operand, type: BOOL };
}

function aggregateFunction(name: string, strict: boolean, implementation: AggregateImplementation): AggregateFunction {
	return { ...base, kind: 'aggregate', name, strict, aggregateKind: 'n', bind: () => implementation };
}
export const COUNT = aggregateFunction('count', true, {
	create: () => 0,
	step: (s: number) => s + 1,
	inverse: (s: number) => s - 1,
	finish: (s: number) => s,
	inline: { create: '0', step: (s) => `${s} + 1`, finish: (s) => s },
});
export const SUM = aggregateFunction('sum', true, {
	create: () => null,
	step: (s: number | null, v: number) => (s ?? 0) + v,
	finish: (s: number | null) => s,
	inline: { create: 'null', step: (s, [v]) => `${s} === null ? ${v} : ${s} + ${v}`, finish: (s) => s },
});
export const MAXIMUM = aggregateFunction('maximum', true, {
	create: () => null,
	step: (s: number | null, v: number) => (s === null || v > s ? v : s),
	finish: (s: number | null) => s,
});
/** Depends on the order of its rows, and takes nulls. */
export const LIST = aggregateFunction('list', false, {
	create: () => [],
	step: (s: unknown[], v: unknown) => [...s, v],
	finish: (s: unknown[]) => s.map(String).join(','),
});

export function aggregateCall(f: AggregateFunction, args: readonly Expression[], options: Partial<AggregateCall> = {}): AggregateCall {
	return {
		column: column(f.name, f === LIST ? TEXT : INT),
		function: f,
		arguments: args,
		distinct: false,
		equalities: args.map(() => SAME),
		filter: null,
		orderBy: [],
		withinGroup: [],
		...options,
	};
}

export function windowFunction(operation: WindowFunction['operation']): WindowFunction {
	return { ...base, kind: 'window', name: operation, operation };
}

export const SERIES: SetFunction = {
	...base,
	kind: 'set',
	name: 'series',
	strict: true,
	context: false,
	evaluate: function* (from: number, to: number) {
		for (let i = from; i <= to; i++) yield i;
	},
};

export function sortKey(expression: Expression, descending = false, nullsFirst = descending, ordering: Ordering = LESS): SortKey {
	return { expression, ordering, descending, nullsFirst };
}

export function table(id: number, columns: readonly { name: string; type: Type; notNull?: boolean }[], primaryKey: readonly number[] = []): TableObject {
	return {
		kind: 'table',
		id,
		name: `t${id}`,
		schemaId: 1,
		columns: columns.map((c, i) => ({
			name: c.name,
			number: i + 1,
			typeOid: c.type.oid,
			typmod: -1,
			notNull: c.notNull ?? false,
			defaultText: null,
			generatedText: null,
			identity: '',
			sequenceId: 0,
			dropped: false,
			addedIn: 0,
			missingText: null,
		})),
		schemaVersion: 0,
		primaryKey,
		keyspaceId: id,
		indexIds: [],
		constraintIds: [],
		options: {},
		engine: 'lsm',
		persistence: 'p',
	};
}

export function index(id: number, tableId: number, columns: readonly number[], unique = false, descending = false): IndexObject {
	return {
		kind: 'index',
		id,
		name: `i${id}`,
		schemaId: 1,
		tableId,
		keyspaceId: id,
		unique,
		nullsNotDistinct: false,
		primary: false,
		columns: columns.map((c) => ({ column: c, expressionText: null, descending, nullsFirst: descending })),
		include: [],
		predicateText: null,
		ready: true,
		method: 'btree',
	};
}

export function scanColumns(t: TableObject): ScanColumn[] {
	return t.columns.map((c, i) => ({ column: column(c.name, c.typeOid === TEXT.oid ? TEXT : INT), number: i + 1 }));
}

export function scan(t: TableObject, columns: readonly ScanColumn[] = scanColumns(t)): Extract<Plan, { kind: 'scan' }> {
	return { kind: 'scan', table: t, scan: columns, columns: columns.map((c) => c.column) };
}

export function filter(input: Plan, predicate: Expression): Plan {
	return { kind: 'filter', input, predicate, columns: input.columns };
}

export function project(input: Plan, expressions: readonly Expression[]): Plan {
	const items = expressions.map((expression) => ({ column: column('p', expression.type), expression }));
	return { kind: 'project', input, items, columns: items.map((i) => i.column) };
}

export function values(rows: readonly (readonly unknown[])[], types: readonly Type[] = rows[0]!.map((v) => (typeof v === 'string' ? TEXT : INT))): Plan {
	return { kind: 'values', rows: rows.map((row) => row.map((v, i) => constant(v, types[i]))), columns: types.map((t) => column('v', t)) };
}
