/**
 * Runs SQL/JSON paths over jsonb trees. Items are passed on depth first, one at a time, so that what was found before a suppressed
 * error is kept. In lax mode arrays unwrap where an object or scalar is wanted and what is missing is skipped; in strict mode both
 * are errors. An error inside a predicate makes it unknown.
 *
 * Besides jsonb's own kinds an item may be a date or time, made by `.datetime()`: it compares as such and becomes text at the end.
 */
import { PolylogError, sqlError } from '../../platform/errors.ts';
import { Decimal } from '../../value/decimal.ts';
import { JSON_NULL, type Jsonb, JsonbArray, JsonbObject, jsonbKind } from '../../value/jsonb.ts';
import { compareText } from '../../value/text-order.ts';
import type { TimeZone } from '../../value/time-zone.ts';
import { formatFloat8, parseFloat8 } from '../../value/value-text.ts';
import { compareDateTimes, type DateTimeItem, dateTimeText, isDateTime, parseDateTime } from './json-path-date-time.ts';
import { JsonPathFailure } from './json-path-failure.ts';
import { placeInRoot } from './json-path-layout.ts';
import { regexFlags } from './json-path-parser.ts';
import { type ComparisonOperator, isPredicate, type JsonPath, type PathExpression, type PathPredicate, type PathStep } from './json-path-tree.ts';
import { compileRegex } from './regular-expression.ts';

export type PathItem = Jsonb | DateTimeItem;
type Emit = (item: PathItem) => void;
/** Null is unknown. */
type Truth = boolean | null;

const NO_OBJECT = '2203A';
const NO_ARRAY = '22039';
const BAD_SUBSCRIPT = '22033';
const NO_NUMBER = '22036';
const NOT_SINGLE_NUMBER = '22038';
const NOT_NUMERIC = '2203B';

/** How a run is set up. */
export interface PathRun {
	readonly root: Jsonb;
	readonly variables: JsonbObject;
	/** Null: comparisons that need a time zone are refused. */
	readonly zone: TimeZone | null;
	/** Only whether there is an item matters: in lax mode a sign before the whole path skips what is no number. */
	readonly onlyExistence?: boolean;
}

/** All items a path leads to. Those found before an error are in `found` when it is thrown. */
export function runJsonPath(path: JsonPath, run: PathRun, found: Jsonb[]): void {
	new PathExecutor(path, run).evaluate(path.expression, run.root, (item) => found.push(isDateTime(item) ? dateTimeText(item) : item));
}

class PathExecutor {
	readonly isStrict: boolean;
	readonly run: PathRun;
	/** What `last` means: the length of the array whose subscripts are evaluated. */
	lengths: number[] = [];
	/** Under `.**` missing members are no errors even in strict mode. */
	ignoresStructure: boolean;

	readonly whole: PathExpression;

	constructor(path: JsonPath, run: PathRun) {
		this.whole = path.expression;
		this.isStrict = path.isStrict;
		this.ignoresStructure = !path.isStrict;
		this.run = run;
	}

	evaluate(expression: PathExpression, current: PathItem, emit: Emit): void {
		switch (expression.kind) {
			case 'root':
				emit(this.run.root);
				return;
			case 'current':
				emit(current);
				return;
			case 'last':
				emit(Decimal.fromInteger(this.lengths[this.lengths.length - 1]! - 1));
				return;
			case 'null':
				emit(JSON_NULL);
				return;
			case 'boolean':
			case 'string':
			case 'number':
				emit(expression.value);
				return;
			case 'variable':
				emit(this.#variable(expression.name));
				return;
			case 'steps':
				this.evaluate(expression.start, current, (item) => this.#step(expression.steps, 0, item, emit));
				return;
			case 'arithmetic':
				emit(this.#arithmetic(expression, current));
				return;
			case 'unary':
				this.#unary(expression, current, emit);
				return;
			default: {
				const truth = this.#predicate(expression, current);
				emit(truth === null ? JSON_NULL : truth);
			}
		}
	}

	#variable(name: string): Jsonb {
		const value = this.run.variables.get(name);
		if (value === undefined) throw sqlError('42704', `could not find jsonpath variable "${name}"`);
		return value;
	}

	/** Items of an expression, arrays among them unwrapped in lax mode. */
	#items(expression: PathExpression, current: PathItem): PathItem[] {
		const items: PathItem[] = [];
		this.evaluate(expression, current, (item) => {
			if (!this.isStrict && item instanceof JsonbArray) items.push(...item.items);
			else items.push(item);
		});
		return items;
	}

	#number(expression: PathExpression, current: PathItem, side: string, operator: string): Decimal {
		const items = this.#items(expression, current);
		if (items.length === 1 && items[0] instanceof Decimal) return items[0];
		throw new JsonPathFailure(NOT_SINGLE_NUMBER, `${side} operand of jsonpath operator ${operator} is not a single numeric value`);
	}

