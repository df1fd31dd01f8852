/** The variables of one call: their values, and the types that records have now. */
import type { DatumType, TransitionTable, Variables } from '../../language/sql/procedural/analyze-text.ts';
import type { Routine, Target } from '../../language/sql/procedural/syntax.ts';
import { sqlError } from '../../platform/errors.ts';
import type { ExecutionContext, Program, RowSink } from '../../query/executor/contracts.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { baseTypeOf, RECORD } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { RunContext } from '../run-context.ts';
import type { DatabaseSession } from '../session.ts';
import { conversionOf, type Procedure } from './procedure.ts';

export interface RowShape {
	readonly name: string;
	readonly type: Type;
	readonly typmod: number;
}

class OneValue implements RowSink {
	value: unknown = null;
	readonly writers = [
		(value: unknown): void => {
			this.value = value;
		},
	];

	begin(): void {}

	end(): boolean {
		return true;
	}
}

/** Runs a program of one row and one column that needs no statement around it. */
export function runValue(program: Program, context: ExecutionContext, sink: OneValue = new OneValue()): unknown {
	const execution = program.start(context, sink);
	try {
		while (execution.step(4096) !== 'done');
	} finally {
		execution.close();
	}
	return sink.value;
}

export class Frame implements Variables {
	readonly session: DatabaseSession;
	readonly procedure: Procedure;
	readonly transaction: OwnedTransaction;
	/** By datum. */
	readonly values: unknown[];
	readonly types: (DatumType | null)[];
	readonly context: RunContext;
	/** Transition tables of a trigger. */
	tables: readonly TransitionTable[] = [];
	readonly #sink = new OneValue();

	constructor(session: DatabaseSession, procedure: Procedure, transaction: OwnedTransaction) {
		this.session = session;
		this.procedure = procedure;
		this.transaction = transaction;
		this.types = [...procedure.typesOf(session)];
		this.values = new Array(this.types.length).fill(null);
		this.context = new RunContext(session, transaction, this.values);
		this.values[procedure.routine.found] = false;
	}

	get routine(): Routine {
		return this.procedure.routine;
	}

	/** The value of a simple expression. */
	simple(program: Program): unknown {
		return runValue(program, this.context, this.#sink);
	}

	set found(value: boolean) {
		this.values[this.routine.found] = value;
	}

	/** A value of one type as one of another. */
	convert(value: unknown, from: Type, to: Type, typmod: number): unknown {
		if (value === null && baseTypeOf(to, this.session.catalog) === to) return null;
		const program = conversionOf(this.session, from, to, typmod);
		return program === null ? value : runValue(program, new RunContext(this.session, this.transaction, [value]));
	}

	isRow(datum: number): boolean {
		const type = this.types[datum];
		if (type === null || type === undefined) return this.routine.datums[datum]!.type !== '';
		return type.type.oid === RECORD.oid || baseTypeOf(type.type, this.session.catalog).kind === 'composite';
	}

	/** A record without a declared type: it takes that of what is assigned to it. */
	isOpen(datum: number): boolean {
		const declared = this.procedure.typesOf(this.session)[datum];
		return declared === null || declared === undefined;
	}

	/** Assigns a value of a type to a whole variable. */
	assign(datum: number, value: unknown, type: Type, typmod: number): void {
		if (this.isOpen(datum)) {
			this.#assignOpen(datum, value, type, typmod);
			return;
		}
		const to = this.types[datum]!;
		if (value !== null && (type.oid === RECORD.oid || type.fields.length > 0) && to.type.fields.length > 0 && type.oid !== to.type.oid) {
			this.assignRow(datum, value as unknown[], fieldsOf(this.session, type));
			return;
		}
		const converted = type.oid === to.type.oid && (to.typmod === -1 || to.typmod === typmod) ? value : this.convert(value, type, to.type, to.typmod);
		this.set(datum, converted);
	}

	#assignOpen(datum: number, value: unknown, type: Type, typmod: number): void {
		const declared = this.routine.datums[datum]!;
		if (declared.type === '') this.types[datum] = { type, typmod };
		else if (value === null && type.fields.length === 0) this.types[datum] = null;
		else if (type.fields.length === 0) throw sqlError('42804', 'cannot assign non-composite value to a record variable');
		else this.types[datum] = type.oid === RECORD.oid ? this.procedure.recordType(fieldsOf(this.session, type)) : { type, typmod: -1 };
		this.values[datum] = value;
	}

	/** Stores a value of the variable's own type. */
	set(datum: number, value: unknown): void {
		if (value === null) {
			const { isNotNull, name } = this.routine.datums[datum]!;
			if (isNotNull) throw sqlError('22004', `null value cannot be assigned to variable "${name}" declared NOT NULL`);
		}
		this.values[datum] = value;
	}

	/** Assigns the columns of a row to a record or to a variable of a row type, by their places. */
	assignRow(datum: number, row: readonly unknown[] | null, columns: readonly RowShape[]): void {
		if (this.isOpen(datum)) {
			this.types[datum] = this.procedure.recordType(columns);
			this.values[datum] = row === null ? columns.map(() => null) : [...row];
			return;
		}
		const { type } = this.types[datum]!;
		if (row === null) {
			this.values[datum] = null;
			return;
		}
		const base = baseTypeOf(type, this.session.catalog);
		const value = fieldsOf(this.session, base).map((field, i) => {
			const column = columns[i];
			return column === undefined ? null : this.convert(row[i] ?? null, column.type, field.type, field.typmod);
		});
		this.set(datum, base === type ? value : this.convert(value, base, type, -1));
	}

	/** Assigns a row (null: none was found) to the targets of INTO. */
	assignInto(
		targets: readonly Target[],
		row: readonly unknown[] | null,
		columns: readonly RowShape[],
		setPart: (target: Target, value: unknown, shape: RowShape) => void,
	): void {
		const only = targets[0]!;
		if (targets.length === 1 && !only.isPart && this.isRow(only.datum)) {
			this.assignRow(only.datum, row, columns);
			return;
		}
		targets.forEach((target, i) => {
			const column = columns[i];
			const value = row === null || column === undefined ? null : row[i];
			const shape = column ?? { name: '', type: this.types[target.datum]?.type ?? RECORD, typmod: -1 };
			if (target.isPart) setPart(target, value, shape);
			else this.assign(target.datum, value, value === null && !this.isOpen(target.datum) ? this.types[target.datum]!.type : shape.type, shape.typmod);
		});
	}
}

/** The fields of a row type with their types. */
export function fieldsOf(session: DatabaseSession, type: Type): RowShape[] {
	return type.fields.map((f) => ({ name: f.name, type: f.type ?? session.catalog.typeByOid(f.typeOid)!, typmod: f.typmod }));
}
