/** The rows of a query inside a procedure, in batches, as they were when it began: what is changed between two batches is not seen. */
import type { CursorKeys } from '../../language/sql/cursor-keys.ts';
import { LockWait } from '../../model/table/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Column } from '../../query/algebra/expression.ts';
import type { Program, RowSink } from '../../query/executor/contracts.ts';
import type { OwnedTransaction, StatementMark } from '../../transaction/manager.ts';
import { RowList } from '../collect-rows.ts';
import type { Portal, PreparedStatement, StatementResult } from '../contracts.ts';
import { Run } from '../run.ts';
import { RunContext } from '../run-context.ts';
import type { DatabaseSession } from '../session.ts';
import type { Steps } from './interpreter.ts';

const FIRST_ROWS = 10;
const NEXT_ROWS = 100;

export class RowReader {
	readonly columns: readonly Column[];
	/** Of a cursor: how its rows name rows of tables, in columns behind those that it shows. */
	readonly keys: CursorKeys | null;
	readonly #session: DatabaseSession;
	readonly #transaction: OwnedTransaction;
	readonly #run: Run;
	readonly #mark: StatementMark;
	#rows: unknown[][] = [];
	#at = 0;
	#isComplete = false;
	#most = FIRST_ROWS;

	constructor(session: DatabaseSession, transaction: OwnedTransaction, program: () => Program, parameters: readonly unknown[], keys: CursorKeys | null = null) {
		this.#session = session;
		this.#transaction = transaction;
		this.#mark = transaction.statementMark();
		const first = program();
		this.columns = first.columns;
		this.keys = keys;
		const sink = new RowList(first.columns.length, FIRST_ROWS);
		this.#run = new Run(first, new RunContext(session, transaction, [...parameters]), transaction, sink, { program });
		session.nested.readers.add(this);
	}

	/** The next row; null at the end. */
	*next(): Steps<unknown[] | null> {
		if (this.#at === this.#rows.length) {
			if (this.#isComplete) return null;
			while (!this.#fill(this.#most)) yield 'wait';
			this.#most = NEXT_ROWS;
			if (this.#rows.length === 0) return null;
		}
		return this.#rows[this.#at++]!;
	}

	/** Reads all that is left, before others get a turn: the snapshot may be gone then. */
	readAll(): void {
		if (this.#isComplete) return;
		const rest = this.#rows.slice(this.#at);
		this.#at = 0;
		this.#rows = [];
		if (!this.#fill(Number.POSITIVE_INFINITY)) throw new LockWait();
		this.#rows = [...rest, ...this.#rows];
	}

	/** False when it must wait. */
	#fill(most: number): boolean {
		const sink = new RowList(this.columns.length, most);
		this.#run.resume(sink);
		this.#at = 0;
		this.#rows = sink.rows;
		const outcome = this.run();
		if (outcome === 'wait') {
			this.#run.beginAgain();
			return false;
		}
		if (outcome === 'done') this.close();
		return true;
	}

	run(): ReturnType<Run['advance']> {
		const here = this.#transaction.statementMark();
		this.#transaction.returnTo(this.#mark);
		try {
			return this.#run.advance(true);
		} finally {
			this.#transaction.returnTo(here);
		}
	}

	/** Hands rows to a sink until it wants no more. */
	give(sink: RowSink): 'done' | 'suspended' {
		this.#run.resume(sink);
		const outcome = this.run();
		if (outcome === 'wait') throw sqlError('55P03', 'a row of the cursor is locked by another transaction');
		if (outcome === 'done') this.close();
		return outcome === 'done' ? 'done' : 'suspended';
	}

	get rowCount(): number {
		return this.#run.rows;
	}

	close(): void {
		if (this.#isComplete) return;
		this.#isComplete = true;
		this.#run.close();
		this.#session.nested.readers.delete(this);
	}
}

/** The portal of a cursor that a procedure opened. */
export class ReaderPortal implements Portal {
	readonly statement: PreparedStatement;
	readonly #reader: RowReader;
	#isDone = false;

	constructor(text: string, reader: RowReader) {
		this.statement = { text, parameterTypes: [], columns: reader.columns.slice(0, reader.keys?.shown ?? reader.columns.length), command: 'SELECT', copy: null };
		this.#reader = reader;
	}

	get columns(): readonly Column[] {
		return this.statement.columns!;
	}

	run(sink: RowSink): StatementResult | 'suspended' {
		if (!this.#isDone && this.#reader.give(sink) === 'suspended') return 'suspended';
		this.#isDone = true;
		return { tag: `SELECT ${this.#reader.rowCount}`, rowCount: this.#reader.rowCount };
	}

	close(): void {
		this.#reader.close();
	}
}