	#arithmetic(expression: Extract<PathExpression, { kind: 'arithmetic' }>, current: PathItem): Decimal {
		const left = this.#number(expression.left, current, 'left', expression.operator);
		const right = this.#number(expression.right, current, 'right', expression.operator);
		switch (expression.operator) {
			case '+':
				return left.add(right);
			case '-':
				return left.subtract(right);
			case '*':
				return left.multiply(right);
			default:
				if (right.sign === 0) throw new JsonPathFailure('22012', 'division by zero');
				return expression.operator === '/' ? left.divide(right) : left.modulo(right);
		}
	}

	#unary(expression: Extract<PathExpression, { kind: 'unary' }>, current: PathItem, emit: Emit): void {
		for (const item of this.#items(expression.operand, current)) {
			if (!(item instanceof Decimal)) {
				if (this.run.onlyExistence === true && !this.isStrict && expression === this.whole) continue;
				throw new JsonPathFailure(NOT_NUMERIC, `operand of unary jsonpath operator ${expression.operator} is not a numeric value`);
			}
			emit(expression.operator === '-' ? item.negate() : item);
		}
	}

	#step(steps: readonly PathStep[], index: number, item: PathItem, emit: Emit): void {
		const step = steps[index];
		if (step === undefined) {
			emit(item);
			return;
		}
		this.#apply(step, item, !this.isStrict, (next) => this.#step(steps, index + 1, next, emit));
	}

	/** One step; `unwrap` when an array stands for its elements. */
	#apply(step: PathStep, item: PathItem, unwrap: boolean, emit: Emit): void {
		switch (step.kind) {
			case 'key':
				this.#key(step, item, unwrap, emit);
				return;
			case 'any-key':
				this.#anyKey(step, item, unwrap, emit);
				return;
			case 'any-element':
				if (item instanceof JsonbArray) item.items.forEach(emit);
				else if (!this.isStrict) emit(item);
				else if (!this.ignoresStructure) throw new JsonPathFailure(NO_ARRAY, 'jsonpath wildcard array accessor can only be applied to an array');
				return;
			case 'elements':
				this.#elements(step, item, emit);
				return;
			case 'any-level':
				this.#anyLevel(step, item, emit);
				return;
			case 'filter':
				if (unwrap && item instanceof JsonbArray) this.#unwrapped(step, item, emit);
				else if (this.#predicate(step.predicate, item) === true) emit(item);
				return;
			case 'method':
				this.#method(step, item, unwrap, emit);
		}
	}

	/** The step applied to each element of an array. */
	#unwrapped(step: PathStep, array: JsonbArray, emit: Emit): void {
		for (const element of array.items) this.#apply(step, element, false, emit);
	}

	#key(step: Extract<PathStep, { kind: 'key' }>, item: PathItem, unwrap: boolean, emit: Emit): void {
		if (item instanceof JsonbObject) {
			const value = item.get(step.name);
			if (value !== undefined) emit(value);
			else if (!this.ignoresStructure) throw new JsonPathFailure(NO_OBJECT, `JSON object does not contain key "${step.name}"`);
		} else if (unwrap && item instanceof JsonbArray) this.#unwrapped(step, item, emit);
		else if (!this.ignoresStructure) throw new JsonPathFailure(NO_OBJECT, 'jsonpath member accessor can only be applied to an object');
	}

	#anyKey(step: PathStep, item: PathItem, unwrap: boolean, emit: Emit): void {
		if (item instanceof JsonbObject) item.values.forEach(emit);
		else if (unwrap && item instanceof JsonbArray) this.#unwrapped(step, item, emit);
		else if (!this.ignoresStructure) throw new JsonPathFailure('2203C', 'jsonpath wildcard member accessor can only be applied to an object');
	}

	#elements(step: Extract<PathStep, { kind: 'elements' }>, item: PathItem, emit: Emit): void {
		if (!(item instanceof JsonbArray) && this.isStrict) {
			if (!this.ignoresStructure) throw new JsonPathFailure(NO_ARRAY, 'jsonpath array accessor can only be applied to an array');
			return;
		}
		const items: readonly PathItem[] = item instanceof JsonbArray ? item.items : [item];
		for (const { from, to } of step.ranges) {
			this.lengths.push(items.length);
			const first = this.#index(from, item);
			const last = to === null ? first : this.#index(to, item);
			this.lengths.pop();
			if (!this.ignoresStructure && (first < 0 || first > last || last >= items.length)) {
				throw new JsonPathFailure(BAD_SUBSCRIPT, 'jsonpath array subscript is out of bounds');
			}
			for (let index = Math.max(first, 0); index <= Math.min(last, items.length - 1); index++) emit(items[index]!);
		}
	}

	#index(expression: PathExpression, item: PathItem): number {
		const found: PathItem[] = [];
		this.evaluate(expression, item, (value) => found.push(value));
		const number = found[0];
		if (found.length !== 1 || !(number instanceof Decimal)) throw new JsonPathFailure(BAD_SUBSCRIPT, 'jsonpath array subscript is not a single numeric value');
		const index = Number(number.truncate(0).toString());
		if (index > 2147483647 || index < -2147483648) throw new JsonPathFailure(BAD_SUBSCRIPT, 'jsonpath array subscript is out of integer range');
		return index;
	}

	#anyLevel(step: Extract<PathStep, { kind: 'any-level' }>, item: PathItem, emit: Emit): void {
		const before = this.ignoresStructure;
		const emitLoose: Emit = (found) => {
			this.ignoresStructure = true;
			emit(found);
			this.ignoresStructure = before;
		};
		if (step.first === 0) emitLoose(item);
		this.#descend(step, item, 1, emitLoose);
	}

	#descend(step: Extract<PathStep, { kind: 'any-level' }>, item: PathItem, level: number, emit: Emit): void {
		if (level > step.last) return;
		const children = item instanceof JsonbArray ? item.items : item instanceof JsonbObject ? item.values : [];
		const onlyLeaves = step.first === Number.POSITIVE_INFINITY;
		for (const child of children) {
			const isContainer = child instanceof JsonbArray || child instanceof JsonbObject;
			if (level >= step.first || (onlyLeaves && !isContainer)) emit(child);
			if (isContainer) this.#descend(step, child, level + 1, emit);
		}
	}

	#method(step: Extract<PathStep, { kind: 'method' }>, item: PathItem, unwrap: boolean, emit: Emit): void {
		if (step.name === 'type') {
			emit(isDateTime(item) ? item.typeName : jsonbKind(item));
			return;
		}
		if (step.name === 'size') {
			if (!(item instanceof JsonbArray) && this.isStrict && !this.ignoresStructure) {
				throw new JsonPathFailure(NO_ARRAY, 'jsonpath item method .size() can only be applied to an array');
			}
			emit(Decimal.fromInteger(item instanceof JsonbArray ? item.items.length : 1));
			return;
		}
		if (unwrap && item instanceof JsonbArray) this.#unwrapped(step, item, emit);
		else if (step.name === 'keyvalue') keyValues(this.run.root, item, emit);
		else if (step.name === 'datetime') {
			if (typeof item !== 'string') throw new JsonPathFailure('22031', 'jsonpath item method .datetime() can only be applied to a string');
			emit(parseDateTime(item, step.argument, this.run.zone));
		} else emit(step.name === 'double' ? double(item) : numericMethod(step.name, item));
	}

	#predicate(expression: PathExpression, current: PathItem): Truth {
		if (!isPredicate(expression)) throw sqlError('42601', 'syntax error in jsonpath: predicate expected');
		switch (expression.kind) {
			case 'and': {
				const left = this.#predicate(expression.left, current);
				if (left === false) return false;
				const right = this.#predicate(expression.right, current);
				return right === false ? false : left === null ? null : right;
			}
			case 'or': {
				const left = this.#predicate(expression.left, current);
				if (left === true) return true;
				const right = this.#predicate(expression.right, current);
				return right === true ? true : left === null ? null : right;
			}
			case 'not': {
				const truth = this.#predicate(expression.operand, current);
				return truth === null ? null : !truth;
			}
			case 'is-unknown':
				return this.#predicate(expression.operand, current) === null;
			case 'exists':
				return this.#exists(expression.operand, current);
			default:
				return this.#match(expression, current);
		}
	}

	#exists(operand: PathExpression, current: PathItem): Truth {
		let isFound = false;
		try {
			this.evaluate(operand, current, () => {
				isFound = true;
				// In lax mode one item is enough, whatever comes after it.
				if (!this.isStrict) throw FOUND;
			});
		} catch (error) {
			if (error === FOUND) return true;
			if (error instanceof JsonPathFailure) return null;
			throw error;
		}
		return isFound;
	}

	/** Predicates over the items of operands: true if any combination is. */
	#match(predicate: Extract<PathPredicate, { kind: 'comparison' | 'starts-with' | 'like-regex' }>, current: PathItem): Truth {
		const lefts = this.#operand(predicate.kind === 'comparison' ? predicate.left : predicate.operand, current, true);
		if (lefts === null) return null;
		const rights =
			predicate.kind === 'comparison'
				? this.#operand(predicate.right, current, true)
				: predicate.kind === 'starts-with'
					? this.#operand(predicate.prefix, current, false)
					: [JSON_NULL];
		if (rights === null) return null;
		let isFound = false;
		let isUnknown = false;
		for (const left of lefts) {
			for (const right of rights) {
				const truth = this.#test(predicate, left, right);
				if (truth === null) {
					if (this.isStrict) return null;
					isUnknown = true;
				} else if (truth) {
					if (!this.isStrict) return true;
					isFound = true;
				}
			}
		}
		return isFound ? true : isUnknown ? null : false;
	}

	#operand(expression: PathExpression, current: PathItem, unwrap: boolean): PathItem[] | null {
		try {
			if (unwrap) return this.#items(expression, current);
			const items: PathItem[] = [];
			this.evaluate(expression, current, (item) => items.push(item));
			return items;
		} catch (error) {
			if (error instanceof JsonPathFailure) return null;
			throw error;
		}
	}

	#test(predicate: PathPredicate, left: PathItem, right: PathItem): Truth {
		switch (predicate.kind) {
			case 'comparison':
				return compare(predicate.operator, left, right, this.run.zone);
			case 'starts-with':
				return typeof left === 'string' && typeof right === 'string' ? left.startsWith(right) : null;
			case 'like-regex': {
				if (typeof left !== 'string') return null;
				const { regExp } = compileRegex(predicate.pattern, regexFlags(predicate.flags));
				regExp.lastIndex = 0;
				return regExp.test(left);
			}
			default:
				return null;
		}
	}
}

