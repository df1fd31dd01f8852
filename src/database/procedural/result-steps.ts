/** What a call gives back: RETURN, RETURN NEXT, RETURN QUERY, OUT parameters. */
import type { QuerySource, SqlText } from '../../language/sql/procedural/syntax.ts';
import { sqlError } from '../../platform/errors.ts';
import { baseTypeOf, RECORD, UNKNOWN, VOID } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { formatTypeName } from '../../value/typmod.ts';
import { fieldsOf, type RowShape } from './frame.ts';
import type { Interpreter, Steps } from './interpreter.ts';
import type { ResultShape } from './procedure.ts';

export class ResultSteps {
	readonly #interpreter: Interpreter;
	readonly #shape: ResultShape;
	readonly rows: unknown[] = [];
	value: unknown = null;
	#type: Type | null = null;

	constructor(interpreter: Interpreter) {
		this.#interpreter = interpreter;
		this.#shape = interpreter.procedure.result;
	}

	get #isRow(): boolean {
		const { type } = this.#shape;
		return type.oid === RECORD.oid || baseTypeOf(type, this.#interpreter.session.catalog).kind === 'composite';
	}

	/** RETURN. */
	*take(text: SqlText | null): Steps<void> {
		if (text === null) {
			this.#leave();
			return;
		}
		const interpreter = this.#interpreter;
		const { session, procedure } = interpreter;
		const wanted = this.#isRow || procedure.isTrigger ? null : { type: this.#shape.type, typmod: -1 };
		const compiled = interpreter.compiled(text, wanted);
		this.value = yield* interpreter.valueOf(compiled, text);
		this.#type = compiled.type;
		if (this.#isRow && this.value !== null && !procedure.isTrigger) {
			if (compiled.type.fields.length === 0 && baseTypeOf(compiled.type, session.catalog).kind !== 'composite' && compiled.type.oid !== RECORD.oid)
				throw sqlError('42804', 'cannot return non-composite value from function returning composite type');
		}
	}

	/** The type of what RETURN gave; null when it gave nothing. */
	get type(): Type | null {
		return this.#type;
	}

