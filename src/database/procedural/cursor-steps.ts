/** Loops over rows, and cursors: OPEN, FETCH, MOVE, CLOSE. */
import type { CursorArgument, QuerySource, Statement } from '../../language/sql/procedural/syntax.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Program } from '../../query/executor/contracts.ts';
import { INT8 } from '../../value/builtin-types.ts';
import { Cursor } from '../utility/cursors.ts';
import type { RowShape } from './frame.ts';
import type { Interpreter, Outcome, Steps } from './interpreter.ts';
import type { CompiledStatement } from './procedure.ts';
import { compileDynamic, within } from './query-steps.ts';
import { ReaderPortal, RowReader } from './row-reader.ts';

type ForQuery = Extract<Statement, { kind: 'for-query' }>;
type Open = Extract<Statement, { kind: 'open' }>;
type Fetch = Extract<Statement, { kind: 'fetch' }>;
type PlainSource = Exclude<QuerySource, { kind: 'cursor' }>;

const NO_SCROLL = 4;

export class CursorSteps {
	readonly #interpreter: Interpreter;

	constructor(interpreter: Interpreter) {
		this.#interpreter = interpreter;
	}

	*loop(statement: ForQuery): Steps<Outcome> {
		const { source } = statement;
		if (source.kind === 'cursor') return yield* this.#cursorLoop(statement, source);
		const reader = yield* this.reader(source);
		try {
			return yield* this.#rows(statement, reader);
		} finally {
			reader.close();
		}
	}

