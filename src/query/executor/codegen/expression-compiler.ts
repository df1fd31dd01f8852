/**
 * Expressions as JavaScript expressions over the locals of a pipeline. Null is null; what cannot be null carries no check.
 * Columns must have been made ready (`PipelineBuilder.prepare`) where the text is used.
 *
 * `value` gives the three-valued result; `isTrue` and `isFalse` give plain JavaScript conditions, which is all that filters,
 * CASE and joins ask.
 */
import { assertNever } from '../../../platform/errors.ts';
import type { Type } from '../../../value/type.ts';
import type { Expression } from '../../algebra/expression.ts';
import type { Equality, ScalarFunction } from '../../functions/contracts.ts';
import { arrayOf, extremeOf, isNullRow, quantified, subscript } from '../runtime/composite-values.ts';
import { listValue } from './list-expressions.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { hoistSubqueries, subqueryValue } from './subqueries.ts';

export interface Operand {
	readonly text: string;
	readonly nullable: boolean;
	/** A name or literal: may be repeated without cost or effect. */
	readonly atomic: boolean;
	/** Known to be null. */
	readonly isNull?: boolean;
}

/** Lists of constants up to this length are compared one by one. */
const CHAINED_LIST_MAX = 4;

const NULL: Operand = { text: 'null', nullable: true, atomic: true, isNull: true };

export type ExpressionOf<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

export class ExpressionCompiler {
	readonly #pipeline: PipelineBuilder;

	constructor(pipeline: PipelineBuilder) {
		this.#pipeline = pipeline;
	}