const FOUND = Symbol('found');

function keyValues(root: Jsonb, item: PathItem, emit: Emit): void {
	if (!(item instanceof JsonbObject)) throw new JsonPathFailure('2203C', 'jsonpath item method .keyvalue() can only be applied to an object');
	const id = Decimal.fromInteger(placeInRoot(root, item));
	item.keys.forEach((key, index) => {
		emit(
			JsonbObject.from([
				['id', id],
				['key', key],
				['value', item.values[index]!],
			]),
		);
	});
}

function double(item: PathItem): Decimal {
	if (!(item instanceof Decimal) && typeof item !== 'string') {
		throw new JsonPathFailure(NO_NUMBER, 'jsonpath item method .double() can only be applied to a string or numeric value');
	}
	const kind = item instanceof Decimal ? 'numeric' : 'string';
	const value = floatOf(item.toString());
	if (value !== null && Number.isFinite(value)) return item instanceof Decimal ? item : Decimal.parse(formatFloat8(value));
	const isTooLarge = item instanceof Decimal && value === null;
	throw new JsonPathFailure(
		NO_NUMBER,
		isTooLarge
			? 'numeric argument of jsonpath item method .double() is out of range for type double precision'
			: `${kind} argument of jsonpath item method .double() is not a valid representation of a double precision number`,
	);
}

