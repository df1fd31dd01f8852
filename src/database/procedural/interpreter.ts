/**
 * Runs the tree of a procedure. Statements are generators, which give way at the places where the call may stop for others or must
 * wait (`Pause`): a call from inside a query runs them to the end in one turn, a block of its own (DO, CALL) lets others run between.
 *
 * Every statement inside runs in the transaction of the call. Those of a volatile procedure see the newest state and what was changed
 * before them, those of others what the caller's statement sees. A statement that must wait for a lock is undone alone, waits, and
 * is run again.
 *
 * Generators cost more than most statements: assignments, IF and EXIT by expressions that need no statement of their own are run
 * straight on (`#rush`) up to the first statement that may give way. Then the generators take over, and give back behind it.
 */
import type { DatumType } from '../../language/sql/procedural/analyze-text.ts';
import type { Block, SqlText, Statement, Target } from '../../language/sql/procedural/syntax.ts';
import { PolylogError, sqlError } from '../../platform/errors.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { BOOL, baseTypeOf, INT4, TEXT } from '../../value/builtin-types.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { Type } from '../../value/type.ts';
import type { DatabaseSession } from '../session.ts';
import { goBack, marksOf } from '../utility/transaction-control.ts';
import { CursorSteps } from './cursor-steps.ts';
import { diagnostic, raise } from './diagnostics.ts';
import { catches } from './error-handlers.ts';
import { Frame, fieldsOf } from './frame.ts';
import type { CompiledValue, Procedure } from './procedure.ts';
import { QuerySteps, within } from './query-steps.ts';
import { ResultSteps } from './result-steps.ts';

/** 'turn': others may run; 'wait': for what the transaction or the session's control waits for; a promise: for that. */
export type Pause = 'turn' | 'wait' | Promise<unknown>;
export type Steps<T> = Generator<Pause, T, unknown>;

/** How a statement was left. */
export type Outcome = 'next' | 'exit' | 'continue' | 'return';

/** Statements between two looks at the clock. */
const CLOCK_STATEMENTS = 64;
const SLICE_MS = 8;
const BOOLEAN: DatumType = { type: BOOL, typmod: -1 };

const NAMES: Readonly<Partial<Record<Statement['kind'], string>>> = {
	block: 'statement block',
	assign: 'assignment',
	if: 'IF',
	case: 'CASE',
	loop: 'LOOP',
	while: 'WHILE',
	'for-integer': 'FOR with integer loop variable',
	foreach: 'FOREACH over array',
	return: 'RETURN',
	'return-next': 'RETURN NEXT',
	'return-query': 'RETURN QUERY',
	raise: 'RAISE',
	assert: 'ASSERT',
	sql: 'SQL statement',
	perform: 'PERFORM',
	execute: 'EXECUTE',
	open: 'OPEN',
	close: 'CLOSE',
};

/** The kind of a statement, as contexts name it. */
function statementName(statement: Statement): string {
	switch (statement.kind) {
		case 'for-query':
			return statement.source.kind === 'static'
				? 'FOR over SELECT rows'
				: statement.source.kind === 'dynamic'
					? 'FOR over EXECUTE statement'
					: 'FOR over cursor';
		case 'exit':
			return statement.isContinue ? 'CONTINUE' : 'EXIT';
		case 'diagnostics':
			return statement.stacked ? 'GET STACKED DIAGNOSTICS' : 'GET DIAGNOSTICS';
		case 'fetch':
			return statement.isMove ? 'MOVE' : 'FETCH';
		case 'call':
			return statement.isDo ? 'DO' : 'CALL';
		case 'commit':
			return statement.isRollback ? 'ROLLBACK' : 'COMMIT';
		default:
			return NAMES[statement.kind] ?? statement.kind;
	}
}

export class Interpreter {
	readonly session: DatabaseSession;
	readonly procedure: Procedure;
	readonly frame: Frame;
	readonly queries: QuerySteps;
	readonly cursors: CursorSteps;
	readonly results: ResultSteps;
	/** Errors that handlers deal with now, the newest last. */
	readonly handled: PolylogError[] = [];
	/** An error that a handler raised again: its context is told already. */
	again: PolylogError | null = null;
	/** Rows of the statement that ran last. */
	rowCount = 0;
	/** The loop or block that EXIT or CONTINUE names; null: the innermost loop. */
	label: string | null = null;
	#statement: Statement | null = null;
	/** What happens outside of statements. */
	#phase = '';
	#count = 0;
	/** Where `#rush` stopped: the innermost body first. */
	#stopped: { readonly statements: readonly Statement[]; readonly at: number }[] = [];
	/** Of an IF that it stopped at: the first branch whose condition was not looked at. */
	#branch = 0;
	#sliceStart: number;