	/** Prepares and compiles. */
	ready(expression: Expression): Operand {
		hoistSubqueries(this.#pipeline, expression);
		this.#pipeline.prepare(expression);
		return this.value(expression);
	}

	/** Prepares and compiles to a condition that holds when the expression is true. */
	condition(expression: Expression): string {
		hoistSubqueries(this.#pipeline, expression);
		this.#pipeline.prepare(expression);
		return this.isTrue(expression);
	}

	/** A value in a name of its own, so that it can be used several times in the statements that follow. */
	named(expression: Expression, prefix = 'v'): Operand {
		const operand = this.ready(expression);
		if (operand.atomic) return operand;
		const name = this.#pipeline.temporary(prefix);
		this.#pipeline.emit(`${name} = ${operand.text};`);
		return { text: name, nullable: operand.nullable, atomic: true };
	}

	value(e: Expression): Operand {
		switch (e.kind) {
			case 'constant':
				return this.constant(e.value);
			case 'parameter':
				return { text: this.#pipeline.constant('a', `S.parameters[${e.index}]`), nullable: true, atomic: true };
			case 'column': {
				const value = this.#pipeline.column(e.id);
				return { text: value.text, nullable: value.nullable, atomic: true, isNull: value.text === 'null' };
			}
			case 'call':
				return this.#call(e);
			case 'and':
			case 'or':
				return this.#logical(e);
			case 'not': {
				const operand = this.#atomic(this.value(e.operand));
				return operand.nullable ? compound(`(${operand.check} === null ? null : !${operand.text})`, true) : compound(`!${operand.bare}`, false);
			}
			case 'is-null':
			case 'is-truth':
			case 'is-distinct':
				return compound(this.isTrue(e), false);
			case 'case':
				return this.#case(e);
			case 'let': {
				const value = this.value(e.value);
				const name = this.#pipeline.temporary('e');
				this.#pipeline.bind(e.id, this.#pipeline.fixed(name, value.nullable));
				const body = this.value(e.body);
				return compound(`(${name} = ${value.text}, ${body.text})`, body.nullable);
			}
			case 'coalesce':
				return this.#coalesce(e.operands);
			case 'extreme':
				return this.#extreme(e);
			case 'array':
				return this.#array(e);
			case 'row':
				return compound(`[${e.operands.map((o) => this.value(o).text).join(', ')}]`, false);
			case 'field': {
				const operand = this.#atomic(this.value(e.operand));
				return compound(operand.nullable ? `(${operand.check} === null ? null : ${operand.text}[${e.index}])` : `${operand.bare}[${e.index}]`, true);
			}
			case 'subscript':
				return this.#subscript(e);
			case 'quantified':
				return this.#quantified(e);
			case 'in-list':
				return this.#inList(e);
			case 'list-transform':
			case 'list-test':
			case 'list-fold':
				return listValue(this.#pipeline, this, e);
			case 'subquery':
				return subqueryValue(this.#pipeline, this, e);
			default:
				return assertNever(e);
		}
	}

	/** A literal where the value is a small integer or a boolean, otherwise a slot. */
	constant(value: unknown): Operand {
		if (value === null) return NULL;
		if (typeof value === 'boolean') return { text: String(value), nullable: false, atomic: true };
		if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 16 && !Object.is(value, -0))
			return { text: String(value), nullable: false, atomic: true };
		return { text: this.#pipeline.program.slot(value), nullable: false, atomic: true };
	}

	/** False only when `value` would give an operand that cannot be null. */
	mayBeNull(e: Expression): boolean {
		switch (e.kind) {
			case 'constant':
				return e.value === null;
			case 'column':
				return this.#pipeline.column(e.id).nullable;
			case 'call': {
				const inline = e.function.inline !== undefined && (e.function.strict || e.arguments.every((a) => !this.mayBeNull(a)));
				if (!inline && isPartial(e.function)) return true;
				return e.function.strict && e.arguments.some((a) => this.mayBeNull(a));
			}
			case 'and':
			case 'or':
				return e.operands.some((o) => this.mayBeNull(o));
			case 'not':
				return this.mayBeNull(e.operand);
			case 'is-null':
			case 'is-truth':
			case 'is-distinct':
			case 'row':
			case 'array':
				return false;
			case 'case':
				return e.otherwise === null || this.mayBeNull(e.otherwise) || e.branches.some((b) => this.mayBeNull(b.then));
			case 'coalesce':
				return e.operands.every((o) => this.mayBeNull(o));
			case 'extreme':
				return e.operands.every((o) => this.mayBeNull(o));
			case 'in-list':
				return this.mayBeNull(e.left) || e.list.some((item) => this.mayBeNull(item));
			case 'subquery':
				return e.mode !== 'exists' && e.mode !== 'array';
			default:
				return true;
		}
	}

	// Conditions

	/** JavaScript that is true exactly when the expression is TRUE. */
	isTrue(e: Expression): string {
		switch (e.kind) {
			case 'and':
				return `(${e.operands.map((o) => this.isTrue(o)).join(' && ')})`;
			case 'or':
				return `(${e.operands.map((o) => this.isTrue(o)).join(' || ')})`;
			case 'not':
				return this.isFalse(e.operand);
			case 'is-null':
				return this.#isNull(e);
			case 'is-truth':
				return this.#isTruth(e);
			case 'is-distinct': {
				const text = this.#areSame(e.left, e.right, e.equality);
				return e.negated ? text : `!${text}`;
			}
			case 'call': {
				const guarded = this.#guardedCall(e);
				if (guarded === null) return 'false';
				if (guarded.resultNullable) return `(${[...guarded.present, `${guarded.text} === true`].join(' && ')})`;
				return guarded.present.length === 0 ? guarded.text : `(${[...guarded.present, guarded.text].join(' && ')})`;
			}
			default: {
				const operand = this.value(e);
				return operand.nullable ? `(${operand.text} === true)` : operand.text;
			}
		}
	}

	/** JavaScript that is true exactly when the expression is FALSE. */
	isFalse(e: Expression): string {
		switch (e.kind) {
			case 'and':
				return `(${e.operands.map((o) => this.isFalse(o)).join(' || ')})`;
			case 'or':
				return `(${e.operands.map((o) => this.isFalse(o)).join(' && ')})`;
			case 'not':
				return this.isTrue(e.operand);
			case 'is-null':
			case 'is-truth':
			case 'is-distinct':
				return `!${this.isTrue(e)}`;
			case 'call': {
				const guarded = this.#guardedCall(e);
				if (guarded === null) return 'false';
				const last = guarded.resultNullable ? `${guarded.text} === false` : `!${guarded.text}`;
				return guarded.present.length === 0 ? `(${last})` : `(${[...guarded.present, last].join(' && ')})`;
			}
			default: {
				const operand = this.value(e);
				return operand.nullable ? `(${operand.text} === false)` : `!${operand.text}`;
			}
		}
	}

	#isNull(e: ExpressionOf<'is-null'>): string {
		const operand = this.value(e.operand);
		if (e.row) return `${this.#pipeline.program.slot(isNullRow)}(${operand.text}, ${e.negated})`;
		if (!operand.nullable) return operand.atomic ? String(e.negated) : `((${operand.text}, ${e.negated}))`;
		return `(${operand.text} ${e.negated ? '!==' : '==='} null)`;
	}

	#isTruth(e: ExpressionOf<'is-truth'>): string {
		if (e.value === null) return `(${this.value(e.operand).text} ${e.negated ? '!==' : '==='} null)`;
		const text = e.value ? this.isTrue(e.operand) : this.isFalse(e.operand);
		return e.negated ? `!${text}` : text;
	}

	#areSame(left: Expression, right: Expression, equality: Equality): string {
		const a = this.#atomic(this.value(left));
		const b = this.#atomic(this.value(right));
		return this.sameText(a.check, a.text, a.nullable, b.check, b.text, b.nullable, equality);
	}

	/** NOT DISTINCT of two names; the first mention of each is `…Check`. */
	sameText(aCheck: string, a: string, aNullable: boolean, bCheck: string, b: string, bNullable: boolean, equality: Equality): string {
		if (equality.identity) return `(${aCheck} === ${bCheck})`;
		const equals = this.#pipeline.program.slot(equality.equals.bind(equality));
		if (!aNullable && !bNullable) return `${equals}(${aCheck}, ${bCheck})`;
		// Both are computed first: each may be an assignment to its name.
		return `(${aCheck} === ${bCheck} || (${a} !== null && ${b} !== null && ${equals}(${a}, ${b})))`;
	}

	// Values

	/** A call as conditions that no strict argument is null, and the text of the call; null when an argument is always null. */
	#guardedCall(e: ExpressionOf<'call'>): { present: string[]; text: string; resultNullable: boolean } | null {
		const fn = e.function;
		const operands = e.arguments.map((a) => this.value(a));
		if (fn.strict && operands.some((o) => o.isNull)) return null;
		const present: string[] = [];
		const assigns: string[] = [];
		const texts = operands.map((operand) => {
			const mayBeNull = fn.strict && operand.nullable;
			if (!mayBeNull && (operand.atomic || fn.inline === undefined)) return operand.text;
			if (operand.atomic) {
				present.push(`${operand.text} !== null`);
				return operand.text;
			}
			const name = this.#pipeline.temporary();
			if (mayBeNull) present.push(`(${name} = ${operand.text}) !== null`);
			else assigns.push(`${name} = ${operand.text}`);
			return name;
		});
		// A function that is not strict gets nulls; its inline form is for arguments that are present.
		const inline = fn.inline !== undefined && (fn.strict || operands.every((o) => !o.nullable));
		let text = inline ? fn.inline!(texts) : `${this.functionSlot(fn, e)}(${[...(fn.context ? [this.functionContext()] : []), ...texts].join(', ')})`;
		if (assigns.length > 0) text = `(${assigns.join(', ')}, ${text})`;
		return { present, text, resultNullable: !inline && isPartial(fn) };
	}

	#call(e: ExpressionOf<'call'>): Operand {
		const guarded = this.#guardedCall(e);
		if (guarded === null) return NULL;
		if (guarded.present.length === 0) return compound(guarded.text, guarded.resultNullable);
		return compound(`(${guarded.present.join(' && ')} ? ${guarded.text} : null)`, true);
	}