	#leave(): void {
		const { outputs, returnsSet } = this.#shape;
		if (outputs.length > 0 && !returnsSet) this.value = this.#outputRow();
	}

	/** The body ended without RETURN. */
	end(): void {
		const { type, outputs, returnsSet } = this.#shape;
		if (this.#isSql || returnsSet || type.oid === VOID.oid) return;
		if (outputs.length > 0) this.value = this.#outputRow();
		else if (this.#interpreter.procedure.isTrigger) throw sqlError('2F005', 'control reached end of trigger procedure without RETURN');
		else throw sqlError('2F005', 'control reached end of function without RETURN');
	}

	#outputRow(): unknown {
		const { values } = this.#interpreter.frame;
		const { outputs, type } = this.#shape;
		if (outputs.length === 1 && type.oid !== RECORD.oid) return values[outputs[0]!];
		return outputs.map((datum) => values[datum] ?? null);
	}

	*next(text: SqlText | null): Steps<void> {
		const { outputs } = this.#shape;
		if (text === null) {
			this.rows.push(
				outputs.length === 1 && !this.#isRecord ? this.#interpreter.frame.values[outputs[0]!] : outputs.map((d) => this.#interpreter.frame.values[d] ?? null),
			);
			return;
		}
		const interpreter = this.#interpreter;
		const compiled = interpreter.compiled(text, this.#isRow ? null : { type: this.#shape.type, typmod: -1 });
		const value = yield* interpreter.valueOf(compiled, text);
		if (this.#isRow) this.rows.push(this.row(value as unknown[] | null, compiled.type, 'wrong record type supplied in RETURN NEXT'));
		else this.rows.push(value);
	}

	get #isRecord(): boolean {
		return this.#shape.type.oid === RECORD.oid;
	}

	*query(source: QuerySource): Steps<void> {
		const interpreter = this.#interpreter;
		if (source.kind === 'cursor') return;
		const reader = yield* interpreter.cursors.reader(source);
		try {
			const convert = this.#rowConverter(reader.columns);
			let count = 0;
			for (let row = yield* reader.next(); row !== null; row = yield* reader.next()) {
				this.rows.push(convert(row));
				count++;
			}
			interpreter.rowCount = count;
			interpreter.frame.found = count > 0;
		} finally {
			reader.close();
		}
	}

	/** From the columns of a query to the rows of the result; they must be of the same types. */
	#rowConverter(columns: readonly RowShape[]): (row: unknown[]) => unknown {
		const { session } = this.#interpreter;
		const { type } = this.#shape;
		const base = baseTypeOf(type, session.catalog);
		const wanted = this.#isRow ? (base.fields.length > 0 ? fieldsOf(session, base) : null) : [{ name: '', type, typmod: -1 }];
		if (wanted === null) return (row) => row;
		if (this.#isSql) return this.#sqlConverter(columns, wanted, base);
		this.#checkShape(columns, wanted, 'structure of query does not match function result type');
		return this.#isRow ? (row) => row : (row) => row[0];
	}

	get #isSql(): boolean {
		return this.#interpreter.procedure.object?.language === 'sql';
	}

	/** The last statement of a function in SQL: its columns are assigned to those of the result, or its one column is a row of it. */
	#sqlConverter(columns: readonly RowShape[], wanted: readonly RowShape[], base: Type): (row: unknown[]) => unknown {
		const { frame } = this.#interpreter;
		const only = columns[0];
		if (
			this.#isRow &&
			columns.length === 1 &&
			only !== undefined &&
			only.type.fields.length === wanted.length &&
			(base.oid === RECORD.oid || only.type.oid === base.oid)
		)
			return (row) => row[0];
		if (columns.length !== wanted.length)
			throw sqlError(
				'42P13',
				`return type mismatch in function declared to return ${formatTypeName(this.#shape.type, -1, this.#interpreter.session.catalog)}`,
				{
					detail: this.#isRow
						? `Final statement returns too ${columns.length < wanted.length ? 'few' : 'many'} columns.`
						: 'Final statement must return exactly one column.',
				},
			);
		const convert = (row: unknown[]): unknown[] => row.map((value, i) => frame.convert(value, columns[i]!.type, wanted[i]!.type, wanted[i]!.typmod));
		return this.#isRow ? convert : (row) => convert(row)[0];
	}

	#checkShape(columns: readonly RowShape[], wanted: readonly RowShape[], message: string): void {
		const { catalog } = this.#interpreter.session;
		if (columns.length !== wanted.length)
			throw sqlError('42804', message, { detail: `Number of returned columns (${columns.length}) does not match expected column count (${wanted.length}).` });
		columns.forEach(({ type, typmod }, i) => {
			const expected = wanted[i]!;
			if (type.oid === expected.type.oid && (expected.typmod === -1 || typmod === expected.typmod)) return;
			const shown = (t: RowShape): string => formatTypeName(t.type, t.typmod, catalog);
			throw sqlError('42804', message, {
				detail: `Returned type ${type.oid === UNKNOWN.oid ? 'unknown' : shown(columns[i]!)} does not match expected type ${shown(expected)} in column ${i + 1}.`,
			});
		});
	}

	/** A row of some type as one of the result's. */
	row(value: unknown[] | null, from: Type, message: string): unknown[] | null {
		const { session } = this.#interpreter;
		const base = baseTypeOf(this.#shape.type, session.catalog);
		if (value === null || (from.oid === base.oid && base.oid !== RECORD.oid)) return value;
		const wanted = fieldsOf(session, base);
		if (wanted.length === 0) return value;
		this.#checkShape(fieldsOf(session, baseTypeOf(from, session.catalog)), wanted, message);
		return value;
	}

	/** The value that the caller gets. */
	result(): unknown {
		if (this.#shape.returnsSet) return this.rows;
		const { type } = this.#shape;
		if (type.oid === VOID.oid) return '';
		if (this.#isSql) return this.rows[0] ?? null;
		if (!this.#isRow || this.#type === null || this.#interpreter.procedure.isTrigger) return this.value;
		return this.row(this.value as unknown[] | null, this.#type, 'returned record type does not match expected record type');
	}
}