	*#rows(statement: ForQuery, reader: RowReader): Steps<Outcome> {
		const interpreter = this.#interpreter;
		const { frame } = interpreter;
		let found = false;
		for (;;) {
			interpreter.at(statement);
			const row = yield* reader.next();
			if (row === null) break;
			found = true;
			interpreter.assignRow(statement.targets, row, reader.columns);
			const after = yield* interpreter.body(statement);
			if (after === 'again') continue;
			if (after !== 'return') frame.found = true;
			return after;
		}
		if (!found) interpreter.assignRow(statement.targets, null, reader.columns);
		frame.found = found;
		return 'next';
	}

	/** A bound cursor is open while its loop runs. */
	*#cursorLoop(statement: ForQuery, source: Extract<QuerySource, { kind: 'cursor' }>): Steps<Outcome> {
		const { session, frame } = this.#interpreter;
		const name = yield* this.#openBound(source.datum, source.arguments);
		const cursor = session.cursors.get(name)!;
		const before = frame.values[source.datum];
		frame.values[source.datum] = name;
		try {
			return yield* this.#cursorRows(statement, cursor);
		} finally {
			frame.values[source.datum] = before;
			if (session.cursors.delete(name)) cursor.close();
		}
	}

	*#cursorRows(statement: ForQuery, cursor: Cursor): Steps<Outcome> {
		const interpreter = this.#interpreter;
		let found = false;
		for (;;) {
			interpreter.at(statement);
			const rows = yield* this.#moved(cursor, 'FETCH_FORWARD', 1n);
			if (rows.length === 0) break;
			found = true;
			interpreter.assignRow(statement.targets, rows[0]!, cursor.statement.columns as readonly RowShape[]);
			const after = yield* interpreter.body(statement);
			if (after === 'again') continue;
			return after;
		}
		interpreter.frame.found = found;
		return 'next';
	}

	*#moved(cursor: Cursor, direction: string, count: bigint): Steps<unknown[][]> {
		const moved = cursor.move(direction, count);
		return moved instanceof Promise ? ((yield moved) as unknown[][]) : moved;
	}

	/** The rows of a query that the body holds or puts together; those of a cursor name rows of tables. */
	*reader(source: PlainSource, isCursor = false): Steps<RowReader> {
		const interpreter = this.#interpreter;
		const { session, frame, procedure, transaction } = interpreter;
		let parameters: readonly unknown[] = frame.values;
		let compile: () => CompiledStatement;
		let text: string;
		if (source.kind === 'static') {
			text = source.query.text;
			compile = () => procedure.statement(session, source.query, frame, isCursor);
		} else {
			const dynamic = yield* interpreter.queries.dynamic(source);
			text = dynamic.text;
			parameters = dynamic.parameters;
			compile = () => compileDynamic(session, dynamic.text, dynamic.oids, isCursor);
		}
		try {
			const compiled = compile();
			interpreter.queries.check(compiled);
			if (compiled.kind === 'utility') return yield* this.#utilityRows(compiled);
			if (compiled.columns === null) throw sqlError('42P11', `cannot open ${compiled.command} query as cursor`);
			if (!procedure.isReadOnly) transaction.startStatement();
			return new RowReader(session, transaction, () => (compile() as { program: Program }).program, parameters, compiled.cursorKeys);
		} catch (error) {
			throw within(error, `SQL statement "${text}"`);
		}
	}

	/** SHOW, EXPLAIN and kin: few rows, made at once, read as a list of constants. */
	*#utilityRows(compiled: Extract<CompiledStatement, { kind: 'utility' }>): Steps<RowReader> {
		if (compiled.columns === null) throw sqlError('42P11', `cannot open ${compiled.command} query as cursor`);
		const { session, transaction, queries } = this.#interpreter;
		const { rows } = yield* queries.utility(compiled);
		const { columns } = compiled;
		const values = rows.map((row) => columns.map((c, i) => ({ kind: 'constant' as const, value: row[i], type: c.type })));
		const program = session.engine.compilePlan({ kind: 'values', rows: values, columns }, session.catalog, false);
		return new RowReader(session, transaction, () => program, []);
	}

	*open(statement: Open): Steps<void> {
		const { frame } = this.#interpreter;
		if (statement.source === null) {
			frame.values[statement.datum] = yield* this.#openBound(statement.datum, statement.arguments);
			return;
		}
		frame.values[statement.datum] = yield* this.#open(statement.datum, statement.source, statement.scroll);
	}

	*#openBound(datum: number, given: readonly CursorArgument[]): Steps<string> {
		const interpreter = this.#interpreter;
		const { frame, procedure } = interpreter;
		const { cursor, name } = procedure.routine.datums[datum]!;
		const places = cursor!.parameters;
		for (const [i, argument] of given.entries()) {
			const at = argument.name === null ? places[i]! : places.find((p) => procedure.routine.datums[p]!.name === argument.name);
			if (at === undefined) throw sqlError('42601', `cursor "${name}" has no argument named "${argument.name}"`);
			frame.values[at] = yield* interpreter.value(argument.value, frame.types[at] ?? null);
		}
		return yield* this.#open(datum, { kind: 'static', query: cursor!.query }, cursor!.scroll, name);
	}

	*#open(datum: number, source: PlainSource, scroll: boolean | null, boundName = ''): Steps<string> {
		const { session, frame } = this.#interpreter;
		const given = frame.values[datum] as string | null;
		const name = given ?? (boundName !== '' ? boundName : session.nested.portalName());
		if (session.cursors.has(name)) throw sqlError('42P03', `cursor "${name}" already in use`);
		const reader = yield* this.reader(source, true);
		const text = source.query.text;
		const portal = new ReaderPortal(text, reader);
		const options = scroll === false ? NO_SCROLL : 0;
		session.cursors.set(name, new Cursor(name, portal.statement, portal, options, session.functions.statementTimeUs, () => reader.keys));
		return name;
	}

	#cursor(datum: number): Cursor {
		const { session, frame, procedure } = this.#interpreter;
		const name = frame.values[datum] as string | null;
		if (name === null) throw sqlError('22004', `cursor variable "${procedure.routine.datums[datum]!.name}" is null`);
		const cursor = session.cursors.get(name);
		if (cursor === undefined) throw sqlError('34000', `cursor "${name}" does not exist`);
		return cursor;
	}

	*fetch(statement: Fetch): Steps<void> {
		const interpreter = this.#interpreter;
		const cursor = this.#cursor(statement.datum);
		let count = 9223372036854775807n;
		if (typeof statement.count === 'number') count = BigInt(statement.count);
		else if (statement.count !== null) {
			const value = yield* interpreter.value(statement.count, { type: INT8, typmod: -1 });
			if (value === null) throw sqlError('22004', 'relative or absolute cursor position is null');
			count = BigInt(value as number);
		}
		const rows = yield* this.#moved(cursor, statement.direction, count);
		interpreter.rowCount = rows.length;
		interpreter.frame.found = rows.length > 0;
		if (!statement.isMove) interpreter.assignRow(statement.targets, rows[0] ?? null, cursor.statement.columns as readonly RowShape[]);
	}

	close(datum: number): void {
		const cursor = this.#cursor(datum);
		cursor.close();
		this.#interpreter.session.cursors.delete(cursor.name);
	}
}