	/** The slot of a function's JavaScript, bound to this call's types where it wants that. */
	functionSlot(
		fn: ScalarFunction,
		e: { readonly arguments: readonly Expression[]; readonly type: Type; readonly typmod: number; readonly variadic?: boolean },
	): string {
		const program = this.#pipeline.program;
		if (fn.bind === undefined) return program.slot(fn.evaluate);
		const info = { argumentTypes: e.arguments.map((a) => a.type), returnType: e.type, typmod: e.typmod, types: program.catalog, variadic: e.variadic ?? false };
		return program.slot(fn.bind(info));
	}

	functionContext(): string {
		return this.#pipeline.constant('f', 'S.functions');
	}

	#logical(e: ExpressionOf<'and' | 'or'>): Operand {
		const operands = e.operands.map((o) => this.value(o));
		const join = e.kind === 'and' ? ' && ' : ' || ';
		if (operands.every((o) => !o.nullable)) return compound(`(${operands.map((o) => o.text).join(join)})`, false);
		const absorbing = e.kind === 'and' ? 'false' : 'true';
		const tests: string[] = [];
		const names: string[] = [];
		for (const operand of operands) {
			const named = this.#atomic(operand);
			tests.push(`${named.check} === ${absorbing}`);
			if (named.nullable) names.push(named.text);
		}
		const nulls = names.map((n) => `${n} === null`).join(' || ');
		return compound(`(${tests.join(' || ')} ? ${absorbing} : ${nulls} ? null : ${e.kind === 'and'})`, true);
	}

	#case(e: ExpressionOf<'case'>): Operand {
		const otherwise = e.otherwise === null ? NULL : this.value(e.otherwise);
		let text = otherwise.text;
		let nullable = otherwise.nullable;
		for (const branch of [...e.branches].reverse()) {
			const then = this.value(branch.then);
			nullable ||= then.nullable;
			text = `${this.isTrue(branch.when)} ? ${then.text} : ${text}`;
		}
		return compound(`(${text})`, nullable);
	}

	#coalesce(operands: readonly Expression[]): Operand {
		const values = operands.map((o) => this.value(o));
		const last = values.findIndex((v) => !v.nullable);
		const used = last === -1 ? values : values.slice(0, last + 1);
		let text = used[used.length - 1]!.text;
		for (const operand of used.slice(0, -1).reverse()) {
			const named = this.#atomic(operand);
			text = `${named.check} !== null ? ${named.text} : ${text}`;
		}
		return compound(`(${text})`, last === -1);
	}

	#extreme(e: ExpressionOf<'extreme'>): Operand {
		const values = e.operands.map((o) => this.value(o));
		const present = values.some((v) => !v.nullable);
		const program = this.#pipeline.program;
		return compound(`${program.slot(extremeOf(e.ordering, e.greatest))}([${values.map((v) => v.text).join(', ')}])`, !present);
	}

	#array(e: ExpressionOf<'array'>): Operand {
		const make = this.#pipeline.program.slot(arrayOf(e.nested));
		return compound(`${make}([${e.operands.map((o) => this.value(o).text).join(', ')}])`, false);
	}

	#subscript(e: ExpressionOf<'subscript'>): Operand {
		const operand = this.value(e.operand);
		const bound = (b: Expression | null): string => (b === null ? 'undefined' : this.value(b).text);
		const isSlice = e.subscripts.some((s) => s.slice);
		const read = this.#pipeline.program.slot(subscript(e.operand.type.name === 'jsonb', isSlice));
		const list = e.subscripts.map((s) =>
			s.slice ? `${bound(s.lower)}, ${bound(s.upper)}` : isSlice ? `1, ${bound(s.upper ?? s.lower)}` : bound(s.lower ?? s.upper),
		);
		return compound(`${read}(${operand.text}, [${list.join(', ')}])`, true);
	}

	#quantified(e: ExpressionOf<'quantified'>): Operand {
		const program = this.#pipeline.program;
		const fn = e.function;
		const call =
			fn.bind === undefined
				? fn.evaluate!
				: fn.bind({ argumentTypes: [e.left.type, e.elementType], returnType: e.type, typmod: -1, types: program.catalog, variadic: false });
		const test = program.slot(quantified(call as (...values: unknown[]) => unknown, fn.strict, fn.context, e.all));
		const context = fn.context ? this.functionContext() : 'null';
		return compound(`${test}(${context}, ${this.value(e.left).text}, ${this.value(e.array).text})`, true);
	}

	#inList(e: ExpressionOf<'in-list'>): Operand {
		const constants = e.list.every((item) => item.kind === 'constant');
		const left = this.#atomic(this.value(e.left));
		const hasNull = e.list.some((item) => item.kind === 'constant' && item.value === null);
		if (left.isNull) return NULL;
		if (constants && e.list.length > CHAINED_LIST_MAX) {
			const keys = new Set(e.list.flatMap((item) => (item.kind === 'constant' && item.value !== null ? [e.equality.key(item.value)] : [])));
			const found = `${this.#pipeline.program.slot(keys)}.has(${this.keyText(left.text, e.equality)})`;
			const result = hasNull ? `(${found} ? true : null)` : found;
			return compound(left.nullable ? `(${left.check} === null ? null : ${result})` : bareFirst(left, result), left.nullable || hasNull);
		}
		const items = e.list.map((item) => this.#atomic(this.value(item)));
		const nullable = items.some((i) => i.nullable);
		const tests = items
			.filter((i) => !i.isNull)
			.map((item) => {
				if (e.equality.identity) return `${left.text} === ${item.check}`;
				const equals = this.#pipeline.program.slot(e.equality.equals.bind(e.equality));
				return item.nullable ? `(${item.check} !== null && ${equals}(${left.text}, ${item.text}))` : `${equals}(${left.text}, ${item.check})`;
			});
		const any = tests.length === 0 ? 'false' : tests.join(' || ');
		const nulls = items.filter((i) => i.nullable).map((i) => (i.isNull ? 'true' : `${i.text} === null`));
		const result = nullable ? `(${any} ? true : ${nulls.join(' || ')} ? null : false)` : `(${any})`;
		return compound(left.nullable ? `(${left.check} === null ? null : ${result})` : bareFirst(left, result), left.nullable || nullable);
	}

	/** The key of a value that is not null. */
	keyText(text: string, equality: Equality): string {
		if (equality.identity) return text;
		const call = `${this.#pipeline.program.slot(equality.key.bind(equality))}(${text})`;
		return equality.numbersAreKeys === true ? `(typeof ${text} === 'number' ? ${text} : ${call})` : call;
	}

	/** Makes sure that a value can be mentioned twice: first as `check`, then as `text`. */
	#atomic(operand: Operand): { check: string; bare: string; text: string; nullable: boolean; isNull: boolean; first: string | null } {
		const isNull = operand.isNull ?? false;
		if (operand.atomic) return { check: operand.text, bare: operand.text, text: operand.text, nullable: operand.nullable, isNull, first: null };
		const name = this.#pipeline.temporary();
		const assign = `(${name} = ${operand.text})`;
		return { check: assign, bare: operand.text, text: name, nullable: operand.nullable, isNull, first: assign };
	}
}

/** May give null for arguments that are not. */
function isPartial(fn: ScalarFunction): boolean {
	return fn.comparison === undefined || fn.comparison.partial === true;
}

function bareFirst(left: { readonly first: string | null }, result: string): string {
	return left.first === null ? result : `(${left.first}, ${result})`;
}

function compound(text: string, nullable: boolean): Operand {
	return { text, nullable, atomic: false };
}