/** Null for a text that is no float8, or one out of range. */
function floatOf(text: string): number | null {
	try {
		return parseFloat8(text);
	} catch (error) {
		if (error instanceof PolylogError) return null;
		throw error;
	}
}

function numericMethod(name: string, item: PathItem): Decimal {
	if (!(item instanceof Decimal)) throw new JsonPathFailure(NO_NUMBER, `jsonpath item method .${name}() can only be applied to a numeric value`);
	return name === 'abs' ? item.abs() : name === 'floor' ? item.floor() : item.ceil();
}

/** Null compares with all kinds, others only with their own. */
function compare(operator: ComparisonOperator, left: PathItem, right: PathItem, zone: TimeZone | null): Truth {
	if (isDateTime(left) || isDateTime(right)) {
		if (isDateTime(left) && isDateTime(right)) {
			const order = compareDateTimes(left, right, zone);
			return order === null ? null : holds(operator, order);
		}
		return left === JSON_NULL || right === JSON_NULL ? operator === '!=' : null;
	}
	const kind = jsonbKind(left);
	if (kind !== jsonbKind(right)) return kind === 'null' || right === JSON_NULL ? operator === '!=' : null;
	switch (kind) {
		case 'null':
			return holds(operator, 0);
		case 'boolean':
			return holds(operator, Number(left) - Number(right));
		case 'number':
			return holds(operator, (left as Decimal).compare(right as Decimal));
		case 'string':
			return holds(operator, compareText(left as string, right as string));
		default:
			return null;
	}
}

function holds(operator: ComparisonOperator, order: number): boolean {
	switch (operator) {
		case '==':
			return order === 0;
		case '!=':
			return order !== 0;
		case '<':
			return order < 0;
		case '<=':
			return order <= 0;
		case '>':
			return order > 0;
		case '>=':
			return order >= 0;
	}
}