	constructor(session: DatabaseSession, procedure: Procedure, transaction: OwnedTransaction) {
		this.session = session;
		this.procedure = procedure;
		this.frame = new Frame(session, procedure, transaction);
		this.queries = new QuerySteps(this);
		this.cursors = new CursorSteps(this);
		this.results = new ResultSteps(this);
		this.#sliceStart = performance.now();
	}

	get transaction(): OwnedTransaction {
		return this.frame.transaction;
	}

	/** Where the call is: a line of PostgreSQL's CONTEXT. */
	get where(): string {
		const at = this.#statement;
		const { object } = this.procedure;
		if (object?.language === 'sql') return `SQL function "${object.name}"${at === null || at.line === 0 ? '' : ` statement ${at.line}`}`;
		const name = `PL/pgSQL function ${this.procedure.name}`;
		if (this.#phase !== '') return at === null || this.#phase.startsWith('while') ? `${name} ${this.#phase}` : `${name} line ${at.line} ${this.#phase}`;
		return at === null ? name : `${name} line ${at.line} at ${statementName(at)}`;
	}

	*run(): Steps<void> {
		const { body } = this.procedure.routine;
		const outcome = yield* this.#block(body);
		if (outcome === 'exit' || outcome === 'continue') throw sqlError('2F005', 'control reached end of function without RETURN');
		if (outcome === 'next') {
			this.#statement = null;
			this.results.end();
		}
	}

	/** The result as the caller's type, when the call is over. */
	finish<T>(cast: () => T): T {
		this.#phase = "while casting return value to function's return type";
		const result = cast();
		this.#phase = '';
		return result;
	}

	// ---- values ----

	*value(text: SqlText, wanted: DatumType | null): Steps<unknown> {
		const compiled = this.compiled(text, wanted);
		return compiled.isSimple ? this.frame.simple(compiled.program) : yield* this.queries.value(compiled, text);
	}

	/** An expression, analysed and compiled as things stand. */
	compiled(text: SqlText, wanted: DatumType | null): CompiledValue {
		try {
			return this.procedure.value(this.session, text, this.frame, wanted);
		} catch (error) {
			throw within(error, `SQL expression "${text.text}"`);
		}
	}

	*valueOf(compiled: CompiledValue, text: SqlText): Steps<unknown> {
		return compiled.isSimple ? this.frame.simple(compiled.program) : yield* this.queries.value(compiled, text);
	}

	*condition(text: SqlText): Steps<boolean> {
		return (yield* this.value(text, BOOLEAN)) === true;
	}

	*assign(target: Target, text: SqlText): Steps<void> {
		const { frame, session, procedure } = this;
		if (target.isPart) {
			const compiled = procedure.part(session, target, text, frame);
			frame.set(target.datum, yield* this.valueOf(compiled, text));
			return;
		}
		const compiled = this.compiled(text, frame.isOpen(target.datum) ? null : this.#wanted(target.datum));
		this.#store(target.datum, yield* this.valueOf(compiled, text), compiled);
	}

	#store(datum: number, value: unknown, { type, typmod }: CompiledValue): void {
		const { frame } = this;
		if (frame.isOpen(datum) || type.oid !== frame.types[datum]!.type.oid) frame.assign(datum, value, type, typmod);
		else frame.set(datum, value);
	}

	/** Rows are converted field by field when they are there. */
	#wanted(datum: number): DatumType | null {
		const type = this.frame.types[datum] ?? null;
		return type !== null && baseTypeOf(type.type, this.session.catalog).fields.length > 0 ? null : type;
	}

	/** Assigns a value at hand to a part of a variable. */
	readonly setPart = (target: Target, value: unknown, shape: { readonly type: Type; readonly typmod: number }): void => {
		const { frame } = this;
		const assigned = this.procedure.routine.scope.names.get('__assigned__')!;
		frame.types[assigned] = { type: shape.type, typmod: shape.typmod };
		frame.values[assigned] = value;
		const compiled = this.procedure.part(this.session, target, target.part!, frame);
		frame.set(target.datum, frame.simple(compiled.program));
	};

	assignRow(
		targets: readonly Target[],
		row: readonly unknown[] | null,
		columns: readonly { readonly name: string; readonly type: Type; readonly typmod: number }[],
	): void {
		this.frame.assignInto(targets, row, columns, this.setPart);
	}

	// ---- blocks ----

	*#block(block: Block): Steps<Outcome> {
		this.#statement = block;
		this.#phase = 'during statement block local variable initialization';
		for (const number of block.datums) yield* this.#initialize(number);
		this.#phase = '';
		const outcome = block.handlers.length === 0 ? yield* this.#body(block.body) : yield* this.#guarded(block);
		if (outcome !== 'exit' || this.label === null || this.label !== block.label) return outcome;
		this.label = null;
		return 'next';
	}

	*#initialize(number: number): Steps<void> {
		const { frame, procedure } = this;
		const datum = procedure.routine.datums[number]!;
		frame.values[number] = null;
		if (frame.isOpen(number)) frame.types[number] = null;
		if (datum.cursor !== null) {
			frame.values[number] = null;
			return;
		}
		if (datum.initial !== null) yield* this.assign({ datum: number, text: datum.name, isPart: false, scope: datum.scope, part: null }, datum.initial);
		else {
			const type = frame.types[number];
			// A domain may forbid null.
			if (type !== null && type !== undefined && type.type.kind === 'domain')
				frame.values[number] = frame.convert(null, baseTypeOf(type.type, this.session.catalog), type.type, -1);
		}
	}

	/** A block with handlers: what it does is undone when an error leaves it. */
	*#guarded(block: Block): Steps<Outcome> {
		const { session, transaction, handled } = this;
		const savepoint = transaction.savepoint('', true);
		const marks = marksOf(session);
		const cursors = new Set(session.cursors.keys());
		try {
			const outcome = yield* this.#body(block.body);
			transaction.release(savepoint);
			return outcome;
		} catch (error) {
			const handler = block.handlers.find((h) => catches(h, error));
			if (handler === undefined || !(error instanceof PolylogError)) throw error;
			if (error.where === undefined || !error.where.endsWith(this.where)) error.where = joined(error.where, this.where);
			transaction.rollbackTo(savepoint);
			transaction.startStatement();
			goBack(session, marks);
			for (const [name, cursor] of session.cursors) {
				if (cursors.has(name)) continue;
				cursor.close();
				session.cursors.delete(name);
			}
			this.frame.values[block.state] = error.sqlstate ?? 'XX000';
			this.frame.values[block.message] = error.message;
			handled.push(error);
			try {
				return yield* this.#body(handler.body);
			} finally {
				handled.pop();
			}
		}
	}

	*#body(statements: readonly Statement[]): Steps<Outcome> {
		return this.#rush(statements, 0) ?? (yield* this.#resume());
	}

	/** Runs statements from a place on without giving way; null: where it stopped is in `#stopped`. */
	#rush(statements: readonly Statement[], from: number): Outcome | null {
		for (let at = from; at < statements.length; at++) {
			const statement = statements[at]!;
			this.#statement = statement;
			const outcome = (++this.#count & (CLOCK_STATEMENTS - 1)) === 0 ? null : this.#straight(statement);
			if (outcome === 'next') continue;
			if (outcome === null) this.#stopped.push({ statements, at });
			return outcome;
		}
		return 'next';
	}

	/** A statement that cannot give way; null: it may, and nothing of it was run but conditions before `#branch`. */
	#straight(statement: Statement): Outcome | null {
		switch (statement.kind) {
			case 'assign':
				return this.#assignStraight(statement.target, statement.value) ? 'next' : null;
			case 'if':
				return this.#ifStraight(statement);
			case 'exit':
				if (statement.condition !== null) {
					const compiled = this.compiled(statement.condition, BOOLEAN);
					if (!compiled.isSimple) return null;
					if (this.frame.simple(compiled.program) !== true) return 'next';
				}
				this.label = statement.label;
				return statement.isContinue ? 'continue' : 'exit';
			default:
				return null;
		}
	}

	#ifStraight({ branches, otherwise }: Extract<Statement, { kind: 'if' }>): Outcome | null {
		for (let i = 0; i < branches.length; i++) {
			const { condition, body } = branches[i]!;
			const compiled = this.compiled(condition, BOOLEAN);
			if (!compiled.isSimple) {
				this.#branch = i;
				return null;
			}
			if (this.frame.simple(compiled.program) === true) return this.#rush(body, 0);
		}
		return this.#rush(otherwise, 0);
	}

	#assignStraight(target: Target, text: SqlText): boolean {
		if (target.isPart) return false;
		const { frame } = this;
		const compiled = this.compiled(text, frame.isOpen(target.datum) ? null : this.#wanted(target.datum));
		if (!compiled.isSimple) return false;
		this.#store(target.datum, frame.simple(compiled.program), compiled);
		return true;
	}

	/** Runs the statement that `#rush` stopped at, and all behind it in the bodies around, the innermost first. */
	*#resume(): Steps<Outcome> {
		const levels = this.#stopped;
		this.#stopped = [];
		const branch = this.#branch;
		this.#branch = 0;
		const { statements, at } = levels[0]!;
		if ((this.#count & (CLOCK_STATEMENTS - 1)) === 0) yield* this.#look();
		let outcome = yield* this.#step(statements[at]!, branch);
		for (const level of levels) {
			if (outcome !== 'next') return outcome;
			outcome = this.#rush(level.statements, level.at + 1) ?? (yield* this.#resume());
		}
		return outcome;
	}

	/** Stops when cancelled; lets others run when the slice of time is over. */
	*#look(): Steps<void> {
		this.session.checkCancelled();
		if (performance.now() - this.#sliceStart < SLICE_MS) return;
		yield 'turn';
		this.#sliceStart = performance.now();
	}

	/** `branch`: the first of an IF whose condition was not looked at yet. */
	*#step(statement: Statement, branch: number): Steps<Outcome> {
		switch (statement.kind) {
			case 'block':
				return yield* this.#block(statement);
			case 'assign':
				yield* this.assign(statement.target, statement.value);
				return 'next';
			case 'if':
				for (const { condition, body } of statement.branches.slice(branch)) if (yield* this.condition(condition)) return yield* this.#body(body);
				return yield* this.#body(statement.otherwise);
			case 'case':
				return yield* this.#case(statement);
			case 'loop':
				return yield* this.#loop(statement, null);
			case 'while':
				return yield* this.#loop(statement, statement.condition);
			case 'for-integer':
				return yield* this.#integers(statement);
			case 'for-query':
				return yield* this.cursors.loop(statement);
			case 'foreach':
				return yield* this.#elements(statement);
			case 'exit':
				if (statement.condition !== null && !(yield* this.condition(statement.condition))) return 'next';
				this.label = statement.label;
				return statement.isContinue ? 'continue' : 'exit';
			case 'return':
				yield* this.results.take(statement.value);
				return 'return';
			default:
				yield* this.#plain(statement);
				return 'next';
		}
	}

	/** Statements that always go on to the next. */
	*#plain(statement: Statement): Steps<void> {
		switch (statement.kind) {
			case 'return-next':
				return yield* this.results.next(statement.value);
			case 'return-query':
				return yield* this.results.query(statement.source);
			case 'raise':
				return yield* raise(this, statement);
			case 'assert':
				return yield* this.#assert(statement);
			case 'sql':
				return yield* this.queries.statement(statement.query, statement.into);
			case 'perform':
				return yield* this.queries.perform(statement.query);
			case 'call':
				return yield* this.queries.call(statement.query);
			case 'execute':
				return yield* this.queries.execute(statement.dynamic, statement.into);
			case 'diagnostics':
				for (const { target, item } of statement.items) {
					const { value, type } = diagnostic(this, item, statement.stacked);
					this.assignRow([target], [value], [{ name: '', type, typmod: -1 }]);
				}
				return;
			case 'open':
				return yield* this.cursors.open(statement);
			case 'fetch':
				return yield* this.cursors.fetch(statement);
			case 'close':
				return this.cursors.close(statement.datum);
			case 'commit':
				return yield* this.queries.endTransaction(statement.isRollback, statement.chain);
			default:
		}
	}

	*#case(statement: Extract<Statement, { kind: 'case' }>): Steps<Outcome> {
		const { frame } = this;
		if (statement.operand !== null) {
			const compiled = this.compiled(statement.operand, null);
			frame.assign(statement.datum, yield* this.valueOf(compiled, statement.operand), compiled.type, compiled.typmod);
		}
		for (const { condition, body } of statement.branches) if (yield* this.condition(condition)) return yield* this.#body(body);
		if (statement.otherwise === null) throw sqlError('20000', 'case not found', { hint: 'CASE statement is missing ELSE part.' });
		return yield* this.#body(statement.otherwise);
	}

	// ---- loops ----

	/** After a body of a loop: whether to go on, and with what to leave when not. */
	afterBody(outcome: Outcome, label: string | null): 'again' | Outcome {
		if (outcome === 'next') return 'again';
		if (outcome === 'return') return 'return';
		if (this.label !== null && this.label !== label) return outcome;
		this.label = null;
		return outcome === 'exit' ? 'next' : 'again';
	}

	*body(statement: { readonly body: readonly Statement[]; readonly label: string | null }): Steps<'again' | Outcome> {
		if ((++this.#count & (CLOCK_STATEMENTS - 1)) === 0) yield* this.#look();
		return this.afterBody(this.#rush(statement.body, 0) ?? (yield* this.#resume()), statement.label);
	}

	/** Contexts name the loop again, not what ran last in it. */
	at(statement: Statement): void {
		this.#statement = statement;
	}

	*#loop(statement: Extract<Statement, { kind: 'loop' | 'while' }>, condition: SqlText | null): Steps<Outcome> {
		for (;;) {
			this.#statement = statement;
			if (condition !== null && !(yield* this.condition(condition))) return 'next';
			const after = yield* this.body(statement);
			if (after !== 'again') return after;
		}
	}

	*#bound(text: SqlText, what: string): Steps<number> {
		const value = yield* this.value(text, { type: INT4, typmod: -1 });
		if (value === null) throw sqlError('22004', `${what} of FOR loop cannot be null`);
		return value as number;
	}

	*#integers(statement: Extract<Statement, { kind: 'for-integer' }>): Steps<Outcome> {
		const { frame } = this;
		const from = yield* this.#bound(statement.from, 'lower bound');
		const to = yield* this.#bound(statement.to, 'upper bound');
		const step = statement.step === null ? 1 : yield* this.#bound(statement.step, 'BY value');
		if (step <= 0) throw sqlError('22023', 'BY value of FOR loop must be greater than zero');
		let found = false;
		for (let value = from; statement.reverse ? value >= to : value <= to; value += statement.reverse ? -step : step) {
			if (value > 2147483647 || value < -2147483648) break;
			found = true;
			frame.values[statement.datum] = value;
			const after = yield* this.body(statement);
			if (after === 'again') continue;
			if (after !== 'return') frame.found = true;
			return after;
		}
		frame.found = found;
		return 'next';
	}

	*#elements(statement: Extract<Statement, { kind: 'foreach' }>): Steps<Outcome> {
		const { frame, session } = this;
		const compiled = this.compiled(statement.array, null);
		const array = yield* this.valueOf(compiled, statement.array);
		if (array === null) throw sqlError('22004', 'FOREACH expression must not be null');
		const base = baseTypeOf(compiled.type, session.catalog);
		const element = session.catalog.typeByOid(base.elementOid);
		if (!(array instanceof PgArray) || element === undefined) throw sqlError('42804', `FOREACH expression must yield an array, not type ${compiled.type.name}`);
		const { slice } = statement;
		if (slice < 0 || slice > array.dimensions.length)
			throw sqlError('2202E', `slice dimension (${slice}) is out of the valid range 0..${array.dimensions.length}`);
		let found = false;
		for (const value of piecesOf(array, slice)) {
			found = true;
			if (slice === 0 && element.fields.length > 0) this.assignRow(statement.targets, value as unknown[], fieldsOf(session, element));
			else this.assignRow(statement.targets, [value], [{ name: '', type: slice === 0 ? element : base, typmod: -1 }]);
			const after = yield* this.body(statement);
			if (after === 'again') continue;
			if (after !== 'return') frame.found = true;
			return after;
		}
		frame.found = found;
		return 'next';
	}

	*#assert(statement: Extract<Statement, { kind: 'assert' }>): Steps<void> {
		if (this.session.setting('plpgsql.check_asserts') === 'off') return;
		const value = yield* this.value(statement.condition, { type: BOOL, typmod: -1 });
		if (value === true) return;
		const message = statement.message === null ? null : yield* this.value(statement.message, { type: TEXT, typmod: -1 });
		throw sqlError('P0004', message === null ? 'assertion failed' : String(message));
	}
}

/** The elements of an array, or with `slice` its subarrays of so many dimensions. */
function* piecesOf(array: PgArray, slice: number): Iterable<unknown> {
	if (slice === 0) {
		yield* array.elements;
		return;
	}
	const dimensions = array.dimensions.slice(array.dimensions.length - slice);
	const size = dimensions.reduce((a, b) => a * b, 1);
	for (let at = 0; at < array.elements.length; at += size)
		yield new PgArray(dimensions, array.lowerBounds.slice(array.dimensions.length - slice), array.elements.slice(at, at + size));
}

export function joined(before: string | undefined, line: string): string {
	return before === undefined || before === '' ? line : `${before}\n${line}`;
}
